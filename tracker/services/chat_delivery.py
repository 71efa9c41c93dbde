"""Alerts in chat channels: put into the outbox in the look that raises them, and their words at the moment before they go out.

A channel is read by many, so a message names no person and no amount: what is due, of which project, when, and where to look.
Many alerts of one look are one message. Nothing goes out between eight in the evening and eight in the morning (Taipei).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

from sqlalchemy import Connection, Row, insert, select, update

from tracker.clock import TAIPEI, civil_day
from tracker.i18n import Translator
from tracker.notify import chat, chat_words, links
from tracker.notify.chat import BadChannel, ChatText, Target
from tracker.notify.chat_guard import Hosts
from tracker.notify.mail import Rendered
from tracker.notify.transport import DeliveryProblem
from tracker.services.alert_mail import MailSettings, alert_text
from tracker.services.own_words import WordsInForce, words_in_force
from tracker.services.telling import message_id
from tracker.store import q_alerts, q_chat, q_silences
from tracker.store import tables as t
from tracker.store.secrets import Secrets, Unreadable
from tracker.store.writing import Tx

MANY = 3
"""More alerts than this of one look are one message."""

FROM, UNTIL = time(8, 0), time(20, 0)

CHANNEL_OFF = "channel_off"
"""Why a message was cancelled: the channel is switched off or was removed."""

BY_MAIL = "by_mail"
"""Why it does not tell of an alert: the channel took nothing, and who would have read it there was told by mail instead."""

ELSEWHERE = "elsewhere"
"""Why it does not tell of an alert: the channel is about another programme by now."""

UNREADABLE = "the address cannot be read any more, since the installation's secret key is another one: enter it again"


@dataclass(frozen=True)
class ForChat:
    """One raised alert that goes to channels; `key` is the one its mails are told apart by: obligation, date, stage."""

    alert_id: int
    key: str
    programme_id: int


@dataclass(frozen=True)
class ChatLine:
    """One message as it stands now.

    `why` is the code of the reason for which it must not go out any more; `told` are the alerts that it still tells, and `elsewhere` those
    (ids) that it does not tell because the channel is about another programme by now. `row` has the outbox row with the channel's
    `service` and `sealed_url`.
    """

    row: Row
    why: str | None
    told: tuple[Row, ...]
    rendered: Rendered | None
    hosts: Hosts
    secrets: Secrets | None
    elsewhere: tuple[int, ...] = ()

    @property
    def target(self) -> Target:
        """Where it goes. Raises DeliveryProblem where the sealed address cannot be read."""
        if self.secrets is None:
            raise DeliveryProblem(UNREADABLE, permanent=True)
        try:
            return chat.target_of(self.row.service, self.secrets.unseal(self.row.sealed_url))
        except (Unreadable, BadChannel):
            raise DeliveryProblem(UNREADABLE, permanent=True) from None


class ChatCarrier(Protocol):
    """Something that takes messages one by one; `name` is kept with each: `chat` or `local`."""

    name: str

    def carry(self, line: ChatLine, rendered: Rendered) -> None:
        """Hand over one message. Raises DeliveryProblem; returning means that it was taken."""


class LocalChat:
    """Takes everything and sends nothing, as a demo does: the words are kept with the row."""

    name = "local"

    def carry(self, line: ChatLine, rendered: Rendered) -> None:
        """The address is read all the same, so that a demo shows what a lost key does."""
        _ = line.target


class RealChat:
    """Sends to the services."""

    name = "chat"

    def carry(self, line: ChatLine, rendered: Rendered) -> None:
        """Hand over one message. Raises DeliveryProblem."""
        chat.send(line.target, ChatText(rendered.subject, rendered.text), line.hosts, message_id=line.row.message_id)


def carrier_for(*, demo: bool) -> ChatCarrier:
    """What carries messages here: a demo never sends any."""
    return LocalChat() if demo else RealChat()


def hosts_in_force(conn: Connection) -> Hosts:
    """Where messages may go: the services' own hosts, and those that an administrator put on the list."""
    listed = q_chat.hosts(conn)
    inside = frozenset(one["host"] for one in listed if one["inside"])
    return chat.hosts_for(frozenset(one["host"] for one in listed), inside)


