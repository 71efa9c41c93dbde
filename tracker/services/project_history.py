"""What a project had already settled when it was entered here: said once, as far as it is known, and never as lateness."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import and_, or_, select, update

from tracker.domain.deadlines import Reason
from tracker.domain.minguo import both
from tracker.domain.statuses import DischargedBy, ObligationStatus
from tracker.services.errors import Problem
from tracker.store import tables as t
from tracker.store.writing import Tx


def settled_problems(through: date | None, start_on: date, today: date) -> list[Problem]:
    """What is wrong with the day through which everything is said to be settled."""
    if through is None:
        return []
    if through < start_on:
        return [Problem("settled_through", "This lies before the start of the project.")]
    if through > today:
        return [Problem("settled_through", "Nothing of the future can be settled already.")]
    return []


def settle_history(tx: Tx, project_id: int, through: date) -> int:
    """Mark every duty that was due by `through` (or whose undated period ended by then) as accepted before this system; inside a write.

    The real days are not known and none is invented: there is no day of submission, so nothing is shown as late. For a duty that
    only the funder's own site discharges, its due day stands for the unknown day of the funder's receipt, and the reasons say so.
    Returns how many were settled.
    """
    o = t.obligation
    by_then = or_(o.c.due_on <= through, and_(o.c.due_on.is_(None), o.c.period_end_on <= through))
    rows = tx.conn.execute(
        select(o).where(o.c.project_id == project_id, o.c.duty.is_(True), o.c.status == ObligationStatus.OPEN.value, by_then)
    ).all()
    why = Reason(
        f"登錄本系統時載明：至 {both(through)} 止之應辦事項均已辦結；實際辦理日期未登錄。",
        f"Stated when the project was entered here: everything due through {both(through)} is settled; the real days are not recorded.",
    ).as_dict()
    for row in rows:
        values: dict[str, Any] = {"status": ObligationStatus.ACCEPTED.value, "next_look_on": None, "because_json": [why, *row.because_json]}
        if row.discharged_by == DischargedBy.EXTERNAL.value:
            values["discharged_on"] = row.due_on or through
        tx.conn.execute(update(o).where(o.c.id == row.id).values(**values, version=row.version + 1))
    return len(rows)
