"""One real worker in a process of its own: `python -m tests.integration.alerts.worker_process DATABASE HOME SMTP_URL DAY`.

Its clock of business stands still at nine on DAY; its leases last fifteen seconds of the machine's clock.
"""

import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path

from tests.cast import at, make_desk, shipped_calendar, shipped_registry
from tracker.notify.transport import SmtpTransport
from tracker.store.engine import Store
from tracker.worker import run_worker

#: Longer than the mail server is waited for, twice, as in earnest: on a busy machine, too, only a dead worker's mail is taken over.
PATIENCE, LEASE = 5, timedelta(seconds=15)


def main(database: str, home: str, smtp_url: str, day: str) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    desk = make_desk(Store.open(database), Path(home), shipped_calendar(), shipped_registry(), at(day))
    run_worker(desk, stop, SmtpTransport(smtp_url, timeout=PATIENCE), lease=LEASE)


if __name__ == "__main__":
    main(*sys.argv[1:])
