"""Weeks ahead: how many reviews will land in which week, and who is away."""

from tracker.services.viewer import Role
from tracker.ui import review_load
from tracker.ui.components import heading
from tracker.ui.guard import enter

screen = enter(Role.OFFICER, Role.CHIEF)
heading(screen, "Weeks ahead")
review_load.show(screen, review_load.read(screen))
