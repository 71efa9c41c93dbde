"""The whole life of one project: its years, duties, checkpoints, decisions and approvals on one axis of days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import plotly.graph_objects as go

from tracker.charts import style
from tracker.domain.minguo import both, roc
from tracker.domain.statuses import Lateness
from tracker.i18n import Translator


@dataclass(frozen=True, slots=True)
class Mark:
    """One day on a lane. `stands` decides colour and symbol; `text` says what it is; `file_by` draws the safe stretch before it."""

    lane: str
    day: date
    stands: str
    text: str
    file_by: date | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of days on a lane, such as the validity of an approval."""

    lane: str
    first: date
    last: date
    text: str


MOST_TICKS = 4

#: How a mark stands → (message id, colour, symbol). Symbols differ so that colour is never needed.
STANDS: dict[str, tuple[str, str, str]] = {
    Lateness.LATE: ("late", style.VERMILLION, "x"),
    Lateness.LATE_ANCHOR_UNCONFIRMED: ("Overdue (anchor date not confirmed)", style.ORANGE, "cross"),
    Lateness.DUE_TODAY: ("due today", style.BLUE, "star"),
    Lateness.NOT_DUE: ("not yet due", style.BLUE, "circle-open"),
    Lateness.SUBMITTED_ON_TIME: ("handed in on time", style.GREEN, "circle"),
    Lateness.SUBMITTED_LATE: ("handed in late", style.PURPLE, "triangle-up"),
    Lateness.SUBMITTED_LATE_ANCHOR_UNCONFIRMED: ("handed in after the date (anchor date not confirmed)", style.PURPLE, "triangle-up-open"),
    Lateness.RELEASED: ("no longer owed", style.GREY, "line-ns-open"),
    Lateness.NOT_A_DUTY: ("a reminder, not a duty", style.GREY, "diamond-open"),
    "met": ("met", style.GREEN, "square"),
    "partly_met": ("partly met", style.SKY, "square"),
    "not_met": ("not met", style.VERMILLION, "square-x"),
    "planned": ("planned", style.BLUE, "square-open"),
    "decided": ("decision", style.INK, "star-diamond"),
}


