"""Names of a form's parts and what is said of its fields, in the reader's language, safe inside markdown."""

from __future__ import annotations

from typing import Any

from tracker.programmes.report_types import ReportType, Words
from tracker.services.errors import Problem
from tracker.services.report_state import Label
from tracker.ui import components as c
from tracker.ui.guard import Screen


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
