"""When a report can be handed in: it opens on a day, is due on a day, and a grace may follow that changes nothing about lateness.

All days are civil days in Asia/Taipei: the due day lasts until its last second there. What a programme says stands in its reports file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tracker.domain.minguo import both
from tracker.domain.statuses import RELEASED, Confidence
from tracker.programmes.registry import Registry
from tracker.programmes.report_types import Window
from tracker.services.errors import Problem

LATE_REASON = "late_reason"


@dataclass(frozen=True)
class WindowView:
    """The days around one report, for showing them together. None: the programme does not say, or there is no date yet."""

    period_start_on: date | None
    period_end_on: date | None
    opens_on: date | None
    file_by_on: date | None
    file_by_time: str | None
    due_on: date | None
    grace_until_on: date | None
    is_open: bool


def window_of(registry: Registry, programme_code: str, kind: str) -> Window | None:
    """The window that a programme states for a kind of report today, or None."""
    reports = getattr(registry, "reports", None)
    found = reports(programme_code) if reports is not None else None
    return found.window_for(kind) if found is not None else None


def with_window(values: Mapping[str, Any], window: Window | None) -> dict[str, Any]:
    """An obligation's columns with the opening day and the end of the grace, both counted from its due day."""
    due_on = values["due_on"]
    opens = grace = None
    if window is not None and due_on is not None:
        if window.opens_days_before_due is not None:
            opens = due_on - timedelta(days=window.opens_days_before_due)
        if window.grace_days:
            grace = due_on + timedelta(days=window.grace_days)
    return {**values, "opens_on": opens, "grace_until_on": grace}


def may_hand_in(row: Any, today: date) -> Problem | None:
    """What stands against handing in today, or None. `row` is an obligation, or a report with its obligation's columns as `o_…`.

    Writing is always possible. What was handed in once can be handed in again: its window was open then.
    """
    if _of(row, "status") in RELEASED:
        return Problem("obligation", "This is no longer owed: the office waived or closed it.")
    opens_on = _of(row, "opens_on")
    if opens_on is None or today >= opens_on or _of(row, "first_submitted_on") is not None:
        return None
    return Problem("obligation", "It can be handed in from {day} on. Everything you write is kept until then.", {"day": both(opens_on)})


def late_problem(row: Any, today: date, reason: str) -> Problem | None:
    """The missing reason of a first submission after the due day: an error. On an unconfirmed anchor, where nobody is late, a warning."""
    due_on = _of(row, "due_on")
    if not _of(row, "duty") or due_on is None or today <= due_on or _of(row, "first_submitted_on") is not None or reason.strip():
        return None
    severity = "warning" if _of(row, "confidence") == Confidence.ASSUMED else "error"
    return Problem(LATE_REASON, "The due date has passed: say why it comes late.", {}, severity)


def window_view(row: Any, today: date) -> WindowView:
    """The days of an obligation (or of a report with its obligation's columns as `o_…`)."""
    names = ("period_start_on", "period_end_on", "opens_on", "file_by_on", "file_by_time", "due_on", "grace_until_on")
    return WindowView(**{name: _of(row, name) for name in names}, is_open=may_hand_in(row, today) is None)


def _of(row: Any, name: str) -> Any:
    """A column of the obligation, whichever sort of row it stands in."""
    return getattr(row, f"o_{name}") if hasattr(row, f"o_{name}") else getattr(row, name)
