"""The course of a project's indicators: one value for each reported period, summed up where the indicator counts by period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, Row

from tracker.clock import civil_day
from tracker.store import q_dossier, q_reports


@dataclass(frozen=True)
class IndicatorCurve:
    """An indicator with its values by day, oldest first: of the period's end, or of the handing in where that came before.

    Of one that counts by period and should grow, the values are sums from the beginning; the row has baseline, target and unit.
    """

    row: Row
    points: tuple[tuple[date, Decimal], ...]

    @property
    def actual(self) -> Decimal | None:
        """The newest value; None: none was reported yet."""
        return self.points[-1][1] if self.points else None

    @property
    def reached(self) -> bool:
        """Whether the newest value is at its target or beyond."""
        if self.actual is None:
            return False
        return self.actual <= self.row.target if self.row.good == "down" else self.actual >= self.row.target


def curves(conn: Connection, project_id: int, start_on: date) -> tuple[IndicatorCurve, ...]:
    """The curve of every indicator of a project. The caller has authorised."""
    values: dict[int, dict[int, tuple[date, Decimal]]] = {}
    for row in q_dossier.measured(conn, project_id):
        day = civil_day(row.submitted_at)
        if row.period_end_on is not None:
            day = max(start_on, min(day, row.period_end_on))
        values.setdefault(row.indicator_id, {})[row.obligation_id] = (day, row.actual)  # a later version replaces its own value
    return tuple(IndicatorCurve(row, _points(row, values.get(row.id, {}))) for row in q_reports.indicators(conn, project_id))


def _points(row: Row, by_period: dict[int, tuple[date, Decimal]]) -> tuple[tuple[date, Decimal], ...]:
    ordered = sorted(by_period.values(), key=lambda point: point[0])
    if row.counting != "incremental" or row.good != "up":
        return tuple(ordered)
    total, summed = Decimal(0), []
    for day, value in ordered:
        total += value
        summed.append((day, total))
    return tuple(summed)
