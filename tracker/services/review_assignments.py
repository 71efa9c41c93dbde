"""What a panel member was given: her start page. One line a report, the open ones first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from tracker.domain.statuses import days_left
from tracker.services.context import Context
from tracker.services.review_flows import from_json
from tracker.services.review_seats import seats
from tracker.store import q_reviews as q


@dataclass(frozen=True)
class Assignment:
    """One report that she was given. `open` while her step is to be done; `days` until `due_on`, negative afterwards, None undated.

    `recommendation` is what she said, None before; `ended` that the office has answered the project.
    """

    task_id: int
    report_id: int
    project_id: int
    project_code: str
    project_zh: str
    project_en: str
    programme_zh: str
    programme_en: str
    organisation: str
    title_zh: str
    title_en: str
    period_label: str
    step_zh: str
    step_en: str
    open: bool
    ended: bool
    given_at: datetime | None
    due_on: date | None
    days: int | None
    done_at: datetime | None
    recommendation: str | None


def assignments(ctx: Context) -> list[Assignment]:
    """Everything that the viewer was given as a panel member: what is to be done by its day, then what is done, newest first.

    Empty for everybody else. What was taken from her, or lies on a project with which she has a conflict, is not listed.
    """
    if not ctx.viewer.assigned_reports or ctx.viewer.person_id is None:
        return []
    with ctx.store.read() as conn:
        rows = q.assigned_tasks(conn, [ctx.viewer.person_id], ctx.viewer.assigned_reports)
        known = seats(conn, {row.programme_id for row in rows}, ctx.today)
    found = []
    for row in rows:
        step = next((one for one in from_json(row.flow_json).steps if one.id == row.step), None)
        is_open = row.state == "open" and row.round_state == "open" and known.standing(ctx.viewer.person_id, row).may
        found.append(
            Assignment(
                task_id=row.id, report_id=row.report_id, project_id=row.project_id, project_code=row.project_code,
                project_zh=row.project_zh, project_en=row.project_en, programme_zh=row.programme_zh, programme_en=row.programme_en,
                organisation=row.organisation, title_zh=row.title_zh, title_en=row.title_en, period_label=row.period_label,
                step_zh=step.words.zh if step else row.step, step_en=step.words.en if step else row.step, open=is_open,
                ended=row.round_state != "open", given_at=row.opened_at, due_on=row.due_on,
                days=days_left(row.due_on, ctx.today) if row.due_on else None, done_at=row.done_at, recommendation=row.recommendation,
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (not one.open, one.due_on or date.max if one.open else date.max, -one.task_id))
