"""Forks a worker for each line it reads and prints its pid. Arguments: database, home, SMTP address, file of the clock.

It opens nothing itself: a fork inherits modules, programmes and calendar, no connection and no thread.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.cast import shipped_calendar, shipped_registry
from tracker.bootstrap import Desk
from tracker.config import Settings
from tracker.notify.transport import SmtpTransport
from tracker.store.blobs import BlobStore
from tracker.store.engine import Store
from tracker.worker import Jobs

SMTP_TIMEOUT = 1.0
LEASE = timedelta(seconds=3)  # longer than the server is waited for, as in earnest
PAUSE = 0.05


@dataclass(frozen=True)
class FastClock:
    """Business time from a file: the instant from which it runs, since when by the machine's clock, and how fast."""

    path: Path

    def now(self) -> datetime:
        start, since, speed = (float(word) for word in self.path.read_text("utf-8").split())
        return datetime.fromtimestamp(start + (time.time() - since) * speed, UTC)


def work(database: str, home: str, smtp_url: str, clock: str) -> None:
    """What the worker's timer calls, over and over."""
    settings = Settings(home=Path(home))
    desk = Desk(settings, Store.open(database), BlobStore(settings.blobs), _registry, _calendar, FastClock(Path(clock)))
    jobs = Jobs(desk, threading.Event(), SmtpTransport(smtp_url, timeout=SMTP_TIMEOUT), LEASE)
    while True:
        jobs.look()
        jobs.deliver()
        time.sleep(PAUSE)


def main(*arguments: str) -> None:
    """Fork until the standard input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the killed
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                sys.stdin.close()
                work(*arguments)
            finally:
                os._exit(1)
        print(pid, flush=True)


if __name__ == "__main__":
    _registry, _calendar = shipped_registry(), shipped_calendar()
    main(*sys.argv[1:])
