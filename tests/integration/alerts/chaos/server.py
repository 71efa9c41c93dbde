"""A real SMTP server that takes, refuses for a while, stalls after the dot, or takes and hangs up, by the throw of its dice."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller

from tests.integration.alerts.sink import free_port


@dataclass(frozen=True)
class Weather:
    """How often each mishap comes, as shares of all mails, and how long an honest answer takes (seconds)."""

    refuse: float = 0.0
    stall: float = 0.0
    drop: float = 0.0
    answer_after: float = 0.005
    stalled_for: float = 1.6  # longer than the workers wait


@dataclass
class StormySink:
    """What came in. `taken` holds what the server answers for: it has it, whether or not the client heard so."""

    dice: random.Random
    weather: Weather = field(default_factory=Weather)
    is_away: bool = False
    to_refuse: int = 0  # so many of the next mails, whatever the dice say
    taken: list[EmailMessage] = field(default_factory=list)
    mishaps: Counter = field(default_factory=Counter)
    url: str = ""

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.is_away:
            self.mishaps["away"] += 1
            return "451 4.3.0 away for the moment"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        thrown, weather = self.dice.random(), self.weather
        if self.to_refuse > 0 or thrown < weather.refuse:
            self.to_refuse -= 1
            self.mishaps["refused"] += 1
            return "451 4.3.0 try again"
        self.taken.append(message_from_bytes(envelope.content, policy=default))
        if thrown < weather.refuse + weather.stall:
            self.mishaps["stalled"] += 1
            await asyncio.sleep(weather.stalled_for)
            return "250 OK"
        if thrown < weather.refuse + weather.stall + weather.drop:
            self.mishaps["dropped"] += 1
            server.transport.abort()
            return "250 never heard"
        await asyncio.sleep(weather.answer_after)
        return "250 OK"

    @property
    def undecidable(self) -> int:
        """Mails that it has and whose sender may never have heard so, by its own doing."""
        return self.mishaps["stalled"] + self.mishaps["dropped"]

    def copies(self) -> Counter:
        """How often each Message-ID was taken."""
        return Counter(message["Message-ID"] for message in list(self.taken))


@contextmanager
def stormy_sink(seed: int) -> Iterator[StormySink]:
    """One on a free port of this machine."""
    sink = StormySink(random.Random(seed))
    port = free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    sink.url = f"smtp://127.0.0.1:{port}"
    try:
        yield sink
    finally:
        controller.stop()
