"""The changes of a whole project that a letter brings: a longer term, a corrected one, and its close.

An extension lengthens the last year and moves what counts from the end; nothing that was handed in is touched (rules.md §1.4).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from tracker.domain.calendars import OutsideCalendar
from tracker.domain.minguo import both
from tracker.domain.periods import project_years
from tracker.domain.reasons import Reason
from tracker.domain.statuses import SETTLED, DateStatus, Kind
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.day_fields import read_day
from tracker.services.document_dates import DatePreview, described
from tracker.services.errors import Invalid, NotFound, Problem, Stale
from tracker.services.office import authorise_office
from tracker.services.planning import Change, changes, plan_project
from tracker.services.policy import Act
from tracker.services.text_fields import read_line, read_text
from tracker.store import q_dates
from tracker.store import tables as t
from tracker.store.writing import StaleVersion, Tx, WriteRequest

LONGEST_NUMBER = 120


@dataclass(frozen=True)
class ChangedProject:
    """What a change gives back: the project's new version and the keys of the obligations that moved, came or went."""

    project_id: int
    version: int
    changed: tuple[str, ...]


def extend_project(
    ctx: Context, *, project_id: int, end_on: date | str, letter_number: str, document_id: int | None, expected_version: int, key: str
) -> ChangedProject:
    """Give a running project the later end that a letter grants, and plan it anew. Days in either calendar.

    Officers and chiefs, not on their own project. Raises NotFound, Forbidden, Invalid (every field), Stale.
    """
    with ctx.store.read() as conn:
        project = _project(ctx, conn, project_id, Act.ENTER_DATE)
        problems: list[Problem] = []
        end = read_day("end_on", end_on, problems)
        if end is not None and end <= project.end_on:
            problems.append(
                Problem("end_on", "An extension ends later than the project does now ({end}).", {"end": project.end_on.isoformat()})
            )
        letter_number = read_line("letter_number", letter_number, problems, longest=LONGEST_NUMBER)
        if not letter_number:
            problems.append(Problem("letter_number", "An official date needs the number of its letter."))
        if not q_dates.document_belongs(conn, document_id, project_id, project.programme_id):
            problems.append(Problem("document_id", "Attach the letter as a file."))
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict[str, Any]:
        version = tx.update_versioned(t.project, project_id, expected_version, end_on=end)
        moved = _keys(_put_end(tx, ctx, project, end)) + _renewals(tx, ctx, project_id, end)
        payload = {
            "end_on": [project.end_on.isoformat(), end.isoformat()],
            "letter_number": letter_number,
            "document_id": document_id,
            "moved": moved,
        }
        tx.record("project", project_id, payload)
        return {"version": version, "changed": moved}

    request = ctx.request("project.extend", key, (project_id, end, letter_number, document_id, expected_version))
    return _saved(project_id, _guarded(ctx, request, body))


def preview_end(ctx: Context, *, project_id: int, end_on: date | str) -> DatePreview:
    """What another last day of the project would change, earlier or later than the one in force. Nothing is written.

    Raises as `correct_end` does for that day.
    """
    with ctx.store.read() as conn:
        project = _project(ctx, conn, project_id, Act.ENTER_DATE)
        problems: list[Problem] = []
        end = _read_end(project, end_on, problems)
        if end is None or problems:
            raise Invalid(problems)
        try:
            found = changes(conn, ctx, project_id, end_on=end)
        except OutsideCalendar as error:
            raise _unknown_year(error) from error
    return DatePreview(tuple(described(change, project, ctx.today) for change in found), 1)


def correct_end(
    ctx: Context,
    *,
    project_id: int,
    end_on: date | str,
    letter_number: str,
    reason: str,
    expected_version: int,
    key: str,
    document_id: int | None = None,
) -> ChangedProject:
    """Put right an end that was entered wrongly: any day from the original end on, also before the one in force. Days in either calendar.

    What was handed in stays; a duty of a period that the project does not have is closed, with the reason among its own. The letter's
    file is optional: it came with the entry that is corrected. Officers and chiefs, not on their own project. Raises NotFound,
    Forbidden, Invalid (every field), Stale.
    """
    with ctx.store.read() as conn:
        project = _project(ctx, conn, project_id, Act.ENTER_DATE)
        problems: list[Problem] = []
        end = _read_end(project, end_on, problems)
        letter_number = read_line("letter_number", letter_number, problems, longest=LONGEST_NUMBER)
        if not letter_number:
            problems.append(Problem("letter_number", "An official date needs the number of its letter."))
        reason = read_text("reason", reason, problems)
        if not reason:
            problems.append(Problem("reason", "Say why the end is corrected."))
        if document_id is not None and not q_dates.document_belongs(conn, document_id, project_id, project.programme_id):
            problems.append(Problem("document_id", "Attach the letter as a file."))
    if end is None or problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict[str, Any]:
        version = tx.update_versioned(t.project, project_id, expected_version, end_on=end)
        if end == project.end_on:
            raise Invalid([Problem("end_on", "The project ends on this day already.")])
        found = _put_end(tx, ctx, project, end)
        fallen = [change.before for change in found if change.before is not None and change.after is None]
        _say_why(tx, fallen, _correction(ctx.today, end, letter_number, reason))
        moved = _keys(found) + _renewals(tx, ctx, project_id, end)
        payload = {
            "end_on": [project.end_on.isoformat(), end.isoformat()],
            "letter_number": letter_number,
            "document_id": document_id,
            "moved": moved,
        }
        tx.record("project", project_id, {**payload, "corrected": True, "reason_sha256": hashlib.sha256(reason.encode()).hexdigest()})
        return {"version": version, "changed": moved}

    request = ctx.request("project.correct_end", key, (project_id, end, letter_number, document_id, reason, expected_version))
    return _saved(project_id, _guarded(ctx, request, body))


