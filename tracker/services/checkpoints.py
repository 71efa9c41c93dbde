"""The quantified checkpoints and indicators of an approved plan, entered before the reports that measure them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Invalid, Problem
from tracker.services.office import authorise_office
from tracker.services.policy import Act
from tracker.services.text_fields import read_lines
from tracker.store import tables as t
from tracker.store.writing import Tx

_CHECKPOINT_LINES = {"code": 40, "title_zh": 200, "title_en": 200, "unit": 40, "success_test": 1000, "evidence_wanted": 1000}
_INDICATOR_LINES = {"code": 40, "title_zh": 200, "title_en": 200, "unit": 40}
_LARGEST_NUMBER = Decimal(10) ** 18


@dataclass(frozen=True)
class CheckpointEntry:
    """A quantified milestone (查核點): `target` in `unit`, with `weight` in the attainment, planned for a civil day."""

    code: str
    title_zh: str
    target: Decimal
    unit: str
    weight: Decimal
    planned_on: date
    title_en: str = ""
    project_year: int | None = None
    success_test: str = ""
    evidence_wanted: str = ""


@dataclass(frozen=True)
class IndicatorEntry:
    """A KPI (績效指標): `counting` cumulative or incremental; `good` up or down."""

    code: str
    title_zh: str
    unit: str
    baseline: Decimal
    target: Decimal
    title_en: str = ""
    counting: str = "cumulative"
    good: str = "up"


@dataclass(frozen=True)
class Planned:
    """How many of each were entered."""

    checkpoints: int
    indicators: int


def plan_checkpoints(
    ctx: Context,
    *,
    project_id: int,
    checkpoints: tuple[CheckpointEntry, ...] = (),
    indicators: tuple[IndicatorEntry, ...] = (),
    key: str,
) -> Planned:
    """Enter checkpoints and indicators of a project's approved plan. The office and the command line only.

    Raises Invalid with every problem at once, NotFound and Forbidden.
    """
    with ctx.store.read() as conn:
        target = policy.target_of_project(conn, project_id)
        authorise_office(ctx.viewer, Act.PLAN_CHECKPOINTS, target)
        problems: list[Problem] = []
        checkpoints = tuple(read_lines(entry, _CHECKPOINT_LINES, problems) for entry in checkpoints)
        indicators = tuple(read_lines(entry, _INDICATOR_LINES, problems) for entry in indicators)
        problems += _problems(conn, project_id, checkpoints, indicators)
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict:
        for checkpoint in checkpoints:
            tx.insert(t.checkpoint, project_id=project_id, **asdict(checkpoint))
        for indicator in indicators:
            tx.insert(t.indicator, project_id=project_id, **asdict(indicator))
        codes = [entry.code for entry in (*checkpoints, *indicators)]
        tx.record("project", project_id, {"planned": codes})
        tx.touch(f"project:{project_id}", "reports")
        return {"checkpoints": len(checkpoints), "indicators": len(indicators)}

    return Planned(**ctx.store.write(ctx.request("project.plan_checkpoints", key, (checkpoints, indicators)), body))


def _problems(conn, project_id: int, checkpoints: tuple[CheckpointEntry, ...], indicators: tuple[IndicatorEntry, ...]) -> list[Problem]:
    problems = []
    for table, entries in ((t.checkpoint, checkpoints), (t.indicator, indicators)):
        taken = set(conn.execute(select(table.c.code).where(table.c.project_id == project_id)).scalars())
        for entry in entries:
            if entry.code in taken or not entry.code.strip():
                problems.append(Problem("code", "The code {code} is empty or in use already.", {"code": entry.code}))
            taken.add(entry.code)
            if not entry.title_zh.strip():
                problems.append(Problem("title_zh", "{code} needs a title.", {"code": entry.code}))
    for entry in checkpoints:
        if not (_possible(entry.target) and _possible(entry.weight) and entry.target > 0 and entry.weight > 0):
            problems.append(Problem("target", "{code}: target and weight must be above zero.", {"code": entry.code}))
    for entry in indicators:
        if not (_possible(entry.baseline) and _possible(entry.target)):
            problems.append(Problem("target", "{code}: baseline and target are plain numbers.", {"code": entry.code}))
        if entry.counting not in ("cumulative", "incremental") or entry.good not in ("up", "down"):
            problems.append(Problem("counting", "{code}: counting is cumulative or incremental, good is up or down.", {"code": entry.code}))
    return problems


def _possible(number: Decimal) -> bool:
    return number.is_finite() and abs(number) < _LARGEST_NUMBER
