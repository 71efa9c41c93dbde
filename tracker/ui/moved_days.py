"""That a day moved because the working days did: the day before and the day since, at the duty itself."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from tracker.services.date_moves import DayMove, said
from tracker.ui.components import instant_text
from tracker.ui.guard import Screen


def show(screen: Screen, moves: Sequence[DayMove]) -> None:
    """One line for each move, newest first; nothing where the day never moved."""
    t = screen.t
    for move in reversed(moves):
        old, new = said(move)
        st.markdown(f":material/event_repeat: {t('Moved with the working days: ~~{old}~~ → **{new}**', old=old, new=new)}")
        st.caption(instant_text(move.moved_at) + (f" · {t('came nearer')}" if move.nearer else ""))
