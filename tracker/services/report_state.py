"""One report with everything around it, and the content that a submission freezes. Shared by drafts, submission and review."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row

from tracker.domain.report_checks import QuantityError, parse_quantity, quantity_text
from tracker.services.context import Context
from tracker.services.errors import NotFound, Stale
from tracker.services.policy import Target
from tracker.services.report_forms import (
    ATTACHMENTS,
    CHECKPOINTS,
    INDICATORS,
    ReportForm,
    form_for,
)  # fmt: skip
from tracker.store import q_reports as q
from tracker.store.q_reports import DocumentRow, DraftField, ReviewRow, VersionRow
from tracker.store.writing import StaleVersion, Tx, WriteRequest

LATE_REASON = "late_reason"
"""The field for why a first submission comes late; kept with the version, beside its content."""
OPEN_FOR_WRITING = frozenset({"draft", "returned"})


@dataclass(frozen=True)
class Label:
    """A field's name: a message id, with the stored title that fills its `{title}` in both languages."""

    msgid: str
    zh: str = ""
    en: str = ""


@dataclass(frozen=True)
class ReportState:
    """A report, its form, what is written, what was handed in, and what the office said."""

    row: Row
    form: ReportForm
    checkpoints: tuple[Row, ...]
    indicators: tuple[Row, ...]
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
        """Sections that may be written now: all of a draft, the reopened ones of a returned report, none otherwise."""
        if self.row.status == "draft" or (self.row.status == "returned" and self.row.reopened_json is None):
            return frozenset(self.form.section_ids)
        return frozenset(self.row.reopened_json or ()) if self.row.status == "returned" else frozenset()

    @property
    def comments(self) -> Mapping[str, str]:
        """The office's remarks by section while the report is returned."""
        return self.reviews[-1].comments if self.row.status == "returned" and self.reviews else {}

    @cached_property
    def fields(self) -> dict[str, tuple[str, Label]]:
        """Every field that can be written → its section and its name."""
        found: dict[str, tuple[str, Label]] = {
            text.id: (section.id, Label(text.label)) for section in self.form.sections for text in section.texts
        }
        for line in self.checkpoints:
            for part, msgid in (("actual", "{title}: actual quantity"), ("evidence", "{title}: evidence"), ("note", "{title}: note")):
                found[f"checkpoint:{line.id}:{part}"] = (
                    CHECKPOINTS,
                    Label(msgid, f"{line.code} {line.title_zh}", f"{line.code} {line.title_en or line.title_zh}"),
                )
        for line in self.indicators:
            for part, msgid in (("actual", "{title}: actual figure"), ("note", "{title}: note")):
                found[f"indicator:{line.id}:{part}"] = (
                    INDICATORS,
                    Label(msgid, f"{line.code} {line.title_zh}", f"{line.code} {line.title_en or line.title_zh}"),
                )
        if self.form.has(ATTACHMENTS):
            found["attachments"] = (ATTACHMENTS, Label("Attachments"))
        if self.row.o_first_submitted_on is None:
            found[LATE_REASON] = (self.form.sections[0].id, Label("Why it comes late"))
        for section in self.form.sections:
            found[f"remarks:{section.id}"] = (section.id, Label("Your answer to the office"))
        return found

    def value(self, field: str, default: Any = "") -> Any:
        """What is written in a field now."""
        draft = self.drafts.get(field)
        return default if draft is None else draft.value


def load_state(conn: Connection, report_id: int) -> ReportState:
    """Read one report whole. Raises NotFound; the caller authorises on `target` before showing anything."""
    row = q.report_row(conn, report_id)
    form = form_for(row.o_kind) if row else None
    if row is None or form is None:
        raise NotFound()
    drafts = q.draft_fields(conn, report_id)
    in_form = form.has(CHECKPOINTS)
    verdicts = q.last_verdicts(conn, [row.project_id]) if in_form else {}
    lines = tuple(c for c in q.checkpoints(conn, [row.project_id]) if _asked(c, row, verdicts.get(c.id))) if in_form else ()
    return ReportState(
        row=row,
        form=form,
        checkpoints=lines,
        indicators=tuple(q.indicators(conn, row.project_id)) if form.has(INDICATORS) else (),
        drafts=drafts,
        versions=q.versions(conn, report_id),
        previous=q.previous_period(conn, row),
        reviews=q.reviews(conn, report_id),
        documents=q.documents(conn, _document_ids(drafts)),
        last_claims=q.last_claims(conn, [row.project_id], before=row) if in_form else {},
        last_measurements=q.last_measurements(conn, row) if in_form else {},
        verdicts=verdicts,
    )


