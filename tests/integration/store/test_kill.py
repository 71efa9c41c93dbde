"""SIGKILL at any moment: what was acknowledged is there, once; what was not can be tried again under its key."""

import itertools
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.integration.store.people import add_person, request
from tracker.store import audit
from tracker.store.driver import sqlite_module
from tracker.store.engine import Store
from tracker.store.migrations import migrate
from tracker.store.tables import event, idempotency, person, revision

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.sqlite


@contextmanager
def writer(target: str, mode: str) -> Iterator[Iterator[str]]:
    """A writer process; gives its lines, and kills it without warning at the end."""
    command = [sys.executable, "-m", "tests.integration.store.writer_process", target, mode]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield (line.strip() for line in process.stdout)
        process.send_signal(signal.SIGKILL)
        # Lines that it wrote before it died are acknowledgements too.
    finally:
        process.kill()
        process.wait(60)
        process.stdout.close()


def keys_in(store: Store) -> set[str]:
    with store.read() as conn:
        return set(conn.execute(select(idempotency.c.key)).scalars())


def whole(store: Store) -> int:
    """Assert that rows, keys, revision and chain agree; the number of writes."""
    with store.read() as conn:
        people, keys, events = (
            conn.execute(select(func.count()).select_from(table)).scalar_one() for table in (person, idempotency, event)
        )
        bumped = conn.execute(select(revision.c.n).where(revision.c.topic == "person")).scalar_one()
        assert audit.verify(conn) == []
    assert people == keys == events == bumped
    return people


def acknowledged_then_killed(target: str, mode: str) -> set[str]:
    with writer(target, mode) as lines:
        return set(itertools.takewhile(lambda line: line != "done", lines))


def test_a_hundred_acknowledged_writes_survive_a_migration_a_dashboard_read_and_a_kill(tmp_path: Path):
    target = str(tmp_path / "milepost.sqlite3")
    acknowledged = acknowledged_then_killed(target, "steady")
    assert len(acknowledged) == 100
    store = Store.open(target)
    assert keys_in(store) == acknowledged
    assert whole(store) == 100
    store.dispose()


@pytest.mark.skipif(find_spec("pysqlite3") is None or sqlite_module().__name__ == "sqlite3", reason="needs two SQLite libraries")
def test_the_same_with_a_second_library_in_the_process_loses_them(tmp_path: Path):
    """The control: this harness can see the loss, so the test above means something."""
    target = str(tmp_path / "milepost.sqlite3")
    acknowledged = acknowledged_then_killed(target, "stray")
    assert len(acknowledged) == 100
    store = Store.open(target)
    assert len(keys_in(store)) < 100
    store.dispose()


def test_a_kill_among_four_writers_loses_nothing_doubles_nothing_and_keys_settle_the_rest(tmp_path: Path):
    target = str(tmp_path / "milepost.sqlite3")
    tried, acknowledged = set(), set()
    for at_line in (25, 60, 95, 130, 166):  # killed in the middle of things, at another place each round
        with writer(target, "crowd") as lines:
            said = [line.split() for line in itertools.islice(lines, at_line)]
        tried |= {key for word, key in said if word == "try"}
        acknowledged |= {key for word, key in said if word == "ack"}
    store = Store.open(target)
    assert acknowledged <= keys_in(store)
    whole(store)
    for key in tried - acknowledged:  # outcome unknown to the one who asked
        store.write(request(key), add_person(key))
    assert tried <= keys_in(store)
    whole(store)
    store.dispose()


def test_a_kill_leaves_a_database_that_migrates_and_writes_at_once(tmp_path: Path):
    target = str(tmp_path / "milepost.sqlite3")
    with writer(target, "crowd") as lines:
        next(lines)
    store = Store.open(target)
    migrate(store)
    store.write(request("after"), add_person("after"))
    whole(store)
    store.dispose()
