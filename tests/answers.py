"""Plausible answers to whatever a form asks for, so that a test about something else need not know the form."""

from __future__ import annotations

from typing import Any

from tracker.programmes.report_types import Column, Field, FieldType, Required
from tracker.services.report_state import CONFIRMED, ReportState

_SIMPLE = {FieldType.TEXT: "已完成資料蒐集。", FieldType.LINE: "示範", FieldType.NUMBER: "1", FieldType.DATE: "115-09-01"}


def answer(field: Field | Column) -> Any:
    """Something that the field takes; files are left to the test."""
    if field.type == FieldType.CHOICE:
        return field.choices[0].id
    if field.type == FieldType.TABLE:
        return [{column.id: answer(column) for column in field.columns}]
    return _SIMPLE[field.type]


def answers(state: ReportState) -> dict[str, Any]:
    """What the form requires of its own fields, follow-ups and outcomes: no checkpoint and no indicator. Sums come out right."""
    required = [field for field in state.form.fields.values() if field.required != Required.NO and field.type != FieldType.FILES]
    found = {field.id: answer(field) for field in required}
    for check in state.form.checks:
        if check.rule == "sums_to" and check.fields[-1] in found:
            found[check.fields[-1]] = str(len(check.fields) - 1)
    found |= {f"action:{item.id}:claimed": "open" for item in state.actions}
    if CONFIRMED in state.fields:
        found[CONFIRMED] = "yes" if state.outcomes else "nil"
    return found
