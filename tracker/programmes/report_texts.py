"""Canonical values of a form's fields as people read them, in either language: for screens, print and workbooks alike."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from tracker.domain.minguo import both
from tracker.domain.report_checks import quantity_text
from tracker.programmes.report_types import Column, Field, FieldType, Words


def word(words: Words, chinese: bool) -> str:
    """The text in one language; the other where it is empty."""
    return (words.zh or words.en) if chinese else (words.en or words.zh)


def value_text(field: Field | Column, value: Any, chinese: bool) -> str:
    """A value as one text: "1,250 人月", "115-08-31 (2026-08-31)", the words of a choice; a table row by row. "" for nothing.

    What is not canonical (as typed, or of an older form) is given back as it stands.
    """
    if value in ("", None, []):
        return ""
    if field.type == FieldType.TABLE:
        head = header(field, chinese)
        rows = table_rows(field, value, chinese)
        return "\n".join("；".join(f"{name}：{cell}" for name, cell in zip(head, row, strict=True) if cell) if chinese else
                         "; ".join(f"{name}: {cell}" for name, cell in zip(head, row, strict=True) if cell) for row in rows)  # fmt: skip
    if not isinstance(value, str):
        return str(value)
    try:
        if field.type == FieldType.NUMBER:
            return f"{quantity_text(Decimal(value))} {word(field.unit, chinese) if field.unit else ''}".strip()
        if field.type == FieldType.DATE:
            return both(date.fromisoformat(value))
    except (ArithmeticError, ValueError):
        return value
    if field.type == FieldType.CHOICE:
        return next((word(choice.words, chinese) for choice in field.choices if choice.id == value), value)
    return value


def header(field: Field, chinese: bool) -> list[str]:
    """The names of a table's columns, units included."""
    return [
        word(column.words, chinese) + (f" ({word(column.unit, chinese)})" if column.unit is not None else "") for column in field.columns
    ]


def table_rows(field: Field, value: Any, chinese: bool) -> list[list[str]]:
    """The cells of a table as people read them, in the order of its columns; numbers without their unit (see `header`)."""
    rows = value if isinstance(value, list) else []
    return [[_cell(column, row.get(column.id, ""), chinese) for column in field.columns] for row in rows if isinstance(row, dict)]


def _cell(column: Column, value: str, chinese: bool) -> str:
    text = value_text(column, value, chinese)
    return text.removesuffix(f" {word(column.unit, chinese)}") if column.unit is not None else text
