"""The clock of the installation: APScheduler as a mere timer around one look and one delivery.

All state is in the database, so a tick may come late, twice or from several workers. The timer keeps nothing: jobs live
in memory, are never too late, run once however many ticks were missed, and catch their own errors.
"""

from __future__ import annotations

import gc
import logging
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from tracker.bootstrap import Desk
from tracker.clock import TAIPEI, JumpWatch, SystemClock
from tracker.notify.ping import ping
from tracker.notify.transport import LocalOutbox, SmtpTransport, Transport
from tracker.services.alert_audit import nothing_is_wrong
from tracker.services.alert_mail import MailSettings, links_of
from tracker.services.alerts import LookResult, look
from tracker.services.chat_delivery import carrier_for
from tracker.services.daily import do_the_days_work
from tracker.services.delivery import LEASE, DeliveryResult, deliver
from tracker.services.heartbeat import DAILY, RAISES, SENDS, beat
from tracker.services.recalculation import recalculate
from tracker.services.signals import watch
from tracker.services.viewer import SYSTEM

LOOK_SECONDS = 30
DELIVER_SECONDS = 5
RECALCULATE_SECONDS = 20
DAILY_SECONDS = 60
WATCH_SECONDS = 1800
"""Signals are looked for twice an hour by every worker; what is found twice is recorded once."""
PING_SECONDS = 60
GOOD_FOR = 600.0
"""So long after its last good end a work counts as going well: a delivery of very many mails may take minutes."""
_WATCHDOG_SECONDS = 5.0
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
    watch(desk.context(SYSTEM))
    beat(desk.store, name=RAISES, host=socket.gethostname(), at=SystemClock().now(), counts=asdict(looked))
    delivered = deliver_all(desk, carrier)
    do_the_days_work(desk.context(SYSTEM), wall=SystemClock().now)
    return OnceResult(looked, delivered)


def deliver_all(desk: Desk, transport: Transport, stop: Callable[[], bool] = lambda: False, lease: timedelta = LEASE) -> DeliveryResult:
    """Deliver batch after batch until nothing waits, over one connection that is closed at the end."""
    public_url = desk.settings.public_url
    mails = MailSettings(desk.settings.mail_from, public_url, links_of(desk.secrets, public_url))
    chat, done = carrier_for(demo=desk.settings.is_demo), DeliveryResult()
    try:
        while not stop():
            batch = deliver(desk.context(SYSTEM), transport, mails, wall=SystemClock().now, stop=stop, lease=lease, chat=chat)
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
        self._delivery_seen: float | None = None
        self._watched: float | None = None
        self._good: dict[str, float] = {}
        self._pinged_badly = ""
        self._clock, self._jumped, self._jumped_before_watch = JumpWatch(SystemClock()), False, False

    def recalculate(self) -> None:
        """Bring stored dates to the working days in force, for a while: the nearest first, the rest at the next looks."""
        until = time.monotonic() + RECALCULATE_SECONDS
        try:
            moved = recalculate(self._desk.context(SYSTEM), stop=lambda: self._stop.is_set() or time.monotonic() > until)
            if moved:
                _log.warning("the working days changed; %d dates moved: %s", len(moved), ", ".join(moved[:20]))
        except Exception:
            _log.exception("the dates could not be worked out again; alerts go by the old ones")

    def look(self) -> None:
        """Raise what is owed, by the working days in force."""
        self.recalculate()
        counts: dict[str, int] = {}
        error = ""
        try:
            self._jumped = self._clock.jumped() or self._jumped
            self._jumped_before_watch = self._jumped or self._jumped_before_watch
            counts = asdict(look(self._desk.context(SYSTEM), stop=self._stop.is_set, jumped=self._jumped))
            self._jumped = False
        except Exception as failed:
            _log.exception("the look failed")
            error = type(failed).__name__
        self._remember(RAISES, error)
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
        at = time.monotonic()  # the machine's clock may be set back: then it would say nothing for as long
        self._remember(SENDS, error)
        quiet = not error and not done.claimed and self._delivery_seen is not None
        if quiet and at - self._delivery_seen < LOOK_SECONDS:
            return
        self._delivery_seen = at
        self._beat(SENDS, error, asdict(done))

    def daily(self) -> None:
        """What is done once a day, after the first good look; and the signals, twice an hour."""
        if RAISES not in self._good:
            return
        counts: dict[str, int] = {}
        error = ""
        try:
            if self._watched is None or time.monotonic() - self._watched >= WATCH_SECONDS:
                counts = asdict(watch(self._desk.context(SYSTEM), stop=self._stop.is_set, jumped=self._jumped_before_watch))
                self._watched, self._jumped_before_watch = time.monotonic(), False
            done = do_the_days_work(self._desk.context(SYSTEM), wall=SystemClock().now, stop=self._stop.is_set)
            counts |= {f"{name}_{what}": number for name, result in done.items() for what, number in result.items()}
        except Exception as failed:
            _log.exception("the daily work failed")
            error = type(failed).__name__
        self._beat(DAILY, error, counts)

    def ping(self) -> None:
        """Tell the outside that all is well: after a good look and delivery, and with nothing found wrong. Else it hears nothing."""
        try:
            if self._desk.settings.is_demo or not self._is_well():
                return
            wrong = ping(self._desk.settings.ping_url or "")
        except Exception as failed:
            _log.exception("whether all is well could not be found out")
            wrong = type(failed).__name__
        if wrong != self._pinged_badly:
            _log.warning("the outside address %s", f"could not be reached: {wrong}" if wrong else "is reached again")
            self._pinged_badly = wrong

    def _is_well(self) -> bool:
        now = time.monotonic()
        fresh = all(now - self._good.get(name, -GOOD_FOR) < GOOD_FOR for name in (RAISES, SENDS))
        return fresh and nothing_is_wrong(self._desk.context(SYSTEM))

    def _remember(self, name: str, error: str) -> None:
        """Since when a work goes well, by a clock that nobody sets; it is forgotten at the first failure."""
        if error:
            self._good.pop(name, None)
        else:
            self._good[name] = time.monotonic()

    def _beat(self, name: str, error: str, counts: dict[str, int]) -> None:
        try:
            beat(self._desk.store, name=name, host=self._host, at=SystemClock().now(), error=error, counts=counts)
        except Exception:
            _log.exception("no sign of life could be left")


