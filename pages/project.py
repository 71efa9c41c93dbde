"""One project, named by its code in the address: for everybody who may see it."""

from tracker.services.project_page import project_page
from tracker.services.viewer import Role
from tracker.ui import project
from tracker.ui.components import found
from tracker.ui.guard import enter

screen = enter(Role.ADMINISTRATOR, Role.OFFICER, Role.CHIEF, Role.AUDITOR, Role.PI, Role.CO_PI, Role.ASSISTANT)
code = project.code_param(screen)
with found(screen):
    page = project_page(screen.ctx, code)
project.show(screen, page)
