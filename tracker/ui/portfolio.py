"""The portfolio screen: filters that live in the address, figures that open their rows, three charts, the rows."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import plotly.graph_objects as go
import streamlit as st

from tracker.charts.attainment import attainment_alt, attainment_chart
from tracker.charts.load import load_alt, load_chart
from tracker.charts.status import status_alt, status_chart
from tracker.charts.style import percent
from tracker.charts.words import KIND_MSGIDS
from tracker.domain.approvals import EXPIRING_WITHIN
from tracker.domain.statuses import Kind
from tracker.services import portfolio as service
from tracker.services.portfolio import AT_RISK_BELOW, Choices, Figures, Filters, Portfolio
from tracker.services.portfolio_rows import FILE_ROWS, PortfolioRow, RowPage, View, portfolio_csv
from tracker.ui.cache import cached
from tracker.ui.components import date_text, days_left_text, empty_state, escape, instant_text, lateness_text, subheading
from tracker.ui.guard import Screen, nothing_here
from tracker.ui.words import date_and_safe_day

PAGE_KEY = "portfolio_page"
VIEW = "view"
FILTERS = ("programme", "officer", "kind")

VIEW_MSGIDS: dict[View, str] = {
    View.OWED: "Owed",
    View.LATE: "Late",
    View.UNCONFIRMED: "Overdue (anchor date not confirmed)",
    View.DUE_30: "Due within 30 days",
    View.DUE_60: "Due within 60 days",
    View.UNDATED: "Without a date",
    View.RETURNED: "Returned",
    View.WAITING: "Waiting for us",
    View.UNDISCHARGED: "Not yet at the funder",
    View.APPROVALS: "Approvals running out",
    View.AT_RISK: "Projects at risk",
}

#: What a card has no room for; its note says the rest.
_SHORT_MSGIDS = {View.UNCONFIRMED: "Unconfirmed"}


def choices(screen: Screen) -> Choices:
    """What the filters offer."""
    return cached(screen.ctx, "portfolio.choices", ("people", "programmes", "project"), lambda: service.filter_choices(screen.ctx))


def read(screen: Screen, filters: Filters) -> Portfolio:
    """Figures and chart data, remembered until something they are made of changes."""
    return cached(screen.ctx, "portfolio", service.TOPICS, lambda: service.portfolio(screen.ctx, filters), filters)


def filter_bar(screen: Screen, offered: Choices) -> Filters:
    """The filters as the address has them, with the boxes that change it. A value that is not on offer shows the notice."""
    titles = {code: screen.t.pick(zh, en) for code, zh, en in offered.programmes}
    names = {str(number): name for number, name in offered.officers}
    kinds = {kind.value: screen.t(KIND_MSGIDS[kind]) for kind in Kind}
    with st.container(horizontal=True, key="portfolio_filters"):
        programme = _filter(screen, "programme", "Programme", titles)
        officer = _filter(screen, "officer", "Officer in charge", names)
        kind = _filter(screen, "kind", "Kind of duty", kinds)
    return Filters(programme, int(officer) if officer else None, Kind(kind) if kind else None)


def _filter(screen: Screen, name: str, label: str, options: dict[str, str]) -> str | None:
    """One box. The address is the truth: a link or a bookmark sets the box, and a choice is written into the address."""
    chosen = st.query_params.get(name)
    if chosen is not None and chosen not in options:
        nothing_here(screen.t)
    key = f"portfolio_{name}"
    st.session_state[key] = chosen
    return st.selectbox(
        screen.t(label),
        [None, *options],
        format_func=lambda value: screen.t("All") if value is None else options[value],
        key=key,
        on_change=_to_address,
        args=(name, key),
        placeholder=screen.t("All"),
        width=260,
    )


def _to_address(name: str, key: str) -> None:
    value = st.session_state.get(key)
    st.session_state.pop(PAGE_KEY, None)
    if value is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value


def chosen_view(screen: Screen) -> View | None:
    """Whose rows the address asks for; None: nobody's yet."""
    return screen.choice_param(VIEW, View, View.OWED) if VIEW in st.query_params else None


