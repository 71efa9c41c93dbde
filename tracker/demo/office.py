"""The office's acts in the demo: dates from documents, confirmed anchors, approvals, extensions, evaluations, and the close."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from tracker.demo.reports import discharge, lay_out_reports
from tracker.demo.samples import SampleProject
from tracker.demo.stage import Stage
from tracker.services.anchors import confirm_anchor
from tracker.services.approval_reviews import accept_approval, grant_exception
from tracker.services.approvals import ApprovalPaper, add_approval, record_approval, record_proof
from tracker.services.conditions import set_aside
from tracker.services.date_entries import DateEntry
from tracker.services.document_dates import enter_document_date
from tracker.services.evaluations import DecisionEntry, EffectEntry, ScoreEntry, decide, record_evaluation
from tracker.services.planning import facts_of
from tracker.services.policy import Act
from tracker.services.project_changes import close_project, extend_project
from tracker.services.projects import project_header
from tracker.store import q_approvals, q_lookups
from tracker.store import tables as t

CHIEF = "chief@demo.invalid"
NOT_ASKED = {"hsp-115-smart-health": ("prototype_reports", "本計畫執行查驗登記路徑（伍-二），非伍-一之產品開發（示範）。")}
"""What a call asks of other projects only; every sample of that call takes the other route."""
CRITERIA = ("計畫執行進度（示範）", "成果與效益（示範）", "團隊整合（示範）")


def lay_out_office(stage: Stage, project: SampleProject) -> None:
    """Put everything that carries its own day on the agenda."""
    story = project.story
    if project.entry.programme in NOT_ASKED:
        stage.later(stage.office_hour(project.entered_on + timedelta(days=1), project), lambda at: _set_aside(stage, project, at))
    for step in story["date"]:
        stage.later(stage.office_hour(step["on"], project), lambda at, step=step: _enter_date(stage, project, step, at))
    if story["date"]:
        last = max(step["on"] for step in story["date"])
        known = stage.office_hour(last, project) + timedelta(minutes=1)
        stage.later(known, lambda at: lay_out_reports(stage, project, "dates"))
    for step in story["confirm"]:
        stage.later(stage.office_hour(step["on"], project), lambda at, step=step: _confirm(stage, project, step, at))
    for step in story["approval"]:
        stage.later(stage.member_hour(step["list"], project), lambda at, step=step: _list_approval(stage, project, step, at))
    if story["exception"]:
        stage.later(stage.office_hour(story["exception"]["on"], project), lambda at: _except(stage, project, story["exception"], at))
    if story["extension"]:
        stage.later(stage.office_hour(story["extension"]["on"], project), lambda at: _extend(stage, project, story["extension"], at))
    if story["close"]:
        stage.later(stage.office_hour(story["close"], project), lambda at: _close(stage, project, at))
    for step in stage.samples.evaluations:
        if project.story_name in step["stories"]:
            stage.later(stage.office_hour(step["held"], project), lambda at, step=step: _evaluate(stage, project, step, at))


def _set_aside(stage: Stage, project: SampleProject, at: datetime) -> None:
    """The officer finds that a duty of the other route does not concern the project."""
    rule, reason = NOT_ASKED[project.entry.programme]
    ctx = stage.context(project.entry.officer_email, at)
    with ctx.store.read() as conn:
        row = conn.execute(select(t.obligation).where(t.obligation.c.key == f"{project.entry.code}/{rule}/project")).one()
    set_aside(ctx, obligation_id=row.id, reason=reason, expected_version=row.version, key=stage.key())


def give_notice(stage: Stage, notice: Mapping[str, Any], at: datetime) -> None:
    """A letter to all projects of a programme."""
    ctx = stage.context(notice["officer"], at)
    projects = [one for one in stage.samples.projects if one.entry.programme == notice["programme"] and one.entry.code in stage.project_ids]
    programme_id = stage.project_row(projects[0]).programme_id
    paper = stage.paper(ctx, "示範函.pdf", "letter", Act.ENTER_DATE, programme_id=programme_id)
    enter_document_date(ctx, _date_entry(notice, programme_id, None, paper), key=stage.key())
    for project in projects:
        if not project.story["date"]:
            lay_out_reports(stage, project, "dates")


def _enter_date(stage: Stage, project: SampleProject, step: Mapping[str, Any], at: datetime) -> None:
    ctx = stage.context(project.entry.officer_email, at)
    contract = step["basis"] == "contract"
    paper = stage.paper(
        ctx, "示範契約.pdf" if contract else "示範函.pdf", "contract" if contract else "letter", Act.ENTER_DATE, project=project
    )
    row = stage.project_row(project)
    enter_document_date(ctx, _date_entry(step, row.programme_id, row.id, paper), key=stage.key())


def _date_entry(step: Mapping[str, Any], programme_id: int, project_id: int | None, document_id: int) -> DateEntry:
    return DateEntry(
        programme_id=programme_id,
        project_id=project_id,
        kind=step["kind"],
        rule=step["rule"],
        period_label=step.get("period", "-"),
        basis=step["basis"],
        document_id=document_id,
        given_on=step.get("given_on"),
        direction=step.get("direction"),
        anchor=step.get("anchor"),
        months=step.get("months"),
        title_zh=step.get("title_zh", ""),
        title_en=step.get("title_en", ""),
        clause=step.get("clause", ""),
        letter_number=step.get("letter", ""),
        contract_page=step.get("page", ""),
    )


def _confirm(stage: Stage, project: SampleProject, step: Mapping[str, Any], at: datetime) -> None:
    ctx = stage.context(project.entry.officer_email, at)
    obligation = stage.obligation(project, f"{step['rule']}/project")
    with ctx.store.read() as conn:
        applied_on = facts_of(conn, obligation.project_id)["applied_on"].value_on
    paper = stage.paper(ctx, "示範函-起算日.pdf", "letter", Act.CONFIRM_ANCHOR, project=project)
    confirm_anchor(ctx, obligation_id=obligation.id, anchor_on=applied_on, letter_number=step["letter"], document_id=paper, key=stage.key())


def _list_approval(stage: Stage, project: SampleProject, step: Mapping[str, Any], at: datetime) -> None:
    ctx = stage.context(project.email("pi"), at)
    saved = add_approval(
        ctx, project_id=stage.project_ids[project.entry.code], kind=step["kind"], title=step["title"], board=step["board"], key=stage.key()
    )
    if "proof" in step:
        stage.later(
            stage.member_hour(step["proof"], project) + timedelta(minutes=1), lambda then: _prove(stage, project, saved.approval_id, then)
        )
    if "approved" in step:  # the paper arrives four days after the board decided
        day = step["approved"] + timedelta(days=4)
        stage.later(stage.member_hour(day, project), lambda then: _approve(stage, project, saved.approval_id, step, then))


def _prove(stage: Stage, project: SampleProject, approval_id: int, at: datetime) -> None:
    ctx = stage.context(project.email("pi"), at)
    paper = stage.paper(ctx, "示範送審證明.pdf", "approval", Act.WRITE_APPROVAL, project=project)
    record_proof(
        ctx,
        approval_id=approval_id,
        submitted_on=ctx.today,
        document_id=paper,
        expected_version=_version(stage, approval_id),
        key=stage.key(),
    )


def _approve(stage: Stage, project: SampleProject, approval_id: int, step: Mapping[str, Any], at: datetime) -> None:
    ctx = stage.context(project.email("pi"), at)
    paper = ApprovalPaper(
        number=f"示範倫審 {approval_id:04d}",
        approved_on=step["approved"],
        expires_on=step["expires"],
        document_id=stage.paper(ctx, "示範核准函.pdf", "approval", Act.WRITE_APPROVAL, project=project),
    )
    saved = record_approval(ctx, approval_id=approval_id, paper=paper, expected_version=_version(stage, approval_id), key=stage.key())
    day = at.date() + timedelta(days=step["accept"])
    for obligation_id in saved.handed_in:
        stage.later(stage.office_hour(day, project), lambda then, handed=obligation_id: _accept(stage, project, handed, then))
        if "discharge" in step:
            later = stage.member_hour(day + timedelta(days=step["discharge"]), project)
            stage.later(later, lambda then, handed=obligation_id: discharge(stage, project, handed, then))


def _accept(stage: Stage, project: SampleProject, obligation_id: int, at: datetime) -> None:
    ctx = stage.context(project.entry.officer_email, at)
    with ctx.store.read() as conn:
        version = q_lookups.obligation(conn, obligation_id).version
    accept_approval(ctx, obligation_id=obligation_id, expected_version=version, key=stage.key())


def _except(stage: Stage, project: SampleProject, step: Mapping[str, Any], at: datetime) -> None:
    ctx = stage.context(project.entry.officer_email, at)
    row = stage.obligation(project, f"{step['rule']}/project")
    grant_exception(
        ctx, obligation_id=row.id, reason=step["reason"], letter_number=step["letter"], expected_version=row.version, key=stage.key()
    )


def _version(stage: Stage, approval_id: int) -> int:
    with stage.desk.store.read() as conn:
        return q_approvals.approval_row(conn, approval_id).version


def _extend(stage: Stage, project: SampleProject, step: Mapping[str, Any], at: datetime) -> None:
    ctx = stage.context(project.entry.officer_email, at)
    row = stage.project_row(project)
    paper = stage.paper(ctx, "示範展延核定函.pdf", "letter", Act.ENTER_DATE, project=project)
    extend_project(
        ctx,
        project_id=row.id,
        end_on=step["end_on"],
        letter_number=step["letter"],
        document_id=paper,
        expected_version=row.version,
        key=stage.key(),
    )
    lay_out_reports(stage, project, "extension")


def _close(stage: Stage, project: SampleProject, at: datetime) -> None:
    ctx = stage.context(project.entry.officer_email, at)
    header = project_header(ctx, project.entry.code)
    close_project(ctx, project_id=header.project_id, expected_version=header.version, key=stage.key())


def _evaluate(stage: Stage, project: SampleProject, step: Mapping[str, Any], at: datetime) -> None:
    ctx = stage.context(project.entry.officer_email, at)
    scores = [ScoreEntry(name, step["score"] - 4 + 4 * place, 100) for place, name in enumerate(CRITERIA)]
    saved = record_evaluation(
        ctx,
        project_id=stage.project_ids[project.entry.code],
        year=step["year"],
        held_on=step["held"],
        scores=scores,
        remarks="書面審查與簡報考評（示範文字）。",
        expected_version=None,
        key=stage.key(),
    )
    decided = stage.office_hour(step["decided"], project)
    stage.later(decided, lambda then: _decide(stage, step, saved.evaluation_id, saved.version, then))


def _decide(stage: Stage, step: Mapping[str, Any], evaluation_id: int, version: int, at: datetime) -> None:
    entry = DecisionEntry(
        course="continue",
        decided_on=step["decided"],
        letter_number=step["letter"],
        clause="七-(一)",
        reason="依考評結果辦理（示範文字）。",
        effects=tuple(EffectEntry(**effect) for effect in step["effects"]),
    )
    decide(stage.context(CHIEF, at), evaluation_id=evaluation_id, entry=entry, expected_version=version, key=stage.key())
