"""Brings a store's schema to this version of the program, always on the store's own connection.

Alembic is never given a URL: it would open the database a second time inside the process, perhaps with another SQLite
library, and closing that connection would drop the locks of the first (see `tracker.store.driver`).
"""

from itertools import count
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from tracker.store import audit
from tracker.store.engine import Store

HEAD = "0003"
"""The newest revision. Kept here so that an up-to-date store starts without loading Alembic; a test compares them."""

_LOCK = 7_301_942_119  # PostgreSQL's advisory lock: one migration at a time


class SchemaTooNew(Exception):
    """The database was written by a newer version of the program, which alone may open it."""


def current_revision(conn: Connection) -> str | None:
    """The revision of the schema behind `conn`; None for an empty database."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    return conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def checked_revision(conn: Connection) -> str | None:
    """The revision of the schema behind `conn`, where this program can read or upgrade it. Raises SchemaTooNew."""
    revision = current_revision(conn)
    if revision != HEAD:
        _refuse_newer(revision)
    return revision


def migrate(store: Store) -> Path | None:
    """Create or upgrade the schema in one transaction; does nothing when it is current.

    An existing SQLite database is copied first, beside itself (`<name>.before-<new revision>[-n]`); returns that copy's
    path, else None. On PostgreSQL the copy is the operator's. Raises SchemaTooNew before changing anything.
    """
    with store.read() as conn:
        revision = current_revision(conn)
    if revision == HEAD:
        return None
    _refuse_newer(revision)
    copy = None if revision is None else _copy_before(store)
    with store.transaction() as conn:
        if store.is_postgres:
            conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        _upgrade(conn)
        missing = audit.missing_triggers(conn)
        if missing:
            raise RuntimeError(f"the migration lost the triggers {', '.join(missing)}")
    return copy


def _upgrade(conn: Connection, to: str = "head") -> None:
    from alembic import command  # here and below: a quarter of a second that an up-to-date start does not need

    config = _config()
    config.attributes["connection"] = conn
    command.upgrade(config, to)


def _refuse_newer(revision: str | None) -> None:
    if revision is None:
        return
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision not in known:
        raise SchemaTooNew(f"the database has schema {revision}; this program knows up to {HEAD}")


def _config():
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def _copy_before(store: Store) -> Path | None:
    if store.path is None:
        return None
    for number in count(1):
        copy = store.path.with_name(f"{store.path.name}.before-{HEAD}" + (f"-{number}" if number > 1 else ""))
        try:
            store.copy_into(copy)
        except FileExistsError:  # an earlier attempt's, or another process is upgrading in this moment
            continue
        return copy
    raise AssertionError("unreachable")
