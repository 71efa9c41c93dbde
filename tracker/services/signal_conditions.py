"""The registry of conditions: what can be wrong beyond a date. A module adds its own by `@condition`; the engine stays as it is.

A finder gets a `Survey` and gives everything of which its condition holds now. It reads sets, not projects one by one: SQL narrows by the
widest numbers that any programme has, Python decides by the programme's own (`Survey.course`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from tracker.clock import civil_day
from tracker.config import data_dir
from tracker.domain.calendars import OutsideCalendar, WorkingCalendar
from tracker.domain.office_clock import promised_day
from tracker.domain.signals import Course
from tracker.programmes.signal_plans import SignalPlans, course_from_dict, load_signal_plans
from tracker.services.context import Context
from tracker.store import q_signal_courses
from tracker.store import tables as t

Query = tuple[tuple[str, int | str], ...]


@dataclass(frozen=True)
class Found:
    """One thing of which a condition holds.

    `subject` is its key ("report:17") and `since_on` the day that it counts from: another day begins another series. Its steps count from
    `begins_on`. `params` are what the words need: ids, days in ISO form, titles. `desk` are the people on whose desk it lies,
    `round_id` the round of a review whose holders are meant. `busy`: somebody is at it, so nothing is told today although it holds.
    `version_id` is the version that a reviewer was given, for whom it is all she sees.
    `ladder_ids` are the obligations whose own reminders speak to the same people: on the days around such a reminder nothing is told.
    """

    subject: str
    since_on: date
    begins_on: date
    project_id: int
    programme_id: int
    page: str
    query: Query
    obligation_id: int | None = None
    person_id: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    desk: tuple[int, ...] = ()
    round_id: int | None = None
    version_id: int | None = None
    busy: bool = False
    ladder_ids: tuple[int, ...] = ()

    @property
    def kept(self) -> dict[str, Any]:
        """What the ledger and the notices keep of it: what the words need, and where it is mended."""
        return {**self.params, "page": self.page, "query": dict(self.query)}


@dataclass(frozen=True)
class Survey:
    """The surroundings of one search: one snapshot, one day, the courses of every programme. `project_id` narrows it to one project.

    `tried` are other courses than those in force: what would be found with them.
    """

    conn: Connection
    ctx: Context
    project_id: int | None = None
    tried: SignalPlans | None = None

    @property
    def today(self) -> date:
        return self.ctx.today

    @cached_property
    def plans(self) -> SignalPlans:
        return self.tried or plans_in_force(self.conn, self.programmes)

    @cached_property
    def programmes(self) -> Mapping[int, str]:
        """Codes of programmes by id."""
        return {row.id: row.code for row in self.conn.execute(select(t.programme.c.id, t.programme.c.code))}

    def course(self, kind: str, programme_id: int) -> Course:
        """The course of a condition in one programme."""
        return self.plans.of(kind, self.programmes.get(programme_id, ""))

    def of_project(self, column: ColumnElement[int]) -> tuple[ColumnElement[bool], ...]:
        """The narrowing to one project; nothing where all are searched."""
        return () if self.project_id is None else (column == self.project_id,)

    def working_day(self, after: date, days: int, county: str | None) -> date:
        """The day that lies so many working days after another; civil days from Monday to Friday where the calendar does not reach."""
        calendar: WorkingCalendar = self.ctx.calendar.for_county(county)
        try:
            return promised_day(after, days, calendar)
        except OutsideCalendar:
            return promised_day(after, days, _PLAIN_WEEKS)

    def day_of(self, at: Any) -> date:
        """The civil day (Asia/Taipei) of an instant."""
        return civil_day(at)


_log = logging.getLogger(__name__)

Finder = Callable[[Survey], Iterable[Found]]

_PLAIN_WEEKS = WorkingCalendar("plain weeks", frozenset(), frozenset(), date.max)
_REGISTRY: dict[str, Finder] = {}


def condition(kind: str) -> Callable[[Finder], Finder]:
    """Register a finder. Its course is a table of that name in data/signals/default.toml, its words in `notify.signal_wording`.

    Raises ValueError where another finder has the name.
    """

    def register(find: Finder) -> Finder:
        if _REGISTRY.setdefault(kind, find) is not find:
            raise ValueError(f"there is another condition {kind!r}")
        return find

    return register


def registered() -> Mapping[str, Finder]:
    """Every condition by name, in the order in which they were registered."""
    return dict(_REGISTRY)


def plans_in_force(conn: Connection, codes: Mapping[int, str]) -> SignalPlans:
    """The shipped courses with what administrators set; `codes` of the programmes by id. What cannot be read is logged and left out."""
    shipped, general, own = plans(), {}, {}
    for row in q_signal_courses.standing(conn):
        course = kept_course(row)
        if course is None:
            continue
        where = general if row.programme_id is None else own.setdefault(codes.get(row.programme_id, ""), {})
        where[row.kind] = course
    return shipped.with_courses(general, own)


def kept_course(row: Row) -> Course | None:
    """The course that a row of `signal_course` keeps; None, and logged, where its condition is gone or it cannot be read."""
    try:
        return course_from_dict(row.course_json, plans().default[row.kind])
    except (KeyError, TypeError, ValueError):
        _log.exception("the course %d of %s cannot be read", row.id, row.kind)
        return None


@cache
def plans() -> SignalPlans:
    """The courses that are shipped; read once a process."""
    return load_signal_plans(data_dir() / "signals")
