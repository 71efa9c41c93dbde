"""Meetings and action items as people read them. Who is on one project of a meeting never learns which others take part."""

from __future__ import annotations

import calendar
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, Row, or_

from tracker.domain.statuses import Lateness, days_left, lateness
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import NotFound
from tracker.services.policy import ALLOWED, Act, Target
from tracker.store import q_meetings
from tracker.store import tables as t


@dataclass(frozen=True)
class ItemLine:
    """An action item with how it stands today and what the viewer may do about it."""

    row: Row
    stands: Lateness
    days_left: int
    may_do: bool
    may_close: bool
    may_give: bool

    @property
    def unsettled(self) -> bool:
        """Neither closed nor dropped."""
        return self.row.state in ("open", "done")


@dataclass(frozen=True)
class MeetingLine:
    """A meeting in a list. `projects` are those that the viewer may know of; `open_items` counts what is unsettled on them."""

    row: Row
    projects: tuple[Row, ...]
    open_items: int
    may_run: bool


@dataclass(frozen=True)
class MeetingPage:
    """One meeting whole, as far as the viewer may see it: of a project she is on only that one."""

    row: Row
    projects: tuple[Row, ...]
    items: tuple[ItemLine, ...]
    may_run: bool


@dataclass(frozen=True)
class Agenda:
    """The meetings and the action items of one project, or of all of the viewer's."""

    meetings: tuple[MeetingLine, ...]
    items: tuple[ItemLine, ...]


@dataclass(frozen=True)
class Person:
    """Somebody whom an item may be given to."""

    person_id: int
    name: str


def programmes_run(ctx: Context) -> frozenset[int]:
    """The programmes whose meetings the viewer runs."""
    return frozenset(programme for programme, role in ctx.viewer.programmes if role in ALLOWED[Act.RUN_MEETING])


def meeting_list(
    ctx: Context, *, programme_id: int | None = None, kind: str | None = None, month: date | None = None, state: str | None = None
) -> tuple[MeetingLine, ...]:
    """The meetings that the viewer may see, by day; `month` is any day of the wanted month."""
    first = month.replace(day=1) if month else None
    last = month.replace(day=calendar.monthrange(month.year, month.month)[1]) if month else None
    with ctx.store.read() as conn:
        rows = q_meetings.meetings(conn, _seen(ctx), programme_id=programme_id, kind=kind, first=first, last=last, state=state)
        return _lines(ctx, conn, rows)


def meeting_page(ctx: Context, meeting_id: int) -> MeetingPage:
    """One meeting with its projects, files, minutes and items. Raises NotFound for one that is no concern of the viewer's."""
    with ctx.store.read() as conn:
        found = q_meetings.meetings(conn, _seen(ctx), ids=[meeting_id])
        if not found:
            raise NotFound()
        line = _lines(ctx, conn, found)[0]
        shown = {project.id for project in line.projects}
        items = [row for row in q_meetings.items(conn, meeting_id=meeting_id) if row.project_id in shown]
        return MeetingPage(found[0], line.projects, tuple(_item(ctx, row) for row in items), line.may_run)


def project_agenda(ctx: Context, project_id: int) -> Agenda:
    """The meetings and action items of one project. Raises NotFound, Forbidden."""
    with ctx.store.read() as conn:
        policy.authorise(ctx.viewer, Act.SEE_PROJECT, policy.target_of_project(conn, project_id))
        rows = q_meetings.meetings(conn, q_meetings.with_projects([project_id]))
        items = tuple(_item(ctx, row) for row in q_meetings.items(conn, project_id=project_id))
        return Agenda(_lines(ctx, conn, rows), items)


def my_agenda(ctx: Context) -> Agenda:
    """What concerns the viewer: the meetings to come and the unsettled items of her projects, and her own items of the office."""
    mine = ctx.viewer.project_ids
    with ctx.store.read() as conn:
        rows = q_meetings.meetings(conn, q_meetings.with_projects(mine), first=ctx.today, state="planned") if mine else []
        items = q_meetings.items(conn, project_ids=mine, unsettled=True) if mine else []
        if programmes_run(ctx):
            own = q_meetings.items(conn, scope=policy.scope(ctx.viewer, t.action_item), owner_id=ctx.viewer.person_id, unsettled=True)
            items = [*items, *(row for row in own if row.side == "office" and row.project_id not in mine)]
        return Agenda(_lines(ctx, conn, rows), tuple(_item(ctx, row) for row in items))


