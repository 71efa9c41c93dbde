"""Dates of obligations as iCalendar (RFC 5545): one all-day event each, the same in a mail's attachment and in a feed.

The UID of an obligation never changes, so a program that holds the event already replaces it; `sequence` rises with each
change, and what is no longer owed is sent as cancelled and never left out, or it would stay in people's calendars.

What somebody typed is text and nothing else, whatever is in it: a line end is not the end of a property, nor is any other character that
some program takes for one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from icalendar import Alarm, Calendar, Event, Timezone, TimezoneStandard, vDuration, vText

from tracker.domain.free_text import clean_line, clean_text

PRODID = "-//Milepost//Milepost//EN"
_ZONE = "Asia/Taipei"
_ALARM_AT = timedelta(hours=9)
"""Alarms of all-day events count from midnight at the start of the day: nine in the morning, on the reader's own clock."""


class _Text(vText):
    """A TEXT value (RFC 5545, 3.3.11). The library's own takes a backslash before an N for a line end, and property names that it does not
    know for something that needs no escaping."""

    def to_ical(self) -> bytes:
        """The four signs escaped that the value may not hold as they are."""
        escaped = self.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
        return escaped.encode("utf-8")


def _text(typed: str) -> _Text:
    """A text as it was typed, with nothing invisible in it. Whatever some program takes for a line end is one."""
    return _Text(clean_text(typed.translate(_LINE_ENDS)))


_LINE_ENDS = dict.fromkeys(map(ord, "\v\f\x1c\x1d\x1e\x85\u2028\u2029"), "\n")


@dataclass(frozen=True)
class Entry:
    """What one event says, in the reader's language already.

    `on` is a civil day (the last safe day to file, or the day itself of what is no duty); `changed_at` an aware instant, when this was last
    another; `alarm_days` how many days before it an alarm sounds at nine (None: never).
    """

    obligation_id: int
    summary: str
    on: date
    changed_at: datetime
    description: str = ""
    url: str = ""
    sequence: int = 0
    cancelled: bool = False
    alarm_days: int | None = 1


def uid_of(obligation_id: int, host: str) -> str:
    """The UID of an obligation's event, on one installation for ever."""
    return f"obligation-{obligation_id}@{host}"


def event_of(entry: Entry, host: str) -> Event:
    """An all-day event that blocks nobody's time. `host` is the host of the installation's public address."""
    event = Event()
    event.add("uid", uid_of(entry.obligation_id, host))
    event.add("dtstamp", entry.changed_at)
    event.add("last-modified", entry.changed_at)
    event.add("sequence", entry.sequence)
    event.add("summary", _text(entry.summary))
    event.add("dtstart", entry.on)
    event.add("dtend", entry.on + timedelta(days=1))  # the end is the first day that no longer belongs to it
    event.add("transp", "TRANSPARENT")
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    if entry.description:
        event.add("description", _text(entry.description))
    if entry.url:
        event.add("url", clean_line(entry.url).replace(" ", "%20"))
    if entry.alarm_days is not None and not entry.cancelled:
        event.add_component(_alarm(entry))
    return event


def calendar_of(events: Iterable[Event], *, name: str = "", refresh: timedelta | None = None) -> bytes:
    """A calendar of these events with METHOD:PUBLISH, which tells and asks nothing. `refresh`: how often a feed is to be read again.

    A feed holds its zone even where no event needs one: a calendar without any component would be against RFC 5545 (3.6).
    """
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    if name:
        calendar.add("name", _text(name))
        calendar.add("x-wr-calname", _text(name))
    if refresh is not None:
        calendar.add("refresh-interval", refresh, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", vDuration(refresh))
        calendar.add("x-wr-timezone", _ZONE)
        calendar.add_component(_zone())
    for event in events:
        calendar.add_component(event)
    return calendar.to_ical()


def _zone() -> Timezone:
    """Asia/Taipei: eight hours, and no summer time since 1979."""
    standard, zone = TimezoneStandard(), Timezone()
    for name in ("tzoffsetfrom", "tzoffsetto"):
        standard.add(name, timedelta(hours=8))
    standard.add("tzname", "CST")
    standard.add("dtstart", datetime(1979, 10, 1))  # noqa: DTZ001  (local by definition)
    zone.add("tzid", _ZONE)
    zone.add_component(standard)
    return zone


def _alarm(entry: Entry) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _text(entry.summary))
    alarm.add("trigger", _ALARM_AT - timedelta(days=entry.alarm_days or 0))
    return alarm
