"""The machine's clock is set back an hour, forward a day, over midnight and back: every stage once, on no day that was not there."""

from __future__ import annotations

import pytest

from tests.integration.alerts.support import deliver_on, everything, ledger, look_on, mail_of, outbox_rows
from tracker.domain.ladder import STAGES
from tracker.notify.transport import LocalOutbox

REPORT = "DEMO-OWN-01/interim_report/Y1"  # due on Wednesday 2027-03-31


def work(cast, *moments: tuple[str, str]) -> None:
    for day, clock in moments:
        look_on(cast, day, clock)
        deliver_on(cast, LocalOutbox(), day, clock)


def test_an_hour_back_raises_and_sends_nothing_again(cast):
    work(cast, ("2027-03-30", "09:30"))
    before, mails = everything(cast), [(row.id, row.message_id, row.status) for row in outbox_rows(cast)]
    work(cast, ("2027-03-30", "08:30"), ("2027-03-30", "09:30"))
    assert everything(cast) == before
    assert [(row.id, row.message_id, row.status) for row in outbox_rows(cast)] == mails


def test_an_hour_back_over_midnight_keeps_what_the_new_day_raised(cast):
    work(cast, ("2027-03-31", "00:20"))
    before = everything(cast)
    work(cast, ("2027-03-30", "23:20"), ("2027-03-31", "00:20"))
    assert everything(cast) == before


def test_a_mail_sent_before_the_clock_went_back_is_not_sent_twice(cast):
    work(cast, ("2027-03-30", "09:30"))
    first = mail_of(cast, "pi")
    work(cast, ("2027-03-30", "08:30"), ("2027-03-29", "10:00"), ("2027-03-30", "10:00"))
    assert [row.message_id for row in outbox_rows(cast, "sent")].count(first.message_id) == 1
    assert mail_of(cast, "pi").id == first.id


def test_a_day_forward_and_back_raises_each_stage_once(cast):
    work(cast, ("2027-03-30", "09:00"), ("2027-03-31", "09:00"), ("2027-03-30", "09:10"), ("2027-03-31", "09:00"), ("2027-04-01", "09:00"))
    found = [stage for stage, _ in ledger(cast, REPORT)]
    assert sorted(found) == sorted(set(found))
    assert set(found) == set(STAGES[: STAGES.index("+1") + 1])


@pytest.mark.parametrize("clock", ["00:00", "07:59", "08:00", "23:59"])
def test_whatever_the_hour_the_ledger_of_a_day_is_the_same(cast, clock):
    look_on(cast, "2027-03-31", clock)
    assert ledger(cast, REPORT)[-1] == ("due", "raised")
