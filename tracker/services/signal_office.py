"""Conditions of the office itself: what lies with it for longer than it promised. Never told to the project."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import Row

from tracker.domain.statuses import Kind
from tracker.services.signal_conditions import Found, Query, Survey, condition
from tracker.store import q_signal_reports as more
from tracker.store import q_signals as q
from tracker.store import tables as t

WAITING, STEP_LATE = "review_waiting", "review_step_late"

_APPROVALS = frozenset({Kind.APPROVAL_CATCH_UP, Kind.APPROVAL_RENEWAL})
_ON_ITS_CARD = frozenset({"action", "meeting"})
_ONE_DAY = timedelta(days=1)


@condition(WAITING)
def waiting(survey: Survey) -> Iterable[Found]:
    """What was handed in and not answered: past the day that the office promised, or, where it promised nothing, after long."""
    for row in q.waiting(survey.conn, survey.of_project(t.obligation.c.project_id)):
        numbers = survey.course(WAITING, row.programme_id).numbers
        arrived, promised = survey.day_of(row.waits_since_at), row.office_due_on
        if promised is not None:
            if promised >= survey.today:
                continue
            begins = survey.working_day(promised, numbers["grace"], row.county) + _ONE_DAY
        else:
            begins = survey.working_day(arrived, numbers["unpromised"], row.county)
        if begins <= survey.today:
            page, query = _page(row)
            params = {"since": arrived.isoformat(), "promised": promised.isoformat() if promised else None}
            yield Found(
                f"obligation:{row.id}", promised or arrived, begins, row.project_id, row.programme_id, page, query, obligation_id=row.id,
                params=params, round_id=row.round_id,
            )  # fmt: skip


@condition(STEP_LATE)
def step_late(survey: Survey) -> Iterable[Found]:
    """A reviewer's own step that is open past its day: hers first, then the officer's."""
    for row in more.late_steps(survey.conn, survey.today, survey.of_project(t.review_task.c.project_id)):
        grace = survey.course(STEP_LATE, row.programme_id).numbers["grace"]
        begins = survey.working_day(row.due_on, grace, row.county) + _ONE_DAY
        if begins <= survey.today:
            yield Found(
                f"task:{row.id}", row.due_on, begins, row.project_id, row.programme_id, "review", (("report", row.report_id),),
                obligation_id=row.obligation_id, person_id=row.assignee_id, params={"day": row.due_on.isoformat(), "name": row.name},
                desk=(row.assignee_id,), version_id=row.report_version_id,
            )  # fmt: skip


def _page(row: Row) -> tuple[str, Query]:
    if row.origin in _ON_ITS_CARD or row.kind == Kind.MEETING:
        return "meetings", (("obligation", row.id),)
    if row.kind in _APPROVALS:
        return "approvals", (("project", row.project_id),)
    return ("review", (("report", row.report_id),)) if row.report_id is not None else ("project", ())
