"""Signs of life of who writes a report, and who else is there. Cheap: a row is written at most every ten seconds while she edits,
and every half minute while she only looks."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from tracker.clock import SystemClock
from tracker.services.errors import ServiceError
from tracker.services.report_presence import SEEN_FOR, Present, note_presence, who_is_here
from tracker.store.writing import StoreError
from tracker.ui.guard import Screen

EDITS_EVERY, LOOKS_EVERY = timedelta(seconds=10), timedelta(seconds=30)
LOOK_AGAIN = "15s"


def edited(screen: Screen, report_id: int, field: str) -> None:
    """She saved a field: the others see in which part, soon after."""
    section = st.session_state.get(_sections(report_id), {}).get(field, "")
    _note(screen, report_id, section, EDITS_EVERY)


def others(screen: Screen, report_id: int) -> tuple[Present, ...]:
    """Who else is here now; a sign of life goes out on the way. Nobody where the database is busy: writing matters more."""
    last = st.session_state.get(_last(report_id))
    now = SystemClock().now()
    section = last[1] if last and last[1] and now - last[2] < SEEN_FOR else ""
    _note(screen, report_id, section, LOOKS_EVERY)
    try:
        return who_is_here(screen.ctx, report_id, at=now)
    except (ServiceError, StoreError):
        return ()


def remember_sections(report_id: int, sections: dict[str, str]) -> None:
    """Which section every field is in, for the callbacks."""
    st.session_state[_sections(report_id)] = sections


def _note(screen: Screen, report_id: int, section: str, every: timedelta) -> None:
    now = SystemClock().now()
    last = st.session_state.get(_last(report_id))
    is_edit = every is EDITS_EVERY
    if last and now - last[0] < every and last[1] == section:
        return
    try:
        note_presence(screen.ctx, report_id, section, at=now)
    except (ServiceError, StoreError):
        return  # nobody misses a sign of life; the next one comes soon
    st.session_state[_last(report_id)] = (now, section, now if is_edit or last is None else last[2])


def _last(report_id: int) -> str:
    return f"report-presence-{report_id}"


def _sections(report_id: int) -> str:
    return f"report-sections-{report_id}"
