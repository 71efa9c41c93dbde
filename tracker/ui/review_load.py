"""The screen "Weeks ahead": figures, a chart with its table, who is away, and the list behind each week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from urllib.parse import quote

import streamlit as st
from sqlalchemy import Row

from tracker.charts.weeks_ahead import weeks_alt, weeks_chart, working_days_text
from tracker.charts.words import KIND_MSGIDS
from tracker.domain.review_load import Week, monday_from_label
from tracker.notify import wording
from tracker.services import review_load as service
from tracker.services.review_load import ROWS, WeekList, WeeksAhead
from tracker.ui import person_load
from tracker.ui.cache import cached
from tracker.ui.components import date_text, empty_state, escape, found, subheading
from tracker.ui.guard import Screen, nothing_here
from tracker.ui.pages import link

WEEK, LOOSE = "week", "loose"
_PROGRAMME, _OFFICER = "programme", "officer"


def read(screen: Screen) -> WeeksAhead:
    """What the address asks for, remembered until something that it is made of changes. A bad or foreign id shows the notice."""
    narrowed = _narrowed(screen)
    with found(screen):
        return cached(
            screen.ctx, "weeks.ahead", service.TOPICS, lambda: service.weeks_ahead(screen.ctx, **narrowed), tuple(narrowed.items())
        )  # fmt: skip


def show(screen: Screen, plan: WeeksAhead) -> None:
    """The whole screen."""
    t = screen.t
    st.caption(
        t("Counted by the date: where each report would land if everybody kept it. What is overdue may come any day and is counted apart.")
    )
    _filters(screen, plan)
    _figures(screen, plan)
    if plan.empty:
        empty_state(
            screen, "Nothing is on its way to you.",
            "Reports that fall due in the next {n} weeks appear here by themselves. Look at the portfolio for what comes later.",
            n=len(plan.weeks),
        )  # fmt: skip
        link(screen, "portfolio", icon=":material/monitoring:")
        return
    st.plotly_chart(weeks_chart(plan.weeks, t), key="chart-weeks", alt=weeks_alt(plan.weeks, t), config={"displayModeBar": False})
    st.caption(weeks_alt(plan.weeks, t))
    chosen = st.query_params.get(WEEK)
    if chosen is None:
        _weeks(screen, plan)
        person_load.show(screen, _narrowed(screen))
        return
    st.button(t("Back to all weeks"), icon=":material/arrow_back:", key="weeks-back", on_click=_close)
    _detail(screen, plan, chosen)


def _narrowed(screen: Screen) -> dict[str, int]:
    found_ids = {}
    for name, field in ((_PROGRAMME, "programme_id"), (_OFFICER, "officer_id")):
        if name in st.query_params:
            text = st.query_params[name]
            if not (text.isascii() and text.isdigit() and len(text) < 19):
                nothing_here(screen.t)
            found_ids[field] = int(text)
    return found_ids


def _filters(screen: Screen, plan: WeeksAhead) -> None:
    t, offered = screen.t, plan.offered
    programmes = {str(one): t.pick(zh, en) for one, _, zh, en in offered.programmes}
    with st.container(horizontal=True, key="weeks_filters"):
        if len(programmes) > 1:
            _filter(screen, _PROGRAMME, t("Programme"), programmes)
        if len(offered.officers) > 1:
            _filter(screen, _OFFICER, t("Officer in charge"), {str(one): name for one, name in offered.officers})


def _filter(screen: Screen, name: str, label: str, options: dict[str, str]) -> None:
    key, chosen = f"weeks_{name}", st.query_params.get(name)
    st.session_state[key] = chosen if chosen in options else None
    st.selectbox(
        label, [None, *options], key=key, on_change=_to_address, args=(name, key), width=280, placeholder=screen.t("All"),
        format_func=lambda one: screen.t("All") if one is None else options[one],
    )  # fmt: skip


def _to_address(name: str, key: str) -> None:
    chosen = st.session_state.get(key)
    if chosen is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = chosen


def _figures(screen: Screen, plan: WeeksAhead) -> None:
    t = screen.t
    with st.grid(min_column_width=164, key="weeks_figures"):
        st.metric(t("Will land in {n} weeks", n=len(plan.weeks)), f"{plan.landing:,}", border=True)
        st.metric(t("Already here"), f"{plan.here:,}", border=True, help=t("Handed in and not answered yet."))
        st.metric(t("Answer overdue"), f"{plan.late_answers:,}", border=True, help=t("The day that the office promised has passed."))
        st.metric(t("Overdue, any day"), f"{plan.overdue:,}", border=True, help=t("Late with the projects: it may land in any week."))
        st.metric(
            t("A usual week"), "—" if plan.usual is None else f"{plan.usual:g}", border=True,
            help=t("What was answered in a week: the median of the last half year, for five working days. A dash: too little to say."),
        )  # fmt: skip
    if plan.overdue or plan.late_answers or plan.unpromised:
        st.button(t("List what has no week"), icon=":material/list:", type="tertiary", key="weeks-loose", on_click=_open, args=(LOOSE,))


def _open(week: str) -> None:
    st.query_params[WEEK] = week


def _close() -> None:
    st.query_params.pop(WEEK, None)


def _weeks(screen: Screen, plan: WeeksAhead) -> None:
    """The table of what the chart draws: a card a week, which a telephone shows as well as a wide screen."""
    t = screen.t
    with st.grid(min_column_width=250, key="weeks_cards"):
        for week in plan.weeks:
            with st.container(border=True, height="stretch", key=f"week-{week.label}"):
                _card(screen, plan, week)
    st.caption(t("Working days are those of the administration's calendar, without closures of single counties."))


def _card(screen: Screen, plan: WeeksAhead, week: Week) -> None:
    t = screen.t
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{week.label}**", width="content")
        if week.working_days < 5:
            st.badge(working_days_text(t, week.working_days), color="orange", icon=":material/event_busy:")
        if week.heavy:
            st.badge(t("more than usual"), color="red", icon=":material/trending_up:")
    st.caption(f"{date_text(week.monday)} – {date_text(week.monday + timedelta(days=6))}")
    promised = f" · {t('Answers promised: {n}', n=week.answers)}" if week.answers else ""
    st.markdown(f"**{t('Landing: {n}', n=week.landing)}**{promised}")
    if week.by_kind:
        st.caption(t.pick("、", ", ").join(f"{t(KIND_MSGIDS[kind])} {count}" for kind, count in week.by_kind))
    if len(week.by_officer) > 1:
        names = (f"{escape(plan.names.get(one, '?')) if one else t('nobody in charge')} {count}" for one, count in week.by_officer[:4])
        st.caption(f":material/support_agent: {t.pick('、', ', ').join(names)}")
    for one in week.away:
        _away(screen, plan, week, one)
    if week.landing or week.answers:
        st.button(t("Show the list"), key=f"show-{week.label}", type="tertiary", icon=":material/list:", on_click=_open, args=(week.label,))


def _away(screen: Screen, plan: WeeksAhead, week: Week, one) -> None:
    t, name = screen.t, escape(plan.names.get(one.person_id, "?"))
    days = t("all week") if one.days == week.working_days else t("1 day") if one.days == 1 else t("{n} days", n=one.days)
    said = t("{name} is away ({days})", name=name, days=days)
    cover = plan.names.get(one.cover_id) if one.cover_id else None
    said += t.pick("，", "; ") + (t("{name} stands in", name=escape(cover)) if cover else t("nobody stands in"))
    st.markdown(f":{'orange' if cover else 'red'}[:material/event_busy:] {said}")


def _detail(screen: Screen, plan: WeeksAhead, chosen: str) -> None:
    """The list behind one week, or behind what has none."""
    t, narrowed = screen.t, _narrowed(screen)
    if chosen == LOOSE:
        with found(screen):
            listed = service.loose_list(screen.ctx, **narrowed)
        subheading(screen, "Without a week")
        titles = t("Late with the projects"), t("Here, late or without a promised day")
    else:
        monday = _monday(screen, chosen)
        with found(screen):
            listed = service.week_list(screen.ctx, monday, **narrowed)
        last = date_text(monday + timedelta(days=6))
        subheading(screen, "Week {label}, {first} – {last}", label=chosen, first=date_text(monday), last=last)
        for week in (one for one in plan.weeks if one.monday == monday):
            for one in week.away:
                _away(screen, plan, week, one)
        titles = t("Will land"), t("Here, answer promised for this week")
    _list(screen, "landing", titles[0], listed.landing)
    _list(screen, "answers", titles[1], listed.answers)
    _end(screen, listed)


def _monday(screen: Screen, label: str) -> date:
    try:
        return monday_from_label(label)
    except ValueError:
        nothing_here(screen.t)


def _end(screen: Screen, listed: WeekList) -> None:
    if not listed.landing and not listed.answers:
        empty_state(screen, "There is nothing in this week.", "Choose another week, or take back a filter.")
    if listed.more:
        st.caption(screen.t("The first {n} of each are shown; narrow it to an officer or a programme to see the others.", n=ROWS))


def _list(screen: Screen, name: str, title: str, rows: Sequence[Row]) -> None:
    """One table; the first column leads to where the reader works on it."""
    if not rows:
        return
    t = screen.t
    st.markdown(f"**{title} ({len(rows)})**")
    st.dataframe(
        [_cells(screen, row) for row in rows], hide_index=True, key=f"load-{name}", height="content", alt=f"{title}: {len(rows)}",
        column_config={t("Project"): st.column_config.LinkColumn(display_text=r"#(.+)$", width=150)},
    )  # fmt: skip


def _cells(screen: Screen, row: Row) -> dict[str, str]:
    t, code = screen.t, quote(row.code, safe="")
    to_review = row.status in ("submitted", "accepted") and row.report_id is not None
    address = f"/review?report={row.report_id}" if to_review else f"/project?project={code}"
    return {
        t("Project"): f"{address}#{row.code}",
        t("Day"): date_text(row.on),
        t("Duty"): f"{t.pick(row.title_zh, row.title_en)} {wording.period_text(t, row.period_label)}".strip(),
        t("Kind"): t(KIND_MSGIDS[row.kind]),
        t("Officer"): row.officer or t("nobody in charge"),
        t("Title"): t.pick(row.project_zh, row.project_en),
    }
