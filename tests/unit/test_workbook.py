"""Workbooks read back as another program reads them: nothing runs, nothing is lost, everything is what it is."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.exchange.workbook import MOST_CHARACTERS, LongTexts, Sheet, sheet_name, split_text, width_of, workbook_bytes

AT = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
LONG = LongTexts("長文", ("工作表", "儲存格", "內容"), "…〔全文見長文〕")


def read(*sheets: Sheet) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(workbook_bytes(sheets, long_texts=LONG, title="示範", at=AT)))


def one_cell(value):
    return read(Sheet("表", ("欄",), [(value,)]))["表"]["A2"]


HOSTILE = [
    '=HYPERLINK("http://x.invalid","按我")', "+1+1", "-2+3", "@SUM(A1)", "=cmd|' /C calc'!A0", " =1+1", "＝1+1", "|x", "%0A",
    "http://x.invalid", "mailto:a@b.invalid", "internal:'表'!A1", "0123", "1e5", "1/2", "TRUE", "#N/A", "<script>alert(1)</script>",
    "]]>&amp;", "_x0041_", "中文\n第二行", "😀" * 20,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_stays_the_text_it_was(text):
    cell = one_cell(text)
    assert (cell.data_type, cell.value, cell.hyperlink) == ("s", text, None)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", " =1", "＝1"])
def test_what_looks_like_a_formula_is_marked_as_text_for_later_edits_too(text):
    cell = one_cell(text)
    assert cell.quotePrefix
    assert cell.number_format == "@"


@pytest.mark.parametrize(
    ("text", "left"),
    [("a\x00b\x07c\x1b[31m", "abc[31m"), ("a\u202eb", "ab"), ("a\ud800b", "ab"), ("a\uffffb\ufffe", "ab"), ("a\x0bb\x0c", "ab")],
)
def test_what_no_file_can_hold_is_left_out(text, left):
    assert one_cell(text).value == left


@pytest.mark.parametrize(
    ("value", "kind", "read_back"),
    [
        (Decimal("1250.5"), "n", 1250.5),
        (3, "n", 3),
        (Decimal("-0.000001"), "n", -0.000001),
        (Decimal("123456789012345"), "n", 123456789012345),
        (Decimal("1234567890123456"), "s", "1234567890123456"),  # a number would lose its last digit
        (date(2026, 8, 31), "d", datetime(2026, 8, 31)),
        (date(1899, 12, 31), "s", "1899-12-31"),  # before the first day of a spreadsheet
        (AT, "d", datetime(2026, 9, 1, 9, 0)),  # in Taipei
        (None, "n", None),
        ("", "n", None),
    ],
)
def test_numbers_are_numbers_and_days_are_days_where_a_cell_can_hold_them(value, kind, read_back):
    cell = one_cell(value)
    assert (cell.data_type, cell.value) == (kind, read_back)


@pytest.mark.parametrize("text", ["字" * 32_767, "字" * 32_768, "長" * 100_001, "😀" * 16_384, "a" * 32_766 + "😀"])
def test_a_text_that_is_too_long_is_cut_with_a_note_and_kept_whole_beside(text):
    book = read(Sheet("表", ("欄",), [(text,)]))
    shown = book["表"]["A2"].value
    assert len(shown.encode("utf-16-le")) // 2 <= MOST_CHARACTERS
    if shown == text:
        assert "長文" not in book.sheetnames
        return
    assert shown.endswith(LONG.note)
    sheet, place, *pieces = [cell.value for cell in book["長文"][2]]
    assert (sheet, place, "".join(pieces)) == ("表", "A2", text)


def test_the_header_stays_in_sight_and_columns_are_as_wide_as_chinese_needs():
    page = read(Sheet("表", ("計畫", "x"), [("影像判讀影像判讀影像", "1")]))["表"]
    assert page.freeze_panes == "B2"
    assert page.column_dimensions["A"].width >= 20
    assert page.column_dimensions["B"].width < 12
    assert page["A1"].font.bold


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("1.1 達成/落後 [季]:*?\\", "1.1 達成 落後 季"),
        ("'引號'", "引號"),
        ("", "-"),
        ("History", "History (2)"),
        ("很" * 40, "很" * 31),
        ("=1+1", "=1+1"),
    ],
)
def test_a_sheets_name_is_one_that_spreadsheets_take(wanted, name):
    assert sheet_name(wanted, {"history"}) == name


@given(st.lists(st.text(max_size=60), min_size=1, max_size=6))
def test_whatever_the_names_and_texts_are_a_reader_opens_the_file(texts):
    book = read(*(Sheet(text, (text, "x"), [(text, 1)]) for text in texts))
    assert len(book.sheetnames) == len(texts)
    assert len({name.casefold() for name in book.sheetnames}) == len(texts)
    assert not [cell for page in book for row in page.iter_rows() for cell in row if cell.data_type == "f"]


@given(st.text(min_size=1, max_size=80_000 // 40))
def test_the_pieces_of_a_text_are_the_text(text):
    assert "".join(split_text(text * 40)) == text * 40


def test_the_same_content_gives_the_same_bytes():
    assert workbook_bytes([Sheet("表", ("欄",), [("x",)])], long_texts=LONG, title="示範", at=AT) == workbook_bytes(
        [Sheet("表", ("欄",), [("x",)])], long_texts=LONG, title="示範", at=AT
    )


@pytest.mark.parametrize(("cell", "width"), [("影像", 4), ("ab", 2), ("ab\n影像判", 6), (None, 0), (12, 2), (AT, 16)])
def test_a_chinese_character_is_two_wide(cell, width):
    assert width_of(cell) == width
