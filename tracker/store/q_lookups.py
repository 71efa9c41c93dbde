"""Finding a row by the name that people and scripts use for it."""

from __future__ import annotations

from sqlalchemy import Connection, Row, select

from tracker.store import tables as t


def obligation_of_key(conn: Connection, key: str) -> Row | None:
    """The obligation with this public id, or None."""
    return conn.execute(select(t.obligation).where(t.obligation.c.key == key)).one_or_none()


def project_of_code(conn: Connection, code: str) -> Row | None:
    """The project with this code, or None."""
    return conn.execute(select(t.project).where(t.project.c.code == code)).one_or_none()


def obligation(conn: Connection, obligation_id: int) -> Row:
    """The obligation with this id, which must exist."""
    return conn.execute(select(t.obligation).where(t.obligation.c.id == obligation_id)).one()
