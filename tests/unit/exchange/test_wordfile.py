"""DOCX: opened again it says what was written, and nothing in it is alive."""

from __future__ import annotations

import io
import zipfile

from docx import Document
from docx.oxml.ns import qn

from tests.unit.exchange.samples import HOSTILE, INVISIBLE, LONG, sample
from tracker.exchange.printed import Paragraph, Table
from tracker.exchange.wordfile import EAST_ASIAN, docx


def opened(**changes):
    return Document(io.BytesIO(docx(sample(**changes))))


def part(content: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name).decode()


def test_what_was_written_is_there_again():
    word = opened(banner="草稿，尚未送件")
    texts = [paragraph.text for paragraph in word.paragraphs]
    for expected in ("第一年期中報告", "一、執行進度", "已完成資料蒐集。", "開始模型訓練。", "請補充場域。", "論文一篇"):
        assert expected in texts
    facts, table = word.tables
    assert [cell.text for cell in facts.rows[0].cells] == ["計畫", "示範計畫：影像判讀"]
    assert [cell.text for cell in table.rows[1].cells] == ["C1", "標註影像"]
    head = [paragraph.text for paragraph in word.sections[0].header.paragraphs]
    assert head == ["示範計畫  ·  DEMO-OWN-01", "草稿，尚未送件"]


def test_chinese_has_a_font_of_its_own_in_every_style_that_is_used():
    word = opened()
    for name in ("Normal", "Title", "Heading 1", "List Bullet", "Intense Quote"):
        fonts = word.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) == EAST_ASIAN
        assert not [attribute for attribute in fonts.attrib if "Theme" in attribute]


def test_the_head_of_a_table_is_repeated_and_pages_are_numbered_by_fields():
    content = docx(sample())
    assert "w:tblHeader" in part(content, "word/document.xml")
    word = Document(io.BytesIO(content))
    footer = word.sections[0].footer._element.xml
    assert 'w:instr="PAGE"' in footer
    assert 'w:instr="NUMPAGES"' in footer


def test_hostile_text_stays_text_and_makes_no_field_and_no_link():
    evil = HOSTILE + ' { HYPERLINK "http://x.invalid" } DDEAUTO c:\\\\x'
    content = docx(sample(title=evil, head=(evil, evil), blocks=(Paragraph(evil), Table((evil,), (((evil, "code"),),)))))
    word = Document(io.BytesIO(content))
    assert evil in [paragraph.text for paragraph in word.paragraphs]
    body = part(content, "word/document.xml")
    for alive in ("w:hyperlink", "w:fldSimple", "w:instrText", "<script"):
        assert alive not in body
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not [name for name in archive.namelist() if name.endswith(".rels") and b"x.invalid" in archive.read(name)]


def test_what_xml_cannot_hold_is_dropped():
    assert "左右上下" in [paragraph.text for paragraph in opened(blocks=(Paragraph(INVISIBLE + "\ufffe\uffff"),)).paragraphs]


def test_equal_input_gives_equal_bytes():
    assert docx(sample()) == docx(sample())


def test_a_very_long_text_is_kept_whole():
    assert (LONG * 50) in [paragraph.text for paragraph in opened(title="x" * 3000, blocks=(Paragraph(LONG * 50),)).paragraphs]
