"""What is wrong beyond a date: the course of a condition, and what a watch owes however late it comes.

A condition (a returned report that nobody touches, an approval that runs out) begins on a day; each step of its course falls so many civil
days (Asia/Taipei) after that. Nothing here knows what was sent: a watch is told which steps are recorded, so that any number of watches,
at any distance, record every step of a series once. A series ends where the condition no longer holds, and a new one begins where the day
that it counts from changes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

WHO: tuple[str, ...] = ("desk", "pi", "assistant", "officer", "chief")
"""Whom a step may tell: who has the matter on the desk, the project's investigators and helpers, the officer in charge, the chiefs."""

PROJECT_SIDE = frozenset({"pi", "assistant"})


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `after` civil days from the day on which the condition began to count, whom it tells, and whether at once.

    Raises ValueError for a day before the beginning, for nobody, and for somebody unknown.
    """

    after: int
    tells: tuple[str, ...]
    urgent: bool = False

    def __post_init__(self) -> None:
        if self.after < 0:
            raise ValueError(f"a step falls on the first day or later, not on day {self.after}")
        if not self.tells or set(self.tells) - set(WHO):
            raise ValueError(f"a step tells some of {', '.join(WHO)}, not {', '.join(self.tells) or 'nobody'}")

    @property
    def stage(self) -> str:
        """How the ledger calls it: "+0", "+7"."""
        return f"+{self.after}"


@dataclass(frozen=True, slots=True)
class Course:
    """The steps of one condition, first to last, and the numbers by which it is recognised (days before, days without a save …).

    Switched off, it holds nowhere. Raises ValueError where two steps fall on one day or none is left.
    """

    steps: tuple[Step, ...]
    numbers: Mapping[str, int] = field(default_factory=dict)
    on: bool = True

    def __post_init__(self) -> None:
        days = [step.after for step in self.steps]
        if not days or len(set(days)) < len(days):
            raise ValueError("a course has steps, and no two of them on one day")
        object.__setattr__(self, "steps", tuple(sorted(self.steps, key=lambda step: step.after)))


@dataclass(frozen=True, slots=True)
class Owed:
    """What one watch has to record of one series: at most one step to raise, and those that it overtakes."""

    raised: Step | None
    superseded: tuple[Step, ...]


NOTHING = Owed(None, ())


def rank(stage: str) -> int:
    """The day of a recorded stage. Raises ValueError for what is none."""
    if not stage.startswith("+"):
        raise ValueError(f"no step of a signal: {stage!r}")
    return int(stage[1:])


def furthest(stages: Collection[str]) -> str:
    """The recorded stage that says most. Raises ValueError where there is none."""
    return max(stages, key=rank)


def reached(steps: Sequence[Step], begins_on: date, recorded: Collection[str], today: date) -> Owed:
    """What a watch on `today` owes a series that began to count on `begins_on`.

    Of all steps reached and not recorded the last one is raised, the others are superseded: missed watches are caught up with one message.
    A step behind one that is recorded already (the course was changed since) is superseded.
    """
    due = [step for step in steps if begins_on + timedelta(days=step.after) <= today and step.stage not in recorded]
    if not due:
        return NOTHING
    last = due[-1]
    if any(rank(stage) > last.after for stage in recorded):
        return Owed(None, tuple(due))
    return Owed(last, tuple(due[:-1]))


def only_office(step: Step) -> bool:
    """Whether a step tells nobody of the project: then the project's own reminders say nothing of it."""
    return not PROJECT_SIDE & set(step.tells)
