"""The smallest real write for these tests: one fictional person."""

from collections.abc import Callable
from datetime import UTC, datetime

from tracker.store.tables import person
from tracker.store.writing import Tx, WriteRequest

AT = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)  # a Tuesday


def request(key: str, *, actor_id: int | None = None) -> WriteRequest:
    """A request by `actor_id` (None: the system) under `key`."""
    return WriteRequest(actor_id=actor_id, on_behalf_of=None, action="person.add", key=key, at=AT)


def add_person(who: str) -> Callable[[Tx], dict[str, int]]:
    """A body that adds one person and records her id."""

    def body(tx: Tx) -> dict[str, int]:
        new = tx.insert(person, email=f"{who}@example.invalid", name=f"示範 {who}", active=True, created_at=tx.at)
        tx.record("person", new, {"id": new})
        return {"id": new}

    return body
