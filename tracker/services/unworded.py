"""A message that cannot be made ready or handed over by a fault of ours: it must not hold up the others, nor be tried for ever."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import InterfaceError, OperationalError

from tracker.logs import report_unexpected
from tracker.notify.mail import BadAddress
from tracker.notify.transport import Blame, DeliveryProblem, Transport


class Unworded(Exception):
    """Nothing of the message has gone out; `problem` names where the log has the traceback."""

    def __init__(self, problem: DeliveryProblem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


@contextmanager
def wording(row_id: int) -> Iterator[None]:
    """Raises `Unworded` for a fault of one message. A database that is away is no message's fault and breaks the batch off."""
    try:
        yield
    except (OperationalError, InterfaceError):
        raise
    except Exception as fault:
        raise Unworded(_ours(row_id)) from fault


@contextmanager
def handing_over(row_id: int, by: Transport | None) -> Iterator[None]:
    """Raises DeliveryProblem for whatever goes wrong there that nobody foresaw: it may have gone out, and is tried again as after a lost
    connection. What `by` has open is closed, since nobody knows where it stands. A machine without memory breaks the batch off."""
    try:
        yield
    except (DeliveryProblem, BadAddress, MemoryError):
        raise
    except Exception as fault:
        problem = _ours(row_id)
        if by is not None:
            by.close()
        raise problem from fault


def _ours(row_id: int) -> DeliveryProblem:
    return DeliveryProblem(f"unexpected error, reference {report_unexpected(f'delivery {row_id}')}", blame=Blame.OURS)
