"""The dossier of a project for a review meeting: what was promised, reported, changed, judged and is still open, on one day.

For everybody who sees the project and for reviewers who were given one of its reports. It holds no drafts, no addresses of people and
nobody's pay.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, Row, select

from tracker.domain.approvals import ApprovalDates, ApprovalState, state_of
from tracker.domain.free_text import clean_line
from tracker.domain.statuses import LATE, Kind, Lateness, lateness
from tracker.services import policy
from tracker.services.attainment import NOTHING, Attainment, attainments
from tracker.services.context import Context
from tracker.services.dossier_changes import ChangeLine, change_lines
from tracker.services.dossier_open import OpenItem, open_items
from tracker.services.errors import NotFound
from tracker.services.policy import Act
from tracker.services.project_curves import IndicatorCurve, curves
from tracker.store import q_approvals, q_dossier, q_project, q_reports
from tracker.store import tables as t

#: What is handed in as a report, in the sense of a review meeting.
REPORTED = frozenset({Kind.INTERIM_REPORT, Kind.QUARTERLY_REPORT, Kind.FINAL_REPORT, Kind.EXPENDITURE_CLOSING, Kind.DATA_CALL})


@dataclass(frozen=True)
class ReportedLine:
    """One report that was handed in or should have been by now, or the next one. `returns`: how often it was sent back."""

    row: Row
    stands: Lateness
    returns: int

    @property
    def is_ahead(self) -> bool:
        """Whether nothing came in and nothing is late."""
        return self.stands in (Lateness.NOT_DUE, Lateness.DUE_TODAY, Lateness.UNDATED)

    @property
    def to_discharge(self) -> bool:
        """Handed in here, while the funder's own receipt is missing."""
        return self.row.discharged_by == "external" and self.row.discharged_on is None and self.row.status in ("submitted", "accepted")


@dataclass(frozen=True)
class CheckpointLine:
    """A checkpoint with what the project claims and what the office found; None: not yet."""

    row: Row
    claimed: Decimal | None
    verdict: Row | None


@dataclass(frozen=True)
class EvaluationLine:
    """The evaluation of a year with its decision's effects."""

    row: Row
    effects: tuple[Row, ...]


@dataclass(frozen=True)
class ApprovalLine:
    """An approval with where it stands on the day."""

    row: Row
    state: ApprovalState


@dataclass(frozen=True)
class Dossier:
    """Everything a meeting needs of one project, as it stood on `day`. `head` has the project's columns with its programme's names."""

    day: date
    head: Row
    people: tuple[Row, ...]
    years: tuple[Row, ...]
    attainment: Attainment
    checkpoints: tuple[CheckpointLine, ...]
    curves: tuple[IndicatorCurve, ...]
    reports: tuple[ReportedLine, ...]
    changes: tuple[ChangeLine, ...]
    evaluations: tuple[EvaluationLine, ...]
    approvals: tuple[ApprovalLine, ...]
    open_items: tuple[OpenItem, ...]
    outcomes: tuple[Row, ...]
    nil_years: tuple[int, ...]

    @property
    def approved(self) -> int | None:
        """NT$ approved for all years so far; None where nothing is."""
        amounts = [year.approved_amount for year in self.years if year.approved_amount is not None]
        return sum(amounts) if amounts else None

    @property
    def handed_in(self) -> tuple[ReportedLine, ...]:
        """The reports that came in."""
        wanted = (Lateness.SUBMITTED_ON_TIME, Lateness.SUBMITTED_LATE, Lateness.SUBMITTED_LATE_ANCHOR_UNCONFIRMED)
        return tuple(line for line in self.reports if line.stands in wanted)

    @property
    def on_time(self) -> int:
        """How many of them came by their day."""
        return sum(line.stands == Lateness.SUBMITTED_ON_TIME for line in self.handed_in)

    @property
    def planned_by_now(self) -> tuple[CheckpointLine, ...]:
        """The checkpoints whose planned day has come."""
        return tuple(line for line in self.checkpoints if line.row.planned_on <= self.day)

    @property
    def met(self) -> int:
        """How many of those the office found met."""
        return sum(line.verdict is not None and line.verdict.verdict == "met" for line in self.planned_by_now)


