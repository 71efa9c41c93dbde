"""The form of a call, built on screen: parts and questions with everything they take, moved, removed, copied and started from a library.

What stands in session state is the order of the parts and questions only; what was typed stands in the widgets, whose keys carry an id
of each part, so that moving one moves what was typed with it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from tracker.programmes.report_types import FieldType, Holds
from tracker.services.data_call_answers import HOLDS_MSGIDS, TYPE_MSGIDS
from tracker.services.data_call_forms import (
    COLUMN_TYPES,
    LONGEST_ANSWER,
    MOST_DECIMALS,
    MOST_FILES,
    MOST_ROWS,
    ColumnEntry,
    FieldEntry,
    FormEntry,
    SectionEntry,
)
from tracker.ui.guard import Screen
from tracker.ui.keys import Key

Node = dict[str, Any]
_HELD_TITLES = {
    Holds.CHECKPOINTS: ("查核點", "Checkpoints"),
    Holds.INDICATORS: ("績效指標", "Indicators"),
    Holds.ACTION_ITEMS: ("待辦事項", "Action items"),
    Holds.OUTCOMES: ("成果", "Outcomes"),
}


def start_with(entry: FormEntry) -> None:
    """Put a form on the screen in place of the one that stands there."""
    last = st.session_state.get(Key.CALL_FORM, {}).get("last", 0)
    state: Node = {"last": last, "sections": []}
    st.session_state[Key.CALL_FORM] = state
    for section in entry.sections:
        state["sections"].append(_section_node(section))


def is_started() -> bool:
    """Whether a form stands on the screen."""
    return st.session_state.get(Key.CALL_FORM, {}).get("sections") is not None


def forget() -> None:
    """Take the form off the screen. Its numbers are not used again: what was typed into their widgets may still stand there."""
    if is_started():
        st.session_state[Key.CALL_FORM] = {"last": st.session_state[Key.CALL_FORM]["last"], "sections": None}


def builder(screen: Screen) -> FormEntry:
    """Draw the form for editing and give what it says now."""
    sections: list[Node] = st.session_state[Key.CALL_FORM]["sections"]
    read = [_section(screen, number, node, sections) for number, node in enumerate(sections, start=1)]
    t = screen.t
    with st.container(horizontal=True):
        st.button(t("Add a part"), icon=":material/add:", key="call-add-part", on_click=_add, args=(sections, "section"))
        with st.popover(t("Add what the project has"), icon=":material/fact_check:"):
            for holds in (one for one in Holds if one is not Holds.FIELDS):
                held = any(node["start"].holds == holds for node in sections)
                st.button(t(HOLDS_MSGIDS[holds]), key=f"call-add-{holds}", disabled=held, on_click=_add_held,
                          args=(sections, holds))  # fmt: skip
    return FormEntry(tuple(read))


# --- parts -------------------------------------------------------------------------------------------------------------------


def _section(screen: Screen, number: int, node: Node, siblings: list[Node]) -> SectionEntry:
    t, start, name = screen.t, node["start"], f"call-part-{node['id']}"
    with st.container(border=True, key=name):
        _bar(screen, t("Part {number}", number=number), node, siblings)
        with st.container(horizontal=True):
            zh = st.text_input(t("Title in Chinese"), start.zh, key=f"{name}-zh")
            en = st.text_input(t("Title in English"), start.en, key=f"{name}-en")
        if start.holds != Holds.FIELDS:
            what = t(HOLDS_MSGIDS[Holds(start.holds)])
            st.caption(t("Here stand {what}, as they were entered; the project says where each stands.", what=what))
            return SectionEntry(zh, en, start.holds)
        fields = [_field(screen, f"{number}.{index}", one, node["fields"]) for index, one in enumerate(node["fields"], start=1)]
        st.button(t("Add a question"), icon=":material/add:", key=f"{name}-add", on_click=_add, args=(node["fields"], "field"))
    return SectionEntry(zh, en, start.holds, tuple(fields))


def _field(screen: Screen, number: str, node: Node, siblings: list[Node]) -> FieldEntry:
    t, start, name = screen.t, node["start"], f"call-question-{node['id']}"
    kinds = [kind.value for kind in FieldType]
    with st.container(border=True, key=name):
        _bar(screen, t("Question {number}", number=number), node, siblings)
        with st.container(horizontal=True):
            zh = st.text_input(t("What is asked, in Chinese"), start.zh, key=f"{name}-zh")
            en = st.text_input(t("What is asked, in English"), start.en, key=f"{name}-en")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            kind = st.selectbox(
                t("Kind of answer"), kinds, index=kinds.index(start.type), key=f"{name}-type", width=220,
                format_func=lambda one: t(TYPE_MSGIDS[FieldType(one)]),
            )  # fmt: skip
            required = st.checkbox(t("required"), start.required, key=f"{name}-required")
        entry = _details(screen, name, replace(start, type=kind, zh=zh, en=en, required=required), node)
        with st.expander(t("Help for who answers")):
            help_zh = st.text_area(t("Help in Chinese"), start.help_zh, key=f"{name}-help-zh", height=80)
            help_en = st.text_area(t("Help in English"), start.help_en, key=f"{name}-help-en", height=80)
    return replace(entry, help_zh=help_zh, help_en=help_en)


def _details(screen: Screen, name: str, entry: FieldEntry, node: Node) -> FieldEntry:
    """What only this kind of answer has."""
    t = screen.t
    match FieldType(entry.type):
        case FieldType.TEXT | FieldType.LINE:
            longest = st.number_input(t("Maximum number of characters"), 1, LONGEST_ANSWER, entry.longest, key=f"{name}-longest", width=220)
            return replace(entry, longest=int(longest))
        case FieldType.NUMBER:
            with st.container(horizontal=True):
                unit = st.text_input(t("Unit"), entry.unit, key=f"{name}-unit", width=160)
                decimals = st.number_input(t("Decimals"), 0, MOST_DECIMALS, entry.decimals, key=f"{name}-decimals", width=120)
                least = st.text_input(t("At least"), entry.least, key=f"{name}-least", width=120)
                most = st.text_input(t("At most"), entry.most, key=f"{name}-most", width=120)
            return replace(entry, unit=unit, decimals=int(decimals), least=least, most=most)
        case FieldType.DATE:
            return replace(entry, past_only=st.checkbox(t("not after the day of the answer"), entry.past_only, key=f"{name}-past"))
        case FieldType.CHOICE:
            return replace(entry, choices=_choices(screen, name, entry.choices))
        case FieldType.TABLE:
            columns = [_column(screen, one, node["columns"]) for one in node["columns"]]
            with st.container(horizontal=True, vertical_alignment="bottom"):
                st.button(
                    t("Add a column"), icon=":material/add:", key=f"{name}-add-column", on_click=_add, args=(node["columns"], "column")
                )
                rows = st.number_input(t("Maximum number of rows"), 1, MOST_ROWS, entry.rows_most, key=f"{name}-rows", width=160)
            return replace(entry, columns=tuple(columns), rows_most=int(rows))
        case FieldType.FILES:
            files = st.number_input(t("Maximum number of files"), 1, MOST_FILES, entry.files_most, key=f"{name}-files", width=220)
            return replace(entry, files_most=int(files))


def _column(screen: Screen, node: Node, siblings: list[Node]) -> ColumnEntry:
    t, start, name = screen.t, node["start"], f"call-column-{node['id']}"
    kinds = [kind.value for kind in COLUMN_TYPES]
    with st.container(border=True, key=name):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            zh = st.text_input(t("Column in Chinese"), start.zh, key=f"{name}-zh", width=180)
            en = st.text_input(t("Column in English"), start.en, key=f"{name}-en", width=180)
            kind = st.selectbox(t("Holds"), kinds, index=kinds.index(start.type), key=f"{name}-type", width=140,
                                format_func=lambda one: t(TYPE_MSGIDS[FieldType(one)]))  # fmt: skip
            required = st.checkbox(t("required"), start.required, key=f"{name}-required")
            _move_buttons(screen, node, siblings)
        unit = st.text_input(t("Unit"), start.unit, key=f"{name}-unit", width=160) if kind == FieldType.NUMBER else ""
        choices = _choices(screen, name, start.choices) if kind == FieldType.CHOICE else ""
    return ColumnEntry(zh, en, kind, required, unit, choices)


def _choices(screen: Screen, name: str, start: str) -> str:
    return st.text_area(
        screen.t("Answers to choose from"), start, key=f"{name}-choices", height=100, placeholder="是 | Yes\n否 | No",
        help=screen.t("One a line; the English after an upright stroke."),
    )  # fmt: skip


# --- moving ------------------------------------------------------------------------------------------------------------------


def _bar(screen: Screen, title: str, node: Node, siblings: list[Node]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{title}**", width="content")
        with st.container(horizontal=True, width="content", gap="small"):
            _move_buttons(screen, node, siblings)


def _move_buttons(screen: Screen, node: Node, siblings: list[Node]) -> None:
    t, place, number = screen.t, siblings.index(node), node["id"]
    for name, icon, step, closed in (
        (t("Up"), "arrow_upward", -1, place == 0),
        (t("Down"), "arrow_downward", 1, place == len(siblings) - 1),
        (t("Remove"), "delete", 0, False),
    ):
        st.button(
            "", icon=f":material/{icon}:", key=f"call-move-{number}-{step}", help=name, type="tertiary", disabled=closed, on_click=_move,
            args=(siblings, node, step),
        )  # fmt: skip


def _move(siblings: list[Node], node: Node, step: int) -> None:
    """Up (-1), down (1) or away (0)."""
    if node not in siblings:
        return
    place = siblings.index(node)
    siblings.remove(node)
    if step:
        siblings.insert(min(max(place + step, 0), len(siblings)), node)


def _add(siblings: list[Node], what: str) -> None:
    made = {"section": lambda: _section_node(SectionEntry(fields=(FieldEntry(),))), "field": lambda: _field_node(FieldEntry()),
            "column": lambda: _column_node(ColumnEntry())}  # fmt: skip
    siblings.append(made[what]())


def _add_held(siblings: list[Node], holds: Holds) -> None:
    siblings.append(_section_node(SectionEntry(*_HELD_TITLES[holds], holds.value)))


def _number() -> int:
    state = st.session_state[Key.CALL_FORM]
    state["last"] += 1
    return state["last"]


def _section_node(entry: SectionEntry) -> Node:
    return {"id": _number(), "start": entry, "fields": [_field_node(one) for one in entry.fields]}


def _field_node(entry: FieldEntry) -> Node:
    columns = entry.columns or (ColumnEntry(),)
    return {"id": _number(), "start": entry, "columns": [_column_node(one) for one in columns]}


def _column_node(entry: ColumnEntry) -> Node:
    return {"id": _number(), "start": entry}
