"""What stands against handing a report in (errors) or deserves another look (warnings), field by field and across fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Row

from tracker.domain.report_checks import (
    ERROR,
    WARNING,
    CheckpointEntry,
    Finding,
    IndicatorEntry,
    check_checkpoints,
    check_indicators,
    check_texts,
)  # fmt: skip
from tracker.domain.report_rules import as_stated, run_checks
from tracker.domain.report_values import MISSING, read_field
from tracker.programmes.report_types import Field, FieldType, Holds, Required
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Problem
from tracker.services.policy import Act
from tracker.services.report_content import content_of, in_section
from tracker.services.report_forms import LATE_REASON_LONGEST, NOTE_LONGEST, REMARK_LONGEST
from tracker.services.report_state import CONFIRMED, LATE_REASON, ReportState, files_in, load_state, values_in
from tracker.services.report_windows import late_problem


def check_report(ctx: Context, report_id: int) -> list[Problem]:
    """Everything that stands against handing in (errors) or deserves another look (warnings), for its writers.

    Raises NotFound, Forbidden.
    """
    with ctx.store.read() as conn:
        state = load_state(conn, report_id)
    policy.authorise(ctx.viewer, Act.SEE_DRAFT, state.target)
    return problems_of(state, ctx.today)


def problems_of(state: ReportState, today: date, late_reason: str = "") -> list[Problem]:
    """The findings over the sections that are open, errors first: every field by itself, then the checks that the form states."""
    opened = state.open_sections
    findings, now = _own_fields(state, today)
    findings += _stated(state, now, {found.field for found in findings})
    findings += check_texts(*_texts(state, opened))
    lines: list[Finding] = []
    if state.section_holding(Holds.CHECKPOINTS) in opened:
        lines += check_checkpoints((_checkpoint(state, line) for line in state.checkpoints), today)
    if state.section_holding(Holds.INDICATORS) in opened:
        lines += check_indicators(_indicator(state, line) for line in state.indicators)
    findings += as_stated(lines, state.form.checks)
    if state.section_holding(Holds.ACTION_ITEMS) in opened:
        findings += _follow_ups(state, today)
    if state.section_holding(Holds.OUTCOMES) in opened:
        findings += _outcomes(state)
    findings += _answers(state)
    problems = [Problem(f.field, f.msgid, f.params, f.severity) for f in findings]
    late = late_problem(state.row, today, late_reason.strip() or state.value(LATE_REASON))
    return sorted([*problems, late] if late else problems, key=lambda problem: problem.severity != ERROR)


def missing_at_draft(state: ReportState) -> list[Problem]:
    """The fields of open sections that a form wants filled in already while it is being written."""
    opened = state.open_sections
    return [
        Problem(one.id, MISSING)
        for one in state.form.fields.values()
        if one.required == Required.DRAFT and state.fields[one.id].section in opened and _is_empty(one, state.value(one.id))
    ]


def _is_empty(field: Field, written: Any) -> bool:
    return not written if field.type == FieldType.FILES else read_field(field, written, {}).value in ("", [])


def comes_late(state: ReportState, today: date) -> bool:
    """Whether a submission today would be the first one and after the due day."""
    due_on = state.row.o_due_on
    return state.row.o_first_submitted_on is None and due_on is not None and today > due_on and state.row.o_duty


def _own_fields(state: ReportState, today: date) -> tuple[list[Finding], dict[str, Any]]:
    """What is wrong with the form's fields one by one, and what every one of them says (those of closed sections as handed in)."""
    days = {"today": today} | ({"period_end": state.row.o_period_end_on} if state.row.o_period_end_on else {})
    before = state.versions[-1].content if state.versions else {}
    findings: list[Finding] = []
    now: dict[str, Any] = {**values_in(before), **files_in(before)}
    for section in state.form.sections:
        if section.id not in state.open_sections:
            continue
        for field in section.fields:
            if field.type == FieldType.FILES:
                now[field.id] = [i for i in state.value(field.id, []) if i in state.documents]
            else:
                reading = read_field(field, state.value(field.id), days)
                now[field.id] = reading.value
                findings += reading.findings
            if field.required != Required.NO and not now[field.id] and not any(found.field == field.id for found in findings):
                findings.append(Finding(field.id, MISSING))
    return findings, now


