"""Health: for the administrator. The worker's signs of life, the outbox, and the ground the database stands on."""

from tracker.services.alert_audit import open_findings
from tracker.services.heartbeat import health
from tracker.services.viewer import Role
from tracker.ui import audit_findings
from tracker.ui import health as view
from tracker.ui.components import found, heading
from tracker.ui.guard import enter

screen = enter(Role.ADMINISTRATOR)
heading(screen, "Health")
with found(screen):
    state = health(screen.ctx, wall=view.machine_time())
    wrong = open_findings(screen.ctx)
audit_findings.panel(screen, wrong)
view.show(screen, state)
