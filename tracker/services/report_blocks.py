"""A report's content as the parts of a printed document: every kind of field, by the form that it was written on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tracker.charts.words import STATUS_MSGIDS
from tracker.domain.minguo import parse_date
from tracker.exchange.printed import Block, Bullets, Facts, Heading, Note, Paragraph, Table
from tracker.i18n import Translator
from tracker.programmes.report_texts import header, table_rows, value_text, word
from tracker.programmes.report_types import Field, FieldType, Holds, ReportType, Required, Section, Words
from tracker.services.dossier_words import OUTCOME_KIND_MSGIDS, day
from tracker.services.report_content import HELD
from tracker.services.report_state import files_in, values_in

_SHORT = frozenset({FieldType.LINE, FieldType.NUMBER, FieldType.DATE, FieldType.CHOICE})
_NUMBERS_ZH = "一二三四五六七八九十"
_SHORT_HASH = 12


@dataclass(frozen=True)
class Reading:
    """How a report is read: its form, the reader's words, and whether gaps are pointed out (in a draft)."""

    form: ReportType
    t: Translator
    gaps: bool = False

    def words(self, both: Words) -> str:
        """A text of the form."""
        return word(both, self.t.is_chinese)


def report_blocks(content: Mapping[str, Any], reading: Reading) -> tuple[Block, ...]:
    """The whole report, section by section."""
    found: list[Block] = []
    for number, section in enumerate(reading.form.sections, 1):
        found.append(Heading(numbered(number, reading.words(section.title), reading.t)))
        found += _section(content, section, reading)
        if answer := content.get("remarks", {}).get(section.id):
            found += [Heading(reading.t("Answer to the office"), 2), Note(answer)]
    return tuple(found)


def numbered(number: int, title: str, t: Translator) -> str:
    """A title with its number: 「一、」 or "1. "."""
    if not t.is_chinese:
        return f"{number}. {title}"
    return f"{_NUMBERS_ZH[number - 1] if number <= len(_NUMBERS_ZH) else number}、{title}"


def _section(content: Mapping[str, Any], section: Section, reading: Reading) -> list[Block]:
    if section.holds == Holds.FIELDS:
        return list(_fields(content, section, reading))
    held = content.get(HELD[section.holds]) or ()
    draw = {Holds.CHECKPOINTS: _checkpoints, Holds.INDICATORS: _indicators, Holds.ACTION_ITEMS: _actions, Holds.OUTCOMES: _outcomes}
    fields = list(_fields(content, section, reading)) if section.fields else []
    return [*draw[section.holds](held, reading.t), *fields]


def _fields(content: Mapping[str, Any], section: Section, reading: Reading) -> Iterable[Block]:
    """Long texts under their names; short values that follow each other as one list of facts."""
    values, files = values_in(content), files_in(content)
    facts: list[tuple[str, ...]] = []
    for field in section.fields:
        name = reading.words(field.label)
        if field.type in _SHORT:
            text = value_text(field, values.get(field.id, ""), reading.t.is_chinese)
            facts.append((name, text) if text else (name, *_gap(field, reading)))
            continue
        if facts:
            yield Facts(tuple(facts))
            facts = []
        if len(section.fields) > 1 or name != reading.words(section.title):
            yield Heading(name, 2)
        yield _long(field, values.get(field.id, ""), files.get(field.id, ()), reading)
    if facts:
        yield Facts(tuple(facts))


def _gap(field: Field, reading: Reading) -> tuple[str, str]:
    """What stands where nothing was written."""
    if reading.gaps and field.required != Required.NO:
        return reading.t("not filled in yet"), "warn"
    return "—", "quiet"


def _long(field: Field, value: Any, files: Iterable[Mapping[str, Any]], reading: Reading) -> Block:
    if field.type == FieldType.FILES:
        items = tuple((file_text(file), "plain") for file in files)
        return Bullets(items) if items else Paragraph(*_gap(field, reading))
    if field.type == FieldType.TABLE:
        chinese = reading.t.is_chinese
        rows = tuple(tuple((cell or "—", "plain") for cell in row) for row in table_rows(field, value, chinese))
        align = tuple("right" if column.type == FieldType.NUMBER else "left" for column in field.columns)
        widths = tuple(1 if column.type == FieldType.NUMBER else 2 for column in field.columns)
        return Table(tuple(header(field, chinese)), rows, widths, align) if rows else Paragraph(*_gap(field, reading))
    return Paragraph(str(value)) if value else Paragraph(*_gap(field, reading))


