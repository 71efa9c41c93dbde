"""How many mails one worker hands to a real mail server in a second, and what an idle tick costs: `python -m benchmarks.bench_delivery`.

The bound sends the very same messages over one connection of `smtplib` and writes nothing down.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.smtp_sink import smtp_process
from tests.cast import Cast, at, build_cast, make_desk, shipped_calendar, shipped_registry
from tests.integration.alerts.chaos import world
from tests.integration.alerts.support import MAILS
from tracker.notify.transport import SmtpTransport
from tracker.services.alerts import look
from tracker.services.delivery import deliver
from tracker.store.engine import Store
from tracker.store.migrations import migrate

PER_SECOND = 100
IDLE_MS = 5.0
DAY = "2027-03-30"  # T-1, a Tuesday: everybody gets a mail of her own at once


class _Kept:
    """Passes messages on and remembers them for the bound."""

    def __init__(self, inner: SmtpTransport) -> None:
        self.inner, self.name, self.messages = inner, inner.name, []

    def send(self, message) -> None:
        self.messages.append(message)
        self.inner.send(message)

    def close(self) -> None:
        self.inner.close()


def main() -> int:
    """Print mails a second of both sides and the idle ticks; 1 where a target is missed and `--check` was given."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--projects", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    ours, bounds, idle_looks, idle_deliveries = [], [], [], []
    with smtp_process() as url:
        for _ in range(given.rounds):
            with tempfile.TemporaryDirectory() as folder:
                cast = _cast(Path(folder), given.projects)
                sent, seconds, messages = _ours(cast, url, given.projects)
                ours.append(sent / seconds)
                bounds.append(_bound(messages, url))
                looks, deliveries = _idle(cast)
                idle_looks += looks
                idle_deliveries += deliveries
                cast.desk.store.dispose()
    mine, bare = statistics.median(ours), statistics.median(bounds)
    look_ms, deliver_ms = 1000 * statistics.median(idle_looks), 1000 * statistics.median(idle_deliveries)
    print(f"one worker: {mine:.0f} mails/s; smtplib alone, the same mails: {bare:.0f}/s; ratio {bare / mine:.1f}; target {PER_SECOND}/s")
    print(f"idle: look {look_ms:.2f} ms, deliver {deliver_ms:.2f} ms; target {IDLE_MS:.0f} ms")
    return 1 if given.check and (mine < PER_SECOND or look_ms + deliver_ms > IDLE_MS) else 0


def _cast(folder: Path, projects: int) -> Cast:
    store = Store.open(folder / "delivery.sqlite3")
    migrate(store)
    cast = build_cast(make_desk(store, folder / "home", shipped_calendar(), shipped_registry(), at("2026-09-01")))
    world.build(cast, projects)
    return cast


def _ours(cast: Cast, url: str, projects: int) -> tuple[int, float, list]:
    look(cast.ctx("system", on=DAY), brake=False)
    ctx = cast.ctx("system", on=DAY)
    carrier = _Kept(SmtpTransport(url))
    sent, begun = 0, time.perf_counter()
    while (batch := deliver(ctx, carrier, MAILS, wall=lambda: ctx.now)).claimed:
        sent += batch.sent
    seconds = time.perf_counter() - begun
    carrier.close()
    if sent < projects or sent != len(carrier.messages):
        raise AssertionError(f"{sent} of {len(carrier.messages)} mails were sent")
    return sent, seconds, carrier.messages


def _bound(messages: list, url: str) -> float:
    carrier = SmtpTransport(url)
    begun = time.perf_counter()
    for message in messages:
        carrier.send(message)
    seconds = time.perf_counter() - begun
    carrier.close()
    return len(messages) / seconds


def _idle(cast: Cast, times: int = 200) -> tuple[list[float], list[float]]:
    ctx = cast.ctx("system", on=DAY)
    carrier, looks, deliveries = SmtpTransport("smtp://127.0.0.1:1"), [], []
    for _ in range(times):
        begun = time.perf_counter()
        look(ctx)
        looked = time.perf_counter()
        deliver(ctx, carrier, MAILS, wall=lambda: ctx.now)
        looks.append(looked - begun)
        deliveries.append(time.perf_counter() - looked)
    return looks, deliveries


if __name__ == "__main__":
    sys.exit(main())
