"""What nobody may make of an alert policy: so that what the law sets is told in time, told when it is overdue, and told to who can act."""

from __future__ import annotations

from datetime import date

from tracker.domain import ladder
from tracker.domain.alert_policy import OFFICE, OWN_LANGUAGE, PROJECT, Level, Policy
from tracker.domain.calendars import worked_at_most

_DAY = date(2026, 9, 1)
_OVERDUE_DAYS = {stage: days for stage in ladder.STAGES if (days := (ladder.day_of(stage, _DAY, _DAY) - _DAY).days) > 0}
_OVERDUE = tuple(_OVERDUE_DAYS)
"""The stages after the legal last day, the first of them first."""


def faults(policy: Policy, *, duty: bool = True) -> tuple[str, ...]:
    """What makes a policy one that nobody should be given, as codes; the words are the reader's business.

    Somebody who answers for the report must be told in time and by mail; the office's own channels are the office's; a level without
    an account has nothing but mail; a language is that of mails, since a channel has its own; nobody is passed over on the way up; and
    what is overdue is said, to the project's people and to somebody of the office. `duty` is False for what is no duty: it is never
    overdue, and has no stage after its day to begin with.
    """
    after = [stage for stage in policy.stages if ladder.reaches(stage, _OVERDUE[0])] if duty else []
    pi, officer, chief = policy.level("pi"), policy.level("officer"), policy.level("chief")
    institution = policy.level("institution")
    found = {
        "no_stages": not policy.stages,
        "pi_missing": pi is None,
        "pi_after_due": pi is not None and ladder.rank(pi.from_stage) > ladder.rank("due"),
        "pi_without_mail": pi is not None and "mail" not in pi.channels,
        "institution_without_mail": institution is not None and "mail" not in institution.channels,
        "grace_on_project": any(level.grace for level in policy.levels if level.role in PROJECT),
        "chat_outside": any("chat" in level.channels for level in policy.levels if level.role not in OFFICE),
        "language_without_mail": any("mail" not in level.channels and level.language != OWN_LANGUAGE for level in policy.levels),
        "chief_first": chief is not None and (officer is None or ladder.rank(chief.from_stage) < ladder.rank(officer.from_stage)),
        "no_overdue": duty and bool(policy.stages) and not after,
        "office_silent": bool(after) and not any(_is_told(level, after[-1]) for level in (officer, chief) if level is not None),
    }
    return tuple(code for code, wrong in found.items() if wrong)


def _is_told(level: Level, last: str) -> bool:
    """Whether a level hears of what is overdue where `last` is the last stage that is on: by a stage, or by a step of its own.

    It has one where its grace in working days ends after its stage, which counts calendar days: for every date, so by the fewest days off
    that there may be between.
    """
    return ladder.reaches(last, level.from_stage) or level.grace > worked_at_most(_OVERDUE_DAYS.get(level.from_stage, 0))
