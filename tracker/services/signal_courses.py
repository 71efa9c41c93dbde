"""The courses of signals as administrators set them: on or off, when, whom, how loud, for one programme or for all.

Nothing is overwritten: a change adds a row, taking back marks the rows, and the shipped course holds again. No course here reaches the
reminders of a date: what is due and what is overdue is told by the ladder, which has no switch.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, select, update

from tracker.domain.signals import Course
from tracker.programmes.signal_plans import SignalPlans, course_as_dict
from tracker.services import policy, signal_conditions
from tracker.services.context import Context
from tracker.services.course_drafts import CourseDraft, checked
from tracker.services.errors import Forbidden, Invalid, NotFound, Problem, Stale
from tracker.services.hold_rules import read_reason
from tracker.services.policy import INSTALLATION, Act, Target
from tracker.services.signal_conditions import kept_course, plans_in_force
from tracker.store import q_signal_courses as q
from tracker.store import tables as t
from tracker.store.writing import Tx

SHIPPED, GENERAL, PROGRAMME = "shipped", "general", "programme"


@dataclass(frozen=True)
class CourseRow:
    """The course of one condition in one programme (or in general), where it comes from, and how many such matters are open there."""

    kind: str
    course: Course
    origin: str
    open_now: int


@dataclass(frozen=True)
class CourseVersion:
    """One course that held or holds here. Instants are aware; an empty name is the system's."""

    id: int
    course: Course
    reason: str
    editor: str
    edited_at: datetime
    taker: str
    taken_back_at: datetime | None
    back_reason: str


@dataclass(frozen=True)
class CourseView:
    """One condition in one programme (None: in general): `course` holds now and comes from `origin`; `version` is the row that holds
    *here*, None where nothing was set here; `without` is what would hold after taking it back."""

    kind: str
    programme_id: int | None
    course: Course
    origin: str
    version: int | None
    without: Course
    history: tuple[CourseVersion, ...]


@dataclass(frozen=True)
class Programme:
    """A programme whose courses the viewer may look at."""

    id: int
    code: str
    title_zh: str
    title_en: str


def course_programmes(ctx: Context) -> tuple[Programme, ...]:
    """The programmes whose courses the viewer may read. Raises Forbidden where there is none."""
    with ctx.store.read() as conn:
        return _programmes(ctx, conn)


def course_list(ctx: Context, *, programme_id: int | None = None) -> list[CourseRow]:
    """Every condition with its course in this programme (None: in general). Administrators and auditors, and the office of a programme.

    Raises Forbidden, NotFound.
    """
    with ctx.store.read() as conn:
        code, mine = _readable(ctx, conn, programme_id), {one.id for one in _programmes(ctx, conn)}
        force, rows = _in_force(conn), q.standing(conn)
        count = q.open_by_kind(conn, policy.scope(ctx.viewer, t.signal))
    where = {(row.kind, row.programme_id) for row in rows}
    found = []
    for kind in signal_conditions.registered():
        here = [n for (name, number), n in count.items() if name == kind and number in (mine if programme_id is None else {programme_id})]
        found.append(CourseRow(kind, force.of(kind, code), _origin(kind, programme_id, code, where), sum(here)))
    return found


def course_view(ctx: Context, *, kind: str, programme_id: int | None = None) -> CourseView:
    """One condition with its history, for whom `course_list` is. Raises Forbidden, and NotFound for an unknown condition or programme."""
    with ctx.store.read() as conn:
        code = _readable(ctx, conn, programme_id)
        return _view(conn, _known(kind), programme_id, code)


def edit_course(
    ctx: Context, *, kind: str, programme_id: int | None, draft: CourseDraft, reason: str, expected_version: int | None, key: str
) -> CourseView:
    """Let this course hold in a programme (None: in every one without its own) from the next watch on. Administrators.

    `expected_version` is the `version` that the editor saw. Raises NotFound, Forbidden, Invalid naming each field, and Stale.
    """
    policy.authorise(ctx.viewer, Act.EDIT_SIGNALS, INSTALLATION)
    problems: list[Problem] = []
    said = read_reason(reason, problems)
    try:
        course = checked(_known(kind), draft)
    except Invalid as wrong:
        raise Invalid([*wrong.problems, *problems]) from None
    if problems:
        raise Invalid(problems)
    kept = course_as_dict(course)

    def body(tx: Tx) -> dict:
        code = _code(tx.conn, programme_id)
        _standing(tx, kind, programme_id, expected_version)
        if _view(tx.conn, kind, programme_id, code).course == course:
            raise Invalid([Problem("course", "This course holds already.")])
        by = {"edited_by": ctx.viewer.person_id, "edited_at": ctx.now}
        added = tx.insert(t.signal_course, programme_id=programme_id, kind=kind, course_json=kept, reason=said, **by)
        what = {"kind": kind, "programme": programme_id, "replaces": expected_version, "course": kept}
        tx.record("signal_course", added, {**what, "reason": hashlib.sha256(said.encode()).hexdigest()})
        tx.touch("alerts", "signals")
        return {}

    ctx.store.write(ctx.request("signal_course.edit", key, (kind, programme_id, kept, said, expected_version)), body)
    return course_view(ctx, kind=kind, programme_id=programme_id)


