"""Ad hoc calls: one notice with its own form and day to one project, a selection or a whole programme (000 七-(一): 每季或不定期).

What is issued is previewed first, with every project by name; each project owes one obligation, answered and judged like a report.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection

from tracker.domain import ladder
from tracker.domain.alert_policy import all_steps
from tracker.domain.reasons import Reason
from tracker.domain.statuses import Confidence, Kind
from tracker.programmes.report_types import ReportType, Words
from tracker.services.alert_policies import policies_in_force
from tracker.services.context import Context
from tracker.services.data_call_asking import ask, deadline_of, read_due_day
from tracker.services.data_call_forms import FormEntry, read_form
from tracker.services.data_call_selection import EVERY_PROJECT, Candidate, Selection, candidates_in
from tracker.services.errors import Invalid, Problem, Stale
from tracker.services.office import authorise_office
from tracker.services.policy import Act, Target
from tracker.services.recipients import Directory
from tracker.services.report_forms import keep_form
from tracker.services.text_fields import read_line, read_text
from tracker.store import q_call_drafts, q_calls, q_dates
from tracker.store import tables as t
from tracker.store.writing import Tx

_LABEL = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_LABEL, LONGEST_NOTE = 40, 4_000


@dataclass(frozen=True)
class CallEntry:
    """A call as typed. `due_on` in either calendar; `label` is its short name in the keys of what is owed, made up where it is empty."""

    programme_id: int
    title_zh: str
    due_on: date | str
    letter_number: str
    form: FormEntry
    title_en: str = ""
    note: str = ""
    label: str = ""
    selection: Selection = EVERY_PROJECT
    document_id: int | None = None

    def with_document(self, document_id: int | None) -> CallEntry:
        """The same with its file."""
        return replace(self, document_id=document_id)


@dataclass(frozen=True)
class AskedProject:
    """A project that a call would ask: its days, and whom the announcement goes to (names of roles, one each person)."""

    project_id: int
    code: str
    title_zh: str
    title_en: str
    organisation: str
    officer: str
    due_on: date
    file_by: date
    told: tuple[str, ...]

    @property
    def nobody_on_it(self) -> bool:
        """No member has an account that is on: the announcement goes to the office instead."""
        return not {"pi", "co_pi", "assistant"} & set(self.told)


@dataclass(frozen=True)
class CallPreview:
    """What issuing would do. `day` says what sort of day the due day is, `later` the mails of the ladder after the announcement."""

    projects: tuple[AskedProject, ...]
    left_out: tuple[Candidate, ...]  # they fit, but the viewer is on them herself
    due_on: date
    day: Reason
    working_day: bool
    provisional: bool
    mails: int
    later: tuple[tuple[str, date], ...]
    form: ReportType
    warnings: tuple[Problem, ...]

    @property
    def project_ids(self) -> tuple[int, ...]:
        """Whom `issue_call` is allowed to ask."""
        return tuple(one.project_id for one in self.projects)


@dataclass(frozen=True)
class IssuedCall:
    """What issuing gives back: the call and the keys of what the projects owe by it."""

    call_id: int
    label: str
    keys: tuple[str, ...]
    mails: int


@dataclass(frozen=True)
class Checked:
    """A call entry without fault."""

    entry: CallEntry
    due_on: date
    form: ReportType


def preview_call(ctx: Context, entry: CallEntry) -> CallPreview:
    """What `issue_call` would do. Nothing is written. Raises as that does."""
    with ctx.store.read() as conn:
        checked = _checked(conn, ctx, entry)
        asked, left_out = _fitting(conn, ctx, checked)
        days = {one.project_id: deadline_of(ctx, checked.due_on, one.county) for one in asked}
        people = Directory(conn, [_like_obligation(one, entry.programme_id) for one in asked], ctx.today)
        own = policies_in_force(conn, ctx.registry, [entry.programme_id])[entry.programme_id].of(Kind.DATA_CALL)
        told = {one.project_id: people.recipients(_like_obligation(one, entry.programme_id), own, ladder.ISSUED) for one in asked}
        again = q_calls.same_call(conn, entry.programme_id, checked.entry.letter_number, checked.entry.title_zh, checked.due_on)
    first = next(iter(days.values()))
    warnings = [] if again is None else [_already_issued()]
    projects = tuple(
        AskedProject(one.project_id, one.code, one.title_zh, one.title_en, one.organisation, one.officer, checked.due_on,
                     days[one.project_id].file_by, tuple(sorted(person.role for person in told[one.project_id])))
        for one in asked
    )  # fmt: skip
    steps = all_steps(own, first.file_by, checked.due_on, True, Confidence.OFFICIAL, ctx.calendar)
    return CallPreview(
        projects, left_out, checked.due_on, ctx.calendar.describe(checked.due_on), ctx.calendar.is_working(checked.due_on),
        first.provisional, sum(len(people) for people in told.values()),
        tuple((step.stage, step.on) for step in steps if step.on > ctx.today), checked.form, tuple(warnings),
    )  # fmt: skip


def issue_call(ctx: Context, entry: CallEntry, *, project_ids: Sequence[int], key: str) -> IssuedCall:
    """Issue a call to the projects that were shown (`CallPreview.project_ids`): once, whatever is clicked.

    Each gets an obligation with the official day, whose ladder runs from now on, and an announcement by mail and inbox. Officers and
    chiefs; never to a project of their own. Raises NotFound, Forbidden, Invalid naming every field, Stale where other projects fit by now.
    """
    with ctx.store.read() as conn:
        checked = _checked(conn, ctx, entry, with_file=True)

    def body(tx: Tx) -> dict[str, Any]:
        q_calls.one_at_a_time(tx.conn, checked.entry.programme_id)
        asked, _ = _fitting(tx.conn, ctx, checked)
        if {one.project_id for one in asked} != set(project_ids):
            raise Stale("Other projects fit by now than you were shown. Look at the new list, then issue the call.")
        e = checked.entry
        if q_calls.same_call(tx.conn, e.programme_id, e.letter_number, e.title_zh, checked.due_on) is not None:
            raise Invalid([_already_issued()])
        label = _label(tx.conn, e)
        form_id = keep_form(tx, ctx, e.programme_id, replace(checked.form, version=label))
        call_id = tx.insert(
            t.data_call, programme_id=e.programme_id, form_id=form_id, label=label, title_zh=e.title_zh, title_en=e.title_en,
            letter_number=e.letter_number, document_id=e.document_id, due_on=checked.due_on, note=e.note,
            selection_json=e.selection.as_dict(), issued_by=ctx.viewer.person_id, issued_at=ctx.now,
        )  # fmt: skip
        call = SimpleNamespace(id=call_id, label=label, due_on=checked.due_on, **_names(e))
        keys, mails = ask(tx, ctx, call, asked)
        q_call_drafts.drop(tx.conn, ctx.viewer.person_id, e.programme_id)
        tx.record("data_call", call_id, {"programme_id": e.programme_id, "label": label, "due_on": checked.due_on.isoformat(),
                                         "projects": [one.project_id for one in asked], "form_id": form_id, "document_id": e.document_id,
                                         "title_sha256": hashlib.sha256(e.title_zh.encode()).hexdigest()})  # fmt: skip
        return {"call_id": call_id, "label": label, "keys": keys, "mails": mails}

    saved = ctx.store.write(ctx.request("data_call.issue", key, (entry, tuple(sorted(project_ids)))), body)
    return IssuedCall(saved["call_id"], saved["label"], tuple(saved["keys"]), saved["mails"])


# --- checking -----------------------------------------------------------------------------------------------------------------


def _checked(conn: Connection, ctx: Context, entry: CallEntry, *, with_file: bool = False) -> Checked:
    authorise_office(ctx.viewer, Act.ISSUE_CALL, Target(programme_id=entry.programme_id))
    problems: list[Problem] = []
    entry = replace(
        entry,
        title_zh=read_line("title_zh", entry.title_zh, problems),
        title_en=read_line("title_en", entry.title_en, problems),
        letter_number=read_line("letter_number", entry.letter_number, problems, longest=120),
        note=read_text("note", entry.note, problems, longest=LONGEST_NOTE),
        label=read_line("label", entry.label, problems, longest=LONGEST_LABEL),
    )
    if not entry.title_zh:
        problems.append(Problem("title_zh", "Say what the call asks for."))
    if not entry.letter_number:
        problems.append(Problem("letter_number", "A call needs the number of its letter."))
    if entry.label and not _LABEL.fullmatch(entry.label):
        problems.append(Problem("label", "Small letters and digits, with hyphens between them."))
    elif entry.label in {*q_calls.labels(conn, entry.programme_id), "project"}:
        problems.append(Problem("label", "Another call has this short name."))
    due_on = read_due_day(ctx, entry.due_on, problems)
    words = Words(entry.title_zh, entry.title_en or entry.title_zh)
    form, problems = read_form(entry.form, title=words, version=entry.label, problems=problems)
    if with_file and entry.document_id is not None and not q_dates.document_belongs(conn, entry.document_id, None, entry.programme_id):
        problems.append(Problem("document_id", "This file belongs to another programme."))
    if problems or due_on is None:
        raise Invalid(problems)
    return Checked(entry, due_on, form)


def _fitting(conn: Connection, ctx: Context, checked: Checked) -> tuple[list[Candidate], tuple[Candidate, ...]]:
    """The projects that fit and may be asked, and those that the viewer is on herself. Raises Invalid where nobody is left."""
    fitting = [one for one in candidates_in(conn, ctx, checked.entry.programme_id) if one.fits(checked.entry.selection)]
    asked = [one for one in fitting if not one.own]
    if not asked:
        raise Invalid([Problem("selection", "No active project fits. Take back a filter.")])
    return asked, tuple(one for one in fitting if one.own)


def _already_issued() -> Problem:
    return Problem("letter_number", "A call with this letter, title and day was issued already.", severity="warning")


def _label(conn: Connection, entry: CallEntry) -> str:
    taken = q_calls.labels(conn, entry.programme_id)
    if entry.label:
        return entry.label
    number = len(taken) + 1
    while f"call-{number}" in taken:
        number += 1
    return f"call-{number}"


def _names(entry: CallEntry) -> dict[str, Any]:
    return {
        "title_zh": entry.title_zh,
        "title_en": entry.title_en,
        "letter_number": entry.letter_number,
        "programme_id": entry.programme_id,
    }


def _like_obligation(one: Candidate, programme_id: int) -> Any:
    """What the directory of recipients reads of an obligation, before there is one."""
    return SimpleNamespace(
        project_id=one.project_id, programme_id=programme_id, officer_id=one.officer_id, confidence=Confidence.OFFICIAL.value
    )
