"""One report with everything around it: its form, what is written, what was handed in. Shared by drafts, submission and review."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row

from tracker.domain.report_checks import quantity_text
from tracker.domain.report_values import as_typed
from tracker.programmes.first_forms import DOCUMENT, PROGRESS
from tracker.programmes.report_types import Field, FieldType, Holds, ReportType
from tracker.services.context import Context
from tracker.services.errors import NotFound, Stale
from tracker.services.policy import Target
from tracker.services.report_forms import REPORTED, form_of
from tracker.store import q_report_forms as q_forms
from tracker.store import q_reports as q
from tracker.store.q_reports import DocumentRow, DraftField, ReviewRow, VersionRow
from tracker.store.writing import StaleVersion, Tx, WriteRequest

LATE_REASON = "late_reason"
"""The field for why a first submission comes late; kept with the version, beside its content."""
CONFIRMED = "outcomes:confirmed"
"""Whether the outcomes listed are all of the period: "yes", "nil" (there were none), or "" where nothing is said yet."""
OPEN_FOR_WRITING = frozenset({"draft", "returned", "correcting"})


@dataclass(frozen=True)
class Label:
    """A field's name: of a form in both languages, or a built-in one as a message id whose `{title}` they fill."""

    msgid: str = ""
    zh: str = ""
    en: str = ""


class FieldPlace(NamedTuple):
    """Where a field stands (the id of its section), what it is called, and how the form defines it (None: a built-in one)."""

    section: str
    label: Label
    field: Field | None = None


@dataclass(frozen=True)
class ReportState:
    """A report, its form, what is written, what was handed in, and what the office said."""

    row: Row
    form: ReportType
    checkpoints: tuple[Row, ...]
    indicators: tuple[Row, ...]
    actions: tuple[Row, ...]
    outcomes: tuple[Row, ...]
    drafts: Mapping[str, DraftField]
    versions: tuple[VersionRow, ...]
    previous: VersionRow | None
    reviews: tuple[ReviewRow, ...]
    documents: Mapping[int, DocumentRow]
    last_claims: Mapping[int, Decimal]
    last_measurements: Mapping[int, Decimal]
    verdicts: Mapping[int, Row]

    @property
    def target(self) -> Target:
        """What authorisation looks at."""
        return Target(self.row.project_id, self.row.p_programme_id)

    @property
    def open_sections(self) -> frozenset[str]:
        """Sections that may be written now: all of a draft or a correction, the reopened ones of a returned report, none otherwise."""
        if self.row.status not in OPEN_FOR_WRITING:
            return frozenset()
        if self.row.status == "draft" or self.row.reopened_json is None:
            return frozenset(self.form.section_ids)
        return frozenset(self.row.reopened_json)

    @property
    def comments(self) -> Mapping[str, str]:
        """The office's remarks by section while the report is returned."""
        return self.reviews[-1].comments if self.row.status == "returned" and self.reviews else {}

    def section_holding(self, holds: Holds) -> str:
        """The id of the section that holds checkpoints, indicators, action items or outcomes; "" where the form has none."""
        section = self.form.holding(holds)
        return section.id if section else ""

    @cached_property
    def fields(self) -> dict[str, FieldPlace]:
        """Every field that can be written → its section, its name, and its definition where the form makes it."""
        found: dict[str, FieldPlace] = {}
        for section in self.form.sections:
            found |= {one.id: FieldPlace(section.id, Label(zh=one.label.zh, en=one.label.en), one) for one in section.fields}
            found |= dict(_LINES[section.holds](self, section.id)) if section.holds in _LINES else {}
        if self.row.o_first_submitted_on is None:
            found[LATE_REASON] = FieldPlace(self.form.sections[0].id, Label("Why it comes late"))
        for section in self.form.sections:
            found[f"remarks:{section.id}"] = FieldPlace(section.id, Label("Your answer to the office"))
        return found

    @cached_property
    def last_values(self) -> dict[str, Any]:
        """What the period before said in fields of this form: canonical texts, numbers, dates, choices and rows."""
        return values_in(self.previous.content) if self.previous else {}

    @cached_property
    def starts(self) -> dict[str, Any]:
        """What a new report starts with, as it stands in a draft: fields that carry over, and cumulative numbers."""
        found = {
            one.id: as_typed(one.type, self.last_values[one.id])
            for one in self.form.fields.values()
            if one.carry and self.last_values.get(one.id)
        }
        numbers = {f"checkpoint:{line.id}:actual": self.last_claims.get(line.id) for line in self.checkpoints}
        cumulative = [line for line in self.indicators if line.counting == "cumulative"]
        numbers |= {f"indicator:{line.id}:actual": self.last_measurements.get(line.id) for line in cumulative}
        return found | {name: quantity_text(number) for name, number in numbers.items() if number is not None}

    @cached_property
    def carried(self) -> frozenset[str]:
        """The fields that still stand exactly as they were carried over: nobody has touched them."""
        drafts = self.drafts
        return frozenset(
            name for name, start in self.starts.items() if name in drafts and drafts[name].rev == 1 and drafts[name].value == start
        )

    def value(self, field: str, default: Any = "") -> Any:
        """What is written in a field now."""
        draft = self.drafts.get(field)
        return default if draft is None else draft.value


