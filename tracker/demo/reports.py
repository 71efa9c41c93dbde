"""The reports of the demo: written, handed in, returned, answered, accepted, and handed to the funder."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tracker.demo.reviews import lay_out_acceptance, lay_out_panel
from tracker.demo.samples import SampleProject
from tracker.demo.stage import Stage
from tracker.domain.report_checks import parse_quantity, quantity_text
from tracker.programmes.report_types import FieldType, Holds
from tracker.services.discharge import record_discharge
from tracker.services.documents import DRAFT_EVIDENCE
from tracker.services.inbox import mark_read
from tracker.services.policy import Act
from tracker.services.report_drafts import open_report, report_screen, save_field
from tracker.services.report_review import return_report, review_screen
from tracker.services.report_state import CONFIRMED, ReportState
from tracker.services.report_submission import submit_report

Step = Mapping[str, Any]

#: How many days before the submission somebody begins to write.
_BEGUN = timedelta(days=4)
_A_MINUTE = timedelta(minutes=1)
#: Older reports were written in one go: their drafts are gone anyway, and the demo is to be built in reasonable time.
DRAFTED_FROM = date(2026, 1, 1)


def lay_out_reports(stage: Stage, project: SampleProject, after: str) -> None:
    """Put the report steps on the agenda whose dates are known now: on `entry`, after the contract `dates`, after the `extension`."""
    for step in project.story["report"]:
        if step.get("after", "entry") == after:
            _lay_out(stage, project, step)


def _lay_out(stage: Stage, project: SampleProject, step: Step) -> None:
    due = stage.obligation(project, step["item"]).due_on
    if "draft" in step:
        day = due + timedelta(days=step["draft"])
        stage.later(stage.member_hour(day, project), lambda at: begin(stage, project, step, at))
        return
    day = step.get("submit_on") or due + timedelta(days=step["submit"])
    if day >= DRAFTED_FROM:
        stage.later(stage.member_hour(day - _BEGUN, project), lambda at: begin(stage, project, step, at))
    stage.later(stage.member_hour(day, project), lambda at: hand_in(stage, project, step, at))


def begin(stage: Stage, project: SampleProject, step: Step, at: datetime) -> None:
    """Open the report and write the first words: the assistant where there is one."""
    who = project.email("assistant" if project.has_assistant else "pi")
    report_id = _opened(stage, project, step, who, at)
    state = report_screen(stage.context(who, at), report_id).state
    words = _texts(stage, project, state)
    fields = {"progress": words["progress"]}
    if "draft" in step:  # it goes no further, so that something of every section is there
        fields |= _claims(project, state, step, at.date())
    _save(stage, who, at + _A_MINUTE, report_id, fields)  # what is saved with the opening was carried over, and nobody wrote it
    mark_read(stage.context(who, at + _A_MINUTE), key=stage.key())


def hand_in(stage: Stage, project: SampleProject, step: Step, at: datetime) -> None:
    """Complete the report and submit it as the principal investigator; then the office gets to work."""
    who = project.email("pi")
    report_id = _opened(stage, project, step, who, at)
    _complete(stage, project, step, report_id, who, at)
    ctx = stage.context(who, at)
    version = report_screen(ctx, report_id).state.row.version
    submit_report(ctx, report_id=report_id, expected_version=version, key=stage.key(), late_reason=step.get("late_reason", ""))
    mark_read(ctx, key=stage.key())
    if "return" in step:
        day = at.date() + timedelta(days=step["return"])
        stage.later(stage.office_hour(day, project), lambda then: send_back(stage, project, step, report_id, then))
    elif "accept" in step:
        lay_out_acceptance(stage, project, report_id, at, step["accept"])
    elif "panel" in step:
        lay_out_panel(stage, project, report_id, at, step["panel"])
    if "discharge" in step:
        day = at.date() + timedelta(days=step["discharge"])
        stage.later(
            stage.member_hour(day, project), lambda then: discharge(stage, project, stage.obligation(project, step["item"]).id, then)
        )


def answer_call(stage: Stage, project: SampleProject, item: str, at: datetime, hands_in: bool) -> None:
    """Write on the form of a call: a sentence in every question that takes one, the indicators as they stand; and hand it in."""
    who, step = project.email("pi"), {"item": item}
    report_id = _opened(stage, project, step, who, at)
    ctx = stage.context(who, at)
    state = report_screen(ctx, report_id).state
    written = {one.id for one in state.form.fields.values() if one.type == FieldType.TEXT}
    texts = {name: _pick(stage.samples.texts["progress"], project, turn) for turn, name in enumerate(sorted(written))}
    _save(stage, who, at, report_id, texts | (_figures(project, state, step, at.date()) if hands_in else {}))
    if hands_in:
        version = report_screen(ctx, report_id).state.row.version
        submit_report(ctx, report_id=report_id, expected_version=version, key=stage.key())


def send_back(stage: Stage, project: SampleProject, step: Step, report_id: int, at: datetime) -> None:
    """Return the report with a remark on one section and a day for the answer."""
    ctx = stage.context(project.entry.officer_email, at)
    section = step["section"]
    reply_by = stage.working_day(at.date() + timedelta(days=step["reply_days"]))
    return_report(
        ctx, report_id=report_id, expected_version=review_screen(ctx, report_id).state.row.version,
        comments={section: stage.samples.texts["comment"][section]}, reply_by=reply_by, key=stage.key(),
    )  # fmt: skip
    if "resubmit" in step:
        day = at.date() + timedelta(days=step["resubmit"])
        stage.later(stage.member_hour(day, project), lambda then: answer(stage, project, step, report_id, then))
    if "words" in step:
        day = at.date() + timedelta(days=step["words"])
        stage.later(stage.member_hour(day, project), lambda then: _write_answer(stage, project, step, report_id, then))


def answer(stage: Stage, project: SampleProject, step: Step, report_id: int, at: datetime) -> None:
    """Answer the remark in the reopened section and hand in again."""
    who = project.email("pi")
    _complete(stage, project, step, report_id, who, at)
    _write_answer(stage, project, step, report_id, at)
    ctx = stage.context(who, at)
    submit_report(ctx, report_id=report_id, expected_version=report_screen(ctx, report_id).state.row.version, key=stage.key())
    if "accept" in step:
        lay_out_acceptance(stage, project, report_id, at, step["accept"])


def _write_answer(stage: Stage, project: SampleProject, step: Step, report_id: int, at: datetime) -> None:
    _save(stage, project.email("pi"), at, report_id, {f"remarks:{step['section']}": stage.samples.texts["answer"]})


def discharge(stage: Stage, project: SampleProject, obligation_id: int, at: datetime) -> None:
    """Record the funder's own receipt."""
    ctx = stage.context(project.email("pi"), at)
    paper = stage.paper(ctx, "示範補助機關收件證明.pdf", "discharge", Act.RECORD_DISCHARGE, project=project)
    record_discharge(
        ctx, obligation_id=obligation_id, received_on=ctx.today, receipt_number=f"示範收件 {project.number + 1:03d}-{obligation_id}",
        document_id=paper, key=stage.key(),
    )  # fmt: skip


