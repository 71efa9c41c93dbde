"""Every screen there is: its file, its address, its name and whom it is for. Menus, links and tests read this table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlencode

import streamlit as st

from tracker.config import pages_dir
from tracker.services.viewer import Role, Viewer

if TYPE_CHECKING:
    from tracker.ui.guard import Screen

ANYONE: frozenset[Role] = frozenset()
_MEMBERS = frozenset({Role.PI, Role.CO_PI, Role.ASSISTANT})
_OFFICE = frozenset({Role.OFFICER, Role.CHIEF})
_EVERY_ROLE = frozenset(Role) - {Role.REVIEWER}  # a reviewer sees what she was given and no project as such


@dataclass(frozen=True)
class PageSpec:
    """One screen. `roles` empty: for everybody signed in. A hidden page needs an id and is reached by a link."""

    file: str
    url_path: str
    title_msgid: str
    icon: str
    roles: frozenset[Role]
    section_msgid: str
    hidden: bool = False

    def is_for(self, viewer: Viewer) -> bool:
        """Whether this screen exists for the viewer. What it shows is the services' business."""
        return not self.roles or bool(self.roles & viewer.roles)

    def address(self, **query: object) -> str:
        """The address inside the site, "/report?obligation=17": for mails and plain links."""
        return f"/{self.url_path}" + (f"?{urlencode(query)}" if query else "")


def _page(name: str, title: str, icon: str, roles: Iterable[Role], section: str, *, hidden: bool = False) -> PageSpec:
    return PageSpec(f"{name}.py", name, title, f":material/{icon}:", frozenset(roles), section, hidden)


_WORK, _OFFICE_WORK, _OVERVIEW, _SYSTEM = "My work", "Programme office", "Projects", "Installation"

#: In the order of the menu.
PAGES: tuple[PageSpec, ...] = (
    _page("must_do", "What I owe", "checklist", _MEMBERS, _WORK),
    _page("assignments", "Reports to review", "rate_review", {Role.REVIEWER}, _WORK),
    _page("waiting", "Waiting for me", "inbox_customize", _OFFICE, _OFFICE_WORK),
    _page("load", "Weeks ahead", "calendar_view_week", _OFFICE, _OFFICE_WORK),
    _page("portfolio", "Portfolio", "monitoring", _OFFICE | {Role.AUDITOR}, _OVERVIEW),
    _page("projects", "Projects", "folder_open", _EVERY_ROLE, _OVERVIEW),
    _page("approvals", "Approvals", "verified_user", _MEMBERS | _OFFICE, _OVERVIEW),
    _page("meetings", "Meetings and action items", "event", _EVERY_ROLE, _OVERVIEW),
    _page("outcomes", "Outcomes", "emoji_events", _EVERY_ROLE, _OVERVIEW),
    _page("programmes", "Programmes", "menu_book", ANYONE, _OVERVIEW),
    _page("dates", "Dates from documents", "edit_calendar", _OFFICE, _OFFICE_WORK),
    _page("calls", "Calls", "campaign", _OFFICE | {Role.AUDITOR}, _OFFICE_WORK),
    _page("inbox", "Inbox", "notifications", ANYONE, _WORK),
    _page("people", "People", "group", {Role.ADMINISTRATOR}, _SYSTEM),
    _page("hand_over", "Hand over", "swap_horiz", {Role.CHIEF, Role.ADMINISTRATOR}, _OFFICE_WORK),
    _page("deliveries", "Alerts and deliveries", "outgoing_mail", {Role.ADMINISTRATOR, Role.AUDITOR}, _SYSTEM),
    _page("channels", "Chat channels", "forum", {Role.ADMINISTRATOR}, _SYSTEM),
    _page("templates", "Words of alerts", "edit_note", {Role.ADMINISTRATOR}, _SYSTEM),
    _page("signals", "Signals", "crisis_alert", _OFFICE | {Role.ADMINISTRATOR, Role.AUDITOR}, _OFFICE_WORK),
    _page("silences", "Silences and pauses", "notifications_paused", _OFFICE | {Role.ADMINISTRATOR, Role.AUDITOR}, _OFFICE_WORK),
    _page("audit", "Audit trail", "history", {Role.ADMINISTRATOR, Role.AUDITOR}, _SYSTEM),
    _page("working_days", "Working days", "calendar_month", {Role.ADMINISTRATOR}, _SYSTEM),
    _page("health", "Health", "monitor_heart", {Role.ADMINISTRATOR}, _SYSTEM),
    _page("receipt", "Receipts", "receipt_long", ANYONE, _OVERVIEW),
    _page("account", "My account", "manage_accounts", ANYONE, _WORK),
    _page("report", "Report", "edit_document", _MEMBERS, _WORK, hidden=True),
    _page("review", "Review of a report", "rate_review", _OFFICE | {Role.REVIEWER}, _OFFICE_WORK, hidden=True),
    _page("project", "Project", "folder", _EVERY_ROLE, _OVERVIEW, hidden=True),
    _page("dossier", "Project dossier", "summarize", _EVERY_ROLE | {Role.REVIEWER}, _OVERVIEW, hidden=True),
    _page("call", "Board of a call", "checklist_rtl", _OFFICE | {Role.AUDITOR}, _OFFICE_WORK, hidden=True),
    _page("call_new", "Issue a call", "add_circle", _OFFICE, _OFFICE_WORK, hidden=True),
    _page("evaluation", "Evaluation and decision", "gavel", _OFFICE, _OFFICE_WORK, hidden=True),
)

