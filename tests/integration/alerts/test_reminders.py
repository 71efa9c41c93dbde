"""Reminders that somebody put off to one day come in one mail, and each can be dropped or put off anew until it is on its way."""

from __future__ import annotations

from datetime import date

import pytest

from tests.cast import key
from tests.integration.alerts.policies import INTERIM_Y1, alerts_of
from tests.integration.alerts.support import MAILS, change, deliver_on, look_on, outbox_rows
from tracker.notify.transport import DeliveryProblem, LocalOutbox
from tracker.services import silence_changes
from tracker.services.alert_acts import acknowledge, snooze
from tracker.services.delivery import deliver
from tracker.services.silence_changes import SilenceEntry
from tracker.store import tables as t

T14, DAY = "2027-03-17", "2027-03-19"  # a Wednesday and a Friday
LAST = date(2027, 3, 31)
OTHERS = ("DEMO-OWN-01/quarterly_report/Y1Q3", "DEMO-OWN-01/quarterly_report/Y1Q4")


@pytest.fixture
def put_off(cast):
    """Three things that the investigator put off to the same Friday."""
    for one in OTHERS:
        change(cast, t.obligation, cast.by_key(one).id, due_on=LAST, file_by_on=LAST, next_look_on=date(2027, 3, 17))
    look_on(cast, T14)
    deliver_on(cast, LocalOutbox(), T14)
    for one in (INTERIM_Y1, *OTHERS):
        snooze(cast.ctx("pi", on=T14), alert_id=alert(cast, one), until_on=date(2027, 3, 19), key=key())
    return cast


def alert(cast, public_key: str = INTERIM_Y1) -> int:
    return alerts_of(cast, public_key)["T-14", LAST].id


def reminders(cast, status: str = "sent") -> list:
    return [row for row in outbox_rows(cast, status) if row.sort == "snoozed"]


class Away:
    """A mail server that takes nothing."""

    name = "smtp"

    def send(self, message) -> None:
        raise DeliveryProblem("the server is away")


def test_three_things_put_off_to_one_day_are_one_mail(put_off):
    deliver_on(put_off, LocalOutbox(), DAY)
    (mail,) = reminders(put_off)
    assert {mail.alert_id, *mail.payload_json["with"]} == {alert(put_off, one) for one in (INTERIM_Y1, *OTHERS)}
    assert {row.last_error for row in reminders(put_off, "cancelled")} == {"joined"}
    assert mail.payload_json["text"].count("DEMO-OWN-01") >= 3


@pytest.mark.parametrize("batch", [1, 2])
def test_they_are_one_mail_also_where_few_are_claimed_at_a_time(put_off, batch):
    deliver_on(put_off, LocalOutbox(), DAY, batch=batch)
    assert len(reminders(put_off)) == 1
    assert not reminders(put_off, "pending")


def test_what_was_seen_or_put_off_further_is_not_in_it(put_off):
    acknowledge(put_off.ctx("pi", on="2027-03-18"), alert_id=alert(put_off), key=key())
    snooze(put_off.ctx("pi", on="2027-03-18"), alert_id=alert(put_off, OTHERS[0]), until_on=date(2027, 3, 22), key=key())
    deliver_on(put_off, LocalOutbox(), DAY)
    (mail,) = reminders(put_off)
    assert (mail.alert_id, "with" in mail.payload_json) == (alert(put_off, OTHERS[1]), False)
    deliver_on(put_off, LocalOutbox(), "2027-03-22")
    assert reminders(put_off)[-1].alert_id == alert(put_off, OTHERS[0])


@pytest.mark.parametrize("first", [True, False])
def test_one_that_is_seen_while_the_server_is_away_leaves_the_others_in_their_mail(put_off, first):
    deliver_on(put_off, Away(), DAY)
    (mail,) = reminders(put_off, "pending")
    seen = mail.alert_id if first else mail.payload_json["with"][0]
    acknowledge(put_off.ctx("pi", on=DAY), alert_id=seen, key=key())
    deliver_on(put_off, LocalOutbox(), DAY, "09:00")
    (mail,) = reminders(put_off)
    wanted = {alert(put_off, one) for one in (INTERIM_Y1, *OTHERS)}
    assert wanted - {seen} <= {mail.alert_id, *mail.payload_json["with"]}


def test_what_was_handed_in_meanwhile_falls_out_of_it(put_off):
    change(put_off, t.obligation, put_off.by_key(INTERIM_Y1).id, status="submitted", next_look_on=None)
    deliver_on(put_off, LocalOutbox(), DAY)
    (mail,) = reminders(put_off)
    assert len(mail.payload_json["with"]) == 2
    assert "2 " in mail.payload_json["subject"] or "兩" in mail.payload_json["subject"]


def test_a_silence_of_one_of_them_delays_the_mail_and_drops_nothing(put_off):
    until = put_off.ctx("system", on=DAY, clock="12:00").now
    entry = SilenceEntry(until, "系統維護", programme_id=put_off.project("own").programme_id)
    silence_changes.make_silence(put_off.ctx("chief", on=DAY, clock="00:01"), entry, key=key())
    deliver_on(put_off, LocalOutbox(), DAY)
    assert not reminders(put_off)
    deliver_on(put_off, LocalOutbox(), DAY, "12:05")
    assert len(reminders(put_off)) == 1


def test_a_delivery_that_is_stopped_gives_back_the_mail_with_all_of_them(put_off):
    ctx = put_off.ctx("system", on=DAY, clock="08:05")
    deliver(ctx, LocalOutbox(), MAILS, wall=lambda: ctx.now, stop=lambda: True)
    assert len(reminders(put_off, "pending")) == 1
    deliver_on(put_off, LocalOutbox(), DAY, "08:06")
    assert len(reminders(put_off)) == 1
