"""Outcomes as they are shown: of one project with the answer of every year, and of the office's programmes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row

from tracker.domain.acknowledgement import Acknowledged
from tracker.domain.periods import Period, forward
from tracker.programmes.report_types import OutcomeRules
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Forbidden, NotFound, Problem
from tracker.services.outcome_entries import doubts, printed_names
from tracker.services.policy import ALLOWED, Act, Target
from tracker.store import q_outcomes
from tracker.store import tables as t

RECORDED, NIL, SILENT = "recorded", "nil", "silent"


@dataclass(frozen=True)
class OutcomeLine:
    """One outcome. `printed` is what its acknowledgement names; `shared` says that another project reports the same number."""

    row: Row
    printed: Acknowledged
    doubts: tuple[Problem, ...]
    shared: bool


@dataclass(frozen=True)
class YearAnswer:
    """What a project said of one civil year: recorded, nil, or silent. `declared_by` only for nil."""

    year: int
    state: str
    count: int
    declared_by: str


@dataclass(frozen=True)
class OutcomePage:
    """The outcomes of one project. `tracked_until` is the last day on which they are asked for; None: the call states none."""

    project: Row
    lines: tuple[OutcomeLine, ...]
    withdrawn: tuple[Row, ...]
    years: tuple[YearAnswer, ...]
    rules: OutcomeRules
    tracked_until: date | None
    may_write: bool
    may_check: bool


@dataclass(frozen=True)
class Silent:
    """A project that said nothing of a civil year."""

    project: Row
    year: int


@dataclass(frozen=True)
class OutcomeOverview:
    """What the office sees: the lines asked for, how many of each kind there are in all, and who said nothing of last year."""

    lines: tuple[OutcomeLine, ...]
    counts: Mapping[str, int]
    unchecked: int
    doubtful: int
    silent: tuple[Silent, ...]


def outcome_page(ctx: Context, project_id: int) -> OutcomePage:
    """The outcomes of a project, with the answer of every civil year in which they are asked for. Raises NotFound, Forbidden."""
    with ctx.store.read() as conn:
        project = q_outcomes.project_row(conn, project_id)
        if project is None:
            raise NotFound()
        target = Target(project_id, project.programme_id)
        policy.authorise(ctx.viewer, Act.SEE_PROJECT, target)
        rows = q_outcomes.of_project(conn, project_id)
        nils = q_outcomes.nil_returns(conn, project_id)
        office = policy.may(ctx.viewer, Act.CHECK_OUTCOME, target)
        shared = q_outcomes.shared_numbers(conn, [project.programme_id]) if office else set()
    rules = ctx.registry.reports(project.programme_code).outcomes
    standing = [row for row in rows if row.withdrawn_at is None]
    until = tracked_until(project.end_on, rules)
    return OutcomePage(
        project=project,
        lines=tuple(_line(row, rules, shared) for row in standing),
        withdrawn=tuple(row for row in rows if row.withdrawn_at is not None),
        years=tuple(_year(year, standing, nils) for year in asked_years(project.start_on, until, ctx.today)),
        rules=rules,
        tracked_until=until,
        may_write=policy.may(ctx.viewer, Act.WRITE_OUTCOME, target),
        may_check=office and project_id not in ctx.viewer.project_ids,
    )


def tracked_until(end_on: date, rules: OutcomeRules) -> date | None:
    """The last day on which outcomes are asked for: so many years after the project's end; None where the call states no end."""
    return None if rules.tracking_years is None else forward(end_on, Period(months=12 * rules.tracking_years))


def asked_years(start_on: date, until: date | None, today: date) -> range:
    """The civil years for which a project answers, newest first: from its start to today or to the end of tracking."""
    last = min(today, until).year if until is not None else today.year
    return range(last, start_on.year - 1, -1)


def _year(year: int, standing: Iterable[Row], nils: Mapping[int, Row]) -> YearAnswer:
    count = sum(row.occurred_on is not None and row.occurred_on.year == year for row in standing)
    if count:
        return YearAnswer(year, RECORDED, count, "")
    return YearAnswer(year, NIL, 0, nils[year].name) if year in nils else YearAnswer(year, SILENT, 0, "")


def _line(row: Row, rules: OutcomeRules, shared: set[tuple[str, str]]) -> OutcomeLine:
    titles = tuple(title for title in (row.project_zh, row.project_en) if title)
    printed = printed_names(row.acknowledgement, rules, row.project_code, titles)
    return OutcomeLine(row, printed, doubts(row, printed), (row.identifier_kind, row.identifier) in shared)


def outcome_overview(ctx: Context, *, kind: str = "", show: str = "") -> OutcomeOverview:
    """The outcomes of the programmes in which the viewer checks them (or reads, as auditor), narrowed to one kind and to `show`.

    `show` is `unchecked`, `doubtful` (something deserves a second look) or "" for all. Raises Forbidden for who has no programme.
    """
    programmes = _programmes(ctx)
    if not programmes:
        raise Forbidden()
    last_year = ctx.today.year - 1
    with ctx.store.read() as conn:
        rows = q_outcomes.of_office(conn, policy.scope(ctx.viewer, t.outcome), programmes)
        shared = q_outcomes.shared_numbers(conn, programmes)
        tracked = q_outcomes.tracked_projects(conn, policy.scope(ctx.viewer, t.project), programmes, date(last_year, 12, 31))
        answered = q_outcomes.answered_years(conn, [row.id for row in tracked])
    lines = [_line(row, ctx.registry.reports(row.programme_code).outcomes, shared) for row in rows]
    doubtful = [line for line in lines if line.doubts or line.shared]
    unchecked = [line for line in lines if line.row.checked == "unchecked"]
    shown = {"unchecked": unchecked, "doubtful": doubtful}.get(show, lines)
    return OutcomeOverview(
        lines=tuple(line for line in shown if kind in ("", line.row.kind)),
        counts=Counter(line.row.kind for line in lines),
        unchecked=len(unchecked),
        doubtful=len(doubtful),
        silent=tuple(
            Silent(row, last_year)
            for row in tracked
            if (row.id, last_year) not in answered and _still_asked(ctx, row, last_year)
        ),
    )  # fmt: skip


def _still_asked(ctx: Context, row: Row, year: int) -> bool:
    return year in asked_years(row.start_on, tracked_until(row.end_on, ctx.registry.reports(row.programme_code).outcomes), ctx.today)


def _programmes(ctx: Context) -> frozenset[int]:
    allowed = ALLOWED[Act.SEE_PORTFOLIO]
    if ctx.viewer.everywhere & allowed:
        with ctx.store.read() as conn:
            return frozenset(conn.execute(t.programme.select().with_only_columns(t.programme.c.id)).scalars())
    return frozenset(programme for programme, role in ctx.viewer.programmes if role in allowed)