def _opened(stage: Stage, project: SampleProject, step: Step, who: str, at: datetime) -> int:
    obligation = stage.obligation(project, step["item"])
    return open_report(stage.context(who, at), obligation_id=obligation.id, key=stage.key()).report_id


def _complete(stage: Stage, project: SampleProject, step: Step, report_id: int, who: str, at: datetime) -> None:
    """Fill every field that is open, and show a file for every target that counts as reached."""
    ctx = stage.context(who, at)
    state = report_screen(ctx, report_id).state
    claims = _claims(project, state, step, at.date())
    fields = _texts(stage, project, state) | claims | _figures(project, state, step, at.date())
    for line in state.checkpoints:
        if state.section_holding(Holds.CHECKPOINTS) not in state.open_sections:
            break
        if parse_quantity(claims[f"checkpoint:{line.id}:actual"]) >= line.target:
            fields[f"checkpoint:{line.id}:evidence"] = stage.paper(
                ctx, f"示範佐證-{line.code}.pdf", DRAFT_EVIDENCE, Act.WRITE_REPORT, project=project
            )
        else:
            fields[f"checkpoint:{line.id}:note"] = _pick(stage.samples.texts["note"], project, line.id)
    _save(stage, who, at, report_id, fields)


def _save(stage: Stage, who: str, at: datetime, report_id: int, fields: Mapping[str, Any]) -> None:
    """Save what may be written now, each field as the page would."""
    ctx = stage.context(who, at)
    state = report_screen(ctx, report_id).state
    for name, value in fields.items():
        if name in state.fields and state.fields[name].section in state.open_sections:
            draft = state.drafts.get(name)
            if draft is not None and draft.value == value:
                continue
            save_field(ctx, report_id=report_id, field=name, value=value, base_rev=draft.rev if draft else 0)


