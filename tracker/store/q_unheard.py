"""Alerts of which a reader was gone when her mail was to go, or whose address refused it: marked by the delivery, seen to by the next look.

The mark is a value of the alert's own row, so that a delivery that sets it and a look that takes it away wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, func, or_, select, update

from tracker.store import tables as t
from tracker.store.bulk import among
from tracker.store.outbox import REFUSED

READER_GONE = ("account_off", "left")
"""Why somebody is not told any more who was to be: where nobody else was, the alert is passed on."""

_A, _O = t.alert.c, t.obligation.c
# By the index of marks alone, which are few: joined in one statement, SQLite would begin with every open obligation.
_MARKED = select(_A.id).where(_A.unheard_at <= bindparam("now", type_=_A.unheard_at.type))


def _due(conn: Connection, now: datetime) -> Select | None:
    """The marked alerts that still say something, by id; None: nothing is marked."""
    ids = list(conn.scalars(_MARKED, {"now": now}))
    if not ids:
        return None
    holds = _A.state == "raised", _A.due_on == _O.due_on, _O.status.in_(("open", "submitted", "returned", "accepted"))
    return select(_A.id).join(t.obligation, _O.id == _A.obligation_id).where(among(_A.id, ids), *holds).order_by(_A.id)


def mark(conn: Connection, alert_ids: Collection[int], at: datetime) -> None:
    """Have the next look see whether anybody hears of these alerts."""
    if alert_ids:
        conn.execute(update(t.alert).where(_A.id.in_(sorted(set(alert_ids)))).values(unheard_at=at))


def unmark(conn: Connection, alert_ids: Collection[int], until: datetime | None = None) -> None:
    """Nothing is to be done of these, or not before `until`."""
    if alert_ids:
        conn.execute(update(t.alert).where(_A.id.in_(sorted(alert_ids))).values(unheard_at=until))


def any_due(conn: Connection, now: datetime) -> bool:
    """Whether any marked alert still says something: a cheap read that takes no lock."""
    due = _due(conn, now)
    return due is not None and conn.execute(due.limit(1)).first() is not None


def take(conn: Connection, now: datetime, limit: int) -> Sequence[Row]:
    """The next marked alerts that still say something, with the policy they were raised by, locked against other workers."""
    due = _due(conn, now)
    ids = list(conn.scalars(due.limit(limit).with_for_update(of=t.alert, skip_locked=True))) if due is not None else []
    if not ids:
        return []
    wanted = select(t.alert, t.alert_policy.c.policy_json).outerjoin(t.alert_policy, t.alert_policy.c.id == _A.policy_id)
    return conn.execute(wanted.where(_A.id.in_(ids)).order_by(_A.id)).all()


def lines_of(conn: Connection, alert_ids: Collection[int]) -> Sequence[Row]:
    """To whom these alerts were to be told; `refused`: her address refused it, `gone`: that, or it fell away because she was gone."""
    i = t.inbox_item.c
    refused = func.coalesce(and_(i.left_out == "", REFUSED), False)
    return conn.execute(
        select(i.id, i.alert_id, i.person_id, i.contact_id, func.coalesce(nobody_reads(), False).label("gone"),
               refused.label("refused"))
        .select_from(t.inbox_item)
        .outerjoin(t.outbox, t.outbox.c.id == i.outbox_id)
        .where(i.alert_id.in_(sorted(alert_ids)))
        .order_by(i.id)
    ).all()  # fmt: skip


def fell_away() -> ColumnElement[bool]:
    """Whether a line (with its mail, or none) fell away because its reader was gone."""
    i, m = t.inbox_item.c, t.outbox.c
    return or_(i.left_out.in_(READER_GONE), and_(i.left_out == "", m.status == "cancelled", m.last_error.in_(READER_GONE)))


def nobody_reads() -> ColumnElement[bool]:
    """The same, or her address refused it for good."""
    return or_(fell_away(), and_(t.inbox_item.c.left_out == "", REFUSED))


def stages_raised(conn: Connection, places: Collection[tuple[int, date]]) -> Mapping[tuple[int, date], set[str]]:
    """The stages raised for these (obligation, due date)."""
    found: dict[tuple[int, date], set[str]] = {place: set() for place in places}
    raised = select(_A.obligation_id, _A.due_on, _A.stage).where(_A.obligation_id.in_({one for one, _ in found}), _A.state == "raised")
    for row in conn.execute(raised):
        found.setdefault((row.obligation_id, row.due_on), set()).add(row.stage)
    return found


def set_recipients(conn: Connection, alert_id: int, recipients: Sequence[Mapping[str, Any]]) -> None:
    """Whom the ledger names as told of an alert."""
    conn.execute(update(t.alert).where(_A.id == alert_id).values(recipients_json=list(recipients)))
