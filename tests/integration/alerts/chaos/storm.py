"""One storm from its first day to its last, and the account of it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlalchemy import func, select

from tests.cast import Cast, at
from tests.integration.alerts.chaos import world as worlds
from tests.integration.alerts.chaos.server import StormySink, Weather, stormy_sink
from tests.integration.alerts.chaos.workers import Workers, set_clock
from tracker.store import tables as t
from tracker.store.engine import Store

SPEED = 200.0  # a second of the machine is three minutes of business: the pauses after a refusal pass


@dataclass(frozen=True)
class Plan:
    """How hard it blows. `kill_every` is the range of seconds between two kills; `storm_seconds` how long it lasts each day."""

    projects: int = 40
    kill_every: tuple[float, float] = (0.3, 0.7)
    storm_seconds: float = 4.0
    weather: Weather = field(default_factory=lambda: Weather(refuse=0.03, stall=0.005, drop=0.03))
    seed: int = 1
    patience: float = 90.0


@dataclass(frozen=True)
class Account:
    """What came of it. `unasked`: copies beyond one for each kill and for each mail of which the server never told."""

    kills: int
    mails: int
    copies: int
    extra: int
    undecidable: int
    mishaps: dict[str, int]
    ledger_faults: list[str]
    lost: list[str]
    unsent: int
    strangers: int
    seconds: float

    @property
    def unasked(self) -> int:
        return max(0, self.extra - self.kills - self.undecidable)


def blow(cast: Cast, database: str, folder: Path, plan: Plan, say: Callable[[str], None] = lambda _: None) -> Account:
    """Work the days under kills, an outage in the middle of each and between them, and a server that misbehaves; then count."""
    world = worlds.build(cast, plan.projects)
    clock, begun = folder / "clock", time.monotonic()
    set_clock(clock, at(worlds.DAYS[0]), SPEED)
    dice = random.Random(plan.seed)
    with stormy_sink(plan.seed) as sink:
        workers = Workers(database, folder / "home", sink.url, clock)
        try:
            for day in worlds.DAYS:
                set_clock(clock, at(day), SPEED)
                _one_day(cast.desk.store, date.fromisoformat(day), workers, sink, plan, dice)
                say(f"{day}: {len(sink.taken)} mails taken, {workers.kills} kills, {dict(sink.mishaps)}")
        finally:
            workers.end()
        return _account(cast.desk.store, world, sink, workers, time.monotonic() - begun)


def _one_day(store: Store, day: date, workers: Workers, sink: StormySink, plan: Plan, dice: random.Random) -> None:
    sink.weather, sink.to_refuse = plan.weather, 2 if plan.weather.refuse else 0
    workers.start_all()
    end = time.monotonic() + plan.storm_seconds
    away_from = end - plan.storm_seconds / 2
    had_outage = False
    while time.monotonic() < end:
        time.sleep(dice.uniform(*plan.kill_every))
        workers.kill_one(dice)
        sink.is_away = away_from < time.monotonic() < away_from + plan.storm_seconds / 5
        if not had_outage and time.monotonic() > away_from:
            had_outage = True
            workers.outage()
            threading.Event().wait(0.5)
            workers.start_all()
    sink.is_away, sink.weather = False, Weather()
    _until_quiet(store, day, plan.patience)
    workers.outage()  # the days in between pass with nobody at work


def _until_quiet(store: Store, day: date, patience: float) -> None:
    end = time.monotonic() + patience
    while _waiting(store, day):
        if time.monotonic() > end:
            return  # the account names what still waits
        time.sleep(0.2)


def _waiting(store: Store, day: date) -> bool:
    with store.read() as conn:
        mails = conn.execute(select(func.count()).where(t.outbox.c.status.in_(("pending", "sending", "held")))).scalar_one()
        due = conn.execute(select(func.count()).where(t.obligation.c.status == "open", t.obligation.c.next_look_on <= day)).scalar_one()
    return mails > 0 or due > 0


def _account(store: Store, world: worlds.World, sink: StormySink, workers: Workers, seconds: float) -> Account:
    copies = sink.copies()
    with store.read() as conn:
        known = set(conn.scalars(select(t.outbox.c.message_id)))
        unsent = conn.execute(select(func.count()).where(t.outbox.c.status != "sent")).scalar_one()
    return Account(
        kills=workers.kills,
        mails=len(known),
        copies=sum(copies.values()),
        extra=sum(copies.values()) - len(copies),
        undecidable=sink.undecidable,
        mishaps=dict(sink.mishaps),
        ledger_faults=worlds.wrong_in_the_ledger(store, world, worlds.DAYS),
        lost=worlds.lost(store, world, sink.taken, worlds.DAYS),
        unsent=unsent,
        strangers=len(set(copies) - known),
        seconds=seconds,
    )
