"""The outbox: mails that were decided on in a transaction and are handed to a mail server afterwards.

A row is claimed by one owner under a lease, sent outside any transaction, and marked. Every statement that ends a
claim names its owner (a fence): who lost the lease to somebody else changes nothing. `now` is the day's business (from
when a mail may go out), `wall` the machine's own clock (how long a claim holds), which differ in a demo.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, case, func, or_, select, update

from tracker.domain import ladder
from tracker.domain.patience import LAST_ATTEMPT
from tracker.store import digests
from tracker.store.bulk import among
from tracker.store.tables import alert, inbox_item, mass_hold, obligation, outbox

FRESH_PATIENCE = 1
"""How many attempts count of what is tried again after it was given up: not none, for it may have arrived, so nothing new joins it and
it is shown as possibly told twice."""

_WAIT = ("pending", "held")
_UNDONE = (*_WAIT, "sending")

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


def renew(conn: Connection, *, owner: str, until: datetime) -> set[int]:
    """Prolong every claim of this owner and return the ids of the rows it still holds."""
    return set(conn.scalars(update(outbox).where(*_held(owner)).values(lease_until_at=until).returning(outbox.c.id)))


def of(conn: Connection, row_id: int) -> Row:
    """One message as it stands."""
    return conn.execute(select(outbox).where(outbox.c.id == row_id)).one()


def release(conn: Connection, row_ids: list[int], *, owner: str) -> int:
    """Give back what this owner claimed and did not try; the claim does not count as an attempt."""
    return conn.execute(
        update(outbox)
        .where(outbox.c.id.in_(row_ids), *_held(owner))
        .values(status="pending", lease_owner=None, lease_until_at=None, attempts=outbox.c.attempts - 1)
    ).rowcount


def mark_sent(conn: Connection, row_id: int, *, owner: str, at: datetime, payload: Mapping[str, Any], address: str | None = None) -> bool:
    """The server (or the local outbox) took it for `address` (None: the one it was put in with); False where the claim had been lost."""
    values = {"row_id": row_id, "holder": owner, "taken_at": at, "payload": dict(payload), "went_to": address}
    return conn.execute(_SENT, values).rowcount == 1


def mark_retry(conn: Connection, row_id: int, *, owner: str, available_at: datetime, error: str) -> bool:
    """It failed for now and is due again at `available_at`."""
    return _end(conn, row_id, owner, status="pending", available_at=available_at, last_error=error)


def mark_failed(conn: Connection, row_id: int, *, owner: str, error: str, refused: bool = False) -> bool:
    """It is given up, visibly. `refused`: for good, and not because patience ended, however often it was tried."""
    attempts = outbox.c.attempts
    counted = {"attempts": case((attempts >= LAST_ATTEMPT, LAST_ATTEMPT - 1), else_=attempts)} if refused else {}
    return _end(conn, row_id, owner, status="failed", last_error=error, **counted)


def patience_again(conn: Connection, channel: str, chat_channel_id: int | None, *, attempts: int, since: datetime, now: datetime) -> int:
    """Let messages of one way wait again that were given up after this many attempts or more, if they were decided on since then."""
    return conn.execute(
        update(outbox)
        .where(outbox.c.status == "failed", outbox.c.attempts >= attempts, outbox.c.created_at >= since)
        .where(outbox.c.channel == channel, outbox.c.chat_channel_id.is_not_distinct_from(chat_channel_id))
        .values(status="pending", attempts=FRESH_PATIENCE, available_at=now)
    ).rowcount


def mark_cancelled(conn: Connection, row_id: int, *, owner: str, why: str) -> bool:
    """It is no longer wanted."""
    return _end(conn, row_id, owner, status="cancelled", last_error=why)


def cancel_unsent(conn: Connection, alert_ids: list[int], *, why: str) -> int:
    """Cancel what would tell of these alerts and nobody is sending at this moment: mails of their own, and lines of digests."""
    if not alert_ids:
        return 0
    own = update(outbox).where(outbox.c.alert_id.in_(alert_ids), outbox.c.status.in_(_WAIT))
    cancelled = conn.execute(own.values(status="cancelled", last_error=why)).rowcount
    return cancelled + digests.drop_lines(conn, alert_ids, why=why)


def overtaken_by_a_new_date(conn: Connection, obligation_ids: list[int]) -> list[int]:
    """Raised alerts of these obligations that were for another due date and of which a mail still waits."""
    ids = list(
        conn.scalars(
            select(alert.c.id)
            .join(obligation, obligation.c.id == alert.c.obligation_id)
            .where(
                among(alert.c.obligation_id, obligation_ids),
                alert.c.state == "raised",
                or_(obligation.c.due_on.is_(None), alert.c.due_on != obligation.c.due_on),
            )
            .order_by(alert.c.id)
        )
    )
    return waiting_alerts(conn, ids)


def waiting_alerts(conn: Connection, alert_ids: list[int]) -> list[int]:
    """Those of these alerts of which a mail, their own or a digest, has not gone yet."""
    if not alert_ids:
        return []
    own = select(outbox.c.alert_id).where(outbox.c.alert_id.in_(alert_ids), outbox.c.status.in_(_UNDONE))
    lines = _lines(alert_ids).where(outbox.c.status.in_(_UNDONE))
    return sorted({*conn.scalars(own), *conn.scalars(lines)})


def take_up_again(conn: Connection, obligation_ids: list[int]) -> tuple[int, Sequence[Row], Sequence[Row]]:
    """Let wait again what was cancelled because the date moved away, where the date has come back (a letter withdrawn), and what was
    cancelled because it was done, where it is owed again (taken back, reinstated).

    What an undecided hold had kept back is kept back again. Returns the number of alerts that hold again, the lines that fell out of
    digests (they want a place in another one), and the mails that wait again, from when they waited before. What is overtaken by now
    falls away when it would be sent.
    """
    o = obligation.c
    owed = conn.execute(select(o.id, o.status, o.discharged_by, o.discharged_on).where(among(o.id, obligation_ids))).all()
    running = [row.id for row in owed if ladder.runs(row.status, row.discharged_by, row.discharged_on)]
    back = (
        select(alert.c.id)
        .join(obligation, obligation.c.id == alert.c.obligation_id)
        .where(among(alert.c.obligation_id, running), alert.c.due_on == obligation.c.due_on)
    )
    over = outbox.c.alert_id.in_(back), outbox.c.status == "cancelled", outbox.c.last_error.in_(digests.GONE)
    undecided = outbox.c.mass_hold_id.in_(select(mass_hold.c.id).where(mass_hold.c.decision == ""))
    again = update(outbox).where(*over).values(status=case((undecided, "held"), else_="pending"), last_error="")
    mails = conn.execute(again.returning(outbox.c.id, outbox.c.person_id, outbox.c.alert_id, outbox.c.available_at)).all()
    lines = digests.come_back(conn, back)
    ids = {row.alert_id for row in (*mails, *lines)}
    if ids:
        conn.execute(update(alert).where(alert.c.id.in_(sorted(ids))).values(state="raised"))
    return len(ids), lines, mails


def cancel_alerts_nobody_got(conn: Connection, alert_ids: list[int]) -> list[int]:
    """Set those of these alerts to `cancelled` of which no mail and no line of a digest is left, and return their ids."""
    if not alert_ids:
        return []
    told = {
        *conn.scalars(select(outbox.c.alert_id).where(outbox.c.alert_id.in_(alert_ids), outbox.c.status != "cancelled")),
        *conn.scalars(_lines(alert_ids).where(outbox.c.status != "cancelled")),
    }
    untold = sorted(set(alert_ids) - told)
    ids = list(conn.scalars(select(alert.c.id).where(alert.c.id.in_(untold), alert.c.state == "raised"))) if untold else []
    if ids:
        conn.execute(update(alert).where(alert.c.id.in_(ids)).values(state="cancelled"))
    return ids


def _lines(alert_ids: list[int]) -> Select:
    """The alerts of these that a digest tells of."""
    told = inbox_item.c.alert_id.in_(alert_ids), inbox_item.c.left_out == "", outbox.c.sort == "digest"
    return select(inbox_item.c.alert_id).join(outbox, outbox.c.id == inbox_item.c.outbox_id).where(*told)


_SENT = (
    update(outbox)
    .where(outbox.c.id == bindparam("row_id"), outbox.c.lease_owner == bindparam("holder"), outbox.c.status == "sending")
    .values(
        status="sent", sent_at=bindparam("taken_at"), payload_json=bindparam("payload", type_=outbox.c.payload_json.type), last_error="",
        lease_owner=None, lease_until_at=None, address=func.coalesce(bindparam("went_to", type_=outbox.c.address.type), outbox.c.address),
    )
)  # fmt: skip


REFUSED = (outbox.c.status == "failed") & (outbox.c.channel == "mail") & (outbox.c.attempts < LAST_ATTEMPT)
"""A mail that its address will never take: nobody read it."""


def _held(owner: str) -> tuple[Any, Any]:
    return outbox.c.lease_owner == owner, outbox.c.status == "sending"


def _end(conn: Connection, row_id: int, owner: str, **values: Any) -> bool:
    done = conn.execute(update(outbox).where(outbox.c.id == row_id, *_held(owner)).values(lease_owner=None, lease_until_at=None, **values))
    return done.rowcount == 1
