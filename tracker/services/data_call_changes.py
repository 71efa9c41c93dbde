"""What happens to a call after it was issued: another day, its end, projects that joined since, and reminders by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, Row, update

from tracker.domain import ladder
from tracker.domain.minguo import both
from tracker.domain.reasons import Reason
from tracker.domain.statuses import ObligationStatus
from tracker.notify.notice_wording import CALL_CANCELLED, CALL_CLOSED
from tracker.services.alerts import cancel_overtaken, raise_by_hand
from tracker.services.context import Context
from tracker.services.data_call_asking import ask, dated, read_due_day
from tracker.services.data_call_selection import Candidate, Selection, candidates_in
from tracker.services.errors import Forbidden, Invalid, NotFound, Problem, Stale
from tracker.services.notices import everybody, tell
from tracker.services.office import authorise_office
from tracker.services.policy import Act, Target
from tracker.services.report_state import guarded_write
from tracker.services.text_fields import read_line, read_text
from tracker.store import q_calls
from tracker.store import tables as t
from tracker.store.writing import Tx, Unchanged

CLOSED, CANCELLED = "closed", "cancelled"


@dataclass(frozen=True)
class MovePreview:
    """What another day would do: how many open answers it moves and how many came in already and keep theirs; `day` as it is called.

    `no_longer_late` counts open answers that are late today and would not be; `earlier`: they all get less time.
    """

    old: date
    new: date
    day: Reason
    working_day: bool
    moved: int
    kept: int
    no_longer_late: int
    earlier: bool


@dataclass(frozen=True)
class ChangedCall:
    """What changing a call gives back: its version, the keys it changed, and the mails that go out."""

    call_id: int
    version: int
    changed: tuple[str, ...]
    mails: int = 0


@dataclass(frozen=True)
class Nudged:
    """What a reminder gives back: how many projects were reminded, and how many were not (answered, or reminded today already)."""

    projects: int
    left_out: int
    mails: int


def preview_move(ctx: Context, *, call_id: int, due_on: date | str) -> MovePreview:
    """What `move_call` would do. Nothing is written. Raises NotFound, Forbidden, Invalid."""
    with ctx.store.read() as conn:
        call = _open_call(conn, ctx, call_id)
        day = _new_day(ctx, call, due_on, [])
        rows = q_calls.asked(conn, [call_id])
    waiting = [row for row in rows if row.status == ObligationStatus.OPEN and not _granted(row, call, day)]
    late = sum(row.due_on < ctx.today for row in waiting)
    return MovePreview(
        call.due_on, day, ctx.calendar.describe(day), ctx.calendar.is_working(day), len(waiting), len(rows) - len(waiting), late,
        day < call.due_on,
    )  # fmt: skip


def move_call(
    ctx: Context, *, call_id: int, due_on: date | str, letter_number: str, reason: str, expected_version: int, key: str
) -> ChangedCall:
    """Give a call another day, by a letter and with a reason. What came in keeps the day by which it was judged; the rest is told anew.
    Where one project was granted a later day than that, it keeps it.

    Raises NotFound, Forbidden (also once it is closed), Invalid, Stale.
    """
    problems: list[Problem] = []
    letter_number = read_line("letter_number", letter_number, problems, longest=120)
    reason = _reason(reason, problems)
    if not letter_number:
        problems.append(Problem("letter_number", "Another day needs the number of its letter."))
    with ctx.store.read() as conn:
        day = _new_day(ctx, _open_call(conn, ctx, call_id), due_on, problems)

    def body(tx: Tx) -> dict[str, Any]:
        call = _open_call(tx.conn, ctx, call_id)
        entry = {
            "on": ctx.today.isoformat(),
            "old": call.due_on.isoformat(),
            "new": day.isoformat(),
            "letter": letter_number,
            "why": reason,
        }
        version = tx.update_versioned(t.data_call, call_id, expected_version, due_on=day, history_json=[*call.history_json, entry])
        rows = [row for row in q_calls.open_obligations(tx.conn, call_id) if not _granted(row, call, day)]
        for row in rows:
            _move(tx, ctx, row, day, letter_number, reason)
        ids = [row.id for row in rows]
        cancel_overtaken(tx, ids)
        _, mails = raise_by_hand(tx, ctx, ids, ladder.ISSUED)
        tx.record("data_call", call_id, {"due_on": [call.due_on.isoformat(), day.isoformat()], "moved": [row.key for row in rows],
                                         "letter": letter_number, "reason_sha256": _digest(reason)})  # fmt: skip
        tx.touch("obligations", *{f"project:{row.project_id}" for row in rows})
        return {"version": version, "changed": [row.key for row in rows], "mails": mails}

    content = (call_id, day, letter_number, reason, expected_version)
    return _changed(call_id, guarded_write(ctx, ctx.request("data_call.move", key, content), body))


def end_call(ctx: Context, *, call_id: int, how: str, reason: str, expected_version: int, key: str) -> ChangedCall:
    """Close a call (enough has come in) or cancel it (it should not have been issued). What is still open is owed no more.

    What came in stays, with its receipts; of a cancelled call nothing waits for the office any more either.
    Raises NotFound, Forbidden (also once it is ended), Invalid without a reason, Stale.
    """
    problems: list[Problem] = []
    reason = _reason(reason, problems)
    if how not in (CLOSED, CANCELLED):
        problems.append(Problem("how", "Choose whether the call is closed or cancelled."))
    if problems:
        raise Invalid(problems)
    with ctx.store.read() as conn:
        _open_call(conn, ctx, call_id)

    def body(tx: Tx) -> dict[str, Any]:
        call = _open_call(tx.conn, ctx, call_id)
        ended = {"closed_at": ctx.now, "closed_how": how, "closed_why": reason, "closed_by": ctx.viewer.person_id}
        version = tx.update_versioned(t.data_call, call_id, expected_version, **ended)
        rows = _ended_rows(tx.conn, call_id, how)
        _tell(tx, ctx, rows, call, how, reason)
        verb = ("結束填報", "was closed") if how == CLOSED else ("撤銷", "was cancelled")
        why = Reason(f"承辦機關於 {both(ctx.today)} {verb[0]}本通知（{call.letter_number}）：{reason}",
                     f"The office's call {call.letter_number} {verb[1]} on {both(ctx.today)}: {reason}")  # fmt: skip
        for row in rows:
            values = {"status": ObligationStatus.CLOSED.value, "next_look_on": None, "waits_since_at": None,
                      "because_json": [why.as_dict(), *row.because_json], "version": row.version + 1}  # fmt: skip
            tx.conn.execute(update(t.obligation).where(t.obligation.c.id == row.id).values(**values))
        tx.record("data_call", call_id, {"ended": how, "closed": [row.key for row in rows], "reason_sha256": _digest(reason)})
        tx.touch("obligations", "reports", *{f"project:{row.project_id}" for row in rows})
        return {"version": version, "changed": [row.key for row in rows]}

    content = (call_id, how, reason, expected_version)
    return _changed(call_id, guarded_write(ctx, ctx.request("data_call.end", key, content), body))


def joinable(ctx: Context, call_id: int) -> tuple[Candidate, ...]:
    """Projects that fit an open call by now and are not asked: they joined the programme, or fit its filter, since it was issued."""
    with ctx.store.read() as conn:
        call = _authorised(conn, ctx, call_id)
        return () if call.closed_at else tuple(_joining(conn, ctx, call))


def add_projects(ctx: Context, *, call_id: int, project_ids: Sequence[int], key: str) -> ChangedCall:
    """Ask projects that fit by now (see `joinable`) by the same call, with its day. Raises NotFound, Forbidden, Invalid, Stale."""
    with ctx.store.read() as conn:
        _open_call(conn, ctx, call_id)
    _refuse_own(ctx, project_ids)

    def body(tx: Tx) -> dict[str, Any]:
        call = _open_call(tx.conn, ctx, call_id)
        chosen = [one for one in _joining(tx.conn, ctx, call) if one.project_id in set(project_ids)]
        if not chosen or {one.project_id for one in chosen} != set(project_ids):
            raise Stale("Other projects fit by now than you were shown. Look at the new list, then try again.")
        if call.due_on <= ctx.today:
            raise Invalid([Problem("due_on", "The day of this call is over. Give it another day first.")])
        version = tx.update_versioned(t.data_call, call_id, call.version)
        keys, mails = ask(tx, ctx, call, chosen)
        tx.record("data_call", call_id, {"added": sorted(project_ids)})
        return {"version": version, "changed": keys, "mails": mails}

    return _changed(call_id, guarded_write(ctx, ctx.request("data_call.add", key, (call_id, tuple(sorted(project_ids)))), body))


def nudge(ctx: Context, *, call_id: int, project_ids: Sequence[int] | None = None, key: str) -> Nudged:
    """Remind projects that have not answered (None: all of them) by mail and inbox, each once a day; never one that has answered.

    Officers and chiefs, never a project of their own. Raises NotFound (also for a project that is not asked), Forbidden, Invalid.
    """
    with ctx.store.read() as conn:
        _open_call(conn, ctx, call_id)
        asked = {row.project_id: row.obligation_id for row in q_calls.asked(conn, [call_id])}
    chosen = set(asked if project_ids is None else project_ids)
    if chosen - set(asked):
        raise NotFound()
    own = chosen & ctx.viewer.project_ids
    _refuse_own(ctx, project_ids or ())

    def body(tx: Tx) -> dict[str, Any]:
        ids = [asked[project_id] for project_id in sorted(chosen - own)]
        reminded, mails = raise_by_hand(tx, ctx, ids, ladder.nudge_on(ctx.today))
        if not reminded:
            raise Unchanged(projects=0, left_out=len(chosen), mails=0)
        tx.record("data_call", call_id, {"nudged": reminded, "on": ctx.today.isoformat()})
        return {"projects": len(reminded), "left_out": len(chosen) - len(reminded), "mails": mails}

    content = (call_id, None if project_ids is None else tuple(sorted(chosen)))
    return Nudged(**ctx.store.write(ctx.request("data_call.nudge", key, content), body))


# --- shared ------------------------------------------------------------------------------------------------------------------


def _authorised(conn: Connection, ctx: Context, call_id: int) -> Row:
    call = q_calls.call_row(conn, call_id)
    if call is None:
        raise NotFound()
    authorise_office(ctx.viewer, Act.ISSUE_CALL, Target(programme_id=call.programme_id))
    return call


def _open_call(conn: Connection, ctx: Context, call_id: int) -> Row:
    call = _authorised(conn, ctx, call_id)
    if call.closed_at is not None:
        raise Forbidden("This call is closed; nothing about it can be changed any more.")
    return call


def _refuse_own(ctx: Context, project_ids: Sequence[int]) -> None:
    if set(project_ids) & ctx.viewer.project_ids:
        raise Forbidden("You are on this project yourself; somebody else must do this.")


def _joining(conn: Connection, ctx: Context, call: Row) -> list[Candidate]:
    selection, asked = Selection.from_dict(call.selection_json), q_calls.asked_ids(conn, call.id)
    found = candidates_in(conn, ctx, call.programme_id)
    return [one for one in found if one.fits(selection) and one.project_id not in asked and not one.own]


def _new_day(ctx: Context, call: Row, due_on: date | str, problems: list[Problem]) -> date:
    day = read_due_day(ctx, due_on, problems)
    if day is not None and day == call.due_on:
        problems.append(Problem("due_on", "That is the day it has already."))
    if problems or day is None:
        raise Invalid(problems)
    return day


def _granted(row: Row, call: Row, day: date) -> bool:
    """Whether the office gave this project alone a later day than the new one: no letter to everybody takes that away."""
    return row.due_on > call.due_on and row.due_on >= day


def _move(tx: Tx, ctx: Context, row: Row, day: date, letter_number: str, reason: str) -> None:
    moved = Reason(
        f"原訂 {both(row.due_on)}，承辦機關於 {both(ctx.today)} 依 {letter_number} 改為 {both(day)}：{reason}",
        f"It was {both(row.due_on)}; on {both(ctx.today)} the office made it {both(day)} by {letter_number}: {reason}",
    )
    values = dated(ctx, SimpleNamespace(due_on=day, letter_number=letter_number), row.county)
    values["because_json"] = [moved.as_dict(), *values["because_json"]]
    tx.conn.execute(update(t.obligation).where(t.obligation.c.id == row.id).values(**values, version=row.version + 1))
    if row.due_on is not None and day > row.due_on:
        tx.insert(
            t.obligation_change, obligation_id=row.id, project_id=row.project_id, kind="extend", old_due_on=row.due_on, new_due_on=day,
            reason=reason, letter_number=letter_number, decided_by=ctx.viewer.person_id, decided_at=ctx.now,
        )  # fmt: skip


def _ended_rows(conn: Connection, call_id: int, how: str) -> list[Row]:
    rows = list(q_calls.open_obligations(conn, call_id))
    return rows if how == CLOSED else rows + list(q_calls.waiting_obligations(conn, call_id))


def _tell(tx: Tx, ctx: Context, rows: Sequence[Row], call: Row, how: str, reason: str) -> None:
    """Tell everybody on the projects whose answer ends unanswered, or is not wanted any more."""
    concerned = [row for row in rows if row.parent_id is None]
    people = everybody(tx.conn, {row.project_id for row in concerned}, ctx.today)
    params = {"reason": reason, "letter_number": call.letter_number}
    for row in concerned:
        kind = CALL_CLOSED if how == CLOSED else CALL_CANCELLED
        tell(tx, ctx, kind=kind, people=people[row.project_id], obligation=row, once=f"call-{call.id}-{row.id}", params=params)


def _reason(text: str, problems: list[Problem]) -> str:
    reason = read_text("reason", text, problems, longest=1_000)
    if not reason:
        problems.append(Problem("reason", "Say why."))
    return reason


def _changed(call_id: int, saved: dict[str, Any]) -> ChangedCall:
    return ChangedCall(call_id, saved["version"], tuple(saved["changed"]), saved.get("mails", 0))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
