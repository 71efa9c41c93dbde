"""The alert ladder of an obligation: which stages it has, on which days they fall, and which of them are owed at a look.

Stages before the date count back from `file_by` (the last safe day), those from the date on count from `due_on` (the
legal last day). All days are civil days in Asia/Taipei. Nothing here knows what was sent: a look is told which stages
the ledger already holds, so that any number of looks, at any distance, record every stage exactly once. Who is told of a stage is
the business of `tracker.domain.alert_policy`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple, Protocol

from tracker.domain.statuses import HANDED_IN, DischargedBy, ObligationStatus

_BEFORE_FILE_BY: Mapping[str, int] = {"T-60": 60, "T-30": 30, "T-14": 14, "T-7": 7, "T-1": 1, "file_by": 0}
_AFTER_DUE: Mapping[str, int] = {"due": 0, "+1": 1, "+7": 7, "+14": 14}

STAGES: tuple[str, ...] = (*_BEFORE_FILE_BY, *_AFTER_DUE)
"""Every stage there is, in ladder order: a later one says more than an earlier one."""

EARLIEST = timedelta(days=max(_BEFORE_FILE_BY.values()))

TO = "to:"
"""Before the role, in the step of an escalation level that grace puts on a day of its own: `to:officer`."""

ROLES: tuple[str, ...] = ("assistant", "pi", "institution", "officer", "chief")
"""Whom a policy may tell, from the nearest to the highest."""

_RANK = {stage: number for number, stage in enumerate((*STAGES, *(TO + role for role in ROLES)))}

_STEPS = frozenset(STAGES)

ISSUED = "issued"
"""The alert that goes out with a call, and again when its day is moved: it belongs to no ladder."""

_NUDGE = "nudge:"


class HasStages(Protocol):
    """Anything that says which reminder stages are on, in ladder order."""

    @property
    def stages(self) -> tuple[str, ...]: ...


class Threshold(NamedTuple):
    """One stage and the day on which it falls. A tuple, since a look makes eleven for each obligation."""

    stage: str
    on: date


@dataclass(frozen=True, slots=True)
class Owed:
    """What one look has to put into the ledger: at most one stage to raise, and those recorded as overtaken."""

    raised: Threshold | None
    superseded: tuple[Threshold, ...]


def to_role(role: str) -> str:
    """The step that tells one level on a day of its own."""
    return TO + role


def role_told(stage: str) -> str | None:
    """The role that a step of its own tells; None for any other stage."""
    return stage.removeprefix(TO) if stage.startswith(TO) else None


def nudge_on(day: date) -> str:
    """The stage of a reminder that the office sends by hand: one a day, whatever the ladder does."""
    return f"{_NUDGE}{day.isoformat()}"


def nudged_on(stage: str) -> date | None:
    """The day of a reminder by hand; None for any other stage."""
    return date.fromisoformat(stage.removeprefix(_NUDGE)) if stage.startswith(_NUDGE) else None


def is_step(stage: str) -> bool:
    """Whether a stage is one of the reminders of the ladder: neither a level told on a day of its own nor given by hand."""
    return stage in _STEPS


def rank(stage: str) -> int:
    """The place of a stage in a list: the issue of a call, the ladder, the levels told on days of their own, the reminders by hand.

    Raises KeyError for an unknown stage.
    """
    if stage == ISSUED:
        return -1
    return len(_RANK) if stage.startswith(_NUDGE) else _RANK[stage]


def overtakes(later: str, earlier: str) -> bool:
    """Whether an alert of the stage `later` says all that one of `earlier` says.

    A reminder by hand is overtaken by a newer one only, and overtakes no step of the ladder: both were promised. A level told on a day
    of its own is a track apart: it neither overtakes nor is overtaken, for nobody else was told what it tells.
    """
    if role_told(later) or role_told(earlier):
        return False
    if nudged_on(earlier) or nudged_on(later):
        return earlier == ISSUED or bool(nudged_on(earlier) and nudged_on(later) and later > earlier)
    return rank(later) > rank(earlier)


def reaches(stage: str, first: str | None) -> bool:
    """Whether `stage` is `first` or further on; never where `first` is None."""
    return first is not None and _RANK[stage] >= _RANK[first]


def runs(status: str, discharged_by: str, discharged_on: date | None) -> bool:
    """Whether an obligation in this state still climbs its ladder.

    What was handed in here goes on climbing where only the funder's own site discharges the duty, until its receipt is
    recorded. What was waived or closed is over, and so is what the funder has acknowledged.
    """
    external = discharged_by == DischargedBy.EXTERNAL
    if external and discharged_on is not None:
        return False
    return status == ObligationStatus.OPEN or (external and status in HANDED_IN)


def day_of(stage: str, file_by: date | None, due_on: date) -> date:
    """The day on which one stage falls, whether it is on or not. Raises KeyError for an unknown stage."""
    if stage in _BEFORE_FILE_BY:
        # a safe day after the legal one would put the ladder out of order
        return min(file_by or due_on, due_on) - timedelta(days=_BEFORE_FILE_BY[stage])
    return due_on + timedelta(days=_AFTER_DUE[stage])


def thresholds(ladder: HasStages, file_by: date | None, due_on: date | None, duty: bool = True) -> tuple[Threshold, ...]:
    """The day of every stage of the ladder, in ladder order (which is day order); nothing for what has no date.

    A notice that is no duty has only the stages before its day: it is never due and never overdue.
    """
    return () if due_on is None else _thresholds(ladder.stages, file_by, due_on, duty)


@lru_cache(maxsize=4096)  # one rule gives many projects the same days
def _thresholds(stages: tuple[str, ...], file_by: date | None, due_on: date, duty: bool) -> tuple[Threshold, ...]:
    days = [Threshold(stage, day_of(stage, file_by, due_on)) for stage in stages]
    return tuple(days) if duty else tuple(t for t in days if t.stage in _BEFORE_FILE_BY and t.on < due_on)


def reached(steps: Sequence[Threshold], recorded: Collection[str], today: date, mailed_from: date | None = None) -> Owed:
    """What a look on `today` owes, given the stages that the ledger already `recorded` for this due date.

    Of all stages reached and not recorded the last one is raised and the others are superseded: stages that fall on
    one day merge into the one furthest on, and looks that were missed are caught up with a single alert. A stage
    behind one that is already recorded (it was switched on later) is superseded, and so is a stage that fell before
    `mailed_from`, the day on which the project was entered or the reply was asked for.
    """
    due = [step for step in steps if step.on <= today and step.stage not in recorded]
    furthest = max((_RANK[stage] for stage in recorded), default=-1)
    last = due[-1] if due else None
    if last and (_RANK[last.stage] < furthest or (mailed_from is not None and last.on < mailed_from)):
        last = None
    return Owed(last, tuple(step for step in due if step is not last))


def next_look(steps: Sequence[Threshold], recorded: Collection[str]) -> date | None:
    """The first day on which a stage that the ledger does not hold is owed; None when the ladder is climbed."""
    return min((step.on for step in steps if step.stage not in recorded), default=None)


def earliest_look(file_by: date | None, due_on: date | None) -> date | None:
    """A day on which no ladder whatever has begun: safe to look from then on, whichever stages are on."""
    return None if due_on is None else min(file_by or due_on, due_on) - EARLIEST