def close_project(ctx: Context, *, project_id: int, expected_version: int, key: str) -> ChangedProject:
    """Close a project that has ended and owes nothing any more; what never got a date is closed with it.

    Officers and chiefs, not on their own project. Raises NotFound, Forbidden, Stale, and Invalid where a dated duty is open, a report
    waits, or the funder's receipt is missing.
    """
    with ctx.store.read() as conn:
        project = _project(ctx, conn, project_id, Act.REVIEW_REPORT)
    if project.end_on >= ctx.today:
        raise Invalid([Problem("end_on", "The project runs until {end}.", {"end": project.end_on.isoformat()})])

    def body(tx: Tx) -> dict[str, Any]:
        left = _still_owed(tx.conn, project_id)
        if left:
            raise Invalid([Problem("obligations", "{n} duties of this project are not settled yet.", {"n": left})])
        version = tx.update_versioned(t.project, project_id, expected_version, status="closed")
        o = t.obligation
        undone = (o.c.project_id == project_id, o.c.status == "open")
        closed = list(
            tx.conn.scalars(update(o).where(*undone).values(status="closed", next_look_on=None, version=o.c.version + 1).returning(o.c.key))
        )
        tx.record("project", project_id, {"status": ["active", "closed"], "closed": len(closed)})
        tx.touch("obligations", f"project:{project_id}")
        return {"version": version, "changed": sorted(closed)}

    return _saved(project_id, _guarded(ctx, ctx.request("project.close", key, (project_id, expected_version)), body))


def _project(ctx: Context, conn: Connection, project_id: int, act: Act) -> Row:
    authorise_office(ctx.viewer, act, policy.target_of_project(conn, project_id))
    project = conn.execute(select(t.project).where(t.project.c.id == project_id)).one_or_none()
    if project is None:
        raise NotFound()
    if project.status != "active":
        raise Invalid([Problem("status", "The project is closed already.")])
    return project


def _read_end(project: Row, end_on: date | str, problems: list[Problem]) -> date | None:
    """The corrected end, or None after adding a problem that names the field."""
    end = read_day("end_on", end_on, problems)
    if end is not None and end < project.original_end_on:
        original = {"end": project.original_end_on.isoformat()}
        problems.append(Problem("end_on", "The project was granted until {end}; its end cannot lie before that.", original))
    return end


def _put_end(tx: Tx, ctx: Context, project: Row, end: date) -> list[Change]:
    """The last year runs to the new end, and what counts from it is planned anew; the project itself has its end already."""
    last = project_years(project.start_on, project.original_end_on, end)[-1]
    y = t.project_year
    tx.conn.execute(update(y).where(y.c.project_id == project.id, y.c.number == last.number).values(end_on=last.end))
    try:
        return plan_project(tx, ctx, project.id)
    except OutsideCalendar as error:
        raise _unknown_year(error) from error


def _unknown_year(error: OutsideCalendar) -> Invalid:
    return Invalid([Problem("end_on", "The working days of {year} are not known yet.", {"year": error.day.year})])


def _correction(today: date, end: date, letter_number: str, reason: str) -> Reason:
    return Reason(
        f"機關於 {both(today)} 依 {letter_number} 更正計畫期滿日為 {both(end)}：{reason}",
        f"On {both(today)} the office corrected the end of the project to {both(end)} by {letter_number}: {reason}",
    )


def _say_why(tx: Tx, fallen: Iterable[Any], why: Reason) -> None:
    o = t.obligation
    for row in fallen:
        tx.conn.execute(update(o).where(o.c.id == row["id"]).values(because_json=[why.as_dict(), *row["because_json"]]))


def _keys(found: Iterable[Change]) -> list[str]:
    return [change.key for change in found]


def _renewals(tx: Tx, ctx: Context, project_id: int, end: date) -> list[str]:
    """The renewal of an approval that runs out before the new end is a duty; of one that lasts to it, a mere notice."""
    o = t.obligation
    open_ones = o.c.project_id == project_id, o.c.kind == Kind.APPROVAL_RENEWAL, o.c.status == "open"
    keys: list[str] = []
    for duty, which in ((True, o.c.due_on < end), (False, o.c.due_on >= end)):
        values = {"duty": duty, "next_look_on": ctx.today, "version": o.c.version + 1}
        keys += tx.conn.scalars(update(o).where(*open_ones, which, o.c.duty.is_(not duty)).values(**values).returning(o.c.key))
    return sorted(keys)


def _still_owed(conn: Connection, project_id: int) -> int:
    """Dated duties that are not settled (a passed notice owes nothing), and duties that the funder has not acknowledged."""
    o = t.obligation
    dated_duty = o.c.duty.is_(True) & (o.c.date_status == DateStatus.DATED) & (o.c.kind != Kind.APPROVAL_RENEWAL)
    unsettled = dated_duty & o.c.status.not_in([status.value for status in SETTLED])
    handed_in = o.c.status.in_(("submitted", "returned"))
    not_acknowledged = (o.c.discharged_by == "external") & (o.c.status == "accepted") & o.c.discharged_on.is_(None)
    found = select(func.count()).where(o.c.project_id == project_id, unsettled | handed_in | not_acknowledged)
    return conn.execute(found).scalar_one()


def _guarded(ctx: Context, request: WriteRequest, body: Any) -> dict[str, Any]:
    try:
        return ctx.store.write(request, body)
    except StaleVersion as error:
        raise Stale() from error


def _saved(project_id: int, result: dict[str, Any]) -> ChangedProject:
    return ChangedProject(project_id, result["version"], tuple(result["changed"]))
