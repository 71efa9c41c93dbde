"""One write: one transaction, one effect, one Event, and nothing when anything fails."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from tests.integration.store.people import AT, add_person, request
from tracker.store import audit
from tracker.store.engine import Store
from tracker.store.tables import event, idempotency, person, revision
from tracker.store.writing import KeyReused, StaleVersion, Tx, WriteRequest


def counted(store: Store, table) -> int:
    with store.read() as conn:
        return conn.execute(select(func.count()).select_from(table)).scalar_one()


def topic(store: Store, name: str) -> int | None:
    with store.read() as conn:
        return conn.execute(select(revision.c.n).where(revision.c.topic == name)).scalar_one_or_none()


def test_a_write_stores_its_rows_its_event_and_its_result(store: Store):
    result = store.write(request("k1"), add_person("ada"))
    with store.read() as conn:
        row = conn.execute(select(event)).one()
    assert (row.seq, row.action, row.object_type, row.object_id) == (1, "person.add", "person", str(result["id"]))
    assert row.at == AT
    assert counted(store, person) == 1


def test_the_same_request_again_gets_the_first_result_and_does_nothing(store: Store):
    first = store.write(request("k1"), add_person("ada"))
    assert store.write(request("k1"), add_person("somebody-else")) == first
    assert (counted(store, person), counted(store, event)) == (1, 1)


def test_the_first_result_reads_like_the_replayed_one(store: Store):
    def body(tx: Tx) -> dict:
        tx.record("setting", "x", {})
        return {"pair": (1, 2), "by_number": {1: "one"}}

    first = store.write(request("k1"), body)
    assert first == store.write(request("k1"), body) == {"pair": [1, 2], "by_number": {"1": "one"}}


@pytest.mark.parametrize(
    "other",
    [
        WriteRequest(None, None, "person.add", "k1", AT, "other content"),
        WriteRequest(None, None, "person.remove", "k1", AT, ""),
    ],
    ids=["other content", "other action"],
)
def test_a_key_spent_on_something_else_is_refused(store: Store, other: WriteRequest):
    store.write(request("k1"), add_person("ada"))
    with pytest.raises(KeyReused):
        store.write(other, add_person("bob"))
    assert counted(store, person) == 1


def test_a_key_spent_by_someone_else_is_refused(store: Store):
    ada = store.write(request("k1"), add_person("ada"))["id"]
    with pytest.raises(KeyReused):
        store.write(request("k1", actor_id=ada), add_person("bob"))


@pytest.mark.parametrize("times", [0, 2])
def test_a_write_that_does_not_record_exactly_one_event_is_rolled_back(store: Store, times: int):
    def body(tx: Tx) -> dict:
        tx.insert(person, email="x@example.invalid", name="示範", active=True, created_at=tx.at)
        for _ in range(times):
            tx.record("person", 1, {})
        return {}

    with pytest.raises(RuntimeError, match="exactly one Event"):
        store.write(request("k1"), body)
    assert [counted(store, t) for t in (person, event, idempotency, revision)] == [0, 0, 0, 0]


def test_a_body_that_raises_leaves_nothing_and_its_key_unspent(store: Store):
    def failing(tx: Tx) -> dict:
        add_person("ada")(tx)
        raise ValueError("not today")

    with pytest.raises(ValueError, match="not today"):
        store.write(request("k1"), failing)
    assert [counted(store, t) for t in (person, event, idempotency, revision)] == [0, 0, 0, 0]
    assert store.write(request("k1"), add_person("ada"))["id"] > 0


def test_a_result_that_is_not_json_is_refused_before_anything_is_stored(store: Store):
    def body(tx: Tx) -> dict:
        tx.record("setting", "x", {})
        return {"when": datetime(2026, 9, 1, tzinfo=UTC)}

    with pytest.raises(TypeError):
        store.write(request("k1"), body)
    assert counted(store, event) == 0


def test_every_write_bumps_the_topic_of_its_object_and_those_it_touched(store: Store):
    def body(tx: Tx) -> dict:
        tx.touch("dashboard")
        return add_person("ada")(tx)

    store.write(request("k1"), body)
    store.write(request("k2"), add_person("bob"))
    assert (topic(store, "person"), topic(store, "dashboard")) == (2, 1)


def test_a_quiet_write_changes_rows_without_an_event(store: Store):
    new = store.write_quiet(AT, lambda tx: tx.insert(person, email="q@example.invalid", name="示範", active=True, created_at=tx.at))
    assert new == 1
    assert (counted(store, person), counted(store, event), counted(store, idempotency)) == (1, 0, 0)


def test_a_quiet_write_may_not_record_an_event(store: Store):
    with pytest.raises(RuntimeError, match="quiet"):
        store.write_quiet(AT, lambda tx: add_person("ada")(tx))
    assert counted(store, person) == 0


def test_a_write_inside_a_write_is_a_programming_error(store: Store):
    with pytest.raises(RuntimeError, match="inside a write"):
        store.write(request("k1"), lambda tx: store.write(request("k2"), add_person("ada")))
    assert counted(store, person) == 0
    store.write(request("k3"), add_person("ada"))


def test_an_edit_of_the_version_one_saw_succeeds_and_raises_it(store: Store):
    ada = store.write(request("k1"), add_person("ada"))["id"]

    def rename(tx: Tx) -> dict:
        tx.record("person", ada, {})
        return {"version": tx.update_versioned(person, ada, 1, name="示範二")}

    assert store.write(request("k2"), rename) == {"version": 2}


def test_an_edit_of_an_older_version_is_stale_and_changes_nothing(store: Store):
    ada = store.write(request("k1"), add_person("ada"))["id"]

    def rename(tx: Tx) -> dict:
        tx.record("person", ada, {})
        tx.update_versioned(person, ada, 0, name="示範二")
        return {}

    with pytest.raises(StaleVersion):
        store.write(request("k2"), rename)
    with store.read() as conn:
        assert conn.execute(select(person.c.name, person.c.version)).one() == ("示範 ada", 1)


def test_a_reading_connection_refuses_to_write(store: Store):
    with pytest.raises(Exception, match=r"read-?only"), store.read() as conn:
        conn.execute(person.insert().values(email="x@example.invalid", name="x", active=True, created_at=AT))
    assert counted(store, person) == 0


def test_a_reader_sees_one_moment_while_others_write(store: Store):
    with store.read() as conn:
        before = audit.head(conn)
        store.write(request("k1"), add_person("ada"))
        assert audit.head(conn) == before
    with store.read() as conn:
        assert audit.head(conn)[0] == 1


def test_a_connection_that_wrote_goes_back_to_refusing(store: Store):
    for n in range(3):
        store.write(request(f"k{n}"), add_person(f"p{n}"))
        with pytest.raises(Exception, match=r"read-?only"), store.read() as conn:
            conn.execute(person.delete())
