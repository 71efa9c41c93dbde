"""What the office changed about single obligations, as planning has to respect it: a later day stands, a waiver stays a waiver.

A later day is a floor: a document that gives a later one still wins, and a letter to the whole programme never takes away what a
project was granted. Only a letter to this very project that is newer than the grant does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from tracker.domain import deadlines
from tracker.domain.calendars import WorkingCalendar
from tracker.domain.minguo import both
from tracker.domain.reasons import Reason
from tracker.domain.statuses import Basis, Confidence, DateStatus
from tracker.services.planned_documents import DocumentDate
from tracker.store import tables as t
from tracker.store.bulk import among


@dataclass(frozen=True)
class Granted:
    """A later day that the office gave one obligation. `owed_days`: of them so many make good the office's own delay."""

    old_due_on: date | None
    new_due_on: date
    reason: str
    letter_number: str
    decided_at: datetime
    owed_days: int | None = None


@dataclass(frozen=True)
class Standing:
    """Where the changes of one obligation leave it: the later day in force, and whether it is waived or skipped (or neither)."""

    granted: Granted | None = None
    released: str | None = None


def standings(conn: Connection, project_id: int) -> dict[str, Standing]:
    """The changes in force of a project's obligations, by public key."""
    return standings_of(conn, [project_id]).get(project_id, {})


def standings_of(conn: Connection, project_ids: Collection[int]) -> dict[int, dict[str, Standing]]:
    """The same by project; one of which nothing was changed is left out."""
    c = t.obligation_change
    rows = conn.execute(
        select(c, t.obligation.c.key)
        .join(t.obligation, t.obligation.c.id == c.c.obligation_id)
        .where(among(c.c.project_id, project_ids))
        .order_by(c.c.id)
    ).all()
    found: dict[int, dict[str, list[Any]]] = {}
    for row in rows:
        found.setdefault(row.project_id, {}).setdefault(row.key, []).append(row)
    return {number: {key: standing(of_key) for key, of_key in keys.items()} for number, keys in found.items()}


def standing(rows: Iterable[Any]) -> Standing:
    """Replay the changes of one obligation, oldest first.

    Taking it up again ends a waiver (with another day, where one is given); where there is none, it takes back a later day.
    """
    granted, released = None, None
    for row in rows:
        if row.kind in ("waive", "skip"):
            released = row.kind
        elif row.kind == "reinstate" and released is None:
            granted = None
        elif row.kind == "extend" or (row.new_due_on is not None and row.new_due_on != row.old_due_on):
            granted = Granted(row.old_due_on, row.new_due_on, row.reason, row.letter_number, row.decided_at, row.owed_days)
        if row.kind == "reinstate":
            released = None
    return Standing(granted, released)


def with_granted(
    values: Mapping[str, Any], granted: Granted, calendar: WorkingCalendar, dated: DocumentDate | None = None
) -> dict[str, Any]:
    """An obligation's columns with the later day. `dated` is the document that gives the day in `values`, where one does.

    Raises OutsideCalendar.
    """
    due_on = values["due_on"]
    why = _granted(granted)
    if dated is not None and dated.project_id is not None and dated.recorded_at > granted.decided_at:
        later = Reason(
            f"其後另有文件定為 {both(due_on)}，以該文件為準。", f"A newer document of this project says {both(due_on)}; it wins."
        )
        return {**values, "because_json": [*values["because_json"], later.as_dict(), why.as_dict()]}
    if due_on is not None and due_on >= granted.new_due_on:
        later = Reason("現行期日不早於該展延日，以現行期日為準。", "The day in force is no earlier than that, so it stands.")
        return {**values, "because_json": [*values["because_json"], why.as_dict(), later.as_dict()]}
    deadline = deadlines.fixed(granted.new_due_on, calendar)
    grace = values.get("grace_until_on")
    return {
        **values,
        "date_status": DateStatus.DATED.value,
        "nominal_on": deadline.nominal,
        "due_on": deadline.due_on,
        "file_by_on": deadline.file_by,
        "file_by_time": deadline.file_by_time,
        "confidence": Confidence.OFFICIAL.value,
        "basis": Basis.OFFICIAL.value,
        "calendar_version": deadline.calendar_version,
        "provisional": deadline.provisional,
        "letter_number": granted.letter_number or values["letter_number"],
        "grace_until_on": deadline.due_on + (grace - due_on) if grace is not None and due_on is not None else grace,
        "because_json": [
            why.as_dict(),
            *_before(granted, due_on),
            *[reason.as_dict() for reason in deadline.because],
            *values["because_json"],
        ],
    }


def _granted(granted: Granted) -> Reason:
    zh = f"機關依 {granted.letter_number} 同意展延至 {both(granted.new_due_on)}：{granted.reason}"
    en = f"The office extended this to {both(granted.new_due_on)} by {granted.letter_number}: {granted.reason}"
    return Reason(zh, en)


def _before(granted: Granted, computed: date | None) -> list[dict[str, str]]:
    old = computed or granted.old_due_on
    return [Reason(f"原末日為 {both(old)}。", f"It was due on {both(old)} before.").as_dict()] if old else []
