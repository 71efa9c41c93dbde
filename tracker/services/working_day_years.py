"""What is in force in one year: each day off with its name and where the table came from, and whether the stored dates stand by it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from tracker.config import data_dir
from tracker.domain.calendars import WorkingCalendar
from tracker.domain.reasons import Reason
from tracker.programmes.calendars import load_tables
from tracker.services import policy
from tracker.services.calendar_in_force import in_force
from tracker.services.context import Context
from tracker.services.policy import INSTALLATION, Act
from tracker.services.recalculation import is_applied
from tracker.store import q_working_days as q

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class YearDay:
    """One day that is not what its weekday says, or a named weekend. `kind`: off, make_up, named or closed (in `counties`)."""

    on: date
    kind: str
    name: Reason
    counties: tuple[str, ...] = ()


@dataclass(frozen=True)
class YearView:
    """One year of the working days in force.

    `origin`: imported (brought in here), official (shipped from the published table), computed (shipped, but worked out by a program) or
    projected (no table yet: provisional). `source` says it in words, where known. `applied`: every stored date stands by these days.
    """

    year: int
    origin: str
    provisional: bool
    source: str
    days: tuple[YearDay, ...]
    working_days: int
    version: str
    first_year: int
    last_year: int
    official_through: date
    applied: bool


def year_view(ctx: Context, *, year: int) -> YearView:
    """A year as it is in force; one outside the calendar is brought to its nearest. Raises Forbidden."""
    policy.authorise(ctx.viewer, Act.MANAGE_CALENDAR, INSTALLATION)
    with ctx.store.read() as conn:
        calendar = in_force(conn, ctx.calendar)
        tables = {row.year: row for row in q.tables_in_force(conn)}
        applied = is_applied(conn, calendar) or not q.issue(conn)
    year = min(max(year, calendar.first_day.year), calendar.last_day.year)
    middle = date(year, 7, 1)
    origin, source = "projected", ""
    if year in tables:
        origin, source = "imported", f"{tables[year].source} ({tables[year].filename})"
    elif not calendar.is_provisional(middle):
        origin = "computed" if calendar.is_computed(middle) else "official"
        source = next((one.source for one in load_tables(data_dir() / "calendars" / "tw") if one.year == year), "")
    return YearView(
        year, origin, calendar.is_provisional(middle), source, tuple(_days(calendar, year)), _working(calendar, year), calendar.version,
        calendar.first_day.year, calendar.last_day.year, calendar.official_through, applied,
    )  # fmt: skip


def _days(calendar: WorkingCalendar, year: int) -> Iterable[YearDay]:
    closed: dict[date, list[str]] = {}
    for county, days in calendar.closures.items():
        for day in days:
            closed.setdefault(day, []).append(county)
    day = date(year, 1, 1)
    while day.year == year:
        name = calendar.describe(day)
        if day in calendar.working_weekends:
            yield YearDay(day, "make_up", name)
        elif day.weekday() < 5 and day in calendar.days_off:
            yield YearDay(day, "off", name)
        elif day in calendar.names:
            yield YearDay(day, "named", name)
        if day in closed:
            counties = tuple(sorted(closed[day]))
            yield YearDay(day, "closed", calendar.for_county(counties[0]).describe(day), counties)
        day += _ONE_DAY


def _working(calendar: WorkingCalendar, year: int) -> int:
    first = date(year, 1, 1)
    return sum(calendar.is_working(first + timedelta(days=n)) for n in range((date(year + 1, 1, 1) - first).days))
