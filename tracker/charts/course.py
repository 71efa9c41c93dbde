"""The course of one indicator: what was reported, the target, and the straight way from the baseline to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

import plotly.graph_objects as go

from tracker.charts import style
from tracker.domain.minguo import both
from tracker.i18n import Translator


class Course(Protocol):
    """An indicator with its values by day; `row` has code, titles, unit, baseline and target."""

    @property
    def row(self) -> Any: ...
    @property
    def points(self) -> Sequence[tuple[date, Decimal]]: ...


def course_chart(course: Course, start: date, end: date, today: date, t: Translator) -> go.Figure:
    """A line a reported period over the term, its target dashed; for a card."""
    row = course.row
    target = f"{row.target:f} {style.plain(row.unit)}"
    chart = style.figure(height=200, top=22, bottom=40)
    chart.update_layout(showlegend=False)
    chart.add_scatter(
        x=[start, end], y=[float(row.baseline), float(row.target)], mode="lines", line={"color": style.PALE, "width": 1.5, "dash": "dot"},
        hoverinfo="skip",
    )  # fmt: skip
    chart.add_hline(
        y=float(row.target), line={"color": style.GREEN, "width": 1.2, "dash": "dash"},
        annotation={"text": t("target {target}", target=target), "font": {"size": 11, "color": style.GREEN}},
        annotation_position="top right",
    )  # fmt: skip
    if start <= today <= end:
        chart.add_vline(x=today, line={"color": style.VERMILLION, "width": 1, "dash": "dash"})
    days = [day for day, _ in course.points]
    chart.add_scatter(
        x=days,
        y=[float(value) for _, value in course.points],
        mode="lines+markers",
        line={"color": style.BLUE, "width": 2.5},
        marker={"size": 7},
        cliponaxis=False,
        customdata=[f"{both(day)}: {value:f} {style.plain(row.unit)}" for day, value in course.points],
        hovertemplate="%{customdata}<extra></extra>",
    )
    room = (end - start) * 0.08  # for the words under the first and the last day
    marks = [start, start + (end - start) / 2, end]
    chart.update_xaxes(
        type="date",
        range=[start - room, end + room],
        tickvals=marks,
        ticktext=[style.day_tick(day) for day in marks],
        tickangle=0,
        tickfont={"size": 11},
    )
    chart.update_yaxes(rangemode="tozero", nticks=4)
    return chart


def course_alt(course: Course, t: Translator) -> str:
    """The same in one sentence."""
    row = course.row
    title = f"{row.code} {t.pick(row.title_zh, row.title_en)}"
    target = f"{row.target:f} {row.unit}"
    if not course.points:
        return t("{title}: nothing reported yet, target {target}.", title=title, target=target)
    day, value = course.points[-1]
    return t("{title}: {value} on {day}, target {target}.", title=title, value=f"{value:f}", day=both(day), target=target)
