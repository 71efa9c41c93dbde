"""What people type into the fields of a form, read into one canonical form each. Pure: texts in, values and findings out.

Nothing is guessed: what cannot be read is named with its field (in a table with its row and column), and the typed text stays in the
draft. What a text says (a formula, a tag) is nobody's business here: it is escaped where it is shown or exported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from tracker.domain.free_text import clean_line, clean_text
from tracker.domain.minguo import DateTextError, both, parse_date
from tracker.domain.report_checks import Finding, QuantityError, parse_quantity, quantity_text

ROWS_KEPT = 500
"""Rows of a table that are kept as a draft; what a form allows is less."""

DATE_SAYS = {
    "empty": "Write a date, for example 115-08-31 or 2026-08-31.",
    "unreadable": "This cannot be read as a date. Write for example 115-08-31 or 2026-08-31.",
    "month_only": "The day is missing. Write for example 115-08-31 or 2026-08-31.",
    "ask": "The year is not certain: write the 民國 year with three digits or the Gregorian year with four.",
    "no_such_day": "There is no such day.",
    "weekday": "The weekday does not belong to this date.",
    "out_of_range": "The date lies outside the years 1990 to 2060.",
}
MISSING = "This has to be filled in."
TOO_LONG = "{length} characters are too many: at most {longest}."


class Both(Protocol):
    """A text in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class Said:
    """A message inside a message: the edge turns it into the reader's language like any other."""

    msgid: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.msgid.format(**self.params) if self.params else self.msgid


class Cell(Protocol):
    """What reading one entry needs to know of a field or a column."""

    id: str
    type: str
    choices: Sequence[Any]


@dataclass(frozen=True)
class Limits:
    """The bounds of one entry: characters, numbers, and the last day a date may name with its name ("today", "period_end")."""

    longest: int = 20_000
    least: Decimal | None = None
    most: Decimal | None = None
    decimals: int = 6
    not_after: date | None = None
    not_after_is: str = ""


@dataclass(frozen=True)
class Reading:
    """What was read: the canonical value ("" or [] where nothing was written or readable), and what is wrong with it."""

    value: Any
    findings: tuple[Finding, ...] = ()


def read_entry(name: str, kind: str, text: Any, limits: Limits, choices: Iterable[str] = ()) -> Reading:
    """One text, line, number, date or choice. A number is kept as "1250.5", a date as ISO, a choice as its id.

    Full-width digits, thousands separators and both calendars are understood; exponents, formulas and two-digit years are not.
    """
    written = text if isinstance(text, str) else ""
    if kind == "text":
        return _read_text(name, clean_text(written).strip(), limits)
    written = clean_line(written)
    if not written:
        return Reading("")
    if kind == "line":
        return _read_text(name, written, limits)
    if kind == "number":
        return _read_number(name, written, limits)
    if kind == "date":
        return _read_date(name, written, limits)
    return Reading(written) if written in set(choices) else Reading("", (Finding(name, "Choose one of the answers."),))


def _read_text(name: str, text: str, limits: Limits) -> Reading:
    if len(text) > limits.longest:
        return Reading(text, (Finding(name, TOO_LONG, {"length": f"{len(text):,}", "longest": f"{limits.longest:,}"}),))
    return Reading(text)


def _read_number(name: str, text: str, limits: Limits) -> Reading:
    try:
        number = parse_quantity(text)
    except QuantityError as error:
        return Reading("", (Finding(name, error.msgid, error.params),))
    if number is None:
        return Reading("")
    if -number.as_tuple().exponent > limits.decimals:
        said = "Write a whole number." if limits.decimals == 0 else "At most {decimals} decimals."
        return Reading("", (Finding(name, said, {"decimals": limits.decimals} if limits.decimals else {}),))
    if limits.least is not None and number < limits.least:
        return Reading("", (Finding(name, "At least {least}.", {"least": quantity_text(limits.least)}),))
    if limits.most is not None and number > limits.most:
        return Reading("", (Finding(name, "At most {most}.", {"most": quantity_text(limits.most)}),))
    return Reading(format(number, "f"))


