"""The frame around every screen: the menu, who is signed in, the day, the language, the way out, and the demo's banner."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from urllib.parse import urlsplit

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tracker.config import data_dir
from tracker.domain.minguo import both, weekday_zh
from tracker.i18n import Translator
from tracker.services import accounts, inbox, sessions
from tracker.services.viewer import Role
from tracker.ui import audit_findings, components, delivery_holds, guard, pages
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key

ROLE_MSGIDS: dict[Role, str] = {
    Role.ADMINISTRATOR: "Administrator",
    Role.OFFICER: "Programme officer",
    Role.CHIEF: "Section chief",
    Role.AUDITOR: "Auditor",
    Role.PI: "Principal investigator",
    Role.CO_PI: "Co-principal investigator",
    Role.ASSISTANT: "Assistant",
    Role.REVIEWER: "Reviewer",
}

_OTHER_LANGUAGE = {"zh_TW": ("en", "English"), "en": ("zh_TW", "中文")}
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def navigation(screen: Screen) -> st.Page:
    """Register the screens of the viewer's roles, and no others; return the one she asked for."""
    mine = pages.screens_of(screen.viewer)
    start = st.Page(_start(screen, pages.start_of(screen.viewer)), title="Milepost", url_path="start", default=True, visibility="hidden")
    sections: dict[str, list[st.Page]] = {"": [start]}
    for spec in mine:
        title = screen.t(spec.title_msgid)
        if spec.url_path == "inbox":
            title = _with_count(title, inbox.unread_count(screen.ctx))
        sections.setdefault(screen.t(spec.section_msgid), []).append(pages.target(screen, spec, title))
    sections[""] += [_closed(screen, spec) for spec in pages.PAGES if spec not in mine]
    return st.navigation(sections, expanded=True)


def sidebar(screen: Screen) -> None:
    """The product's sign above the menu; name, roles, today, language and sign-out under it."""
    t = screen.t
    st.logo(_web_file("logo.svg"), icon_image=_web_file("icon.svg"), size="large")
    with st.sidebar:
        st.markdown(f"**{components.escape(screen.viewer.name)}**")
        st.caption(role_names(t, screen.viewer.roles) or t("No role yet: ask your administrator."))
        st.caption(t("Today: {day}", day=_today(screen)))
        with st.container(horizontal=True):
            _language_button(screen)
            if st.button(t("Sign out"), key="frame-sign-out", icon=":material/logout:"):
                _sign_out(screen)


def banner(screen: Screen) -> DeltaGenerator:
    """In a demo home: that this is one, and on which day its clock stands. Returns the place of what the last action had to say."""
    if screen.desk.settings.is_demo:
        st.info(
            screen.t("**Demo.** Everything here is made up. The clock stands at {day}.", day=both(screen.ctx.today)),
            icon=":material/science:",
        )
    # Places of their own, shown or not: else what follows would move up or down, and folds and tabs that stand open would close.
    for part in (delivery_holds.banner, audit_findings.banner):
        with st.container():
            part(screen)
    with st.container():
        return st.empty()


def role_names(t: Translator, roles: frozenset[Role]) -> str:
    """Roles in words, in the order of the role list."""
    return t.pick("、", ", ").join(t(ROLE_MSGIDS[role]) for role in Role if role in roles)


def _start(screen: Screen, first: pages.PageSpec) -> Callable[[], None]:
    """The page behind "/": goes on to the viewer's start page, which so keeps its own address.

    Streamlit also runs it for an address that does not exist.
    """

    def start() -> None:
        if urlsplit(st.context.url or "").path.strip("/"):
            guard.nothing_here(screen.t)
        st.switch_page(pages.target(screen, first))

    return start


def _closed(screen: Screen, spec: pages.PageSpec) -> st.Page:
    """What stands at the address of a screen that is not hers: the notice in her language, and not the screen's file."""

    def nothing() -> None:
        guard.nothing_here(screen.t)

    return st.Page(nothing, title="Milepost", url_path=spec.url_path, visibility="hidden")


def _with_count(title: str, unread: int) -> str:
    return f"{title} ({unread})" if unread else title


def _today(screen: Screen) -> str:
    day = screen.ctx.today
    return f"{both(day)} {screen.t.pick(weekday_zh(day), _WEEKDAYS_EN[day.weekday()])}"


def _language_button(screen: Screen) -> None:
    language, label = _OTHER_LANGUAGE[screen.t.language]
    if st.button(label, key="frame-language", icon=":material/translate:"):
        with components.attempt(screen) as outcome:
            accounts.set_language(screen.ctx, language, key=form_key("frame-language"))
        if outcome.ok:
            renew_key("frame-language")
            st.rerun()


def _sign_out(screen: Screen) -> None:
    """End the session on the server. The gate then sends this and every other open tab of it to the sign-in page."""
    sessions.sign_out(screen.ctx, screen.sid, key=form_key(f"sign-out-{screen.sid}"))
    guard.signed_out()


@cache
def _web_file(name: str) -> str:
    return str(data_dir() / "web" / name)
