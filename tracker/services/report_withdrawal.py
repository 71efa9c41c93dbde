"""Taking back what was handed in, while nobody of the office or the panel has opened it and the programme's days for it last.

The version stays for ever and is shown as withdrawn. What it had set going stops: the duty is open again, and the reminders go on.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, update

from tracker.clock import civil_day
from tracker.domain.ladder import earliest_look
from tracker.domain.minguo import both
from tracker.domain.statuses import RELEASED, ObligationStatus
from tracker.notify.notice_wording import WITHDRAWN
from tracker.services import policy
from tracker.services.action_items import unclaim
from tracker.services.context import Context
from tracker.services.documents import DRAFT_PREFIX, RELEASED_PURPOSES
from tracker.services.errors import Forbidden, Invalid, Problem, Stale
from tracker.services.notices import office, tell
from tracker.services.planning import plan_project
from tracker.services.policy import Act
from tracker.services.report_state import ReportState, file_ids, guarded_write, load_state
from tracker.services.report_windows import window_of
from tracker.services.review_rounds import cancel_round
from tracker.services.text_fields import read_text
from tracker.store import q_dates, q_reports, q_versions
from tracker.store import tables as t
from tracker.store.writing import Tx

OPENED = "The office has opened this report already; it can no longer be taken back. Ask the office to return it."


@dataclass(frozen=True)
class Withdrawal:
    """Whether the newest version can be taken back, until which day (its last second in Taipei), and what follows.

    `refused` says why not, with its parameters. `reopens`: the duty itself is open again; False: only an answer or a correction.
    `late_then`: handed in again today, it would count as late, though what is taken back came in time.
    """

    version: int
    refused: tuple[str, dict[str, str]] | None
    until_on: date | None
    reopens: bool
    due_on: date | None
    late_then: bool


@dataclass(frozen=True)
class Withdrawn:
    """What taking back gives: the version that is withdrawn, and the report's own new version and state."""

    number: int
    report_version: int
    status: str


def withdrawal_of(ctx: Context, report_id: int) -> Withdrawal | None:
    """How it stands with taking the newest version back; None for who could never do it, or where nothing waits. Raises NotFound."""
    with ctx.store.read() as conn:
        state = load_state(conn, report_id)
        if state.row.status != "submitted" or not policy.may(ctx.viewer, Act.WITHDRAW_REPORT, state.target):
            return None
        until, refused = _until(ctx, conn, state)
        back = _back(conn, state)
    due_on = state.row.o_due_on
    return Withdrawal(
        version=state.versions[-1].number, refused=refused, until_on=until, reopens=back == "draft", due_on=due_on,
        late_then=_late_then(ctx, state, back),
    )  # fmt: skip


def _late_then(ctx: Context, state: ReportState, back: str) -> bool:
    row = state.row
    return bool(back == "draft" and row.o_duty and row.o_due_on and ctx.today > row.o_due_on >= row.o_first_submitted_on)


def withdraw(ctx: Context, *, report_id: int, expected_version: int, reason: str, key: str) -> Withdrawn:
    """Take the newest version back. The report can be written on again; handed in after its due day, it counts as late.

    Principal investigators, and whom they let hand in. Exactly one of the writer who takes back and the officer who opens wins.
    Raises NotFound, Forbidden with the reason, Invalid, Stale.
    """
    with ctx.store.read() as conn:
        target = load_state(conn, report_id).target
        policy.authorise(ctx.viewer, Act.WITHDRAW_REPORT, target)
    problems: list[Problem] = []
    reason = read_text("reason", reason, problems)
    if not reason:
        problems.append(Problem("reason", "Say why it is taken back: the office reads it."))
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict[str, Any]:
        tx.conn.execute(select(t.report.c.id).where(t.report.c.id == report_id).with_for_update())  # as every answer of the office does
        state = load_state(tx.conn, report_id)
        if state.row.version != expected_version:
            raise Stale()
        _until_or_refuse(ctx, tx.conn, state)
        cancel_round(tx, ctx, state.versions[-1].id)  # holds the round: whoever opens it at this moment waits, or was first
        return _take_back(tx, ctx, state, reason)

    request = ctx.request(
        "report.withdraw", key, (report_id, expected_version, reason), policy.principal(ctx.viewer, Act.WITHDRAW_REPORT, target)
    )
    return Withdrawn(**guarded_write(ctx, request, body))


def _until_or_refuse(ctx: Context, conn: Connection, state: ReportState) -> None:
    if state.row.status != "submitted":
        raise Forbidden("Nothing is waiting here that could be taken back.")
    _until_on, refused = _until(ctx, conn, state)
    if refused:
        raise Forbidden(refused[0], **refused[1])


