"""What an alert says: one place for the words of mails and screens, in the reader's language.

The words depend on the day on which they are read, not on the day the stage fell: a mail that was delayed says the truth.
What rests on an unconfirmed anchor never accuses anybody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from tracker.domain.deadlines import Reason
from tracker.domain.ladder import ISSUED, nudged_on
from tracker.domain.minguo import both, weekday_zh
from tracker.domain.statuses import HANDED_IN, Confidence, DischargedBy, Kind, days_left
from tracker.i18n import Translator

_PERIOD = re.compile(r"Y(?P<year>[0-9]{1,2})(?:Q(?P<quarter>[0-9]))?")
#: Labels that only tell keys apart: what is owed once, and one approval from another ("irb-13-2027-02-05").
_ONLY_FOR_KEYS = re.compile(r"-?|project|[a-z_]+-[0-9]+(-[0-9]{4}-[0-9]{2}-[0-9]{2})?")

STAGE_MSGIDS = {
    "T-60": "60 days before",
    "T-30": "30 days before",
    "T-14": "14 days before",
    "T-7": "7 days before",
    "T-1": "the day before",
    "file_by": "last safe day to file",
    "due": "legal last day",
    "+1": "1 day after",
    "+7": "7 days after",
    "+14": "14 days after",
    ISSUED: "call issued",
}
STATE_MSGIDS = {"raised": "raised", "superseded": "overtaken by a later stage", "cancelled": "cancelled"}
CONFIDENCE_MSGIDS = {
    Confidence.STATED: "stated in the call",
    Confidence.DERIVED: "derived from the call",
    Confidence.ASSUMED: "assumed; the anchor date is not confirmed",
    Confidence.CONTRACT: "from the contract",
    Confidence.OFFICIAL: "from an official letter",
}


@dataclass(frozen=True)
class AlertText:
    """Everything an alert speaks of. Dates are civil days in Asia/Taipei; `today` is the day on which it is read.

    `role` is the reader's (pi, assistant, officer, chief, administrator). `status` and `discharged_*` are the obligation's as they stand.
    """

    role: str
    today: date
    project_code: str
    project_zh: str
    project_en: str
    title_zh: str
    title_en: str
    period_label: str
    duty: bool
    due_on: date
    file_by_on: date
    file_by_time: str | None
    confidence: str
    status: str
    discharged_by: str
    discharged_on: date | None = None
    clause: str = ""
    letter_number: str | None = None
    provisional: bool = False
    because: tuple[Reason, ...] = ()
    kind: str = ""
    stage: str = ""

    @property
    def is_staff(self) -> bool:
        return self.role in ("officer", "chief", "administrator")

    @property
    def by_hand(self) -> bool:
        """Given by the office itself and not by the ladder: the issue of a call, a reminder."""
        return self.stage == ISSUED or nudged_on(self.stage) is not None

    @property
    def waits_for_receipt(self) -> bool:
        """Handed in here, while only the funder's own site discharges the duty and its receipt is not recorded."""
        return self.status in HANDED_IN and self.discharged_by == DischargedBy.EXTERNAL and self.discharged_on is None

    @property
    def days_over(self) -> int:
        """Days since the legal last day; 0 or less before it has passed."""
        return -days_left(self.due_on, self.today)

    @property
    def anchor_unconfirmed(self) -> bool:
        return self.confidence == Confidence.ASSUMED


def stage_text(t: Translator, stage: str) -> str:
    """The name of a stage."""
    nudged = nudged_on(stage)
    return t("reminder by the office, {day}", day=both(nudged)) if nudged else t(STAGE_MSGIDS[stage])


def day_text(t: Translator, day: date) -> str:
    """A day in both calendars with its weekday."""
    return f"{both(day)} {t.pick(weekday_zh(day), f'{day:%A}')}"


def what(t: Translator, alert: AlertText) -> str:
    """The thing owed, with its period: 期中報告（第1年）."""
    title, period = t.pick(alert.title_zh, alert.title_en), period_text(t, alert.period_label)
    return t("{title}, {period}", title=title, period=period) if period else title


def period_text(t: Translator, label: str) -> str:
    """The name of a period: "Y1Q2" is 第1年第2季; another label is shown as it is, and what has no period has no name."""
    match = _PERIOD.fullmatch(label)
    if match is None:
        return "" if _ONLY_FOR_KEYS.fullmatch(label) else label
    if match["quarter"]:
        return t("year {year}, quarter {quarter}", year=match["year"], quarter=match["quarter"])
    return t("year {year}", year=match["year"])


def headline(t: Translator, alert: AlertText) -> str:
    """What the reader has to do, in one line: the subject of the mail."""
    thing, code = what(t, alert), alert.project_code
    if alert.kind == Kind.MEETING:
        return t("Coming up on {day}: {what} ({code})", day=both(alert.due_on), what=thing, code=code)
    if not alert.duty:
        return t("Get ready by {day}: {what} ({code})", day=both(alert.due_on), what=thing, code=code)
    if alert.by_hand:
        return _headline_by_hand(t, alert, thing, code)
    if alert.days_over > 0:
        return _overdue_headline(t, alert, thing, code)
    if alert.waits_for_receipt:
        return t("File it with the funder by {day} too: {what} ({code})", day=_by(alert), what=thing, code=code)
    if alert.today == alert.due_on:
        return t("Hand in today{time}: {what} ({code})", time=_time(t, alert), what=thing, code=code)
    return t("Hand in by {day}, {left}: {what} ({code})", day=_by(alert), left=_left(t, alert), what=thing, code=code)


