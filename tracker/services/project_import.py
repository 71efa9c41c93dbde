"""Many projects from one CSV file: all of them, or none and a list of what is wrong by row and column."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from tracker.domain.calendars import OutsideCalendar
from tracker.domain.minguo import DateTextError, parse_date
from tracker.exchange.sheets import RowProblem, stage_csv
from tracker.programmes.model import FACTS, Programme
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Invalid
from tracker.services.policy import INSTALLATION, Act
from tracker.services.projects import MemberEntry, ProjectEntry, check_entry, insert_project, programme_for
from tracker.store import tables as t
from tracker.store.writing import Tx

REQUIRED = ("code", "programme", "title_zh", "organisation", "start_on", "end_on", "pi_email", "pi_name")
OPTIONAL = (
    "title_en", "county", "original_end_on", "settled_through", "officer_email", "officer_name", "co_pi_email", "co_pi_name",
    "assistant_email", "assistant_name", "company_pi_email", "company_pi_name", *FACTS, "approved_amounts",
)  # fmt: skip
_DAYS = ("start_on", "end_on", "original_end_on", "settled_through", *FACTS)

#: Where `check_entry` speaks of a field of the entry, the sheet has another column.
_COLUMNS = {"members": "pi_email", "extended_from": "original_end_on"}
_ADDRESS = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]+")
_MAX_TEXT = 500

_DATE_MSGIDS = {
    "empty": "The date is missing.",
    "unreadable": "This is not a date. Write 2026-06-01 or 115/06/01.",
    "month_only": "This is a month without a day.",
    "ask": "The year is not certain: write a 民國 year with three digits or a Gregorian year with four.",
    "no_such_day": "There is no such day.",
    "weekday": "The weekday does not belong to this date.",
    "out_of_range": "The date is outside 1990 to 2060.",
}


class ImportRefused(Exception):
    """Nothing was imported; `problems` names every wrong cell."""

    def __init__(self, problems: list[RowProblem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


@dataclass(frozen=True)
class Imported:
    """What an import brought in, and how the file was read."""

    projects: tuple[str, ...]
    obligations: int
    encoding: str


def import_projects(ctx: Context, content: bytes, *, key: str) -> Imported:
    """Import every project of a CSV file (UTF-8, with or without byte order mark, or Big5) in one transaction.

    Raises ImportRefused with all problems by row and column, SheetRefused for a file that is no sheet, Forbidden.
    """
    policy.authorise(ctx.viewer, Act.IMPORT_PROJECTS, INSTALLATION)
    sheet = stage_csv(content, REQUIRED, OPTIONAL)
    read = [_entry(row) for row in sheet.rows]
    problems = [problem for _, _, found in read for problem in found]
    entries = [(row, entry) for row, entry, _ in read if entry is not None]
    checked = []
    for row, entry in entries:
        try:
            programme = programme_for(ctx, entry)
        except Invalid as invalid:
            problems += _of_row(row, invalid)
            continue
        problems += _of_row(row, Invalid(check_entry(entry, programme, ctx.today)))
        checked.append((row, entry, programme))
    if problems:
        with ctx.store.read() as conn:
            raise _refused(problems + _codes_in_use(conn, ctx, entries))
    fingerprint = hashlib.sha256(content).hexdigest()

    def body(tx: Tx) -> dict[str, Any]:
        taken = _codes_in_use(tx.conn, ctx, entries)  # in here, so that the same file brought twice gets its first answer
        if taken:
            raise _refused(taken)
        entered = [_inserted(tx, ctx, row, entry, programme) for row, entry, programme in checked]
        codes = [one["code"] for one in entered]
        tx.record("project", 0, {"imported": codes, "file_sha256": fingerprint})
        return {"projects": codes, "obligations": sum(one["obligations"] for one in entered)}

    done = ctx.store.write(ctx.request("project.import", key, fingerprint), body)
    return Imported(tuple(done["projects"]), done["obligations"], sheet.encoding)


def _refused(problems: list[RowProblem]) -> ImportRefused:
    return ImportRefused(sorted(problems, key=lambda problem: (problem.row, problem.column)))


def _of_row(row: int, invalid: Invalid) -> list[RowProblem]:
    return [RowProblem(row, _COLUMNS.get(p.field, p.field), p.msgid, p.params) for p in invalid.problems]


def _inserted(tx: Tx, ctx: Context, row: int, entry: ProjectEntry, programme: Programme) -> dict[str, Any]:
    """Insert one row's project; what only the store or the calendar can refuse still names the row, and undoes all of them."""
    try:
        return insert_project(tx, ctx, entry, programme)
    except Invalid as invalid:
        raise ImportRefused(_of_row(row, invalid)) from invalid
    except OutsideCalendar as outside:
        refused = RowProblem(row, "end_on", "The working days of {year} are not known yet.", {"year": outside.day.year})
        raise ImportRefused([refused]) from outside