def page_number() -> int:
    """The page of the rows that is open."""
    given = st.session_state.get(PAGE_KEY) or st.query_params.get(PAGE_KEY, "1")
    return int(given) if str(given).isascii() and str(given).isdigit() and len(str(given)) < 7 else 1


def figures(screen: Screen, shown: Figures, view: View | None) -> None:
    """The figures as a wall of cards; each opens its rows below."""
    t, today = screen.t, screen.ctx.today
    oldest = t("oldest {since}", since=days_left_text(screen, shown.late_since)) if shown.late_since else t("nothing is late")
    waits = t("oldest since {at}", at=instant_text(shown.waiting_since)) if shown.waiting_since else t("nothing waits")
    no_date = t("{n} of them without a date", n=shown.undated)
    card = _cards(screen, view)
    with st.grid(min_column_width=164, key="portfolio_figures"):
        card(View.LATE, shown.late, oldest)
        card(View.DUE_30, shown.due_30, t("until {day}", day=date_text(today + service.SOON)))
        card(View.DUE_60, shown.due_60, t("until {day}", day=date_text(today + service.NEXT)))
        card(View.OWED, shown.owed, no_date)
        card(View.UNCONFIRMED, shown.unconfirmed, t("anchor date not confirmed, not counted as late"))
        card(View.WAITING, shown.waiting, waits)
        card(View.RETURNED, shown.returned, t("with the project for correction"))
        card(View.UNDISCHARGED, shown.undischarged, t("handed in here, no receipt of the funder"))
        card(View.APPROVALS, shown.approvals, t("within {n} days", n=EXPIRING_WITHIN.days))
        card(View.AT_RISK, shown.at_risk, _attainment_note(screen, shown))


def _attainment_note(screen: Screen, shown: Figures) -> str:
    if shown.attainment is None:
        return screen.t("no checkpoint was due yet")
    return screen.t(
        "below {limit}; {n} running projects reached {share} on average",
        limit=percent(AT_RISK_BELOW),
        n=shown.measured,
        share=percent(shown.attainment),
    )


def _cards(screen: Screen, open_view: View | None) -> Callable[[View, int, str], None]:
    def card(view: View, count: int, note: str) -> None:
        with st.container(border=True, height="stretch", key=f"figure-{view.value}"):
            st.metric(screen.t(_SHORT_MSGIDS.get(view, VIEW_MSGIDS[view])), f"{count:,}")
            if note:
                st.caption(note)
            if view is open_view:
                st.caption(f":material/arrow_downward: {screen.t('shown below')}")
            elif count:
                st.button(screen.t("Show"), icon=":material/list:", key=f"show-{view.value}", type="tertiary", on_click=_open, args=(view,))

    return card


def _open(view: View) -> None:
    """Put the view into the address. A link to the page that is open would show its rows but leave the address as it was."""
    st.session_state.pop(PAGE_KEY, None)
    st.query_params[VIEW] = view.value


def _take_back_filters() -> None:
    st.session_state.pop(PAGE_KEY, None)
    for name in FILTERS:
        st.query_params.pop(name, None)


def charts(screen: Screen, shown: Portfolio) -> None:
    """Deadline load, status by programme, attainment by project and quarter."""
    t = screen.t
    subheading(screen, "Deadline load, next 26 weeks")
    _draw("load", load_chart(shown.load, t), load_alt(shown.load, t))
    subheading(screen, "Status by programme")
    _draw("status", status_chart(shown.programmes, t), status_alt(shown.programmes, t))
    subheading(screen, "Attainment by project and quarter")
    if not shown.trends:
        empty_state(screen, "No running project has a checkpoint planned by today.", "Enter checkpoints on the page of a project.")
        return
    _draw("attainment", attainment_chart(shown.trends, shown.quarters, t), attainment_alt(shown.trends, t))
    if shown.others and shown.others_mean is not None:
        st.caption(t("{n} more projects are doing better: {share} on average.", n=shown.others, share=percent(shown.others_mean)))
    st.caption(t("What counts is the officer's verdict and, where there is none yet, what the project reported last."))


