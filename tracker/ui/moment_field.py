"""A day (in either calendar) and an hour in Taipei time, as one instant."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import streamlit as st

from tracker.clock import TAIPEI
from tracker.domain.minguo import roc
from tracker.services.day_fields import read_day
from tracker.services.errors import Problem
from tracker.ui.day_field import PLACEHOLDER, read_as
from tracker.ui.guard import Screen


def moment_field(
    screen: Screen, label_msgid: str, key: str, field: str, problems: list[Problem], *, days: int, hour: int = 8
) -> datetime | None:
    """The instant (aware) of a day and an hour as typed; at first `days` from today at `hour`.

    None after adding a problem that names `field`, where the day is missing or is none. Below it stands how the day was read.
    """
    t = screen.t
    start = roc(screen.ctx.today + timedelta(days=days))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        typed = st.text_input(t(label_msgid), value=start, key=f"{key}-day", placeholder=PLACEHOLDER)
        at = st.selectbox(t("Hour (Taipei)"), list(range(24)), index=hour, key=f"{key}-hour", format_func=lambda one: f"{one:02d}:00")
    day = read_day(field, typed, problems)
    if day is None:
        return None
    note = read_as(screen, typed)
    if note:
        st.caption(f"{note} {at:02d}:00")
    return datetime.combine(day, time(at), TAIPEI)
