"""The one SQLite library of this process; nothing else in the project imports one.

POSIX file locks belong to the process: when a second library (or a plain `open()`) closes the database file, the
first one's locks are gone and acknowledged commits can be lost. So the library is chosen once, here: `pysqlite3`
where it is installed, else the standard library. `TRACKER_SQLITE=stdlib` forces the latter, so that the store can be
tested on it.

SQLite 3.7.0 to 3.51.2 can lose committed rows when a checkpoint meets a writer in WAL mode (fixed in 3.51.3, and in
3.50.7 and 3.44.6). On such a library all writing processes take turns by `writer_turn`, which ends that race.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

try:
    import fcntl
except ImportError:  # Windows, where the installed library is one of the repaired ones
    fcntl = None  # type: ignore[assignment]

_POLL_SECONDS = 0.005


class WriterTurnTimeout(Exception):
    """Another process kept the writer's turn for longer than the wait."""


@cache
def sqlite_module() -> ModuleType:
    """The DB-API module that this process uses for every SQLite file."""
    if os.environ.get("TRACKER_SQLITE") != "stdlib":
        try:
            return import_module("pysqlite3.dbapi2")
        except ImportError:
            pass
    return import_module("sqlite3")


def sqlite_version() -> tuple[int, ...]:
    """The version of the chosen library, e.g. `(3, 53, 4)`."""
    return tuple(sqlite_module().sqlite_version_info)


def keeps_commits(version: tuple[int, ...]) -> bool:
    """Whether SQLite `version` is free of the WAL-reset fault described above."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


@contextmanager
def writer_turn(database: Path, wait_seconds: float) -> Iterator[None]:
    """Hold the turn to write `database` among processes, where the library needs that; else do nothing.

    Held over BEGIN…COMMIT with the automatic checkpoint inside it. Raises WriterTurnTimeout after `wait_seconds`.
    """
    if fcntl is None or keeps_commits(sqlite_version()):
        yield
        return
    # A file of its own: opening and closing the database itself would drop SQLite's locks.
    handle = os.open(f"{database}.writer.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        for _ in range(int(wait_seconds / _POLL_SECONDS)):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(_POLL_SECONDS)
        else:
            raise WriterTurnTimeout(str(database))
        yield
    finally:
        os.close(handle)
