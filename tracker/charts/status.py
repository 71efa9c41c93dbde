"""Where the duties of each programme stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import plotly.graph_objects as go

from tracker.charts import style
from tracker.i18n import Translator


class Standing(Protocol):
    """One programme with its duties, each counted in one field."""

    code: str
    title_zh: str
    title_en: str
    late: int
    unconfirmed: int
    soon: int
    later: int
    undated: int
    waiting: int
    returned: int
    accepted: int


#: From what needs somebody today to what is done; the pattern tells unconfirmed lateness from lateness without colour.
PARTS: tuple[tuple[str, str, str, str], ...] = (
    ("late", "Late", style.VERMILLION, ""),
    ("unconfirmed", "Overdue (unconfirmed)", style.ORANGE, "/"),
    ("soon", "Due within 30 days", style.BLUE, ""),
    ("returned", "Returned", style.PURPLE, ""),
    ("waiting", "Waiting for us", style.SKY, ""),
    ("later", "Open, later", style.PALE, ""),
    ("undated", "Without a date", style.PALE, "."),
    ("accepted", "Accepted", style.GREEN, ""),
)
SHOWN = 12


def status_chart(programmes: Sequence[Standing], t: Translator, *, most: int = SHOWN) -> go.Figure:
    """One bar a programme, the one with most late duties on top; programmes beyond `most` share a bar."""
    ordered = sorted(programmes, key=lambda p: (p.late + p.unconfirmed, p.soon, p.code), reverse=True)
    shown, rest = list(ordered[:most]), ordered[most:]
    labels = [style.wrapped(t.pick(p.title_zh, p.title_en)) for p in shown] + ([t("{n} more programmes", n=len(rest))] if rest else [])
    chart = style.figure(height=210 + 48 * max(2, len(labels)), top=90)
    for name, msgid, colour, pattern in PARTS:
        counts = [getattr(p, name) for p in shown] + ([sum(getattr(p, name) for p in rest)] if rest else [])
        if any(counts):
            words = t(msgid)
            chart.add_bar(
                y=list(range(len(labels))),
                x=counts,
                name=words,
                orientation="h",
                customdata=labels,
                marker={
                    "color": colour,
                    "line": {"width": 0},
                    "pattern": {
                        "shape": pattern,
                        "fillmode": "overlay",
                        "fgcolor": "#FFFFFF" if name == "unconfirmed" else style.GREY,
                        "size": 5,
                    },
                },
                hovertemplate=f"<b>%{{x}}</b> {words}<br>%{{customdata}}<extra></extra>",
            )
    chart.update_layout(barmode="stack")
    chart.update_xaxes(title=t("Duties"), rangemode="tozero", tickformat="d", showgrid=True, gridcolor="rgba(128,138,148,0.18)")
    chart.update_yaxes(tickvals=list(range(len(labels))), ticktext=labels, autorange="reversed", showgrid=False)
    return chart


def status_alt(programmes: Sequence[Standing], t: Translator) -> str:
    """The same in one sentence."""
    if not programmes:
        return t("There are no duties yet.")
    worst = max(programmes, key=lambda p: (p.late, p.code))
    late = sum(p.late for p in programmes)
    if not late:
        return t("{n} programmes; no duty is late.", n=len(programmes))
    return t(
        "{n} programmes; {late} duties are late, {most} of them in “{title}”.",
        n=len(programmes),
        late=late,
        most=worst.late,
        title=t.pick(worst.title_zh, worst.title_en),
    )
