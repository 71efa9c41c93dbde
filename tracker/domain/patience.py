"""How long a message that is not taken is tried again: 1, 5, 15 minutes, 1 hour, then every 4 hours, for two days."""

from __future__ import annotations

from datetime import timedelta

_BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
GIVE_UP_AFTER = timedelta(hours=48)


def retry_after(attempts: int) -> timedelta | None:
    """How long to wait after this many failed attempts: 1, 5, 15 minutes, 1 hour, then 4 hours each; None after 48 hours."""
    waited = sum((_pause(number) for number in range(1, attempts)), timedelta())
    return _pause(attempts) if waited + _pause(attempts) <= GIVE_UP_AFTER else None


def _pause(attempt: int) -> timedelta:
    return _BACK_OFF[min(attempt, len(_BACK_OFF)) - 1]


LAST_ATTEMPT = next(number for number in range(1, 1000) if retry_after(number) is None)
"""What was given up after fewer attempts was refused for good; what was tried as often as this met a way that was shut."""

REMEMBERED = timedelta(days=7)
"""What was given up is tried again by itself for so long after it was decided on: a server that was away over a long weekend, a corrected
address. Later somebody has to say so."""
