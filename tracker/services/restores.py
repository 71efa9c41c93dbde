"""After a database was put back from a copy: what left since the copy is not known, so nothing leaves before an administrator has looked.

Two things would go a second time without anybody's knowing: mails that waited in the copy and went out after it, and alerts that were
raised after it, which the ledger no longer holds and the next look raises again. Both are kept under one hold; so is whatever else falls
due for sending until somebody decides. Each keeps the Message-ID that it had, since that is worked out from what it tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from tracker.notify.notice_wording import AUDIT_FOUND
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.policy import INSTALLATION, Act
from tracker.services.sessions import TOPIC
from tracker.services.silences import NEVER_SILENCED
from tracker.store import outbox_acts, q_holds
from tracker.store import tables as t
from tracker.store.secrets import Unreadable
from tracker.store.writing import Tx

_GOES_ALL_THE_SAME = NEVER_SILENCED | {AUDIT_FOUND}


@dataclass(frozen=True)
class PutBack:
    """What was done to a database that was put back, and what it costs.

    `held` mails wait under the hold `hold`, `signed_out` sessions were ended, `sealed` chat channels cannot be opened with this
    installation's secret and want their address again.
    """

    hold: int
    held: int
    signed_out: int
    sealed: int


def put_back(ctx: Context, *, made_at: datetime, content: str = "", key: str) -> PutBack:
    """Hold back what would leave, and end every session, in a database that is as it was at `made_at`. The command line only.

    `content` is the SHA-256 of the copy, or empty. Called again before anybody has decided it adds to the same hold. Raises Forbidden.
    """
    policy.authorise(ctx.viewer, Act.RUN_ALERTS, INSTALLATION)

    def body(tx: Tx) -> dict:
        hold = _hold(tx, ctx, made_at)
        held = outbox_acts.keep_back_what_may_have_gone(tx.conn, hold, ctx.now)
        mine = t.session.c.revoked_at.is_(None)
        ended = tx.conn.execute(update(t.session).where(mine).values(revoked_at=ctx.now, revoked_why="restored")).rowcount
        tx.record("mass_hold", hold, {"made_at": made_at.isoformat(), "copy": content, "held": held, "signed_out": ended})
        tx.touch("alerts", TOPIC)
        return {"hold": hold, "held": held, "signed_out": ended}

    done = ctx.store.write(ctx.request("home.restore", key, (made_at, content)), body)
    with ctx.store.read() as conn:
        return PutBack(**done, sealed=_sealed_away(conn, ctx))


def not_kept_back(tx: Tx, row_ids: Sequence[int]) -> list[int]:
    """Those of these mails, just claimed, that may leave; the others are put under the hold of a restore, while nobody has decided on it.

    What answers an act of today leaves all the same: receipts, rights, hand-overs, copies and trials asked for since, and what tells
    administrators that something is wrong.
    """
    hold = q_holds.after_a_restore(tx.conn) if row_ids else None
    if hold is None:
        return list(row_ids)
    o, n = t.outbox.c, t.notice.c
    rows = tx.conn.execute(
        select(o.id, o.sort, o.created_at, n.kind).outerjoin(t.notice, n.id == o.notice_id).where(o.id.in_(sorted(row_ids)))
    ).all()
    free = {row.id for row in rows if row.created_at >= hold.held_at and (row.sort in ("again", "trial") or row.kind in _GOES_ALL_THE_SAME)}
    outbox_acts.keep_back(tx.conn, [number for number in row_ids if number not in free], hold.id)
    if len(free) < len(row_ids):
        tx.touch("alerts")
    return [number for number in row_ids if number in free]


def _hold(tx: Tx, ctx: Context, made_at: datetime) -> int:
    going_on = q_holds.after_a_restore(tx.conn)
    if going_on is not None:
        return going_on.id
    counts = {"owed": q_holds.due(tx.conn, ctx.today), "among": q_holds.on_a_ladder(tx.conn)}
    return tx.insert(t.mass_hold, why="restore", held_at=ctx.now, since_at=made_at, **counts)


def _sealed_away(conn: Connection, ctx: Context) -> int:
    """How many channels have an address that this installation's secret does not open."""
    addresses = conn.scalars(select(t.chat_channel.c.sealed_url).where(t.chat_channel.c.active, t.chat_channel.c.sealed_url != ""))
    return sum(not _opens(ctx, sealed) for sealed in addresses)


def _opens(ctx: Context, sealed: str) -> bool:
    if ctx.secrets is None:
        return False
    try:
        return bool(ctx.secrets.unseal(sealed))
    except Unreadable:
        return False
