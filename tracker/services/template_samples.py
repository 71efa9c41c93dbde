"""Made-up things for the preview of a template where no real one is in its situation. Nobody and nothing in them exists."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from tracker.clock import TAIPEI
from tracker.domain.ladder import ISSUED, nudge_on
from tracker.domain.reasons import Reason
from tracker.domain.statuses import Kind
from tracker.notify import notice_wording as notices
from tracker.notify.notice_wording import NoticeText
from tracker.notify.wording import AlertText

#: By stage, how many days after the last safe day (or, from "due" on, the legal one) it is read.
_DAYS = {"T-60": -60, "T-30": -30, "T-14": -14, "T-7": -7, "T-1": -1, "file_by": 0, "due": 0, "+1": 1, "+7": 7, "+14": 14}
_OVER = frozenset(
    {"overdue", "file_elsewhere_late", "overdue_unconfirmed", "anchor_office", "nudged_unconfirmed", "overdue_office", "escalated",
     "overdue_institution"}
)  # fmt: skip
#: Read before a safe day that is also the legal one, they would be read on the last day.
_NEED_AN_EARLY_SAFE_DAY = frozenset({"after_safe_day", "last_day", "before/file_by", "before_office/file_by"})
_ABOUT_NO_PROJECT = frozenset({notices.HANDED_TO_YOU, notices.HANDED_ON, notices.MASS_HELD, notices.AUDIT_FOUND, notices.CHAT_BROKEN})
#: What a made-up thing of each kind is called.
_TITLES = {
    Kind.INTERIM_REPORT: ("期中報告", "Interim report"),
    Kind.QUARTERLY_REPORT: ("季報", "Quarterly report"),
    Kind.FINAL_REPORT: ("期末報告", "Final report"),
    Kind.EXPENDITURE_CLOSING: ("經費結報", "Closing of expenditure"),
    Kind.YEAR_END_NOTICE: ("年度結束注意事項", "Year-end notice"),
    Kind.APPROVAL_CATCH_UP: ("人體研究倫理審查核准文件（補繳）", "Ethics approval, to be handed in later"),
    Kind.APPROVAL_RENEWAL: ("人體研究倫理審查核准之展延", "Renewal of the ethics approval"),
    Kind.CHECKPOINT: ("查核點", "Checkpoint"),
    Kind.EVALUATION: ("成效評估", "Evaluation"),
    Kind.DATA_CALL: ("資料調查", "Call for data"),
    Kind.ACTION_ITEM: ("會議決議辦理情形", "Action item of a meeting"),
    Kind.MEETING: ("期中審查會議", "Mid-term review meeting"),
    Kind.REPLY: ("審查意見回覆", "Reply to the review"),
    Kind.CONTRACT_ITEM: ("契約所定交付項目", "Item of the contract"),
}
#: As the plan labels them: what is owed once, or is told apart by a number alone, has no period to be said.
_PERIODS = {
    Kind.QUARTERLY_REPORT: "Y1Q2", Kind.FINAL_REPORT: "project", Kind.EXPENDITURE_CLOSING: "project", Kind.APPROVAL_CATCH_UP: "irb-1",
    Kind.APPROVAL_RENEWAL: "irb-1", Kind.CHECKPOINT: "project", Kind.DATA_CALL: "project", Kind.ACTION_ITEM: "A1", Kind.MEETING: "m-1",
    Kind.CONTRACT_ITEM: "project",
}  # fmt: skip
_APPROVAL = {"title_zh": "人體研究／臨床試驗（IRB）：示範核准文件", "title_en": "Human research, clinical trial (IRB): sample approval"}
_ONLY_KIND = {"meeting": Kind.MEETING, "renewal_free": Kind.APPROVAL_RENEWAL, "notice_only": Kind.YEAR_END_NOTICE}
_OUTSIDE = {"status": "submitted", "discharged_by": "external"}


_A_WEEK, _FRIDAY = 7, 4


def _weekday_before(day: date) -> date:
    """The day itself, or the Friday before a weekend: nothing is handed in on one."""
    return day - timedelta(days=max(0, day.weekday() - _FRIDAY))


def role_of(sort: str) -> str:
    """In which role somebody reads this sort of reminder."""
    if sort.endswith("_institution"):
        return "institution"
    if sort == "escalated":
        return "chief"
    return "officer" if sort.endswith("_office") else "pi"


def read_on(sort: str, stage: str, file_by: date, due_on: date) -> date:
    """The day (Asia/Taipei) on which a reminder for these days is read in this sort's situation."""
    if stage in _DAYS:
        return (file_by if _DAYS[stage] <= 0 and stage != "due" else due_on) + timedelta(days=_DAYS[stage])
    if sort in _OVER:
        return due_on + timedelta(days=7)
    if sort in ("today", "today_office", "last_day"):
        return due_on
    if sort == "after_safe_day":
        return file_by + timedelta(days=1)
    return file_by - timedelta(days=14)


