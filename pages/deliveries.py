"""Alerts and deliveries: for administrator and auditor. Every mail and what became of it, and the ledger."""

from tracker.services.viewer import Role
from tracker.ui import deliveries
from tracker.ui.components import heading
from tracker.ui.guard import enter

screen = enter(Role.ADMINISTRATOR, Role.AUDITOR)
heading(screen, "Alerts and deliveries")
deliveries.show(screen, deliveries.choose_view(screen))
