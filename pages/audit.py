"""The audit trail: for administrator and auditor. The newest events, and the check of the chain."""

from tracker.services import audit_trail
from tracker.services.viewer import Role
from tracker.ui import audit
from tracker.ui.components import found, heading
from tracker.ui.guard import enter

screen = enter(Role.ADMINISTRATOR, Role.AUDITOR)
heading(screen, "Audit trail")
audit.check_button(screen)
with found(screen):
    object_type, page = audit.filters(screen, audit_trail.object_types(screen.ctx))
    events, pages = audit_trail.event_page(screen.ctx, page=page, object_type=object_type)
audit.table(screen, events, pages)
