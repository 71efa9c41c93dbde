"""The one way to change the system of record: one request, one transaction, one Event, one effect.

`write` holds the order that makes it safe: the idempotency key is claimed first (a second click waits for the first and
then gets its result), the body changes rows, exactly one Event is recorded, the revisions of the touched topics are
bumped, the Event joins the hash chain last (so that PostgreSQL writers hold the chain only for a moment), commit.
Authorisation is the caller's: services authorise before they call, with reads of their own or inside the body.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Table, bindparam, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from tracker.store import audit
from tracker.store.tables import idempotency
from tracker.store.types import json_text

if TYPE_CHECKING:
    from tracker.store.engine import Store

Result = TypeVar("Result")

_ATTEMPTS = 3
_PAUSE_SECONDS = 0.05

_BUMP = text("INSERT INTO revision (topic, n) VALUES (:topic, 1) ON CONFLICT (topic) DO UPDATE SET n = revision.n + 1")
_CLAIM = text(
    "INSERT INTO idempotency (key, actor_id, action, fingerprint, result_json, at)"
    " VALUES (:key, :actor_id, :action, :fingerprint, 'null', :at) ON CONFLICT (key) DO NOTHING"
).bindparams(bindparam("at", type_=idempotency.c.at.type))


class StoreError(Exception):
    """Nothing was changed; the reason is the class."""


class StaleVersion(StoreError):
    """The row was changed (or removed) since the version that the editor saw."""


class KeyReused(StoreError):
    """The idempotency key was used before, by someone else or for other content."""


class Busy(StoreError):
    """The turn to write did not come in time; trying again later is safe."""


class NoRoom(StoreError):
    """The disk is full or failed; the transaction was rolled back whole."""


class Unchanged(Exception):
    """Raised by a body where all of it is so already: nothing is written or recorded, the key stays free, `write` returns `result`."""

    def __init__(self, **result: Any) -> None:
        super().__init__()
        self.result = result


@dataclass(frozen=True)
class WriteRequest:
    """Who does what, when, and under which key.

    `actor_id` and `on_behalf_of` are person ids (None: the system itself); `action` is a dotted or snake_case verb;
    `key` is made when the form opens (uuid4 hex) and is the same for every click on it; `at` is an aware instant;
    `fingerprint` is a hash of the content, so that a key cannot be spent on something else.
    """

    actor_id: int | None
    on_behalf_of: int | None
    action: str
    key: str
    at: datetime
    fingerprint: str = ""


class Tx:
    """What a body gets: the connection inside the transaction, and the few things it may do beside plain statements."""

    def __init__(self, conn: Connection, at: datetime) -> None:
        self.conn = conn
        self.at = at
        self.topics: set[str] = set()
        self.recorded: list[tuple[str, str, dict[str, Any]]] = []

    def record(self, object_type: str, object_id: int | str, payload: dict[str, Any]) -> None:
        """Say what happened, exactly once per write (with `each` once for each thing). It also touches the topic `object_type`.

        `payload` holds ids, old and new values of non-personal fields, and SHA-256 of texts and files; never a name, an
        address or a text that someone wrote: the chain can never be edited, so erasing a person must not need it.
        """
        self.recorded.append((object_type, str(object_id), payload))
        self.topics.add(object_type)

    def touch(self, *topics: str) -> None:
        """Bump the revision of these topics when the transaction commits: caches keyed by them are then stale."""
        self.topics.update(topics)

    def insert(self, table: Table, **values: Any) -> int:
        """Insert one row and return its primary key."""
        return self.conn.execute(insert(table).values(**values)).inserted_primary_key[0]

    def put(self, table: Table, place: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Insert one row, or set `values` in the one that has these unique columns already; two who are the first at once both succeed."""
        self.conn.execute(
            inserting(self.conn, table).values(**place, **values).on_conflict_do_update(index_elements=[*place], set_=dict(values))
        )

    def stands(self, table: Table, row_id: int, expected_version: int | None = None, **values: Any) -> bool:
        """Whether a row says all of this already, in the version that the editor saw: saving it again would change nothing.

        `expected_version` None: whatever its version. A row of another version is left to `update_versioned`, which refuses it. Locks the
        row, so that nobody changes it before the transaction ends.
        """
        row = self.conn.execute(select(table).where(table.c.id == row_id).with_for_update()).mappings().one_or_none()
        if row is None or (expected_version is not None and row["version"] != expected_version):
            return False
        return all(row[name] == value for name, value in values.items())

    def update_versioned(self, table: Table, row_id: int, expected_version: int, **values: Any) -> int:
        """Change one row if it still has the version that the editor saw, and return its new version.

        Raises StaleVersion otherwise: the editor's text must then be kept and shown beside the other one.
        """
        changed = self.conn.execute(
            update(table).where(table.c.id == row_id, table.c.version == expected_version).values(**values, version=expected_version + 1)
        )
        if changed.rowcount != 1:
            raise StaleVersion(f"{table.name} {row_id} is no longer at version {expected_version}")
        return expected_version + 1


