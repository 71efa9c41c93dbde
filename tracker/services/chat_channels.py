"""Chat channels: entered, changed, tried, switched off and removed by administrators; and the hosts that webhooks may lead to.

A channel's address is sealed with the installation's own key before it is stored, and comes back to nobody: lists show where it leads
and four characters of its fingerprint. It is in no Event, no fingerprint of a request and no error.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, insert

from tracker.i18n import LANGUAGES
from tracker.notify import chat
from tracker.notify.chat import BadChannel, Target
from tracker.services import chat_instead, policy
from tracker.services.chat_delivery import trial_row
from tracker.services.chat_hosts import ChatHost, host_list
from tracker.services.context import Context
from tracker.services.errors import Invalid, NotFound, Problem, ServiceError, Stale
from tracker.services.policy import INSTALLATION, Act
from tracker.services.text_fields import read_line
from tracker.store import q_chat, q_unread_chat
from tracker.store import tables as t
from tracker.store.secrets import Secrets, Unreadable
from tracker.store.writing import StaleVersion, Tx, Unchanged

LONGEST_NAME = 60


@dataclass(frozen=True)
class Trial:
    """The last trial of a channel: `status` as in the outbox, `error` where it was not taken, `at` when it was asked for or taken."""

    status: str
    error: str
    at: datetime


@dataclass(frozen=True)
class ChannelView:
    """One channel as administrators see it: never its address.

    `readable` False: the installation's secret key is another one by now, so the address must be entered again. `listed` False: its
    host is not (any more) on the list, so nothing is sent. `broken_at`: since when it takes nothing, with its service's answer.
    """

    id: int
    name: str
    service: str
    masked: str
    host: str
    programme_id: int | None
    programme: str
    language: str
    active: bool
    readable: bool
    listed: bool
    trial: Trial | None
    last_taken_at: datetime | None
    waiting: int
    failed: int
    version: int
    broken_at: datetime | None = None
    broken_error: str = ""


@dataclass(frozen=True)
class Channels:
    """Everything on the page of channels."""

    channels: tuple[ChannelView, ...]
    hosts: tuple[ChatHost, ...]
    programmes: tuple[tuple[int, str, str, str], ...]


def channel_list(ctx: Context) -> Channels:
    """The channels with what became of them, and the hosts. Administrators."""
    policy.authorise(ctx.viewer, Act.MANAGE_CHANNELS, INSTALLATION)
    with ctx.store.read() as conn:
        rows, trials, taken, left = q_chat.channels(conn), q_chat.last_trials(conn), q_chat.last_taken(conn), q_chat.not_sent(conn)
        hosts = host_list(conn)
        programmes = conn.execute(t.programme.select().order_by(t.programme.c.code)).all()
    listed = chat.hosts_for(frozenset(one.host for one in hosts))
    return Channels(
        tuple(_view(row, ctx.secrets, listed.problem(f"https://{row.host}") is None, trials, taken, left) for row in rows),
        hosts,
        tuple((one.id, one.code, one.title_zh, one.title_en) for one in programmes),
    )


def add_channel(
    ctx: Context, *, name: str, service: str, address: str, recipient: str = "", programme_id: int | None, language: str, key: str
) -> int:
    """Enter a channel and return its id. `programme_id` None: about every programme. Raises Invalid, Forbidden."""
    policy.authorise(ctx.viewer, Act.MANAGE_CHANNELS, INSTALLATION)
    problems: list[Problem] = []
    name = _name(name, problems)
    target = _target(ctx, service, address, recipient, problems)
    _check(ctx, programme_id, language, problems)
    if problems or target is None:
        raise Invalid(problems)
    about = {"service": service, "programme_id": programme_id, "language": language}
    sealed = _secrets(ctx).seal(target.url)

    def body(tx: Tx) -> dict:
        _refuse_twice(ctx, tx, target.url, about)
        made = tx.insert(
            t.chat_channel, name=name, sealed_url=sealed, host=target.host, masked=target.masked, active=True,
            entered_by=ctx.viewer.person_id, entered_at=ctx.now, **about,
        )  # fmt: skip
        tx.record("chat_channel", made, {"added": {**about, "host": target.host}})
        tx.touch("alerts")
        return {"id": made}

    return ctx.store.write(ctx.request("channel.add", key, (name, target.masked, about)), body)["id"]


def change_channel(
    ctx: Context,
    *,
    channel_id: int,
    name: str,
    address: str = "",
    recipient: str = "",
    programme_id: int | None,
    language: str,
    expected_version: int,
    key: str,
) -> None:
    """Change a channel; an empty `address` keeps the present one. What waits goes to the new address, if it is about the programme that
    the channel is about from now on. Raises NotFound, Invalid, Stale."""
    policy.authorise(ctx.viewer, Act.MANAGE_CHANNELS, INSTALLATION)
    row = _row(ctx, channel_id)
    problems: list[Problem] = []
    name = _name(name, problems)
    values: dict = {"name": name, "programme_id": programme_id, "language": language}
    target = _target(ctx, row.service, address, recipient, problems) if address.strip() or recipient.strip() else None
    _check(ctx, programme_id, language, problems)
    if problems:
        raise Invalid(problems)
    if target is not None:
        values |= {"sealed_url": _secrets(ctx).seal(target.url), "host": target.host, "masked": target.masked}
    told = {"programme_id": programme_id, "language": language, "address": target is not None, "host": values.get("host", row.host)}
    present = _opened(row, ctx.secrets)
    idle = target is None or (row.broken_at is None and target.url == present)  # entering it again says that it works again

    def body(tx: Tx) -> dict:
        if idle and tx.stands(t.chat_channel, channel_id, expected_version, name=name, programme_id=programme_id, language=language):
            raise Unchanged()
        leads = target.url if target else present
        _refuse_twice(ctx, tx, leads, {"service": row.service, "programme_id": programme_id, "language": language}, channel_id)
        tx.update_versioned(t.chat_channel, channel_id, expected_version, **values)
        if target is not None:
            q_unread_chat.works(tx.conn, channel_id)  # it is believed until a message shows otherwise
        tx.record("chat_channel", channel_id, {"changed": told})
        return {}

    _write(ctx, "channel.change", key, (channel_id, name, target and target.masked, told), body)


def switch_channel(ctx: Context, *, channel_id: int, active: bool, expected_version: int, key: str) -> None:
    """Switch a channel off or on again; what waits for one that is off is cancelled, and goes by mail to whoever would have read it there
    alone. Raises NotFound, Stale."""
    policy.authorise(ctx.viewer, Act.MANAGE_CHANNELS, INSTALLATION)
    _row(ctx, channel_id)

    def body(tx: Tx) -> dict:
        q_unread_chat.in_turn(tx.conn)
        if tx.stands(t.chat_channel, channel_id, expected_version, active=active):
            raise Unchanged()
        tx.update_versioned(t.chat_channel, channel_id, expected_version, active=active)
        q_unread_chat.works(tx.conn, channel_id)
        tx.record("chat_channel", channel_id, {"active": active, **({} if active else chat_instead.cancel_waiting(tx, channel_id))})
        tx.touch("alerts")
        return {}

    _write(ctx, "channel.switch", key, (channel_id, active), body)


def remove_channel(ctx: Context, *, channel_id: int, expected_version: int, key: str) -> None:
    """Remove a channel for good: its address is wiped, what waits is treated as by `switch_channel`, what was sent stays readable."""
    policy.authorise(ctx.viewer, Act.MANAGE_CHANNELS, INSTALLATION)
    _row(ctx, channel_id)

    def body(tx: Tx) -> dict:
        q_unread_chat.in_turn(tx.conn)
        tx.update_versioned(t.chat_channel, channel_id, expected_version, active=False, sealed_url="")
        tx.record("chat_channel", channel_id, {"removed": True, **chat_instead.cancel_waiting(tx, channel_id)})
        tx.touch("alerts")
        return {}

    _write(ctx, "channel.remove", key, channel_id, body)


def try_channel(ctx: Context, *, channel_id: int, key: str) -> None:
    """Put a trial message into the outbox: the worker sends it within seconds, and its outcome is in the list. While one is
    under way there is no second. Raises NotFound."""
    policy.authorise(ctx.viewer, Act.MANAGE_CHANNELS, INSTALLATION)
    row = _row(ctx, channel_id)

    def body(tx: Tx) -> dict:
        tx.conn.execute(t.chat_channel.select().with_for_update().where(t.chat_channel.c.id == channel_id))  # two at once: in turn
        last = q_chat.last_trials(tx.conn).get(channel_id)
        if last is not None and last.status in ("pending", "sending"):
            raise Unchanged()
        tx.conn.execute(insert(t.outbox), [trial_row(row, key, ctx.now)])
        tx.record("chat_channel", channel_id, {"trial": True})
        tx.touch("alerts")
        return {}

    ctx.store.write(ctx.request("channel.try", key, channel_id), body)


def _row(ctx: Context, channel_id: int) -> Row:
    with ctx.store.read() as conn:
        row = q_chat.channel(conn, channel_id)
    if row is None:
        raise NotFound()
    return row


def _write(ctx: Context, action: str, key: str, content: object, body) -> None:
    try:
        ctx.store.write(ctx.request(action, key, content), body)
    except StaleVersion as stale:
        raise Stale() from stale


def _secrets(ctx: Context) -> Secrets:
    if ctx.secrets is None:
        raise ServiceError("This installation has no secret key, so no address can be stored.")
    return ctx.secrets


def _name(name: str, problems: list[Problem]) -> str:
    read = read_line("name", name, problems, longest=LONGEST_NAME).strip()
    if not read:
        problems.append(Problem("name", "Give the channel a name."))
    return read


def _target(ctx: Context, service: str, address: str, recipient: str, problems: list[Problem]) -> Target | None:
    if service not in chat.SERVICES:
        problems.append(Problem("service", "Choose a service."))
        return None
    try:
        target = chat.read_target(service, address, recipient)
    except BadChannel as bad:
        field = "recipient" if service == "line" and address.strip() and _is_of_the_recipient(bad) else "address"
        problems.append(Problem(field, bad.msgid))
        return None
    with ctx.store.read() as conn:
        hosts = chat.hosts_for(frozenset(one.host for one in host_list(conn)))
    if hosts.problem(f"https://{target.host}"):
        where = {"host": target.host}
        problems.append(
            Problem("address", "{host} is not on the list of hosts below. Put it there first, then send this form again.", where)
        )
        return None
    return target


def _refuse_twice(ctx: Context, tx: Tx, url: str, about: dict, but: int | None = None) -> None:
    """Two channels that say the same to the same place would tell everything twice. Raises Invalid."""
    for row in q_chat.channels(tx.conn):
        same = row.id != but and all(getattr(row, name) == value for name, value in about.items())
        if same and url and _opened(row, ctx.secrets) == url:
            told = {"name": row.name}
            raise Invalid([Problem("address", "The channel {name} leads there already, in the same language and for the same.", told)])


def _is_of_the_recipient(bad: BadChannel) -> bool:
    return bad.msgid.startswith("Enter the id")


def _check(ctx: Context, programme_id: int | None, language: str, problems: list[Problem]) -> None:
    if language not in LANGUAGES:
        problems.append(Problem("language", "Choose a language."))
    if programme_id is not None:
        with ctx.store.read() as conn:
            if conn.execute(t.programme.select().where(t.programme.c.id == programme_id)).first() is None:
                problems.append(Problem("programme", "Choose a programme."))


def _view(row: Row, secrets: Secrets | None, listed: bool, trials: dict, taken: dict, left: dict) -> ChannelView:
    trial = trials.get(row.id)
    return ChannelView(
        id=row.id, name=row.name, service=row.service, masked=row.masked, host=row.host, programme_id=row.programme_id,
        programme=row.code or "", language=row.language, active=row.active, readable=_readable(row, secrets), listed=listed,
        trial=None if trial is None else Trial(trial.status, trial.last_error, trial.sent_at or trial.created_at),
        last_taken_at=taken.get(row.id), waiting=sum(left.get((row.id, status), 0) for status in ("pending", "sending", "held")),
        failed=left.get((row.id, "failed"), 0), version=row.version, broken_at=row.broken_at, broken_error=row.broken_error,
    )  # fmt: skip


def _readable(row: Row, secrets: Secrets | None) -> bool:
    return bool(_opened(row, secrets))


def _opened(row: Row, secrets: Secrets | None) -> str:
    """The address of a channel; "" where it cannot be read any more."""
    try:
        return "" if secrets is None else secrets.unseal(row.sealed_url)
    except Unreadable:
        return ""
