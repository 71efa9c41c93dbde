"""Approvals: for members and the office. Proof, approval, expiry, and the clocks that run on them. Address: ?project=."""

from tracker.services.viewer import Role
from tracker.ui import approvals
from tracker.ui.components import heading
from tracker.ui.guard import enter

screen = enter(Role.PI, Role.CO_PI, Role.ASSISTANT, Role.OFFICER, Role.CHIEF)
heading(screen, "Approvals")
project_id = approvals.choose(screen)
if project_id is not None:
    approvals.render(screen, project_id)
