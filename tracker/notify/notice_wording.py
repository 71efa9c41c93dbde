"""What a notice says: a receipt, a report taken back, another day. Told once, in the reader's language; no ladder behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tracker.clock import TAIPEI
from tracker.domain.minguo import both
from tracker.i18n import Translator
from tracker.notify.wording import day_text, period_text

RECEIPT, WITHDRAWN, EXTENDED, WAIVED, SKIPPED, REINSTATED = "receipt", "withdrawn", "extended", "waived", "skipped", "reinstated"
MEETING_MOVED, MEETING_CANCELLED, ACTION_SENT_BACK = "meeting_moved", "meeting_cancelled", "action_sent_back"

NAME_MSGIDS = {
    RECEIPT: "Receipt",
    WITHDRAWN: "Taken back",
    EXTENDED: "Extended",
    WAIVED: "Waived",
    SKIPPED: "Skipped",
    REINSTATED: "Owed again",
    MEETING_MOVED: "Moved",
    MEETING_CANCELLED: "Cancelled",
    ACTION_SENT_BACK: "Sent back",
}
_HEADLINES = {
    RECEIPT: "Receipt {number}: {what} ({code})",
    WITHDRAWN: "Taken back by its writer: {what} ({code})",
    EXTENDED: "Extended to {day}: {what} ({code})",
    WAIVED: "No longer owed: {what} ({code})",
    SKIPPED: "Skipped for this period: {what} ({code})",
    REINSTATED: "Owed again: {what} ({code})",
    MEETING_MOVED: "Moved to {day}: {what} ({code})",
    MEETING_CANCELLED: "Cancelled: {what} ({code})",
    ACTION_SENT_BACK: "Sent back, to be done by {day}: {what} ({code})",
}
_OPENINGS = {
    RECEIPT: "The report was received in this system. Keep this receipt: its number and hash prove what was handed in, and when.",
    WITHDRAWN: "The project took this report back before anybody of the office had opened it. The version stays in the file.",
    EXTENDED: "The programme office has set a later day. The reminders begin anew for it.",
    WAIVED: "The programme office has waived this. Nothing has to be handed in, and nobody is reminded of it any more.",
    SKIPPED: "The programme office skips this period. The next period can be accepted without it.",
    REINSTATED: "The programme office has taken back its earlier decision: this is owed as before.",
    MEETING_MOVED: "The programme office has moved this to another day. Reminders for the old day are cancelled.",
    MEETING_CANCELLED: "The programme office has cancelled this. Nothing has to be prepared for it, and nobody is reminded any more.",
    ACTION_SENT_BACK: "The programme office looked at what was reported as done and sent it back. It is open again.",
}


@dataclass(frozen=True)
class NoticeText:
    """Everything a notice speaks of. Instants are aware; `params` holds what only the act itself knew (reason, letter, old day)."""

    kind: str
    project_code: str
    project_zh: str
    project_en: str
    title_zh: str
    title_en: str
    period_label: str
    due_on: date | None
    file_by_on: date | None
    params: Mapping[str, Any]
    to_file_elsewhere: bool = False
    authority_zh: str = ""
    authority_en: str = ""
    receipt_number: str | None = None
    version: int | None = None
    submitted_at: datetime | None = None
    submitter: str = ""
    sha256: str = ""


def what(t: Translator, notice: NoticeText) -> str:
    """The thing it is about, with its period."""
    title, period = t.pick(notice.title_zh, notice.title_en), period_text(t, notice.period_label)
    return t("{title}, {period}", title=title, period=period) if period else title


def headline(t: Translator, notice: NoticeText) -> str:
    """One line: the subject of the mail."""
    day = _day(notice.params.get("new_due_on"))
    return t(
        _HEADLINES[notice.kind], number=notice.receipt_number or "", what=what(t, notice), code=notice.project_code,
        day=both(day) if day else "",
    )  # fmt: skip


def opening(t: Translator, notice: NoticeText) -> list[str]:
    """The sentences above the facts."""
    lines = [t(_OPENINGS[notice.kind])]
    if notice.kind == RECEIPT and notice.to_file_elsewhere:
        agency = t.pick(notice.authority_zh, notice.authority_en)
        lines.append(t("It must also be handed in on the site of {agency}; this receipt does not end that duty.", agency=agency))
    return lines


def facts(t: Translator, notice: NoticeText) -> list[tuple[str, str]]:
    """(label, text) pairs below the sentences."""
    rows = [
        (t("The project"), f"{notice.project_code} {t.pick(notice.project_zh, notice.project_en)}"),
        (t("What it is about"), what(t, notice)),
    ]
    rows += _version(t, notice) + _days(t, notice)
    for name, label in (("letter_number", t("Letter")), ("reason", t("Reason"))):
        if notice.params.get(name):
            rows.append((label, str(notice.params[name])))
    return rows


def _version(t: Translator, notice: NoticeText) -> list[tuple[str, str]]:
    if notice.receipt_number is None or notice.submitted_at is None:
        return []
    local = notice.submitted_at.astimezone(TAIPEI)
    rows = [
        (t("Receipt number"), notice.receipt_number),
        (t("Received at (Taipei time)"), f"{both(local.date())} {local:%H:%M:%S}"),
        (t("Version"), str(notice.version)),
        (t("Handed in by"), notice.submitter),
    ]
    return [*rows, (t("SHA-256 of the content"), notice.sha256)] if notice.kind == RECEIPT else rows


def _days(t: Translator, notice: NoticeText) -> list[tuple[str, str]]:
    rows, before = [], _day(notice.params.get("old_due_on"))
    if notice.kind in (MEETING_MOVED, MEETING_CANCELLED):
        days = ((t("Day before"), before), (t("Day"), notice.due_on if notice.kind == MEETING_MOVED else None))
        return [(label, day_text(t, day)) for label, day in days if day is not None]
    if before is not None:
        rows.append((t("Legal last day before"), day_text(t, before)))
    if notice.due_on is not None and notice.kind not in (WAIVED, SKIPPED):
        rows.append((t("Legal last day"), day_text(t, notice.due_on)))
        if notice.file_by_on is not None and notice.kind in (EXTENDED, REINSTATED):
            rows.append((t("Last safe day to file"), day_text(t, notice.file_by_on)))
    return rows


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None
