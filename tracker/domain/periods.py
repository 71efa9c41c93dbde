"""Periods counted by 民法 119-123: last days, project years, quarters. Closed forms, always from the anchor.

Nothing here knows working days: a period boundary never rolls (rules §1.1). Rolling is in `deadlines`.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """A length in whole calendar months or in days; exactly one of the two, at least 1 (民法 123-1: by the calendar).

    Raises ValueError otherwise.
    """

    months: int = 0
    days: int = 0

    def __post_init__(self) -> None:
        for value in (self.months, self.days):
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise ValueError("a period is a whole number of months or of days, at least 1")
        if (self.months > 0) == (self.days > 0):
            raise ValueError("a period has months or days, exactly one of the two, at least 1")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of days, both ends included, with its label ("Y1", "Y2Q3", "2026Q1") and running number from 1."""

    label: str
    start: date
    end: date
    number: int


def _month_offset(year: int, month: int, months: int) -> tuple[int, int]:
    """(year, month) that lies `months` (may be negative) from the given one."""
    index = year * 12 + month - 1 + months
    return index // 12, index % 12 + 1


def month_end(day: date) -> date:
    """The last day of the month of `day`."""
    return date(day.year, day.month, monthrange(day.year, day.month)[1])


def forward(anchor: date, period: Period) -> date:
    """The last day of a period counted after `anchor`, which is itself not counted (民法 120-2), unrolled.

    Months (民法 121-2): the day before the day that corresponds to the first counted day; where the last month has no
    such day, its last day. Days: anchor + n. For a period that *includes* its first day pass the day before it.
    Raises ValueError when the result lies beyond year 9999.
    """
    try:
        if period.days:
            return anchor + timedelta(days=period.days)
        first = anchor + ONE_DAY
        year, month = _month_offset(first.year, first.month, period.months)
        length = monthrange(year, month)[1]
        if first.day > length:
            return date(year, month, length)
        return date(year, month, first.day) - ONE_DAY
    except (OverflowError, ValueError, IndexError) as error:
        raise ValueError("the period ends outside the calendar") from error


def backward_nominal(expiry: date, period: Period) -> date:
    """The latest day after which the whole period still remains until `expiry` (24:00): 「期滿前 n 個月」, rules §1.3.

    The closed form (expiry + 1 day) − n months (clamped) − 1 day equals "the latest D with forward(D) <= expiry".
    Never rolled. Raises ValueError when the result lies before year 1.
    """
    try:
        if period.days:
            return expiry - timedelta(days=period.days)
        after = expiry + ONE_DAY
        year, month = _month_offset(after.year, after.month, -period.months)
        return date(year, month, min(after.day, monthrange(year, month)[1])) - ONE_DAY
    except (OverflowError, ValueError, IndexError) as error:
        raise ValueError("the period begins outside the calendar") from error


def backward_strict(expiry: date, period: Period) -> date:
    """The same with the expiry day itself not counted (the cautious reading of rules §1.3): at most a day earlier."""
    return backward_nominal(expiry - ONE_DAY, period)


def last_day_from(start: date, period: Period) -> date:
    """The last day of a period whose first day is `start`, counted in full (「自…起」 from 0:00; rules §1.2)."""
    return forward(start - ONE_DAY, period)


def _checked_end(start: date, end: date, extended_to: date | None) -> date:
    if end < start:
        raise ValueError(f"the end {end.isoformat()} is before the start {start.isoformat()}")
    if extended_to is None:
        return end
    if extended_to < end:
        raise ValueError(f"the extension to {extended_to.isoformat()} is before the end {end.isoformat()}")
    return extended_to


def project_years(start: date, end: date, extended_to: date | None = None) -> tuple[Span, ...]:
    """The years "Y1", "Y2" … of a project that runs from `start` to `end`, both included.

    Year k ends 12·k months from the *original* start (chaining year ends would drift from 02-28 to 02-29). A last year
    of fewer than twelve months ends on `end`. An extension makes no new year: it lengthens the last one to
    `extended_to`. Raises ValueError when `end` is before `start` or `extended_to` before `end`.
    """
    last = _checked_end(start, end, extended_to)
    ends = _boundaries(start, end, 12)
    ends[-1] = last
    return tuple(Span(f"Y{number}", first, year_end, number) for number, (first, year_end) in enumerate(_stretches(start, ends), start=1))


def quarters(
    start: date,
    end: date,
    basis: Literal["project", "calendar"] = "project",
    extended_to: date | None = None,
) -> tuple[Span, ...]:
    """The quarters of a project that runs from `start` to `end`, both included, and on to `extended_to`.

    "project": quarter k ends 3·k months from the original start and is labelled by project year, "Y2Q3"; the quarters
    of an extension belong to the last year and go on counting ("Y4Q5"). "calendar": January to March and so on, cut to
    the project, "2026Q1". Either way the first or last one may be short. `number` runs from 1 through the project.
    Raises ValueError for an unknown basis and as `project_years` does.
    """
    last = _checked_end(start, end, extended_to)
    if basis == "calendar":
        return _calendar_quarters(start, last)
    if basis != "project":
        raise ValueError(f"unknown quarter basis {basis!r}: project or calendar")
    years = len(_boundaries(start, end, 12))
    spans = []
    for index, (first, quarter_end) in enumerate(_stretches(start, _boundaries(start, last, 3))):
        year = min(index // 4 + 1, years)
        spans.append(Span(f"Y{year}Q{index - 4 * (year - 1) + 1}", first, quarter_end, index + 1))
    return tuple(spans)


def _boundaries(start: date, last: date, step: int) -> list[date]:
    """The ends of successive `step`-month stretches from `start`, the final one cut to `last`."""
    ends: list[date] = []
    while not ends or ends[-1] < last:
        ends.append(min(last_day_from(start, Period(months=step * (len(ends) + 1))), last))
    return ends


def _stretches(start: date, ends: list[date]) -> list[tuple[date, date]]:
    return list(zip([start, *(end + ONE_DAY for end in ends[:-1])], ends, strict=True))


def _calendar_quarters(start: date, last: date) -> tuple[Span, ...]:
    spans: list[Span] = []
    first = start
    while first <= last:
        quarter = (first.month - 1) // 3 + 1
        quarter_end = min(month_end(date(first.year, quarter * 3, 1)), last)
        spans.append(Span(f"{first.year}Q{quarter}", first, quarter_end, len(spans) + 1))
        first = quarter_end + ONE_DAY
    return tuple(spans)
