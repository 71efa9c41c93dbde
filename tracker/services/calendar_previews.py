"""What another working-day calendar would do to the stored dates: which days differ, what would move, who would be told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from tracker.domain.calendar_changes import DayChange, difference
from tracker.domain.calendars import WorkingCalendar
from tracker.domain.statuses import is_late
from tracker.programmes.issued_calendar import IssuedYear, issued
from tracker.services.calendar_in_force import closures_by_county, in_force, year_of
from tracker.services.context import Context
from tracker.services.date_moves import all_told_of, is_nearer, shifts
from tracker.services.fixed_days import refiled
from tracker.services.plan_reading import FROM_RULES, read_inputs
from tracker.services.plan_rules import Rules
from tracker.services.planning import Change, changed, planned
from tracker.services.recalculation import is_movable, touched_rows
from tracker.store import q_working_days as q
from tracker.store import tables as t
from tracker.store.bulk import among

Progress = Callable[[int, int], None]

_AT_ONCE = 500

#: What of a row a preview looks at, and where a difference makes a move: its reasons may differ for a hundred reasons that move nothing.
_O = t.obligation.c
_LOOKED_AT = (
    _O.key, _O.status, _O.first_submitted_on, _O.duty, _O.due_on, _O.file_by_on, _O.discharged_by, _O.discharged_on,
)  # fmt: skip
_SHIFTING = ("due_on", "file_by_on")

_KEPT_PREVIEWS = 4
_SEEN: dict[tuple[Any, ...], CalendarPreview] = {}
"""The outcomes that were worked out last in this process, by calendars, day and revision of the obligations."""


def silent(done: int, of: int) -> None:
    """A progress that nobody watches."""


@dataclass(frozen=True)
class PreviewedMove:
    """One obligation whose day would move. Days are civil days (Asia/Taipei); late as of the day of asking."""

    key: str
    project_id: int
    project_code: str
    title_zh: str
    title_en: str
    period_label: str
    old_due_on: date
    new_due_on: date
    old_file_by_on: date
    new_file_by_on: date
    was_late: bool
    is_late: bool

    @property
    def nearer(self) -> bool:
        """Whether there would be less time than now."""
        return is_nearer(self.old_due_on, self.new_due_on) or is_nearer(self.old_file_by_on, self.new_file_by_on)


@dataclass(frozen=True)
class Kept:
    """Handed in after its day, and yet on or before the day that it would have: it stays recorded as late unless the office acts."""

    key: str
    project_code: str
    title_zh: str
    title_en: str
    due_on: date
    would_be_on: date
    handed_in_on: date


@dataclass(frozen=True)
class CalendarPreview:
    """Everything that putting a table or closures in force would do.

    `old_version` is the calendar in force, `digest` names this very outcome: both are given back to confirm it. `handed_in` counts what
    rests on these days and stays because it was handed in. `told` are the names of those who would be told, by project, and
    `people` is how many they are.
    """

    old_version: str
    new_version: str
    days: tuple[DayChange, ...]
    years: tuple[int, ...]
    moves: tuple[PreviewedMove, ...]
    kept: tuple[Kept, ...]
    handed_in: int
    told: Mapping[int, tuple[str, ...]]
    people: int
    digest: str
    remarks: tuple[tuple[str, Mapping[str, Any]], ...] = field(default=())

    @property
    def nearer(self) -> int:
        """How many days would come nearer."""
        return sum(move.nearer for move in self.moves)

    @property
    def changes_nothing(self) -> bool:
        """Whether no day and no year's status differs."""
        return not self.days and not self.years


def proposed(
    conn: Connection,
    ctx: Context,
    *,
    years: Iterable[IssuedYear] = (),
    closures: Iterable[tuple[str, date]] = (),
    without_table: int | None = None,
    without_closures: frozenset[int] = frozenset(),
) -> WorkingCalendar:
    """The calendar in force with these tables and closures more, and those less."""
    tables = [year_of(row) for row in q.tables_in_force(conn) if row.id != without_table]
    by_county = dict(closures_by_county(row for row in q.closures_in_force(conn) if row.id not in without_closures))
    for county, day in closures:
        by_county.setdefault(county, set()).add(day)
    return issued(ctx.calendar, [*tables, *years], by_county)


def preview(conn: Connection, ctx: Context, new: WorkingCalendar, progress: Progress = silent, *, again: bool = False) -> CalendarPreview:
    """What `new` in place of the calendar in force would do, worked out by the same planning that will do it. Raises OutsideCalendar.

    `progress` is told (projects done, of how many). `again`: to confirm what was looked at before; it is not worked out anew where no
    obligation was written since.
    """
    old = in_force(conn, ctx.calendar)
    place = (str(ctx.store.url), old.version, new.version, ctx.today, _written(conn))
    if again and place in _SEEN:
        return _SEEN[place]
    found = _preview(conn, ctx, old, new, progress)
    while len(_SEEN) >= _KEPT_PREVIEWS:
        _SEEN.pop(next(iter(_SEEN)), None)
    _SEEN[place] = found
    return found


