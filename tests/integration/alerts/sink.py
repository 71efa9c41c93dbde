"""A real SMTP server in a thread, which does to the n-th mail what the test tells it to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller

DROP = "drop the connection"


@dataclass
class Sink:
    """What came in. `answers` holds what to say after DATA, one a mail in order of arrival, then 250; DROP takes it and hangs up."""

    answers: list[str] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    mails: list[EmailMessage] = field(default_factory=list)
    taken: list[EmailMessage] = field(default_factory=list)
    connections: int = 0
    url: str = ""
    on_mail: Callable[[tuple], None] = lambda _: None  # called with the sender's (host, port) before the answer
    _guard: threading.Lock = field(default_factory=threading.Lock)

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = message_from_bytes(envelope.content, policy=default)
        with self._guard:
            self.mails.append(message)
            answer = self.answers.pop(0) if self.answers else "250 OK"
            if answer == DROP or answer.startswith("250"):
                self.taken.append(message)
        self.on_mail(session.peer)
        if answer == DROP:
            server.transport.abort()
            return "250 never heard"
        return answer

    def ids(self) -> list[str]:
        """Message-IDs of what was taken."""
        return [message["Message-ID"] for message in self.taken]


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def smtp_sink(*answers: str, refuse: dict[str, str] | None = None) -> Iterator[Sink]:
    """A sink on a free port of this machine."""
    sink = Sink(list(answers), refuse or {})
    port = free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    sink.url = f"smtp://127.0.0.1:{port}"
    try:
        yield sink
    finally:
        controller.stop()
