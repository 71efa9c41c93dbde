"""Pieces of the people screen."""

from __future__ import annotations

import streamlit as st

from tracker.services import memberships, people
from tracker.services.directory import Grant, PersonRow, ProgrammeChoice, ProjectRole
from tracker.services.viewer import Role
from tracker.ui import person_places
from tracker.ui.components import attempt, confirm, empty_state, escape, say_after_rerun, subheading
from tracker.ui.frame import ROLE_MSGIDS
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key
from tracker.ui.pages import link

PAGE_KEY = "people-page"
PAGE_SIZE = 20

FIELDS = {
    "email": "E-mail address",
    "name": "Name",
    "language": "Language",
    "role": "Role",
    "programme": "Programme",
    "password": "Password",
    "person": "Person",
    "project": "Project",
    "party": "Party",
    "from_on": "From (first day)",
    "until_on": "Until (last day)",
}
_LANGUAGE_NAMES = {"zh_TW": "中文（臺灣）", "en": "English"}
_STAFF = (Role.OFFICER, Role.CHIEF, Role.REVIEWER, Role.AUDITOR, Role.ADMINISTRATOR)


def add_form(screen: Screen) -> None:
    """Add a person; her temporary password is shown once."""
    t = screen.t
    with st.expander(t("Add a person"), icon=":material/person_add:"), st.form("people-add", border=False):
        name = st.text_input(t("Name"), key="people-add-name")
        email = st.text_input(t("E-mail address"), key="people-add-email", autocomplete="off")
        language = st.radio(
            t("Language of screens and mails"),
            list(_LANGUAGE_NAMES),
            format_func=_LANGUAGE_NAMES.__getitem__,
            horizontal=True,
            key="people-add-language",
        )
        sent = st.form_submit_button(t("Add"), type="primary", key="people-add-send")
    if not sent:
        return
    with attempt(screen, names=FIELDS) as outcome:
        made = people.add_person(screen.ctx, email=email, name=name, language=language, key=form_key("people-add"))
    if outcome.ok:
        renew_key("people-add")
        show_password(screen, email, made.temporary_password)


def search_box(screen: Screen) -> str:
    """Part of a name or address to look for."""
    return st.text_input(
        screen.t("Search by name or address"),
        key="people-search",
        on_change=lambda: st.session_state.pop(PAGE_KEY, None),
        placeholder=screen.t("all people"),
    )


