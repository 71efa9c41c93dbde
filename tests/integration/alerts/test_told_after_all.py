"""What was left out because its date had moved or it was done is told after all where that changes; a last day is never slept over."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.cast import at, key
from tests.integration.alerts.policies import INTERIM_Y1
from tests.integration.alerts.support import change, deliver_on, fate, look_on, move_date, outbox_rows, raised, told
from tracker.notify.transport import LocalOutbox
from tracker.services import mass_holds, obligation_changes, silence_changes
from tracker.services.alert_choices import choose_alerts, my_alert_choice
from tracker.services.alerts import look
from tracker.services.silence_changes import SilenceEntry
from tracker.store import tables as t

DUE = "2027-03-31"  # Wednesday: the legal last day of the first interim report
LAST = date(2027, 3, 31)
QUARTER = "DEMO-OWN-01/quarterly_report/Y1Q3"


def no_digests(cast, who: str, on: str, **more) -> None:
    ctx = cast.ctx(who, on=on)
    values = {"digest_hour": 8, "quiet_from": 20, "quiet_until": 8, "rest_on_days_off": False, "time_zone": "Asia/Taipei", **more}
    choose_alerts(ctx, digest=False, **values, expected_version=my_alert_choice(ctx).version, key=key())


def of(cast, who: str, public_key: str = INTERIM_Y1):
    """The newest line to somebody."""
    return [line for line in told(cast, public_key) if line.address == cast.person(who).email][-1]


def letter(cast, on: str, **more) -> dict:
    row = cast.by_key(INTERIM_Y1)
    values = {"obligation_id": row.id, "reason": "依來函", "letter_number": "示範字第1號", "expected_version": row.version, "key": key()}
    return {"ctx": cast.ctx("officer", on=on, clock="07:00"), **values, **more}


def test_what_was_waived_by_mistake_before_the_mail_went_is_told_when_it_is_reinstated(cast):
    look_on(cast, "2027-03-30")
    obligation_changes.waive(**letter(cast, "2027-03-30"))
    assert fate(of(cast, "pi")) == "cancelled"
    obligation_changes.reinstate(**letter(cast, "2027-03-30"))
    deliver_on(cast, LocalOutbox(), "2027-03-30")
    assert (of(cast, "pi").stage, fate(of(cast, "pi"))) == ("file_by", "sent")
    assert raised(cast, INTERIM_Y1)[-1] == "file_by"


def test_what_was_handed_in_and_taken_back_is_told_at_the_next_look(cast):
    row = cast.by_key(INTERIM_Y1)
    look_on(cast, DUE)
    change(cast, t.obligation, row.id, status="submitted", next_look_on=None)
    deliver_on(cast, LocalOutbox(), DUE)
    assert fate(of(cast, "pi")) == "cancelled"
    change(cast, t.obligation, row.id, status="open", next_look_on=LAST)
    look_on(cast, DUE, clock="10:00")
    deliver_on(cast, LocalOutbox(), DUE, clock="10:05")
    assert (of(cast, "pi").stage, fate(of(cast, "pi"))) == ("due", "sent")


def test_what_a_later_stage_says_is_not_told_again_when_it_was_taken_back(cast):
    row = cast.by_key(INTERIM_Y1)
    look_on(cast, DUE)
    change(cast, t.obligation, row.id, status="submitted", next_look_on=None)
    deliver_on(cast, LocalOutbox(), DUE)
    change(cast, t.obligation, row.id, status="open", next_look_on=LAST + timedelta(days=1))
    look_on(cast, "2027-04-01", clock="10:00")
    deliver_on(cast, LocalOutbox(), "2027-04-01", clock="10:05")
    lines = [(line.stage, fate(line)) for line in told(cast, INTERIM_Y1) if line.address == cast.person("pi").email]
    assert lines == [("due", "cancelled"), ("+1", "sent")]


@pytest.mark.parametrize("who", ["pi", "assistant"])
def test_an_urgent_thing_whose_date_came_back_is_told_to_whoever_wants_no_digests(cast, who):
    for one in (INTERIM_Y1, QUARTER):  # two urgent things to her: one mail
        move_date(cast, cast.by_key(one), "2027-03-30", LAST)
    look_on(cast, "2027-03-30")
    assert (of(cast, who).sort, of(cast, who).stage) == ("digest", "T-1")
    no_digests(cast, who, "2027-03-30")
    row = cast.by_key(INTERIM_Y1)
    move_date(cast, row, "2027-03-30", LAST + timedelta(days=60))
    move_date(cast, row, "2027-03-30", LAST)  # at nine in the morning
    deliver_on(cast, LocalOutbox(), "2027-03-30", "09:05")
    assert fate(of(cast, who)) == "sent"


def test_what_is_told_after_all_waits_for_the_end_of_the_night(cast):
    look_on(cast, "2027-03-23", clock="09:00")
    look_on(cast, "2027-03-30", clock="09:00")
    obligation_changes.waive(**letter(cast, "2027-03-30"))
    late = letter(cast, "2027-03-30") | {"ctx": cast.ctx("officer", on="2027-03-30", clock="22:00")}
    obligation_changes.reinstate(**late)
    deliver_on(cast, LocalOutbox(), "2027-03-30", "22:05")
    assert fate(of(cast, "pi")) == "pending"
    deliver_on(cast, LocalOutbox(), DUE, "08:05")
    assert fate(of(cast, "pi")) == "sent"


def the_hold(cast):
    return mass_holds.hold_list(cast.ctx("admin", on=DUE))[0]


def due_mails(cast, clock: str) -> set[str]:
    """What became of what the last day says, after a delivery at this hour of it."""
    deliver_on(cast, LocalOutbox(), DUE, clock)
    return {fate(line) for line in told(cast, INTERIM_Y1) if line.stage == "due"}


def test_a_hold_that_is_released_in_the_evening_of_the_last_day_does_not_wait_for_the_morning(cast):
    mass_holds.set_thresholds(cast.ctx("admin", on="2026-06-01"), share=1, least=1, key=key())
    look(cast.ctx("system", on=DUE, clock="08:00"))
    hold = the_hold(cast)
    released = {"hold_id": hold.id, "reason": "已確認", "expected_version": hold.version, "key": key()}
    mass_holds.release(cast.ctx("admin", on=DUE, clock="21:00"), **released)
    assert due_mails(cast, "21:05") == {"sent"}


def test_a_silence_that_is_lifted_or_ends_in_the_evening_of_the_last_day_does_not_sleep_over_it(cast):
    entry = SilenceEntry(at(DUE, "21:00"), "系統維護", programme_id=cast.project("own").programme_id)
    silence_changes.make_silence(cast.ctx("chief", on=DUE, clock="00:01"), entry, key=key())
    look_on(cast, DUE)
    assert due_mails(cast, "08:05") == {"pending"}
    assert due_mails(cast, "21:05") == {"sent"}


def test_quiet_hours_that_are_changed_on_the_last_day_do_not_reach_beyond_it(cast):
    look_on(cast, DUE)
    assert {row.waits_for for row in outbox_rows(cast, "pending")} == {"quiet"}
    ctx = cast.ctx("pi", on=DUE, clock="07:30")
    zone = {"quiet_from": 19, "quiet_until": 11, "time_zone": "America/New_York"}  # 19:30 there; its night ends at 23:00 in Taipei
    choose_alerts(ctx, digest=True, digest_hour=12, rest_on_days_off=False, **zone, expected_version=0, key=key())
    zone = {"quiet_from": 20, "quiet_until": 12, "time_zone": "America/New_York"}  # and by this choice at midnight
    choose_alerts(cast.ctx("pi", on=DUE, clock="21:30"), digest=True, digest_hour=12, rest_on_days_off=False, **zone, expected_version=1,
                  key=key())  # fmt: skip
    deliver_on(cast, LocalOutbox(), DUE, "23:30")
    assert fate(of(cast, "pi")) == "sent"
