"""Cheap reads for saving one field: asked at every few keystrokes of everybody who writes, so the statements are built once.

Callers authorise on the project first; nothing here narrows by viewer.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, Row, bindparam, select

from tracker.store import tables as t
from tracker.store.q_reports import DraftField

_o, _d = t.obligation, t.report_draft_field

_WRITING = (
    select(
        t.report.c.id, t.report.c.project_id, t.report.c.form_id, t.report.c.status, t.report.c.reopened_json, t.report.c.version,
        t.report.c.created_at, _o.c.kind.label("o_kind"), _o.c.first_submitted_on.label("o_first_submitted_on"),
        _o.c.period_start_on.label("o_period_start_on"), _o.c.period_end_on.label("o_period_end_on"),
        t.project.c.programme_id.label("p_programme_id"),
    )
    .join(_o, _o.c.id == t.report.c.obligation_id)
    .join(t.project, t.project.c.id == t.report.c.project_id)
    .where(t.report.c.id == bindparam("report_id"))
)  # fmt: skip
_DRAFTS = (
    select(_d, t.person.c.name.label("author"))
    .join(t.person, t.person.c.id == _d.c.author_id)
    .where(_d.c.report_id == bindparam("report_id"), _d.c.field.in_(bindparam("fields", expanding=True)))
)


def writing_row(conn: Connection, report_id: int) -> Row | None:
    """What says whether and where a report may be written now, or None."""
    return conn.execute(_WRITING, {"report_id": report_id}).one_or_none()


def some_drafts(conn: Connection, report_id: int, fields: Collection[str]) -> dict[str, DraftField]:
    """What is written in these fields."""
    rows = conn.execute(_DRAFTS, {"report_id": report_id, "fields": sorted(fields)})
    return {r.field: DraftField(r.field, r.value_json, r.rev, r.author_id, r.author, r.saved_at) for r in rows}
