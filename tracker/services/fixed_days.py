"""Days that the office or a document fixed stand whatever the calendar says; only the last safe day to file before them follows it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from tracker.domain.calendars import WorkingCalendar
from tracker.domain.ladder import earliest_look
from tracker.domain.minguo import both
from tracker.domain.reasons import Reason
from tracker.services.context import Context
from tracker.services.planning import Change
from tracker.store import tables as t
from tracker.store.bulk import among

#: Who makes rows with a fixed day. Rows of a rule are planned anew instead; a meeting is on its day, working or not.
ORIGINS = ("reply", "call", "action", "approval")

_FOLLOWING = ("file_by_on", "provisional", "calendar_version", "because_json")


def refiled_values(change: Change, today: date) -> dict[str, Any]:
    """What is set in a row with another safe day."""
    row, after = change.before, {name: change.after[name] for name in _FOLLOWING}
    look_on = {"next_look_on": max(today, earliest_look(after["file_by_on"], row["due_on"]))} if change.moves else {}
    return {**after, **look_on}


def refiled(conn: Connection, ctx: Context, project_ids: Collection[int]) -> dict[int, list[Change]]:
    """By project, what of its open, fixed days has another safe day under the working days of `ctx`; one without any is left out."""
    o = t.obligation
    rows = conn.execute(
        select(o, t.project.c.county)
        .join(t.project, t.project.c.id == o.c.project_id)
        .where(
            among(o.c.project_id, project_ids),
            o.c.origin.in_(ORIGINS),
        )
        .order_by(o.c.id)
    ).mappings()
    found: dict[int, list[Change]] = {}
    for row in rows:
        if row["status"] != "open" or row["first_submitted_on"] is not None or row["due_on"] is None:
            continue
        after = _after(row, ctx.calendar.for_county(row["county"]))
        if after is not None:
            found.setdefault(row["project_id"], []).append(Change(row["key"], row, {**row, **after}))
    return found


def _after(row: Any, calendar: WorkingCalendar) -> dict[str, Any] | None:
    due_on, before = row["due_on"], row["file_by_on"]
    if not calendar.first_day <= due_on <= calendar.last_day:
        return None
    file_by = calendar.previous_working(due_on)
    provisional = calendar.is_provisional(due_on) or calendar.is_provisional(file_by)
    if (file_by, provisional, calendar.version) == (before, row["provisional"], row["calendar_version"]):
        return None
    values = {"file_by_on": file_by, "provisional": provisional, "calendar_version": calendar.version, "because_json": row["because_json"]}
    if file_by != before:
        values["because_json"] = [*row["because_json"], _why(row, calendar).as_dict()]
    return values


def _why(row: Any, calendar: WorkingCalendar) -> Reason:
    due_on, file_by = row["due_on"], calendar.previous_working(row["due_on"])
    what = calendar.describe(due_on)
    return Reason(
        f"上班日異動（{both(due_on)} 為{what.zh}）：期日不變，最遲安全送件日改為 {both(file_by)}。",
        f"The working days changed ({both(due_on)}: {what.en}): the day stands, the last safe day to file is now {both(file_by)}.",
    )
