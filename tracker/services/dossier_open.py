"""What is open in a project on a day: late duties, replies, the funder's receipts, conclusions, papers that run out, missing dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Row

from tracker.domain.approvals import KIND_TITLES, ApprovalKind
from tracker.domain.statuses import Kind, Lateness, lateness
from tracker.services.planning import programme_of
from tracker.store import q_dates, q_dossier


@dataclass(frozen=True)
class OpenItem:
    """One thing that is open. `what` names its sort (a key of `dossier_words.OPEN_MSGIDS`); `is_late`: its day has passed."""

    what: str
    zh: str
    en: str
    period: str = ""
    due_on: date | None = None
    is_late: bool = False
    who: str = ""
    where_zh: str = ""
    where_en: str = ""


_ORDER = ("late", "late_unconfirmed", "undischarged", "reply", "condition", "action", "action_done", "approval", "undated", "waiting")


def open_items(conn: Connection, head: Row, obligations: Sequence[Row], approvals: Sequence[Row], today: date) -> tuple[OpenItem, ...]:
    """Everything open, what is late first. `approvals` are those that ran out or are about to. The caller has authorised."""
    found = [item for row in obligations if (item := _of_obligation(row, today)) is not None]
    found += [_of_action(row, today) for row in q_dossier.action_items(conn, head.id) if row.state in ("open", "done")]
    for row in approvals:
        title = KIND_TITLES[ApprovalKind(row.kind)]
        found.append(
            OpenItem("approval", f"{title.zh}：{row.title}", f"{title.en}: {row.title}", "", row.expires_on, row.expires_on < today)
        )
    if head.status == "active":
        for rule in programme_of(conn, head.id).missing_contract_items(q_dates.dated_rules(conn, head.id)):
            found.append(OpenItem("undated", rule.title_zh, rule.title_en))
    return tuple(sorted(found, key=lambda item: (not item.is_late, _ORDER.index(item.what), item.due_on or date.max)))


def _of_obligation(row: Row, today: date) -> OpenItem | None:
    """What an obligation leaves open; a conclusion is told of by its own row."""
    if not row.duty or row.kind == Kind.ACTION_ITEM:
        return None
    if row.status in ("submitted", "accepted") and row.discharged_by == "external" and row.discharged_on is None:
        return _made("undischarged", row, row.due_on is not None and row.due_on < today)
    if row.status == "submitted" and row.kind != Kind.REPLY:
        return _made("waiting", row, False)
    if row.status != "open":
        return None
    stands = lateness(row.status, row.due_on, row.first_submitted_on, today, row.duty, row.confidence)
    if row.kind == Kind.REPLY:
        return _made("reply", row, stands == Lateness.LATE)
    if stands == Lateness.LATE:
        return _made("late", row, True)
    return _made("late_unconfirmed", row, False) if stands == Lateness.LATE_ANCHOR_UNCONFIRMED else None


def _made(what: str, row: Row, is_late: bool) -> OpenItem:
    return OpenItem(what, row.title_zh, row.title_en, row.period_label, row.due_on, is_late)


def _of_action(row: Row, today: date) -> OpenItem:
    what = "action_done" if row.state == "done" else "condition" if row.review_id is not None else "action"
    text = f"A{row.number} {row.body}"
    return OpenItem(
        what,
        text,
        text,
        "",
        row.due_on,
        row.state == "open" and row.due_on < today,
        row.owner or "",
        row.meeting_zh or "",
        row.meeting_en or "",
    )
