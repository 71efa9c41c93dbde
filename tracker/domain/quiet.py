"""When somebody may be told: her quiet hours, her days off, and the one digest of her local day.

Whoever is told lives in a zone of her own. A digest belongs to a local date, never to "the hour has struck": a clock that is set back, a
day that is skipped or an hour that comes twice changes neither which day it is nor how many digests it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tracker.domain.calendars import OutsideCalendar, WorkingCalendar
from tracker.domain.ladder import ISSUED, nudged_on

TAIPEI = ZoneInfo("Asia/Taipei")
OWN_STEP = "to:"
"""What begins the name of a step at which one level alone is told."""

_URGENT = frozenset({"T-1", "file_by", "due", "+1", "+7", "+14", ISSUED})
_LAST_DAYS = frozenset({"file_by", "due"})
_ONE_DAY = timedelta(days=1)


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """A time zone by its name in the tz database. Raises ValueError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError(f"no time zone is called {name!r}") from unknown


@dataclass(frozen=True, slots=True)
class Choice:
    """How a person wants to be told. Hours are 0 to 23 on the clock of `time_zone`; equal quiet hours mean none.

    `digest` False: what is not urgent is only in her inbox. `rest_on_days_off`: no digest on what is no working day in Taiwan. What is
    urgent cannot be switched off. Raises ValueError for an hour or a zone that does not exist.
    """

    digest: bool = True
    digest_hour: int = 8
    quiet_from: int = 20
    quiet_until: int = 8
    rest_on_days_off: bool = False
    time_zone: str = "Asia/Taipei"

    def __post_init__(self) -> None:
        if not all(0 <= hour <= 23 for hour in (self.digest_hour, self.quiet_from, self.quiet_until)):
            raise ValueError("an hour is 0 to 23")
        zone(self.time_zone)

    def is_quiet(self, hour: int) -> bool:
        """Whether an hour of her day is one of the quiet ones."""
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= hour < self.quiet_until
        return hour >= self.quiet_from or hour < self.quiet_until

    @property
    def hour(self) -> int:
        """The hour of the digest; one inside the quiet hours waits for their end."""
        return self.quiet_until if self.is_quiet(self.digest_hour) else self.digest_hour


DEFAULT = Choice()


def is_urgent(stage: str) -> bool:
    """Whether an alert of this stage goes out alone and at once: the last days, what is overdue, and what the office sent by hand."""
    return stage in _URGENT or stage.startswith(OWN_STEP) or nudged_on(stage) is not None


def local_day(now: datetime, choice: Choice) -> date:
    """The date that her calendar shows at an aware instant."""
    return now.astimezone(zone(choice.time_zone)).date()


def end_of_quiet(now: datetime, choice: Choice) -> datetime:
    """`now` itself where it is not quiet with her, else the first instant at which it no longer is."""
    there = now.astimezone(zone(choice.time_zone))
    if not choice.is_quiet(there.hour):
        return now
    for days in range(3):
        end = _at(there.date() + days * _ONE_DAY, choice.quiet_until, choice)
        if end > now:
            return end
    raise AssertionError("a night has an end")


def urgent_at(now: datetime, choice: Choice, stage: str = "", due_on: date | None = None) -> datetime:
    """When something urgent goes out: now, or when her quiet hours end.

    A last day (civil, Asia/Taipei) that would be over by then is not waited for: a mail at night is better than one too late.
    """
    end = end_of_quiet(now, choice)
    if stage in _LAST_DAYS and due_on is not None and _taipei_day(now) <= due_on < _taipei_day(end):
        return now
    return end


def digest_at(now: datetime, choice: Choice, calendar: WorkingCalendar | None, *, catch_up: bool = True, after: date | None = None):
    """(local day, instant) of the first digest of hers from `now` on.

    `catch_up`: after its hour the digest of today still goes out, as soon as it is not quiet; otherwise it is tomorrow's. `after`: a local
    day whose digest is on its way already. Without a calendar Saturdays and Sundays are the days off.
    """
    today = local_day(now, choice)
    day = today if after is None else max(today, after + _ONE_DAY)
    while True:
        if not rests(day, choice, calendar):
            at = end_of_quiet(_at(day, choice.hour, choice), choice)
            if at >= now:
                return day, at
            soonest = end_of_quiet(now, choice)
            if catch_up and local_day(soonest, choice) == day:
                return day, soonest
        day += _ONE_DAY


def digest_of(day: date, now: datetime, choice: Choice) -> datetime:
    """When the digest of a local day that waits already goes out by this choice: at its hour, or as soon as may be after it."""
    return end_of_quiet(max(now, _at(day, choice.hour, choice)), choice).astimezone(UTC)


def goes_out_at(now: datetime, urgent: bool, choice: Choice, calendar: WorkingCalendar | None) -> datetime:
    """The instant (aware, UTC) at which a message that is decided on `now` goes to somebody of this choice."""
    return (urgent_at(now, choice) if urgent else digest_at(now, choice, calendar)[1]).astimezone(UTC)


def rests(day: date, choice: Choice, calendar: WorkingCalendar | None) -> bool:
    """Whether a civil day is one on which she wants no digest."""
    if not choice.rest_on_days_off:
        return False
    try:
        return not (calendar.is_working(day) if calendar is not None else day.weekday() < 5)
    except OutsideCalendar:
        return day.weekday() >= 5


def _at(day: date, hour: int, choice: Choice) -> datetime:
    """The first instant of an hour on a local day; one that the clocks skip is the instant after the gap."""
    return datetime.combine(day, time(hour), zone(choice.time_zone)).astimezone(UTC)


def _taipei_day(now: datetime) -> date:
    return now.astimezone(TAIPEI).date()
