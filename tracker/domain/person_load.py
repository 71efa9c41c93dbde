"""What each officer will get in which week, and what she usually manages in the days that she has.

Her capacity is what she herself answered in a week until now, for the working days of the week on which she is there: closures of her
county and her absences are days off. Where she has answered too little to say, there is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tracker.domain.calendars import WorkingCalendar
from tracker.domain.review_load import FULL_WEEK, ONE_WEEK, Absence, Landing, days_away, monday_of, usual_week, working_days


@dataclass(frozen=True, slots=True)
class PersonWeek:
    """One week of one person: what lands, her working days without `away` days, of which `closed` fell out where she works."""

    monday: date
    landing: int
    days: int
    closed: int
    away: int
    cover_id: int | None
    capacity: float | None

    @property
    def over(self) -> bool:
        """Whether more lands than she usually manages in her days."""
        return self.capacity is not None and self.landing > self.capacity


@dataclass(frozen=True, slots=True)
class PersonLoad:
    """The weeks of one person. `usual` is the median of what she answered in a week of five working days; None: too little to say, or
    nothing in most weeks."""

    person_id: int
    usual: float | None
    weeks: tuple[PersonWeek, ...]

    @property
    def over(self) -> int:
        """How many of the weeks hold more than she usually manages."""
        return sum(week.over for week in self.weeks)


def person_loads(
    people: Iterable[int],
    today: date,
    since: date,
    count: int,
    landings: Sequence[Landing],
    absences: Sequence[Absence],
    answered: Mapping[int, Sequence[date]],
    calendars: Mapping[int, WorkingCalendar],
    plain: WorkingCalendar,
) -> tuple[PersonLoad, ...]:
    """The load of each of these people. `calendars` are those of the counties where they work, `plain` is the one without closures."""
    lands = Counter((one.officer_id, monday_of(one.on)) for one in landings for _ in range(one.count))
    made = []
    for person_id in people:
        calendar, hers = calendars.get(person_id, plain), [one for one in absences if one.person_id == person_id]
        usual = usual_week(answered.get(person_id, ()), since, today, calendar) or None  # nothing in most weeks says nothing of a full one
        mondays = (monday_of(today) + ONE_WEEK * n for n in range(count))
        weeks = tuple(_week(monday, lands[person_id, monday], hers, usual, calendar, plain) for monday in mondays)
        made.append(PersonLoad(person_id, usual, weeks))
    return tuple(made)


def _week(
    monday: date, landing: int, absences: Sequence[Absence], usual: float | None, calendar: WorkingCalendar, plain: WorkingCalendar
) -> PersonWeek:
    open_days, away = working_days(monday, calendar), min(sum(days_away(one, monday, calendar) for one in absences), FULL_WEEK)
    days = max(open_days - away, 0)
    covers = [one.cover_id for one in absences if days_away(one, monday, calendar) and one.cover_id is not None]
    capacity = None if usual is None else round(usual * days / FULL_WEEK, 1)
    closed = max(working_days(monday, plain) - open_days, 0)
    return PersonWeek(monday, landing, days, closed, away, covers[0] if covers else None, capacity)
