"""The form of one call: what an officer builds on screen, read into a `ReportType`; a short library, and copies of earlier forms.

Questions are numbered as they stand on the screen ("2.1" is the first of the second part), so that a message can name the one it means.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from tracker.domain.report_checks import QuantityError, parse_quantity
from tracker.programmes.report_types import Choice, Column, Field, FieldType, Holds, ReportType, Required, Section, Words
from tracker.services.errors import Invalid, Problem
from tracker.services.text_fields import read_line, read_text

MOST_SECTIONS, MOST_FIELDS, MOST_COLUMNS, MOST_CHOICES = 20, 60, 20, 50
LONGEST_LABEL, LONGEST_HELP, LONGEST_ANSWER, MOST_ROWS, MOST_FILES, MOST_DECIMALS = 200, 1_000, 20_000, 200, 20, 6
COLUMN_TYPES = (FieldType.LINE, FieldType.NUMBER, FieldType.DATE, FieldType.CHOICE)
_IN_FORM = "form"


@dataclass(frozen=True)
class ColumnEntry:
    """One column of a table question as typed. `choices` as in `FieldEntry`."""

    zh: str = ""
    en: str = ""
    type: str = FieldType.LINE.value
    required: bool = True
    unit: str = ""
    choices: str = ""


@dataclass(frozen=True)
class FieldEntry:
    """One question as typed. `choices`: one answer a line, 中文 or 中文 | English. `least` and `most` are texts of quantities."""

    type: str = FieldType.TEXT.value
    zh: str = ""
    en: str = ""
    help_zh: str = ""
    help_en: str = ""
    required: bool = True
    unit: str = ""
    decimals: int = 2
    least: str = ""
    most: str = ""
    longest: int = 4_000
    past_only: bool = False
    choices: str = ""
    columns: tuple[ColumnEntry, ...] = ()
    rows_most: int = 50
    files_most: int = 5


@dataclass(frozen=True)
class SectionEntry:
    """One part of a form as typed; one that holds what the project has (`holds`) has no questions of its own."""

    zh: str = ""
    en: str = ""
    holds: str = Holds.FIELDS.value
    fields: tuple[FieldEntry, ...] = ()


@dataclass(frozen=True)
class FormEntry:
    """A whole form as typed."""

    sections: tuple[SectionEntry, ...] = ()


@dataclass(frozen=True)
class Template:
    """A form to start from."""

    id: str
    words: Words
    entry: FormEntry


def form_of_entry(entry: FormEntry, *, title: Words, version: str) -> ReportType:
    """The form that was typed. Raises Invalid naming every question that is not ready."""
    problems: list[Problem] = []
    found, problems = read_form(entry, title=title, version=version, problems=problems)
    if problems:
        raise Invalid(problems)
    return found


def read_form(entry: FormEntry, *, title: Words, version: str, problems: list[Problem]) -> tuple[ReportType, list[Problem]]:
    """The form as far as it can be read, for a preview too, and `problems` with what is wrong with it added."""
    if not entry.sections or not any(one.fields or one.holds != Holds.FIELDS for one in entry.sections):
        problems.append(Problem(_IN_FORM, "Ask at least one question."))
    if len(entry.sections) > MOST_SECTIONS or sum(len(one.fields) for one in entry.sections) > MOST_FIELDS:
        limits = {"sections": MOST_SECTIONS, "fields": MOST_FIELDS}
        problems.append(Problem(_IN_FORM, "A form has at most {sections} parts and {fields} questions.", limits))
    ids: set[str] = set()
    held: set[str] = set()
    sections = [_section(number, one, ids, held, problems) for number, one in enumerate(entry.sections[:MOST_SECTIONS], start=1)]
    return ReportType(code="call", version=version, title=title, sections=tuple(sections)), problems


def entry_of(form: ReportType) -> FormEntry:
    """A form as it could be typed again: for a copy of an earlier call."""
    return FormEntry(tuple(SectionEntry(one.title.zh, _other(one.title), one.holds.value, tuple(map(_retyped, one.fields)))
                           for one in form.sections))  # fmt: skip


def templates() -> tuple[Template, ...]:
    """The library: short forms that most calls begin with."""
    yes_no = "是 | Yes\n否 | No\n不適用 | Not applicable"
    note = FieldEntry("text", "補充說明", "Remarks", required=False, longest=2_000)
    question = FieldEntry("text", "請說明", "Please explain", "請依來文所詢事項逐點說明。", "Answer what the letter asks, point by point.")
    files = FieldEntry("files", "佐證文件", "Supporting files", required=False)
    return (
        Template("question", Words("一題與附件", "One question and a file"), _one(("說明", "Answer", (question, files)))),
        Template("progress", Words("工作進度與績效指標", "Progress and indicators"), FormEntry((
            SectionEntry("工作進度", "Progress", fields=(
                FieldEntry("text", "本期已完成事項", "What was done in this period"),
                FieldEntry("text", "落後原因及因應措施", "What is behind, why, and what is done about it", required=False),
            )),
            SectionEntry("績效指標", "Indicators", Holds.INDICATORS.value),
        ))),
        Template("checkpoints", Words("查核點達成情形", "Checkpoints reached"), FormEntry((
            SectionEntry("查核點", "Checkpoints", Holds.CHECKPOINTS.value),
            SectionEntry("補充", "Remarks", fields=(note,)),
        ))),
        Template("confirm", Words("是否確認與日期", "A confirmation with its day"), _one(("確認事項", "Confirmation", (
            FieldEntry("choice", "是否已辦理", "Has it been done?", choices=yes_no),
            FieldEntry("date", "辦理日期", "On which day", required=False, past_only=True),
            note,
        )))),
        Template("table", Words("清單（表格）", "A list as a table"), _one(("清單", "List", (
            FieldEntry("table", "請逐筆填列", "One line each", columns=(
                ColumnEntry("項目", "Item"),
                ColumnEntry("數量", "Quantity", "number"),
                ColumnEntry("日期", "Day", "date", required=False),
                ColumnEntry("備註", "Note", required=False),
            )),
        )))),
        Template("blank", Words("空白表單", "An empty form"), _one(("填報事項", "Answer", (FieldEntry(),)))),
    )  # fmt: skip


def _one(section: tuple[str, str, tuple[FieldEntry, ...]]) -> FormEntry:
    zh, en, fields = section
    return FormEntry((SectionEntry(zh, en, fields=fields),))


# --- reading ------------------------------------------------------------------------------------------------------------------


def _section(number: int, entry: SectionEntry, ids: set[str], held: set[str], problems: list[Problem]) -> Section:
    place = str(number)
    title = _words(place, entry.zh, entry.en, problems, "Part {place} needs a title.")
    if entry.holds not in set(Holds):
        problems.append(Problem(_IN_FORM, "Part {place}: choose what it holds.", {"place": place}))
        return Section(f"s{number}", title)
    holds = Holds(entry.holds)
    if holds is not Holds.FIELDS:
        if holds in held:
            problems.append(Problem(_IN_FORM, "Part {place} asks for the same as another part.", {"place": place}))
        held.add(holds)
        return Section(f"s{number}", title, holds)
    if not entry.fields:
        problems.append(Problem(_IN_FORM, "Part {place} has no question.", {"place": place}))
    fields = [_field(f"{number}.{index}", one, ids, problems) for index, one in enumerate(entry.fields, start=1)]
    return Section(f"s{number}", title, holds, tuple(fields))


def _field(place: str, entry: FieldEntry, ids: set[str], problems: list[Problem]) -> Field:
    label = _words(place, entry.zh, entry.en, problems, "Question {place} has no words.")
    help_text = Words(*(_text(place, text, problems, LONGEST_HELP) for text in (entry.help_zh, entry.help_en)))
    if entry.type not in set(FieldType):
        problems.append(Problem(_IN_FORM, "Question {place}: choose what kind of answer it takes.", {"place": place}))
        entry = FieldEntry(zh=entry.zh)
    kind = FieldType(entry.type)
    least, most = _number(place, entry.least, problems), _number(place, entry.most, problems)
    if least is not None and most is not None and least > most:
        problems.append(Problem(_IN_FORM, "Question {place}: the least is more than the most.", {"place": place}))
    for value, limit in ((entry.longest, LONGEST_ANSWER), (entry.rows_most, MOST_ROWS), (entry.files_most, MOST_FILES)):
        if not 1 <= value <= limit:
            problems.append(Problem(_IN_FORM, "Question {place}: a limit lies between 1 and {limit}.", {"place": place, "limit": limit}))
    if not 0 <= entry.decimals <= MOST_DECIMALS:
        problems.append(Problem(_IN_FORM, "Question {place}: at most {limit} decimals.", {"place": place, "limit": MOST_DECIMALS}))
    numeric = kind is FieldType.NUMBER
    return Field(
        id=_id(f"{kind}|{label.zh}", ids), type=kind, label=label, help=Words(help_text.zh, help_text.en or help_text.zh),
        required=Required.SUBMIT if entry.required else Required.NO, longest=min(max(entry.longest, 1), LONGEST_ANSWER),
        unit=_unit(place, entry.unit, problems) if numeric else None, decimals=min(max(entry.decimals, 0), MOST_DECIMALS),
        least=least if numeric else None, most=most if numeric else None,
        not_after="today" if kind is FieldType.DATE and entry.past_only else None,
        choices=_choices(place, entry.choices, problems) if kind is FieldType.CHOICE else (),
        columns=_columns(place, entry.columns, problems) if kind is FieldType.TABLE else (),
        rows_most=min(max(entry.rows_most, 1), MOST_ROWS), files_most=min(max(entry.files_most, 1), MOST_FILES),
    )  # fmt: skip


def _columns(place: str, entries: tuple[ColumnEntry, ...], problems: list[Problem]) -> tuple[Column, ...]:
    if not 1 <= len(entries) <= MOST_COLUMNS:
        problems.append(Problem(_IN_FORM, "Question {place}: a table has 1 to {limit} columns.", {"place": place, "limit": MOST_COLUMNS}))
    found, ids = [], set()
    for entry in entries[:MOST_COLUMNS]:
        words = _words(place, entry.zh, entry.en, problems, "Question {place}: every column needs a name.")
        if entry.type not in COLUMN_TYPES:
            problems.append(Problem(_IN_FORM, "Question {place}: choose what each column holds.", {"place": place}))
            continue
        kind = FieldType(entry.type)
        choices = _choices(place, entry.choices, problems) if kind is FieldType.CHOICE else ()
        unit = _unit(place, entry.unit, problems) if kind is FieldType.NUMBER else None
        found.append(Column(_id(f"{kind}|{words.zh}", ids), kind, words, entry.required, unit, choices))
    return tuple(found)


def _choices(place: str, text: str, problems: list[Problem]) -> tuple[Choice, ...]:
    found, ids = [], set()
    for line in read_text(_IN_FORM, text, problems).splitlines():
        zh, _, en = line.partition("|")
        words = _words(place, zh, en, [], "") if line.strip() else None
        if words and words.zh not in {one.words.zh for one in found}:
            found.append(Choice(_id(words.zh, ids), words))
    if not 2 <= len(found) <= MOST_CHOICES:
        problems.append(Problem(_IN_FORM, "Question {place}: give 2 to {limit} different answers to choose from, one a line.",
                                {"place": place, "limit": MOST_CHOICES}))  # fmt: skip
    return tuple(found)


def _words(place: str, zh: str, en: str, problems: list[Problem], missing: str) -> Words:
    zh, en = (_text(place, text, problems, LONGEST_LABEL) for text in (zh, en))
    if not (zh or en) and missing:
        problems.append(Problem(_IN_FORM, missing, {"place": place}))
    return Words(zh or en, en or zh)


def _text(place: str, text: str, problems: list[Problem], longest: int) -> str:
    line = read_line(_IN_FORM, text, [], longest=max(longest, len(text)))
    if len(line) > longest:
        problems.append(Problem(_IN_FORM, "Part or question {place}: a text has at most {longest} characters.",
                                {"place": place, "longest": longest}))  # fmt: skip
    return line[:longest]


def _unit(place: str, text: str, problems: list[Problem]) -> Words | None:
    unit = _text(place, text, problems, 40)
    return Words(unit, unit) if unit else None


def _number(place: str, text: str, problems: list[Problem]) -> Decimal | None:
    try:
        return parse_quantity(text) if text.strip() else None
    except QuantityError:
        problems.append(Problem(_IN_FORM, "Question {place}: “{text}” is not a number.", {"place": place, "text": text[:40]}))
        return None


def _id(meaning: str, ids: set[str]) -> str:
    """An id that follows from what is asked: a copied question keeps it, and another question never gets it."""
    stem = f"q{hashlib.sha256(meaning.encode()).hexdigest()[:10]}"
    found = next(name for name in _numbered(stem) if name not in ids)
    ids.add(found)
    return found


def _numbered(stem: str) -> Iterable[str]:
    yield stem
    yield from (f"{stem}x{number}" for number in range(2, MOST_FIELDS + MOST_COLUMNS + MOST_CHOICES))


# --- copying ------------------------------------------------------------------------------------------------------------------


def _retyped(one: Field) -> FieldEntry:
    return FieldEntry(
        one.type.value, one.label.zh, _other(one.label), one.help.zh, _other(one.help), one.required is not Required.NO,
        one.unit.zh if one.unit else "", one.decimals, _shown(one.least), _shown(one.most), one.longest, one.not_after == "today",
        _lines(one.choices), tuple(ColumnEntry(c.words.zh, _other(c.words), c.type.value, c.required, c.unit.zh if c.unit else "",
                                               _lines(c.choices)) for c in one.columns), one.rows_most, one.files_most,
    )  # fmt: skip


def _other(words: Words) -> str:
    return words.en if words.en != words.zh else ""


def _lines(choices: tuple[Choice, ...]) -> str:
    return "\n".join(f"{one.words.zh} | {one.words.en}" if one.words.en != one.words.zh else one.words.zh for one in choices)


def _shown(number: Decimal | None) -> str:
    return "" if number is None else format(number, "f")
