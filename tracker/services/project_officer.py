"""Who is in charge of a project in the office: she is told of what is late, and it stands in her queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Invalid, NotFound, Problem
from tracker.services.office import authorise_office
from tracker.services.policy import Act
from tracker.services.report_state import guarded_write
from tracker.services.viewer import Role
from tracker.store import tables as t
from tracker.store.writing import Tx, Unchanged


@dataclass(frozen=True)
class OfficerChoice:
    """One who could be in charge of a project."""

    person_id: int
    name: str


def officer_choices(ctx: Context, project_id: int) -> tuple[OfficerChoice, ...]:
    """The officers of a project's programme whose accounts are on and who are not on the project themselves, by name.

    Chiefs of the programme and administrators. Raises NotFound, Forbidden.
    """
    with ctx.store.read() as conn:
        project = _project(ctx, conn, project_id)
        return _candidates(conn, ctx, project)


def assign_officer(ctx: Context, *, project_id: int, officer_id: int, expected_version: int, key: str) -> int:
    """Put another officer of the programme in charge of a running project; gives the project's new version.

    What is raised from now on goes to her; a mail that waits already still goes to whom it was written to. Chiefs of the programme and
    administrators, not on their own project. Raises NotFound, Forbidden, Stale, and Invalid naming `officer_id` or `status`.
    """
    with ctx.store.read() as conn:
        project = _project(ctx, conn, project_id)
    if project.status != "active":
        raise Invalid([Problem("status", "The project is closed already.")])

    def body(tx: Tx) -> dict[str, Any]:
        if officer_id not in {one.person_id for one in _candidates(tx.conn, ctx, project)}:
            msgid = "Only an officer of this programme whose account is on, and who is not on the project herself, can be in charge."
            raise Invalid([Problem("officer_id", msgid)])
        if tx.stands(t.project, project_id, expected_version, officer_id=officer_id):
            raise Unchanged(version=expected_version)
        version = tx.update_versioned(t.project, project_id, expected_version, officer_id=officer_id)
        tx.record("project", project_id, {"officer_id": [project.officer_id, officer_id]})
        tx.touch("people", "obligations", f"project:{project_id}")
        return {"version": version}

    return guarded_write(ctx, ctx.request("project.assign_officer", key, (project_id, officer_id, expected_version)), body)["version"]


def _project(ctx: Context, conn: Connection, project_id: int) -> Row:
    authorise_office(ctx.viewer, Act.ASSIGN_OFFICER, policy.target_of_project(conn, project_id))
    project = conn.execute(select(t.project).where(t.project.c.id == project_id)).one_or_none()
    if project is None:
        raise NotFound()
    return project


def _candidates(conn: Connection, ctx: Context, project: Row) -> tuple[OfficerChoice, ...]:
    g, m, p = t.role_grant, t.membership, t.person
    in_force = m.c.until_on.is_(None) | (m.c.until_on >= ctx.today)
    on_it = select(m.c.person_id).where(m.c.project_id == project.id, in_force)
    rows = conn.execute(
        select(p.c.id, p.c.name)
        .join(g, g.c.person_id == p.c.id)
        .where(
            g.c.programme_id == project.programme_id,
            g.c.role == Role.OFFICER.value,
            g.c.revoked_at.is_(None),
            p.c.active.is_(True),
            p.c.id.not_in(on_it),
        )
        .distinct()
        .order_by(p.c.name, p.c.id)
    )
    return tuple(OfficerChoice(row.id, row.name) for row in rows)
