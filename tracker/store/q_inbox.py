"""Reads of one person's inbox and of what was done with an alert: seen, put off, handed to a colleague. SQL narrows, Python decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select

from tracker.store import tables as t
from tracker.store.bulk import among
from tracker.store.q_people import in_force

_I, _A, _O, _P = t.inbox_item.c, t.alert.c, t.obligation.c, t.project.c


def _items() -> Select:
    return (
        select(
            _I.id, _I.alert_id, _I.placed_at, _I.read_at, _I.acknowledged_at, _I.acknowledged_via, _I.snoozed_until_on,
            _A.stage, _A.due_on, _A.state, _A.recipients_json,
            _O.id.label("obligation_id"), _O.parent_id, _O.key, _O.kind, _O.origin, _O.period_label, _O.title_zh, _O.title_en,
            _O.due_on.label("due_now"), _O.file_by_on, _O.file_by_time, _O.duty, _O.confidence, _O.status, _O.discharged_by,
            _O.discharged_on, _O.next_look_on, _O.project_id, _O.programme_id,
            _P.code, _P.title_zh.label("project_zh"), _P.title_en.label("project_en"),
        )
        .join(t.alert, _A.id == _I.alert_id)
        .join(t.obligation, _O.id == _A.obligation_id)
        .join(t.project, _P.id == _O.project_id)
    )  # fmt: skip


def items(conn: Connection, person_id: int, scope: ColumnElement[bool], *, unread_only: bool, limit: int) -> Sequence[Row]:
    """One person's alerts, newest first, as far as she still may see what they are about."""
    wanted = _items().where(_I.person_id == person_id, scope)
    if unread_only:
        wanted = wanted.where(_I.read_at.is_(None))
    return conn.execute(wanted.order_by(_I.placed_at.desc(), _I.id.desc()).limit(limit)).all()


def item(conn: Connection, person_id: int, alert_id: int, scope: ColumnElement[bool]) -> Row | None:
    """One alert of hers, or None where she has none such or may not see any more what it is about."""
    return conn.execute(_items().where(_I.person_id == person_id, _I.alert_id == alert_id, scope)).one_or_none()


def waiting(conn: Connection, person_id: int, scope: ColumnElement[bool], today: date) -> int:
    """How many of her alerts wait to be looked at: unread ones, and those put off whose day has come. None that she acknowledged."""
    back = and_(_I.snoozed_until_on.is_not(None), _I.snoozed_until_on <= today)
    return conn.execute(
        select(func.count())
        .select_from(t.inbox_item)
        .join(t.alert, _A.id == _I.alert_id)
        .join(t.obligation, _O.id == _A.obligation_id)
        .where(_I.person_id == person_id, _I.acknowledged_at.is_(None), or_(_I.snoozed_until_on.is_(None), back))
        .where(or_(_I.read_at.is_(None), back), scope)
    ).scalar_one()


def colleagues(conn: Connection, project_id: int, person_id: int, today: date) -> Sequence[Row]:
    """Everybody else on a project today whose account is on, each once, in the order they joined."""
    m, p = t.membership, t.person
    rows = conn.execute(
        select(m.c.person_id, m.c.role, m.c.party, p.c.name)
        .join(p, p.c.id == m.c.person_id)
        .where(m.c.project_id == project_id, m.c.person_id != person_id, p.c.active.is_(True), *in_force(today))
        .order_by(m.c.id)
    ).all()
    first: dict[int, Row] = {}
    for row in rows:
        first.setdefault(row.person_id, row)
    return list(first.values())


def asked(conn: Connection, obligation_ids: Collection[int]) -> dict[int, list[Row]]:
    """Who asked whom to see to these obligations and has not taken it back, by obligation, with both names."""
    d, giver, taker = t.alert_delegation, t.person.alias("giver"), t.person.alias("taker")
    found: dict[int, list[Row]] = defaultdict(list)
    for row in conn.execute(
        select(d, giver.c.name.label("giver"), taker.c.name.label("taker"))
        .join(giver, giver.c.id == d.c.from_person_id)
        .join(taker, taker.c.id == d.c.to_person_id)
        .where(among(d.c.obligation_id, obligation_ids), d.c.ended_at.is_(None))
        .order_by(d.c.id)
    ):
        found[row.obligation_id].append(row)
    return found


def asked_of_projects(conn: Connection, project_ids: Collection[int]) -> Sequence[Row]:
    """(obligation, from whom, to whom) of what runs on these projects: what a look needs of it."""
    d = t.alert_delegation
    return conn.execute(
        select(d.c.obligation_id, d.c.from_person_id, d.c.to_person_id)
        .join(t.obligation, _O.id == d.c.obligation_id)
        .where(among(_O.project_id, project_ids), d.c.ended_at.is_(None))
        .order_by(d.c.id)
    ).all()


def told(conn: Connection, project_id: int, scope: ColumnElement[bool]) -> Sequence[Row]:
    """Everything raised for what a project still owes, with whom it reached and what she did with it; newest alert first."""
    return conn.execute(
        select(
            _A.id.label("alert_id"), _A.stage, _A.stage_on, _A.due_on, _A.raised_at, _A.state, _A.recipients_json,
            _O.id.label("obligation_id"), _O.title_zh, _O.title_en, _O.period_label, _O.status, _O.due_on.label("due_now"),
            t.person.c.id.label("person_id"), t.person.c.name,
            _I.read_at, _I.acknowledged_at, _I.acknowledged_via, _I.snoozed_until_on,
        )
        .join(t.obligation, _O.id == _A.obligation_id)
        .join(t.inbox_item, _I.alert_id == _A.id)
        .join(t.person, t.person.c.id == _I.person_id)
        .where(_O.project_id == project_id, _A.state == "raised", scope)
        .order_by(_A.raised_at.desc(), _A.id.desc(), _I.id)
    ).all()  # fmt: skip
