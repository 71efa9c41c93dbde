"""The form of a date from a document, and what may be wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from tracker.domain.periods import project_years, quarters
from tracker.domain.statuses import Basis, Kind
from tracker.programmes.model import Programme
from tracker.services.day_fields import read_day
from tracker.services.errors import Invalid, Problem
from tracker.services.planned_documents import DOCUMENT_ANCHORS, DocumentDate
from tracker.services.planning import programme_of
from tracker.services.text_fields import read_lines
from tracker.store import q_dates

LONGEST_MONTHS, LONGEST_DAYS = 120, 3660
_NEW_RULE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LINES = {"title_zh": 200, "title_en": 200, "clause": 200, "letter_number": 120, "contract_page": 60}
#: Kinds that come from elsewhere (a return, an approval) and are never entered as a date.
_NOT_ENTERED = frozenset({Kind.REPLY, Kind.APPROVAL_RENEWAL, Kind.MEETING})


@dataclass(frozen=True)
class DateEntry:
    """What the form gives. `project_id` None: every active project of the programme. `given_on` is a day or its text in either
    calendar; a rule (`direction` after|before, `anchor`, `months` or `days`) takes its place. `basis` is official or contract.
    """

    programme_id: int
    project_id: int | None
    kind: str
    rule: str
    period_label: str
    basis: str
    document_id: int | None
    given_on: date | str | None = None
    direction: str | None = None
    anchor: str | None = None
    months: int | None = None
    days: int | None = None
    title_zh: str = ""
    title_en: str = ""
    clause: str = ""
    letter_number: str = ""
    contract_page: str = ""

    def with_document(self, document_id: int | None) -> DateEntry:
        """The same with its file."""
        return replace(self, document_id=document_id)


@dataclass(frozen=True)
class CheckedDate:
    """A date entry without fault; its fields are the columns of `document_date`."""

    programme_id: int
    project_id: int | None
    kind: str
    rule: str
    period_label: str
    basis: str
    document_id: int | None
    given_on: date | None
    direction: str | None
    anchor: str | None
    months: int | None
    days: int | None
    title_zh: str
    title_en: str
    clause: str
    letter_number: str
    contract_page: str

    def columns(self) -> dict[str, Any]:
        """Values for the columns of the same names."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def document_date(self, at: datetime) -> DocumentDate:
        """The same as planning reads it."""
        names = [name for name in DocumentDate.__dataclass_fields__ if name != "recorded_at"]
        return DocumentDate(recorded_at=at, **{name: getattr(self, name) for name in names})


def check_entry(conn: Connection, entry: DateEntry, *, with_file: bool = True) -> CheckedDate:
    """The entry with its day read; a preview asks for no file yet. Raises Invalid with every problem at once."""
    problems: list[Problem] = []
    entry = read_lines(entry, _LINES, problems)
    ids = [entry.project_id] if entry.project_id is not None else [row.id for row in q_dates.active_projects(conn, entry.programme_id)]
    if not ids:
        raise Invalid([Problem("project_id", "This programme has no project to give a date to.")])
    _check_rule(entry, programme_of(conn, ids[0]), problems)
    if entry.period_label != "-" and entry.period_label not in _labels(conn, entry, ids):
        problems.append(Problem("period_label", "There is no period {label} here.", {"label": entry.period_label[:40]}))
    given_on = _check_date(entry, problems)
    _check_source(entry, problems)
    if with_file and not q_dates.document_belongs(conn, entry.document_id, entry.project_id, entry.programme_id):
        problems.append(Problem("document_id", "Attach the letter or the contract page as a file."))
    if problems:
        raise Invalid(problems)
    values = {one.name: getattr(entry, one.name) for one in fields(entry)}
    if not entry.direction:
        values |= {"direction": None, "anchor": None, "months": None, "days": None}
    return CheckedDate(**{**values, "given_on": given_on, "months": values["months"] or None, "days": values["days"] or None})


def _check_rule(entry: DateEntry, programme: Programme, problems: list[Problem]) -> None:
    if entry.kind not in set(Kind) - _NOT_ENTERED:
        problems.append(Problem("kind", "Choose what the date is for."))
        return
    known = next((rule for rule in programme.rules if rule.id == entry.rule), None)
    if known is not None:
        if known.kind != entry.kind:
            problems.append(Problem("kind", "The rule {rule} is of another kind.", {"rule": entry.rule}))
        return
    if entry.kind != Kind.CONTRACT_ITEM or not _NEW_RULE.fullmatch(entry.rule) or len(entry.rule) > 60:
        problems.append(Problem("rule", "Only a contract item may have a new name, of small letters, digits and underscores."))
    if not entry.title_zh.strip():
        problems.append(Problem("title_zh", "A new contract item needs a title."))


def _labels(conn: Connection, entry: DateEntry, project_ids: list[int]) -> set[str]:
    """Every period that means something in at least one of the projects."""
    labels = {row.period_label for row in q_dates.slots(conn, project_ids) if row.rule == entry.rule}
    terms = set()
    for project_id in project_ids:
        project = q_dates.project_row(conn, project_id)
        terms.add((project.start_on, project.original_end_on, project.end_on))
    for start, end, extended in terms:
        later = extended if extended > end else None
        spans = (*project_years(start, end, later), *quarters(start, end, "project", later), *quarters(start, end, "calendar", later))
        labels |= {span.label for span in spans}
    return labels


def _check_date(entry: DateEntry, problems: list[Problem]) -> date | None:
    if not entry.direction:
        return read_day("given_on", entry.given_on, problems)
    if entry.given_on:
        problems.append(Problem("given_on", "Give a date or a rule, not both."))
    if entry.direction not in ("after", "before"):
        problems.append(Problem("direction", "Choose after or before."))
    if entry.anchor not in DOCUMENT_ANCHORS:
        problems.append(Problem("anchor", "Choose the day from which the rule counts."))
    months, days = entry.months or 0, entry.days or 0
    if (months > 0) == (days > 0) or not (0 <= months <= LONGEST_MONTHS and 0 <= days <= LONGEST_DAYS):
        problems.append(Problem("months", "Give months or days, exactly one of the two, at least 1."))
    return None


def _check_source(entry: DateEntry, problems: list[Problem]) -> None:
    if entry.basis not in (Basis.OFFICIAL, Basis.CONTRACT):
        problems.append(Problem("basis", "Say whether the date stands in a letter or in the contract."))
    elif entry.basis == Basis.OFFICIAL and not entry.letter_number.strip():
        problems.append(Problem("letter_number", "An official date needs the number of its letter."))
    elif entry.basis == Basis.CONTRACT and not entry.contract_page.strip():
        problems.append(Problem("contract_page", "A date of the contract needs its page."))
