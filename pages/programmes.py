"""Programmes: what each call asks for, clause by clause, and the reminders that go with it."""

from tracker.services.ladders import programme_views
from tracker.ui import programmes
from tracker.ui.components import found, heading
from tracker.ui.guard import enter

screen = enter()
heading(screen, "Programmes")
with found(screen):
    views = programme_views(screen.ctx)
chosen = programmes.choose(screen, views)
if chosen is not None:
    programmes.show(screen, chosen)
