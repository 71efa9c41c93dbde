"""Runs the worked cases beside a pack: dates typed by hand that the rules must give. docs/programme-packs.md explains the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tracker.domain.calendars import WorkingCalendar
from tracker.domain.obligations import ObligationPlan
from tracker.programmes import schema
from tracker.programmes.model import Problem, Programme, UnknownFact
from tracker.programmes.resolve import cases_path, read
from tracker.programmes.schedule import schedule

Read = Callable[[ObligationPlan], object]

CASE = {
    "name": schema.Key(schema.text, True),
    "start": schema.Key(schema.day, True),
    "end": schema.Key(schema.day, True),
    "extended_to": schema.Key(schema.day),
    "facts": schema.Key(schema.mapping),
    "templates": schema.Key(schema.several(schema.name)),
    "only": schema.Key(schema.several(schema.name)),
    "expect": schema.Key(schema.tables, True),
}

FIELDS: dict[str, Read] = {
    "rule": lambda plan: plan.rule,
    "period": lambda plan: plan.period_label or "-",
    "kind": lambda plan: plan.kind.value,
    "duty": lambda plan: plan.duty,
    "status": lambda plan: plan.date_status.value,
    "nominal": lambda plan: plan.deadline and plan.deadline.nominal,
    "due_on": lambda plan: plan.deadline and plan.deadline.due_on,
    "file_by": lambda plan: plan.deadline and plan.deadline.file_by,
    "file_by_time": lambda plan: plan.deadline and plan.deadline.file_by_time,
    "confidence": lambda plan: plan.confidence.value,
    "basis": lambda plan: plan.basis.value,
    "clause": lambda plan: plan.clause,
    "discharged_by": lambda plan: plan.discharged_by.value,
    "period_start": lambda plan: plan.period_start,
    "period_end": lambda plan: plan.period_end,
}
"""What an expected row may say; what it leaves out is not compared."""


@dataclass(frozen=True)
class Case:
    """One worked case: the dates of a project and the rows that its programme must give, in any order."""

    name: str
    start: date
    end: date
    expect: tuple[dict, ...]
    extended_to: date | None = None
    facts: tuple[tuple[str, date], ...] = ()
    templates: tuple[str, ...] = ()
    only: tuple[str, ...] = ()


def load_cases(pack: Path) -> tuple[list[Case], list[Problem]]:
    """The cases beside a pack, and everything that is wrong with their file."""
    path = cases_path(pack)
    raw, problems = read(path)
    cases: list[Case] = []
    problems += [Problem(str(path), key, "is not a known key; a case file holds [[case]] only") for key in raw if key != "case"]
    for number, table in enumerate(raw.get("case", ())):
        found = _faults(table, f"case[{number}]", str(path))
        problems += found
        if not found:
            lists = {key: tuple(table[key]) for key in ("templates", "only", "expect") if key in table}
            facts = tuple(table.get("facts", {}).items())
            cases.append(Case(**{**table, **lists, "facts": facts}))
    return cases, problems


def _faults(table: dict, prefix: str, where: str) -> list[Problem]:
    found = [Problem(where, f"{prefix}.{key}", "is not a known key") for key in table if key not in CASE]
    for key, rule in CASE.items():
        if key not in table:
            found += [Problem(where, f"{prefix}.{key}", "is missing; add it")] if rule.needed else []
        elif message := rule.check(table[key]):
            found.append(Problem(where, f"{prefix}.{key}", message))
    for name, value in table.get("facts", {}).items() if isinstance(table.get("facts"), dict) else ():
        if message := schema.day(value):
            found.append(Problem(where, f"{prefix}.facts.{name}", message))
    for number, row in enumerate(table.get("expect", ())):
        for key in row if isinstance(row, dict) else ():
            if key not in FIELDS:
                message = f"is not a known key; known here: {', '.join(FIELDS)}"
                found.append(Problem(where, f"{prefix}.expect[{number}].{key}", message))
    return found


def run_case(programme: Programme, case: Case, calendar: WorkingCalendar) -> list[str]:
    """The differences between what a case expects and what the rules give; empty when they agree.

    Every row the rules give must be expected (of the rules in `only`, where given) and the other way round.
    """
    try:
        plans = schedule(programme, case.start, case.end, dict(case.facts), calendar, case.extended_to, include=case.templates)
    except (UnknownFact, ValueError) as error:
        return [str(error)]
    if case.only:
        plans = [plan for plan in plans if plan.rule in case.only]
    given = {_slot(FIELDS["rule"](plan), FIELDS["period"](plan)): plan for plan in plans}
    wanted = {_slot(row.get("rule"), row.get("period", "-")): row for row in case.expect}
    found = [f"{slot}: expected, but the rules give no such row" for slot in wanted if slot not in given]
    found += [f"{slot}: not expected" for slot in given if slot not in wanted]
    for slot, row in wanted.items():
        if slot in given:
            found += _compare(slot, row, given[slot])
    return found


def _slot(rule: object, period: object) -> str:
    return f"{rule}/{period}"


def _compare(slot: str, row: dict, plan: ObligationPlan) -> list[str]:
    found = []
    for key, expected in row.items():
        actual = FIELDS[key](plan)
        if actual != expected:
            found.append(f"{slot}: {key} is {actual}, expected {expected}")
    if plan.deadline is not None and "nominal" not in row and "due_on" not in row:
        found.append(f"{slot}: has a date ({plan.deadline.nominal}) that the case does not expect")
    return found
