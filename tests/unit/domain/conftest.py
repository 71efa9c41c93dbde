"""What the tests of the pure layer share."""

from __future__ import annotations

from datetime import date

import pytest

from tracker.domain.calendars import WorkingCalendar
from tracker.programmes.calendars import load_calendar

TYPHOON = date(2024, 10, 31)  # Thursday


@pytest.fixture(scope="session")
def calendar() -> WorkingCalendar:
    """The shipped calendar."""
    return load_calendar()


@pytest.fixture(scope="session")
def with_typhoon(calendar: WorkingCalendar) -> WorkingCalendar:
    """The shipped calendar and one closure in Taipei, which the shipped data does not claim."""
    return WorkingCalendar(
        version="test",
        days_off=calendar.days_off,
        working_weekends=calendar.working_weekends,
        official_through=calendar.official_through,
        closures={"Taipei": frozenset({TYPHOON})},
        names=calendar.names,
    )
