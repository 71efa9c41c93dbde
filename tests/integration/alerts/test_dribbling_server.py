"""A mail server that keeps every single wait short and the conversation long: it is left before the lease ends, and nobody gets a copy."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from email.message import EmailMessage

import pytest

from tests.cast import at
from tests.integration.alerts.support import MAILS, change, look_on, outbox_rows
from tracker.notify.transport import TIMEOUT_SECONDS, DeliveryProblem, SmtpTransport
from tracker.services.delivery import LEASE, RENEW_AT, deliver
from tracker.store import tables as t

STEPS = ("greeting", "EHLO", "MAIL", "RCPT", "DATA", "dot")
BOUND, PAUSE = 1.0, 0.2
UNTIL_THE_DOT = 8.0  # on however slow a machine the steps before it are through by then
GIVES_UP = 30.0  # what no conversation below may take, on however slow a machine; the dribble itself would last for minutes


class Server:
    """A server on loopback: at a step in `slow` its answer lasts for so many seconds, a byte each `PAUSE`. `texts` came with their dots."""

    def __init__(self, slow: dict[str, float]) -> None:
        self.slow, self.texts, self.conversations = slow, [], 0
        self.stop, self.listener = threading.Event(), socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(0.1)
        self.url = f"smtp://127.0.0.1:{self.listener.getsockname()[1]}"

    def say(self, peer: socket.socket, step: str, code: str) -> None:
        peer.sendall(f"{code} ".encode())
        for _ in range(int(self.slow.get(step, 0) / PAUSE)):
            if self.stop.wait(PAUSE):
                return
            peer.sendall(b".")
        peer.sendall(b"\r\n")

    def talk(self, peer: socket.socket) -> None:
        with suppress(OSError), peer, peer.makefile("rb") as lines:  # whoever hung up
            self.say(peer, "greeting", "220")
            for line in lines:
                word = line[:4].strip().upper().decode()
                self.say(peer, word, {"DATA": "354", "QUIT": "221"}.get(word, "250"))
                if word == "DATA":
                    self.take(peer, lines)

    def take(self, peer: socket.socket, lines) -> None:
        text = b""
        for part in lines:
            if part == b".\r\n":
                self.texts.append(text)
                self.say(peer, "dot", "250")
                return
            text += part

    def serve(self) -> None:
        while not self.stop.is_set():
            with suppress(TimeoutError):
                peer, _ = self.listener.accept()
                self.conversations += 1
                peer.settimeout(None)
                threading.Thread(target=self.talk, args=(peer,), daemon=True).start()


@contextmanager
def dribbling(slow: dict[str, float]):
    server = Server(slow)
    serving = threading.Thread(target=server.serve, daemon=True)
    serving.start()
    try:
        yield server
    finally:
        server.stop.set()
        serving.join()
        server.listener.close()


def letter() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = "milepost@office.invalid", "pi@own.invalid", "<one@milepost.invalid>"
    message.set_content(".a line that begins with a dot\nand one more\n")
    return message


@pytest.mark.parametrize("step", STEPS)
def test_a_server_that_dribbles_is_left_in_time_wherever_it_begins_to(step):
    with dribbling({step: 300.0}) as server:
        bound = UNTIL_THE_DOT if step == "dot" else BOUND
        smtp, began = SmtpTransport(server.url, timeout=bound), time.monotonic()
        with pytest.raises(DeliveryProblem) as problem:
            smtp.send(letter())
        smtp.close()
        assert time.monotonic() - began < GIVES_UP
    assert not problem.value.permanent, "it is tried again"
    assert f"took longer than {bound:g} seconds" in problem.value.reason
    assert ("may have arrived" in problem.value.reason) == (step == "dot")
    assert len(server.texts) == (step == "dot"), "before the dot nothing has gone out"


def test_many_steps_that_are_each_in_time_are_not_in_time_together():
    with dribbling(dict.fromkeys(STEPS, 0.8)) as server:
        smtp, began = SmtpTransport(server.url, timeout=BOUND), time.monotonic()
        with pytest.raises(DeliveryProblem):
            smtp.send(letter())
        smtp.close()
        assert time.monotonic() - began < GIVES_UP
    assert server.texts == []


def test_a_server_in_time_gets_every_mail_whole_over_one_connection():
    with dribbling({"EHLO": 0.4, "dot": 0.4}) as server:
        smtp = SmtpTransport(server.url, timeout=GIVES_UP)
        for _ in range(3):
            smtp.send(letter())
        smtp.close()
    assert server.conversations == 1
    assert len(server.texts) == 3
    assert all(b"\r\n..a line that begins with a dot\r\nand one more\r\n" in text for text in server.texts)


def test_both_phases_fit_into_what_is_left_of_a_lease_when_a_mail_is_begun():
    assert LEASE.total_seconds() * (1 - RENEW_AT) > 2 * TIMEOUT_SECONDS


def test_a_server_slower_than_a_lease_gets_no_copy_from_a_second_worker(cast):
    """Two workers and a server whose every byte comes in time, whose conversation does not: nothing is handed over twice."""
    look_on(cast, "2027-03-31")  # Wednesday
    first, *others = [row.id for row in outbox_rows(cast, "pending")]
    for number in others:
        change(cast, t.outbox, number, available_at=at("2027-04-30"))
    lease, began, ctx = timedelta(seconds=100 * BOUND), time.monotonic(), cast.ctx("system", on="2027-03-31")
    wall = lambda: ctx.now + timedelta(seconds=time.monotonic() - began)  # noqa: E731
    with dribbling(dict.fromkeys(STEPS, 8.0)) as server:

        def works() -> None:
            smtp = SmtpTransport(server.url, timeout=BOUND)
            deliver(ctx, smtp, MAILS, wall=wall, lease=lease)
            smtp.close()

        one = threading.Thread(target=works)
        one.start()
        while one.is_alive() and not outbox_rows(cast, "sending"):
            one.join(0.01)
        while one.is_alive():
            assert deliver(ctx, SmtpTransport(server.url, timeout=BOUND), MAILS, wall=wall, lease=lease).claimed == 0
            one.join(0.05)
    assert server.texts == []
    (row,) = [row for row in outbox_rows(cast) if row.id == first]
    assert (row.status, row.attempts) == ("pending", 1)
