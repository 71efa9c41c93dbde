"""The forms of reports as the database keeps them. A report keeps the version it was written on; which form a new one gets is data."""

from __future__ import annotations

from sqlalchemy import Connection, Row

from tracker.domain.statuses import Kind
from tracker.programmes.first_forms import FIRST_FORMS, REPORTED
from tracker.programmes.model import UnknownProgramme
from tracker.programmes.report_codec import from_data, sha256, to_data
from tracker.programmes.report_types import ReportType
from tracker.services.context import Context
from tracker.store import q_report_forms as q
from tracker.store.writing import Tx

__all__ = [
    "DRAFT_LONGEST", "FILES_MOST", "LATE_REASON_LONGEST", "NOTE_LONGEST", "REMARK_LONGEST", "REPORTED", "form_for_obligation", "form_of",
    "keep_form", "type_for",
]  # fmt: skip

NOTE_LONGEST = 2_000
REMARK_LONGEST = 4_000
LATE_REASON_LONGEST = 2_000
DRAFT_LONGEST = 200_000
"""Beyond this a single field is not even kept as a draft: no report is that long, and it would slow every screen."""
FILES_MOST = 20


def keep_form(tx: Tx, ctx: Context, programme_id: int | None, report_type: ReportType) -> int:
    """The id of the kept form with exactly this content, kept now where it is new (inside a write)."""
    digest = sha256(report_type)
    found = q.form_id_of(tx.conn, digest)
    if found is not None:
        return found
    return q.keep_form(
        tx.conn, programme_id=programme_id, code=report_type.code, label=report_type.label, sha256=digest,
        definition_json=to_data(report_type), recorded_at=ctx.now,
    )  # fmt: skip


_KNOWN: dict[str, ReportType] = {}
"""Forms by the hash of their content, which never changes: read once, whichever database they come from."""


def form_of(conn: Connection, form_id: int) -> ReportType:
    """The form with this id, as it stood when it was kept. Raises LookupError where there is none."""
    digest = q.form_sha256(conn, form_id)
    if digest not in _KNOWN:
        row = q.form_row(conn, form_id)
        if row is None:
            raise LookupError(f"there is no form {form_id}")
        _KNOWN[row.sha256] = from_data(ReportType, row.definition_json)
    return _KNOWN[digest]


def type_for(ctx: Context, programme_code: str, kind: str) -> ReportType | None:
    """The form that a kind of obligation has in a programme today, or None where nothing is handed in by a report."""
    if kind not in REPORTED:
        return None
    try:
        found = ctx.registry.reports(programme_code).type_for(kind)
    except UnknownProgramme:  # its pack was taken away: what runs under it is still to be reported
        found = None
    return found or next(form for form in FIRST_FORMS.values() if Kind(kind) in form.kinds)


def form_for_obligation(ctx: Context, conn: Connection, obligation_row: Row) -> ReportType | None:
    """The form on which a report of this obligation begins today: its call's own one, else by its kind; None: no report."""
    if obligation_row.origin == "action":
        return None  # said to be done on its own card, and in the next report
    if obligation_row.kind == Kind.DATA_CALL:
        called = q.call_form_id(conn, obligation_row.id)
        if called is not None:
            return form_of(conn, called)
    return type_for(ctx, q.programme_code(conn, obligation_row.programme_id), obligation_row.kind)
