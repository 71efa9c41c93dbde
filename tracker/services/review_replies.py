"""The answer that a return asks for: an obligation with a day and a ladder of its own, below the report's."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import update

from tracker.domain.calendars import OutsideCalendar
from tracker.domain.minguo import both
from tracker.domain.statuses import Basis, Confidence, DateStatus, DischargedBy, Kind, ObligationStatus
from tracker.services.context import Context
from tracker.services.errors import Invalid, Problem
from tracker.services.report_state import ReportState
from tracker.store import q_reports as q
from tracker.store import tables as t
from tracker.store.writing import Tx

LONGEST_REPLY = timedelta(days=366)


def reply_day_problems(ctx: Context, reply_by: date | None, county: str | None = None) -> list[Problem]:
    """What stands against a day for the reply: before tomorrow or too far away (errors), not a working day (warning)."""
    if reply_by is None:
        return [Problem("reply_by", "Choose the day by which the answer is expected.")]
    if reply_by <= ctx.today:
        return [
            Problem("reply_by", "The answer needs at least until tomorrow ({earliest}).", {"earliest": both(ctx.today + timedelta(days=1))})
        ]
    if reply_by > ctx.today + LONGEST_REPLY:
        return [Problem("reply_by", "The answer is expected within a year.")]
    calendar = ctx.calendar.for_county(county)
    if not calendar.is_working(reply_by):
        safe = {"day": both(calendar.previous_working(reply_by))}
        return [Problem("reply_by", "This is not a working day. The last safe day is {day}.", safe, "warning")]
    return []


def forget_answers(tx: Tx, report_id: int) -> None:
    """The answers to the round before belong to the version that carries them; a new round starts with empty ones."""
    d = t.report_draft_field
    tx.conn.execute(update(d).where(d.c.report_id == report_id, d.c.field.like("remarks:%")).values(value_json="", rev=d.c.rev + 1))


def insert_reply(tx: Tx, ctx: Context, state: ReportState, reply_by: date) -> str:
    """The obligation to answer: its own day and ladder, a child of the report's."""
    parent = state.row
    number = q.reply_count(tx.conn, parent.o_id) + 1
    key = f"{parent.o_key}/reply-{number}"
    calendar = ctx.calendar.for_county(parent.p_county)
    because = [
        {"zh": f"機關於 {both(ctx.today)} 退回本報告，請於 {both(reply_by)} 前補正。",
         "en": f"The office returned the report on {both(ctx.today)} and asks for the answer by {both(reply_by)}."},
        {"zh": "是否逾期仍以第一次送件日判斷；補正另有自己的期限。",
         "en": "Whether the report is late is still judged by its first submission; the answer has its own day."},
    ]  # fmt: skip
    try:
        file_by, provisional = calendar.previous_working(reply_by), calendar.is_provisional(reply_by)
    except OutsideCalendar as error:
        raise Invalid([Problem("reply_by", "The answer is expected within a year.")]) from error
    tx.insert(
        t.obligation, key=key, project_id=parent.project_id, programme_id=parent.p_programme_id, parent_id=parent.o_id, rule="reply",
        rule_version=parent.o_rule_version, kind=Kind.REPLY, duty=True, period_label=parent.o_period_label,
        period_start_on=parent.o_period_start_on, period_end_on=parent.o_period_end_on, project_year=parent.o_project_year,
        date_status=DateStatus.DATED, nominal_on=reply_by, due_on=reply_by, file_by_on=file_by, file_by_time=None,
        confidence=Confidence.STATED, basis=Basis.OFFICIAL, clause=parent.o_clause,
        title_zh=f"補正：{parent.o_title_zh}", title_en=f"Answer to the office: {parent.o_title_en}", because_json=because,
        calendar_version=calendar.version, provisional=provisional, discharged_by=DischargedBy.MILEPOST,
        status=ObligationStatus.OPEN, next_look_on=ctx.today, origin="reply",
    )  # fmt: skip
    return key
