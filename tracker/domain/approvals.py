"""Approval documents (IRB, IACUC, biosafety, field trial, BSL-2): where each one stands and which catch-up duty it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from tracker.domain.calendars import WorkingCalendar
from tracker.domain.deadlines import Deadline, fixed
from tracker.domain.minguo import both
from tracker.domain.reasons import Reason

EXPIRING_WITHIN = timedelta(days=60)
"""How long before its last day an approval counts as running out: the same two months as the longest alert stage."""


class ApprovalKind(StrEnum):
    """What sort of board or office approves (000 五-(五), 003 捌-八)."""

    IRB = "irb"
    IACUC = "iacuc"
    BIOSAFETY = "biosafety"
    FIELD_TRIAL = "field_trial"
    BSL2 = "bsl2"


KIND_TITLES: Mapping[ApprovalKind, Reason] = MappingProxyType(
    {
        ApprovalKind.IRB: Reason("人體研究／臨床試驗（IRB）", "Human research (IRB)"),
        ApprovalKind.IACUC: Reason("動物實驗（IACUC）", "Animal experiments (IACUC)"),
        ApprovalKind.BIOSAFETY: Reason("基因重組（生物安全）", "Recombinant DNA (biosafety)"),
        ApprovalKind.FIELD_TRIAL: Reason("基因轉殖田間試驗", "Field trial"),
        ApprovalKind.BSL2: Reason("第二級以上感染性生物材料", "Infectious material (BSL-2 and above)"),
    }
)
"""What each kind is called on screens and in the titles of obligations."""


class ApprovalState(StrEnum):
    """Where an approval stands on a day."""

    NOTHING_YET = "nothing_yet"  # neither proof of submission nor approval
    UNDER_REVIEW = "under_review"  # proof of submission is in
    VALID = "valid"
    RUNNING_OUT = "running_out"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class ApprovalDates:
    """The days of one approval: proof handed to the board, approved, last day of validity (None: not known or unlimited)."""

    proof_submitted_on: date | None = None
    approved_on: date | None = None
    expires_on: date | None = None


def state_of(dates: ApprovalDates, today: date, within: timedelta = EXPIRING_WITHIN) -> ApprovalState:
    """Where an approval stands on `today` (Asia/Taipei). On its last day it is still valid (and running out)."""
    if dates.approved_on is None:
        return ApprovalState.NOTHING_YET if dates.proof_submitted_on is None else ApprovalState.UNDER_REVIEW
    if dates.expires_on is None or dates.expires_on - today > within:
        return ApprovalState.VALID
    return ApprovalState.EXPIRED if dates.expires_on < today else ApprovalState.RUNNING_OUT


def answers(rule_id: str, kind: ApprovalKind) -> bool:
    """Whether an approval of `kind` answers the catch-up duty of this rule.

    A rule whose id begins with the name of a kind speaks of that kind alone (003 伍-二-(二)註 of the IRB); any other speaks
    of all of them (003 捌-八-(二)).
    """
    named = [one for one in ApprovalKind if rule_id.startswith(f"{one.value}_")]
    return not named or kind in named


def renewal_deadline(expires_on: date, calendar: WorkingCalendar) -> Deadline:
    """The three dates of renewing an approval: its last day is a boundary that never rolls; safe is the working day on or before it.

    Raises OutsideCalendar where working days are unknown.
    """
    stated = fixed(expires_on, calendar)
    why = Reason(
        f"核准文件載明有效至 {both(expires_on)}（含當日）；屆期不順延，展延核准須於屆期前取得。",
        f"The approval is valid through {both(expires_on)}; this day never moves, and the renewal must be there before it has passed.",
    )
    return Deadline(
        None, stated.nominal, stated.due_on, stated.file_by, None, stated.calendar_version, stated.provisional, (why, *stated.because[1:])
    )
