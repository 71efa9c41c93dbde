"""Duties that a call asks of some projects only (003 伍-一 or 伍-二, approvals): the office says which do not concern a project."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row

from tracker.domain.minguo import both
from tracker.domain.reasons import Reason
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Forbidden, Invalid, NotFound, Problem
from tracker.services.office import authorise_office
from tracker.services.planning import programme_of
from tracker.services.policy import Act, Target
from tracker.services.report_state import guarded_write
from tracker.services.text_fields import read_text
from tracker.store import q_dates
from tracker.store import tables as t
from tracker.store.writing import Tx


def conditions(ctx: Context, project_id: int) -> Mapping[str, Reason]:
    """For whom the conditional rules of a project's programme are, by rule. Raises NotFound for a project that the viewer may not see."""
    with ctx.store.read() as conn:
        policy.authorise(ctx.viewer, Act.SEE_PROJECT, policy.target_of_project(conn, project_id))
        return {rule.id: rule.condition for rule in programme_of(conn, project_id).rules if rule.condition is not None}


def set_aside(ctx: Context, *, obligation_id: int, reason: str, expected_version: int, key: str) -> int:
    """Record that a conditional duty does not concern this project; gives the obligation's new version.

    Officers and chiefs, not on their own project; only where the rule has a condition and nothing was handed in. The reason stands
    among the obligation's reasons. A document that names the duty brings it back. Raises NotFound, Forbidden, Invalid, Stale.
    """
    with ctx.store.read() as conn:
        row = _conditional(ctx, conn, obligation_id)
    problems: list[Problem] = []
    reason = read_text("reason", reason, problems)
    if not reason:
        problems.append(Problem("reason", "This field must not be empty."))
    if row.status != "open" or row.first_submitted_on is not None:
        problems.append(Problem("obligation_id", "This duty is not open any more."))
    if problems:
        raise Invalid(problems)
    why = Reason(
        f"承辦人於 {both(ctx.today)} 認定本計畫不適用：{reason}",
        f"On {both(ctx.today)} the office found that this does not concern the project: {reason}",
    )

    def body(tx: Tx) -> dict[str, Any]:
        values = {"status": "waived", "next_look_on": None, "waits_since_at": None, "because_json": [why.as_dict(), *row.because_json]}
        version = tx.update_versioned(t.obligation, obligation_id, expected_version, **values)
        digest = hashlib.sha256(reason.encode()).hexdigest()
        tx.record("obligation", obligation_id, {"obligation": row.key, "set_aside": True, "reason_sha256": digest})
        tx.touch("obligations", "approvals", f"project:{row.project_id}")
        return {"version": version}

    request = ctx.request("obligation.set_aside", key, (obligation_id, reason, expected_version))
    return guarded_write(ctx, request, body)["version"]


def _conditional(ctx: Context, conn: Connection, obligation_id: int) -> Row:
    row = q_dates.obligation_row(conn, obligation_id)
    if row is None:
        raise NotFound()
    authorise_office(ctx.viewer, Act.GRANT_EXCEPTION, Target(row.project_id, row.programme_id))
    rule = next((one for one in programme_of(conn, row.project_id).rules if one.id == row.rule), None)
    if rule is None or rule.condition is None or row.parent_id is not None:
        raise Forbidden("The call asks this of every project; it cannot be set aside.")
    return row
