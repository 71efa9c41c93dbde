"""What a notice says: a receipt, another day, a right given, things handed over. Told once, in the reader's language, without a ladder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tracker.clock import TAIPEI
from tracker.domain.minguo import both
from tracker.i18n import Translator
from tracker.notify import moved_days, signal_wording, templates
from tracker.notify.chat_answers import answer_text
from tracker.notify.sorts import FIELD_MSGIDS, OWED_KINDS, Sort
from tracker.notify.templates import NONE_OF_ITS_OWN, OwnWords
from tracker.notify.wording import day_text, period_text

RECEIPT, WITHDRAWN, EXTENDED, WAIVED, SKIPPED, REINSTATED = "receipt", "withdrawn", "extended", "waived", "skipped", "reinstated"
MEETING_MOVED, MEETING_CANCELLED, ACTION_SENT_BACK = "meeting_moved", "meeting_cancelled", "action_sent_back"
CALL_CLOSED, CALL_CANCELLED, REVIEW_GIVEN, OUTCOME_WANTING = "call_closed", "call_cancelled", "review_given", "outcome_wanting"
RIGHT_GIVEN, RIGHT_TAKEN, HANDED_TO_YOU, HANDED_ON = "right_given", "right_taken", "handed_to_you", "handed_on"
SIGNAL = signal_wording.SIGNAL
DELEGATED, DELEGATION_ENDED, DELEGATION_DECLINED = "delegated", "delegation_ended", "delegation_declined"
DATE_MOVED = "date_moved"
MASS_HELD = "mass_held"
AUDIT_FOUND = "audit_found"
CHAT_BROKEN = "chat_broken"

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
    CALL_CLOSED: "Call closed",
    CALL_CANCELLED: "Call cancelled",
    REVIEW_GIVEN: "To be reviewed",
    OUTCOME_WANTING: "To be put right",
    RIGHT_GIVEN: "Right given",
    RIGHT_TAKEN: "Right taken back",
    HANDED_TO_YOU: "Handed over",
    HANDED_ON: "Handed over",
    DELEGATED: "You are asked to see to it",
    DELEGATION_ENDED: "Taken back",
    DELEGATION_DECLINED: "Given back to you",
    DATE_MOVED: "Working days changed",
    MASS_HELD: "Held back",
    AUDIT_FOUND: "The audit found something",
    CHAT_BROKEN: "A chat channel takes nothing",
}
NAME_MSGIDS |= {kind: signal_wording.name_msgid(kind) for kind in signal_wording.SORTS}
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
    CALL_CLOSED: "Closed, no answer is needed any more: {what} ({code})",
    CALL_CANCELLED: "Cancelled, no answer is needed: {what} ({code})",
    REVIEW_GIVEN: "Please review: {what} ({code})",
    OUTCOME_WANTING: "Please put right: {what} ({code})",
    RIGHT_GIVEN: "You may act for {name}: {what} ({code})",
    RIGHT_TAKEN: "Taken back by {name}: {what} ({code})",
    HANDED_TO_YOU: "Handed over to you by {name}: {what}",
    HANDED_ON: "Handed over to {name}: {what}",
    DELEGATED: "{name} asks you to see to it: {what} ({code})",
    DELEGATION_ENDED: "{name} sees to it again: {what} ({code})",
    DELEGATION_DECLINED: "{name} gives it back to you: {what} ({code})",
    DATE_MOVED: "The working days changed: {what} ({code})",
    MASS_HELD: "Please look before they go, held back: {what}",
    AUDIT_FOUND: "Look into what the audit of the alerts found: {what}",
    CHAT_BROKEN: "See to the chat channel that takes no messages: {what}",
}
_OPENINGS = {
    RECEIPT: "What you handed in was received in this system. Keep this receipt: its number and hash prove what was handed in, and when.",
    WITHDRAWN: "The project took this back before anybody of the office had opened it. The version stays in the file.",
    EXTENDED: "The programme office has set a later day. The reminders begin anew for it.",
    WAIVED: "The programme office has waived this. Nothing has to be handed in, and nobody is reminded of it any more.",
    SKIPPED: "The programme office skips this period. The next period can be accepted without it.",
    REINSTATED: "The programme office has taken back its earlier decision: this is owed as before.",
    MEETING_MOVED: "The programme office has moved this to another day. Reminders for the old day are cancelled.",
    MEETING_CANCELLED: "The programme office has cancelled this. Nothing has to be prepared for it, and nobody is reminded any more.",
    ACTION_SENT_BACK: "The programme office looked at what was reported as done and sent it back. It is open again.",
    CALL_CLOSED: "The programme office has closed this call. Who has not answered owes nothing, and nobody is reminded any more.",
    CALL_CANCELLED: "The programme office has cancelled this call. Nothing is owed to it; what was handed in stays in the file.",
    REVIEW_GIVEN: "The programme office asks you to review this report. You see this report and nothing else of the project.",
    OUTCOME_WANTING: "The programme office looked at this outcome and found something wanting. Please put it right or answer the office.",
    RIGHT_GIVEN: "What you do by this right is recorded as done by you on the investigator's behalf. Nobody can pass it on.",
    RIGHT_TAKEN: "This right has ended. What you did by it stays as it is.",
    HANDED_TO_YOU: "This lies with you from now on. Please sign in again: your rights have changed.",
    HANDED_ON: "This lies with somebody else from now on. What you did stays in the record under your name.",
    DELEGATED: "You get every further reminder of it. The duty stays with the project; who asked you is told again on the last days.",
    DELEGATION_ENDED: "You need not see to it any more. The further reminders go to whom they went before.",
    DELEGATION_DECLINED: "You had asked for it to be seen to. The further reminders go to you again.",
    DATE_MOVED: "The working days of the administration were issued anew, or its offices were closed. These days moved with them. "
    "What was handed in stays as it is, and no reminder is sent twice.",
    MASS_HELD: "Unusually much was raised at once, the machine's clock jumped, or the database was put back from a copy. "
    "Nothing of it leaves before an administrator has looked.",
    AUDIT_FOUND: "The daily audit worked out what the ledger must hold and compared. What it found stays on the page of health until it is"
    " mended; you are told of each finding once.",
    CHAT_BROKEN: "What would have been told there alone comes by mail, from now until it works again. An administrator mends it on the page"
    " “Chat channels”: enter its address again, or send a trial message that arrives.",
}


#: About one obligation, so that words may depend on its kind.
_OF_OBLIGATIONS = frozenset({RECEIPT, WITHDRAWN, EXTENDED, WAIVED, SKIPPED, REINSTATED, DELEGATED, DELEGATION_ENDED, DELEGATION_DECLINED})


def _sort(kind: str) -> Sort:
    """A notice's own fields are those that its built-in words use: the others would often be empty."""
    used = templates.fields_in(_HEADLINES[kind]) | templates.fields_in(_OPENINGS[kind])
    needs = (("what", "code") if "code" in used else ("what",), *((name,) for name in ("number", "day", "name") if name in used))
    of_project = ("project",) if "code" in used else ()
    fields = tuple(name for name in FIELD_MSGIDS if name in used | {*of_project})
    kinds = OWED_KINDS if kind in _OF_OBLIGATIONS else ()
    return Sort(kind, "notice", NAME_MSGIDS[kind], _HEADLINES[kind], _OPENINGS[kind], fields, needs, kinds=kinds)


