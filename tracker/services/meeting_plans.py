"""What a meeting puts on the desks of the projects that take part: a reminder of its day, and what they have to prepare for it.

The reminder is an obligation without duty: it has the stages of the ladder before its day, is never late and counts nowhere. What has to
be prepared is an action item, so that it is said to be done and closed like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Row, insert, select, update

from tracker.domain.minguo import both
from tracker.domain.reasons import Reason
from tracker.domain.statuses import Basis, Confidence, DateStatus, DischargedBy, Kind, ObligationStatus
from tracker.notify.notice_wording import MEETING_CANCELLED, MEETING_MOVED
from tracker.services.action_changes import cancel_waiting, dropped, put_day, remembered
from tracker.services.action_items import add_item
from tracker.services.alerts import cancel_overtaken
from tracker.services.context import Context
from tracker.services.notices import tell
from tracker.services.recipients import Recipient
from tracker.store import q_alerts, q_meetings
from tracker.store import tables as t
from tracker.store.writing import Tx

RULE = "meeting"


def invite(tx: Tx, ctx: Context, meeting: Mapping[str, Any], projects: Iterable[Row]) -> None:
    """Put a meeting (the row with its id and label) on the desks of projects; of one whose day has passed only that they took part."""
    projects = list(projects)
    if not projects:
        return
    to_come = meeting["held_on"] >= ctx.today
    rows = {project.id: _reminder(ctx, meeting, project) for project in projects} if to_come else {}
    ids = _place(tx, rows)
    places = [{"meeting_id": meeting["id"], "project_id": one.id, "obligation_id": ids.get(one.id)} for one in projects]
    tx.conn.execute(insert(t.meeting_project), places)
    if meeting["preparation"] and to_come:
        for project in projects:
            add_item(
                tx, ctx, project_id=project.id, programme_id=meeting["programme_id"], body=meeting["preparation"], side="project",
                owner_id=None, due_on=meeting["prepare_by_on"], meeting_id=meeting["id"], sort="preparation",
            )  # fmt: skip
    tx.touch("obligations", "meeting", *(f"project:{project.id}" for project in projects))


def _place(tx: Tx, rows: Mapping[int, Mapping[str, Any]]) -> dict[int, int]:
    """Store these reminders, by project; one of a project that had left the meeting is opened again. Gives their ids by project."""
    if not rows:
        return {}
    o = t.obligation
    which = select(o.c.id, o.c.project_id, o.c.version).where(o.c.key.in_([row["key"] for row in rows.values()]))
    for old in tx.conn.execute(which).all():
        tx.conn.execute(update(o).where(o.c.id == old.id).values(**rows[old.project_id], version=old.version + 1))
    had = {old.project_id for old in tx.conn.execute(which)}
    new = [row for project_id, row in rows.items() if project_id not in had]
    if new:
        tx.conn.execute(insert(o), new)
    return {row.project_id: row.id for row in tx.conn.execute(which)}


def move_reminders(tx: Tx, ctx: Context, before: Row, after: Mapping[str, Any], said: Reason, reason: str) -> None:
    """Bring the reminders of a meeting to its new day and tell the projects; what was said of the old one stays among the reasons."""
    o = t.obligation
    for place in q_meetings.reminders(tx.conn, before.id):
        values = _days(after, Reason(said.zh, said.en), place.because_json)
        change = update(o).where(o.c.id == place.id).values(**values, next_look_on=ctx.today, version=o.c.version + 1)
        tx.conn.execute(change)
        days = {"old_due_on": before.held_on.isoformat(), "new_due_on": after["held_on"].isoformat()}
        tell_members(tx, ctx, MEETING_MOVED, place, before, {**days, "reason": reason, "letter_number": after["letter_number"]})
        tx.touch(f"project:{place.project_id}")
    cancel_overtaken(tx, [place.id for place in q_meetings.reminders(tx.conn, before.id)])
    tx.touch("obligations")


def tell_called_off(tx: Tx, ctx: Context, meeting: Row, reason: str) -> None:
    """Tell the projects that a meeting is cancelled; before its reminders are ended."""
    for place in q_meetings.reminders(tx.conn, meeting.id):
        params = {"old_due_on": meeting.held_on.isoformat(), "reason": reason, "letter_number": ""}
        tell_members(tx, ctx, MEETING_CANCELLED, place, meeting, params)


def tell_members(tx: Tx, ctx: Context, kind: str, place: Row, meeting: Row, params: Mapping[str, Any]) -> None:
    """Tell everybody on one project once of what happened to a meeting."""
    people = [Recipient(p.id, p.email, p.language, p.role) for p in q_alerts.members(tx.conn, [place.project_id], ctx.today)]
    about = {"id": place.id, "project_id": place.project_id, "programme_id": meeting.programme_id}
    tell(tx, ctx, kind=kind, people=people, obligation=about, once=f"meeting-{place.id}-{meeting.version}", params=params)


def move_preparation(tx: Tx, ctx: Context, meeting_id: int, day: date, said: Reason, why: str) -> None:
    """Give what is still to be prepared another day."""
    a = t.action_item
    for item in preparations(tx, meeting_id):
        if item.state != "open" or item.due_on == day:
            continue
        put_day(tx, ctx, item, day, said)
        entry = {"what": "due_on", "old": item.due_on.isoformat(), "new": day.isoformat(), "why": why}
        values = {"due_on": day, "version": item.version + 1, **remembered(ctx, item, entry)}
        tx.conn.execute(update(a).where(a.c.id == item.id).values(**values))


def end_reminders(tx: Tx, ctx: Context, meeting_id: int, said: Reason | None, project_ids: Iterable[int] | None = None) -> None:
    """Close the reminders of a meeting (of some projects only, or of all) and cancel what waits to be mailed about it."""
    o = t.obligation
    wanted = None if project_ids is None else set(project_ids)
    ended = [place for place in q_meetings.reminders(tx.conn, meeting_id) if wanted is None or place.project_id in wanted]
    for place in ended:
        because = place.because_json if said is None else [said.as_dict(), *place.because_json]
        values = {"status": "closed", "next_look_on": None, "because_json": because, "version": o.c.version + 1}
        tx.conn.execute(update(o).where(o.c.id == place.id).values(**values))
        tx.touch(f"project:{place.project_id}")
    cancel_waiting(tx, [place.id for place in ended])
    tx.touch("obligations")


def drop_preparation(tx: Tx, ctx: Context, meeting_id: int, reason: str, project_ids: Iterable[int] | None = None) -> None:
    """Let go of what was to be prepared, of some projects or of all."""
    a = t.action_item
    wanted = None if project_ids is None else set(project_ids)
    for item in preparations(tx, meeting_id):
        if item.state in ("open", "done") and (wanted is None or item.project_id in wanted):
            values = {**dropped(tx, ctx, item, reason), "version": item.version + 1}
            tx.conn.execute(update(a).where(a.c.id == item.id).values(**values))
    tx.touch("action_item")


def preparations(tx: Tx, meeting_id: int) -> list[Row]:
    """What the projects have to prepare for a meeting."""
    return [item for item in q_meetings.items(tx.conn, meeting_id=meeting_id) if item.sort == "preparation"]


def when_text(meeting: Mapping[str, Any]) -> str:
    """Day and time of a meeting, "115-10-14 (2026-10-14) 14:00"."""
    return f"{both(meeting['held_on'])} {meeting['starts_at']}" if meeting["starts_at"] else both(meeting["held_on"])


def _reminder(ctx: Context, meeting: Mapping[str, Any], project: Row) -> dict[str, Any]:
    letter = meeting["letter_number"]
    by_zh, by_en = (f"依 {letter}，", f" by {letter}") if letter else ("", "")
    at_zh, at_en = (f"，地點：{meeting['place']}", f", at {meeting['place']}") if meeting["place"] else ("", "")
    when = when_text(meeting)
    why = Reason(f"{by_zh}機關訂於 {when} 舉行{at_zh}。", f"The office has set {when}{at_en}{by_en}.")
    return {
        **_days(meeting, why, []),
        "key": f"{project.code}/{RULE}/{meeting['label']}",
        "project_id": project.id,
        "programme_id": meeting["programme_id"],
        "rule": RULE,
        "rule_version": "",
        "kind": Kind.MEETING.value,
        "duty": False,
        "period_label": meeting["label"],
        "date_status": DateStatus.DATED.value,
        "basis": Basis.OFFICIAL.value,
        "clause": "",
        "title_zh": meeting["title_zh"],
        "title_en": meeting["title_en"] or meeting["title_zh"],
        "discharged_by": DischargedBy.MILEPOST.value,
        "status": ObligationStatus.OPEN.value,
        "origin": "meeting",
        "provisional": False,
        "next_look_on": ctx.today,
    }


def _days(meeting: Mapping[str, Any], why: Reason, before: list[dict[str, str]]) -> dict[str, Any]:
    """The day of a meeting is the day itself, working or not: nothing is counted and nothing rolls."""
    day, letter = meeting["held_on"], meeting["letter_number"]
    confidence = (Confidence.OFFICIAL if letter else Confidence.STATED).value
    because = [why.as_dict(), *before]
    return {
        "nominal_on": day, "due_on": day, "file_by_on": day, "because_json": because, "confidence": confidence,
        "letter_number": letter or None,
    }  # fmt: skip
