"""The chain of Events: what triggers refuse, and what `verify` finds when someone got past them."""

from dataclasses import replace

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError

from tests.integration.store.people import AT, add_person, request
from tracker.store import audit
from tracker.store.engine import Store
from tracker.store.tables import event


@pytest.fixture
def ten_events(store: Store) -> Store:
    for n in range(1, 11):
        store.write(request(f"k{n}"), add_person(f"p{n}"))
    return store


def unguard(conn) -> None:
    """What an attacker with full access does first."""
    on = " ON event" if conn.dialect.name == "postgresql" else ""
    for name in sorted(audit.trigger_names(conn.dialect.name)):
        if name.startswith("event_"):
            conn.exec_driver_sql(f"DROP TRIGGER {name}{on}")


def verified(store: Store, anchor: audit.Anchor | None = None) -> list[tuple[int, str]]:
    with store.read() as conn:
        return [(found.seq, found.code) for found in audit.verify(conn, anchor) if found.code != "unguarded"]


def rehash_from(conn, first: int) -> None:
    """Rewrite the chain from `first` on so that it is consistent again."""
    prev = conn.execute(select(event.c.hash).where(event.c.seq == first - 1)).scalar_one()
    for row in conn.execute(audit._stored_rows().where(event.c.seq >= first)).all():
        new = audit.chain_hash(row.seq, prev, tuple(getattr(row, name) for name in audit._FIELDS))
        conn.execute(update(event).where(event.c.seq == row.seq).values(prev=prev, hash=new))
        prev = new


def test_an_untouched_chain_has_no_findings(ten_events: Store):
    with ten_events.read() as conn:
        assert audit.verify(conn) == []
        assert audit.head(conn)[0] == 10


def test_an_empty_chain_has_no_findings(store: Store):
    assert verified(store) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET action = 'other' WHERE seq = 3",
        "DELETE FROM event WHERE seq = 10",
        "DELETE FROM event",
        "INSERT INTO event SELECT 12, at, actor_id, on_behalf_of, action, object_type, object_id, payload_json, hash,"
        " hash FROM event WHERE seq = 10",
        "INSERT INTO event SELECT 11, at, actor_id, on_behalf_of, action, object_type, object_id, payload_json, prev,"
        " hash FROM event WHERE seq = 10",
    ],
    ids=["update", "delete the last", "delete all", "leave a gap", "break the link"],
)
def test_the_triggers_refuse_everything_but_the_next_event(ten_events: Store, statement: str):
    with pytest.raises(DBAPIError, match=r"never change|after the last one"), ten_events.transaction() as conn:
        conn.execute(text(statement))
    assert verified(ten_events) == []


@pytest.mark.sqlite
def test_replacing_an_event_is_refused_too(ten_events: Store):
    with pytest.raises(DBAPIError, match=r"never change|after the last one"), ten_events.transaction() as conn:
        conn.execute(text("INSERT OR REPLACE INTO event SELECT * FROM event WHERE seq = 10"))
    assert verified(ten_events) == []


@pytest.mark.postgres
def test_truncating_the_events_is_refused(ten_events: Store):
    with pytest.raises(DBAPIError, match="never change"), ten_events.transaction() as conn:
        conn.execute(text("TRUNCATE event"))


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE event SET payload_json = '[]' WHERE seq = 4", [(4, "edited")]),
        ("UPDATE event SET payload_json = payload_json || ' ' WHERE seq = 4", [(4, "edited")]),
        ("UPDATE event SET at = '2026-08-31T01:00:00.000000Z' WHERE seq = 4", [(4, "edited")]),
        ("UPDATE event SET actor_id = 1 WHERE seq = 4", [(4, "edited")]),
        ("UPDATE event SET hash = prev WHERE seq = 4", [(4, "edited"), (5, "broken_link")]),
        ("DELETE FROM event WHERE seq = 4", [(5, "missing")]),
        ("DELETE FROM event WHERE seq = 1", [(2, "missing")]),
    ],
    ids=["payload", "one space", "time", "actor", "own hash", "deleted", "first deleted"],
)
def test_a_change_behind_the_triggers_is_found_where_it_happened(ten_events: Store, statement: str, found: list):
    with ten_events.transaction() as conn:
        unguard(conn)
        conn.execute(text(statement))
    assert verified(ten_events) == found


def test_two_events_that_changed_places_are_found(ten_events: Store):
    with ten_events.transaction() as conn:
        unguard(conn)
        for old, new in ((4, 99), (5, 4), (99, 5)):
            conn.execute(update(event).where(event.c.seq == old).values(seq=new))
    assert {(4, "edited"), (5, "edited"), (4, "broken_link"), (5, "broken_link")} <= set(verified(ten_events))


def test_a_cut_tail_is_found_only_with_an_anchor(ten_events: Store):
    with ten_events.read() as conn:
        kept = audit.anchor(conn, AT)
    with ten_events.transaction() as conn:
        unguard(conn)
        conn.execute(text("DELETE FROM event WHERE seq > 7"))
    assert verified(ten_events) == []
    assert verified(ten_events, kept) == [(8, "cut_tail")]


def test_a_chain_rehashed_to_its_end_is_found_only_with_an_anchor(ten_events: Store):
    with ten_events.read() as conn:
        kept = audit.anchor(conn, AT)
    with ten_events.transaction() as conn:
        unguard(conn)
        conn.execute(text("UPDATE event SET payload_json = '{}' WHERE seq = 4"))
        rehash_from(conn, 4)
    assert verified(ten_events) == []
    assert verified(ten_events, kept) == [(10, "rehashed")]


def test_an_anchor_stays_true_while_the_chain_grows(ten_events: Store):
    with ten_events.read() as conn:
        kept = audit.anchor(conn, AT)
    ten_events.write(request("later"), add_person("later"))
    assert verified(ten_events, kept) == []
    assert verified(ten_events, replace(kept, head="0" * 64)) == [(10, "rehashed")]


def test_missing_triggers_are_reported(ten_events: Store):
    with ten_events.transaction() as conn:
        unguard(conn)
    with ten_events.read() as conn:
        assert {found.code for found in audit.verify(conn)} == {"unguarded"}


def test_an_absent_actor_and_an_empty_one_do_not_hash_alike():
    assert audit.chain_hash(1, audit.GENESIS, (None, "")) != audit.chain_hash(1, audit.GENESIS, ("", None))
    assert audit.chain_hash(1, audit.GENESIS, ("ab", "c")) != audit.chain_hash(1, audit.GENESIS, ("a", "bc"))


def test_a_submitted_version_never_changes(store: Store):
    names = audit.trigger_names("postgresql" if store.is_postgres else "sqlite")
    assert {"report_version_no_update", "report_version_no_delete"} <= names
    with store.read() as conn:
        assert audit.missing_triggers(conn) == []


def test_an_event_that_is_not_the_next_one_cannot_be_inserted_even_first(store: Store):
    row = {"seq": 2, "at": AT, "action": "x", "object_type": "x", "object_id": "1", "payload_json": "{}"}
    with pytest.raises(DBAPIError), store.transaction() as conn:
        conn.execute(insert(event).values(prev=audit.GENESIS, hash="0" * 64, **row))
