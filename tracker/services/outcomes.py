"""Papers, patents, licences, products, field trials: recorded by the project, checked by the office, tracked after the end.

The call wants every publication to name the funder and the programme or the project's number (000 七-(四)), and results to be tracked
without saying until when (000 七-(三)): recording is never refused because a project is closed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, update

from tracker.notify.notice_wording import OUTCOME_WANTING
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Forbidden, Invalid, NotFound, Problem
from tracker.services.notices import everybody, tell
from tracker.services.office import authorise_office
from tracker.services.outcome_entries import OutcomeEntry, checked
from tracker.services.policy import Act, Target
from tracker.services.report_state import guarded_write
from tracker.services.text_fields import read_text
from tracker.store import q_outcomes, q_reports
from tracker.store import tables as t
from tracker.store.writing import Tx, Unchanged

FOUND = ("found_good", "found_wanting")


def record_outcome(ctx: Context, *, project_id: int, entry: OutcomeEntry, key: str) -> int:
    """Keep an outcome of a project and give its id. Raises NotFound, Forbidden, Invalid (also a number that the project has already)."""
    with ctx.store.read() as conn:
        target = policy.target_of_project(conn, project_id)
        policy.authorise(ctx.viewer, Act.WRITE_OUTCOME, target)
        entry = _good(ctx, conn, project_id, entry)

    def body(tx: Tx) -> dict[str, int]:
        _refuse_twice(tx.conn, project_id, entry, None)
        if q_outcomes.stands_as(tx.conn, project_id, asdict(entry)):
            raise Invalid([Problem("title", "The same outcome is recorded already, with every field alike.")])
        outcome_id = tx.insert(
            t.outcome, project_id=project_id, programme_id=target.programme_id, recorded_by=ctx.viewer.person_id, recorded_at=ctx.now,
            **asdict(entry),
        )  # fmt: skip
        _end_nil_of(tx, ctx, project_id, entry)
        _told(tx, project_id, outcome_id, {"recorded": entry.kind, **_sealed(entry)})
        return {"outcome_id": outcome_id}

    return ctx.store.write(_request(ctx, "outcome.record", key, (project_id, entry), target), body)["outcome_id"]


def edit_outcome(ctx: Context, *, outcome_id: int, entry: OutcomeEntry, expected_version: int, key: str) -> int:
    """Write an outcome anew; what the office had found of it starts again. Gives the new version.

    Raises NotFound, Forbidden (withdrawn), Invalid, Stale.
    """
    with ctx.store.read() as conn:
        row, target = _mine(ctx, conn, outcome_id)
        entry = _good(ctx, conn, row.project_id, entry)

    def body(tx: Tx) -> dict[str, int]:
        if tx.stands(t.outcome, outcome_id, expected_version, **asdict(entry)):
            raise Unchanged(version=expected_version)
        _refuse_twice(tx.conn, row.project_id, entry, outcome_id)
        anew = {"checked": "unchecked", "checked_note": "", "checked_by": None, "checked_at": None}
        version = tx.update_versioned(t.outcome, outcome_id, expected_version, **asdict(entry), **anew)
        _end_nil_of(tx, ctx, row.project_id, entry)
        _told(tx, row.project_id, outcome_id, {"edited": entry.kind, **_sealed(entry)})
        return {"version": version}

    return guarded_write(ctx, _request(ctx, "outcome.edit", key, (outcome_id, entry, expected_version), target), body)["version"]


def withdraw_outcome(ctx: Context, *, outcome_id: int, reason: str, expected_version: int, key: str) -> None:
    """Take an outcome off the list, with the reason; it stays readable below. Raises NotFound, Forbidden, Invalid, Stale."""
    with ctx.store.read() as conn:
        row, target = _mine(ctx, conn, outcome_id)
    problems: list[Problem] = []
    reason = read_text("reason", reason, problems, longest=1_000)
    if not reason:
        problems.append(Problem("reason", "This field must not be empty."))
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict[str, Any]:
        tx.update_versioned(t.outcome, outcome_id, expected_version, withdrawn_at=ctx.now, withdrawn_why=reason)
        _told(tx, row.project_id, outcome_id, {"withdrawn": True, "reason_sha256": _hash(reason)})
        return {}

    guarded_write(ctx, _request(ctx, "outcome.withdraw", key, (outcome_id, reason, expected_version), target), body)


def check_outcome(ctx: Context, *, outcome_id: int, found: str, note: str, expected_version: int, key: str) -> int:
    """What the office found of the acknowledgement and the evidence: good, or wanting with a word why. Gives the new version.

    Raises NotFound, Forbidden (also on one's own project), Invalid, Stale.
    """
    with ctx.store.read() as conn:
        row = q_outcomes.outcome_row(conn, outcome_id)
    if row is None:
        raise NotFound()
    authorise_office(ctx.viewer, Act.CHECK_OUTCOME, Target(row.project_id, row.programme_id))
    problems: list[Problem] = []
    note = read_text("note", note, problems, longest=1_000)
    if found not in FOUND:
        problems.append(Problem("found", "Choose an answer."))
    elif found == "found_wanting" and not note:
        problems.append(Problem("note", "Say what is wanting, so that the project can put it right."))
    if problems:
        raise Invalid(problems)
    _refuse_withdrawn(row)

    def body(tx: Tx) -> dict[str, int]:
        if tx.stands(t.outcome, outcome_id, expected_version, checked=found, checked_note=note):  # nobody is told twice
            raise Unchanged(version=expected_version)
        values = {"checked": found, "checked_note": note, "checked_by": ctx.viewer.person_id, "checked_at": ctx.now}
        version = tx.update_versioned(t.outcome, outcome_id, expected_version, **values)
        if found == "found_wanting":
            people = everybody(tx.conn, [row.project_id], ctx.today)[row.project_id]
            about = Target(row.project_id, row.programme_id)
            told = {"title": row.title, "reason": note}
            tell(tx, ctx, kind=OUTCOME_WANTING, people=people, project=about, once=f"outcome-{outcome_id}-{version}", params=told)
        _told(tx, row.project_id, outcome_id, {"checked": found, "note_sha256": _hash(note)})
        return {"version": version}

    request = ctx.request("outcome.check", key, (outcome_id, found, note, expected_version))
    return guarded_write(ctx, request, body)["version"]


def declare_nil(ctx: Context, *, project_id: int, year: int, key: str) -> None:
    """Say that a project had no outcome in a civil year: an answer, not a silence.

    Raises NotFound, Forbidden, Invalid (field `year`: outside the project's time, declared already, or outcomes stand in it).
    """
    with ctx.store.read() as conn:
        target = policy.target_of_project(conn, project_id)
        policy.authorise(ctx.viewer, Act.WRITE_OUTCOME, target)

    def body(tx: Tx) -> dict[str, int]:
        project = q_outcomes.project_row(tx.conn, project_id)
        if not project.start_on.year <= year <= ctx.today.year:
            raise Invalid([Problem("year", "The year lies outside the time of the project.")])
        if year in q_outcomes.nil_returns(tx.conn, project_id):
            raise Invalid([Problem("year", "It is declared for this year already.")])
        if (project_id, year) in q_outcomes.answered_years(tx.conn, [project_id]):
            raise Invalid([Problem("year", "Outcomes of this year are recorded; withdraw them first if they are wrong.")])
        nil_id = tx.insert(t.outcome_nil_return, project_id=project_id, year=year, declared_by=ctx.viewer.person_id, declared_at=ctx.now)
        _told(tx, project_id, nil_id, {"nil_year": year})
        return {"nil_id": nil_id}

    ctx.store.write(_request(ctx, "outcome.nil", key, (project_id, year), target), body)


def withdraw_nil(ctx: Context, *, project_id: int, year: int, key: str) -> None:
    """Take a nil return back. Raises NotFound, Forbidden, NotFound where there is none."""
    with ctx.store.read() as conn:
        target = policy.target_of_project(conn, project_id)
        policy.authorise(ctx.viewer, Act.WRITE_OUTCOME, target)

    def body(tx: Tx) -> dict[str, Any]:
        if year not in q_outcomes.nil_returns(tx.conn, project_id):
            raise NotFound()
        _end_nil(tx, ctx, project_id, year)
        _told(tx, project_id, project_id, {"nil_year_withdrawn": year})
        return {}

    ctx.store.write(_request(ctx, "outcome.nil_withdraw", key, (project_id, year), target), body)


def _mine(ctx: Context, conn: Connection, outcome_id: int) -> tuple[Row, Target]:
    row = q_outcomes.outcome_row(conn, outcome_id)
    if row is None:
        raise NotFound()
    target = Target(row.project_id, row.programme_id)
    policy.authorise(ctx.viewer, Act.WRITE_OUTCOME, target)
    _refuse_withdrawn(row)
    return row, target


def _refuse_withdrawn(row: Row) -> None:
    if row.withdrawn_at is not None:
        raise Forbidden("This outcome was withdrawn.")


def _good(ctx: Context, conn: Connection, project_id: int, entry: OutcomeEntry) -> OutcomeEntry:
    entry, problems = checked(entry, ctx.today)
    if entry.document_id is not None:
        document = q_reports.documents(conn, [entry.document_id]).get(entry.document_id)
        if document is None or document.project_id != project_id:
            problems.append(Problem("document_id", "The file was not found. Upload it again."))
    if problems:
        raise Invalid(problems)
    return entry


def _refuse_twice(conn: Connection, project_id: int, entry: OutcomeEntry, outcome_id: int | None) -> None:
    if not entry.identifier or entry.identifier_kind == "other":
        return
    same = q_outcomes.with_number(conn, entry.identifier_kind, entry.identifier)
    if any(row.project_id == project_id and row.id != outcome_id for row in same):
        raise Invalid([Problem("identifier", "This project has an outcome with this number already.")])


def _end_nil(tx: Tx, ctx: Context, project_id: int, year: int) -> None:
    n = t.outcome_nil_return
    standing = (n.c.project_id == project_id, n.c.year == year, n.c.withdrawn_at.is_(None))
    tx.conn.execute(update(n).where(*standing).values(withdrawn_at=ctx.now))


def _end_nil_of(tx: Tx, ctx: Context, project_id: int, entry: OutcomeEntry) -> None:
    """An outcome of a year for which there was said to be none: the saying is over."""
    if isinstance(entry.occurred_on, date):
        _end_nil(tx, ctx, project_id, entry.occurred_on.year)


def _request(ctx: Context, action: str, key: str, fingerprint: Any, target: Target):
    return ctx.request(action, key, fingerprint, on_behalf_of=policy.principal(ctx.viewer, Act.WRITE_OUTCOME, target))


def _told(tx: Tx, project_id: int, object_id: int, payload: Mapping[str, Any]) -> None:
    tx.record("outcome", object_id, {"project_id": project_id, **payload})
    tx.touch("outcomes", f"project:{project_id}")


def _sealed(entry: OutcomeEntry) -> dict[str, str]:
    """What the audit trail keeps of an entry: its hash, no words."""
    return {"entry_sha256": _hash(repr(entry)), "stage": entry.stage}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
