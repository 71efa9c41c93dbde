"""One project's whole file for one reader, and the list of the projects she may see."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection, Row

from tracker.domain.approvals import ApprovalDates, ApprovalState, state_of
from tracker.domain.free_text import clean_line
from tracker.domain.statuses import Lateness, lateness
from tracker.services import policy
from tracker.services.attainment import NOTHING, Attainment, attainments
from tracker.services.context import Context
from tracker.services.document_date_views import Gap, GivenDate, contract_gaps, given_dates
from tracker.services.documents import DRAFT_PREFIX
from tracker.services.obligation_previews import MadeChange, changes_made
from tracker.services.policy import INSTALLATION, Act, Target
from tracker.services.projects import ProjectHeader, project_header
from tracker.store import q_approvals, q_people, q_project, q_reports
from tracker.store.tables import project

PAGE = 50
EVENTS = 200
LONGEST_SEARCH = 100

#: The revision topics whose writes change the list of projects.
LIST_TOPICS = ("obligations", "reports", "people", "programmes", "project")


@dataclass(frozen=True)
class ProjectLine:
    """One project in the list. `next_on` is the first legal day still ahead; None: none is dated."""

    code: str
    title_zh: str
    title_en: str
    organisation: str
    programme_zh: str
    programme_en: str
    officer: str
    start_on: date
    end_on: date
    status: str
    owed: int
    late: int
    unconfirmed: int
    next_on: date | None


@dataclass(frozen=True)
class ProjectList:
    """One page of projects; `page` counts from 1."""

    lines: tuple[ProjectLine, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class ObligationLine:
    """One thing owed with how it stands today; `row` is the stored obligation with its report's id and state."""

    row: Row
    stands: Lateness

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
class IndicatorLine:
    """An indicator with its newest value (None: none yet) and the days on which values came."""

    row: Row
    values: tuple[tuple[datetime, Decimal], ...]

    @property
    def actual(self) -> Decimal | None:
        """The newest value of a cumulative indicator; the sum of an incremental one, except where less is better."""
        if not self.values:
            return None
        if self.row.counting == "incremental" and self.row.good == "up":
            return sum((value for _, value in self.values), Decimal(0))
        return self.values[-1][1]


@dataclass(frozen=True)
class EvaluationLine:
    """An evaluation with its decision's effects."""

    row: Row
    effects: tuple[Row, ...]


@dataclass(frozen=True)
class ApprovalLine:
    """An approval with where it stands today."""

    row: Row
    state: ApprovalState


@dataclass(frozen=True)
class ProjectPage:
    """Everything about one project that this reader may see. `events` is None for who may not read the history."""

    header: ProjectHeader
    members: tuple[Row, ...]
    years: tuple[Row, ...]
    facts: tuple[Row, ...]
    gaps: tuple[Gap, ...]
    obligations: tuple[ObligationLine, ...]
    versions: tuple[Row, ...]
    receipts: tuple[Row, ...]
    reviews: tuple[Row, ...]
    checkpoints: tuple[CheckpointLine, ...]
    indicators: tuple[IndicatorLine, ...]
    attainment: Attainment
    evaluations: tuple[EvaluationLine, ...]
    approvals: tuple[ApprovalLine, ...]
    dates: tuple[GivenDate, ...]
    documents: tuple[Row, ...]
    events: tuple[Row, ...] | None
    acts: frozenset[Act]
    changes: Mapping[int, tuple[MadeChange, ...]] = field(default_factory=dict)


