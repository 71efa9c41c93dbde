"""Pieces of the account screen."""

from __future__ import annotations

import streamlit as st

from tracker.clock import SystemClock
from tracker.services import accounts, sessions
from tracker.services.passwords import MIN_CHARACTERS
from tracker.ui.components import attempt, escape, instant_text, say_after_rerun, subheading
from tracker.ui.frame import role_names
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key
from tracker.ui.language_switch import OWN_LANGUAGE

_LANGUAGE_NAMES = {"zh_TW": "中文（臺灣）", "en": "English"}
_FIELD_NAMES = {"new_password": "New password", "current_password": "Present password", "password": "New password"}
_ENTRIES = ("account-current", "account-new", "account-again")


def who(screen: Screen) -> None:
    """Name, address, roles, and the language of screens and mails."""
    t, viewer = screen.t, screen.viewer
    st.markdown(f"**{escape(viewer.name)}**  \n{escape(viewer.email)}")
    st.caption(role_names(t, viewer.roles) or t("No role yet: ask your administrator."))
    chosen = st.segmented_control(
        t("Language of screens and mails"),
        list(_LANGUAGE_NAMES),
        default=viewer.language,
        format_func=_LANGUAGE_NAMES.__getitem__,
        key=f"{OWN_LANGUAGE}-{viewer.language}",
        required=True,
    )
    if chosen != viewer.language:
        with attempt(screen) as outcome:
            accounts.set_language(screen.ctx, chosen, key=form_key("account-language"))
        if outcome.ok:
            renew_key("account-language")
            st.rerun()


def password_form(screen: Screen) -> None:
    """Change one's own password. Nothing typed is kept in session state once it went through."""
    t = screen.t
    subheading(screen, "Password")
    with st.form("account-password", border=True):
        current = st.text_input(t("Present password"), type="password", key=_ENTRIES[0], autocomplete="current-password")
        new = st.text_input(
            t("New password"),
            type="password",
            key=_ENTRIES[1],
            autocomplete="new-password",
            help=t("At least {n} characters. A sentence is easy to remember and hard to guess.", n=MIN_CHARACTERS),
        )
        again = st.text_input(t("New password, once more"), type="password", key=_ENTRIES[2], autocomplete="new-password")
        sent = st.form_submit_button(t("Change the password"), key="account-password-send")
    if not sent:
        return
    if new != again:
        st.error(t("The two new passwords are not the same."), icon=":material/error:")
        return
    with attempt(screen, names=_FIELD_NAMES) as outcome:
        accounts.set_own_password(
            screen.ctx,
            current=current,
            new=new,
            keep_sid=screen.sid,
            at=SystemClock().now(),
            key=form_key("account-password"),
        )
    if outcome.ok:
        renew_key("account-password")
        for entry in _ENTRIES:
            st.session_state.pop(entry, None)
        say_after_rerun(t("The password is changed. Everywhere else you have been signed out."))
        st.rerun()


def session_list(screen: Screen) -> None:
    """Where the viewer is signed in, with a way to end each and all of the others."""
    t = screen.t
    subheading(screen, "Where you are signed in")
    with attempt(screen) as outcome:
        mine = sessions.own_sessions(screen.ctx, screen.sid, at=SystemClock().now())
    for entry in mine if outcome.ok else ():
        _session(screen, entry)
    if outcome.ok and len(mine) > 1 and st.button(t("End all the others"), key="account-end-others"):
        with attempt(screen) as done:
            sessions.end_other_sessions(screen.ctx, screen.sid, key=form_key("account-end-others"))
        if done.ok:
            renew_key("account-end-others")
            say_after_rerun(t("All other sessions were ended."))
            st.rerun()


def _session(screen: Screen, entry: sessions.OwnSession) -> None:
    t = screen.t
    with st.container(border=True):
        st.markdown(f"**{t('This one')}**" if entry.is_this else t("Another browser or device"))
        st.caption(escape(entry.user_agent) or t("unknown program"))
        st.caption(t("Since {since}, last seen {seen}", since=instant_text(entry.created_at), seen=instant_text(entry.last_seen_at)))
        if entry.is_this or not st.button(t("End this one"), key=f"account-end-{entry.sid}"):
            return
        with attempt(screen) as done:
            sessions.sign_out(screen.ctx, entry.sid, key=form_key(f"account-end-{entry.sid}"))
    if done.ok:
        say_after_rerun(t("That session was ended."))
        st.rerun()
