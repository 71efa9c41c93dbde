"""Outcomes of one project, or of the office's programmes. Address: ?project=, ?kind=, ?show=."""

from tracker.services.viewer import Role
from tracker.ui import outcome_office, outcomes
from tracker.ui.components import heading
from tracker.ui.guard import enter

screen = enter(Role.PI, Role.CO_PI, Role.ASSISTANT, Role.OFFICER, Role.CHIEF, Role.AUDITOR, Role.ADMINISTRATOR)
heading(screen, "Outcomes")
project_id = outcomes.chosen(screen)
if project_id is not None:
    outcomes.render(screen, project_id)
elif outcomes.for_office(screen):
    outcome_office.overview(screen)
