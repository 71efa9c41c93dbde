"""Who may not judge whom: declared by the person herself or by the office, with a reason, and effective at once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Forbidden, Invalid, NotFound, Problem
from tracker.services.office import authorise_office
from tracker.services.policy import Act, Target
from tracker.services.report_state import guarded_write
from tracker.services.review_seats import seats
from tracker.services.review_tasks import exclude_from_tasks
from tracker.services.text_fields import read_text
from tracker.store import q_reviews as q
from tracker.store import tables as t
from tracker.store.writing import Tx, Unchanged


@dataclass(frozen=True)
class Conflict:
    """One conflict of interest in force."""

    id: int
    person_id: int
    name: str
    reason: str
    declared_by_herself: bool
    declared_at: datetime


def conflicts_of(ctx: Context, project_id: int) -> tuple[Conflict, ...]:
    """The conflicts in force on a project. For its office. Raises NotFound, Forbidden."""
    with ctx.store.read() as conn:
        authorise_office(ctx.viewer, Act.ASSIGN_REVIEW, policy.target_of_project(conn, project_id))
        rows = q.conflicts(conn, project_id)
    return tuple(Conflict(r.id, r.person_id, r.name, r.reason, r.declared_by == r.person_id, r.declared_at) for r in rows)


def declare_conflict(ctx: Context, *, project_id: int, person_id: int, reason: str, key: str) -> int:
    """Record that a person may not judge a project; gives the conflict's id.

    She herself where she reviews for the programme, or the office for anybody of office and panel. She leaves everything open of the
    project, and each seat is free to be filled again; a step that she has done stands, and the office sees that it was hers.
    Raises NotFound, Forbidden, Invalid (`reason`, `person_id`).
    """
    with ctx.store.read() as conn:
        target = policy.target_of_project(conn, project_id)
        known = seats(conn, [target.programme_id], ctx.today)
    _authorise(ctx, target, person_id)
    problems: list[Problem] = []
    why = read_text("reason", reason, problems)
    if not why:
        problems.append(Problem("reason", "Say what the conflict is."))
    if person_id not in known.names:
        problems.append(Problem("person_id", "This person reviews nothing in this programme."))
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict[str, Any]:
        i = t.interest_conflict
        found = select(i.c.id).where(i.c.person_id == person_id, i.c.project_id == project_id, i.c.withdrawn_at.is_(None))
        if (standing := tx.conn.execute(found).scalar()) is not None:
            raise Unchanged(conflict_id=standing)
        conflict_id = tx.insert(
            i, person_id=person_id, project_id=project_id, reason=why, declared_by=ctx.viewer.person_id, declared_at=ctx.now
        )
        freed = exclude_from_tasks(tx, person_id, project_id, why)
        tx.record("interest_conflict", conflict_id, {"project_id": project_id, "person_id": person_id, "freed": freed,
                                                     "reason_sha256": hashlib.sha256(why.encode()).hexdigest()})  # fmt: skip
        tx.touch("reports", "people", f"project:{project_id}")
        return {"conflict_id": conflict_id}

    return guarded_write(ctx, ctx.request("conflict.declare", key, (project_id, person_id, why)), body)["conflict_id"]


def _authorise(ctx: Context, target: Target, person_id: int) -> None:
    """Herself as far as she may look at all; anybody else through the office, and never by who is on the project."""
    if person_id == ctx.viewer.person_id and (
        policy.may(ctx.viewer, Act.SEE_DOSSIER, target) or target.programme_id in ctx.viewer.reviews_in
    ):
        return
    authorise_office(ctx.viewer, Act.ASSIGN_REVIEW, target)


def withdraw_conflict(ctx: Context, *, conflict_id: int, key: str) -> None:
    """The conflict holds no longer, as the office found. Nobody withdraws her own. What was given away stays where it is.

    Raises NotFound, Forbidden.
    """
    with ctx.store.read() as conn:
        row = _conflict(conn, conflict_id)
        target = policy.target_of_project(conn, row.project_id)
    authorise_office(ctx.viewer, Act.ASSIGN_REVIEW, target)
    if row.person_id == ctx.viewer.person_id:
        raise Forbidden("Somebody else of the office has to find that there is no conflict any more.")

    def body(tx: Tx) -> dict[str, Any]:
        i = t.interest_conflict
        standing = i.c.id == conflict_id, i.c.withdrawn_at.is_(None)
        if tx.conn.execute(i.update().where(*standing).values(withdrawn_at=ctx.now)).rowcount != 1:
            raise Unchanged()
        tx.record("interest_conflict", conflict_id, {"withdrawn": True})
        tx.touch("reports", "people", f"project:{row.project_id}")
        return {}

    guarded_write(ctx, ctx.request("conflict.withdraw", key, conflict_id), body)


def _conflict(conn: Connection, conflict_id: int):
    row = conn.execute(select(t.interest_conflict).where(t.interest_conflict.c.id == conflict_id)).one_or_none()
    if row is None:
        raise NotFound()
    return row