def _stated(state: ReportState, now: Mapping[str, Any], wrong: set[str]) -> list[Finding]:
    """The form's own checks; a field that cannot be read is not judged a second time."""
    opened = state.open_sections
    found = run_checks(state.form.checks, now, state.last_values)
    return [one for one in found if one.field not in wrong and state.fields[one.field].section in opened]


def _texts(state: ReportState, opened: frozenset[str]) -> tuple[dict[str, str], dict[str, tuple[bool, int]]]:
    """The built-in texts with their limits; those of the form are read with its fields."""
    texts, limits = {}, {}
    for name, place in state.fields.items():
        if place.section not in opened or place.field is not None:
            continue
        if name.endswith(":note"):
            limits[name] = (False, NOTE_LONGEST)
        elif name == LATE_REASON:
            limits[name] = (False, LATE_REASON_LONGEST)
        elif name.startswith("remarks:"):
            limits[name] = (False, REMARK_LONGEST)
        else:
            continue
        texts[name] = state.value(name)
    return texts, limits


def _checkpoint(state: ReportState, line: Row) -> CheckpointEntry:
    prefix = f"checkpoint:{line.id}"
    evidence = state.value(f"{prefix}:evidence")
    return CheckpointEntry(
        line.id, line.target, line.planned_on, state.value(f"{prefix}:actual"), state.value(f"{prefix}:note"),
        evidence in state.documents, state.last_claims.get(line.id),
    )  # fmt: skip


def _indicator(state: ReportState, line: Row) -> IndicatorEntry:
    prefix = f"indicator:{line.id}"
    return IndicatorEntry(
        line.id, line.target, line.counting, line.good, state.value(f"{prefix}:actual"), state.value(f"{prefix}:note"),
        state.last_measurements.get(line.id),
    )  # fmt: skip


def _follow_ups(state: ReportState, today: date) -> list[Finding]:
    """An open conclusion needs an answer in every report until it is closed; past its day an open one deserves a word."""
    findings = []
    for item in state.actions:
        claimed, noted = state.value(f"action:{item.id}:claimed"), state.value(f"action:{item.id}:note").strip()
        if claimed not in ("open", "done"):
            findings.append(Finding(f"action:{item.id}:claimed", "Say whether this is done or still open."))
        elif claimed == "done" and not noted:
            findings.append(Finding(f"action:{item.id}:note", "Say what was done.", {}, WARNING))
        elif claimed == "open" and item.due_on < today and not noted:
            findings.append(Finding(f"action:{item.id}:note", "Its day has passed: say why it is open and what comes next.", {}, WARNING))
    return findings


def _outcomes(state: ReportState) -> list[Finding]:
    confirmed = state.value(CONFIRMED)
    if confirmed == "nil" and state.outcomes:
        return [Finding(CONFIRMED, "Outcomes are recorded for this period, so it is not without any. Look at the list again.")]
    if confirmed == "yes" and not state.outcomes:
        return [Finding(CONFIRMED, "Nothing is recorded for this period: record the outcomes first, or say that there were none.")]
    if confirmed not in ("yes", "nil"):
        said = "Confirm that the list is complete." if state.outcomes else "Record the outcomes of the period, or say that there were none."
        return [Finding(CONFIRMED, said)]
    return []


def _answers(state: ReportState) -> list[Finding]:
    """A returned section whose remark got neither a word nor a change deserves a second look."""
    if not state.comments or not state.versions:
        return []
    before, now = state.versions[-1].content, content_of(state)
    sections = [section for section in state.form.sections if section.id in state.comments and section.id in state.open_sections]
    said = "The office commented on this section, and neither it nor your answer has changed."
    return [
        Finding(f"remarks:{section.id}", said, {}, WARNING)
        for section in sections
        if in_section(before, section) == in_section(now, section)
    ]