SORTS: dict[str, Sort] = {kind: _sort(kind) for kind in _HEADLINES} | signal_wording.SORTS
"""Every sort of notice, by its kind."""

_AREAS = {"reports": "Reports", "approvals": "Approvals", "outcomes": "Outcomes"}
_LEVELS = {"view": "read only", "edit": "write", "submit": "write and hand in"}


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
    obligation_kind: str = ""


def what(t: Translator, notice: NoticeText) -> str:
    """The thing it is about, with its period."""
    told = notice.params
    if notice.kind.startswith(SIGNAL) and told.get("title_zh"):
        return t.pick(told["title_zh"], told["title_en"])
    if notice.kind in (RIGHT_GIVEN, RIGHT_TAKEN):
        return t("{area} ({level})", area=t(_AREAS[told["area"]]), level=t(_LEVELS[told["level"]]))
    if notice.kind in (HANDED_TO_YOU, HANDED_ON):
        return _counted(t, told["moved"], "1 thing", "{n} things")
    if notice.kind == MASS_HELD:
        signals = told.get("about") == "signals"
        return _counted(t, told["mails"], *(("1 signal", "{n} signals") if signals else ("1 mail", "{n} mails")))
    if notice.kind == AUDIT_FOUND:
        return _counted(t, told["n"], "1 finding", "{n} findings")
    if notice.kind == DATE_MOVED:
        return moved_days.what(t, told)
    if notice.kind in (OUTCOME_WANTING, CHAT_BROKEN):
        return str(told["title"])
    title, period = t.pick(notice.title_zh, notice.title_en), period_text(t, notice.period_label)
    return t("{title}, {period}", title=title, period=period) if period else title


