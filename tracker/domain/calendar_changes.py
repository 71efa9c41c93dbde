"""What differs between two working-day calendars: the days, for everybody or for one county, and the years whose status changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from tracker.domain.calendars import WorkingCalendar
from tracker.domain.reasons import Reason

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayChange:
    """One day that is worked in one of two calendars only. `county` None: everywhere. `old`, `new`: what the day is, with its weekday."""

    on: date
    county: str | None
    works: bool
    old: Reason
    new: Reason


@dataclass(frozen=True)
class CalendarChange:
    """Everything that differs. `years`: those that became official, or stopped being so."""

    days: tuple[DayChange, ...]
    years: tuple[int, ...]

    def spans(self) -> list[tuple[date, date]]:
        """The spans of days on which an answer may differ, in order and not overlapping."""
        found = [(one.on, one.on) for one in self.days] + [(date(year, 1, 1), date(year, 12, 31)) for year in self.years]
        return _joined(found)

    def touches(self, days: Iterable[date | None], county: str | None) -> bool:
        """Whether a computation that looked at the days from the first to the last of these may come out otherwise."""
        known = [day for day in days if day is not None]
        if not known:
            return False
        first, last = min(known), max(known)
        if any(first <= one.on <= last and one.county in (None, county) for one in self.days):
            return True
        return any(first.year <= year <= last.year for year in self.years)


def difference(old: WorkingCalendar, new: WorkingCalendar) -> CalendarChange:
    """What differs from `old` to `new`; names of days do not count."""
    everywhere = _days(old, new)
    found = [DayChange(day, None, new.is_working(day), old.describe(day), new.describe(day)) for day in everywhere]
    for county in sorted(set(old.closures) | set(new.closures)):
        here, there = old.for_county(county), new.for_county(county)
        found += [
            DayChange(day, county, there.is_working(day), here.describe(day), there.describe(day))
            for day in _days(here, there) - everywhere
        ]
    return CalendarChange(tuple(sorted(found, key=lambda one: (one.on, one.county or ""))), _years(old, new))


def _days(old: WorkingCalendar, new: WorkingCalendar) -> set[date]:
    return set((old.days_off ^ new.days_off) | (old.working_weekends ^ new.working_weekends))


def _years(old: WorkingCalendar, new: WorkingCalendar) -> tuple[int, ...]:
    edges = [calendar.official_through.year for calendar in (old, new)] + [calendar.tabled_from.year for calendar in (old, new)]
    middles = {year: date(year, 7, 1) for year in range(min(edges), max(edges) + 1)} if date.min.year not in edges else {}
    moved = {year for year, day in middles.items() if old.is_provisional(day) != new.is_provisional(day)}
    return tuple(sorted(moved | (old.computed_years ^ new.computed_years)))


def _joined(spans: list[tuple[date, date]]) -> list[tuple[date, date]]:
    joined: list[tuple[date, date]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + _ONE_DAY:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined
