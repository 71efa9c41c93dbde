"""Handing a report in: checked, frozen as a version, and answered with a receipt. Once, whatever is clicked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update

from tracker.domain.free_text import clean_text
from tracker.domain.report_checks import ERROR, parse_quantity, receipt_number
from tracker.domain.statuses import DischargedBy, ObligationStatus
from tracker.services import policy
from tracker.services.action_items import claim_in_report
from tracker.services.context import Context
from tracker.services.documents import submitted_purpose
from tracker.services.errors import Forbidden, Invalid, NotFound, Problem, Stale
from tracker.services.policy import Act
from tracker.services.receipts import tell_receipt
from tracker.services.report_content import content_of
from tracker.services.report_corrections import version_kind
from tracker.services.report_forms import LATE_REASON_LONGEST
from tracker.services.report_problems import check_report, comes_late, problems_of
from tracker.services.report_state import LATE_REASON, OPEN_FOR_WRITING, ReportState, file_ids, guarded_write, load_state
from tracker.services.report_windows import may_hand_in
from tracker.services.review_rounds import start_round
from tracker.store import q_reports as q
from tracker.store import tables as t
from tracker.store.types import json_text
from tracker.store.writing import Tx

__all__ = ["Receipt", "check_report", "comes_late", "problems_of", "receipt_of", "submit_report"]


@dataclass(frozen=True)
class Receipt:
    """The proof of one submission. `at` is an aware instant; `sha256` that of the content as stored.

    `external` says that handing in here does not discharge the duty; `discharged_on` is then the funder's own day, once recorded.
    """

    report_id: int
    version_id: int
    version: int
    number: str
    at: datetime
    sha256: str
    submitter: str
    title_zh: str
    title_en: str
    project_code: str
    due_on: date | None
    first_submitted_on: date | None
    external: bool
    discharged_on: date | None
    authority_zh: str
    authority_en: str
    behalf: str = ""


def submit_report(
    ctx: Context, *, report_id: int, expected_version: int, key: str, late_reason: str = "", seen: Mapping[str, int] | None = None
) -> Receipt:
    """Hand a report in: freeze its content, give it a number, and let it wait for the office.

    `late_reason` (default: what was written in that field) is kept with a first submission after the due day. `seen` is what the
    page showed (`ReportScreen.seen`): where a colleague changed a field since, nothing is handed in and Stale is raised. Lateness
    is judged on the first submission alone. The same `key` gives the same receipt and one version.
    Raises NotFound, Forbidden (PI only), Invalid (every error at once), Stale.
    """
    reason = clean_text(late_reason).strip()
    with ctx.store.read() as conn:
        target = load_state(conn, report_id).target
    policy.authorise(ctx.viewer, Act.SUBMIT_REPORT, target)
    if len(reason) > LATE_REASON_LONGEST:
        limit = {"length": f"{len(reason):,}", "longest": f"{LATE_REASON_LONGEST:,}"}
        raise Invalid([Problem("late_reason", "{length} characters are too many: at most {longest}.", limit)])

    def body(tx: Tx) -> dict:
        tx.conn.execute(select(t.report.c.id).where(t.report.c.id == report_id).with_for_update())  # a save that runs ends first
        state = load_state(tx.conn, report_id)
        if state.row.version != expected_version:
            raise Stale()
        if state.row.status not in OPEN_FOR_WRITING:
            raise Forbidden("The report was handed in; it can be changed when the office returns it.")
        if closed := may_hand_in(state.row, ctx.today):
            raise Invalid([closed])
        _refuse_unseen(state, ctx, seen)
        errors = [problem for problem in problems_of(state, ctx.today, reason) if problem.severity == ERROR]
        if errors:
            raise Invalid(errors)
        return _freeze(tx, ctx, state, (reason or state.value(LATE_REASON).strip()) if comes_late(state, ctx.today) else "")

    behalf = policy.principal(ctx.viewer, Act.SUBMIT_REPORT, target)
    written = guarded_write(ctx, ctx.request("report.submit", key, (report_id, expected_version), behalf), body)
    return receipt_of(ctx, report_id, written["version"])


def _refuse_unseen(state: ReportState, ctx: Context, seen: Mapping[str, int] | None) -> None:
    if seen is None:
        return
    for field, draft in state.drafts.items():
        if draft.author_id != ctx.viewer.person_id and seen.get(field) != draft.rev:
            raise Stale("A colleague changed this report while you were looking at it. Read it again, then hand it in.")


def _freeze(tx: Tx, ctx: Context, state: ReportState, late_reason: str) -> dict:
    content = content_of(state)
    sha256 = hashlib.sha256(json_text(content).encode()).hexdigest()
    number = len(state.versions) + 1
    kind, correction_reason = version_kind(state, tx.conn)
    version_id = tx.insert(
        t.report_version,
        report_id=state.row.id,
        number=number,
        form_version=state.form.label,
        content_json=content,
        content_sha256=sha256,
        receipt_number=receipt_number(ctx.today, state.row.id, number),
        submitted_by=ctx.viewer.person_id,
        kind=kind,
        reason=correction_reason,
        on_behalf_of=policy.principal(ctx.viewer, Act.SUBMIT_REPORT, state.target),
        submitted_at=ctx.now,
        late_reason=late_reason,
    )
    _insert_claims(tx, version_id, content)
    claim_in_report(tx, ctx, version_id)
    _release_files(tx, content)
    tx.update_versioned(t.report, state.row.id, state.row.version, status="submitted")
    first = _move_obligation(tx, ctx, state)
    replies = _answer_replies(tx, ctx, state)
    start_round(tx, ctx, state, version_id)
    tell_receipt(tx, ctx, version_id)
    tx.record(
        "report",
        state.row.id,
        {"version": number, "sha256": sha256, "kind": kind, "first": first, "replies": replies, "on": ctx.today.isoformat()},
    )
    tx.touch(f"project:{state.row.project_id}", "obligations", "reports")
    return {"version": number, "version_id": version_id}


def _insert_claims(tx: Tx, version_id: int, content: Mapping[str, Any]) -> None:
    for line in content["checkpoints"]:
        tx.insert(
            t.checkpoint_claim,
            report_version_id=version_id,
            checkpoint_id=line["id"],
            actual=parse_quantity(line["actual"]),
            evidence_document_id=line["evidence"]["document_id"] if line["evidence"] else None,
            note=line["note"],
        )
    for line in content["indicators"]:
        tx.insert(
            t.measurement, report_version_id=version_id, indicator_id=line["id"], actual=parse_quantity(line["actual"]), note=line["note"]
        )
    for item in content["actions"]:
        tx.insert(
            t.action_item_progress, report_version_id=version_id, action_item_id=item["id"], claimed=item["claimed"], note=item["note"]
        )


def _release_files(tx: Tx, content: Mapping[str, Any]) -> None:
    """What was handed in may be opened by everyone who sees the project; until now only its members could."""
    for document in q.documents(tx.conn, file_ids(content)).values():
        d = t.document
        tx.conn.execute(update(d).where(d.c.id == document.id).values(purpose=submitted_purpose(document.purpose)))


def _move_obligation(tx: Tx, ctx: Context, state: ReportState) -> bool:
    """The obligation is handed in; the first time, that day is kept for good. Returns whether it was the first.

    A correction leaves it accepted: the version in force stays so until the new one is accepted.
    """
    row = state.row
    first = row.o_first_submitted_on is None
    status = ObligationStatus.SUBMITTED if row.accepted_version is None else ObligationStatus.ACCEPTED
    values: dict[str, Any] = {"status": status, "waits_since_at": ctx.now}
    if first:
        values |= {"first_submitted_on": ctx.today, "first_submitted_at": ctx.now}
    if row.o_discharged_by == DischargedBy.MILEPOST:
        values["next_look_on"] = None  # an external duty keeps its ladder until the funder's receipt is recorded
    tx.update_versioned(t.obligation, row.o_id, row.o_version, **values)
    return first


def _answer_replies(tx: Tx, ctx: Context, state: ReportState) -> int:
    replies = q.open_replies(tx.conn, state.row.o_id, {ObligationStatus.OPEN})
    for reply in replies:
        tx.update_versioned(
            t.obligation, reply.id, reply.version, status=ObligationStatus.SUBMITTED, first_submitted_on=ctx.today,
            first_submitted_at=ctx.now, next_look_on=None,
        )  # fmt: skip
    return len(replies)


def receipt_of(ctx: Context, report_id: int, version: int | None = None) -> Receipt:
    """The receipt of a submitted version (the newest one by default). Raises NotFound, Forbidden."""
    with ctx.store.read() as conn:
        row = q.report_row(conn, report_id)
        if row is None:
            raise NotFound()
        policy.authorise(ctx.viewer, Act.SEE_PROJECT, policy.Target(row.project_id, row.p_programme_id))
        found = [v for v in q.versions(conn, report_id) if version in (None, v.number)]
    if not found:
        raise NotFound()
    v = found[-1]
    return Receipt(
        report_id, v.id, v.number, v.receipt_number, v.submitted_at, v.sha256, v.submitter, row.o_title_zh, row.o_title_en, row.p_code,
        row.o_due_on, row.o_first_submitted_on, row.o_discharged_by == DischargedBy.EXTERNAL, row.o_discharged_on,
        row.g_authority_zh, row.g_authority_en, v.behalf,
    )  # fmt: skip
