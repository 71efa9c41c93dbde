"""Column types: what goes in comes out equal, sorts in time order, and nothing ambiguous goes in."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from tracker.store.types import CivilDate, DecimalText, Instant, JsonText, instant_text, json_text

DIALECT = sqlite.dialect()


def there_and_back(kind, value):
    return kind.process_result_value(kind.process_bind_param(value, DIALECT), DIALECT)


@given(st.dates())
def test_a_civil_date_comes_back(value: date):
    assert there_and_back(CivilDate(), value) == value


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_comes_back_aware_and_in_utc(value: datetime):
    back = there_and_back(Instant(), value)
    assert (back, back.utcoffset()) == (value, timedelta(0))


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_instants_sort_as_texts(one: datetime, other: datetime):
    assert (one < other) == (instant_text(one) < instant_text(other))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_a_decimal_comes_back_digit_for_digit(value: Decimal):
    assert str(there_and_back(DecimalText(), value)) == format(value, "f")


def test_an_instant_of_another_zone_is_stored_in_utc():
    taipei = datetime(2026, 9, 1, 0, 0, tzinfo=timezone(timedelta(hours=8)))
    assert instant_text(taipei) == "2026-08-31T16:00:00.000000Z"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Instant(), datetime(2026, 9, 1)),
        (Instant(), date(2026, 9, 1)),
        (CivilDate(), datetime(2026, 9, 1, tzinfo=UTC)),
        (CivilDate(), "2026-09-01"),
        (DecimalText(), 0.1),
        (DecimalText(), True),
        (DecimalText(), Decimal("NaN")),
        (DecimalText(), Decimal("Infinity")),
    ],
)
def test_what_is_ambiguous_is_refused(kind, value):
    with pytest.raises(TypeError):
        kind.process_bind_param(value, DIALECT)


@pytest.mark.parametrize("kind", [Instant(), CivilDate(), DecimalText(), JsonText()])
def test_nothing_stays_nothing(kind):
    assert there_and_back(kind, None) is None


def test_equal_values_are_one_json_text_in_readable_chinese():
    assert json_text({"b": 1, "a": "期中"}) == json_text({"a": "期中", "b": 1}) == '{"a":"期中","b":1}'


def test_a_number_that_json_does_not_know_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        json_text({"x": float("nan")})
