"""The one place that asks what time it is. Everything below the edge is handed `now` and `today`."""

from __future__ import annotations

import json
import time as machine
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

TAIPEI = ZoneInfo("Asia/Taipei")

#: The demo clock stands at nine in the morning: the day's alerts are raised (00:00) and already mailed (08:00).
DEMO_TIME = time(9, 0, tzinfo=TAIPEI)


class Clock(Protocol):
    """Something that knows the instant."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""


def civil_day(now: datetime) -> date:
    """The civil date in Asia/Taipei at an aware instant. A server in UTC is a day behind until 08:00."""
    if now.tzinfo is None:
        raise ValueError("civil_day needs an aware instant")
    return now.astimezone(TAIPEI).date()


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands still, for tests and for `--now`."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant.astimezone(UTC)


@dataclass(frozen=True)
class DemoClock:
    """The standing clock of a demo home: reads the day out of `home.json` each time, so that `tracker demo advance`
    reaches a web server and a worker that are already running."""

    home_file: Path

    def now(self) -> datetime:
        day = date.fromisoformat(json.loads(self.home_file.read_text("utf-8"))["demo_day"])
        return datetime.combine(day, DEMO_TIME).astimezone(UTC)


def _since_boot() -> float:
    """Seconds that really went by, also while the machine slept (where the system can tell)."""
    boot = getattr(machine, "CLOCK_BOOTTIME", None)
    return machine.monotonic() if boot is None else machine.clock_gettime(boot)


class JumpWatch:
    """Notices that a clock was set: it and the time that really went by have grown apart since the last time somebody asked.

    A machine that slept or was switched off is no jump. `clock` and `elapsed` (seconds, only ever growing) are for tests.
    """

    def __init__(self, clock: Clock, elapsed: Callable[[], float] = _since_boot, allowed: timedelta = timedelta(days=1)) -> None:
        self._clock, self._elapsed, self._allowed = clock, elapsed, allowed
        self._drift: float | None = None

    def jumped(self) -> bool:
        """Whether the clock was set forward or back by more than is allowed since the last call; False at the first."""
        drift = self._clock.now().timestamp() - self._elapsed()
        before, self._drift = self._drift, drift
        return before is not None and abs(drift - before) > self._allowed.total_seconds()
