"""The office's way with a report of the demo, step by step as its programme states: officer, panel, chief; verdicts, then acceptance."""

from __future__ import annotations

from datetime import datetime, timedelta

from tracker.demo.samples import SampleProject
from tracker.demo.stage import Stage
from tracker.domain.report_checks import parse_quantity, quantity_text
from tracker.services.inbox import mark_read
from tracker.services.report_review import accept_report, record_verdict, review_screen
from tracker.services.review_flows import from_json
from tracker.services.review_tasks import give_task, recommend
from tracker.store import q_reviews as q

CHIEF = "chief@demo.invalid"
PANEL = ("reviewer-a@demo.invalid", "reviewer-b@demo.invalid")

#: Days after the submission on which the officer and the panel do their steps, where the story accepts the report later.
_STEPS = (1, 3)


def lay_out_acceptance(stage: Stage, project: SampleProject, report_id: int, submitted: datetime, days: int) -> None:
    """Put the steps of a review on the agenda that ends, so many days after the submission, in acceptance."""
    for after in _STEPS:
        day = submitted.date() + timedelta(days=after)
        stage.later(stage.office_hour(day, project), lambda then: _recommend(stage, project, report_id, then))
    day = submitted.date() + timedelta(days=max(days, _STEPS[-1] + 2))
    stage.later(stage.office_hour(day, project), lambda then: _accept(stage, project, report_id, then))


def lay_out_panel(stage: Stage, project: SampleProject, report_id: int, submitted: datetime, answers: int) -> None:
    """Put a review on the agenda that comes as far as its panel, of which so many answer."""
    for after in _STEPS:
        day = submitted.date() + timedelta(days=after)
        stage.later(stage.office_hour(day, project), lambda then: _recommend(stage, project, report_id, then, answers))


def _recommend(stage: Stage, project: SampleProject, report_id: int, at: datetime, answers: int = len(PANEL)) -> None:
    """Do the open steps that recommend; the deciding one is left to the day of acceptance. Of the panel so many answer."""
    with stage.desk.store.read() as conn:
        found = q.round_of(conn, report_id)
        open_tasks = [task for task in q.tasks(conn, found.id) if task.state == "open"] if found else []
    if not open_tasks:
        return
    flow = from_json(found.flow_json)
    for seat, task in enumerate(open_tasks):
        if task.stage == flow.stages[-1]:
            continue
        if task.role == "officer":
            _say(stage, project.entry.officer_email, task.id, task.version, at, {})
            continue
        email, officer = PANEL[seat % len(PANEL)], stage.context(project.entry.officer_email, at)
        task_id = task.id
        if task.assignee_id is None:
            task_id = give_task(officer, task_id=task.id, person_id=stage.person_ids[email], expected_version=task.version, key=stage.key())
        with stage.desk.store.read() as conn:
            version = q.task(conn, task_id).version
        if seat >= answers:
            continue
        asked = next(step.scored for step in flow.steps if step.id == task.step)
        scores = {criterion.id: 78 + (project.number + seat * 5 + place) % 15 for place, criterion in enumerate(asked)}
        _say(stage, email, task_id, version, at, scores)


def _say(stage: Stage, who: str, task_id: int, version: int, at: datetime, scores: dict[str, int | str]) -> None:
    remark = stage.samples.texts["recommendation"]
    recommend(
        stage.context(who, at), task_id=task_id, expected_version=version, recommendation="accept", remark=remark, scores=scores,
        key=stage.key(),
    )  # fmt: skip


def _accept(stage: Stage, project: SampleProject, report_id: int, at: datetime) -> None:
    """The officer gives a verdict on every claim; whoever decides by the flow accepts."""
    ctx = stage.context(project.entry.officer_email, at)
    for review in review_screen(ctx, report_id).checkpoints:
        actual, target = (parse_quantity(review.claim[name]) for name in ("actual", "target"))
        verdict = "met" if actual >= target else "partly_met" if actual * 2 >= target else "not_met"
        record_verdict(
            ctx, report_id=report_id, checkpoint_id=review.checkpoint_id, verdict=verdict, actual=quantity_text(actual), key=stage.key()
        )
    with stage.desk.store.read() as conn:
        flow = from_json(q.round_of(conn, report_id).flow_json)
    last = next(step for step in flow.steps if step.stage == flow.stages[-1])
    who = stage.context(CHIEF, at) if last.who == "chief" else ctx
    accept_report(who, report_id=report_id, expected_version=review_screen(who, report_id).state.row.version, key=stage.key())
    mark_read(ctx, key=stage.key())
