"""Silences and pauses: for the office, administrators and auditors. What is held back, by whom, why and until when."""

from tracker.services.viewer import Role
from tracker.ui import silences
from tracker.ui.components import heading
from tracker.ui.guard import enter

screen = enter(Role.OFFICER, Role.CHIEF, Role.ADMINISTRATOR, Role.AUDITOR)
heading(screen, "Silences and pauses")
silences.show(screen)
