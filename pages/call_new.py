"""A new call: for the office. Everything is shown before anything goes out."""

from tracker.services.viewer import Role
from tracker.ui import call_new
from tracker.ui.guard import enter

screen = enter(Role.OFFICER, Role.CHIEF)
call_new.render(screen)
