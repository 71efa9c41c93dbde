"""Ad hoc calls: for the office and auditors. What was asked of whom, by when, and how many have answered."""

from tracker.services.data_call_board import call_list
from tracker.services.viewer import Role
from tracker.ui import calls
from tracker.ui.components import found, heading
from tracker.ui.guard import enter

screen = enter(Role.OFFICER, Role.CHIEF, Role.AUDITOR)
heading(screen, "Calls")
with found(screen):
    shown = call_list(screen.ctx)
calls.show_list(screen, shown)
