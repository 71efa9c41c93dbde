"""The weeks ahead: year boundaries, the Lunar New Year, absences that begin or end in the middle of a week."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import shipped_calendar
from tracker.domain.review_load import (
    Absence,
    AwayDays,
    Landing,
    days_away,
    lands_on,
    monday_from_label,
    monday_of,
    usual_week,
    week_label,
    weeks,
    working_days,
)


@pytest.mark.parametrize(
    ("day", "label"),
    [
        (date(2026, 12, 31), "2026-W53"),  # Thursday
        (date(2027, 1, 1), "2026-W53"),  # Friday of the same week
        (date(2027, 1, 4), "2027-W01"),  # Monday
        (date(2025, 12, 29), "2026-W01"),  # Monday, a week that belongs to the year after
    ],
)
def test_a_week_has_the_name_of_the_year_of_its_thursday(day, label):
    assert week_label(day) == label
    assert monday_from_label(label) == monday_of(day)


@pytest.mark.parametrize("label", ["", "2026", "2026-W54", "2026-W0", "2026-W5x", "2025-W53", "２０２６-W01", "W01-2026", "2026-W001"])
def test_what_names_no_week_is_refused(label):
    with pytest.raises(ValueError):  # noqa: PT011
        monday_from_label(label)


@given(st.dates(date(2000, 1, 1), date(2060, 12, 31)))
def test_a_label_leads_back_to_its_week(day):
    assert monday_from_label(week_label(day)) == monday_of(day) <= day < monday_of(day) + timedelta(days=7)


def test_the_week_over_the_new_year_holds_what_lands_on_both_sides(calendar):
    landings = [Landing("quarterly_report", 1, date(2026, 12, 31)), Landing("reply", 1, date(2027, 1, 3))]  # Thursday, Sunday
    first, second = weeks(date(2026, 12, 30), 2, landings, [], [], calendar)  # Wednesday
    assert (first.label, first.landing, first.working_days) == ("2026-W53", 2, 4)  # Friday is New Year's Day
    assert (second.label, second.landing) == ("2027-W01", 0)


def test_the_week_of_the_lunar_new_year_has_hardly_a_working_day(calendar):
    new_year = date(2026, 2, 16)  # Monday; the eve of the Lunar New Year
    assert working_days(new_year, calendar) == 0
    (week,) = weeks(new_year, 1, [Landing("reply", None, date(2026, 2, 20))], [], [], calendar, usual=10.0)
    assert (week.usual, week.heavy) == (0.0, True)


def test_an_absence_counts_only_the_working_days_of_the_week(calendar):
    monday = date(2026, 9, 21)  # the Mid-Autumn Festival is on Friday the 25th
    absence = Absence(7, date(2026, 9, 24), date(2026, 9, 30), 8)  # Thursday to Wednesday
    assert days_away(absence, monday, calendar) == 1
    first, second, third = weeks(monday, 3, [], [], [absence], calendar)
    assert first.away == (AwayDays(7, 1, 8),)
    assert second.away[0].days == 2  # Monday the 28th is Teachers' Day
    assert third.away == ()


@pytest.mark.parametrize(
    ("file_by", "due_on", "today", "lands"),
    [
        (date(2026, 9, 14), date(2026, 9, 15), date(2026, 9, 14), date(2026, 9, 14)),  # Monday, on the safe day
        (date(2026, 9, 14), date(2026, 9, 15), date(2026, 9, 15), date(2026, 9, 15)),  # Tuesday, after it
        (date(2026, 9, 14), date(2026, 9, 15), date(2026, 9, 16), None),  # Wednesday: overdue, no day can be named
        (None, date(2026, 9, 15), date(2026, 9, 1), date(2026, 9, 15)),
        (date(2026, 9, 17), date(2026, 9, 15), date(2026, 9, 1), date(2026, 9, 15)),  # a safe day after the legal one counts for nothing
    ],
)
def test_what_is_to_come_lands_by_its_day_and_not_later(file_by, due_on, today, lands):
    assert lands_on(file_by, due_on, today) == lands


def test_officers_with_most_come_first_and_nobody_in_charge_is_named_too(calendar):
    landings = [Landing("reply", 2, date(2026, 9, 1)), Landing("reply", None, date(2026, 9, 2), 3), Landing("reply", 1, date(2026, 9, 3))]
    (week,) = weeks(date(2026, 9, 1), 1, landings, [date(2026, 9, 4), date(2026, 9, 11)], [], calendar)
    assert week.by_officer == ((None, 3), (1, 1), (2, 1))
    assert week.answers == 1


def test_the_usual_week_is_a_median_of_whole_weeks_stretched_to_five_days(calendar):
    # Weeks from Mondays 2026-08-03, 10, 17, 24: 2, 4, 0 and 6 answers in five working days each.
    answered = [date(2026, 8, 3)] * 2 + [date(2026, 8, 11)] * 4 + [date(2026, 8, 28)] * 6 + [date(2026, 9, 1)] * 50
    assert usual_week(answered, date(2026, 7, 1), date(2026, 9, 1), calendar) == 3.0, "the week that runs says nothing yet"


def test_three_weeks_are_too_few_to_say_what_is_usual(calendar):
    assert usual_week([date(2026, 8, 11)], date(2026, 7, 1), date(2026, 9, 1), calendar) is None
    assert usual_week([], date(2026, 7, 1), date(2026, 9, 1), calendar) is None


@given(st.lists(st.tuples(st.sampled_from(["reply", "final_report"]), st.integers(0, 200), st.integers(1, 5)), max_size=30))
def test_nothing_that_lands_within_the_weeks_is_lost_or_counted_twice(drawn):
    today, count = date(2026, 11, 20), 12
    landings = [Landing(kind, 1, today + timedelta(days=after), n) for kind, after, n in drawn]
    made = weeks(today, count, landings, [], [], shipped_calendar())
    end = monday_of(today) + timedelta(days=7 * count)
    assert sum(week.landing for week in made) == sum(one.count for one in landings if one.on < end)
    assert all(week.landing == sum(n for _, n in week.by_officer) for week in made)
