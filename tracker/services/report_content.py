"""The content that a submission freezes, from what is written; and reading one field of it, also of versions from before."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from tracker.domain.report_checks import QuantityError, parse_quantity, quantity_text
from tracker.domain.report_values import read_field
from tracker.programmes.report_codec import sha256
from tracker.programmes.report_types import Field, FieldType, Holds, Section
from tracker.services.report_state import CONFIRMED, ReportState, files_in, values_in
from tracker.store.q_reports import DocumentRow

TEXTS = frozenset({FieldType.TEXT, FieldType.LINE})
HELD = {
    Holds.CHECKPOINTS: "checkpoints", Holds.INDICATORS: "indicators", Holds.ACTION_ITEMS: "actions", Holds.OUTCOMES: "outcomes",
}  # fmt: skip
"""Under which key of a content the lines of a section stand, whatever the section is called."""


def content_of(state: ReportState) -> dict[str, Any]:
    """The full snapshot that a submission keeps: texts, values, claims, figures, files with their hashes, as they read today.

    Sections that were not reopened are taken from the version before, word for word. Quantities are texts as people read them,
    numbers, dates and choices of the form's own fields canonical. What cannot be read stands as typed (it is never handed in).
    """
    content: dict[str, Any] = {
        "form": state.form.label, "form_sha256": sha256(state.form), "texts": {}, "values": {}, "files": {},
        "checkpoints": [_claim(state, line) for line in state.checkpoints],
        "indicators": [_measurement(state, line) for line in state.indicators],
        "actions": [_follow_up(state, item) for item in state.actions],
        "outcomes": _outcomes(state) if state.form.holding(Holds.OUTCOMES) else {},
        "remarks": {s: state.value(f"remarks:{s}").strip() for s in state.form.section_ids if state.value(f"remarks:{s}")},
    }  # fmt: skip
    for field in state.form.fields.values():
        _put(content, field, _written(state, field))
    if state.versions:
        _keep_closed_sections(content, state)
    return content


def _put(content: dict[str, Any], field: Field, value: Any) -> None:
    part = "texts" if field.type in TEXTS else "files" if field.type == FieldType.FILES else "values"
    content[part][field.id] = value


def _written(state: ReportState, field: Field) -> Any:
    if field.type == FieldType.FILES:
        return [_file(state.documents[i]) for i in state.value(field.id, []) if i in state.documents]
    typed = state.value(field.id)
    reading = read_field(field, typed, {})
    return typed if reading.findings and reading.value in ("", []) else reading.value


def _keep_closed_sections(content: dict[str, Any], state: ReportState) -> None:
    before, opened = state.versions[-1].content, state.open_sections
    values, files = values_in(before), files_in(before)
    for section in state.form.sections:
        if section.id in opened:
            continue
        for field in section.fields:
            source, nothing = (files, []) if field.type == FieldType.FILES else (values, [] if field.type == FieldType.TABLE else "")
            _put(content, field, source.get(field.id, nothing))
        if section.holds in HELD:
            key = HELD[section.holds]
            content[key] = before.get(key, type(content[key])())


def in_section(content: dict[str, Any], section: Section) -> list[Any]:
    """Everything that a content says in one section: to see whether it changed."""
    values, files = values_in(content), files_in(content)
    return [
        content.get(HELD.get(section.holds, "")), content.get("remarks", {}).get(section.id),
        *((files if field.type == FieldType.FILES else values).get(field.id) for field in section.fields),
    ]  # fmt: skip


def _claim(state: ReportState, line: Row) -> dict[str, Any]:
    document = state.documents.get(state.value(f"checkpoint:{line.id}:evidence") or 0)
    return {
        "id": line.id, "code": line.code, "title_zh": line.title_zh, "title_en": line.title_en, "unit": line.unit,
        "target": quantity_text(line.target), "planned_on": line.planned_on.isoformat(),
        "actual": _canonical(state.value(f"checkpoint:{line.id}:actual")), "note": state.value(f"checkpoint:{line.id}:note").strip(),
        "evidence": _file(document) if document else None,
    }  # fmt: skip


def _measurement(state: ReportState, line: Row) -> dict[str, Any]:
    return {
        "id": line.id, "code": line.code, "title_zh": line.title_zh, "title_en": line.title_en, "unit": line.unit,
        "baseline": quantity_text(line.baseline), "target": quantity_text(line.target), "counting": line.counting, "good": line.good,
        "actual": _canonical(state.value(f"indicator:{line.id}:actual")), "note": state.value(f"indicator:{line.id}:note").strip(),
    }  # fmt: skip


def _follow_up(state: ReportState, item: Row) -> dict[str, Any]:
    return {
        "id": item.id, "number": item.number, "body": item.body, "due_on": item.due_on.isoformat(),
        "claimed": state.value(f"action:{item.id}:claimed"), "note": state.value(f"action:{item.id}:note").strip(),
    }  # fmt: skip


def _outcomes(state: ReportState) -> dict[str, Any]:
    items = [
        {
            "id": one.id, "kind": one.kind, "title": one.title, "stage": one.stage, "identifier": one.identifier,
            "occurred_on": one.occurred_on.isoformat() if one.occurred_on else None,
        }
        for one in state.outcomes
    ]  # fmt: skip
    return {"confirmed": state.value(CONFIRMED), "items": items}


def _canonical(text: str) -> str:
    try:
        return quantity_text(parse_quantity(text))
    except QuantityError:
        return text


def _file(document: DocumentRow) -> dict[str, Any]:
    return {"document_id": document.id, "filename": document.filename, "sha256": document.sha256, "size": document.size}