def list_of(screen: Screen, rows: tuple[PersonRow, ...], total: int, programmes: tuple[ProgrammeChoice, ...]) -> None:
    """One card a person."""
    st.caption(screen.t("{n} people", n=total))
    if not rows:
        empty_state(screen, "Nobody was found.", "Search for something shorter, or add the person above.")
    for row in rows:
        _card(screen, row, programmes)
    if total > PAGE_SIZE:
        st.pagination(-(-total // PAGE_SIZE), key=PAGE_KEY)


def _card(screen: Screen, row: PersonRow, programmes: tuple[ProgrammeChoice, ...]) -> None:
    t = screen.t
    with st.container(border=True, key=f"person-{row.person_id}"):
        with st.container(horizontal=True):
            st.markdown(f"**{escape(row.name)}**  \n{escape(row.email)}")
            if not row.active:
                st.badge(t("switched off"), color="gray", icon=":material/block:")
            elif not row.can_sign_in:
                st.badge(t("no password yet"), color="orange", icon=":material/key_off:")
        for grant in row.grants:
            st.markdown(f":material/badge: {_grant_words(screen, grant)}")
        for entry in row.memberships:
            words = t(ROLE_MSGIDS[entry.role]) + t.pick("：", ": ") + escape(entry.project_code)
            link(screen, "project", label=words, icon=":material/folder:", project=entry.project_code)
        with st.expander(t("Change")):
            _grant_form(screen, row, programmes)
            for grant in row.grants:
                _revoke(screen, row, grant)
            for entry in row.memberships:
                _leave(screen, row, entry)
            person_places.put_on_a_project(screen, row)
            person_places.change_address(screen, row)
            _password_button(screen, row)
            _switch(screen, row)


def _grant_words(screen: Screen, grant: Grant) -> str:
    where = f" · {escape(grant.programme_code)}" if grant.programme_code else ""
    return screen.t(ROLE_MSGIDS[grant.role]) + where


def _revoke(screen: Screen, row: PersonRow, grant: Grant) -> None:
    t, name = screen.t, f"revoke-{grant.grant_id}"
    label = t("Take away: {role}", role=_grant_words(screen, grant))
    consequence = t("{name} loses this role at once and is signed out everywhere.", name=escape(row.name))
    if confirm(screen, name, label, consequence):
        with attempt(screen, names=FIELDS) as outcome:
            people.revoke_role(screen.ctx, grant_id=grant.grant_id, key=form_key(name))
        _done(screen, outcome.ok, name)


def _leave(screen: Screen, row: PersonRow, entry: ProjectRole) -> None:
    t, name = screen.t, f"leave-{entry.membership_id}"
    consequence = t("{name} sees this project no more, gets no mail about it and is signed out everywhere.", name=escape(row.name))
    if confirm(screen, name, t("Take off the project: {code}", code=escape(entry.project_code)), consequence):
        with attempt(screen, names=FIELDS) as outcome:
            memberships.end_membership(screen.ctx, membership_id=entry.membership_id, key=form_key(name))
        _done(screen, outcome.ok, name)


def _grant_form(screen: Screen, row: PersonRow, programmes: tuple[ProgrammeChoice, ...]) -> None:
    t, name = screen.t, f"grant-{row.person_id}"
    subheading(screen, "Give a role")
    titles = {p.programme_id: f"{p.code} · {t.pick(p.title_zh, p.title_en)}" for p in programmes}
    role = st.selectbox(t("Role"), _STAFF, format_func=lambda r: t(ROLE_MSGIDS[r]), key=f"{name}-role")
    programme_id = None
    if role in people.IN_PROGRAMME:
        programme_id = st.selectbox(
            t("Programme"),
            list(titles),
            format_func=titles.get,
            key=f"{name}-programme",
            placeholder=t("choose a programme"),
        )
    st.caption(t("A new role takes effect when the person signs in again; she is signed out now."))
    if st.button(t("Give this role"), key=f"{name}-send"):
        with attempt(screen, names=FIELDS) as outcome:
            people.grant_role(screen.ctx, person_id=row.person_id, role=role, programme_id=programme_id, key=form_key(name))
        _done(screen, outcome.ok, name)


def _password_button(screen: Screen, row: PersonRow) -> None:
    t, name = screen.t, f"password-{row.person_id}"
    consequence = t("The present password of {name} stops working and she is signed out.", name=escape(row.name))
    if confirm(screen, name, t("New temporary password"), consequence):
        with attempt(screen) as outcome:
            made = people.new_temporary_password(screen.ctx, person_id=row.person_id, key=form_key(name))
        if outcome.ok:
            renew_key(name)
            show_password(screen, row.email, made.temporary_password)


def _switch(screen: Screen, row: PersonRow) -> None:
    t, name = screen.t, f"active-{row.person_id}-{row.version}"
    if row.active:
        label = t("Switch the account off")
        consequence = t("{name} is signed out at once and cannot sign in. Her work stays.", name=escape(row.name))
    else:
        label = t("Switch the account on")
        consequence = t("{name} can sign in again with her roles.", name=escape(row.name))
    if confirm(screen, name, label, consequence):
        with attempt(screen, names=FIELDS) as outcome:
            people.set_active(
                screen.ctx,
                person_id=row.person_id,
                active=not row.active,
                expected_version=row.version,
                key=form_key(name),
            )
        if not outcome.ok and row.active:
            link(
                screen,
                "hand_over",
                label=t("Hand over what lies with {name}", name=escape(row.name)),
                icon=":material/swap_horiz:",
                person=row.person_id,
            )
        _done(screen, outcome.ok, name)


def show_password(screen: Screen, email: str, password: str | None) -> None:
    """A temporary password, shown this once."""
    if password is None:
        st.info(screen.t("This was done already. The temporary password was shown once and is kept nowhere."))
        return
    st.success(
        screen.t("Hand this temporary password to {email} yourself. It is shown only now.", email=escape(email)),
        icon=":material/key:",
    )
    st.code(password, language=None)


def _done(screen: Screen, ok: bool, name: str) -> None:
    if ok:
        renew_key(name)
        say_after_rerun(screen.t("Saved."))
        st.rerun()
