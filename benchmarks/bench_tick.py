"""One look at 2,000 obligations whose alert stage is due, against raw SQL: `python -m benchmarks.bench_tick [--home FOLDER] [--check]`.

Every round works on fresh copies of the home. The bound writes the very rows that the look wrote (ledger, outbox, inbox, next
looks), with prepared statements, in as many transactions, after reading what has to be read; it decides nothing.
"""

from __future__ import annotations

import gc
import time
from statistics import median
from typing import Any

from benchmarks.generate import DUE_ALERTS, TODAY
from benchmarks.measure import Ratio, arguments, copied_home, large_home, report, system_context
from tracker.config import Settings
from tracker.services.alerts import look
from tracker.store.engine import Store
from tracker.store.tables import inbox_item

BATCH = 500
WRITTEN = ("alert_policy", "alert", "outbox", "inbox_item")
_TOLD_BY = [column.name for column in inbox_item.columns].index("outbox_id")

_DUE = """
SELECT o.*, p.entered_on, p.officer_id FROM obligation o JOIN project p ON p.id = o.project_id
WHERE o.next_look_on <= ? ORDER BY o.next_look_on, o.id LIMIT 500"""
_RECORDED = "SELECT obligation_id, due_on, stage, state FROM alert WHERE obligation_id IN ({ids})"
_MEMBERS = """
SELECT m.project_id, m.role, n.id, n.email, n.language FROM membership m JOIN person n ON n.id = m.person_id
WHERE m.project_id IN ({projects}) AND m.from_on <= ? AND (m.until_on IS NULL OR m.until_on >= ?) AND n.active = 1"""
_NEXT = "UPDATE obligation SET next_look_on = ? WHERE id = ?"

Rows = dict[str, list[tuple]]


def ours(settings: Settings) -> tuple[float, Rows]:
    """Seconds of one look that finds everything due, and the rows it wrote."""
    store = Store.open(settings.database)
    ctx = system_context(store, settings)
    with store.read() as conn:
        due = [row[0] for row in conn.exec_driver_sql("SELECT id FROM obligation WHERE next_look_on <= ?", (TODAY.isoformat(),))]
    gc.collect()
    gc.freeze()
    begun = time.perf_counter()
    done = look(ctx, brake=False)
    seconds = time.perf_counter() - begun
    if done.looked != DUE_ALERTS:
        raise AssertionError(f"{done.looked} were looked at")
    with store.read() as conn:
        rows: Rows = {name: [tuple(row) for row in conn.exec_driver_sql(f"SELECT * FROM {name} ORDER BY id")] for name in WRITTEN}
        marks = ", ".join(str(number) for number in due)
        rows["next"] = [tuple(row) for row in conn.exec_driver_sql(f"SELECT next_look_on, id FROM obligation WHERE id IN ({marks})")]
    store.dispose()
    return seconds, rows


def bound(settings: Settings, rows: Rows) -> float:
    """Seconds to write the same rows on another copy."""
    store = Store.open(settings.database)
    by_obligation = {row[1]: [] for row in rows["alert"]}
    obligation_of = {}
    for row in rows["alert"]:
        by_obligation[row[1]].append(row)
        obligation_of[row[0]] = row[1]
    items = _grouped(rows["inbox_item"], 2, obligation_of)
    mails = _with_their_first(rows["outbox"], items)
    ahead = {number: day for day, number in rows["next"]}
    gc.collect()
    gc.freeze()
    begun, first = time.perf_counter(), True
    while True:
        with store.transaction() as conn:
            cursor = conn.connection.cursor()
            due = cursor.execute(_DUE, (TODAY.isoformat(),)).fetchall()
            ids = [row[0] for row in due]
            if ids:
                _insert(cursor, "alert_policy", rows["alert_policy"] if first else [])
                first = False
                cursor.execute(_RECORDED.format(ids=", ".join(map(str, ids)))).fetchall()
                projects = ", ".join(sorted({str(row[2]) for row in due}))
                cursor.execute(_MEMBERS.format(projects=projects), (TODAY.isoformat(), TODAY.isoformat())).fetchall()
                for name, found in (("alert", by_obligation), ("outbox", mails), ("inbox_item", items)):
                    _insert(cursor, name, [row for number in ids for row in found.get(number, ())])
                cursor.executemany(_NEXT, [(ahead[number], number) for number in ids])
        if not ids:
            break
    seconds = time.perf_counter() - begun
    store.dispose()
    return seconds


def _grouped(rows: list[tuple], alert_column: int, obligation_of: dict[int, int]) -> dict[int, list[tuple]]:
    found: dict[int, list[tuple]] = {}
    for row in rows:
        found.setdefault(obligation_of[row[alert_column]], []).append(row)
    return found


def _with_their_first(mails: list[tuple], items: dict[int, list[tuple]]) -> dict[int, list[tuple]]:
    """Each mail with the first obligation that it tells of: a digest tells of several."""
    by_id, found = {row[0]: row for row in mails}, {}
    for obligation_id, told in items.items():
        ids = {item[_TOLD_BY] for item in told}
        found[obligation_id] = [by_id.pop(number) for number in sorted(ids & by_id.keys())]
    return found


def _insert(cursor: Any, name: str, rows: list[tuple]) -> None:
    if rows:
        cursor.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' for _ in rows[0])})", rows)


def main() -> None:
    """Measure by turns on fresh copies."""
    given = arguments(__doc__.splitlines()[0])
    taken: list[float] = []
    bounds: list[float] = []
    with large_home(given) as settings:
        for _ in range(max(3, given.rounds // 3)):
            with copied_home(settings) as copy:
                seconds, rows = ours(copy)
                taken.append(seconds)
            with copied_home(settings) as copy:
                bounds.append(bound(copy, rows))
    name = f"a look at {DUE_ALERTS:,} ({len(rows['alert']):,} stages, {len(rows['outbox']):,} mails)"
    report([Ratio(name, median(taken), median(bounds), 2.0)], check=given.check)


if __name__ == "__main__":
    main()
