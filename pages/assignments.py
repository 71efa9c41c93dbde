"""What a panel member was given to review: her start page."""

from tracker.services.review_assignments import assignments
from tracker.services.viewer import Role
from tracker.ui import assignments as view
from tracker.ui.components import heading
from tracker.ui.guard import enter

screen = enter(Role.REVIEWER)
heading(screen, "Reports to review")
view.render(screen, assignments(screen.ctx))
