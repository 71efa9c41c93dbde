"""The working days as they are in force now: the shipped tables, with what this installation brought in since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from tracker.domain.calendars import WorkingCalendar
from tracker.exchange.holiday_table import YearOfDays
from tracker.programmes.issued_calendar import IssuedYear, issued
from tracker.services.context import Context
from tracker.store import q_working_days as q
from tracker.store.engine import Store


def in_force(conn: Connection, base: WorkingCalendar) -> WorkingCalendar:
    """The calendar as the store has it now, over the shipped one (`base`, or what it was made from)."""
    number = q.issue(conn)
    if not number:
        return base.base or base
    return issued(base, map(year_of, q.tables_in_force(conn)), closures_by_county(q.closures_in_force(conn)), number)


def fresh(conn: Connection, ctx: Context) -> Context:
    """The same surroundings with today's working days, where they changed after the call began. For writes that store a day."""
    if q.issue(conn) == ctx.calendar.issue:
        return ctx
    return replace(ctx, calendar=in_force(conn, ctx.calendar))


def year_of(row: Any) -> IssuedYear:
    """A row of `calendar_table` as the calendar wants it."""
    return issued_year(YearOfDays.from_json(row.year, row.days_json))


def issued_year(found: YearOfDays) -> IssuedYear:
    """A year that was read as the calendar wants it."""
    return IssuedYear(found.year, found.days_off, found.working_weekends, found.notes)


def closures_by_county(rows: Iterable[Any]) -> Mapping[str, set[date]]:
    """Rows of `calendar_closure` by county."""
    found: dict[str, set[date]] = {}
    for row in rows:
        found.setdefault(row.county, set()).add(row.closed_on)
    return found


class CalendarSource:
    """Gives the calendar of an installation, and reads it anew only when its revision rose. One a process; safe between threads."""

    def __init__(self, store: Store, base: WorkingCalendar) -> None:
        self._store, self._base = store, base
        self._known: tuple[int, WorkingCalendar] = (0, base)

    def now(self) -> WorkingCalendar:
        """The working days in force: one look at a primary key where nothing changed."""
        with self._store.read() as conn:
            number, calendar = q.issue(conn), self._known
            if number != calendar[0]:
                calendar = self._known = (number, in_force(conn, self._base))
        return calendar[1]
