"""The lines that a person reads of `tracker programme show` and `tracker schedule`. Catalogue: programme.po."""

from __future__ import annotations

from tracker.domain.minguo import both
from tracker.domain.obligations import ObligationPlan
from tracker.i18n import Translator
from tracker.programmes.model import Programme
from tracker.programmes.report_types import Field, ReportsFile, Required, ReviewFlow


def show_lines(programme: Programme, reports: ReportsFile, words: Translator) -> list[str]:
    """A programme clause by clause: every rule in all its versions, the consequences, then its forms and the steps of their review."""
    lines = [
        f"{programme.code}  {words.pick(programme.title_zh, programme.title_en)}",
        words.pick(programme.authority_zh, programme.authority_en),
        words.text(
            "Version {version}, checked on {day}, SHA-256 {digest}",
            version=programme.version,
            day=both(programme.checked_on),
            digest=programme.sha256[:12],
        ),
    ]
    if programme.term:
        lines.append(f"{programme.term.clause}  {programme.term.wording}")
    for rule in programme.rules:
        lines += ["", f"{rule.id}  {words.pick(rule.title_zh, rule.title_en)}"]
        for version in rule.versions:
            facts = f"{version.status.value}, {version.confidence.value}, {version.basis.value}"
            lines.append(f"  {version.clause}  {version.label}  ({facts})")
            lines.append(f"    {words.pick(version.wording, version.gloss_en)}")
    for consequence in programme.consequences:
        lines += ["", f"{consequence.id}  {consequence.clause}  ({', '.join(consequence.decisions)})"]
        lines.append(f"    {words.pick(consequence.wording, consequence.gloss_en)}")
    return lines + _report_lines(reports, words)


def _report_lines(reports: ReportsFile, words: Translator) -> list[str]:
    """The forms with what they answer and hold, then who reviews what."""
    lines = ["", words.text("Report types, version {version}:", version=reports.version)]
    for form in reports.types:
        title = words.pick(form.title.zh, form.title.en)
        lines += ["", f"{form.label}  {title}  ({', '.join(form.kinds)})", f"  {form.clause}  ({form.basis.value})"]
        for section in form.sections:
            holds = [_field_line(field, words) for field in section.fields] or [f"<{section.holds.value}>"]
            lines.append(f"    {words.pick(section.title.zh, section.title.en)}: {', '.join(holds)}")
    for flow in reports.flows:
        steps = " → ".join(_stage_line(flow, stage, words) for stage in flow.stages)
        lines += ["", f"{', '.join(flow.kinds)}: {steps}  ({flow.basis.value}, {flow.clause})"]
    return lines


def _field_line(field: Field, words: Translator) -> str:
    needed = "*" if field.required != Required.NO else ""
    unit = f" {words.pick(field.unit.zh, field.unit.en)}" if field.unit else ""
    return f"{words.pick(field.label.zh, field.label.en)}{needed} [{field.type.value}{unit}]"


def _stage_line(flow: ReviewFlow, stage: int, words: Translator) -> str:
    steps = [step for step in flow.steps if step.stage == stage]
    names = (words.pick(step.words.zh, step.words.en) + (f" × {step.seats}" if step.seats > 1 else "") for step in steps)
    return " + ".join(names)


def plan_line(plan: ObligationPlan, words: Translator) -> str:
    """One row of a schedule: its dates in both calendars, what it is, and how sure the date is."""
    title = f"{words.pick(plan.title_zh, plan.title_en)}  [{plan.rule}{' ' + plan.period_label if plan.period_label else ''}]"
    if plan.deadline is None:
        undated = {"on_notice": words.text("(date by notice)"), "not_stated": words.text("(not stated in the call)")}
        return f"{undated[plan.date_status.value]}  {title}  {plan.clause}"
    time = f" {plan.deadline.file_by_time}" if plan.deadline.file_by_time else ""
    dates = words.text("{due}, file by {file_by}", due=both(plan.deadline.due_on), file_by=both(plan.deadline.file_by) + time)
    return f"{dates}  {title}  {plan.clause}  {plan.confidence.value}"
