"""Calendars as RFC 5545 has them: whatever somebody typed, it is read back as it was, and nothing else stands in the calendar."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar

from tracker.domain.free_text import clean_line, clean_text
from tracker.exchange.ical import Entry, calendar_of, event_of

AT, ON = datetime(2027, 1, 4, 9, tzinfo=UTC), date(2027, 3, 31)  # Monday, Wednesday
EVENT = ("UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "SUMMARY", "DTSTART", "DTEND", "TRANSP", "STATUS", "DESCRIPTION", "URL")
LINE_ENDS = "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"
#: What breaks calendars: line ends of every sort, the signs that are escaped, controls, direction marks, letters of several bytes.
_SIGNS = [*LINE_ENDS, *'\\nN;,:"^ \t\x00\x07\x7f\u202e\u200d\ufeff期é\U0001f600', "\ud800", "\r\n", "\r\nATTENDEE:mailto:x@y"]
ANY = st.text(max_size=200) | st.lists(st.sampled_from(_SIGNS), max_size=120).map("".join)


def made(title: str, about: str = "", url: str = "", name: str = "") -> bytes:
    return calendar_of([event_of(Entry(7, title, ON, AT, about, url), "office.invalid")], name=name, refresh=timedelta(hours=1))


def content(raw: bytes) -> list[tuple[str, str]]:
    """(name, value) of every content line, read by the letter of 3.1 and 3.3.11; nothing of the library that wrote it."""
    assert raw.endswith(b"\r\n")
    lines = raw[:-2].split(b"\r\n")
    assert all(len(line) <= 75 for line in lines), "a line is at most 75 octets long"
    for line in lines:
        line.decode("utf-8")  # no letter is cut in two
    whole = raw.replace(b"\r\n ", b"").decode("utf-8")
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029\u202a-\u202e\u2066-\u2069]", whole)
    assert "\r" not in whole.replace("\r\n", "")
    return [tuple(re.fullmatch(r"([A-Z-]+)(?:;[^:]*)?:(.*)", line, re.DOTALL).groups()) for line in whole[:-2].split("\r\n")]


def readable(typed: str) -> str:
    """What somebody typed, but for what nobody sees."""
    return clean_text(re.sub(f"[{LINE_ENDS[2:]}]", "\n", typed))


def text_of(value: str) -> str:
    """A TEXT value as it was meant. Every sign that must be escaped is."""
    assert not re.search(r"(?<!\\)(?:\\\\)*[;,]", value)
    assert re.fullmatch(r"(?:[^\\]|\\[\\;,nN])*", value, re.DOTALL)
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value, flags=re.DOTALL)


@given(title=ANY)
@example(title="a\\Nb \\n c\\, d; e\\")
@example(title="x\r\nATTENDEE:mailto:x@y")
@example(title="期" * 1000)
@example(title="\\" * 500)
def test_whatever_a_title_is_it_is_read_back_and_no_other_property_appears(title: str):
    raw = made(title)
    found = content(raw)
    names = [name for name, _ in found]
    inside = names[names.index("UID") : names.index("BEGIN", names.index("UID"))]
    assert set(inside) <= set(EVENT)
    assert len(inside) == len(set(inside))
    summary = [text_of(value) for name, value in found if name == "SUMMARY"]
    assert summary == [readable(title)]
    (event,) = Calendar.from_ical(raw).walk("VEVENT")
    assert str(event["SUMMARY"]) == readable(title)
    assert names.count("BEGIN") == names.count("END") == 5


@given(about=ANY, url=ANY, name=ANY)
def test_the_same_of_what_a_day_is_about_where_it_leads_and_what_the_calendar_is_called(about: str, url: str, name: str):
    found = content(made("期中報告", about, url, name))
    values = dict(found)
    assert {one for one, _ in found} <= {
        *EVENT, "BEGIN", "END", "PRODID", "VERSION", "CALSCALE", "METHOD", "NAME", "X-WR-CALNAME", "REFRESH-INTERVAL", "X-PUBLISHED-TTL",
        "X-WR-TIMEZONE", "TZID", "TZOFFSETFROM", "TZOFFSETTO", "TZNAME", "ACTION", "TRIGGER",
    }  # fmt: skip
    if name:
        assert text_of(values["NAME"]) == text_of(values["X-WR-CALNAME"]) == readable(name)
    said = [text_of(value) for one, value in found if one == "DESCRIPTION"]
    assert len(said) == (2 if about else 1), "its own and that of the alarm"


@pytest.mark.parametrize("end", list(LINE_ENDS), ids=lambda end: f"U+{ord(end):04X}")
def test_every_sort_of_line_end_in_a_description_is_a_line_end(end: str):
    said = [text_of(value) for one, value in content(made("x", f"one{end}two")) if one == "DESCRIPTION"]
    assert said[0] == "one\ntwo"


@given(title=st.text(st.characters(blacklist_categories=("Cc", "Cf", "Cs", "Zl", "Zp")), max_size=300))
def test_a_title_as_it_is_stored_is_read_back_to_the_letter(title: str):
    stored = clean_line(title)
    (event,) = Calendar.from_ical(made(stored)).walk("VEVENT")
    assert str(event["SUMMARY"]) == stored
