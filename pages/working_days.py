"""Working days: for the administrator. What is in force, official tables, closures, and what they moved."""

from tracker.services.viewer import Role
from tracker.ui import working_days
from tracker.ui.components import heading
from tracker.ui.guard import enter

screen = enter(Role.ADMINISTRATOR)
heading(screen, "Working days")
working_days.show(screen)
