"""Hand over: for chiefs and administrators. A project or a whole desk goes to somebody else in one step."""

from tracker.services.viewer import Role
from tracker.ui import hand_over
from tracker.ui.components import heading
from tracker.ui.guard import enter

screen = enter(Role.CHIEF, Role.ADMINISTRATOR)
heading(screen, "Hand over")
hand_over.show(screen, screen.optional_id_param("person"))
