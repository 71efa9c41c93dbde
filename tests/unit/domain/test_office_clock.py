"""The office's clock: working days from the day after arrival to the day of the answer, at every border."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import shipped_calendar
from tracker.domain.calendars import OutsideCalendar, WorkingCalendar
from tracker.domain.office_clock import OfficeClock, clock, lengthened, promised_day, share_of, working_days_between

# 2026: September 1 is a Tuesday; the 25th (Friday) is Mid-Autumn Festival, the 28th (Monday) Teachers' Day.
CALENDAR = shipped_calendar()
DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


@pytest.mark.parametrize(
    ("after", "until", "count"),
    [
        ("09-01", "09-01", 0),  # Tuesday, the same day
        ("09-01", "09-02", 1),  # Wednesday
        ("09-04", "09-05", 0),  # Friday to Saturday
        ("09-04", "09-06", 0),  # Friday to Sunday
        ("09-04", "09-07", 1),  # Friday to Monday
        ("09-05", "09-07", 1),  # Saturday to Monday
        ("09-24", "09-28", 0),  # Thursday over the feast to Teachers' Day, a Monday
        ("09-24", "09-29", 1),  # Tuesday
        ("09-02", "09-01", 0),  # backwards
    ],
)
def test_working_days_after_one_day_and_up_to_another(after, until, count):
    assert working_days_between(day(after), day(until), CALENDAR) == count


@pytest.mark.parametrize(
    ("received", "days", "due"),
    [
        ("09-01", 0, "09-01"),  # Tuesday
        ("09-01", 1, "09-02"),  # Wednesday
        ("09-04", 1, "09-07"),  # Friday → Monday
        ("09-05", 1, "09-07"),  # Saturday → Monday
        ("09-01", 20, "10-01"),  # over two feast days: Thursday
    ],
)
def test_what_is_promised_on_arrival(received, days, due):
    assert promised_day(day(received), days, CALENDAR) == day(due)


@given(DAYS, st.integers(0, 40))
def test_the_promised_day_lies_exactly_so_many_working_days_away(received, days):
    due = promised_day(received, days, CALENDAR)
    assert working_days_between(received, due, CALENDAR) == days
    assert days == 0 or CALENDAR.is_working(due)


@given(DAYS, DAYS, DAYS)
def test_a_wait_is_the_sum_of_its_parts(one, two, three):
    first, middle, last = sorted((one, two, three))
    whole = working_days_between(first, last, CALENDAR)
    assert whole == working_days_between(first, middle, CALENDAR) + working_days_between(middle, last, CALENDAR)


@pytest.mark.parametrize(
    ("answered", "waited", "over"),
    [("09-15", 10, 0), ("09-16", 11, 1), ("09-19", 13, 3), ("09-21", 14, 4), (None, 11, 1)],
)  # received Tuesday 09-01, promised Tuesday 09-15; 09-19 is a Saturday, 09-21 a Monday; asked on Wednesday 09-16
def test_the_office_is_late_from_the_day_after_its_promise(answered, waited, over):
    found = clock(day("09-01"), day(answered) if answered else None, day("09-15"), day("09-16"), CALENDAR)
    assert (found.waited, found.over, found.late) == (waited, over, over > 0)


def test_without_a_promise_nothing_is_over():
    assert clock(day("09-01"), None, None, day("12-01"), CALENDAR).over == 0


def test_beyond_the_calendar_mondays_to_fridays_count():
    short = WorkingCalendar("short", frozenset(), frozenset(), day("09-01"), first_day=day("09-01"), last_day=day("09-04"))
    assert clock(day("09-01"), None, day("09-02"), day("09-09"), short).over == 5  # Thursday to next Wednesday
    with pytest.raises(OutsideCalendar):
        promised_day(day("09-04"), 1, short)


@pytest.mark.parametrize(
    ("over", "reply_by"),
    [(0, "09-21"), (1, "09-22"), (3, "09-24"), (4, "09-29")],
)  # from Monday 09-21; the fourth working day lies behind the feast and Teachers' Day
def test_a_late_office_gives_the_project_more_days(over, reply_by):
    assert lengthened(day("09-21"), over, CALENDAR) == day(reply_by)


def test_the_proposed_day_is_a_working_day():
    assert lengthened(day("09-19"), 0, CALENDAR) == day("09-21")  # Saturday → Monday


def _answered(waited: int, over: int, due: bool = True) -> OfficeClock:
    return OfficeClock(day("09-01"), day("09-01") + timedelta(days=waited), day("09-10") if due else None, waited, over)


def test_the_share_in_time_is_of_what_was_promised_and_answered():
    waiting = OfficeClock(day("09-01"), None, day("09-10"), 12, 3)
    found = share_of([_answered(4, 0), _answered(10, 2), _answered(7, 0), _answered(30, 0, due=False), waiting])
    assert (found.answered, found.promised, found.in_time, found.median_waited) == (4, 3, 2, 8.5)
    assert (found.waiting, found.overdue) == (1, 1)
    assert found.share == pytest.approx(2 / 3)


def test_where_nothing_was_answered_there_is_no_figure():
    found = share_of([])
    assert (found.share, found.median_waited, found.waiting) == (None, None, 0)