def project_list(ctx: Context, search: str = "", page: int = 1) -> ProjectList:
    """One page of the projects in the viewer's scope whose code, title or organisation contains `search`."""
    needle = clean_line(unicodedata.normalize("NFKC", search))[:LONGEST_SEARCH]
    with ctx.store.read() as conn:
        allowed = policy.scope(ctx.viewer, project)
        total = q_project.count_projects(conn, allowed, needle)
        pages = max(1, -(-total // PAGE))
        page = min(max(page, 1), pages)
        rows = q_project.project_rows(conn, allowed, needle, limit=PAGE, offset=(page - 1) * PAGE)
        duties: dict[int, list[Row]] = {row.id: [] for row in rows}
        for duty in q_project.open_duties(conn, list(duties)):
            duties[duty.project_id].append(duty)
    return ProjectList(tuple(_line(row, duties[row.id], ctx.today) for row in rows), total, page, pages)


def _line(row: Row, duties: list[Row], today: date) -> ProjectLine:
    stands = [lateness(d.status, d.due_on, d.first_submitted_on, today, d.duty, d.confidence) for d in duties]
    return ProjectLine(
        row.code,
        row.title_zh,
        row.title_en,
        row.organisation,
        row.programme_zh,
        row.programme_en,
        row.officer or "",
        row.start_on,
        row.end_on,
        row.status,
        owed=len(duties),
        late=stands.count(Lateness.LATE),
        unconfirmed=stands.count(Lateness.LATE_ANCHOR_UNCONFIRMED),
        next_on=min((d.due_on for d in duties if d.due_on and d.due_on >= today), default=None),
    )


def project_page(ctx: Context, code: str) -> ProjectPage:
    """The file of the project with this code. Raises NotFound for a code that is unknown or not the viewer's."""
    header = project_header(ctx, code)
    number, target = header.project_id, Target(header.project_id, header.programme_id)
    acts = frozenset(act for act in Act if policy.may(ctx.viewer, act, target))
    gaps, dates, changed = contract_gaps(ctx, number), given_dates(ctx, project_id=number), changes_made(ctx, number)
    with ctx.store.read() as conn:
        policy.authorise(ctx.viewer, Act.SEE_PROJECT, target)
        obligations = tuple(_obligation(row, ctx.today) for row in q_project.obligations(conn, number))
        versions = tuple(q_project.versions(conn, number))
        evaluations = _evaluations(conn, number)
        approvals = tuple(_approval(row, ctx.today) for row in q_approvals.approvals_of(conn, number))
        checkpoints = _checkpoints(conn, number)
        receipts = tuple(q_project.receipts(conn, number))
        events = None
        if acts & {Act.SEE_AUDIT, Act.REVIEW_REPORT} or policy.may(ctx.viewer, Act.SEE_AUDIT, INSTALLATION):
            events = _events(conn, number, versions, evaluations, approvals, checkpoints, dates, receipts, changed)
        return ProjectPage(
            header=header,
            members=tuple(q_project.members(conn, number)),
            years=tuple(q_project.years(conn, number)),
            facts=tuple(q_project.facts(conn, number)),
            gaps=gaps,
            obligations=obligations,
            versions=versions,
            receipts=receipts,
            reviews=tuple(q_project.reviews(conn, number)),
            checkpoints=checkpoints,
            indicators=_indicators(conn, number),
            attainment=attainments(conn, [number], ctx.today).get(number, NOTHING),
            evaluations=evaluations,
            approvals=approvals,
            dates=dates,
            documents=_documents(conn, number, may_see_drafts=Act.SEE_DRAFT in acts),
            events=events,
            acts=acts,
            changes=changed,
        )


def _obligation(row: Row, today: date) -> ObligationLine:
    return ObligationLine(row, lateness(row.status, row.due_on, row.first_submitted_on, today, row.duty, row.confidence))


def _checkpoints(conn: Connection, number: int) -> tuple[CheckpointLine, ...]:
    claims, verdicts = q_reports.last_claims(conn, [number]), q_reports.last_verdicts(conn, [number])
    return tuple(CheckpointLine(row, claims.get(row.id), verdicts.get(row.id)) for row in q_reports.checkpoints(conn, [number]))


def _indicators(conn: Connection, number: int) -> tuple[IndicatorLine, ...]:
    values: dict[int, list[tuple[datetime, Decimal]]] = {}
    newest: dict[tuple[int, int], int] = {}
    for row in q_project.measurements(conn, number):
        own = values.setdefault(row.indicator_id, [])
        place = newest.setdefault((row.indicator_id, row.obligation_id), len(own))
        # A later version of the same report replaces its value: it is one measurement, corrected.
        own[place : place + 1] = [(row.submitted_at, row.actual)]
    return tuple(IndicatorLine(row, tuple(values.get(row.id, ()))) for row in q_reports.indicators(conn, number))


def _evaluations(conn: Connection, number: int) -> tuple[EvaluationLine, ...]:
    rows = q_project.evaluations(conn, number)
    effects = q_project.effects(conn, [row.decision_id for row in rows if row.decision_id])
    return tuple(EvaluationLine(row, tuple(e for e in effects if e.decision_id == row.decision_id)) for row in rows)


def _approval(row: Row, today: date) -> ApprovalLine:
    return ApprovalLine(row, state_of(ApprovalDates(row.proof_submitted_on, row.approved_on, row.expires_on), today))


def _documents(conn: Connection, number: int, *, may_see_drafts: bool) -> tuple[Row, ...]:
    return tuple(row for row in q_project.documents(conn, number) if may_see_drafts or not row.purpose.startswith(DRAFT_PREFIX))


def _events(
    conn: Connection,
    number: int,
    versions: Collection[Row],
    evaluations: Collection[EvaluationLine],
    approvals: Collection[ApprovalLine],
    checkpoints: Collection[CheckpointLine],
    dates: Collection[GivenDate],
    receipts: Collection[Row],
    changed: Collection[int],
) -> tuple[Row, ...]:
    about: dict[str, set[int | str]] = {
        "project": {number},
        "report": {row.report_id for row in versions},
        "project_fact": {number},
        "discharge": {row.id for row in receipts},
        "evaluation": {line.row.id for line in evaluations},
        "decision": {line.row.decision_id for line in evaluations if line.row.decision_id},
        "approval": {line.row.id for line in approvals},
        "checkpoint": {line.row.id for line in checkpoints},
        "document_date": {given.document_date_id for given in dates if not given.whole_programme},
    }
    about["obligation"] = set(changed)
    about |= q_people.people_events(conn, number)
    return tuple(q_project.events(conn, about, limit=EVENTS))
