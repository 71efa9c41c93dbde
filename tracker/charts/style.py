"""One look for every chart: few colours that stay apart for colour-blind readers, quiet axes, room for both calendars.

The colours are Okabe and Ito's. Where a colour alone would carry a meaning, a pattern, a symbol or a word carries it too.
"""

from __future__ import annotations

from datetime import date

import plotly.graph_objects as go

from tracker.domain.minguo import roc

BLUE, SKY, GREEN, ORANGE, VERMILLION, PURPLE = "#0072B2", "#56B4E9", "#009E73", "#E69F00", "#D55E00", "#CC79A7"
GREY, PALE = "#8A94A0", "#D5DBE1"
INK = "#5B6570"


def figure(*, height: int, left: int = 8, top: int = 8, bottom: int = 8) -> go.Figure:
    """An empty figure in the common style; colours of text and ground follow the theme of the page."""
    chart = go.Figure()
    chart.update_layout(
        height=height,
        margin={"l": left, "r": 8, "t": top, "b": bottom},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={
            "orientation": "h",
            "yanchor": "bottom",
            "y": 1.0,
            "xanchor": "left",
            "x": 0,
            "maxheight": 0.95,
            "traceorder": "normal",
            "font": {"size": 11},
        },
        hoverlabel={"align": "left"},
        dragmode=False,
        bargap=0.25,
    )
    chart.update_xaxes(showgrid=False, zeroline=False, automargin=True, fixedrange=True)
    chart.update_yaxes(gridcolor="rgba(128,138,148,0.18)", zeroline=False, automargin=True, fixedrange=True)
    return chart


def day_tick(day: date) -> str:
    """A day under an axis in both calendars, on two lines."""
    return f"{roc(day)}<br>{day.isoformat()}"


def percent(share: object) -> str:
    """A share from 0 to 1 in whole per cent, never rounded up to a target that was not reached."""
    return f"{int(share * 100)}%"  # type: ignore[operator]


def plain(text: str) -> str:
    """Text that a person wrote, without plotly's own markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def wrapped(text: str, units: int = 24, lines: int = 2) -> str:
    """A label on at most so many lines; a Chinese character is as wide as two Latin ones. What does not fit ends in an ellipsis."""
    made: list[str] = []
    rest = text.strip()
    while rest and len(made) < lines:
        end = _fitting(rest, units)
        if end < len(rest) and " " in rest[:end]:
            end = rest.rindex(" ", 0, end + 1)  # words stay whole where there are words
        made.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    if rest:
        made[-1] = made[-1][: _fitting(made[-1], units - 2)] + "…"
    return "<br>".join(plain(line) for line in made)


def _fitting(text: str, units: int) -> int:
    """How many characters fit."""
    width = 0
    for number, character in enumerate(text):
        width += 2 if ord(character) > 0x2E7F else 1
        if width > units:
            return number
    return len(text)