def _entry(row: dict[str, Any]) -> tuple[int, ProjectEntry | None, list[RowProblem]]:
    number, problems = row["row"], []
    days: dict[str, date | None] = {}
    for name in _DAYS:
        if not row[name] and name not in REQUIRED:
            days[name] = None
            continue
        try:
            days[name] = parse_date(row[name])
        except DateTextError as wrong:
            problems.append(RowProblem(number, name, _DATE_MSGIDS.get(wrong.code, _DATE_MSGIDS["unreadable"])))
    problems += [RowProblem(number, name, "This must not be empty.") for name in REQUIRED if not row[name] and name not in _DAYS]
    problems += [
        RowProblem(number, name, "This is longer than {n} characters.", {"n": _MAX_TEXT})
        for name, text in row.items()
        if name != "row" and len(text) > _MAX_TEXT
    ]
    problems += [
        RowProblem(number, name, "This is not an e-mail address.")
        for name in row
        if name.endswith("_email") and row[name] and not _ADDRESS.fullmatch(row[name])
    ]
    amounts = _amounts(row["approved_amounts"], number, problems)
    if problems:
        return number, None, problems
    entry = ProjectEntry(
        code=row["code"], programme=row["programme"], title_zh=_line(row["title_zh"]), title_en=_line(row["title_en"]),
        organisation=_line(row["organisation"]),
        county=row["county"] or None, start_on=days["start_on"], end_on=days["end_on"], extended_from=days["original_end_on"],
        settled_through=days["settled_through"],
        officer_email=row["officer_email"] or None, officer_name=_line(row["officer_name"]), members=_members(row),
        facts=tuple((name, days[name]) for name in FACTS if days[name]), approved_amounts=amounts,
    )  # fmt: skip
    return number, entry, problems


def _members(row: dict[str, Any]) -> tuple[MemberEntry, ...]:
    named = (
        ("pi", "pi", "academic"),
        ("co_pi", "co_pi", "academic"),
        ("assistant", "assistant", "academic"),
        ("company_pi", "pi", "company"),
    )
    return tuple(
        MemberEntry(row[f"{prefix}_email"], _line(row[f"{prefix}_name"]), role, party)
        for prefix, role, party in named
        if row[f"{prefix}_email"]
    )


def _line(text: str) -> str:
    """One line of a cell that may hold several: line breaks and runs of spaces become one space, control characters go."""
    return " ".join("".join(c for c in text if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf")).split())


def _amounts(text: str, number: int, problems: list[RowProblem]) -> tuple[int, ...]:
    """NT$ by project year, separated by semicolons: `8000000;9000000`."""
    plain = unicodedata.normalize("NFKC", text)  # full-width digits and semicolons
    parts = [part.strip().replace(",", "") for part in plain.split(";") if part.strip()]
    if any(not part.isascii() or not part.isdigit() or len(part) > 15 for part in parts):
        problems.append(
            RowProblem(number, "approved_amounts", "Write whole NT$ by project year, separated by semicolons: 8000000;9000000.")
        )
        return ()
    return tuple(int(part) for part in parts)


def _codes_in_use(conn: Connection, ctx: Context, entries: list[tuple[int, ProjectEntry]]) -> list[RowProblem]:
    taken = set(conn.execute(select(t.project.c.code).where(policy.scope(ctx.viewer, t.project))).scalars())
    problems = []
    for row, entry in entries:
        if entry.code in taken:
            problems.append(RowProblem(row, "code", "There is a project {code} already.", {"code": entry.code}))
        taken.add(entry.code)
    return problems
