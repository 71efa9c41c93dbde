"""What is written of one outcome, cleaned and checked before it is kept; and what about a kept one deserves a second look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from tracker.domain.acknowledgement import Acknowledged, acknowledged
from tracker.domain.identifiers import PARSERS, IdentifierError
from tracker.programmes.report_types import OutcomeRules
from tracker.services.day_fields import not_after, read_day
from tracker.services.errors import Problem
from tracker.services.text_fields import read_line, read_text

#: Kind → the stages it goes through, in order; the ones marked in `OUT` are before the public or granted.
STAGES: Mapping[str, tuple[str, ...]] = {
    "paper": ("submitted", "accepted", "published"),
    "patent": ("filed", "disclosed", "granted"),
    "licence": ("negotiated", "signed"),
    "product": ("prototype", "tested", "approved", "sold"),
    "field_trial": ("planned", "running", "finished"),
    "other": ("planned", "reached"),
}
#: Only these have happened: they have a day, and that day is not in the future.
OUT = frozenset({"accepted", "published", "filed", "disclosed", "granted", "signed", "prototype", "tested", "approved", "sold", "running",
                 "finished", "reached"})  # fmt: skip
#: Kind → kinds of number that it may have, the usual one first; "other" is kept as it was written.
NUMBERS: Mapping[str, tuple[str, ...]] = {
    "paper": ("doi", "other"),
    "patent": ("patent",),
    "licence": ("other",),
    "product": ("licence", "other"),
    "field_trial": ("trial", "other"),
    "other": ("other",),
}
ANSWERS = ("yes", "no", "not_applicable")
#: 000 七-(四) speaks of publishing: there the two answers cannot be "not applicable".
PUBLISHED = frozenset({("paper", "accepted"), ("paper", "published")})
#: Stages at which a number exists.
NUMBERED = frozenset({("paper", "published"), ("patent", "filed"), ("patent", "disclosed"), ("patent", "granted"), ("product", "approved")})


@dataclass(frozen=True)
class OutcomeEntry:
    """One outcome as it is entered. Days and numbers may be texts as typed; `occurred_on` is the day of the stage."""

    kind: str
    title: str
    stage: str
    people: str = ""
    venue: str = ""
    identifier_kind: str = ""
    identifier: str = ""
    occurred_on: date | str | None = None
    acknowledges_funder: str = "not_applicable"
    acknowledges_project: str = "not_applicable"
    acknowledgement: str = ""
    document_id: int | None = None
    note: str = ""


def checked(entry: OutcomeEntry, today: date) -> tuple[OutcomeEntry, list[Problem]]:
    """The entry as it would be kept, and everything wrong with it by field."""
    problems: list[Problem] = []
    if entry.kind not in STAGES:
        return entry, [Problem("kind", "Choose a kind.")]
    lines = {name: read_line(name, getattr(entry, name), problems, longest=longest)
             for name, longest in (("title", 500), ("people", 1_000), ("venue", 300), ("identifier", 300))}  # fmt: skip
    texts = {name: read_text(name, getattr(entry, name), problems) for name in ("acknowledgement", "note")}
    entry = replace(entry, **lines, **texts)
    if not entry.title:
        problems.append(Problem("title", "This field must not be empty."))
    if entry.stage not in STAGES[entry.kind]:
        problems.append(Problem("stage", "Choose how far it has come."))
    for name in ("acknowledges_funder", "acknowledges_project"):
        if getattr(entry, name) not in ANSWERS:
            problems.append(Problem(name, "Choose an answer."))
        elif (entry.kind, entry.stage) in PUBLISHED and getattr(entry, name) == "not_applicable":
            problems.append(Problem(name, "A publication has to say it (yes or no)."))
    return _numbered(_dated(entry, today, problems), problems), problems


def _dated(entry: OutcomeEntry, today: date, problems: list[Problem]) -> OutcomeEntry:
    day = read_day("occurred_on", entry.occurred_on, problems, needed=entry.stage in OUT)
    if entry.stage in OUT:
        not_after("occurred_on", day, today, problems)
    return replace(entry, occurred_on=day)


def _numbered(entry: OutcomeEntry, problems: list[Problem]) -> OutcomeEntry:
    kinds = NUMBERS[entry.kind]
    kind = entry.identifier_kind if entry.identifier_kind in kinds else kinds[0]
    if not entry.identifier:
        return replace(entry, identifier_kind="")
    if kind not in PARSERS:
        return replace(entry, identifier_kind=kind)
    try:
        return replace(entry, identifier_kind=kind, identifier=PARSERS[kind](entry.identifier))
    except IdentifierError as error:
        problems.append(Problem("identifier", error.msgid))
        return entry


def printed_names(text: str, rules: OutcomeRules, project_code: str, titles: tuple[str, ...]) -> Acknowledged:
    """What an acknowledgement names: the funder by the programme's list; the programme, the project's title or its number."""
    return acknowledged(text, funders=rules.funder_names, programmes=(*rules.programme_names, *titles), numbers=(project_code,))


def doubts(row: Any, printed: Acknowledged) -> tuple[Problem, ...]:
    """What about a kept outcome deserves a second look. None of it blocks anything."""
    found: list[Problem] = []
    if (row.kind, row.stage) in NUMBERED and not row.identifier:
        found.append(Problem("identifier", "There is no number yet by which it can be found.", severity="warning"))
    if row.stage in OUT and row.document_id is None:
        found.append(Problem("document_id", "There is no file that shows it.", severity="warning"))
    if "no" in (row.acknowledges_funder, row.acknowledges_project):
        found.append(Problem("acknowledgement", "It has to name the funder and the programme or the project's number.", severity="warning"))
    if row.acknowledgement:
        if row.acknowledges_funder == "yes" and not printed.funder:
            found.append(Problem("acknowledgement", "The words given do not name the funder.", severity="warning"))
        if row.acknowledges_project == "yes" and not printed.project:
            found.append(
                Problem("acknowledgement", "The words given name neither the programme nor the project's number.", severity="warning")
            )
    elif "yes" in (row.acknowledges_funder, row.acknowledges_project):
        found.append(
            Problem("acknowledgement", "Copy the words of the acknowledgement here, so that they can be checked.", severity="warning")
        )
    return tuple(found)
