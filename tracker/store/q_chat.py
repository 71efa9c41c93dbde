"""Reads of chat channels, of what waits for them, and of the alerts that a message tells."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, Row, and_, func, literal, or_, select, update

from tracker.store import tables as t

_O = t.outbox.c
_TELLS = _O.id, _O.alert_id, _O.status, _O.payload_json

HOSTS = "chat_hosts"
"""The setting with the hosts that webhooks may lead to: [{"host", "inside"}]."""


def channels(conn: Connection) -> Sequence[Row]:
    """Every channel that was not removed, with its programme's code; by name."""
    return conn.execute(
        select(t.chat_channel, t.programme.c.code, t.programme.c.title_zh, t.programme.c.title_en)
        .outerjoin(t.programme, t.programme.c.id == t.chat_channel.c.programme_id)
        .where(t.chat_channel.c.sealed_url != "")
        .order_by(t.chat_channel.c.name, t.chat_channel.c.id)
    ).all()


def channel(conn: Connection, channel_id: int) -> Row | None:
    """One of them."""
    return conn.execute(select(t.chat_channel).where(t.chat_channel.c.id == channel_id, t.chat_channel.c.sealed_url != "")).one_or_none()


def in_use(conn: Connection, programme_ids: Collection[int]) -> Sequence[Row]:
    """The channels that are on, take messages and are about one of these programmes, or about all."""
    c = t.chat_channel.c
    about = or_(c.programme_id.is_(None), c.programme_id.in_(programme_ids))
    return conn.execute(
        select(c.id, c.programme_id, c.masked, c.language)
        .where(c.active.is_(True), c.sealed_url != "", c.broken_at.is_(None), about)
        .order_by(c.id)
    ).all()


def hosts(conn: Connection) -> list[dict]:
    """The hosts that an administrator put on the list."""
    stored = conn.execute(select(t.setting.c.value_json).where(t.setting.c.key == HOSTS)).scalar_one_or_none()
    return stored or []


def waiting_summary(conn: Connection, channel_id: int, day: date, hold_id: int | None) -> Row | None:
    """The summary of this day that waits for a channel and was not tried yet, locked against whoever sends it."""
    o = t.outbox.c
    return conn.execute(
        select(t.outbox)
        .where(
            o.chat_channel_id == channel_id,
            o.sort == "digest",
            o.digest_on == day,
            o.attempts == 0,
            o.waits_for != "silence",
            o.mass_hold_id.is_(None) if hold_id is None else o.mass_hold_id == hold_id,
            o.status == ("pending" if hold_id is None else "held"),
        )
        .order_by(o.id)
        .limit(1)
        .with_for_update()
    ).one_or_none()


def message(conn: Connection, row_id: int) -> Row | None:
    """One row of the outbox that is for a chat channel, with the channel; None: it is not."""
    c = t.chat_channel.c
    return conn.execute(
        select(t.outbox, c.service, c.sealed_url, c.host, c.active, c.masked, c.name, c.language.label("spoken"), c.programme_id)
        .join(t.chat_channel, c.id == t.outbox.c.chat_channel_id)
        .where(t.outbox.c.id == row_id)
    ).one_or_none()


def last_trials(conn: Connection) -> dict[int, Row]:
    """The newest trial of each channel."""
    rows = conn.execute(select(t.outbox).where(t.outbox.c.sort == "trial", t.outbox.c.channel == "chat").order_by(t.outbox.c.id))
    return {row.chat_channel_id: row for row in rows}


def last_taken(conn: Connection) -> dict[int, datetime]:
    """When each channel's service last took a message; channels without any are missing."""
    o = t.outbox.c
    newest = select(o.chat_channel_id, func.max(o.sent_at, type_=o.sent_at.type)).where(o.channel == "chat", o.status == "sent")
    return {row[0]: row[1] for row in conn.execute(newest.group_by(o.chat_channel_id))}


def not_sent(conn: Connection) -> dict[tuple[int, str], int]:
    """By (channel, state): how many messages wait or were given up."""
    o = t.outbox.c
    counted = select(o.chat_channel_id, o.status, func.count()).where(
        o.channel == "chat", o.status.in_(("pending", "sending", "held", "failed"))
    )
    return {(row[0], row[1]): row[2] for row in conn.execute(counted.group_by(o.chat_channel_id, o.status))}


def alerts(conn: Connection, alert_ids: Collection[int]) -> Sequence[Row]:
    """These alerts with what they are about, as it stands at this moment; named as the rows of `q_alerts.mail`."""
    a, o, p = t.alert.c, t.obligation.c, t.project.c
    return conn.execute(
        select(
            a.id.label("alert_id"), a.stage, a.due_on.label("alert_due_on"), a.state.label("alert_state"), a.obligation_id,
            o.key, o.kind, o.origin, o.parent_id, o.period_label, o.due_on, o.file_by_on, o.file_by_time, o.duty, o.confidence, o.clause,
            o.letter_number, o.title_zh, o.title_en, o.because_json, o.provisional, o.discharged_by, o.discharged_on,
            o.status.label("obligation_status"), o.project_id, o.programme_id, p.code, p.title_zh.label("project_zh"),
            p.title_en.label("project_en"), literal(True).label("active"),
        )
        .join(t.obligation, o.id == a.obligation_id)
        .join(t.project, p.id == o.project_id)
        .where(a.id.in_(alert_ids))
        .order_by(o.due_on, o.key)
    ).all()  # fmt: skip


def cancel_waiting(conn: Connection, channel_id: int, why: str) -> Sequence[Row]:
    """Take back what still waits for a channel; returns these messages."""
    waits = and_(_O.chat_channel_id == channel_id, _O.status.in_(("pending", "held")))
    return conn.execute(update(t.outbox).where(waits).values(status="cancelled", last_error=why).returning(*_TELLS)).all()