def _until(ctx: Context, conn: Connection, state: ReportState) -> tuple[date | None, tuple[str, dict[str, str]] | None]:
    """The last day on which the newest version can be taken back, and why it cannot."""
    row, version = state.row, state.versions[-1]
    if row.o_status in RELEASED:
        return None, ("This is no longer owed: the office waived or closed it.", {})
    window = window_of(ctx.registry, _programme_code(conn, row.p_programme_id), row.o_kind)
    if window is None or window.withdraw_days is None:
        return None, ("The programme gives no days in which a report can be taken back. Ask the office to return it.", {})
    until = civil_day(version.submitted_at) + timedelta(days=window.withdraw_days)
    if row.o_discharged_on is not None:
        return until, ("The funder has it already: its receipt is recorded here.", {})
    if ctx.today > until:
        return until, ("It could be taken back until {day}. Ask the office to return it.", {"day": both(until)})
    found = _round(conn, version.id)
    if found is None:
        return until, ("It came in before openings were recorded here, so it cannot be shown that nobody read it.", {})
    if found.first_read_at is not None or found.state != "open":
        return until, (OPENED, {})
    return until, None


def _round(conn: Connection, version_id: int) -> Row | None:
    r = t.review_round
    return conn.execute(select(r).where(r.c.report_version_id == version_id)).one_or_none()


def _programme_code(conn: Connection, programme_id: int) -> str:
    return conn.execute(select(t.programme.c.code).where(t.programme.c.id == programme_id)).scalar_one()


def _back(conn: Connection, state: ReportState) -> str:
    """What the report becomes again: a correction under way, a returned one that waits for its answer, or a draft."""
    if state.row.accepted_version is not None:  # an answer to a returned correction goes back to being one that waits for its answer
        return "returned" if _answered_with(conn, state) else "correcting"
    return "returned" if q_versions.was_sent_back(conn, state.row.id) else "draft"


def _close_files(tx: Tx, state: ReportState) -> None:
    """The files that only this version showed are its members' own again: often it is taken back because of one of them."""
    shown = {one for content in q_versions.contents_standing(tx.conn, state.row.project_id) for one in file_ids(content)}
    d = t.document
    mine = (d.c.id.in_(sorted(file_ids(state.versions[-1].content) - shown)), d.c.purpose.in_(RELEASED_PURPOSES))
    tx.conn.execute(update(d).where(*mine).values(purpose=DRAFT_PREFIX + d.c.purpose))


def _answered_with(conn: Connection, state: ReportState) -> list[Row]:
    """The replies that the newest version answers: one that an earlier version answered stays answered."""
    at = state.versions[-1].submitted_at
    replies = q_reports.open_replies(conn, state.row.o_id, {ObligationStatus.SUBMITTED})
    return [reply for reply in replies if reply.first_submitted_at == at]


def _take_back(tx: Tx, ctx: Context, state: ReportState, reason: str) -> dict[str, Any]:
    row, version = state.row, state.versions[-1]
    back = _back(tx.conn, state)
    tx.insert(t.report_withdrawal, report_version_id=version.id, reason=reason, withdrawn_by=ctx.viewer.person_id, withdrawn_at=ctx.now)
    _close_files(tx, state)
    new_version = tx.update_versioned(t.report, row.id, row.version, status=back)
    obligation = q_dates.obligation_row(tx.conn, row.o_id)
    tx.update_versioned(t.obligation, row.o_id, obligation.version, **_obligation_back(ctx, row, back))
    if back == "draft":
        plan_project(tx, ctx, row.project_id)  # its days stood still while it was handed in: a letter may have come since
    for reply in _answered_with(tx.conn, state):
        tx.update_versioned(
            t.obligation, reply.id, reply.version, status=ObligationStatus.OPEN, first_submitted_on=None, first_submitted_at=None,
            next_look_on=ctx.today,
        )  # fmt: skip
    unclaim(tx, ctx, version.id, version.submitted_at)
    params = {"reason": reason}
    people = office(tx.conn, row.project_id, row.p_programme_id)
    tell(tx, ctx, kind=WITHDRAWN, people=people, obligation=obligation, once=f"version-{version.id}", params=params, version_id=version.id)
    digest = hashlib.sha256(reason.encode()).hexdigest()
    tx.record("report", row.id, {"withdrawn": version.number, "sha256": version.sha256, "status": back, "reason_sha256": digest})
    tx.touch(f"project:{row.project_id}", "obligations", "reports")
    return {"number": version.number, "report_version": new_version, "status": back}


def _obligation_back(ctx: Context, row: Row, back: str) -> dict[str, Any]:
    """The obligation as it was before this version came in; its first submission is gone only where it was this one."""
    values: dict[str, Any] = {"waits_since_at": None, "office_due_on": None}
    if row.accepted_version is not None:
        return {**values, "status": ObligationStatus.ACCEPTED}
    if back == "returned":
        return {**values, "status": ObligationStatus.RETURNED}
    look = earliest_look(row.o_file_by_on, row.o_due_on)
    return {
        **values, "status": ObligationStatus.OPEN, "first_submitted_on": None, "first_submitted_at": None,
        "next_look_on": None if look is None else max(ctx.today, look),
    }  # fmt: skip