def _asked(checkpoint: Row, report: Row, verdict: Row | None) -> bool:
    """Whether this report speaks of a checkpoint: it lies in the period or before it, and was not found met in an earlier one."""
    if report.o_period_end_on is not None and checkpoint.planned_on > report.o_period_end_on:
        return False
    before = report.o_period_start_on is not None and checkpoint.planned_on < report.o_period_start_on
    return not (before and verdict is not None and verdict.verdict == "met" and verdict.given_at < report.created_at)


def _document_ids(drafts: Mapping[str, DraftField]) -> set[int]:
    ids: set[int] = set()
    for field, draft in drafts.items():
        if field == "attachments":
            ids.update(draft.value)
        elif field.endswith(":evidence") and draft.value:
            ids.add(draft.value)
    return ids


def content_of(state: ReportState) -> dict[str, Any]:
    """The full snapshot that a submission keeps: texts, claims, figures, files with their hashes, as they read today.

    Sections that were not reopened are taken from the version before, word for word. Quantities are canonical texts.
    """
    content: dict[str, Any] = {
        "form": state.form.version,
        "texts": {name: state.value(name).strip() for name in state.form.texts},
        "checkpoints": [_claim(state, line) for line in state.checkpoints],
        "indicators": [_measurement(state, line) for line in state.indicators],
        "attachments": [_file(state.documents[i]) for i in state.value("attachments", []) if i in state.documents],
        "remarks": {s: state.value(f"remarks:{s}").strip() for s in state.form.section_ids if state.value(f"remarks:{s}")},
    }
    if state.versions:
        _keep_closed_sections(content, state)
    return content


def _keep_closed_sections(content: dict[str, Any], state: ReportState) -> None:
    before, opened = state.versions[-1].content, state.open_sections
    for section in state.form.sections:
        if section.id in opened:
            continue
        for text in section.texts:
            content["texts"][text.id] = before["texts"].get(text.id, "")
        if section.id in (CHECKPOINTS, INDICATORS, ATTACHMENTS):
            content[section.id] = before[section.id]


def _claim(state: ReportState, line: Row) -> dict[str, Any]:
    document = state.documents.get(state.value(f"checkpoint:{line.id}:evidence") or 0)
    return {
        "id": line.id, "code": line.code, "title_zh": line.title_zh, "title_en": line.title_en, "unit": line.unit,
        "target": quantity_text(line.target), "planned_on": line.planned_on.isoformat(),
        "actual": _canonical(state.value(f"checkpoint:{line.id}:actual")), "note": state.value(f"checkpoint:{line.id}:note").strip(),
        "evidence": _file(document) if document else None,
    }  # fmt: skip


def _measurement(state: ReportState, line: Row) -> dict[str, Any]:
    return {
        "id": line.id, "code": line.code, "title_zh": line.title_zh, "title_en": line.title_en, "unit": line.unit,
        "baseline": quantity_text(line.baseline), "target": quantity_text(line.target), "counting": line.counting, "good": line.good,
        "actual": _canonical(state.value(f"indicator:{line.id}:actual")), "note": state.value(f"indicator:{line.id}:note").strip(),
    }  # fmt: skip


def _canonical(text: str) -> str:
    try:
        return quantity_text(parse_quantity(text))
    except QuantityError:
        return text


def _file(document: DocumentRow) -> dict[str, Any]:
    return {"document_id": document.id, "filename": document.filename, "sha256": document.sha256, "size": document.size}


def guarded_write(ctx: Context, request: WriteRequest, body: Callable[[Tx], dict]) -> dict:
    """`store.write` whose stale version is said in the words of a service error."""
    try:
        return ctx.store.write(request, body)
    except StaleVersion as error:
        raise Stale() from error
