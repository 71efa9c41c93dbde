"""One period after the other: nothing is accepted before the periods of the same rule that it follows are settled."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from tracker.domain.statuses import SETTLED
from tracker.services.errors import Forbidden
from tracker.store import tables as t


def earlier_unsettled(conn: Connection, obligation: Any) -> list[Row]:
    """The periods of the same rule before this one that are neither accepted nor waived, skipped or closed; oldest first.

    `obligation` is a row of `obligation`, or of a report with its obligation's columns as `o_…`. What no rule asks for, what is no
    duty and what has no period has nothing before it.
    """
    return [row for row in _series(conn, obligation) if row.period_end_on < _of(obligation, "period_end_on") and row.status not in SETTLED]


def later_waiting(conn: Connection, obligation: Any) -> list[Row]:
    """The later periods of the same rule that are not settled: they wait for this one. Oldest first."""
    return [row for row in _series(conn, obligation) if row.period_end_on > _of(obligation, "period_end_on") and row.status not in SETTLED]


def refuse_out_of_order(conn: Connection, obligation: Any) -> None:
    """Raises OutOfOrder, naming them, where earlier periods are not settled. Whoever accepts a report calls it inside the write."""
    earlier = earlier_unsettled(conn, obligation)
    if earlier:
        raise OutOfOrder(earlier)


class OutOfOrder(Forbidden):
    """A period cannot be accepted before the ones it follows; `earlier` are those, for links to waive or skip them."""

    def __init__(self, earlier: list[Row]) -> None:
        names = "、".join(row.period_label for row in earlier)
        super().__init__(
            "These periods come first and are not settled: {periods}. Accept them, or waive or skip them with a reason.", periods=names
        )
        self.earlier = tuple(earlier)


def _series(conn: Connection, obligation: Any) -> list[Row]:
    """The other periods of the rule of an obligation in its project that are duties, by the end of the period."""
    if _of(obligation, "origin") != "rule" or _of(obligation, "period_end_on") is None or _of(obligation, "parent_id") is not None:
        return []
    o = t.obligation
    return list(
        conn.execute(
            select(o)
            .where(
                o.c.project_id == _of(obligation, "project_id"),
                o.c.rule == _of(obligation, "rule"),
                o.c.id != _of(obligation, "id"),
                o.c.origin == "rule",
                o.c.parent_id.is_(None),
                o.c.duty.is_(True),
                o.c.period_end_on.is_not(None),
                o.c.due_on.is_not(None) | (o.c.status != "open"),  # a quarter that no notice called for keeps nothing back
            )
            .order_by(o.c.period_end_on, o.c.id)
        )
    )


def _of(row: Any, name: str) -> Any:
    return getattr(row, f"o_{name}") if hasattr(row, f"o_{name}") else getattr(row, name)
