"""What silences, pauses, the brake and the operating page share: the reason that is asked for, and when a held mail may go out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time

from sqlalchemy import Connection, Row

from tracker.clock import TAIPEI, civil_day
from tracker.domain.quiet import DEFAULT, end_of_quiet
from tracker.services.context import Context
from tracker.services.errors import Invalid, Problem
from tracker.services.text_fields import read_text
from tracker.store import q_holds

LONGEST_REASON = 500
_EIGHT = time(8)


def read_reason(reason: str, problems: list[Problem], field: str = "reason") -> str:
    """A reason as it is stored, after adding a problem where there is none or it is too long."""
    said = read_text(field, reason, problems, longest=LONGEST_REASON)
    if not said:
        problems.append(Problem(field, "Give a reason: whoever asks later finds it here."))
    return said


def checked_reason(reason: str) -> str:
    """The same alone. Raises Invalid."""
    problems: list[Problem] = []
    said = read_reason(reason, problems)
    if problems:
        raise Invalid(problems)
    return said


def from_when(conn: Connection, ctx: Context, rows: Collection[Row], days: Mapping[int, date] | None = None) -> dict[int, datetime]:
    """By mail: when it may go out if it is let go at `ctx.now`; not before eight in the morning of its day in `days`, nor at night."""
    today = ctx.today
    later = {number: day for number, day in (days or {}).items() if day > today}
    times = after_quiet(conn, rows, ctx.now)
    return {number: max(at, _morning(later[number])) if number in later else at for number, at in times.items()}


def after_quiet(conn: Connection, rows: Collection[Row], at: datetime) -> dict[int, datetime]:
    """By mail: `at`, or the end of its reader's quiet hours where it lies in them (aware, UTC).

    What tells of a last day that would be over by then does not wait for it.
    """
    choices = q_holds.alert_choices(conn, {row.person_id for row in rows if row.person_id is not None})
    ends = {row.id: end_of_quiet(at, choices.get(row.person_id, DEFAULT)) for row in rows}
    days = q_holds.last_days(conn, [number for number, end in ends.items() if end > at])
    missed = {number for number, end in ends.items() if any(civil_day(at) <= day < civil_day(end) for day in days.get(number, ()))}
    return {number: (at if number in missed else end).astimezone(UTC) for number, end in ends.items()}


def _morning(day: date) -> datetime:
    return datetime.combine(day, _EIGHT, TAIPEI).astimezone(UTC)
