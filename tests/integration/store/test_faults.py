"""A full disk, a busy database, a lost connection: a clear error or a silent retry, never half a write."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy import event as hooks
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from tests.integration.store.people import add_person, request
from tracker.store import audit
from tracker.store.driver import sqlite_module
from tracker.store.engine import Store
from tracker.store.tables import idempotency, person, setting
from tracker.store.writing import Busy, NoRoom, Tx


def counts(store: Store) -> tuple[int, int, int]:
    with store.read() as conn:
        people, keys = (conn.execute(select(func.count()).select_from(table)).scalar_one() for table in (person, idempotency))
        assert audit.verify(conn) == []
        return people, keys, audit.head(conn)[0]


def writes_until_full(store: Store) -> int:
    """Write until there is no room; how many writes were acknowledged."""
    for saved in range(1000):
        try:
            store.write(request(f"k{saved}"), add_person(f"p{saved}" + "x" * 500))
        except NoRoom:
            return saved
    raise AssertionError("the disk was never full")


def with_pragma(store: Store, pragma: str) -> Store:
    """The same database, where every connection first runs `pragma`."""
    store.dispose()
    other = Store.open(store.path)
    hooks.listen(other.engine, "connect", lambda raw, _entry: raw.execute(f"PRAGMA {pragma}"))
    return other


@pytest.mark.sqlite
def test_a_full_disk_stops_a_write_whole_and_the_same_key_works_when_there_is_room(store: Store):
    with store.read() as conn:
        pages = conn.execute(sa.text("PRAGMA page_count")).scalar_one()
    full = with_pragma(store, f"max_page_count={pages + 12}")
    saved = writes_until_full(full)
    assert saved > 0
    assert counts(full) == (saved, saved, saved)
    roomy = with_pragma(full, "max_page_count=1000000")
    roomy.write(request(f"k{saved}"), add_person(f"p{saved}"))
    assert counts(roomy) == (saved + 1, saved + 1, saved + 1)
    roomy.dispose()


@pytest.mark.sqlite
def test_another_process_that_holds_the_database_makes_a_writer_busy_not_wrong(store: Store):
    impatient = with_pragma(store, "busy_timeout=50")
    other = sqlite_module().connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Busy):
        impatient.write(request("k1"), add_person("ada"))
    assert counts(impatient) == (0, 0, 0)
    other.execute("ROLLBACK")
    other.close()
    assert impatient.write(request("k1"), add_person("ada"))["id"] == 1
    impatient.dispose()


@pytest.mark.postgres
def test_a_connection_lost_in_the_middle_is_retried_under_the_same_key(store: Store):
    lost = []

    def body(tx: Tx) -> dict:
        result = add_person("ada")(tx)
        if not lost:
            lost.append(1)
            tx.conn.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return result

    assert store.write(request("k1"), body)["id"] > 0
    assert counts(store) == (1, 1, 1)


@pytest.mark.postgres
def test_a_lock_held_too_long_makes_a_writer_busy(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tracker.store.engine.WAIT_SECONDS", 0.1)
    ada = store.write(request("k1"), add_person("ada"))["id"]

    def rename(tx: Tx) -> dict:
        tx.update_versioned(person, ada, 1, name="示範二")
        tx.record("person", ada, {})
        return {}

    with store.engine.connect() as holder:
        holder.exec_driver_sql("ROLLBACK; BEGIN")  # the store's connections begin read-only
        holder.execute(select(person).with_for_update())
        with pytest.raises(Busy):
            store.write(request("k2"), rename)
    assert store.write(request("k2"), rename) == {}


def test_a_broken_constraint_is_the_bodys_own_error_and_leaves_nothing(store: Store):
    store.write(request("k1"), add_person("ada"))
    with pytest.raises(sa.exc.IntegrityError):
        store.write(request("k2"), add_person("ada"))
    assert counts(store) == (1, 1, 1)


def test_a_row_that_names_a_missing_one_is_refused(store: Store):
    with pytest.raises(sa.exc.IntegrityError):
        store.write(request("k1", actor_id=4711), add_person("ada"))
    assert counts(store) == (0, 0, 0)


def test_what_somebody_wrote_never_stands_in_an_error_of_the_database(store):
    def body(tx: Tx) -> None:
        for _ in range(2):
            tx.insert(setting, key="same", value_json="salary 88,000")

    with pytest.raises(IntegrityError) as refused:
        store.write_quiet(datetime(2026, 9, 1, tzinfo=UTC), body)
    own_words = str(refused.value).split("DETAIL")[0]  # PostgreSQL adds the key itself, never the rest of the row
    assert "88,000" not in own_words
