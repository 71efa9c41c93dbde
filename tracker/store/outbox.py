"""The outbox: mails that were decided on in a transaction and are handed to a mail server afterwards.

A row is claimed by one owner under a lease, sent outside any transaction, and marked. Every statement that ends a
claim names its owner (a fence): who lost the lease to somebody else changes nothing. `now` is the day's business (from
when a mail may go out), `wall` the machine's own clock (how long a claim holds), which differ in a demo.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, update

from tracker.store.tables import alert, obligation, outbox

_UNDONE = ("pending", "sending")

# Two statements, each a walk along ix_outbox_due: an OR of both would tempt SQLite into reading every mail ever sent.
_WAITING = (
    select(outbox.c.id)
    .where(outbox.c.status == "pending", outbox.c.available_at <= bindparam("now", type_=outbox.c.available_at.type))
    .order_by(outbox.c.available_at, outbox.c.id)
    .limit(bindparam("batch"))
)
_ABANDONED = (
    select(outbox.c.id)
    .where(outbox.c.status == "sending", outbox.c.lease_until_at < bindparam("wall", type_=outbox.c.available_at.type))
    .order_by(outbox.c.id)
    .limit(bindparam("batch"))
)


def anything_to_send(conn: Connection, *, now: datetime, wall: datetime) -> bool:
    """Whether a claim would find something: a cheap read that takes no lock."""
    return (
        conn.execute(_WAITING, {"now": now, "batch": 1}).first() is not None
        or conn.execute(_ABANDONED, {"wall": wall, "batch": 1}).first() is not None
    )


def claim(conn: Connection, *, owner: str, now: datetime, wall: datetime, lease: timedelta, batch: int) -> list[int]:
    """Take up to `batch` rows and return their ids: first those whose lease ran out, then the longest waiting."""
    ids = list(conn.scalars(_ABANDONED.with_for_update(skip_locked=True), {"wall": wall, "batch": batch}))
    if len(ids) < batch:
        ids += conn.scalars(_WAITING.with_for_update(skip_locked=True), {"now": now, "batch": batch - len(ids)})
    if ids:
        conn.execute(
            update(outbox)
            .where(outbox.c.id.in_(ids))
            .values(status="sending", lease_owner=owner, lease_until_at=wall + lease, attempts=outbox.c.attempts + 1)
        )
    return ids


def renew(conn: Connection, *, owner: str, until: datetime) -> int:
    """Prolong every claim of this owner and return how many it still holds."""
    return conn.execute(update(outbox).where(*_held(owner)).values(lease_until_at=until)).rowcount


def release(conn: Connection, row_ids: list[int], *, owner: str) -> int:
    """Give back what this owner claimed and did not try; the claim does not count as an attempt."""
    return conn.execute(
        update(outbox)
        .where(outbox.c.id.in_(row_ids), *_held(owner))
        .values(status="pending", lease_owner=None, lease_until_at=None, attempts=outbox.c.attempts - 1)
    ).rowcount


def mark_sent(conn: Connection, row_id: int, *, owner: str, at: datetime, payload: Mapping[str, Any]) -> bool:
    """The server (or the local outbox) took it; False where the claim had been lost."""
    return _end(conn, row_id, owner, status="sent", sent_at=at, payload_json=dict(payload), last_error="")


def mark_retry(conn: Connection, row_id: int, *, owner: str, available_at: datetime, error: str) -> bool:
    """It failed for now and is due again at `available_at`."""
    return _end(conn, row_id, owner, status="pending", available_at=available_at, last_error=error)


def mark_failed(conn: Connection, row_id: int, *, owner: str, error: str) -> bool:
    """It is given up, visibly."""
    return _end(conn, row_id, owner, status="failed", last_error=error)


def patience_again(conn: Connection, *, attempts: int, since: datetime, now: datetime) -> int:
    """Let mails wait again that were given up after this many attempts or more, if they were decided on since then."""
    return conn.execute(
        update(outbox)
        .where(outbox.c.status == "failed", outbox.c.attempts >= attempts, outbox.c.created_at >= since)
        .values(status="pending", attempts=0, available_at=now)
    ).rowcount


def mark_cancelled(conn: Connection, row_id: int, *, owner: str, why: str) -> bool:
    """It is no longer wanted."""
    return _end(conn, row_id, owner, status="cancelled", last_error=why)


def cancel_unsent(conn: Connection, alert_ids: list[int], *, why: str) -> int:
    """Cancel the mails of these alerts that nobody is sending at this moment."""
    if not alert_ids:
        return 0
    return conn.execute(
        update(outbox).where(outbox.c.alert_id.in_(alert_ids), outbox.c.status == "pending").values(status="cancelled", last_error=why)
    ).rowcount


def overtaken_by_a_new_date(conn: Connection, obligation_ids: list[int]) -> list[int]:
    """Raised alerts of these obligations that were for another due date and of which a mail still waits."""
    waiting = select(outbox.c.alert_id).where(outbox.c.status.in_(_UNDONE))
    return list(
        conn.scalars(
            select(alert.c.id)
            .join(obligation, obligation.c.id == alert.c.obligation_id)
            .where(
                alert.c.obligation_id.in_(obligation_ids),
                alert.c.state == "raised",
                or_(obligation.c.due_on.is_(None), alert.c.due_on != obligation.c.due_on),
                alert.c.id.in_(waiting),
            )
            .order_by(alert.c.id)
        )
    )


def take_up_again(conn: Connection, obligation_ids: list[int]) -> int:
    """Let the mails wait again that were cancelled because the date moved away, where it has come back (a letter withdrawn)."""
    back = (
        select(alert.c.id)
        .join(obligation, obligation.c.id == alert.c.obligation_id)
        .where(alert.c.obligation_id.in_(obligation_ids), alert.c.due_on == obligation.c.due_on)
    )
    ids = list(
        conn.scalars(
            update(outbox)
            .where(outbox.c.alert_id.in_(back), outbox.c.status == "cancelled", outbox.c.last_error == "moved")
            .values(status="pending", last_error="")
            .returning(outbox.c.alert_id)
        )
    )
    if ids:
        conn.execute(update(alert).where(alert.c.id.in_(ids)).values(state="raised"))
    return len(ids)


def cancel_alerts_nobody_got(conn: Connection, alert_ids: list[int]) -> list[int]:
    """Set those of these alerts to `cancelled` whose mails were all cancelled, and return their ids."""
    told = select(outbox.c.alert_id).where(outbox.c.alert_id.in_(alert_ids), outbox.c.status != "cancelled")
    ids = list(conn.scalars(select(alert.c.id).where(alert.c.id.in_(alert_ids), alert.c.state == "raised", alert.c.id.not_in(told))))
    if ids:
        conn.execute(update(alert).where(alert.c.id.in_(ids)).values(state="cancelled"))
    return ids


def _held(owner: str) -> tuple[Any, Any]:
    return outbox.c.lease_owner == owner, outbox.c.status == "sending"


def _end(conn: Connection, row_id: int, owner: str, **values: Any) -> bool:
    done = conn.execute(update(outbox).where(outbox.c.id == row_id, *_held(owner)).values(lease_owner=None, lease_until_at=None, **values))
    return done.rowcount == 1
