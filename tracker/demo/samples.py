"""The invented portfolio as data: `data/samples/demo/` holds who there is, which projects, their plans and what happens in each."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from tracker.config import data_dir
from tracker.domain.periods import Period, last_day_from
from tracker.services.checkpoints import CheckpointEntry, IndicatorEntry
from tracker.services.projects import MemberEntry, ProjectEntry

_LISTS = ("date", "report", "approval", "confirm")
_ONCE = ("exception", "extension", "close")


@dataclass(frozen=True)
class Account:
    """One account that the demo shows. `role` is a staff role (given from `from_on` on), or pi, assistant, company_pi of a project."""

    email: str
    name: str
    language: str
    role: str
    programme: str
    from_on: date | None

    @property
    def is_staff(self) -> bool:
        return self.from_on is not None


@dataclass(frozen=True)
class SampleProject:
    """One project: what is entered on `entered_on`, its plan, and the steps of its story."""

    entry: ProjectEntry
    entered_on: date
    number: int  # its place in the table, to vary texts
    story_name: str
    story: Mapping[str, Any]
    checkpoints: tuple[CheckpointEntry, ...]
    indicators: tuple[IndicatorEntry, ...]

    def email(self, who: str) -> str:
        """The address of `pi`, `assistant` or `company`."""
        return _address(self.entry.code, who)

    @property
    def has_assistant(self) -> bool:
        return any(member.role == "assistant" for member in self.entry.members)


@dataclass(frozen=True)
class Samples:
    """Everything in the folder."""

    accounts: tuple[Account, ...]
    projects: tuple[SampleProject, ...]
    notices: tuple[Mapping[str, Any], ...]
    evaluations: tuple[Mapping[str, Any], ...]
    together: Mapping[str, Any]
    texts: Mapping[str, Any]


def load_samples(folder: Path | None = None) -> Samples:
    """Read the tables. Raises KeyError or ValueError where they contradict each other: they are part of the program."""
    where = folder or data_dir() / "samples" / "demo"
    plans = _rows(where / "plans.csv")
    played = tomllib.loads((where / "stories.toml").read_text("utf-8"))
    projects = tuple(_project(number, row, plans, played) for number, row in enumerate(_rows(where / "projects.csv")))
    accounts = tuple(
        Account(row["email"], row["name"], row["language"], row["role"], row["programme"], _day(row["from_on"]))
        for row in _rows(where / "people.csv")
    )
    texts = tomllib.loads((where / "texts.toml").read_text("utf-8"))
    together = tomllib.loads((where / "together.toml").read_text("utf-8"))
    return Samples(accounts, projects, tuple(played["notice"]), tuple(played["evaluation"]), together, texts)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _address(code: str, who: str) -> str:
    return f"{who}.{code.removeprefix('DEMO-').lower()}@demo.invalid"


def _project(number: int, row: Mapping[str, str], plans: Sequence[Mapping[str, str]], played: Mapping[str, Any]) -> SampleProject:
    start = date.fromisoformat(row["start_on"])
    entry = ProjectEntry(
        code=row["code"],
        programme=row["programme"],
        title_zh=row["title_zh"],
        title_en=row["title_en"],
        organisation=row["organisation"],
        county=row["county"],
        start_on=start,
        end_on=date.fromisoformat(row["end_on"]),
        members=_members(row),
        officer_email=row["officer"],
        facts=tuple((name, date.fromisoformat(row[name])) for name in ("applied_on", "signed_on") if row[name]),
        approved_amounts=tuple(int(part) for part in row["approved_amounts"].split(";")),
    )
    mine = [plan for plan in plans if plan["plan"] == row["plan"]]
    return SampleProject(
        entry=entry,
        entered_on=date.fromisoformat(row["entered_on"]),
        number=number,
        story_name=row["story"],
        story=_story(row["story"], played),
        checkpoints=tuple(_checkpoint(plan, start) for plan in mine if plan["sort"] == "checkpoint"),
        indicators=tuple(_indicator(plan) for plan in mine if plan["sort"] == "indicator"),
    )


def _members(row: Mapping[str, str]) -> tuple[MemberEntry, ...]:
    code, language = row["code"], row["language"]
    named = (("pi", "pi", "academic"), ("assistant", "assistant", "academic"), ("company", "pi", "company"))
    return tuple(
        MemberEntry(_address(code, who), row[f"{who}_name"], role, party, language) for who, role, party in named if row[f"{who}_name"]
    )


def _story(name: str, played: Mapping[str, Any]) -> dict[str, Any]:
    """A story with what it includes; its own steps come after the common ones."""
    own = played["story"][name]
    parts = [*(played["common"][common] for common in own.get("include", ())), own]
    merged: dict[str, Any] = {step: [one for part in parts for one in part.get(step, ())] for step in _LISTS}
    return {**merged, **{once: own.get(once) for once in _ONCE}}


def _checkpoint(plan: Mapping[str, str], start: date) -> CheckpointEntry:
    planned_on = last_day_from(start, Period(months=int(plan["month"])))
    return CheckpointEntry(
        plan["code"],
        plan["title_zh"],
        Decimal(plan["target"]),
        plan["unit"],
        Decimal(plan["weight"]),
        planned_on,
        plan["title_en"],
        project_year=(int(plan["month"]) + 11) // 12,
    )


def _indicator(plan: Mapping[str, str]) -> IndicatorEntry:
    return IndicatorEntry(
        plan["code"],
        plan["title_zh"],
        plan["unit"],
        Decimal(plan["baseline"]),
        Decimal(plan["target"]),
        plan["title_en"],
        plan["counting"],
        plan["good"],
    )
