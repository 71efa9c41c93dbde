"""Names of a form's parts and what is said of its fields, in the reader's language, safe inside markdown."""

from __future__ import annotations

import re
from typing import Any
from zlib import crc32

from tracker.programmes.report_types import Field, ReportType, Required, Words
from tracker.services.errors import Problem
from tracker.services.report_state import Label
from tracker.ui import components as c
from tracker.ui.guard import Screen

_NOT_IN_A_CLASS = re.compile(r"[^A-Za-z0-9_-]")


def words(screen: Screen, both: Words) -> str:
    """A text of a form."""
    return c.escape(screen.t.pick(both.zh, both.en))


def label_text(screen: Screen, label: Label) -> str:
    """A field's name."""
    title = c.escape(screen.t.pick(label.zh, label.en))
    if not label.msgid:
        return title
    return screen.t(label.msgid, title=title) if title else screen.t(label.msgid)


def section_title(screen: Screen, form: ReportType, section_id: str) -> str:
    """The title of a section; its id for one that the form does not have."""
    section = form.section(section_id)
    return words(screen, section.title) if section else c.escape(section_id)


def problem_text(screen: Screen, problem: Problem) -> str:
    """What is wrong with a field; the words of a form and the row and column of a table among it."""
    return screen.t(problem.msgid, **safe(screen, problem.params))


def safe(screen: Screen, params: dict[str, Any]) -> dict[str, str]:
    """Parameters in the reader's language, escaped."""
    return {name: c.escape(str(screen.t.said(value))) for name, value in params.items()}


def field_title(screen: Screen, field: Field) -> str:
    """A field's label with its unit and, where it has to be filled in, a star."""
    unit = f" ({words(screen, field.unit)})" if field.unit else ""
    return f"{words(screen, field.label)}{unit}" + ("" if field.required == Required.NO else " :red[*]")


def slug(field: str) -> str:
    """A field's name as Streamlit writes it into a class, where the page's scripts find it."""
    return _NOT_IN_A_CLASS.sub("-", field)


def digest(text: str) -> str:
    """The checksum by which the page's script knows that this very text was kept (`data/web/autosave.js`)."""
    return f"{crc32(text.encode('utf-8', 'replace')):08x}"
