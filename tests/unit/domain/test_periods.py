"""民法 119-123 counted in closed form, against a slow count day by day."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.periods import (
    Period,
    backward_nominal,
    backward_strict,
    forward,
    last_day_from,
    month_end,
    project_years,
    quarters,
)

DAY = timedelta(days=1)
CIVIL = st.dates(date(1990, 1, 1), date(2060, 12, 31))
LENGTHS = st.one_of(
    st.builds(Period, months=st.integers(1, 60)),
    st.builds(Period, days=st.integers(1, 1000)),
)


def walk(anchor: date, months: int) -> date:
    """民法 120-2 and 121-2 with nothing but steps of one day."""
    day = first = anchor + DAY
    turned = 0
    while turned < months:
        day += DAY
        turned += day.day == 1
    while day.day != first.day:
        if (day + DAY).day == 1:
            return day  # no corresponding day: the end of that month
        day += DAY
    return day - DAY


@pytest.mark.parametrize("months", [1, 2, 3, 6, 12])
def test_ten_years_of_days_agree_with_the_slow_count_in_both_directions(months):
    anchors = [date(2022, 1, 1) + timedelta(days=step) for step in range(12 * 365)]
    walked = [walk(anchor, months) for anchor in anchors]
    assert [forward(anchor, Period(months=months)) for anchor in anchors] == walked
    for expiry in anchors[400:]:
        latest = anchors[bisect_right(walked, expiry) - 1]
        assert backward_nominal(expiry, Period(months=months)) == latest


@given(CIVIL, st.integers(1, 48))
def test_any_forward_period_agrees_with_the_slow_count(anchor, months):
    assert forward(anchor, Period(months=months)) == walk(anchor, months)


@given(CIVIL, st.integers(1, 12))
def test_any_backward_day_is_the_latest_after_which_the_slow_count_still_fits(expiry, months):
    candidates = [expiry - timedelta(days=step) for step in range(28 * months, 31 * months + 2)]
    assert backward_nominal(expiry, Period(months=months)) == max(d for d in candidates if walk(d, months) <= expiry)


@given(CIVIL, LENGTHS)
def test_backward_and_forward_are_dual(expiry, period):
    nominal = backward_nominal(expiry, period)
    assert forward(nominal, period) <= expiry < forward(nominal + DAY, period)


@given(CIVIL, CIVIL, LENGTHS)
def test_a_later_anchor_never_gives_an_earlier_end(one, other, period):
    early, late = sorted((one, other))
    assert forward(early, period) <= forward(late, period)
    assert backward_nominal(early, period) <= backward_nominal(late, period)


@given(CIVIL, st.integers(1, 60))
def test_a_month_is_never_shorter_than_28_days_nor_longer_than_31(anchor, months):
    length = (forward(anchor, Period(months=months)) - anchor).days
    assert 28 * months <= length <= 31 * months


@given(CIVIL, LENGTHS)
def test_the_strict_reading_is_the_nominal_day_or_earlier_by_what_a_day_of_expiry_makes(expiry, period):
    assert backward_strict(expiry, period) == backward_nominal(expiry - DAY, period) <= backward_nominal(expiry, period)


@pytest.mark.parametrize(
    ("anchor", "months", "last"),
    [
        (date(2026, 4, 30), 3, date(2026, 7, 31)),  # whole months, where naive addition says 30 July
        (date(2025, 2, 28), 3, date(2025, 5, 31)),
        (date(2024, 2, 28), 3, date(2024, 5, 28)),  # counting starts on 29 February
        (date(2023, 1, 29), 1, date(2023, 2, 28)),  # 30 January has no fellow in February
        (date(2024, 1, 30), 1, date(2024, 2, 29)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 12, 31), 12, date(2026, 12, 31)),
        (date(2010, 5, 31), 12, date(2011, 5, 31)),
    ],
)
def test_month_ends_are_counted_by_the_corresponding_day(anchor, months, last):
    assert forward(anchor, Period(months=months)) == last


@pytest.mark.parametrize("wrong", [{}, {"months": 1, "days": 1}, {"months": 0}, {"days": -1}, {"months": True}])
def test_a_period_has_months_or_days_and_at_least_one(wrong):
    with pytest.raises(ValueError, match="period"):
        Period(**wrong)


def test_a_period_past_the_end_of_time_is_refused_in_words():
    with pytest.raises(ValueError, match="outside the calendar"):
        forward(date(9999, 12, 30), Period(months=1))
    with pytest.raises(ValueError, match="outside the calendar"):
        backward_nominal(date(1, 1, 2), Period(days=3))


def test_the_end_of_a_month_knows_leap_years():
    assert [month_end(date(year, 2, 3)).day for year in (2023, 2024)] == [28, 29]


def test_four_years_from_the_first_of_june():
    years = project_years(date(2020, 6, 1), date(2024, 5, 31))
    assert [(y.label, y.start, y.end) for y in years] == [
        ("Y1", date(2020, 6, 1), date(2021, 5, 31)),
        ("Y2", date(2021, 6, 1), date(2022, 5, 31)),
        ("Y3", date(2022, 6, 1), date(2023, 5, 31)),
        ("Y4", date(2023, 6, 1), date(2024, 5, 31)),
    ]


def test_years_from_a_leap_day_do_not_drift():
    ends = [year.end for year in project_years(date(2024, 2, 29), date(2028, 2, 28))]
    assert ends == [date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 28)]


def test_an_extension_lengthens_the_last_year_and_makes_no_other():
    years = project_years(date(2020, 6, 1), date(2024, 5, 31), extended_to=date(2025, 5, 31))
    assert [year.label for year in years] == ["Y1", "Y2", "Y3", "Y4"]
    assert (years[-1].start, years[-1].end) == (date(2023, 6, 1), date(2025, 5, 31))


def test_a_short_last_year_ends_with_the_project():
    years = project_years(date(2026, 5, 15), date(2028, 1, 31))
    assert [(y.label, y.start, y.end) for y in years[1:]] == [("Y2", date(2027, 5, 15), date(2028, 1, 31))]


@pytest.mark.parametrize("cut", [project_years, quarters])
def test_an_end_before_the_start_is_refused_in_words(cut):
    with pytest.raises(ValueError, match="before the start"):
        cut(date(2026, 2, 1), date(2026, 1, 31))
    with pytest.raises(ValueError, match="before the end"):
        cut(date(2026, 1, 1), date(2026, 12, 31), extended_to=date(2026, 12, 30))


def test_project_quarters_end_three_months_apart_from_the_original_start():
    first_year = quarters(date(2020, 6, 1), date(2021, 5, 31))
    assert [(q.label, q.end) for q in first_year] == [
        ("Y1Q1", date(2020, 8, 31)),
        ("Y1Q2", date(2020, 11, 30)),
        ("Y1Q3", date(2021, 2, 28)),
        ("Y1Q4", date(2021, 5, 31)),
    ]


def test_the_quarters_of_an_extension_belong_to_the_last_year():
    spans = quarters(date(2024, 1, 1), date(2025, 12, 31), extended_to=date(2026, 4, 30))
    assert [(q.label, q.number) for q in spans[7:]] == [("Y2Q4", 8), ("Y2Q5", 9), ("Y2Q6", 10)]
    assert (spans[-1].start, spans[-1].end) == (date(2026, 4, 1), date(2026, 4, 30))


def test_calendar_quarters_are_cut_to_the_project():
    spans = quarters(date(2025, 11, 16), date(2026, 4, 1), basis="calendar")
    assert [(q.label, q.start, q.end) for q in spans] == [
        ("2025Q4", date(2025, 11, 16), date(2025, 12, 31)),
        ("2026Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026Q2", date(2026, 4, 1), date(2026, 4, 1)),
    ]


def test_an_unknown_quarter_basis_is_refused():
    with pytest.raises(ValueError, match="quarter basis"):
        quarters(date(2026, 1, 1), date(2026, 12, 31), basis="fiscal")


@given(CIVIL, st.integers(0, 3000), st.integers(0, 500))
def test_years_and_quarters_cover_a_project_without_gap_or_overlap(start, length, extension):
    end = start + timedelta(days=length)
    extended = end + timedelta(days=extension)
    for spans in (
        project_years(start, end, extended),
        quarters(start, end, "project", extended),
        quarters(start, end, "calendar", extended),
    ):
        assert (spans[0].start, spans[-1].end) == (start, extended)
        assert all(before.end + DAY == after.start for before, after in pairwise(spans))
        assert len({span.label for span in spans}) == len(spans) == spans[-1].number


@given(CIVIL, st.integers(1, 8))
def test_a_year_counted_with_its_first_day_ends_before_its_anniversary(start, years):
    last = last_day_from(start, Period(months=12 * years))
    if (start.month, start.day) == (2, 29):
        assert (last.month, last.day) == (2, 28)
    else:
        assert last + DAY == start.replace(year=start.year + years)
