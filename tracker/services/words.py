"""Words and figures that screens, prints and files share, as message ids and short texts made of them."""

from __future__ import annotations

from decimal import Decimal

from tracker.domain.approvals import ApprovalState

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

MEMBER_MSGIDS: dict[str, str] = {"pi": "Principal investigator", "co_pi": "Co-principal investigator", "assistant": "Assistant"}

PARTY_MSGIDS: dict[str, str] = {"academic": "academic party", "company": "company party"}

PROJECT_STATUS_MSGIDS: dict[str, str] = {"active": "running", "closed": "closed", "terminated": "terminated"}


def number(value: Decimal | None) -> str:
    """A quantity as it was written, without idle zeros; a dash where there is none."""
    if value is None:
        return "—"
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(amount: int | None) -> str:
    """Whole New Taiwan dollars; a dash where there is no amount."""
    return "—" if amount is None else f"NT$ {amount:,}"
