"""The dossier of one project for a review meeting, named by its code in the address: for everybody who may see it, reviewers included."""

from tracker.services.dossier import dossier_by_code
from tracker.ui import dossier
from tracker.ui.components import found
from tracker.ui.guard import enter

screen = enter()
code = dossier.code_param(screen)
with found(screen):
    shown = dossier_by_code(screen.ctx, code)
dossier.show(screen, shown)
