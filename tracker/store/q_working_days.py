"""Reads of the working days that were brought in here, of what rests on some days, and of the days that moved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, or_, select, text

from tracker.store import tables as t
from tracker.store.bulk import among

#: The revision topic that rises with every table and closure.
TOPIC = "calendar"

#: No day rolls farther than this: the longest run of days off is ten, and a strict reading lies at most a few days before.
REACH = timedelta(days=31)

_HELD = text("INSERT INTO revision (topic, n) VALUES (:topic, 0) ON CONFLICT (topic) DO NOTHING")


def issue(conn: Connection) -> int:
    """The revision of the working days; 0 where nothing was ever brought in. One look at a primary key."""
    return conn.execute(select(t.revision.c.n).where(t.revision.c.topic == TOPIC)).scalar_one_or_none() or 0


def hold(conn: Connection) -> int:
    """The same, inside a write, and nobody else changes the working days until it ends."""
    conn.execute(_HELD, {"topic": TOPIC})
    return conn.execute(select(t.revision.c.n).where(t.revision.c.topic == TOPIC).with_for_update()).scalar_one()


def tables_in_force(conn: Connection) -> Sequence[Row]:
    """The tables that were not withdrawn, oldest import first: of two of one year the later counts."""
    return conn.execute(select(t.calendar_table).where(t.calendar_table.c.withdrawn_at.is_(None)).order_by(t.calendar_table.c.id)).all()


def closures_in_force(conn: Connection) -> Sequence[Row]:
    """The closures that were not withdrawn, by day and county."""
    c = t.calendar_closure
    return conn.execute(select(c).where(c.c.withdrawn_at.is_(None)).order_by(c.c.closed_on, c.c.county, c.c.id)).all()


def every_table(conn: Connection) -> Sequence[Row]:
    """Every table that was ever brought in, newest first, with the names of who did it and who took it back (no days)."""
    entered, withdrawn = t.person.alias("entered"), t.person.alias("withdrawn")
    table = t.calendar_table
    columns = [column for column in table.c if column.name != "days_json"]
    return conn.execute(
        select(*columns, entered.c.name.label("imported_name"), withdrawn.c.name.label("withdrawn_name"))
        .outerjoin(entered, entered.c.id == table.c.imported_by)
        .outerjoin(withdrawn, withdrawn.c.id == table.c.withdrawn_by)
        .order_by(table.c.id.desc())
    ).all()


def every_closure(conn: Connection) -> Sequence[Row]:
    """Every closure that was ever entered, newest day first, with the names of who did it and who took it back."""
    entered, withdrawn = t.person.alias("entered"), t.person.alias("withdrawn")
    c = t.calendar_closure
    return conn.execute(
        select(c, entered.c.name.label("entered_name"), withdrawn.c.name.label("withdrawn_name"))
        .outerjoin(entered, entered.c.id == c.c.entered_by)
        .outerjoin(withdrawn, withdrawn.c.id == c.c.withdrawn_by)
        .order_by(c.c.closed_on.desc(), c.c.county, c.c.id.desc())
    ).all()


def resting_on(conn: Connection, spans: Iterable[tuple[date, date]]) -> Sequence[Row]:
    """Dated obligations of running projects whose day lies within reach of one of these spans of days; waived and closed ones are left out.

    Wider than what moves: the caller looks at the three days of each row.
    """
    o, p = t.obligation, t.project
    near = [o.c.due_on.between(first - REACH, last + REACH) for first, last in spans]
    if not near:
        return []
    return conn.execute(
        select(
            o.c.id, o.c.project_id, o.c.origin, o.c.status, o.c.first_submitted_on, o.c.nominal_on, o.c.due_on, o.c.file_by_on,
            o.c.discharged_by, o.c.discharged_on, o.c.duty, o.c.calendar_version, p.c.county,
        )
        .join(p, p.c.id == o.c.project_id)
        .where(o.c.status.in_(("open", "submitted", "returned", "accepted")), or_(*near), p.c.status == "active")
        .order_by(o.c.project_id, o.c.id)
    ).all()  # fmt: skip


def outdated(conn: Connection, version: str, origin: str) -> list[int]:
    """Running projects with an open date that was counted with another calendar than this. Reads every open obligation."""
    o = t.obligation
    return list(
        conn.scalars(
            select(o.c.project_id)
            .join(t.project, t.project.c.id == o.c.project_id)
            .where(
                o.c.calendar_version != version,
                o.c.status == "open",
                o.c.first_submitted_on.is_(None),
                o.c.origin == origin,
                t.project.c.status == "active",
            )
            .distinct()
            .order_by(o.c.project_id)
        )
    )


def moves_of(conn: Connection, obligation_ids: Collection[int]) -> dict[int, list[Row]]:
    """The moves of these obligations, oldest first."""
    if not obligation_ids:
        return {}
    m = t.date_move
    found: dict[int, list[Row]] = {}
    for row in conn.execute(select(m).where(among(m.c.obligation_id, obligation_ids)).order_by(m.c.id)):
        found.setdefault(row.obligation_id, []).append(row)
    return found


def earlier_days(conn: Connection, rows: Iterable[Any]) -> dict[int, frozenset[date]]:
    """Of each obligation (`id`, `due_on`) the days from which the working days alone brought it to the day it has now.

    The chain ends where somebody decided on a day: an extension begins the reminders anew, a calendar never does.
    """
    due = {row.id: row.due_on for row in rows}
    found = {}
    for obligation_id, moves in moves_of(conn, due.keys()).items():
        day, days = due[obligation_id], set()
        for move in reversed(moves):
            if move.new_due_on != day:
                break
            days.add(move.old_due_on)
            day = move.old_due_on
        found[obligation_id] = frozenset(days - {due[obligation_id], None})
    return found


def moved_lately(conn: Connection, scope: Any, limit: int) -> Sequence[Row]:
    """The newest moves with their obligations and projects."""
    m, o, p = t.date_move, t.obligation, t.project
    return conn.execute(
        select(m, o.c.key, o.c.title_zh, o.c.title_en, o.c.period_label, p.c.code)
        .join(o, o.c.id == m.c.obligation_id)
        .join(p, p.c.id == m.c.project_id)
        .where(scope)
        .order_by(m.c.id.desc())
        .limit(limit)
    ).all()
