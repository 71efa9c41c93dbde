"""How a message to a chat channel ends, and the mail that goes instead where nobody can read it there.

Whoever is told in a channel alone is told by nobody once it takes nothing: its messages are given up, cancelled with it, or about another
programme by then. In the same transaction the same alerts go by one mail to each of these people, at once but for their quiet hours, and
only where no other channel took them or still may. The ledger stays as it was: it is the same alert, told to the same people.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, insert, select

from tracker.domain.alert_policy import OFFICE, Policy
from tracker.notify.notice_wording import CHAT_BROKEN
from tracker.notify.transport import Blame
from tracker.services.alert_policies import policies_in_force
from tracker.services.chat_delivery import CHANNEL_OFF, ELSEWHERE, ChatLine
from tracker.services.context import Context
from tracker.services.notices import tell
from tracker.services.post import Post
from tracker.services.recipients import Recipient
from tracker.services.viewer import Role
from tracker.store import digests, outbox, q_alerts, q_chat
from tracker.store import q_unread_chat as unread
from tracker.store import tables as t
from tracker.store.writing import Tx

_CHAT = ("chat",)


class _Taken(Exception):
    """Another worker has the message by now."""


class BrokenChannel(NamedTuple):
    """A channel that takes nothing, as somebody sees it who is told there alone: `error` is the service's answer, as in the outbox."""

    name: str
    since: datetime
    error: str


def given_up(ctx: Context, row: Row, problem: Exception, *, owner: str) -> int:
    """Give up a claimed message. Where the fault is the channel's, it is broken from now on and what waits for it is given up too.

    A refusal of the message (status 400 and the like) is no proof: LINE and Teams answer so to a message that they do not take, and for a
    group or a workflow that is gone. So the message goes by mail; the channel is broken if it refused a trial, whose words are known to
    be good, or several messages in a row, or never took any.

    Returns how many messages were given up; none where another worker has this one by now.
    """
    blame, refused = getattr(problem, "blame", Blame.WAY), getattr(problem, "permanent", True)
    error = str(problem)

    def body(tx: Tx) -> dict[str, int]:
        unread.in_turn(tx.conn)
        if not outbox.mark_failed(tx.conn, row.id, owner=owner, error=error):
            raise _Taken
        ended: list[Row] = [row]
        if blame is Blame.WAY:
            ended += unread.give_up_waiting(tx.conn, row.chat_channel_id, owner=owner, error=error, refused=refused)
        takes_nothing = blame is Blame.WAY or (blame is Blame.MESSAGE and _refuses_all(tx, row))
        broke = takes_nothing and unread.broke(tx.conn, row.chat_channel_id, at=ctx.now, error=error)
        told = by_mail(tx, unread.told_by(ended), _news(tx, ctx, row.chat_channel_id, error) if broke else {})
        tx.record("chat_channel", row.chat_channel_id, {"given_up": [one.id for one in ended], "broken": broke, "by_mail": told})
        tx.touch("alerts")
        return {"n": len(ended)}

    try:
        return ctx.store.write(ctx.request("channel.give_up", f"chat-failed:{owner}:{row.id}"), body)["n"]
    except _Taken:
        return 0


def _refuses_all(tx: Tx, row: Row) -> bool:
    unread.mark_refused(tx.conn, row.id)
    return row.sort == "trial" or unread.refuses_all(tx.conn, row.chat_channel_id)


def taken(ctx: Context, line: ChatLine, words: Mapping[str, str], *, owner: str) -> None:
    """A channel took a claimed message, so it works; what the message did not tell because it is about another programme goes by mail."""
    row, elsewhere = line.row, line.elsewhere
    not_told = sorted(unread.told_by([row]) - {one.alert_id for one in line.told})
    payload = {**row.payload_json, **words, **({unread.NOT_TOLD: not_told} if not_told else {})}

    def body(tx: Tx) -> bool:
        unread.works(tx.conn, row.chat_channel_id)
        return outbox.mark_sent(tx.conn, row.id, owner=owner, at=ctx.now, payload=payload)

    if not elsewhere:
        ctx.store.write_quiet(ctx.now, body)
        return
    _ended(ctx, row, body, elsewhere, owner=owner)


def cancelled(ctx: Context, row: Row, why: str, *, owner: str) -> None:
    """A claimed message must not go out any more."""

    def body(tx: Tx) -> bool:
        return outbox.mark_cancelled(tx.conn, row.id, owner=owner, why=why)

    if why in (CHANNEL_OFF, ELSEWHERE):
        _ended(ctx, row, body, unread.told_by([row]), owner=owner)
    else:
        ctx.store.write_quiet(ctx.now, body)


def _ended(ctx: Context, row: Row, end: Callable[[Tx], bool], alert_ids: Collection[int], *, owner: str) -> None:
    def body(tx: Tx) -> None:
        unread.in_turn(tx.conn)
        if not end(tx):
            raise _Taken
        tx.record("chat_channel", row.chat_channel_id, {"ended": [row.id], "by_mail": by_mail(tx, alert_ids)})
        tx.touch("alerts")

    try:
        ctx.store.write(ctx.request("channel.end", f"chat-ended:{owner}:{row.id}"), body)
    except _Taken:
        return


