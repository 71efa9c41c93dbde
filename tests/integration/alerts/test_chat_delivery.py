"""From a raised alert to the service over TLS: through the policy, the outbox, the lease and the retry."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from tests.cast import at, key
from tests.integration.alerts.chat_sink import SECRETS, SLACK, chat_sink
from tests.integration.alerts.support import MAILS, look_on
from tests.integration.alerts.test_chat_alerts import chat_rows
from tracker.notify.transport import LocalOutbox
from tracker.services import chat_delivery, delivery
from tracker.services.chat_channels import add_channel, channel_list, try_channel
from tracker.services.chat_delivery import RealChat
from tracker.services.delivery import deliver
from tracker.services.delivery_list import retry_delivery
from tracker.store import tables as t

DAY = "2027-04-07"  # Wednesday: seven days after the legal last day of the first interim report: the officer is told


@pytest.fixture
def sink(tmp_path, monkeypatch):
    with chat_sink(tmp_path) as found:
        monkeypatch.setattr(chat_delivery, "hosts_in_force", lambda conn: found.hosts())
        yield found


@pytest.fixture
def channel(cast):
    """A Slack channel of every programme, and a policy whose officers are told there too."""
    levels = [
        {"role": role, "from_stage": stage, "grace": 0, "channels": channels, "language": "own"}
        for role, stage, channels in (("assistant", "T-60", ["mail"]), ("pi", "T-60", ["mail"]), ("officer", "+7", ["mail", "chat"]))
    ]
    with cast.desk.store.transaction() as conn:
        stages = ["T-60", "due", "+1", "+7", "+14"]
        conn.execute(update(t.programme).values(ladder_json={"stages": stages, "levels": levels, "kinds": {}}))
    return add_channel(cast.ctx("admin"), name="示範頻道", service="slack", address=SLACK, programme_id=None, language="zh_TW", key=key())


def delivered(cast, day: str = DAY, clock: str = "09:00"):
    ctx = cast.ctx("system", on=day, clock=clock)
    return deliver(ctx, LocalOutbox(), MAILS, wall=lambda: ctx.now, batch=200, chat=RealChat())


def told_in_chat(cast) -> set[int]:
    """The alerts that messages to channels tell."""
    return {number for row in chat_rows(cast) for number in row.payload_json.get("alerts", [row.alert_id])}


def statuses(cast) -> list[str]:
    return [row.status for row in chat_rows(cast)]


def test_only_what_a_level_with_chat_is_told_goes_to_the_channel(cast, channel, sink):
    look_on(cast, "2027-03-31")
    with cast.desk.store.read() as conn:
        due = set(conn.scalars(select(t.alert.c.id).where(t.alert.c.stage == "due")))
    assert due
    assert not due & told_in_chat(cast)
    look_on(cast, DAY)
    rows = chat_rows(cast)
    assert told_in_chat(cast)
    assert delivered(cast).failed == 0
    assert set(statuses(cast)) == {"sent"}
    assert len(sink.taken) == len(rows)
    assert {one["host"] for one in sink.taken} == {"hooks.slack.com"}
    kept = [row.payload_json for row in chat_rows(cast)]
    assert {one["via"] for one in kept} == {"chat"}
    assert any("116-03-31 (2027-03-31)" in one["subject"] + one["text"] for one in kept)


def test_a_second_look_and_a_second_delivery_send_nothing_again(cast, channel, sink):
    look_on(cast, DAY)
    delivered(cast)
    before = len(sink.taken)
    look_on(cast, DAY, "09:30")
    delivered(cast, clock="09:31")
    assert len(sink.taken) == before


def test_a_busy_service_is_tried_again_with_the_same_words_and_an_unwilling_one_is_given_up(cast, channel, sink):
    sink.answer = lambda path: (503, {})
    look_on(cast, DAY)
    assert delivered(cast).retried == len(chat_rows(cast))
    assert set(statuses(cast)) == {"pending"}
    sink.answer = lambda path: (404, {})
    assert delivered(cast, clock="09:02").failed == len(chat_rows(cast))
    assert {row.last_error for row in chat_rows(cast)} == {"404 the service does not know this address any more"}
    sink.answer = lambda path: (200, {})
    for row in chat_rows(cast):
        retry_delivery(cast.ctx("admin", on=DAY, clock="10:00"), delivery_id=row.id, key=key())
    delivered(cast, clock="10:01")
    assert set(statuses(cast)) == {"sent"}


def test_no_row_and_no_error_names_the_address(cast, channel, sink):
    sink.answer = lambda path: (302, {"Location": "https://evil.invalid/"})
    look_on(cast, DAY)
    delivered(cast)
    with cast.desk.store.read() as conn:
        everything = repr(conn.execute(select(t.outbox)).all()) + repr(conn.execute(select(t.event)).all())
    assert not [secret for secret in SECRETS if secret in everything]


def test_the_outcome_of_a_trial_is_shown(cast, channel, sink):
    sink.answer = lambda path: (403, {})
    try_channel(cast.ctx("admin"), channel_id=channel, key=key())
    delivered(cast, "2026-09-01", "23:30")
    (row,) = channel_list(cast.ctx("admin")).channels
    assert (row.trial.status, row.trial.error[:4]) == ("failed", "403 ")
    sink.answer = lambda path: (200, {})
    try_channel(cast.ctx("admin"), channel_id=channel, key=key())
    delivered(cast, "2026-09-01", "23:31")
    (row,) = channel_list(cast.ctx("admin")).channels
    assert (row.trial.status, row.last_taken_at) == ("sent", at("2026-09-01", "23:31"))


def test_what_a_silence_holds_waits_for_its_end_and_the_rest_goes(cast, channel, sink):
    with cast.desk.store.transaction() as conn:
        conn.execute(t.outbox.update().values(status="cancelled"))
    look_on(cast, DAY)
    rows = chat_rows(cast)
    with cast.desk.store.transaction() as conn:
        conn.execute(
            t.silence.insert().values(
                kind="pause", project_id=cast.project("own").id, reason="示範", created_at=at(DAY, "08:00"), from_at=at(DAY, "08:00"),
                until_at=at("2027-04-09", "12:00"),
            )
        )  # fmt: skip
    delivered(cast)
    waits = [row for row in chat_rows(cast) if row.waits_for == "silence"]
    assert waits != []
    assert all(row.status == "pending" and row.available_at == at("2027-04-09", "12:00") for row in waits)
    assert not [one for one in sink.taken if "DEMO-OWN-01" in str(one["body"])]
    delivered(cast, "2027-04-09", "12:01")
    assert [one for one in sink.taken if "DEMO-OWN-01" in str(one["body"])]
    assert len(chat_rows(cast)) >= len(rows)


def test_a_silence_that_is_lifted_while_a_message_is_split_holds_nothing_back(cast, channel, sink, monkeypatch):
    with cast.desk.store.transaction() as conn:
        conn.execute(t.outbox.update().values(status="cancelled"))
    look_on(cast, DAY)
    ids = [row.payload_json["alerts"] for row in chat_rows(cast) if "alerts" in row.payload_json][-1]
    until = at("2027-04-09", "12:00")
    with cast.desk.store.transaction() as conn:
        first = conn.scalar(select(t.alert.c.obligation_id).where(t.alert.c.id == ids[0]))
        kind = conn.scalar(select(t.obligation.c.kind).where(t.obligation.c.id == first))
        named = {"obligation_kind": kind, "reason": "示範", "created_at": at(DAY, "08:00"), "from_at": at(DAY, "08:00"), "until_at": until}
        conn.execute(t.silence.insert().values(kind="silence", **named))
    split_off = delivery.split_off

    def lifted_just_before(tx, *args, **kwargs):
        tx.conn.execute(t.silence.update().values(lifted_at=at(DAY, "09:00")))
        split_off(tx, *args, **kwargs)

    monkeypatch.setattr(delivery, "split_off", lifted_just_before)
    delivered(cast)
    assert [row for row in chat_rows(cast) if row.waits_for == "silence"] == []
    assert ids in [row.payload_json.get("alerts") for row in chat_rows(cast) if row.status == "sent"]


def test_without_a_carrier_it_waits_and_is_not_lost(cast, channel):
    look_on(cast, DAY)
    ctx = cast.ctx("system", on=DAY, clock="09:00")
    deliver(ctx, LocalOutbox(), MAILS, wall=lambda: ctx.now, batch=200)
    assert set(statuses(cast)) == {"pending"}


def test_a_message_that_breaks_its_carrier_is_tried_again_and_blames_no_channel(cast, channel, sink, monkeypatch):
    def breaks(self, *_):
        raise ValueError("a fault of ours")

    look_on(cast, DAY)
    with monkeypatch.context() as broken:
        broken.setattr(RealChat, "carry", breaks)
        assert delivered(cast).retried == len(chat_rows(cast))
    assert {row.last_error.rsplit(" ", 1)[0] for row in chat_rows(cast)} == {"unexpected error, reference"}
    assert [one.broken_at for one in channel_list(cast.ctx("admin", on=DAY)).channels] == [None]
    delivered(cast, clock="09:02")
    assert set(statuses(cast)) == {"sent"}
