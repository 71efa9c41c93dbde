"""Action items: what a meeting concluded or an acceptance asked for, from the day it is recorded until it is closed (000 七-(三)).

What the project owes has an obligation beside it, so that it has a ladder; what the office owes lies in the office's queue.
open → done (its owner says so) → closed; or sent back with a new day, or dropped with a reason. `action_life` holds these acts.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Row, update

from tracker.services import policy
from tracker.services.action_changes import follow, mark_done, remembered
from tracker.services.action_plans import dates_of, duty_row
from tracker.services.context import Context
from tracker.services.errors import Invalid, NotFound, Problem
from tracker.services.text_fields import read_text
from tracker.store import q_dates, q_meetings
from tracker.store import tables as t
from tracker.store.writing import Tx

SIDES = ("project", "office")
LONGEST_BODY = 1_000


def add_item(
    tx: Tx,
    ctx: Context,
    *,
    project_id: int,
    programme_id: int,
    body: str,
    side: str,
    owner_id: int | None,
    due_on: date,
    meeting_id: int | None = None,
    review_id: int | None = None,
    sort: str = "",
) -> int:
    """Record one action item inside a write, with its obligation where the project owes it; gives the item's id.

    The caller has authorised and records the Event. `sort` is `preparation`, `conclusion` or `condition`; empty: a condition where
    there is a review, else a conclusion. Raises Invalid (fields `body`, `side`, `owner_id`, `due_on`), NotFound for another programme's
    project.
    """
    if q_dates.project_row(tx.conn, project_id).programme_id != programme_id:
        raise NotFound()
    body, problems = checked_item(
        tx.conn, ctx, project_id=project_id, programme_id=programme_id, body=body, side=side, owner_id=owner_id, due_on=due_on
    )
    if problems:
        raise Invalid(problems)
    number = q_meetings.next_number(tx.conn, project_id)
    obligation_id = None
    if side == "project":
        where = {"project_id": project_id, "number": number, "body": body, "due_on": due_on}
        obligation_id = tx.insert(t.obligation, **duty_row(tx.conn, ctx, **where, meeting_id=meeting_id, review_id=review_id))
    tx.touch("obligations", "action_item", f"project:{project_id}")
    return tx.insert(
        t.action_item, project_id=project_id, programme_id=programme_id, meeting_id=meeting_id, review_id=review_id,
        obligation_id=obligation_id, number=number, body=body, side=side, owner_id=owner_id, due_on=due_on, state="open",
        sort=sort or ("condition" if review_id is not None else "conclusion"), history_json=[], recorded_by=ctx.viewer.person_id,
        recorded_at=ctx.now,
    )  # fmt: skip


def checked_item(
    conn: Connection, ctx: Context, *, project_id: int, programme_id: int, body: str, side: str, owner_id: int | None, due_on: date | None
) -> tuple[str, list[Problem]]:
    """The text of an action item as it would be stored, and everything wrong with the item."""
    problems: list[Problem] = []
    body = read_text("body", body, problems, longest=LONGEST_BODY)
    if not body:
        problems.append(Problem("body", "Say what is to be done."))
    if side not in SIDES:
        problems.append(Problem("side", "Choose who has to do it: the project or the office."))
    elif not may_own(conn, ctx, project_id, programme_id, side, owner_id):
        problems.append(Problem("owner_id", "Choose somebody of the side that has to do it."))
    if due_on is None:
        problems.append(Problem("due_on", "This field must not be empty."))
    elif due_on < ctx.today:
        problems.append(Problem("due_on", "This day has passed already; give one that can still be kept."))
    else:
        project = q_dates.project_row(conn, project_id)
        try:
            dates_of(ctx, project, due_on, ())
        except Invalid as error:
            problems += error.problems
    return body, problems


def may_own(conn: Connection, ctx: Context, project_id: int, programme_id: int, side: str, owner_id: int | None) -> bool:
    """Whether an item of this side can be this person's; None: the side as a whole."""
    if owner_id is None:
        return True
    if side == "project":
        return q_meetings.is_member(conn, project_id, owner_id, ctx.today)
    return owner_id in {row.id for row in q_meetings.office(conn, programme_id)}


