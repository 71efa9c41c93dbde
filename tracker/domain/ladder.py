"""The alert ladder of an obligation: which stages it has, on which days they fall, and which of them are owed at a look.

Stages before the date count back from `file_by` (the last safe day), those from the date on count from `due_on` (the
legal last day). All days are civil days in Asia/Taipei. Nothing here knows what was sent: a look is told which stages
the ledger already holds, so that any number of looks, at any distance, record every stage exactly once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from tracker.domain.statuses import HANDED_IN, Confidence, DischargedBy, ObligationStatus

_BEFORE_FILE_BY: Mapping[str, int] = {"T-60": 60, "T-30": 30, "T-14": 14, "T-7": 7, "T-1": 1, "file_by": 0}
_AFTER_DUE: Mapping[str, int] = {"due": 0, "+1": 1, "+7": 7, "+14": 14}

STAGES: tuple[str, ...] = (*_BEFORE_FILE_BY, *_AFTER_DUE)
"""Every stage there is, in ladder order: a later one says more than an earlier one."""

EARLIEST = timedelta(days=max(_BEFORE_FILE_BY.values()))

_RANK = {stage: number for number, stage in enumerate(STAGES)}

ISSUED = "issued"
"""The alert that goes out with a call, and again when its day is moved: it belongs to no ladder."""

_NUDGE = "nudge:"


@dataclass(frozen=True, slots=True)
class Ladder:
    """The stages that are on, in ladder order, and from which stage on the officer and the chief are told too (None: never).

    Raises ValueError for a stage that does not exist.
    """

    stages: tuple[str, ...] = STAGES
    officer_from: str | None = "+7"
    chief_from: str | None = "+14"

    def __post_init__(self) -> None:
        unknown = {*self.stages, *filter(None, (self.officer_from, self.chief_from))} - set(STAGES)
        if unknown:
            raise ValueError(f"unknown alert stages: {', '.join(sorted(unknown))}")
        object.__setattr__(self, "stages", tuple(stage for stage in STAGES if stage in self.stages))


@dataclass(frozen=True, slots=True)
class LadderSet:
    """The ladder of a programme, and the kinds of obligation that have one of their own."""

    ladder: Ladder = Ladder()
    kinds: Mapping[str, Ladder] = field(default_factory=dict)

    def of(self, kind: str) -> Ladder:
        """The ladder of one kind."""
        return self.kinds.get(kind, self.ladder)

    def as_dict(self) -> dict[str, Any]:
        """The stored form."""
        return {
            "stages": list(self.ladder.stages),
            "officer_from": self.ladder.officer_from,
            "chief_from": self.ladder.chief_from,
            "kinds": {kind: list(ladder.stages) for kind, ladder in sorted(self.kinds.items())},
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> LadderSet:
        """The inverse of `as_dict`; a kind shares the programme's escalation. Raises ValueError for an unknown stage."""
        officer, chief = stored.get("officer_from", "+7"), stored.get("chief_from", "+14")
        kinds = {kind: Ladder(tuple(stages), officer, chief) for kind, stages in stored.get("kinds", {}).items()}
        return cls(Ladder(tuple(stored.get("stages", STAGES)), officer, chief), kinds)


class Threshold(NamedTuple):
    """One stage and the day on which it falls. A tuple, since a look makes eleven for each obligation."""

    stage: str
    on: date


@dataclass(frozen=True, slots=True)
class Owed:
    """What one look has to put into the ledger: at most one stage to raise, and those recorded as overtaken."""

    raised: Threshold | None
    superseded: tuple[Threshold, ...]


def nudge_on(day: date) -> str:
    """The stage of a reminder that the office sends by hand: one a day, whatever the ladder does."""
    return f"{_NUDGE}{day.isoformat()}"


def nudged_on(stage: str) -> date | None:
    """The day of a reminder by hand; None for any other stage."""
    return date.fromisoformat(stage.removeprefix(_NUDGE)) if stage.startswith(_NUDGE) else None


def is_step(stage: str) -> bool:
    """Whether a stage is one of the ladder's own, and not an alert that somebody gave by hand."""
    return stage in _RANK


def rank(stage: str) -> int:
    """The place of a stage in a list: the issue of a call, the ladder, the reminders by hand. Raises KeyError for an unknown stage."""
    if stage == ISSUED:
        return -1
    return len(STAGES) if stage.startswith(_NUDGE) else _RANK[stage]


def overtakes(later: str, earlier: str) -> bool:
    """Whether an alert of the stage `later` says all that one of `earlier` says.

    A reminder by hand is overtaken by a newer one only, and overtakes no step of the ladder: both were promised.
    """
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


def thresholds(ladder: Ladder, file_by: date | None, due_on: date | None, duty: bool = True) -> tuple[Threshold, ...]:
    """The day of every stage of the ladder, in ladder order (which is day order); nothing for what has no date.

    A notice that is no duty has only the stages before its day: it is never due and never overdue.
    """
    if due_on is None:
        return ()
    safe = min(file_by or due_on, due_on)  # a safe day after the legal one would put the ladder out of order
    days = [
        Threshold(stage, safe - timedelta(days=_BEFORE_FILE_BY[stage]))
        if stage in _BEFORE_FILE_BY
        else Threshold(stage, due_on + timedelta(days=_AFTER_DUE[stage]))
        for stage in ladder.stages
    ]
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


def goes_to(ladder: Ladder, stage: str, confidence: str) -> frozenset[str]:
    """The roles that an alert of this stage goes to: the project's people, then the officer, then the chief.

    A date that rests on an assumed anchor goes no higher than the officer, who can confirm the anchor.
    """
    roles = {"pi", "assistant"}
    if not is_step(stage):
        return frozenset(roles)
    if reaches(stage, ladder.officer_from):
        roles.add("officer")
    if reaches(stage, ladder.chief_from):
        roles.add("officer" if confidence == Confidence.ASSUMED else "chief")
    return frozenset(roles)
