"""Tables and closures laid over the shipped calendar, and what differs between two calendars."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.domain.calendar_changes import difference
from tracker.domain.deadlines import after, before, fixed
from tracker.domain.periods import Period
from tracker.programmes.calendars import load_calendar
from tracker.programmes.issued_calendar import IssuedYear, issued

BASE = load_calendar()
MONDAY = date(2028, 9, 4)


def year_like_base(year, more=(), less=(), notes=None):
    off = {day for day in BASE.days_off if day.year == year}
    return IssuedYear(
        year, frozenset(off | set(more)) - set(less), frozenset(d for d in BASE.working_weekends if d.year == year), notes or {}
    )


def test_nothing_brought_in_is_the_shipped_calendar_with_its_version():
    made = issued(BASE, [], {})
    assert (made, made.version, made.base) == (BASE, BASE.version, BASE)


def test_the_version_changes_with_a_day_a_status_and_a_closure_and_comes_back():
    versions = [
        issued(BASE, years, closures).version
        for years, closures in (
            ([], {}),
            ([year_like_base(2026, more=[date(2026, 9, 7)])], {}),
            ([year_like_base(2028)], {}),
            ([], {"臺北市": {date(2026, 9, 7)}}),
            ([], {"新竹市": {date(2026, 9, 7)}}),
        )
    ]
    assert len(set(versions)) == 5
    again = issued(issued(BASE, [year_like_base(2028)], {}), [], {})
    assert again.version == BASE.version


def test_a_table_replaces_every_day_of_its_year_and_names_it_in_english_too():
    made = issued(BASE, [year_like_base(2028, more=[MONDAY], notes={MONDAY: "教師節"})], {})
    assert not made.is_working(MONDAY)
    assert made.describe(MONDAY).en == "Monday, Teachers' Day"
    assert made.is_provisional(date(2028, 12, 31)) is False
    assert made.is_provisional(date(2029, 1, 1)) is True


def test_a_year_behind_a_gap_stays_provisional_until_the_gap_is_filled():
    assert issued(BASE, [year_like_base(2029)], {}).official_through == date(2027, 12, 31)
    assert issued(BASE, [year_like_base(2029), year_like_base(2028)], {}).official_through == date(2029, 12, 31)


def test_of_two_tables_of_one_year_the_later_counts():
    made = issued(BASE, [year_like_base(2028, more=[MONDAY]), year_like_base(2028)], {})
    assert made.is_working(MONDAY)


def test_what_differs_is_told_for_everybody_or_for_the_county():
    new = issued(BASE, [year_like_base(2026, more=[date(2026, 9, 7)])], {"台北市": [date(2026, 9, 8)]})
    assert [(one.on, one.county, one.works) for one in difference(BASE, new).days] == [
        (date(2026, 9, 7), None, False), (date(2026, 9, 8), "臺北市", False),
    ]  # fmt: skip
    assert difference(new, new).days == ()


def test_a_closure_on_a_sunday_differs_in_nothing():
    assert difference(BASE, issued(BASE, [], {"臺北市": [date(2026, 9, 6)]})).days == ()


DAYS = st.dates(date(2026, 1, 1), date(2030, 12, 31))


@settings(max_examples=300, deadline=None)
@given(
    anchor=DAYS, months=st.integers(1, 6), changed=st.sets(DAYS, min_size=1, max_size=6), way=st.sampled_from(["after", "before", "fixed"])
)
def test_a_deadline_that_moves_is_always_among_those_that_a_change_touches(anchor, months, changed, way):
    """What a recalculation leaves out cannot have moved."""
    years = {day.year for day in changed}
    tables = [
        year_like_base(
            year, more=[d for d in changed if d.year == year and d.weekday() < 5 and d not in BASE.days_off],
            less=[d for d in changed if d.year == year and d in BASE.days_off],
        )
        for year in years
    ]  # fmt: skip
    new = issued(BASE, tables, {})

    def deadline(calendar):
        if way == "fixed":
            return fixed(anchor, calendar)
        return (after if way == "after" else before)(anchor, Period(months=months), calendar)

    old, now = deadline(BASE), deadline(new)
    if (old.due_on, old.file_by) != (now.due_on, now.file_by):
        assert difference(BASE, new).touches((old.nominal, old.due_on, old.file_by), None)


def test_spans_are_joined():
    change = difference(BASE, issued(BASE, [year_like_base(2026, more=[date(2026, 9, 7), date(2026, 9, 8)])], {}))
    assert change.spans() == [(date(2026, 9, 7), date(2026, 9, 8))]


@pytest.mark.parametrize("county", ["臺北市", None])
def test_a_county_that_is_none_of_ours_is_not_touched(county):
    change = difference(BASE, issued(BASE, [], {"新竹市": [date(2026, 9, 7)]}))
    assert change.touches((date(2026, 9, 7),), "新竹市")
    assert not change.touches((date(2026, 9, 7),), county)
