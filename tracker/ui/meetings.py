"""The screen of meetings and action items: what is coming, by month; for the office also the way to enter one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby

import streamlit as st

from tracker.services.meeting_views import MeetingLine, item_line, meeting_list, my_agenda, place_of, programmes_run
from tracker.ui import action_items, meeting_cards, meeting_form
from tracker.ui.components import empty_state, found, heading, subheading
from tracker.ui.guard import Screen
from tracker.ui.pages import link

COMING, PAST, ALL = "coming", "past", "all"
_PAGE = 30


def chosen(screen: Screen) -> tuple[int | None, int | None]:
    """The meeting or the action item in the address; an obligation in it leads to the one it belongs to. Neither: the whole list."""
    obligation_id = screen.optional_id_param("obligation")
    if obligation_id is None:
        return screen.optional_id_param("meeting"), screen.optional_id_param("item")
    with found(screen):
        what, number = place_of(screen.ctx, obligation_id)
    return (number, None) if what == "meeting" else (None, number)


def overview(screen: Screen) -> None:
    """Her own items first, then the meetings; the office may enter one."""
    heading(screen, "Meetings and action items")
    with found(screen):
        agenda = my_agenda(screen.ctx)
        lines = meeting_list(screen.ctx)
    if agenda.items or screen.viewer.project_ids:
        subheading(screen, "Open action items")
        if not agenda.items:
            empty_state(screen, "No action item is open.", action_items.WHERE_FROM)
        action_items.items(screen, agenda.items)
    subheading(screen, "Meetings and events")
    if programmes_run(screen.ctx):
        with st.expander(screen.t("Enter a meeting or an event"), icon=":material/add:", key="meeting-new"):
            meeting_form.new(screen)
    _list(screen, lines)


def one_item(screen: Screen, item_id: int) -> None:
    """One action item, with the way back to all of them."""
    heading(screen, "Action item")
    with found(screen):
        line = item_line(screen.ctx, item_id)
    action_items.card(screen, line)
    link(screen, "meetings", label=screen.t("All meetings and action items"), icon=":material/arrow_back:")


def _list(screen: Screen, lines: Sequence[MeetingLine]) -> None:
    if not lines:
        empty_state(
            screen,
            "No meeting was entered yet.",
            "Presentations, uploads, inspections and discussions appear here.",
        )
        return
    shown = _narrowed(screen, lines)
    if not shown:
        empty_state(screen, "No meeting fits this choice.", "Choose “All” or another month or kind.")
    first = 0
    if len(shown) > _PAGE:
        first = (st.pagination(-(-len(shown) // _PAGE), key="meetings-page") - 1) * _PAGE
    for month, members in groupby(shown[first : first + _PAGE], key=lambda line: line.row.held_on.replace(day=1)):
        st.markdown(f"#### {month_text(screen, month)}")
        for line in members:
            meeting_cards.card(screen, line)


def _narrowed(screen: Screen, lines: Sequence[MeetingLine]) -> list[MeetingLine]:
    """What the filter leaves: coming ones by day, past ones the newest first."""
    t = screen.t
    names = {COMING: t("Coming"), PAST: t("Past"), ALL: t("All")}
    when = st.segmented_control(
        t("Which meetings"), list(names), format_func=names.__getitem__, default=COMING, required=True, key="meetings-when",
        label_visibility="collapsed",
    )  # fmt: skip
    months = sorted({line.row.held_on.replace(day=1) for line in lines})
    with st.container(horizontal=True):
        month = st.selectbox(
            t("Month"), ["", *(one.isoformat() for one in months)], key="meetings-month",
            format_func=lambda one: month_text(screen, date.fromisoformat(one)) if one else t("every month"),
        )  # fmt: skip
        kind = st.selectbox(
            t("Kind"), ["", *meeting_cards.KINDS], key="meetings-kind",
            format_func=lambda one: t(meeting_cards.KINDS[one][0]) if one else t("every kind"),
        )  # fmt: skip
    today = screen.ctx.today
    shown = [
        line
        for line in lines
        if (not month or line.row.held_on.isoformat().startswith(month[:7])) and (not kind or line.row.kind == kind)
        and (when == ALL or (line.row.held_on >= today and line.row.state == "planned") == (when == COMING))
    ]  # fmt: skip
    return shown[::-1] if when == PAST else shown


def month_text(screen: Screen, month: date) -> str:
    """A month in both calendars, "115年10月 (2026-10)"."""
    return screen.t.pick(f"{month.year - 1911}年{month.month}月 ({month:%Y-%m})", f"{month:%B %Y} ({month.year - 1911}-{month:%m})")
