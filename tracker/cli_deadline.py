"""`tracker deadline`: one deadline, or a file of them. The JSON is a contract that scripts rely on.

Every command is a function of (args, out, err) that returns the exit status: 0 good, 1 some rows bad, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO

from tracker.config import Settings
from tracker.domain import deadlines
from tracker.domain.calendars import OutsideCalendar, WorkingCalendar, canonical_county
from tracker.domain.deadlines import Deadline
from tracker.domain.minguo import DateTextError, both, parse_date, weekday_zh
from tracker.domain.periods import Period
from tracker.i18n import LANGUAGES, Translator
from tracker.programmes.calendars import load_calendar

GOOD, SOME_BAD, WRONG_USAGE = 0, 1, 2
MOST = {"months": 1200, "days": 36600}  # a century; more is a slip of the pen
COLUMNS = ("direction", "anchor", "months", "days")
_COUNT = re.compile(r"[0-9]{1,9}")

# Catalogue data/locale/zh_TW/LC_MESSAGES/deadline.po
DATE_PROBLEMS = {
    "empty": "No date is given.",
    "unreadable": "This cannot be read as a date.",
    "month_only": "This is a year and a month; the day is missing.",
    "ask": "The year is not certain: write a 民國 year with three digits or a Gregorian year with four.",
    "no_such_day": "There is no such day.",
    "weekday": "The weekday does not belong to this date.",
    "out_of_range": "The date is outside 1990 to 2060.",
}


class FieldProblem(ValueError):
    """One wrong field of a command or row: its name, and a message id with its parameters."""

    def __init__(self, field: str, msgid: str, **params: Any) -> None:
        super().__init__(msgid)
        self.field = field
        self.msgid = msgid
        self.params = params

    def text(self, words: Translator) -> str:
        """The sentence in the reader's language."""
        return words.text(self.msgid, **self.params)


def add_parser(subparsers: Any) -> None:
    """Add `deadline after | before | batch` to the commands; each sets `run`, a function of (args, out, err)."""
    deadline = subparsers.add_parser("deadline", help="compute a deadline and say why")
    kinds = deadline.add_subparsers(dest="deadline_command", required=True)
    examples = {
        "after": "tracker deadline after 115-07-31 --months 3   (「…後三個月內」)",
        "before": "tracker deadline before 2027-07-31 --months 2   (「期滿前二個月」)",
    }
    for direction, example in examples.items():
        one = kinds.add_parser(direction, help=f"a period counted {direction} a day", epilog=f"example: {example}")
        one.add_argument("date", metavar="DATE", help="the day counted from: 2026-07-31, 115/7/31, 民國115年7月31日")
        length = one.add_mutually_exclusive_group(required=True)
        length.add_argument("--months", type=_argument("months"), metavar="N", help="whole calendar months")
        length.add_argument("--days", type=_argument("days"), metavar="N", help="days")
        one.add_argument("--county", help="county or city of the receiving office, for its typhoon closures")
        one.add_argument("--json", action="store_true", help="one JSON object instead of lines to read")
        one.add_argument("--lang", choices=LANGUAGES, help="language of the sentences")
        one.set_defaults(run=run_one, direction=direction)
    batch = kinds.add_parser(
        "batch",
        help="one JSON line for each row of a CSV file",
        epilog="example: tracker deadline batch rows.csv   with the columns direction,anchor,months,days[,county]",
    )
    batch.add_argument("file", metavar="FILE.csv", help="UTF-8, with or without BOM; other columns are ignored")
    batch.add_argument("--json", action="store_true", help="changes nothing: the answer is always JSON lines")
    batch.add_argument("--lang", choices=LANGUAGES, help="language of the sentences")
    batch.set_defaults(run=run_batch)


