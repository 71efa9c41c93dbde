"""One submitted report in review: beside the one before, its steps, and the act of the step that is hers. Address: ?report=."""

from tracker.services.report_review import review_screen
from tracker.services.review_rounds import note_read
from tracker.services.viewer import Role
from tracker.ui import review as view
from tracker.ui.components import found
from tracker.ui.guard import enter

screen = enter(Role.OFFICER, Role.CHIEF, Role.REVIEWER)
report_id = screen.id_param("report")
with found(screen):
    shown = review_screen(screen.ctx, report_id)
    note_read(screen.ctx, report_id)
view.render(screen, shown)
