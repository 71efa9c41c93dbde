"""What the office does, it never does to a project it is on itself."""

from __future__ import annotations

from tracker.services import policy
from tracker.services.errors import Forbidden
from tracker.services.policy import Act, Target
from tracker.services.viewer import Viewer


def authorise_office(viewer: Viewer, act: Act, target: Target) -> None:
    """As `policy.authorise`, and Forbidden on a project of the viewer's own."""
    policy.authorise(viewer, act, target)
    if target.project_id in viewer.project_ids:
        raise Forbidden("You are on this project yourself; somebody else must do this.")
