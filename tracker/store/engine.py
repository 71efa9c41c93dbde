"""Opens the system of record and hands out its connections: a read-only snapshot, or one write transaction.

SQLite runs in WAL mode with `synchronous=FULL`: what was acknowledged survives a power cut. Readers never wait for the
writer. Writers of this process queue first come, first served (SQLite's own busy handler polls and starves: 3 s instead
of 60 ms in the worst case with 32 threads); other processes are met with BEGIN IMMEDIATE. PostgreSQL needs no queue.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import ConnectionPoolEntry

from tracker.store import writing
from tracker.store.driver import WriterTurnTimeout, sqlite_module, writer_turn
from tracker.store.quiet_errors import keep_data_out
from tracker.store.writing import Busy, Tx, WriteRequest

Result = TypeVar("Result")

WAIT_SECONDS = 5.0
"""How long a writer waits for its turn before `Busy`."""

_WRITE = "milepost_write"
_PRAGMAS = (
    "busy_timeout=5000",
    "foreign_keys=ON",
    "synchronous=FULL",
    "recursive_triggers=ON",  # else INSERT OR REPLACE would get past the triggers that refuse DELETE
    "trusted_schema=OFF",
    "cell_size_check=ON",
    "temp_store=MEMORY",
)


class FairLock:
    """A lock whose waiters are served in the order in which they came."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._held = False

    def acquire(self, wait_seconds: float) -> bool:
        """Wait at most `wait_seconds` for the lock; False when it did not come."""
        with self._guard:
            if not self._held:
                self._held = True
                return True
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        if turn.acquire(timeout=wait_seconds):
            return True
        with self._guard:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return False
        return True  # handed over in the moment the wait ended

    def release(self) -> None:
        """Hand the lock to the one who has waited longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False


_fair_locks: dict[Path, FairLock] = {}  # one per file, however many stores of this process open it


class Store:
    """The system of record: a SQLite file, or a PostgreSQL database.

    `target` is a path, or a URL `sqlite:///path` or `postgresql://…`. Opening creates the file's folder (mode 0700)
    and connects lazily; `tracker.store.migrations.migrate` brings the schema. Raises ValueError for any other target.
    """

    def __init__(self, target: str | Path) -> None:
        self.url = _url(target)
        self.is_postgres = self.url.get_backend_name() == "postgresql"
        self.path: Path | None = None
        self._writing = threading.local()
        if self.is_postgres:
            self.engine = create_engine(self.url, pool_pre_ping=True, pool_size=8, max_overflow=24, hide_parameters=True)
            keep_data_out(self.engine)
        else:
            if self.url.get_backend_name() != "sqlite" or not self.url.database or self.url.database == ":memory:":
                raise ValueError("a store is a SQLite file or a PostgreSQL database")
            self.path = Path(os.path.realpath(self.url.database))
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.engine = _sqlite_engine(self.path)
            self._fair_lock = _fair_locks.setdefault(self.path, FairLock())
        event.listen(self.engine, "begin", _begin_postgres if self.is_postgres else _begin_sqlite)

    @classmethod
    def open(cls, target: str | Path) -> "Store":
        """The store at `target`; see the class."""
        return cls(target)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that refuses writes and sees one moment of the database. Keep it short."""
        with self.engine.connect() as conn, conn.begin():
            yield conn

    def write(self, request: WriteRequest, body: Callable[[Tx], dict[str, Any]], *, each: bool = False) -> dict[str, Any]:
        """One audited transaction; see `tracker.store.writing.write`."""
        return writing.write(self, request, body, each=each)

    def write_quiet(self, at: datetime, body: Callable[[Tx], Result]) -> Result:
        """One transaction without Event and key; `tracker.store.writing.write_quiet` says what may use it."""
        return writing.write_quiet(self, at, body)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """The one place that commits. For `write`, `write_quiet` and migrations only.

        Raises Busy when the turn did not come in about five seconds, RuntimeError inside another write of this thread.
        """
        if getattr(self._writing, "now", False):
            raise RuntimeError("a write inside a write: put both into one body")
        self._writing.now = True
        try:
            with self._turn(), self.engine.connect().execution_options(**{_WRITE: True}) as conn:
                trans = conn.begin()
                yield conn
                trans.commit()
        finally:
            self._writing.now = False

    def copy_into(self, copy: Path) -> None:
        """Write a consistent copy of a SQLite store to the new file `copy` (VACUUM INTO), while no writer runs.

        Raises FileExistsError when `copy` exists, RuntimeError on PostgreSQL (use its own tools there).
        """
        if self.path is None:
            raise RuntimeError("a PostgreSQL database is copied with pg_dump")
        os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # SQLite fills an empty file
        try:
            with self._turn():
                raw = self.engine.raw_connection()
                try:
                    cursor = raw.cursor()
                    cursor.execute("PRAGMA query_only=0")  # a pooled connection may come from a reader
                    cursor.execute("VACUUM INTO ?", (str(copy),))
                    cursor.close()
                finally:
                    raw.close()
            _sync_file(copy)
        except BaseException:
            copy.unlink()
            raise

    def dispose(self) -> None:
        """Close every connection that is not in use. The store can be used again afterwards."""
        self.engine.dispose()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self.path is None:
            yield
            return
        if not self._fair_lock.acquire(WAIT_SECONDS):
            raise Busy("other writers of this process took too long")
        try:
            with writer_turn(self.path, WAIT_SECONDS):
                yield
        except WriterTurnTimeout as timeout:
            raise Busy("another process writes for too long") from timeout
        finally:
            self._fair_lock.release()


def _url(target: str | Path) -> URL:
    if isinstance(target, Path) or "://" not in target:
        return URL.create("sqlite", database=str(target))
    url = make_url(target.replace("postgres://", "postgresql://", 1))
    return url.set(drivername="postgresql+psycopg") if url.get_backend_name() == "postgresql" else url


def _sqlite_engine(path: Path) -> Engine:
    # hide_parameters: an error that reaches the log must not carry what somebody wrote.
    engine = create_engine(
        URL.create("sqlite", database=str(path)), module=sqlite_module(), pool_size=8, max_overflow=24, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def prepare(raw: Any, _entry: ConnectionPoolEntry) -> None:
        raw.isolation_level = None  # the driver begins nothing by itself; the begin event below does
        cursor = raw.cursor()
        _for_its_owner_only(path)
        cursor.execute("PRAGMA user_version").fetchone()  # creates the file where there is none
        _for_its_owner_only(path)
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        if cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0] != "wal":
            raise RuntimeError(f"{path} cannot use a write-ahead log; is it on a network file system?")
        cursor.close()

    return engine


def _for_its_owner_only(path: Path) -> None:
    # Before the log and the shared memory appear, which take the mode of the database.
    if path.exists() and path.stat().st_mode & 0o077:
        path.chmod(0o600)


def _begin_sqlite(conn: Connection) -> None:
    write = conn.get_execution_options().get(_WRITE, False)
    conn.exec_driver_sql(f"PRAGMA query_only={0 if write else 1}")
    # Immediate: a deferred transaction that reads and then writes fails at once when another one has committed.
    conn.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _begin_postgres(conn: Connection) -> None:
    if conn.get_execution_options().get(_WRITE, False):
        conn.exec_driver_sql(f"SET LOCAL lock_timeout = {int(WAIT_SECONDS * 1000)}")
    else:
        conn.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _sync_file(path: Path) -> None:
    for part, flags in ((path, os.O_RDONLY), (path.parent, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))):
        handle = os.open(part, flags)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
