"""Closures of offices by county as people write them: pasted lines or a small CSV, a day and one or more counties in each line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from tracker.domain.calendars import canonical_county
from tracker.domain.minguo import DateTextError, parse_date
from tracker.exchange.sheets import RowProblem, SheetRefused, decode

MOST_LINES = 1_000
MOST_CHARACTERS = 100_000
_PARTS = re.compile(r"[,，;；、\t|]+")
_HEADER = re.compile(r"縣市|日期|county|date", re.IGNORECASE)


@dataclass(frozen=True)
class ClosureList:
    """(county, day) pairs in order, each once."""

    closures: tuple[tuple[str, date], ...]


def read_closures(content: bytes | str) -> ClosureList:
    """The closures of a text or a file (UTF-8 or Big5). Raises SheetRefused with what is wrong, by line; all of it counts or nothing.

    A line holds days (2026-10-02, 115/10/2, 民國115年10月2日) and counties (臺北市, 台北市, Taipei City) in any order: every county named
    was closed on every day named. A first line with names of columns is skipped.
    """
    text = content if isinstance(content, str) else decode(content)[0]
    if len(text) > MOST_CHARACTERS:
        raise SheetRefused(RowProblem(0, "", "The list is too long; bring it in by parts."))
    found: dict[tuple[str, date], None] = {}
    problems: list[RowProblem] = []
    lines = [line.strip().removeprefix("\ufeff") for line in text.splitlines()]
    for number, line in enumerate(lines[:MOST_LINES], start=1):
        if not line.strip(",;\t ") or (number == 1 and _HEADER.search(line) and not re.search(r"\d", line)):
            continue
        counties, days = _read_line(number, line, problems)
        found |= {(county, day): None for day in days for county in counties}
    if len(lines) > MOST_LINES:
        problems.append(RowProblem(0, "", "The list is too long; bring it in by parts."))
    if not found and not problems:
        problems.append(RowProblem(0, "", "Write at least one day and one county."))
    if problems:
        raise SheetRefused(*problems)
    return ClosureList(tuple(found))


def _read_line(number: int, line: str, problems: list[RowProblem]) -> tuple[list[str], list[date]]:
    counties: list[str] = []
    days: list[date] = []
    wrong = len(problems)
    for part in _parts(line):
        county = canonical_county(part)
        if county is not None:
            counties.append(county)
            continue
        try:
            days.append(parse_date(part))
        except DateTextError:
            problems.append(RowProblem(number, "", "“{part}” is neither a day nor a county or city.", {"part": part[:30]}))
    if len(problems) == wrong and not (counties and days):
        problems.append(RowProblem(number, "", "This line needs a day and a county."))
    return counties, days


def _parts(line: str) -> list[str]:
    """The parts of a line; names of two words stay whole where commas part them, and blanks part them only where commas do not."""
    parts = [part.strip().strip('"') for part in _PARTS.split(line)]
    found: list[str] = []
    for part in parts:
        if not part:
            continue
        whole = canonical_county(part) is not None or _is_day(part)
        found += [part] if whole else part.split()
    return found


def _is_day(text: str) -> bool:
    try:
        parse_date(text)
    except DateTextError:
        return False
    return True
