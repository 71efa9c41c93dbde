"""The days around a report, shown together: what it observes, from when it can be handed in, until when, and the grace."""

from __future__ import annotations

from typing import Any

import streamlit as st

from tracker.services.report_windows import WindowView, window_view
from tracker.ui.components import date_text
from tracker.ui.guard import Screen


def show(screen: Screen, row: Any, *, told: bool = True) -> None:
    """A line with the days of an obligation (or of a report's row); `told`: say in full that it is not open yet."""
    t, view = screen.t, window_view(row, screen.ctx.today)
    parts = _parts(screen, view)
    if parts:
        st.caption(" · ".join(parts))
    if told and not view.is_open and view.opens_on is not None and screen.ctx.today < view.opens_on:
        said = t("It can be handed in from {day} on. Everything you write is kept until then.", day=date_text(view.opens_on))
        st.info(said, icon=":material/lock_clock:")


def _parts(screen: Screen, view: WindowView) -> list[str]:
    t, parts = screen.t, []
    if view.period_start_on is not None and view.period_end_on is not None:
        parts.append(t("Observed period: {start} – {end}", start=date_text(view.period_start_on), end=date_text(view.period_end_on)))
    if view.opens_on is not None:
        opened = screen.ctx.today >= view.opens_on
        parts.append(t("Open since {day}", day=date_text(view.opens_on)) if opened else t("Opens on {day}", day=date_text(view.opens_on)))
    if view.grace_until_on is not None:
        parts.append(t("Grace until {day}, but late after the legal day", day=date_text(view.grace_until_on)))
    return parts
