"""What a signal says: what to do about something that is wrong beyond a date. The project and the office read different words.

A module that adds a condition adds its sorts here: `signal:<condition>` for the project's people, `signal:<condition>:office` for staff.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from tracker.domain.minguo import both
from tracker.i18n import Translator
from tracker.notify.sorts import Sort, by_name
from tracker.notify.wording import day_text

if TYPE_CHECKING:
    from tracker.notify.notice_wording import NoticeText

SIGNAL = "signal:"
OFFICE = ":office"

_ABOUT = ("what", "code", "project")
_DATED = (*_ABOUT, "day")
_SINCE = (*_ABOUT, "day", "since")
_NEEDS = (("what", "code"),)

#: What each condition is called in lists.
NAME_MSGIDS: dict[str, str] = {
    "approval_running_out": "Approval runs out",
    "approval_expired": "Approval has ended",
    "review_waiting": "Waits too long for the office",
    "review_step_late": "Review step past its day",
    "return_untouched": "Returned and untouched",
    "return_unmended": "Returned, files still the old ones",
    "reached_unshown": "Reached without a file",
    "draft_unsubmitted": "Written, not handed in",
    "silent_project": "Nobody there",
    "evidence_missing": "Files are missing",
    "account_unused": "Never signed in",
}

_COUNTED = {"return_unmended": "Sections with their old files", "reached_unshown": "Checkpoints without a file"}

SORTS: dict[str, Sort] = by_name(
    Sort(
        "signal:approval_running_out", "signal", "To the project: an approval ends before the project does, and no renewal is owed for it",
        "Renew it before {day}: {what} ({code})",
        "The approval ends before the project does. Please ask the board for its renewal now and record it here; without it the work that "
        "it covers has to stop on that day.",
        _DATED, _NEEDS,
    ),
    Sort(
        "signal:approval_running_out:office", "signal", "To the office: an approval ends before the project does, and no renewal is owed",
        "Ask for the renewal, it ends on {day}: {what} ({code})",
        "The approval ends before the project does, and no renewal is owed for it here. The project's people were told.",
        _DATED, _NEEDS,
    ),
    Sort(
        "signal:approval_expired", "signal", "To the project: an approval has ended, and the project goes on",
        "Hand in the renewal, it ended on {day}: {what} ({code})",
        "The approval has ended and the project goes on. Please hand in its renewal, or tell the office that the work it covered has "
        "stopped.",
        _DATED, _NEEDS,
    ),
    Sort(
        "signal:approval_expired:office", "signal", "To the office: an approval has ended, and the project goes on",
        "Ask the project, its approval ended on {day}: {what} ({code})",
        "The approval has ended, the reminders of its renewal are over, and none was handed in. Please ask whether the work has stopped.",
        _DATED, _NEEDS,
    ),
    Sort(
        "signal:review_waiting:office", "signal", "To the office: something has waited for it for longer than it promised",
        "Answer it, it waits since {since}: {what} ({code})",
        "The project has done its part; the answer lies with the office for longer than it promised, or than is fair where it promised "
        "nothing. Please answer it or give it to somebody who can.",
        (*_ABOUT, "since"), _NEEDS,
    ),
    Sort(
        "signal:review_step_late:office", "signal", "To the reviewer and the office: a reviewer's own step is open past its day",
        "Finish the review step of {name}, it was due {day}: {what} ({code})",
        "The step of the review that lies with this reviewer is open past its day, and the answer to the project waits for it. Who cannot "
        "do it tells the office, which can give it to somebody else.",
        (*_DATED, "name"), _NEEDS,
    ),
    Sort(
        "signal:return_untouched", "signal", "To the project: a report was sent back, and nobody has written in it since",
        "Take up the returned report, answer by {day}: {what} ({code})",
        "The office sent this report back and nobody has written in it for some days. Its comments stand beside the sections; what you "
        "write is kept as you write.",
        _SINCE, _NEEDS,
    ),
    Sort(
        "signal:return_untouched:office", "signal", "To the office: a report that it sent back lies untouched",
        "Ask the project, untouched since {since}: {what} ({code})",
        "The report was sent back, and nobody of the project has written in it since. Perhaps a comment is unclear: a call often helps.",
        _SINCE, _NEEDS,
    ),
    Sort(
        "signal:return_unmended", "signal", "To the project: a report was sent back, and its files are still the old ones",
        "Look at the files of what was sent back (sections: {count}), answer by {day}: {what} ({code})",
        "Somebody wrote in the returned report, while sections that were sent back still have the files they had. Perhaps the comments ask "
        "for others; where the files are right, nothing is to be done.",
        (*_SINCE, "count"), _NEEDS,
    ),
    Sort(
        "signal:return_unmended:office", "signal", "To the office: a report that it sent back still has its old files",
        "Ask the project, what was sent back has its old files (sections: {count}): {what} ({code})",
        "The project wrote in the report that was sent back; sections that were sent back still have the files they had.",
        (*_SINCE, "count"), _NEEDS,
    ),
    Sort(
        "signal:reached_unshown", "signal", "To the project: a report says that a checkpoint was reached, and no file shows it",
        "Show what was reached (checkpoints: {count}): {what} ({code})",
        "The report that was handed in says that a checkpoint was reached, and has no file that shows it. Please ask the office to send it "
        "back, or take it back while nobody has read it; of an accepted report hand in a correction.",
        (*_ABOUT, "since", "count"), _NEEDS,
    ),
    Sort(
        "signal:reached_unshown:office", "signal", "To the office: a report says that a checkpoint was reached, and no file shows it",
        "Ask for the files of what was reached (checkpoints: {count}): {what} ({code})",
        "The report that was handed in says that a checkpoint was reached, and has no file that shows it. Please send it back for the "
        "file, or record your verdict on the checkpoint.",
        (*_ABOUT, "since", "count"), _NEEDS,
    ),
    Sort(
        "signal:draft_unsubmitted", "signal", "To the project: a report is written and was not handed in",
        "Hand in what is written, due {day}: {what} ({code})",
        "The report is written and was not handed in. Only handing in counts: please check it and hand it in, or ask the principal "
        "investigator where you may not.",
        _SINCE, _NEEDS,
    ),
    Sort(
        "signal:draft_unsubmitted:office", "signal", "To the office: a report is written and was not handed in",
        "Ask for the last step, written since {since} and not handed in: {what} ({code})",
        "The project wrote this report and never handed it in. Often nobody knows that the last step is missing: a call often helps.",
        _SINCE, _NEEDS,
    ),
    Sort(
        "signal:silent_project", "signal", "To the project: nobody was here for long, and something falls due",
        "Look at what falls due on {day}: {what} ({code})",
        "Nobody of the project was here for a long time, and something falls due soon.",
        _SINCE, _NEEDS,
    ),
    Sort(
        "signal:silent_project:office", "signal", "To the office: nobody of a project was here for long, and something falls due",
        "Call the project, nobody there since {since}, due {day}: {what} ({code})",
        "Nobody of this project has signed in or done anything here for a long time, and something falls due soon. Mails alone did not "
        "reach them: a call is better.",
        _SINCE, _NEEDS,
    ),
    Sort(
        "signal:evidence_missing", "signal", "To the project: a draft near its day lacks files",
        "Attach the missing files ({count}) before {day}: {what} ({code})",
        "The draft claims what no file shows, or lacks a file that the form asks for. A target counts as reached only with a file.",
        (*_DATED, "count"), _NEEDS,
    ),
    Sort(
        "signal:evidence_missing:office", "signal", "To the office: a draft near its day lacks files",
        "Files are missing before {day}: {what} ({code})",
        "The project's draft lacks files that its form asks for. Its people were told, or nobody of them can be reached.",
        (*_DATED, "count"), _NEEDS,
    ),
    Sort(
        "signal:account_unused", "signal", "To the project: the only one who may hand in has never signed in",
        "Help {name} to sign in, due {day}: {what} ({code})",
        "Only the principal investigator may hand this in, who has never signed in here. Please help with the account in time; a colleague "
        "can also be given the right to hand in.",
        (*_DATED, "name"), _NEEDS,
    ),
    Sort(
        "signal:account_unused:office", "signal", "To the office: the only one who may hand in has never signed in",
        "Call {name}, who has never signed in, due {day}: {what} ({code})",
        "Only the principal investigator may hand this in, who has never signed in here. Please call; perhaps the address is wrong.",
        (*_DATED, "name"), _NEEDS,
    ),
)  # fmt: skip


def condition_of(kind: str) -> str:
    """The condition that a notice of this kind is about."""
    return kind.removeprefix(SIGNAL).removesuffix(OFFICE)


def name_msgid(kind: str) -> str:
    """What a notice, or a condition, of this kind is called in a list."""
    return NAME_MSGIDS.get(condition_of(kind), "Something is wrong")


def fields(notice: NoticeText, what: str, project: str) -> dict[str, str]:
    """What may be merged into the words of a signal; see `sorts.FIELD_MSGIDS`. What it does not know is empty."""
    told = notice.params
    return {
        "what": what, "code": notice.project_code, "project": project, "day": _both(told.get("day")), "since": _both(told.get("since")),
        "name": str(told.get("name") or ""), "count": str(told.get("n") or ""),
    }  # fmt: skip


def facts(t: Translator, notice: NoticeText) -> list[tuple[str, str]]:
    """(label, text) pairs below the sentences: the days that matter, in the order of reading."""
    return facts_of(t, condition_of(notice.kind), notice.params)


def facts_of(t: Translator, condition: str, told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The same from a line of the ledger."""
    match condition:
        case "approval_running_out" | "approval_expired":
            named = [(t("Valid until"), "day")]
        case "review_waiting":
            named = [(t("Waits since"), "since"), (t("Answer promised by"), "promised")]
        case "review_step_late":
            named = [(t("Review by"), "day")]
        case "reached_unshown":
            named = [(t("Handed in on"), "since")]
        case "return_unmended":
            named = [(t("Sent back on"), "since"), (t("Answer due"), "day")]
        case "return_untouched":
            named = [(t("Last written in"), "since"), (t("Answer due"), "day")]
        case "draft_unsubmitted":
            named = [(t("Last written in"), "since"), (t("Legal last day"), "day")]
        case "silent_project":
            named = [(t("Last sign of life"), "since"), (t("Legal last day"), "day")]
        case _:
            named = [(t("Legal last day"), "day")]
    rows = [(label, day_text(t, date.fromisoformat(told[name]))) for label, name in named if told.get(name)]
    if told.get("name"):
        rows.append((t("Reviewer" if condition == "review_step_late" else "Principal investigator"), str(told["name"])))
    if told.get("n"):
        rows.append((t(_COUNTED.get(condition, "Files missing")), str(told["n"])))
    return rows


def _both(text: Any) -> str:
    return both(date.fromisoformat(text)) if text else ""
