"""Dates worked out again when the working days were issued anew: a table re-issued, a closure entered (rules §4.3)."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from sqlalchemy import select

from tracker.services import policy
from tracker.services.context import Context
from tracker.services.planning import FROM_RULES, plan_project
from tracker.services.policy import INSTALLATION, Act
from tracker.store import tables as t
from tracker.store.writing import Tx


def recalculate(ctx: Context, *, stop: Callable[[], bool] = lambda: False) -> tuple[str, ...]:
    """Plan anew every running project with an open date from another working-day calendar, each in a write of its own. The worker only.

    Gives the keys of the obligations whose dates moved; the Event of each project says from what to what. Raises Forbidden for
    anyone but the system, and OutsideCalendar.
    """
    policy.authorise(ctx.viewer, Act.RUN_ALERTS, INSTALLATION)
    o = t.obligation
    outdated = (
        select(o.c.project_id)
        .join(t.project, t.project.c.id == o.c.project_id)
        .where(
            o.c.calendar_version != ctx.calendar.version,
            o.c.status == "open",
            o.c.first_submitted_on.is_(None),
            o.c.origin == FROM_RULES,
            t.project.c.status == "active",
        )
        .distinct()
        .order_by(o.c.project_id)
    )
    with ctx.store.read() as conn:
        project_ids = list(conn.scalars(outdated))
    moved: list[str] = []
    for project_id in project_ids:
        if stop():
            break
        moved += _one(ctx, project_id)
    return tuple(moved)


def _one(ctx: Context, project_id: int) -> list[str]:
    def body(tx: Tx) -> dict:
        found = [change for change in plan_project(tx, ctx, project_id) if change.moves]
        days = {change.key: [str((row or {}).get("due_on")) for row in (change.before, change.after)] for change in found}
        tx.record("project", project_id, {"calendar": ctx.calendar.version, "moved": days})
        return {"moved": sorted(days)}

    key = f"recalculate:{project_id}:{uuid.uuid4().hex}"
    return ctx.store.write(ctx.request("dates.recalculate", key, (project_id, ctx.calendar.version)), body)["moved"]
