"""No stage is told twice because the working days moved a date: what people heard for the day before counts for the day it has now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from tracker.services.alert_decisions import Decision
from tracker.store import q_working_days


def days_before(conn: Connection, rows: Iterable[Any]) -> Mapping[int, frozenset[date]]:
    """Of each obligation the days that only the working days moved; empty for most. See `q_working_days.earlier_days`."""
    return q_working_days.earlier_days(conn, rows)


def not_twice(decision: Decision, recorded: Iterable[Any], earlier: Collection[date]) -> Decision:
    """The decision without the stages that were raised for one of the `earlier` days: they are recorded as superseded instead.

    A stage that is newly reached because the day came nearer was not raised before, so it stays. A stage whose every mail was cancelled
    before it left was heard by nobody (its alert is `cancelled`), so it stays too.
    """
    if not earlier or not decision.raised:
        return decision
    heard = {entry.stage for entry in recorded if entry.due_on in earlier and entry.state == "raised"}
    again = tuple(one.step for one in decision.raised if one.step.stage in heard)
    if not again:
        return decision
    kept = tuple(one for one in decision.raised if one.step.stage not in heard)
    return replace(decision, raised=kept, superseded=(*decision.superseded, *again))
