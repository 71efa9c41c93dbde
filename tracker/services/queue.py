"""Waiting for me: what the office has on its desk, oldest first, with the days it has been lying there.

Every source of the queue is a function (context, connection) → items; `SOURCES` lists them. Reports come by the steps of their review:
an officer finds the officers' steps, a chief the chiefs', each what she covers, and both the seats of a panel that nobody has yet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, Row

from tracker.clock import TAIPEI, civil_day
from tracker.domain.office_clock import clock
from tracker.domain.statuses import Lateness, days_left, lateness
from tracker.services import policy
from tracker.services.action_items import items_for_queue as actions_for_queue
from tracker.services.anchors import items_for_queue
from tracker.services.context import Context
from tracker.services.meeting_views import meetings_for_queue
from tracker.services.policy import ALLOWED, Act
from tracker.services.review_flows import from_json
from tracker.services.review_seats import Seats, seats
from tracker.services.viewer import Role
from tracker.store import q_obligations as q
from tracker.store import q_reviews
from tracker.store import tables as t

AGEING_DAYS = 14
"""From here on an item is shown as one that waits for long."""


@dataclass(frozen=True)
class QueueItem:
    """One thing that waits for the office. `kind` says which page handles it, `page` and `query` lead there.

    Of a report: the step, on whose desk it lies (`holder`, "" with its role), for whom the viewer stands in (`behind`), by when the step
    and the whole answer were promised, and by how many working days the office has passed that.
    """

    kind: str
    project_id: int
    project_code: str
    project_zh: str
    project_en: str
    programme_code: str
    organisation: str
    title_zh: str
    title_en: str
    since_at: datetime
    days: int
    mine: bool
    due_on: date | None
    lateness: Lateness | None
    page: str
    query: tuple[tuple[str, int], ...]
    period_label: str = "-"
    step_zh: str = ""
    step_en: str = ""
    holder: str = ""
    behind: str = ""
    step_due_on: date | None = None
    office_due_on: date | None = None
    office_over: int = 0

    @property
    def ageing(self) -> bool:
        """It has waited for long."""
        return self.days >= AGEING_DAYS


Source = Callable[[Context, Connection], list[QueueItem]]


def programmes_served(ctx: Context) -> frozenset[int]:
    """The programmes whose queue the viewer works on: those where she may review."""
    return frozenset(programme for programme, role in ctx.viewer.programmes if role in ALLOWED[Act.SEE_QUEUE])


def waited_days(since_at: datetime, today: date) -> int:
    """Whole civil days (Asia/Taipei) since an instant."""
    return -days_left(civil_day(since_at), today)


def _reports(ctx: Context, conn: Connection) -> list[QueueItem]:
    """Reports that came in before there were steps: any officer decides."""
    scope = policy.scope(ctx.viewer, t.obligation)
    rows = q.waiting_reports(conn, scope, programmes_served(ctx), ctx.viewer.project_ids)
    return [
        QueueItem(
            kind="report", since_at=row.waits_since_at, days=waited_days(row.waits_since_at, ctx.today),
            mine=row.officer_id == ctx.viewer.person_id, due_on=row.due_on,
            lateness=lateness(row.status, row.due_on, row.first_submitted_on, ctx.today, row.duty, row.confidence), page="review",
            query=(("report", row.report_id),), period_label=row.period_label, **_of_project(row),
        )
        for row in rows
    ]  # fmt: skip


def _of_project(row: Row) -> dict[str, Any]:
    names = (
        "project_id", "project_code", "project_zh", "project_en", "programme_code", "organisation", "title_zh", "title_en",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names}


def _steps(ctx: Context, conn: Connection) -> list[QueueItem]:
    """The steps of reviews that lie with the viewer, with her role, or with nobody who could do them."""
    served = programmes_served(ctx)
    rows = q_reviews.open_tasks(conn, served)
    known = seats(conn, served, ctx.today) if rows else None
    items, seen = [], set()
    for row in rows:
        kind = _kind(ctx, known, row, [role for programme, role in ctx.viewer.programmes if programme == row.programme_id])
        if kind and (kind, row.review_round_id) not in seen:
            seen.add((kind, row.review_round_id))
            items.append(_step_item(ctx, known, row, kind))
    return items


def _kind(ctx: Context, known: Seats, row: Row, roles: list[Role]) -> str:
    """What a task is to the viewer: a step to do, a seat to give away, a step that nobody could do; "" where it is not hers to see."""
    me = ctx.viewer.person_id
    if (me, row.project_id) in known.own | known.conflicts:
        return ""
    if row.role == Role.REVIEWER:
        free = known.holder(row) is None
        return "review_seat" if free and (Role.OFFICER in roles or _no_officer(known, row)) else ""
    if known.on_desk_of(me, row, roles):
        return "report"
    return "review_nobody" if known.holder(row) is None and not known.able(row) else ""


def _no_officer(known: Seats, row: Row) -> bool:
    officers = known.roles.get((row.programme_id, Role.OFFICER.value), frozenset())
    return all((one, row.project_id) in known.own | known.conflicts for one in officers)


def _step_item(ctx: Context, known: Seats, row: Row, kind: str) -> QueueItem:
    holder = known.holder(row)
    behind = holder if kind == "report" and holder in known.absent and holder != ctx.viewer.person_id else None
    step = next((one for one in from_json(row.flow_json).steps if one.id == row.step), None)
    calendar = ctx.calendar.for_county(row.county)
    clocked = clock(civil_day(row.received_at), None, row.office_due_on, ctx.today, calendar)
    in_charge = holder if row.role != Role.REVIEWER else row.officer_id
    return QueueItem(
        kind=kind, since_at=row.received_at, days=waited_days(row.received_at, ctx.today),
        mine=ctx.viewer.person_id in (in_charge, known.cover(row)), due_on=row.report_due_on,
        lateness=lateness(row.status, row.report_due_on, row.first_submitted_on, ctx.today, row.duty, row.confidence), page="review",
        query=(("report", row.report_id),), period_label=row.period_label, step_zh=step.words.zh if step else row.step,
        step_en=step.words.en if step else row.step, holder=known.names.get(holder, ""), behind=known.names.get(behind, ""),
        step_due_on=row.task_due_on, office_due_on=row.office_due_on, office_over=clocked.over, **_of_project(row),
    )  # fmt: skip


def _approvals(ctx: Context, conn: Connection) -> list[QueueItem]:
    """Approvals to look at, and days that a clause counts from without saying so (「起算日待確認」)."""
    return [
        QueueItem(
            kind=item.sort, mine=row.officer_id == ctx.viewer.person_id, since_at=item.since_at, days=waited_days(item.since_at, ctx.today),
            lateness=lateness(row.status, row.due_on, row.first_submitted_on, ctx.today, row.duty, row.confidence), page="approvals",
            query=(("project", row.project_id),),
            **{name: getattr(row, name) for name in ("project_id", "project_code", "project_zh", "project_en", "programme_code",
                                                     "organisation",
                                                     "title_zh", "title_en", "due_on")},
        )
        for item in items_for_queue(ctx, conn)
        for row in (item.row,)
    ]  # fmt: skip


def _actions(ctx: Context, conn: Connection) -> list[QueueItem]:
    """Action items that the project says are done, those that the office owes itself, and meetings nobody has said were held."""
    served = programmes_served(ctx)
    items = []
    for one in actions_for_queue(ctx, conn, served):
        row = one.row
        ours = one.kind == "action_office"
        mine = ctx.viewer.person_id == ((row.owner_id if ours else None) or row.officer_id)
        stands = lateness("open" if ours else "submitted", row.due_on, row.first_submitted_on, ctx.today, True)
        items.append(
            QueueItem(
                kind=one.kind, project_id=row.project_id, project_code=row.project_code, project_zh=row.project_zh,
                project_en=row.project_en, programme_code=row.programme_code, organisation=row.organisation, title_zh=row.body,
                title_en=row.body, since_at=one.since_at, days=waited_days(one.since_at, ctx.today), mine=mine, due_on=row.due_on,
                lateness=stands, page="meetings", query=(("item", row.id),), period_label=f"A{row.number}",
            )
        )  # fmt: skip
    return items + [_meeting(ctx, row) for row in meetings_for_queue(ctx, conn, served)]


def _meeting(ctx: Context, row: Row) -> QueueItem:
    since = datetime.combine(row.held_on, time(), tzinfo=TAIPEI)
    return QueueItem(
        kind="meeting", project_id=0, project_code=row.programme_code, project_zh=row.programme_zh, project_en=row.programme_en,
        programme_code=row.programme_code, organisation="", title_zh=row.title_zh, title_en=row.title_en or row.title_zh, since_at=since,
        days=waited_days(since, ctx.today), mine=row.recorded_by == ctx.viewer.person_id, due_on=row.held_on, lateness=None,
        page="meetings", query=(("meeting", row.id),),
    )  # fmt: skip


SOURCES: list[Source] = [_reports, _steps, _approvals, _actions]


def waiting_for_me(ctx: Context) -> list[QueueItem]:
    """Everything that waits in the viewer's programmes, oldest first; projects she is on herself are left out."""
    if not programmes_served(ctx):
        return []
    with ctx.store.read() as conn:
        items = [item for source in SOURCES for item in source(ctx, conn)]
    return sorted(items, key=lambda item: (item.since_at, item.project_code, item.kind))
