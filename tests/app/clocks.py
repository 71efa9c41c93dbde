"""Lets a cast's installation stand on a day, for screens, which read the clock themselves."""

from __future__ import annotations

from dataclasses import replace

from tests.cast import Cast, at
from tracker.clock import FixedClock


def standing(cast: Cast, day: str, clock: str = "09:00") -> Cast:
    """The same cast; its screens see this Taipei day and time."""
    cast.desk = replace(cast.desk, clock=FixedClock(at(day, clock)))
    return cast
