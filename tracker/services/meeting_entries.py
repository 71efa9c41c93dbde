"""What the office types about a meeting or an event, read and checked; every problem names its field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row

from tracker.services.context import Context
from tracker.services.day_fields import read_day
from tracker.services.errors import Invalid, NotFound, Problem
from tracker.services.text_fields import read_lines, read_text
from tracker.store import q_dates, q_meetings

KINDS = ("presentation", "data_upload", "inspection", "discussion", "other")
LONGEST_MINUTES = 20_000
_LINES = {"title_zh": 200, "title_en": 200, "place": 200, "letter_number": 120}
_CLOCK = re.compile(r"([01]?\d|2[0-3]):?([0-5]\d)")


@dataclass(frozen=True)
class MeetingEntry:
    """One meeting as it is typed. Days in either calendar; `starts_at` a Taipei time of day or "".

    `project_ids` None: every running project of the programme. `preparation` is what each project owes for it by `prepare_by`;
    both empty: nothing is owed, the projects are only reminded of the day.
    """

    programme_id: int
    kind: str
    title_zh: str
    held_on: date | str
    title_en: str = ""
    starts_at: str = ""
    place: str = ""
    letter_number: str = ""
    notice_document_id: int | None = None
    preparation: str = ""
    prepare_by: date | str | None = None
    project_ids: tuple[int, ...] | None = None


@dataclass(frozen=True)
class ReadMeeting:
    """A meeting whose every field was read: the columns of `meeting`, and the projects that take part."""

    values: dict[str, Any]
    projects: tuple[Row, ...]


def read_meeting(ctx: Context, conn: Connection, entry: MeetingEntry, staying: Iterable[Row] = ()) -> ReadMeeting:
    """The entry as it would be stored; `staying` take part already, running or not.

    Raises Invalid with every problem, NotFound for a project of another programme."""
    problems: list[Problem] = []
    entry = read_lines(entry, _LINES, problems)
    if entry.kind not in KINDS:
        problems.append(Problem("kind", "Choose what it is."))
    if not entry.title_zh:
        problems.append(Problem("title_zh", "Give it a title."))
    held_on = read_day("held_on", entry.held_on, problems)
    prepare = read_preparation(ctx, entry.preparation, entry.prepare_by, held_on, problems)
    starts_at = read_clock(entry.starts_at, problems)
    check_file(conn, entry, problems)
    projects = participants(conn, entry, staying)
    if not projects:
        problems.append(Problem("project_ids", "Choose at least one running project."))
    problems += _known_days(ctx, [day for day in (held_on, prepare[1]) if day is not None])
    if problems:
        raise Invalid(problems)
    values = {
        "programme_id": entry.programme_id, "kind": entry.kind, "title_zh": entry.title_zh, "title_en": entry.title_en,
        "held_on": held_on, "starts_at": starts_at, "place": entry.place, "letter_number": entry.letter_number,
        "notice_document_id": entry.notice_document_id, "preparation": prepare[0], "prepare_by_on": prepare[1],
    }  # fmt: skip
    return ReadMeeting(values, projects)


def read_preparation(
    ctx: Context, text: str, by: date | str | None, held_on: date | None, problems: list[Problem]
) -> tuple[str, date | None]:
    """What is owed and by when: both or neither, on a day that can still be kept and is not after the meeting."""
    text = read_text("preparation", text, problems, longest=1_000)
    day = read_day("prepare_by", by, problems, needed=bool(text))
    if day is not None and not text:
        problems.append(Problem("preparation", "Say what has to be there by that day."))
    if day is not None and day < ctx.today:
        problems.append(Problem("prepare_by", "This day has passed already; give one that can still be kept."))
    if day is not None and held_on is not None and day > held_on:
        problems.append(Problem("prepare_by", "What is to be prepared is due by the day of the meeting at the latest."))
    return text, day


def read_clock(text: str, problems: list[Problem], field: str = "starts_at") -> str | None:
    """ "14:00" from "14:00", "1400" or "１４：００"; None where nothing was typed, or after adding a problem."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    if not plain:
        return None
    match = _CLOCK.fullmatch(plain)
    if match is None:
        problems.append(Problem(field, "Write the time as 14:00."))
        return None
    return f"{int(match[1]):02d}:{match[2]}"


def check_file(conn: Connection, entry: MeetingEntry, problems: list[Problem]) -> None:
    """The notice is a file that was brought for a meeting of this programme."""
    found = entry.notice_document_id is None or q_meetings.is_meeting_file(conn, entry.notice_document_id, entry.programme_id)
    if not found:
        problems.append(Problem("notice_document_id", "This file belongs to another programme."))


def participants(conn: Connection, entry: MeetingEntry, staying: Iterable[Row] = ()) -> tuple[Row, ...]:
    """The projects that take part, by code. Raises NotFound where one is not of the programme, or neither running nor `staying`."""
    offered = {row.id: row for row in (*staying, *q_dates.active_projects(conn, entry.programme_id))}
    if entry.project_ids is None:
        return tuple(sorted(offered.values(), key=lambda row: row.code))
    if not set(entry.project_ids) <= set(offered):
        raise NotFound()
    return tuple(sorted((offered[one] for one in set(entry.project_ids)), key=lambda row: row.code))


def _known_days(ctx: Context, days: list[date]) -> list[Problem]:
    """A day beyond the working-day tables is a slip of the pen."""
    return [
        Problem("held_on", "The working days of {year} are not known yet.", {"year": day.year})
        for day in days[:1]
        if not ctx.calendar.first_day <= day <= ctx.calendar.last_day
    ]


def like(meeting: Row, project_ids: tuple[int, ...]) -> MeetingEntry:
    """A stored meeting as the form shows it again."""
    return replace(
        MeetingEntry(meeting.programme_id, meeting.kind, meeting.title_zh, meeting.held_on),
        title_en=meeting.title_en, starts_at=meeting.starts_at or "", place=meeting.place, letter_number=meeting.letter_number,
        notice_document_id=meeting.notice_document_id, preparation=meeting.preparation, prepare_by=meeting.prepare_by_on,
        project_ids=project_ids,
    )  # fmt: skip