def dossier_by_code(ctx: Context, code: str) -> Dossier:
    """The dossier of the project with this code. Raises NotFound for one that is unknown or not the viewer's."""
    with ctx.store.read() as conn:
        project_id = conn.execute(select(t.project.c.id).where(t.project.c.code == clean_line(code))).scalar_one_or_none()
    if project_id is None:
        raise NotFound()
    return dossier(ctx, project_id)


def dossier(ctx: Context, project_id: int) -> Dossier:
    """The dossier of a project today. Raises NotFound for who may not see it."""
    with ctx.store.read() as conn:
        policy.authorise(ctx.viewer, Act.SEE_DOSSIER, policy.target_of_project(conn, project_id))
        head = q_dossier.head(conn, project_id)
        if head is None:
            raise NotFound()
        obligations = q_project.obligations(conn, project_id)
        approvals = tuple(_approval(row, ctx.today) for row in q_approvals.approvals_of(conn, project_id))
        return Dossier(
            day=ctx.today,
            head=head,
            people=tuple(row for row in q_project.members(conn, project_id) if row.until_on is None or row.until_on >= ctx.today),
            years=tuple(q_project.years(conn, project_id)),
            attainment=attainments(conn, [project_id], ctx.today).get(project_id, NOTHING),
            checkpoints=_checkpoints(conn, project_id),
            curves=curves(conn, project_id, head.start_on),
            reports=_reports(obligations, q_dossier.returns(conn, project_id), ctx.today),
            changes=change_lines(conn, head),
            evaluations=_evaluations(conn, project_id),
            approvals=approvals,
            open_items=open_items(conn, head, obligations, [line.row for line in approvals if line.state in _NEEDS_CARE], ctx.today),
            outcomes=tuple(q_dossier.outcomes(conn, project_id)),
            nil_years=tuple(q_dossier.nil_years(conn, project_id)),
        )


_NEEDS_CARE = (ApprovalState.EXPIRED, ApprovalState.RUNNING_OUT)


def stands_of(row: Row, today: date) -> Lateness:
    """How an obligation stands on a day."""
    return lateness(row.status, row.due_on, row.first_submitted_on, today, row.duty, row.confidence)


def _reports(obligations, returned: dict[int, int], today: date) -> tuple[ReportedLine, ...]:
    """What came in, what is late, and of each kind the next one ahead."""
    lines = [
        ReportedLine(row, stands_of(row, today), returned.get(row.id, 0))
        for row in obligations
        if row.kind in REPORTED and row.duty and row.status != "closed"
    ]
    ahead: dict[str, ReportedLine] = {}
    for line in lines:
        if line.is_ahead and line.row.due_on is not None:
            ahead.setdefault(line.row.kind, line)
    shown = [line for line in lines if line.stands in LATE or not line.is_ahead or ahead.get(line.row.kind) is line]
    return tuple(sorted(shown, key=lambda line: (line.row.due_on or line.row.period_end_on or date.max, line.row.id)))


def _checkpoints(conn: Connection, project_id: int) -> tuple[CheckpointLine, ...]:
    claims, verdicts = q_reports.last_claims(conn, [project_id]), q_reports.last_verdicts(conn, [project_id])
    return tuple(CheckpointLine(row, claims.get(row.id), verdicts.get(row.id)) for row in q_reports.checkpoints(conn, [project_id]))


def _evaluations(conn: Connection, project_id: int) -> tuple[EvaluationLine, ...]:
    rows = q_project.evaluations(conn, project_id)
    effects = q_project.effects(conn, [row.decision_id for row in rows if row.decision_id])
    return tuple(EvaluationLine(row, tuple(e for e in effects if e.decision_id == row.decision_id)) for row in rows)


def _approval(row: Row, today: date) -> ApprovalLine:
    return ApprovalLine(row, state_of(ApprovalDates(row.proof_submitted_on, row.approved_on, row.expires_on), today))
