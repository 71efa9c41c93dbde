"""Why one obligation cannot be extended, waived, skipped or taken up again, and what is possible instead. No writes."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Connection, Row, select

from tracker.domain.ladder import runs
from tracker.domain.minguo import both
from tracker.services.context import Context
from tracker.services.errors import NotFound, Problem
from tracker.services.office import authorise_office
from tracker.services.planned_changes import Standing
from tracker.services.planning import FROM_RULES
from tracker.services.policy import Act, Target
from tracker.services.text_fields import read_line, read_text
from tracker.store import q_dates
from tracker.store import tables as t

EXTEND, WAIVE, SKIP, REINSTATE = "extend", "waive", "skip", "reinstate"
LONGEST_NUMBER = 120
LONGEST_EXTENSION = timedelta(days=3660)


def row_to_change(ctx: Context, conn: Connection, obligation_id: int) -> Row:
    """The obligation, for who may change it. Raises NotFound, Forbidden (also on one's own project)."""
    row = q_dates.obligation_row(conn, obligation_id)
    if row is None:
        raise NotFound()
    authorise_office(ctx.viewer, Act.MOVE_DATE, Target(row.project_id, row.programme_id))
    return row


def extension_problems(ctx: Context, row: Row) -> list[Problem]:
    """Why this obligation cannot be given a later day, with what is possible instead; empty where it can."""
    if not row.duty:
        return [Problem("obligation_id", "This is a reminder and no duty; there is nothing to extend.")]
    if row.due_on is None:
        return [Problem("obligation_id", "It has no date yet. Enter the date of the letter under “Dates from documents”.")]
    if not runs(row.status, row.discharged_by, row.discharged_on):
        return [Problem("obligation_id", "Only what is still owed can be extended.")]
    if row.due_on < ctx.today:
        return [_past_due(row)]
    return []


def _past_due(row: Row) -> Problem:
    msgid = (
        "It was due on {day}, and a day that has passed is not put off afterwards. It can be handed in late with a reason, or be waived or "
        "skipped by letter; a day in a letter issued before then is entered under “Dates from documents”."
    )
    return Problem("new_due_on", msgid, {"day": both(row.due_on)})


def release_problems(conn: Connection, row: Row, kind: str) -> list[Problem]:
    """Why this obligation cannot be waived or skipped; empty where it can."""
    if not row.duty:
        return [Problem("obligation_id", "This is a reminder and no duty; there is nothing to waive.")]
    if row.status == "submitted":
        return [Problem("obligation_id", "It waits for the office: accept it or return it first.")]
    if row.status not in ("open", "returned"):
        return [Problem("obligation_id", "Only what is still owed can be waived or skipped.")]
    if kind == SKIP and not has_series(conn, row):
        return [Problem("obligation_id", "Only one period of a series can be skipped. This is owed once: waive it instead.")]
    return []


def reinstating_problems(ctx: Context, row: Row, stands: Standing, day: date | None) -> list[Problem]:
    """Why a waiver, a skip or a later day cannot be taken back; `day` is a new last day, where one was given."""
    if stands.released is None and stands.granted is None:
        return [Problem("obligation_id", "Nothing was extended, waived or skipped here.")]
    if stands.released is None:
        if row.status != "open" or row.first_submitted_on is not None:
            return [Problem("obligation_id", "It was handed in: the day stays.")]
        return [Problem("new_due_on", "Leave this empty: the day before the extension comes back.")] if day else []
    if row.status != "waived":
        return [Problem("obligation_id", "Nothing was extended, waived or skipped here.")]
    if day is not None and day <= ctx.today:
        return [Problem("new_due_on", "The new day lies after today ({today}).", {"today": both(ctx.today)})]
    if day is None and row.due_on is not None and row.due_on <= ctx.today:
        return [Problem("new_due_on", "Its day ({day}) has passed: give a new one after today.", {"day": both(row.due_on)})]
    return []


def past_without(day: date) -> Problem:
    """A later day stays where the one before it has gone by."""
    return Problem("new_due_on", "Without the extension it was due on {day}, which has passed; the later day stays.", {"day": both(day)})


def later_day_problems(ctx: Context, row: Row, day: date) -> list[Problem]:
    """What stands against a new last day: it lies after today and after the day in force, and within ten years."""
    if row.due_on is not None and row.due_on < ctx.today:
        return []  # said already: what has passed is not put off
    if day <= ctx.today:
        return [Problem("new_due_on", "The new day lies after today ({today}).", {"today": both(ctx.today)})]
    if row.due_on is not None and day <= row.due_on:
        return [Problem("new_due_on", "The new day lies after the one in force ({day}).", {"day": both(row.due_on)})]
    if day > ctx.today + LONGEST_EXTENSION:
        return [Problem("new_due_on", "“{text}” is too far away to be meant.", {"text": both(day)})]
    return []


def read_decision(
    conn: Connection, row: Row, reason: str, letter_number: str, document_id: int | None, problems: list[Problem]
) -> tuple[str, str]:
    """Reason and letter number, cleaned; both are needed. A file is optional but must be of this project or programme."""
    reason = read_text("reason", reason, problems)
    letter_number = read_line("letter_number", letter_number, problems, longest=LONGEST_NUMBER)
    if not reason:
        problems.append(Problem("reason", "Say why: the project and every later reader see it."))
    if not letter_number:
        problems.append(Problem("letter_number", "A decision of the office needs the number of its letter."))
    if document_id is not None and not q_dates.document_belongs(conn, document_id, row.project_id, row.programme_id):
        problems.append(Problem("document_id", "Attach the letter as a file."))
    if q_dates.project_row(conn, row.project_id).status != "active":
        problems.append(Problem("obligation_id", "The project is closed already."))
    return reason, letter_number


def has_series(conn: Connection, row: Row) -> bool:
    """Whether it is one period of several of its rule."""
    o = t.obligation
    same = o.c.project_id == row.project_id, o.c.rule == row.rule, o.c.id != row.id, o.c.parent_id.is_(None), o.c.origin == FROM_RULES
    return row.origin == FROM_RULES and conn.execute(select(o.c.id).where(*same).limit(1)).first() is not None
