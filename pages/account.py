"""My account: language, password, and where I am signed in."""

from tracker.ui import account
from tracker.ui.components import heading
from tracker.ui.guard import enter

screen = enter()
heading(screen, "My account")
account.who(screen)
account.password_form(screen)
account.session_list(screen)