def run_one(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """`tracker deadline after|before`: the three dates and why, as JSON or as lines in both calendars."""
    words = _words(args)
    try:
        found = _compute(args.direction, _read_anchor(args.date), args.months, args.days, args.county or "")
    except FieldProblem as problem:
        name = "DATE" if problem.field == "anchor" else f"--{problem.field}"
        print(f"{name}: {problem.text(words)}", file=err)
        return WRONG_USAGE
    if args.json:
        print(json.dumps(as_json(found, words.language), ensure_ascii=False), file=out)
    else:
        print("\n".join(_lines(found, words)), file=out)
    return GOOD


def run_batch(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """`tracker deadline batch`: a JSON line for every data row, in order; a bad row gives row, field and error.

    `row` counts the data rows from 1; lines with nothing on them do not count.
    """
    words = _words(args)
    try:
        text = Path(args.file).read_bytes().decode("utf-8-sig")
    except OSError as error:
        print(words.text("{file}: cannot be read ({reason}).", file=args.file, reason=error.strerror), file=err)
        return WRONG_USAGE
    except UnicodeDecodeError:
        print(words.text("{file}: is not UTF-8 text; save it as “CSV UTF-8”.", file=args.file), file=err)
        return WRONG_USAGE
    rows = _rows(text)
    header = [str(name).strip().lower() for name in next(rows, [])]
    problem = _header_problem(header)
    if problem:
        print(f"{args.file}: {problem.text(words)}", file=err)
        return WRONG_USAGE
    status = GOOD
    for number, cells in enumerate(rows, start=1):
        try:
            answer = as_json(_compute_row(header, cells), words.language)
        except FieldProblem as problem:
            status = SOME_BAD
            answer = {"row": number, "field": problem.field, "error": problem.text(words)}
        out.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return status


def as_json(found: Deadline, language: str) -> dict[str, Any]:
    """The object that scripts read: ISO dates, every key always present, the sentences in `language`."""
    return {
        "anchor": found.anchor.isoformat() if found.anchor else None,
        "nominal": found.nominal.isoformat(),
        "due_on": found.due_on.isoformat(),
        "file_by": found.file_by.isoformat(),
        "file_by_time": found.file_by_time,
        "calendar": {"version": found.calendar_version, "provisional": found.provisional},
        "because": [reason.text(language) for reason in found.because],
    }


def _words(args: argparse.Namespace) -> Translator:
    return Translator(args.lang or Settings.from_env().default_language)


def _lines(found: Deadline, words: Translator) -> list[str]:
    """The answer for a person: each date in both calendars with its weekday, then the reasons."""

    def day(value: date) -> str:
        return f"{both(value)} {words.pick(weekday_zh(value), f'{value:%A}')}"

    time = words.text(" before {time}", time=found.file_by_time) if found.file_by_time else ""
    lines = [
        words.text("Legal last day: {day}", day=day(found.due_on)),
        words.text("File by: {day}", day=day(found.file_by) + time),
        words.text("By the clause: {day}", day=day(found.nominal)),
    ]
    if found.provisional:
        lines.append(words.text("Provisional: the working days of that year are not published or not checked."))
    lines.append(words.text("Because:"))
    return lines + [f"  {number}. {reason.text(words.language)}" for number, reason in enumerate(found.because, 1)]


def _argument(field: str) -> Any:
    def read(text: str) -> int:
        try:
            return _count(field, text)
        except FieldProblem as problem:
            raise argparse.ArgumentTypeError(problem.text(Translator("en"))) from None

    return read


def _count(field: str, text: str) -> int:
    plain = unicodedata.normalize("NFKC", text).strip()
    if not _COUNT.fullmatch(plain) or not 1 <= int(plain) <= MOST[field]:
        raise FieldProblem(field, "A whole number from 1 to {most} is needed.", most=MOST[field])
    return int(plain)


@lru_cache(maxsize=8192)
def _read_anchor(text: str) -> date:
    try:
        return parse_date(text)
    except DateTextError as error:
        raise FieldProblem("anchor", DATE_PROBLEMS[error.code]) from None


@lru_cache(maxsize=256)
def _calendar(county: str) -> WorkingCalendar:
    calendar = load_calendar()
    if not county.strip():
        return calendar
    known = canonical_county(county)
    if known is None:
        raise FieldProblem("county", "There is no county or city of this name, such as 臺北市 or Hsinchu City.")
    return calendar.for_county(known)


def _compute(direction: str, anchor: date, months: int | None, days: int | None, county: str) -> Deadline:
    calendar = _calendar(county)
    period = Period(months=months or 0, days=days or 0)
    try:
        return (deadlines.after if direction == "after" else deadlines.before)(anchor, period, calendar)
    except OutsideCalendar as error:
        field = "months" if months else "days"
        if not calendar.first_day <= anchor <= calendar.last_day:
            field = "anchor"
        first, last = calendar.first_day.year, calendar.last_day.year
        message = "Working days are known from {first} to {last} only; {day} is outside."
        raise FieldProblem(field, message, first=first, last=last, day=error.day.isoformat()) from None
    except ValueError:
        raise FieldProblem("months" if months else "days", "The result is outside the calendar.") from None


def _rows(text: str) -> Iterator[list[str] | FieldProblem]:
    """The header and the rows with anything on them; a row that is not CSV comes as the problem it is."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield FieldProblem("row", "The quotation marks of this row do not match.")
            continue
        if cells:
            yield cells


def _header_problem(header: list[str]) -> FieldProblem | None:
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        return FieldProblem("header", "The first line lacks the columns: {names}.", names=", ".join(missing))
    twice = sorted({name for name in (*COLUMNS, "county") if header.count(name) > 1})
    if twice:
        return FieldProblem("header", "The first line names a column twice: {names}.", names=", ".join(twice))
    return None


def _compute_row(header: list[str], cells: list[str] | FieldProblem) -> Deadline:
    if isinstance(cells, FieldProblem):
        raise cells
    if any(cell.strip() for cell in cells[len(header) :]):
        raise FieldProblem("row", "The row has more cells than the first line.")
    row = dict(zip(header, cells, strict=False))
    direction = row.get("direction", "").strip().lower()
    if direction not in ("after", "before"):
        raise FieldProblem("direction", "The direction is “after” or “before”.")
    anchor = _read_anchor(row.get("anchor", ""))
    months, days = row.get("months", "").strip(), row.get("days", "").strip()
    if not months and not days:
        raise FieldProblem("months", "Give months or days.")
    if months and days:
        raise FieldProblem("days", "Give months or days, not both.")
    return _compute(
        direction,
        anchor,
        _count("months", months) if months else None,
        _count("days", days) if days else None,
        row.get("county", ""),
    )