def _written(conn: Connection) -> int:
    """The revision of the obligations: it rises with every write that could change an outcome."""
    return conn.execute(select(t.revision.c.n).where(t.revision.c.topic == "obligations")).scalar_one_or_none() or 0


def _preview(conn: Connection, ctx: Context, old: WorkingCalendar, new: WorkingCalendar, progress: Progress) -> CalendarPreview:
    change = difference(old, new)
    rows = touched_rows(conn, replace(change, years=()))  # a year that becomes official moves no day by itself
    movable = sorted({row.project_id for row in rows if is_movable(row)})
    late = [row for row in rows if not is_movable(row) and row.first_submitted_on and row.first_submitted_on > row.due_on]
    then = replace(ctx, calendar=new)
    moves: list[PreviewedMove] = []
    projects = _projects(conn, {*movable, *(row.project_id for row in late)})
    rules = Rules()
    for number, found in enumerate(_moves_of(conn, then, movable, rules), start=1):
        moves += found
        progress(number, len(movable))
    moves.sort(key=lambda move: (not move.nearer, move.new_file_by_on, move.key))
    told, people = _told(conn, ctx, projects, moves)
    return CalendarPreview(
        old_version=old.version,
        new_version=new.version,
        days=change.days,
        years=change.years,
        moves=tuple(moves),
        kept=tuple(_kept(conn, then, late, projects, rules)),
        handed_in=sum(not is_movable(row) for row in rows),
        told=told,
        people=people,
        digest=_digest(old, new, moves),
    )


def _projects(conn: Connection, ids: Collection[int]) -> dict[int, Row]:
    p = t.project.c
    return {row.id: row for row in conn.execute(select(p.id, p.code, p.programme_id).where(among(p.id, ids)))}


def _moves_of(conn: Connection, then: Context, project_ids: Sequence[int], rules: Rules) -> Iterator[list[PreviewedMove]]:
    """What moves of each of these projects, in their order. Read in parts, so that many projects are never in memory at once."""
    for start in range(0, len(project_ids), _AT_ONCE):
        part = project_ids[start : start + _AT_ONCE]
        inputs = read_inputs(conn, part, columns=_LOOKED_AT)
        fixed = refiled(conn, then, part)
        for number in part:
            found = [*changed(inputs[number], then, rules=rules, columns=_SHIFTING), *fixed.get(number, ())]
            project = inputs[number].project
            yield [_move(change, project, then.today) for change in found if shifts(change)]


def _move(change: Change, project: Row, today: date) -> PreviewedMove:
    before, after = change.before, change.after

    def late(due_on: date) -> bool:
        return is_late(before["status"], due_on, before["first_submitted_on"], today, before["duty"])

    return PreviewedMove(
        change.key, project.id, project.code, after["title_zh"], after["title_en"], after["period_label"], before["due_on"],
        after["due_on"], before["file_by_on"], after["file_by_on"], late(before["due_on"]), late(after["due_on"]),
    )  # fmt: skip


def _kept(conn: Connection, then: Context, late: Sequence[Row], projects: Mapping[int, Row], rules: Rules) -> Iterable[Kept]:
    """Of what was handed in late, that which would have been in time: stored dates of what was handed in are history."""
    wanted = {row.id: row for row in late if row.origin == FROM_RULES}
    if not wanted:
        return
    o = t.obligation
    named = conn.execute(select(o.c.id, o.c.key, o.c.title_zh, o.c.title_en).where(among(o.c.id, wanted)).order_by(o.c.key)).all()
    inputs = read_inputs(conn, {row.project_id for row in wanted.values()}, columns=_LOOKED_AT)
    plans: dict[int, dict[str, dict[str, Any]]] = {}
    for row in named:
        found = wanted[row.id]
        if found.project_id not in plans:
            plans[found.project_id] = planned(inputs[found.project_id], then, rules=rules)
        due_on = plans[found.project_id].get(row.key, {}).get("due_on")
        if due_on is not None and found.due_on < found.first_submitted_on <= due_on:
            code = projects[found.project_id].code
            yield Kept(row.key, code, row.title_zh, row.title_en, found.due_on, due_on, found.first_submitted_on)


def _told(
    conn: Connection, ctx: Context, projects: Mapping[int, Row], moves: Iterable[PreviewedMove]
) -> tuple[dict[int, tuple[str, ...]], int]:
    moved = {number: projects[number].programme_id for number in sorted({move.project_id for move in moves})}
    people = {number: [person.person_id for person in found] for number, found in all_told_of(conn, moved, ctx.today).items()}
    everybody = {person_id for found in people.values() for person_id in found}
    names = {row.id: row.name for row in conn.execute(select(t.person.c.id, t.person.c.name))} if everybody else {}
    return {number: tuple(names[person_id] for person_id in found) for number, found in people.items()}, len(everybody)


def _digest(old: WorkingCalendar, new: WorkingCalendar, moves: Iterable[PreviewedMove]) -> str:
    """Names an outcome: the two calendars and every move with its days."""
    lines = sorted((move.key, str(move.old_due_on), str(move.new_due_on), str(move.new_file_by_on)) for move in moves)
    return hashlib.sha256(json.dumps([old.version, new.version, lines]).encode()).hexdigest()[:16]
