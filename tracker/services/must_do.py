"""What I owe (我的應辦事項): one list over all of a person's projects, by the last safe day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row

from tracker.domain.statuses import (
    LATE,
    DateStatus,
    DischargedBy,
    Kind,
    Lateness,
    ObligationStatus,
    days_left,
    lateness,
)  # fmt: skip
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.date_moves import DayMove, moves_by_obligation
from tracker.services.report_forms import REPORTED
from tracker.store import q_obligations as q
from tracker.store import tables as t

SOON_DAYS = 30


class Group(StrEnum):
    """Where an item stands on the page, in this order."""

    OVERDUE = "overdue"
    TO_DISCHARGE = "to_discharge"  # handed in here, the funder's own site is still to be fed
    DUE_SOON = "due_soon"
    LATER = "later"
    WAITING = "waiting"  # for the office
    UNDATED = "undated"
    NOTICE = "notice"  # a reminder, not a duty


class Action(StrEnum):
    """What the viewer can do about an item."""

    WRITE = "write"
    CONTINUE = "continue"
    REPLY = "reply"
    LOOK = "look"
    DISCHARGE = "discharge"
    APPROVAL = "approval"
    ACT = "act"
    MEET = "meet"
    NONE = "none"


@dataclass(frozen=True)
class MustDo:
    """One thing on a person's desk. `days_left` counts to `file_by_on`, the last safe day; None where there is no date."""

    obligation_id: int
    key: str
    project_id: int
    project_code: str
    project_zh: str
    project_en: str
    kind: str
    rule: str
    period_label: str
    title_zh: str
    title_en: str
    status: str
    duty: bool
    nominal_on: date | None
    due_on: date | None
    file_by_on: date | None
    file_by_time: str | None
    days_left: int | None
    lateness: Lateness
    confidence: str
    basis: str
    clause: str
    because: tuple[dict[str, str], ...]
    calendar_version: str | None
    provisional: bool
    date_status: str
    external: bool
    discharged_on: date | None
    first_submitted_on: date | None
    waits_since_at: datetime | None
    report_id: int | None
    group: Group
    action: Action
    moves: tuple[DayMove, ...] = ()  # with the working days, oldest first

    @property
    def safe_day_passed(self) -> bool:
        """The due day is still ahead (or today), but the last safe day is gone."""
        return self.days_left is not None and self.days_left < 0 and self.group is not Group.OVERDUE


def must_do(ctx: Context) -> list[MustDo]:
    """What the viewer's own projects owe today, by `file_by_on`, undated last. Staff see nothing here: their list is the queue."""
    mine = ctx.viewer.project_ids
    if not mine:
        return []
    with ctx.store.read() as conn:
        rows = q.owed(conn, policy.scope(ctx.viewer, t.obligation), mine, ctx.today)
        moved = moves_by_obligation(conn, ctx, [row.id for row in rows])
    return [_item(row, ctx.today, moved.get(row.id, ())) for row in rows]


def _item(row: Row, today: date, moves: tuple[DayMove, ...] = ()) -> MustDo:
    stands = lateness(row.status, row.due_on, row.first_submitted_on, today, row.duty, row.confidence)
    external = row.discharged_by == DischargedBy.EXTERNAL
    group = _group(row, stands, external, today)
    same: dict[str, Any] = {name: getattr(row, name) for name in _SAME}
    return MustDo(
        obligation_id=row.id,
        because=tuple(row.because_json),
        days_left=days_left(row.file_by_on, today) if row.file_by_on else None,
        lateness=stands,
        external=external,
        group=group,
        action=_action(row, group),
        moves=moves,
        **same,
    )


_SAME = (
    "key", "project_id", "project_code", "project_zh", "project_en", "kind", "rule", "period_label", "title_zh", "title_en", "status",
    "duty",
    "nominal_on", "due_on", "file_by_on", "file_by_time", "confidence", "basis", "clause", "calendar_version", "provisional", "date_status",
    "discharged_on", "first_submitted_on", "waits_since_at", "report_id",
)  # fmt: skip


def _group(row: Row, stands: Lateness, external: bool, today: date) -> Group:
    if not row.duty:
        return Group.NOTICE
    if row.status in (ObligationStatus.SUBMITTED, ObligationStatus.ACCEPTED):
        return Group.TO_DISCHARGE if external and row.discharged_on is None else Group.WAITING
    if row.date_status != DateStatus.DATED or row.due_on is None:
        return Group.UNDATED
    if stands in LATE:
        return Group.OVERDUE
    if row.discharged_on is not None:
        return Group.LATER  # the funder has it; what is left is to hand it in here too
    return Group.DUE_SOON if days_left(row.file_by_on or row.due_on, today) <= SOON_DAYS else Group.LATER


def _action(row: Row, group: Group) -> Action:
    if row.kind in (Kind.APPROVAL_CATCH_UP, Kind.APPROVAL_RENEWAL):
        return Action.APPROVAL
    if row.origin in ("action", "meeting"):
        return Action.ACT if row.origin == "action" else Action.MEET
    if group is Group.TO_DISCHARGE:
        return Action.DISCHARGE
    if group is Group.WAITING:
        return Action.LOOK if row.report_id else Action.NONE
    if row.kind == Kind.REPLY:
        return Action.REPLY if row.report_id else Action.NONE
    if row.kind not in REPORTED or not row.duty:
        return Action.NONE
    return Action.CONTINUE if row.report_id else Action.WRITE
