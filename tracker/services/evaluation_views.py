"""Reads of evaluations: the office's desk for one project year, and the decisions that everyone on the project may read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, Row

from tracker.domain.decisions import Course, Effect, EffectKind, Score, weighted_total
from tracker.domain.reasons import Reason
from tracker.domain.statuses import Lateness, lateness
from tracker.programmes.model import Programme
from tracker.services import policy
from tracker.services.attainment import Attainment, attainment_of
from tracker.services.context import Context
from tracker.services.errors import NotFound
from tracker.services.planning import programme_of
from tracker.services.policy import Act
from tracker.services.project_choices import ProjectChoice, project_choice
from tracker.store import q_evaluations
from tracker.store import tables as t


@dataclass(frozen=True)
class YearView:
    """One year of a project; `approved_amount` NT$ or None."""

    number: int
    start: date
    end: date
    approved_amount: int | None


@dataclass(frozen=True)
class EvaluationView:
    """What the panel gave a year; `total` of 100."""

    evaluation_id: int
    held_on: date
    scores: tuple[Score, ...]
    total: Decimal | None
    remarks: str
    version: int


@dataclass(frozen=True)
class DecisionView:
    """A decision as it was recorded, with its consequences."""

    decision_id: int
    year: int
    course: Course
    decided_on: date
    letter_number: str
    clause: str
    reason: str
    document_id: int | None
    filename: str
    effects: tuple[Effect, ...]
    consequences: tuple[Reason, ...]


@dataclass(frozen=True)
class YearReport:
    """One report of the year: when it was due, when it came, where it stands."""

    report_id: int | None
    kind: str
    title_zh: str
    title_en: str
    period_label: str
    due_on: date | None
    first_submitted_on: date | None
    status: str
    lateness: Lateness


@dataclass(frozen=True)
class Clause:
    """The clause of the programme that lets a decision adjust the grant, with its wording and the words it may decide."""

    clause: str
    wording: str
    gloss_en: str
    decisions: tuple[str, ...]


@dataclass(frozen=True)
class EvaluationDesk:
    """Everything for evaluating one year of a project. For the office and the auditor."""

    project: ProjectChoice
    year: int
    years: tuple[YearView, ...]
    reports: tuple[YearReport, ...]
    attainment: Attainment
    evaluation: EvaluationView | None
    decision: DecisionView | None
    clause: Clause | None
    may_record: bool
    may_decide: bool

    @property
    def project_id(self) -> int:
        return self.project.project_id


def evaluation_desk(ctx: Context, project_id: int, year: int) -> EvaluationDesk:
    """The desk for one project year. Raises NotFound for a foreign project or a year it has not, Forbidden for members of the project."""
    with ctx.store.read() as conn:
        target = policy.target_of_project(conn, project_id)
        policy.authorise(ctx.viewer, Act.SEE_PORTFOLIO, target)
        years = tuple(YearView(row.number, row.start_on, row.end_on, row.approved_amount) for row in q_evaluations.years(conn, project_id))
        if year not in {one.number for one in years}:
            raise NotFound()
        row = q_evaluations.evaluation_row(conn, project_id, year)
        decided = [one for one in _decisions(conn, ctx, project_id) if one.year == year]
        reports = tuple(_report(one, ctx.today) for one in q_evaluations.duties_of_year(conn, project_id, year))
        clause = clause_of(programme_of(conn, project_id))
        project = project_choice(conn, project_id)
    own = project_id in ctx.viewer.project_ids
    return EvaluationDesk(
        project=project,
        year=year,
        years=years,
        reports=reports,
        attainment=attainment_of(ctx, project_id),
        evaluation=_evaluation(row) if row else None,
        decision=decided[0] if decided else None,
        clause=clause,
        may_record=policy.may(ctx.viewer, Act.RECORD_EVALUATION, target) and not own and not decided,
        may_decide=policy.may(ctx.viewer, Act.DECIDE, target) and not own and not decided and row is not None,
    )


def decisions_of(ctx: Context, project_id: int) -> tuple[DecisionView, ...]:
    """The decisions on a project, oldest first, for everyone who sees it; scores and remarks of the panel are not among them.

    Raises NotFound for a foreign project.
    """
    with ctx.store.read() as conn:
        policy.authorise(ctx.viewer, Act.SEE_PROJECT, policy.target_of_project(conn, project_id))
        return _decisions(conn, ctx, project_id)


def clause_of(programme: Programme) -> Clause | None:
    """The consequence of the pack that speaks of more than one course (000 七-(一)), or None where it has none."""
    for one in programme.consequences:
        if Course.CONTINUE in one.decisions:
            return Clause(one.clause, one.wording, one.gloss_en, tuple(one.decisions))
    return None


def _decisions(conn: Connection, ctx: Context, project_id: int) -> tuple[DecisionView, ...]:
    found = []
    for row in q_evaluations.decisions(conn, policy.scope(ctx.viewer, t.decision), project_id):
        effects = tuple(
            Effect(EffectKind(one.kind), one.detail, one.amount, one.project_year) for one in q_evaluations.effects(conn, row.id)
        )
        consequences = tuple(Reason.from_dict(one) for one in row.consequences_json)
        found.append(
            DecisionView(
                row.id,
                row.year,
                Course(row.course),
                row.decided_on,
                row.letter_number,
                row.clause,
                row.reason,
                row.document_id,
                row.filename or "",
                effects,
                consequences,
            )
        )
    return tuple(found)


def _evaluation(row: Row) -> EvaluationView:
    scores = tuple(Score(one["criterion"], *(Decimal(one[name]) for name in ("score", "out_of", "weight"))) for one in row.scores_json)
    return EvaluationView(row.id, row.held_on, scores, weighted_total(scores), row.remarks, row.version)


def _report(row: Row, today: date) -> YearReport:
    late = lateness(row.status, row.due_on, row.first_submitted_on, today, row.duty, row.confidence)
    return YearReport(
        row.report_id, row.kind, row.title_zh, row.title_en, row.period_label, row.due_on, row.first_submitted_on, row.status, late
    )