def stage_of(sort: str, stage: str, day: date) -> str:
    """The stage with which it is raised, read on `day`."""
    if sort.startswith("call_issued"):
        return ISSUED
    if sort.startswith("nudged"):
        return nudge_on(day)
    return "to:chief" if sort == "escalated" else stage


def made_up_alert(sort: str, stage: str, today: date, kind: str = "") -> AlertText:
    """A reminder of this sort about a made-up project, due so that it is read `today` (Asia/Taipei). `kind` "": of the kind it is said of
    most."""
    known = Kind(kind or _kind_of(sort))
    title_zh, title_en = _TITLES[known]
    due_on = today + (today - read_on(sort, stage, today, today))
    if abs((due_on - today).days) > _A_WEEK:
        due_on = _weekday_before(due_on)
    early = bool(_NEED_AN_EARLY_SAFE_DAY & {sort, f"{sort}/{stage}"})
    if early:
        due_on = today + timedelta(days={"after_safe_day": 2, "last_day": 0}.get(sort, 3))
    safe = due_on - timedelta(days=3) if early else due_on
    if safe < today:
        safe = _weekday_before(safe)
    sample = AlertText(
        role=role_of(sort), today=today, project_code="SAMPLE-01", project_zh="示範計畫：影像判讀",
        project_en="Sample project: image reading", title_zh=title_zh, title_en=title_en, period_label=_PERIODS.get(known, "Y1"), duty=True,
        due_on=due_on, file_by_on=safe, file_by_time=None, confidence="stated", status="open",
        discharged_by="milepost", clause="七-(一)", kind=known, stage=stage_of(sort, stage, today),
        because=(Reason("起算日加滿十個月（示範）。", "Ten months after the anchor date (sample)."),),
    )  # fmt: skip
    if sort in _ONLY_KIND:
        return replace(sample, duty=False)
    if sort.startswith("file_elsewhere"):
        return replace(sample, **_OUTSIDE)
    return replace(sample, confidence="assumed") if sort in ("overdue_unconfirmed", "anchor_office", "nudged_unconfirmed") else sample


def _kind_of(sort: str) -> Kind:
    by_call = sort.startswith(("call_issued", "nudged"))
    return _ONLY_KIND.get(sort, Kind.DATA_CALL if by_call else Kind.INTERIM_REPORT)


