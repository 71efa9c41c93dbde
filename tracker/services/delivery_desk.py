"""The operating page: what is owed, waiting and why, sent, failed, overtaken, cancelled and by whom; and the whole story of one mail."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from tracker.clock import TAIPEI
from tracker.domain.free_text import LONGEST_ADDRESS, clean_line
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import NotFound
from tracker.services.mail_names import names_of
from tracker.services.policy import INSTALLATION, Act
from tracker.store import q_deliveries
from tracker.store import tables as t
from tracker.store.outbox_acts import NOT_GONE
from tracker.store.q_deliveries import Wanted

STATUSES = ("failed", "held", "pending", "sending", "sent", "cancelled")
SORTS = ("one", "digest", "again", "snoozed", "trial")
PAGE = 50
AHEAD = timedelta(days=7)
CANCELLED_WITHIN = timedelta(days=30)


@dataclass(frozen=True)
class Filters:
    """What of the mails is asked for; empty: everything. `person` is part of a name or an address, `project` a code, `day` civil."""

    statuses: tuple[str, ...] = ()
    sorts: tuple[str, ...] = ()
    channel: str = ""
    person: str = ""
    project: str = ""
    stage: str = ""
    day: date | None = None
    silence_id: int | None = None
    hold_id: int | None = None


@dataclass(frozen=True)
class MailRow:
    """One mail in the list. `why` says what a waiting one waits for; `error` is the server's answer or the code of a cancellation.

    `things` is how many things it tells of where it tells of several. Instants are aware.
    """

    id: int
    status: str
    sort: str
    channel: str
    name: str
    address: str
    role: str
    project: str
    stage: str
    notice: str
    title_zh: str
    title_en: str
    due_on: date | None
    things: int
    urgent: bool
    subject: str
    why: str
    silence_id: int | None
    hold_id: int | None
    attempts: int
    error: str
    cancelled_by: str
    cancel_reason: str
    available_at: datetime
    sent_at: datetime | None
    resent_of_id: int | None

    @property
    def may_be_cancelled(self) -> bool:
        return self.status in NOT_GONE

    @property
    def possibly_twice(self) -> bool:
        return self.status == "sent" and self.attempts > 1


@dataclass(frozen=True)
class MailPage:
    """Some mails, the latest first; `next` is what to ask with for those after them, None where there are none."""

    rows: tuple[MailRow, ...]
    next: tuple[datetime, int] | None
    unknown: str = ""


@dataclass(frozen=True)
class Counts:
    """How many there are of each. `waiting` by why, `cancelled` (of the last thirty days) by reason, `ahead` by civil day."""

    waiting: Mapping[str, int]
    held: int
    sending: int
    failed: int
    sent_today: int
    overtaken_today: int
    cancelled: Mapping[str, int]
    ahead: Mapping[date, int]


@dataclass(frozen=True)
class Line:
    """One alert that a mail tells of, and what its reader did with it. `levels` is the policy by which it was raised."""

    alert_id: int
    obligation: str
    project: str
    title_zh: str
    title_en: str
    stage: str
    stage_on: date
    due_on: date
    state: str
    raised_at: datetime
    policy: Mapping[str, Any]
    read_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_via: str
    snoozed_until_on: date | None
    left_out: str


@dataclass(frozen=True)
class News:
    """One notice that a mail tells of."""

    kind: str
    project: str
    placed_at: datetime
    read_at: datetime | None


@dataclass(frozen=True)
class Copy:
    """A copy that was sent again by hand."""

    id: int
    status: str
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True)
class Acknowledged:
    """That somebody said she had seen an alert. `via` is the screen or a link in the mail."""

    name: str
    at: datetime
    via: str


@dataclass(frozen=True)
class Story:
    """Everything about one mail. `put_off_because`: why somebody of the office put off what is overdue until then."""

    row: MailRow
    created_at: datetime
    message_id: str
    text: str
    via: str
    lines: tuple[Line, ...] = field(default=())
    news: tuple[News, ...] = field(default=())
    copies: tuple[Copy, ...] = field(default=())
    put_off_because: str = ""


def mail_page(ctx: Context, filters: Filters, *, before: tuple[datetime, int] | None = None, limit: int = PAGE) -> MailPage:
    """The next mails that match. Administrators and auditors. `unknown` names a project that does not exist."""
    policy.authorise(ctx.viewer, Act.SEE_DELIVERIES, INSTALLATION)
    with ctx.store.read() as conn:
        project_id, code = None, clean_line(filters.project)
        if code:
            project_id = conn.execute(select(t.project.c.id).where(t.project.c.code == code)).scalar_one_or_none()
            if project_id is None:
                return MailPage((), None, unknown=filters.project)
        ids = q_deliveries.page(conn, _wanted(conn, filters, project_id, before), limit + 1)
        rows = _rows(conn, ctx.now, ids[:limit])
    last = rows[-1] if len(ids) > limit else None
    return MailPage(tuple(rows), None if last is None else (last.available_at, last.id))


def desk_counts(ctx: Context) -> Counts:
    """How many mails are in each state, and what the next days will raise. Administrators and auditors."""
    policy.authorise(ctx.viewer, Act.SEE_DELIVERIES, INSTALLATION)
    midnight = datetime.combine(ctx.today, time(), TAIPEI)
    with ctx.store.read() as conn:
        return Counts(
            waiting=q_deliveries.waiting(conn, ctx.now),
            held=q_deliveries.in_state(conn, "held"),
            sending=q_deliveries.in_state(conn, "sending"),
            failed=q_deliveries.in_state(conn, "failed"),
            sent_today=q_deliveries.sent_since(conn, midnight),
            overtaken_today=q_deliveries.superseded_since(conn, midnight),
            cancelled=q_deliveries.cancelled_since(conn, midnight - CANCELLED_WITHIN),
            ahead=q_deliveries.looks_ahead(conn, ctx.today, ctx.today + AHEAD),
        )


def delivery_story(ctx: Context, delivery_id: int) -> Story:
    """Everything about one mail. Administrators and auditors. Raises NotFound."""
    policy.authorise(ctx.viewer, Act.SEE_DELIVERIES, INSTALLATION)
    with ctx.store.read() as conn:
        found = q_deliveries.told(conn, [delivery_id])
        if not found:
            raise NotFound()
        raw = found[0]
        (row,) = _rows(conn, ctx.now, [delivery_id])
        lines = tuple(_line(one) for one in q_deliveries.lines(conn, delivery_id))
        news = tuple(News(n.kind, n.code or "", n.placed_at, n.read_at) for n in q_deliveries.news(conn, delivery_id))
        copies = tuple(Copy(*one) for one in q_deliveries.copies(conn, delivery_id))
        name = names_of(conn, [delivery_id]).get(delivery_id, raw.message_id)  # for whoever compares what is held with a mail server's log
    payload = raw.payload_json
    return Story(row, raw.created_at, name, payload.get("text", ""), payload.get("via", ""), lines, news, copies, payload.get("reason", ""))


def acknowledgements(ctx: Context, alert_ids: Collection[int]) -> dict[int, tuple[Acknowledged, ...]]:
    """Who acknowledged these alerts, and when. Administrators and auditors."""
    policy.authorise(ctx.viewer, Act.SEE_DELIVERIES, INSTALLATION)
    with ctx.store.read() as conn:
        rows = q_deliveries.acknowledged(conn, alert_ids)
    found: dict[int, tuple[Acknowledged, ...]] = {}
    for row in rows:
        found[row.alert_id] = (*found.get(row.alert_id, ()), Acknowledged(row.name, row.acknowledged_at, row.acknowledged_via))
    return found


def _wanted(conn: Connection, filters: Filters, project_id: int | None, before: tuple[datetime, int] | None) -> Wanted:
    people = contacts = None
    named = clean_line(filters.person)[:LONGEST_ADDRESS]  # SQLite refuses to look for a text of pages
    if named:
        people, contacts = q_deliveries.people_named(conn, named)
    from_at = None if filters.day is None else datetime.combine(filters.day, time(), TAIPEI)
    return Wanted(
        statuses=filters.statuses or STATUSES, sorts=filters.sorts, channel=filters.channel or None, person_ids=people,
        contact_ids=contacts, project_id=project_id, stage=filters.stage or None, from_at=from_at,
        until_at=None if from_at is None else from_at + timedelta(days=1), silence_id=filters.silence_id,
        mass_hold_id=filters.hold_id, before=before,
    )  # fmt: skip


def _rows(conn: Connection, now: datetime, ids: list[int]) -> list[MailRow]:
    things = q_deliveries.things(conn, ids)
    return [_row(row, now, things.get(row.id, 0) if row.sort == "digest" else 0) for row in q_deliveries.told(conn, ids)]


def _row(row: Row, now: datetime, things: int) -> MailRow:
    payload = row.payload_json
    return MailRow(
        id=row.id, status=row.status, sort=row.sort, channel=row.channel,
        name=row.name or row.contact_name or row.channel_name or "", address=row.masked or row.address, role=payload.get("role", ""),
        project=row.code or "", stage=row.stage or "", notice=row.notice_kind or "", title_zh=row.title_zh or "",
        title_en=row.title_en or "", due_on=row.alert_due_on, things=things, urgent=bool(payload.get("urgent")),
        subject=payload.get("subject", ""), why=_why(row, now), silence_id=row.silence_id, hold_id=row.mass_hold_id,
        attempts=row.attempts, error=row.last_error, cancelled_by=row.canceller_name or "", cancel_reason=row.cancel_reason,
        available_at=row.available_at, sent_at=row.sent_at, resent_of_id=row.resent_of_id,
    )  # fmt: skip


def _why(row: Row, now: datetime) -> str:
    if row.status == "held":
        return "brake"
    if row.status != "pending":
        return ""
    return q_deliveries.why_waiting(row.waits_for, row.attempts > 0, row.sort, row.available_at > now)


def _line(row: Row) -> Line:
    return Line(
        alert_id=row.alert_id, obligation=row.key, project=row.code, title_zh=row.title_zh, title_en=row.title_en, stage=row.stage,
        stage_on=row.stage_on, due_on=row.due_on, state=row.state, raised_at=row.raised_at, policy=row.policy_json or {},
        read_at=row.read_at, acknowledged_at=row.acknowledged_at, acknowledged_via=row.acknowledged_via or "",
        snoozed_until_on=row.snoozed_until_on, left_out=row.left_out or "",
    )  # fmt: skip
