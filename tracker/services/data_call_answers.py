"""The answers to a call in one workbook: every project beside every question, each table, where everybody stands, and what was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from tracker.domain.report_checks import QuantityError, parse_quantity
from tracker.domain.statuses import Lateness
from tracker.exchange.workbook import Cell, LongTexts, Sheet, workbook_bytes
from tracker.i18n import Translator
from tracker.programmes.report_types import Column, Field, FieldType, Holds, ReportType, Required, Words
from tracker.services.context import Context
from tracker.services.data_call_board import Answer, BoardRow, call_board
from tracker.store import q_calls

ANSWER_MSGIDS: dict[Answer, str] = {
    Answer.NOT_STARTED: "not begun",
    Answer.DRAFT: "draft begun",
    Answer.HANDED_IN: "answered",
    Answer.RETURNED: "returned for correction",
    Answer.ACCEPTED: "accepted",
    Answer.RELEASED: "no longer owed",
}
TYPE_MSGIDS: dict[FieldType, str] = {
    FieldType.TEXT: "text of several lines",
    FieldType.LINE: "one line",
    FieldType.NUMBER: "number",
    FieldType.DATE: "date",
    FieldType.CHOICE: "one of several answers",
    FieldType.TABLE: "table",
    FieldType.FILES: "files",
}
HOLDS_MSGIDS: dict[Holds, str] = {
    Holds.FIELDS: "questions of its own",
    Holds.CHECKPOINTS: "the project's checkpoints",
    Holds.INDICATORS: "the project's indicators",
    Holds.ACTION_ITEMS: "the project's open action items",
    Holds.OUTCOMES: "the project's outcomes",
}


@dataclass(frozen=True)
class AnswersFile:
    """A workbook to hand over."""

    filename: str
    content: bytes


@dataclass(frozen=True)
class _Answered:
    """One asked project with the version that counts; `content` is empty where nothing came in."""

    row: BoardRow
    version: Row | None

    @property
    def content(self) -> Mapping[str, Any]:
        return self.version.content_json if self.version is not None else {}

    def value(self, field: Field) -> Any:
        """What was answered, canonical; files as their names."""
        if field.type is FieldType.FILES:
            return [one["filename"] for one in self.content.get("files", {}).get(field.id, [])]
        return self.content.get("values", {}).get(field.id, self.content.get("texts", {}).get(field.id))


def answers_workbook(ctx: Context, call_id: int, t: Translator) -> AnswersFile:
    """The answers that came in, in the reader's language; of drafts nothing. The office of the programme, and auditors.

    Raises NotFound, Forbidden.
    """
    board = call_board(ctx, call_id)
    with ctx.store.read() as conn:
        versions = q_calls.versions_in_force(conn, call_id)
    asked = [_Answered(row, versions.get(row.report_id) if row.answered_at else None) for row in board.every]
    form = board.call.form
    sheets = [_answers(t, form, asked), *_tables(t, form, asked), *_held(t, form, asked), _status(t, asked), _questions(t, form)]
    long_texts = LongTexts(
        t("Long texts"), (t("Sheet"), t("Cell"), t("Text")), t("… [cut here; the whole text is on the sheet of long texts]")
    )
    title = f"{board.call.letter_number} {t.pick(board.call.title_zh, board.call.title_en)}"
    content = workbook_bytes(sheets, long_texts=long_texts, title=title, at=ctx.now)
    return AnswersFile(f"{board.call.title_zh}-{ctx.today.isoformat()}.xlsx", content)


def numbered(form: ReportType) -> list[tuple[str, Field]]:
    """The questions of a form with their numbers as on the screen: "2.1" is the first of the second part."""
    return [
        (f"{part}.{index}", field)
        for part, section in enumerate(form.sections, start=1)
        for index, field in enumerate(section.fields, start=1)
    ]


def _who(t: Translator) -> tuple[str, ...]:
    return t("Project"), t("Title"), t("Organisation")


def _of(t: Translator, row: BoardRow) -> tuple[Cell, ...]:
    return row.code, t.pick(row.title_zh, row.title_en), row.organisation


def _answers(t: Translator, form: ReportType, asked: Iterable[_Answered]) -> Sheet:
    questions = numbered(form)
    header = (*_who(t), t("Stands"), t("Answered on"), *(f"{number} {_label(t, field)}" for number, field in questions))
    rows = [
        (*_of(t, one.row), _stands(t, one.row), one.row.answered_at, *(_cell(t, field, one.value(field)) for _, field in questions))
        for one in asked
    ]
    return Sheet(t("Answers"), header, rows)


def _tables(t: Translator, form: ReportType, asked: list[_Answered]) -> list[Sheet]:
    sheets = []
    for number, field in numbered(form):
        if field.type is FieldType.TABLE:
            header = (*_who(t), t("Row"), *(_with_unit(t, column.words, column.unit) for column in field.columns))
            rows = [
                (*_of(t, one.row), index, *(_cell(t, column, line.get(column.id)) for column in field.columns))
                for one in asked
                for index, line in enumerate(one.value(field) or [], start=1)
            ]
            sheets.append(Sheet(f"{number} {t.pick(field.label.zh, field.label.en)}", header, rows))
    return sheets


def _held(t: Translator, form: ReportType, asked: list[_Answered]) -> list[Sheet]:
    """A sheet for each part that holds what the project has."""
    title, target, unit, note = t("Title"), t("Target"), t("Unit"), t("Note")
    parts: list[tuple[Holds, str, str, tuple[str, ...], Callable[[Translator, Mapping[str, Any]], tuple[Cell, ...]]]] = [
        (Holds.CHECKPOINTS, t("Checkpoints"), "checkpoints",
         (t("Code"), title, target, unit, t("Planned for"), t("Actual"), note, t("Evidence")), _checkpoint),
        (Holds.INDICATORS, t("Performance indicators"), "indicators",
         (t("Code"), title, t("Baseline"), target, unit, t("Actual"), note), _indicator),
        (Holds.ACTION_ITEMS, t("Action items"), "actions", (t("Number"), t("Text"), t("Due"), t("Said to be done"), note), _action),
        (Holds.OUTCOMES, t("Outcomes"), "outcomes", (title, t("Identifier"), t("Day")), _outcome),
    ]  # fmt: skip
    return [_lines(t, name, asked, key, header, cells) for holds, name, key, header, cells in parts if form.holding(holds)]


def _checkpoint(t: Translator, line: Mapping[str, Any]) -> tuple[Cell, ...]:
    evidence = line["evidence"]["filename"] if line["evidence"] else None
    quantities = _number(line["target"]), line["unit"], _day(line["planned_on"]), _number(line["actual"])
    return line["code"], _title(t, line), *quantities, line["note"], evidence


def _indicator(t: Translator, line: Mapping[str, Any]) -> tuple[Cell, ...]:
    quantities = _number(line["baseline"]), _number(line["target"]), line["unit"], _number(line["actual"])
    return line["code"], _title(t, line), *quantities, line["note"]


def _action(t: Translator, line: Mapping[str, Any]) -> tuple[Cell, ...]:
    done = t("yes") if line["claimed"] == "done" else t("no")
    return line["number"], line["body"], _day(line["due_on"]), done, line["note"]


def _outcome(_t: Translator, line: Mapping[str, Any]) -> tuple[Cell, ...]:
    return line["title"], line["identifier"], _day(line["occurred_on"])


def _lines(t: Translator, name: str, asked: list[_Answered], part: str, header: tuple[str, ...], cells: Any) -> Sheet:
    rows = []
    for one in asked:
        held = one.content.get(part) or []
        for line in held["items"] if isinstance(held, dict) else held:
            rows.append((*_of(t, one.row), *cells(t, line)))
    return Sheet(name, (*_who(t), *header), rows)


def _status(t: Translator, asked: Iterable[_Answered]) -> Sheet:
    header = (
        *_who(t), t("County"), t("Officer"), t("Stands"), t("Due"), t("Handed in at"), t("Handed in by"), t("Receipt number"), t("Version"),
        t("Why it comes late"), t("Last reminder"), t("Number of reminders"), "SHA-256",
    )  # fmt: skip
    rows = [
        (*_of(t, one.row), one.row.county, one.row.officer, _stands(t, one.row), one.row.due_on, one.row.answered_at, one.row.answered_by,
         one.row.receipt_number, one.row.version, one.version.late_reason if one.version is not None else None, one.row.nudged_on,
         one.row.nudges or None, one.version.content_sha256 if one.version is not None else None)
        for one in asked
    ]  # fmt: skip
    return Sheet(t("Status"), header, rows)


def _questions(t: Translator, form: ReportType) -> Sheet:
    header = (t("Number"), t("Part"), t("Question"), t("Kind of answer"), t("Required"), t("Answers to choose from"), t("Help"))
    rows: list[tuple[Cell, ...]] = []
    for part, section in enumerate(form.sections, start=1):
        title = t.pick(section.title.zh, section.title.en)
        if section.holds is not Holds.FIELDS:
            rows.append((f"{part}", title, t(HOLDS_MSGIDS[section.holds]), None, None, None, None))
        for index, field in enumerate(section.fields, start=1):
            required = t("yes") if field.required is not Required.NO else t("no")
            choices = "\n".join(t.pick(one.words.zh, one.words.en) for one in field.choices)
            columns = "\n".join(_with_unit(t, one.words, one.unit) for one in field.columns)
            rows.append((f"{part}.{index}", title, _label(t, field), t(TYPE_MSGIDS[field.type]), required, choices or columns,
                         t.pick(field.help.zh, field.help.en)))  # fmt: skip
    return Sheet(t("Questions"), header, rows)


# --- cells -------------------------------------------------------------------------------------------------------------------


def _cell(t: Translator, spec: Field | Column, value: Any) -> Cell:
    """A canonical value as what it is: a number, a day, a choice in the reader's words, files by name, a table by its rows."""
    if value is None or value == "" or value == []:
        return None
    if spec.type is FieldType.NUMBER:
        return _number(value)
    if spec.type is FieldType.DATE:
        return _day(value)
    if spec.type is FieldType.CHOICE:
        words = next((one.words for one in spec.choices if one.id == value), None)
        return t.pick(words.zh, words.en) if words else str(value)
    if spec.type is FieldType.FILES:
        return "\n".join(value)
    return t("{n} rows, see the table's own sheet", n=len(value)) if spec.type is FieldType.TABLE else str(value)


def _number(text: str) -> Cell:
    try:
        number = parse_quantity(text)
    except QuantityError:
        return text  # a version from before: shown as it stands
    return number


def _day(text: str | None) -> Cell:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return text


def _title(t: Translator, line: Mapping[str, str]) -> str:
    return t.pick(line["title_zh"], line["title_en"])


def _stands(t: Translator, row: BoardRow) -> str:
    words = t(ANSWER_MSGIDS[row.answer])
    if row.stands in (Lateness.LATE, Lateness.SUBMITTED_LATE):
        return t("{stands}, late", stands=words)
    return words


def _label(t: Translator, field: Field) -> str:
    return _with_unit(t, field.label, field.unit)


def _with_unit(t: Translator, words: Words, unit: Words | None) -> str:
    label = t.pick(words.zh, words.en)
    return f"{label} ({t.pick(unit.zh, unit.en)})" if unit else label