_BY_NAME = {page.url_path: page for page in PAGES}


def page(name: str) -> PageSpec:
    """The screen with this address. Raises KeyError for an unknown one: a slip in our own code."""
    return _BY_NAME[name]


def screens_of(viewer: Viewer) -> list[PageSpec]:
    """The screens that exist for the viewer, in the order of the menu."""
    return [spec for spec in PAGES if spec.is_for(viewer)]


def start_of(viewer: Viewer) -> PageSpec:
    """Where she begins: what she owes, what waits for her, what she reviews, the portfolio, the installation's health, or her inbox."""
    names = ("must_do", "waiting", "assignments", "portfolio", "health", "inbox")
    return next(spec for spec in map(page, names) if spec.is_for(viewer))


def link(screen: Screen, name: str, *, label: str = "", icon: str | None = None, help: str | None = None, **query: object) -> None:
    """A link to a screen with parameters, or its label as plain text where the viewer has no such screen.

    `label` is finished text (user text in it goes through `components.escape`); empty: the screen's own title.
    """
    spec = page(name)
    text = label or screen.t(spec.title_msgid)
    if spec in screens_of(screen.viewer):
        st.page_link(target(screen, spec), label=text, icon=icon, help=help, query_params=_texts(query))
    else:
        st.markdown(text)


def named_link(screen: Screen, name: str, *, code: str, title: str, **query: object) -> None:
    """A link that shows a short code, with the title beside it: a title wraps where a link would be cut. Both are finished text."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        link(screen, name, label=f"**{code}**", **query)
        st.markdown(title, width="content")


def go(screen: Screen, name: str, **query: object) -> NoReturn:
    """Leave this screen for another one. Ends the run; call it outside `attempt`."""
    st.switch_page(target(screen, page(name)), query_params=_texts(query))


def target(screen: Screen, spec: PageSpec, title: str = "") -> st.Page:
    """The screen as Streamlit wants it, with an absolute path."""
    return st.Page(
        _path(spec.file),
        title=title or screen.t(spec.title_msgid),
        icon=spec.icon,
        url_path=spec.url_path,
        visibility="hidden" if spec.hidden else "visible",
    )


@lru_cache(maxsize=64)
def _path(file: str) -> str:
    return str(pages_dir() / file)


def _texts(query: dict[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in query.items() if value is not None}
