"""Dates that documents give: which one is in force, what it counts from, and what it makes of a planned obligation.

An official letter wins over the contract, the newest over the older; the computed date stays readable in the reasons.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, Row, or_, select

from tracker.domain import deadlines
from tracker.domain.calendars import WorkingCalendar
from tracker.domain.deadlines import Deadline, Reason
from tracker.domain.minguo import both
from tracker.domain.obligations import ObligationPlan
from tracker.domain.periods import Period, Span, project_years, quarters
from tracker.domain.statuses import Basis, Confidence, DateStatus, DischargedBy, Kind
from tracker.programmes.model import Programme
from tracker.store import tables as t
from tracker.store.bulk import among

#: The label of what is owed once for the whole project.
WHOLE = "project"

#: From which days a rule given by a document may count, beside the project's facts.
DOCUMENT_ANCHORS = ("project_start", "project_end", "period_start", "period_end", "applied_on", "signed_on", "notified_on")


@dataclass(frozen=True)
class DocumentDate:
    """One date, or one rule for a date, that a document gives. `recorded_at` decides which of two of one basis is in force."""

    kind: str
    rule: str
    period_label: str
    basis: str
    recorded_at: datetime
    given_on: date | None = None
    direction: str | None = None
    anchor: str | None = None
    months: int | None = None
    days: int | None = None
    title_zh: str = ""
    title_en: str = ""
    clause: str = ""
    letter_number: str = ""
    contract_page: str = ""
    project_id: int | None = None  # None: of the whole programme

    @classmethod
    def from_row(cls, row: Row) -> DocumentDate:
        return cls(**{name: getattr(row, name) for name in cls.__dataclass_fields__})

    @property
    def slot(self) -> tuple[str, str]:
        """What it dates: the rule and the period; "-" is another way to say the whole project."""
        return self.rule, WHOLE if self.period_label == "-" else self.period_label


def document_dates(conn: Connection, programme_of: Mapping[int, int]) -> dict[int, list[DocumentDate]]:
    """By project, of which the programme is given: every date in force from a document, first those of its whole programme, then its own.

    Both in the order in which they were entered.
    """
    d = t.document_date.c
    of_all: dict[int, list[DocumentDate]] = defaultdict(list)
    own: dict[int, list[DocumentDate]] = defaultdict(list)
    whole = among(d.programme_id, programme_of.values()) & d.project_id.is_(None)
    wanted = d.withdrawn_at.is_(None), or_(whole, among(d.project_id, programme_of.keys()))
    for row in conn.execute(select(t.document_date).where(*wanted).order_by(d.id)):
        if row.project_id is None:
            of_all[row.programme_id].append(DocumentDate.from_row(row))
        elif row.programme_id == programme_of[row.project_id]:
            own[row.project_id].append(DocumentDate.from_row(row))
    return {project_id: [*of_all[programme_id], *own[project_id]] for project_id, programme_id in programme_of.items()}


def winner(dates: Sequence[DocumentDate]) -> DocumentDate:
    """The one in force among dates for one slot: official before contract, then the newest; later in the list wins a tie."""
    ranked = sorted(enumerate(dates), key=lambda pair: (pair[1].basis == Basis.OFFICIAL, pair[1].recorded_at, pair[0]))
    return ranked[-1][1]


def confirmed(plan: ObligationPlan, facts: Mapping[str, Row]) -> ObligationPlan:
    """An officer's confirmation of the anchor, with its letter, takes the doubt away (「起算日待確認」)."""
    fact = facts.get(plan.anchor_name or "")
    if fact is None or not fact.confirmed or plan.confidence != Confidence.ASSUMED:
        return plan
    why = Reason(
        f"起算日 {both(fact.value_on)} 業經承辦人依 {fact.letter_number} 確認。",
        f"The officer confirmed the anchor date {both(fact.value_on)} by {fact.letter_number}.",
    )
    return replace(plan, confidence=Confidence.OFFICIAL, because=(why, *plan.because))


