"""A submitted version laid beside the one of the period before and beside its own previous version, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracker.services.report_forms import ATTACHMENTS, CHECKPOINTS, FORMS, INDICATORS, ReportForm
from tracker.services.report_state import Label, ReportState

Files = tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class FieldView:
    """One field of three versions. None: that version does not have it. `files` are (document id, name) of the present one."""

    field: str
    section: str
    label: Label
    now: str
    last_period: str | None
    last_version: str | None
    files: Files = ()

    @property
    def line(self) -> str:
        """The checkpoint or indicator that the field belongs to, "checkpoint:7"; "" for a field of the section itself."""
        return self.field.rpartition(":")[0] if self.field.startswith(("checkpoint:", "indicator:")) else ""

    @property
    def changed(self) -> bool:
        """Whether it differs from the version that was returned."""
        return self.last_version is not None and self.last_version != self.now


def compare(state: ReportState) -> tuple[FieldView, ...]:
    """Every field of the newest version, in the order of its form. Raises IndexError where nothing was submitted."""
    newest = state.versions[-1]
    now = _flat(newest.content, FORMS.get(newest.form_version, state.form))
    period = _flat(state.previous.content, FORMS.get(state.previous.form_version, state.form)) if state.previous else {}
    before = _flat(state.versions[-2].content, state.form) if len(state.versions) > 1 else {}
    return tuple(
        FieldView(field, section, label, text, _text(period, field), _text(before, field), files)
        for field, (section, label, text, files) in now.items()
    )


def _text(fields: Mapping[str, tuple[str, Label, str, Files]], field: str) -> str | None:
    return fields[field][2] if field in fields else None


def _flat(content: Mapping[str, Any], form: ReportForm) -> dict[str, tuple[str, Label, str, Files]]:
    flat: dict[str, tuple[str, Label, str, Files]] = {}
    for section in form.sections:
        for text in section.texts:
            flat[text.id] = (section.id, Label(text.label), content["texts"].get(text.id, ""), ())
        if section.id in (CHECKPOINTS, INDICATORS):
            for line in content.get(section.id, ()):
                _lines(flat, section.id, line)
        if section.id == ATTACHMENTS:
            files = tuple((file["document_id"], file["filename"]) for file in content.get(ATTACHMENTS, ()))
            flat[ATTACHMENTS] = (section.id, Label("Attachments"), "\n".join(name for _, name in files), files)
        if answer := content.get("remarks", {}).get(section.id):
            flat[f"remarks:{section.id}"] = (section.id, Label("Your answer to the office"), answer, ())
    return flat


def _lines(flat: dict[str, tuple[str, Label, str, Files]], section: str, line: Mapping[str, Any]) -> None:
    kind = "checkpoint" if section == CHECKPOINTS else "indicator"
    zh, en = f"{line['code']} {line['title_zh']}", f"{line['code']} {line['title_en'] or line['title_zh']}"
    figure = "{title}: actual quantity" if section == CHECKPOINTS else "{title}: actual figure"
    flat[f"{kind}:{line['id']}:actual"] = (
        section,
        Label(figure, zh, en),
        f"{line['actual']} {line['unit']} / {line['target']} {line['unit']}",
        (),
    )
    if line.get("evidence"):
        evidence = line["evidence"]
        flat[f"{kind}:{line['id']}:evidence"] = (
            section, Label("{title}: evidence", zh, en), evidence["filename"], ((evidence["document_id"], evidence["filename"]),),
        )  # fmt: skip
    if line["note"]:
        flat[f"{kind}:{line['id']}:note"] = (section, Label("{title}: note", zh, en), line["note"], ())
