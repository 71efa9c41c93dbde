"""Dates worked out again when the working days were issued anew: a table re-issued, a closure entered (rules §4.3).

What was worked out last is kept in the settings, so that only what rests on a day that changed is planned again: a typhoon in one county
touches the few dates of that day, not every project.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select, update

from tracker.domain.calendar_changes import CalendarChange, difference
from tracker.domain.calendars import WorkingCalendar
from tracker.domain.statuses import RELEASED, DischargedBy
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.date_moves import keep_and_tell
from tracker.services.fixed_days import ORIGINS
from tracker.services.plan_reading import FROM_RULES
from tracker.services.plan_rules import Rules
from tracker.services.plan_writing import plan_projects
from tracker.services.policy import INSTALLATION, Act
from tracker.store import q_working_days as q
from tracker.store import tables as t
from tracker.store.writing import StoreError, Tx

#: The key of `setting` that holds the working days by which the stored dates stand.
APPLIED = "calendar_applied"

#: So many projects are brought there in one write: others wait for their turn no longer than a moment.
AT_ONCE = 50

#: A level of a ladder is told so many days after the last day at the latest: its grace in working days, with the days off between.
LONGEST_GRACE = timedelta(days=90)


class _NothingToDo(Exception):
    """Another worker was faster; the transaction is rolled back and no Event is written."""


def recalculate(
    ctx: Context, *, stop: Callable[[], bool] = lambda: False, progress: Callable[[int, int], None] = lambda done, of: None
) -> tuple[str, ...]:
    """Bring the stored dates of running projects to the working days of `ctx`, some projects in a write. The worker only.

    Gives the keys of the obligations whose dates moved; the Event of each project says from what to what, the old days are kept and the
    people are told. Where nothing changed since the last time it costs one read. `stop` is asked and `progress` told (done, of how
    many) between writes. Raises Forbidden for anyone but the system; where a project cannot be planned, its error after all the others.
    """
    policy.authorise(ctx.viewer, Act.RUN_ALERTS, INSTALLATION)
    with ctx.store.read() as conn:
        applied = _applied(conn)
        if applied is not None and applied["version"] == ctx.calendar.version:
            return ()
        project_ids = _affected(conn, ctx, applied)
    moved: list[str] = []
    failed: Exception | None = None
    rules, waiting = Rules(), [project_ids[start : start + AT_ONCE] for start in range(0, len(project_ids), AT_ONCE)]
    done = 0
    while waiting:
        if stop():
            return tuple(moved)
        part = waiting.pop(0)
        try:
            moved += _part(ctx, part, rules)
        except Exception as error:  # one project that cannot be planned must not keep the others at their old days
            if len(part) > 1 and not isinstance(error, StoreError):
                waiting[:0] = [[number] for number in part]
                continue
            failed = failed or error
        done += len(part)
        progress(done, len(project_ids))
    if failed is not None:
        raise failed
    ctx.store.write_quiet(ctx.now, lambda tx: _remember(tx, ctx))
    return tuple(moved)


def is_applied(conn: Connection, calendar: WorkingCalendar) -> bool:
    """Whether the stored dates stand by these working days already."""
    applied = _applied(conn)
    return applied is not None and applied["version"] == calendar.version


def touched_rows(conn: Connection, change: CalendarChange) -> list[Row]:
    """The obligations of `q.resting_on` whose days one of the changes lies on, for their county."""
    rows = q.resting_on(conn, change.spans())
    return [row for row in rows if change.touches((row.nominal_on, row.due_on, row.file_by_on), row.county)]


def is_movable(row: Any) -> bool:
    """Whether the day of a row follows the working days: not once it was handed in, unless the funder is still owed its receipt."""
    if row.origin not in (FROM_RULES, *ORIGINS):
        return False
    owed_to_funder = row.origin == FROM_RULES and row.discharged_by == DischargedBy.EXTERNAL and row.discharged_on is None
    return (row.status == "open" and row.first_submitted_on is None) or owed_to_funder


def _affected(conn: Connection, ctx: Context, applied: Mapping[str, Any] | None) -> list[int]:
    """Projects to plan anew, those with the nearest day first; where nothing is known of the last time, all that were counted otherwise."""
    if applied is None:
        return q.outdated(conn, ctx.calendar.version, FROM_RULES)
    nearest: dict[int, date] = {}
    for row in touched_rows(conn, difference(calendar_from(applied, ctx.calendar), ctx.calendar)):
        if not is_movable(row) or row.calendar_version == ctx.calendar.version:
            continue
        nearest[row.project_id] = min(nearest.get(row.project_id, row.due_on), row.due_on)
    ahead = {number: (day < ctx.today, day, number) for number, day in nearest.items()}
    return sorted(nearest, key=ahead.__getitem__)


def _part(ctx: Context, project_ids: Sequence[int], rules: Rules) -> list[str]:
    """All of these projects or none, in one write with an Event for each that changed."""

    def body(tx: Tx) -> dict:
        found = plan_projects(tx, ctx, project_ids, rules)
        if not found:
            raise _NothingToDo
        moving = {number: [change for change in changes if change.moves] for number, changes in found.items()}
        keep_and_tell(tx, ctx, moving)
        moved: list[str] = []
        for number, changes in moving.items():
            days = {change.key: [str((row or {}).get("due_on")) for row in (change.before, change.after)] for change in changes}
            tx.record("project", number, {"calendar": ctx.calendar.version, "moved": days})
            moved += sorted(days)
        return {"moved": moved}

    request = ctx.request("dates.recalculate", f"recalculate:{uuid.uuid4().hex}", (tuple(project_ids), ctx.calendar.version))
    try:
        return ctx.store.write(request, body, each=True)["moved"]
    except _NothingToDo:
        return []


def _applied(conn: Connection) -> Mapping[str, Any] | None:
    return conn.execute(select(t.setting.c.value_json).where(t.setting.c.key == APPLIED)).scalar_one_or_none()


def _remember(tx: Tx, ctx: Context) -> None:
    applied = _applied(tx.conn)
    if applied is not None:
        _look_again(tx, difference(calendar_from(applied, ctx.calendar), ctx.calendar), ctx.today)
    # Several workers may come to the end of the same work: the last one writes what the others wrote.
    tx.put(t.setting, {"key": APPLIED}, {"value_json": as_stored(ctx.calendar)})


def _look_again(tx: Tx, change: CalendarChange, today: date) -> None:
    """Have the next look see what is overdue since shortly before a changed day: a level with a grace counts working days from there."""
    near = [t.obligation.c.due_on.between(first - LONGEST_GRACE, last) for first, last in change.spans()] if change.days else []
    if near:
        o = t.obligation.c
        climbing = or_(o.status == "open", and_(o.discharged_by == "external", o.discharged_on.is_(None), o.status.not_in(RELEASED)))
        overdue = (o.due_on < today, or_(o.next_look_on > today, o.next_look_on.is_(None)), climbing, or_(*near))
        tx.conn.execute(update(t.obligation).where(*overdue).values(next_look_on=today))


def as_stored(calendar: WorkingCalendar) -> dict[str, Any]:
    """What of a calendar decides dates: a dozen thousand characters."""
    return {
        "version": calendar.version,
        "off": [day.isoformat() for day in sorted(calendar.days_off)],
        "worked": [day.isoformat() for day in sorted(calendar.working_weekends)],
        "closures": {county: [day.isoformat() for day in sorted(days)] for county, days in sorted(calendar.closures.items())},
        "official": [calendar.tabled_from.isoformat(), calendar.official_through.isoformat()],
        "computed": sorted(calendar.computed_years),
    }


def calendar_from(stored: Mapping[str, Any], bounds: WorkingCalendar) -> WorkingCalendar:
    """The inverse of `as_stored`; its first and last day are those of `bounds`."""
    since, through = map(date.fromisoformat, stored["official"])
    return WorkingCalendar(
        version=stored["version"],
        days_off=frozenset(map(date.fromisoformat, stored["off"])),
        working_weekends=frozenset(map(date.fromisoformat, stored["worked"])),
        official_through=through,
        closures={county: frozenset(map(date.fromisoformat, days)) for county, days in stored["closures"].items()},
        computed_years=frozenset(stored["computed"]),
        tabled_from=since,
        first_day=bounds.first_day,
        last_day=bounds.last_day,
    )
