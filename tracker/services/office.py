"""What the office does, nobody does to a project that she is or ever was on, or with which she has a conflict of interest."""

from __future__ import annotations

from sqlalchemy import Connection

from tracker.services import policy
from tracker.services.errors import Forbidden, NotFound
from tracker.services.policy import Act, Target
from tracker.services.viewer import Viewer


def authorise_office(viewer: Viewer, act: Act, target: Target) -> None:
    """As `policy.authorise`, and Forbidden on a project that the viewer is or was on, or has a conflict of interest with.

    As in reviews: nobody waives what she owed, or decides about those whom she may not judge.
    """
    policy.authorise(viewer, act, target)
    if target.project_id in viewer.project_ids:
        raise Forbidden("You are on this project yourself; somebody else must do this.")
    if target.project_id in viewer.ever_on:
        raise Forbidden("You were on this project yourself; somebody else must do this.")
    if target.project_id in viewer.conflicts:
        raise Forbidden("A conflict of interest with this project is recorded for you; somebody else must do this.")


def refuse_mixed(conn: Connection, project_id: int | None, programme_id: int) -> None:
    """A project is asked for under its own programme only: rights in one programme say nothing about a project of another.

    Raises NotFound otherwise.
    """
    if project_id is not None and policy.target_of_project(conn, project_id).programme_id != programme_id:
        raise NotFound()
