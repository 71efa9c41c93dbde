"""Attainment by project and quarter, the projects that need attention on top."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol

import plotly.graph_objects as go

from tracker.charts import style
from tracker.domain.minguo import ROC_OFFSET, both
from tracker.i18n import Translator


class Trend(Protocol):
    """One project with its share, 0 to 1, today and at the end of each quarter (None: nothing planned by then)."""

    code: str
    title_zh: str
    title_en: str
    share: Decimal
    by_quarter: Sequence[Decimal | None]


class Quarter(Protocol):
    """A calendar quarter; `label` is like "2026Q3"."""

    label: str
    end: date


#: Orange and blue stay apart for every kind of colour blindness; the turn lies where a project begins to be at risk.
_SCALE = ((0.0, style.VERMILLION), (0.45, "#F2C59B"), (0.7, "#EEF1F4"), (0.85, "#9CC7E3"), (1.0, style.BLUE))


def attainment_chart(trends: Sequence[Trend], quarters: Sequence[Quarter], t: Translator) -> go.Figure:
    """A row a project, a column a quarter, the share written into each cell."""
    chart = style.figure(height=120 + 26 * max(2, len(trends)))
    rows = [[None if share is None else float(share) for share in trend.by_quarter] for trend in trends]
    written = [["" if share is None else style.percent(share) for share in trend.by_quarter] for trend in trends]
    labels = [style.plain(trend.code) for trend in trends]
    hover = [[_hover(trend, quarter.end, t) for quarter in quarters] for trend in trends]
    chart.add_heatmap(
        z=rows,
        x=[quarter_tick(quarter.label) for quarter in quarters],
        y=labels,
        text=written,
        texttemplate="%{text}",
        customdata=hover,
        hovertemplate="<b>%{text}</b> %{customdata}<extra></extra>",
        colorscale=_SCALE,
        zmin=0,
        zmax=1,
        xgap=3,
        ygap=3,
        hoverongaps=False,
        showscale=False,
    )
    chart.update_xaxes(
        side="top", type="category", tickangle=0, tickfont={"size": 11}, title=t("Attainment of what was planned by the end of the quarter")
    )
    chart.update_yaxes(autorange="reversed", type="category", showgrid=False)
    return chart


def attainment_alt(trends: Sequence[Trend], t: Translator) -> str:
    """The same in one sentence."""
    if not trends:
        return t("No running project has a checkpoint planned by today.")
    worst = min(trends, key=lambda trend: trend.share)
    return t(
        "{n} projects by attainment; the lowest is {code} with {share}.", n=len(trends), code=worst.code, share=style.percent(worst.share)
    )


def quarter_tick(label: str) -> str:
    """115, 2026 and Q3 under each other: three short lines fit a narrow screen."""
    year, _, number = label.partition("Q")
    return f"{int(year) - ROC_OFFSET}<br>{year}<br>Q{number}"


def _hover(trend: Trend, end: date, t: Translator) -> str:
    title = _short(t.pick(trend.title_zh, trend.title_en))
    return f"{style.plain(trend.code)}<br>{style.plain(title)}<br>{t('by {day}', day=both(end))}"


def _short(title: str) -> str:
    return title if len(title) <= 40 else f"{title[:39]}…"
