"""What the office does, it never does to a project that whoever does it is, or ever was, on herself."""

from __future__ import annotations

from sqlalchemy import Connection

from tracker.services import policy
from tracker.services.errors import Forbidden, NotFound
from tracker.services.policy import Act, Target
from tracker.services.viewer import Viewer


def authorise_office(viewer: Viewer, act: Act, target: Target) -> None:
    """As `policy.authorise`, and Forbidden on a project that the viewer is on, or was: as in reviews, nobody waives what she owed."""
    policy.authorise(viewer, act, target)
    if target.project_id in viewer.project_ids | viewer.ever_on:
        raise Forbidden("You are on this project yourself; somebody else must do this.")


def refuse_mixed(conn: Connection, project_id: int | None, programme_id: int) -> None:
    """A project is asked for under its own programme only: rights in one programme say nothing about a project of another.

    Raises NotFound otherwise.
    """
    if project_id is not None and policy.target_of_project(conn, project_id).programme_id != programme_id:
        raise NotFound()
