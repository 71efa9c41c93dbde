"""The office's own clock on the portfolio and on the page of a project: how long it took to answer, against what it promised."""

from __future__ import annotations

import streamlit as st

from tracker.charts.style import percent
from tracker.services.office_clock import ProgrammeClock, ReportClock, programme_clocks, project_clocks
from tracker.ui import components as c
from tracker.ui.cache import cached
from tracker.ui.guard import Screen
from tracker.ui.periods import title_text

_NEWEST = 8
_STATES = {"open": "waits for an answer", "accepted": "accepted", "returned": "returned"}


def of_programmes(screen: Screen) -> None:
    """A tile for each programme of the viewer in which something was answered or waits."""
    found = cached(screen.ctx, "office.clocks", ("reports", "people"), lambda: programme_clocks(screen.ctx))
    if not found:
        return
    c.subheading(screen, "How the office keeps its own time")
    with st.grid(min_column_width=300, key="office_clocks"):
        for one in found:
            _tile(screen, one)


def _tile(screen: Screen, one: ProgrammeClock) -> None:
    t, figures = screen.t, one.figures
    with st.container(border=True, key=f"office-clock-{one.programme_id}"):
        st.markdown(f"**{c.escape(t.pick(one.title_zh, one.title_en))}**")
        if figures.median_waited is not None:
            st.markdown(t("Half of the answers came within {n} working days ({count} in a year).", n=f"{figures.median_waited:g}",
                          count=figures.answered))  # fmt: skip
        if figures.share is not None:
            st.markdown(t("{share} of the promised days were kept.", share=percent(figures.share)))
        waiting = t("{n} reports wait", n=figures.waiting)
        if figures.overdue:
            waiting += f" · :red[:material/hourglass_disabled: {t('{n} of them longer than promised', n=figures.overdue)}]"
        st.caption(waiting)


def of_project(screen: Screen, project_id: int) -> None:
    """Every answer of the office to a project, newest first, folded away unless one is late."""
    found = project_clocks(screen.ctx, project_id)
    if not found:
        return
    t = screen.t
    late = any(one.clock.late and one.state == "open" for one in found)
    with st.expander(t("How long the office took ({n})", n=len(found)), icon=":material/hourglass_top:", expanded=late):
        st.caption(t("The project's clock stops when it hands in; from there on the office's runs, in working days."))
        for one in found[:_NEWEST]:
            st.markdown(_line(screen, one))
        if len(found) > _NEWEST:
            st.caption(t("{n} older ones are not shown.", n=len(found) - _NEWEST))


def _line(screen: Screen, one: ReportClock) -> str:
    t, clock = screen.t, one.clock
    said = [
        f"**{title_text(screen, one.title_zh, one.title_en, one.period_label)}** · {t('Version {n}', n=one.version)}",
        t(_STATES[one.state]),
        t("{n} working days", n=clock.waited),
    ]
    if clock.due_on is not None:
        said.append(t("answer promised by {day}", day=c.date_text(clock.due_on)))
    if clock.late:
        said.append(f":red[{t('the office is {n} working days late', n=clock.over)}]")
    return "- " + " · ".join(said)
