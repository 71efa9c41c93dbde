"""Meetings, events and the action items that come of them, for everybody with a project or a programme. ?meeting=, ?item=, ?obligation=."""

from tracker.services.viewer import Role
from tracker.ui import meeting_page, meetings
from tracker.ui.guard import enter

screen = enter(Role.PI, Role.CO_PI, Role.ASSISTANT, Role.OFFICER, Role.CHIEF, Role.AUDITOR, Role.ADMINISTRATOR)
meeting_id, item_id = meetings.chosen(screen)
if meeting_id is not None:
    meeting_page.render(screen, meeting_id)
elif item_id is not None:
    meetings.one_item(screen, item_id)
else:
    meetings.overview(screen)
