"""Reads of the office's own words for messages. A row is never changed but to be taken back: the newest that was not holds."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Row, select

from tracker.store import tables as t

_A, _EDITOR, _TAKER = t.alert_template, t.person.alias("editor"), t.person.alias("taker")


def _of(name: str, programme_id: int | None) -> tuple[ColumnElement[bool], ...]:
    """Which rows are this slot's in this programme; None: for every programme that has none of its own. `name`: as `sorts.slot_name`."""
    sort, _, kind = name.partition("@")
    where = _A.c.programme_id.is_(None) if programme_id is None else _A.c.programme_id == programme_id
    return _A.c.sort == sort, _A.c.kind == kind, where


def standing(conn: Connection) -> Sequence[Row]:
    """Every row that was not taken back, oldest first: of one slot in one programme the last one holds."""
    return conn.execute(_A.select().where(_A.c.taken_back_at.is_(None)).order_by(_A.c.id)).all()


def in_force(conn: Connection, name: str, programme_id: int | None) -> Row | None:
    """The words that hold of a slot in a programme (None: in general), locked until the transaction ends where this is a write."""
    wanted = _A.select().where(*_of(name, programme_id), _A.c.taken_back_at.is_(None)).order_by(_A.c.id.desc()).limit(1).with_for_update()
    return conn.execute(wanted).one_or_none()


def standing_ids(conn: Connection, name: str, programme_id: int | None) -> list[int]:
    """The ids of every row of this slot in this programme that was not taken back."""
    return list(conn.scalars(select(_A.c.id).where(*_of(name, programme_id), _A.c.taken_back_at.is_(None)).order_by(_A.c.id)))


def history(conn: Connection, name: str, programme_id: int | None) -> Sequence[Row]:
    """Every row of this slot in this programme with who wrote it and who took it back, newest first."""
    return conn.execute(
        select(_A, _EDITOR.c.name.label("editor"), _TAKER.c.name.label("taker"))
        .outerjoin(_EDITOR, _EDITOR.c.id == _A.c.edited_by)
        .outerjoin(_TAKER, _TAKER.c.id == _A.c.taken_back_by)
        .where(*_of(name, programme_id))
        .order_by(_A.c.id.desc())
    ).all()
