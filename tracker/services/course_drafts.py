"""The course of a signal as somebody typed it, and everything that may be wrong with it, by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.domain.signals import PROJECT_SIDE, WHO, Course, Step
from tracker.notify.signal_wording import SORTS
from tracker.programmes.signal_plans import MOST_DAYS
from tracker.services import signal_conditions
from tracker.services.errors import Invalid, Problem

MOST_STEPS = 12
ON_A_DESK = frozenset({"review_waiting", "review_step_late"})
"""Conditions that know on whose desk the matter lies."""

_NO_NUMBER = "A whole number from 0 to {most}."


@dataclass(frozen=True)
class StepDraft:
    """One step as it was typed; `after` None where no number was."""

    after: int | None
    tells: tuple[str, ...]
    urgent: bool = False


@dataclass(frozen=True)
class CourseDraft:
    """A course as it was typed, which may be wrong."""

    on: bool
    numbers: Mapping[str, int | None]
    steps: tuple[StepDraft, ...]

    @classmethod
    def of(cls, course: Course) -> CourseDraft:
        """A course, to be changed."""
        return cls(course.on, dict(course.numbers), tuple(StepDraft(one.after, one.tells, one.urgent) for one in course.steps))


def may_be_told(kind: str) -> tuple[str, ...]:
    """Whom a step of this condition may tell: the project only where there are words for it, a desk only where one is known."""
    of_project = f"signal:{kind}" in SORTS
    return tuple(who for who in WHO if (of_project or who not in PROJECT_SIDE) and (who != "desk" or kind in ON_A_DESK))


def problems_of(kind: str, draft: CourseDraft) -> list[Problem]:
    """Everything that is wrong with a course, by field: "numbers.days", "steps", "steps.2.after", "steps.2.tells"."""
    found = [Problem(f"numbers.{name}", _NO_NUMBER, {"most": MOST_DAYS}) for name, value in draft.numbers.items() if not _is_number(value)]
    if not draft.steps:
        found.append(Problem("steps", "A course has at least one step. To tell nobody, switch it off."))
    if len(draft.steps) > MOST_STEPS:
        found.append(Problem("steps", "No more than {most} steps.", {"most": MOST_STEPS}))
    allowed, days = set(may_be_told(kind)), set()
    for number, step in enumerate(draft.steps, 1):
        if not _is_number(step.after):
            found.append(Problem(f"steps.{number}.after", _NO_NUMBER, {"most": MOST_DAYS}))
        elif step.after in days:
            found.append(Problem(f"steps.{number}.after", "Another step falls on this day."))
        days.add(step.after)
        if not step.tells:
            found.append(Problem(f"steps.{number}.tells", "Choose who is told."))
        elif set(step.tells) - allowed:
            found.append(Problem(f"steps.{number}.tells", "This is the office's own matter: the project is not told, nor a desk unknown."))
    return found


def checked(kind: str, draft: CourseDraft) -> Course:
    """The course that was typed. Raises Invalid naming each field."""
    shipped = signal_conditions.plans().default[kind].numbers
    draft = CourseDraft(draft.on, {name: draft.numbers.get(name) for name in shipped}, draft.steps)
    if problems := problems_of(kind, draft):
        raise Invalid(problems)
    steps = tuple(Step(int(one.after or 0), tuple(who for who in WHO if who in one.tells), one.urgent) for one in draft.steps)
    return Course(steps, {name: int(value or 0) for name, value in draft.numbers.items()}, draft.on)


def _is_number(value: int | None) -> bool:
    return isinstance(value, int) and 0 <= value <= MOST_DAYS
