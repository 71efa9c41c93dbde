"""The Message-ID of a message that tells of several things: worked out from what it tells, in the moment it is claimed for the first time.

From then on its contents are final and every try is the same message. Its reader and its day alone must not name it: a database that was
put back from a copy makes the digest of a day once more, with other lines, and what bears a Message-ID that has arrived is hidden by mail
programs, and taken for a repetition by LINE. What tells the same things again is the same message and stays hidden.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, select

from tracker.services.post import message_id
from tracker.store import tables as t
from tracker.store.bulk import among, set_by_id
from tracker.store.q_reminders import SNOOZED
from tracker.store.writing import Tx


def name_by_contents(tx: Tx, claimed: Sequence[int]) -> None:
    """Name those of these messages, just claimed, that tell of several things and were never tried."""
    set_by_id(tx.conn, t.outbox.c.message_id, names_of(tx.conn, claimed, attempts=1))


def names_of(conn: Connection, row_ids: Sequence[int], *, attempts: int = 0) -> dict[int, str]:
    """By id: the name that each of these messages would go under now, if it tells of several things and has this many attempts."""
    o = t.outbox.c
    several = among(o.id, row_ids), o.attempts == attempts, o.sort.in_(("digest", SNOOZED))
    rows = conn.execute(select(o.id, o.dedup_key, o.alert_id, o.payload_json).where(*several)).all() if row_ids else []
    listed = {row.id: _listed(row.alert_id, row.payload_json) for row in rows}
    told = _told(conn, [row.id for row in rows], listed)
    return {row.id: message_id("\n".join((row.dedup_key, *sorted(told[row.id])))) for row in rows if told[row.id]}


def _listed(alert_id: int | None, payload: dict) -> list[int]:
    """The alerts (ids) that a message has in its own row: one to a chat channel, or several reminders in one mail."""
    reminders = [alert_id, *payload["with"]] if payload.get("with") else []
    return [*payload.get("alerts", ()), *reminders]


def _told(conn: Connection, row_ids: Sequence[int], listed: dict[int, list[int]]) -> dict[int, set[str]]:
    """By message: what it tells, in words that hold in whatever copy of the database."""
    found: dict[int, set[str]] = defaultdict(set)
    if not row_ids:
        return found
    a, i, d, n = t.alert.c, t.inbox_item.c, t.digest_notice.c, t.notice.c
    alerts = select(a.id, t.obligation.c.key, a.due_on, a.stage).join(t.obligation, t.obligation.c.id == a.obligation_id)
    lines = alerts.add_columns(i.outbox_id).join(t.inbox_item, i.alert_id == a.id).where(among(i.outbox_id, row_ids), i.left_out == "")
    for row in conn.execute(lines):
        found[row.outbox_id].add(f"{row.key}|{row.due_on}|{row.stage}")
    news = select(d.outbox_id, n.kind, n.dedup_key, n.placed_at).join(t.notice, n.id == d.notice_id)
    for row in conn.execute(news.where(among(d.outbox_id, row_ids), d.left_out == "")):
        found[row.outbox_id].add(f"{row.dedup_key or row.kind}|{row.placed_at.isoformat()}")
    ids = {number for numbers in listed.values() for number in numbers}
    keys = {row.id: f"{row.key}|{row.due_on}|{row.stage}" for row in conn.execute(alerts.where(among(a.id, ids)))} if ids else {}
    for number, numbers in listed.items():
        found[number] |= {keys[one] for one in numbers if one in keys}
    return found
