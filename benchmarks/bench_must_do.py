"""“What I owe” against raw SQL: `python -m benchmarks.bench_must_do [--home FOLDER] [--check]`.

The bound fetches the same rows with the same columns, ordered, on a connection of the same library; it judges and builds nothing.
"""

from __future__ import annotations

from sqlalchemy import text

from benchmarks.generate import OFFICERS
from benchmarks.measure import Ratio, arguments, by_turns, context_of, large_home, report
from tracker.services.must_do import must_do
from tracker.store.engine import Store

INVESTIGATOR = OFFICERS + 12  # of the small home that the cold start uses

#: The investigator with most on her desk: three or four running projects.
BUSIEST = """
SELECT m.person_id FROM membership m JOIN obligation o ON o.project_id = m.project_id
WHERE m.role = 'pi' AND o.status = 'open' GROUP BY m.person_id ORDER BY count(*) DESC, m.person_id LIMIT 1"""

#: The project's and the report's columns come along, and a reply finds the report of its parent, as on the screen.
OWED = """
SELECT o.*, p.code, p.title_zh, p.title_en, r.id, r.status FROM obligation o JOIN project p ON p.id = o.project_id
LEFT JOIN report r ON r.obligation_id = CASE WHEN o.kind = 'reply' THEN o.parent_id ELSE o.id END
WHERE o.project_id IN ({projects}) AND (
  (o.duty = 1 AND o.status = 'open')
  OR (o.duty = 1 AND o.status = 'submitted' AND o.kind <> 'reply')
  OR (o.duty = 1 AND o.status = 'accepted' AND o.discharged_by = 'external' AND o.discharged_on IS NULL)
  OR (o.kind = 'year_end_notice' AND o.status = 'open'))
ORDER BY o.file_by_on IS NULL, o.file_by_on, o.due_on, o.id"""


def main() -> None:
    """Measure for one investigator of about three projects."""
    given = arguments(__doc__.splitlines()[0])
    with large_home(given) as settings:
        store = Store.open(settings.database)
        with store.read() as conn:
            busiest = conn.execute(text(BUSIEST)).scalar_one()
        ctx = context_of(store, settings, busiest)
        statement = OWED.format(projects=", ".join(str(number) for number in sorted(ctx.viewer.project_ids)))
        held = store.engine.raw_connection()
        cursor = held.cursor()
        ours, rows = must_do(ctx), cursor.execute(statement).fetchall()
        if [item.obligation_id for item in ours] != [row[0] for row in rows]:
            raise AssertionError("the service and the raw statement list different rows")
        seconds, bound = by_turns(given.rounds * 20, lambda: must_do(ctx), lambda: cursor.execute(statement).fetchall())
        held.close()
        store.dispose()
    report([Ratio(f"what I owe, {len(rows)} rows", seconds, bound, 2.0)], check=given.check)


if __name__ == "__main__":
    main()
