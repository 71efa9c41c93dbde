"""Days on which somebody of the office or of a panel is away, and who stands in for her.

One says so oneself; the chief of the programme and the administrator for others. Who stands in holds the same role in the same
programme, is not away herself on these days, and does what she does in her own name, on behalf of who is away (`review_seats`). Nobody
stands in for a reviewer: what she was given is given to another one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, update

from tracker.services.context import Context
from tracker.services.day_fields import read_day
from tracker.services.errors import Forbidden, Invalid, NotFound, Problem
from tracker.services.policy import INSTALLATION, Act, Target, may
from tracker.services.viewer import Role
from tracker.store import q_people
from tracker.store import tables as t
from tracker.store.writing import Tx

LONGEST = timedelta(days=366)
_COVERED = frozenset({Role.OFFICER.value, Role.CHIEF.value})


@dataclass(frozen=True)
class AbsenceLine:
    """Somebody who is or will be away. `uncovered`: nobody stands in, or somebody whose account is off."""

    absence_id: int
    person_id: int
    name: str
    from_on: date
    until_on: date
    cover_id: int | None
    cover: str
    uncovered: bool
    now: bool
    may_cancel: bool


@dataclass(frozen=True)
class Choice:
    """Somebody to be recorded as away, with those who could stand in for her: (person, name, codes of the programmes it would cover)."""

    person_id: int
    name: str
    covers: tuple[tuple[int, str, str], ...]
    coverable: bool


@dataclass(frozen=True)
class AbsenceDesk:
    """Absences of today and to come that the viewer may know of, and for whom she may record one; herself first."""

    lines: tuple[AbsenceLine, ...]
    choices: tuple[Choice, ...]


def absence_desk(ctx: Context) -> AbsenceDesk:
    """What the office and the panels of the viewer's programmes know about who is away; everything for the administrator.

    Raises Forbidden for who has no role in any programme and is no administrator.
    """
    with ctx.store.read() as conn:
        programmes = _programmes(ctx)
        staff = q_people.people_with_roles(conn, programmes)
        known = None if programmes is None else _known(ctx, staff)
        rows = q_people.absences(conn, ctx.today, known)
    mine = _recordable(ctx, staff)
    lines = tuple(
        AbsenceLine(
            row.id, row.person_id, row.name, row.from_on, row.until_on, row.cover_id, row.cover or "",
            row.cover_id is None or not row.cover_active, row.from_on <= ctx.today, row.person_id in mine,
        )
        for row in rows
    )  # fmt: skip
    return AbsenceDesk(lines, _choices(staff, mine, ctx.viewer.person_id))


def record_absence(
    ctx: Context, *, person_id: int, from_on: str | date, until_on: str | date, cover_id: int | None = None, key: str
) -> int:
    """Record that somebody is away from and through these days, and who stands in; gives its id.

    Raises NotFound for whom the viewer may not record it, and Invalid naming `from_on`, `until_on` or `cover_id`.
    """
    with ctx.store.read() as conn:
        _authorise(ctx, conn, person_id)
    problems: list[Problem] = []
    first, last = read_day("from_on", from_on, problems), read_day("until_on", until_on, problems)
    if first and last:
        problems += _days_problems(first, last, ctx.today)
    if problems or first is None or last is None:
        raise Invalid(problems)

    def body(tx: Tx) -> dict[str, int]:
        found = _clashes(tx.conn, person_id, first, last, cover_id)
        if found:
            raise Invalid(found)
        values = {"person_id": person_id, "from_on": first, "until_on": last, "cover_id": cover_id}
        made = tx.insert(t.absence, **values, recorded_by=ctx.viewer.person_id, recorded_at=tx.at)
        tx.record("absence", made, {**values, "from_on": first.isoformat(), "until_on": last.isoformat()})
        tx.touch("people", "reports")
        return {"absence_id": made}

    return ctx.store.write(ctx.request("absence.record", key, (person_id, first, last, cover_id)), body)["absence_id"]


def cancel_absence(ctx: Context, *, absence_id: int, key: str) -> None:
    """She is not away after all, or is back earlier: from now on nobody stands in. Raises NotFound, also for what is over."""
    c = t.absence
    with ctx.store.read() as conn:
        row = conn.execute(c.select().where(c.c.id == absence_id)).one_or_none()
        if row is None:
            raise NotFound()
        _authorise(ctx, conn, row.person_id)

    def body(tx: Tx) -> dict[str, int]:
        running = c.c.id == absence_id, c.c.cancelled_at.is_(None), c.c.until_on >= ctx.today
        if tx.conn.execute(update(c).where(*running).values(cancelled_at=tx.at)).rowcount != 1:
            raise NotFound()
        tx.record("absence", absence_id, {"person_id": row.person_id, "cancelled": True})
        tx.touch("people", "reports")
        return {}

    ctx.store.write(ctx.request("absence.cancel", key, absence_id), body)


def _programmes(ctx: Context) -> frozenset[int] | None:
    """Whose absences the viewer knows of: her programmes'; None: everybody's. Who records one is a person."""
    if ctx.viewer.is_system:
        raise Forbidden()
    if may(ctx.viewer, Act.MANAGE_PEOPLE, INSTALLATION):
        return None
    found = ctx.viewer.programme_ids | ctx.viewer.reviews_in
    if not found:
        raise Forbidden()
    return found


def _known(ctx: Context, staff: Collection) -> set[int]:
    """Herself, and her colleagues of the office. A panel's members are not shown to one another."""
    return {row.person_id for row in staff if row.programme_id in ctx.viewer.programme_ids} | {ctx.viewer.person_id or 0}


