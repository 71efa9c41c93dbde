"""The office's side of approvals: accept what came in, send it back, or grant the exception that a clause allows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Row, update

from tracker.domain.calendars import OutsideCalendar
from tracker.domain.minguo import both
from tracker.services.anchors import version_in_force
from tracker.services.approval_plans import covering
from tracker.services.context import Context
from tracker.services.day_fields import read_day
from tracker.services.errors import Forbidden, Invalid, NotFound, Problem, Stale
from tracker.services.office import authorise_office
from tracker.services.planning import facts_of, programme_of
from tracker.services.policy import Act, Target
from tracker.services.report_state import guarded_write
from tracker.services.review_replies import reply_day_problems
from tracker.services.text_fields import read_line, read_text
from tracker.store import q_approvals, q_dates, q_reports
from tracker.store import tables as t
from tracker.store.writing import Tx

_KINDS = ("approval_catch_up", "approval_renewal")


def accept_approval(ctx: Context, *, obligation_id: int, expected_version: int, key: str) -> int:
    """Accept what was handed in for a catch-up or a renewal; gives the obligation's new version.

    Officers and chiefs, not on their own project. Raises NotFound, Forbidden, Stale where it does not wait any more.
    """
    row = _for_review(ctx, obligation_id, Act.REVIEW_REPORT)

    def body(tx: Tx) -> dict[str, Any]:
        _must_wait(tx, obligation_id)
        values: dict[str, Any] = {"status": "accepted", "accepted_at": ctx.now, "waits_since_at": None}
        if row.discharged_by == "milepost" or row.discharged_on is not None:
            values["next_look_on"] = None
        version = tx.update_versioned(t.obligation, obligation_id, expected_version, **values)
        _settle_replies(tx, ctx, obligation_id)
        _written(tx, row, {"accepted": True})
        return {"version": version}

    request = ctx.request("approval.accept", key, (obligation_id, expected_version))
    return guarded_write(ctx, request, body)["version"]


def return_approval(ctx: Context, *, obligation_id: int, remark: str, reply_by: date | str, expected_version: int, key: str) -> str:
    """Send back what was handed in, with a remark and a day for the answer; gives the public key of the reply that is now owed.

    Lateness stays judged by the first submission. Raises NotFound, Forbidden, Invalid, Stale.
    """
    row = _for_review(ctx, obligation_id, Act.REVIEW_REPORT)
    problems: list[Problem] = []
    day = read_day("reply_by", reply_by, problems)
    with ctx.store.read() as conn:
        county = q_dates.project_row(conn, row.project_id).county
    if day is not None:
        problems += [one for one in reply_day_problems(ctx, day, county) if one.severity == "error"]
    remark = read_text("remark", remark, problems)
    if not remark:
        problems.append(Problem("remark", "Say what has to be put right."))
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict[str, Any]:
        _must_wait(tx, obligation_id)
        returned: dict[str, Any] = {"status": "returned", "waits_since_at": None}
        if row.discharged_by == "milepost" or row.discharged_on is not None:
            returned["next_look_on"] = None  # an external duty keeps its ladder until the funder's receipt is recorded
        tx.update_versioned(t.obligation, obligation_id, expected_version, **returned)
        reply_key = _insert_reply(tx, ctx, row, day, remark, county)
        _written(tx, row, {"returned": True, "reply": reply_key, "reply_by": day.isoformat(), "remark_sha256": _digest(remark)})
        return {"reply": reply_key}

    request = ctx.request("approval.return", key, (obligation_id, remark, day, expected_version))
    return guarded_write(ctx, request, body)["reply"]


def exception_clause(ctx: Context, obligation: Row | Mapping[str, Any]) -> str | None:
    """The words that allow a justified exception to this duty (003 捌-八-(二)「除有正當性理由外」), or None where its clause has none."""
    project_id, rule = (
        (obligation["project_id"], obligation["rule"]) if isinstance(obligation, Mapping) else (obligation.project_id, obligation.rule)
    )
    with ctx.store.read() as conn:
        project = q_dates.project_row(conn, project_id)
        facts = {name: one.value_on for name, one in facts_of(conn, project_id).items()}
        version = version_in_force(programme_of(conn, project_id), rule, project.start_on, facts)
    return version.justified_exception if version else None


def grant_exception(ctx: Context, *, obligation_id: int, reason: str, letter_number: str, expected_version: int, key: str) -> int:
    """Release a catch-up for a justified reason, by letter; gives the obligation's new version. The reason is kept with every approval
    it covers.

    Only where the clause itself allows it; elsewhere refused, naming the clause. Raises NotFound, Forbidden, Invalid, Stale.
    """
    row = _for_review(ctx, obligation_id, Act.GRANT_EXCEPTION)
    if exception_clause(ctx, row) is None:
        raise Forbidden("{clause} has no exception: this approval cannot be released from its date.", clause=row.clause or row.rule)
    problems: list[Problem] = []
    reason, letter_number = read_text("reason", reason, problems), read_line("letter_number", letter_number, problems)
    problems += [
        Problem(name, "This field must not be empty.") for name, text in (("reason", reason), ("letter_number", letter_number)) if not text
    ]
    with ctx.store.read() as conn:
        catch_ups = q_approvals.approval_obligations(conn, row.project_id)
        released = [
            one.id
            for one in q_approvals.approvals_of(conn, row.project_id)
            if one.approved_on is None and any(found["id"] == row.id for found in covering(catch_ups, one))
        ]
    if not released:
        problems.append(Problem("obligation_id", "List the approval first, so that the exception stands beside it."))
    if row.status not in ("open", "returned"):
        problems.append(Problem("obligation_id", "This duty is not open any more."))
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict[str, Any]:
        version = tx.update_versioned(
            t.obligation, obligation_id, expected_version, status="waived", next_look_on=None, waits_since_at=None
        )
        a = t.approval
        tx.conn.execute(
            update(a).where(a.c.id.in_(released)).values(exception_reason=reason, exception_letter=letter_number, version=a.c.version + 1)
        )
        _written(tx, row, {"excepted": True, "approvals": released, "reason_sha256": _digest(reason), "clause": row.clause})
        return {"version": version}

    request = ctx.request("approval.except", key, (obligation_id, reason, letter_number, expected_version))
    return guarded_write(ctx, request, body)["version"]


def _for_review(ctx: Context, obligation_id: int, act: Act) -> Row:
    with ctx.store.read() as conn:
        row = q_dates.obligation_row(conn, obligation_id)
    if row is None or row.kind not in _KINDS:
        raise NotFound()
    authorise_office(ctx.viewer, act, Target(row.project_id, row.programme_id))
    return row


def _must_wait(tx: Tx, obligation_id: int) -> None:
    if q_dates.obligation_row(tx.conn, obligation_id).status != "submitted":
        raise Stale()


def _settle_replies(tx: Tx, ctx: Context, obligation_id: int) -> None:
    for reply in q_reports.open_replies(tx.conn, obligation_id, {"open", "submitted"}):
        tx.update_versioned(
            t.obligation, reply.id, reply.version, status="accepted", accepted_at=ctx.now, waits_since_at=None, next_look_on=None
        )


def _insert_reply(tx: Tx, ctx: Context, parent: Row, reply_by: date, remark: str, county: str | None) -> str:
    """The answer as an obligation of its own: its day, its ladder; the remark stands among its reasons."""
    key = f"{parent.key}/reply-{q_reports.reply_count(tx.conn, parent.id) + 1}"
    calendar = ctx.calendar.for_county(county)
    because = [
        {
            "zh": f"機關於 {both(ctx.today)} 退回，請於 {both(reply_by)} 前補正。",
            "en": f"Sent back by the office on {both(ctx.today)}, to be answered by {both(reply_by)}.",
        },
        {"zh": f"承辦人意見：{remark}", "en": f"The officer's remark: {remark}"},
    ]
    try:
        file_by, provisional = calendar.previous_working(reply_by), calendar.is_provisional(reply_by)
    except OutsideCalendar as error:
        raise Invalid([Problem("reply_by", "The answer is expected within a year.")]) from error
    tx.insert(
        t.obligation, key=key, project_id=parent.project_id, programme_id=parent.programme_id, parent_id=parent.id, rule="reply",
        rule_version=parent.rule_version, kind="reply", duty=True, period_label=parent.period_label, period_start_on=parent.period_start_on,
        period_end_on=parent.period_end_on, project_year=parent.project_year, date_status="dated", nominal_on=reply_by, due_on=reply_by,
        file_by_on=file_by, file_by_time=None, confidence="official", basis="official", clause=parent.clause,
        title_zh=f"補正：{parent.title_zh}",
        title_en=f"Answer: {parent.title_en}", because_json=because, calendar_version=calendar.version, provisional=provisional,
        discharged_by="milepost", status="open", next_look_on=ctx.today,
    )  # fmt: skip
    return key


def _written(tx: Tx, row: Row, payload: dict[str, Any]) -> None:
    tx.record("approval", row.id, {"project_id": row.project_id, "obligation": row.key, **payload})
    tx.touch("approvals", "obligations", f"project:{row.project_id}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()
