"""What a meeting concluded: rows of who has to do what by when, previewed, and recorded as action items in one write (000 七-(三))."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from tracker.services import policy
from tracker.services.action_items import add_item, checked_item
from tracker.services.action_plans import dates_of
from tracker.services.context import Context
from tracker.services.day_fields import read_day
from tracker.services.errors import Invalid, NotFound, Problem, Stale
from tracker.services.meetings import meeting_for
from tracker.services.office import authorise_office
from tracker.services.policy import Act, Target
from tracker.services.report_state import guarded_write
from tracker.store import q_dates, q_meetings
from tracker.store import tables as t
from tracker.store.writing import Tx

MOST_ROWS = 50


@dataclass(frozen=True)
class Conclusion:
    """One row as it is typed. `project_id` None: one item for every project that took part. `side` is `project` or `office`."""

    project_id: int | None
    side: str
    body: str
    due_on: date | str
    owner_id: int | None = None


@dataclass(frozen=True)
class PlannedItem:
    """One action item that would be made. `file_by` is the last working day by which to act; None where the office owes it."""

    project_id: int
    project_code: str
    project_zh: str
    project_en: str
    side: str
    owner_id: int | None
    owner: str
    body: str
    due_on: date
    file_by: date | None
    provisional: bool


def preview_conclusions(ctx: Context, *, meeting_id: int, conclusions: Sequence[Conclusion]) -> tuple[PlannedItem, ...]:
    """The action items that these rows would make, in their order. Nothing is written.

    Officers and chiefs, not on a project of their own. Raises NotFound, Forbidden, and Invalid whose fields are `rows.0.body` and so on.
    """
    with ctx.store.read() as conn:
        meeting, projects = _projects(ctx, conn, meeting_id)
        return _planned(ctx, conn, meeting, projects, conclusions)


def conclude(ctx: Context, *, meeting_id: int, conclusions: Sequence[Conclusion], expected_version: int, key: str) -> tuple[int, ...]:
    """Record what a meeting concluded; gives the ids of the action items. A meeting may conclude more than once.

    Raises as `preview_conclusions`, and Stale.
    """
    with ctx.store.read() as conn:
        meeting, projects = _projects(ctx, conn, meeting_id)
        planned = _planned(ctx, conn, meeting, projects, conclusions)

    def body(tx: Tx) -> dict[str, Any]:
        now = q_meetings.meeting_row(tx.conn, meeting_id)
        if now.version != expected_version or now.state != "held":
            raise Stale()
        _refuse_twice(tx, meeting_id, planned)
        ids = [
            add_item(
                tx, ctx, project_id=one.project_id, programme_id=meeting.programme_id, body=one.body, side=one.side, owner_id=one.owner_id,
                due_on=one.due_on, meeting_id=meeting_id,
            )
            for one in planned
        ]  # fmt: skip
        tx.record("meeting", meeting_id, {"concluded": ids})
        return {"ids": ids}

    request = ctx.request("meeting.conclude", key, (meeting_id, tuple(conclusions), expected_version))
    return tuple(guarded_write(ctx, request, body)["ids"])


def _refuse_twice(tx: Tx, meeting_id: int, planned: Sequence[PlannedItem]) -> None:
    """Raise Invalid where all of this was concluded already: the same form came twice. Some of it may well be said again."""
    tx.conn.execute(select(t.meeting.c.id).where(t.meeting.c.id == meeting_id).with_for_update())
    a = t.action_item.c
    rows = tx.conn.execute(select(a.project_id, a.side, a.owner_id, a.body, a.due_on).where(a.meeting_id == meeting_id, a.state == "open"))
    if {(one.project_id, one.side, one.owner_id, one.body, one.due_on) for one in planned} <= {tuple(row) for row in rows}:
        raise Invalid([Problem("rows", "All of this is recorded for the meeting already.")])


def _projects(ctx: Context, conn: Connection, meeting_id: int) -> tuple[Row, dict[int, Row]]:
    """The meeting and its projects, for who may conclude. Raises NotFound, Forbidden."""
    meeting, target = meeting_for(conn, meeting_id)
    hers = q_meetings.hers(conn, meeting_id, ctx.viewer.project_ids)
    policy.authorise(ctx.viewer, Act.RUN_MEETING, Target(hers[0] if hers else None, target.programme_id))
    return meeting, {row.id: row for row in q_meetings.taking_part(conn, [meeting_id])}


def _planned(
    ctx: Context, conn: Connection, meeting: Row, projects: dict[int, Row], conclusions: Sequence[Conclusion]
) -> tuple[PlannedItem, ...]:
    problems: list[Problem] = []
    if meeting.state != "held":
        problems.append(Problem("state", "Conclusions belong to a meeting that was held: mark it as held first."))
    if not conclusions or len(conclusions) > MOST_ROWS:
        problems.append(Problem("rows", "Give between 1 and {most} conclusions.", {"most": MOST_ROWS}))
    people = _names(ctx, conn, meeting.programme_id, projects)
    planned: list[PlannedItem] = []
    for number, row in enumerate(conclusions[:MOST_ROWS]):
        found: list[Problem] = []
        day = read_day("due_on", row.due_on, found)
        for project in _meant(ctx, meeting, projects, row):
            body, wrong = checked_item(
                conn, ctx, project_id=project.id, programme_id=meeting.programme_id, body=row.body, side=row.side, owner_id=row.owner_id,
                due_on=day,
            )  # fmt: skip
            found += [one for one in wrong if all(one.field != other.field for other in found)]
            if not found and day is not None:
                planned.append(_item(ctx, conn, project, replace(row, body=body), day, people))
        problems += [replace(one, field=f"rows.{number}.{one.field}") for one in found]
    if problems:
        raise Invalid(problems)
    return tuple(planned)


def _meant(ctx: Context, meeting: Row, projects: dict[int, Row], row: Conclusion) -> list[Row]:
    """The projects that a row is about, none of them the viewer's own. Raises NotFound for one that did not take part, Forbidden."""
    if row.project_id is not None and row.project_id not in projects:
        raise NotFound()
    meant = list(projects.values()) if row.project_id is None else [projects[row.project_id]]
    for project in meant:
        authorise_office(ctx.viewer, Act.RUN_MEETING, Target(project.id, meeting.programme_id))
    return meant


def _item(ctx: Context, conn: Connection, project: Row, row: Conclusion, day: date, people: dict[int, str]) -> PlannedItem:
    days = dates_of(ctx, q_dates.project_row(conn, project.id), day, ()) if row.side == "project" else {}
    owner = people.get(row.owner_id, "") if row.owner_id is not None else ""
    return PlannedItem(
        project.id, project.code, project.title_zh, project.title_en, row.side, row.owner_id, owner, row.body, day, days.get("file_by_on"),
        bool(days.get("provisional")),
    )  # fmt: skip


def _names(ctx: Context, conn: Connection, programme_id: int, projects: dict[int, Row]) -> dict[int, str]:
    rows = [*q_meetings.members(conn, projects, ctx.today), *q_meetings.office(conn, programme_id)]
    return {row.id: row.name for row in rows}
