"""Official tables of working days: looked at before they count, put in force, taken back, and what is in force in which year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from tracker.domain.calendars import WorkingCalendar
from tracker.domain.free_text import clean_line, clean_text
from tracker.exchange.holiday_table import TableFile, read_table
from tracker.exchange.sheets import SheetRefused
from tracker.services import policy
from tracker.services.calendar_in_force import in_force, issued_year
from tracker.services.calendar_previews import CalendarPreview, Progress, preview, proposed, silent
from tracker.services.context import Context
from tracker.services.errors import Invalid, NotFound, Problem, Stale
from tracker.services.policy import INSTALLATION, Act
from tracker.store import q_working_days as q
from tracker.store import tables as t
from tracker.store.writing import Tx

LONGEST_SOURCE = 300
LONGEST_REASON = 500
_DIFFERENT = "Meanwhile something changed that this rests on. Look at the list once more, then confirm it."


@dataclass(frozen=True)
class TablePreview:
    """A file that was read, and what putting it in force would do."""

    filename: str
    encoding: str
    sha256: str
    years: tuple[int, ...]
    outcome: CalendarPreview


@dataclass(frozen=True)
class InForce:
    """What counts from now on; the worker brings the stored dates there, the nearest first."""

    version: str
    ids: tuple[int, ...]


@dataclass(frozen=True)
class TableLine:
    """One table that was ever brought in. `counts`: it is the one in force for its year."""

    id: int
    year: int
    filename: str
    encoding: str
    sha256: str
    source: str
    imported_at: datetime
    imported_name: str
    withdrawn_at: datetime | None
    withdrawn_name: str
    withdraw_reason: str
    counts: bool


def preview_table(ctx: Context, *, content: bytes, filename: str, progress: Progress = silent) -> TablePreview:
    """What a new or re-issued table would do. Raises Invalid with what is wrong in the file by row and column, Forbidden."""
    policy.authorise(ctx.viewer, Act.MANAGE_CALENDAR, INSTALLATION)
    found = _read(content)
    with ctx.store.read() as conn:
        new = proposed(conn, ctx, years=map(issued_year, found.years))
        outcome = preview(conn, ctx, new, progress)
    outcome = replace(outcome, remarks=tuple(_remarks(new, found)))
    return TablePreview(filename, found.encoding, found.sha256, tuple(one.year for one in found.years), outcome)


def put_table_in_force(
    ctx: Context,
    *,
    content: bytes,
    filename: str,
    source: str,
    expected_calendar: str,
    confirmed: str,
    key: str,
    progress: Progress = silent,
) -> InForce:
    """Put every year of a table in force, exactly as previewed (`old_version` and `digest` of that preview).

    Raises Invalid, Forbidden, and Stale where something changed since the preview.
    """
    policy.authorise(ctx.viewer, Act.MANAGE_CALENDAR, INSTALLATION)
    found = _read(content)
    problems = text_problems({"source": (source, LONGEST_SOURCE)})
    if problems:
        raise Invalid(problems)
    with ctx.store.read() as conn:
        outcome = preview(conn, ctx, proposed(conn, ctx, years=map(issued_year, found.years)), progress, again=True)
    check_confirmed(outcome, expected_calendar, confirmed)

    def body(tx: Tx) -> dict:
        hold_calendar(tx.conn, ctx, expected_calendar)
        ids = [
            tx.insert(
                t.calendar_table, year=one.year, sha256=found.sha256, filename=clean_line(filename)[:200], encoding=found.encoding,
                days_json=one.as_json(), source=clean_line(source), imported_by=ctx.viewer.person_id, imported_at=ctx.now,
            )
            for one in found.years
        ]  # fmt: skip
        tx.touch(q.TOPIC)
        payload = {
            "years": [one.year for one in found.years],
            "sha256": found.sha256,
            "days": len(outcome.days),
            "moves": len(outcome.moves),
        }
        tx.record("calendar_table", ids[0], payload)
        return {"ids": ids, "version": outcome.new_version}

    done = ctx.store.write(ctx.request("calendar.import", key, (found.sha256, expected_calendar, confirmed)), body)
    return InForce(done["version"], tuple(done["ids"]))


def preview_table_withdrawal(ctx: Context, *, table_id: int, progress: Progress = silent) -> CalendarPreview:
    """What taking a table back would do: the earlier one of its year counts again. Raises NotFound, Forbidden."""
    policy.authorise(ctx.viewer, Act.MANAGE_CALENDAR, INSTALLATION)
    with ctx.store.read() as conn:
        _standing(conn, table_id)
        return preview(conn, ctx, proposed(conn, ctx, without_table=table_id), progress)


def withdraw_table(
    ctx: Context, *, table_id: int, reason: str, expected_calendar: str, confirmed: str, key: str, progress: Progress = silent
) -> InForce:
    """Take a table back with a reason, exactly as previewed. It stays in the history. Raises Invalid, NotFound, Stale, Forbidden."""
    policy.authorise(ctx.viewer, Act.MANAGE_CALENDAR, INSTALLATION)
    problems = text_problems({"reason": (reason, LONGEST_REASON)})
    if problems:
        raise Invalid(problems)
    with ctx.store.read() as conn:
        if conn.execute(select(t.calendar_table.c.id).where(t.calendar_table.c.id == table_id)).first() is None:
            raise NotFound()
        outcome = preview(conn, ctx, proposed(conn, ctx, without_table=table_id), progress, again=True)
    check_confirmed(outcome, expected_calendar, confirmed, may_be_idle=True)

    def body(tx: Tx) -> dict:
        hold_calendar(tx.conn, ctx, expected_calendar)
        row = _standing(tx.conn, table_id)
        tx.conn.execute(
            update(t.calendar_table)
            .where(t.calendar_table.c.id == table_id)
            .values(withdrawn_at=ctx.now, withdrawn_by=ctx.viewer.person_id, withdraw_reason=clean_text(reason).strip())
        )
        tx.touch(q.TOPIC)
        tx.record("calendar_table", table_id, {"withdrawn": row.year, "moves": len(outcome.moves)})
        return {"ids": [table_id], "version": outcome.new_version}

    done = ctx.store.write(ctx.request("calendar.withdraw", key, (table_id, expected_calendar, confirmed)), body)
    return InForce(done["version"], tuple(done["ids"]))


def table_list(ctx: Context) -> list[TableLine]:
    """Every table that was ever brought in, newest first. Raises Forbidden."""
    policy.authorise(ctx.viewer, Act.MANAGE_CALENDAR, INSTALLATION)
    with ctx.store.read() as conn:
        rows = q.every_table(conn)
    newest: dict[int, int] = {}
    for row in rows:
        if row.withdrawn_at is None:
            newest.setdefault(row.year, row.id)
    return [
        TableLine(
            r.id, r.year, r.filename, r.encoding, r.sha256, r.source, r.imported_at, r.imported_name or "", r.withdrawn_at,
            r.withdrawn_name or "", r.withdraw_reason, newest.get(r.year) == r.id,
        )
        for r in rows
    ]  # fmt: skip


# --- shared with closures ----------------------------------------------------------------------------------------------------------


def check_confirmed(outcome: CalendarPreview, expected_calendar: str, confirmed: str, *, may_be_idle: bool = False) -> None:
    """Whether what would happen now is what was confirmed. Another calendar is judged inside the write, where a second click is known.

    Raises Stale, and Invalid where nothing would change.
    """
    if outcome.old_version != expected_calendar:
        return
    if outcome.changes_nothing and not may_be_idle:
        raise Invalid([Problem("file", "This says what is in force already; nothing would change.")])
    if outcome.digest != confirmed:
        raise Stale(_DIFFERENT)


def hold_calendar(conn: Connection, ctx: Context, expected: str) -> None:
    """Let nobody else change the working days until the write ends. Raises Stale where they are no longer the expected ones."""
    q.hold(conn)
    if in_force(conn, ctx.calendar).version != expected:
        raise Stale(_DIFFERENT)


def text_problems(given: Mapping[str, tuple[str, int]]) -> list[Problem]:
    """What is wrong with texts that are needed, by field: (text, how long it may be)."""
    problems = [Problem(name, "This must be filled in.") for name, (text, _) in given.items() if not clean_line(text)]
    return problems + [
        Problem(name, "At most {n} characters.", {"n": most}) for name, (text, most) in given.items() if len(text.strip()) > most
    ]


def sheet_problems(refused: SheetRefused) -> list[Problem]:
    """What is wrong in a file; the parameters `row` (0: the whole file) and `column` ("": the whole row) say where."""
    return [Problem("file", one.msgid, {**one.params, "row": one.row, "column": one.column}) for one in refused.problems]


def _read(content: bytes) -> TableFile:
    try:
        return read_table(content)
    except SheetRefused as refused:
        raise Invalid(sheet_problems(refused)) from refused


def _standing(conn: Connection, table_id: int) -> Any:
    row = conn.execute(select(t.calendar_table).where(t.calendar_table.c.id == table_id)).one_or_none()
    if row is None or row.withdrawn_at is not None:
        raise NotFound()
    return row


def _remarks(new: WorkingCalendar, found: TableFile) -> Iterable[tuple[str, dict[str, Any]]]:
    """What a careful reader of the table should know before it counts."""
    for one in found.years:
        if new.is_provisional(date(one.year, 7, 1)):
            yield "{year} stays provisional: the table of a year between is missing.", {"year": one.year}
        unnamed = [day.isoformat() for day in sorted(one.days_off) if day not in one.notes]
        if unnamed:
            yield "{year} has days off without a reason: {days}.", {"year": one.year, "days": ", ".join(unnamed[:10])}
        if one.working_weekends and one.year >= 2026:
            days = ", ".join(day.isoformat() for day in sorted(one.working_weekends))
            yield "{year} has make-up working days ({days}); the law of 2025 knows none.", {"year": one.year, "days": days}