def goes_out_at(now: datetime) -> datetime:
    """The first instant from `now` on at which a channel may be written to: between 08:00 and 20:00 in Taipei."""
    local = now.astimezone(TAIPEI)
    if FROM <= local.time() < UNTIL:
        return now
    day = local.date() + timedelta(days=1) if local.time() >= UNTIL else local.date()
    return datetime.combine(day, FROM, TAIPEI).astimezone(now.tzinfo)


def put_out(tx: Tx, alerts: Sequence[ForChat], *, now: datetime, hold_id: int | None = None) -> int:
    """Put messages for these raised alerts into the outbox, in the transaction that raises them; returns how many rows came of it.

    One row a channel and alert, or one for a channel of which more than `MANY` come together. `hold_id`: they wait until an administrator
    lets them go.
    """
    if not alerts:
        return 0
    rows: list[dict] = []
    for channel in q_chat.in_use(tx.conn, {one.programme_id for one in alerts}):
        hers = [one for one in alerts if channel.programme_id in (None, one.programme_id)]
        if len(hers) > MANY:
            rows += _summary(tx, channel, hers, now, hold_id)
        else:
            rows += [_row(channel, f"{one.key}|chat|{channel.id}", now, hold_id, alert_id=one.alert_id) for one in hers]
    if rows:
        tx.conn.execute(insert(t.outbox), rows)
    return len(rows)


def _summary(tx: Tx, channel: Row, alerts: Sequence[ForChat], now: datetime, hold_id: int | None) -> list[dict]:
    """The one message for many: added to the one of this day that still waits, else a new one."""
    day = civil_day(goes_out_at(now))
    waiting = q_chat.waiting_summary(tx.conn, channel.id, day, hold_id)
    ids = [one.alert_id for one in alerts]
    if waiting is not None:
        payload = {**waiting.payload_json, "alerts": [*waiting.payload_json["alerts"], *ids]}
        tx.conn.execute(update(t.outbox).where(t.outbox.c.id == waiting.id).values(payload_json=payload))
        return []
    sha = hashlib.sha256("\n".join(sorted(one.key for one in alerts)).encode()).hexdigest()[:32]
    payload = {"role": "", "alerts": ids}
    return [_row(channel, f"chat-digest|{channel.id}|{day}|{sha}", now, hold_id, sort="digest", digest_on=day, payload=payload)]


def split_off(tx: Tx, line: ChatLine, silenced: Mapping[int, int], *, owner: str, now: datetime) -> None:
    """Take alerts that a silence holds back (alert id → silence) out of a message that this owner has claimed: they wait in one of their
    own for the end of the silence, and the rest goes out. What a silence holds no longer stays in the message: the silence is locked, so
    that who lifts it at this moment either is seen here or sees what waits.
    """
    ends = {}
    for silence_id in sorted(set(silenced.values())):
        row = q_silences.locked(tx.conn, silence_id, shared=True)
        if row is not None and row.lifted_at is None and row.from_at <= now < row.until_at:
            ends[silence_id] = row.until_at
    held = {alert_id: silence_id for alert_id, silence_id in silenced.items() if silence_id in ends}
    mine = t.outbox.c.id == line.row.id, t.outbox.c.lease_owner == owner, t.outbox.c.status == "sending"
    left = {**line.row.payload_json, "alerts": [one for one in line.row.payload_json["alerts"] if one not in held]}
    if not held or tx.conn.execute(update(t.outbox).where(*mine).values(payload_json=left)).rowcount != 1:
        return
    channel = tx.conn.execute(select(t.chat_channel).where(t.chat_channel.c.id == line.row.chat_channel_id)).one()
    for silence_id, until in ends.items():
        payload = {"role": "", "alerts": sorted(alert_id for alert_id, held_by in held.items() if held_by == silence_id)}
        row = _row(
            channel, f"{line.row.dedup_key}|silence-{silence_id}", until, None, sort="digest", digest_on=civil_day(until), payload=payload
        )
        waits = {"waits_for": "silence", "silence_id": silence_id, "created_at": now}
        tx.conn.execute(insert(t.outbox).values({**row, **waits}))


def trial_row(channel: Row, key: str, now: datetime) -> dict:
    """The outbox row of a trial message; it goes out at once, at any hour: somebody sits and waits for it."""
    return {**_row(channel, f"chat-trial|{channel.id}|{key}", now, None, sort="trial"), "available_at": now, "waits_for": ""}