def items_of_person(conn: Connection, person_id: int, project_id: int | None = None) -> list[Row]:
    """The unsettled action items that are this person's, of one project or of all: for a hand-over. The caller authorises."""
    return q_meetings.items(conn, owner_id=person_id, project_id=project_id, unsettled=True)


def reassign(tx: Tx, ctx: Context, item_ids: Collection[int], to_person_id: int | None) -> list[int]:
    """Give these items to somebody else, inside a write of the caller, who has authorised and records the Event; gives their ids.

    None gives them back to the side that has to do them. Raises Invalid (field `owner_id`) where she is not of that side.
    """
    given = q_meetings.items(tx.conn, ids=item_ids) if item_ids else []
    for item in given:
        if not may_own(tx.conn, ctx, item.project_id, item.programme_id, item.side, to_person_id):
            raise Invalid([Problem("owner_id", "Choose somebody of the side that has to do it.")])
        entry = {"what": "owner", "old": item.owner_id, "new": to_person_id, "why": ""}
        values = {"owner_id": to_person_id, "version": item.version + 1, **remembered(ctx, item, entry)}
        tx.conn.execute(update(t.action_item).where(t.action_item.c.id == item.id).values(**values))
        tx.touch(f"project:{item.project_id}")
    tx.touch("action_item")
    return [item.id for item in given]


@dataclass(frozen=True)
class WaitingAction:
    """An item that waits for the office: its own (`action_office`), or one that the project says is done (`action_done`)."""

    kind: str
    row: Row
    since_at: datetime


def items_for_queue(ctx: Context, conn: Connection, programme_ids: Collection[int]) -> list[WaitingAction]:
    """What waits for the office of these programmes, without the viewer's own projects."""
    rows = q_meetings.waiting_items(conn, policy.scope(ctx.viewer, t.action_item), programme_ids, ctx.viewer.project_ids)
    return [
        WaitingAction("action_done", row, row.done_at) if row.state == "done" else WaitingAction("action_office", row, row.recorded_at)
        for row in rows
    ]


def claim_in_report(tx: Tx, ctx: Context, report_version_id: int) -> list[int]:
    """Take up what a report that is being handed in says of the action items (`action_item_progress`); inside its write.

    An open item of the project that the report says is done waits for the office from now on. Gives the ids of those.
    """
    taken = []
    for claim in q_meetings.claims_of(tx.conn, report_version_id):
        item = q_meetings.item_row(tx.conn, claim.action_item_id)
        if claim.claimed != "done" or item.state != "open" or item.side != "project":
            continue
        mark_done(tx, ctx, item)
        values = {
            "state": "done",
            "done_note": claim.note,
            "done_by": ctx.viewer.person_id,
            "done_at": ctx.now,
            "version": item.version + 1,
        }
        tx.conn.execute(update(t.action_item).where(t.action_item.c.id == item.id).values(**values))
        taken.append(item.id)
    if taken:
        tx.touch("action_item", "obligations")
    return taken


def unclaim(tx: Tx, ctx: Context, report_version_id: int, submitted_at: datetime) -> list[int]:
    """A report is taken back, and with it what it alone said was done; inside its write. Gives the ids of the items that are open again.

    What the office has closed since, or somebody said was done elsewhere, stays as it is.
    """
    again = []
    for claim in q_meetings.claims_of(tx.conn, report_version_id):
        item = q_meetings.item_row(tx.conn, claim.action_item_id)
        if claim.claimed != "done" or item.state != "done" or item.done_at != submitted_at:
            continue
        follow(tx, item, status="open", first_submitted_on=None, first_submitted_at=None, waits_since_at=None, next_look_on=ctx.today)
        values = {"state": "open", "done_note": "", "done_by": None, "done_at": None, "version": item.version + 1}
        tx.conn.execute(update(t.action_item).where(t.action_item.c.id == item.id).values(**values))
        again.append(item.id)
    if again:
        tx.touch("action_item", "obligations")
    return again