def _headline_by_hand(t: Translator, alert: AlertText, thing: str, code: str) -> str:
    left = _left(t, alert)
    if nudged_on(alert.stage):
        return t("The office still waits for your answer, {left}: {what} ({code})", left=left, what=thing, code=code)
    return t("The office asks for an answer by {day}, {left}: {what} ({code})", day=_by(alert), left=left, what=thing, code=code)


def _overdue_headline(t: Translator, alert: AlertText, thing: str, code: str) -> str:
    if alert.anchor_unconfirmed:
        if alert.is_staff:
            return t("Please confirm the anchor date: {what} ({code})", what=thing, code=code)
        return t("Overdue (anchor date not confirmed): {what} ({code})", what=thing, code=code)
    left = _left(t, alert)
    if alert.waits_for_receipt:
        return t("Not yet filed with the funder, {left}: {what} ({code})", left=left, what=thing, code=code)
    if alert.is_staff:
        return t("Please follow up, {left}: {what} ({code})", left=left, what=thing, code=code)
    return t("Hand in now, {left}: {what} ({code})", left=left, what=thing, code=code)


def opening(t: Translator, alert: AlertText) -> list[str]:
    """The sentences above the facts: what to do, and what the reader should know about the state of things."""
    lines = [_ask(t, alert)]
    if alert.waits_for_receipt:
        lines.append(t("Sent in this system, not yet filed with the funding agency."))
    if alert.file_by_time and alert.duty and alert.days_over <= 0:
        lines.append(
            t(
                "The last day moved here from a Saturday: file before {time} on {day} to be safe.",
                time=alert.file_by_time,
                day=both(alert.file_by_on),
            )
        )
    if alert.anchor_unconfirmed and not (alert.is_staff and alert.days_over > 0):
        lines.append(t("The anchor date of this deadline is assumed; the programme office has been asked to confirm it."))
    return lines


def _ask(t: Translator, alert: AlertText) -> str:
    if not alert.duty and alert.kind == Kind.APPROVAL_RENEWAL:
        return t("The approval lasts to the end of the project, so the funder asks for no renewal; renew it where the work goes on.")
    if alert.kind == Kind.MEETING:
        return t("Place, time and what is to be prepared stand on the project's page, under meetings.")
    if not alert.duty:
        return t("No report is owed for this period; the closing of the year needs what is listed on the page.")
    if alert.by_hand and not alert.is_staff:
        if nudged_on(alert.stage):
            return t("The programme office reminds you itself: your answer has not come in yet. What is written so far is kept.")
        return t("The programme office has issued a call to your project, or moved its day. Please answer it on its page.")
    if alert.days_over > 0 and alert.anchor_unconfirmed:
        if alert.is_staff:
            return t(
                "By an assumed anchor date this has passed. Please confirm the anchor with a letter number, or enter the"
                " right date; until then nobody counts as late."
            )
        return t("By an assumed anchor date this has passed. Please hand in what you have; nobody counts as late yet.")
    if alert.waits_for_receipt:
        return t("Please file it on the funder's own site and record the date, number and file of its receipt here.")
    if alert.is_staff:
        return t("The project has not handed this in. Please ask the principal investigator about it.")
    if alert.days_over > 0:
        return t("Please hand it in as soon as you can, and give the reason for the delay.")
    if alert.today > alert.file_by_on:
        return t("The last safe day has passed; the legal last day has not. Please hand it in at once.")
    return t("Please hand it in by the last safe day.")


def facts(t: Translator, alert: AlertText) -> list[tuple[str, str]]:
    """The facts of an alert, as (label, text)."""
    rows = [
        (t("The project"), f"{alert.project_code} {t.pick(alert.project_zh, alert.project_en)}"),
        (t("What is owed") if alert.duty else t("Notice"), what(t, alert)),
        (t("Legal last day") if alert.duty else t("Day"), day_text(t, alert.due_on)),
    ]
    if alert.duty:
        rows.append((t("Last safe day to file"), day_text(t, alert.file_by_on) + _time(t, alert)))
    rows.append((t("Days left"), _left(t, alert)))
    if alert.clause:
        rows.append((t("Clause"), alert.clause))
    if alert.letter_number:
        rows.append((t("Letter"), alert.letter_number))
    rows.append((t("How sure"), t(CONFIDENCE_MSGIDS[Confidence(alert.confidence)])))
    if alert.provisional:
        rows.append((t("Note"), t("The working days of that year are not published yet; the day may move.")))
    return rows


def _by(alert: AlertText) -> str:
    return both(alert.file_by_on) + (f" {alert.file_by_time}" if alert.file_by_time else "")


def _time(t: Translator, alert: AlertText) -> str:
    return t(" before {time}", time=alert.file_by_time) if alert.file_by_time else ""


def _left(t: Translator, alert: AlertText) -> str:
    """Days to the last safe day; after the legal day, days since."""
    if alert.days_over > 0 and alert.duty:
        if alert.anchor_unconfirmed:
            return t("overdue (anchor date not confirmed)")
        return t("{n} days overdue", n=alert.days_over) if alert.days_over > 1 else t("1 day overdue")
    left = days_left(alert.file_by_on if alert.duty else alert.due_on, alert.today)
    if left > 1:
        return t("{n} days left", n=left)
    if left == 1:
        return t("1 day left")
    return t("today") if left == 0 or alert.today == alert.due_on else t("the last safe day has passed")
