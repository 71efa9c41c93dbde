"""Words that several screens share, as message ids, and short texts made of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tracker.domain.approvals import ApprovalKind, ApprovalState
from tracker.ui.components import date_text
from tracker.ui.guard import Screen

APPROVAL_MSGIDS: dict[str, str] = {
    ApprovalKind.IRB: "IRB approval",
    ApprovalKind.IACUC: "IACUC approval",
    ApprovalKind.BIOSAFETY: "Biosafety approval",
    ApprovalKind.FIELD_TRIAL: "Field trial permit",
    ApprovalKind.BSL2: "BSL-2 laboratory approval",
}

APPROVAL_STATE_MSGIDS: dict[ApprovalState, str] = {
    ApprovalState.NOTHING_YET: "nothing handed in yet",
    ApprovalState.UNDER_REVIEW: "under review by the board",
    ApprovalState.VALID: "valid",
    ApprovalState.RUNNING_OUT: "running out",
    ApprovalState.EXPIRED: "expired",
}

COURSE_MSGIDS: dict[str, str] = {"continue": "The project continues", "terminate": "The project is terminated"}

EFFECT_MSGIDS: dict[str, str] = {
    "change_content": "change the content",
    "change_members": "change members",
    "merge_teams": "merge teams",
    "cut": "cut the budget",
}

VERDICT_MSGIDS: dict[str, str] = {"met": "met", "partly_met": "partly met", "not_met": "not met"}

OUTCOME_MSGIDS: dict[str, str] = {"accept": "accepted", "return": "returned for correction"}

MEMBER_MSGIDS: dict[str, str] = {"pi": "Principal investigator", "co_pi": "Co-principal investigator", "assistant": "Assistant"}

PARTY_MSGIDS: dict[str, str] = {"academic": "academic party", "company": "company party"}

PROJECT_STATUS_MSGIDS: dict[str, str] = {"active": "running", "closed": "closed", "terminated": "terminated"}

FACT_MSGIDS: dict[str, str] = {"applied_on": "Day of application", "signed_on": "Day of signature", "notified_on": "Day of notification"}


def date_and_safe_day(screen: Screen, due_on: date | None, file_by_on: date | None) -> str:
    """The legal last day in both calendars and, where it is another one, the last safe day."""
    if due_on is None:
        return screen.t("no date yet")
    if file_by_on is None or file_by_on == due_on:
        return date_text(due_on)
    return screen.t("{due}, file by {safe}", due=date_text(due_on), safe=date_text(file_by_on))


def number(value: Decimal | None) -> str:
    """A quantity as it was written, without idle zeros; a dash where there is none."""
    if value is None:
        return "—"
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(amount: int | None) -> str:
    """Whole New Taiwan dollars; a dash where there is no amount."""
    return "—" if amount is None else f"NT$ {amount:,}"
