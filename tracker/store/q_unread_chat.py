"""Chat channels that take nothing, and what somebody was to read in one alone: found, given up and marked as told by mail instead."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, update

from tracker.domain import ladder
from tracker.domain.patience import LAST_ATTEMPT
from tracker.store import tables as t
from tracker.store.bulk import among, set_by_id

BY_MAIL = "by_mail"
"""In a message's row: the alerts (ids) that were told by mail instead, and that it must not tell any more."""

NOT_TOLD = "not_told"
"""In the row of one that went: the alerts (ids) that it did not tell, which were done, moved or of another programme than its channel."""

REFUSED = "refused"
"""In the row of a message that was given up: the service refused it, and nothing shows whether for itself or for the channel."""

SEVERAL = 3
"""So many different messages in a row, each refused for itself, are the channel's fault and not theirs."""

_O, _C, _I, _A = t.outbox.c, t.chat_channel.c, t.inbox_item.c, t.alert.c
_UNTOLD = ("done", "moved", "channel_off", "elsewhere", BY_MAIL)
"""Why a message was cancelled, where nobody decided that it is not to be told."""


def in_turn(conn: Connection) -> None:
    """Let nobody else end a message to a channel until this transaction ends: two that fail at once must each see the other's end.

    What only inserts a message does not wait for it.
    """
    conn.execute(select(_C.id).order_by(_C.id).with_for_update(key_share=True)).all()


def broke(conn: Connection, channel_id: int, *, at: datetime, error: str) -> bool:
    """A channel takes nothing from now on; False where that was known."""
    known = _C.id == channel_id, _C.broken_at.is_(None), _C.sealed_url != ""
    return conn.execute(update(t.chat_channel).where(*known).values(broken_at=at, broken_error=error)).rowcount == 1


def works(conn: Connection, channel_id: int) -> None:
    """A channel took something, or was given another address."""
    broken = _C.id == channel_id, _C.broken_at.is_not(None)
    conn.execute(update(t.chat_channel).where(*broken).values(broken_at=None, broken_error=""))


def mark_refused(conn: Connection, row_id: int) -> None:
    """Keep of a message that was given up that it was refused for itself, as it seems."""
    payload = conn.execute(select(_O.payload_json).where(_O.id == row_id)).scalar_one()
    conn.execute(update(t.outbox).where(_O.id == row_id).values(payload_json={**payload, REFUSED: True}))


def refuses_all(conn: Connection, channel_id: int) -> bool:
    """Whether a channel has refused several different messages since it last took one, or one and has never taken any."""
    last = conn.scalar(select(func.max(_O.id)).where(_O.chat_channel_id == channel_id, _O.status == "sent"))
    if last is None:
        return True
    since = select(_O.payload_json).where(_O.chat_channel_id == channel_id, _O.id > last, _O.status == "failed")
    return sum(bool(payload.get(REFUSED)) for payload in conn.scalars(since)) >= SEVERAL


def give_up_waiting(conn: Connection, channel_id: int, *, owner: str, error: str, refused: bool) -> Sequence[Row]:
    """Give up what waits for a channel, trials apart, and what this owner has claimed for it; returns these messages.

    Not `refused`: as if each had been tried to the end of all patience, so that it comes back with the channel.
    """
    mine = and_(_O.status == "sending", _O.lease_owner == owner)
    waits = _O.chat_channel_id == channel_id, _O.sort != "trial", or_(_O.status == "pending", mine)
    ended: dict[str, Any] = {"status": "failed", "last_error": error, "lease_owner": None, "lease_until_at": None, "waits_for": ""}
    ended |= {} if refused else {"attempts": LAST_ATTEMPT}
    given_up = update(t.outbox).where(*waits).values(**ended)
    return conn.execute(given_up.returning(_O.id, _O.alert_id, _O.status, _O.payload_json)).all()


def told_by(messages: Collection[Row]) -> set[int]:
    """The alerts that these messages tell, as they were put in."""
    return {number for row in messages for number in _tells(row)}


