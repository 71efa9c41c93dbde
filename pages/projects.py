"""Projects: the ones the viewer may see, to search and open."""

from tracker.ui import projects
from tracker.ui.components import found, heading
from tracker.ui.guard import enter

screen = enter()
heading(screen, "Projects")
search = projects.search_box(screen)
with found(screen):
    shown = projects.read(screen, search)
projects.show(screen, shown, search)
