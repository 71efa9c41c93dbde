"""Words that several screens share, as message ids, and short texts made of them."""

from __future__ import annotations

from datetime import date

from tracker.domain.approvals import ApprovalKind
from tracker.services.words import (  # noqa: F401  (screens find all their words here)
    APPROVAL_STATE_MSGIDS,
    COURSE_MSGIDS,
    EFFECT_MSGIDS,
    MEMBER_MSGIDS,
    PARTY_MSGIDS,
    PROJECT_STATUS_MSGIDS,
    VERDICT_MSGIDS,
    money,
    number,
)
from tracker.ui.components import date_text
from tracker.ui.guard import Screen

APPROVAL_MSGIDS: dict[str, str] = {
    ApprovalKind.IRB: "IRB approval",
    ApprovalKind.IACUC: "IACUC approval",
    ApprovalKind.BIOSAFETY: "Biosafety approval",
    ApprovalKind.FIELD_TRIAL: "Field trial permit",
    ApprovalKind.BSL2: "BSL-2 laboratory approval",
}

OUTCOME_MSGIDS: dict[str, str] = {"accept": "accepted", "return": "returned for correction", "reset": "reset as a whole"}

FACT_MSGIDS: dict[str, str] = {"applied_on": "Day of application", "signed_on": "Day of signature", "notified_on": "Day of notification"}


def date_and_safe_day(screen: Screen, due_on: date | None, file_by_on: date | None) -> str:
    """The legal last day in both calendars and, where it is another one, the last safe day."""
    if due_on is None:
        return screen.t("no date yet")
    if file_by_on is None or file_by_on == due_on:
        return date_text(due_on)
    return screen.t("{due}, file by {safe}", due=date_text(due_on), safe=date_text(file_by_on))


def doer(screen: Screen, actor: str | None, principal: str | None = None) -> str:
    """Who did something, and on whose behalf where the right was another's: 「示範助理 代 示範主持人」."""
    if actor is None:
        return screen.t("the system")
    return screen.t("{actor} for {principal}", actor=actor, principal=principal) if principal else actor
