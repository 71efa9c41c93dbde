"""One submitted report as its readers see it: beside the one before, with the steps of its review, and verdicts on checkpoints.

The office's answers are in `review_decisions`, the steps before them in `review_tasks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from tracker.domain.calendars import OutsideCalendar
from tracker.domain.free_text import clean_text
from tracker.domain.office_clock import OfficeClock, lengthened
from tracker.domain.report_checks import QuantityError, parse_quantity
from tracker.domain.statuses import RELEASED
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Forbidden, Invalid, NotFound, Problem
from tracker.services.interest_conflicts import Conflict
from tracker.services.office_clock import clock_of
from tracker.services.policy import Act
from tracker.services.report_comparison import FieldView, compare
from tracker.services.report_forms import REMARK_LONGEST
from tracker.services.report_state import ReportState, guarded_write, load_state
from tracker.services.review_comments import Comment, comments_for, sendable
from tracker.services.review_decisions import accept_report, authorise_review, reset_report, return_report
from tracker.services.review_replies import reply_day_problems
from tracker.services.review_rounds import target_of
from tracker.services.review_seats import CONFLICT, seats
from tracker.services.review_steps import Reader, StepView, for_panel, reader_of, steps_of, turn_in
from tracker.store import q_reports as q
from tracker.store import q_reviews, q_versions
from tracker.store import tables as t
from tracker.store.writing import Tx, Unchanged

__all__ = ["accept_report", "record_verdict", "reply_day_problems", "reset_report", "return_report", "review_screen"]

VERDICTS = ("met", "partly_met", "not_met")
FIRST_REPLY = timedelta(days=14)


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
    """A submitted report as its readers see it.

    `may_review` is True for the office while it waits, except in one's own cause: verdicts, remarks, seats. `turn` is the step that the
    viewer may do now, else `refused` (a message id with `params`) says why there is none. `clock` is the office's, None where the
    version came in before there was one. `proposed_reply_on` is later by the days that the office was late itself.
    """

    state: ReportState
    fields: tuple[FieldView, ...]
    checkpoints: tuple[CheckpointReview, ...]
    may_review: bool
    earliest_reply_on: date
    reader: Reader
    steps: tuple[StepView, ...]
    turn: StepView | None
    refused: str
    params: Mapping[str, Any]
    comments: tuple[Comment, ...]
    sendable: frozenset[int]
    conflicts: tuple[Conflict, ...]
    clock: OfficeClock | None
    proposed_reply_on: date

    @property
    def version(self) -> q.VersionRow:
        """The version that is looked at: the newest one."""
        return self.state.versions[-1]

    @property
    def may_send_back(self) -> bool:
        """Whether the viewer may return the report in the step that is hers now."""
        return self.turn is not None and (self.turn.decides or (self.turn.stage == 1 and self.turn.role == "officer"))

    @property
    def may_accept(self) -> bool:
        """Whether hers is the step that decides."""
        return self.turn is not None and self.turn.decides


def review_screen(ctx: Context, report_id: int) -> ReviewScreen:
    """The newest submitted version beside the period before and the version before, and how far its review is.

    A panel member gets the report that she was given and no other one. Raises NotFound, Forbidden.
    """
    with ctx.store.read() as conn:
        state = load_state(conn, report_id)
        policy.authorise(ctx.viewer, Act.SEE_SUBMITTED, target_of(state))
        if not policy.may(ctx.viewer, Act.SEE_DRAFT, state.target):  # what is being written, or was taken back, is its members' own
            back = q_versions.withdrawals(conn, state.row.project_id)
            state = replace(state, drafts={}, documents={}, versions=tuple(one for one in state.versions if one.id not in back))
        if not state.versions:
            raise NotFound()
        return _screen(conn, ctx, state)


def _screen(conn: Connection, ctx: Context, state: ReportState) -> ReviewScreen:
    reader = reader_of(ctx, state)
    state = for_panel(state) if reader is Reader.PANEL else state
    known = seats(conn, [state.row.p_programme_id], ctx.today)
    found = q_reviews.round_of(conn, state.row.id, state=None)
    found = found if found is not None and found.report_version_id == state.versions[-1].id else None
    waits = state.row.status == "submitted" and state.row.o_status not in RELEASED
    steps = steps_of(conn, ctx, found, known, reader)
    turn = turn_in(steps) if waits else None
    barred = (ctx.viewer.person_id, state.row.project_id) in known.own | known.conflicts
    may_review = waits and reader is Reader.OFFICE and not barred and policy.may(ctx.viewer, Act.REVIEW_REPORT, state.target)
    if turn is None and waits and found is None and may_review:
        turn = _only_step(ctx, state)
    blocked = next((one for one in steps if one.current and one.refused), None)
    rows = q_reviews.comments(conn, state.row.id) if reader is not Reader.PROJECT else []
    clock = clock_of(found, ctx.calendar.for_county(state.row.p_county), ctx.today) if found is not None else None
    return ReviewScreen(
        state=state,
        fields=compare(state, ctx.viewer.language),
        checkpoints=tuple(_reviewed(state, claim) for claim in state.versions[-1].content.get("checkpoints", ())),
        may_review=may_review,
        earliest_reply_on=ctx.today + timedelta(days=1),
        reader=reader,
        steps=steps,
        turn=turn,
        refused=blocked.refused if blocked and turn is None else "",
        params=blocked.params if blocked and turn is None else {},
        comments=comments_for(ctx, state, rows),
        sendable=frozenset(row.id for row in sendable(rows, state.versions[-1].id)) if reader is Reader.OFFICE else frozenset(),
        conflicts=_conflicts(conn, state) if reader is Reader.OFFICE else (),
        clock=clock,
        proposed_reply_on=_proposed(ctx, state, clock),
    )


def _conflicts(conn: Connection, state: ReportState) -> tuple[Conflict, ...]:
    rows = q_reviews.conflicts(conn, state.row.project_id)
    return tuple(Conflict(r.id, r.person_id, r.name, r.reason, r.declared_by == r.person_id, r.declared_at) for r in rows)


def _only_step(ctx: Context, state: ReportState) -> StepView:
    """What came in before there were steps: one officer decides; the row is made when she does."""
    return StepView(
        id=0, version=0, stage=1, step="officer", role="officer", zh="承辦人審查", en="Officer's review", state="open", decides=True,
        current=True, mine=True, behind="", refused="", params={}, holder_id=None, holder="", away_until=None, cover="", nobody=False,
        due_on=None, opened_at=state.versions[-1].submitted_at, done_at=None, done_by="", done_behind="", conflict_since=False,
        recommendation=None, scores=(), criteria=(), remark="", ended_why="",
    )  # fmt: skip


def _proposed(ctx: Context, state: ReportState, clock: OfficeClock | None) -> date:
    """Two weeks from today on a working day, later by as many working days as the office itself was late."""
    first = ctx.today + FIRST_REPLY
    try:
        return lengthened(first, clock.over if clock else 0, ctx.calendar.for_county(state.row.p_county))
    except OutsideCalendar:
        return first


def _reviewed(state: ReportState, claim: Mapping[str, Any]) -> CheckpointReview:
    given = state.verdicts.get(claim["id"])
    if given is None:
        return CheckpointReview(claim["id"], claim, None, None, "", "", None)
    return CheckpointReview(claim["id"], claim, given.verdict, given.actual, given.remark, given.officer, given.given_at)


def record_verdict(ctx: Context, *, report_id: int, checkpoint_id: int, verdict: str, actual: str, remark: str = "", key: str) -> None:
    """Say of one claimed checkpoint whether it is met, and how much of it is accepted. The newest verdict counts.

    Raises NotFound, Forbidden, Invalid.
    """
    with ctx.store.read() as conn:
        state = load_state(conn, report_id)
        known = seats(conn, [state.row.p_programme_id], ctx.today)
    authorise_review(ctx, state)
    if (ctx.viewer.person_id, state.row.project_id) in known.conflicts:
        raise Forbidden(CONFLICT)
    claims = {claim["id"]: claim for claim in state.versions[-1].content.get("checkpoints", ())} if state.versions else {}
    if checkpoint_id not in claims or state.row.status != "submitted":
        raise NotFound()
    number = _accepted(verdict, actual, claims[checkpoint_id])
    text = clean_text(remark).strip()
    if len(text) > REMARK_LONGEST:
        raise Invalid([Problem("remark", "{length} characters are too many: at most {longest}.",
                               {"length": f"{len(text):,}", "longest": f"{REMARK_LONGEST:,}"})])  # fmt: skip

    said = (ctx.viewer.person_id, verdict, number, text)

    def body(tx: Tx) -> dict:
        last = q.last_verdicts(tx.conn, [state.row.project_id]).get(checkpoint_id)
        same = last is not None and said == (last.officer_id, last.verdict, last.actual, last.remark)
        if same and last.given_at >= state.versions[-1].submitted_at:
            raise Unchanged(verdict_id=last.id)
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
