"""What was given up for an old address goes to the new one: what of it is still true today, in one mail, once.

Whoever corrects an address has mended the reason for which mails were refused. In the same transaction the mails that were given up for
this reader are read as they would be if they went now; what still holds is put into one urgent mail, and what is stale stays untold with
its reason. The given-up mails end as cancelled, so that the list of deliveries says what became of them and nothing goes twice.

What the old address only put off is tried at once instead of hours later. A reminder that she had asked for goes by itself: its alert was
told by another mail, which stays the one that told it. A copy sent by hand goes as it is.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, insert, select, update

from tracker.domain import quiet
from tracker.domain.patience import REMEMBERED
from tracker.services import silences
from tracker.services.context import Context
from tracker.services.letters import AGAIN, GONE_FOR_GOOD, Letter, read_letter
from tracker.services.post import Post, choices_of, reader
from tracker.services.recipients import INSTITUTION, Recipient
from tracker.store import digests, outbox, outbox_acts, q_mails, q_reminders, q_unheard
from tracker.store import tables as t
from tracker.store.bulk import among, set_by_id
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
    by_mail = update(t.outbox).where(hers, o.channel == "mail")
    values = {"address": whom.email} | ({} if whom.contact_id is None else {"language": whom.language})
    failed = tx.conn.execute(select(o.id).where(hers, o.status == "failed", o.channel == "mail").order_by(o.id).with_for_update())
    letters = [read_letter(tx.conn, row.id, today=ctx.today, now=ctx.now) for row in failed.all()]
    told: set[int] = set()
    again = _together(tx, ctx, whom, [one for one in letters if one.row.sort not in (AGAIN, SNOOZED)], told)
    at = quiet.urgent_at(ctx.now, _choice(tx, whom))
    _copies(tx, ctx, [one for one in letters if one.row.sort == AGAIN], at)
    _reminders(tx, ctx, [one for one in letters if one.row.sort == SNOOZED], told, at)
    refused = by_mail.where(o.status == "pending", o.attempts > 0, o.last_error != "", o.waits_for != "silence")
    tx.conn.execute(refused.values(attempts=outbox.FRESH_PATIENCE))
    tx.conn.execute(refused.where(o.available_at > at).values(available_at=at))
    moved_to = tx.conn.execute(by_mail.where(o.status.in_(_WAITING)).values(**values)).rowcount
    tx.conn.execute(by_mail.where(o.status.in_(("sending", "failed"))).values(**values))
    return Readdressed(moved_to, again)


def _choice(tx: Tx, whom: Recipient) -> quiet.Choice:
    return quiet.DEFAULT if whom.person_id is None else choices_of(tx.conn, [whom.person_id])[whom.person_id]


def _together(tx: Tx, ctx: Context, whom: Recipient, letters: list[Letter], told: set[int]) -> int:
    """One mail for all that still holds; returns how many things it tells of these, and adds their alerts to `told`."""
    items: dict[int, Row] = {}
    notices, alone, of_digests = [], [], set()
    for one in letters:
        several = [*one.lines] + [line for lines, _ in one.silenced.values() for line in lines]
        items |= {line.item_id: line for line in several}
        news = [n.item_id for n in one.news] + [n.item_id for _, news in one.silenced.values() for n in news]
        of_digests |= silences.of_digests(one.row.payload_json, news)
        notices += news
        if one.why is None and one.row.notice_id is not None:
            alone.append(one.row.notice_id)
    items |= _items_of(tx, {one.row.id: one.row for one in letters if one.why is None and one.row.alert_id is not None})
    if items or notices or alone:
        post, number = Post(tx, ctx.now, ctx.calendar, None), reader(whom)
        post.learn([whom] if whom.contact_id is None else [])
        post.look_for([number])
        box = post.urgent_boxes({number: whom}, {number: list(items.values())})[number]
        digests.attach(tx.conn, list(items), box)
        digests.attach_notices(tx.conn, notices, box)
        outbox_acts.add_to_payload(tx.conn, box, silences.OF_DIGESTS, of_digests)
        if alone:
            tx.conn.execute(insert(t.digest_notice), [{"notice_id": n, "outbox_id": box} for n in alone])
    _end(tx, ctx, letters)
    told |= {line.alert_id for line in items.values()}
    return len(items) + len(notices) + len(alone)


def _items_of(tx: Tx, mails: dict[int, Row]) -> dict[int, Row]:
    """By item of the inbox: the mail that told it alone."""
    i = t.inbox_item.c
    found = tx.conn.execute(select(i.id, i.outbox_id).where(among(i.outbox_id, mails), i.left_out == "")) if mails else ()
    return {row.id: mails[row.outbox_id] for row in found}


def _end(tx: Tx, ctx: Context, letters: list[Letter]) -> None:
    """Given-up mails are over: what still held went into another one, what did not keeps its reason."""
    set_by_id(tx.conn, t.outbox.c.last_error, {one.row.id: one.why or READDRESSED for one in letters})
    set_by_id(tx.conn, t.outbox.c.status, {one.row.id: "cancelled" for one in letters})
    fallen, news, unheard, gone = {}, {}, [], []
    for one in letters:
        fallen |= one.fallen
        news |= one.fallen_news
        unheard += one.unheard
        gone += [*one.gone, *([one.row.alert_id] if one.row.alert_id is not None and one.why in GONE_FOR_GOOD else [])]
    digests.leave_out(tx.conn, fallen, news)
    q_unheard.mark(tx.conn, unheard, ctx.now)
    outbox.cancel_alerts_nobody_got(tx.conn, gone)


def _copies(tx: Tx, ctx: Context, letters: list[Letter], at: datetime) -> None:
    """The newest copy of each mail goes, once, if it was asked for within a week: it says word for word what was true then, and whoever
    asked longer ago must say again that she means it."""
    newest = {one.row.resent_of_id: one.row.id for one in letters if one.why is None}  # letters are in the order of their ids
    for one in letters:
        if one.why is None and one.row.created_at < ctx.now - REMEMBERED:
            continue
        goes = newest.get(one.row.resent_of_id) == one.row.id
        _set(tx, one, _goes_again(at) | {"attempts": outbox.FRESH_PATIENCE} if goes else _over(one.why or digests.JOINED))


def _reminders(tx: Tx, ctx: Context, letters: list[Letter], told: set[int], at: datetime) -> None:
    """What she put off and has neither seen since nor put off once more goes by itself, as if never tried, so that all are one mail when
    they are claimed. What she is told anyway by the new mail (`told`: alerts) is not repeated."""
    for one in reversed(letters):
        ids = [one.row.alert_id, *one.row.payload_json.get("with", ())]
        lines = q_mails.lines_of_person(tx.conn, one.row.person_id, ids)
        wanted = {line.alert_id for line in q_reminders.still_wanted(lines, ctx.today)}
        left = [number for number in ids if number in wanted and number not in told]
        if one.why or not left:
            _set(tx, one, _over(one.why or (READDRESSED if wanted else q_reminders.SEEN)))
            continue
        told |= set(left)
        payload = {**one.row.payload_json, "with": left[1:]}
        _set(tx, one, _goes_again(at) | {"attempts": 0, "alert_id": left[0], "payload_json": payload})


def _goes_again(at: datetime) -> dict[str, Any]:
    return {"status": "pending", "available_at": at, "last_error": "", "waits_for": ""}


def _over(why: str) -> dict[str, Any]:
    return {"status": "cancelled", "last_error": why}


def _set(tx: Tx, one: Letter, values: dict[str, Any]) -> None:
    tx.conn.execute(update(t.outbox).where(t.outbox.c.id == one.row.id).values(**values))


def of_contact(contact_id: int, email: str, language: str) -> Recipient:
    """A contact at an institution, as somebody to tell."""
    return Recipient(None, email, language, INSTITUTION, contact_id=contact_id)
