"""The inbox: everybody's own alerts, with the way to what they are about."""

from tracker.services.inbox import inbox_list, unread_count
from tracker.services.notices import notice_list
from tracker.ui import inbox
from tracker.ui.components import found, heading
from tracker.ui.guard import enter

screen = enter()
heading(screen, "Inbox")
only = inbox.unread_only(screen)
with found(screen):
    items = inbox_list(screen.ctx, unread_only=only)
    unread = unread_count(screen.ctx)
    notices = notice_list(screen.ctx, unread_only=only)
inbox.show(screen, items, unread, notices)
