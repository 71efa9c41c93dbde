"""People: for the administrator. Who has an account, and which roles."""

import streamlit as st

from tracker.services import directory
from tracker.services.viewer import Role
from tracker.ui import absences, people
from tracker.ui.components import found, heading
from tracker.ui.guard import enter

screen = enter(Role.ADMINISTRATOR)
heading(screen, "People")
people.add_form(screen)
absences.panel(screen)
search = people.search_box(screen)
page = st.session_state.get(people.PAGE_KEY, 1)
with found(screen):
    rows, total = directory.people_list(screen.ctx, search=search, limit=people.PAGE_SIZE, offset=(page - 1) * people.PAGE_SIZE)
    programmes = directory.programme_choices(screen.ctx)
people.list_of(screen, rows, total, programmes)
