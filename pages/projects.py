"""Projects: the ones the viewer may see, to search and open."""

from tracker.services.viewer import Role
from tracker.ui import projects
from tracker.ui.components import found, heading
from tracker.ui.guard import enter

screen = enter(Role.ADMINISTRATOR, Role.OFFICER, Role.CHIEF, Role.AUDITOR, Role.PI, Role.CO_PI, Role.ASSISTANT)
heading(screen, "Projects")
search = projects.search_box(screen)
with found(screen):
    shown = projects.read(screen, search)
projects.show(screen, shown, search)
