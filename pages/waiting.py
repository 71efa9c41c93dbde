"""Waiting for me: what the office has on its desk, oldest first."""

from tracker.services.queue import waiting_for_me
from tracker.services.viewer import Role
from tracker.ui import absences, attention
from tracker.ui import waiting as view
from tracker.ui.components import heading
from tracker.ui.guard import enter

screen = enter(Role.OFFICER, Role.CHIEF)
heading(screen, "Waiting for me")
attention.of_office(screen)
view.render(screen, waiting_for_me(screen.ctx))
absences.panel(screen)
