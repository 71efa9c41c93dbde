"""Chat channels: for the administrator. Where alerts go besides mail and inbox, and whether they arrive there."""

from tracker.services.chat_channels import channel_list
from tracker.services.viewer import Role
from tracker.ui import channels
from tracker.ui.components import found, heading
from tracker.ui.guard import enter

screen = enter(Role.ADMINISTRATOR)
heading(screen, "Chat channels")
channels.intro(screen)
with found(screen):
    state = channel_list(screen.ctx)
channels.add_form(screen, state)
channels.list_of(screen, state)
channels.hosts_form(screen, state)