def _texts(stage: Stage, project: SampleProject, state: ReportState) -> dict[str, str]:
    texts = stage.samples.texts
    turn = state.row.o_project_year or 1
    if state.form.holding(Holds.CHECKPOINTS) is None:
        return {"progress": _pick(texts["document"], project, turn)} | _totals(project, state)
    return {"progress": _pick(texts["progress"], project, turn), "next_focus": _pick(texts["next_focus"], project, turn)} | _state(
        texts, project, state
    )


def _state(texts: Mapping[str, Any], project: SampleProject, state: ReportState) -> dict[str, Any]:
    """How the project stands by its own account, what stood in its way, and what it says of conclusions and outcomes."""
    turn = state.row.o_project_year or 1
    found: dict[str, Any] = {"state": "at_risk" if (project.number + turn) % 4 == 0 else "on_track", "staff_months": str(18 + turn)}
    if found["state"] == "at_risk":
        found["state_reason"] = _pick(texts["note"], project, turn)
        found["problems"] = [
            {
                "problem": _pick(texts["problem"], project, turn),
                "remedy": _pick(texts["remedy"], project, turn),
                "until": "",
                "state": "open",
            }
        ]
    found |= {f"action:{item.id}:claimed": "open" for item in state.actions}
    found |= {f"action:{item.id}:note": _pick(texts["next_focus"], project, turn) for item in state.actions}
    return found | {CONFIRMED: "yes" if state.outcomes else "nil"}


def _totals(project: SampleProject, state: ReportState) -> dict[str, str]:
    """The three totals of a closing; a project that owes no closing has no such fields."""
    approved = sum(project.entry.approved_amounts) or 8_000_000
    left = 12_000 + project.number * 1_000
    return {"approved_total": f"{approved:,}", "spent_total": f"{approved - left:,}", "unspent_total": f"{left:,}"}


def _pick(texts: list[str], project: SampleProject, turn: int) -> str:
    return texts[(project.number + turn) % len(texts)]


def _claims(project: SampleProject, state: ReportState, step: Step, today: date) -> dict[str, str]:
    """The share of each target that the story has reached; less of what is planned later; never less than last time."""
    claims = {}
    for line in state.checkpoints:
        share = Decimal(str(step.get("reached", 1)))
        if line.planned_on > today:
            share *= Decimal("0.4")
        reached = (line.target * share).to_integral_value()
        claims[f"checkpoint:{line.id}:actual"] = quantity_text(max(reached, state.last_claims.get(line.id) or Decimal(0)))
    return claims


def _figures(project: SampleProject, state: ReportState, step: Step, today: date) -> dict[str, str]:
    """Indicators on their way from baseline to target, as far as the term has run."""
    start, end = project.entry.start_on, project.entry.end_on
    run = Decimal(min(max((today - start).days, 0), (end - start).days)) / Decimal((end - start).days)
    figures = {}
    for line in state.indicators:
        value = line.baseline + (line.target - line.baseline) * run * min(Decimal(str(step.get("reached", 1))), Decimal(1))
        whole = value.to_integral_value()
        last = state.last_measurements.get(line.id)
        if line.counting == "cumulative" and last is not None:
            whole = max(whole, last)
        figures[f"indicator:{line.id}:actual"] = quantity_text(whole)
    return figures
