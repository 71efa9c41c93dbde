"""The weeks ahead of an office: what lands by kind, what was promised to be answered, and what it usually manages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import plotly.graph_objects as go

from tracker.charts import style
from tracker.domain.minguo import both
from tracker.domain.review_load import Week
from tracker.domain.statuses import Kind
from tracker.i18n import Translator

#: What an office gets to read, in six groups, from the bottom of the bar to the top.
GROUPS: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("Reports", style.BLUE, frozenset({Kind.INTERIM_REPORT, Kind.QUARTERLY_REPORT, Kind.FINAL_REPORT})),
    ("Replies to returns", style.PURPLE, frozenset({Kind.REPLY})),
    ("Closing of the accounts", style.GREEN, frozenset({Kind.EXPENDITURE_CLOSING})),
    ("Approvals", style.ORANGE, frozenset({Kind.APPROVAL_CATCH_UP, Kind.APPROVAL_RENEWAL})),
    ("Contract items", style.SKY, frozenset({Kind.CONTRACT_ITEM})),
    ("Calls and action items", style.GREY, frozenset({Kind.DATA_CALL, Kind.ACTION_ITEM})),
)


def weeks_chart(weeks: Sequence[Week], t: Translator) -> go.Figure:
    """Stacked bars, one a week; promised answers as marks, the usual amount as a dotted line that dips where working days are few."""
    chart = style.figure(height=340, top=70)
    mondays = [week.monday for week in weeks]
    spans = [_span(week, t) for week in weeks]
    for msgid, colour, kinds in GROUPS:
        counts = [sum(n for kind, n in week.by_kind if kind in kinds) for week in weeks]
        if any(counts):
            name = t(msgid)
            chart.add_bar(
                x=mondays, y=counts, name=name, marker={"color": colour, "line": {"width": 0}}, customdata=spans,
                hovertemplate=f"<b>%{{y}}</b> {name}<br>%{{customdata}}<extra></extra>",
            )  # fmt: skip
    if any(week.answers for week in weeks):
        name = t("Answers promised")
        chart.add_scatter(
            x=mondays, y=[week.answers or None for week in weeks], name=name, mode="markers", customdata=spans,
            marker={"symbol": "diamond", "size": 11, "color": style.VERMILLION, "line": {"width": 1, "color": "#FFFFFF"}},
            hovertemplate=f"<b>%{{y}}</b> {name}<br>%{{customdata}}<extra></extra>",
        )  # fmt: skip
    if any(week.usual is not None for week in weeks):
        name = t("Usually answered in a week")
        chart.add_scatter(
            x=mondays, y=[week.usual for week in weeks], name=name, mode="lines", line={"dash": "dot", "color": style.INK, "shape": "hvh"},
            hovertemplate=f"<b>%{{y:.0f}}</b> {name}<extra></extra>",
        )  # fmt: skip
    shown = mondays[:: max(1, len(mondays) // 4)]  # as many as a narrow screen holds side by side
    chart.update_layout(barmode="stack")
    chart.update_xaxes(tickvals=shown, ticktext=[style.day_tick(day) for day in shown], tickangle=0, title=t("Week from Monday"))
    chart.update_yaxes(title=t("Reviews"), rangemode="tozero", tickformat="d")
    return chart


def weeks_alt(weeks: Sequence[Week], t: Translator) -> str:
    """The same in words, for who cannot see it."""
    landing = sum(week.landing for week in weeks)
    if not landing:
        return t("Nothing lands in the next {n} weeks.", n=len(weeks))
    fullest = max(weeks, key=lambda week: week.landing)
    said = t("Landing in the next {weeks} weeks: {n}; the most, {most}, in the week from {day}.", n=landing, weeks=len(weeks),
             most=fullest.landing, day=both(fullest.monday))  # fmt: skip
    heavy = sum(week.heavy for week in weeks)
    return said + (("" if t.is_chinese else " ") + t("Weeks with more than usual: {n}.", n=heavy) if heavy else "")


def working_days_text(t: Translator, n: int) -> str:
    """How many working days a week has."""
    return t("1 working day") if n == 1 else t("{n} working days", n=n)


def _span(week: Week, t: Translator) -> str:
    days = working_days_text(t, week.working_days)
    return f"{week.label}<br>{both(week.monday)} – {both(week.monday + timedelta(days=6))}<br>{days}"
