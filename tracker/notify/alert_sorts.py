"""The sorts of reminders: what the ladder says, and the office by hand, to whom, before and after a day (see `wording.sort_of`)."""

from __future__ import annotations

from dataclasses import replace

from tracker.notify.sorts import DATED, OWED_KINDS, SOME_THING, Sort, by_name

_FIELDS = ("what", "code", "project", "day", "file_by", "time", "left")
_NOTICE = ("what", "code", "project", "day", "left")
_UNSURE = ("what", "code", "project")
_BEFORE = ("T-60", "T-30", "T-14", "T-7", "T-1", "file_by")
_AFTER = ("+1", "+7", "+14")

_FILE_OUTSIDE = "Please file it on the funder's own site and record the date, number and file of its receipt here."
_ASK_THE_PROJECT = "The project has not handed this in. Please ask the principal investigator about it."
_NOBODY_THERE = "Nobody of the project could be told. Please see who answers for it, and that this person has an account."
_AT_INSTITUTION = "A project of your institution has not handed this in. Please see that it does; the project's people are told too."
_ISSUED = "The programme office has issued a call to your project, or moved its day. Please answer it on its page."
_NUDGED = "The programme office reminds you itself: your answer has not come in yet. What is written so far is kept."

_SORTS = (
    Sort(
        "before", "before", "To the project, while there is time", "Hand in by {file_by}, {left}: {what} ({code})",
        "Please hand it in by the last safe day.", _FIELDS, DATED, _BEFORE,
    ),
    Sort(
        "today", "before", "To the project, on the last day", "Hand in today{time}: {what} ({code})",
        "Please hand it in by the last safe day.", _FIELDS, SOME_THING, ("file_by", "due"),
    ),
    Sort(
        "after_safe_day", "before", "To the project, after the last safe day and before the legal one",
        "Hand in by {day} at the latest, {left}: {what} ({code})",
        "The last safe day has passed; the legal last day has not. Please hand it in at once.", _FIELDS, DATED,
    ),
    Sort(
        "last_day", "before", "To the project, on the legal last day, after the last safe one", "Hand in today{time}: {what} ({code})",
        "The last safe day has passed; the legal last day has not. Please hand it in at once.", _FIELDS, SOME_THING, ("due",),
    ),
    Sort(
        "file_elsewhere", "before", "Handed in here, to be filed with the funder too",
        "File it with the funder by {file_by} too: {what} ({code})", _FILE_OUTSIDE, _FIELDS, DATED, (*_BEFORE, "due"),
    ),
    Sort(
        "notice_only", "before", "Before a day on which nothing is owed", "Get ready by {day}: {what} ({code})",
        "No report is owed for this period; the closing of the year needs what is listed on the page.", _NOTICE, DATED, _BEFORE,
    ),
    Sort(
        "renewal_free", "before", "Before the end of an approval that need not be renewed", "Get ready by {day}: {what} ({code})",
        "The approval lasts to the end of the project, so the funder asks for no renewal; renew it where the work goes on.",
        _NOTICE, DATED, _BEFORE,
    ),
    Sort(
        "meeting", "before", "Before a meeting", "Coming up on {day}: {what} ({code})",
        "Place, time and what is to be prepared stand on the project's page, under meetings.", _NOTICE, DATED, _BEFORE,
    ),
    Sort(
        "overdue", "after", "To the project, after the legal last day", "Hand in now, {left}: {what} ({code})",
        "Please hand it in as soon as you can. If you cannot yet, tell the programme office why, and when you will.",
        _FIELDS, DATED, _AFTER,
    ),
    Sort(
        "file_elsewhere_late", "after", "Handed in here, not filed with the funder in time",
        "Not yet filed with the funder, {left}: {what} ({code})", _FILE_OUTSIDE, _FIELDS, DATED, _AFTER,
    ),
    Sort(
        "overdue_unconfirmed", "unconfirmed", "To the project, after a day that rests on an unconfirmed anchor",
        "Hand in what you have (anchor date not confirmed): {what} ({code})",
        "By an assumed anchor date this has passed. Please hand in what you have; nobody counts as late yet.", _UNSURE, stages=_AFTER,
    ),
    Sort(
        "anchor_office", "unconfirmed", "To the office, after a day that rests on an unconfirmed anchor",
        "Please confirm the anchor date: {what} ({code})",
        "By an assumed anchor date this has passed. Please confirm the anchor with a letter number, or enter the right date;"
        " until then nobody counts as late.", _UNSURE, stages=_AFTER,
    ),
    Sort(
        "nudged_unconfirmed", "unconfirmed", "By hand, after a day that rests on an unconfirmed anchor",
        "The office still waits for your answer, {left}: {what} ({code})", _NUDGED, (*_UNSURE, "left"),
    ),
    Sort(
        "before_office", "office", "To the office, before the legal last day has passed",
        "Not handed in yet, due {file_by}, {left}: {what} ({code})", _ASK_THE_PROJECT, _FIELDS, DATED, _BEFORE,
    ),
    Sort(
        "today_office", "office", "To the office, on the last day", "Not handed in yet, due today{time}: {what} ({code})", _ASK_THE_PROJECT,
        _FIELDS, SOME_THING, ("file_by", "due"),
    ),
    Sort(
        "overdue_office", "office", "To the office, after the legal last day", "Please follow up, {left}: {what} ({code})",
        _ASK_THE_PROJECT, _FIELDS, DATED, _AFTER,
    ),
    Sort(
        "escalated", "office", "To the office, when the days of grace of its level are over",
        "Please decide what is to be done, {left}: {what} ({code})",
        "The project has not handed this in, and the days of grace are over. Please decide what is to be done about it.",
        _FIELDS, DATED,
    ),
    Sort(
        "before_institution", "office", "To the institution, before the legal last day has passed",
        "Please see that it is handed in by {file_by}, {left}: {what} ({code})", _AT_INSTITUTION, _FIELDS, DATED, (*_BEFORE, "due"),
    ),
    Sort(
        "overdue_institution", "office", "To the institution, after the legal last day",
        "Please see that it is handed in now, {left}: {what} ({code})", _AT_INSTITUTION, _FIELDS, DATED, _AFTER,
    ),
    Sort(
        "call_issued", "by_hand", "A call was issued to the project, or its day moved",
        "The office asks for an answer by {file_by}, {left}: {what} ({code})", _ISSUED, _FIELDS, DATED,
    ),
    Sort(
        "nudged", "by_hand", "A reminder that the office sends by hand",
        "The office still waits for your answer, {left}: {what} ({code})", _NUDGED, _FIELDS, DATED,
    ),
    Sort(
        "call_issued_office", "by_hand", "A call was issued to a project that has nobody",
        "Ask the project for its answer by {file_by}, {left}: {what} ({code})", _NOBODY_THERE, _FIELDS, DATED,
    ),
    Sort(
        "nudged_office", "by_hand", "A reminder by hand about a project that has nobody",
        "Ask the project for its answer, {left}: {what} ({code})", _NOBODY_THERE, _FIELDS, DATED,
    ),
)  # fmt: skip

#: Said of one kind of obligation only, which so has no words beside those of the sort.
_OF_ONE_KIND = frozenset({"meeting", "notice_only", "renewal_free", "nudged_unconfirmed"})
#: What an officer or a chief is told by the ladder, and so the office's channels too; never what is said to a project or an institution.
_IN_CHANNELS = frozenset(
    {"file_elsewhere", "file_elsewhere_late", "notice_only", "renewal_free", "meeting", "anchor_office", "before_office", "today_office",
     "overdue_office", "escalated"}
)  # fmt: skip


def _with_kinds(sort: Sort) -> Sort:
    one_kind = sort.name in _OF_ONE_KIND or sort.group == "by_hand"
    return replace(sort, kinds=() if one_kind else OWED_KINDS, chat=sort.name in _IN_CHANNELS)


ALERTS: dict[str, Sort] = by_name(*map(_with_kinds, _SORTS))
"""Every sort of reminder, by name."""
