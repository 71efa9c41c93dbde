"""The official table of working days as the government publishes it (data.gov.tw dataset 14718): one CSV, a row for each day of a year.

Columns 西元日期 (yyyymmdd), 星期 (一 to 日), 是否放假 (0 worked, 2 off), 備註 (why). Newer files are UTF-8 with a byte order mark, older
ones Big5. The weekday is a checksum and every day of a year must be there once: a table is read whole or not at all.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from tracker.domain.free_text import clean_line
from tracker.domain.minguo import WEEKDAYS_ZH
from tracker.exchange.sheets import RowProblem, SheetRefused, decode

DATE, WEEKDAY, OFF, NOTE = COLUMNS = ("西元日期", "星期", "是否放假", "備註")
WORKED, DAY_OFF = "0", "2"
MAX_BYTES = 1_000_000  # a year has 6,500 bytes
FIRST_YEAR, LAST_YEAR = 2001, 2060
MOST_PROBLEMS = 20
LONGEST_NOTE = 200
#: Weekdays off in a year: 11 to 20 since 2001. Far fewer or more means that the column says something else.
_PLAUSIBLE = range(5, 41)
_SATURDAY, _WEEK = 5, 7
_MANGLED = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}|\d(\.\d+)?[eE]\+?\d+|\d{5}|\d{6,8}\.0+|\d{2,4}年.*|\d{7}")
_EXCEL = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_PAGE = re.compile(rb"^\s*(<!doctype|<html|<head|<\?xml|<script)", re.IGNORECASE)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class YearOfDays:
    """One year as the table has it: weekdays off, weekends worked, and the note of each day that has one."""

    year: int
    days_off: frozenset[date]
    working_weekends: frozenset[date]
    notes: Mapping[date, str]

    def as_json(self) -> dict[str, object]:
        """The stored form: ISO days in order."""
        return {
            "off": [day.isoformat() for day in sorted(self.days_off)],
            "worked": [day.isoformat() for day in sorted(self.working_weekends)],
            "notes": {day.isoformat(): self.notes[day] for day in sorted(self.notes)},
        }

    @classmethod
    def from_json(cls, year: int, stored: Mapping[str, object]) -> YearOfDays:
        """The inverse of `as_json`."""
        off, worked, notes = stored["off"], stored["worked"], stored["notes"]
        return cls(
            year,
            frozenset(map(date.fromisoformat, off)),  # type: ignore[call-overload]
            frozenset(map(date.fromisoformat, worked)),  # type: ignore[call-overload]
            {date.fromisoformat(day): note for day, note in notes.items()},  # type: ignore[attr-defined]
        )


@dataclass(frozen=True)
class TableFile:
    """A file of one or more whole years; `encoding` as it was found, `sha256` of its bytes."""

    encoding: str
    sha256: str
    years: tuple[YearOfDays, ...]


@dataclass(frozen=True)
class _Row:
    number: int  # the line as a spreadsheet numbers it: the header is 1
    day: date
    off: bool
    note: str


def read_table(content: bytes) -> TableFile:
    """Every year of the file. Raises SheetRefused with what is wrong, by row (as a spreadsheet counts) and column; nothing is guessed."""
    text, encoding = _text(content)
    rows, problems = _rows(text)
    if not problems:
        problems = _whole_years(rows)
    if problems:
        raise SheetRefused(*_first(problems))
    return TableFile(encoding, hashlib.sha256(content).hexdigest(), tuple(_years(rows)))


def _text(content: bytes) -> tuple[str, str]:
    if not content.strip():
        raise SheetRefused(RowProblem(0, "", "The file is empty."))
    if len(content) > MAX_BYTES:
        raise SheetRefused(RowProblem(0, "", "The file is larger than 1 MB; an official table has a few thousand bytes a year."))
    if content.startswith(_EXCEL):
        raise SheetRefused(RowProblem(0, "", "This is a spreadsheet, not a CSV file. Take the CSV edition that was published."))
    if _PAGE.match(content.removeprefix(b"\xef\xbb\xbf")):
        raise SheetRefused(RowProblem(0, "", "This is a web page, not the table: the download failed. Download the CSV file again."))
    return decode(content)


def _rows(text: str) -> tuple[list[_Row], list[RowProblem]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[_Row] = []
    problems: list[RowProblem] = []
    try:
        _check_header([cell.strip() for cell in next(reader, [])])
        for number, cells in enumerate(reader, start=2):
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                _read_row(number, stripped, rows, problems)
    except csv.Error as broken:
        raise SheetRefused(RowProblem(reader.line_num, "", "Line {n} is not valid CSV.", {"n": reader.line_num})) from broken
    if not rows and not problems:
        problems.append(RowProblem(0, "", "The file has a header but no rows."))
    return rows, problems


def _check_header(header: list[str]) -> None:
    names = [name for name in header if name]
    if names[:2] == ["Subject", "Start Date"]:
        raise SheetRefused(RowProblem(1, "", "This is the edition for Google Calendar. Take the other file of the same year."))
    if tuple(names) != COLUMNS:
        params = {"columns": "、".join(COLUMNS), "found": "、".join(name[:20] for name in names[:6]) or "—"}
        raise SheetRefused(RowProblem(1, "", "The first line must be {columns}; this file has {found}.", params))


def _read_row(number: int, cells: list[str], rows: list[_Row], problems: list[RowProblem]) -> None:
    values = dict(zip(COLUMNS, [*cells, "", "", "", ""], strict=False))
    formula = next((name for name, cell in values.items() if cell[:1] in ("=", "+", "@")), None)
    if formula:
        problems.append(RowProblem(number, formula, "A formula stands here; only values are read."))
        return
    if any(cells[len(COLUMNS) :]):
        problems.append(RowProblem(number, "", "This row has more cells than the header has columns."))
        return
    day = _day(number, values[DATE], problems)
    if values[OFF] not in (WORKED, DAY_OFF):
        problems.append(
            RowProblem(number, OFF, "Here stands “{value}”; only 0 (worked) and 2 (off) are known.", {"value": values[OFF][:20]})
        )
    elif day is not None and _weekday_agrees(number, day, values[WEEKDAY], problems):
        rows.append(_Row(number, day, values[OFF] == DAY_OFF, _note(number, values[NOTE], problems)))


def _note(number: int, text: str, problems: list[RowProblem]) -> str:
    """Why the day is off, as it may be kept and shown."""
    note = clean_line(text)
    if len(note) > LONGEST_NOTE:
        problems.append(RowProblem(number, NOTE, "At most {n} characters.", {"n": LONGEST_NOTE}))
    return note


def _day(number: int, text: str, problems: list[RowProblem]) -> date | None:
    if re.fullmatch(r"[0-9]{8}", text):
        try:
            day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
        except ValueError:
            problems.append(RowProblem(number, DATE, "There is no day {value}.", {"value": text}))
            return None
        if FIRST_YEAR <= day.year <= LAST_YEAR:
            return day
        problems.append(
            RowProblem(number, DATE, "{value} is outside {first} to {last}.", {"value": text, "first": FIRST_YEAR, "last": LAST_YEAR})
        )
    elif _MANGLED.fullmatch(text):
        problems.append(
            RowProblem(number, DATE, "“{value}” was changed by a spreadsheet program; dates are written 20260101. "
                       "Download the file again and bring it in unopened.", {"value": text[:20]})
        )  # fmt: skip
    else:
        problems.append(RowProblem(number, DATE, "“{value}” is not a day; dates are written 20260101.", {"value": text[:20]}))
    return None


def _weekday_agrees(number: int, day: date, text: str, problems: list[RowProblem]) -> bool:
    said = text.removeprefix("星期").removeprefix("週")
    right = WEEKDAYS_ZH[day.weekday()]
    if said == right:
        return True
    params = {"day": day.isoformat(), "right": right, "value": text[:10]}
    problems.append(RowProblem(number, WEEKDAY, "{day} is a 星期{right}, and here stands “{value}”.", params))
    return False


def _whole_years(rows: list[_Row]) -> list[RowProblem]:
    seen: dict[date, int] = {}
    problems: list[RowProblem] = []
    for row in rows:
        if row.day in seen:
            params = {"day": row.day.isoformat(), "first": seen[row.day]}
            problems.append(RowProblem(row.number, DATE, "{day} stands there twice, in row {first} too.", params))
        seen.setdefault(row.day, row.number)
    for year in sorted({day.year for day in seen}):
        days = {day for day in seen if day.year == year}
        missing = sorted(set(_days_of(year)) - days)
        if missing:
            params = {"year": year, "n": len(missing), "first": missing[0].isoformat(), "last": missing[-1].isoformat()}
            problems.append(RowProblem(0, DATE, "{year} is not whole. Days missing: {n}, between {first} and {last}.", params))
            continue
        off = sum(row.off and row.day.weekday() < _SATURDAY for row in rows if row.day.year == year)
        if off not in _PLAUSIBLE:
            problems.append(
                RowProblem(0, OFF, "{year} has {n} weekdays off; that cannot be the table of a year.", {"year": year, "n": off})
            )
        if (seventh := _seventh_worked(year, {row.day for row in rows if row.off})) is not None:
            params = {"day": seventh.isoformat()}
            problems.append(RowProblem(seen.get(seventh, 0), OFF, "{day} would be the seventh day in a row that is worked.", params))
    return problems


def _seventh_worked(year: int, off: set[date]) -> date | None:
    """The first day with which a week without a day off is full. Of other years, whose table may come later, only Sundays are sure."""
    day, in_a_row = date(year, 1, 1) - 6 * _ONE_DAY, 0
    while day <= date(year, 12, 31) + 6 * _ONE_DAY:
        rests = day in off if day.year == year else day.weekday() > _SATURDAY
        in_a_row = 0 if rests else in_a_row + 1
        if in_a_row == _WEEK:
            return day
        day += _ONE_DAY
    return None


def _years(rows: list[_Row]) -> Iterable[YearOfDays]:
    for year in sorted({row.day.year for row in rows}):
        of_year = [row for row in rows if row.day.year == year]
        yield YearOfDays(
            year,
            frozenset(row.day for row in of_year if row.off and row.day.weekday() < _SATURDAY),
            frozenset(row.day for row in of_year if not row.off and row.day.weekday() >= _SATURDAY),
            {row.day: row.note for row in of_year if row.note},
        )


def _days_of(year: int) -> Iterable[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += _ONE_DAY


def _first(problems: list[RowProblem]) -> list[RowProblem]:
    """As many as a person reads; the last line says how many there are besides."""
    if len(problems) <= MOST_PROBLEMS:
        return problems
    left = len(problems) - MOST_PROBLEMS
    return [*problems[:MOST_PROBLEMS], RowProblem(0, "", "{n} more problems are not listed.", {"n": left})]
