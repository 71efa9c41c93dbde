"""Several workers that start at once on a database that knows no working days yet."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import delete, select

from tests.cast import at
from tracker.services.recalculation import APPLIED, recalculate
from tracker.store import tables as t


def test_workers_that_start_together_all_come_to_the_end(cast):
    cast.desk.store.write_quiet(at("2026-09-01"), lambda tx: tx.conn.execute(delete(t.setting).where(t.setting.c.key == APPLIED)))
    together = threading.Barrier(4)

    def start(_):
        ctx = cast.ctx("system", on="2026-09-01")  # a Tuesday
        together.wait(60)
        return recalculate(ctx)

    with ThreadPoolExecutor(4) as workers:
        assert list(workers.map(start, range(4))) == [(), (), (), ()]
    with cast.desk.store.read() as conn:
        kept = conn.execute(select(t.setting.c.value_json).where(t.setting.c.key == APPLIED)).scalar_one()
    assert kept["version"] == cast.desk.calendar.version
