"""The words for what an obligation is and where it stands, and when it is late.

Labels in either language are the screens' business; the values are stored and appear in JSON, so they never change.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum


class Kind(StrEnum):
    """What sort of thing is owed."""

    INTERIM_REPORT = "interim_report"
    QUARTERLY_REPORT = "quarterly_report"
    FINAL_REPORT = "final_report"
    EXPENDITURE_CLOSING = "expenditure_closing"
    YEAR_END_NOTICE = "year_end_notice"
    APPROVAL_CATCH_UP = "approval_catch_up"
    APPROVAL_RENEWAL = "approval_renewal"
    CHECKPOINT = "checkpoint"
    EVALUATION = "evaluation"
    DATA_CALL = "data_call"
    ACTION_ITEM = "action_item"
    MEETING = "meeting"
    REPLY = "reply"
    CONTRACT_ITEM = "contract_item"


class DateStatus(StrEnum):
    """Whether the date is known: computed or entered, to come by notice, or absent from the call."""

    DATED = "dated"
    ON_NOTICE = "on_notice"
    NOT_STATED = "not_stated"


class Confidence(StrEnum):
    """How sure the date is: literal in the call, derived from it, resting on an assumed anchor, or from a document."""

    STATED = "stated"
    DERIVED = "derived"
    ASSUMED = "assumed"
    CONTRACT = "contract"
    OFFICIAL = "official"


class Basis(StrEnum):
    """Where the rule comes from: the call, a setting of this installation, the contract, or an official letter."""

    CALL = "call"
    SETTING = "setting"
    CONTRACT = "contract"
    OFFICIAL = "official"


class ObligationStatus(StrEnum):
    """Where the thing owed stands. `returned` keeps the first submission; its reply is an obligation of its own."""

    OPEN = "open"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    WAIVED = "waived"
    CLOSED = "closed"


class DischargedBy(StrEnum):
    """Whether handing in here is enough, or the funder's own site must be fed too (with its receipt recorded)."""

    MILEPOST = "milepost"
    EXTERNAL = "external"


class Lateness(StrEnum):
    """How a date stands against the calendar, in words that never accuse on an unconfirmed anchor."""

    UNDATED = "undated"
    NOT_A_DUTY = "not_a_duty"
    RELEASED = "released"
    NOT_DUE = "not_due"
    DUE_TODAY = "due_today"
    LATE = "late"
    LATE_ANCHOR_UNCONFIRMED = "late_anchor_unconfirmed"
    SUBMITTED_ON_TIME = "submitted_on_time"
    SUBMITTED_LATE = "submitted_late"
    SUBMITTED_LATE_ANCHOR_UNCONFIRMED = "submitted_late_anchor_unconfirmed"


OWED = frozenset({ObligationStatus.OPEN})
WITH_OFFICER = frozenset({ObligationStatus.SUBMITTED})
HANDED_IN = frozenset({ObligationStatus.SUBMITTED, ObligationStatus.RETURNED, ObligationStatus.ACCEPTED})
RELEASED = frozenset({ObligationStatus.WAIVED, ObligationStatus.CLOSED})
SETTLED = frozenset({ObligationStatus.ACCEPTED}) | RELEASED
LATE = frozenset(
    {
        Lateness.LATE,
        Lateness.LATE_ANCHOR_UNCONFIRMED,
        Lateness.SUBMITTED_LATE,
        Lateness.SUBMITTED_LATE_ANCHOR_UNCONFIRMED,
    }
)


def days_left(due: date, today: date) -> int:
    """Whole days from `today` (Asia/Taipei) to `due`: 0 on the day itself, negative afterwards."""
    return (due - today).days


def lateness(
    status: str,
    due_on: date | None,
    first_submitted_on: date | None,
    today: date,
    duty: bool,
    confidence: str = Confidence.STATED,
) -> Lateness:
    """Where an obligation stands on `today` (Asia/Taipei), judged by `due_on` and the *first* submission only.

    A return for correction never makes a punctual report late. What is not a duty is never late; nor is what was
    waived or closed before anything came in. With confidence `assumed` lateness is named
    `…_anchor_unconfirmed`, which screens show without blame.
    """
    if not duty:
        return Lateness.NOT_A_DUTY
    if due_on is None:
        return Lateness.UNDATED
    unconfirmed = confidence == Confidence.ASSUMED
    if first_submitted_on is not None:
        if first_submitted_on <= due_on:
            return Lateness.SUBMITTED_ON_TIME
        return Lateness.SUBMITTED_LATE_ANCHOR_UNCONFIRMED if unconfirmed else Lateness.SUBMITTED_LATE
    if status in RELEASED:
        return Lateness.RELEASED
    if status in HANDED_IN:
        # History brought in without its day of submission: nothing shows that it was late.
        return Lateness.SUBMITTED_ON_TIME
    if today <= due_on:
        return Lateness.DUE_TODAY if today == due_on else Lateness.NOT_DUE
    return Lateness.LATE_ANCHOR_UNCONFIRMED if unconfirmed else Lateness.LATE


def is_late(status: str, due_on: date | None, first_submitted_on: date | None, today: date, duty: bool) -> bool:
    """True when a duty came in after `due_on` or is still owed after it (see `lateness`; whatever the confidence)."""
    return lateness(status, due_on, first_submitted_on, today, duty) in LATE