def take_back_course(ctx: Context, *, kind: str, programme_id: int | None, reason: str, expected_version: int, key: str) -> CourseView:
    """Let again hold what holds without the course set here: the general one, else the shipped one. Administrators.

    Raises NotFound where none was set, Forbidden, Invalid without a reason, and Stale where another one holds meanwhile.
    """  # fmt: skip
    policy.authorise(ctx.viewer, Act.EDIT_SIGNALS, INSTALLATION)
    problems: list[Problem] = []
    said = read_reason(reason, problems)
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict:
        _code(tx.conn, programme_id)
        if expected_version not in {row.id for row in q.history(tx.conn, _known(kind), programme_id)}:
            raise NotFound()
        _standing(tx, kind, programme_id, expected_version)
        ids = q.standing_ids(tx.conn, kind, programme_id)
        taken = {"taken_back_at": ctx.now, "taken_back_by": ctx.viewer.person_id, "back_reason": said}
        tx.conn.execute(update(t.signal_course).where(t.signal_course.c.id.in_(ids)).values(**taken))
        what = {"kind": kind, "programme": programme_id, "taken_back": ids, "reason": hashlib.sha256(said.encode()).hexdigest()}
        tx.record("signal_course", expected_version, what)
        tx.touch("alerts", "signals")
        return {}

    ctx.store.write(ctx.request("signal_course.take_back", key, (kind, programme_id, said, expected_version)), body)
    return course_view(ctx, kind=kind, programme_id=programme_id)


def tried_plans(conn: Connection, kind: str, programme_id: int | None, course: Course) -> SignalPlans:
    """The courses in force, as they would be with this one."""
    force, code = _in_force(conn), _code(conn, programme_id)
    return force.with_courses({kind: course}, {}) if programme_id is None else force.with_courses({}, {code: {kind: course}})


def _known(kind: str) -> str:
    if kind not in signal_conditions.registered():
        raise NotFound()
    return kind


def _programmes(ctx: Context, conn: Connection) -> tuple[Programme, ...]:
    g = t.programme.c
    rows = conn.execute(select(g.id, g.code, g.title_zh, g.title_en).order_by(g.code)).all()
    found = tuple(Programme(*row) for row in rows if policy.may(ctx.viewer, Act.SEE_SIGNALS, Target(programme_id=row.id)))
    if not found and not policy.may(ctx.viewer, Act.SEE_SIGNALS, INSTALLATION):
        raise Forbidden()
    return found


def _readable(ctx: Context, conn: Connection, programme_id: int | None) -> str:
    """The code of a programme that the viewer may read about; "" for none. Raises Forbidden, NotFound."""
    mine = {one.id for one in _programmes(ctx, conn)}
    if programme_id is not None and programme_id not in mine:
        raise NotFound()
    return _code(conn, programme_id)


def _code(conn: Connection, programme_id: int | None) -> str:
    if programme_id is None:
        return ""
    code = conn.execute(select(t.programme.c.code).where(t.programme.c.id == programme_id)).scalar_one_or_none()
    if code is None:
        raise NotFound()
    return code


def _in_force(conn: Connection) -> SignalPlans:
    return plans_in_force(conn, {row.id: row.code for row in conn.execute(select(t.programme.c.id, t.programme.c.code))})


def _standing(tx: Tx, kind: str, programme_id: int | None, expected: int | None) -> Row | None:
    """The row that holds here, if it is the one that the editor saw. One editor at a time: there may be no row yet to wait for."""
    tx.conn.execute(select(t.programme.c.id).order_by(t.programme.c.id).limit(1).with_for_update()).first()
    row = q.in_force(tx.conn, kind, programme_id)
    if (row.id if row else None) != expected:
        raise Stale()
    return row


def _origin(kind: str, programme_id: int | None, code: str, where: set[tuple[str, int | None]]) -> str:
    if programme_id is not None and (kind, programme_id) in where:
        return PROGRAMME
    of_its_file = programme_id is not None and kind in signal_conditions.plans().own.get(code, {})
    return GENERAL if (kind, None) in where and not of_its_file else SHIPPED


def _view(conn: Connection, kind: str, programme_id: int | None, code: str) -> CourseView:
    rows, standing = q.history(conn, kind, programme_id), q.standing(conn)
    where = {(row.kind, row.programme_id) for row in standing}
    here = next((row for row in rows if row.taken_back_at is None), None)
    shipped = signal_conditions.plans()
    general = next((row for row in reversed(standing) if row.kind == kind and row.programme_id is None), None)
    without = shipped.of(kind, code)
    if programme_id is not None and general is not None and kind not in shipped.own.get(code, {}):
        without = kept_course(general) or without
    return CourseView(
        kind, programme_id, _in_force(conn).of(kind, code), _origin(kind, programme_id, code, where), here.id if here else None, without,
        tuple(_version(row, course) for row in rows if (course := kept_course(row)) is not None),
    )  # fmt: skip


def _version(row: Row, course: Course) -> CourseVersion:
    return CourseVersion(
        row.id, course, row.reason, row.editor or "", row.edited_at, row.taker or "", row.taken_back_at, row.back_reason
    )  # fmt: skip
