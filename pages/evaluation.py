"""Evaluation of a project year and the decision on it: for the office. Address: ?project=&year=."""

from tracker.services.evaluation_views import evaluation_desk
from tracker.services.viewer import Role
from tracker.ui import evaluation
from tracker.ui.components import found, heading
from tracker.ui.guard import enter

screen = enter(Role.OFFICER, Role.CHIEF)
heading(screen, "Evaluation and decision")
project_id = screen.id_param("project")
year = evaluation.chosen_year(screen)
with found(screen):
    desk = evaluation_desk(screen.ctx, project_id, year)
evaluation.render(screen, desk)
