"""The office's answer to a report: accepted, perhaps on conditions; returned with named sections and a day; or reset as a whole.

Whoever does the last step of the review answers. An officer of the first step may also send back what is formally incomplete. A return
never makes a punctual report late: the answer is an obligation of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Row, select

from tracker.domain.free_text import clean_text
from tracker.domain.statuses import RELEASED, DischargedBy, ObligationStatus
from tracker.services import action_items, policy, review_comments
from tracker.services.context import Context
from tracker.services.day_fields import read_day
from tracker.services.errors import Forbidden, Invalid, Problem, Stale
from tracker.services.policy import Act
from tracker.services.report_drafts import forget_lost
from tracker.services.report_forms import REMARK_LONGEST
from tracker.services.report_order import refuse_out_of_order
from tracker.services.report_state import ReportState, guarded_write, load_state
from tracker.services.review_replies import forget_answers, insert_reply, reply_day_problems
from tracker.services.review_rounds import (
    DROPPED_BY_ANSWER,
    DROPPED_BY_RETURN,
    NOT_WAITING,
    Turn,
    close_round,
    finish_task,
    locked_round,
    turn_for,
)  # fmt: skip
from tracker.services.review_seats import OWN_CAUSE, seats
from tracker.services.text_fields import read_text
from tracker.store import q_reports as q
from tracker.store import q_reviews
from tracker.store import tables as t
from tracker.store.writing import Tx

CONDITIONS_MOST = 20


@dataclass(frozen=True)
class Condition:
    """What the project has to do although its report is accepted: an action item with an owner (None: the project) and a day
    in either calendar."""

    body: str
    due_on: date | str | None
    owner_id: int | None = None
    side: str = "project"


def authorise_review(ctx: Context, state: ReportState) -> None:
    """The office's side of a report, and never in one's own cause. Raises NotFound, Forbidden."""
    policy.authorise(ctx.viewer, Act.REVIEW_REPORT, state.target)
    with ctx.store.read() as conn:
        known = seats(conn, [state.row.p_programme_id], ctx.today)
    if (ctx.viewer.person_id, state.row.project_id) in known.own:
        raise Forbidden(OWN_CAUSE)


def _waiting(tx: Tx, report_id: int, expected_version: int) -> ReportState:
    tx.conn.execute(select(t.report.c.id).where(t.report.c.id == report_id).with_for_update())  # two who answer at once: the second is told
    state = load_state(tx.conn, report_id)
    if state.row.version != expected_version:
        raise Stale()
    if state.row.status != "submitted" or state.row.o_status in RELEASED:
        raise Forbidden(NOT_WAITING)
    return state


def accept_report(
    ctx: Context, *, report_id: int, expected_version: int, key: str, conditions: Sequence[Condition] = (), remark: str = ""
) -> None:
    """Accept the newest version, in the step that decides. Where the funder's own site must be fed, the duty stays listed until its
    receipt is recorded. Each condition becomes an action item of the project.

    A period is not accepted before the one it follows. Raises NotFound, Forbidden with the reason, Invalid (`conditions:<n>:…`), Stale.
    """
    with ctx.store.read() as conn:
        state = load_state(conn, report_id)
    authorise_review(ctx, state)
    problems: list[Problem] = []
    kept = _read_conditions(ctx, state, conditions, problems)
    text = read_text("remark", remark, problems, longest=REMARK_LONGEST)
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict:
        state = _waiting(tx, report_id, expected_version)
        found = locked_round(tx, ctx, state)
        turn = turn_for(tx, ctx, found, deciding=True)
        refuse_out_of_order(tx.conn, state.row)
        number = state.versions[-1].number
        tx.update_versioned(
            t.report, report_id, expected_version, status="accepted", reopened_json=None, accepted_version=number, correction_reason=""
        )
        review_id = _insert_review(tx, ctx, state, found, "accept", {}, (), None)
        finish_task(tx, ctx, turn, recommendation="accept", remark=text)
        close_round(tx, ctx, found, "accepted", DROPPED_BY_ANSWER)
        _settle(tx, ctx, state)
        items = [
            action_items.add_item(
                tx, ctx, project_id=state.row.project_id, programme_id=state.row.p_programme_id, body=one.body, side=one.side,
                owner_id=one.owner_id, due_on=one.due_on, review_id=review_id,
            )
            for one in kept
        ]  # fmt: skip
        forget_lost(tx, report_id)
        tx.record("report", report_id, {"accepted": number, "behind": turn.standing.behind, "conditions": items})
        tx.touch(f"project:{state.row.project_id}", "obligations", "reports")
        return {}

    said = (report_id, expected_version, tuple(kept), text)
    guarded_write(ctx, ctx.request("report.accept", key, said), body)


def _read_conditions(ctx: Context, state: ReportState, conditions: Sequence[Condition], problems: list[Problem]) -> list[Condition]:
    """The conditions that say something, with their days read; what is wrong with them is named by their number from 1."""
    if len(conditions) > CONDITIONS_MOST:
        problems.append(Problem("conditions", "At most {most} conditions.", {"most": CONDITIONS_MOST}))
        return []
    kept: list[Condition] = []
    with ctx.store.read() as conn:
        for number, one in enumerate(conditions, 1):
            if not one.body.strip():
                continue
            found: list[Problem] = []
            day = read_day("due_on", one.due_on, found)
            _text, more = action_items.checked_item(
                conn, ctx, project_id=state.row.project_id, programme_id=state.row.p_programme_id, body=one.body, side=one.side,
                owner_id=one.owner_id, due_on=day,
            )  # fmt: skip
            found += [p for p in more if p.field != "due_on" or day is not None]
            problems += [Problem(f"conditions:{number}:{p.field}", p.msgid, p.params, p.severity) for p in found]
            kept.append(replace(one, due_on=day))
    return kept


def _settle(tx: Tx, ctx: Context, state: ReportState) -> None:
    accepted_at = state.row.o_accepted_at or ctx.now  # a correction does not settle it a second time
    values: dict[str, Any] = {
        "status": ObligationStatus.ACCEPTED, "accepted_at": accepted_at, "waits_since_at": None, "office_due_on": None
    }  # fmt: skip
    if state.row.o_discharged_by == DischargedBy.MILEPOST or state.row.o_discharged_on is not None:
        values["next_look_on"] = None
    tx.update_versioned(t.obligation, state.row.o_id, state.row.o_version, **values)
    for reply in q.open_replies(tx.conn, state.row.o_id, {ObligationStatus.OPEN, ObligationStatus.SUBMITTED}):
        tx.update_versioned(t.obligation, reply.id, reply.version, status=ObligationStatus.ACCEPTED, accepted_at=ctx.now,
                            waits_since_at=None, next_look_on=None)  # fmt: skip


def return_report(
    ctx: Context,
    *,
    report_id: int,
    expected_version: int,
    comments: Mapping[str, str],
    reply_by: date | None,
    key: str,
    field_comments: Collection[int] = (),
) -> str:
    """Return a report with comments on named sections, which open again, and a day for the answer. Gives the reply's public key.

    `field_comments` are ids of remarks on fields that go with it; their sections open as well. The report keeps its first submission: a
    return never makes a punctual report late. Raises NotFound, Forbidden with the reason, Invalid, Stale.
    """
    with ctx.store.read() as conn:
        first = load_state(conn, report_id)
    authorise_review(ctx, first)
    cleaned = {section: clean_text(text).strip() for section, text in comments.items()}
    cleaned = {section: text for section, text in cleaned.items() if text}
    wanted = sorted(set(field_comments))

    def body(tx: Tx) -> dict:
        state = _waiting(tx, report_id, expected_version)
        found = locked_round(tx, ctx, state)
        turn = turn_for(tx, ctx, found, deciding=False)
        sent = _chosen(tx, found, wanted)
        opened = sorted({*cleaned, *(row.section for row in sent)})
        problems = [p for p in _return_problems(ctx, state, cleaned, opened, reply_by) if p.severity == "error"]
        if problems:
            raise Invalid(problems)
        review_comments.send(tx, ctx, sent)
        said = {section: cleaned.get(section) or "\n".join(r.body for r in sent if r.section == section) for section in opened}
        return _send_back(tx, ctx, _Answer(state, found, turn, "return", said, opened, reply_by, len(sent)))

    fingerprint = (report_id, expected_version, sorted(cleaned.items()), wanted, reply_by)
    return guarded_write(ctx, ctx.request("report.return", key, fingerprint), body)["reply"]


def reset_report(ctx: Context, *, report_id: int, expected_version: int, reason: str, reply_by: date | None, key: str) -> str:
    """Open every section of a report again, with a reason, where naming sections would not do. The exception; gives the reply's key.

    What was handed in stays readable as the version that it is, and so does its day. Raises as `return_report` does.
    """
    with ctx.store.read() as conn:
        first = load_state(conn, report_id)
    authorise_review(ctx, first)
    problems: list[Problem] = []
    why = read_text("reason", reason, problems, longest=REMARK_LONGEST)
    if not why:
        problems.append(Problem("reason", "Say why the whole report has to be written again."))
    problems += [p for p in reply_day_problems(ctx, reply_by, first.row.p_county) if p.severity == "error"]
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict:
        state = _waiting(tx, report_id, expected_version)
        found = locked_round(tx, ctx, state)
        turn = turn_for(tx, ctx, found, deciding=False)
        every = list(state.form.section_ids)
        return _send_back(tx, ctx, _Answer(state, found, turn, "reset", {every[0]: why}, every, reply_by, 0))

    fingerprint = (report_id, expected_version, why, reply_by)
    return guarded_write(ctx, ctx.request("report.reset", key, fingerprint), body)["reply"]


@dataclass(frozen=True)
class _Answer:
    """A report on its way back."""

    state: ReportState
    found: Row
    turn: Turn
    outcome: str
    comments: Mapping[str, str]
    opened: Sequence[str]
    reply_by: date | None
    sent: int


def _send_back(tx: Tx, ctx: Context, answer: _Answer) -> dict[str, Any]:
    state, row = answer.state, answer.state.row
    tx.update_versioned(t.report, row.id, row.version, status="returned", reopened_json=list(answer.opened))
    _insert_review(tx, ctx, state, answer.found, answer.outcome, answer.comments, answer.opened, answer.reply_by)
    finish_task(tx, ctx, answer.turn, recommendation="return")
    close_round(tx, ctx, answer.found, "returned", DROPPED_BY_RETURN)
    # A correction that is returned takes nothing from the version in force: the duty stays accepted.
    status = ObligationStatus.RETURNED if row.accepted_version is None else ObligationStatus.ACCEPTED
    returned: dict[str, Any] = {"status": status, "waits_since_at": None, "office_due_on": None}
    if row.o_discharged_by == DischargedBy.MILEPOST:
        returned["next_look_on"] = None  # an external duty keeps its ladder until the funder's receipt is recorded
    tx.update_versioned(t.obligation, row.o_id, row.o_version, **returned)
    reply_key = insert_reply(tx, ctx, state, answer.reply_by)
    forget_answers(tx, row.id)
    said = hashlib.sha256(repr(sorted(answer.comments.items())).encode()).hexdigest()
    tx.record("report", row.id, {"returned": state.versions[-1].number, "reset": answer.outcome == "reset", "reopened": list(answer.opened),
                                 "reply": reply_key, "reply_by": answer.reply_by.isoformat(), "behind": answer.turn.standing.behind,
                                 "stage": answer.turn.task.stage, "remarks": answer.sent, "comments_sha256": said})  # fmt: skip
    tx.touch(f"project:{row.project_id}", "obligations", "reports")
    return {"reply": reply_key}


def _chosen(tx: Tx, found: Row, wanted: Sequence[int]) -> list[Row]:
    """The remarks that go with the return. One that may not be sent, or not any more, is as one that was changed meanwhile."""
    ready = {row.id: row for row in review_comments.sendable(q_reviews.comments(tx.conn, found.report_id), found.report_version_id)}
    if not ready.keys() >= set(wanted):
        raise Stale()
    return [ready[one] for one in wanted]


def _return_problems(
    ctx: Context, state: ReportState, comments: Mapping[str, str], opened: Sequence[str], reply_by: date | None
) -> list[Problem]:
    problems = reply_day_problems(ctx, reply_by, state.row.p_county)
    if not opened:
        problems.append(Problem("comments", "Comment on at least one section: only commented sections open again."))
    for section, text in comments.items():
        if section not in state.form.section_ids:
            problems.append(Problem("comments", "The report has no such section."))
        elif len(text) > REMARK_LONGEST:
            limit = {"length": f"{len(text):,}", "longest": f"{REMARK_LONGEST:,}"}
            problems.append(Problem(section, "{length} characters are too many: at most {longest}.", limit))
    return problems


def _insert_review(
    tx: Tx,
    ctx: Context,
    state: ReportState,
    found: Row,
    outcome: str,
    comments: Mapping[str, str],
    opened: Sequence[str],
    reply_by: date | None,
) -> int:
    return tx.insert(
        t.review, report_version_id=state.versions[-1].id, review_round_id=found.id, outcome=outcome, comments_json=dict(comments),
        reopened_json=list(opened), reply_by_on=reply_by, reviewer_id=ctx.viewer.person_id, reviewed_at=ctx.now,
    )  # fmt: skip
