"""Which fields a report has, where each stands and what it is called. One field can be looked up without reading the whole report."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row

from tracker.programmes.report_types import Field, Holds, ReportType
from tracker.services.errors import NotFound
from tracker.services.report_forms import form_of
from tracker.store import q_report_forms as q_forms
from tracker.store import q_reports as q

LATE_REASON = "late_reason"
"""The field for why a first submission comes late; kept with the version, beside its content."""
CONFIRMED = "outcomes:confirmed"
"""Whether the outcomes listed are all of the period: "yes", "nil" (there were none), or "" where nothing is said yet."""
OPEN_FOR_WRITING = frozenset({"draft", "returned", "correcting"})

_LINE = re.compile(r"(checkpoint|indicator|action):([0-9]{1,18}):[a-z]+")


class Label(NamedTuple):
    """A field's name: of a form in both languages, or a built-in one as a message id whose `{title}` they fill."""

    msgid: str = ""
    zh: str = ""
    en: str = ""


class FieldPlace(NamedTuple):
    """Where a field stands (the id of its section), what it is called, and how the form defines it (None: a built-in one)."""

    section: str
    label: Label
    field: Field | None = None


Lines = Mapping[Holds, Sequence[Row]]
"""The checkpoints, indicators and conclusions that a report speaks of."""


def form_of_report(conn: Connection, row: Row) -> ReportType:
    """The form that a report was begun on."""
    return form_of(conn, row.form_id)


def open_sections_of(row: Row, form: ReportType) -> frozenset[str]:
    """Sections that may be written now: all of a draft or a correction, the reopened ones of a returned report, none otherwise."""
    if row.status not in OPEN_FOR_WRITING:
        return frozenset()
    if row.status == "draft" or row.reopened_json is None:
        return frozenset(form.section_ids)
    return frozenset(row.reopened_json)


def fields_of(row: Row, form: ReportType, lines: Lines) -> dict[str, FieldPlace]:
    """Every field that can be written → its section, its name, and its definition where the form makes it."""
    found: dict[str, FieldPlace] = {}
    for section in form.sections:
        found |= {one.id: FieldPlace(section.id, Label(zh=one.label.zh, en=one.label.en), one) for one in section.fields}
        if section.holds == Holds.OUTCOMES:
            found[CONFIRMED] = FieldPlace(section.id, Label("Outcomes of the period"))
        elif section.holds != Holds.FIELDS:
            found |= dict(_line_fields(section.holds, section.id, lines.get(section.holds, ())))
    if row.o_first_submitted_on is None:
        found[LATE_REASON] = FieldPlace(form.sections[0].id, Label("Why it comes late"))
    for section in form.sections:
        found[f"remarks:{section.id}"] = FieldPlace(section.id, Label("Your answer to the office"))
    return found


def place_of(conn: Connection, row: Row, form: ReportType, name: str) -> FieldPlace:
    """One field of a report. Reads no more than that field needs. Raises NotFound for what the report does not have."""
    line = _LINE.fullmatch(name)
    lines: Lines = {}
    if line is not None:
        holds = {"checkpoint": Holds.CHECKPOINTS, "indicator": Holds.INDICATORS, "action": Holds.ACTION_ITEMS}[line[1]]
        lines = {holds: [one for one in lines_of(conn, row, form, holds) if one.id == int(line[2])]}
    place = fields_of(row, form, lines).get(name)
    if place is None:
        raise NotFound()
    return place


def lines_of(conn: Connection, row: Row, form: ReportType, holds: Holds) -> tuple[Row, ...]:
    """The checkpoints, indicators or conclusions that a report speaks of; none where its form does not hold them."""
    if form.holding(holds) is None:
        return ()
    if holds == Holds.INDICATORS:
        return tuple(q.indicators(conn, row.project_id))
    if holds == Holds.ACTION_ITEMS:
        return tuple(q_forms.open_items(conn, row.project_id))
    verdicts = q.last_verdicts(conn, [row.project_id])
    return tuple(asked(q.checkpoints(conn, [row.project_id]), row, verdicts))


def asked(checkpoints: Iterable[Row], report: Row, verdicts: Mapping[int, Row]) -> Iterator[Row]:
    """The checkpoints that a report speaks of: in its period or before, and not found met in an earlier one."""
    for one in checkpoints:
        verdict = verdicts.get(one.id)
        if report.o_period_end_on is not None and one.planned_on > report.o_period_end_on:
            continue
        before = report.o_period_start_on is not None and one.planned_on < report.o_period_start_on
        if not (before and verdict is not None and verdict.verdict == "met" and verdict.given_at < report.created_at):
            yield one


_PARTS: Mapping[Holds, tuple[str, tuple[tuple[str, str], ...]]] = {
    Holds.CHECKPOINTS: (
        "checkpoint",
        (("actual", "{title}: actual quantity"), ("evidence", "{title}: evidence"), ("note", "{title}: note")),
    ),
    Holds.INDICATORS: ("indicator", (("actual", "{title}: actual figure"), ("note", "{title}: note"))),
    Holds.ACTION_ITEMS: ("action", (("claimed", "{title}: done or still open"), ("note", "{title}: note"))),
}


def _line_fields(holds: Holds, section: str, lines: Sequence[Row]) -> Iterator[tuple[str, FieldPlace]]:
    kind, parts = _PARTS[holds]
    for line in lines:
        titles = _titles(holds, line)
        for part, msgid in parts:
            yield f"{kind}:{line.id}:{part}", FieldPlace(section, Label(msgid, *titles))


def _titles(holds: Holds, line: Any) -> tuple[str, str]:
    if holds == Holds.ACTION_ITEMS:
        title = action_title(line.number, line.body)
        return title, title
    return f"{line.code} {line.title_zh}", f"{line.code} {line.title_en or line.title_zh}"


def action_title(number: int, body: str) -> str:
    """A conclusion on one line: "A3 Show the annotation rules …"."""
    line = " ".join(body.split())
    return f"A{number} {line if len(line) <= 60 else line[:59] + '…'}"
