"""Reads of silences and pauses: which run, what they hold, which days fall inside. SQL narrows, Python decides."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, func, or_, select

from tracker.store import tables as t

_BY, _LIFTER, _WHOM = t.person.alias("author"), t.person.alias("lifter"), t.person.alias("whom")


_RUNNING = (
    select(t.silence)
    .where(t.silence.c.until_at > bindparam("now"), t.silence.c.from_at <= bindparam("now"), t.silence.c.lifted_at.is_(None))
    .order_by(t.silence.c.id)
)  # built once, for it is asked of every mail


def running(conn: Connection, now: datetime) -> Sequence[Row]:
    """Every silence and pause that holds mails at this instant: from its beginning until before its end."""
    return conn.execute(_RUNNING, {"now": now}).all()


def alike(conn: Connection, kind: str, matcher: Mapping[str, Any], from_at: datetime, until_at: datetime) -> bool:
    """Whether one of the same kind that holds the same stands in some of this time and was not lifted."""
    s = t.silence.c
    same = [s[name].is_(None) if value is None else s[name] == value for name, value in matcher.items()]
    stands = s.kind == kind, s.lifted_at.is_(None), s.from_at < until_at, s.until_at > from_at
    return conn.execute(select(s.id).where(*stands, *same).limit(1)).first() is not None


def locked(conn: Connection, silence_id: int, *, shared: bool = False) -> Row | None:
    """A silence, locked until the transaction ends: shared by who puts a mail under it, alone for who changes it."""
    return conn.execute(select(t.silence).where(t.silence.c.id == silence_id).with_for_update(read=shared)).one_or_none()


def told() -> Select:
    """Silences with the names of what and whom they are about."""
    s, g, p = t.silence, t.programme, t.project
    return (
        select(
            s, g.c.code.label("programme_code"), g.c.title_zh.label("programme_zh"), g.c.title_en.label("programme_en"),
            p.c.code.label("project_code"), p.c.title_zh.label("project_zh"), p.c.title_en.label("project_en"),
            _BY.c.name.label("author_name"), _LIFTER.c.name.label("lifter_name"), _WHOM.c.name.label("whom_name"),
        )
        .outerjoin(g, g.c.id == s.c.programme_id)
        .outerjoin(p, p.c.id == s.c.project_id)
        .outerjoin(_BY, _BY.c.id == s.c.created_by)
        .outerjoin(_LIFTER, _LIFTER.c.id == s.c.lifted_by)
        .outerjoin(_WHOM, _WHOM.c.id == s.c.person_id)
    )  # fmt: skip


def silences(conn: Connection, scope: ColumnElement[bool], limit: int) -> Sequence[Row]:
    """The newest silences and pauses, those that end last first."""
    return conn.execute(told().where(scope).order_by(t.silence.c.until_at.desc(), t.silence.c.id.desc()).limit(limit)).all()


def of_project(conn: Connection, project_id: int, programme_id: int, now: datetime) -> Sequence[Row]:
    """What holds back mails of one project now, or is going to: its own, and those of its whole programme."""
    s = t.silence.c
    whole = or_(s.project_id == project_id, s.project_id.is_(None) & (s.programme_id == programme_id))
    return conn.execute(told().where(whole, s.until_at > now, s.lifted_at.is_(None)).order_by(s.until_at)).all()


def held(conn: Connection, silence_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """By silence: how many mails wait for its end, and of how many people, contacts at institutions among them."""
    m = t.outbox.c
    wanted = select(m.silence_id, func.count(), func.count(func.coalesce(m.person_id, -m.contact_id).distinct())).where(
        m.silence_id.in_(sorted(silence_ids)), m.status == "pending", m.waits_for == "silence"
    )
    return {row[0]: (row[1], row[2]) for row in conn.execute(wanted.group_by(m.silence_id))} if silence_ids else {}


def waiting_under(conn: Connection, silence_id: int) -> Sequence[Row]:
    """The mails that wait for the end of a silence, locked until the transaction ends."""
    m = t.outbox
    wanted = select(m).where(m.c.silence_id == silence_id, m.c.status == "pending", m.c.waits_for == "silence")
    return conn.execute(wanted.order_by(m.c.id).with_for_update()).all()


def boxes(conn: Connection, silence_id: int, person_id: int | None, contact_id: int | None) -> int:
    """How many mails that gather what a silence holds of one reader were ever made and wait no longer."""
    m = t.outbox.c
    hers = m.person_id == person_id if contact_id is None else m.contact_id == contact_id
    mine = select(func.count()).where(hers, m.silence_id == silence_id, m.sort == "digest", m.status != "pending")
    return conn.execute(mine.where(m.dedup_key.startswith(f"silenced|{silence_id}|", autoescape=True))).scalar_one()


def waiting_alerts(conn: Connection, matcher: Mapping[str, Any], most: int) -> Sequence[Row]:
    """What waits to be told and matches, as far as SQL can say: a row for each alert in each mail; the role is left to the caller."""
    m, i, a, o, n = t.outbox, t.inbox_item, t.alert, t.obligation, t.person
    columns = (m.c.id, m.c.person_id, m.c.payload_json, a.c.stage, n.c.name)
    own = select(*columns).join(a, a.c.id == m.c.alert_id).join(o, o.c.id == a.c.obligation_id).outerjoin(n, n.c.id == m.c.person_id)
    lines = (
        select(*columns)
        .join(i, i.c.outbox_id == m.c.id)
        .join(a, a.c.id == i.c.alert_id)
        .join(o, o.c.id == a.c.obligation_id)
        .outerjoin(n, n.c.id == m.c.person_id)
        .where(m.c.alert_id.is_(None))
    )
    narrowed = _about_obligations(matcher)
    narrowed += [a.c.stage == matcher["stage"]] if matcher.get("stage") else []
    narrowed += [m.c.person_id == matcher["person_id"]] if matcher.get("person_id") else []
    narrowed.append(m.c.status == "pending")
    return [*conn.execute(own.where(*narrowed).limit(most)), *conn.execute(lines.where(*narrowed).limit(most))]


def programmes(conn: Connection) -> Sequence[Row]:
    """Every programme: id and titles, by code."""
    g = t.programme.c
    return conn.execute(select(g.id, g.title_zh, g.title_en).order_by(g.code)).all()


def person_by_address(conn: Connection, email: str, programme_id: int | None) -> int | None:
    """The person of this address (lower case), if she is of the programme (None: anybody)."""
    found = conn.execute(select(t.person.c.id).where(t.person.c.email == email)).scalar_one_or_none()
    return found if found is not None and is_person_of(conn, found, programme_id) else None


def is_person_of(conn: Connection, person_id: int, programme_id: int | None) -> bool:
    """Whether somebody serves in a programme or is on one of its projects (None: whether there is such a person)."""
    if programme_id is None:
        return conn.execute(select(t.person.c.id).where(t.person.c.id == person_id)).first() is not None
    g, m, p = t.role_grant.c, t.membership, t.project
    staff = select(g.id).where(g.person_id == person_id, g.programme_id == programme_id, g.revoked_at.is_(None))
    member = select(m.c.id).join(p, p.c.id == m.c.project_id).where(m.c.person_id == person_id, p.c.programme_id == programme_id)
    return any(conn.execute(one.limit(1)).first() is not None for one in (staff, member))


def days_inside(conn: Connection, matcher: Mapping[str, Any], first: date, last: date, limit: int) -> tuple[int, Sequence[Row]]:
    """The duties that fall due in this time and match: how many, and the first of them."""
    o, p = t.obligation, t.project
    where = [*_about_obligations(matcher), o.c.status == "open", o.c.duty.is_(True), o.c.due_on >= first, o.c.due_on <= last]
    if matcher.get("person_id"):
        hers = select(t.membership.c.project_id).where(t.membership.c.person_id == matcher["person_id"])
        where.append(or_(o.c.project_id.in_(hers), p.c.officer_id == matcher["person_id"]))
    source = select(o.c.id).join(p, p.c.id == o.c.project_id).where(*where)
    number = conn.execute(select(func.count()).select_from(source.subquery())).scalar_one()
    wanted = (
        select(o.c.key, o.c.title_zh, o.c.title_en, o.c.due_on, o.c.file_by_on, p.c.code).join(p, p.c.id == o.c.project_id).where(*where)
    )
    return number, conn.execute(wanted.order_by(o.c.due_on, o.c.key).limit(limit)).all()


def _about_obligations(matcher: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    o = t.obligation.c
    columns = {"programme_id": o.programme_id, "project_id": o.project_id, "obligation_kind": o.kind}
    return [column == matcher[name] for name, column in columns.items() if matcher.get(name) is not None]
