"""What a programme's rules say a project owes, before anything is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tracker.domain.deadlines import Deadline
from tracker.domain.reasons import Reason
from tracker.domain.statuses import Basis, Confidence, DateStatus, DischargedBy, Kind


@dataclass(frozen=True, slots=True)
class ObligationPlan:
    """One thing owed by rule `rule` for one period.

    `duty`: False for a mere notice, which is never late and never counted. `period_label` is "Y1", "Y2Q3" … or None
    for the whole project; `period_start` and `period_end` are included days; `project_year` counts from 1. `deadline`
    is None unless `date_status` is `dated`. `clause` is the place in the call. `anchor_name` names the fact or event
    counted from ("project_end", "applied_on" …). `because` explains the date, or why there is none. `rule` and
    `period_label` are part of the obligation's public key, so a programme never renames them.
    Raises ValueError when a dated plan has no deadline or an undated one has.
    """

    rule: str
    kind: Kind
    duty: bool
    period_label: str | None
    period_start: date | None
    period_end: date | None
    project_year: int | None
    deadline: Deadline | None
    date_status: DateStatus
    confidence: Confidence
    basis: Basis
    clause: str
    title_zh: str
    title_en: str
    discharged_by: DischargedBy
    anchor_name: str | None
    because: tuple[Reason, ...]

    def __post_init__(self) -> None:
        if (self.deadline is not None) != (self.date_status is DateStatus.DATED):
            raise ValueError(f"{self.rule}: a deadline and the status 'dated' come together")

    @property
    def due_on(self) -> date | None:
        """The legal last day, or None when there is no date."""
        return self.deadline.due_on if self.deadline else None

    @property
    def file_by(self) -> date | None:
        """The last safe day, or None when there is no date."""
        return self.deadline.file_by if self.deadline else None
