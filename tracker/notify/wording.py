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
from tracker.notify import templates
from tracker.notify.alert_sorts import ALERTS
from tracker.notify.templates import NONE_OF_ITS_OWN, OwnWords

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
    "to:assistant": "assistants told",
    "to:pi": "principal investigator told",
    "to:institution": "institution told",
    "to:officer": "officer told",
    "to:chief": "chief told",
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
    `ask` is the officer, for whoever has no account ("": somebody who can look here).
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
    ask: str = ""

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


def sort_of(alert: AlertText) -> str:
    """The situation in which the alert is read, as a name of `alert_sorts.ALERTS`: its words are chosen by this and not by its stage."""
    if alert.kind == Kind.MEETING:
        return "meeting"
    if not alert.duty:
        return "renewal_free" if alert.kind == Kind.APPROVAL_RENEWAL else "notice_only"
    unsure = alert.days_over > 0 and alert.anchor_unconfirmed
    if alert.by_hand and not (unsure and alert.is_staff):
        return _by_hand(alert, unsure)
    if unsure:
        return "anchor_office" if alert.is_staff else "overdue_unconfirmed"
    return _over(alert) if alert.days_over > 0 else _before(alert)


def _by_hand(alert: AlertText, unsure: bool) -> str:
    name = "nudged" if nudged_on(alert.stage) else "call_issued"
    if unsure:
        return "nudged_unconfirmed" if name == "nudged" else "overdue_unconfirmed"
    return f"{name}_office" if alert.is_staff else name


def _over(alert: AlertText) -> str:
    if alert.waits_for_receipt:
        return "file_elsewhere_late"
    if alert.role == "institution":
        return "overdue_institution"
    if alert.is_staff:
        return "escalated" if alert.stage.startswith("to:") else "overdue_office"
    return "overdue"


def _before(alert: AlertText) -> str:
    if alert.waits_for_receipt:
        return "file_elsewhere"
    if alert.role == "institution":
        return "before_institution"
    if alert.today == alert.due_on:
        return "today_office" if alert.is_staff else "last_day" if alert.today > alert.file_by_on else "today"
    if alert.is_staff:
        return "before_office"
    return "after_safe_day" if alert.today > alert.file_by_on else "before"


def fields(t: Translator, alert: AlertText) -> dict[str, str]:
    """What may be merged into the words of an alert; see `sorts.FIELD_MSGIDS`."""
    return {
        "what": what(t, alert),
        "code": alert.project_code,
        "project": t.pick(alert.project_zh, alert.project_en),
        "day": both(alert.due_on),
        "file_by": _by(alert),
        "time": _time(t, alert),
        "left": left_text(t, alert),
    }


def headline(t: Translator, alert: AlertText, own: OwnWords = NONE_OF_ITS_OWN) -> str:
    """What the reader has to do, in one line: the subject of the mail. `own`: the words of the office for the programme."""
    sort = sort_of(alert)
    return templates.subject(t, ALERTS[sort], fields(t, alert), templates.chosen(own, sort, alert.stage, alert.kind))


def chat_line(t: Translator, alert: AlertText, own: OwnWords = NONE_OF_ITS_OWN) -> str:
    """The line that a channel of the office is told."""
    sort = sort_of(alert)
    return templates.chat_line(t, ALERTS[sort], fields(t, alert), templates.chosen(own, sort, alert.stage, alert.kind))


def opening(t: Translator, alert: AlertText, own: OwnWords = NONE_OF_ITS_OWN) -> list[str]:
    """The sentences above the facts: what to do, and what the reader should know about the state of things."""
    sort = sort_of(alert)
    return [*templates.opening(t, ALERTS[sort], fields(t, alert), templates.chosen(own, sort, alert.stage, alert.kind)), *notes(t, alert)]


def notes(t: Translator, alert: AlertText) -> list[str]:
    """What must be said besides, whatever the words of the office: no template can leave it out."""
    lines = []
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


def facts(t: Translator, alert: AlertText) -> list[tuple[str, str]]:
    """The facts of an alert, as (label, text)."""
    rows = [
        (t("The project"), f"{alert.project_code} {t.pick(alert.project_zh, alert.project_en)}"),
        (t("What is owed") if alert.duty else t("Notice"), what(t, alert)),
        (t("Legal last day") if alert.duty else t("Day"), day_text(t, alert.due_on)),
    ]
    if alert.duty:
        rows.append((t("Last safe day to file"), day_text(t, alert.file_by_on) + _time(t, alert)))
    rows.append(_standing(t, alert))
    if alert.clause:
        rows.append((t("Clause"), alert.clause))
    if alert.letter_number:
        rows.append((t("Letter"), alert.letter_number))
    rows.append((t("How sure"), t(CONFIDENCE_MSGIDS[Confidence(alert.confidence)])))
    if alert.provisional:
        rows.append((t("Note"), t("The working days of that year are not published yet; the day may move.")))
    return [*rows, (t("Officer in charge"), alert.ask)] if alert.ask else rows


def _standing(t: Translator, alert: AlertText) -> tuple[str, str]:
    if days_left(alert.file_by_on if alert.duty else alert.due_on, alert.today) > 0:
        return t("Days left"), left_text(t, alert)
    if alert.duty and alert.today == alert.due_on:
        return t("State of things"), t("due today")
    safe_day = alert.duty and alert.today == alert.file_by_on
    return t("State of things"), t("the last safe day is today") if safe_day else left_text(t, alert)


def _by(alert: AlertText) -> str:
    return both(alert.file_by_on) + (f" {alert.file_by_time}" if alert.file_by_time else "")


def _time(t: Translator, alert: AlertText) -> str:
    return t(" before {time}", time=alert.file_by_time) if alert.file_by_time else ""


def left_text(t: Translator, alert: AlertText) -> str:
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
