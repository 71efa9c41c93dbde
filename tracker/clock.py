"""The one place that asks what time it is. Everything below the edge is handed `now` and `today`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
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