def _counted(t: Translator, n: int, one: str, many: str) -> str:
    return t(one) if n == 1 else t(many, n=n)


def fields(t: Translator, notice: NoticeText) -> dict[str, str]:
    """What may be merged into the words of a notice; see `sorts.FIELD_MSGIDS`. What the notice does not know is empty."""
    if notice.kind.startswith(SIGNAL):
        return signal_wording.fields(notice, what(t, notice), t.pick(notice.project_zh, notice.project_en))
    day = _day(notice.params.get("new_due_on"))
    return {
        "what": what(t, notice),
        "code": notice.project_code,
        "project": t.pick(notice.project_zh, notice.project_en),
        "number": notice.receipt_number or "",
        "day": both(day) if day else "",
        "name": str(notice.params.get("name", "")),
    }


def headline(t: Translator, notice: NoticeText, own: OwnWords = NONE_OF_ITS_OWN) -> str:
    """One line: the subject of the mail. `own`: the words of the office for the programme."""
    return templates.subject(t, SORTS[notice.kind], fields(t, notice), templates.chosen(own, notice.kind, kind=notice.obligation_kind))


def opening(t: Translator, notice: NoticeText, own: OwnWords = NONE_OF_ITS_OWN) -> list[str]:
    """The sentences above the facts."""
    return [
        *templates.opening(t, SORTS[notice.kind], fields(t, notice), templates.chosen(own, notice.kind, kind=notice.obligation_kind)),
        *notes(t, notice),
    ]


def notes(t: Translator, notice: NoticeText) -> list[str]:
    """What must be said besides, whatever the words of the office."""
    if notice.kind == RECEIPT and notice.to_file_elsewhere:
        agency = t.pick(notice.authority_zh, notice.authority_en)
        return [t("It must also be handed in on the site of {agency}; this receipt does not end that duty.", agency=agency)]
    return []


def facts(t: Translator, notice: NoticeText) -> list[tuple[str, str]]:
    """(label, text) pairs below the sentences."""
    rows = [(t("The project"), f"{notice.project_code} {t.pick(notice.project_zh, notice.project_en)}")] if notice.project_code else []
    if notice.kind == DATE_MOVED:
        return [*rows, *moved_days.facts(t, notice.params)]
    rows += [(t("What it is about"), what(t, notice)), *_rights(t, notice)]
    rows += _version(t, notice) + _days(t, notice)
    if notice.params.get("answer"):
        rows.append((t("What its service answered"), answer_text(t, notice.params["answer"])))
    for name, label in (("letter_number", t("Letter")), ("reason", t("Reason"))):
        if notice.params.get(name):
            rows.append((label, str(notice.params[name])))
    return rows


def _rights(t: Translator, notice: NoticeText) -> list[tuple[str, str]]:
    """What is said of a right, of things that were handed over, of a step of a review."""
    told, until = notice.params, _day(notice.params.get("until_on"))
    rows = [(t("Step"), t.pick(told["step_zh"], told["step_en"]))] if told.get("step_zh") else []
    if until is not None:
        rows.append((t("Review by") if notice.kind == REVIEW_GIVEN else t("Until"), day_text(t, until)))
    codes = told.get("codes") or []
    return [*rows, (t("Projects"), t.pick("、", ", ").join(codes))] if codes else rows


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
    if notice.kind.startswith(SIGNAL):
        return signal_wording.facts(t, notice)
    rows, before = [], _day(notice.params.get("old_due_on"))
    if notice.kind == REVIEW_GIVEN:
        return []  # the project's day is not hers
    if notice.kind in (MEETING_MOVED, MEETING_CANCELLED):
        days = ((t("Day before"), before), (t("Day"), notice.due_on if notice.kind == MEETING_MOVED else None))
        return [(label, day_text(t, day)) for label, day in days if day is not None]
    if before is not None:
        rows.append((t("Legal last day before"), day_text(t, before)))
    if notice.due_on is not None and notice.kind not in (WAIVED, SKIPPED, CALL_CLOSED, CALL_CANCELLED):
        rows.append((t("Legal last day"), day_text(t, notice.due_on)))
        if notice.file_by_on is not None and notice.kind in (EXTENDED, REINSTATED):
            rows.append((t("Last safe day to file"), day_text(t, notice.file_by_on)))
    return rows


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None
