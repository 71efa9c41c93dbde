"""The names of kinds and states on charts and in tables, as message ids."""

from __future__ import annotations

from tracker.domain.statuses import Kind, ObligationStatus

KIND_MSGIDS: dict[str, str] = {
    Kind.INTERIM_REPORT: "Interim report",
    Kind.QUARTERLY_REPORT: "Quarterly report",
    Kind.FINAL_REPORT: "Final report",
    Kind.EXPENDITURE_CLOSING: "Closing of the accounts",
    Kind.YEAR_END_NOTICE: "Year-end reminder",
    Kind.APPROVAL_CATCH_UP: "Approval to be handed in",
    Kind.APPROVAL_RENEWAL: "Approval to be renewed",
    Kind.CHECKPOINT: "Checkpoint",
    Kind.EVALUATION: "Evaluation",
    Kind.DATA_CALL: "Data call",
    Kind.ACTION_ITEM: "Action item",
    Kind.MEETING: "Meeting or event",
    Kind.REPLY: "Reply to a return",
    Kind.CONTRACT_ITEM: "Contract item",
}

STATUS_MSGIDS: dict[str, str] = {
    ObligationStatus.OPEN: "open",
    ObligationStatus.SUBMITTED: "handed in, waits for the office",
    ObligationStatus.RETURNED: "returned for correction",
    ObligationStatus.ACCEPTED: "accepted",
    ObligationStatus.WAIVED: "waived",
    ObligationStatus.CLOSED: "closed",
}
