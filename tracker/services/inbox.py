"""A person's own alerts inside the system: written with the alert itself, so they need no delivery."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Row, update

from tracker.domain import ladder
from tracker.notify import links
from tracker.notify.templates import NONE_OF_ITS_OWN, OwnWords
from tracker.notify.wording import AlertText
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.notices import readable
from tracker.services.own_words import words_in_force
from tracker.store import q_inbox, q_notices
from tracker.store import tables as t
from tracker.store.writing import Tx, Unchanged


@dataclass(frozen=True)
class InboxItem:
    """One alert to the viewer. `due_on` is the date it was raised for, `due_now` the one in force.

    `acknowledged_at`: she said that she has seen it; `snoozed_until_on`: she is reminded again on that day. `settled`: handed in,
    released or moved since, so nothing is asked any more. `page` and `query` lead to what it is about; `own` are
    the office's words for its programme, as its mail has them.
    """

    id: int
    alert_id: int
    obligation_id: int
    obligation: str
    project_id: int
    project_code: str
    project_zh: str
    project_en: str
    kind: str
    period_label: str
    title_zh: str
    title_en: str
    stage: str
    state: str
    due_on: date
    due_now: date | None
    file_by_on: date | None
    file_by_time: str | None
    duty: bool
    confidence: str
    status: str
    discharged_by: str
    discharged_on: date | None
    role: str
    placed_at: datetime
    read_at: datetime | None
    acknowledged_at: datetime | None
    snoozed_until_on: date | None
    settled: bool
    page: str
    query: dict[str, int | str]
    own: OwnWords = field(default_factory=dict)

    def text(self, today: date) -> AlertText:
        """What it speaks of on a day, for `tracker.notify.wording`."""
        due_on = self.due_now or self.due_on
        return AlertText(
            role=self.role,
            today=today,
            project_code=self.project_code,
            project_zh=self.project_zh,
            project_en=self.project_en,
            title_zh=self.title_zh,
            title_en=self.title_en,
            period_label=self.period_label,
            duty=self.duty,
            due_on=due_on,
            file_by_on=self.file_by_on or due_on,
            file_by_time=self.file_by_time,
            confidence=self.confidence,
            status=self.status,
            discharged_by=self.discharged_by,
            discharged_on=self.discharged_on,
            kind=self.kind,
            stage=self.stage,
        )


def inbox_list(ctx: Context, *, unread_only: bool = False, limit: int = 100) -> list[InboxItem]:
    """The viewer's own alerts, newest first. One about a project she no longer sees is left out."""
    if ctx.viewer.person_id is None:
        return []
    with ctx.store.read() as conn:
        rows = q_inbox.items(
            conn,
            ctx.viewer.person_id,
            policy.scope(ctx.viewer, t.obligation),
            unread_only=unread_only,
            limit=limit,
        )
        words = words_in_force(conn)
    return [item_of(row, ctx.viewer.person_id, words.of(row.programme_id)) for row in rows]


def unread_count(ctx: Context) -> int:
    """How many alerts and notices wait to be looked at: the badge of the menu, read at every run.

    What she acknowledged or put off does not count; what she put off counts again from its day on.
    """
    if ctx.viewer.person_id is None:
        return 0
    with ctx.store.read() as conn:
        alerts = q_inbox.waiting(conn, ctx.viewer.person_id, policy.scope(ctx.viewer, t.obligation), ctx.today)
        return alerts + q_notices.unread(conn, ctx.viewer.person_id, readable(ctx.viewer))


def mark_read(ctx: Context, *, item_ids: Collection[int] | None = None, newest: tuple[int, int] | None = None, key: str) -> int:
    """Mark these alerts of the viewer as read, or everything in her inbox (None), and return how much was unread.

    `newest`: ids of the newest alert and the newest notice that the page showed her (0: none); of everything, what came since stays unread.

    Ids of somebody else's alerts change nothing. It is recorded: only this tells that an alert was seen.
    """
    person_id = ctx.viewer.person_id

    def body(tx: Tx) -> dict:
        mine = update(t.inbox_item).where(t.inbox_item.c.person_id == person_id, t.inbox_item.c.read_at.is_(None))
        if item_ids is not None:
            mine = mine.where(t.inbox_item.c.id.in_(sorted(item_ids)))
        elif newest is not None:
            mine = mine.where(t.inbox_item.c.id <= newest[0])
        ids = sorted(tx.conn.scalars(mine.values(read_at=ctx.now).returning(t.inbox_item.c.id)))
        notices: list[int] = []
        if item_ids is None:
            n = t.notice
            unread = update(n).where(n.c.person_id == person_id, n.c.read_at.is_(None))
            if newest is not None:
                unread = unread.where(n.c.id <= newest[1])
            notices = sorted(tx.conn.scalars(unread.values(read_at=ctx.now).returning(n.c.id)))
        if not ids and not notices:
            raise Unchanged(read=0)
        tx.record("inbox", person_id or 0, {"read": ids, "notices": notices})
        return {"read": len(ids) + len(notices)}

    chosen = None if item_ids is None else sorted(item_ids)
    return ctx.store.write(ctx.request("inbox.read", key, chosen), body)["read"]


def item_of(row: Row, person_id: int, own: OwnWords = NONE_OF_ITS_OWN) -> InboxItem:
    """A row of `q_inbox` as its owner's alert."""
    role = next((told["role"] for told in row.recipients_json if told["person_id"] == person_id), "")
    page, query = links.page_of(
        row.kind,
        role,
        obligation_id=row.obligation_id,
        parent_id=row.parent_id,
        project_id=row.project_id,
        project_code=row.code,
        origin=row.origin,
    )
    owed = ladder.runs(row.status, row.discharged_by, row.discharged_on) and row.due_on == row.due_now
    return InboxItem(
        id=row.id,
        alert_id=row.alert_id,
        obligation_id=row.obligation_id,
        obligation=row.key,
        project_id=row.project_id,
        project_code=row.code,
        project_zh=row.project_zh,
        project_en=row.project_en,
        kind=row.kind,
        period_label=row.period_label,
        title_zh=row.title_zh,
        title_en=row.title_en,
        stage=row.stage,
        state=row.state,
        due_on=row.due_on,
        due_now=row.due_now,
        file_by_on=row.file_by_on,
        file_by_time=row.file_by_time,
        duty=row.duty,
        confidence=row.confidence,
        status=row.status,
        discharged_by=row.discharged_by,
        discharged_on=row.discharged_on,
        role=role,
        placed_at=row.placed_at,
        read_at=row.read_at,
        acknowledged_at=row.acknowledged_at,
        snoozed_until_on=row.snoozed_until_on,
        settled=not owed,
        page=page,
        query=query,
        own=own,
    )