def _read_date(name: str, text: str, limits: Limits) -> Reading:
    try:
        day = parse_date(text)
    except DateTextError as error:
        return Reading("", (Finding(name, DATE_SAYS[error.code]),))
    if limits.not_after is not None and day > limits.not_after:
        said = "This lies after the end of the period ({day})." if limits.not_after_is == "period_end" else "This lies after today ({day})."
        return Reading(day.isoformat(), (Finding(name, said, {"day": both(limits.not_after)}),))
    return Reading(day.isoformat())


def read_table(name: str, rows: Any, columns: Sequence[Any], rows_most: int, days: Mapping[str, date] | None = None) -> Reading:
    """The rows of a table as canonical texts; empty rows are left out. Every finding says its row (from 1) and its column.

    `columns` have id, type, words (both languages), required, choices, and optionally least, most, longest. Raises nothing.
    """
    read, findings = [], []
    for number, row in enumerate(rows if isinstance(rows, list) else [], start=1):
        if not isinstance(row, dict) or not any(isinstance(cell, str) and clean_line(cell) for cell in row.values()):
            continue
        cells = {}
        for column in columns:
            reading = _read_cell(name, column, row.get(column.id, ""), days or {})
            cells[column.id] = reading.value
            findings += [_in_cell(found, number, column) for found in reading.findings]
        read.append(cells)
    if len(read) > rows_most:
        findings.insert(0, Finding(name, "{rows} rows are too many: at most {most}.", {"rows": len(read), "most": rows_most}))
    return Reading(read, tuple(findings))


def _read_cell(name: str, column: Any, text: Any, days: Mapping[str, date]) -> Reading:
    limits = limits_of(column, days)
    reading = read_entry(name, column.type, text, limits, [choice.id for choice in column.choices])
    if column.required and reading.value == "" and not reading.findings:
        return replace(reading, findings=(Finding(name, MISSING),))
    return reading


def _in_cell(found: Finding, row: int, column: Any) -> Finding:
    params = {"row": row, "column": column.words, "problem": Said(found.msgid, found.params)}
    return replace(found, msgid="Row {row}, {column}: {problem}", params=params)


def limits_of(spec: Any, days: Mapping[str, date]) -> Limits:
    """The bounds that a field or column states; `days` are the days behind "today" and "period_end"."""
    after = getattr(spec, "not_after", None)
    return Limits(
        longest=getattr(spec, "longest", None) or 500,
        least=getattr(spec, "least", None),
        most=getattr(spec, "most", None),
        decimals=getattr(spec, "decimals", 6),
        not_after=days.get(after) if after else None,
        not_after_is=after or "",
    )


def read_field(spec: Any, written: Any, days: Mapping[str, date]) -> Reading:
    """What was typed into a field of any type but files. `spec` is the field as its form states it."""
    if spec.type == "table":
        return read_table(spec.id, written, spec.columns, spec.rows_most, days)
    return read_entry(spec.id, spec.type, written, limits_of(spec, days), [choice.id for choice in spec.choices])


def kept_rows(rows: Any, columns: Iterable[str]) -> list[dict[str, str]] | None:
    """The rows of a table as a draft keeps them: every known column as typed, cleaned of what is invisible; None for what is no table."""
    known = list(columns)
    if not isinstance(rows, list | tuple) or len(rows) > ROWS_KEPT:
        return None
    kept = []
    for row in rows:
        if not isinstance(row, Mapping) or set(row) - set(known) or not all(isinstance(cell, str) for cell in row.values()):
            return None
        kept.append({column: clean_text(row.get(column, "")).strip("\n") for column in known})
    return kept


def as_typed(kind: str, value: Any) -> Any:
    """A canonical value as it stands in a draft that starts from it: a number with its separators, everything else as it is kept."""
    if kind == "number" and value:
        return quantity_text(Decimal(value))
    return value
