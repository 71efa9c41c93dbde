"""How a mail leaves: over SMTP, or into the local outbox page where no mail server is set up.

A transport says of a failure only whether trying again may help. It never tries again by itself: that could send twice
what a server took just before the connection broke.
"""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from enum import Enum
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import unquote, urlsplit

from tracker.notify.smtp_bounds import BYE_SECONDS, Bounded, BoundedTls

TIMEOUT_SECONDS = 120
"""So long a server may take for everything before the final dot, and as long again after it.

RFC 5321 asks for ten minutes after the dot, since giving up earlier makes copies; two are a compromise.
"""


class Blame(Enum):
    """Whose fault it is: that of the way, so that nothing else goes there either; of this message, as it seems; or ours."""

    WAY = "way"
    MESSAGE = "message"
    OURS = "ours"


class DeliveryProblem(Exception):
    """A mail that was not taken. `permanent`: this very mail will never be; otherwise trying later may help."""

    def __init__(self, reason: str, *, permanent: bool = False, blame: Blame = Blame.WAY) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.blame = blame


class Transport(Protocol):
    """Something that takes mails one by one. `name` is kept with each mail: `smtp` or `local`."""

    name: str

    def send(self, message: EmailMessage) -> None:
        """Hand over one mail. Raises DeliveryProblem; returning means that it was taken."""

    def close(self) -> None:
        """Give the connection back; the next `send` opens one."""


class LocalOutbox:
    """Takes everything and sends nothing: the mails are read on the deliveries page. For a demo, or until SMTP is set up."""

    name = "local"

    def send(self, message: EmailMessage) -> None:
        """The caller keeps the words of the mail with its row; there is nothing more to do."""

    def close(self) -> None:
        """Nothing is open."""


class SmtpTransport:
    """One connection, reused from mail to mail. `url` is `smtp://user:password@host:port` or `smtps://…`.

    STARTTLS is used wherever the server offers it; a password is never sent in the clear except to this machine itself. `timeout` bounds
    everything before the final dot, and again the wait after it, however the server spreads its answers.
    """

    name = "smtp"

    def __init__(self, url: str, timeout: float = TIMEOUT_SECONDS) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("the mail server is given as smtp://host:port or smtps://host:port")
        self._tls = parts.scheme == "smtps"
        self._host = parts.hostname
        self._port = parts.port or (465 if self._tls else 587 if parts.username else 25)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._timeout = timeout
        self._open: Bounded | None = None

    def send(self, message: EmailMessage) -> None:
        """Send to the one address in `To`. Raises DeliveryProblem."""
        try:
            if self._open is None:
                self._open = self._connect()
            else:
                self._open.begin()
            self._open.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            code, said = next(iter(refused.recipients.values()), (550, b"refused"))
            self._leave(keep=code != 421)
            raise _problem(code, said, permanent=500 <= code < 600) from refused
        except smtplib.SMTPDataError as refused:
            self._leave(keep=refused.smtp_code != 421)
            raise _problem(refused.smtp_code, refused.smtp_error, permanent=refused.smtp_code >= 500) from refused
        except smtplib.SMTPNotSupportedError as missing:
            self._leave(keep=True)
            raise DeliveryProblem(str(missing), permanent=True) from missing
        except smtplib.SMTPResponseException as refused:
            # The greeting, the sign-in or the sender was refused: our settings are wrong, not this mail. An administrator may mend it.
            self._leave(keep=False)
            raise _problem(refused.smtp_code, refused.smtp_error, permanent=False) from refused
        except (OSError, smtplib.SMTPException) as failed:
            self._leave(keep=False)
            raise DeliveryProblem(_shortened(f"{type(failed).__name__}: {failed}")) from failed

    def close(self) -> None:
        """Say goodbye, if the server still listens."""
        self._leave(keep=False)

    def _connect(self) -> Bounded:
        if self._tls:
            smtp: Bounded = BoundedTls(self._host, self._port, self._timeout, context=ssl.create_default_context())
        else:
            smtp = Bounded(self._host, self._port, self._timeout)
        try:
            smtp.ehlo()
            safe = self._tls or _is_this_machine(self._host)
            if not self._tls and smtp.has_extn("starttls"):
                smtp.starttls(context=ssl.create_default_context())
                smtp.ehlo()
                safe = True
            if self._user:
                if not safe:
                    raise DeliveryProblem("the mail server offers no TLS, so the password was not sent")
                smtp.login(self._user, self._password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _leave(self, *, keep: bool) -> None:
        if keep or self._open is None:
            return
        leaving, self._open = self._open, None
        leaving.begin(BYE_SECONDS)
        try:
            leaving.quit()
        except (OSError, smtplib.SMTPException):
            leaving.close()


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _problem(code: int, said: bytes | str, *, permanent: bool) -> DeliveryProblem:
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return DeliveryProblem(_shortened(f"{code} {words}"), permanent=permanent)


def _shortened(text: str) -> str:
    return " ".join(text.split())[:300]
