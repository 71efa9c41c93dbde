"""An accepted report is frozen. Correcting it makes a new version with a reason; until that one is accepted, the old one is in force."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select, update

from tracker.domain.statuses import ObligationStatus
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Forbidden, Invalid, Problem, Stale
from tracker.services.policy import Act
from tracker.services.report_state import ReportState, guarded_write, load_state
from tracker.services.text_fields import read_text
from tracker.store import q_reports, q_versions
from tracker.store import tables as t
from tracker.store.writing import Tx

LONGEST_REASON = 2000
_UNDER_WAY = ("correcting", "returned")


def open_correction(ctx: Context, *, report_id: int, expected_version: int, reason: str, key: str) -> int:
    """Open an accepted report for a correction; gives the report's new version. The draft starts as the version in force reads.

    Principal investigators, and whom they let hand in. Raises NotFound, Forbidden, Invalid without a reason, Stale.
    """
    with ctx.store.read() as conn:
        target = load_state(conn, report_id).target
        policy.authorise(ctx.viewer, Act.CORRECT_REPORT, target)
    problems: list[Problem] = []
    reason = read_text("reason", reason, problems, longest=LONGEST_REASON)
    if not reason:
        problems.append(Problem("reason", "Say what is corrected and why: it stands beside the new version."))
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict[str, Any]:
        state = _current(tx, report_id, expected_version)
        if state.row.status != "accepted":
            raise Forbidden("Only an accepted report is corrected like this.")
        number = state.row.accepted_version or state.versions[-1].number
        content = next(one.content for one in state.versions if one.number == number)
        _write_back(tx, ctx, state, drafts_of(content))
        values = {"status": "correcting", "correction_reason": reason, "reopened_json": None, "accepted_version": number}
        version = tx.update_versioned(t.report, report_id, expected_version, **values)
        digest = hashlib.sha256(reason.encode()).hexdigest()
        tx.record("report", report_id, {"correcting": number, "reason_sha256": digest})
        tx.touch(f"project:{state.row.project_id}", "reports")
        return {"version": version}

    behalf = policy.principal(ctx.viewer, Act.CORRECT_REPORT, target)
    return guarded_write(ctx, ctx.request("report.correct", key, (report_id, expected_version, reason), behalf), body)["version"]


def abandon_correction(ctx: Context, *, report_id: int, expected_version: int, key: str) -> int:
    """Give a correction up, also one that the office returned: the accepted version simply stays. Gives the report's new version.

    Raises NotFound, Forbidden, Stale.
    """
    with ctx.store.read() as conn:
        target = load_state(conn, report_id).target
        policy.authorise(ctx.viewer, Act.CORRECT_REPORT, target)

    def body(tx: Tx) -> dict[str, Any]:
        state = _current(tx, report_id, expected_version)
        if state.row.accepted_version is None or state.row.status not in _UNDER_WAY:
            raise Forbidden("No correction is being written here.")
        values = {"status": "accepted", "correction_reason": "", "reopened_json": None}
        version = tx.update_versioned(t.report, report_id, expected_version, **values)
        o = t.obligation
        tx.conn.execute(
            update(o)
            .where(o.c.id == state.row.o_id, o.c.status != ObligationStatus.ACCEPTED)
            .values(status=ObligationStatus.ACCEPTED, version=o.c.version + 1)
        )
        for reply in q_reports.open_replies(tx.conn, state.row.o_id, {ObligationStatus.OPEN, ObligationStatus.SUBMITTED}):
            tx.update_versioned(t.obligation, reply.id, reply.version, status=ObligationStatus.CLOSED, next_look_on=None)
        tx.record("report", report_id, {"abandoned": True, "in_force": state.row.accepted_version})
        tx.touch(f"project:{state.row.project_id}", "obligations", "reports")
        return {"version": version}

    behalf = policy.principal(ctx.viewer, Act.CORRECT_REPORT, target)
    return guarded_write(ctx, ctx.request("report.abandon_correction", key, (report_id, expected_version), behalf), body)["version"]


def version_kind(state: ReportState, conn: Any) -> tuple[str, str]:
    """What a submission now would be: first, again (after a withdrawal), answer or correction; and a correction's reason."""
    if state.row.accepted_version is not None:
        return "correction", state.row.correction_reason
    if q_versions.was_sent_back(conn, state.row.id):
        return "answer", ""
    return ("again" if state.versions else "first"), ""


def drafts_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """The draft fields that say what a submitted content says, for older contents as well; answers to the office stay empty."""
    fields: dict[str, Any] = {**content.get("texts", {}), **content.get("values", {})}
    fields |= {name: [file["document_id"] for file in files] for name, files in content.get("files", {}).items()}
    if "attachments" in content:
        fields["attachments"] = [file["document_id"] for file in content["attachments"]]
    for line in content.get("checkpoints", ()):
        fields[f"checkpoint:{line['id']}:actual"], fields[f"checkpoint:{line['id']}:note"] = line["actual"], line["note"]
        fields[f"checkpoint:{line['id']}:evidence"] = line["evidence"]["document_id"] if line["evidence"] else ""
    for line in content.get("indicators", ()):
        fields[f"indicator:{line['id']}:actual"], fields[f"indicator:{line['id']}:note"] = line["actual"], line["note"]
    for item in content.get("actions", ()):
        fields[f"action:{item['id']}:claimed"], fields[f"action:{item['id']}:note"] = item["claimed"], item["note"]
    if content.get("outcomes"):
        fields["outcomes:confirmed"] = content["outcomes"].get("confirmed", "")
    return fields


def _current(tx: Tx, report_id: int, expected_version: int) -> ReportState:
    state = load_state(tx.conn, report_id)
    if state.row.version != expected_version:
        raise Stale()
    return state


def _write_back(tx: Tx, ctx: Context, state: ReportState, fields: Mapping[str, Any]) -> None:
    """Bring the draft to these values: what an abandoned correction left in it is overwritten, its answers to the office emptied."""
    d = t.report_draft_field
    present = {row.field: row for row in tx.conn.execute(select(d).where(d.c.report_id == state.row.id))}
    wanted = {**{name: "" for name in present if name.startswith("remarks:")}, **fields}
    for name, value in wanted.items():
        row = present.get(name)
        if row is None:
            if value not in ("", []):
                values = {"value_json": value, "rev": 1, "author_id": ctx.viewer.person_id, "saved_at": ctx.now}
                tx.conn.execute(insert(d).values(report_id=state.row.id, field=name, **values))
        elif row.value_json != value:
            changed = {"value_json": value, "rev": row.rev + 1, "author_id": ctx.viewer.person_id, "saved_at": ctx.now}
            tx.conn.execute(update(d).where(d.c.report_id == state.row.id, d.c.field == name).values(**changed))