def item_line(ctx: Context, item_id: int) -> ItemLine:
    """One action item. Raises NotFound, Forbidden."""
    with ctx.store.read() as conn:
        row = q_meetings.item_row(conn, item_id)
        if row is None:
            raise NotFound()
        policy.authorise(ctx.viewer, Act.SEE_PROJECT, Target(row.project_id, row.programme_id))
        return _item(ctx, row)


def place_of(ctx: Context, obligation_id: int) -> tuple[str, int]:
    """Where the duty or the reminder of an obligation is handled: ("item", its id) or ("meeting", its id). Raises NotFound, Forbidden."""
    with ctx.store.read() as conn:
        place = q_meetings.place_of(conn, obligation_id)
        if place is None:
            raise NotFound()
        policy.authorise(ctx.viewer, Act.SEE_PROJECT, policy.target_of_project(conn, place.project_id))
    return ("item", place.item_id) if place.item_id is not None else ("meeting", place.meeting_id)


def people_for(ctx: Context, project_id: int, side: str) -> tuple[Person, ...]:
    """To whom an item of this side of a project may be given. Raises NotFound, Forbidden."""
    with ctx.store.read() as conn:
        target = policy.target_of_project(conn, project_id)
        policy.authorise(ctx.viewer, Act.DO_ACTION if side == "project" else Act.CLOSE_ACTION, target)
        rows = q_meetings.members(conn, [project_id], ctx.today) if side == "project" else q_meetings.office(conn, target.programme_id or 0)
    return tuple(Person(person_id, name) for person_id, name in {row.id: row.name for row in rows}.items())


def meetings_for_queue(ctx: Context, conn: Connection, programme_ids: Collection[int]) -> list[Row]:
    """Meetings of these programmes whose day has passed and of which nobody has said that they were held."""
    return q_meetings.passed_meetings(conn, policy.scope(ctx.viewer, t.meeting), programme_ids, ctx.today)


def _seen(ctx: Context) -> ColumnElement[bool]:
    return or_(policy.scope(ctx.viewer, t.meeting), q_meetings.with_projects(ctx.viewer.project_ids))


def _lines(ctx: Context, conn: Connection, rows: list[Row]) -> tuple[MeetingLine, ...]:
    if not rows:
        return ()
    part: dict[int, list[Row]] = {row.id: [] for row in rows}
    programme = {row.id: row.programme_id for row in rows}
    for project in q_meetings.taking_part(conn, list(part)):
        if policy.may(ctx.viewer, Act.SEE_PROJECT, Target(project.id, programme[project.meeting_id])):
            part[project.meeting_id].append(project)
    unsettled = q_meetings.unsettled_places(conn, list(part))
    lines = []
    for row in rows:
        shown = {project.id for project in part[row.id]}
        count = sum(n for (meeting_id, project_id), n in unsettled.items() if meeting_id == row.id and project_id in shown)
        may_run = policy.may(ctx.viewer, Act.RUN_MEETING, Target(programme_id=row.programme_id))
        lines.append(MeetingLine(row, tuple(part[row.id]), count, may_run))
    return tuple(lines)


def _item(ctx: Context, row: Row) -> ItemLine:
    target = Target(row.project_id, row.programme_id)
    on_it = row.project_id in ctx.viewer.project_ids
    office = policy.may(ctx.viewer, Act.CLOSE_ACTION, target) and not on_it
    does = on_it and policy.may(ctx.viewer, Act.DO_ACTION, target)
    status = {"open": "open", "done": "submitted", "closed": "accepted", "dropped": "waived"}[row.state]
    handed_in = row.first_submitted_on if row.obligation_id is not None else None
    return ItemLine(
        row=row,
        stands=lateness(status, row.due_on, handed_in, ctx.today, True),
        days_left=days_left(row.due_on, ctx.today),
        may_do=row.state == "open" and (does if row.side == "project" else office),
        may_close=office and row.state in ("open", "done"),
        may_give=(office and row.state in ("open", "done")) or (does and row.side == "project" and row.state == "open"),
    )
