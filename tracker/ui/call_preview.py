"""How a form looks to who will answer it, drawn without anything behind it."""

from __future__ import annotations

import streamlit as st

from tracker.programmes.report_types import Field, FieldType, Holds, ReportType, Required
from tracker.services.data_call_answers import HOLDS_MSGIDS
from tracker.ui.components import escape
from tracker.ui.guard import Screen


def show_form(screen: Screen, form: ReportType, name: str) -> None:
    """The form as its projects will see it; `name` is unique on the page."""
    t = screen.t
    for part, section in enumerate(form.sections, start=1):
        st.markdown(f"#### {escape(t.pick(section.title.zh, section.title.en))}")
        if section.holds is not Holds.FIELDS:
            what = t(HOLDS_MSGIDS[section.holds])
            st.caption(t("Here stand {what}, as they were entered; the project says where each stands.", what=what))
        for index, field in enumerate(section.fields, start=1):
            _field(screen, field, f"{name}-{part}-{index}")


def _field(screen: Screen, field: Field, key: str) -> None:
    t = screen.t
    unit = f" ({t.pick(field.unit.zh, field.unit.en)})" if field.unit else ""
    label = escape(f"{t.pick(field.label.zh, field.label.en)}{unit}")
    label += " :red[\\*]" if field.required is not Required.NO else ""
    help_text = escape(t.pick(field.help.zh, field.help.en)) or None
    match field.type:
        case FieldType.TEXT:
            st.text_area(label, key=key, disabled=True, height=80)
        case FieldType.CHOICE:
            st.radio(label, [t.pick(one.words.zh, one.words.en) for one in field.choices] or ["—"], index=None, key=key, disabled=True)
        case FieldType.FILES:
            st.markdown(f":material/attach_file: {label}")
        case FieldType.TABLE:
            st.markdown(label)
            heads = [
                f"{t.pick(one.words.zh, one.words.en)}" + (f" ({t.pick(one.unit.zh, one.unit.en)})" if one.unit else "")
                for one in field.columns
            ]
            st.dataframe([dict.fromkeys(heads, "")], hide_index=True, key=key, height="content")
        case FieldType.DATE:
            st.text_input(label, key=key, disabled=True, placeholder="115-08-31 / 2026-08-31")
        case _:
            st.text_input(label, key=key, disabled=True)
    if help_text:
        st.caption(help_text)
