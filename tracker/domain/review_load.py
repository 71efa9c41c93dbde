"""The weeks ahead of an office: what lands in which, what it has promised to answer, who is away, and what it usually manages.

Weeks are ISO weeks of civil days in Asia/Taipei, from Monday. What is still to come is counted where it would land if everybody kept the
date; nothing is guessed about who will be late.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from tracker.domain.calendars import OutsideCalendar, WorkingCalendar

ONE_WEEK = timedelta(days=7)
FULL_WEEK = 5
"""Working days of a usual week."""


@dataclass(frozen=True, slots=True)
class Landing:
    """`count` things of one kind that one officer will get on one day (None: nobody is in charge)."""

    kind: str
    officer_id: int | None
    on: date
    count: int = 1


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody who is away from a day through another, and who stands in (None: nobody)."""

    person_id: int
    from_on: date
    until_on: date
    cover_id: int | None = None


@dataclass(frozen=True, slots=True)
class AwayDays:
    """How many working days of a week somebody is away, and who stands in."""

    person_id: int
    days: int
    cover_id: int | None


@dataclass(frozen=True, slots=True)
class Week:
    """One week: its working days, what lands by kind and by officer, answers that were promised in it, and who is away.

    `usual` is what the office answers in as many working days as this week has; None: it has answered too little to say.
    """

    monday: date
    working_days: int
    by_kind: tuple[tuple[str, int], ...]
    by_officer: tuple[tuple[int | None, int], ...]
    answers: int
    away: tuple[AwayDays, ...]
    usual: float | None = None

    @property
    def landing(self) -> int:
        """Everything that lands in it."""
        return sum(count for _, count in self.by_kind)

    @property
    def label(self) -> str:
        """Its ISO name, "2026-W53": the year is that of its Thursday."""
        return week_label(self.monday)

    @property
    def heavy(self) -> bool:
        """Whether more lands than the office usually answers in so many working days."""
        return self.usual is not None and self.landing > self.usual


def monday_of(day: date) -> date:
    """The Monday of its ISO week."""
    return day - timedelta(days=day.weekday())


def week_label(day: date) -> str:
    """The ISO name of the week of a day, "2026-W53"."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def monday_from_label(label: str) -> date:
    """The Monday of an ISO week by its name. Raises ValueError for what names none."""
    year, separator, week = label.partition("-W")
    if not separator or len(week) != 2 or not (year + week).isascii() or not (year + week).isdigit():
        raise ValueError(f"no ISO week: {label!r}")
    return date.fromisocalendar(int(year), int(week), 1)


def lands_on(file_by: date | None, due_on: date, today: date) -> date | None:
    """The day by which something still to come should be there: the last safe day, after it the legal day; None where that has passed."""
    if file_by is not None and file_by >= today:
        return min(file_by, due_on)
    return due_on if due_on >= today else None


def working_days(monday: date, calendar: WorkingCalendar) -> int:
    """Working days of a week; Monday to Friday where the calendar does not reach."""
    return sum(_works(monday + timedelta(days=n), calendar) for n in range(7))


def days_away(absence: Absence, monday: date, calendar: WorkingCalendar) -> int:
    """Working days of a week on which somebody is away."""
    days = (monday + timedelta(days=n) for n in range(7))
    return sum(_works(day, calendar) for day in days if absence.from_on <= day <= absence.until_on)


def usual_week(answered: Iterable[date], since: date, today: date, calendar: WorkingCalendar) -> float | None:
    """The median of what was answered in a whole week, as in five working days. Weeks without a working day say nothing.

    Counted over the whole weeks from `since` until the one before `today`, from the first with an answer; None where these are fewer
    than four.
    """
    by_week = Counter(monday_of(day) for day in answered)
    first, this = monday_of(since + timedelta(days=6)), monday_of(today)
    begun = min((monday for monday in by_week if first <= monday < this), default=None)
    if begun is None:
        return None
    rates, monday = [], begun
    while monday < this:
        days = working_days(monday, calendar)
        if days:
            rates.append(by_week[monday] * FULL_WEEK / days)
        monday += ONE_WEEK
    return float(median(rates)) if len(rates) >= 4 else None


def weeks(
    today: date,
    count: int,
    landings: Sequence[Landing],
    answers: Sequence[date],
    absences: Sequence[Absence],
    calendar: WorkingCalendar,
    usual: float | None = None,
) -> tuple[Week, ...]:
    """This week and the ones after it, `count` in all. What falls outside of them is left out."""  # fmt: skip
    first = monday_of(today)
    promised = Counter(monday_of(day) for day in answers)
    kinds: dict[date, Counter[str]] = {}
    officers: dict[date, Counter[int | None]] = {}
    for one in landings:
        kinds.setdefault(monday_of(one.on), Counter())[one.kind] += one.count
        officers.setdefault(monday_of(one.on), Counter())[one.officer_id] += one.count
    made = []
    for monday in (first + ONE_WEEK * n for n in range(count)):
        days = working_days(monday, calendar)
        made.append(
            Week(
                monday, days, tuple(sorted(kinds.get(monday, Counter()).items())),
                tuple(sorted(officers.get(monday, Counter()).items(), key=lambda pair: (-pair[1], pair[0] or 0))), promised[monday],
                _away(monday, absences, calendar), None if usual is None else usual * days / FULL_WEEK,
            )
        )  # fmt: skip
    return tuple(made)


def _away(monday: date, absences: Sequence[Absence], calendar: WorkingCalendar) -> tuple[AwayDays, ...]:
    found = (AwayDays(one.person_id, days_away(one, monday, calendar), one.cover_id) for one in absences)
    return tuple(one for one in found if one.days)


def _works(day: date, calendar: WorkingCalendar) -> bool:
    try:
        return calendar.is_working(day)
    except OutsideCalendar:
        return day.weekday() < FULL_WEEK
