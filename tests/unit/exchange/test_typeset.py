"""PDF: what was written is there, nothing of it is obeyed, and the same goes in as comes out."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace

import pytest
from pypdf import PdfReader

from tests.unit.exchange.samples import HOSTILE, INVISIBLE, LONG, pages_of, sample, text_of
from tracker.config import ROOT, data_dir
from tracker.exchange.printed import Facts, Heading, Paragraph, Table, Whole, as_data
from tracker.exchange.typeset import UnknownTemplate, breakable, pdf


def printed(**changes) -> bytes:
    return pdf("document", as_data(sample(**changes)))


def test_what_was_written_is_there_in_chinese():
    said = text_of(printed())
    for part in ("第一年期中報告", "已完成資料蒐集。", "開始模型訓練。", "請補充場域。", "論文一篇", "標註影像", "0f" * 32, "DEMO-OWN-01"):
        assert part in said, part
    assert "第 1 頁，共 1 頁" in said


def test_equal_input_gives_equal_bytes_also_in_another_process():
    mine = printed()
    program = "import sys; from tests.unit.exchange.test_typeset import printed; sys.stdout.buffer.write(printed())"
    theirs = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True).stdout
    assert mine == printed() == theirs
    assert mine != printed(title="別的標題")


@pytest.mark.parametrize("language", ["zh_TW", "en"])
def test_hostile_text_is_shown_as_it_was_typed(language: str):
    everywhere = (Heading(HOSTILE), Paragraph(HOSTILE), Table((HOSTILE,), (((HOSTILE, "strong"),),)))
    said = text_of(printed(title=HOSTILE, head=(HOSTILE, ""), foot=HOSTILE, banner=HOSTILE, blocks=everywhere, language=language))
    flat = "".join(said.split())
    assert flat.count("".join(HOSTILE.split())) >= 6


def test_invisible_and_broken_characters_are_dropped():
    assert "左右上下" in text_of(printed(blocks=(Paragraph(INVISIBLE),)))


def test_a_long_string_wraps_inside_the_page_and_is_whole():
    said = text_of(printed(blocks=(Paragraph(LONG), Table(("a", "b"), (((LONG, "plain"), ("x", "plain")),)))))
    lines = [line for line in said.splitlines() if "aaaa" in line]
    assert max(map(len, lines)) < 110
    assert "".join(lines).count("a" * 20) > 2


def test_what_is_to_be_copied_is_left_whole():
    facts = Facts((("a", Whole("0f" * 32), "code"), ("b", "x" * 30)))
    said = pages_of(printed(facts=facts, blocks=()))[0]
    assert "0f" * 32 in said
    assert "\u200b" in breakable("x" * 30)


def test_a_table_over_pages_repeats_its_head_and_numbers_its_pages():
    rows = tuple(((f"C{n}", "plain"), ("標註影像", "plain")) for n in range(120))
    pages = pages_of(printed(banner="草稿，尚未送件", blocks=(Table(("欄位甲", "欄位乙"), rows, (0, 1)),)))
    assert len(pages) >= 3
    for number, page in enumerate(pages, 1):
        assert "欄位甲" in page
        assert "草稿，尚未送件" in page
        assert f"第 {number} 頁，共 {len(pages)} 頁" in page


def test_forty_pages_are_printed():
    paragraphs = tuple(Paragraph(f"第 {n} 段。" + "這是一段用來測試排版速度的中文內容。" * 40) for n in range(145))
    assert len(pages_of(printed(blocks=paragraphs))) >= 40


def test_english_pages_are_numbered_in_english():
    assert "Page 1 of 1" in text_of(printed(language="en", page_words="Page {n} of {all}"))


def test_a_print_is_made_for_long_keeping_and_can_be_read_aloud():
    content = printed()
    assert b"<pdfaid:part>2</pdfaid:part>" in content
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in content
    assert PdfReader(io.BytesIO(content)).trailer["/Root"]["/MarkInfo"]["/Marked"] == True  # noqa: E712  (pypdf's own kind of truth)


def test_a_character_that_no_font_has_costs_the_standard_and_not_the_print():
    content = printed(blocks=(Paragraph("進度良好😀，第二期開始。"),))
    assert b"pdfaid" not in content
    assert "第二期開始。" in text_of(content)


def test_an_empty_document_is_a_page():
    assert len(pages_of(printed(title="", head=("", ""), blocks=(), facts=replace(sample().facts, rows=())))) == 1


@pytest.mark.parametrize("name", ["nothing", "../print/document", "base.typ", "", "document\0"])
def test_an_unknown_template_is_refused(name: str):
    with pytest.raises((UnknownTemplate, ValueError)):
        pdf(name, {})


def test_nothing_of_it_is_loaded_before_something_is_printed():
    program = (
        "import sys, tracker.exchange.typeset, tracker.exchange.wordfile; print([m for m in ('typst', 'docx', 'lxml') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True, text=True).stdout.strip() == "[]"


def test_no_template_fetches_anything_or_speaks_a_language():
    for template in (data_dir() / "print").glob("*.typ"):
        text = template.read_text("utf-8")
        assert "@preview" not in text
        assert "http" not in text
        assert not [c for c in text if "\u4e00" <= c <= "\u9fff"], "words come as data, translated"
