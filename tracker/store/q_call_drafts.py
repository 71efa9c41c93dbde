"""Calls that are being put together: one row a person and programme. Callers authorise first."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select, text, update

from tracker.store import tables as t

_d = t.data_call_draft
_COLUMNS = ("person_id", "programme_id", "entry_json", "saved_at", "version")
_BEGIN = text(
    f"INSERT INTO data_call_draft ({', '.join(_COLUMNS)}) VALUES (:{', :'.join(_COLUMNS)}) ON CONFLICT DO NOTHING"  # noqa: S608
).bindparams(*(bindparam(name, type_=_d.c[name].type) for name in _COLUMNS))


def draft(conn: Connection, person_id: int, programme_id: int) -> Row | None:
    """What a person has begun in a programme: entry_json, saved_at, version; or None."""
    return conn.execute(select(_d).where(_d.c.person_id == person_id, _d.c.programme_id == programme_id)).one_or_none()


def keep(conn: Connection, person_id: int, programme_id: int, base_version: int, **values: Any) -> bool:
    """Put a draft where version `base_version` stands (0: where none does); False where another version stands."""
    values["version"] = base_version + 1
    if not base_version:
        return conn.execute(_BEGIN, {"person_id": person_id, "programme_id": programme_id, **values}).rowcount == 1
    here = (_d.c.person_id == person_id, _d.c.programme_id == programme_id, _d.c.version == base_version)
    return conn.execute(update(_d).where(*here).values(**values)).rowcount == 1


def drop(conn: Connection, person_id: int | None, programme_id: int) -> None:
    """The draft of a person in a programme goes away, if there is one."""
    conn.execute(delete(_d).where(_d.c.person_id == person_id, _d.c.programme_id == programme_id))
