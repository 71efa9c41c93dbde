"""Links to printed documents: a PDF to look at or print, and a Word file to write into."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from tracker.ui.guard import Screen


def print_address(what: str, number: int, form: str, **query: object) -> str:
    """The address of one print: `what` is dossier, report, draft or receipt; `form` pdf or docx."""
    return f"/print/{what}/{number}?{urlencode({'as': form, **query})}"


def print_links(screen: Screen, what: str, number: int, *, forms: tuple[str, ...] = ("pdf", "docx"), **query: object) -> None:
    """A link for each form, in the reader's language, side by side."""
    names = {"pdf": (screen.t("PDF, to print"), "picture_as_pdf"), "docx": (screen.t("Word file"), "description")}
    with st.container(horizontal=True):
        for form in forms:
            label, icon = names[form]
            st.link_button(label, print_address(what, number, form, **query), icon=f":material/{icon}:")
