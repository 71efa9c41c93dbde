"""Links in mails that carry their own right: one alert, one recipient, a few acts, until a day. Signed, never stored.

A link opens a form and does nothing by itself; what the form does is done with the rights its recipient has at that moment.
The end is inside what is signed and is compared with the installation's own clock, so that a link reads the same wherever it
is made and whenever it is looked at.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from itsdangerous import BadData, URLSafeSerializer

GOOD_FOR = timedelta(days=30)
PATH = "/act/"
PURPOSE = "mail-links"
"""The name under which the installation's secret gives the key (`Secrets.key_for`)."""

LONGEST = 400
"""Characters of a token; nothing of ours comes near it."""

_KEY = re.compile(re.escape(PATH) + r"[A-Za-z0-9_.-]+")
_SALT = b"milepost mail link 2"


def without_keys(text: str) -> str:
    """A mail's text as it may be kept and shown to the office: each link of a recipient's own leads to the inbox instead."""
    return _KEY.sub("/inbox", text)


class LinkAct(StrEnum):
    """What a link may do; the values are what is signed."""

    ACKNOWLEDGE = "a"
    SNOOZE = "s"
    DELEGATE = "d"
    UNSUBSCRIBE = "u"


#: What the mail of an alert offers.
OF_AN_ALERT = (LinkAct.ACKNOWLEDGE, LinkAct.SNOOZE, LinkAct.DELEGATE)


class BadLink(ValueError):
    """Not one of ours: changed, cut off by a mail program, or signed with another secret."""


@dataclass(frozen=True)
class MailLink:
    """What a link that was signed here says. `alert_id` is None where it is about her digests; `until` is aware.

    `mailbox` tells the address that it was mailed to from others, without naming it; "": it was not mailed.
    """

    person_id: int
    alert_id: int | None
    acts: tuple[LinkAct, ...]
    until: datetime
    mailbox: str = ""

    def has_ended(self, at: datetime) -> bool:
        """Whether it is no longer good at an instant."""
        return at >= self.until


@dataclass(frozen=True)
class MailLinks:
    """Makes and reads links. `key` comes from `Secrets.key_for(PURPOSE)`, `public_url` is the installation's address."""

    key: bytes = field(repr=False)
    public_url: str

    def act(self, person_id: int, alert_id: int, *, at: datetime, acts: Sequence[LinkAct] = OF_AN_ALERT, to: str = "") -> str:
        """The address of the form for one alert and its recipient, good for 30 days from the instant `at`.

        The act named first is the one that the form shows first; it offers no other than these. `to` is where it is mailed: it is good
        while she has that address, so that a mailbox which is not hers any more opens nothing.
        """
        return self._address(person_id, alert_id, acts, at, to)

    def unsubscribe(self, person_id: int, *, at: datetime, to: str = "") -> str:
        """The address of the form that ends her digests by mail; also the target of a one-click unsubscribe (RFC 8058)."""
        return self._address(person_id, None, (LinkAct.UNSUBSCRIBE,), at, to)

    def mailbox(self, address: str) -> str:
        """What a link says of the address that it is mailed to ("": nothing)."""
        return hmac.new(self.key, b"mailbox|" + address.lower().encode(), hashlib.sha256).hexdigest()[:12] if address else ""

    def read(self, token: str) -> MailLink:
        """What a token says, also when its time is over. Raises BadLink."""
        if not token.isascii() or len(token) > LONGEST:
            raise BadLink("not a token of ours")
        try:
            person_id, alert_id, acts, until, mailbox = self._serializer().loads(token)
            return MailLink(
                person_id=int(person_id),
                alert_id=None if alert_id is None else int(alert_id),
                acts=tuple(LinkAct(letter) for letter in acts),
                until=datetime.fromtimestamp(int(until), UTC),
                mailbox=str(mailbox),
            )
        except (BadData, TypeError, ValueError, OverflowError, OSError) as failed:
            raise BadLink("not signed here") from failed

    def _address(self, person_id: int, alert_id: int | None, acts: Sequence[LinkAct], at: datetime, to: str) -> str:
        said = [person_id, alert_id, "".join(acts), int((at + GOOD_FOR).timestamp()), self.mailbox(to)]
        return f"{self.public_url}{PATH}{self._serializer().dumps(said)}"

    def _serializer(self) -> URLSafeSerializer:
        """HMAC-SHA256; itsdangerous compares signatures in constant time."""
        return URLSafeSerializer(self.key, salt=_SALT, signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256})
