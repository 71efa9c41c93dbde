"""Conditions of a project as a whole: an approval that ends, nobody there, an account that was never used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from sqlalchemy import Row

from tracker.domain.approvals import KIND_TITLES, ApprovalKind
from tracker.services.approval_plans import renewal_label
from tracker.services.signal_conditions import Found, Survey, condition
from tracker.store import q_signals as q
from tracker.store import tables as t

RUNNING_OUT, EXPIRED = "approval_running_out", "approval_expired"
SILENT, UNUSED = "silent_project", "account_unused"

_LONGEST_AGO = timedelta(days=366)


@condition(RUNNING_OUT)
def running_out(survey: Survey) -> Iterable[Found]:
    """Approvals that end before their project, for which no renewal is owed: one that is owed has a ladder of its own."""
    last = survey.today + timedelta(days=survey.plans.most(RUNNING_OUT, "days"))
    rows = q.ending_approvals(survey.conn, survey.today, last, survey.of_project(t.approval.c.project_id))
    known = _renewals(survey, rows)
    for row in rows:
        renewal = known[row.project_id].get(renewal_label(row.kind, row.id, row.expires_on))
        if renewal is not None and (renewal.duty or renewal.status != "open"):
            continue
        before = survey.course(RUNNING_OUT, row.programme_id).numbers["days"]
        if row.expires_on <= survey.today + timedelta(days=before):
            yield _approval(row, row.expires_on - timedelta(days=before))


@condition(EXPIRED)
def expired(survey: Survey) -> Iterable[Found]:
    """Approvals that have ended under a running project: the reminders of their renewal are over, and none was handed in or waived."""
    last = survey.today - timedelta(days=survey.plans.least(EXPIRED, "days"))
    rows = q.ending_approvals(survey.conn, survey.today - _LONGEST_AGO, last, survey.of_project(t.approval.c.project_id))
    known = _renewals(survey, rows)
    for row in rows:
        renewal = known[row.project_id].get(renewal_label(row.kind, row.id, row.expires_on))
        begins = row.expires_on + timedelta(days=survey.course(EXPIRED, row.programme_id).numbers["days"])
        if begins <= survey.today and (renewal is None or renewal.status == "open"):
            yield _approval(row, begins)


def _renewals(survey: Survey, rows: Iterable[Row]) -> Mapping[int, Mapping[str, Row]]:
    found: dict[int, dict[str, Row]] = defaultdict(dict)
    for row in q.renewals(survey.conn, {row.project_id for row in rows}):
        found[row.project_id][row.period_label] = row
    return found


def _approval(row: Row, begins_on: date) -> Found:
    kind = KIND_TITLES[ApprovalKind(row.kind)]
    params = {"title_zh": f"{kind.zh}：{row.title}", "title_en": f"{kind.en}: {row.title}", "day": row.expires_on.isoformat()}
    return Found(
        f"approval:{row.id}", row.expires_on, begins_on, row.project_id, row.programme_id, "approvals", (("project", row.project_id),),
        params=params,
    )  # fmt: skip


@condition(SILENT)
def silent(survey: Survey) -> Iterable[Found]:
    """Projects of which nobody was here for long, while something falls due. Where the only one who may hand in was never here, that is
    the matter (`UNUSED`)."""
    last = survey.today + timedelta(days=survey.plans.most(SILENT, "within"))
    rows = {row.project_id: row for row in q.owed_soon(survey.conn, survey.today, last, survey.of_project(t.obligation.c.project_id))}
    seen = q.signs_of_life(survey.conn, rows, survey.today)
    quiet = {}
    for project_id, row in rows.items():
        numbers = survey.course(SILENT, row.programme_id).numbers
        since = max(survey.day_of(seen[project_id]), row.entered_on) if project_id in seen else row.entered_on
        begins = max(since + timedelta(days=numbers["days"]), row.due_on - timedelta(days=numbers["within"]))
        if begins <= survey.today:
            quiet[project_id] = row, since, begins
    others = {found.project_id for found in unused(survey)} if quiet else set()
    for project_id, (row, since, begins) in quiet.items():
        if project_id not in others:
            params = {"day": row.due_on.isoformat(), "since": since.isoformat()}
            yield _project(row, f"project:{project_id}", begins, params)


@condition(UNUSED)
def unused(survey: Survey) -> Iterable[Found]:
    """Projects whose only principal investigator has never signed in, while something falls due that only she can hand in."""
    last = survey.today + timedelta(days=survey.plans.most(UNUSED, "within"))
    rows = {row.project_id: row for row in q.owed_soon(survey.conn, survey.today, last, survey.of_project(t.obligation.c.project_id))}
    alone = q.sole_investigators(survey.conn, rows, survey.today)
    here = q.signed_in_once(survey.conn, {one.person_id for one in alone.values()})
    alone = {project_id: one for project_id, one in alone.items() if one.person_id not in here}
    wrote, helped = q.wrote(survey.conn, alone), q.may_hand_in(survey.conn, alone, survey.today)
    for project_id, one in alone.items():
        if (project_id, one.person_id) in wrote or project_id in helped:
            continue
        row, numbers = rows[project_id], survey.course(UNUSED, rows[project_id].programme_id).numbers
        made = max(one.from_on, survey.day_of(one.created_at)) + timedelta(days=numbers["age"])
        begins = max(made, row.due_on - timedelta(days=numbers["within"]))
        if begins <= survey.today:
            params = {"day": row.due_on.isoformat(), "name": one.name}
            yield _project(row, f"project:{project_id}/person:{one.person_id}", begins, params, one.person_id)


def _project(row: Row, subject: str, begins_on: date, params: Mapping[str, str], person_id: int | None = None) -> Found:
    return Found(
        subject, row.due_on, begins_on, row.project_id, row.programme_id, "project", (), obligation_id=row.id, person_id=person_id,
        params=params,
    )  # fmt: skip
