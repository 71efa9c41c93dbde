"""A review as its readers see it: the steps with who and when, and no more of what was said than each may know.

The office reads everything. A panel member reads her own step, and what the others of it said once she has done hers. The project sees
how far its report has come, and no names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row

from tracker.services import policy
from tracker.services.context import Context
from tracker.services.policy import Act
from tracker.services.report_state import ReportState
from tracker.services.review_flows import decides, from_json
from tracker.services.review_seats import Seats
from tracker.services.viewer import Role
from tracker.store import q_reviews as q


class Reader(StrEnum):
    """From which side somebody reads a review."""

    OFFICE = "office"  # officers, chiefs, auditors
    PANEL = "panel"
    PROJECT = "project"


@dataclass(frozen=True)
class Score:
    """One criterion and what was given of 100."""

    zh: str
    en: str
    score: int


@dataclass(frozen=True)
class StepView:
    """One task of a round. Names are "" where the reader may not know them or nobody holds it.

    `holder` is on whose desk it lies, `cover` who stands in while she is `away_until`; `nobody` says that nobody could do it as things
    are. `mine` says that the viewer may do it now, `behind` (with her) in whose place.
    """

    id: int
    version: int
    stage: int
    step: str
    role: str
    zh: str
    en: str
    state: str
    decides: bool
    current: bool
    mine: bool
    behind: str
    refused: str
    params: Mapping[str, Any]
    holder_id: int | None
    holder: str
    away_until: date | None
    cover: str
    nobody: bool
    due_on: date | None
    opened_at: datetime | None
    done_at: datetime | None
    done_by: str
    done_behind: str
    conflict_since: bool
    recommendation: str | None
    scores: tuple[Score, ...]
    criteria: tuple[tuple[str, str, str], ...]
    remark: str
    ended_why: str

    @property
    def replaced(self) -> bool:
        """It went to somebody else, or the review went on without it."""
        return self.state in ("replaced", "excluded", "skipped")


def reader_of(ctx: Context, state: ReportState) -> Reader:
    """The side from which the viewer reads; she has been authorised. Who is on the project reads as the project, whatever else she is."""
    if state.row.project_id in ctx.viewer.project_ids:
        return Reader.PROJECT
    if policy.may(ctx.viewer, Act.REVIEW_REPORT, state.target) or policy.may(ctx.viewer, Act.SEE_AUDIT, state.target):
        return Reader.OFFICE
    return Reader.PANEL if state.row.id in ctx.viewer.assigned_reports else Reader.PROJECT


def for_panel(state: ReportState) -> ReportState:
    """A report as a panel member gets it: this report, and nothing of other periods, of drafts, or of what the office said."""
    return replace(
        state,
        drafts={},
        previous=None,
        reviews=(),
        documents={},
        actions=(),
        outcomes=(),
        last_claims={},
        last_measurements={},
        verdicts={},
    )


def steps_of(conn: Connection, ctx: Context, found: Row | None, known: Seats, reader: Reader) -> tuple[StepView, ...]:
    """The steps of a round as one side reads them, in order."""
    if found is None:
        return ()
    tasks = q.tasks(conn, found.id)
    people = {one for task in tasks for one in (task.assignee_id, task.done_by, task.on_behalf_of, known.holder(task)) if one}
    people |= {away.cover_id for away in known.absent.values() if away.cover_id}
    names = q.names(conn, people)
    whole = [_view(ctx, found, task, known, names) for task in tasks]
    if reader is Reader.OFFICE:
        return tuple(whole)
    if reader is Reader.PROJECT:
        return tuple(_bare(one) for one in whole if not one.replaced)
    mine = [(one, task) for one, task in zip(whole, tasks, strict=True) if task.assignee_id == ctx.viewer.person_id]
    read = {one.step for one, _ in mine if one.state == "done"}
    own = {one.id for one, _ in mine}
    return tuple(
        one if one.id in own or (one.role == Role.REVIEWER and one.step in read and one.state == "done") else _bare(one)
        for one in whole
        if one.id in own or not one.replaced
    )


def _view(ctx: Context, found: Row, task: Row, known: Seats, names: Mapping[int, str]) -> StepView:
    flow = from_json(found.flow_json)
    step = next((one for one in flow.steps if one.id == task.step), None)
    live = task.state in ("open", "waiting") and found.state == "open"
    holder, standing = (known.holder(task), known.standing(ctx.viewer.person_id, task)) if live else (task.assignee_id, None)
    may = standing is not None and standing.may and task.state == "open"
    away = known.absent.get(holder) if live and holder is not None else None
    return StepView(
        id=task.id, version=task.version, stage=task.stage, step=task.step, role=task.role,
        zh=step.words.zh if step else task.step, en=step.words.en if step else task.step, state=task.state,
        decides=task.role != Role.REVIEWER and decides(flow, task.stage), current=live and task.state == "open", mine=may,
        behind=names.get(standing.behind, "") if may and standing.behind else "",
        refused=standing.refused if standing else "", params=dict(standing.params or {}) if standing else {},
        holder_id=holder, holder=names.get(holder, ""), away_until=away.until_on if away else None,
        cover=names.get(known.cover(task), "") if away else "", nobody=live and holder is None and not known.able(task),
        due_on=task.due_on, opened_at=task.opened_at, done_at=task.done_at, done_by=names.get(task.done_by, ""),
        done_behind=names.get(task.on_behalf_of, ""), conflict_since=(task.done_by, task.project_id) in known.conflicts,
        recommendation=task.recommendation, scores=tuple(Score(s["zh"], s["en"], s["score"]) for s in task.scores_json or ()),
        criteria=tuple((c.id, c.words.zh, c.words.en) for c in step.scored) if step else (), remark=task.remark, ended_why=task.ended_why,
    )  # fmt: skip


def _bare(step: StepView) -> StepView:
    """A step without names and without what was said."""
    return replace(
        step, mine=False, behind="", refused="", params={}, holder_id=None, holder="", away_until=None, cover="", nobody=False, done_by="",
        done_behind="", conflict_since=False, recommendation=None, scores=(), remark="", ended_why="",
    )  # fmt: skip


def turn_in(steps: Sequence[StepView]) -> StepView | None:
    """The step that the viewer may do now: her own before one that she covers, a deciding one first."""
    mine = [one for one in steps if one.mine]
    return min(mine, key=lambda one: (bool(one.behind), not one.decides), default=None)