def cancel_waiting(tx: Tx, channel_id: int) -> dict[str, Any]:
    """Take back what waits for a channel that is off or removed; the caller holds the turn. Returns what to record."""
    rows = q_chat.cancel_waiting(tx.conn, channel_id, CHANNEL_OFF)
    return {"cancelled": len(rows), "by_mail": by_mail(tx, unread.told_by(rows))}


def by_mail(tx: Tx, alert_ids: Collection[int], news: Mapping[int, Recipient] | None = None) -> list[int]:
    """Tell these alerts by mail to whoever was to read them in a channel alone and cannot in any; returns those that go.

    The caller holds the turn (`q_unread_chat.in_turn`). `news`: notices (by id, with whom they are to) that go in the same mails.
    """
    messages = unread.messages_of(tx.conn, alert_ids)
    silent = unread.no_channel_tells(messages)
    lines = [line for line in unread.in_inbox_alone(tx.conn, silent) if _in_chat_alone(line)] if silent else []
    people = {line.person_id: Recipient(line.person_id, line.email, line.language, _role(line)) for line in lines}
    hers: dict[int, list[Row]] = defaultdict(list)
    for line in lines:
        hers[line.person_id].append(line)
    news = news or {}
    people |= {one.person_id: one for one in news.values() if one.person_id not in people}
    if people:
        post = Post(tx, tx.at, None, None)
        post.learn(people.values())
        post.look_for(people)
        boxes = post.urgent_boxes(people, hers)
        for number, ones in hers.items():
            digests.attach(tx.conn, [line.id for line in ones], boxes[number])
        if news:
            tx.conn.execute(insert(t.digest_notice), [{"notice_id": n, "outbox_id": boxes[one.person_id]} for n, one in news.items()])
    told = sorted({line.alert_id for line in lines})
    unread.say_no_more(tx.conn, [row for number in told for row in messages[number]], told)
    return told


def by_mail_after_all(tx: Tx, obligation_ids: Collection[int]) -> None:
    """What fell out of a message to a channel because its date had moved or it was done, and that holds again: messages about many are not
    sent twice, so it goes by mail to whoever would have read it there alone."""
    ids = unread.in_inboxes_alone_of(tx.conn, obligation_ids)
    if ids:
        unread.in_turn(tx.conn)
        by_mail(tx, ids)


def told_in_chat_alone(conn: Connection, ctx: Context, programme_id: int | None) -> list[Recipient]:
    """Whoever some policy in force tells in a channel alone, of one programme or of any."""
    ids = [programme_id] if programme_id is not None else list(conn.scalars(select(t.programme.c.id)))
    alone = _alone_by_programme(conn, ctx, ids)
    found = {}
    for one in q_alerts.staff(conn, [number for number, roles in alone.items() if roles]):
        if one.role in alone[one.programme_id]:
            found.setdefault(one.id, Recipient(one.id, one.email, one.language, one.role))
    return list(found.values())


def my_broken_channels(ctx: Context) -> list[BrokenChannel]:
    """The channels that take nothing and in which the viewer would be told alone: her mails stand in for them."""
    mine = [(number, role) for number, role in ctx.viewer.programmes if role in OFFICE]
    if not mine:
        return []
    with ctx.store.read() as conn:
        rows = unread.broken(conn)
        alone = _alone_by_programme(conn, ctx, {number for number, _ in mine}) if rows else {}
    hers = {number for number, role in mine if role in alone.get(number, ())}
    return [BrokenChannel(r.name, r.broken_at, r.broken_error) for r in rows if hers and (r.programme_id is None or r.programme_id in hers)]


def _alone_by_programme(conn: Connection, ctx: Context, programme_ids: Collection[int]) -> dict[int, set[str]]:
    """By programme: the roles that its policy, or that of some kind, tells in a channel alone."""
    sets = policies_in_force(conn, ctx.registry, programme_ids)
    levels = {number: [level for one in (found.policy, *found.kinds.values()) for level in one.levels] for number, found in sets.items()}
    return {number: {level.role for level in ones if level.ways == _CHAT} for number, ones in levels.items()}


def _news(tx: Tx, ctx: Context, channel_id: int, error: str) -> dict[int, Recipient]:
    """The notices of a channel that has just broken: to whom it would tell alone, and to the administrators, who can mend it."""
    channel = tx.conn.execute(select(t.chat_channel).where(t.chat_channel.c.id == channel_id)).one()
    staff = told_in_chat_alone(tx.conn, ctx, channel.programme_id)
    above = [Recipient(p.id, p.email, p.language, Role.ADMINISTRATOR.value) for p in q_alerts.administrators(tx.conn)]
    people = {one.person_id: one for one in (*staff, *above)}  # who is both can mend it
    news: dict[int, Recipient] = {}
    params: dict[str, Any] = {"title": channel.name, "answer": error}
    once = f"{channel_id}|{uuid.uuid4().hex}"
    tell(tx, ctx, kind=CHAT_BROKEN, people=people.values(), once=once, params=params, at_once=False, together=news)
    return news


def _in_chat_alone(line: Row) -> bool:
    """Whether the policy by which it was raised tells her in a channel alone, in the role in which she was told."""
    level = Policy.from_dict(line.policy_json).level(_role(line))
    return level is not None and level.ways == _CHAT


def _role(line: Row) -> str:
    return next((one["role"] for one in line.recipients_json if one["person_id"] == line.person_id), "")
