"""What the office changes about the term of a project: a longer one by letter, and its close."""

from __future__ import annotations

import streamlit as st

from tracker.services.policy import Act
from tracker.services.project_changes import close_project, extend_project
from tracker.services.project_page import ProjectPage
from tracker.ui.attachments import file_field, keep_file
from tracker.ui.components import attempt, confirm, date_text, escape, say_after_rerun
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key

_NAMES = {
    "end_on": "New last day of the project",
    "letter_number": "Letter number",
    "document_id": "The letter (file)",
    "file": "The letter (file)",
}


def office(screen: Screen, page: ProjectPage) -> None:
    """The forms that the office has for a running project; nothing for others."""
    t, header = screen.t, page.header
    if header.status != "active" or header.project_id in screen.ctx.viewer.project_ids:
        return
    if Act.ENTER_DATE in page.acts:
        with st.expander(t("Extend the project"), icon=":material/update:"):
            _extend(screen, page)
    if Act.REVIEW_REPORT in page.acts and header.end_on < screen.ctx.today:
        told = t("What never got a date is closed with it. A project that still owes something is not closed.")
        name = f"close-{header.project_id}"
        if confirm(screen, name, t("Close the project"), told):
            with attempt(screen, names=_NAMES) as outcome:
                close_project(screen.ctx, project_id=header.project_id, expected_version=header.version, key=form_key(name))
            _done(screen, outcome.ok, name, "The project is closed.")


def _extend(screen: Screen, page: ProjectPage) -> None:
    t, header, name = screen.t, page.header, f"extend-{page.header.project_id}"
    st.caption(t("It ends on {day} now. What counts from the end moves with it; what was handed in stays.", day=date_text(header.end_on)))
    end = st.text_input(t("New last day of the project"), key=f"{name}-end", placeholder="116-05-31 / 2027-05-31")
    letter = st.text_input(t("Letter number"), key=f"{name}-letter")
    chosen = file_field(screen, "The letter (file)", name)
    told = t("The project is extended to {day}. This cannot be taken back here.", day=escape(end))
    if confirm(screen, name, t("Extend the project"), told):
        with attempt(screen, names=_NAMES) as outcome:
            document_id = keep_file(screen, chosen, name, purpose="letter", act=Act.ENTER_DATE, project_id=header.project_id)
            extend_project(
                screen.ctx,
                project_id=header.project_id,
                end_on=end,
                letter_number=letter,
                document_id=document_id,
                expected_version=header.version,
                key=form_key(name),
            )
        _done(screen, outcome.ok, name, "The project is extended.")


def _done(screen: Screen, ok: bool, name: str, said_msgid: str) -> None:
    if ok:
        renew_key(name)
        say_after_rerun(screen.t(said_msgid))
        st.rerun()