def _draw(name: str, chart: go.Figure, alt: str) -> None:
    st.plotly_chart(chart, key=f"chart-{name}", alt=alt, config={"displayModeBar": False})


def row_list(screen: Screen, shown: RowPage, view: View, filters: Filters) -> None:
    """The rows behind one figure, their pages, and all of them as a file."""
    t = screen.t
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.subheader(f"{t(VIEW_MSGIDS[view])}: {shown.total:,}", anchor="rows")
        if shown.total:
            st.download_button(
                t("Download as CSV"),
                data=lambda: portfolio_csv(screen.ctx, filters, view, t),
                file_name=f"milepost-{view.value}-{screen.ctx.today.isoformat()}.csv",
                mime="text/csv",
                icon=":material/download:",
                on_click="ignore",
                key="portfolio_csv",
                help=t("At most {n} rows.", n=f"{FILE_ROWS:,}"),
            )
    if not shown.total:
        empty_state(screen, "There is nothing here.", "Choose another figure, or take back a filter.")
        return
    st.dataframe(
        [_cells(screen, row, view) for row in shown.rows],
        hide_index=True,
        key="portfolio_rows",
        height="content",
        column_config={t("Project"): st.column_config.LinkColumn(display_text=r"project=([^&]+)", width=150)},
        alt=t("{n} rows", n=len(shown.rows)),
    )
    if shown.pages > 1:
        st.pagination(shown.pages, default=1, key=PAGE_KEY, bind="query-params")


def _cells(screen: Screen, row: PortfolioRow, view: View) -> dict[str, str]:
    t = screen.t
    cells = {t("Project"): f"/project?project={quote(row.code, safe='')}"}
    if view is View.AT_RISK:
        cells[t("Attainment")] = percent(row.share or 0)
    elif view is View.APPROVALS:
        cells[t("Duty")] = row.what_zh
        cells[t("Valid until")] = date_and_safe_day(screen, row.due_on, None)
        cells[t("Stands")] = days_left_text(screen, row.due_on)
    else:
        cells[t("Duty")] = f"{t.pick(row.what_zh, row.what_en)} {row.period}".strip()
        cells[t("Due")] = date_and_safe_day(screen, row.due_on, row.file_by_on)
        cells[t("Stands")] = _standing(screen, row, view)
    cells[t("Title")] = t.pick(row.project_zh, row.project_en)
    cells[t("Organisation")] = row.organisation
    cells[t("Officer")] = row.officer
    return cells


def _standing(screen: Screen, row: PortfolioRow, view: View) -> str:
    if view is View.WAITING and row.waits_since:
        return screen.t("waits since {at}", at=instant_text(row.waits_since))
    words = lateness_text(screen, row.stands) if row.stands else ""
    return f"{words}, {days_left_text(screen, row.due_on)}" if row.due_on and row.status == "open" else words


def filters_in_words(screen: Screen, filters: Filters, offered: Choices) -> None:
    """One line that says what the figures are narrowed to, with the way back."""
    if filters == Filters():
        return
    titles = {code: screen.t.pick(zh, en) for code, zh, en in offered.programmes}
    parts = [titles.get(filters.programme or "", ""), dict(offered.officers).get(filters.officer or 0, "")]
    parts.append(screen.t(KIND_MSGIDS[filters.kind]) if filters.kind else "")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(screen.t("Narrowed to {what}", what=" · ".join(escape(part) for part in parts if part)))
        st.button(
            screen.t("Take back all filters"),
            icon=":material/filter_alt_off:",
            key="take_back",
            type="tertiary",
            on_click=_take_back_filters,
        )
