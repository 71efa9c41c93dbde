"""The course of a signal in words: by what it is recognised, and what happens when."""

from __future__ import annotations

from tracker.domain.signals import Course, Step
from tracker.i18n import Translator
from tracker.notify.signal_wording import name_msgid

#: What each condition is about, in one sentence.
ABOUT_MSGIDS: dict[str, str] = {
    "approval_running_out": "An approval ends before its project, and no renewal is owed for it.",
    "approval_expired": "An approval has ended, the project goes on, and no renewal was handed in.",
    "review_waiting": "Something lies with the office for longer than it promised. The project is never told of it.",
    "review_step_late": "A reviewer's own step is open past its day. The project is never told of it.",
    "return_untouched": "A report was sent back, and nobody writes in it.",
    "return_unmended": "A report was sent back, somebody wrote in it, and the files of the sections sent back are the same.",
    "draft_unsubmitted": "Somebody wrote in a report, and it was not handed in.",
    "silent_project": "Nobody of a project was here for long, and something falls due.",
    "evidence_missing": "A draft near its day claims what no file shows, or lacks a file that its form asks for.",
    "reached_unshown": "A report was handed in that says a checkpoint was reached, and no file shows it.",
    "account_unused": "The only one who may hand in has never signed in, and something falls due.",
}

#: By condition and number: the label of its input, and the sentence with the number.
NUMBER_MSGIDS: dict[tuple[str, str], tuple[str, str]] = {
    ("approval_running_out", "days"): ("Days before its last day", "It counts from {n} days before its last day."),
    ("approval_expired", "days"): ("Days after its last day", "It counts from {n} days after its last day."),
    ("review_waiting", "grace"): ("Working days after the promised day", "It counts from {n} working days after the promised day."),
    ("review_waiting", "unpromised"): (
        "Working days after the arrival", "Where nothing was promised, it counts from {n} working days after the arrival.",
    ),
    ("review_step_late", "grace"): ("Working days after its day", "It counts from {n} working days after the day of the step."),
    ("return_untouched", "days"): ("Working days without a word", "It counts from {n} working days without a word."),
    ("return_unmended", "days"): ("Working days since the return", "It counts from {n} working days since the return."),
    ("draft_unsubmitted", "days"): ("Days before the last safe day", "It counts from {n} days before the last safe day."),
    ("draft_unsubmitted", "until"): ("Days after the legal day", "It ends {n} days after the legal day."),
    ("silent_project", "days"): ("Days without a sign of life", "It counts from {n} days without a sign of life."),
    ("silent_project", "within"): ("Days until something falls due", "Only where something falls due within {n} days."),
    ("evidence_missing", "days"): ("Days before the last safe day", "It counts from {n} days before the last safe day."),
    ("reached_unshown", "days"): ("Working days since it was handed in", "It counts from {n} working days since it was handed in."),
    ("account_unused", "within"): ("Days until something falls due", "Only where something falls due within {n} days."),
    ("account_unused", "age"): ("Days since the account was made", "It counts from {n} days since the account was made."),
}  # fmt: skip

#: The sentence instead where the number is 0, which nobody would say with a number.
ZERO_MSGIDS: dict[tuple[str, str], str] = {
    ("approval_running_out", "days"): "It counts from its last day.",
    ("review_waiting", "grace"): "It counts as soon as the promised day is over.",
    ("review_step_late", "grace"): "It counts as soon as the day of the step is over.",
    ("draft_unsubmitted", "until"): "It ends with the legal day.",
}

#: By sentence: the one instead where the number is 1.
ONE_MSGIDS: dict[str, str] = {
    "It counts from {n} days before its last day.": "It counts from 1 day before its last day.",
    "It counts from {n} days after its last day.": "It counts from 1 day after its last day.",
    "It counts from {n} working days after the promised day.": "It counts from 1 working day after the promised day.",
    "Where nothing was promised, it counts from {n} working days after the arrival.":
        "Where nothing was promised, it counts from 1 working day after the arrival.",
    "It counts from {n} working days after the day of the step.": "It counts from 1 working day after the day of the step.",
    "It counts from {n} working days without a word.": "It counts from 1 working day without a word.",
    "It counts from {n} working days since the return.": "It counts from 1 working day since the return.",
    "It counts from {n} days before the last safe day.": "It counts from 1 day before the last safe day.",
    "It ends {n} days after the legal day.": "It ends 1 day after the legal day.",
    "It counts from {n} days without a sign of life.": "It counts from 1 day without a sign of life.",
    "Only where something falls due within {n} days.": "Only where something falls due within 1 day.",
    "It counts from {n} working days since it was handed in.": "It counts from 1 working day since it was handed in.",
    "It counts from {n} days since the account was made.": "It counts from 1 day since the account was made.",
    "{n} days later": "1 day later",
}  # fmt: skip

WHO_MSGIDS: dict[str, str] = {
    "desk": "on whose desk it lies",
    "pi": "principal investigator",
    "assistant": "assistants",
    "officer": "officer in charge",
    "chief": "chiefs",
}

ROLE_MSGIDS: dict[str, str] = {
    "pi": "principal investigator",
    "co_pi": "co-principal investigator",
    "assistant": "assistant",
    "officer": "officer",
    "chief": "chief",
    "administrator": "administrator",
    "reviewer": "reviewer",
}


def name_of(t: Translator, kind: str) -> str:
    """What a condition is called."""
    return t(name_msgid(kind))


def number_lines(t: Translator, kind: str, course: Course) -> list[str]:
    """By what it is recognised, a sentence a number."""
    return [_number_line(t, (kind, name), n) for name, n in course.numbers.items()]


def _number_line(t: Translator, number: tuple[str, str], n: int) -> str:
    if n == 0 and number in ZERO_MSGIDS:
        return t(ZERO_MSGIDS[number])
    return _counted(t, NUMBER_MSGIDS[number][1] if number in NUMBER_MSGIDS else "{n}", n)


def _counted(t: Translator, msgid: str, n: int) -> str:
    return t(ONE_MSGIDS[msgid]) if n == 1 and msgid in ONE_MSGIDS else t(msgid, n=n)


def step_line(t: Translator, step: Step) -> str:
    """One step: when, who, how."""
    when = t("At once") if step.after == 0 else _counted(t, "{n} days later", step.after)
    who = t.pick("、", ", ").join(t(WHO_MSGIDS[one]) for one in step.tells)
    how = t("urgent, a mail of its own") if step.urgent else t("in the digest of the day")
    return t("{when}: {who} ({how})", when=when, who=who, how=how)


def course_lines(t: Translator, kind: str, course: Course) -> list[str]:
    """Everything that a course says."""
    if not course.on:
        return [t("Switched off: nobody is told, and what was open is settled.")]
    return [*number_lines(t, kind, course), *(step_line(t, step) for step in course.steps)]