def made_up_notice(kind: str, today: date, obligation_kind: str = "") -> NoticeText:
    """A notice of this kind, or of a signal, about a made-up project."""
    known = Kind(obligation_kind or _told_of(kind))
    title_zh, title_en = _TITLES[known]
    soon = today + timedelta(days=30)
    due_on = None if kind in _ABOUT_NO_PROJECT | {notices.RIGHT_GIVEN, notices.RIGHT_TAKEN, notices.OUTCOME_WANTING} else soon
    receipt = kind == notices.RECEIPT
    return NoticeText(
        kind=kind, project_code="" if kind in _ABOUT_NO_PROJECT else "SAMPLE-01", project_zh="示範計畫：影像判讀",
        project_en="Sample project: image reading", title_zh=title_zh, title_en=title_en, period_label=_PERIODS.get(known, "Y1"),
        obligation_kind=obligation_kind,
        due_on=due_on, file_by_on=due_on, params=_told(kind, today, soon), to_file_elsewhere=receipt,
        authority_zh="示範補助機關", authority_en="Sample funding agency", receipt_number="115-SAMPLE-0001" if receipt else None,
        version=1 if receipt else None, submitted_at=datetime.combine(today, time(10, 30), tzinfo=TAIPEI) if receipt else None,
        submitter="示範主持人", sha256="0" * 64 if receipt else "",
    )  # fmt: skip


def _told_of(kind: str) -> Kind:
    if kind.startswith("meeting_"):
        return Kind.MEETING
    if kind in (notices.CALL_CLOSED, notices.CALL_CANCELLED):
        return Kind.DATA_CALL
    return Kind.ACTION_ITEM if kind == notices.ACTION_SENT_BACK else Kind.INTERIM_REPORT


def _counts(kind: str) -> bool:
    return any(one in kind for one in ("evidence", "unmended", "unshown"))


_OF_THE_OFFICE = {
    notices.AUDIT_FOUND: {"n": 2, "kinds": ["missing", "late"]},
    notices.CHAT_BROKEN: {"title": "示範頻道", "answer": "404 the service does not know this address any more"},
}


def _told(kind: str, today: date, soon: date) -> dict[str, Any]:
    """What only the act itself knew, as the services store it."""
    if kind.startswith(notices.SIGNAL):
        late = today - timedelta(days=5) if "expired" in kind or "step_late" in kind else soon
        days = {"day": late.isoformat(), "since": (today - timedelta(days=21)).isoformat(), "promised": today.isoformat()}
        days |= _APPROVAL if "approval" in kind else {}
        return days | ({"name": "示範主持人"} if "account" in kind or "step" in kind else {}) | ({"n": 2} if _counts(kind) else {})
    match kind:
        case notices.RECEIPT:
            return {}
        case notices.EXTENDED | notices.MEETING_MOVED | notices.ACTION_SENT_BACK:
            return {"old_due_on": today.isoformat(), "new_due_on": soon.isoformat(), "reason": "示範事由"}
        case notices.RIGHT_GIVEN | notices.RIGHT_TAKEN:
            return {"area": "reports", "level": "edit", "name": "示範主持人", "until_on": soon.isoformat()}
        case notices.HANDED_TO_YOU | notices.HANDED_ON:
            return {"moved": 3, "name": "示範人員", "codes": ["SAMPLE-01", "SAMPLE-02"]}
        case notices.DELEGATED | notices.DELEGATION_ENDED | notices.DELEGATION_DECLINED:
            return {"name": "示範主持人", "reason": "示範事由"}
        case notices.REVIEW_GIVEN:
            return {"step_zh": "專家審查", "step_en": "Experts' review", "until_on": soon.isoformat()}
        case notices.OUTCOME_WANTING:
            return {"title": "示範論文", "reason": "示範事由"}
        case notices.DATE_MOVED:
            line = {"zh": "期中報告", "en": "Interim report", "period": "Y1", "old": soon.isoformat(), "nearer": False}
            later = (soon + timedelta(days=1)).isoformat()
            return {"moved": [line | {"new": later, "old_safe": soon.isoformat(), "new_safe": later}], "n": 1, "nearer": 0, "more": 0}
        case notices.MASS_HELD:
            return {"mails": 240, "owed": 260, "among": 800, "why": "share"}
    return _OF_THE_OFFICE.get(kind, {"reason": "示範事由"})
