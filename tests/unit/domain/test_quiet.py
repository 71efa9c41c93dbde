"""When somebody may be told: quiet hours, days off and the digest of a local day, in every zone and over both clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.cast import at, shipped_calendar
from tracker.domain.quiet import Choice, digest_at, end_of_quiet, goes_out_at, is_urgent, local_day, urgent_at, zone

ZONES = ("Asia/Taipei", "Europe/London", "America/New_York", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")
LONDON = Choice(time_zone="Europe/London")
CALENDAR = shipped_calendar()
hours = st.integers(0, 23)
choices = st.builds(
    Choice, digest_hour=hours, quiet_from=hours, quiet_until=hours, rest_on_days_off=st.booleans(), time_zone=st.sampled_from(ZONES)
)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 1), timezones=st.just(UTC))


def there(instant: datetime, choice: Choice) -> datetime:
    return instant.astimezone(zone(choice.time_zone))


@given(instants, choices, st.booleans())
def test_nothing_goes_out_before_it_is_decided_nor_in_quiet_hours(now, choice, urgent):
    out = goes_out_at(now, urgent, choice, CALENDAR)
    assert out >= now
    assert not choice.is_quiet(there(out, choice).hour)


@given(instants, choices)
def test_what_is_urgent_waits_for_one_night_at_most(now, choice):
    assert urgent_at(now, choice) - now <= timedelta(hours=25)
    if not choice.is_quiet(there(now, choice).hour):
        assert urgent_at(now, choice) == now


@given(instants, choices, st.booleans())
def test_a_digest_goes_out_on_the_local_day_that_it_is_of(now, choice, catch_up):
    day, out = digest_at(now, choice, CALENDAR, catch_up=catch_up)
    assert there(out, choice).date() == day >= local_day(now, choice)
    assert CALENDAR.is_working(day) or not choice.rest_on_days_off


@given(instants, st.integers(0, 4000), choices)
@example(datetime(2026, 1, 1, tzinfo=UTC), 60, Choice(True, 0, 1, 9, False, "Asia/Taipei"))  # in quiet hours, after the hour of the digest
def test_a_later_look_never_finds_an_earlier_digest(now, minutes, choice):
    first = digest_at(now, choice, CALENDAR)
    later = digest_at(now + timedelta(minutes=minutes), choice, CALENDAR)
    assert first[0] <= later[0]
    assert first[1] <= later[1]


@given(instants, choices)
def test_the_digest_after_todays_is_on_a_later_day(now, choice):
    day, out = digest_at(now, choice, CALENDAR)
    next_day, next_out = digest_at(now, choice, CALENDAR, after=day)
    assert next_day > day
    assert next_out > out


@pytest.mark.parametrize(
    ("now", "out"),
    [
        (at("2027-01-29", "00:05"), at("2027-01-29", "08:00")),  # Friday: raised at midnight, mailed in the morning
        (at("2027-01-29", "07:59"), at("2027-01-29", "08:00")),
        (at("2027-01-29", "08:00"), at("2027-01-29", "08:00")),
        (at("2027-01-29", "19:59"), at("2027-01-29", "19:59")),
        (at("2027-01-29", "20:00"), at("2027-01-30", "08:00")),
        (at("2027-01-29", "23:59"), at("2027-01-30", "08:00")),
    ],
)
def test_the_usual_quiet_hours_are_from_eight_to_eight_in_taipei(now, out):
    assert urgent_at(now, Choice()) == end_of_quiet(now, Choice()) == out


def test_quiet_hours_may_lie_within_a_day_or_be_none():
    noon = Choice(quiet_from=12, quiet_until=14, digest_hour=13)
    assert urgent_at(at("2027-01-29", "12:30"), noon) == at("2027-01-29", "14:00")
    assert noon.hour == 14, "a digest of an hour that is quiet waits for its end"
    assert urgent_at(at("2027-01-29", "03:00"), Choice(quiet_from=0, quiet_until=0)) == at("2027-01-29", "03:00")


def test_a_last_day_that_would_be_over_by_the_morning_is_not_waited_for():
    evening, due_on = at("2027-03-31", "21:00"), date(2027, 3, 31)  # Wednesday, the legal last day
    assert urgent_at(evening, Choice(), "due", due_on) == evening
    assert urgent_at(evening, Choice(), "T-1", date(2027, 4, 1)) == at("2027-04-01", "08:00")
    assert urgent_at(at("2027-03-31", "00:05"), Choice(), "due", due_on) == at("2027-03-31", "08:00")


@pytest.mark.parametrize(
    ("now", "catch_up", "day", "clock"),
    [
        ("00:05", True, "2027-01-29", "08:00"),  # Friday
        ("10:00", True, "2027-01-29", "10:00"),  # the worker was away in the morning
        ("10:00", False, "2027-01-30", "08:00"),  # something that happened by day is news of tomorrow
        ("21:00", True, "2027-01-30", "08:00"),
    ],
)
def test_after_its_hour_todays_digest_is_caught_up_with(now, catch_up, day, clock):
    assert digest_at(at("2027-01-29", now), Choice(), CALENDAR, catch_up=catch_up) == (date.fromisoformat(day), at(day, clock))


def test_who_rests_on_days_off_gets_the_digest_on_the_next_working_day():
    resting = Choice(rest_on_days_off=True)
    assert digest_at(at("2027-02-05", "09:00"), resting, CALENDAR, catch_up=False)[0] == CALENDAR.next_working(date(2027, 2, 6))
    # Monday 2026-10-26 is the day off for Sunday's Retrocession Day, so Friday's evening is followed by Tuesday.
    assert digest_at(at("2026-10-23", "21:00"), resting, CALENDAR)[0] == date(2026, 10, 27)
    assert urgent_at(at("2026-10-25", "09:00"), resting) == at("2026-10-25", "09:00"), "what is urgent rests on no day"


def test_an_hour_that_comes_twice_makes_one_digest_in_london():
    once = Choice(time_zone="Europe/London", digest_hour=1, quiet_from=0, quiet_until=0)
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # Sunday: 01:30 and 01:30
    assert there(first, once).hour == there(second, once).hour == 1
    assert digest_at(first, once, None)[0] == digest_at(second, once, None)[0] == date(2026, 10, 25)
    evening = datetime(2026, 10, 24, 20, tzinfo=UTC)
    assert digest_at(evening, once, None, catch_up=False)[1] == datetime(2026, 10, 25, 0, tzinfo=UTC), "at the first of the two"


def test_an_hour_that_is_skipped_makes_a_digest_all_the_same_in_london():
    early = Choice(time_zone="Europe/London", digest_hour=1, quiet_from=0, quiet_until=0)
    day, out = digest_at(datetime(2027, 3, 28, 0, 10, tzinfo=UTC), early, None, catch_up=False)  # Sunday: 01:00 becomes 02:00
    assert (day, there(out, early).hour) == (date(2027, 3, 28), 2)


def test_quiet_hours_end_by_the_clock_on_the_wall_after_it_was_changed():
    assert end_of_quiet(datetime(2027, 3, 27, 23, tzinfo=UTC), LONDON) == datetime(2027, 3, 28, 7, tzinfo=UTC)  # eight in summer time
    assert end_of_quiet(datetime(2026, 10, 24, 23, tzinfo=UTC), LONDON) == datetime(2026, 10, 25, 8, tzinfo=UTC)


def test_the_local_day_turns_at_midnight_in_taipei():
    assert local_day(at("2027-01-28", "23:59"), Choice()) == date(2027, 1, 28)
    assert local_day(at("2027-01-29", "00:00"), Choice()) == date(2027, 1, 29)
    assert local_day(at("2027-01-29", "00:00"), LONDON) == date(2027, 1, 28)


@pytest.mark.parametrize("values", [{"digest_hour": 24}, {"quiet_from": -1}, {"time_zone": "Mars/Olympus"}, {"time_zone": "../etc/passwd"}])
def test_an_hour_or_a_zone_that_does_not_exist_is_refused(values):
    with pytest.raises(ValueError, match=r"hour|zone"):
        Choice(**values)


@pytest.mark.parametrize(
    ("stage", "urgent"),
    [
        ("T-60", False), ("T-30", False), ("T-14", False), ("T-7", False), ("T-1", True), ("file_by", True), ("due", True), ("+1", True),
        ("+7", True), ("+14", True), ("issued", True), ("nudge:2026-09-01", True), ("to:officer", True),
    ],
)  # fmt: skip
def test_the_last_days_and_what_is_overdue_are_urgent(stage, urgent):
    assert is_urgent(stage) is urgent
