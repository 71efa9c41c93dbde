"""Two workers, one killed with SIGKILL in the middle of sending: nothing is lost, and an extra copy is the same message."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.cast import at, build_cast, make_desk
from tests.integration.alerts.sink import smtp_sink
from tests.integration.alerts.support import everything, outbox_rows
from tracker.domain.ladder import STAGES
from tracker.store import tables as t
from tracker.store.engine import Store

ROOT = Path(__file__).parents[3]
DAY = "2027-03-31"  # Wednesday, the legal last day of the first interim report
HELPERS = 80


class Workers:
    """Real worker processes on one database."""

    def __init__(self, *arguments: str) -> None:
        self._command = [sys.executable, "-m", "tests.integration.alerts.worker_process", *arguments]
        self.running: list[subprocess.Popen] = []

    def start(self) -> subprocess.Popen:
        self.running.append(subprocess.Popen(self._command, cwd=ROOT))
        return self.running[-1]

    def end(self) -> list[int]:
        """Ask each to stop, and return how each ended."""
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        try:
            return [process.wait(90) for process in self.running]
        finally:
            for process in self.running:
                process.kill()


def with_many_helpers(cast) -> None:
    """Enough people on the project for the sending to take a while."""

    def body(tx):
        for n in range(HELPERS):
            person = tx.insert(t.person, email=f"helper-{n}@own.invalid", name=f"示範{n}", active=True, created_at=tx.at)
            project = cast.project("own").id
            tx.insert(t.membership, project_id=project, person_id=person, role="assistant", party="academic", from_on=at(DAY).date())

    cast.desk.store.write_quiet(at("2026-09-01"), body)


def due(cast) -> list:
    """What may go out at nine on that day; news of the day wait for the next morning's digests."""
    return [row for row in outbox_rows(cast, "pending") if row.available_at <= at(DAY)]


def until(condition, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_of_sending_loses_nothing(new_database, tmp_path, calendar, registry):
    database = new_database()
    cast = build_cast(make_desk(Store.open(database), tmp_path / "home", calendar, registry, at("2026-09-01")))
    with_many_helpers(cast)
    seen: Counter = Counter()
    with smtp_sink() as sink:
        workers = Workers(database, str(tmp_path / "home"), sink.url, DAY)

        def on_mail(sender):
            seen[sender] += 1
            time.sleep(0.1 if len(seen) == 1 else 0.01)  # slow until the second worker is there too
            victim = next(iter(seen))
            if len(seen) == 2 and sender == victim and workers.running[0].poll() is None:
                workers.running[0].kill()  # the server has the mail, the worker will never hear so
                workers.running[0].wait(60)

        sink.on_mail = on_mail
        workers.start()
        until(lambda: sum(seen.values()) > 0, 180)
        workers.start()
        until(lambda: not due(cast) and not outbox_rows(cast, "sending"), 180)
        killed, stopped = workers.end()
    assert (killed, stopped) == (-signal.SIGKILL, 0)
    wanted = Counter(row.message_id for row in outbox_rows(cast, "sent"))
    arrived = Counter(sink.ids())
    assert len(wanted) == len(outbox_rows(cast, "sent")) >= HELPERS
    assert set(arrived) == set(wanted)  # nothing lost, nothing invented
    assert sum(arrived.values()) - len(arrived) == 1  # the one in the killed worker's hand, with the same Message-ID
    ledger = [entry for entry in everything(cast) if entry[0] == cast.by_key("DEMO-OWN-01/interim_report/Y1").id]
    assert sorted((stage, state) for _, _, stage, state in ledger) == sorted(
        [*((stage, "superseded") for stage in STAGES[:6]), ("due", "raised")]
    )
