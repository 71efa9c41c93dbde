"""Days that people typed, read strictly (both calendars), with the field named where one cannot be taken."""

from __future__ import annotations

from datetime import date

from tracker.domain.minguo import DateTextError, parse_date
from tracker.services.errors import Problem

_WHY = {
    "empty": "Give a date.",
    "unreadable": "“{text}” is not a date. Write 115-08-31 or 2026-08-31.",
    "month_only": "“{text}” has no day. Write 115-08-31 or 2026-08-31.",
    "ask": "The year of “{text}” is not certain. Write 民國 years with three digits or Gregorian years with four.",
    "no_such_day": "There is no day “{text}”.",
    "weekday": "The weekday in “{text}” does not belong to that date.",
    "out_of_range": "“{text}” is too far away to be meant.",
}


def read_day(field: str, value: date | str | None, problems: list[Problem], *, needed: bool = True) -> date | None:
    """The day that `value` states (ISO or 民國), or None after adding a problem that names `field`.

    An empty value is a problem only where the day is `needed`.
    """
    if not needed and (value is None or (isinstance(value, str) and not value.strip())):
        return None
    try:
        return parse_date(value)
    except DateTextError as error:
        problems.append(Problem(field, _WHY[error.code], {"text": error.text[:40]}))
        return None


def not_after(field: str, day: date | None, last: date, problems: list[Problem]) -> None:
    """Add a problem where `day` lies after `last`, which is today."""
    if day is not None and day > last:
        problems.append(Problem(field, "This day lies in the future."))
