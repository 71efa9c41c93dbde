"""One submitted report as the office sees it: beside the one before, with verdicts, acceptance and return. Address: ?report=."""

from tracker.services.report_review import review_screen
from tracker.services.viewer import Role
from tracker.ui import review as view
from tracker.ui.components import found
from tracker.ui.guard import enter

screen = enter(Role.OFFICER, Role.CHIEF)
report_id = screen.id_param("report")
with found(screen):
    shown = review_screen(screen.ctx, report_id)
view.render(screen, shown)
