"""The contacts at institutions, on the programme's screen: who is told there, entered by the office."""

from __future__ import annotations

import streamlit as st

from tracker.services.institution_contacts import (
    Contact,
    ContactBoard,
    ContactEntry,
    add_contact,
    change_contact,
    contact_board,
    switch_contact,
)
from tracker.services.ladders import ProgrammeView
from tracker.ui.begun import begun, changed_by_herself, forget, overtaken
from tracker.ui.components import attempt, confirm, empty_state, escape, found, say_after_rerun
from tracker.ui.delivery_words import given_up_again
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, form_name, next_form, renew_key
from tracker.ui.ladder_words import some_names

FIELD_MSGIDS = {"organisation": "Organisation", "name": "Name", "email": "E-mail address", "language": "Language of mails"}
_LANGUAGE_NAMES = {"zh_TW": "中文（臺灣）", "en": "English"}


def show(screen: Screen, view: ProgrammeView) -> None:
    """Who would be told at each institution, and forms to enter and correct them. For the office."""
    t = screen.t
    with found(screen):
        board = contact_board(screen.ctx, programme_id=view.programme_id)
    told = any(one.level("institution") for one in (view.policies.policy, *view.policies.kinds.values()))
    if told:
        st.markdown(
            t("The reminders of this programme tell the institution. They have no account: a mail says what is late, without any link.")
        )
    else:
        st.markdown(t("The reminders of this programme tell no institution; contacts are written to only where the reminders say so."))
    if told and board.without:
        names = some_names(t, [one.name for one in board.without])
        st.warning(t("No contact is entered for: {names}. Nobody would be told there.", names=names), icon=":material/contact_mail:")
    if not board.contacts:
        empty_state(
            screen, "No contact at an institution.", "Enter whom the institution wants to be told when a project of its stays silent."
        )
    for contact in board.contacts:
        _contact(screen, board, contact)
    if board.organisations:
        with st.expander(t("Enter a contact"), icon=":material/person_add:"):
            _add(screen, view, board)


def _add(screen: Screen, view: ProgrammeView, board: ContactBoard) -> None:
    t = screen.t
    form = f"contact-add-{view.programme_id}"
    name = form_name(form)
    with st.form(name, border=False):
        entry = _fields(screen, board, name, None)
        everywhere = board.may_edit_general and st.checkbox(t("For every programme, not only this one"), key=f"{name}-general")
        sent = st.form_submit_button(t("Enter"), type="primary", key=f"{name}-send")
    if not sent:
        return
    with attempt(screen, names=FIELD_MSGIDS) as outcome:
        add_contact(screen.ctx, programme_id=None if everywhere else view.programme_id, entry=entry, key=form_key(name))
    if outcome.ok:
        next_form(form)
        say_after_rerun(t("The contact was entered. Alerts from now on go there too, where the reminders say so."))
        st.rerun()


def _contact(screen: Screen, board: ContactBoard, contact: Contact) -> None:
    t = screen.t
    name = f"contact-{contact.id}"
    with st.container(border=True, key=name):
        st.markdown(f"**{escape(contact.organisation)}** · {escape(contact.name)}")
        with st.container(horizontal=True):
            st.caption(escape(contact.email), width="content")
            st.badge(_LANGUAGE_NAMES[contact.language], color="gray")
            if contact.programme_id is None:
                st.badge(t("for every programme"), color="blue")
            if not contact.active:
                st.badge(t("not in use"), color="orange", icon=":material/person_off:")
        if contact.may_edit:
            _switch(screen, contact, name)
            with st.expander(t("Correct"), icon=":material/edit:"):
                _correct(screen, board, contact, name)


def _switch(screen: Screen, contact: Contact, name: str) -> None:
    t = screen.t
    if contact.active:
        button, what = (
            t("Take out of use"),
            t("Nothing more is sent there, not even what waits to go out now. It can be put back into use."),
        )
    else:
        button, what = t("Put back into use"), t("Alerts from now on go there again; what was missed meanwhile does not.")
    if not confirm(screen, f"{name}-switch", button, what):
        return
    form = f"{name}-switch-{contact.version}"
    with attempt(screen) as outcome:
        switch_contact(screen.ctx, contact_id=contact.id, active=not contact.active, expected_version=contact.version, key=form_key(form))
    if outcome.ok:
        changed_by_herself(f"{name}-correct")
        renew_key(form)
        st.rerun()


def _correct(screen: Screen, board: ContactBoard, contact: Contact, name: str) -> None:
    t = screen.t
    about = f"{name}-correct"
    old = begun(about, contact)
    form = f"{about}-{old.version}"
    with st.form(form, border=False):
        entry = _fields(screen, board, form, old)
        sent = st.form_submit_button(t("Save"), type="primary", key=f"{form}-send")
    if overtaken(screen, about, contact) or not sent:
        return
    with attempt(screen, names=FIELD_MSGIDS) as outcome:
        moved = change_contact(
            screen.ctx, contact_id=contact.id, entry=entry, expected_version=contact.version, key=form_key(f"{form}-{entry}")
        )
    if outcome.ok:
        forget(about)
        said = t("The contact was corrected. Waiting mails that go to the new address: {n}.", n=moved.mails)
        say_after_rerun(f"{said} {given_up_again(t, moved)}".strip())
        st.rerun()


def _fields(screen: Screen, board: ContactBoard, name: str, now: Contact | None) -> ContactEntry:
    t = screen.t
    organisations = sorted({one.name for one in board.organisations} | ({now.organisation} if now else set()))
    organisation = st.selectbox(
        t("Organisation"),
        organisations,
        index=organisations.index(now.organisation) if now else None,
        placeholder=t("Choose the organisation"),
        key=f"{name}-organisation",
    )
    person = st.text_input(t("Name"), value=now.name if now else "", key=f"{name}-name")
    email = st.text_input(t("E-mail address"), value=now.email if now else "", key=f"{name}-email", autocomplete="off")
    languages = list(_LANGUAGE_NAMES)
    language = st.radio(
        t("Language of mails"),
        languages,
        index=languages.index(now.language) if now else 0,
        format_func=_LANGUAGE_NAMES.__getitem__,
        horizontal=True,
        key=f"{name}-language",
    )
    return ContactEntry(organisation or "", person, email, language)
