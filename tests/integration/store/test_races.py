"""Many at once: real threads on one store."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from tests.integration.store.people import AT, add_person, request
from tracker.store import audit
from tracker.store.driver import sqlite_module
from tracker.store.engine import FairLock, Store
from tracker.store.tables import event, heartbeat, person, revision, setting
from tracker.store.writing import Busy, StaleVersion, Tx


def all_at_once(n: int, act: Callable[[int], object]) -> list[object]:
    """Run `act(0)` … `act(n-1)` in threads that start together; what each returned."""
    start = threading.Barrier(n)

    def run(number: int) -> object:
        start.wait()
        return act(number)

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(run, range(n)))


def test_sixteen_clicks_with_one_key_have_one_effect_and_one_answer(store: Store):
    ran = []

    def body(tx: Tx) -> dict:
        ran.append(1)
        return add_person("ada")(tx)

    answers = all_at_once(16, lambda _: store.write(request("one-click"), body))
    with store.read() as conn:
        people = conn.execute(select(func.count()).select_from(person)).scalar_one()
        assert (people, audit.head(conn)[0], audit.verify(conn)) == (1, 1, [])
    assert answers == [answers[0]] * 16
    assert len(ran) == 1


def test_eight_editors_of_one_version_are_one_winner_and_seven_told(store: Store):
    ada = store.write(request("k1"), add_person("ada"))["id"]

    def edit(number: int) -> str:
        def body(tx: Tx) -> dict:
            tx.update_versioned(person, ada, 1, name=f"示範 {number}")
            tx.record("person", ada, {"by": number})
            return {}

        try:
            store.write(request(f"edit-{number}"), body)
        except StaleVersion:
            return "stale"
        return "saved"

    assert Counter(all_at_once(8, edit)) == {"saved": 1, "stale": 7}
    with store.read() as conn:
        assert conn.execute(select(person.c.version)).scalar_one() == 2
        assert (audit.head(conn)[0], audit.verify(conn)) == (2, [])


def test_writers_of_different_things_all_succeed_on_one_chain(store: Store):
    all_at_once(12, lambda n: [store.write(request(f"k{n}-{i}"), add_person(f"p{n}-{i}")) for i in range(5)])
    with store.read() as conn:
        assert (audit.head(conn)[0], audit.verify(conn)) == (60, [])
        assert conn.execute(select(revision.c.n).where(revision.c.topic == "person")).scalar_one() == 60


def test_writers_who_share_no_row_and_no_topic_still_make_one_chain(store: Store):
    def act(number: int) -> None:
        def body(tx: Tx) -> dict:
            tx.insert(setting, key=f"s{number}-{len(ran)}", value_json=number)
            ran.append(number)
            tx.record(f"setting-{number}", number, {})
            return {}

        for turn in range(5):
            store.write(request(f"k{number}-{turn}"), body)

    ran: list[int] = []
    all_at_once(8, act)
    with store.read() as conn:
        assert (audit.head(conn)[0], audit.verify(conn)) == (40, [])


def test_a_reader_is_not_held_up_by_a_writer(store: Store):
    inside, done = threading.Event(), threading.Event()

    def body(tx: Tx) -> dict:
        result = add_person("ada")(tx)
        inside.set()
        assert done.wait(60)
        return result

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(store.write, request("k1"), body)
        assert inside.wait(60)
        with store.read() as conn:
            assert conn.execute(select(func.count()).select_from(event)).scalar_one() == 0
        done.set()
        assert writing.result(60)["id"] == 1


@pytest.mark.postgres
def test_two_that_wait_for_each_other_are_both_done_in_the_end(store: Store):
    ids = [store.write(request(f"k{n}"), add_person(f"p{n}"))["id"] for n in (0, 1)]
    meet = threading.Barrier(2)
    ran = Counter()

    def act(number: int) -> object:
        def body(tx: Tx) -> dict:
            ran[number] += 1
            mine, other = ids[number], ids[1 - number]
            tx.conn.execute(person.update().where(person.c.id == mine).values(name=f"示範 {number}"))
            if ran[number] == 1:
                meet.wait(60)
            tx.conn.execute(person.update().where(person.c.id == other).values(name=f"示範 {number}"))
            tx.record("person", mine, {})
            return {"number": number}

        return store.write(request(f"deadlock-{number}"), body)

    assert all_at_once(2, act) == [{"number": 0}, {"number": 1}]
    assert sorted(ran.values()) == [1, 2]
    with store.read() as conn:
        assert (audit.head(conn)[0], audit.verify(conn)) == (4, [])


def test_the_fair_lock_serves_in_the_order_of_arrival():
    lock, served = FairLock(), []
    assert lock.acquire(1)
    threads = []
    for number in range(5):
        thread = threading.Thread(target=lambda n=number: (lock.acquire(60), served.append(n), lock.release()))
        thread.start()
        threads.append(thread)
        while len(lock._waiting) < number + 1:  # each stands in the queue before the next one comes
            time.sleep(0.001)
    lock.release()
    for thread in threads:
        thread.join()
    assert served == [0, 1, 2, 3, 4]


def test_the_fair_lock_can_be_given_up_on_and_still_works():
    lock = FairLock()
    assert lock.acquire(1)
    assert not lock.acquire(0.01)
    lock.release()
    assert lock.acquire(0.01)


@pytest.mark.sqlite
def test_a_writer_that_waits_too_long_is_told_busy_and_nothing_is_lost(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tracker.store.engine.WAIT_SECONDS", 0.05)
    with store.transaction(), ThreadPoolExecutor(1) as pool:
        with pytest.raises(Busy, match="of this process"):  # our queue, not SQLite's polling
            pool.submit(store.write, request("k1"), add_person("ada")).result(60)
    assert store.write(request("k1"), add_person("ada")) == {"id": 1}


@pytest.mark.sqlite
def test_a_write_holds_the_database_from_its_first_moment(store: Store):
    """Else one that reads before it writes would fail at once when another process has committed in between."""
    other = sqlite_module().connect(store.path, isolation_level=None, timeout=0)
    with store.transaction(), pytest.raises(sqlite_module().OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


def test_quiet_writes_from_many_threads_all_arrive(store: Store):
    def beat(number: int) -> None:
        store.write_quiet(
            AT,
            lambda tx: tx.conn.execute(heartbeat.insert().values(name="worker", host=f"h{number}", last_look_at=tx.at, counts_json={})),
        )

    all_at_once(8, beat)
    with store.read() as conn:
        assert conn.execute(select(func.count()).select_from(heartbeat)).scalar_one() == 8
