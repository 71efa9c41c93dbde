"""A date from a document: dates a quarter, fills a contract schedule or overrides a computed date, for one project or a whole programme.

The entry is kept as it was given; obligations follow from it by re-planning, so the preview and the save use the same rules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, update

from tracker.domain.calendars import OutsideCalendar
from tracker.domain.statuses import is_late
from tracker.programmes.model import FACTS
from tracker.services.context import Context
from tracker.services.date_entries import CheckedDate, DateEntry, check_entry
from tracker.services.errors import Invalid, NotFound, Problem, Stale
from tracker.services.office import authorise_office, refuse_mixed
from tracker.services.planned_documents import WHOLE
from tracker.services.planning import Change, changes, facts_of, plan_project
from tracker.services.policy import Act, Target
from tracker.services.text_fields import read_text
from tracker.store import q_dates
from tracker.store import tables as t
from tracker.store.writing import Tx

_THREE = ("nominal_on", "due_on", "file_by_on")


@dataclass(frozen=True)
class ThreeDates:
    """The three dates of an obligation and how sure they are; all None where there is no date yet."""

    nominal: date | None
    due_on: date | None
    file_by: date | None
    confidence: str
    date_status: str


@dataclass(frozen=True)
class DateChange:
    """One obligation before and after; `before` None: new, `after` None: no longer asked for. `makes_late`: late only because of this."""

    project_id: int
    project_code: str
    key: str
    title_zh: str
    title_en: str
    period_label: str
    before: ThreeDates | None
    after: ThreeDates | None
    makes_late: bool

    @property
    def moves(self) -> bool:
        """Whether any of the three dates differs."""
        return _days(self.before) != _days(self.after)


@dataclass(frozen=True)
class DatePreview:
    """What a date would change, before anything is saved."""

    changes: tuple[DateChange, ...]
    projects: int  # how many projects it was worked out for

    @property
    def late(self) -> tuple[DateChange, ...]:
        """What it would make late."""
        return tuple(change for change in self.changes if change.makes_late)


@dataclass(frozen=True)
class EnteredDate:
    """What entering (or withdrawing) a date gives back: the row and the keys of the obligations that changed."""

    document_date_id: int
    changed: tuple[str, ...]


def preview_document_date(ctx: Context, entry: DateEntry) -> DatePreview:
    """What `enter_document_date` would change. Nothing is written. Raises as that does, save that no file is needed yet."""
    with ctx.store.read() as conn:
        checked = _checked(conn, ctx, entry, with_file=False)
        projects = _projects(conn, checked)
        _anchor_known(conn, checked, projects)
        found = [described(change, project, ctx.today) for project in projects for change in _changes(conn, ctx, project.id, checked)]
    return DatePreview(tuple(found), len(projects))


def enter_document_date(ctx: Context, entry: DateEntry, *, key: str) -> EnteredDate:
    """Enter one date (or a rule for it) from a letter or a contract and re-plan every project it concerns.

    Officers and chiefs of the programme. Raises NotFound for a foreign programme or project, Forbidden, and Invalid naming every field.
    An official date wins over one of the contract, that over a computed one; of two of one sort the newer.
    """
    with ctx.store.read() as conn:
        checked = _checked(conn, ctx, entry)

    def body(tx: Tx) -> dict[str, Any]:
        projects = _projects(tx.conn, checked)
        _anchor_known(tx.conn, checked, projects)
        if q_dates.given_alike(tx.conn, checked.columns()):
            raise Invalid([Problem("letter_number", "This date is entered already, from the same document.")])
        row_id = tx.insert(t.document_date, **checked.columns(), recorded_by=ctx.viewer.person_id, recorded_at=ctx.now)
        moved = _replan(tx, ctx, [project.id for project in projects])
        tx.record(
            "document_date",
            row_id,
            {
                "programme_id": checked.programme_id, "project_id": checked.project_id, "rule": checked.rule,
                "period": checked.period_label,
                "basis": checked.basis, "given_on": _iso(checked.given_on), "document_id": checked.document_id, "moved": _moved(moved),
            },
        )  # fmt: skip
        return {"document_date_id": row_id, "changed": [change.key for change in moved]}

    saved = ctx.store.write(ctx.request("document_date.enter", key, entry), body)
    return EnteredDate(saved["document_date_id"], tuple(saved["changed"]))


def withdraw_document_date(ctx: Context, *, document_date_id: int, reason: str, key: str) -> EnteredDate:
    """Take a date back with a reason; it stays in the list. The obligations return to the next document's date or the computed one.

    Raises NotFound, Forbidden, Invalid without a reason, Stale where it was withdrawn already.
    """
    with ctx.store.read() as conn:
        row = conn.execute(t.document_date.select().where(t.document_date.c.id == document_date_id)).one_or_none()
        if row is None:
            raise NotFound()
        authorise_office(ctx.viewer, Act.ENTER_DATE, Target(row.project_id, row.programme_id))
    problems: list[Problem] = []
    reason = read_text("reason", reason, problems)
    if not reason:
        problems.append(Problem("reason", "Say why this date is withdrawn."))
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict[str, Any]:
        taken = tx.conn.execute(
            update(t.document_date)
            .where(t.document_date.c.id == document_date_id, t.document_date.c.withdrawn_at.is_(None))
            .values(withdrawn_at=ctx.now, withdrawn_reason=reason)
        )
        if taken.rowcount != 1:
            raise Stale()
        ids = [row.project_id] if row.project_id else [project.id for project in q_dates.active_projects(tx.conn, row.programme_id)]
        slot = (row.rule, WHOLE if row.period_label == "-" else row.period_label)
        moved = _replan(tx, ctx, ids, released=[slot])
        digest = hashlib.sha256(reason.encode()).hexdigest()
        tx.record(
            "document_date",
            document_date_id,
            {"rule": row.rule, "period": row.period_label, "reason_sha256": digest, "moved": _moved(moved)},
        )
        return {"document_date_id": document_date_id, "changed": [change.key for change in moved]}

    saved = ctx.store.write(ctx.request("document_date.withdraw", key, (document_date_id, reason)), body)
    return EnteredDate(saved["document_date_id"], tuple(saved["changed"]))


def _checked(conn: Connection, ctx: Context, entry: DateEntry, *, with_file: bool = True) -> CheckedDate:
    refuse_mixed(conn, entry.project_id, entry.programme_id)
    authorise_office(ctx.viewer, Act.ENTER_DATE, Target(entry.project_id, entry.programme_id))
    return check_entry(conn, entry, with_file=with_file)


def _projects(conn: Connection, checked: CheckedDate) -> Sequence[Any]:
    if checked.project_id is None:
        return q_dates.active_projects(conn, checked.programme_id)
    return [q_dates.project_row(conn, checked.project_id)]


def _changes(conn: Connection, ctx: Context, project_id: int, checked: CheckedDate) -> list[Change]:
    try:
        return changes(conn, ctx, project_id, [checked.document_date(ctx.now)])
    except OutsideCalendar as error:
        raise _unknown_year(error) from error


def _replan(tx: Tx, ctx: Context, project_ids: Sequence[int], released: Sequence[tuple[str, str]] = ()) -> list[Change]:
    try:
        return [change for project_id in project_ids for change in plan_project(tx, ctx, project_id, released)]
    except OutsideCalendar as error:
        raise _unknown_year(error) from error


def _unknown_year(error: OutsideCalendar) -> Invalid:
    return Invalid([Problem("given_on", "The working days of {year} are not known yet.", {"year": error.day.year})])


def _anchor_known(conn: Connection, checked: CheckedDate, projects: Sequence[Any]) -> None:
    """Raises Invalid where the rule counts from a day that one of the projects does not have (one entered later waits for it)."""
    if checked.anchor in FACTS and any(checked.anchor not in facts_of(conn, project.id) for project in projects):
        msgid = "The day that this rule counts from ({anchor}) is not known for every project it concerns."
        raise Invalid([Problem("anchor", msgid, {"anchor": checked.anchor})])


def described(change: Change, project: Any, today: date) -> DateChange:
    """A change of a project's plan in the words of a preview; `today` decides what it would make late."""
    row = change.after or change.before or {}
    return DateChange(
        project_id=project.id, project_code=project.code, key=change.key, title_zh=row["title_zh"], title_en=row["title_en"],
        period_label=row["period_label"], before=_three(change.before), after=_three(change.after), makes_late=_becomes_late(change, today),
    )  # fmt: skip


def _becomes_late(change: Change, today: date) -> bool:
    """Late by the new date and not by the old one: the first submission counts, as everywhere."""
    if change.after is None:
        return False
    before = change.before or {"status": "open", "first_submitted_on": None, "due_on": None, "duty": change.after["duty"]}
    status, handed_in = before["status"], before["first_submitted_on"]
    was = is_late(status, before["due_on"], handed_in, today, before["duty"])
    return not was and is_late(status, change.after["due_on"], handed_in, today, change.after["duty"])


def _three(row: Any) -> ThreeDates | None:
    return None if row is None else ThreeDates(*(row[name] for name in _THREE), row["confidence"], row["date_status"])


def _days(dates: ThreeDates | None) -> tuple[date | None, ...]:
    return (None, None, None) if dates is None else (dates.nominal, dates.due_on, dates.file_by)


def _moved(found: Sequence[Change]) -> dict[str, list[str | None]]:
    return {
        change.key: [_iso((change.before or {}).get("due_on")), _iso((change.after or {}).get("due_on"))]
        for change in found
        if change.moves
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
