"""Reads of the alerts: whom to look at, who is told, the ledger, the inbox and the deliveries. SQL narrows, Python decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, or_, select

from tracker.store import tables as t
from tracker.store.bulk import among

_LOOKED_AT = (
    select(
        t.obligation.c.id,
        t.obligation.c.key,
        t.obligation.c.project_id,
        t.obligation.c.programme_id,
        t.obligation.c.parent_id,
        t.obligation.c.kind,
        t.obligation.c.rule,
        t.obligation.c.duty,
        t.obligation.c.due_on,
        t.obligation.c.file_by_on,
        t.obligation.c.confidence,
        t.obligation.c.discharged_by,
        t.obligation.c.discharged_on,
        t.obligation.c.status,
        t.obligation.c.next_look_on,
        t.obligation.c.origin,
        t.project.c.entered_on,
        t.project.c.officer_id,
        t.project.c.organisation,
        t.project.c.county,
    )
    .join(t.project, t.project.c.id == t.obligation.c.project_id)
    .order_by(t.obligation.c.id)
)


def anything_to_look_at(conn: Connection, today: date) -> bool:
    """Whether any obligation is due for a look: a cheap read that takes no lock."""
    return conn.execute(select(t.obligation.c.id).where(t.obligation.c.next_look_on <= today).limit(1)).first() is not None


def to_look_at(conn: Connection, today: date, limit: int) -> Sequence[Row]:
    """Obligations due for a look, longest due first, locked against other workers (which skip them) until the transaction ends."""
    # The ids first, along ix_obligation_look: in one statement SQLite reads every project to save sorting a few rows.
    due = (
        select(t.obligation.c.id)
        .where(t.obligation.c.next_look_on <= today)
        .order_by(t.obligation.c.next_look_on)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(conn.scalars(due))
    return conn.execute(_LOOKED_AT.where(among(t.obligation.c.id, ids))).all() if ids else []


def climbing(conn: Connection, programme_id: int, until: date) -> Sequence[Row]:
    """What of a programme may be on its ladder and has a last safe day up to `until`: what a changed policy could reach."""
    o = t.obligation.c
    return conn.execute(
        _LOOKED_AT.where(
            o.programme_id == programme_id,
            o.status.in_(("open", "submitted", "returned", "accepted")),
            func.coalesce(o.file_by_on, o.due_on) <= until,
        )
    ).all()


def climbing_after(conn: Connection, after_id: int, until: date, limit: int) -> Sequence[Row]:
    """The next so many obligations that may be on their ladder with a last safe day up to `until`, by id."""
    o = t.obligation.c
    return conn.execute(
        _LOOKED_AT.where(
            o.id > after_id,
            o.status.in_(("open", "submitted", "returned", "accepted")),
            func.coalesce(o.file_by_on, o.due_on) <= until,
        ).limit(limit)
    ).all()


def to_foresee(conn: Connection, obligation_ids: Collection[int]) -> list[Row]:
    """These obligations as a look reads them, without locking them."""
    return list(conn.execute(_LOOKED_AT.where(among(t.obligation.c.id, obligation_ids)))) if obligation_ids else []


def to_tell_now(conn: Connection, obligation_ids: Collection[int]) -> Sequence[Row]:
    """Those of these obligations that are open, locked until the transaction ends: what is handed in meanwhile waits or is left out."""
    o = t.obligation
    open_ones = select(o.c.id).where(among(o.c.id, obligation_ids), o.c.status == "open").order_by(o.c.id).with_for_update()
    ids = list(conn.scalars(open_ones))
    return conn.execute(_LOOKED_AT.where(among(o.c.id, ids))).all() if ids else []


def recorded(conn: Connection, obligation_ids: Collection[int]) -> dict[int, list[Row]]:
    """What the ledger holds of these obligations, for every due date they ever had."""
    found: dict[int, list[Row]] = defaultdict(list)
    rows = conn.execute(
        select(t.alert.c.obligation_id, t.alert.c.due_on, t.alert.c.stage, t.alert.c.stage_on, t.alert.c.state).where(
            among(t.alert.c.obligation_id, obligation_ids)
        )
    )
    for row in rows:
        found[row.obligation_id].append(row)
    return found


def reached(conn: Connection, obligation_ids: Collection[int]) -> Sequence[Row]:
    """Whom the alerts raised for these obligations went to, and for which due date."""
    a = t.alert.c
    return conn.execute(
        select(a.obligation_id, a.due_on, a.recipients_json).where(among(a.obligation_id, obligation_ids), a.state == "raised")
    ).all()


def alert_ids(conn: Connection, obligation_ids: Collection[int], raised_at: Any) -> dict[tuple[int, date, str], int]:
    """The ids of the alerts raised for these obligations at this instant, by (obligation, due date, stage)."""
    rows = conn.execute(
        select(t.alert.c.id, t.alert.c.obligation_id, t.alert.c.due_on, t.alert.c.stage).where(
            among(t.alert.c.obligation_id, obligation_ids), t.alert.c.state == "raised", t.alert.c.raised_at == raised_at
        )
    )
    return {(row.obligation_id, row.due_on, row.stage): row.id for row in rows}


def members(conn: Connection, project_ids: Collection[int], today: date) -> Sequence[Row]:
    """Principal investigators and their helpers on these projects today whose accounts are on, in the order they joined."""
    return conn.execute(
        select(t.membership.c.project_id, t.membership.c.role, t.person.c.id, t.person.c.email, t.person.c.language)
        .join(t.person, t.person.c.id == t.membership.c.person_id)
        .where(
            among(t.membership.c.project_id, project_ids),
            t.membership.c.from_on <= today,
            or_(t.membership.c.until_on.is_(None), t.membership.c.until_on >= today),
            t.person.c.active.is_(True),
        )
        .order_by(t.membership.c.id)
    ).all()


def staff(conn: Connection, programme_ids: Collection[int]) -> Sequence[Row]:
    """Officers and chiefs of these programmes whose accounts are on."""
    return conn.execute(
        select(t.role_grant.c.programme_id, t.role_grant.c.role, t.person.c.id, t.person.c.email, t.person.c.language)
        .join(t.person, t.person.c.id == t.role_grant.c.person_id)
        .where(
            among(t.role_grant.c.programme_id, programme_ids),
            t.role_grant.c.role.in_(("officer", "chief")),
            t.role_grant.c.revoked_at.is_(None),
            t.person.c.active.is_(True),
        )
        .order_by(t.role_grant.c.id)
    ).all()


def administrators(conn: Connection) -> Sequence[Row]:
    """The administrators whose accounts are on."""
    return conn.execute(
        select(t.person.c.id, t.person.c.email, t.person.c.language)
        .join(t.role_grant, t.role_grant.c.person_id == t.person.c.id)
        .where(t.role_grant.c.role == "administrator", t.role_grant.c.revoked_at.is_(None), t.person.c.active.is_(True))
        .order_by(t.role_grant.c.id)
    ).all()


_ON_PROJECT = (
    select(t.membership.c.id)
    .where(
        t.membership.c.person_id == bindparam("person"),
        t.membership.c.project_id == bindparam("place"),
        t.membership.c.from_on <= bindparam("today"),
        or_(t.membership.c.until_on.is_(None), t.membership.c.until_on >= bindparam("today")),
    )
    .limit(1)
)


def still_in_role(conn: Connection, row: Any, role: str, today: date) -> bool:
    """Whether the person of a mail still has the role in which she was to be told."""
    if role in ("pi", "co_pi", "assistant"):
        held = {"person": row.person_id, "place": row.project_id, "today": today}
        return conn.execute(_ON_PROJECT, held).first() is not None
    g = t.role_grant
    where = g.c.programme_id.is_(None) if role == "administrator" else g.c.programme_id == row.programme_id
    held = select(g.c.id).where(g.c.person_id == row.person_id, g.c.role == role, g.c.revoked_at.is_(None), where)
    return conn.execute(held.limit(1)).first() is not None


def programmes(conn: Connection, programme_ids: Collection[int] | None = None) -> Sequence[Row]:
    """Programmes with the ladder the office gave them, if it did; None: all of them, by code."""
    wanted = select(t.programme).order_by(t.programme.c.code)
    if programme_ids is not None:
        wanted = wanted.where(among(t.programme.c.id, programme_ids))
    return conn.execute(wanted).all()


def ledger(conn: Connection, scope: ColumnElement[bool], *, project: str | None = None, state: str | None = None) -> Sequence[Row]:
    """The ledger with the obligations it is about, oldest due date first; the caller orders the stages of one obligation."""
    wanted = (
        select(
            t.alert.c.id,
            t.obligation.c.key,
            t.obligation.c.kind,
            t.project.c.code,
            t.alert.c.stage,
            t.alert.c.stage_on,
            t.alert.c.due_on,
            t.alert.c.state,
            t.alert.c.raised_at,
            t.alert.c.recipients_json,
        )
        .join(t.obligation, t.obligation.c.id == t.alert.c.obligation_id)
        .join(t.project, t.project.c.id == t.obligation.c.project_id)
        .where(scope)
    )
    if project is not None:
        wanted = wanted.where(t.project.c.code == project)
    if state is not None:
        wanted = wanted.where(t.alert.c.state == state)
    return conn.execute(wanted.order_by(t.alert.c.due_on, t.obligation.c.key)).all()


_STAGES = select(t.alert.c.stage).where(
    t.alert.c.obligation_id == bindparam("obligation"), t.alert.c.due_on == bindparam("day"), t.alert.c.state == "raised"
)


def later_stages(conn: Connection, obligation_id: int, due_on: date) -> set[str]:
    """The stages raised for one due date of an obligation."""
    return set(conn.scalars(_STAGES, {"obligation": obligation_id, "day": due_on}))


def mail_counts(conn: Connection) -> dict[str, int]:
    """How many mails are in each state; states without any are missing."""
    rows = conn.execute(select(t.outbox.c.status, func.count()).group_by(t.outbox.c.status)).all()
    return {row[0]: row[1] for row in rows}
