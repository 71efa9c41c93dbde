"""Reads of approvals: the list of a project with its clocks, and what is running out in a portfolio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from tracker.domain.approvals import EXPIRING_WITHIN, ApprovalDates, ApprovalState, state_of
from tracker.domain.statuses import Lateness, lateness
from tracker.services import policy
from tracker.services.anchors import version_in_force
from tracker.services.approval_plans import catch_up_label, covering
from tracker.services.context import Context
from tracker.services.planning import facts_of, programme_of
from tracker.services.policy import Act
from tracker.services.project_choices import ProjectChoice, project_choice
from tracker.store import q_approvals, q_dates, q_reports
from tracker.store import tables as t


@dataclass(frozen=True)
class ApprovalClock:
    """One duty of an approval: the catch-up or the renewal, with its dates and its reasons.

    `exception_clause`: the words that allow a justified exception; `can_confirm`: its day is assumed and the viewer may confirm it;
    `reply_by`, `remark_because`: the open answer after it was sent back.
    """

    obligation_id: int
    key: str
    kind: str
    title_zh: str
    title_en: str
    clause: str
    due_on: date | None
    file_by: date | None
    file_by_time: str | None
    confidence: str
    lateness: Lateness
    status: str
    first_submitted_on: date | None
    waits_since: datetime | None
    because: tuple[dict[str, str], ...]
    version: int
    exception_clause: str | None
    reply_by: date | None
    reply_because: tuple[dict[str, str], ...]


@dataclass(frozen=True)
class ApprovalView:
    """One approval with where it stands today and the duties that hang on it."""

    approval_id: int
    kind: str
    title: str
    board: str
    state: ApprovalState
    proof_submitted_on: date | None
    proof_document_id: int | None
    proof_filename: str
    number: str
    approved_on: date | None
    expires_on: date | None
    approval_document_id: int | None
    approval_filename: str
    exception_reason: str
    exception_letter: str
    version: int
    clocks: tuple[ApprovalClock, ...]


@dataclass(frozen=True)
class ApprovalDesk:
    """The approvals of a project and what the viewer may do with them. `unlisted`: catch-up duties that no listed approval answers yet."""

    project: ProjectChoice
    approvals: tuple[ApprovalView, ...]
    unlisted: tuple[ApprovalClock, ...]
    may_write: bool
    may_review: bool

    @property
    def project_id(self) -> int:
        return self.project.project_id


@dataclass(frozen=True)
class RunningOut:
    """An approval that ends soon or has ended: `days` to its last day, negative afterwards."""

    approval_id: int
    project_id: int
    project_code: str
    project_zh: str
    project_en: str
    kind: str
    title: str
    expires_on: date
    days: int


def approval_desk(ctx: Context, project_id: int) -> ApprovalDesk:
    """Everything about the approvals of one project. Raises NotFound for what the viewer may not see."""
    with ctx.store.read() as conn:
        target = policy.target_of_project(conn, project_id)
        policy.authorise(ctx.viewer, Act.SEE_PROJECT, target)
        approvals = q_approvals.approvals_of(conn, project_id)
        obligations = q_approvals.approval_obligations(conn, project_id)
        project = q_dates.project_row(conn, project_id)
        programme = programme_of(conn, project_id)
        chosen = project_choice(conn, project_id)
        facts = {name: one.value_on for name, one in facts_of(conn, project_id).items()}
        clocks = {}
        for row in obligations:
            version = version_in_force(programme, row["rule"], project.start_on, facts)
            replies = q_reports.open_replies(conn, row["id"], {"open"})
            clocks[row["id"]] = _clock(row, replies[0] if replies else None, version.justified_exception if version else None, ctx.today)
    views = tuple(_view(row, [clocks[o["id"]] for o in _hanging_on(row, obligations)], ctx.today) for row in approvals)
    listed = {clock.obligation_id for view in views for clock in view.clocks}
    return ApprovalDesk(
        project=chosen,
        approvals=views,
        unlisted=tuple(clocks[o["id"]] for o in obligations if o["id"] not in listed and o["kind"] == "approval_catch_up"),
        may_write=policy.may(ctx.viewer, Act.WRITE_APPROVAL, target),
        may_review=policy.may(ctx.viewer, Act.REVIEW_REPORT, target) and project_id not in ctx.viewer.project_ids,
    )


def approvals_running_out(ctx: Context, within_days: int = EXPIRING_WITHIN.days) -> tuple[RunningOut, ...]:
    """Approvals of the viewer's active projects that end within so many days or have ended, the first to end first."""
    with ctx.store.read() as conn:
        rows = q_approvals.running_out(conn, policy.scope(ctx.viewer, t.approval), ctx.today + timedelta(days=within_days))
    return tuple(
        RunningOut(
            row.id,
            row.project_id,
            row.project_code,
            row.project_zh,
            row.project_en,
            row.kind,
            row.title,
            row.expires_on,
            (row.expires_on - ctx.today).days,
        )
        for row in rows
    )


def _hanging_on(approval: Row, obligations: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    renewals = f"{catch_up_label(approval.kind, approval.id)}-"
    answered = covering(obligations, approval)
    return [row for row in obligations if row in answered or row["period_label"].startswith(renewals)]


def _clock(row: Any, reply: Row | None, exception: str | None, today: date) -> ApprovalClock:
    late = lateness(row["status"], row["due_on"], row["first_submitted_on"], today, row["duty"], row["confidence"])
    return ApprovalClock(
        obligation_id=row["id"], key=row["key"], kind=row["kind"], title_zh=row["title_zh"], title_en=row["title_en"], clause=row["clause"],
        due_on=row["due_on"], file_by=row["file_by_on"], file_by_time=row["file_by_time"], confidence=row["confidence"], lateness=late,
        status=row["status"], first_submitted_on=row["first_submitted_on"], waits_since=row["waits_since_at"],
        because=tuple(row["because_json"]),
        version=row["version"], exception_clause=exception, reply_by=reply.due_on if reply else None,
        reply_because=tuple(reply.because_json) if reply else (),
    )  # fmt: skip


def _view(row: Row, clocks: list[ApprovalClock], today: date) -> ApprovalView:
    return ApprovalView(
        approval_id=row.id, kind=row.kind, title=row.title, board=row.board,
        state=state_of(ApprovalDates(row.proof_submitted_on, row.approved_on, row.expires_on), today),
        proof_submitted_on=row.proof_submitted_on,
        proof_document_id=row.proof_document_id, proof_filename=row.proof_filename or "", number=row.approval_number,
        approved_on=row.approved_on,
        expires_on=row.expires_on, approval_document_id=row.approval_document_id, approval_filename=row.approval_filename or "",
        exception_reason=row.exception_reason, exception_letter=row.exception_letter, version=row.version, clocks=tuple(clocks),
    )  # fmt: skip
