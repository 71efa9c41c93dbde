"""The office's side of a report: it beside the one before, verdicts on checkpoints, acceptance, or a return with its own day.

Nobody reviews her own project, whatever else she is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import update

from tracker.domain.calendars import OutsideCalendar
from tracker.domain.free_text import clean_text
from tracker.domain.minguo import both
from tracker.domain.report_checks import QuantityError, parse_quantity
from tracker.domain.statuses import Basis, Confidence, DateStatus, DischargedBy, Kind, ObligationStatus
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Forbidden, Invalid, NotFound, Problem, Stale
from tracker.services.policy import Act
from tracker.services.report_comparison import FieldView, compare
from tracker.services.report_drafts import forget_lost
from tracker.services.report_forms import REMARK_LONGEST
from tracker.services.report_state import ReportState, guarded_write, load_state
from tracker.store import q_reports as q
from tracker.store import tables as t
from tracker.store.writing import Tx

VERDICTS = ("met", "partly_met", "not_met")
LONGEST_REPLY = timedelta(days=366)


@dataclass(frozen=True)
class CheckpointReview:
    """One claim, and what the office says of it (None: nothing yet)."""

    checkpoint_id: int
    claim: Mapping[str, Any]
    verdict: str | None
    accepted: Any
    remark: str
    officer: str
    given_at: Any


@dataclass(frozen=True)
class ReviewScreen:
    """A submitted report as its readers see it. `may_review` is False for auditors, members, and what is not waiting."""

    state: ReportState
    fields: tuple[FieldView, ...]
    checkpoints: tuple[CheckpointReview, ...]
    may_review: bool
    earliest_reply_on: date

    @property
    def version(self) -> q.VersionRow:
        """The version that is looked at: the newest one."""
        return self.state.versions[-1]


def review_screen(ctx: Context, report_id: int) -> ReviewScreen:
    """The newest submitted version beside the period before and the version before. Raises NotFound, Forbidden."""
    with ctx.store.read() as conn:
        state = load_state(conn, report_id)
        policy.authorise(ctx.viewer, Act.SEE_PROJECT, state.target)
    if not state.versions:
        raise NotFound()
    may_review = state.row.status == "submitted" and policy.may(ctx.viewer, Act.REVIEW_REPORT, state.target)
    return ReviewScreen(
        state=state,
        fields=compare(state),
        checkpoints=tuple(_reviewed(state, claim) for claim in state.versions[-1].content["checkpoints"]),
        may_review=may_review and not _involved(ctx, state),
        earliest_reply_on=ctx.today + timedelta(days=1),
    )


def _reviewed(state: ReportState, claim: Mapping[str, Any]) -> CheckpointReview:
    given = state.verdicts.get(claim["id"])
    if given is None:
        return CheckpointReview(claim["id"], claim, None, None, "", "", None)
    return CheckpointReview(claim["id"], claim, given.verdict, given.actual, given.remark, given.officer, given.given_at)


def _involved(ctx: Context, state: ReportState) -> bool:
    """Whether she is on the project, or handed in a version of this very report when she was."""
    mine = ctx.viewer.person_id
    return state.row.project_id in ctx.viewer.project_ids or any(v.submitted_by == mine for v in state.versions)


def _authorise(ctx: Context, state: ReportState) -> None:
    policy.authorise(ctx.viewer, Act.REVIEW_REPORT, state.target)
    if _involved(ctx, state):
        raise Forbidden("You are on this project. Somebody else has to review its reports.")


def _waiting(tx: Tx, report_id: int, expected_version: int) -> ReportState:
    state = load_state(tx.conn, report_id)
    if state.row.version != expected_version:
        raise Stale()
    if state.row.status != "submitted":
        raise Forbidden("This report does not wait for a review.")
    return state


def record_verdict(ctx: Context, *, report_id: int, checkpoint_id: int, verdict: str, actual: str, remark: str = "", key: str) -> None:
    """Say of one claimed checkpoint whether it is met, and how much of it is accepted. The newest verdict counts.

    Raises NotFound, Forbidden, Invalid.
    """
    with ctx.store.read() as conn:
        state = load_state(conn, report_id)
    _authorise(ctx, state)
    claims = {claim["id"]: claim for claim in state.versions[-1].content["checkpoints"]} if state.versions else {}
    if checkpoint_id not in claims or state.row.status != "submitted":
        raise NotFound()
    number = _accepted(verdict, actual, claims[checkpoint_id])
    text = clean_text(remark).strip()
    if len(text) > REMARK_LONGEST:
        raise Invalid([Problem("remark", "{length} characters are too many: at most {longest}.",
                               {"length": f"{len(text):,}", "longest": f"{REMARK_LONGEST:,}"})])  # fmt: skip

    def body(tx: Tx) -> dict:
        verdict_id = tx.insert(
            t.checkpoint_verdict, checkpoint_id=checkpoint_id, verdict=verdict, actual=number, remark=text,
            officer_id=ctx.viewer.person_id, given_at=ctx.now,
        )  # fmt: skip
        tx.record("checkpoint", checkpoint_id, {"verdict": verdict, "actual": str(number), "report": report_id})
        tx.touch(f"project:{state.row.project_id}", "reports")
        return {"verdict_id": verdict_id}

    guarded_write(ctx, ctx.request("checkpoint.verdict", key, (checkpoint_id, verdict, number, text)), body)


def _accepted(verdict: str, actual: str, claim: Mapping[str, Any]):
    """The accepted quantity, which must agree with the verdict."""
    if verdict not in VERDICTS:
        raise Invalid([Problem("verdict", "Choose one of the verdicts.")])
    try:
        number = parse_quantity(actual)
    except QuantityError as error:
        raise Invalid([Problem("accepted", error.msgid, error.params)]) from error
    if number is None or number < 0:
        raise Invalid([Problem("accepted", "Write a number here, 0 where nothing was reached yet.")])
    reached = number >= parse_quantity(claim["target"])
    if reached != (verdict == "met"):
        raise Invalid([Problem("accepted", "The accepted quantity and the verdict contradict each other (target {target}).",
                               {"target": claim["target"]})])  # fmt: skip
    return number


def accept_report(ctx: Context, *, report_id: int, expected_version: int, key: str) -> None:
    """Accept the newest version. Where the funder's own site must be fed, the duty stays listed until its receipt is recorded.

    Raises NotFound, Forbidden (also on one's own project), Stale.
    """
    with ctx.store.read() as conn:
        _authorise(ctx, load_state(conn, report_id))

    def body(tx: Tx) -> dict:
        state = _waiting(tx, report_id, expected_version)
        tx.update_versioned(t.report, report_id, expected_version, status="accepted", reopened_json=None)
        _insert_review(tx, ctx, state, "accept", {}, None)
        values: dict[str, Any] = {"status": ObligationStatus.ACCEPTED, "accepted_at": ctx.now, "waits_since_at": None}
        if state.row.o_discharged_by == DischargedBy.MILEPOST or state.row.o_discharged_on is not None:
            values["next_look_on"] = None
        tx.update_versioned(t.obligation, state.row.o_id, state.row.o_version, **values)
        for reply in q.open_replies(tx.conn, state.row.o_id, {ObligationStatus.OPEN, ObligationStatus.SUBMITTED}):
            tx.update_versioned(t.obligation, reply.id, reply.version, status=ObligationStatus.ACCEPTED, accepted_at=ctx.now,
                                waits_since_at=None, next_look_on=None)  # fmt: skip
        forget_lost(tx, report_id)
        tx.record("report", report_id, {"accepted": state.versions[-1].number})
        tx.touch(f"project:{state.row.project_id}", "obligations", "reports")
        return {}

    guarded_write(ctx, ctx.request("report.accept", key, (report_id, expected_version)), body)


def reply_day_problems(ctx: Context, reply_by: date | None, county: str | None = None) -> list[Problem]:
    """What stands against a day for the reply: before tomorrow or too far away (errors), not a working day (warning)."""
    if reply_by is None:
        return [Problem("reply_by", "Choose the day by which the answer is expected.")]
    if reply_by <= ctx.today:
        return [
            Problem("reply_by", "The answer needs at least until tomorrow ({earliest}).", {"earliest": both(ctx.today + timedelta(days=1))})
        ]
    if reply_by > ctx.today + LONGEST_REPLY:
        return [Problem("reply_by", "The answer is expected within a year.")]
    calendar = ctx.calendar.for_county(county)
    if not calendar.is_working(reply_by):
        safe = {"day": both(calendar.previous_working(reply_by))}
        return [Problem("reply_by", "This is not a working day. The last safe day is {day}.", safe, "warning")]
    return []


def return_report(ctx: Context, *, report_id: int, expected_version: int, comments: Mapping[str, str], reply_by: date, key: str) -> str:
    """Return a report with comments on named sections, which open again, and a day for the answer. Gives the reply's public key.

    The report keeps its first submission: a return never makes a punctual report late. The answer is an obligation of its own.
    Raises NotFound, Forbidden (also on one's own project), Invalid, Stale.
    """
    with ctx.store.read() as conn:
        first = load_state(conn, report_id)
    _authorise(ctx, first)
    cleaned = {section: clean_text(text).strip() for section, text in comments.items()}
    cleaned = {section: text for section, text in cleaned.items() if text}
    problems = [p for p in _return_problems(ctx, first, cleaned, reply_by) if p.severity == "error"]
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict:
        state = _waiting(tx, report_id, expected_version)
        tx.update_versioned(t.report, report_id, expected_version, status="returned", reopened_json=sorted(cleaned))
        _insert_review(tx, ctx, state, "return", cleaned, reply_by)
        returned: dict[str, Any] = {"status": ObligationStatus.RETURNED, "waits_since_at": None}
        if state.row.o_discharged_by == DischargedBy.MILEPOST:
            returned["next_look_on"] = None  # an external duty keeps its ladder until the funder's receipt is recorded
        tx.update_versioned(t.obligation, state.row.o_id, state.row.o_version, **returned)
        reply_key = _insert_reply(tx, ctx, state, reply_by)
        _forget_answers(tx, report_id)
        tx.record("report", report_id, {"returned": state.versions[-1].number, "reopened": sorted(cleaned), "reply": reply_key,
                                        "reply_by": reply_by.isoformat()})  # fmt: skip
        tx.touch(f"project:{state.row.project_id}", "obligations", "reports")
        return {"reply": reply_key}

    fingerprint = (report_id, expected_version, sorted(cleaned.items()), reply_by)
    return guarded_write(ctx, ctx.request("report.return", key, fingerprint), body)["reply"]


def _return_problems(ctx: Context, state: ReportState, comments: Mapping[str, str], reply_by: date | None) -> list[Problem]:
    problems = reply_day_problems(ctx, reply_by, state.row.p_county)
    if not comments:
        problems.append(Problem("comments", "Comment on at least one section: only commented sections open again."))
    for section, text in comments.items():
        if not state.form.has(section):
            problems.append(Problem("comments", "The report has no such section."))
        elif len(text) > REMARK_LONGEST:
            limit = {"length": f"{len(text):,}", "longest": f"{REMARK_LONGEST:,}"}
            problems.append(Problem(section, "{length} characters are too many: at most {longest}.", limit))
    return problems


def _insert_review(tx: Tx, ctx: Context, state: ReportState, outcome: str, comments: Mapping[str, str], reply_by: date | None) -> None:
    tx.insert(
        t.review, report_version_id=state.versions[-1].id, outcome=outcome, comments_json=dict(comments),
        reopened_json=sorted(comments), reply_by_on=reply_by, reviewer_id=ctx.viewer.person_id, reviewed_at=ctx.now,
    )  # fmt: skip


def _forget_answers(tx: Tx, report_id: int) -> None:
    """The answers to the round before belong to the version that carries them; a new round starts with empty ones."""
    d = t.report_draft_field
    tx.conn.execute(update(d).where(d.c.report_id == report_id, d.c.field.like("remarks:%")).values(value_json="", rev=d.c.rev + 1))


def _insert_reply(tx: Tx, ctx: Context, state: ReportState, reply_by: date) -> str:
    """The obligation to answer: its own day and ladder, a child of the report's."""
    parent = state.row
    number = q.reply_count(tx.conn, parent.o_id) + 1
    key = f"{parent.o_key}/reply-{number}"
    calendar = ctx.calendar.for_county(parent.p_county)
    because = [
        {"zh": f"機關於 {both(ctx.today)} 退回本報告，請於 {both(reply_by)} 前補正。",
         "en": f"The office returned the report on {both(ctx.today)} and asks for the answer by {both(reply_by)}."},
        {"zh": "是否逾期仍以第一次送件日判斷；補正另有自己的期限。",
         "en": "Whether the report is late is still judged by its first submission; the answer has its own day."},
    ]  # fmt: skip
    try:
        file_by, provisional = calendar.previous_working(reply_by), calendar.is_provisional(reply_by)
    except OutsideCalendar as error:
        raise Invalid([Problem("reply_by", "The answer is expected within a year.")]) from error
    tx.insert(
        t.obligation, key=key, project_id=parent.project_id, programme_id=parent.p_programme_id, parent_id=parent.o_id, rule="reply",
        rule_version=parent.o_rule_version, kind=Kind.REPLY, duty=True, period_label=parent.o_period_label,
        period_start_on=parent.o_period_start_on, period_end_on=parent.o_period_end_on, project_year=parent.o_project_year,
        date_status=DateStatus.DATED, nominal_on=reply_by, due_on=reply_by, file_by_on=file_by, file_by_time=None,
        confidence=Confidence.STATED, basis=Basis.OFFICIAL, clause=parent.o_clause,
        title_zh=f"補正：{parent.o_title_zh}", title_en=f"Answer to the office: {parent.o_title_en}", because_json=because,
        calendar_version=calendar.version, provisional=provisional, discharged_by=DischargedBy.MILEPOST,
        status=ObligationStatus.OPEN, next_look_on=ctx.today, origin="reply",
    )  # fmt: skip
    return key
