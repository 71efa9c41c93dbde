"""What was given up for an old address goes to the new one: what of it is still true today, in one mail, once.

Whoever corrects an address has mended the reason for which mails were refused. In the same transaction the mails that were given up for
this reader are read as they would be if they went now; what still holds is put into one urgent mail, and what is stale stays untold with
its reason. The given-up mails end as cancelled, so that the list of deliveries says what became of them and nothing goes twice.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Row, insert, select, update

from tracker.services.context import Context
from tracker.services.letters import AGAIN, GONE_FOR_GOOD, Letter, read_letter
from tracker.services.post import Post, reader
from tracker.services.recipients import INSTITUTION, Recipient
from tracker.store import digests, outbox, q_unheard
from tracker.store import tables as t
from tracker.store.q_reminders import SNOOZED
from tracker.store.writing import Tx

READDRESSED = "readdressed"
"""Why a given-up mail ended: what of it still holds goes to the corrected address, in one mail."""

_WAITING = ("pending", "held")


class Readdressed(NamedTuple):
    """Unsent mails that go to the new address, and how many things of those given up go there once more in one of them."""

    mails: int
    again: int


NOTHING = Readdressed(0, 0)


def readdressed(tx: Tx, ctx: Context, whom: Recipient) -> Readdressed:
    """Send what has not gone to this reader to the address of `whom`, in her language; what was given up, as far as it still holds.

    Inside the write that changed the address.
    """
    o = t.outbox.c
    hers = o.person_id == whom.person_id if whom.contact_id is None else o.contact_id == whom.contact_id
    values = {"address": whom.email} | ({} if whom.contact_id is None else {"language": whom.language})
    failed = tx.conn.execute(select(o.id).where(hers, o.status == "failed", o.channel == "mail").order_by(o.id).with_for_update())
    letters = [read_letter(tx.conn, row.id, today=ctx.today, now=ctx.now) for row in failed.all()]
    letters = [one for one in letters if one.row.sort not in (AGAIN, SNOOZED)]
    again = _together(tx, ctx, whom, letters)
    moved = update(t.outbox).where(hers, o.status.in_((*_WAITING, "failed")), o.channel == "mail")
    moved_to = tx.conn.execute(moved.values(**values)).rowcount
    tx.conn.execute(update(t.outbox).where(hers, o.status == "sending").values(**values))
    return Readdressed(moved_to, again)


def _together(tx: Tx, ctx: Context, whom: Recipient, letters: list[Letter]) -> int:
    """One mail for all that still holds; returns how many things it tells of these."""
    i = t.inbox_item.c
    items: dict[int, Row] = {}
    notices, alone = [], []
    for one in letters:
        several = [*one.lines] + [line for lines, _ in one.silenced.values() for line in lines]
        items |= {line.item_id: line for line in several}
        notices += [n.item_id for n in one.news] + [n.item_id for _, news in one.silenced.values() for n in news]
        if one.why is None and one.row.notice_id is not None:
            alone.append(one.row.notice_id)
        elif one.why is None and one.row.alert_id is not None:
            item = tx.conn.execute(select(i.id).where(i.outbox_id == one.row.id, i.left_out == "")).scalar_one_or_none()
            items |= {} if item is None else {item: one.row}
    if items or notices or alone:
        post, number = Post(tx, ctx.now, ctx.calendar, None), reader(whom)
        post.learn([whom] if whom.contact_id is None else [])
        post.look_for([number])
        box = post.urgent_boxes({number: whom}, {number: list(items.values())})[number]
        digests.attach(tx.conn, list(items), box)
        digests.attach_notices(tx.conn, notices, box)
        if alone:
            tx.conn.execute(insert(t.digest_notice), [{"notice_id": n, "outbox_id": box} for n in alone])
    for one in letters:
        _end(tx, ctx, one)
    return len(items) + len(notices) + len(alone)


def _end(tx: Tx, ctx: Context, one: Letter) -> None:
    """A given-up mail is over: what still held went into another one, what did not keeps its reason."""
    values = {"status": "cancelled", "last_error": one.why or READDRESSED}
    tx.conn.execute(update(t.outbox).where(t.outbox.c.id == one.row.id).values(**values))
    digests.leave_out(tx.conn, one.fallen, one.fallen_news)
    q_unheard.mark(tx.conn, one.unheard, ctx.now)
    own = [one.row.alert_id] if one.row.alert_id is not None and one.why in GONE_FOR_GOOD else []
    outbox.cancel_alerts_nobody_got(tx.conn, [*one.gone, *own])


def of_contact(contact_id: int, email: str, language: str) -> Recipient:
    """A contact at an institution, as somebody to tell."""
    return Recipient(None, email, language, INSTITUTION, contact_id=contact_id)
