"""One report as its writers see it: write, check, hand in, and keep the receipt. Address: ?obligation= or ?report=."""

from tracker.services.report_drafts import report_screen
from tracker.services.viewer import Role
from tracker.ui import report as view
from tracker.ui.components import found
from tracker.ui.guard import enter

screen = enter(Role.PI, Role.CO_PI, Role.ASSISTANT)
with found(screen):
    shown = report_screen(screen.ctx, view.requested(screen))
view.render(screen, shown)
