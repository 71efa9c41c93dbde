"""My account: language, when I am told, my calendar, password, and where I am signed in."""

from tracker.ui import account, alert_choices, broken_channels, feeds
from tracker.ui.components import heading
from tracker.ui.guard import enter

screen = enter()
heading(screen, "My account")
account.who(screen)
broken_channels.said(screen)
alert_choices.section(screen)
feeds.of_person(screen)
account.password_form(screen)
account.session_list(screen)
