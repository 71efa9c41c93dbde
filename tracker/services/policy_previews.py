"""What a policy would do, before it is saved: day by day for one made-up date, and at the next look for everything that is open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from types import SimpleNamespace

from sqlalchemy import Connection

from tracker.domain import deadlines
from tracker.domain.alert_policy import Policy, PolicySet, goes_to
from tracker.domain.calendars import OutsideCalendar, WorkingCalendar
from tracker.domain.ladder import EARLIEST, ROLES
from tracker.domain.statuses import Confidence, DischargedBy, ObligationStatus
from tracker.services import policy as rights
from tracker.services.alert_decisions import Known, decide, reached_before
from tracker.services.context import Context
from tracker.services.errors import Invalid, Problem
from tracker.services.moved_alerts import days_before, not_twice
from tracker.services.policy import Act, Target
from tracker.services.recipients import INSTITUTION, Directory
from tracker.store import q_alerts, q_contacts

_AT_ONCE = 500
_LONG_AGO = date.min


@dataclass(frozen=True)
class ExampleDay:
    """One day of an example: the steps raised on it, and the roles that are told, from the nearest to the highest."""

    on: date
    stages: tuple[str, ...]
    roles: tuple[str, ...]


@dataclass(frozen=True)
class DryRun:
    """What the next look would do under a policy: how many obligations it looks at, alerts it raises and people it tells, by role.

    `without_contact` are the organisations whose institution would be told, and where there is no contact.
    """

    looked: int
    raised: int
    told: dict[str, int]
    without_contact: tuple[str, ...]


def policy_example(ctx: Context, *, policies: PolicySet, kind: str, due_on: date) -> tuple[ExampleDay, ...]:
    """Who is told on which day of a duty of this kind that is due on a day and that nobody ever hands in.

    Anybody: it speaks of nothing but what it is given. The working days are those of no county in particular. Raises Invalid.
    """
    try:
        deadline = deadlines.fixed(due_on, ctx.calendar)
    except OutsideCalendar as error:
        raise Invalid([Problem("due_on", "The working days of {year} are not known yet.", {"year": error.day.year})]) from error
    return tuple(_climb(policies.of(kind), kind, deadline.file_by, deadline.due_on, ctx.calendar))


def policy_dry_run(ctx: Context, *, programme_id: int, policies: PolicySet) -> DryRun:
    """What saving this policy would set off at the next look, among everything of the programme that is open. Nothing is written.

    Who may edit it. Raises NotFound, Forbidden.
    """
    rights.authorise(ctx.viewer, Act.EDIT_LADDER, Target(programme_id=programme_id))
    looked, raised, told = 0, 0, Counter()
    with ctx.store.read() as conn:
        rows = iter(q_alerts.climbing(conn, programme_id, ctx.today + EARLIEST))
        while batch := [SimpleNamespace(**{**row._mapping, "next_look_on": ctx.today}) for row in islice(rows, _AT_ONCE)]:
            looked += len(batch)
            raised += _try(conn, ctx, batch, policies, told)
        missing = _without_contact(conn, programme_id) if _tells_institutions(policies) else ()
    return DryRun(looked, raised, {role: told[role] for role in (*ROLES, "co_pi", "administrator") if told[role]}, missing)


def _try(conn: Connection, ctx: Context, rows: list[SimpleNamespace], policies: PolicySet, told: Counter[str]) -> int:
    """One batch of the look that would follow; counts whom it tells, and returns how many alerts it raises."""
    recorded = q_alerts.recorded(conn, [row.id for row in rows])
    decided = [(row, policies.of(row.kind)) for row in rows]
    before, moved = reached_before(conn, decided, ctx.today), days_before(conn, rows)
    owed = []
    for row, by in decided:
        what = decide(row, by, recorded[row.id], ctx.today, ctx.calendar, before.get(row.id, ()))
        owed.append((row, by, not_twice(what, recorded[row.id], moved.get(row.id, ()))))
    directory = Directory(conn, [row for row, _, what in owed if what.raised], ctx.today)
    raised = 0
    for row, by, what in owed:
        for step, waiting in what.raised:
            people = directory.recipients(row, by, step.stage, waiting)
            raised += bool(people)
            told.update(person.role for person in people)
    return raised


def _climb(policy: Policy, kind: str, file_by: date, due_on: date, calendar: WorkingCalendar) -> Iterator[ExampleDay]:
    """The days on which something is raised, as daily looks find them."""
    row = SimpleNamespace(
        status=ObligationStatus.OPEN, discharged_by=DischargedBy.MILEPOST, discharged_on=None, duty=True, kind=kind, origin="rule",
        file_by_on=file_by, due_on=due_on, county=None, entered_on=_LONG_AGO, next_look_on=_LONG_AGO, confidence=Confidence.STATED,
    )  # fmt: skip
    recorded: list[SimpleNamespace] = []
    known: list[Known] = []
    day = decide(row, policy, recorded, _LONG_AGO, calendar).next_look
    while day is not None:
        what = decide(row, policy, recorded, day, calendar, known)
        reached = [(step, goes_to(policy, step.stage, row.confidence, waiting)) for step, waiting in what.raised]
        known += [Known(due_on, roles) for _, roles in reached]
        steps = [(step, "raised") for step, _ in reached] + [(step, "superseded") for step in what.superseded]
        recorded += [SimpleNamespace(due_on=due_on, stage=step.stage, state=state) for step, state in steps]
        told = {role for _, roles in reached for role in roles}
        if told:
            yield ExampleDay(day, tuple(step.stage for step, _ in reached), tuple(role for role in ROLES if role in told))
        day = what.next_look


def _tells_institutions(policies: PolicySet) -> bool:
    return any(one.level(INSTITUTION) for one in (policies.policy, *policies.kinds.values()))


def _without_contact(conn: Connection, programme_id: int) -> tuple[str, ...]:
    names = [row.organisation for row in q_contacts.organisations(conn, programme_id)]
    known = {row.organisation for row in q_contacts.told_at(conn, names, [programme_id])}
    return tuple(name for name in names if name not in known)
