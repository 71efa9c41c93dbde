"""Rolling, safe days and the reasons given for them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain import deadlines
from tracker.domain.calendars import OutsideCalendar
from tracker.domain.deadlines import Reason
from tracker.domain.periods import Period, backward_strict
from tracker.programmes.calendars import load_calendar

CALENDAR = load_calendar()
DAY = timedelta(days=1)
ANCHORS = st.dates(date(2003, 1, 1), date(2055, 12, 31))
LENGTHS = st.one_of(st.builds(Period, months=st.integers(1, 24)), st.builds(Period, days=st.integers(1, 400)))
THREE_MONTHS, TWO_MONTHS = Period(months=3), Period(months=2)


def said(found, language="en"):
    return " ".join(reason.text(language) for reason in found.because)


def test_a_saturday_rolls_to_monday_noon(calendar):
    found = deadlines.after(date(2026, 7, 31), THREE_MONTHS, calendar)  # Friday; ends Saturday 10-31
    assert (found.nominal, found.due_on, found.file_by) == (date(2026, 10, 31), date(2026, 11, 2), date(2026, 11, 2))
    assert found.file_by_time == "12:00"
    assert "48-4" in said(found)
    assert "中午12:00前" in said(found, "zh_TW")


def test_a_sunday_rolls_to_monday_without_an_hour(calendar):
    found = deadlines.after(date(2027, 7, 31), THREE_MONTHS, calendar)
    assert (found.nominal, found.due_on, found.file_by_time) == (date(2027, 10, 31), date(2027, 11, 1), None)


def test_a_make_up_working_saturday_neither_rolls_nor_has_an_hour(calendar):
    found = deadlines.after(date(2024, 11, 8), THREE_MONTHS, calendar)
    assert (found.nominal, found.due_on, found.file_by_time) == (date(2025, 2, 8), date(2025, 2, 8), None)
    assert "補行上班日" in said(found, "zh_TW")


def test_the_days_off_that_moved_a_date_are_named(calendar):
    found = deadlines.after(date(2025, 11, 17), THREE_MONTHS, calendar)
    assert found.due_on == date(2026, 2, 23)  # Monday
    assert "2/17（星期二，春節）" in said(found, "zh_TW")
    assert "02-20 (Friday, Chinese New Year's Eve (substitute))" in said(found)


def test_the_starting_day_is_said_not_to_count(calendar):
    found = deadlines.after(date(2026, 4, 30), THREE_MONTHS, calendar)
    assert "始日，不算入" in found.because[0].zh
    assert "115-04-30 (2026-04-30)" in found.because[0].zh
    assert "Civil Code art. 120-2" in found.because[0].en
    assert "whole months" in found.because[1].en


def test_a_missing_corresponding_day_is_explained(calendar):
    found = deadlines.after(date(2024, 11, 29), THREE_MONTHS, calendar)
    assert "無相當日" in found.because[1].zh


def test_a_backward_date_on_a_holiday_stays_and_only_the_safe_day_moves_earlier(calendar):
    found = deadlines.before(date(2025, 7, 31), TWO_MONTHS, calendar)
    assert (found.nominal, found.due_on) == (date(2025, 5, 31), date(2025, 5, 31))  # Saturday
    assert (found.file_by, found.file_by_time) == (date(2025, 5, 29), None)  # Thursday: Friday 05-30 is off
    assert "不往後順延" in said(found, "zh_TW")
    assert "05-30 (Friday, Dragon Boat Festival (substitute))" in said(found)


def test_the_safe_day_follows_the_strict_reading_even_when_nominal_is_a_working_day(calendar):
    found = deadlines.before(date(2021, 5, 31), TWO_MONTHS, calendar)
    assert (found.due_on, found.file_by) == (date(2021, 3, 31), date(2021, 3, 30))  # Wednesday, Tuesday


def test_a_date_from_a_document_is_never_moved(calendar):
    found = deadlines.fixed(date(2026, 2, 17), calendar)  # Tuesday, New Year
    assert (found.anchor, found.nominal, found.due_on) == (None, date(2026, 2, 17), date(2026, 2, 17))
    assert found.file_by == date(2026, 2, 13)  # Friday
    assert deadlines.fixed(date(2026, 9, 1), calendar).file_by == date(2026, 9, 1)  # Tuesday


def test_a_closure_counts_for_its_county_only(with_typhoon):
    anchor = date(2024, 7, 31)
    taipei = deadlines.after(anchor, THREE_MONTHS, with_typhoon.for_county("台北市"))
    hsinchu = deadlines.after(anchor, THREE_MONTHS, with_typhoon.for_county("Hsinchu City"))
    assert (taipei.due_on, hsinchu.due_on) == (date(2024, 11, 1), date(2024, 10, 31))
    assert "天然災害停止上班" in said(taipei, "zh_TW")
    assert "臺北市" in taipei.because[-1].zh


@pytest.mark.parametrize(
    ("anchor", "provisional", "word"),
    [
        (date(2027, 8, 31), False, "calendar tw-"),  # ends Tuesday 2027-11-30
        (date(2027, 9, 30), True, "provisional"),  # rolls from Friday 2027-12-31 to Monday 2028-01-03
        (date(2030, 1, 1), True, "provisional"),
        (date(2020, 1, 1), False, "computed"),
        (date(2010, 1, 1), True, "provisional"),
    ],
)
def test_a_deadline_says_what_its_calendar_rests_on(calendar, anchor, provisional, word):
    found = deadlines.after(anchor, THREE_MONTHS, calendar)
    assert found.provisional is provisional
    assert found.calendar_version == calendar.version
    assert calendar.version in found.because[-1].zh
    assert word in found.because[-1].en


def test_a_past_year_that_was_computed_is_not_called_provisional(calendar):
    found = deadlines.before(date(2021, 5, 31), TWO_MONTHS, calendar)
    assert not found.provisional
    assert "程式推算" in found.because[-1].zh
    assert "暫定" not in found.because[-1].zh


def test_beyond_the_known_days_is_refused_not_guessed(calendar):
    with pytest.raises(OutsideCalendar) as refused:
        deadlines.after(date(2060, 12, 1), THREE_MONTHS, calendar)
    assert refused.value.day == date(2061, 3, 1)


def test_a_day_that_a_rule_names_keeps_the_rules_own_words(calendar):
    why = Reason("起始月之末日。", "The end of the month in which it starts.")
    found = deadlines.until(date(2026, 5, 31), calendar, date(2026, 5, 15), why)  # Sunday
    assert found.because[0] == why
    assert found.due_on == date(2026, 6, 1)


def test_a_reason_survives_being_stored():
    reason = Reason("理由。", "Because.")
    assert Reason.from_dict(reason.as_dict()) == reason
    assert (reason.text("zh_TW"), reason.text("en")) == ("理由。", "Because.")


@given(ANCHORS, LENGTHS)
def test_a_forward_due_day_is_the_first_working_day_from_nominal(anchor, period):
    found = deadlines.after(anchor, period, CALENDAR)
    assert CALENDAR.is_working(found.due_on)
    gap = (found.due_on - found.nominal).days
    assert gap >= 0
    assert not any(CALENDAR.is_working(found.nominal + timedelta(days=step)) for step in range(gap))
    assert found.file_by == found.due_on
    assert (found.file_by_time == "12:00") == (gap > 0 and found.nominal.weekday() == 5)


@given(ANCHORS, LENGTHS)
def test_a_backward_safe_day_is_the_last_working_day_of_the_strict_reading(expiry, period):
    found = deadlines.before(expiry, period, CALENDAR)
    strict = backward_strict(expiry, period)
    assert found.due_on == found.nominal
    assert CALENDAR.is_working(found.file_by)
    assert found.file_by <= strict <= found.nominal
    between = (strict - found.file_by).days
    assert not any(CALENDAR.is_working(found.file_by + timedelta(days=step)) for step in range(1, between + 1))


@given(ANCHORS, ANCHORS, LENGTHS)
def test_rolling_keeps_the_order_of_anchors(one, other, period):
    early, late = sorted((one, other))
    assert deadlines.after(early, period, CALENDAR).due_on <= deadlines.after(late, period, CALENDAR).due_on
    assert deadlines.before(early, period, CALENDAR).file_by <= deadlines.before(late, period, CALENDAR).file_by


@given(ANCHORS, LENGTHS)
def test_every_reason_is_a_sentence_in_both_languages(anchor, period):
    for found in (deadlines.after(anchor, period, CALENDAR), deadlines.before(anchor, period, CALENDAR)):
        assert len(found.because) >= 4
        assert all(reason.zh.endswith("。") and reason.en.endswith(".") for reason in found.because)