def _checkpoint_fields(state: ReportState, section: str) -> Iterator[tuple[str, FieldPlace]]:
    for line in state.checkpoints:
        for part, msgid in (("actual", "{title}: actual quantity"), ("evidence", "{title}: evidence"), ("note", "{title}: note")):
            yield f"checkpoint:{line.id}:{part}", FieldPlace(section, _line_label(msgid, line))


def _indicator_fields(state: ReportState, section: str) -> Iterator[tuple[str, FieldPlace]]:
    for line in state.indicators:
        for part, msgid in (("actual", "{title}: actual figure"), ("note", "{title}: note")):
            yield f"indicator:{line.id}:{part}", FieldPlace(section, _line_label(msgid, line))


def _action_fields(state: ReportState, section: str) -> Iterator[tuple[str, FieldPlace]]:
    for item in state.actions:
        title = action_title(item.number, item.body)
        for part, msgid in (("claimed", "{title}: done or still open"), ("note", "{title}: note")):
            yield f"action:{item.id}:{part}", FieldPlace(section, Label(msgid, title, title))


def _outcome_fields(state: ReportState, section: str) -> Iterator[tuple[str, FieldPlace]]:
    yield CONFIRMED, FieldPlace(section, Label("Outcomes of the period"))


_LINES: dict[Holds, Callable[[ReportState, str], Iterator[tuple[str, FieldPlace]]]] = {
    Holds.CHECKPOINTS: _checkpoint_fields,
    Holds.INDICATORS: _indicator_fields,
    Holds.ACTION_ITEMS: _action_fields,
    Holds.OUTCOMES: _outcome_fields,
}


def _line_label(msgid: str, line: Row) -> Label:
    return Label(msgid, f"{line.code} {line.title_zh}", f"{line.code} {line.title_en or line.title_zh}")


def action_title(number: int, body: str) -> str:
    """A conclusion on one line: "A3 Show the annotation rules …"."""
    line = " ".join(body.split())
    return f"A{number} {line if len(line) <= 60 else line[:59] + '…'}"


def values_in(content: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a version's own fields by id; also of one that was handed in before forms had numbers, dates and tables."""
    return {**content.get("texts", {}), **content.get("values", {})}


def files_in(content: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The files of a version by field, each with document_id, filename, sha256 and size; older versions had one such field."""
    found = {"attachments": content["attachments"]} if content.get("attachments") else {}
    return {**found, **content.get("files", {})}


def load_state(conn: Connection, report_id: int) -> ReportState:
    """Read one report whole. Raises NotFound; the caller authorises on `target` before showing anything."""
    row = q.report_row(conn, report_id)
    if row is None:
        raise NotFound()
    form = _form(conn, row)
    drafts = q.draft_fields(conn, report_id)
    claims = form.holding(Holds.CHECKPOINTS) is not None
    figures = form.holding(Holds.INDICATORS) is not None
    verdicts = q.last_verdicts(conn, [row.project_id]) if claims else {}
    lines = tuple(c for c in q.checkpoints(conn, [row.project_id]) if _asked(c, row, verdicts.get(c.id))) if claims else ()
    return ReportState(
        row=row,
        form=form,
        checkpoints=lines,
        indicators=tuple(q.indicators(conn, row.project_id)) if figures else (),
        actions=tuple(q_forms.open_items(conn, row.project_id)) if form.holding(Holds.ACTION_ITEMS) else (),
        outcomes=tuple(q_forms.period_outcomes(conn, row.project_id, row.o_period_start_on, row.o_period_end_on))
        if form.holding(Holds.OUTCOMES)
        else (),
        drafts=drafts,
        versions=q.versions(conn, report_id),
        previous=q.previous_period(conn, row),
        reviews=q.reviews(conn, report_id),
        documents=q.documents(conn, _document_ids(form, drafts)),
        last_claims=q.last_claims(conn, [row.project_id], before=row) if claims else {},
        last_measurements=q.last_measurements(conn, row) if figures else {},
        verdicts=verdicts,
    )


def _form(conn: Connection, row: Row) -> ReportType:
    """The form that a report was begun on; one of the first two for a report older than kept forms. Raises NotFound for a reply."""
    if row.form_id is not None:
        return form_of(conn, row.form_id)
    if row.o_kind not in REPORTED:
        raise NotFound()
    return PROGRESS if row.o_kind in PROGRESS.kinds else DOCUMENT


def _asked(checkpoint: Row, report: Row, verdict: Row | None) -> bool:
    """Whether this report speaks of a checkpoint: it lies in the period or before it, and was not found met in an earlier one."""
    if report.o_period_end_on is not None and checkpoint.planned_on > report.o_period_end_on:
        return False
    before = report.o_period_start_on is not None and checkpoint.planned_on < report.o_period_start_on
    return not (before and verdict is not None and verdict.verdict == "met" and verdict.given_at < report.created_at)


def _document_ids(form: ReportType, drafts: Mapping[str, DraftField]) -> set[int]:
    many = {one.id for one in form.fields.values() if one.type == FieldType.FILES}
    ids: set[int] = set()
    for field, draft in drafts.items():
        if field in many:
            ids.update(draft.value or ())
        elif field.endswith(":evidence") and draft.value:
            ids.add(draft.value)
    return ids


def guarded_write(ctx: Context, request: WriteRequest, body: Callable[[Tx], dict]) -> dict:
    """`store.write` whose stale version is said in the words of a service error."""
    try:
        return ctx.store.write(request, body)
    except StaleVersion as error:
        raise Stale() from error