def messages_of(conn: Connection, alert_ids: Collection[int]) -> Mapping[int, Sequence[Row]]:
    """By alert: every message to a channel that tells it, in whatever state."""
    ids = sorted(alert_ids)
    if not ids:
        return {}
    since = conn.scalar(select(func.min(_A.raised_at, type_=_A.raised_at.type)).where(among(_A.id, ids)))
    several = and_(_O.alert_id.is_(None), _O.chat_channel_id.in_(select(_C.id)), _O.sort == "digest", _O.created_at >= since)
    wanted = select(_O.id, _O.alert_id, _O.status, _O.last_error, _O.payload_json).where(
        _O.channel == "chat", or_(among(_O.alert_id, ids), several)
    )
    found: dict[int, list[Row]] = {number: [] for number in ids}
    for row in conn.execute(wanted.order_by(_O.id)):
        for number in _tells(row):
            if number in found:
                found[number].append(row)
    return found


def no_channel_tells(messages: Mapping[int, Sequence[Row]]) -> set[int]:
    """Those of these alerts of which no message was taken, waits or is on its way, or was taken back by somebody."""
    return {number for number, rows in messages.items() if rows and not any(_counts(row, number) for row in rows)}


def in_inboxes_alone_of(conn: Connection, obligation_ids: Collection[int]) -> Sequence[int]:
    """The raised alerts for the present dates of these obligations, where still owed, of which some item of an inbox has no mail."""
    if conn.execute(select(_C.id).limit(1)).first() is None:  # a look asks this of every batch
        return []
    o = t.obligation.c
    holds = _A.state == "raised", _A.due_on == o.due_on, _I.outbox_id.is_(None), _I.left_out == "", _I.person_id.is_not(None)
    wanted = select(_A.id, o.status, o.discharged_by, o.discharged_on).distinct().join(t.obligation, o.id == _A.obligation_id)
    of_them = wanted.join(t.inbox_item, _I.alert_id == _A.id).where(among(_A.obligation_id, sorted(obligation_ids)), *holds)
    return [row.id for row in conn.execute(of_them) if ladder.runs(row.status, row.discharged_by, row.discharged_on)]


def in_inbox_alone(conn: Connection, alert_ids: Collection[int]) -> Sequence[Row]:
    """The items of inboxes about these alerts that no mail tells, where the alert still says something and its reader has not said that
    she saw it: with the policy it was raised by, the roles in which it was told, and her address of today."""
    o, p = t.obligation.c, t.person.c
    holds = _A.state == "raised", _A.due_on == o.due_on, _I.outbox_id.is_(None), _I.left_out == "", _I.acknowledged_at.is_(None)
    return conn.execute(
        select(_I.id, _I.alert_id, _I.person_id, _A.stage, _A.due_on, _A.recipients_json, p.email, p.language,
               t.alert_policy.c.policy_json)
        .join(t.alert, _A.id == _I.alert_id)
        .join(t.obligation, o.id == _A.obligation_id)
        .join(t.person, p.id == _I.person_id)
        .join(t.alert_policy, t.alert_policy.c.id == _A.policy_id)
        .where(among(_I.alert_id, sorted(alert_ids)), *holds)
        .order_by(_I.id)
    ).all()  # fmt: skip


def say_no_more(conn: Connection, messages: Collection[Row], alert_ids: Collection[int]) -> None:
    """Mark in these messages that these of their alerts were told by mail, so that a message tried again does not tell them."""
    wanted, said = set(alert_ids), {}
    for row in messages:
        told = sorted({*row.payload_json.get(BY_MAIL, ()), *(_tells(row) & wanted)})
        said[row.id] = {**row.payload_json, BY_MAIL: told}
    set_by_id(conn, _O.payload_json, said)


def broken(conn: Connection) -> Sequence[Row]:
    """The channels that take nothing, by name."""
    wanted = select(_C.id, _C.name, _C.programme_id, _C.broken_at, _C.broken_error)
    return conn.execute(wanted.where(_C.active.is_(True), _C.sealed_url != "", _C.broken_at.is_not(None)).order_by(_C.name, _C.id)).all()


def _tells(row: Row) -> set[int]:
    return {row.alert_id} if row.alert_id is not None else set(row.payload_json.get("alerts", ()))


def _counts(row: Row, alert_id: int) -> bool:
    not_there = *row.payload_json.get(NOT_TOLD, ()), *row.payload_json.get(BY_MAIL, ())
    untold = row.status == "failed" or (row.status == "cancelled" and row.last_error in _UNTOLD)
    return not untold and alert_id not in not_there
