"""Writes of the ledger of signals that end series and take them up again. `series` are (subject, since) of one condition.

Two statements and a read, however many series there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, select, update

from tracker.store.bulk import among
from tracker.store.tables import signal

_S = signal.c


def settle(conn: Connection, kind: str, series: Iterable[tuple[str, date]], at: datetime) -> int:
    """Each series as a whole: what was raised is settled, what was superseded keeps its state. Returns how many series."""
    return _change(conn, kind, series, _S.settled_at.is_(None), "raised", "settled", at)


def take_up(conn: Connection, kind: str, series: Iterable[tuple[str, date]]) -> int:
    """What was settled and holds again: the same series, so nothing is told twice; it is open again and its next step will come."""
    return _change(conn, kind, series, _S.settled_at.is_not(None), "settled", "raised", None)


def _change(
    conn: Connection, kind: str, series: Iterable[tuple[str, date]], open_: ColumnElement[bool], old: str, new: str, at: datetime | None
) -> int:
    wanted = set(series)
    if not wanted:
        return 0
    of_kind = select(_S.id, _S.subject, _S.since_on).where(_S.kind == kind, among(_S.subject, {subject for subject, _ in wanted}))
    ids = [row.id for row in conn.execute(of_kind) if (row.subject, row.since_on) in wanted]
    if not ids:
        return 0
    mine = among(_S.id, ids), open_  # asked again: another worker may have done it meanwhile
    changed = update(signal).where(*mine, _S.state == old).values(state=new, settled_at=at).returning(_S.subject, _S.since_on)
    count = len({(row.subject, row.since_on) for row in conn.execute(changed)})
    conn.execute(update(signal).where(*mine).values(settled_at=at))
    return count
