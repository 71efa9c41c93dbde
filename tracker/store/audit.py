"""The audit trail: append-only Events, each holding the hash of the one before it.

`hash = SHA-256(tag ‖ seq ‖ prev ‖ each field with its length)`, over the very text that is stored. Triggers
refuse UPDATE, DELETE and an INSERT that is not the next one; who can drop triggers can still write, and then `verify`
finds any edit, deletion or reordering. A cut tail, or a chain re-hashed to its end, is a consistent chain: only
an `Anchor` kept where the writer cannot reach it (a mail, a backup manifest, a printed report) finds those.

Order is `seq`; the instants are information, since a clock can jump. Payloads hold ids, non-personal values and hashes,
never personal text: the chain can never be edited, so erasing a person must not need it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, cast, select, text, type_coerce

from tracker.store.bulk import insert_rows
from tracker.store.tables import event
from tracker.store.types import instant_text, json_text

GENESIS = "0" * 64
"""What the first Event has for its predecessor's hash."""

_TAG = b"milepost-event-v1"
_FIELDS = ("at", "actor_id", "on_behalf_of", "action", "object_type", "object_id", "payload_json")
_CHAIN_LOCK = 7_301_942_118  # any constant; PostgreSQL's advisory lock of the chain


@dataclass(frozen=True)
class Anchor:
    """The state of the chain at one moment: `n` Events, the last with hash `head`, seen `at` (aware UTC)."""

    n: int
    head: str
    at: datetime


@dataclass(frozen=True)
class Finding:
    """One thing wrong with the chain. `code`: edited, missing, broken_link, cut_tail, rehashed, unguarded."""

    seq: int
    code: str
    detail: str


def chain_hash(seq: int, prev: str, fields: tuple[str | None, ...]) -> str:
    """The hash of one Event from its number, its predecessor's hash and its stored texts (None is not "")."""
    digest = hashlib.sha256(_TAG)
    digest.update(seq.to_bytes(8, "big"))
    digest.update(bytes.fromhex(prev))
    for field in fields:
        raw = b"" if field is None else field.encode()
        digest.update((2**64 - 1 if field is None else len(raw)).to_bytes(8, "big"))
        digest.update(raw)
    return digest.hexdigest()


def append(
    conn: Connection,
    *,
    at: datetime,
    actor_id: int | None,
    on_behalf_of: int | None,
    action: str,
    object_type: str,
    object_id: str,
    payload: dict[str, Any],
) -> int:
    """Add the next Event inside the caller's transaction, as its last statement, and return its number."""
    things = [(object_type, object_id, payload)]
    return append_each(conn, at=at, actor_id=actor_id, on_behalf_of=on_behalf_of, action=action, things=things)


def append_each(
    conn: Connection,
    *,
    at: datetime,
    actor_id: int | None,
    on_behalf_of: int | None,
    action: str,
    things: Sequence[tuple[str, str, dict[str, Any]]],
) -> int:
    """The same for one act at several things (type, id, payload), an Event each, in their order. Returns the number of the last."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CHAIN_LOCK})
    seq, prev = head(conn)
    who, rows = (instant_text(at), _id(actor_id), _id(on_behalf_of)), []
    same = {"at": at, "actor_id": actor_id, "on_behalf_of": on_behalf_of, "action": action}
    for object_type, object_id, payload in things:
        seq, payload_text = seq + 1, json_text(payload)
        now = chain_hash(seq, prev, (*who, action, object_type, object_id, payload_text))
        thing = {"object_type": object_type, "object_id": object_id, "payload_json": payload_text}
        rows.append({"seq": seq, "prev": prev, "hash": now, **same, **thing})
        prev = now
    insert_rows(conn, event, rows)
    return seq


def head(conn: Connection) -> tuple[int, str]:
    """The number and hash of the last Event; `(0, GENESIS)` when there is none."""
    row = conn.execute(select(event.c.seq, event.c.hash).order_by(event.c.seq.desc()).limit(1)).first()
    return (row.seq, row.hash) if row else (0, GENESIS)


def anchor(conn: Connection, at: datetime) -> Anchor:
    """What to keep elsewhere so that a later `verify` also finds a cut tail or a re-hashed chain."""
    n, last = head(conn)
    return Anchor(n, last, at)


def verify(conn: Connection, anchor: Anchor | None = None) -> list[Finding]:
    """Everything that is wrong with the chain, in order; an empty list means it is whole.

    With an `anchor` it also compares the chain with what it was then. Missing triggers are reported too.
    """
    findings = [Finding(0, "unguarded", f"trigger {name} is missing") for name in missing_triggers(conn)]
    expected_seq, prev, at_anchor = 1, GENESIS, GENESIS
    for row in conn.execute(_stored_rows(), execution_options={"yield_per": 2000}):
        if row.seq != expected_seq:
            findings.append(Finding(row.seq, "missing", f"events {expected_seq} to {row.seq - 1} are missing"))
        elif row.prev != prev:
            findings.append(Finding(row.seq, "broken_link", "does not continue the event before it"))
        if not _hash_holds(row):
            findings.append(Finding(row.seq, "edited", "its content does not have the hash that was recorded"))
        expected_seq, prev = row.seq + 1, row.hash
        if anchor and row.seq == anchor.n:
            at_anchor = row.hash
    if anchor and expected_seq <= anchor.n:
        findings.append(Finding(expected_seq, "cut_tail", f"events {expected_seq} to {anchor.n} are gone"))
    elif anchor and at_anchor != anchor.head:
        findings.append(Finding(anchor.n, "rehashed", "the chain up to here is not the one that was anchored"))
    return findings


def _stored_rows() -> Any:
    # The stored texts themselves, not what they parse to: a changed space in a payload is a change.
    ids = [cast(event.c[name], Text).label(name) for name in ("actor_id", "on_behalf_of")]
    texts = [type_coerce(event.c[name], Text).label(name) for name in _FIELDS if name not in ("actor_id", "on_behalf_of")]
    return select(event.c.seq, event.c.prev, event.c.hash, *ids, *texts).order_by(event.c.seq)


def _hash_holds(row: Any) -> bool:
    try:
        return row.hash == chain_hash(row.seq, row.prev, tuple(getattr(row, name) for name in _FIELDS))
    except (ValueError, OverflowError):  # a number or a predecessor's hash that no writer of ours could have stored
        return False


def _id(value: int | None) -> str | None:
    return None if value is None else str(value)


# --- Triggers ---

_APPEND_ONLY = ("event", "report_version")

_SQLITE_NEXT = f"""
CREATE TRIGGER event_only_next BEFORE INSERT ON event
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM event)
  OR NEW.prev IS NOT coalesce((SELECT hash FROM event ORDER BY seq DESC LIMIT 1), '{GENESIS}')