def with_document(
    plan: ObligationPlan, dated: DocumentDate, project: Row, facts: Mapping[str, Row], calendar: WorkingCalendar
) -> ObligationPlan:
    """The plan with the date that a document gives; where that counts from an unknown day, the plan says so and keeps what it had."""
    try:
        deadline = _document_deadline(plan, dated, project, facts, calendar)
    except UnknownAnchor as unknown:
        return _waiting_for(plan, str(unknown))
    page_zh, page_en = (f"契約第 {dated.contract_page} 頁", f"contract page {dated.contract_page}") if dated.contract_page else ("", "")
    source_zh = "、".join(part for part in (dated.letter_number, dated.clause, page_zh) if part)
    source_en = ", ".join(part for part in (dated.letter_number, dated.clause, page_en) if part)
    why = [Reason(f"依文件所載：{source_zh}。", f"Given by a document: {source_en}.")]
    if plan.deadline is not None and plan.deadline.due_on != deadline.due_on:
        why.append(
            Reason(
                f"原推算法定末日為 {both(plan.deadline.due_on)}；以文件所載為準。",
                f"It was computed as {both(plan.deadline.due_on)}; the date in the document wins.",
            )
        )
    return replace(
        plan,
        deadline=deadline,
        date_status=DateStatus.DATED,
        confidence=Confidence(dated.basis),
        basis=Basis(dated.basis),
        clause=dated.clause or plan.clause,
        title_zh=dated.title_zh or plan.title_zh,
        title_en=dated.title_en or plan.title_en,
        because=(*why, *deadline.because),
    )


class UnknownAnchor(ValueError):
    """A document's rule counts from a day that is not known; the text is its name."""


def _waiting_for(plan: ObligationPlan, anchor: str) -> ObligationPlan:
    """What stands while the day that a document counts from is unknown: the computed date, or none at all."""
    why = Reason(f"文件所定期日自 {anchor} 起算，該日尚未登錄。", f"A document counts from {anchor}, a day not known here yet.")
    status = plan.date_status if plan.deadline is not None else DateStatus.ON_NOTICE
    return replace(plan, date_status=status, because=(why, *plan.because))


def _document_deadline(
    plan: ObligationPlan, dated: DocumentDate, project: Row, facts: Mapping[str, Row], calendar: WorkingCalendar
) -> Deadline:
    if dated.given_on is not None:
        return deadlines.fixed(dated.given_on, calendar)
    anchor = anchor_day(dated.anchor or "", plan, project, facts)
    period = Period(months=dated.months or 0, days=dated.days or 0)
    return (deadlines.after if dated.direction == "after" else deadlines.before)(anchor, period, calendar)


def anchor_day(name: str, plan: ObligationPlan, project: Row, facts: Mapping[str, Row]) -> date:
    """The day a document's rule counts from. Raises UnknownAnchor where that day is not known."""
    known = {
        "project_start": project.start_on,
        "project_end": project.end_on,
        "period_start": plan.period_start,
        "period_end": plan.period_end,
        **{fact: row.value_on for fact, row in facts.items()},
    }
    day = known.get(name)
    if day is None:
        raise UnknownAnchor(name)
    return day


def new_plan(programme: Programme, dated: DocumentDate, project: Row) -> ObligationPlan:
    """A slot that the schedule does not have: a template of the pack called up by a notice, or an item only the contract knows."""
    rule = next((rule for rule in programme.rules if rule.id == dated.rule), None)
    span = _span(dated.slot[1], project)
    return ObligationPlan(
        rule=dated.rule,
        kind=rule.kind if rule else Kind(dated.kind),
        duty=rule.duty if rule else True,
        period_label=dated.slot[1],
        period_start=span.start,
        period_end=span.end,
        project_year=None,
        deadline=None,
        date_status=DateStatus.NOT_STATED,
        confidence=Confidence(dated.basis),
        basis=Basis(dated.basis),
        clause=dated.clause,
        title_zh=dated.title_zh or (rule.title_zh if rule else dated.rule),
        title_en=dated.title_en or (rule.title_en if rule else dated.rule),
        discharged_by=rule.discharged_by if rule else DischargedBy.MILEPOST,
        anchor_name=None,
        because=(),
    )


def _spans(project: Row) -> tuple[Span, ...]:
    extended = project.end_on if project.end_on > project.original_end_on else None
    return (
        Span(WHOLE, project.start_on, project.end_on, 1),
        *project_years(project.start_on, project.original_end_on, extended),
        *quarters(project.start_on, project.original_end_on, "project", extended),
        *quarters(project.start_on, project.original_end_on, "calendar", extended),
    )


def has_period(project: Row, label: str) -> bool:
    """Whether the project has a period of this name: a letter to the whole programme may speak of one that it has not."""
    return any(span.label == label for span in _spans(project))


def _span(label: str, project: Row) -> Span:
    return next(span for span in _spans(project) if span.label == label)
