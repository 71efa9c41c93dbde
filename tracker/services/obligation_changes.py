"""A later day, a waiver or a skip of one obligation: decided by the office, with a reason and a letter, for the days to come.

What is past stays as it was: a day that has gone by is not put off, and nothing that was handed in is undone. The old day stays readable,
in the reasons of the obligation and in the list of its changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select, update

from tracker.domain.calendars import OutsideCalendar
from tracker.domain.ladder import earliest_look, runs
from tracker.domain.minguo import both
from tracker.domain.reasons import Reason
from tracker.notify import notice_wording as told_of
from tracker.services.alerts import cancel_overtaken
from tracker.services.context import Context
from tracker.services.day_fields import read_day
from tracker.services.errors import Invalid, Problem, Stale
from tracker.services.notices import investigators, tell
from tracker.services.obligation_checks import (
    EXTEND,
    REINSTATE,
    SKIP,
    WAIVE,
    extension_problems,
    later_day_problems,
    past_without,
    read_decision,
    reinstating_problems,
    release_problems,
    row_to_change,
)  # fmt: skip
from tracker.services.planned_changes import Granted, Standing, standings, with_granted
from tracker.services.planning import FROM_RULES, desired
from tracker.services.report_state import guarded_write
from tracker.store import outbox, q_dates, q_reports
from tracker.store import tables as t
from tracker.store.writing import Tx

#: What an extension or its end changes of an obligation.
DATE_COLUMNS = (
    "date_status", "nominal_on", "due_on", "file_by_on", "file_by_time", "confidence", "basis", "because_json", "calendar_version",
    "provisional", "letter_number", "grace_until_on",
)  # fmt: skip
_NOTICES = {EXTEND: told_of.EXTENDED, WAIVE: told_of.WAIVED, SKIP: told_of.SKIPPED, REINSTATE: told_of.REINSTATED}


@dataclass(frozen=True)
class Changed:
    """What a change gives back: its row, the obligation's new version and its last day now (None: it has none)."""

    change_id: int
    version: int
    due_on: date | None


def extend(
    ctx: Context,
    *,
    obligation_id: int,
    new_due_on: date | str,
    reason: str,
    letter_number: str,
    expected_version: int,
    key: str,
    document_id: int | None = None,
    owed_days: int | None = None,
) -> Changed:
    """Give one obligation a later last day (either calendar), and begin its reminders anew for it.

    Officers and chiefs, not on their own project. The new day lies after today and after the old one; what is past due already is not
    extended. `owed_days`: of it so many make good the office's own delay. Re-planning keeps the day: `planned_changes`.
    Raises NotFound, Forbidden, Invalid (every field), Stale.
    """
    problems: list[Problem] = []
    with ctx.store.read() as conn:
        first = row_to_change(ctx, conn, obligation_id)
        day = read_day("new_due_on", new_due_on, problems)
        reason, letter_number = read_decision(conn, first, reason, letter_number, document_id, problems)
        calendar = ctx.calendar.for_county(q_dates.project_row(conn, first.project_id).county)
    if owed_days is not None and owed_days < 1:
        problems.append(Problem("owed_days", "Write a number here, 1 or more."))
    if day is None or problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict[str, Any]:
        row = _current(tx, obligation_id, expected_version)
        _refuse([*extension_problems(ctx, row), *later_day_problems(ctx, row, day)])
        change_id = _record(tx, ctx, row, EXTEND, reason, letter_number, document_id, new_due_on=day, owed_days=owed_days)
        granted = Granted(row.due_on, day, reason, letter_number, ctx.now, owed_days)
        values = _planned(tx.conn, ctx, row) or with_granted(row._mapping, granted, calendar)
        dates = {name: values[name] for name in DATE_COLUMNS}
        version = tx.update_versioned(t.obligation, row.id, expected_version, **dates, next_look_on=_look(ctx, dates))
        cancel_overtaken(tx, [row.id])
        _finish(
            tx,
            ctx,
            row,
            EXTEND,
            change_id,
            {"due_on": [_iso(row.due_on), day.isoformat()], "owed_days": owed_days},
            reason,
            letter_number,
            day,
        )
        return {"change_id": change_id, "version": version, "due_on": _iso(values["due_on"])}

    return _written(ctx, EXTEND, key, (obligation_id, day, reason, letter_number, document_id, owed_days, expected_version), body)


def waive(
    ctx: Context, *, obligation_id: int, reason: str, letter_number: str, expected_version: int, key: str, document_id: int | None = None
) -> Changed:
    """Release a project from one obligation for good, by letter. Its reminders end; nothing handed in is undone.

    Officers and chiefs, not on their own project. Raises NotFound, Forbidden, Invalid (every field), Stale.
    """
    return _release(ctx, WAIVE, obligation_id, reason, letter_number, document_id, expected_version, key)


def skip(
    ctx: Context, *, obligation_id: int, reason: str, letter_number: str, expected_version: int, key: str, document_id: int | None = None
) -> Changed:
    """Pass over one period of a series, so that the next one can be accepted without it. Otherwise as `waive`."""
    return _release(ctx, SKIP, obligation_id, reason, letter_number, document_id, expected_version, key)


