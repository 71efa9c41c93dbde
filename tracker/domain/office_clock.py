"""The office's own clock. The project's stops when it hands in; the office's starts there and stops at its answer.

Counted in working days: the day of arrival itself does not count, the day of the answer does. Whether the office was late is judged by
the day it promised, never by the project's dates.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from tracker.domain.calendars import OutsideCalendar, WorkingCalendar

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OfficeClock:
    """One way of a report through the office. Civil days (Asia/Taipei); counts are working days.

    `answered_on` None: it still waits, and the counts run until the day they were asked for. `due_on` None: nothing was promised, so
    `over` is 0. A due day moved by nobody: what was promised on arrival stands.
    """

    received_on: date
    answered_on: date | None
    due_on: date | None
    waited: int
    over: int

    @property
    def late(self) -> bool:
        """Whether the office has passed the day that it promised."""
        return self.over > 0


@dataclass(frozen=True, slots=True)
class ClockShare:
    """How an office keeps its promises: over `answered` answers, of which `promised` had a promised day and `in_time` kept it.

    `median_waited` in working days, None where nothing was answered; `waiting` and `overdue` count what lies there now.
    """

    answered: int
    promised: int
    in_time: int
    median_waited: float | None
    waiting: int
    overdue: int

    @property
    def share(self) -> float | None:
        """The share answered in time, 0 to 1; None where nothing promised was answered."""
        return self.in_time / self.promised if self.promised else None


def working_days_between(after: date, until: date, calendar: WorkingCalendar) -> int:
    """Working days later than `after` and not later than `until`; 0 where `until` is not later. Raises OutsideCalendar."""
    count, day = 0, after
    while day < until:
        day += _ONE_DAY
        count += calendar.is_working(day)
    return count


def promised_day(received_on: date, working_days: int, calendar: WorkingCalendar) -> date:
    """The day by which an answer is promised: the `working_days`-th working day after the arrival. Raises OutsideCalendar.

    Also the other way round: the day that lies so many working days after any other. 0 gives the day itself.
    """
    day, left = received_on, working_days
    while left > 0:
        day += _ONE_DAY
        left -= calendar.is_working(day)
    return day


def clock(received_on: date, answered_on: date | None, due_on: date | None, today: date, calendar: WorkingCalendar) -> OfficeClock:
    """The clock of one round as it stands on `today`. Where the calendar does not reach, civil days from Monday to Friday count."""
    until = answered_on or today
    waited = _count(received_on, until, calendar)
    over = 0 if due_on is None else _count(due_on, until, calendar)
    return OfficeClock(received_on, answered_on, due_on, waited, over)


def _count(after: date, until: date, calendar: WorkingCalendar) -> int:
    try:
        return working_days_between(after, until, calendar)
    except OutsideCalendar:
        return sum((after + timedelta(days=n)).weekday() < 5 for n in range(1, (until - after).days + 1))


def share_of(clocks: Iterable[OfficeClock]) -> ClockShare:
    """The figures of one programme, or of any other group of rounds."""
    every = list(clocks)
    answered = [one for one in every if one.answered_on is not None]
    promised = [one for one in answered if one.due_on is not None]
    waiting = [one for one in every if one.answered_on is None]
    return ClockShare(
        answered=len(answered),
        promised=len(promised),
        in_time=sum(not one.late for one in promised),
        median_waited=float(median(one.waited for one in answered)) if answered else None,
        waiting=len(waiting),
        overdue=sum(one.late for one in waiting),
    )


def lengthened(proposed: date, over: int, calendar: WorkingCalendar) -> date:
    """A day for the project's answer, later by the working days that the office itself was late. Raises OutsideCalendar."""
    return promised_day(calendar.next_working(proposed), over, calendar)
