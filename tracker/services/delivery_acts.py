"""What administrators do to mails: try again what failed, send a copy of what went, cancel what has not gone, one or many at once."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Row, func, or_, select

from tracker.clock import civil_day
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Invalid, Problem
from tracker.services.hold_rules import checked_reason
from tracker.services.policy import INSTALLATION, Act
from tracker.services.telling import message_id
from tracker.store import outbox_acts
from tracker.store import tables as t
from tracker.store.writing import Tx

MOST = 500
"""How many mails one act may be about."""

COPY_STANDS = timedelta(minutes=2)
"""So long a copy that went counts as the one that is asked for: whoever presses again meant it, and not a second one."""


@dataclass(frozen=True)
class Done:
    """Ids of the mails that the act was done to, and how many of those chosen it was not done to (they had gone on meanwhile)."""

    ids: tuple[int, ...]
    left: int


def cancel_deliveries(ctx: Context, *, delivery_ids: Collection[int], reason: str, key: str) -> Done:
    """Cancel mails that have not gone: waiting, held or failed. What is being sent at this moment stays.

    The ledger says which alerts nobody was mailed about; everybody has them in her inbox all the same. Administrators.
    Raises Forbidden, Invalid.
    """
    policy.authorise(ctx.viewer, Act.RETRY_DELIVERY, INSTALLATION)
    said, ids = checked_reason(reason), _chosen(delivery_ids)

    def body(tx: Tx) -> dict:
        _lock(tx, ids)
        done = outbox_acts.cancel_by_hand(tx.conn, ids, by=ctx.viewer.person_id, reason=said)
        return _told(tx, ids, done, {"status": "cancelled", "reason": hashlib.sha256(said.encode()).hexdigest()})

    return _done(ctx.store.write(ctx.request("delivery.cancel", key, (ids, said)), body))


def retry_deliveries(ctx: Context, *, delivery_ids: Collection[int], key: str) -> Done:
    """Try mails that were given up once more, from now on with fresh patience. Administrators. Raises Forbidden, Invalid."""
    policy.authorise(ctx.viewer, Act.RETRY_DELIVERY, INSTALLATION)
    ids = _chosen(delivery_ids)

    def body(tx: Tx) -> dict:
        _lock(tx, ids)
        return _told(tx, ids, outbox_acts.try_again(tx.conn, ids, at=ctx.now), {"status": ["failed", "pending"]})

    return _done(ctx.store.write(ctx.request("delivery.retry_many", key, ids), body))


def send_again(ctx: Context, *, delivery_ids: Collection[int], key: str) -> Done:
    """Send a copy of mails that went out, word for word, to the address of today: a second mail with a Message-ID of its own.

    Its reader's quiet hours and silences do not delay it. Of what has a copy that waits or has just gone none is made: it is left.
    Administrators. Raises Forbidden, Invalid.
    """
    policy.authorise(ctx.viewer, Act.RETRY_DELIVERY, INSTALLATION)
    ids = _chosen(delivery_ids)

    def body(tx: Tx) -> dict:
        rows = [row for row in _lock(tx, ids) if row.status == "sent" and row.channel == "mail" and row.payload_json.get("text")]
        fresh = _without_copy(tx, ctx, rows)
        if rows and not fresh:
            minutes = {"n": COPY_STANDS.seconds // 60}
            raise Invalid([Problem("deliveries", "A copy of each waits to be sent, or was made in the last {n} minutes.", minutes)])
        copies = {row.id: _copy(tx, ctx, row) for row in fresh}
        return _told(tx, ids, sorted(copies), {"copies": sorted(copies.values())})

    return _done(ctx.store.write(ctx.request("delivery.again", key, ids), body))


def _without_copy(tx: Tx, ctx: Context, rows: list[Row]) -> list[Row]:
    """Those of which no copy waits or was made just now."""
    o = t.outbox.c
    stands = or_(o.status.in_(("pending", "sending", "held")), o.created_at > ctx.now - COPY_STANDS)
    copied = set(tx.conn.scalars(select(o.resent_of_id).where(o.resent_of_id.in_([row.id for row in rows]), stands)))
    return [row for row in rows if row.id not in copied]


def _copy(tx: Tx, ctx: Context, row: Row) -> int:
    before = tx.conn.execute(select(func.count()).select_from(t.outbox).where(t.outbox.c.resent_of_id == row.id)).scalar_one()
    dedup_key = f"again|{row.id}|{before + 1}"
    payload = {name: row.payload_json[name] for name in ("role", "subject", "text") if name in row.payload_json}
    return tx.insert(
        t.outbox, dedup_key=dedup_key, sort="again", resent_of_id=row.id, person_id=row.person_id, contact_id=row.contact_id,
        channel="mail", address=_address_now(tx, row), language=row.payload_json.get("language", row.language),
        message_id=message_id(dedup_key, ctx.now), status="pending",
        payload_json={**payload, "sent_on": civil_day(row.sent_at).isoformat()}, available_at=ctx.now, created_at=tx.at,
    )  # fmt: skip


def _address_now(tx: Tx, row: Row) -> str:
    table, number = (t.person, row.person_id) if row.person_id is not None else (t.institution_contact, row.contact_id)
    return tx.conn.execute(select(table.c.email).where(table.c.id == number)).scalar_one_or_none() or row.address


def _chosen(delivery_ids: Collection[int]) -> list[int]:
    ids = sorted(set(delivery_ids))
    if not ids:
        raise Invalid([Problem("deliveries", "Choose at least one mail.")])
    if len(ids) > MOST:
        raise Invalid([Problem("deliveries", "No more than {n} at once.", {"n": MOST})])
    return ids


def _lock(tx: Tx, ids: list[int]) -> list[Row]:
    """The chosen mails, in one order for everybody, so that two who choose the same ones wait for each other."""
    return list(tx.conn.execute(t.outbox.select().where(t.outbox.c.id.in_(ids)).order_by(t.outbox.c.id).with_for_update()))


def _told(tx: Tx, ids: list[int], done: list[int], what: dict) -> dict:
    if not done:
        raise Invalid([Problem("deliveries", "None of them is in a state for this any more. Look at the new state.")])
    tx.record("delivery", done[0], {**what, "deliveries": done})
    tx.touch("alerts")
    return {"ids": done, "left": len(ids) - len(done)}


def _done(result: dict) -> Done:
    return Done(tuple(result["ids"]), result["left"])
