"""The one place that decides how each (alert, person) is told: a mail of its own, one mail for several, the digest of a day, the inbox.

What is urgent goes out alone and at once, yet two urgent things to one person are one mail; everything else waits for the digest of her
local day. All of it happens in the transaction that raises: rows are found under a lock or made, and joined only while nobody has begun
to send them (`tracker.store.digests`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Row, insert

from tracker.domain import quiet
from tracker.services.context import Context
from tracker.services.post import Post, Reader, Told, reader
from tracker.services.post import choices_of as choices_of
from tracker.services.post import message_id as message_id
from tracker.services.recipients import Recipient
from tracker.store import digests
from tracker.store import tables as t
from tracker.store.bulk import insert_rows
from tracker.store.writing import Tx

DIGEST_OFF = "digest_off"
"""Why an item of the inbox has no mail: she wants no digests."""


def tell_alerts(tx: Tx, ctx: Context, told: Sequence[Told], hold_id: int | None = None) -> int:
    """Put these alerts into the inboxes and into mails; returns how many mails were made for it.

    With `hold_id` the mails are held back until somebody lets them go, and join only what the same hold keeps back.
    """
    post = Post(tx, ctx.now, ctx.calendar, hold_id)
    post.learn(one.person for one in told if one.person.contact_id is None)
    urgent: dict[Reader, list[Told]] = defaultdict(list)
    daily: dict[int, list[Told]] = defaultdict(list)
    items = []
    for one in told:
        person = one.person
        if person.person_id is None:
            urgent[reader(person)].append(one)
        elif "mail" not in person.channels:
            items.append(_item(tx, one, None))
        elif quiet.is_urgent(one.stage):
            urgent[reader(person)].append(one)
        elif post.choices[person.person_id].digest:
            daily[person.person_id].append(one)
        else:
            items.append(_item(tx, one, None, DIGEST_OFF))
    post.look_for({*urgent, *daily})
    boxes = post.digests_of({number: ones[0].person for number, ones in daily.items()}, catch_up=True)
    items += [_item(tx, one, boxes[number]) for number, ones in daily.items() for one in ones]
    places = post.urgent_mails(urgent)
    items += [_item(tx, one, places[one.dedup_key]) for ones in urgent.values() for one in ones]
    if items:
        insert_rows(tx.conn, t.inbox_item, items)
    return post.made


def tell_news(tx: Tx, ctx: Context, news: Mapping[int, Recipient]) -> None:
    """Put these notices (by id, with whom they are to) into the next digest of each; who wants no digest has them in her inbox."""
    post = Post(tx, ctx.now, ctx.calendar, None)
    post.learn(news.values())
    wanted = {number: person for number, person in news.items() if post.choices[person.person_id].digest}
    people = {person.person_id: person for person in wanted.values()}
    post.look_for(people)
    boxes = post.digests_of(people, catch_up=False)
    rows = [{"notice_id": number, "outbox_id": boxes[person.person_id]} for number, person in wanted.items()]
    if rows:
        tx.conn.execute(insert(t.digest_notice), rows)


def tell_urgent_news(tx: Tx, ctx: Context, news: Mapping[int, Recipient]) -> None:
    """Put these urgent notices (by id, with whom they are to) into one mail to each, digests or not, with what else is urgent to her."""
    if not news:
        return
    post = Post(tx, ctx.now, ctx.calendar, None)
    people = {person.person_id: person for person in news.values() if person.person_id is not None}
    post.learn(people.values())
    post.look_for(people)
    boxes = post.urgent_boxes(people)
    tx.conn.execute(insert(t.digest_notice), [{"notice_id": one, "outbox_id": boxes[person.person_id]} for one, person in news.items()])


def tell_again(tx: Tx, lines: Sequence[Row]) -> None:
    """Tell what fell out of mails because its date moved away or it was done, and that holds again (rows of `digests.come_back`).

    What is urgent goes in a mail of its own again, whatever her choice of digests; the rest into her digest, where she wants any.
    """
    if not lines:
        return
    post = Post(tx, tx.at, None, None)
    people = {reader(row): Recipient(row.person_id, row.address, row.language, _role(row), contact_id=row.contact_id) for row in lines}
    post.learn(one for one in people.values() if one.person_id is not None)
    urgent = [row for row in lines if row.person_id is None or quiet.is_urgent(row.stage)]
    daily = [row for row in lines if row not in urgent and post.choices[row.person_id].digest]
    boxes = post.urgent_again({number: [row for row in urgent if reader(row) == number] for number in people}, people)
    for number, box in boxes.items():
        digests.attach(tx.conn, [row.id for row in urgent if reader(row) == number], box)
    wanted = {row.person_id: people[row.person_id] for row in daily}
    post.look_for(wanted)
    for number, box in post.digests_of(wanted, catch_up=True).items():
        digests.attach(tx.conn, [row.id for row in daily if row.person_id == number], box)
    digests.leave_out(tx.conn, {row.id: DIGEST_OFF for row in lines if row not in urgent and row not in daily}, {})


def _role(line: Row) -> str:
    """The role of a contact; of a person it is that of each line, as the ledger has it."""
    return "" if line.person_id is not None else "institution"


def _item(tx: Tx, one: Told, outbox_id: int | None, left_out: str = "") -> dict:
    return {
        "person_id": one.person.person_id, "contact_id": one.person.contact_id, "alert_id": one.alert_id, "placed_at": tx.at,
        "outbox_id": outbox_id, "left_out": left_out,
    }  # fmt: skip
