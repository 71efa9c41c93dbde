"""Meetings and events of a programme (成果發表會, data upload, 查核, 交流溝通會議): entered, put right, moved, cancelled, held.

Days are civil days in Taipei. A cancelled or moved meeting keeps what stood before readable, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, delete, update

from tracker.domain.minguo import both
from tracker.domain.reasons import Reason
from tracker.services import policy
from tracker.services.action_changes import digest, read_reason, remembered
from tracker.services.context import Context
from tracker.services.day_fields import read_day
from tracker.services.errors import Invalid, NotFound, Problem, Stale
from tracker.services.meeting_entries import LONGEST_MINUTES, MeetingEntry, read_clock, read_meeting, read_preparation
from tracker.services.meeting_plans import (
    drop_preparation,
    end_reminders,
    invite,
    move_preparation,
    move_reminders,
    tell_called_off,
    when_text,
)
from tracker.services.policy import Act, Target
from tracker.services.report_state import guarded_write
from tracker.services.text_fields import read_line, read_text
from tracker.store import q_meetings
from tracker.store import tables as t
from tracker.store.writing import Tx, Unchanged


@dataclass(frozen=True)
class SavedMeeting:
    """What a write gives back: the meeting, its new version, where it stands, and how many projects take part."""

    meeting_id: int
    version: int
    state: str
    projects: int


def plan_meeting(ctx: Context, entry: MeetingEntry, *, key: str) -> SavedMeeting:
    """Enter a meeting and put it on the desks of its projects. One whose day has passed is entered as held; nobody is reminded.

    Officers and chiefs of the programme. Raises NotFound, Forbidden, Invalid.
    """
    policy.authorise(ctx.viewer, Act.RUN_MEETING, Target(programme_id=entry.programme_id))
    with ctx.store.read() as conn:
        given = read_meeting(ctx, conn, entry)
    state = "planned" if given.values["held_on"] >= ctx.today else "held"

    def body(tx: Tx) -> dict[str, Any]:
        label = q_meetings.next_meeting_label(tx.conn, entry.programme_id)  # from here on one at a time
        if q_meetings.is_entered(tx.conn, given.values, {one.id for one in given.projects}):
            raise Invalid(
                [Problem("title_zh", "It is entered already: of the same kind and title, at the same time, with the same projects.")]
            )
        values = {**given.values, "label": label, "state": state}
        stamp = {"recorded_by": ctx.viewer.person_id, "recorded_at": ctx.now, "history_json": []}
        meeting_id = tx.insert(t.meeting, **values, **stamp)
        invite(tx, ctx, {**values, "id": meeting_id}, given.projects)
        day = {"held_on": given.values["held_on"].isoformat(), "projects": [one.id for one in given.projects]}
        tx.record("meeting", meeting_id, {"programme_id": entry.programme_id, "kind": entry.kind, **day})
        return {"meeting_id": meeting_id, "version": 1, "state": state, "projects": len(given.projects)}

    return SavedMeeting(**guarded_write(ctx, ctx.request("meeting.plan", key, entry), body))


def edit_meeting(ctx: Context, *, meeting_id: int, entry: MeetingEntry, expected_version: int, key: str) -> SavedMeeting:
    """Put right what a meeting is called, where it is, its letter, its file, and (while it is planned) which projects take part.

    Its day, its time and what is to be prepared have a way of their own (`reschedule_meeting`). A project that no longer takes part is
    not reminded any more and need not prepare anything. Raises NotFound, Forbidden, Invalid, Stale.
    """
    meeting = _for_running(ctx, meeting_id)
    if meeting.state == "cancelled":
        raise Invalid([Problem("state", "The meeting was cancelled.")])
    kept = {"programme_id": meeting.programme_id, "held_on": meeting.held_on, "starts_at": meeting.starts_at or ""}
    fixed = replace(entry, **kept, preparation="", prepare_by=None)
    with ctx.store.read() as conn:
        part = q_meetings.taking_part(conn, [meeting_id])
        before = {row.id for row in part}
        if meeting.state == "held":
            fixed = replace(fixed, project_ids=tuple(sorted(before)))
        given = read_meeting(ctx, conn, fixed, part)
    after = {row.id for row in given.projects}
    same = ("held_on", "starts_at", "preparation", "prepare_by_on", "programme_id")
    values = {name: value for name, value in given.values.items() if name not in same}

    def body(tx: Tx) -> dict[str, Any]:
        if before == after and tx.stands(t.meeting, meeting_id, expected_version, **values):
            raise Unchanged(meeting_id=meeting_id, version=expected_version, state=meeting.state, projects=len(after))
        version = tx.update_versioned(t.meeting, meeting_id, expected_version, **values)
        now = q_meetings.meeting_row(tx.conn, meeting_id)
        _leave(tx, ctx, now, before - after)
        invite(tx, ctx, now._mapping, [row for row in given.projects if row.id in after - before])
        _rename(tx, meeting_id, now)
        tx.record(
            "meeting", meeting_id, {"programme_id": now.programme_id, "joined": sorted(after - before), "left": sorted(before - after)}
        )
        return {"meeting_id": meeting_id, "version": version, "state": now.state, "projects": len(after)}

    return SavedMeeting(**guarded_write(ctx, ctx.request("meeting.edit", key, (meeting_id, fixed, expected_version)), body))


def reschedule_meeting(
    ctx: Context,
    *,
    meeting_id: int,
    held_on: date | str,
    starts_at: str = "",
    prepare_by: date | str | None = None,
    reason: str,
    letter_number: str = "",
    expected_version: int,
    key: str,
) -> SavedMeeting:
    """Move a planned meeting to another day or time, with what is still to be prepared for it. The old day stays readable.

    Raises NotFound, Forbidden, Invalid (every field), Stale.
    """
    meeting = _for_running(ctx, meeting_id)
    problems: list[Problem] = []
    day = read_day("held_on", held_on, problems)
    if day is not None and day < ctx.today:
        problems.append(Problem("held_on", "This day has passed already; give one that can still be kept."))
    clock = read_clock(starts_at, problems)
    _, prepare = read_preparation(ctx, meeting.preparation, prepare_by, day, problems) if meeting.preparation else ("", None)
    letter_number = read_line("letter_number", letter_number, problems, longest=120) or meeting.letter_number
    reason = read_text("reason", reason, problems)
    if not reason:
        problems.append(Problem("reason", "Give the reason; the project reads it."))
    if (day, clock, prepare) == (meeting.held_on, meeting.starts_at, meeting.prepare_by_on):
        problems.append(Problem("held_on", "It is set for this day and time already."))
    if problems or day is None:
        raise Invalid(problems)
    moved = {"held_on": day, "starts_at": clock, "prepare_by_on": prepare, "letter_number": letter_number}

    def body(tx: Tx) -> dict[str, Any]:
        now = _planned(tx, meeting_id)
        after = {**now._mapping, **moved}
        said = _moved_because(ctx, now, after, reason)
        entry = {"what": "moved", "old": when_text(now._mapping), "new": when_text(after), "why": reason, "letter_number": letter_number}
        version = tx.update_versioned(t.meeting, meeting_id, expected_version, **moved, **remembered(ctx, now, entry))
        move_reminders(tx, ctx, now, after, said, reason)
        if prepare is not None:
            move_preparation(tx, ctx, meeting_id, prepare, said, reason)
        tx.record("meeting", meeting_id, {"held_on": [now.held_on.isoformat(), day.isoformat()], "reason_sha256": digest(reason)})
        return _result(tx, meeting_id, version, "planned")

    return SavedMeeting(**guarded_write(ctx, ctx.request("meeting.move", key, (meeting_id, moved, reason, expected_version)), body))


def cancel_meeting(ctx: Context, *, meeting_id: int, reason: str, expected_version: int, key: str) -> SavedMeeting:
    """Call off a planned meeting: nobody is reminded any more, nothing has to be prepared, and what waits to be mailed is cancelled.

    Raises NotFound, Forbidden, Invalid, Stale where it is not planned any more.
    """
    _for_running(ctx, meeting_id)
    reason = read_reason(reason)

    def body(tx: Tx) -> dict[str, Any]:
        now = _planned(tx, meeting_id)
        entry = {"what": "cancelled", "old": when_text(now._mapping), "new": "", "why": reason}
        version = tx.update_versioned(
            t.meeting, meeting_id, expected_version, state="cancelled", state_why=reason, **remembered(ctx, now, entry)
        )
        said = Reason(f"機關於 {both(ctx.today)} 取消：{reason}", f"Cancelled by the office on {both(ctx.today)}: {reason}")
        tell_called_off(tx, ctx, now, reason)
        end_reminders(tx, ctx, meeting_id, said)
        drop_preparation(tx, ctx, meeting_id, reason)
        tx.record("meeting", meeting_id, {"state": ["planned", "cancelled"], "reason_sha256": digest(reason)})
        return _result(tx, meeting_id, version, "cancelled")

    return SavedMeeting(**guarded_write(ctx, ctx.request("meeting.cancel", key, (meeting_id, reason, expected_version)), body))


def mark_held(ctx: Context, *, meeting_id: int, expected_version: int, key: str) -> SavedMeeting:
    """The meeting took place, today or before. What was to be prepared and is not there stays owed.

    Raises NotFound, Forbidden, Invalid before its day, Stale.
    """
    return record_minutes(ctx, meeting_id=meeting_id, minutes=None, document_id=None, expected_version=expected_version, key=key)


def record_minutes(
    ctx: Context, *, meeting_id: int, minutes: str | None, document_id: int | None, expected_version: int, key: str
) -> SavedMeeting:
    """Keep the minutes, as a text or a file or both; a planned meeting is held with that. `minutes` None leaves both as they are.

    Every project that took part reads them. Raises NotFound, Forbidden, Invalid, Stale.
    """
    meeting = _for_running(ctx, meeting_id)
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    if minutes is not None:
        values = {"minutes": read_text("minutes", minutes, problems, longest=LONGEST_MINUTES), "minutes_document_id": document_id}
        if not values["minutes"] and document_id is None:
            problems.append(Problem("minutes", "Write the minutes or attach them as a file."))
    if meeting.held_on > ctx.today:
        problems.append(Problem("held_on", "The meeting has not taken place yet."))
    with ctx.store.read() as conn:
        if document_id is not None and not q_meetings.is_meeting_file(conn, document_id, meeting.programme_id):
            problems.append(Problem("document_id", "This file belongs to another programme."))
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict[str, Any]:
        now = q_meetings.meeting_row(tx.conn, meeting_id)
        if now.state == "cancelled" or (now.state == "held" and not values):
            raise Stale()
        if tx.stands(t.meeting, meeting_id, expected_version, state="held", **values):
            raise Unchanged(**_result(tx, meeting_id, expected_version, "held"))
        version = tx.update_versioned(t.meeting, meeting_id, expected_version, state="held", **values)
        end_reminders(tx, ctx, meeting_id, None)
        _touch_projects(tx, meeting_id)
        written = {"minutes_sha256": digest(values["minutes"]), "document_id": document_id} if values else {}
        tx.record("meeting", meeting_id, {"state": [now.state, "held"], **written})
        return _result(tx, meeting_id, version, "held")

    request = ctx.request("meeting.minutes", key, (meeting_id, minutes, document_id, expected_version))
    return SavedMeeting(**guarded_write(ctx, request, body))


def meeting_for(conn: Connection, meeting_id: int) -> tuple[Row, Target]:
    """A meeting and what authorisation looks at. Raises NotFound."""
    row = q_meetings.meeting_row(conn, meeting_id)
    if row is None:
        raise NotFound()
    return row, Target(programme_id=row.programme_id)


def _for_running(ctx: Context, meeting_id: int) -> Row:
    with ctx.store.read() as conn:
        row, target = meeting_for(conn, meeting_id)
        hers = q_meetings.hers(conn, meeting_id, ctx.viewer.project_ids)
    policy.authorise(ctx.viewer, Act.RUN_MEETING, Target(hers[0] if hers else None, target.programme_id))
    return row


def _planned(tx: Tx, meeting_id: int) -> Row:
    now = q_meetings.meeting_row(tx.conn, meeting_id)
    if now.state != "planned":
        raise Stale()
    return now


def _moved_because(ctx: Context, now: Row, after: Mapping[str, Any], reason: str) -> Reason:
    old, new = when_text(now._mapping), when_text(after)
    return Reason(
        f"機關於 {both(ctx.today)} 將「{now.title_zh}」由 {old} 改期至 {new}：{reason}",
        f"On {both(ctx.today)} the office moved “{now.title_en or now.title_zh}” from {old} to {new}: {reason}",
    )


def _leave(tx: Tx, ctx: Context, meeting: Row, project_ids: set[int]) -> None:
    """These projects take part no longer."""
    if not project_ids:
        return
    today = both(ctx.today)
    said = Reason(f"機關於 {today} 通知本計畫無須參加。", f"On {today} the office took this project off the list of those who take part.")
    end_reminders(tx, ctx, meeting.id, said, project_ids)
    drop_preparation(tx, ctx, meeting.id, "無須參加 / no longer takes part", project_ids)
    mp = t.meeting_project
    tx.conn.execute(delete(mp).where(mp.c.meeting_id == meeting.id, mp.c.project_id.in_(sorted(project_ids))))


def _rename(tx: Tx, meeting_id: int, now: Row) -> None:
    """The reminders carry the meeting's title."""
    o = t.obligation
    ids = [place.id for place in q_meetings.reminders(tx.conn, meeting_id)]
    if ids:
        titles = {"title_zh": now.title_zh, "title_en": now.title_en or now.title_zh, "letter_number": now.letter_number or None}
        tx.conn.execute(update(o).where(o.c.id.in_(ids)).values(**titles, version=o.c.version + 1))
    _touch_projects(tx, meeting_id)
    tx.touch("obligations")


def _touch_projects(tx: Tx, meeting_id: int) -> None:
    tx.touch("meeting", *(f"project:{row.id}" for row in q_meetings.taking_part(tx.conn, [meeting_id])))


def _result(tx: Tx, meeting_id: int, version: int, state: str) -> dict[str, Any]:
    projects = len(q_meetings.taking_part(tx.conn, [meeting_id]))
    return {"meeting_id": meeting_id, "version": version, "state": state, "projects": projects}