def _row(
    channel: Row,
    dedup_key: str,
    now: datetime,
    hold_id: int | None,
    *,
    alert_id: int | None = None,
    sort: str = "one",
    digest_on: date | None = None,
    payload: dict | None = None,
) -> dict:
    available_at = goes_out_at(now)
    return {
        "dedup_key": dedup_key, "alert_id": alert_id, "chat_channel_id": channel.id, "sort": sort, "digest_on": digest_on,
        "mass_hold_id": hold_id, "status": "pending" if hold_id is None else "held", "waits_for": "quiet" if available_at > now else "",
        "channel": "chat", "address": channel.masked, "language": channel.language, "payload_json": payload or {"role": ""},
        "message_id": message_id(dedup_key), "available_at": available_at, "created_at": now,
    }  # fmt: skip


def prepared(
    conn: Connection,
    row_id: int,
    *,
    today: date,
    settings: MailSettings,
    secrets: Secrets | None,
    why_cancel: Callable[[Row, set[str]], str | None],
) -> ChatLine | None:
    """A claimed row with its words as of `today`, or None where it is not for a channel.

    `why_cancel` is the rule by which a mail of an alert no longer holds. Of many, those that still hold are told.
    """
    row = q_chat.message(conn, row_id)
    if row is None:
        return None
    hosts = hosts_in_force(conn)
    if not row.sealed_url or not (row.active or row.sort == "trial"):
        return ChatLine(row, CHANNEL_OFF, (), None, hosts, secrets)
    if row.sort == "trial":
        return ChatLine(row, None, (), _trial(row, settings), hosts, secrets)
    about = q_chat.alerts(conn, [row.alert_id] if row.alert_id else row.payload_json["alerts"])
    reasons = [_why_not(conn, row, one, why_cancel) for one in about]
    told = tuple(one for one, why in zip(about, reasons, strict=True) if why is None)
    elsewhere = tuple(one.alert_id for one, why in zip(about, reasons, strict=True) if why == ELSEWHERE)
    if not told:
        return ChatLine(row, next((why for why in reasons if why), "done"), (), None, hosts, secrets, elsewhere)
    words = words_in_force(conn)
    said = _one(row, told[0], today, settings, words) if row.alert_id else _many(row, told, today, settings, words)
    return ChatLine(row, None, told, said, hosts, secrets, elsewhere)


def _why_not(conn: Connection, row: Row, alert: Row, why_cancel: Callable[[Row, set[str]], str | None]) -> str | None:
    """Why a message does not tell of one of its alerts any more."""
    if alert.alert_id in row.payload_json.get(BY_MAIL, ()):
        return BY_MAIL
    if row.programme_id not in (None, alert.programme_id):
        return ELSEWHERE
    return why_cancel(alert, q_alerts.later_stages(conn, alert.obligation_id, alert.alert_due_on))


def _one(row: Row, alert: Row, today: date, settings: MailSettings, words: WordsInForce) -> Rendered:
    page, query = links.page_of(
        alert.kind, chat_words.READER, obligation_id=alert.obligation_id, parent_id=alert.parent_id, project_id=alert.project_id,
        project_code=alert.code, origin=alert.origin,
    )  # fmt: skip
    link = links.full_address(settings.public_url, page, query)
    text, own = alert_text(alert, chat_words.READER, today), words.of(alert.programme_id)
    return _kept(chat_words.one(Translator(row.language), text, link, row.service, own))


def _many(row: Row, alerts: Sequence[Row], today: date, settings: MailSettings, words: WordsInForce) -> Rendered:
    told = [(alert_text(one, chat_words.READER, today), words.of(one.programme_id)) for one in alerts]
    link, projects = links.full_address(settings.public_url, "portfolio", {}), len({one.project_id for one in alerts})
    return _kept(chat_words.several(Translator(row.language), told, projects, link, row.service))


def _trial(row: Row, settings: MailSettings) -> Rendered:
    t_ = Translator(row.language)
    said = t_("This is a trial message. Alerts of the programmes that this channel is about will arrive here.")
    return _kept(chat_words.fitted(t_("Milepost reaches this channel"), [said, settings.public_url], row.service))


def _kept(text: ChatText) -> Rendered:
    return Rendered(text.title, text.body, "")
