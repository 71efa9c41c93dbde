"""民國 dates are read strictly and written so that they can be read back."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.minguo import CODES, DateTextError, both, parse_date, parse_month, roc, roc_long

NEW_YEAR = date(2026, 1, 1)  # Thursday
KNOWN = st.dates(date(1990, 1, 1), date(2060, 12, 31))
WEEKDAYS = "一二三四五六日"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("民國115年1月1日", NEW_YEAR),
        ("中華民國115年1月1日", NEW_YEAR),
        ("115/1/1", NEW_YEAR),
        ("115.01.01", NEW_YEAR),
        ("115-01-01", NEW_YEAR),
        ("115.1.1", NEW_YEAR),
        ("1150101", NEW_YEAR),
        (1150101, NEW_YEAR),
        ("2026/1/1", NEW_YEAR),
        ("2026-01-01", NEW_YEAR),
        ("西元2026年1月1日", NEW_YEAR),
        ("20260101", NEW_YEAR),
        (20260101, NEW_YEAR),
        ("１１５／０１／０１", NEW_YEAR),
        ("115年1月1日（星期四）", NEW_YEAR),
        ("115/01/01(四)", NEW_YEAR),
        ("115-01-01（週四）", NEW_YEAR),
        ("115-01-01 星期四", NEW_YEAR),
        ("115-01-01 (2026-01-01)", NEW_YEAR),
        ("115-01-04(天)", date(2026, 1, 4)),  # Sunday
        ("113/2/29", date(2024, 2, 29)),
        ("0990131", date(2010, 1, 31)),
        ("099/12/31", date(2010, 12, 31)),
        ("109年5月8日(星期五)", date(2020, 5, 8)),
        ("114 年 9 月 1 日", date(2025, 9, 1)),
        ("109年6月1\n\n日", date(2020, 6, 1)),
        ("\ufeff109年6⽉1日", date(2020, 6, 1)),  # a Kangxi radical for 月, as PDFs have it
        (" 115-01-01\u3000", NEW_YEAR),
        (datetime(2026, 1, 1, 17, 30), NEW_YEAR),
        (NEW_YEAR, NEW_YEAR),
    ],
)
def test_a_date_is_read_as_it_was_meant(written, meant):
    assert parse_date(written) == meant


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        (None, "empty"),
        ("115/2/29", "no_such_day"),
        ("1150230", "no_such_day"),
        (1150230, "no_such_day"),
        ("115/13/1", "no_such_day"),
        ("115/0/1", "no_such_day"),
        ("109年5月8日(星期四)", "weekday"),
        ("115-01-01(五)", "weekday"),
        ("109/04", "month_only"),
        ("中華民國 114 年 7 月", "month_only"),
        ("2026-07", "month_only"),
        ("99/12/31", "ask"),
        ("民國99年12月31日", "ask"),
        ("990131", "ask"),
        (990131, "ask"),
        ("1150/01/01", "ask"),
        ("民國2026年1月1日", "ask"),
        ("西元115年1月1日", "ask"),
        ("115-01-01 (2026-01-02)", "ask"),
        ("78/12/31", "ask"),
        ("078/12/31", "out_of_range"),
        ("150/01/01", "out_of_range"),
        ("1989-12-31", "out_of_range"),
        ("2061-01-01", "out_of_range"),
        ("000/01/01", "out_of_range"),
        (date(2061, 1, 1), "out_of_range"),
        ("115/1-1", "unreadable"),
        ("115/1/1日", "unreadable"),
        ("115年1月1", "unreadable"),
        ("1 1 5/1/1", "unreadable"),  # a space inside a number may hide a lost digit
        ("115/1/1 1", "unreadable"),
        ("115/1/1①", "unreadable"),  # a footnote mark is not a digit
        ("115/1/1²", "unreadable"),
        ("115/1/١", "unreadable"),
        ("12/31/2026", "unreadable"),
        ("2026-01-01T00:00:00", "unreadable"),
        ("11511", "unreadable"),
        ("民國一百一十五年一月一日", "unreadable"),
        ("民國前1年1月1日", "unreadable"),
        ("Jan 1 2026", "unreadable"),
        ("-115/1/1", "unreadable"),
        (True, "unreadable"),
        (1150101.0, "unreadable"),
        (-1150101, "unreadable"),
    ],
)
def test_what_is_not_certain_is_refused_with_its_reason(written, code):
    with pytest.raises(DateTextError) as refused:
        parse_date(written)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("written", "meant"),
    [("109/04", (2020, 4)), ("中華民國 114 年 7 月", (2025, 7)), ("114年12月", (2025, 12)), ("2026-07", (2026, 7))],
)
def test_a_month_is_read_where_a_month_is_asked_for(written, meant):
    assert parse_month(written) == meant


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("109/04/01", "unreadable"),
        ("109/13", "no_such_day"),
        ("99/04", "ask"),
        ("150/04", "out_of_range"),
        ("", "empty"),
        ("四月", "unreadable"),
    ],
)
def test_a_month_that_is_not_certain_is_refused(written, code):
    with pytest.raises(DateTextError) as refused:
        parse_month(written)
    assert refused.value.code == code


def test_dates_are_written_in_three_forms():
    day = date(2026, 8, 31)  # Monday
    assert (roc(day), roc_long(day), both(day)) == ("115-08-31", "民國115年8月31日", "115-08-31 (2026-08-31)")
    assert roc(date(2010, 8, 31)) == "099-08-31"


@given(KNOWN)
def test_the_short_form_and_both_calendars_read_back(day):
    assert parse_date(roc(day)) == parse_date(both(day)) == parse_date(day.isoformat()) == day
    assert parse_date(f"{roc(day)}（星期{WEEKDAYS[day.weekday()]}）") == day
    assert parse_date(int(day.strftime("%Y%m%d"))) == day


@given(st.dates(date(2011, 1, 1), date(2060, 12, 31)))
def test_the_long_form_reads_back_from_year_100_on(day):
    assert parse_date(roc_long(day)) == day
    assert parse_date(roc_long(day).translate(str.maketrans("0123456789", "０１２３４５６７８９"))) == day


@given(st.dates(date(1990, 1, 1), date(2010, 12, 31)))
def test_the_long_form_of_a_two_digit_year_is_asked_about(day):
    with pytest.raises(DateTextError) as refused:
        parse_date(roc_long(day))
    assert refused.value.code == "ask"


@given(KNOWN, st.integers(1, 6))
def test_a_wrong_weekday_is_always_noticed(day, shift):
    with pytest.raises(DateTextError) as refused:
        parse_date(f"{roc(day)}({WEEKDAYS[(day.weekday() + shift) % 7]})")
    assert refused.value.code == "weekday"


@given(st.text(max_size=24))
def test_any_text_at_all_gives_a_date_or_a_reason(text):
    try:
        outcome = parse_date(text)
    except DateTextError as error:
        outcome = error.code
    assert outcome in CODES or 1990 <= outcome.year <= 2060
