"""Dates from documents: for the office. A date for one project or a whole programme, with what it would change. Address: ?project=."""

from tracker.services.viewer import Role
from tracker.ui import dates
from tracker.ui.components import heading
from tracker.ui.guard import enter

screen = enter(Role.OFFICER, Role.CHIEF)
heading(screen, "Dates from documents")
chosen = dates.choose(screen)
if chosen is not None:
    dates.render(screen, chosen)
