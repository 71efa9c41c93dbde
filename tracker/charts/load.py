"""The deadline load: open duties by the week in which they fall due, stacked by what they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Protocol

import plotly.graph_objects as go

from tracker.charts import style
from tracker.domain.minguo import both
from tracker.domain.statuses import Kind
from tracker.i18n import Translator


class Week(Protocol):
    """A week from Monday with its open duties by kind."""

    @property
    def monday(self) -> date: ...
    @property
    def by_kind(self) -> Sequence[tuple[str, int]]: ...


#: Thirteen kinds are too many colours: six groups, from the bottom of the bar to the top.
GROUPS: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("Reports", style.BLUE, frozenset({Kind.INTERIM_REPORT, Kind.QUARTERLY_REPORT, Kind.FINAL_REPORT})),
    ("Replies to returns", style.PURPLE, frozenset({Kind.REPLY})),
    ("Closing of the accounts", style.GREEN, frozenset({Kind.EXPENDITURE_CLOSING})),
    ("Approvals", style.ORANGE, frozenset({Kind.APPROVAL_CATCH_UP, Kind.APPROVAL_RENEWAL})),
    ("Contract items", style.SKY, frozenset({Kind.CONTRACT_ITEM})),
    (
        "Other",
        style.GREY,
        frozenset({Kind.YEAR_END_NOTICE, Kind.CHECKPOINT, Kind.EVALUATION, Kind.DATA_CALL, Kind.MEETING, Kind.ACTION_ITEM}),
    ),
)


def load_chart(weeks: Sequence[Week], t: Translator) -> go.Figure:
    """Stacked bars, one a week; a group that never occurs has no place in the legend."""
    chart = style.figure(height=340, top=60)
    mondays = [week.monday for week in weeks]
    spans = [f"{both(monday)} – {both(monday + timedelta(days=6))}" for monday in mondays]
    for msgid, colour, kinds in GROUPS:
        counts = [sum(n for kind, n in week.by_kind if kind in kinds) for week in weeks]
        if any(counts):
            name = t(msgid)
            chart.add_bar(
                x=mondays,
                y=counts,
                name=name,
                marker={"color": colour, "line": {"width": 0}},
                customdata=spans,
                hovertemplate=f"<b>%{{y}}</b> {name}<br>%{{customdata}}<extra></extra>",
            )
    shown = mondays[::6]  # as many as a narrow screen holds side by side
    chart.update_layout(barmode="stack")
    chart.update_xaxes(
        tickvals=shown, ticktext=[style.day_tick(day) for day in shown], tickangle=0, title=t("Week of the last legal day (Monday)")
    )
    chart.update_yaxes(title=t("Open duties"), rangemode="tozero", tickformat="d")
    return chart


def load_alt(weeks: Sequence[Week], t: Translator) -> str:
    """The same in one sentence, for who cannot see it."""
    totals = [(sum(n for _, n in week.by_kind), week.monday) for week in weeks]
    if not any(n for n, _ in totals):
        return t("Nothing falls due in the next 26 weeks.")
    most, monday = max(totals, key=lambda total: total[0])
    return t(
        "{n} open duties fall due in the next 26 weeks; most of them, {most}, in the week from {day}.",
        n=sum(n for n, _ in totals),
        most=most,
        day=both(monday),
    )
