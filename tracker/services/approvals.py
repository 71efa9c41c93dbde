"""Approval documents of a project (IRB, IACUC and the like): proof of submission, the approval itself, its renewal, and the office's look.

Handing in an approval hands in the catch-up duties it answers; the day it runs out becomes an obligation of its own,
so that it has a ladder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, update

from tracker.domain.approvals import ApprovalKind
from tracker.domain.calendars import OutsideCalendar
from tracker.services import policy
from tracker.services.approval_plans import catch_up_label, covering, renewal_label, renewal_row
from tracker.services.context import Context
from tracker.services.day_fields import not_after, read_day
from tracker.services.errors import Invalid, NotFound, Problem
from tracker.services.planning import plan_project, programme_of
from tracker.services.policy import Act, Target
from tracker.services.report_state import guarded_write
from tracker.services.text_fields import LONGEST_LINE, read_line
from tracker.store import q_approvals, q_dates
from tracker.store import tables as t
from tracker.store.writing import Tx, Unchanged


@dataclass(frozen=True)
class SavedApproval:
    """What a write gives back: the approval, its new version, and the obligations that were handed in or made by it."""

    approval_id: int
    version: int
    handed_in: tuple[int, ...] = ()
    renewal_id: int | None = None


def add_approval(ctx: Context, *, project_id: int, kind: str, title: str, board: str = "", key: str) -> SavedApproval:
    """List an approval that the project needs. Where the general rules ask for a catch-up of each approval, or the project's own was
    answered already, its clock starts to show.

    PI and assistants. Raises NotFound, Forbidden, Invalid.
    """
    with ctx.store.read() as conn:
        policy.authorise(ctx.viewer, Act.WRITE_APPROVAL, policy.target_of_project(conn, project_id))
    problems: list[Problem] = []
    title, board = read_line("title", title, problems), read_line("board", board, problems)
    if kind not in set(ApprovalKind):
        problems.append(Problem("kind", "Choose the kind of approval."))
    if not title:
        problems.append(Problem("title", "Give it a title of at most {limit} characters.", {"limit": LONGEST_LINE}))
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict[str, Any]:
        if (kind, title, board) in {(row.kind, row.title, row.board) for row in q_approvals.approvals_of(tx.conn, project_id)}:
            raise Invalid([Problem("title", "An approval of this kind, title and board is listed already.")])
        approval_id = tx.insert(t.approval, project_id=project_id, kind=kind, title=title, board=board)
        plan_project(tx, ctx, project_id)
        _link(tx.conn, project_id, approval_id)
        _written(tx, project_id, approval_id, {"kind": kind})
        return {"approval_id": approval_id, "version": 1}

    request = ctx.request("approval.add", key, (project_id, kind, title, board), _behalf(ctx, project_id))
    return _saved(guarded_write(ctx, request, body))


def record_proof(
    ctx: Context, *, approval_id: int, submitted_on: date | str, document_id: int | None, expected_version: int, key: str
) -> SavedApproval:
    """Record that the application went to the board, with its proof (003 捌-八-(二)). Days in either calendar.

    Raises NotFound, Forbidden, Invalid, Stale.
    """
    approval = _for_writing(ctx, approval_id)
    problems: list[Problem] = []
    day = read_day("submitted_on", submitted_on, problems)
    not_after("submitted_on", day, ctx.today, problems)
    _check_document(ctx, approval, document_id, problems)
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict[str, Any]:
        proof = {"proof_submitted_on": day, "proof_document_id": document_id}
        if tx.stands(t.approval, approval_id, expected_version, **proof):
            raise Unchanged(approval_id=approval_id, version=expected_version)
        version = tx.update_versioned(t.approval, approval_id, expected_version, **proof)
        _written(tx, approval.project_id, approval_id, {"proof_submitted_on": day.isoformat(), "document_id": document_id})
        return {"approval_id": approval_id, "version": version}

    request = ctx.request("approval.proof", key, (approval_id, day, document_id, expected_version), _behalf(ctx, approval.project_id))
    return _saved(guarded_write(ctx, request, body))


@dataclass(frozen=True)
class ApprovalPaper:
    """The approval as its document states it: `expires_on` is the last day of validity, None where it has none."""

    number: str
    approved_on: date | str
    expires_on: date | str | None
    document_id: int | None


def record_approval(ctx: Context, *, approval_id: int, paper: ApprovalPaper, expected_version: int, key: str) -> SavedApproval:
    """Record the approval (or its renewal) with its document. Hands in every duty that it answers: they then wait for the office.

    An approval given later than the one on file is a renewal and answers the running-out of that one; any other is a correction, which
    is refused once the office has accepted. Raises NotFound, Forbidden, Invalid, Stale.
    """
    approval = _for_writing(ctx, approval_id)
    given = _checked_paper(ctx, approval, paper)

    def body(tx: Tx) -> dict[str, Any]:
        if tx.stands(t.approval, approval_id, expected_version, **given):
            raise Unchanged(approval_id=approval_id, version=expected_version)
        before = q_approvals.approval_row(tx.conn, approval_id)
        renews = before.approved_on is not None and given["approved_on"] > before.approved_on
        obligations = q_approvals.approval_obligations(tx.conn, before.project_id)
        if before.approved_on is not None and not renews and _accepted(obligations, before):
            raise Invalid([Problem("approved_on", "The office has accepted this approval; only a later one can take its place.")])
        version = tx.update_versioned(t.approval, approval_id, expected_version, **given)
        handed_in = _hand_in(tx, ctx, before, obligations, renews=renews)
        renewal_id = _renewal(tx, ctx, before, obligations)
        tx.touch("obligations")
        _written(
            tx, before.project_id, approval_id, _days_of(before, given) | {"handed_in": handed_in, "renewal": renewal_id, "renews": renews}
        )
        return {"approval_id": approval_id, "version": version, "handed_in": handed_in, "renewal_id": renewal_id}

    request = ctx.request("approval.record", key, (approval_id, paper, expected_version), _behalf(ctx, approval.project_id))
    return _saved(guarded_write(ctx, request, body))


def approval_for(conn: Connection, approval_id: int) -> tuple[Row, Target]:
    """An approval and the target to authorise on. Raises NotFound."""
    row = q_approvals.approval_row(conn, approval_id)
    if row is None:
        raise NotFound()
    return row, Target(row.project_id, row.programme_id)


def _behalf(ctx: Context, project_id: int) -> int | None:
    """The principal investigator in whose place the viewer writes, where it was delegated to her."""
    return policy.principal(ctx.viewer, Act.WRITE_APPROVAL, Target(project_id))


def _for_writing(ctx: Context, approval_id: int) -> Row:
    with ctx.store.read() as conn:
        row, target = approval_for(conn, approval_id)
        policy.authorise(ctx.viewer, Act.WRITE_APPROVAL, target)
    return row


def _check_document(ctx: Context, approval: Row, document_id: int | None, problems: list[Problem]) -> None:
    with ctx.store.read() as conn:
        if not q_dates.document_belongs(conn, document_id, approval.project_id, approval.programme_id):
            problems.append(Problem("document_id", "Attach the document as a file."))


def _checked_paper(ctx: Context, approval: Row, paper: ApprovalPaper) -> dict[str, Any]:
    problems: list[Problem] = []
    number = read_line("number", paper.number, problems)
    if not number:
        problems.append(Problem("number", "Give the number of the approval."))
    approved_on = read_day("approved_on", paper.approved_on, problems)
    not_after("approved_on", approved_on, ctx.today, problems)
    expires_on = read_day("expires_on", paper.expires_on, problems, needed=False)
    if approved_on and expires_on and expires_on < approved_on:
        problems.append(Problem("expires_on", "The approval would end before it was given."))
    if expires_on is not None:
        try:
            ctx.calendar.previous_working(expires_on)
        except OutsideCalendar:
            problems.append(Problem("expires_on", "The working days of {year} are not known yet.", {"year": expires_on.year}))
    _check_document(ctx, approval, paper.document_id, problems)
    if problems:
        raise Invalid(problems)
    return {
        "approval_number": number, "approved_on": approved_on, "expires_on": expires_on,
        "approval_document_id": paper.document_id,
    }  # fmt: skip


def _accepted(obligations: Sequence[Mapping[str, Any]], approval: Row) -> bool:
    """Whether the office has settled what this approval answered: its catch-up, or the renewal that brought it."""
    mine = [
        *covering(obligations, approval),
        *(row for row in obligations if row["period_label"].startswith(f"{catch_up_label(approval.kind, approval.id)}-")),
    ]
    return any(row["status"] == "accepted" for row in mine)


def _link(conn: Connection, project_id: int, approval_id: int) -> None:
    """Point the approval to the catch-up it answers: the clause that speaks of its kind alone before the general one."""
    approval = q_approvals.approval_row(conn, approval_id)
    answered = covering(q_approvals.approval_obligations(conn, project_id), approval)
    answered.sort(key=lambda row: (not row["rule"].startswith(f"{approval.kind}_"), row["id"]))
    if answered:
        conn.execute(update(t.approval).where(t.approval.c.id == approval_id).values(obligation_id=answered[0]["id"]))


def _hand_in(tx: Tx, ctx: Context, before: Row, obligations: Sequence[Mapping[str, Any]], *, renews: bool) -> list[int]:
    """Submit what the approval answers: a catch-up once *every* approval it covers is there, and the running-out that a renewal ends."""
    approvals = q_approvals.approvals_of(tx.conn, before.project_id)
    answered = {row["id"] for row in covering(obligations, before)}
    ready = []
    for row in obligations:
        if row["status"] not in ("open", "returned"):
            continue
        if row["id"] in answered:
            covered = [one for one in approvals if row in covering(obligations, one) and not one.exception_letter]
            if all(one.approved_on is not None for one in covered):
                ready.append(row)
        elif renews and before.expires_on and row["period_label"] == renewal_label(before.kind, before.id, before.expires_on):
            ready.append(row)
    for row in ready:
        submit_obligation(tx, ctx, row)
    return [row["id"] for row in ready]


def submit_obligation(tx: Tx, ctx: Context, row: Mapping[str, Any]) -> None:
    """Mark an obligation (and its open replies) handed in now; the first day is kept. The ladder of an external duty goes on until its
    receipt.
    """
    o = t.obligation
    first_on, first_at = (row["first_submitted_on"], row["first_submitted_at"]) if row["first_submitted_on"] else (ctx.today, ctx.now)
    goes_on = row["discharged_by"] == "external" and row["discharged_on"] is None
    tx.conn.execute(
        update(o)
        .where(o.c.id == row["id"])
        .values(
            status="submitted", first_submitted_on=first_on, first_submitted_at=first_at, waits_since_at=ctx.now,
            version=row["version"] + 1,
            next_look_on=row["next_look_on"] if goes_on else None,
        )
    )  # fmt: skip
    tx.conn.execute(
        update(o)
        .where(o.c.parent_id == row["id"], o.c.kind == "reply", o.c.status == "open")
        .values(status="submitted", first_submitted_on=ctx.today, first_submitted_at=ctx.now, next_look_on=None, version=o.c.version + 1)
    )


def _renewal(tx: Tx, ctx: Context, before: Row, obligations: Sequence[Mapping[str, Any]]) -> int | None:
    """The obligation of renewing by the new last day; one that a correction made groundless is closed."""
    o = t.obligation
    after = q_approvals.approval_row(tx.conn, before.id)
    wanted = renewal_label(after.kind, after.id, after.expires_on) if after.expires_on else None
    for row in obligations:
        mine = row["kind"] == "approval_renewal" and row["period_label"].startswith(f"{catch_up_label(after.kind, after.id)}-")
        if mine and row["period_label"] == wanted:
            return row["id"]
        still_open = tx.conn.execute(o.select().where(o.c.id == row["id"], o.c.status == "open")).first()
        if mine and still_open:
            tx.conn.execute(update(o).where(o.c.id == row["id"]).values(status="closed", next_look_on=None, version=row["version"] + 1))
    if wanted is None:
        return None
    project = q_dates.project_row(tx.conn, after.project_id)
    values = renewal_row(programme_of(tx.conn, after.project_id), project, after, ctx.calendar.for_county(project.county))
    closed = tx.conn.execute(o.select().where(o.c.key == values["key"])).one_or_none()
    if closed is not None:
        tx.conn.execute(update(o).where(o.c.id == closed.id).values(**values, next_look_on=ctx.today, version=closed.version + 1))
        return closed.id
    return tx.insert(o, **values, next_look_on=ctx.today)


def _written(tx: Tx, project_id: int, approval_id: int, payload: dict[str, Any]) -> None:
    tx.record("approval", approval_id, {"project_id": project_id, **payload})
    tx.touch("approvals", f"project:{project_id}")


def _days_of(before: Row, given: Mapping[str, Any]) -> dict[str, Any]:
    def days(source: Any) -> list[str | None]:
        return [day.isoformat() if day else None for day in source]

    return {
        "approved_on": days([before.approved_on, given["approved_on"]]), "expires_on": days([before.expires_on, given["expires_on"]]),
        "document_id": [before.approval_document_id, given["approval_document_id"]],
    }  # fmt: skip


def _saved(result: Mapping[str, Any]) -> SavedApproval:
    return SavedApproval(result["approval_id"], result["version"], tuple(result.get("handed_in", ())), result.get("renewal_id"))
