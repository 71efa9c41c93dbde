"""Words of alerts: what each message says, in both languages, tried on real things before it is saved."""

from tracker.services.viewer import Role
from tracker.ui import alert_templates
from tracker.ui.components import heading
from tracker.ui.guard import enter

screen = enter(Role.ADMINISTRATOR)
heading(screen, "Words of alerts")
alert_templates.render(screen)
