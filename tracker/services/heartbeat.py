"""Signs of life: each worker leaves the time of its last look, and the health page and `/healthz` read it.

The instants are the machine's own, also in a demo whose clock stands still.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from tracker.services import policy
from tracker.services.assignments import LeftBehind, left_with_the_gone
from tracker.services.context import Context
from tracker.services.policy import INSTALLATION, Act
from tracker.store import doctor, q_alerts
from tracker.store.driver import keeps_commits, sqlite_version
from tracker.store.engine import Store
from tracker.store.tables import heartbeat
from tracker.store.writing import Tx

RAISES, SENDS, DAILY = "worker", "deliver", "daily"
"""The names of the signs of life: of the looks, which `/healthz` tells of, of the deliveries, and of what is done once a day."""

STALE_AFTER = timedelta(seconds=90)
"""Three looks of thirty seconds: then the worker is taken to have stopped."""


@dataclass(frozen=True)
class Pulse:
    """One worker's last signs of life. `age` is by the machine's clock; `error` belongs to the last look."""

    name: str
    host: str
    last_look_at: datetime
    last_ok_at: datetime | None
    error: str
    counts: dict[str, int]
    age: timedelta

    @property
    def is_fresh(self) -> bool:
        return self.age <= STALE_AFTER and not self.error


@dataclass(frozen=True)
class Health:
    """What an administrator looks at: workers, outbox, database, and what lies with people who are gone."""

    pulses: tuple[Pulse, ...]
    mails: dict[str, int]
    database: str
    sqlite: str
    sqlite_is_safe: bool
    database_bytes: int
    remarks: tuple[doctor.Remark, ...]
    left_behind: tuple[LeftBehind, ...] = ()

    @property
    def worker_is_alive(self) -> bool:
        """Whether any worker has looked lately, with or without success."""
        return any(pulse.age <= STALE_AFTER for pulse in self.pulses if pulse.name == RAISES)


def beat(store: Store, *, name: str, host: str, at: datetime, error: str = "", counts: Mapping[str, int] | None = None) -> None:
    """Leave a sign of life at `at` (the machine's clock). An empty `error` means that the look went well."""

    def body(tx: Tx) -> None:
        values = {"last_look_at": at, "last_error": error[:500], "counts_json": dict(counts or {})}
        if not error:
            values["last_ok_at"] = at
        tx.put(heartbeat, {"name": name, "host": host}, values)

    store.write_quiet(at, body)


def health(ctx: Context, *, wall: datetime) -> Health:
    """The state of the installation at `wall`, the machine's clock. Administrators."""
    policy.authorise(ctx.viewer, Act.SEE_HEALTH, INSTALLATION)
    with ctx.store.read() as conn:
        rows = conn.execute(select(heartbeat).order_by(heartbeat.c.last_look_at.desc())).all()
        mails = q_alerts.mail_counts(conn)
        size = _database_bytes(ctx.store, conn)
        gone = left_with_the_gone(conn, ctx.today)
    return Health(
        pulses=tuple(Pulse(r.name, r.host, r.last_look_at, r.last_ok_at, r.last_error, r.counts_json, wall - r.last_look_at) for r in rows),
        mails=mails,
        database="PostgreSQL" if ctx.store.is_postgres else "SQLite",
        sqlite="" if ctx.store.is_postgres else ".".join(map(str, sqlite_version())),
        sqlite_is_safe=ctx.store.is_postgres or keeps_commits(sqlite_version()),
        database_bytes=size,
        remarks=tuple(doctor.examine(ctx.store)),
        left_behind=gone,
    )


def _database_bytes(store: Store, conn: Connection) -> int:
    if store.path is None:
        return conn.execute(select(func.pg_database_size(func.current_database()))).scalar_one()
    log = store.path.with_name(store.path.name + "-wal")
    return store.path.stat().st_size + (log.stat().st_size if log.exists() else 0)
