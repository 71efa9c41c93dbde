"""What I owe: everything the viewer's own projects have to hand in, by the last safe day."""

from tracker.services.must_do import must_do
from tracker.services.viewer import Role
from tracker.ui import must_do as view
from tracker.ui.components import heading
from tracker.ui.guard import enter

screen = enter(Role.PI, Role.CO_PI, Role.ASSISTANT)
heading(screen, "What I owe")
view.render(screen, must_do(screen.ctx))
