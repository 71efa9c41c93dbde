"""A corrected address: what the old one put off goes at once, and what was asked for by hand or put off by herself goes there too."""

from __future__ import annotations

from datetime import date

import pytest

from tests.cast import at, key
from tests.integration.alerts.sink import smtp_sink
from tests.integration.alerts.support import change, deliver_on, look_on, outbox_rows
from tests.integration.alerts.test_dead_mailbox import DUE, NEW, OLD, correct, refused
from tests.integration.alerts.test_reminders import DAY, INTERIM_Y1, OTHERS, alert, put_off, reminders  # noqa: F401  (a fixture)
from tracker.notify.transport import LocalOutbox, SmtpTransport
from tracker.services.alert_acts import acknowledge, snooze
from tracker.services.delivery_acts import send_again
from tracker.store import tables as t


def hers(cast, status: str | None = None) -> list:
    return [row for row in outbox_rows(cast, status) if row.person_id == cast.person("pi").id]


def arrived(cast, day: str, clock: str) -> list[str]:
    """The texts that arrive at the new address in one delivery."""
    with smtp_sink() as sink:
        smtp = SmtpTransport(sink.url)
        deliver_on(cast, smtp, day, clock)
        smtp.close()
        return [str(mail.get_body().get_content()) for mail in sink.taken if NEW in mail["To"]]


def put_off_by_the_server(cast, *clocks: str) -> None:
    for clock in clocks:
        with smtp_sink(refuse={OLD: "450 mailbox busy"}) as sink:
            smtp = SmtpTransport(sink.url)
            deliver_on(cast, smtp, DUE, clock)
            smtp.close()


def test_what_the_old_address_put_off_does_not_wait_for_its_next_turn(cast):
    look_on(cast, DUE)
    put_off_by_the_server(cast, "08:05", "08:10", "08:30", "09:40", "11:00")
    (waiting,) = hers(cast, "pending")
    assert waiting.available_at >= at(DUE, "15:00")
    correct(cast, DUE, "11:30")
    assert len(arrived(cast, DUE, "11:31")) == 1
    assert hers(cast, "pending") == []


def test_at_night_it_waits_for_the_morning_all_the_same(cast):
    look_on(cast, DUE)
    put_off_by_the_server(cast, "08:05", "19:00", "19:30", "19:50")
    (waiting,) = hers(cast, "pending")
    change(cast, t.outbox, waiting.id, available_at=at("2027-04-01", "11:00"))
    correct(cast, DUE, "21:00")
    (waiting,) = hers(cast, "pending")
    assert (waiting.available_at, waiting.address) == (at("2027-04-01", "08:00"), NEW)


@pytest.fixture
def copied(cast):
    """One mail that went out, and two copies of it that her mailbox refused."""
    look_on(cast, DUE)
    deliver_on(cast, LocalOutbox(), DUE)
    (went,) = hers(cast, "sent")
    for clock in ("09:00", "09:10"):
        send_again(cast.ctx("admin", on=DUE, clock=clock), delivery_ids=[went.id], key=key())
        refused(cast, DUE, clock)
    assert len(hers(cast, "failed")) == 2
    return cast


def test_a_copy_that_the_old_address_refused_goes_to_the_new_one_once(copied):
    correct(copied, DUE)
    assert len(arrived(copied, DUE, "10:01")) == 1
    assert sorted((row.status, row.last_error) for row in hers(copied) if row.sort == "again") == [("cancelled", "joined"), ("sent", "")]
    assert arrived(copied, DUE, "10:02") == []


def test_a_copy_of_long_ago_says_what_was_true_then_and_stays_where_it_is(copied):
    moved = correct(copied, "2027-04-08")  # a Thursday, eight days later
    assert (moved.mails, moved.again) == (0, 0)
    assert [row.status for row in hers(copied) if row.sort == "again"] == ["failed", "failed"]
    assert arrived(copied, "2027-04-08", "10:01") == []


def test_no_copy_goes_to_whom_is_switched_off(copied):
    change(copied, t.person, copied.person("pi").id, active=False)
    correct(copied, DUE)
    assert [row.last_error for row in hers(copied) if row.sort == "again"] == ["account_off"] * 2


@pytest.fixture
def refused_reminders(put_off):  # noqa: F811
    """Three things that she had put off to a Friday, and her mailbox refused the mail."""
    refused(put_off, DAY)
    assert len(reminders(put_off, "failed")) == 1
    return put_off


def test_reminders_that_were_refused_go_to_the_new_address_in_one_mail(refused_reminders):
    cast = refused_reminders
    correct(cast, DAY, "09:00")
    (text,) = arrived(cast, DAY, "09:01")
    assert all(cast.by_key(one).title_zh in text for one in (INTERIM_Y1, *OTHERS))
    assert arrived(cast, DAY, "09:02") == []


def test_of_these_what_she_has_seen_or_put_off_once_more_since_is_not_repeated(refused_reminders):
    cast = refused_reminders
    acknowledge(cast.ctx("pi", on=DAY), alert_id=alert(cast, INTERIM_Y1), key=key())
    snooze(cast.ctx("pi", on=DAY), alert_id=alert(cast, OTHERS[0]), until_on=date(2027, 3, 22), key=key())
    correct(cast, DAY, "09:00")
    (text,) = arrived(cast, DAY, "09:01")
    assert f"obligation={cast.by_key(OTHERS[1]).id}<" in text
    (mail,) = [row for row in reminders(cast) if row.available_at >= at(DAY)]
    assert (mail.alert_id, mail.payload_json["with"]) == (alert(cast, OTHERS[1]), [])


def test_where_she_has_seen_all_of_them_none_goes(refused_reminders):
    cast = refused_reminders
    for one in (INTERIM_Y1, *OTHERS):
        acknowledge(cast.ctx("pi", on=DAY), alert_id=alert(cast, one), key=key())
    correct(cast, DAY, "09:00")
    assert arrived(cast, DAY, "09:01") == []
    assert reminders(cast, "failed") == []
