"""An SMTP conversation with an end: smtplib limits the wait for each packet, which a server that dribbles can stretch without limit.

Two phases are bounded as wholes, whatever the server does in them: everything before the final dot (connecting, TLS, signing in, envelope,
text), and the wait for the answer to the dot. Before the dot nothing has gone out; after it the server may have taken the mail.
"""

from __future__ import annotations

import re
import smtplib
import socket
from time import monotonic

BYE_SECONDS = 5.0
"""So long a server is listened to after everything was said."""

_LONGEST_LINE = smtplib._MAXLINE


class TookTooLong(smtplib.SMTPServerDisconnected):
    """The server used up all the time of a phase."""


class _Lines:
    """What smtplib reads replies from: lines of a socket, each wait as long as the conversation still may last."""

    def __init__(self, smtp: Bounded) -> None:
        self._smtp, self._sock, self._read = smtp, smtp.sock, b""

    def readline(self, longest: int) -> bytes:
        """The next line; b"" where the server hung up."""
        while b"\n" not in self._read and len(self._read) < longest:
            self._smtp.wait_no_longer()
            try:
                some = self._sock.recv(4096)
            except TimeoutError:
                raise self._smtp.too_long() from None
            if not some:
                break
            self._read += some
        end = self._read.find(b"\n") + 1 or len(self._read)
        line, self._read = self._read[:end][:longest], self._read[min(end, longest) :]
        return line

    def close(self) -> None:
        """The socket is closed by whom it belongs to."""


class Bounded(smtplib.SMTP):
    """A connection whose phases last `seconds` each at most, from `begin` on."""

    def __init__(self, host: str, port: int, seconds: float, **more) -> None:
        self._seconds = seconds
        self._phase, self._until = "", 0.0
        self.begin()
        super().__init__(host, port, timeout=seconds, **more)

    def begin(self, seconds: float | None = None, phase: str = "before the mail was handed over") -> None:
        """A phase begins."""
        self._phase, self._until = phase, monotonic() + (self._seconds if seconds is None else seconds)

    def left(self) -> float:
        """Seconds that the phase may still last. Raises TookTooLong."""
        left = self._until - monotonic()
        if left <= 0:
            raise self.too_long()
        return left

    def too_long(self) -> TookTooLong:
        """That the phase is over."""
        return TookTooLong(f"the server took longer than {self._seconds:g} seconds {self._phase}")

    def wait_no_longer(self) -> None:
        """Let the next step on the socket take as long as the phase may last."""
        left = self.left()
        if self.sock is not None:
            self.sock.settimeout(left)

    def getreply(self) -> tuple[int, bytes]:
        """As smtplib's, in time."""
        if self.file is None and self.sock is not None:
            self.file = _Lines(self)
        reply = super().getreply()
        if self.sock is not None:  # for a handshake, which begins without a word of ours; an answer that came counts, however late
            self.sock.settimeout(max(self._until - monotonic(), 0.001))
        return reply

    def send(self, s: bytes | str) -> None:
        """As smtplib's, in time."""
        try:
            self.wait_no_longer()
        except TookTooLong:
            self.close()
            raise
        super().send(s)

    def data(self, msg: bytes) -> tuple[int, bytes]:
        """Hand over the text; from the dot on another phase runs. Raises SMTPDataError."""
        self.putcmd("data")
        code, said = self.getreply()
        if code != 354:
            raise smtplib.SMTPDataError(code, said)
        text = re.sub(rb"(?m)^\.", b"..", msg)
        self.send(text + (b"" if text.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        self.begin(phase="after the mail was handed over; it may have arrived")
        return self.getreply()

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return _connected(self, host, port)


class BoundedTls(Bounded, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = _connected(self, host, port)
        plain.settimeout(self.left())
        return self.context.wrap_socket(plain, server_hostname=self._host)


def _connected(smtp: Bounded, host: str, port: int) -> socket.socket:
    """A connection to the first address of the name that answers; all of them together in the time of the phase.

    Only the look-up of the name has the limits of the machine's resolver; nothing is sent before its time is counted.
    """
    failed: OSError = OSError(f"{host} has no address")
    for family, kind, proto, _, address in socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM):
        sock = socket.socket(family, kind, proto)
        try:
            sock.settimeout(smtp.left())
            sock.connect(address)
        except OSError as problem:
            failed = problem
            sock.close()
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise failed
