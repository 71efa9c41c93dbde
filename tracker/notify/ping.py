"""The sign of life to the outside: a short request to an address that raises the alarm when it hears nothing any more.

It tells nothing but that everything is well: no name, no number. Whoever watches learns of a dead worker, a dead machine and a dead
network alike, which nothing inside of it could tell.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

SECONDS = 5.0


class BadPingAddress(ValueError):
    """Not an address that a sign of life may go to."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        """None: the answer itself is the result, and it counts as a failure."""
        return None


def checked(url: str) -> str:
    """The address where it may be used: https, or http to this very machine. Raises BadPingAddress."""
    parts = urlsplit(url)
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname))):
        raise BadPingAddress("TRACKER_PING_URL begins with https://")
    return url


def ping(url: str, timeout: float = SECONDS) -> str:
    """Ask the address once; returns what went wrong, as a word, or "" where it was taken. Never raises, never follows."""
    try:
        request = urllib.request.Request(checked(url), headers={"User-Agent": "Milepost"})  # noqa: S310  (checked)
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=timeout) as answer:
            return "" if 200 <= answer.status < 300 else str(answer.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return str(refused.code)
    except Exception as failed:  # whatever it is, a sign of life must never disturb the work it speaks of
        return type(failed).__name__


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
