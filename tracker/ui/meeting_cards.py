"""Meetings as cards: when, where, what, and where they stand."""

from __future__ import annotations

from datetime import date

import streamlit as st
from sqlalchemy import Row

from tracker.domain.minguo import weekday_zh
from tracker.services.meeting_views import MeetingLine
from tracker.ui.components import date_text, days_left_text, escape
from tracker.ui.guard import Screen
from tracker.ui.pages import link

KINDS = {
    "presentation": ("Results presentation", "co_present"), "data_upload": ("Data upload", "cloud_upload"),
    "inspection": ("Inspection", "fact_check"), "discussion": ("Discussion meeting", "forum"), "other": ("Other event", "event"),
}  # fmt: skip
_STATES = {
    "planned": ("planned", "blue", "event_upcoming"),
    "held": ("held", "green", "event_available"),
    "cancelled": ("cancelled", "gray", "event_busy"),
}


def card(screen: Screen, line: MeetingLine) -> None:
    """One meeting in a list, with the way to its page."""
    t, row = screen.t, line.row
    with st.container(border=True, key=f"meeting-{row.id}"):
        badges(screen, row, line.open_items)
        title = f"**{escape(t.pick(row.title_zh, row.title_en))}**"
        st.markdown(f"~~{title}~~" if row.state == "cancelled" else title)
        st.markdown(when_where(screen, row))
        if line.may_run:
            st.caption(f"{escape(t.pick(row.programme_zh, row.programme_en))} · {count_text(screen, len(line.projects))}")
        link(screen, "meetings", label=t("Open the meeting"), icon=":material/arrow_forward:", meeting=row.id)


def badges(screen: Screen, row: Row, open_items: int) -> None:
    """Kind, state, and how many items are unsettled."""
    t = screen.t
    kind, icon = KINDS[row.kind]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(t(kind), color="violet", icon=f":material/{icon}:")
        msgid, colour, state_icon = _STATES[row.state]
        st.badge(t(msgid), color=colour, icon=f":material/{state_icon}:")
        if row.state == "planned" and row.held_on < screen.ctx.today:
            st.badge(t("the day has passed"), color="orange", icon=":material/pending:")
        if open_items:
            st.badge(t("{n} open items", n=open_items), color="orange", icon=":material/checklist:")


def when_where(screen: Screen, row: Row) -> str:
    """Day in both calendars with its weekday, time, place, and how far away it is."""
    parts = [f":material/schedule: {date_text(row.held_on)} {weekday(screen, row.held_on)} {row.starts_at or ''}".rstrip()]
    if row.place:
        parts.append(f":material/location_on: {escape(row.place)}")
    if row.state == "planned":
        parts.append(f"**{days_left_text(screen, row.held_on)}**")
    return " · ".join(parts)


def weekday(screen: Screen, day: date) -> str:
    """The weekday in words."""
    return screen.t.pick(weekday_zh(day), f"{day:%A}")


def count_text(screen: Screen, n: int) -> str:
    """How many projects take part."""
    return screen.t("1 project") if n == 1 else screen.t("{n} projects", n=n)


def iso_text(value: str) -> str:
    """A day kept as ISO text in a history, in both calendars."""
    return date_text(date.fromisoformat(value))
