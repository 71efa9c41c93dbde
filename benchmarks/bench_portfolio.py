"""The portfolio's data against raw SQL: `python -m benchmarks.bench_portfolio [--home FOLDER] [--check]`.

The bound runs on a connection of the same library with the same pragmas. Its statements give the same counts and the same
share of every running project, with SQLite's own arithmetic in place of exact decimals; it decides nothing and builds nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from benchmarks.generate import TODAY
from benchmarks.measure import Ratio, arguments, by_turns, context_of, large_home, report
from tracker.services.context import Context
from tracker.services.portfolio import NEXT, SOON, Filters, portfolio
from tracker.services.portfolio_rows import View, portfolio_rows
from tracker.store.engine import Store

AUDITOR, OFFICER = 201, 7
ALL = "1 = 1"

_SHARE = """
SELECT s.id, p.code, p.title_zh, p.title_en, p.organisation, s.share FROM (
  SELECT p.id AS id, sum(c.weight * min(1.0, coalesce(
    (SELECT v.actual FROM checkpoint_verdict v WHERE v.checkpoint_id = c.id ORDER BY v.id DESC LIMIT 1),
    (SELECT k.actual FROM checkpoint_claim k WHERE k.checkpoint_id = c.id ORDER BY k.id DESC LIMIT 1),
    0) * 1.0 / c.target)) / sum(c.weight) AS share
  FROM project p JOIN checkpoint c ON c.project_id = p.id
  WHERE p.status = 'active' AND c.planned_on <= :today AND {project} GROUP BY p.id) s
JOIN project p ON p.id = s.id ORDER BY s.share, s.id"""

_OPEN = "FROM obligation WHERE status = 'open' AND {where} AND due_on"
STATEMENTS = (
    "SELECT programme_id, status, kind, duty, count(*) FROM obligation WHERE {where} GROUP BY 1, 2, 3, 4",
    f"SELECT programme_id, duty, confidence, count(*), min(due_on) {_OPEN} < :today GROUP BY 1, 2, 3",
    f"SELECT programme_id, duty, confidence, count(*) {_OPEN} BETWEEN :today AND :soon GROUP BY 1, 2, 3",
    f"SELECT programme_id, duty, confidence, count(*) {_OPEN} IS NULL GROUP BY 1, 2, 3",
    f"SELECT due_on, kind, duty, confidence, count(*) {_OPEN} BETWEEN :today AND :far GROUP BY 1, 2, 3, 4",
    """SELECT programme_id, status, duty, confidence, count(*) FROM obligation WHERE discharged_by = 'external'
       AND discharged_on IS NULL AND status IN ('submitted', 'accepted') AND {where} GROUP BY 1, 2, 3, 4""",
    "SELECT min(waits_since_at) FROM obligation WHERE status = 'submitted' AND kind <> 'reply' AND {where}",
    """SELECT count(*) FROM approval a JOIN project p ON p.id = a.project_id
       WHERE a.expires_on BETWEEN :today AND :next AND p.status = 'active' AND {project}""",
    _SHARE,
)
LATE_ROWS = """
SELECT o.*, p.code, p.title_zh, p.title_en, p.organisation, n.name FROM obligation o JOIN project p ON p.id = o.project_id
LEFT JOIN person n ON n.id = p.officer_id
WHERE o.status = 'open' AND o.duty = 1 AND o.due_on < :today AND o.confidence <> 'assumed' AND {where} ORDER BY o.due_on, o.id LIMIT 50"""
LATE_COUNT = (
    "SELECT count(*) FROM obligation WHERE status = 'open' AND duty = 1 AND due_on < :today AND confidence <> 'assumed' AND {where}"
)


def raw(cursor: Any, statements: tuple[str, ...], programme_id: int | None) -> list[list[tuple]]:
    """Run the statements for everything, or for one programme."""
    days = {"today": TODAY, "soon": TODAY + SOON, "next": TODAY + NEXT, "far": TODAY + timedelta(days=6 - TODAY.weekday() + 175)}
    named = {name: day.isoformat() for name, day in days.items()}
    narrowed = (
        {"where": ALL, "project": ALL}
        if programme_id is None
        else {"where": f"programme_id = {programme_id}", "project": f"p.programme_id = {programme_id}"}
    )
    if programme_id is not None and statements[0] == LATE_ROWS:
        narrowed["where"] = f"o.programme_id = {programme_id}"
    return [cursor.execute(statement.format(**narrowed), named).fetchall() for statement in statements]


def compare(ctx: Context, store: Store, rounds: int, name: str, programme_id: int | None) -> list[Ratio]:
    """The whole portfolio and the first page of what is late, for one viewer."""
    held = store.engine.raw_connection()
    try:
        cursor = held.cursor()
        same = portfolio(ctx, Filters()).figures
        late = raw(cursor, (LATE_COUNT.format(where="{where}"),), programme_id)[0][0][0]
        if same.late != late:
            raise AssertionError(f"the service counts {same.late} late, the raw statement {late}")
        whole, bound = by_turns(rounds, lambda: portfolio(ctx, Filters()), lambda: raw(cursor, STATEMENTS, programme_id))
        rows, rows_bound = by_turns(
            rounds,
            lambda: portfolio_rows(ctx, Filters(), View.LATE),
            lambda: raw(cursor, (LATE_ROWS,), programme_id) + raw(cursor, (LATE_COUNT,), programme_id),
        )
    finally:
        held.close()
    return [Ratio(f"portfolio, {name}", whole, bound, 2.0), Ratio(f"late, first page, {name}", rows, rows_bound, 2.0)]


def main() -> None:
    """Measure for the auditor, who sees everything, and for the officer of one programme."""
    given = arguments(__doc__.splitlines()[0])
    with large_home(given) as settings:
        store = Store.open(settings.database)
        auditor, officer = (context_of(store, settings, person) for person in (AUDITOR, OFFICER))
        ratios = compare(auditor, store, given.rounds, "everything", None)
        ratios += compare(officer, store, given.rounds, "one programme", min(officer.viewer.programme_ids))
        store.dispose()
    report(ratios, check=given.check)


if __name__ == "__main__":
    main()
