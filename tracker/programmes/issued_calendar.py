"""A working-day calendar with what an installation brought in itself: tables issued since, and closures of a county's offices.

The shipped calendar stays the base. The table of a year replaces all days of that year; closures are added. So taking a table or a
closure back is to build the calendar anew without it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from tracker.domain.calendars import WorkingCalendar, canonical_county
from tracker.domain.reasons import Reason

#: The notes of the official tables since 2017, in English.
_ENGLISH = {
    "開國紀念日": "Founding Day of the Republic of China",
    "中華民國開國紀念日": "Founding Day of the Republic of China",
    "小年夜": "day before Chinese New Year's Eve",
    "農曆除夕": "Chinese New Year's Eve",
    "春節": "Chinese New Year",
    "和平紀念日": "Peace Memorial Day",
    "兒童節": "Children's Day",
    "民族掃墓節": "Tomb-Sweeping Day",
    "清明節": "Tomb-Sweeping Day",
    "兒童節及民族掃墓節": "Children's Day and Tomb-Sweeping Day",
    "勞動節": "Labour Day",
    "端午節": "Dragon Boat Festival",
    "中秋節": "Mid-Autumn Festival",
    "孔子誕辰紀念日": "Confucius' Birthday",
    "孔子誕辰紀念日/教師節": "Confucius' Birthday and Teachers' Day",
    "教師節": "Teachers' Day",
    "國慶日": "National Day",
    "臺灣光復暨金門古寧頭大捷紀念日": "Taiwan Restoration and Guningtou Victory Memorial Day",
    "行憲紀念日": "Constitution Day",
    "補假": "substitute day off",
    "調整放假": "day off exchanged for another",
    "放假": "day off",
    "補行上班": "make-up working day",
    "調整上班": "make-up working day",
}


#: Notes that give no reason of their own.
_PLAIN = frozenset({"補假", "調整放假", "放假"})


@dataclass(frozen=True)
class IssuedYear:
    """The table of one year: weekdays off, weekends worked, and the note of each day that has one."""

    year: int
    days_off: frozenset[date]
    working_weekends: frozenset[date]
    notes: Mapping[date, str]


def issued(base: WorkingCalendar, years: Iterable[IssuedYear], closures: Mapping[str, Iterable[date]], issue: int = 0) -> WorkingCalendar:
    """The calendar in force: `base` (or what it was itself made from) with these tables and closures.

    Of two tables of one year the later in `years` counts. `issue` is the store's revision at which they were read. The version changes
    with any working day, any year's status and any closure, and is the base's own where none of these differs.
    """
    base = base.base or base
    newest = {one.year: one for one in years}
    replaced = frozenset(newest)
    off = {day for day in base.days_off if day.year not in replaced}.union(*(one.days_off for one in newest.values()))
    worked = {day for day in base.working_weekends if day.year not in replaced}.union(*(one.working_weekends for one in newest.values()))
    names = {day: name for day, name in base.names.items() if day.year not in replaced}
    for one in newest.values():
        names |= {day: _name(base, day, note) for day, note in one.notes.items() if day not in one.working_weekends}
    through, since = _official(base, replaced)
    made = replace(
        base,
        days_off=frozenset(off),
        working_weekends=frozenset(worked),
        names=names,
        official_through=through,
        tabled_from=since,
        computed_years=base.computed_years - replaced,
        closures=_with_closures(base.closures, closures),
        base=base,
        issue=issue,
    )
    own = fingerprint(base)
    mark = fingerprint(made, "" if (through, since) == (base.official_through, base.tabled_from) else f"official {since} {through}")
    return made if own == mark else replace(made, version=f"{base.version.removesuffix('+' + own)}+{mark}")


def fingerprint(calendar: WorkingCalendar, status: str = "") -> str:
    """Eight hexadecimal digits that change with any working day, any computed year, any closure and with `status`."""
    parts = [
        *(f"off {day}" for day in sorted(calendar.days_off)),
        *(f"on {day}" for day in sorted(calendar.working_weekends)),
        *(f"computed {year}" for year in sorted(calendar.computed_years)),
        *(f"closed {county} {day}" for county in sorted(calendar.closures) for day in sorted(calendar.closures[county])),
        *([status] if status else []),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]


def _name(base: WorkingCalendar, day: date, note: str) -> Reason:
    known = base.names.get(day)
    if known is not None and (known.zh == note or note in _PLAIN):
        return known  # the table says only that a day is given off, the shipped names say for what
    return Reason(note, _ENGLISH.get(note, note))


def _official(base: WorkingCalendar, years: frozenset[int]) -> tuple[date, date]:
    """The last and the first day without a gap in the tables: a year after a missing one stays provisional."""
    through, since = base.official_through, base.tabled_from
    while through.year + 1 in years:
        through = date(through.year + 1, 12, 31)
    while since.year - 1 in years:
        since = date(since.year - 1, 1, 1)
    return through, since


def _with_closures(base: Mapping[str, frozenset[date]], more: Mapping[str, Iterable[date]]) -> dict[str, frozenset[date]]:
    closures = {county: frozenset(days) for county, days in base.items()}
    for name, days in more.items():
        county = canonical_county(name) or name
        closures[county] = closures.get(county, frozenset()) | frozenset(days)
    return {county: days for county, days in closures.items() if days}
