"""Waiting for me: what the office has on its desk, oldest first, with the days it has been lying there.

Every source of the queue is a function (context, connection) → items; `SOURCES` lists them. Approvals and anchors add theirs here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from tracker.clock import civil_day
from tracker.domain.statuses import Lateness, days_left, lateness
from tracker.services import policy
from tracker.services.anchors import items_for_queue
from tracker.services.context import Context
from tracker.services.policy import ALLOWED, Act
from tracker.store import q_obligations as q
from tracker.store import tables as t

AGEING_DAYS = 14
"""From here on an item is shown as one that waits for long."""


@dataclass(frozen=True)
class QueueItem:
    """One thing that waits for the office. `kind` says which page handles it, `page` and `query` lead there."""

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
    scope = policy.scope(ctx.viewer, t.obligation)
    rows = q.waiting_reports(conn, scope, programmes_served(ctx), ctx.viewer.project_ids)
    return [
        QueueItem(
            kind="report",
            project_id=row.project_id,
            project_code=row.project_code,
            project_zh=row.project_zh,
            project_en=row.project_en,
            programme_code=row.programme_code,
            organisation=row.organisation,
            title_zh=row.title_zh,
            title_en=row.title_en,
            since_at=row.waits_since_at,
            days=waited_days(row.waits_since_at, ctx.today),
            mine=row.officer_id == ctx.viewer.person_id,
            due_on=row.due_on,
            lateness=lateness(row.status, row.due_on, row.first_submitted_on, ctx.today, row.duty, row.confidence),
            page="review",
            query=(("report", row.report_id),),
            period_label=row.period_label,
        )
        for row in rows
    ]


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


SOURCES: list[Source] = [_reports, _approvals]


def waiting_for_me(ctx: Context) -> list[QueueItem]:
    """Everything that waits in the viewer's programmes, oldest first; projects she is on herself are left out."""
    if not programmes_served(ctx):
        return []
    with ctx.store.read() as conn:
        items = [item for source in SOURCES for item in source(ctx, conn)]
    return sorted(items, key=lambda item: (item.since_at, item.project_code, item.kind))