BEGIN SELECT raise(ABORT, 'an event is only ever added after the last one'); END
"""  # noqa: S608  (constants only)

_POSTGRES_REFUSE = """
CREATE FUNCTION milepost_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'rows of this table never change' USING ERRCODE = 'integrity_constraint_violation'; END $$
"""

_POSTGRES_NEXT = f"""
CREATE FUNCTION milepost_only_next() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.seq IS DISTINCT FROM (SELECT coalesce(max(seq), 0) + 1 FROM event)
     OR NEW.prev IS DISTINCT FROM coalesce((SELECT hash FROM event ORDER BY seq DESC LIMIT 1), '{GENESIS}')
  THEN
    RAISE EXCEPTION 'an event is only ever added after the last one' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""  # noqa: S608  (constants only)


def trigger_names(dialect: str) -> frozenset[str]:
    """The triggers that must exist on `dialect` ("sqlite" or "postgresql")."""
    refusing = {f"{table}_no_{verb}" for table in _APPEND_ONLY for verb in ("update", "delete")}
    truncate = {f"{table}_no_truncate" for table in _APPEND_ONLY} if dialect == "postgresql" else set()
    return frozenset({"event_only_next"} | refusing | truncate)


def install_triggers(conn: Connection) -> None:
    """Create the triggers that make `event` and `report_version` append-only. For migrations.

    A migration that rebuilds one of these tables (Alembic's batch mode) drops them silently and must call this again.
    """
    if conn.dialect.name == "postgresql":
        _install_postgres(conn)
        return
    for table in _APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            conn.exec_driver_sql(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                "BEGIN SELECT raise(ABORT, 'rows of this table never change'); END"
            )
    conn.exec_driver_sql(_SQLITE_NEXT)


def _install_postgres(conn: Connection) -> None:
    conn.exec_driver_sql(_POSTGRES_REFUSE)
    conn.exec_driver_sql(_POSTGRES_NEXT)
    for table in _APPEND_ONLY:
        for verb, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            conn.exec_driver_sql(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} FOR EACH {each} EXECUTE FUNCTION milepost_refuse()"
            )
    conn.exec_driver_sql("CREATE TRIGGER event_only_next BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION milepost_only_next()")


def remove_triggers(conn: Connection) -> None:
    """Drop what is left of the triggers, so that `install_triggers` can make them all. For migrations, inside their transaction."""
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql("DROP FUNCTION IF EXISTS milepost_refuse, milepost_only_next CASCADE")
        return
    for name in sorted(trigger_names("sqlite")):
        conn.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")


def missing_triggers(conn: Connection) -> list[str]:
    """Names of the triggers that must exist and do not (or are disabled, on PostgreSQL)."""
    sql = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        if conn.dialect.name == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    present = set(conn.execute(text(sql)).scalars())
    return sorted(trigger_names(conn.dialect.name) - present)
