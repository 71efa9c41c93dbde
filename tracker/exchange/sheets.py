"""Spreadsheets that people bring, read into a staging table of texts: nothing is guessed, so `01234` stays `01234`.

The staging database lives in memory and belongs to sqlite-utils; the system of record is never touched here.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlite_utils

MAX_BYTES = 10_000_000
MAX_ROWS = 20_000
#: In this order, each strictly: a file with a byte order mark says what it is; Taiwanese spreadsheets are UTF-8, else CP950, else HKSCS.
ENCODINGS = ("utf-8", "cp950", "big5hkscs")


@dataclass(frozen=True)
class RowProblem:
    """One wrong cell: its data row (1 is the first below the header; 0 the header or the file), its column, and a message id."""

    row: int
    column: str
    msgid: str
    params: dict[str, Any] = field(default_factory=dict)


class SheetRefused(Exception):
    """The file cannot be read as a sheet at all."""

    def __init__(self, *problems: RowProblem) -> None:
        super().__init__("; ".join(problem.msgid for problem in problems))
        self.problems = list(problems)


@dataclass(frozen=True)
class Sheet:
    """A staged sheet: rows as dicts of stripped texts, every known column present, and the encoding that was found."""

    rows: list[dict[str, str]]
    encoding: str


def decode(content: bytes) -> tuple[str, str]:
    """The text of a file and the name of its encoding. Raises SheetRefused."""
    if len(content) > MAX_BYTES:
        raise SheetRefused(RowProblem(0, "", "The file is larger than {n} MB.", {"n": MAX_BYTES // 1_000_000}))
    if content.startswith(codecs.BOM_UTF8):
        candidates: tuple[str, ...] = ("utf-8-sig",)
    elif content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ("utf-16",)
    else:
        candidates = ENCODINGS
    for name in candidates:
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text, name
    raise SheetRefused(RowProblem(0, "", "The file is not a text file in UTF-8 or Big5. Save it as CSV (UTF-8)."))


def stage_csv(content: bytes, required: Sequence[str], optional: Sequence[str] = ()) -> Sheet:
    """Read a CSV file into rows of the known columns. Blank lines are skipped.

    Raises SheetRefused for a file that is not text, lacks a required column, has an unknown or doubled one, or too many rows.
    """
    text, encoding = decode(content)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = _without_empty_end([cell.strip() for cell in next(reader, [])])
        _check_header(header, required, optional)
        staging = sqlite_utils.Database(memory=True)
        table = staging["sheet"]
        table.create({"row": int, **{name: str for name in header}}, pk="row")
        table.insert_all(_records(reader, header))
    except csv.Error as broken:
        raise SheetRefused(RowProblem(reader.line_num, "", "Line {n} is not valid CSV.", {"n": reader.line_num})) from broken
    empty = dict.fromkeys((*required, *optional), "")
    rows = [{**empty, **{name: value or "" for name, value in record.items()}} for record in table.rows_where(order_by="row")]
    staging.close()
    if not rows:
        raise SheetRefused(RowProblem(0, "", "The file has a header but no rows."))
    return Sheet(rows, encoding)


def _check_header(header: list[str], required: Sequence[str], optional: Sequence[str]) -> None:
    problems = [RowProblem(0, name, "The column {column} is missing.", {"column": name}) for name in required if name not in header]
    known = {*required, *optional}
    problems += [
        RowProblem(
            0,
            name,
            "There is no column {column} here; known are: {known}.",
            {"column": name or "(empty)", "known": ", ".join([*required, *optional])},
        )
        for name in header
        if name not in known
    ]
    problems += [
        RowProblem(0, name, "The column {column} stands twice.", {"column": name})
        for name in sorted({n for n in header if header.count(n) > 1})
    ]
    if problems:
        raise SheetRefused(*problems)


def _records(reader: Iterator[list[str]], header: list[str]) -> Iterator[dict[str, Any]]:
    for number, cells in enumerate(reader, start=1):
        if number > MAX_ROWS:
            raise SheetRefused(RowProblem(number, "", "The file has more than {n} rows.", {"n": MAX_ROWS}))
        if not any(cell.strip() for cell in cells):
            continue
        stripped = _without_empty_end([cell.strip() for cell in cells])
        if len(stripped) > len(header):
            raise SheetRefused(RowProblem(number, "", "This row has more cells than the header has columns."))
        padded = stripped + [""] * (len(header) - len(stripped))
        yield {"row": number, **dict(zip(header, padded, strict=True))}


def _without_empty_end(cells: list[str]) -> list[str]:
    """Spreadsheets write the empty columns beside a table too; they mean nothing."""
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells
