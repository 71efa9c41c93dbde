"""The drawings of a printed dossier as plain figures: where each mark and point lies, as shares from 0 to 1. The template draws them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from tracker.domain.minguo import roc
from tracker.i18n import Translator
from tracker.services.dossier import Dossier
from tracker.services.dossier_words import TONES
from tracker.services.project_curves import IndicatorCurve
from tracker.services.words import number


def timeline(d: Dossier, t: Translator) -> dict[str, Any]:
    """The term with its years, today, and a lane each for reports, checkpoints and decisions."""
    first, last = d.head.start_on, max(d.head.end_on, d.head.start_on)
    days = [*(line.row.due_on for line in d.reports), *(line.row.planned_on for line in d.checkpoints), *_decided(d)]
    last = max([last, *(one for one in days if one is not None)])
    span = max((last - first).days, 1)

    def place(one: date) -> float:
        return round(min(max((one - first).days / span, 0), 1), 4)

    reports = [
        {"x": place(line.row.due_on), "tone": TONES.get(line.stands, "quiet"), "full": line.row.status != "open"}
        for line in d.reports
        if line.row.due_on is not None
    ]
    checkpoints = [
        {
            "x": place(line.row.planned_on),
            "tone": TONES.get(line.verdict.verdict, "quiet") if line.verdict is not None else "quiet",
            "full": line.verdict is not None,
        }
        for line in d.checkpoints
    ]
    decisions = [{"x": place(one), "tone": "plain", "full": True} for one in _decided(d)]
    lanes = [(t("Reports"), "circle", reports), (t("Checkpoints"), "square", checkpoints), (t("Decisions"), "diamond", decisions)]
    return {
        "years": [
            {"from": place(year.start_on), "to": place(year.end_on), "text": t("Year {n}", n=year.number), "odd": year.number % 2 == 1}
            for year in d.years
        ],
        "today": place(d.day) if first <= d.day <= last else None,
        "today_text": t("today"),
        "ends": [roc(first), roc(last)],
        "lanes": [{"name": name, "shape": shape, "marks": marks} for name, shape, marks in lanes if marks],
    }


def _decided(d: Dossier) -> Iterable[date]:
    return [line.row.decided_on for line in d.evaluations if line.row.decided_on is not None]


def curve(one: IndicatorCurve, d: Dossier, t: Translator) -> dict[str, Any]:
    """One indicator: its points, its target, and the straight way from the baseline to the target at the end of the term."""
    row, first = one.row, d.head.start_on
    span = max((max([d.head.end_on, *(point[0] for point in one.points)]) - first).days, 1)
    low, high = _range([row.baseline, row.target, *(value for _, value in one.points)])

    def x(day: date) -> float:
        return round(min(max((day - first).days / span, 0), 1), 4)

    def y(value: Decimal) -> float:
        return round(float((value - low) / (high - low)), 4)

    return {
        "code": row.code,
        "title": t.pick(row.title_zh, row.title_en),
        "now": number(one.actual),
        "unit": row.unit,
        "tone": "good" if one.reached else "accent",
        "target_text": t("target {target}", target=f"{number(row.target)} {row.unit}"),
        "empty": "" if one.points else t("nothing reported yet"),
        "points": [{"x": x(day), "y": y(value), "text": number(value)} for day, value in one.points],
        "baseline": y(row.baseline),
        "target": y(row.target),
        "today": x(d.day) if first <= d.day <= d.head.end_on else None,
        "end": x(d.head.end_on),
        "marks": [number(low), number(high)],
        "ends": [roc(first), roc(d.head.end_on)],
    }


def _range(values: list[Decimal]) -> tuple[Decimal, Decimal]:
    """A scale that begins at nothing where nothing is below it, and never has no height."""
    low, high = min(Decimal(0), *values), max(values)
    return (low, high) if high > low else (low, low + 1)
