"""One real worker in a process of its own: `python -m tests.integration.alerts.worker_process DATABASE HOME SMTP_URL DAY`.

Its clock of business stands still at nine on DAY; its leases last two seconds of the machine's clock.
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


def main(database: str, home: str, smtp_url: str, day: str) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    desk = make_desk(Store.open(database), Path(home), shipped_calendar(), shipped_registry(), at(day))
    run_worker(desk, stop, SmtpTransport(smtp_url, timeout=5), lease=timedelta(seconds=2))


if __name__ == "__main__":
    main(*sys.argv[1:])
