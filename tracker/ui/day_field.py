"""A field for one civil day in either calendar, which says at once how it was read and whether it is a working day."""

from __future__ import annotations

import streamlit as st

from tracker.domain.calendars import OutsideCalendar
from tracker.domain.minguo import DateTextError, parse_date
from tracker.ui.components import date_text, escape
from tracker.ui.guard import Screen

PLACEHOLDER = "115-08-31 / 2026-08-31"


def day_field(screen: Screen, label_msgid: str, key: str, value: str = "", *, keep: bool = False) -> str:
    """What was typed; below it the day in both calendars with its weekday, and a word where nobody works on it.

    `keep`: what was typed stays while she looks something up on another screen.
    """
    typed = st.text_input(
        screen.t(label_msgid), value=value, key=key, placeholder=PLACEHOLDER, persist_state="session" if keep else None
    ) or ""  # fmt: skip
    note = read_as(screen, typed)
    if note:
        st.caption(note)
    return typed


def read_as(screen: Screen, typed: str) -> str:
    """The day that was typed, in both calendars with its weekday and whether it is worked on; "" where it is no day."""
    t = screen.t
    if not typed.strip():
        return ""
    try:
        day = parse_date(typed)
        calendar = screen.ctx.calendar
        named = calendar.describe(day)
        works = calendar.is_working(day)
    except (DateTextError, OutsideCalendar):
        return ""  # the service names what is wrong when the form is sent
    text = f"{date_text(day)} {escape(t.pick(named.zh, named.en))}"
    return text if works else f":orange[:material/warning: {text} · {t('not a working day')}]"
