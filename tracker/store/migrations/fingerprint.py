"""What a schema really is on its engine, to compare two databases or a database with the program's tables."""

import hashlib
from typing import Any

from sqlalchemy import Connection, inspect, text

from tracker.store.types import json_text


def describe(conn: Connection) -> dict[str, Any]:
    """Tables with columns, keys, checks and indexes, the triggers, and which tables are STRICT (SQLite)."""
    inspector = inspect(conn)
    names = sorted(set(inspector.get_table_names()) - {"alembic_version"})
    return {
        "tables": {name: _table(inspector, name) for name in names},
        "triggers": _triggers(conn),
        "strict": _strict(conn),
    }


def fingerprint(conn: Connection) -> str:
    """SHA-256 of `describe`; equal for equal schemas on one engine."""
    return hashlib.sha256(json_text(describe(conn)).encode()).hexdigest()


def _table(inspector: Any, name: str) -> dict[str, Any]:
    columns = {
        column["name"]: [str(column["type"]), bool(column["nullable"]), str(column["default"])] for column in inspector.get_columns(name)
    }
    foreign = [
        [key["name"], key["constrained_columns"], key["referred_table"], key["referred_columns"]]
        for key in inspector.get_foreign_keys(name)
    ]
    unique = [[key["name"], key["column_names"]] for key in inspector.get_unique_constraints(name)]
    indexes = [[key["name"], key["column_names"], bool(key["unique"])] for key in inspector.get_indexes(name)]
    checks = [[check["name"], check["sqltext"]] for check in inspector.get_check_constraints(name)]
    return {
        "columns": columns,
        "primary": inspector.get_pk_constraint(name)["constrained_columns"],
        "foreign": sorted(foreign, key=str),
        "unique": sorted(unique, key=str),
        "indexes": sorted(indexes, key=str),
        "checks": sorted(checks, key=str),
    }


def _triggers(conn: Connection) -> list[list[str]]:
    sql = (
        "SELECT c.relname, t.tgname, pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE NOT t.tgisinternal ORDER BY 1, 2"
        if conn.dialect.name == "postgresql"
        else "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY 1, 2"
    )
    return [list(row) for row in conn.execute(text(sql))]


def _strict(conn: Connection) -> list[str]:
    if conn.dialect.name != "sqlite":
        return []
    sql = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 1 ORDER BY name"
    return list(conn.execute(text(sql)).scalars())
