"""A field for one civil day in either calendar, which says at once how it was read and whether it is a working day."""

from __future__ import annotations

import streamlit as st

from tracker.domain.calendars import OutsideCalendar
from tracker.domain.minguo import DateTextError, parse_date
from tracker.ui.components import date_text, escape
from tracker.ui.guard import Screen


def day_field(screen: Screen, label_msgid: str, key: str, value: str = "") -> str:
    """What was typed; below it the day in both calendars with its weekday, and a word where nobody works on it."""
    typed = st.text_input(screen.t(label_msgid), value=value, key=key, placeholder="115-08-31 / 2026-08-31", max_chars=40)
    note = _read_as(screen, typed)
    if note:
        st.caption(note)
    return typed


def _read_as(screen: Screen, typed: str) -> str:
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
