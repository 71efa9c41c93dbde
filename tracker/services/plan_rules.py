"""What the rules of a programme give, worked out once for all projects that share their days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Row

from tracker.domain.calendars import WorkingCalendar
from tracker.domain.obligations import ObligationPlan
from tracker.programmes.model import Programme
from tracker.programmes.schedule import schedule


class Rules:
    """What the rules of a programme give, kept for as long as it is used: most projects share their days with others."""

    def __init__(self, most: int = 512) -> None:
        self._most = most
        self._kept: dict[tuple[Any, ...], tuple[Programme, list[ObligationPlan]]] = {}

    def plans(self, programme: Programme, project: Row, facts: Mapping[str, date], calendar: WorkingCalendar) -> list[ObligationPlan]:
        """The schedule of a project. Raises as `schedule` does."""
        extended = project.end_on if project.end_on > project.original_end_on else None
        days = project.start_on, project.original_end_on, extended, *sorted(facts.items())
        place = (id(programme), calendar, days)  # what is kept holds the programme, so nothing else has its id
        if place not in self._kept:
            while len(self._kept) >= self._most:
                self._kept.pop(next(iter(self._kept)))
            found = schedule(programme, project.start_on, project.original_end_on, facts, calendar, extended_to=extended)
            self._kept[place] = programme, found
        return self._kept[place][1]
