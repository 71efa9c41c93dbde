"""What a call makes of a project's duties: the obligation with its day and reasons, its announcement; and which day may be asked for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from tracker.domain import deadlines, ladder
from tracker.domain.calendars import OutsideCalendar
from tracker.domain.deadlines import Deadline
from tracker.domain.minguo import both
from tracker.domain.reasons import Reason
from tracker.domain.statuses import Basis, Confidence, DateStatus, DischargedBy, Kind, ObligationStatus
from tracker.services.alerts import raise_by_hand
from tracker.services.context import Context
from tracker.services.data_call_selection import Candidate
from tracker.services.day_fields import read_day
from tracker.services.errors import Problem
from tracker.services.planning import programme_of
from tracker.store import q_calls
from tracker.store import tables as t
from tracker.store.writing import Tx

RULE = "data_call"
ORIGIN = "call"
FURTHEST = timedelta(days=731)


def ask(tx: Tx, ctx: Context, call: Any, projects: Iterable[Candidate]) -> tuple[list[str], int]:
    """Make what these projects owe to a call (a row of `data_call`), announce it, and give the keys and the number of mails."""
    chosen = list(projects)
    rows = [_obligation(tx.conn, ctx, call, one) for one in chosen]
    tx.conn.execute(insert(t.obligation), rows)
    ids = q_calls.obligation_ids(tx.conn, [row["key"] for row in rows])
    links = [{"data_call_id": call.id, "project_id": row["project_id"], "obligation_id": ids[row["key"]]} for row in rows]
    tx.conn.execute(insert(t.data_call_project), links)
    _, mails = raise_by_hand(tx, ctx, ids.values(), ladder.ISSUED)
    tx.touch("obligations", "data_call", *(f"project:{one.project_id}" for one in chosen))
    return [row["key"] for row in rows], mails


def dated(ctx: Context, call: Any, county: str | None) -> dict[str, Any]:
    """The columns of an obligation that follow from a call's day; `call` has due_on and letter_number."""
    deadline = deadline_of(ctx, call.due_on, county)
    notice = Reason(
        f"{call.letter_number} 通知於 {both(call.due_on)} 前填報。",
        f"The notice {call.letter_number} asks for the answer by {both(call.due_on)}.",
    )
    return {
        "nominal_on": deadline.nominal, "due_on": deadline.due_on, "file_by_on": deadline.file_by, "file_by_time": deadline.file_by_time,
        "because_json": [reason.as_dict() for reason in (notice, *deadline.because)], "calendar_version": deadline.calendar_version,
        "provisional": deadline.provisional, "letter_number": call.letter_number, "next_look_on": ctx.today,
    }  # fmt: skip


def read_due_day(ctx: Context, value: date | str, problems: list[Problem]) -> date | None:
    """The day by which answers are wanted: tomorrow at the earliest, with a working day between, and inside the calendar."""
    day = read_day("due_on", value, problems)
    if day is None:
        return None
    try:
        file_by = deadlines.fixed(day, ctx.calendar).file_by
    except OutsideCalendar:
        problems.append(Problem("due_on", "No calendar of working days covers this day yet."))
        return None
    if day <= ctx.today:
        problems.append(Problem("due_on", "The day is tomorrow at the earliest."))
    elif day > ctx.today + FURTHEST:
        problems.append(Problem("due_on", "The day lies more than two years ahead."))
    elif file_by <= ctx.today:
        problems.append(Problem("due_on", "There is no working day between today and that day. Choose a later one."))
    return day


def deadline_of(ctx: Context, day: date, county: str | None) -> Deadline:
    """The three dates of a day that a call names, for a project in this county. Raises OutsideCalendar."""
    return deadlines.fixed(day, ctx.calendar.for_county(county or None))


def _obligation(conn: Connection, ctx: Context, call: Any, one: Candidate) -> dict[str, Any]:
    programme = programme_of(conn, one.project_id)
    rule = next((rule for rule in programme.rules if rule.kind is Kind.DATA_CALL), None)
    version = rule.version_on(max(ctx.today, programme.effective_from)) if rule else None
    return {
        "key": f"{one.code}/{RULE}/{call.label}", "project_id": one.project_id, "programme_id": call.programme_id, "rule": RULE,
        "rule_version": programme.version, "kind": Kind.DATA_CALL.value, "duty": True, "period_label": call.label,
        "date_status": DateStatus.DATED.value, "confidence": Confidence.OFFICIAL.value, "basis": Basis.OFFICIAL.value,
        "clause": version.clause if version else "", "title_zh": call.title_zh, "title_en": call.title_en or call.title_zh,
        "discharged_by": DischargedBy.MILEPOST.value, "status": ObligationStatus.OPEN.value, "origin": ORIGIN,
        **dated(ctx, call, one.county),
    }  # fmt: skip
