"""One report with everything around it: its form, what is written, what was handed in. Shared by drafts, submission and review."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row

from tracker.domain.report_checks import quantity_text
from tracker.domain.report_values import as_typed
from tracker.programmes.report_types import FieldType, Holds, ReportType
from tracker.services.context import Context
from tracker.services.errors import NotFound, Stale
from tracker.services.policy import Target
from tracker.services.report_places import (
    CONFIRMED,
    LATE_REASON,
    OPEN_FOR_WRITING,
    FieldPlace,
    Label,
    action_title,
    asked,
    fields_of,
    form_of_report,
    lines_of,
    open_sections_of,
)  # fmt: skip
from tracker.store import q_report_forms as q_forms
from tracker.store import q_reports as q
from tracker.store.q_reports import DocumentRow, DraftField, ReviewRow, VersionRow
from tracker.store.writing import StaleVersion, Tx, WriteRequest

__all__ = [
    "CONFIRMED", "LATE_REASON", "OPEN_FOR_WRITING", "FieldPlace", "Label", "ReportState",
    "action_title", "document_ids", "file_ids", "files_in", "guarded_write", "load_state", "values_in",
]  # fmt: skip


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
        return open_sections_of(self.row, self.form)

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
        lines = {Holds.CHECKPOINTS: self.checkpoints, Holds.INDICATORS: self.indicators, Holds.ACTION_ITEMS: self.actions}
        return fields_of(self.row, self.form, lines)

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


def values_in(content: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a version's own fields by id; also of one that was handed in before forms had numbers, dates and tables."""
    return {**content.get("texts", {}), **content.get("values", {})}


def files_in(content: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The files of a version by field, each with document_id, filename, sha256 and size; older versions had one such field."""
    found = {"attachments": content["attachments"]} if content.get("attachments") else {}
    return {**found, **content.get("files", {})}


def file_ids(content: Mapping[str, Any]) -> set[int]:
    """Every file of a version: those of its fields and the evidence of its checkpoints."""
    ids = {file["document_id"] for files in files_in(content).values() for file in files}
    return ids | {line["evidence"]["document_id"] for line in content.get("checkpoints", ()) if line["evidence"]}


def load_state(conn: Connection, report_id: int) -> ReportState:
    """Read one report whole. Raises NotFound; the caller authorises on `target` before showing anything."""
    row = q.report_row(conn, report_id)
    if row is None:
        raise NotFound()
    form = form_of_report(conn, row)
    drafts = q.draft_fields(conn, report_id)
    claims, figures = form.holding(Holds.CHECKPOINTS) is not None, form.holding(Holds.INDICATORS) is not None
    verdicts = q.last_verdicts(conn, [row.project_id]) if claims else {}
    outcomes: list[Row] = []
    if form.holding(Holds.OUTCOMES):
        outcomes = q_forms.period_outcomes(conn, row.project_id, row.o_period_start_on, row.o_period_end_on)
    return ReportState(
        row=row,
        form=form,
        checkpoints=tuple(asked(q.checkpoints(conn, [row.project_id]), row, verdicts)) if claims else (),
        indicators=lines_of(conn, row, form, Holds.INDICATORS),
        actions=lines_of(conn, row, form, Holds.ACTION_ITEMS),
        outcomes=tuple(outcomes),
        drafts=drafts,
        versions=q.versions(conn, report_id),
        previous=q.previous_period(conn, row),
        reviews=q.reviews(conn, report_id),
        documents=q.documents(conn, document_ids(form, drafts)),
        last_claims=q.last_claims(conn, [row.project_id], before=row) if claims else {},
        last_measurements=q.last_measurements(conn, row) if figures else {},
        verdicts=verdicts,
    )


def document_ids(form: ReportType, drafts: Mapping[str, DraftField]) -> set[int]:
    """The files that these drafts name."""
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
