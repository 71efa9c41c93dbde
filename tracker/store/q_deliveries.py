"""Reads of the operating page: mails of every sort by what the office asks for, a page at a time, and how many there are of each.

A page walks the index of state and time backwards from where the last one ended, so that the hundredth page costs no more than the
first, however many mails were ever sent. What narrows to few (a project, a person) is found first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, or_, select

from tracker.store import tables as t

_BY = t.person.alias("canceller")


@dataclass(frozen=True)
class Wanted:
    """What is asked for; empty or None: everything. Instants are aware; `before` is where the last page ended: (available_at, id)."""

    statuses: tuple[str, ...]
    sorts: tuple[str, ...] = ()
    channel: str | None = None
    person_ids: tuple[int, ...] | None = None
    contact_ids: tuple[int, ...] | None = None
    project_id: int | None = None
    stage: str | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None
    silence_id: int | None = None
    mass_hold_id: int | None = None
    before: tuple[datetime, int] | None = None


def page(conn: Connection, wanted: Wanted, limit: int) -> list[int]:
    """The ids of the next mails, the latest first."""
    found: list[tuple[datetime, int]] = []
    m = t.outbox.c
    for status in wanted.statuses:
        some = select(m.available_at, m.id).where(m.status == status, *_narrowed(wanted))
        found += [tuple(row) for row in conn.execute(some.order_by(m.available_at.desc(), m.id.desc()).limit(limit))]
    return [number for _, number in sorted(found, reverse=True)[:limit]]


def told(conn: Connection, ids: Collection[int]) -> Sequence[Row]:
    """These mails with whom they are to and what they are about, as far as it is one thing."""
    m, a, o, p, n = t.outbox, t.alert, t.obligation, t.project, t.notice
    wanted = (
        select(
            m, a.c.stage, a.c.due_on.label("alert_due_on"), o.c.key, o.c.kind, o.c.title_zh, o.c.title_en, n.c.kind.label("notice_kind"),
            p.c.code, t.person.c.name, t.institution_contact.c.name.label("contact_name"), t.chat_channel.c.name.label("channel_name"),
            t.chat_channel.c.masked, _BY.c.name.label("canceller_name"),
        )
        .outerjoin(a, a.c.id == m.c.alert_id)
        .outerjoin(n, n.c.id == m.c.notice_id)
        .outerjoin(o, o.c.id == func.coalesce(a.c.obligation_id, n.c.obligation_id))
        .outerjoin(p, p.c.id == func.coalesce(o.c.project_id, n.c.project_id))
        .outerjoin(t.person, t.person.c.id == m.c.person_id)
        .outerjoin(t.institution_contact, t.institution_contact.c.id == m.c.contact_id)
        .outerjoin(t.chat_channel, t.chat_channel.c.id == m.c.chat_channel_id)
        .outerjoin(_BY, _BY.c.id == m.c.cancelled_by)
        .where(m.c.id.in_(sorted(ids)))
    )  # fmt: skip
    rows = {row.id: row for row in conn.execute(wanted)} if ids else {}
    return [rows[number] for number in ids if number in rows]


def things(conn: Connection, ids: Collection[int]) -> dict[int, int]:
    """How many things each of these mails tells of that tell of several."""
    count: dict[int, int] = {}
    for table in (t.inbox_item, t.digest_notice):
        some = select(table.c.outbox_id, func.count()).where(table.c.outbox_id.in_(sorted(ids))).group_by(table.c.outbox_id)
        for number, n in conn.execute(some) if ids else ():
            count[number] = count.get(number, 0) + n
    return count


def lines(conn: Connection, outbox_id: int) -> Sequence[Row]:
    """The alerts that a mail tells of, with what the reader did with each: read, acknowledged, snoozed."""
    m, i, a, o, p = t.outbox, t.inbox_item, t.alert, t.obligation, t.project
    wanted = (
        select(
            a.c.id.label("alert_id"), a.c.stage, a.c.stage_on, a.c.due_on, a.c.state, a.c.raised_at, o.c.key, o.c.title_zh, o.c.title_en,
            p.c.code, t.alert_policy.c.policy_json, i.c.read_at, i.c.acknowledged_at, i.c.acknowledged_via, i.c.snoozed_until_on,
            i.c.left_out,
        )
        .select_from(m)
        .outerjoin(i, i.c.outbox_id == m.c.id)
        .join(a, a.c.id == func.coalesce(i.c.alert_id, m.c.alert_id))
        .join(o, o.c.id == a.c.obligation_id)
        .join(p, p.c.id == o.c.project_id)
        .outerjoin(t.alert_policy, t.alert_policy.c.id == a.c.policy_id)
        .where(m.c.id == outbox_id)
        .order_by(a.c.id)
    )  # fmt: skip
    return conn.execute(wanted).all()


def news(conn: Connection, outbox_id: int) -> Sequence[Row]:
    """The notices that a mail tells of, alone or in a digest."""
    m, n, d, p = t.outbox, t.notice, t.digest_notice, t.project
    own = select(m.c.notice_id).where(m.c.id == outbox_id, m.c.notice_id.is_not(None))
    told_in = select(d.c.notice_id).where(d.c.outbox_id == outbox_id)
    columns = (n.c.id, n.c.kind, n.c.placed_at, n.c.read_at, p.c.code)
    wanted = select(*columns).outerjoin(p, p.c.id == n.c.project_id).where(n.c.id.in_(own.union(told_in)))
    return conn.execute(wanted.order_by(n.c.id)).all()


def acknowledged(conn: Connection, alert_ids: Collection[int]) -> Sequence[Row]:
    """Who acknowledged these alerts, in the order they did."""
    i, p = t.inbox_item, t.person
    columns = (i.c.alert_id, p.c.name, i.c.acknowledged_at, i.c.acknowledged_via)
    wanted = select(*columns).join(p, p.c.id == i.c.person_id).where(i.c.alert_id.in_(sorted(alert_ids)), i.c.acknowledged_at.is_not(None))
    return conn.execute(wanted.order_by(i.c.acknowledged_at)).all() if alert_ids else []


def copies(conn: Connection, outbox_id: int) -> Sequence[Row]:
    """The copies of a mail that were sent again by hand."""
    m = t.outbox
    return conn.execute(select(m.c.id, m.c.status, m.c.created_at, m.c.sent_at).where(m.c.resent_of_id == outbox_id).order_by(m.c.id)).all()


def people_named(conn: Connection, text: str, most: int = 200) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """People, and contacts of institutions, whose name or address holds this text."""
    found = []
    for table in (t.person, t.institution_contact):
        named = or_(table.c.name.contains(text, autoescape=True), table.c.email.contains(text.lower(), autoescape=True))
        found.append(tuple(conn.scalars(select(table.c.id).where(named).order_by(table.c.id).limit(most))))
    return found[0], found[1]


def waiting(conn: Connection, now: datetime) -> dict[str, int]:
    """How many mails wait, by why: silence, quiet, day_off, retry, digest, now."""
    m = t.outbox.c
    states = select(m.waits_for, (m.attempts > 0).label("tried"), m.sort, (m.available_at > now).label("later"))
    each = states.where(m.status == "pending").subquery().c
    grouped = select(each.waits_for, each.tried, each.sort, each.later, func.count().label("number")).group_by(
        each.waits_for, each.tried, each.sort, each.later
    )
    count: dict[str, int] = {}
    for row in conn.execute(grouped):
        why = why_waiting(row.waits_for, bool(row.tried), row.sort, bool(row.later))
        count[why] = count.get(why, 0) + row.number
    return count


def why_waiting(waits_for: str, tried: bool, sort: str, later: bool) -> str:
    """Why a mail that waits has not gone: a silence, the reader's night or day off, a server that refused, her digest's hour, nothing."""
    if not later:
        return "now"
    if waits_for == "silence":
        return "silence"
    if tried:
        return "retry"
    return waits_for or ("digest" if sort == "digest" else "later")


def in_state(conn: Connection, status: str) -> int:
    """How many mails are in one state."""
    return conn.execute(select(func.count()).select_from(t.outbox).where(t.outbox.c.status == status)).scalar_one()


def sent_since(conn: Connection, at: datetime) -> int:
    """How many mails went out from that instant on."""
    return conn.execute(select(func.count()).select_from(t.outbox).where(t.outbox.c.sent_at >= at)).scalar_one()


def cancelled_since(conn: Connection, at: datetime) -> dict[str, int]:
    """By reason: the cancelled mails that were to go out from that instant on."""
    m = t.outbox.c
    rows = conn.execute(select(m.last_error, func.count()).where(m.status == "cancelled", m.available_at >= at).group_by(m.last_error))
    return {row[0]: row[1] for row in rows}


def superseded_since(conn: Connection, at: datetime) -> int:
    """How many stages were recorded as overtaken from that instant on."""
    a = t.alert.c
    return conn.execute(select(func.count()).select_from(t.alert).where(a.raised_at >= at, a.state == "superseded")).scalar_one()


def looks_ahead(conn: Connection, today: date, until: date) -> dict[date, int]:
    """By day: how many obligations reach a stage of their ladder then; what is due for a look already counts for today."""
    o = t.obligation.c
    rows = conn.execute(select(o.next_look_on, func.count()).where(o.next_look_on <= until).group_by(o.next_look_on))
    count: dict[date, int] = {}
    for day, number in rows:
        count[max(day, today)] = count.get(max(day, today), 0) + number
    return count


def looked_at_by(conn: Connection, day: date, limit: int) -> tuple[list[int], int]:
    """The obligations that are looked at by a day, the latest first, and how many there are."""
    o = t.obligation.c
    ids = list(conn.scalars(select(o.id).where(o.next_look_on <= day).order_by(o.next_look_on.desc(), o.id).limit(limit)))
    return ids, conn.execute(select(func.count()).select_from(t.obligation).where(o.next_look_on <= day)).scalar_one()


def titles(conn: Connection, obligation_ids: Collection[int]) -> dict[int, Row]:
    """Titles of obligations, and the codes of their projects."""
    o, p = t.obligation.c, t.project
    wanted = select(o.id, o.title_zh, o.title_en, p.c.code).join(p, p.c.id == o.project_id).where(o.id.in_(sorted(obligation_ids)))
    return {row.id: row for row in conn.execute(wanted)} if obligation_ids else {}


def _narrowed(wanted: Wanted) -> list[ColumnElement[bool]]:
    m = t.outbox.c
    ways: list[ColumnElement[bool]] = []
    if wanted.sorts:
        ways.append(m.sort.in_(wanted.sorts))
    if wanted.channel:
        ways.append(m.channel == wanted.channel)
    if wanted.person_ids is not None or wanted.contact_ids is not None:
        ways.append(or_(m.person_id.in_(wanted.person_ids or ()), m.contact_id.in_(wanted.contact_ids or ())))
    if wanted.project_id is not None:
        ways.append(m.id.in_(_of_project(wanted.project_id)))
    if wanted.stage:
        ways.append(_of_stage(wanted.stage))
    ways += [m.silence_id == wanted.silence_id] if wanted.silence_id is not None else []
    ways += [m.mass_hold_id == wanted.mass_hold_id] if wanted.mass_hold_id is not None else []
    ways += [m.available_at >= wanted.from_at] if wanted.from_at is not None else []
    ways += [m.available_at < wanted.until_at] if wanted.until_at is not None else []
    if wanted.before is not None:
        at, number = wanted.before
        ways += [m.available_at <= at, or_(m.available_at < at, m.id < number)]
    return ways


def _of_project(project_id: int) -> Select:
    """The mails that tell of a project: of an alert or a notice of it, alone or among others."""
    m, i, a, o, n, d = t.outbox, t.inbox_item, t.alert, t.obligation, t.notice, t.digest_notice
    alerts = select(a.c.id).join(o, o.c.id == a.c.obligation_id).where(o.c.project_id == project_id)
    notices = select(n.c.id).where(n.c.project_id == project_id)
    ways = (
        select(m.c.id).where(m.c.alert_id.in_(alerts)),
        select(m.c.id).where(m.c.notice_id.in_(notices)),
        select(i.c.outbox_id).where(i.c.alert_id.in_(alerts), i.c.outbox_id.is_not(None)),
        select(d.c.outbox_id).where(d.c.notice_id.in_(notices)),
    )
    return ways[0].union(*ways[1:])


def _of_stage(stage: str) -> ColumnElement[bool]:
    m, i, a = t.outbox.c, t.inbox_item.c, t.alert.c
    own = exists().where(a.id == m.alert_id, a.stage == stage)
    among = exists().where(and_(i.outbox_id == m.id, a.id == i.alert_id, a.stage == stage))
    return or_(own, among)