def file_text(file: Mapping[str, Any]) -> str:
    """A file's name with its size and the beginning of its hash, which tells two of one name apart."""
    return f"{file['filename']} ({_size(int(file.get('size') or 0))}, SHA-256 {str(file.get('sha256', ''))[:_SHORT_HASH]}…)"


def _size(count: int) -> str:
    return f"{count / 1024 / 1024:.1f} MB" if count >= 1024 * 1024 else f"{max(1, round(count / 1024))} KB"


def _title(line: Mapping[str, Any], t: Translator) -> str:
    return t.pick(line.get("title_zh", ""), line.get("title_en", ""))


def _checkpoints(lines: Iterable[Mapping[str, Any]], t: Translator) -> list[Block]:
    rows, notes = [], []
    for line in lines:
        rows.append((
            (str(line["code"]), "plain"), (_title(line, t), "plain"), (_day(line.get("planned_on")), "plain"),
            (f"{line['target']} {line['unit']}", "plain"), _actual(line, t),
        ))  # fmt: skip
        notes += _notes(line, t)
    if not rows:
        return [Paragraph(t("No checkpoint is planned up to the end of this period."), "quiet")]
    heads = (t("Code"), t("Checkpoint"), t("Planned for"), t("Target"), t("Actual"))
    return [Table(heads, tuple(rows), (0, 5, 3, 2.4, 2.4), ("left", "left", "left", "right", "right")), *notes]


def _indicators(lines: Iterable[Mapping[str, Any]], t: Translator) -> list[Block]:
    rows, notes = [], []
    for line in lines:
        rows.append((
            (str(line["code"]), "plain"), (_title(line, t), "plain"), (f"{line['baseline']}", "plain"),
            (f"{line['target']} {line['unit']}", "plain"), _actual(line, t),
        ))  # fmt: skip
        notes += _notes(line, t)
    if not rows:
        return [Paragraph(t("The approved plan has no indicators."), "quiet")]
    heads = (t("Code"), t("Indicator"), t("Baseline"), t("Target"), t("Actual"))
    return [Table(heads, tuple(rows), (0, 5, 2, 2.4, 2.4), ("left", "left", "right", "right", "right")), *notes]


def _actual(line: Mapping[str, Any], t: Translator) -> tuple[str, str]:
    return (f"{line['actual']} {line['unit']}", "strong") if line.get("actual") else (t("not filled in yet"), "warn")


def _notes(line: Mapping[str, Any], t: Translator) -> list[Block]:
    """What was written and attached to a line, under the table: it may be long."""
    found: list[Block] = []
    if line.get("note"):
        found.append(Note(f"{line['code']} {line['note']}"))
    if line.get("evidence"):
        found.append(Bullets(((t("{code}, evidence: {file}", code=line["code"], file=file_text(line["evidence"])), "plain"),)))
    return found


def _actions(items: Iterable[Mapping[str, Any]], t: Translator) -> list[Block]:
    said = {"done": (t("done"), "good"), "open": (t(STATUS_MSGIDS["open"]), "plain")}
    rows = tuple(
        (
            (f"A{item['number']}", "plain"), (str(item["body"]), "plain"), (_day(item.get("due_on")), "plain"),
            said.get(item.get("claimed", ""), (t("not filled in yet"), "warn")), (str(item.get("note") or "—"), "plain"),
        )
        for item in items
    )  # fmt: skip
    if not rows:
        return [Paragraph(t("No conclusion is open."), "quiet")]
    return [Table((t("Code"), t("Action item"), t("Day due"), t("Says"), t("Note")), rows, (0, 5, 3, 1.6, 4))]


def _outcomes(held: Any, t: Translator) -> list[Block]:
    said = held if isinstance(held, Mapping) else {}
    items = said.get("items", ())
    if not items:
        nil = said.get("confirmed") == "nil"
        return [
            Paragraph(
                t("The project declares that there was no outcome in this period.") if nil else t("No outcome was recorded yet."), "quiet"
            )
        ]
    rows = tuple(
        (
            (t(OUTCOME_KIND_MSGIDS[item["kind"]]) if item.get("kind") in OUTCOME_KIND_MSGIDS else str(item.get("kind", "")), "plain"),
            ("\n".join(part for part in (item.get("title", ""), item.get("identifier", "")) if part), "plain"),
            (_day(item.get("occurred_on")), "plain"),
        )
        for item in items
    )  # fmt: skip
    return [Table((t("Kind"), t("Title"), t("Day")), rows, (2, 7, 3))]


def _day(text: str | None) -> str:
    return day(parse_date(text)) if text else "—"
