"""What the office changes about the term of a project: a longer one by letter, a corrected one, its close; and who is in charge of it."""

from __future__ import annotations

import streamlit as st

from tracker.services.policy import Act
from tracker.services.project_changes import close_project, correct_end, extend_project, preview_end
from tracker.services.project_officer import assign_officer, officer_choices
from tracker.services.project_page import ProjectPage
from tracker.services.projects import ProjectHeader
from tracker.ui.attachments import file_field, keep_file
from tracker.ui.components import attempt, confirm, date_text, escape, say_after_rerun
from tracker.ui.dates import show_preview
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key

_NAMES = {
    "end_on": "New last day of the project",
    "letter_number": "Letter number",
    "document_id": "The letter (file)",
    "file": "The letter (file)",
    "reason": "Reason",
    "officer_id": "Officer in charge",
}


def office(screen: Screen, page: ProjectPage) -> None:
    """The forms that the office has for a running project; nothing for others."""
    t, header = screen.t, page.header
    if header.status != "active" or header.project_id in screen.ctx.viewer.project_ids:
        return
    if Act.ENTER_DATE in page.acts:
        with st.expander(t("Extend the project"), icon=":material/update:"):
            _extend(screen, page)
        with st.expander(t("Correct the end of the project"), icon=":material/edit_calendar:"):
            _correct(screen, page)
    if Act.ASSIGN_OFFICER in page.acts:
        with st.expander(t("Change the officer in charge"), icon=":material/support_agent:"):
            _officer(screen, page)
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
    _previewed(screen, header.project_id, name, end)
    told = t("The project is extended to {day}. A wrong day can be corrected here afterwards.", day=escape(end))
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


def _correct(screen: Screen, page: ProjectPage) -> None:
    t, header, name = screen.t, page.header, f"correct-{page.header.project_id}"
    original = date_text(header.original_end_on)
    st.caption(t("For a day that was entered wrongly. It cannot lie before {day}, until which the project was granted.", day=original))
    end = st.text_input(t("New last day of the project"), key=f"{name}-end", placeholder="116-05-31 / 2027-05-31")
    letter = st.text_input(t("Letter number"), key=f"{name}-letter")
    reason = st.text_area(t("Reason"), key=f"{name}-reason")
    chosen = file_field(screen, "The letter (file)", name)
    if not _previewed(screen, header.project_id, name, end):
        return
    told = t("The project ends on {day}, and the dates above move. Mails that wait for the old dates are not sent.", day=escape(end))
    if confirm(screen, name, t("Correct the end"), told, yes=t("Yes, correct the end")):
        with attempt(screen, names=_NAMES) as outcome:
            document_id = keep_file(screen, chosen, name, purpose="letter", act=Act.ENTER_DATE, project_id=header.project_id)
            correct_end(
                screen.ctx,
                project_id=header.project_id,
                end_on=end,
                letter_number=letter,
                reason=reason,
                document_id=document_id,
                expected_version=header.version,
                key=form_key(name),
            )
        _done(screen, outcome.ok, name, "The end of the project is corrected.")


def _previewed(screen: Screen, project_id: int, name: str, end: str) -> bool:
    """The button that shows what another end moves; True while what it showed stands for this end."""
    if st.button(screen.t("Show what this would change"), key=f"{name}-preview"):
        st.session_state[_shown(name)] = end
    if st.session_state.get(_shown(name)) != end:
        return False
    with attempt(screen, names=_NAMES) as outcome:
        show_preview(screen, preview_end(screen.ctx, project_id=project_id, end_on=end))
    return outcome.ok


def _shown(name: str) -> str:
    return f"{name}-previewed"


def _officer(screen: Screen, page: ProjectPage) -> None:
    t, header, name = screen.t, page.header, f"officer-{page.header.project_id}"
    names = {one.person_id: one.name for one in officer_choices(screen.ctx, header.project_id) if one.person_id != header.officer_id}
    if not names:
        st.caption(t("There is no other officer in this programme. An administrator gives the role under People."))
        return
    chosen = st.selectbox(t("New officer in charge"), list(names), key=f"{name}-who", format_func=names.__getitem__)
    told = t("From now on {name} is told of this project in place of {before}.", name=escape(names[chosen]), before=_before(header))
    if confirm(screen, name, t("Change the officer in charge"), told):
        with attempt(screen, names=_NAMES) as outcome:
            version = header.version
            assign_officer(screen.ctx, project_id=header.project_id, officer_id=chosen, expected_version=version, key=form_key(name))
        _done(screen, outcome.ok, name, "The officer in charge is changed.")


def _before(header: ProjectHeader) -> str:
    return escape(header.officer_name or "—")


def _done(screen: Screen, ok: bool, name: str, said_msgid: str) -> None:
    if ok:
        renew_key(name)
        st.session_state.pop(_shown(name), None)
        say_after_rerun(screen.t(said_msgid))
        st.rerun()
