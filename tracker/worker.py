"""The clock of the installation: APScheduler as a mere timer around one look and one delivery.

All state is in the database, so a tick may come late, twice or from several workers. The timer keeps nothing: jobs live
in memory, are never too late, run once however many ticks were missed, and catch their own errors.
"""

from __future__ import annotations

import gc
import logging
import socket
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from tracker.bootstrap import Desk
from tracker.clock import TAIPEI, SystemClock
from tracker.notify.transport import LocalOutbox, SmtpTransport, Transport
from tracker.services.alert_mail import MailSettings
from tracker.services.alerts import LookResult, look
from tracker.services.delivery import LEASE, DeliveryResult, deliver
from tracker.services.heartbeat import RAISES, SENDS, beat
from tracker.services.recalculation import recalculate
from tracker.services.viewer import SYSTEM

LOOK_SECONDS = 30
DELIVER_SECONDS = 5
_LONGEST_GOODBYE = 25.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OnceResult:
    """One look and everything that could be delivered after it."""

    looked: LookResult
    delivered: DeliveryResult


def transport_for(desk: Desk) -> Transport:
    """SMTP where a server is set up; a demo never sends a real mail, whatever the settings say."""
    settings = desk.settings
    if settings.is_demo or not settings.smtp_url:
        return LocalOutbox()
    return SmtpTransport(settings.smtp_url)


def run_once(desk: Desk, transport: Transport | None = None) -> OnceResult:
    """One look (after dates were brought to the calendar of today), then deliver until nothing waits. Errors go to the caller."""
    carrier = transport or transport_for(desk)
    recalculate(desk.context(SYSTEM))
    looked = look(desk.context(SYSTEM))
    beat(desk.store, name=RAISES, host=socket.gethostname(), at=SystemClock().now(), counts=asdict(looked))
    return OnceResult(looked, deliver_all(desk, carrier))


def deliver_all(desk: Desk, transport: Transport, stop: Callable[[], bool] = lambda: False, lease: timedelta = LEASE) -> DeliveryResult:
    """Deliver batch after batch until nothing waits, over one connection that is closed at the end."""
    mails = MailSettings(desk.settings.mail_from, desk.settings.public_url)
    done = DeliveryResult()
    try:
        while not stop():
            batch = deliver(desk.context(SYSTEM), transport, mails, wall=SystemClock().now, stop=stop, lease=lease)
            done += batch
            if not batch.claimed:
                break
    finally:
        transport.close()
    return done


class Jobs:
    """What the timer calls: each look and each delivery leaves a sign of life, good or bad."""

    def __init__(self, desk: Desk, stop: threading.Event, transport: Transport, lease: timedelta = LEASE) -> None:
        self._desk, self._stop, self._transport, self._lease = desk, stop, transport, lease
        self._host = socket.gethostname()
        self._delivery_seen: datetime | None = None

    def recalculate(self) -> None:
        """Bring stored dates to the working days of this process, which were read when it began."""
        try:
            moved = recalculate(self._desk.context(SYSTEM), stop=self._stop.is_set)
            if moved:
                _log.warning("the working days changed; %d dates moved: %s", len(moved), ", ".join(moved[:20]))
        except Exception:
            _log.exception("the dates could not be worked out again; alerts go by the old ones")

    def look(self) -> None:
        """Raise what is owed."""
        counts: dict[str, int] = {}
        error = ""
        try:
            counts = asdict(look(self._desk.context(SYSTEM), stop=self._stop.is_set))
        except Exception as failed:
            _log.exception("the look failed")
            error = type(failed).__name__
        self._beat(RAISES, error, counts)

    def deliver(self) -> None:
        """Send what waits."""
        done = DeliveryResult()
        error = ""
        try:
            done = deliver_all(self._desk, self._transport, self._stop.is_set, self._lease)
        except Exception as failed:
            _log.exception("the delivery failed")
            error = type(failed).__name__
        at = SystemClock().now()
        quiet = not error and not done.claimed and self._delivery_seen is not None
        if quiet and at - self._delivery_seen < timedelta(seconds=LOOK_SECONDS):
            return
        self._delivery_seen = at
        self._beat(SENDS, error, asdict(done))

    def _beat(self, name: str, error: str, counts: dict[str, int]) -> None:
        try:
            beat(self._desk.store, name=name, host=self._host, at=SystemClock().now(), error=error, counts=counts)
        except Exception:
            _log.exception("no sign of life could be left")


def run_worker(desk: Desk, stop: threading.Event, transport: Transport | None = None, *, lease: timedelta = LEASE) -> None:
    """Look every 30 seconds and deliver every 5, until `stop` is set; then finish the mail in hand and return.

    Any number of workers may run. A mail server that does not answer delays the return by at most 25 seconds.
    """
    jobs = Jobs(desk, stop, transport or transport_for(desk), lease)
    jobs.recalculate()
    gc.collect()
    gc.freeze()  # what is loaded stays for ever: not walked again at each of the collector's rounds during a large look
    scheduler = BackgroundScheduler(
        timezone=TAIPEI,
        executors={"default": ThreadPoolExecutor(2)},
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # that a long delivery skips ticks is as it should be
    now = datetime.now(TAIPEI)  # the first run at once: that is the catch-up after an outage
    scheduler.add_job(jobs.look, "interval", seconds=LOOK_SECONDS, jitter=5, id="look", next_run_time=now)
    scheduler.add_job(jobs.deliver, "interval", seconds=DELIVER_SECONDS, id="deliver", next_run_time=now)
    scheduler.start()
    try:
        stop.wait()
    finally:
        stop.set()
        goodbye = threading.Thread(target=scheduler.shutdown, daemon=True)
        goodbye.start()
        goodbye.join(_LONGEST_GOODBYE)
