"""A submitted version laid beside the one of the period before and beside its own previous version, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracker.i18n import Translator
from tracker.programmes.report_texts import value_text
from tracker.programmes.report_types import Field, FieldType, Holds, ReportType, Section
from tracker.services.report_content import HELD
from tracker.services.report_state import CONFIRMED, Label, ReportState, action_title, files_in, values_in

Files = tuple[tuple[int, str], ...]
#: What the built-in choices of a version mean.
_SAID = {"nil": "none in this period", "open": "still open", "done": "done"}


@dataclass(frozen=True)
class FieldView:
    """One field of three versions, as texts to read. None: that version does not have it.

    `files` are (document id, name) of the present one; `definition` is the form's own, None for a built-in field.
    """

    field: str
    section: str
    label: Label
    now: str
    last_period: str | None
    last_version: str | None
    files: Files = ()
    definition: Field | None = None

    @property
    def line(self) -> str:
        """The checkpoint, indicator or conclusion that the field belongs to, "checkpoint:7"; "" for a field of the section itself."""
        return self.field.rpartition(":")[0] if self.field.startswith(("checkpoint:", "indicator:", "action:")) else ""

    @property
    def changed(self) -> bool:
        """Whether it differs from the version that was returned."""
        return self.last_version is not None and self.last_version != self.now


@dataclass(frozen=True)
class _Flat:
    section: str
    label: Label
    text: str
    files: Files = ()
    definition: Field | None = None


def compare(state: ReportState, language: str = "zh_TW") -> tuple[FieldView, ...]:
    """Every field of the newest version, in the order of its form, as texts in one language.

    Every version of a report is on one form; the period before may have had another, and is compared field by field as far as the ids
    agree. Raises IndexError where nothing was submitted.
    """
    chinese = language == "zh_TW"
    now = flat(state.versions[-1].content, state.form, chinese)
    period = flat(state.previous.content, state.form, chinese) if state.previous else {}
    before = flat(state.versions[-2].content, state.form, chinese) if len(state.versions) > 1 else {}
    return tuple(
        FieldView(name, one.section, one.label, one.text, _text(period, name), _text(before, name), one.files, one.definition)
        for name, one in now.items()
    )


def _text(fields: Mapping[str, _Flat], field: str) -> str | None:
    return fields[field].text if field in fields else None


def flat(content: Mapping[str, Any], form: ReportType, chinese: bool) -> dict[str, _Flat]:
    """The fields of one version by id, in the order of a form; what the version does not have is left out."""
    found: dict[str, _Flat] = {}
    values, files = values_in(content), files_in(content)
    for section in form.sections:
        for field in section.fields:
            label = Label(zh=field.label.zh, en=field.label.en)
            if field.type == FieldType.FILES:
                named = tuple((file["document_id"], file["filename"]) for file in files.get(field.id, ()))
                found[field.id] = _Flat(section.id, label, "\n".join(name for _, name in named), named, field)
            elif field.id in values:
                found[field.id] = _Flat(section.id, label, value_text(field, values[field.id], chinese), (), field)
        if section.holds in HELD:
            _held(found, section, content.get(HELD[section.holds]) or (), Translator("zh_TW" if chinese else "en"))
        if answer := content.get("remarks", {}).get(section.id):
            found[f"remarks:{section.id}"] = _Flat(section.id, Label("Your answer to the office"), answer)
    return found


def _held(found: dict[str, _Flat], section: Section, lines: Any, t: Translator) -> None:
    if section.holds == Holds.OUTCOMES:
        if lines:
            said = [t(_SAID["nil"])] if lines["confirmed"] == "nil" else []
            found[CONFIRMED] = _Flat(
                section.id, Label("Outcomes of the period"), "\n".join(said + [one["title"] for one in lines["items"]])
            )
        return
    for line in lines:
        if section.holds == Holds.ACTION_ITEMS:
            _follow_up(found, section.id, line, t)
        else:
            _line(found, section, line)


def _follow_up(found: dict[str, _Flat], section: str, item: Mapping[str, Any], t: Translator) -> None:
    title = action_title(item["number"], item["body"])
    claimed = t(_SAID[item["claimed"]]) if item["claimed"] in _SAID else item["claimed"]
    found[f"action:{item['id']}:claimed"] = _Flat(section, Label("{title}: done or still open", title, title), claimed)
    if item["note"]:
        found[f"action:{item['id']}:note"] = _Flat(section, Label("{title}: note", title, title), item["note"])


def _line(found: dict[str, _Flat], section: Section, line: Mapping[str, Any]) -> None:
    kind = "checkpoint" if section.holds == Holds.CHECKPOINTS else "indicator"
    zh, en = f"{line['code']} {line['title_zh']}", f"{line['code']} {line['title_en'] or line['title_zh']}"
    figure = "{title}: actual quantity" if section.holds == Holds.CHECKPOINTS else "{title}: actual figure"
    said = f"{line['actual']} {line['unit']} / {line['target']} {line['unit']}"
    found[f"{kind}:{line['id']}:actual"] = _Flat(section.id, Label(figure, zh, en), said)
    if line.get("evidence"):
        evidence = line["evidence"]
        named = ((evidence["document_id"], evidence["filename"]),)
        found[f"{kind}:{line['id']}:evidence"] = _Flat(section.id, Label("{title}: evidence", zh, en), evidence["filename"], named)
    if line["note"]:
        found[f"{kind}:{line['id']}:note"] = _Flat(section.id, Label("{title}: note", zh, en), line["note"])