def timeline_chart(
    marks: Sequence[Mark],
    stretches: Sequence[Stretch],
    years: Sequence[tuple[str, date, date]],
    today: date,
    t: Translator,
    *,
    extended_from: date | None = None,
) -> go.Figure:
    """Lanes from top to bottom in the order of their first appearance; shaded project years; a line at today."""
    lanes = list(dict.fromkeys([*(m.lane for m in marks), *(s.lane for s in stretches)]))
    chart = style.figure(height=170 + 40 * max(2, len(lanes)), top=90)
    place = {lane: number for number, lane in enumerate(lanes)}
    _draw_years(chart, years)
    for stretch in stretches:
        _draw_stretch(chart, stretch, place[stretch.lane])
    _draw_safe_stretches(chart, marks, place)
    for stands, (msgid, colour, symbol) in STANDS.items():
        own = [mark for mark in marks if mark.stands == stands]
        if own:
            chart.add_scatter(
                x=[m.day for m in own],
                y=[place[m.lane] for m in own],
                mode="markers",
                name=t(msgid),
                text=[_hover(m) for m in own],
                marker={"color": colour, "symbol": symbol, "size": 12, "line": {"width": 2, "color": colour}},
                hovertemplate=f"%{{text}}<br>{t(msgid)}<extra></extra>",
            )
    days = [*(m.day for m in marks), *(d for s in stretches for d in (s.first, s.last)), *(d for _, a, b in years for d in (a, b)), today]
    first, last = min(days), max(days)
    _draw_day(chart, today, t("today"), style.VERMILLION, "solid", anchor=_anchor(today, first, last))
    if extended_from is not None:
        _draw_day(chart, extended_from, t("original end"), style.GREY, "dash", anchor=_anchor(extended_from, first, last), lift=14)
    room = max((last - first) // 25, timedelta(days=14))
    ticks = _ticks(first, last)
    chart.update_xaxes(
        type="date",
        range=[first - room, last + room],
        tickvals=ticks,
        ticktext=[style.day_tick(d) for d in ticks],
        tickangle=0,
        tickfont={"size": 11},
    )
    chart.update_yaxes(
        tickvals=list(place.values()), ticktext=[style.plain(lane) for lane in lanes], range=[len(lanes) - 0.15, -0.6], showgrid=True
    )
    chart.update_layout(hovermode="closest", legend={"y": 1.0 + 34 / (45 * max(2, len(lanes)))})  # above the words of the day lines
    return chart


def timeline_alt(marks: Sequence[Mark], today: date, t: Translator) -> str:
    """The same in one sentence."""
    ahead = sorted((m.day, m.text) for m in marks if m.day >= today)
    if not ahead:
        return t("{n} dates, none of them ahead.", n=len(marks))
    return t("{n} dates; next is “{what}” on {day}.", n=len(marks), what=ahead[0][1], day=both(ahead[0][0]))


def _hover(mark: Mark) -> str:
    safe = f"<br>≤ {both(mark.file_by)}" if mark.file_by and mark.file_by != mark.day else ""
    return f"<b>{style.plain(mark.text)}</b><br>{both(mark.day)}{safe}"


def _draw_years(chart: go.Figure, years: Sequence[tuple[str, date, date]]) -> None:
    for number, (label, first, last) in enumerate(years):
        chart.add_vrect(
            x0=first.isoformat(),
            x1=(last + timedelta(days=1)).isoformat(),
            line_width=0,
            layer="below",
            fillcolor="rgba(0,114,178,0.07)" if number % 2 == 0 else "rgba(128,138,148,0.05)",
        )
        middle = first + (last - first) / 2
        chart.add_annotation(
            x=middle.isoformat(),
            y=-0.02,
            yref="paper",
            yanchor="bottom",
            text=label,
            showarrow=False,
            font={"size": 11, "color": style.GREY},
        )


def _draw_stretch(chart: go.Figure, stretch: Stretch, lane: int) -> None:
    chart.add_scatter(
        x=[stretch.first, stretch.last],
        y=[lane, lane],
        mode="lines",
        line={"color": style.SKY, "width": 9},
        opacity=0.55,
        showlegend=False,
        text=[f"<b>{style.plain(stretch.text)}</b><br>{both(stretch.first)} – {both(stretch.last)}"] * 2,
        hovertemplate="%{text}<extra></extra>",
    )


def _draw_safe_stretches(chart: go.Figure, marks: Sequence[Mark], place: dict[str, int]) -> None:
    """From the safe filing day to the legal day, one trace for all: None breaks the line."""
    xs: list[date | None] = []
    ys: list[int | None] = []
    for mark in marks:
        if mark.file_by and mark.file_by < mark.day:
            xs += [mark.file_by, mark.day, None]
            ys += [place[mark.lane], place[mark.lane], None]
    if xs:
        chart.add_scatter(x=xs, y=ys, mode="lines", line={"color": style.INK, "width": 3}, showlegend=False, hoverinfo="skip")


def _draw_day(chart: go.Figure, day: date, text: str, colour: str, dash: str, *, anchor: str, lift: int = 0) -> None:
    chart.add_shape(
        type="line", x0=day.isoformat(), x1=day.isoformat(), y0=0, y1=1, yref="paper", line={"color": colour, "width": 1.5, "dash": dash}
    )
    chart.add_annotation(
        x=day.isoformat(),
        y=1,
        yref="paper",
        xanchor=anchor,
        yanchor="bottom",
        yshift=lift,
        text=f"{text} {roc(day)}",
        showarrow=False,
        font={"size": 11, "color": colour},
    )


def _anchor(day: date, first: date, last: date) -> str:
    """Where the words of a day line stand, so that none is cut off at an edge."""
    place = (day - first) / max(last - first, timedelta(days=1))
    return "left" if place < 0.15 else "right" if place > 0.85 else "center"


def _ticks(first: date, last: date) -> list[date]:
    """Beginnings of years, or of half years where there are few: never more than a narrow screen holds side by side."""
    for step in (6, 12, 24, 48, 96):
        days = [
            date(year, month, 1) for year in range(first.year, last.year + 1) for month in (1, 7) if (year * 12 + month - 1) % step == 0
        ]
        shown = [day for day in days if first <= day <= last]
        if len(shown) <= MOST_TICKS:
            return shown or [first]
    return [first, last]
