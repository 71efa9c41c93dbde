"""Many projects brought to other working days in one write: as many statements for fifty of them as for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from tracker.services.alerts import cancel_overtaken
from tracker.services.calendar_in_force import fresh
from tracker.services.context import Context
from tracker.services.fixed_days import refiled, refiled_values
from tracker.services.plan_reading import read_inputs
from tracker.services.plan_rules import Rules
from tracker.services.planning import CLOSED, Change, changed, moved_values, new_row
from tracker.store import tables as t
from tracker.store.bulk import among, change_rows
from tracker.store.writing import Tx


def plan_projects(tx: Tx, ctx: Context, project_ids: Sequence[int], rules: Rules) -> dict[int, list[Change]]:
    """What `planning.plan_project` does for one project, and what its fixed days ask for, for all of these; inside a write.

    Nobody else plans them until it ends. Gives what was changed by project, in their order; a project where nothing differs is left
    out, and so is one that there is not. `rules` keeps what they give from one call to the next. Raises as planning does.
    """
    conn, current = tx.conn, fresh(tx.conn, ctx)
    p = t.project.c
    conn.execute(select(p.id).where(among(p.id, project_ids)).order_by(p.id).with_for_update()).all()
    inputs = read_inputs(conn, project_ids)
    known = [number for number in project_ids if number in inputs]
    planned = {number: changed(inputs[number], current, rules=rules) for number in known}
    fixed = refiled(conn, ctx, known) if known else {}
    new = [
        new_row(change.key, change.after, inputs[number].project, ctx.today)
        for number, found in planned.items()
        for change in found
        if change.before is None
    ]
    if new:
        conn.execute(t.obligation.insert(), new)
    again = [change for found in planned.values() for change in found if change.before is not None]
    values = {change.before["id"]: _differing(change, moved_values(change, ctx.today) if change.after else CLOSED) for change in again}
    values |= {change.before["id"]: refiled_values(change, ctx.today) for found in fixed.values() for change in found}
    change_rows(conn, t.obligation, values)
    cancel_overtaken(tx, [change.before["id"] for change in again if change.moves])
    done = {number: found for number in known if (found := [*planned[number], *fixed.get(number, ())])}
    if done:
        tx.touch("obligations", *(f"project:{number}" for number in done))
    return done


def _differing(change: Change, values: Mapping[str, Any]) -> dict[str, Any]:
    """Of what is set, that which differs: an index is written anew for every column that a statement names."""
    return {name: value for name, value in values.items() if change.before[name] != value}
