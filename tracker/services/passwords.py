"""Passwords: what is accepted, how it is kept, and how it is checked without telling who exists.

Argon2id with OWASP's m=46 MiB, t=1, p=1 costs about 50 ms on one core. A semaphore of as many places as there are cores keeps a flood of
sign-ins from taking the screens down with it. NIST SP 800-63B-4: 15 characters at least where the password is the only
factor, no rules of composition, no change by the calendar, a block-list.
"""

from __future__ import annotations

import os
import secrets
import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tracker.services.errors import Problem, ServiceError

MIN_CHARACTERS = 15
MAX_BYTES = 1024
WAIT_SECONDS = 10.0

_HASHER = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)
_PLACES = threading.BoundedSemaphore(os.cpu_count() or 1)

#: No look-alike characters: a temporary password is read off a screen and typed.
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"

#: What people type to fill fifteen characters. A password that is one of these words, repeated or run together, is refused.
_COMMON = (
    "password", "passw0rd", "milepost", "welcome", "letmein", "administrator", "admin", "qwertyuiop", "qwerty", "asdfghjkl", "zxcvbnm",
    "iloveyou", "changeme",
    "taiwan", "taipei", "secret", "monkey", "dragon", "sunshine", "princess", "football", "baseball", "master",
    "abc123", "1qaz2wsx3edc", "1qaz2wsx", "q1w2e3r4t5y6", "abcdefghijklmnopqrstuvwxyz", "test", "demo", "user", "login",
    "ji3g4go6", "au4a83",
)  # fmt: skip


class TooBusy(ServiceError):
    """No place came free to check a password; trying again shortly is fine."""

    def __init__(self) -> None:
        super().__init__("Too many people are signing in just now. Please try again in a moment.")


def normalised(password: str) -> str:
    """The one form under which a password is set and checked: NFKC, so that it does not depend on the keyboard."""
    return unicodedata.normalize("NFKC", password)


def problems(password: str, *own_words: str) -> list[Problem]:
    """What is wrong with a new password; `own_words` are the person's address and name, which it may not be made of."""
    text = normalised(password)
    if len(text) < MIN_CHARACTERS:
        return [Problem("password", "Use at least {n} characters; a sentence is easy to remember.", {"n": MIN_CHARACTERS})]
    if len(text.encode()) > MAX_BYTES:
        return [Problem("password", "That is longer than {n} bytes.", {"n": MAX_BYTES})]
    if "\0" in text:
        return [Problem("password", "The password contains a character that cannot be typed.")]
    if _is_guessable(text, own_words):
        return [Problem("password", "That is among the first passwords somebody would try. Choose another one.")]
    return []


def hashed(password: str) -> str:
    """The Argon2id hash to keep. Raises TooBusy."""
    with _Place():
        return _HASHER.hash(normalised(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is the one behind `stored`. Takes as long for an unknown person (None) as for a known one."""
    too_long = len(password.encode()) > 4 * MAX_BYTES
    with _Place():
        try:
            right = _HASHER.verify(stored or _dummy(), "" if too_long else normalised(password))
        except (VerificationError, InvalidHashError):
            return False
    return right and stored is not None and not too_long


def needs_rehash(stored: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def temporary() -> str:
    """A password to hand over once: four groups of five, about 99 bits."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(5)) for _ in range(4))


def _is_guessable(text: str, own_words: tuple[str, ...]) -> bool:
    folded = "".join(text.casefold().split())
    if len(set(folded)) < 5 or folded in _runs() or folded[::-1] in _runs():
        return True
    rest = folded
    mine = [word.casefold() for phrase in own_words for word in (phrase, *phrase.replace("@", ".").split(".")) if len(word) >= 3]
    for word in sorted((*_COMMON, *mine), key=len, reverse=True):
        rest = rest.replace(word, "")
    # What is left beside common words must itself be more than a few digits and marks.
    return len(rest) < 5 or len(rest.strip("0123456789!@#$%^&*()-_=+.?~")) == 0


@cache
def _runs() -> frozenset[str]:
    rows = ("abcdefghijklmnopqrstuvwxyz" * 2, "01234567890" * 4, "1234567890" * 4)
    return frozenset(row[i : i + n] for row in rows for n in range(15, 27) for i in range(len(row) - n + 1))


@cache
def _dummy() -> str:
    return _HASHER.hash(secrets.token_urlsafe(32))


class _Place:
    """One of the places for a computation that fills a core."""

    def __enter__(self) -> None:
        if not _PLACES.acquire(timeout=WAIT_SECONDS):
            raise TooBusy()

    def __exit__(self, *_: object) -> None:
        _PLACES.release()
