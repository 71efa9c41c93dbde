"""Makes files like the official table of working days, out of the calendar that is shipped, with whatever a test wants changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from tracker.domain.minguo import WEEKDAYS_ZH
from tracker.programmes.calendars import load_calendar

HEADER = "西元日期,星期,是否放假,備註"


def rows(year: int, off: Mapping[str, str] = {}, worked: tuple[str, ...] = ()) -> list[str]:
    """The rows of a year as the shipped calendar has it; `off` adds days off with their notes, `worked` takes days off away."""
    calendar, found, day = load_calendar(), [], date(year, 1, 1)
    while day.year == year:
        text = day.isoformat()
        is_off = text in off or (not calendar.is_working(day) and text not in worked)
        name = calendar.names.get(day)
        note = off.get(text) or (name.zh if name and is_off else "")
        found.append(f"{day:%Y%m%d},{WEEKDAYS_ZH[day.weekday()]},{2 if is_off else 0},{note}")
        day += timedelta(days=1)
    return found


def table(year: int, off: Mapping[str, str] = {}, worked: tuple[str, ...] = (), encoding: str = "utf-8-sig") -> bytes:
    """The file, as published."""
    return "\r\n".join([HEADER, *rows(year, off, worked), ""]).encode(encoding)
