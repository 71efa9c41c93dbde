"""Closures of offices by county for natural disasters: entered with the announcement, looked at before they count, taken back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from tracker.domain.calendars import canonical_county
from tracker.domain.free_text import clean_line, clean_text
from tracker.domain.minguo import both
from tracker.exchange.closure_list import read_closures
from tracker.exchange.sheets import SheetRefused
from tracker.services import policy
from tracker.services.calendar_previews import CalendarPreview, Progress, preview, proposed, silent
from tracker.services.context import Context
from tracker.services.errors import Invalid, NotFound, Problem
from tracker.services.policy import INSTALLATION, Act
from tracker.services.working_days import (
    LONGEST_REASON,
    LONGEST_SOURCE,
    InForce,
    check_confirmed,
    hold_calendar,
    sheet_problems,
    text_problems,
)
from tracker.store import q_working_days as q
from tracker.store import tables as t
from tracker.store.writing import Tx

#: A closure is announced the evening before; a day much farther ahead is a slip of the pen.
FURTHEST = timedelta(days=7)

Closure = tuple[str, date]


@dataclass(frozen=True)
class ClosureLine:
    """One closure that was ever entered; `county` in Chinese. Withdrawn ones stay in the list."""

    id: int
    county: str
    closed_on: date
    source: str
    entered_at: datetime
    entered_name: str
    withdrawn_at: datetime | None
    withdrawn_name: str
    withdraw_reason: str


def read_closure_text(ctx: Context, *, content: bytes | str) -> tuple[Closure, ...]:
    """The closures of a pasted list or a CSV file. Raises Invalid with what is wrong by line, Forbidden."""
    policy.authorise(ctx.viewer, Act.MANAGE_CALENDAR, INSTALLATION)
    try:
        return read_closures(content).closures
    except SheetRefused as refused:
        raise Invalid(sheet_problems(refused)) from refused


def preview_closures(ctx: Context, *, closures: Collection[Closure], progress: Progress = silent) -> CalendarPreview:
    """What entering these closures (county, day) would do. Raises Invalid, Forbidden."""
    policy.authorise(ctx.viewer, Act.MANAGE_CALENDAR, INSTALLATION)
    with ctx.store.read() as conn:
        wanted = _checked(conn, ctx, closures)
        outcome = preview(conn, ctx, proposed(conn, ctx, closures=wanted), progress)
        return replace(outcome, remarks=tuple(_remarks(conn, ctx, closures, outcome)))


def enter_closures(
    ctx: Context,
    *,
    closures: Collection[Closure],
    source: str,
    expected_calendar: str,
    confirmed: str,
    key: str,
    progress: Progress = silent,
) -> InForce:
    """Enter closures exactly as previewed (`old_version` and `digest` of that preview); what was entered before stays as it is.

    Raises Invalid, Stale, Forbidden.
    """
    policy.authorise(ctx.viewer, Act.MANAGE_CALENDAR, INSTALLATION)
    problems = text_problems({"source": (source, LONGEST_SOURCE)})
    if problems:
        raise Invalid(problems)
    with ctx.store.read() as conn:
        wanted = _checked(conn, ctx, closures)
        outcome = preview(conn, ctx, proposed(conn, ctx, closures=wanted), progress, again=True)
    check_confirmed(outcome, expected_calendar, confirmed, may_be_idle=True)

    def body(tx: Tx) -> dict:
        hold_calendar(tx.conn, ctx, expected_calendar)
        known = {(row.county, row.closed_on) for row in q.closures_in_force(tx.conn)}
        fresh = [one for one in wanted if one not in known]
        if not fresh:
            raise Invalid([Problem("closures", "All of this was entered before.")])
        ids = [
            tx.insert(
                t.calendar_closure,
                county=county,
                closed_on=day,
                source=clean_line(source),
                entered_by=ctx.viewer.person_id,
                entered_at=ctx.now,
            )
            for county, day in fresh
        ]
        tx.touch(q.TOPIC)
        days = [[county, day.isoformat()] for county, day in fresh]
        tx.record("calendar_closure", ids[0], {"closed": days, "moves": len(outcome.moves)})
        return {"ids": ids, "version": outcome.new_version}

    fingerprint = (sorted(wanted), source, expected_calendar, confirmed)
    done = ctx.store.write(ctx.request("calendar.close", key, fingerprint), body)
    return InForce(done["version"], tuple(done["ids"]))


def preview_closure_withdrawal(ctx: Context, *, closure_ids: Collection[int], progress: Progress = silent) -> CalendarPreview:
    """What taking closures back would do. Raises NotFound, Forbidden."""
    policy.authorise(ctx.viewer, Act.MANAGE_CALENDAR, INSTALLATION)
    with ctx.store.read() as conn:
        _standing(conn, closure_ids)
        return preview(conn, ctx, proposed(conn, ctx, without_closures=frozenset(closure_ids)), progress)


def withdraw_closures(
    ctx: Context,
    *,
    closure_ids: Collection[int],
    reason: str,
    expected_calendar: str,
    confirmed: str,
    key: str,
    progress: Progress = silent,
) -> InForce:
    """Take closures back with a reason, exactly as previewed. They stay in the history. Raises Invalid, NotFound, Stale, Forbidden."""
    policy.authorise(ctx.viewer, Act.MANAGE_CALENDAR, INSTALLATION)
    ids = sorted(set(closure_ids))
    problems = text_problems({"reason": (reason, LONGEST_REASON)})
    if problems:
        raise Invalid(problems)
    c = t.calendar_closure
    with ctx.store.read() as conn:
        if not ids or len(conn.execute(select(c.c.id).where(c.c.id.in_(ids))).all()) != len(ids):
            raise NotFound()
        outcome = preview(conn, ctx, proposed(conn, ctx, without_closures=frozenset(ids)), progress, again=True)
    check_confirmed(outcome, expected_calendar, confirmed, may_be_idle=True)

    def body(tx: Tx) -> dict:
        hold_calendar(tx.conn, ctx, expected_calendar)
        rows = _standing(tx.conn, ids)
        tx.conn.execute(
            update(c)
            .where(c.c.id.in_(ids))
            .values(withdrawn_at=ctx.now, withdrawn_by=ctx.viewer.person_id, withdraw_reason=clean_text(reason).strip())
        )
        tx.touch(q.TOPIC)
        days = [[row.county, row.closed_on.isoformat()] for row in rows]
        tx.record("calendar_closure", ids[0], {"withdrawn": days, "moves": len(outcome.moves)})
        return {"ids": ids, "version": outcome.new_version}

    done = ctx.store.write(ctx.request("calendar.reopen", key, (tuple(ids), expected_calendar, confirmed)), body)
    return InForce(done["version"], tuple(done["ids"]))


def closure_list(ctx: Context) -> list[ClosureLine]:
    """Every closure that was ever entered, newest day first. Raises Forbidden."""
    policy.authorise(ctx.viewer, Act.MANAGE_CALENDAR, INSTALLATION)
    with ctx.store.read() as conn:
        rows = q.every_closure(conn)
    return [
        ClosureLine(
            r.id, r.county, r.closed_on, r.source, r.entered_at, r.entered_name or "", r.withdrawn_at, r.withdrawn_name or "",
            r.withdraw_reason,
        )
        for r in rows
    ]  # fmt: skip


def _checked(conn: Connection, ctx: Context, closures: Iterable[Closure]) -> tuple[Closure, ...]:
    """The closures in order, each once, with the counties' own names."""
    problems, wanted = [], {}
    for name, day in closures:
        county = canonical_county(name)
        if county is None:
            problems.append(Problem("closures", "There is no county or city {name}.", {"name": name[:30]}))
        elif not ctx.calendar.first_day <= day <= ctx.today + FURTHEST:
            far = {"day": both(day), "last": both(ctx.today + FURTHEST)}
            problems.append(Problem("closures", "{day} cannot be: closures are announced the day before, at the latest for {last}.", far))
        else:
            wanted[county, day] = None
    if not wanted and not problems:
        problems.append(Problem("closures", "Write at least one day and one county."))
    if problems:
        raise Invalid(problems)
    return tuple(sorted(wanted, key=lambda one: (one[1], one[0])))


def _remarks(
    conn: Connection, ctx: Context, closures: Iterable[Closure], outcome: CalendarPreview
) -> Iterable[tuple[str, Mapping[str, Any]]]:
    known = {(row.county, row.closed_on) for row in q.closures_in_force(conn)}
    changed = {(one.county, one.on) for one in outcome.days}
    before = [f"{county} {both(day)}" for county, day in _checked(conn, ctx, closures) if (county, day) in known]
    idle = [f"{county} {both(day)}" for county, day in _checked(conn, ctx, closures) if (county, day) not in known | changed]
    if before:
        yield "Entered before, and left as it is: {days}.", {"days": "; ".join(before[:20])}
    if idle:
        yield "A day off anyway, so nothing moves for it: {days}.", {"days": "; ".join(idle[:20])}


def _standing(conn: Connection, closure_ids: Collection[int]) -> list[Any]:
    c = t.calendar_closure
    rows = conn.execute(select(c).where(c.c.id.in_(sorted(set(closure_ids))), c.c.withdrawn_at.is_(None)).order_by(c.c.id)).all()
    if not rows or len(rows) != len(set(closure_ids)):
        raise NotFound()
    return list(rows)
