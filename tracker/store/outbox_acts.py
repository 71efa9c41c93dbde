"""What people do to mails that wait: cancel, try again, hold back, let go. The machine's own steps are in `tracker.store.outbox`.

Every statement names the states it may start from, so that what is being sent at this moment stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, or_, select, update

from tracker.store.outbox import FRESH_PATIENCE, cancel_alerts_nobody_got
from tracker.store.tables import alert, inbox_item, outbox

NOT_GONE = ("pending", "held", "failed")
BY_HAND = "by_hand"

_LET_GO = (
    update(outbox)
    .where(outbox.c.id == bindparam("row_id"), or_(outbox.c.status == "held", outbox.c.status == "pending"))
    .values(status="pending", waits_for="", available_at=bindparam("from_at", type_=outbox.c.available_at.type))
)


_WAIT = (
    update(outbox)
    .where(outbox.c.id == bindparam("row_id"), outbox.c.status == "pending")
    .values(available_at=bindparam("from_at", type_=outbox.c.available_at.type))
)


def cancel_by_hand(conn: Connection, row_ids: Collection[int], *, by: int | None, reason: str) -> list[int]:
    """Cancel those of these mails that have not gone and are not being sent; returns their ids.

    The ledger follows where nobody got an alert.
    """
    values = {"status": "cancelled", "last_error": BY_HAND, "cancelled_by": by, "cancel_reason": reason, "waits_for": ""}
    mine = update(outbox).where(outbox.c.id.in_(sorted(row_ids)), outbox.c.status.in_(NOT_GONE))
    done = sorted(conn.scalars(mine.values(**values).returning(outbox.c.id))) if row_ids else []
    if done:
        cancel_alerts_nobody_got(conn, alerts_told_by(conn, done))
    return done


def try_again(conn: Connection, row_ids: Collection[int], *, at: datetime) -> list[int]:
    """Let those of these mails that had failed wait again, with fresh patience; returns their ids."""
    failed = update(outbox).where(outbox.c.id.in_(sorted(row_ids)), outbox.c.status == "failed")
    again = {"status": "pending", "attempts": FRESH_PATIENCE, "available_at": at, "last_error": ""}
    return sorted(conn.scalars(failed.values(**again).returning(outbox.c.id)))


def let_go(conn: Connection, times: Mapping[int, datetime]) -> None:
    """Let mails that are held back wait to be sent from these instants on."""
    if times:
        conn.execute(_LET_GO, [{"row_id": number, "from_at": at} for number, at in times.items()])


def keep_back(conn: Connection, row_ids: Collection[int], hold_id: int) -> None:
    """Put mails that the caller has claimed under a hold; the claim counts as no attempt."""
    free = {"lease_owner": None, "lease_until_at": None, "attempts": outbox.c.attempts - 1}
    conn.execute(update(outbox).where(outbox.c.id.in_(sorted(row_ids))).values(status="held", mass_hold_id=hold_id, waits_for="", **free))


def keep_back_what_may_have_gone(conn: Connection, hold_id: int, now: datetime) -> int:
    """After a restore: put under a hold what waited in the copy and may have gone since; returns how many mails.

    That is what is due by `now`, was tried or on its way, or waited for the end of a silence, which may have been lifted since.
    """
    o = outbox.c
    waits = and_(o.status == "pending", or_(o.available_at <= now, o.attempts > 0, o.waits_for == "silence"))
    values = {"status": "held", "mass_hold_id": hold_id, "waits_for": "", "lease_owner": None, "lease_until_at": None}
    return conn.execute(update(outbox).where(or_(waits, o.status == "sending")).values(**values)).rowcount


def hold_for_silence(conn: Connection, row_id: int, *, silence_id: int, until: datetime) -> None:
    """Let a mail that the caller has claimed wait for the end of a silence; the claim counts as no attempt."""
    free = {"lease_owner": None, "lease_until_at": None, "attempts": outbox.c.attempts - 1}
    waits = {"status": "pending", "available_at": until, "waits_for": "silence", "silence_id": silence_id}
    conn.execute(update(outbox).where(outbox.c.id == row_id).values(**waits, **free))


def add_to_payload(conn: Connection, row_id: int, name: str, numbers: Collection[int]) -> None:
    """Add to a list of numbers in the row of a mail that the caller has locked or made."""
    if numbers:
        payload = conn.execute(select(outbox.c.payload_json).where(outbox.c.id == row_id)).scalar_one()
        more = {name: sorted({*payload.get(name, ()), *numbers})}
        conn.execute(update(outbox).where(outbox.c.id == row_id).values(payload_json={**payload, **more}))


def give_up_claim(conn: Connection, row_id: int) -> None:
    """A mail that the caller had claimed was put into another one: it counts as never tried."""
    free = {"lease_owner": None, "lease_until_at": None, "attempts": outbox.c.attempts - 1}
    conn.execute(update(outbox).where(outbox.c.id == row_id).values(**free))


def wait_until(conn: Connection, times: Mapping[int, datetime]) -> None:
    """Let mails that wait go on waiting for what they wait for, until these instants."""
    if times:
        conn.execute(_WAIT, [{"row_id": number, "from_at": at} for number, at in times.items()])


def alerts_told_by(conn: Connection, row_ids: Collection[int]) -> list[int]:
    """The alerts that these mails tell of, by themselves or as lines of a digest."""
    own = select(outbox.c.alert_id).where(outbox.c.id.in_(row_ids), outbox.c.alert_id.is_not(None))
    lines = select(inbox_item.c.alert_id).join(alert, alert.c.id == inbox_item.c.alert_id).where(inbox_item.c.outbox_id.in_(row_ids))
    return sorted(set(conn.scalars(own.union(lines))))
