"""One SQLite library for the process, known to keep commits, or a turn among writers where it does not."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tracker.store import driver
from tracker.store.driver import WriterTurnTimeout, keeps_commits, sqlite_module, writer_turn
from tracker.store.engine import Store

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 46, 1), False),
        ((3, 50, 4), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
    ],
)
def test_the_versions_that_lose_commits_are_known(version: tuple[int, ...], safe: bool):
    assert keeps_commits(version) is safe


def test_the_engine_uses_the_chosen_library(new_database):
    forced = os.environ.get("TRACKER_SQLITE") == "stdlib"
    expected = "sqlite3" if forced or find_spec("pysqlite3") is None else "pysqlite3.dbapi2"
    assert sqlite_module().__name__ == expected


@pytest.mark.sqlite
def test_the_stores_connections_are_of_the_chosen_library(store: Store):
    with store.read() as conn:
        assert isinstance(conn.connection.dbapi_connection, sqlite_module().Connection)


@pytest.mark.sqlite
def test_the_stores_connections_are_safe_and_durable(store: Store):
    with store.read() as conn:
        found = {
            name: conn.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in (
                "journal_mode",
                "synchronous",
                "foreign_keys",
                "trusted_schema",
                "recursive_triggers",
                "query_only",
            )
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "recursive_triggers": 1,
        "query_only": 1,
    }


@pytest.mark.parametrize("target", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/x"])
def test_a_store_is_a_file_or_a_postgresql_database(target: str):
    with pytest.raises(ValueError, match="SQLite file or a PostgreSQL"):
        Store.open(target)


def test_on_an_old_library_writers_of_all_processes_take_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(driver, "sqlite_version", lambda: (3, 40, 1))
    database = tmp_path / "db"
    with writer_turn(database, 1):
        with pytest.raises(WriterTurnTimeout), writer_turn(database, 0.02):
            pass
    with writer_turn(database, 0.02):
        assert (tmp_path / "db.writer.lock").exists()


def test_on_a_repaired_library_no_turn_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(driver, "sqlite_version", lambda: (3, 53, 4))
    with writer_turn(tmp_path / "db", 1), writer_turn(tmp_path / "db", 0.02):
        assert not (tmp_path / "db.writer.lock").exists()


@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.skipif(os.environ.get("TRACKER_SQLITE") == "stdlib", reason="this is that run")
def test_the_store_keeps_its_promises_on_the_standard_librarys_sqlite():
    """Where pysqlite3 has no wheel. The whole folder again, in a process that may not use it."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/integration/store"]
    environment = {**os.environ, "TRACKER_SQLITE": "stdlib"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
