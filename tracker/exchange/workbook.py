"""Spreadsheet files (.xlsx) of what people wrote: every cell says what it is, so that no text becomes a formula, a link or a number.

Excel's own limits hold: 32,767 characters a cell (a longer text is cut with a note and stands whole, in pieces, on a sheet of its own),
31 characters a sheet name, days from 1900 on, 15 digits a number; what a cell cannot hold exactly is written as text.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from tracker.clock import TAIPEI
from tracker.domain.free_text import clean_text

MOST_CHARACTERS = 32_767  # UTF-16 units, as Excel counts
MOST_ROWS, MOST_COLUMNS, MOST_DIGITS = 1_048_576, 16_384, 15
LONGEST_NAME = 31
WIDEST, NARROWEST = 60, 8
_FIRST_DAY = date(1900, 3, 1)  # Excel counts a 29 February 1900 that there was not
_NOT_IN_A_NAME = str.maketrans({char: " " for char in "[]:*?/\\"})

Cell = str | int | Decimal | date | datetime | None


@dataclass(frozen=True)
class Sheet:
    """One sheet: `name` is made fit and unique, the header stays in sight with the first `fixed` columns. Cells as Python values."""

    name: str
    header: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    fixed: int = 1


@dataclass(frozen=True)
class LongTexts:
    """How the sheet of long texts is called, and the note that stands where one was cut."""

    name: str
    header: tuple[str, str, str]  # sheet, row and column, text
    note: str  # after the cut; holds no place to fill


class _Book:
    """One workbook being written."""

    def __init__(self, book: xlsxwriter.Workbook, long_texts: LongTexts) -> None:
        self.book, self.long_texts = book, long_texts
        self.names: set[str] = {"history"}  # Excel keeps this name for itself
        self.long: list[tuple[str, str, str]] = []
        top = {"valign": "top", "text_wrap": True}
        self.head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF4", **top})
        self.text = book.add_format({"num_format": "@", "quote_prefix": True, **top})
        self.plain = book.add_format(top)
        self.day = book.add_format({"num_format": "yyyy-mm-dd", **top})
        self.instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm", **top})

    def add(self, sheet: Sheet) -> None:
        """Write one sheet."""
        name = sheet_name(sheet.name, self.names)
        page = self.book.add_worksheet(name)
        header, rows = sheet.header[:MOST_COLUMNS], sheet.rows[: MOST_ROWS - 1]
        for column, title in enumerate(header):
            page.write_string(0, column, self._fitting(title, name, 0, column), self.head)
        widths = [width_of(title) for title in header]
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row[: len(header)]):
                self._write(page, name, number, column, cell)
                widths[column] = max(widths[column], width_of(cell))
        for column, width in enumerate(widths):
            page.set_column(column, column, min(max(width + 2, NARROWEST), WIDEST))
        page.freeze_panes(1, min(sheet.fixed, len(header)))
        if rows and header:
            page.autofilter(0, 0, len(rows), len(header) - 1)
        page.set_landscape()
        page.set_paper(9)  # A4
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)

    def add_long_texts(self) -> None:
        """The texts that no cell could hold, whole, in as many columns as each needs."""
        if not self.long:
            return
        pieces = [(sheet, place, *split_text(text)) for sheet, place, text in self.long]
        self.long = []
        most = max(len(row) for row in pieces) - 2
        header = (*self.long_texts.header[:2], *(f"{self.long_texts.header[2]} {n}" for n in range(1, most + 1)))
        self.add(Sheet(self.long_texts.name, header, [row + ("",) * (most + 2 - len(row)) for row in pieces], fixed=2))

    def _write(self, page: Worksheet, name: str, row: int, column: int, cell: Cell) -> None:
        if cell is None or cell == "":
            return
        if isinstance(cell, datetime):
            page.write_datetime(row, column, cell.astimezone(TAIPEI).replace(tzinfo=None), self.instant)
        elif isinstance(cell, date) and cell >= _FIRST_DAY:
            page.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), self.day)  # noqa: DTZ001 (a civil day)
        elif isinstance(cell, int | Decimal) and _exact(Decimal(cell)):
            page.write_number(row, column, float(cell), self.plain)
        else:
            text = self._fitting(str(cell), name, row, column)
            page.write_string(row, column, text, self.text if _looks_like_a_formula(text) else self.plain)

    def _fitting(self, text: str, sheet: str, row: int, column: int) -> str:
        """The text without what XML cannot hold; the beginning and a note where it is too long for a cell."""
        text = printable(text)
        if _units(text) <= MOST_CHARACTERS:
            return text
        self.long.append((sheet, f"{_letters(column)}{row + 1}", text))
        note = f" {self.long_texts.note}"
        return _first_units(text, MOST_CHARACTERS - _units(note)) + note


def workbook_bytes(sheets: Iterable[Sheet], *, long_texts: LongTexts, title: str, at: datetime) -> bytes:
    """The file. The same content at the same instant `at` gives the same bytes."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": printable(title)[:200], "created": at.astimezone(TAIPEI).replace(tzinfo=None), "author": "Milepost"})
    writing = _Book(book, long_texts)
    for sheet in sheets:
        writing.add(sheet)
    writing.add_long_texts()
    book.close()
    return out.getvalue()


def sheet_name(wanted: str, taken: set[str]) -> str:
    """A name that Excel takes: at most 31 characters, none of []:*?/\\, no apostrophe at its ends, unlike all before; it is added."""
    stem = " ".join(printable(wanted).translate(_NOT_IN_A_NAME).split()).strip("'") or "-"
    for number in range(1, 10_000):
        end = "" if number == 1 else f" ({number})"
        name = _first_units(stem, LONGEST_NAME - len(end)).rstrip(" '") + end
        if name.casefold() not in taken:
            taken.add(name.casefold())
            return name
    raise ValueError(f"no free name for a sheet like {stem!r}")


def printable(text: str) -> str:
    """The text as XML can hold it: no control characters or direction marks, no halves of characters, no noncharacters."""
    return "".join(char for char in clean_text(text) if char not in "\ufffe\uffff")


def split_text(text: str) -> tuple[str, ...]:
    """A long text in pieces that fit into cells; together they are the text."""
    pieces = []
    while text:
        piece = _first_units(text, MOST_CHARACTERS)
        pieces.append(piece)
        text = text[len(piece) :]
    return tuple(pieces)


def width_of(cell: Cell) -> int:
    """How wide a cell's longest line is in Latin letters; a Chinese character counts twice."""
    if cell is None:
        return 0
    if isinstance(cell, datetime):
        return 16
    text = str(cell)[:500]
    return max(
        (sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line[:100]) for line in text.splitlines()), default=0
    )


def _looks_like_a_formula(text: str) -> bool:
    """Whether some program, or Excel after a second edit, would run the text; the cell is then marked as text for good."""
    return text.lstrip()[:1] in ("=", "+", "-", "@", "＝", "＋", "－", "＠", "|", "%")


def _exact(number: Decimal) -> bool:
    """Whether a spreadsheet's number holds it without loss."""
    return number.is_finite() and len(number.normalize().as_tuple().digits) <= MOST_DIGITS and abs(number) < Decimal(10) ** 300


def _units(text: str) -> int:
    return len(text) + sum(ord(char) > 0xFFFF for char in text)


def _first_units(text: str, most: int) -> str:
    """The longest beginning of at most so many UTF-16 units; no character is cut in half."""
    if _units(text) <= most:
        return text
    used = 0
    for index, char in enumerate(text):
        used += 2 if ord(char) > 0xFFFF else 1
        if used > most:
            return text[:index]
    return text


def _letters(column: int) -> str:
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name
