"""Reads of the courses that administrators set. A row is never changed but to be taken back: the newest that was not holds."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Row, func, select

from tracker.store import tables as t

_C, _EDITOR, _TAKER = t.signal_course, t.person.alias("editor"), t.person.alias("taker")


def _of(kind: str, programme_id: int | None) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Which rows are of this condition in this programme; None: for every programme that has none of its own."""
    where = _C.c.programme_id.is_(None) if programme_id is None else _C.c.programme_id == programme_id
    return _C.c.kind == kind, where


def standing(conn: Connection) -> Sequence[Row]:
    """Every row that was not taken back, oldest first: of one condition in one programme the last one holds."""
    return conn.execute(_C.select().where(_C.c.taken_back_at.is_(None)).order_by(_C.c.id)).all()


def in_force(conn: Connection, kind: str, programme_id: int | None) -> Row | None:
    """The row that holds for a condition in a programme (None: in general), locked until the transaction ends where this is a write."""
    wanted = _C.select().where(*_of(kind, programme_id), _C.c.taken_back_at.is_(None)).order_by(_C.c.id.desc()).limit(1).with_for_update()
    return conn.execute(wanted).one_or_none()


def standing_ids(conn: Connection, kind: str, programme_id: int | None) -> list[int]:
    """The ids of every row of this condition in this programme that was not taken back."""
    return list(conn.scalars(select(_C.c.id).where(*_of(kind, programme_id), _C.c.taken_back_at.is_(None)).order_by(_C.c.id)))


def history(conn: Connection, kind: str, programme_id: int | None) -> Sequence[Row]:
    """Every row of this condition in this programme with who set it and who took it back, newest first."""
    return conn.execute(
        select(_C, _EDITOR.c.name.label("editor"), _TAKER.c.name.label("taker"))
        .outerjoin(_EDITOR, _EDITOR.c.id == _C.c.edited_by)
        .outerjoin(_TAKER, _TAKER.c.id == _C.c.taken_back_by)
        .where(*_of(kind, programme_id))
        .order_by(_C.c.id.desc())
    ).all()


def open_by_kind(conn: Connection, narrow: ColumnElement[bool]) -> dict[tuple[str, int | None], int]:
    """How many matters are open now, by condition and programme."""
    s = t.signal.c
    one = select(s.kind, s.programme_id, s.subject, s.since_on).where(s.state == "raised", narrow).distinct().subquery()
    rows = conn.execute(select(one.c.kind, one.c.programme_id, func.count()).group_by(one.c.kind, one.c.programme_id))
    return {(kind, programme_id): number for kind, programme_id, number in rows}
