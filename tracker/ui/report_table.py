"""A table field: rows that are typed or pasted from a spreadsheet, saved whole after every cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from tracker.domain.report_values import ROWS_KEPT
from tracker.programmes.report_types import Column, Field, FieldType
from tracker.ui.guard import Screen
from tracker.ui.report_saving import put, slot, turn

Rows = list[dict[str, str]]


def table(screen: Screen, report_id: int, field: Field, stored: Any, rev: int) -> None:
    """The editor. Its rows stay as they were when it opened; what is edited since is Streamlit's to keep, and ours to save."""
    key = _prepared(report_id, field, stored, rev)
    t = screen.t
    st.data_editor(
        _frame(st.session_state[slot("rows", report_id, field.id)], field.columns),
        key=key, num_rows="dynamic", hide_index=True, width="stretch", on_change=save_table, args=(report_id, field.id, _ids(field), key),
        column_config={column.id: _column(screen, column) for column in field.columns},
        placeholder=t("Click here to write"), alt=t.pick(field.label.zh, field.label.en),
    )  # fmt: skip
    st.caption(
        t("Add a row below the last one, or paste cells from a spreadsheet; at most {most} rows. To remove a row, select it at its left.",
          most=field.rows_most)
    )  # fmt: skip


def table_key(report_id: int, field: str) -> str:
    """The editor's key; a new one whenever other rows are put into it."""
    return slot(f"table{turn(report_id, field)}", report_id, field)


def save_table(report_id: int, field: str, columns: tuple[str, ...], key: str) -> None:
    """Keep the table as it stands after an edit, on top of the revision that was seen."""
    rows = edited_rows(st.session_state.get(slot("rows", report_id, field), []), st.session_state.get(key, {}), columns)
    put(report_id, field, rows, st.session_state.get(slot("seen", report_id, field), 0))


def edited_rows(rows: Sequence[Mapping[str, str]], edits: Mapping[str, Any], columns: Sequence[str]) -> Rows:
    """`rows` after Streamlit's record of edits: cells changed, rows added, rows removed. Anything that is no known cell is left out.

    So is a row that was added and holds nothing: Enter in the empty row at the end makes one, and nobody means it.
    """
    made = [{column: str(row.get(column) or "") for column in columns} for row in rows]
    for place, cells in edits.get("edited_rows", {}).items():
        if int(place) < len(made):
            made[int(place)].update(_cells(cells, columns))
    gone = set(edits.get("deleted_rows", ()))
    kept = [row for place, row in enumerate(made) if place not in gone]
    added = [{column: "" for column in columns} | _cells(cells, columns) for cells in edits.get("added_rows", ())]
    kept += [row for row in added if any(text.strip() for text in row.values())]
    return kept[:ROWS_KEPT]


def rows_text(screen: Screen, field: Field, rows: Any) -> str:
    """A table as lines of text, to read where it cannot be edited."""
    choices = {column.id: {one.id: screen.t.pick(one.words.zh, one.words.en) for one in column.choices} for column in field.columns}
    lines = [" | ".join(screen.t.pick(column.words.zh, column.words.en) for column in field.columns)]
    for row in rows if isinstance(rows, list) else []:
        lines.append(" | ".join(choices[column.id].get(row.get(column.id, ""), row.get(column.id, "")) for column in field.columns))
    return "\n".join(lines)


def _prepared(report_id: int, field: Field, stored: Any, rev: int) -> str:
    """The key of the editor, with what is stored laid into it where it is new on this page."""
    key = table_key(report_id, field.id)
    if key not in st.session_state:
        st.session_state[slot("rows", report_id, field.id)] = stored if isinstance(stored, list) else []
        st.session_state[slot("seen", report_id, field.id)] = rev
    return key


def _frame(rows: Rows, columns: Sequence[Column]) -> pd.DataFrame:
    cells = [[row.get(column.id) or None for column in columns] for row in rows]
    return pd.DataFrame(cells, columns=[column.id for column in columns], dtype="object").astype("string")


def _column(screen: Screen, column: Column) -> Any:
    t = screen.t
    unit = f" ({t.pick(column.unit.zh, column.unit.en)})" if column.unit else ""
    label = f"{t.pick(column.words.zh, column.words.en)}{unit}" + (" *" if column.required else "")
    if column.type == FieldType.CHOICE:
        names = {choice.id: t.pick(choice.words.zh, choice.words.en) for choice in column.choices}
        return st.column_config.SelectboxColumn(label, options=list(names), format_func=lambda one: names.get(one, one))
    hints = {FieldType.DATE: t("115-08-31 or 2026-08-31"), FieldType.NUMBER: t("A plain number, for example 1,250 or 12.5")}
    return st.column_config.TextColumn(label, help=hints.get(column.type))


def _ids(field: Field) -> tuple[str, ...]:
    return tuple(column.id for column in field.columns)


def _cells(cells: Mapping[str, Any], columns: Sequence[str]) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in cells.items() if name in columns}