def _recordable(ctx: Context, staff: Collection) -> set[int]:
    """Herself where she has a role in a programme; everybody of a programme whose chief she is; everybody for the administrator."""
    if may(ctx.viewer, Act.MANAGE_PEOPLE, INSTALLATION):
        return {row.person_id for row in staff}
    return {
        row.person_id
        for row in staff
        if row.person_id == ctx.viewer.person_id or may(ctx.viewer, Act.HAND_OVER, Target(programme_id=row.programme_id))
    }


def _authorise(ctx: Context, conn: Connection, person_id: int) -> None:
    if person_id not in _recordable(ctx, q_people.people_with_roles(conn, _programmes(ctx))):
        raise NotFound()


def _days_problems(first: date, last: date, today: date) -> list[Problem]:
    if last < first:
        return [Problem("until_on", "The last day is before the first.")]
    if last < today:
        return [Problem("until_on", "The last day lies in the past.")]
    return [Problem("until_on", "This is longer than a year; hand the desk over instead.")] if last - first > LONGEST else []


def _clashes(conn: Connection, person_id: int, first: date, last: date, cover_id: int | None) -> list[Problem]:
    problems = []
    if q_people.absent_between(conn, person_id, first, last) is not None:
        problems.append(Problem("from_on", "An absence on some of these days is recorded already. Cancel it first."))
    if cover_id is None:
        return problems
    roles: dict[int, set[tuple[int, str]]] = defaultdict(set)
    for row in q_people.people_with_roles(conn):
        roles[row.person_id].add((row.programme_id, row.role))
    theirs = {slot for slot in roles[person_id] if slot[1] in _COVERED}
    if cover_id == person_id or not theirs & roles[cover_id]:
        problems.append(Problem("cover_id", "Who stands in must be somebody else with the same role in the same programme."))
    elif q_people.absent_between(conn, cover_id, first, last) is not None:
        problems.append(Problem("cover_id", "Who stands in is away herself on some of these days."))
    return problems


def _choices(staff: Collection, mine: Collection[int], viewer_id: int | None) -> tuple[Choice, ...]:
    names: dict[int, str] = {}
    slots: dict[int, dict[tuple[int, str], str]] = defaultdict(dict)
    for row in staff:
        names[row.person_id] = row.name
        if row.role in _COVERED:
            slots[row.person_id][row.programme_id, row.role] = row.code
    ordered = sorted((one for one in names if one in mine), key=lambda one: (one != viewer_id, names[one], one))
    return tuple(
        Choice(
            one, names[one],
            tuple(
                (other, names[other], ", ".join(sorted({slots[one][slot] for slot in slots[one].keys() & slots[other].keys()})))
                for other in names
                if other != one and slots[one].keys() & slots[other].keys()
            ),
            bool(slots[one]),
        )
        for one in ordered
    )  # fmt: skip
