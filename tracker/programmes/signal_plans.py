"""The courses of the conditions, from data/signals: one default file, one a programme that differs (docs/signals.md explains the keys)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracker.domain.signals import Course, Step
from tracker.programmes.model import Problem, ProgrammeError

FORMAT = 1
MOST_DAYS = 3660
"""The largest number that a course may name."""
_DEFAULT = "default"


@dataclass(frozen=True)
class SignalPlans:
    """The course of every condition, by default and where a programme has its own."""

    default: Mapping[str, Course]
    own: Mapping[str, Mapping[str, Course]]

    def of(self, kind: str, programme_code: str) -> Course:
        """The course of one condition in one programme. Raises KeyError for a condition without any."""
        return self.own.get(programme_code, {}).get(kind) or self.default[kind]

    def kinds(self) -> frozenset[str]:
        """Every condition that has a course."""
        return frozenset(self.default)

    def with_courses(self, general: Mapping[str, Course], own: Mapping[str, Mapping[str, Course]]) -> SignalPlans:
        """The same with other courses: `general` where a programme has none of its own, `own` by the code of a programme."""
        merged = {code: {**self.own.get(code, {}), **own.get(code, {})} for code in {*self.own, *own}}
        return SignalPlans({**self.default, **general}, merged)

    def most(self, kind: str, number: str) -> int:
        """The largest value that one number of a condition has anywhere: how far a query must reach. Raises KeyError."""
        return max(course.numbers[number] for course in self._everywhere(kind))

    def least(self, kind: str, number: str) -> int:
        """The smallest one. Raises KeyError."""
        return min(course.numbers[number] for course in self._everywhere(kind))

    def _everywhere(self, kind: str) -> list[Course]:
        return [self.default[kind], *(courses[kind] for courses in self.own.values() if kind in courses)]


def course_as_dict(course: Course) -> dict[str, Any]:
    """A course as it is kept: every key of the file, none left out."""
    steps = [{"after": step.after, "tells": list(step.tells), "urgent": step.urgent} for step in course.steps]
    return {"on": course.on, "numbers": dict(course.numbers), "steps": steps}


def course_from_dict(kept: Mapping[str, Any], shipped: Course) -> Course:
    """A course as it was kept; a number that the condition got since is as shipped, one that it lost is left out.

    Raises ValueError, KeyError or TypeError for what is no course.
    """
    numbers = {name: int(kept["numbers"].get(name, value)) for name, value in shipped.numbers.items()}
    return Course(tuple(_step(one) for one in kept["steps"]), numbers, bool(kept["on"]))


def load_signal_plans(folder: Path) -> SignalPlans:
    """Read a folder of courses. Raises ProgrammeError with everything that is wrong, file and key named; OSError without a default file."""
    problems: list[Problem] = []
    default = _courses(folder / f"{_DEFAULT}.toml", {}, problems)
    own = {
        path.stem: _courses(path, default, problems) for path in sorted(folder.glob("*.toml")) if path.stem != _DEFAULT
    }  # fmt: skip
    if problems:
        raise ProgrammeError(problems)
    return SignalPlans(default, own)


def _courses(path: Path, default: Mapping[str, Course], problems: list[Problem]) -> dict[str, Course]:
    try:
        read = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(str(path), "-", str(error)))
        return {}
    if read.pop("format", None) != FORMAT:
        problems.append(Problem(str(path), "format", f"must be {FORMAT}"))
    found = {}
    for kind, table in read.items():
        if default and kind not in default:
            problems.append(Problem(str(path), kind, f"no such condition; there are: {', '.join(sorted(default))}"))
            continue
        course = _course(str(path), kind, table, default.get(kind), problems)
        if course is not None:
            found[kind] = course
    return found


def _course(path: str, kind: str, table: Any, before: Course | None, problems: list[Problem]) -> Course | None:
    """One table; what it leaves out is as in `before`. None where something is wrong with it."""
    if not isinstance(table, Mapping):
        problems.append(Problem(path, kind, "must be a table"))
        return None
    on = table.get("on", before.on if before else True)
    numbers = dict(before.numbers) if before else {}
    wrong = [] if isinstance(on, bool) else [Problem(path, f"{kind}.on", "must be true or false")]
    for name, value in table.items():
        if name in ("on", "steps"):
            continue
        if before is not None and name not in before.numbers:
            wrong.append(Problem(path, f"{kind}.{name}", f"unknown; there are: on, steps, {', '.join(sorted(before.numbers))}"))
        elif isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_DAYS:
            wrong.append(Problem(path, f"{kind}.{name}", f"must be a whole number from 0 to {MOST_DAYS}"))
        else:
            numbers[name] = value
    steps = _steps(path, kind, table["steps"], wrong) if "steps" in table else before.steps if before else ()
    if not wrong:
        try:
            return Course(steps, numbers, on)
        except ValueError as error:
            wrong.append(Problem(path, f"{kind}.steps", str(error)))
    problems += wrong
    return None


def _steps(path: str, kind: str, listed: Any, problems: list[Problem]) -> tuple[Step, ...]:
    made: list[Step] = []
    for number, one in enumerate(listed if isinstance(listed, list) else [listed], 1):
        try:
            made.append(_step(one))
        except (KeyError, TypeError, ValueError) as error:
            said = f"needs {error}" if isinstance(error, KeyError) else str(error)
            problems.append(Problem(path, f"{kind}.steps[{number}]", said))
    return tuple(made)


def _step(one: Any) -> Step:
    if not isinstance(one, Mapping):
        raise TypeError("must be a table of after, tells and urgent")
    if unknown := set(one) - {"after", "tells", "urgent"}:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; there are: after, tells, urgent")
    after, tells, urgent = one["after"], one["tells"], one.get("urgent", False)
    if isinstance(after, bool) or not isinstance(after, int) or not isinstance(urgent, bool):
        raise TypeError("after must be a whole number, urgent true or false")
    if not isinstance(tells, list) or not all(isinstance(who, str) for who in tells):
        raise TypeError("tells must be a list of names")
    return Step(after, tuple(tells), urgent)
