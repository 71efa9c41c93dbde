"""The words of a dossier, as message ids, and the lines that its screen and its prints share."""

from __future__ import annotations

from datetime import date

from tracker.charts.timeline import STANDS
from tracker.charts.words import STATUS_MSGIDS
from tracker.domain.minguo import both
from tracker.domain.statuses import Lateness
from tracker.i18n import Translator
from tracker.notify.wording import period_text
from tracker.services.dossier import ReportedLine
from tracker.services.dossier_changes import ChangeLine
from tracker.services.dossier_open import OpenItem
from tracker.services.words import money

CHANGE_MSGIDS: dict[str, str] = {
    "extended": "The project was extended",
    "extended_before": "Extended before it was entered here",
    "end_corrected": "The end was corrected",
    "checkpoints_added": "Checkpoints or indicators were added",
    "obligation_extend": "A later day was given",
    "obligation_waive": "Waived",
    "obligation_skip": "Skipped",
    "obligation_reinstate": "Asked for again",
    "date_given": "Dated by a letter",
    "terminated": "The project is terminated",
    "effect_change_content": "Decision: change the content",
    "effect_change_members": "Decision: change members",
    "effect_merge_teams": "Decision: merge teams",
    "effect_cut": "Decision: cut the budget",
    "report_corrected": "An accepted report was corrected",
}

OPEN_MSGIDS: dict[str, str] = {
    "late": "late",
    "late_unconfirmed": "Overdue (anchor date not confirmed)",
    "undischarged": "Sent here, not yet handed in to the funder",
    "reply": "Answer to the office is owed",
    "condition": "Condition of an acceptance",
    "action": "Action item",
    "action_done": "Done, to be confirmed by the office",
    "approval": "Approval running out or expired",
    "undated": "Missing from the contract schedule",
    "waiting": "Waits for the office",
}

OUTCOME_KIND_MSGIDS: dict[str, str] = {
    "paper": "Papers",
    "patent": "Patents",
    "licence": "Licences",
    "product": "Products",
    "field_trial": "Field trials",
    "other": "Other outcomes",
}

#: How a line stands → tone of a print.
TONES: dict[str, str] = {
    Lateness.LATE: "warn",
    Lateness.LATE_ANCHOR_UNCONFIRMED: "warn",
    Lateness.SUBMITTED_LATE: "note",
    Lateness.SUBMITTED_LATE_ANCHOR_UNCONFIRMED: "note",
    Lateness.SUBMITTED_ON_TIME: "good",
    Lateness.DUE_TODAY: "accent",
    "met": "good",
    "partly_met": "accent",
    "not_met": "warn",
}


def day(value: date | None) -> str:
    """A day in both calendars; a dash where there is none."""
    return both(value) if value else "—"


def titled(t: Translator, zh: str, en: str, period: str) -> str:
    """What something is called, with its period."""
    return " · ".join(part for part in (t.pick(zh, en), period_text(t, period) if period else "") if part)


def report_title(t: Translator, line: ReportedLine) -> str:
    """A report with its period."""
    return titled(t, line.row.title_zh, line.row.title_en, line.row.period_label)


def stands_text(t: Translator, line: ReportedLine) -> str:
    """Whether a report came in time."""
    return t("no date yet") if line.stands == Lateness.UNDATED else t(STANDS[line.stands][0])


def report_state(t: Translator, line: ReportedLine) -> str:
    """Where a report stands with the office and the funder."""
    if line.row.status == "open":
        return t("not handed in")
    parts = [t(STATUS_MSGIDS[line.row.status])]
    if line.to_discharge:
        parts.append(t("not yet at the funder"))
    if line.returns and line.row.status != "returned":
        parts.append(t("sent back {n} times", n=line.returns) if line.returns > 1 else t("sent back once"))
    return t("; ").join(parts)


def change_text(t: Translator, line: ChangeLine) -> str:
    """What a change is and what it concerns."""
    about = titled(t, line.zh, line.en, line.period)
    what = t(CHANGE_MSGIDS[line.what])
    amount = f" {money(line.amount)}" if line.amount is not None else ""
    return what + amount + (t(": {about}", about=about) if about else "")


def change_days(t: Translator, line: ChangeLine) -> str:
    """From which day to which; "" where no day moved."""
    if line.before and line.after:
        return t("{before} → {after}", before=day(line.before), after=day(line.after))
    return day(line.after) if line.after else ""


def open_text(t: Translator, item: OpenItem) -> str:
    """What is open, with who owes it and where it comes from."""
    extra = [part for part in (item.who, t.pick(item.where_zh, item.where_en)) if part]
    text = titled(t, item.zh, item.en, item.period)
    return " · ".join([text, *extra])