def inserting(conn: Connection, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT (`on_conflict_do_update`, `on_conflict_do_nothing`), in the words of the engine behind `conn`."""
    return (postgresql if conn.dialect.name == "postgresql" else sqlite).insert(table)


def write(store: "Store", request: WriteRequest, body: Callable[[Tx], dict[str, Any] | None], *, each: bool = False) -> dict[str, Any]:
    """Run `body` in one transaction under `request.key`, and return its result as JSON gives it back.

    A key that was spent on the same actor, action and fingerprint returns the stored result without running the body.
    The body may run again after a serialisation error, a deadlock or a lost connection (at most three times), so it
    changes nothing but rows. Raises KeyReused, StaleVersion, Busy, NoRoom; whatever the body raises rolls all back, and `Unchanged`
    gives its result as if it had been written.
    RuntimeError: the body did not record exactly one Event. `each`: one act at several things, each of which has its own Event.
    """
    try:
        return _attempts(lambda: _write_once(store, request, body, each), after_lost_connection=True)
    except Unchanged as same:
        return json.loads(json_text(same.result))


def write_quiet(store: "Store", at: datetime, body: Callable[[Tx], Result]) -> Result:
    """Run `body` in one transaction without Event, key and replay, and return its result.

    Only for technical rows that are not part of the record: drafts (audited by the hash of the submitted version, not
    by keystroke), heartbeats, leases and delivery states of the outbox, last-seen times, sign-in attempts. An Event for
    each of them would bury the record under noise and make every keystroke wait for the chain. What a person decided
    or may later be asked about always takes `write`. `touch` works as there. Not retried after a lost connection,
    since without a key nobody could tell whether it had committed.
    """
    return _attempts(lambda: _quiet_once(store, at, body), after_lost_connection=False)


def _write_once(store: "Store", request: WriteRequest, body: Callable[[Tx], dict[str, Any] | None], each: bool) -> dict[str, Any]:
    with store.transaction() as conn:
        if not _claim(conn, request):
            return _earlier_result(conn, request)
        tx = Tx(conn, request.at)
        result = json_text(body(tx) or {})
        if len(tx.recorded) != 1 and not (each and tx.recorded):
            raise RuntimeError(f"{request.action}: a write records exactly one Event, not {len(tx.recorded)}")
        conn.execute(update(idempotency).where(idempotency.c.key == request.key).values(result_json=json.loads(result)))
        _bump(tx)
        audit.append_each(
            conn,
            at=request.at,
            actor_id=request.actor_id,
            on_behalf_of=request.on_behalf_of,
            action=request.action,
            things=tx.recorded,
        )
    return json.loads(result)


def _quiet_once(store: "Store", at: datetime, body: Callable[[Tx], Result]) -> Result:
    with store.transaction() as conn:
        tx = Tx(conn, at)
        result = body(tx)
        if tx.recorded:
            raise RuntimeError("a quiet write records no Event; use write()")
        _bump(tx)
    return result


def _claim(conn: Connection, request: WriteRequest) -> bool:
    """Take the key; False when it was spent. On PostgreSQL this waits for a transaction that holds the same key."""
    claimed = conn.execute(
        _CLAIM,
        {
            "key": request.key,
            "actor_id": request.actor_id,
            "action": request.action,
            "fingerprint": request.fingerprint,
            "at": request.at,
        },
    )
    return claimed.rowcount == 1


def _earlier_result(conn: Connection, request: WriteRequest) -> dict[str, Any]:
    row = conn.execute(select(idempotency).where(idempotency.c.key == request.key)).one()
    if (row.actor_id, row.action, row.fingerprint) != (request.actor_id, request.action, request.fingerprint):
        raise KeyReused(f"{request.action}: this key was used before for something else")
    return row.result_json


def _bump(tx: Tx) -> None:
    if tx.topics:  # one order for all writers, else two of them could wait for each other
        tx.conn.execute(_BUMP, [{"topic": topic} for topic in sorted(tx.topics)])


def _attempts(once: Callable[[], Result], *, after_lost_connection: bool) -> Result:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return once()
        except DBAPIError as error:
            again = _rolled_back_by_the_server(error) or (after_lost_connection and _lost(error))
            if not again or attempt == _ATTEMPTS:
                told = _told(error)
                if told is error:
                    raise
                raise told from error
        time.sleep(_PAUSE_SECONDS * attempt)
    raise AssertionError("unreachable")


def _sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _rolled_back_by_the_server(error: DBAPIError) -> bool:
    return _sqlstate(error) in {"40001", "40P01"}


def _lost(error: DBAPIError) -> bool:
    return error.connection_invalidated or _sqlstate(error).startswith("08")


def _told(error: DBAPIError) -> Exception:
    """`error` as Busy or NoRoom where it is one of these, else itself."""
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF  # SQLite keeps the primary code in the low byte
    if code in {5, 6} or _sqlstate(error) == "55P03":
        return Busy("another process writes for too long")
    if code in {10, 13} or _sqlstate(error) in {"53100", "58030"}:
        return NoRoom("the disk is full or failed")
    return error