def run_worker(desk: Desk, stop: threading.Event, transport: Transport | None = None, *, lease: timedelta = LEASE) -> None:
    """Look every 30 seconds, deliver every 5, and see every minute to what is done once a day, until `stop` is set; then finish the mail
    in hand and return.

    Any number of workers may run. A mail server that does not answer delays the return by at most 25 seconds.
    """
    jobs = Jobs(desk, stop, transport or transport_for(desk), lease)
    gc.collect()
    gc.freeze()  # what is loaded stays for ever: not walked again at each of the collector's rounds during a large look
    scheduler = BackgroundScheduler(
        timezone=TAIPEI,
        executors={"default": ThreadPoolExecutor(4)},
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # that a long delivery skips ticks is as it should be
    now = datetime.now(TAIPEI)  # the first run at once: that is the catch-up after an outage
    scheduler.add_job(jobs.look, "interval", seconds=LOOK_SECONDS, jitter=5, id="look", next_run_time=now)
    scheduler.add_job(jobs.deliver, "interval", seconds=DELIVER_SECONDS, id="deliver", next_run_time=now)
    scheduler.add_job(jobs.daily, "interval", seconds=DAILY_SECONDS, id="daily", next_run_time=now + timedelta(seconds=2))
    if desk.settings.ping_url:
        scheduler.add_job(jobs.ping, "interval", seconds=PING_SECONDS, id="ping", next_run_time=now + timedelta(seconds=PING_SECONDS / 2))
    scheduler.start()
    try:
        while not stop.wait(_WATCHDOG_SECONDS):
            catch_up(scheduler, datetime.now(TAIPEI))
    finally:
        stop.set()
        goodbye = threading.Thread(target=scheduler.shutdown, daemon=True)
        goodbye.start()
        goodbye.join(_LONGEST_GOODBYE)


def catch_up(scheduler: BackgroundScheduler, now: datetime) -> None:
    """Run at once what would wait far longer than its interval: the machine's clock was set back, and the timer goes by that clock."""
    for job in scheduler.get_jobs():
        if job.next_run_time is not None and job.next_run_time - now > 3 * job.trigger.interval:
            job.modify(next_run_time=now)
