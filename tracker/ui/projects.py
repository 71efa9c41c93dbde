"""The list of projects: a search, cards with what matters today, and pages."""

from __future__ import annotations

import streamlit as st

from tracker.services.project_page import LIST_TOPICS, LONGEST_SEARCH, ProjectLine, ProjectList, project_list
from tracker.ui.cache import cached
from tracker.ui.components import date_text, days_left_text, empty_state, escape
from tracker.ui.guard import Screen
from tracker.ui.pages import link
from tracker.ui.words import PROJECT_STATUS_MSGIDS

PAGE_KEY = "projects_page"
SEARCH_KEY = "search"


def search_box(screen: Screen) -> str:
    """The text to search for; it stays in the address."""
    t = screen.t
    label = t("Search by code, title or organisation")
    typed = st.text_input(label, key=SEARCH_KEY, bind="query-params", icon=":material/search:", on_change=_first_page) or ""
    if len(typed.strip()) > LONGEST_SEARCH:
        st.caption(t("Only the first {n} characters are looked for.", n=LONGEST_SEARCH))
    return typed.strip()[:LONGEST_SEARCH]


def _first_page() -> None:
    st.session_state.pop(PAGE_KEY, None)


def read(screen: Screen, search: str) -> ProjectList:
    """The open page of the list."""
    given = st.session_state.get(PAGE_KEY) or st.query_params.get(PAGE_KEY, "1")
    number = int(given) if str(given).isascii() and str(given).isdigit() and len(str(given)) < 7 else 1
    return cached(screen.ctx, "projects", LIST_TOPICS, lambda: project_list(screen.ctx, search, number), search, number)


def show(screen: Screen, shown: ProjectList, search: str) -> None:
    """The page of projects, or what to do where there is none."""
    t = screen.t
    if not shown.total:
        if search:
            empty_state(screen, "No project matches.", "Search for another part of its code, title or organisation.")
        else:
            empty_state(screen, "There is no project for you yet.", "As soon as you belong to one, it appears here.")
        return
    st.caption(t("{n} projects", n=f"{shown.total:,}"))
    with st.grid(min_column_width=340, key="project_cards"):
        for line in shown.lines:
            _card(screen, line)
    if shown.pages > 1:
        st.pagination(shown.pages, default=1, key=PAGE_KEY, bind="query-params")


def _card(screen: Screen, line: ProjectLine) -> None:
    t = screen.t
    with st.container(border=True, height="stretch", key=f"project-{line.code}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(escape(line.code), width="content")
            if line.status != "active":
                st.badge(t(PROJECT_STATUS_MSGIDS[line.status]), color="gray")
            if line.late:
                st.badge(t("{n} late", n=line.late), color="red", icon=":material/error:")
            if line.unconfirmed:
                st.badge(t("{n} overdue, anchor not confirmed", n=line.unconfirmed), color="orange", icon=":material/help:")
        link(screen, "project", label=f"**{escape(t.pick(line.title_zh, line.title_en))}**", project=line.code)
        st.caption(f"{escape(line.organisation)} · {escape(t.pick(line.programme_zh, line.programme_en))}")
        st.caption(f"{date_text(line.start_on)} – {date_text(line.end_on)}")
        if line.owed:
            soon = (
                t("next on {day}, {left}", day=date_text(line.next_on), left=days_left_text(screen, line.next_on))
                if line.next_on
                else t("no dated duty ahead")
            )
            st.caption(t("{n} duties open, {next}", n=line.owed, next=soon))
        else:
            st.caption(t("Nothing is owed."))
