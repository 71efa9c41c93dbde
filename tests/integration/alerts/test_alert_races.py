"""The same ways as in `test_alert_machine`, walked by several people while several workers look and send: at the same moment."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.cast import Cast
from tests.integration.alerts.support import MAILS
from tests.integration.alerts.test_alert_machine import Machine, Sink
from tracker.services.alerts import look
from tracker.services.delivery import deliver
from tracker.services.errors import ServiceError

ROUNDS, WORKERS, PEOPLE, ACTS = 12, 2, 3, 2


class OneAtATime(Sink):
    """The mail server of the machine, which several workers reach."""

    def __init__(self, draw: random.Random) -> None:
        super().__init__(draw)
        self.lock = threading.Lock()

    def send(self, message) -> None:
        with self.lock:
            super().send(message)


class Race(Machine):
    """A machine whose acts happen at once; what anybody meets that is no refusal stops it."""

    def __init__(self, cast: Cast, seed: int) -> None:
        super().__init__(cast, seed, {})
        self.sink = OneAtATime(self.draw)
        self.broken: list[BaseException] = []

    def round(self) -> None:
        """Some time goes by, and then everybody does something at the same moment."""
        self.now += timedelta(hours=self.draw.choice((0, 1, 3, 8, 15, 24)), minutes=self.draw.choice((0, 5, 25)))
        self.outage()
        begin = threading.Barrier(WORKERS + PEOPLE)
        doing = [self._works] * WORKERS + [self._acts] * PEOPLE
        threads = [threading.Thread(target=self._from, args=(begin, body)) for body in doing]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        if self.broken:
            raise self.broken[0]
        self.count()

    def _from(self, begin: threading.Barrier, body: Callable[[], None]) -> None:
        try:
            begin.wait(timeout=60)
            body()
        except Exception as error:
            self.broken.append(error)

    def _works(self) -> None:
        ctx = self.ctx()
        look(ctx)
        while deliver(ctx, self.sink, MAILS, wall=lambda: self.now, batch=3).claimed:
            pass

    def _acts(self) -> None:
        acts = (
            self.hand_in, self.take_back, self.extend, self.undo, self.waive, self.plan, self.silence, self.pause, self.lift, self.brake,
            self.decide, self.put_off, self.see, self.ask, self.account, self.choose, self.policy, self.cancel_one,
        )  # fmt: skip
        for _ in range(ACTS):
            try:
                self.draw.choice(acts)()
            except ServiceError:
                continue
            except AssertionError as refused:
                if "cannot act" not in str(refused):
                    raise


@pytest.mark.parametrize("seed", [3, 115])
def test_whoever_acts_while_workers_send_loses_nothing_and_tells_nothing_twice(cast: Cast, seed: int):
    race = Race(cast, seed)
    for _ in range(ROUNDS):
        race.round()
        race.check()
    race.finish()
    assert race.told