def reinstate(
    ctx: Context,
    *,
    obligation_id: int,
    reason: str,
    letter_number: str,
    expected_version: int,
    key: str,
    document_id: int | None = None,
    new_due_on: date | str | None = None,
) -> Changed:
    """Take back a waiver or a skip, or, where there is none, the later day of an obligation that is still open.

    It never makes anything late by itself: where the day has gone by, a new one after today is asked for; a later day is not taken back
    once the day before it has passed. Raises NotFound, Forbidden, Invalid (every field), Stale.
    """
    problems: list[Problem] = []
    with ctx.store.read() as conn:
        first = row_to_change(ctx, conn, obligation_id)
        day = read_day("new_due_on", new_due_on, problems, needed=False)
        reason, letter_number = read_decision(conn, first, reason, letter_number, document_id, problems)
        calendar = ctx.calendar.for_county(q_dates.project_row(conn, first.project_id).county)
    _refuse(problems)

    def body(tx: Tx) -> dict[str, Any]:
        row = _current(tx, obligation_id, expected_version)
        stands = standings(tx.conn, row.project_id).get(row.key, Standing())
        _refuse(reinstating_problems(ctx, row, stands, day))
        back = day or (row.due_on if stands.released else None)
        change_id = _record(tx, ctx, row, REINSTATE, reason, letter_number, document_id, new_due_on=back)
        values = _planned(tx.conn, ctx, row) or _stored_back(row, stands, day, reason, letter_number, ctx, calendar)
        if stands.released is None and values["due_on"] is not None and values["due_on"] <= ctx.today:
            raise Invalid([past_without(values["due_on"])])
        dates = {name: values[name] for name in DATE_COLUMNS}
        status = _status_back(tx.conn, row) if stands.released else row.status
        looks = runs(status, row.discharged_by, row.discharged_on)
        version = tx.update_versioned(
            t.obligation, row.id, expected_version, **dates, status=status, next_look_on=_look(ctx, dates) if looks else None
        )
        if stands.released:
            _replies_back(tx, ctx, row, Granted(None, day, reason, letter_number, ctx.now) if day else None, calendar)
        cancel_overtaken(tx, [row.id])
        said = {"due_on": [_iso(row.due_on), _iso(values["due_on"])], "was": stands.released or EXTEND}
        _finish(tx, ctx, row, REINSTATE, change_id, said, reason, letter_number, values["due_on"])
        return {"change_id": change_id, "version": version, "due_on": _iso(values["due_on"])}

    return _written(ctx, REINSTATE, key, (obligation_id, day, reason, letter_number, document_id, expected_version), body)


def _release(
    ctx: Context, kind: str, obligation_id: int, reason: str, letter_number: str, document_id: int | None, expected_version: int, key: str
) -> Changed:
    problems: list[Problem] = []
    with ctx.store.read() as conn:
        first = row_to_change(ctx, conn, obligation_id)
        reason, letter_number = read_decision(conn, first, reason, letter_number, document_id, problems)
    _refuse(problems)
    verb_zh, verb_en = ("免除", "waived") if kind == WAIVE else ("略過", "skipped")
    why = Reason(
        f"機關於 {both(ctx.today)} 依 {letter_number} {verb_zh}本期應辦事項：{reason}",
        f"On {both(ctx.today)} the office {verb_en} this by {letter_number}: {reason}",
    )

    def body(tx: Tx) -> dict[str, Any]:
        row = _current(tx, obligation_id, expected_version)
        _refuse(release_problems(tx.conn, row, kind))
        change_id = _record(tx, ctx, row, kind, reason, letter_number, document_id)
        values = {"status": "waived", "next_look_on": None, "waits_since_at": None, "because_json": [why.as_dict(), *row.because_json]}
        version = tx.update_versioned(t.obligation, row.id, expected_version, **values)
        ids = [row.id, *_replies_along(tx, row)]
        _cancel_waiting(tx, ids)
        _finish(tx, ctx, row, kind, change_id, {"status": [row.status, "waived"]}, reason, letter_number, None)
        return {"change_id": change_id, "version": version, "due_on": _iso(row.due_on)}

    return _written(ctx, kind, key, (obligation_id, reason, letter_number, document_id, expected_version), body)


def _current(tx: Tx, obligation_id: int, expected_version: int) -> Row:
    """The obligation inside the write, as the officer saw it. Raises Stale where it changed since."""
    row = q_dates.obligation_row(tx.conn, obligation_id)
    if row is None or row.version != expected_version:
        raise Stale()
    return row


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise Invalid(problems)


def _record(
    tx: Tx, ctx: Context, row: Row, kind: str, reason: str, letter_number: str, document_id: int | None, *, new_due_on: date | None = None,
    owed_days: int | None = None,
) -> int:  # fmt: skip
    return tx.insert(
        t.obligation_change, obligation_id=row.id, project_id=row.project_id, kind=kind, old_due_on=row.due_on, new_due_on=new_due_on,
        reason=reason, letter_number=letter_number, document_id=document_id, owed_days=owed_days, decided_by=ctx.viewer.person_id,
        decided_at=ctx.now,
    )  # fmt: skip


