"""The life of an action item: its owner says that it is done; the office closes it, sends it back, drops it, or gives it another day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from tracker.domain.minguo import both
from tracker.domain.reasons import Reason
from tracker.notify.notice_wording import ACTION_SENT_BACK
from tracker.services import policy
from tracker.services.action_changes import (
    LONGEST_NOTE,
    Change,
    changed,
    digest,
    dropped,
    follow,
    item_for,
    mark_done,
    put_day,
    read_change,
    read_reason,
    remembered,
)  # fmt: skip
from tracker.services.action_items import may_own
from tracker.services.context import Context
from tracker.services.errors import Forbidden, Invalid, Problem, Stale
from tracker.services.notices import tell
from tracker.services.office import authorise_office
from tracker.services.policy import Act, Target
from tracker.services.recipients import Recipient
from tracker.services.report_state import guarded_write
from tracker.services.text_fields import read_line, read_text
from tracker.store import q_alerts, q_dates
from tracker.store.writing import Tx, Unchanged


@dataclass(frozen=True)
class SavedItem:
    """What a write gives back: the item, its new version and where it stands."""

    item_id: int
    version: int
    state: str


def say_done(ctx: Context, *, item_id: int, note: str, document_id: int | None, expected_version: int, key: str) -> SavedItem:
    """The side that has to do it says that it is done, in a note and perhaps with a file of the project; then it waits to be closed.

    Raises NotFound, Forbidden (the other side), Invalid, Stale where it is not open any more.
    """
    item, target = item_for(ctx, item_id)
    policy.authorise(ctx.viewer, Act.DO_ACTION, target)
    _authorise_side(ctx, item, target)
    problems: list[Problem] = []
    note = read_text("note", note, problems, longest=LONGEST_NOTE)
    if not note:
        problems.append(Problem("note", "Say what was done."))
    with ctx.store.read() as conn:
        if document_id is not None and not q_dates.document_belongs(conn, document_id, item.project_id, item.programme_id):
            problems.append(Problem("document_id", "This file belongs to another project."))
    if problems:
        raise Invalid(problems)

    def change(tx: Tx, now: Row) -> Mapping[str, Any]:
        mark_done(tx, ctx, now)
        return {"state": "done", "done_note": note, "done_document_id": document_id, "done_by": ctx.viewer.person_id, "done_at": ctx.now}

    behalf = policy.principal(ctx.viewer, Act.DO_ACTION, target) if item.side == "project" else None
    return _write(ctx, "action.done", item_id, ("open",), change, expected_version, key, (note, document_id), behalf)


def close_item(ctx: Context, *, item_id: int, note: str = "", expected_version: int, key: str) -> SavedItem:
    """The office finds it settled. Without a word of the owner's the note says how that is known.

    Officers and chiefs, not on their own project. Raises NotFound, Forbidden, Invalid, Stale.
    """
    item, target = item_for(ctx, item_id)
    authorise_office(ctx.viewer, Act.CLOSE_ACTION, target)
    problems: list[Problem] = []
    note = read_text("note", note, problems, longest=LONGEST_NOTE)
    if not note and item.state == "open":
        problems.append(Problem("note", "Nobody has said yet that it is done: write how you know."))
    if problems:
        raise Invalid(problems)

    def change(tx: Tx, now: Row) -> Mapping[str, Any]:
        if now.state == "open" and not note:
            raise Stale()
        if now.state == "open":
            mark_done(tx, ctx, now)
        follow(tx, now, status="accepted", accepted_at=ctx.now, waits_since_at=None, next_look_on=None)
        return {"state": "closed", "closed_note": note, "closed_by": ctx.viewer.person_id, "closed_at": ctx.now}

    return _write(ctx, "action.close", item_id, ("open", "done"), change, expected_version, key, note)


def send_back(ctx: Context, *, item_id: int, reason: str, due_on: date | str, expected_version: int, key: str) -> SavedItem:
    """The office finds that it is not done: it is open again, with a day from today on; the old day and the reason stay readable.

    Officers and chiefs, not on their own project. Raises NotFound, Forbidden, Invalid, Stale.
    """
    _, target = item_for(ctx, item_id)
    authorise_office(ctx.viewer, Act.CLOSE_ACTION, target)
    reason, day = read_change(ctx, reason, due_on)

    def change(tx: Tx, now: Row) -> Mapping[str, Any]:
        said = Reason(
            f"{both(ctx.today)} 機關認為尚未完成，退回辦理，新期限 {both(day)}：{reason}",
            f"On {both(ctx.today)} the office found it not done and gave {both(day)}: {reason}",
        )
        put_day(tx, ctx, now, day, said)
        follow(tx, now, status="open", first_submitted_on=None, first_submitted_at=None, waits_since_at=None, next_look_on=ctx.today)
        _tell_sent_back(tx, ctx, now, day, reason)
        entry = {"what": "sent_back", "old": now.due_on.isoformat(), "new": day.isoformat(), "why": reason}
        return {"state": "open", "due_on": day, "done_at": None, "done_by": None, **remembered(ctx, now, entry)}

    return _write(ctx, "action.send_back", item_id, ("done",), change, expected_version, key, (reason, day))


def drop_item(ctx: Context, *, item_id: int, reason: str, expected_version: int, key: str) -> SavedItem:
    """The office lets go of it, with a reason: nothing is owed any more.

    Officers and chiefs, not on their own project. Raises NotFound, Forbidden, Invalid, Stale.
    """
    _, target = item_for(ctx, item_id)
    authorise_office(ctx.viewer, Act.CLOSE_ACTION, target)
    reason = read_reason(reason)
    return _write(
        ctx, "action.drop", item_id, ("open", "done"), lambda tx, now: dropped(tx, ctx, now, reason), expected_version, key, reason
    )


def move_due(
    ctx: Context, *, item_id: int, due_on: date | str, reason: str, letter_number: str = "", expected_version: int, key: str
) -> SavedItem:
    """The office gives an open item another day, from today on, with a reason and perhaps a letter; the old day stays readable.

    Officers and chiefs, not on their own project. Raises NotFound, Forbidden, Invalid, Stale.
    """
    item, target = item_for(ctx, item_id)
    authorise_office(ctx.viewer, Act.CLOSE_ACTION, target)
    reason, day = read_change(ctx, reason, due_on)
    problems: list[Problem] = []
    letter_number = read_line("letter_number", letter_number, problems, longest=120)
    if problems:
        raise Invalid(problems)
    if day == item.due_on:
        raise Invalid([Problem("due_on", "It is due on this day already.")])

    def change(tx: Tx, now: Row) -> Mapping[str, Any]:
        by_zh, by_en = (f"依 {letter_number} ", f" by {letter_number}") if letter_number else ("", "")
        said = Reason(
            f"{both(ctx.today)} 機關{by_zh}將期限由 {both(now.due_on)} 改為 {both(day)}：{reason}",
            f"On {both(ctx.today)} the office moved the day from {both(now.due_on)} to {both(day)}{by_en}: {reason}",
        )
        put_day(tx, ctx, now, day, said)
        entry = {"what": "due_on", "old": now.due_on.isoformat(), "new": day.isoformat(), "why": reason, "letter_number": letter_number}
        return {"due_on": day, **remembered(ctx, now, entry)}

    return _write(ctx, "action.move", item_id, ("open",), change, expected_version, key, (reason, day, letter_number))


def give_item(ctx: Context, *, item_id: int, owner_id: int | None, expected_version: int, key: str) -> SavedItem:
    """Give an item to somebody else of the side that has to do it; None: to the side as a whole.

    The office, and the project for its own items. Raises NotFound, Forbidden, Invalid, Stale.
    """
    item, target = item_for(ctx, item_id)
    policy.authorise(ctx.viewer, Act.DO_ACTION, target)
    if item.side == "office":
        authorise_office(ctx.viewer, Act.CLOSE_ACTION, target)
    with ctx.store.read() as conn:
        if not may_own(conn, ctx, item.project_id, item.programme_id, item.side, owner_id):
            raise Invalid([Problem("owner_id", "Choose somebody of the side that has to do it.")])

    def change(_tx: Tx, now: Row) -> Mapping[str, Any]:
        if (now.version, now.owner_id) == (expected_version, owner_id):
            raise Unchanged(version=now.version, state=now.state)
        return {"owner_id": owner_id, **remembered(ctx, now, {"what": "owner", "old": now.owner_id, "new": owner_id, "why": ""})}

    return _write(ctx, "action.give", item_id, ("open", "done"), change, expected_version, key, owner_id)


def _authorise_side(ctx: Context, item: Row, target: Target) -> None:
    """Only the side that has to do it says that it is done."""
    if item.side == "office":
        authorise_office(ctx.viewer, Act.CLOSE_ACTION, target)
    elif item.project_id not in ctx.viewer.project_ids:
        raise Forbidden("The project itself says when this is done.")


def _write(
    ctx: Context, action: str, item_id: int, states: tuple[str, ...], change: Change, version: int, key: str, said: Any,
    behalf: int | None = None,
) -> SavedItem:  # fmt: skip
    def body(tx: Tx) -> dict[str, Any]:
        return changed(tx, item_id, states, change, version, {"by_right": action.rsplit(".", 1)[1], "said_sha256": digest(repr(said))})

    result = guarded_write(ctx, ctx.request(action, key, (item_id, version, said), on_behalf_of=behalf), body)
    return SavedItem(item_id, result["version"], result["state"])


def _tell_sent_back(tx: Tx, ctx: Context, item: Row, day: date, reason: str) -> None:
    """Tell the project that an item of its is open again."""
    if item.obligation_id is None:
        return
    about = {"id": item.obligation_id, "project_id": item.project_id, "programme_id": item.programme_id}
    people = [Recipient(p.id, p.email, p.language, p.role) for p in q_alerts.members(tx.conn, [item.project_id], ctx.today)]
    params = {"old_due_on": item.due_on.isoformat(), "new_due_on": day.isoformat(), "reason": reason}
    tell(tx, ctx, kind=ACTION_SENT_BACK, people=people, obligation=about, once=f"action-{item.id}-{item.version}", params=params)
