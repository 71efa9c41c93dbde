"""Signals: what is told beyond dates, when and to whom, changed by administrators and tried on real data first."""

from tracker.services.viewer import Role
from tracker.ui import signal_courses
from tracker.ui.components import heading
from tracker.ui.guard import enter

screen = enter(Role.ADMINISTRATOR, Role.AUDITOR, Role.OFFICER, Role.CHIEF)
heading(screen, "Signals")
signal_courses.render(screen)
