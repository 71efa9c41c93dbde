"""What concerns several projects at once, or what stands beside the reports: meetings, calls, outcomes, delegations, absences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from tracker.clock import TAIPEI
from tracker.demo.samples import SampleProject
from tracker.demo.stage import Stage
from tracker.services.absences import record_absence
from tracker.services.action_life import close_item, say_done
from tracker.services.data_call_forms import templates
from tracker.services.data_call_selection import Selection
from tracker.services.data_calls import CallEntry, issue_call
from tracker.services.delegations import grant_delegation
from tracker.services.meeting_conclusions import Conclusion, conclude
from tracker.services.meeting_entries import MeetingEntry
from tracker.services.meetings import plan_meeting, record_minutes
from tracker.services.outcome_entries import PUBLISHED, OutcomeEntry
from tracker.services.outcomes import check_outcome, record_outcome
from tracker.services.policy import Act
from tracker.services.programmes import programme_id_of

Deed = Mapping[str, Any]
#: `answer(stage, project, item, at, hand_in)` writes a report on the obligation `rule/period`, and hands it in.
Answer = Callable[[Stage, SampleProject, str, datetime, bool], None]
OFFICE_TIME, MEMBER_TIME = time(14, 0), time(10, 30)


def lay_out_together(stage: Stage, answer: Answer) -> None:
    """Put everything of the file on the agenda. `answer` writes and hands in what a call asks for."""
    acts = stage.samples.together
    for meeting in acts["meeting"]:
        stage.later(_at(meeting["planned"], OFFICE_TIME), lambda at, meeting=meeting: _plan(stage, meeting, at))
    for call in acts["call"]:
        stage.later(_at(call["issued"], OFFICE_TIME), lambda at, call=call: _issue(stage, call, answer, at))
    for outcome in acts["outcome"]:
        stage.later(_at(outcome["on"], MEMBER_TIME), lambda at, outcome=outcome: _record(stage, outcome, at))
    for given in acts["delegation"]:
        stage.later(_at(given["on"], MEMBER_TIME), lambda at, given=given: _delegate(stage, given, at))
    for away in acts["absence"]:
        stage.later(_at(away["on"], OFFICE_TIME), lambda at, away=away: _absent(stage, away, at))


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, TAIPEI)


def _project(stage: Stage, code: str) -> SampleProject:
    return next(one for one in stage.samples.projects if one.entry.code == code)


def _plan(stage: Stage, meeting: Deed, at: datetime) -> None:
    ctx = stage.context(meeting["officer"], at)
    programme_id = programme_id_of(stage.context(None, at), meeting["programme"])
    paper = stage.paper(ctx, "示範開會通知.pdf", "meeting", Act.RUN_MEETING, programme_id=programme_id)
    codes = meeting.get("projects")
    entry = MeetingEntry(
        programme_id, meeting["kind"], meeting["title_zh"], meeting["held_on"], meeting["title_en"], meeting["starts_at"], meeting["place"],
        meeting["letter"], paper, meeting.get("preparation", ""), meeting.get("prepare_by"),
        tuple(stage.project_ids[code] for code in codes) if codes else None,
    )  # fmt: skip
    planned = plan_meeting(ctx, entry, key=stage.key())
    if "minutes" in meeting:
        stage.later(_at(meeting["minutes_on"], OFFICE_TIME), lambda then: _conclude(stage, meeting, planned.meeting_id, then))


def _conclude(stage: Stage, meeting: Deed, meeting_id: int, at: datetime) -> None:
    ctx = stage.context(meeting["officer"], at)
    held = record_minutes(ctx, meeting_id=meeting_id, minutes=meeting["minutes"], document_id=None, expected_version=1, key=stage.key())
    rows = meeting["conclusion"]
    concluded = [Conclusion(stage.project_ids[row["project"]], row["side"], row["body"], row["due_on"]) for row in rows]
    ids = conclude(ctx, meeting_id=meeting_id, conclusions=concluded, expected_version=held.version, key=stage.key())
    for row, item_id in zip(rows, ids, strict=True):
        if "done" in row:
            stage.later(_at(row["done"], MEMBER_TIME), lambda then, row=row, item_id=item_id: _done(stage, meeting, row, item_id, then))


def _done(stage: Stage, meeting: Deed, row: Deed, item_id: int, at: datetime) -> None:
    ctx = stage.context(_project(stage, row["project"]).email("pi"), at)
    version = say_done(ctx, item_id=item_id, note=row["note"], document_id=None, expected_version=1, key=stage.key()).version
    stage.later(
        _at(row["closed"], OFFICE_TIME),
        lambda then: close_item(stage.context(meeting["officer"], then), item_id=item_id, expected_version=version, key=stage.key()),
    )


def _issue(stage: Stage, call: Deed, answer: Answer, at: datetime) -> None:
    ctx = stage.context(call["officer"], at)
    form = next(one.entry for one in templates() if one.id == call["template"])
    asked = [one for one in stage.samples.projects if one.entry.programme == call["programme"]]
    ids = sorted(stage.project_ids[one.entry.code] for one in asked)
    programme_id = programme_id_of(stage.context(None, at), call["programme"])
    entry = CallEntry(
        programme_id, call["title_zh"], call["due_on"], call["letter"], form, call["title_en"], call["note"],
        call["label"], Selection(projects=tuple(ids)),
    )  # fmt: skip
    issue_call(ctx, entry, project_ids=ids, key=stage.key())
    for hands_in, days in ((True, call["answers"]), (False, call["drafts"])):
        for code, day in days.items():
            project = _project(stage, code)
            item = f"data_call/{call['label']}"
            stage.later(
                stage.member_hour(day, project) + timedelta(hours=1),
                lambda then, project=project, item=item, hands_in=hands_in: answer(stage, project, item, then, hands_in),
            )


def _record(stage: Stage, outcome: Deed, at: datetime) -> None:
    project = _project(stage, outcome["project"])
    ctx = stage.context(project.email("pi"), at)
    said = "yes" if (outcome["kind"], outcome["stage"]) in PUBLISHED else "not_applicable"
    entry = OutcomeEntry(
        outcome["kind"], outcome["title"], outcome["stage"], outcome.get("people", ""), outcome.get("venue", ""),
        identifier=outcome.get("identifier", ""), occurred_on=outcome["occurred_on"], acknowledges_funder=said,
        acknowledges_project="no" if "wanting" in outcome else said, acknowledgement=outcome.get("acknowledgement", ""),
        document_id=stage.paper(ctx, "示範成果佐證.pdf", "outcome", Act.WRITE_OUTCOME, project=project),
    )  # fmt: skip
    outcome_id = record_outcome(ctx, project_id=stage.project_ids[project.entry.code], entry=entry, key=stage.key())
    if "checked" in outcome:
        stage.later(_at(outcome["checked"], OFFICE_TIME), lambda then: _check(stage, project, outcome, outcome_id, then))


def _check(stage: Stage, project: SampleProject, outcome: Deed, outcome_id: int, at: datetime) -> None:
    found, note = ("found_wanting", outcome["wanting"]) if "wanting" in outcome else ("found_good", "")
    ctx = stage.context(project.entry.officer_email, at)
    check_outcome(ctx, outcome_id=outcome_id, found=found, note=note, expected_version=1, key=stage.key())


def _delegate(stage: Stage, given: Deed, at: datetime) -> None:
    project = _project(stage, given["project"])
    grant_delegation(
        stage.context(project.email("pi"), at), project_id=stage.project_ids[project.entry.code],
        grantee_id=stage.person_ids[project.email("assistant")], area="reports", level=given["level"], until_on=given["until"],
        key=stage.key(),
    )  # fmt: skip


def _absent(stage: Stage, away: Deed, at: datetime) -> None:
    ctx = stage.context(away["person"], at)
    person_id = stage.person_ids[away["person"]]
    record_absence(ctx, person_id=person_id, from_on=away["from"], until_on=away["until"], key=stage.key())
