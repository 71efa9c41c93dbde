"""Mails that tell of several things: found or made, and joined only while nobody has begun to send them.

What a digest tells points to it (`inbox_item.outbox_id`, `digest_notice`). A row is locked before anything is attached to it, and it is
joined only where it still waits and was never tried: so at the moment of a claim its contents are final, and nothing can be attached
to a mail that was rendered without it. What falls away before it was told keeps its place and the reason (`left_out`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select, update

from tracker.store.bulk import among
from tracker.store.tables import alert, digest_notice, inbox_item, institution_contact, outbox, person
from tracker.store.writing import inserting

EMPTY = "empty"
JOINED = "joined"
"""Why a mail was cancelled whose one alert is told in a mail with others."""

GONE = ("moved", "done")
"""Why something says nothing any more, until its date comes back or it is owed again."""

_WAITING = ("pending", "held")


def waiting_for(conn: Connection, person_ids: Collection[int], hold_id: int | None, contact_ids: Collection[int] = ()) -> Sequence[Row]:
    """The mails of these people that were never tried and can still be joined, oldest first; locked until the transaction ends.

    `contact_ids`: and those of these contacts at institutions.

    Without a hold, what is held, silenced or about a notice is left alone; with one, only what the same hold keeps back is found. A
    digest that was cancelled because nothing was left in it can be joined like one that waits.
    """
    o = outbox.c
    emptied = (o.status == "cancelled") & (o.sort == "digest") & (o.last_error == EMPTY)
    mine = (o.status == "pending") | emptied if hold_id is None else (o.status == "held") & (o.mass_hold_id == hold_id)
    alone = (o.sort == "one") & o.alert_id.is_not(None) & (o.status != "cancelled")
    return conn.execute(
        select(o.id, o.person_id, o.contact_id, o.alert_id, o.sort, o.digest_on, o.status, o.available_at, o.payload_json)
        .where(
            or_(among(o.person_id, person_ids), among(o.contact_id, contact_ids)) if contact_ids else among(o.person_id, person_ids),
            mine,
            o.attempts == 0,
            o.channel == "mail",
            o.waits_for != "silence",
            or_(o.sort == "digest", alone),
        )
        .order_by(o.id)
        .with_for_update()
    ).all()


def make(conn: Connection, mails: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Insert these rows of the outbox and return the ids by dedup key; a key that is taken (maybe just now) is left out."""
    if not mails:
        return {}
    rows = sorted(mails, key=lambda mail: mail["dedup_key"])  # one order for everybody who makes some
    new = inserting(conn, outbox).on_conflict_do_nothing(index_elements=[outbox.c.dedup_key])
    made = conn.execute(new.returning(outbox.c.id, outbox.c.dedup_key), [dict(row) for row in rows])
    return {row.dedup_key: row.id for row in made}


def wake(conn: Connection, row_ids: Collection[int], values: Mapping[str, Any]) -> None:
    """Let digests wait again that were cancelled because they had become empty."""
    if row_ids:
        emptied = outbox.c.id.in_(sorted(row_ids)), outbox.c.status == "cancelled"
        conn.execute(update(outbox).where(*emptied).values(last_error="", **values))


def move_items(conn: Connection, from_ids: Collection[int], to_id: int) -> None:
    """What these mails of their own would have told is told by another mail; they are cancelled, never having been tried."""
    conn.execute(update(inbox_item).where(inbox_item.c.outbox_id.in_(sorted(from_ids))).values(outbox_id=to_id))
    conn.execute(update(outbox).where(outbox.c.id.in_(sorted(from_ids))).values(status="cancelled", last_error=JOINED))


def attach(conn: Connection, item_ids: Collection[int], outbox_id: int) -> None:
    """Let a mail tell of these items of the inbox."""
    conn.execute(update(inbox_item).where(inbox_item.c.id.in_(sorted(item_ids))).values(outbox_id=outbox_id, left_out=""))


def attach_notices(conn: Connection, notice_ids: Collection[int], outbox_id: int) -> None:
    """Let another digest tell of these notices."""
    conn.execute(update(digest_notice).where(digest_notice.c.notice_id.in_(sorted(notice_ids))).values(outbox_id=outbox_id, left_out=""))


def leave_out(conn: Connection, items: Mapping[int, str], notices: Mapping[int, str]) -> None:
    """Keep why these items and notices (ids, with the reason) were not told by their mail."""
    for table, column, found in ((inbox_item, inbox_item.c.id, items), (digest_notice, digest_notice.c.notice_id, notices)):
        for why in sorted(set(found.values())):
            ids = sorted(number for number, reason in found.items() if reason == why)
            conn.execute(update(table).where(column.in_(ids)).values(left_out=why))


def drop_lines(conn: Connection, alert_ids: Sequence[int], *, why: str) -> int:
    """Take these alerts out of every digest that nobody is sending at this moment; a digest left empty is cancelled.

    Returns how many lines fell away.
    """
    i = inbox_item.c
    of_them = select(i.outbox_id).where(i.alert_id.in_(alert_ids), i.left_out == "")
    locked = select(outbox.c.id).where(outbox.c.id.in_(of_them), outbox.c.sort == "digest", outbox.c.status.in_(_WAITING))
    ids = list(conn.scalars(locked.order_by(outbox.c.id).with_for_update()))
    if not ids:
        return 0
    fallen = update(inbox_item).where(i.alert_id.in_(alert_ids), i.outbox_id.in_(ids), i.left_out == "").values(left_out=why)
    count = conn.execute(fallen).rowcount
    cancel_empty(conn, ids)
    return count


def cancel_empty(conn: Connection, row_ids: Collection[int]) -> None:
    """Cancel those of these waiting digests in which nothing is left to tell."""
    lines = select(inbox_item.c.outbox_id).where(inbox_item.c.outbox_id.in_(row_ids), inbox_item.c.left_out == "")
    news = select(digest_notice.c.outbox_id).where(digest_notice.c.outbox_id.in_(row_ids), digest_notice.c.left_out == "")
    left = {*conn.scalars(lines), *conn.scalars(news)}
    empty = sorted(set(row_ids) - left)
    if empty:
        waiting = outbox.c.id.in_(empty), outbox.c.status.in_(_WAITING)
        conn.execute(update(outbox).where(*waiting).values(status="cancelled", last_error=EMPTY))


def come_back(conn: Connection, alerts: Select) -> Sequence[Row]:
    """The lines of these alerts (a query of their ids) that fell out of a mail because the date had moved or it was done, with whom they
    are for, at the address of today, and what they tell."""
    i, o, a = inbox_item.c, outbox.c, alert.c
    address = func.coalesce(person.c.email, institution_contact.c.email).label("address")
    return conn.execute(
        select(i.id, i.alert_id, i.person_id, i.contact_id, o.language, address, a.stage, a.due_on)
        .join(outbox, o.id == i.outbox_id)
        .join(alert, a.id == i.alert_id)
        .outerjoin(person, person.c.id == i.person_id)
        .outerjoin(institution_contact, institution_contact.c.id == i.contact_id)
        .where(i.alert_id.in_(alerts), i.left_out.in_(GONE))
        .order_by(i.id)
    ).all()
