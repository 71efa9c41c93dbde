"""Whom a call asks: the running projects of one programme, narrowed by what the officer chose. A closed project is never asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row

from tracker.services import policy
from tracker.services.context import Context
from tracker.services.office import authorise_office
from tracker.services.policy import Act, Target
from tracker.store import q_calls
from tracker.store import tables as t

CHECKPOINT_SOON = timedelta(days=60)


class ProjectState(StrEnum):
    """Where an active project stands in its term today."""

    NOT_STARTED = "not_started"
    RUNNING = "running"
    PAST_END = "past_end"


class CheckpointState(StrEnum):
    """What a project's checkpoints look like today."""

    BEHIND = "behind"  # one that was planned before today is not reached
    SOON = "soon"  # one is planned within 60 days
    ON_TRACK = "on_track"  # has checkpoints, and none is behind
    NONE = "none"  # has no checkpoint


@dataclass(frozen=True)
class Selection:
    """Which projects of a programme are asked. Within one field any value fits, every field that is given has to fit.

    All empty: every active project. `projects` names some by id; `years` are numbers of the project year that runs today.
    """

    projects: tuple[int, ...] = ()
    years: tuple[int, ...] = ()
    states: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    counties: tuple[str, ...] = ()
    officers: tuple[int, ...] = ()
    checkpoints: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, list[Any]]:
        """What is kept with the call: the fields that narrow."""
        return {name: list(values) for name, values in asdict(self).items() if values}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Selection:
        """The inverse of `as_dict`; unknown keys are left out."""
        names = {one.name for one in fields(cls)}
        return cls(**{name: tuple(values) for name, values in stored.items() if name in names})


EVERY_PROJECT = Selection()


@dataclass(frozen=True)
class Candidate:
    """One active project with everything it can be chosen by."""

    project_id: int
    code: str
    title_zh: str
    title_en: str
    organisation: str
    county: str
    officer_id: int | None
    officer: str
    year: int | None
    state: str
    checkpoints: frozenset[str]
    own: bool  # the viewer is on it herself: somebody else must ask it

    def fits(self, selection: Selection) -> bool:
        """Whether the selection takes it."""
        wanted = (
            (selection.projects, {self.project_id}), (selection.years, {self.year}), (selection.states, {self.state}),
            (selection.organisations, {self.organisation}), (selection.counties, {self.county}),
            (selection.officers, {self.officer_id}), (selection.checkpoints, self.checkpoints),
        )  # fmt: skip
        return all(not given or set(given) & has for given, has in wanted)


@dataclass(frozen=True)
class ProgrammeChoice:
    """A programme whose projects the viewer may ask."""

    programme_id: int
    code: str
    title_zh: str
    title_en: str


def programme_choices(ctx: Context) -> tuple[ProgrammeChoice, ...]:
    """The programmes in which the viewer may issue a call, by code."""
    with ctx.store.read() as conn:
        rows = conn.execute(t.programme.select().order_by(t.programme.c.code)).all()
    mine = (row for row in rows if policy.may(ctx.viewer, Act.ISSUE_CALL, Target(programme_id=row.id)))
    return tuple(ProgrammeChoice(row.id, row.code, row.title_zh, row.title_en) for row in mine)


def candidates(ctx: Context, programme_id: int) -> tuple[Candidate, ...]:
    """The active projects of a programme, by code, with what they can be chosen by. Raises NotFound, Forbidden."""
    authorise_office(ctx.viewer, Act.ISSUE_CALL, Target(programme_id=programme_id))
    with ctx.store.read() as conn:
        return candidates_in(conn, ctx, programme_id)


def candidates_in(conn: Connection, ctx: Context, programme_id: int) -> tuple[Candidate, ...]:
    """The same inside a transaction, for a caller that has authorised it."""
    years = q_calls.years_today(conn, programme_id, ctx.today)
    checkpoints = q_calls.checkpoint_days(conn, programme_id)
    found = []
    for row in q_calls.projects(conn, programme_id):
        if row.status == "active":
            state = _state(row, ctx.today)
            marks = _marks(checkpoints.get(row.id, []), ctx.today)
            found.append(
                Candidate(
                    row.id, row.code, row.title_zh, row.title_en, row.organisation, row.county or "", row.officer_id, row.officer or "",
                    years.get(row.id), state, marks, row.id in ctx.viewer.project_ids,
                )
            )  # fmt: skip
    return tuple(found)


def _state(row: Row, today: date) -> str:
    if today < row.start_on:
        return ProjectState.NOT_STARTED.value
    return ProjectState.RUNNING.value if today <= row.end_on else ProjectState.PAST_END.value


def _marks(days: list[tuple[date, Decimal, Decimal | None]], today: date) -> frozenset[str]:
    if not days:
        return frozenset({CheckpointState.NONE.value})
    behind = any(planned < today and (counted is None or counted < target) for planned, target, counted in days)
    soon = any(today <= planned <= today + CHECKPOINT_SOON for planned, _, _ in days)
    marks = {CheckpointState.BEHIND.value if behind else CheckpointState.ON_TRACK.value}
    return frozenset(marks | ({CheckpointState.SOON.value} if soon else set()))
