"""What the services of action items and meetings share: one item changed and recorded, and its duty that follows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Row, update

from tracker.domain.minguo import both
from tracker.domain.reasons import Reason
from tracker.services.action_plans import dates_of
from tracker.services.alerts import cancel_overtaken
from tracker.services.context import Context
from tracker.services.day_fields import read_day
from tracker.services.errors import Invalid, NotFound, Problem, Stale
from tracker.services.policy import Target
from tracker.services.text_fields import read_text
from tracker.store import outbox, q_dates, q_meetings
from tracker.store import tables as t
from tracker.store.writing import Tx

LONGEST_NOTE = 2_000

Change = Callable[[Tx, Row], Mapping[str, Any]]


def item_for(ctx: Context, item_id: int) -> tuple[Row, Target]:
    """An action item and what authorisation looks at; the caller authorises before it shows anything. Raises NotFound."""
    with ctx.store.read() as conn:
        row = q_meetings.item_row(conn, item_id)
    if row is None:
        raise NotFound()
    return row, Target(row.project_id, row.programme_id)


def changed(tx: Tx, item_id: int, states: tuple[str, ...], change: Change, version: int, payload: dict[str, Any]) -> dict[str, Any]:
    """Change one item that is in one of `states`, and record it; inside a write. Raises Stale, StaleVersion."""
    now = q_meetings.item_row(tx.conn, item_id)
    if now.state not in states:
        raise Stale()
    values = change(tx, now)
    new = tx.update_versioned(t.action_item, item_id, version, **values)
    state = values.get("state", now.state)
    tx.record("action_item", item_id, {"project_id": now.project_id, "state": [now.state, state], **payload})
    tx.touch("obligations", f"project:{now.project_id}")
    return {"version": new, "state": state}


def mark_done(tx: Tx, ctx: Context, item: Row) -> None:
    """The duty of an item is handed in now and waits for the office; its ladder ends."""
    follow(
        tx, item, status="submitted", first_submitted_on=ctx.today, first_submitted_at=ctx.now, waits_since_at=ctx.now, next_look_on=None
    )  # fmt: skip


def dropped(tx: Tx, ctx: Context, item: Row, reason: str) -> Mapping[str, Any]:
    """The values of an item that is let go of; its duty is waived and what waits to be mailed is cancelled."""
    if item.obligation_id is not None:
        said = Reason(f"{both(ctx.today)} 機關免除此事項：{reason}", f"Dropped by the office on {both(ctx.today)}: {reason}")
        row = q_dates.obligation_row(tx.conn, item.obligation_id)
        because = [said.as_dict(), *row.because_json]
        follow(tx, item, status="waived", waits_since_at=None, next_look_on=None, because_json=because)
        cancel_waiting(tx, [item.obligation_id])
    return {"state": "dropped", "closed_note": reason, "closed_by": ctx.viewer.person_id, "closed_at": ctx.now}


def put_day(tx: Tx, ctx: Context, item: Row, day: date, said: Reason) -> None:
    """Give the duty of an item another day; what was said of the day before stays behind it among the reasons."""
    if item.obligation_id is None:
        return
    project = q_dates.project_row(tx.conn, item.project_id)
    row = q_dates.obligation_row(tx.conn, item.obligation_id)
    values = dates_of(ctx, project, day, ())
    values["because_json"] = [said.as_dict(), *values["because_json"], *row.because_json]
    follow(tx, item, **values, next_look_on=ctx.today)
    cancel_overtaken(tx, [item.obligation_id])


def follow(tx: Tx, item: Row, **values: Any) -> None:
    """Change the duty of an item, if it has one."""
    o = t.obligation
    if item.obligation_id is not None:
        tx.conn.execute(update(o).where(o.c.id == item.obligation_id).values(**values, version=o.c.version + 1))


def cancel_waiting(tx: Tx, obligation_ids: list[int]) -> None:
    """Cancel what still waits to be mailed about duties that are over; the ledger shows alerts that nobody got as cancelled."""
    alerts = q_meetings.raised_alerts(tx.conn, obligation_ids)
    outbox.cancel_unsent(tx.conn, alerts, why="over")
    outbox.cancel_alerts_nobody_got(tx.conn, alerts)
    tx.touch("alerts")


def remembered(ctx: Context, row: Any, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The history of an item or a meeting with one more line: what changed, from what to what, why, when and by whom."""
    line = {"on": ctx.today.isoformat(), "by": ctx.viewer.person_id, **entry}
    return {"history_json": [*row.history_json, line]}


def read_reason(reason: str, field: str = "reason") -> str:
    """A reason as it is stored. Raises Invalid where it says nothing."""
    problems: list[Problem] = []
    reason = read_text(field, reason, problems, longest=LONGEST_NOTE)
    if not reason:
        problems.append(Problem(field, "Give the reason; the project reads it."))
    if problems:
        raise Invalid(problems)
    return reason


def read_change(ctx: Context, reason: str, due_on: date | str) -> tuple[str, date]:
    """A reason and a day that can still be kept. Raises Invalid naming every field."""
    problems: list[Problem] = []
    day = read_day("due_on", due_on, problems)
    if day is not None and day < ctx.today:
        problems.append(Problem("due_on", "This day has passed already; give one that can still be kept."))
    reason = read_text("reason", reason, problems, longest=LONGEST_NOTE)
    if not reason:
        problems.append(Problem("reason", "Give the reason; the project reads it."))
    if problems or day is None:
        raise Invalid(problems)
    return reason, day


def digest(text: str) -> str:
    """SHA-256 of a text, for the record: the text itself is not part of it."""
    return hashlib.sha256(text.encode()).hexdigest()
