"""The screen of the working days: a year at a glance, bringing in a table, closures by county, and what was brought in before."""

from __future__ import annotations

import calendar as months
from collections.abc import Iterable
from datetime import date

import streamlit as st

from tracker.domain.calendars import COUNTIES
from tracker.services.date_moves import moved_lately, said
from tracker.services.working_day_years import YearDay, YearView, year_view
from tracker.ui import language_switch, working_day_changes
from tracker.ui.components import date_text, empty_state, escape, found, instant_text, subheading
from tracker.ui.guard import Screen
from tracker.ui.pages import link

_ORIGINS = {
    "imported": ("official, brought in here", "green", "verified"),
    "official": ("official, shipped", "green", "verified"),
    "computed": ("worked out by a program", "orange", "calculate"),
    "projected": ("provisional: not published yet", "orange", "help"),
}
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MARKS = {"off": ":red[**{n}**]", "make_up": ":blue-background[**{n}**]", "closed": ":orange-background[**{n}**]", "named": "{n}"}
_SHOWN_MOVES = 50


def show(screen: Screen) -> None:
    """The whole screen, in tabs."""
    t = screen.t
    names = [t("A year"), t("Bring in a table"), t("Closures"), t("Brought in before")]
    year, table, closed, history = language_switch.tabs(screen, "working-days", names)
    with year:
        _year(screen)
    with table:
        working_day_changes.bring_in(screen)
    with closed:
        working_day_changes.close(screen)
    with history:
        working_day_changes.history(screen)
        _moves(screen)


def _year(screen: Screen) -> None:
    t = screen.t
    today = screen.ctx.today
    with found(screen):
        first = year_view(screen.ctx, year=today.year)
    years = list(range(first.first_year, first.last_year + 1))
    chosen = st.selectbox(
        t("Year"), years, index=years.index(first.year), key="working-year", format_func=lambda one: f"{one - 1911} ({one})"
    )
    with found(screen):
        view = first if chosen == first.year else year_view(screen.ctx, year=chosen)
    _standing(screen, view)
    with st.grid(min_column_width=320, key="working-months"):
        for month in range(1, 13):
            _month(screen, view, month)


def _standing(screen: Screen, view: YearView) -> None:
    t = screen.t
    msgid, colour, icon = _ORIGINS[view.origin]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(t(msgid), color=colour, icon=f":material/{icon}:")
        st.markdown(t("{n} working days", n=view.working_days), width="content")
    if view.source:
        st.caption(t("Source: {source}", source=escape(view.source)))
    st.caption(
        t("Published and checked through {day}. Working-day calendar: {version}", day=date_text(view.official_through),
          version=escape(view.version))
    )  # fmt: skip
    st.caption(t("Red: a day off from Monday to Friday. Blue: a make-up working day. Orange: offices closed in some counties."))
    if view.origin == "projected":
        st.info(t("Dates in this year are marked provisional. Bring in the official table as soon as it is published, usually in June."))
    if not view.applied:
        st.warning(t("Stored dates are being brought to these working days; the worker needs a moment."), icon=":material/sync:")


def _month(screen: Screen, view: YearView, month: int) -> None:
    t = screen.t
    marked = {day.on: day for day in view.days if day.on.month == month and day.kind != "closed"}
    closed = [day for day in view.days if day.on.month == month and day.kind == "closed"]
    shown = {on: day.kind for on, day in marked.items()} | {day.on: "closed" for day in closed}
    with st.container(border=True, key=f"month-{month}"):
        st.markdown(f"**{t.pick(f'{month} 月', months.month_name[month])}**")
        st.markdown(_grid(screen, view.year, month, shown))
        lines = [_line(screen, day) for day in sorted([*marked.values(), *closed], key=lambda day: day.on)]
        if lines:
            st.caption("  \n".join(lines))


def _grid(screen: Screen, year: int, month: int, shown: dict[date, str]) -> str:
    t = screen.t
    lines = [
        " | ".join(t.pick(t(name), name[:2]) for name in _WEEKDAYS),  # seven of them on a telephone
        " | ".join([":-:"] * 7),
    ]
    for week in months.Calendar(firstweekday=0).monthdatescalendar(year, month):
        lines.append(" | ".join(_cell(day, month, shown) for day in week))
    return "\n".join(f"| {line} |" for line in lines)


def _cell(day: date, month: int, shown: dict[date, str]) -> str:
    if day.month != month:
        return " "
    if day in shown and shown[day] != "named":
        return _MARKS[shown[day]].format(n=day.day)
    return f":gray[{day.day}]" if day.weekday() >= 5 else str(day.day)


def _line(screen: Screen, day: YearDay) -> str:
    t = screen.t
    name = escape(t.pick(day.name.zh, day.name.en))
    if day.kind == "closed":
        return f"{day.on.month}/{day.on.day} {name}{t.pick('：', ': ')}{counties_text(screen, day.counties)}"
    return f"{day.on.month}/{day.on.day} {name}"


def counties_text(screen: Screen, counties: Iterable[str]) -> str:
    """Counties in the reader's language."""
    return screen.t.pick("、", ", ").join(screen.t.pick(county, COUNTIES.get(county, county)) for county in counties)


def _moves(screen: Screen) -> None:
    t = screen.t
    subheading(screen, "Days that moved")
    rows = moved_lately(screen.ctx, limit=_SHOWN_MOVES)
    if not rows:
        empty_state(
            screen, "No day has moved with the working days yet.", "What moves is listed here, with the day before and the day since."
        )
    for move in rows:
        old, new = said(move)
        with st.container(border=True):
            link(screen, "project", label=f"**{escape(move.project_code)}**", project=move.project_code)
            which = t("Legal last day" if move.old_due_on != move.new_due_on else "Last safe day to file")
            st.markdown(f"{escape(t.pick(move.title_zh, move.title_en))}  \n{which}{t.pick('：', ': ')}~~{old}~~ → **{new}**")
            st.caption(instant_text(move.moved_at) + (f" · {t('came nearer')}" if move.nearer else ""))
