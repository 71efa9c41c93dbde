"""What a day's look would raise and whom it would tell, without raising it: for whoever runs the alerts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Row, select

from tracker.services import policy
from tracker.services.alert_decisions import decide, reached_before
from tracker.services.alert_policies import policies_in_force
from tracker.services.context import Context
from tracker.services.moved_alerts import days_before, not_twice
from tracker.services.policy import INSTALLATION, Act
from tracker.services.recipients import Directory
from tracker.store import q_alerts, q_deliveries
from tracker.store import tables as t

_ONE_DAY = timedelta(days=1)


class _Entry(NamedTuple):
    """A line that the ledger will hold."""

    stage: str
    due_on: date
    state: str


@dataclass(frozen=True)
class Foreseen:
    """One stage that would be raised, and to whom (names, each once)."""

    obligation: str
    project: str
    title_zh: str
    title_en: str
    stage: str
    due_on: date
    people: tuple[str, ...]


@dataclass(frozen=True)
class DayAhead:
    """What one day would raise. `looked` of `of` obligations were worked out: the first of them, where there are very many."""

    rows: tuple[Foreseen, ...]
    looked: int
    of: int


def foresee(ctx: Context, day: date, *, limit: int = 500) -> DayAhead:
    """What the look of a day (today or later) would raise if nothing changed until then. Administrators and auditors."""
    policy.authorise(ctx.viewer, Act.SEE_DELIVERIES, INSTALLATION)
    with ctx.store.read() as conn:
        ids, number = q_deliveries.looked_at_by(conn, day, limit)
        rows = q_alerts.to_foresee(conn, ids)
        found = _foreseen(conn, ctx, rows, day)
    return DayAhead(tuple(sorted(found, key=lambda one: (one.due_on, one.obligation))), len(rows), number)


def _foreseen(conn: Connection, ctx: Context, rows: list[Row], day: date) -> list[Foreseen]:
    sets = policies_in_force(conn, ctx.registry, {row.programme_id for row in rows})
    decided = [(row, sets[row.programme_id].of(row.kind)) for row in rows]
    known = q_alerts.recorded(conn, [row.id for row in rows])
    told, moved = reached_before(conn, decided, day), days_before(conn, rows)
    directory = Directory(conn, rows, day)
    raised = []
    for row, by in decided:
        recorded = known[row.id]
        if day > ctx.today:  # what the days before will have recorded by then
            before = decide(row, by, recorded, day - _ONE_DAY, ctx.calendar, told.get(row.id, ()))
            recorded = [*recorded, *(_Entry(one.step.stage, row.due_on, "raised") for one in before.raised)]
            recorded += [_Entry(step.stage, row.due_on, "superseded") for step in before.superseded]
        what = not_twice(decide(row, by, recorded, day, ctx.calendar, told.get(row.id, ())), recorded, moved.get(row.id, ()))
        for step, waiting in what.raised:
            raised.append((row, step, directory.recipients(row, by, step.stage, waiting)))
    names = _names(conn, {one.person_id for _, _, people in raised for one in people if one.person_id is not None})
    titles = q_deliveries.titles(conn, [row.id for row, _, _ in raised])
    return [
        Foreseen(
            row.key, titles[row.id].code, titles[row.id].title_zh, titles[row.id].title_en, step.stage, row.due_on,
            tuple(names.get(one.person_id, one.email) for one in people),
        )
        for row, step, people in raised
        if people
    ]  # fmt: skip


def _names(conn: Connection, person_ids: set[int]) -> dict[int, str]:
    p = t.person.c
    return {row.id: row.name for row in conn.execute(select(p.id, p.name).where(p.id.in_(sorted(person_ids))))} if person_ids else {}