def _planned(conn: Connection, ctx: Context, row: Row) -> dict[str, Any] | None:
    """What planning makes of a rule's obligation, the change just recorded included; None for what no rule asks for."""
    if row.origin != FROM_RULES or row.parent_id is not None:
        return None
    try:
        return desired(conn, ctx, row.project_id).get(row.key)
    except OutsideCalendar as error:
        raise Invalid([Problem("new_due_on", "The working days of {year} are not known yet.", {"year": error.day.year})]) from error


def _stored_back(
    row: Row, stands: Standing, day: date | None, reason: str, letter_number: str, ctx: Context, calendar: Any
) -> Mapping[str, Any]:
    """The columns of what no rule asks for, after a waiver or a later day was taken back."""
    back = day or (stands.granted.old_due_on if stands.released is None and stands.granted else None)
    if back is None:
        return row._mapping
    granted = Granted(row.due_on, back, reason, letter_number, ctx.now)
    return with_granted({**row._mapping, "due_on": None}, granted, calendar)


def _status_back(conn: Connection, row: Row) -> str:
    report_id = q_reports.report_id_of(conn, row.id)
    status = conn.execute(select(t.report.c.status).where(t.report.c.id == report_id)).scalar_one_or_none() if report_id else None
    return "returned" if status == "returned" else "open"


def _replies_along(tx: Tx, row: Row) -> list[int]:
    """The answers below a returned report are released with it."""
    o = t.obligation
    changed = update(o).where(o.c.parent_id == row.id, o.c.kind == "reply", o.c.status == "open")
    return list(tx.conn.scalars(changed.values(status="waived", next_look_on=None, version=o.c.version + 1).returning(o.c.id)))


def _replies_back(tx: Tx, ctx: Context, row: Row, granted: Granted | None, calendar: Any) -> None:
    """The answers that went with it are owed again, none of them late by that: the new day holds where theirs has gone by.

    What a letter of its own released stays released. Raises Invalid where a new day is needed.
    """
    stands = standings(tx.conn, row.project_id)
    for reply in q_reports.open_replies(tx.conn, row.id, {"waived"}):
        if stands.get(reply.key, Standing()).released:
            continue
        dates: dict[str, Any] = {}
        if reply.due_on <= ctx.today:
            if granted is None:
                passed = {"day": both(reply.due_on)}
                raise Invalid([Problem("new_due_on", "Its day ({day}) has passed: give a new one after today.", passed)])
            values = with_granted(reply._mapping, replace(granted, old_due_on=reply.due_on), calendar)
            dates = {name: values[name] for name in DATE_COLUMNS}
        tx.update_versioned(t.obligation, reply.id, reply.version, **dates, status="open", next_look_on=ctx.today)


def _cancel_waiting(tx: Tx, obligation_ids: list[int]) -> None:
    """Nobody is mailed any more about what is no longer owed."""
    a = t.alert
    ids = list(tx.conn.scalars(select(a.c.id).where(a.c.obligation_id.in_(obligation_ids), a.c.state == "raised")))
    if ids:
        outbox.cancel_unsent(tx.conn, ids, why="done")
        outbox.cancel_alerts_nobody_got(tx.conn, ids)


def _finish(
    tx: Tx, ctx: Context, row: Row, kind: str, change_id: int, payload: dict[str, Any], reason: str, letter_number: str, day: date | None
) -> None:
    """Tell the investigators, and record the Event."""
    params = {"reason": reason, "letter_number": letter_number, "old_due_on": _iso(row.due_on), "new_due_on": _iso(day)}
    people = investigators(tx.conn, row.project_id, ctx.today)
    tell(tx, ctx, kind=_NOTICES[kind], people=people, obligation=row, once=f"change-{change_id}", params=params)
    digest = hashlib.sha256(reason.encode()).hexdigest()
    tx.record(
        "obligation", row.id, {"obligation": row.key, "change": kind, "reason_sha256": digest, "letter_number": letter_number, **payload}
    )
    tx.touch("obligations", "approvals", f"project:{row.project_id}")


def _look(ctx: Context, dates: Mapping[str, Any]) -> date | None:
    earliest = earliest_look(dates["file_by_on"], dates["due_on"])
    return None if earliest is None else max(ctx.today, earliest)


def _written(ctx: Context, kind: str, key: str, content: Any, body: Any) -> Changed:
    try:
        saved = guarded_write(ctx, ctx.request(f"obligation.{kind}", key, content), body)
    except OutsideCalendar as error:
        raise Invalid([Problem("new_due_on", "The working days of {year} are not known yet.", {"year": error.day.year})]) from error
    due_on = saved["due_on"]
    return Changed(saved["change_id"], saved["version"], date.fromisoformat(due_on) if due_on else None)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
