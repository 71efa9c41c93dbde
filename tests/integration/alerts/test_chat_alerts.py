"""Alerts in chat channels: one row a channel and alert, many as one, at decent hours, and what no longer holds falls away."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from tests.cast import at, key
from tests.integration.alerts.chat_sink import SLACK
from tests.integration.alerts.support import MAILS, look_on
from tracker.notify.chat_words import LISTED
from tracker.notify.templates import Words
from tracker.notify.transport import DeliveryProblem
from tracker.services.alert_templates import edit_template
from tracker.services.chat_channels import add_channel, change_channel, switch_channel, try_channel
from tracker.services.chat_delivery import ForChat, LocalChat, goes_out_at, prepared, put_out
from tracker.services.delivery import why_cancel
from tracker.store import tables as t

DAY = "2027-03-29"  # Monday: the day before the first interim report must be filed


@pytest.fixture
def channel(cast):
    return add_channel(cast.ctx("admin"), name="示範頻道", service="slack", address=SLACK, programme_id=None, language="zh_TW", key=key())


def raised_alerts(cast, day: str) -> list[ForChat]:
    """What a look of this day raised, as it is handed to the channels."""
    look_on(cast, day)
    with cast.desk.store.read() as conn:
        a, o = t.alert.c, t.obligation.c
        rows = conn.execute(
            select(a.id, o.key, a.due_on, a.stage, o.programme_id).join(t.obligation, o.id == a.obligation_id).where(a.state == "raised")
        )
        return [ForChat(row.id, f"{row.key}|{row.due_on}|{row.stage}", row.programme_id) for row in rows]


def put(cast, alerts, day: str = DAY, clock: str = "09:00", **more) -> int:
    return cast.desk.store.write_quiet(at(day, clock), lambda tx: put_out(tx, alerts, now=at(day, clock), **more))


def chat_rows(cast):
    with cast.desk.store.read() as conn:
        return conn.execute(select(t.outbox).where(t.outbox.c.channel == "chat").order_by(t.outbox.c.id)).all()


def line(cast, row_id: int, day: str = DAY):
    with cast.desk.store.read() as conn:
        return prepared(conn, row_id, today=date.fromisoformat(day), settings=MAILS, secrets=cast.desk.secrets, why_cancel=why_cancel)


def test_an_alert_is_one_row_for_each_channel_of_its_programme(cast, channel):
    add_channel(
        cast.ctx("admin"), name="他方案", service="slack", address=SLACK + "9", language="en", key=key(),
        programme_id=cast.project("foreign").programme_id,
    )  # fmt: skip
    alerts = [one for one in raised_alerts(cast, DAY) if one.key.startswith("DEMO-OWN-01/interim_report/Y1|")]
    assert put(cast, alerts) == 1
    assert [row.dedup_key for row in chat_rows(cast)] == [f"{alerts[0].key}|chat|{channel}"]


def test_what_it_says_names_the_day_in_both_calendars_a_link_and_no_person(cast, channel):
    alerts = [one for one in raised_alerts(cast, DAY) if one.key.startswith("DEMO-OWN-01/interim_report/Y1|")]
    put(cast, alerts)
    said = line(cast, chat_rows(cast)[0].id).rendered
    assert "116-03-31 (2027-03-31)" in said.text
    assert said.text.endswith("https://milepost.office.invalid/project?project=DEMO-OWN-01")
    assert not [name for name in ("示範主持人", "示範助理", "示範承辦人", "@", "8,000,000") if name in said.subject + said.text]


def test_many_alerts_of_one_look_are_one_message(cast, channel):
    alerts = raised_alerts(cast, "2027-03-29")
    assert len(alerts) > 3
    assert put(cast, alerts) == 1
    (row,) = chat_rows(cast)
    assert (row.sort, row.alert_id, sorted(row.payload_json["alerts"])) == ("digest", None, sorted(one.alert_id for one in alerts))
    said = line(cast, row.id).rendered
    assert str(len(alerts)) in said.subject
    assert said.text.count("•") == min(LISTED, len(alerts))


OURS = Words(
    "{what}（{code}）{left}",
    "{what} ({code}), {left}",
    "請洽計畫。",
    "Ask them.",
    "【辦公室】{code} {what}，{left}",
    "Office: {code} {what}, {left}",
)


def test_a_channel_is_told_the_offices_own_line_and_where_there_is_none_its_subject(cast, channel):
    alerts = [one for one in raised_alerts(cast, DAY) if one.key.startswith("DEMO-OWN-01/interim_report/Y1|")]
    put(cast, alerts)
    admin, own = cast.ctx("admin", on=DAY), cast.project("own").programme_id
    row_id = chat_rows(cast)[0].id
    built_in = line(cast, row_id).rendered
    general = edit_template(admin, name="before_office", programme_id=None, words=OURS, expected=None, key=key())
    said = line(cast, row_id).rendered
    assert said.subject.startswith("【辦公室】DEMO-OWN-01 ")
    assert (said.text, built_in.subject.startswith("【")) == (built_in.text, False)
    without = replace(OURS, chat_zh="", chat_en="", subject_zh="主旨：{what} {left}")
    edit_template(admin, name="before_office", programme_id=None, words=without, expected=general.version, key=key())
    assert line(cast, row_id).rendered.subject.startswith("主旨：")
    for_kind = replace(OURS, chat_zh="期中報告專用 {code} {what} {left}")
    edit_template(admin, name="before_office@interim_report", programme_id=own, words=for_kind, expected=None, key=key())
    assert line(cast, row_id).rendered.subject.startswith("期中報告專用 ")


def test_a_message_of_many_says_each_in_its_own_words(cast, channel):
    alerts = raised_alerts(cast, "2027-03-29")
    assert put(cast, alerts) == 1
    for name in ("before_office", "today_office", "overdue_office", "notice_only", "meeting", "renewal_free"):
        words = replace(OURS, subject_zh="{what}（{code}）{left}")
        edit_template(cast.ctx("admin", on=DAY), name=name, programme_id=None, words=words, expected=None, key=key())
    said = line(cast, chat_rows(cast)[0].id).rendered
    told = [row for row in said.text.split("\n") if row.startswith("•")]
    assert len(told) == min(LISTED, len(alerts))
    assert all(row.startswith(("• 【辦公室】", "• 請洽", "• 請確認")) for row in told), told
    assert all("(20" in row for row in told), "each names its day in both calendars"


def test_a_second_batch_of_the_same_look_joins_the_message_that_waits(cast, channel):
    alerts = raised_alerts(cast, "2027-03-29")
    assert put(cast, alerts[:4]) == 1
    assert put(cast, [*alerts[4:], *alerts[4:]][:4]) == 0
    assert len(chat_rows(cast)) == 1


def test_what_is_held_is_not_mixed_with_what_is_not(cast, channel):
    alerts = raised_alerts(cast, "2027-03-29")
    with cast.desk.store.transaction() as conn:
        hold = conn.execute(t.mass_hold.insert().values(why="mass", owed=300, among=400, held_at=at(DAY))).inserted_primary_key[0]
    put(cast, alerts[:4])
    put(cast, alerts[:4] if len(alerts) < 8 else alerts[4:8], day="2027-03-30", hold_id=hold)
    assert sorted((row.status, row.mass_hold_id) for row in chat_rows(cast)) == [("held", hold), ("pending", None)]


@pytest.mark.parametrize("number", [1, 4])
def test_a_channel_given_to_another_programme_tells_nothing_of_the_first_one(cast, channel, number):
    alerts = raised_alerts(cast, "2027-03-29")[:number]
    put(cast, alerts)
    new = {"programme_id": cast.project("foreign").programme_id, "language": "zh_TW", "expected_version": 1, "key": key()}
    change_channel(cast.ctx("admin"), channel_id=channel, name="他方案", **new)
    found = line(cast, chat_rows(cast)[0].id)
    assert (found.why, found.told, found.rendered) == ("elsewhere", (), None)


def test_nothing_goes_out_at_night(cast):
    assert goes_out_at(at(DAY, "07:59")) == at(DAY, "08:00")
    assert goes_out_at(at(DAY, "08:00")) == at(DAY, "08:00")
    assert goes_out_at(at(DAY, "19:59")) == at(DAY, "19:59")
    assert goes_out_at(at(DAY, "20:00")) == at("2027-03-30", "08:00")


def test_what_was_handed_in_meanwhile_falls_out_and_the_rest_is_told(cast, channel):
    alerts = raised_alerts(cast, "2027-03-29")
    put(cast, alerts)
    (row,) = chat_rows(cast)
    cast.desk.store.write_quiet(
        at(DAY), lambda tx: tx.conn.execute(t.obligation.update().where(t.obligation.c.key.like("%/Y1")).values(status="accepted"))
    )
    left = line(cast, row.id)
    assert 0 < len(left.told) < len(alerts)
    cast.desk.store.write_quiet(at(DAY), lambda tx: tx.conn.execute(t.obligation.update().values(status="closed")))
    assert line(cast, row.id).why == "done"


def test_nothing_goes_to_a_channel_that_is_off_but_a_trial_does(cast, channel):
    put(cast, [one for one in raised_alerts(cast, DAY)][:1])
    admin = cast.ctx("admin")
    with cast.desk.store.transaction() as conn:
        conn.execute(t.chat_channel.update().values(active=False))
    assert line(cast, chat_rows(cast)[0].id).why == "channel_off"
    try_channel(admin, channel_id=channel, key=key())
    trial = line(cast, chat_rows(cast)[1].id)
    assert trial.why is None
    assert trial.rendered.subject == "Milepost 已可送達本頻道"


def test_switching_off_cancels_what_waits(cast, channel):
    put(cast, raised_alerts(cast, DAY)[:1])
    switch_channel(cast.ctx("admin"), channel_id=channel, active=False, expected_version=1, key=key())
    assert [row.status for row in chat_rows(cast)] == ["cancelled"]
    assert put(cast, raised_alerts(cast, DAY)[:1]) == 0


def test_a_lost_key_is_said_instead_of_tried_for_ever(cast, channel):
    put(cast, raised_alerts(cast, DAY)[:1])
    found = line(cast, chat_rows(cast)[0].id)
    LocalChat().carry(found, found.rendered)
    with cast.desk.store.transaction() as conn:
        conn.execute(t.chat_channel.update().values(sealed_url="gAAAAAsomething else"))
    broken = line(cast, chat_rows(cast)[0].id)
    with pytest.raises(DeliveryProblem, match="enter it again") as problem:
        LocalChat().carry(broken, broken.rendered)
    assert problem.value.permanent
