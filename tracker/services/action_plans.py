"""The duty behind an action item that the project owes: its three days, and why."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row

from tracker.clock import civil_day
from tracker.domain import deadlines
from tracker.domain.calendars import OutsideCalendar
from tracker.domain.minguo import both
from tracker.domain.reasons import Reason
from tracker.domain.statuses import Basis, Confidence, DateStatus, DischargedBy, Kind, ObligationStatus
from tracker.services.context import Context
from tracker.services.errors import Invalid, Problem
from tracker.store import q_dates, q_meetings
from tracker.store import tables as t

RULE = "action_item"
TITLE_CHARACTERS = 80


def dates_of(ctx: Context, project: Row, due_on: date, why: tuple[Reason, ...], field: str = "due_on") -> dict[str, Any]:
    """The date columns of a duty whose day was set by the office, by the working days of the project's county.

    The day itself never moves (an official date wins); the last safe day to act is the last working day on or before it.
    Raises Invalid naming `field` where the working days of that year are unknown.
    """
    try:
        deadline = deadlines.fixed(due_on, ctx.calendar.for_county(project.county))
    except OutsideCalendar as error:
        raise Invalid([Problem(field, "The working days of {year} are not known yet.", {"year": error.day.year})]) from error
    return {
        "date_status": DateStatus.DATED.value,
        "nominal_on": deadline.nominal,
        "due_on": deadline.due_on,
        "file_by_on": deadline.file_by,
        "file_by_time": deadline.file_by_time,
        "because_json": [reason.as_dict() for reason in (*why, *deadline.because)],
        "calendar_version": deadline.calendar_version,
        "provisional": deadline.provisional,
    }


def duty_row(
    conn: Connection, ctx: Context, *, project_id: int, number: int, body: str, due_on: date, meeting_id: int | None, review_id: int | None
) -> dict[str, Any]:
    """The obligation of one action item, open, to be looked at from today on."""
    project = q_dates.project_row(conn, project_id)
    why, letter = _why(conn, number, due_on, meeting_id, review_id)
    title = _short(body)
    return {
        **dates_of(ctx, project, due_on, (why,)),
        "key": f"{project.code}/{RULE}/A{number}",
        "project_id": project_id,
        "programme_id": project.programme_id,
        "rule": RULE,
        "rule_version": "",
        "kind": Kind.ACTION_ITEM.value,
        "duty": True,
        "period_label": f"A{number}",
        # What a letter or an acceptance says is official; a day that only the minutes name is stated.
        "confidence": (Confidence.OFFICIAL if letter or review_id is not None else Confidence.STATED).value,
        "basis": Basis.OFFICIAL.value,
        "clause": "",
        "title_zh": f"待辦：{title}",
        "title_en": f"Action: {title}",
        "discharged_by": DischargedBy.MILEPOST.value,
        "status": ObligationStatus.OPEN.value,
        "origin": "action",
        "letter_number": letter or None,
        "next_look_on": ctx.today,
    }


def _why(conn: Connection, number: int, due_on: date, meeting_id: int | None, review_id: int | None) -> tuple[Reason, str]:
    """Where the item comes from, in a sentence; and the letter that says so, if any."""
    day = both(due_on)
    if meeting_id is not None:
        m = conn.execute(t.meeting.select().where(t.meeting.c.id == meeting_id)).one()
        letter_zh, letter_en = (f"（{m.letter_number}）", f" ({m.letter_number})") if m.letter_number else ("", "")
        held = both(m.held_on)
        return Reason(
            f"「{m.title_zh}」（{held}）{letter_zh}之待辦事項 A{number}，應於 {day} 前完成。",
            f"Action item A{number} of “{m.title_en or m.title_zh}” ({held}){letter_en}, to be done by {day}.",
        ), m.letter_number
    accepted = q_meetings.acceptance(conn, review_id) if review_id is not None else None
    if accepted is not None:
        on = both(civil_day(accepted.reviewed_at))
        return Reason(
            f"{on} 審查通過「{accepted.title_zh}」所附條件（A{number}），應於 {day} 前完成。",
            f"A condition (A{number}) of the acceptance of “{accepted.title_en}” on {on}, to be met by {day}.",
        ), ""
    return Reason(
        f"機關交付之待辦事項 A{number}，應於 {day} 前完成。", f"Action item A{number} given by the office, to be done by {day}."
    ), ""


def _short(body: str) -> str:
    line = " ".join(body.split())
    return line if len(line) <= TITLE_CHARACTERS else f"{line[: TITLE_CHARACTERS - 1]}…"
