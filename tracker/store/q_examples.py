"""Reads of what a template is tried on: obligations near a day, and notices of one kind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Connection, Row, select

from tracker.store import tables as t

_O, _P = t.obligation, t.project

_COLUMNS = (
    _O.c.id, _O.c.key, _O.c.kind, _O.c.period_label, _O.c.due_on, _O.c.file_by_on, _O.c.file_by_time, _O.c.duty, _O.c.confidence,
    _O.c.clause, _O.c.letter_number, _O.c.title_zh, _O.c.title_en, _O.c.because_json, _O.c.provisional, _O.c.discharged_by,
    _O.c.discharged_on, _O.c.status.label("obligation_status"), _P.c.code, _P.c.title_zh.label("project_zh"),
    _P.c.title_en.label("project_en"), _O.c.programme_id,
)  # fmt: skip


def obligations_near(
    conn: Connection, today: date, scope: ColumnElement[bool], *, programme_id: int | None, those: Sequence[ColumnElement[bool]], limit: int
) -> list[Row]:
    """Dated obligations of a programme (None: of any) that are `those`: up to `limit` due from today on, then as many due before, nearest
    first."""
    wanted = select(*_COLUMNS).join(_P, _P.c.id == _O.c.project_id).where(scope, _O.c.due_on.is_not(None), *those)
    if programme_id is not None:
        wanted = wanted.where(_O.c.programme_id == programme_id)
    ahead = wanted.where(_O.c.due_on >= today).order_by(_O.c.due_on, _O.c.id).limit(limit)
    behind = wanted.where(_O.c.due_on < today).order_by(_O.c.due_on.desc(), _O.c.id).limit(limit)
    return [*conn.execute(ahead), *conn.execute(behind)]


def notice_ids(
    conn: Connection, kind: str, scope: ColumnElement[bool], *, programme_id: int | None, obligation_kind: str, limit: int
) -> list[int]:
    """The newest notices of a kind, about obligations of a kind ("": of any)."""
    n = t.notice
    wanted = select(n.c.id).where(scope, n.c.kind == kind)
    if obligation_kind:
        wanted = wanted.join(_O, _O.c.id == n.c.obligation_id).where(_O.c.kind == obligation_kind)
    if programme_id is not None:
        wanted = wanted.where(n.c.programme_id == programme_id)
    return list(conn.scalars(wanted.order_by(n.c.id.desc()).limit(limit)))
