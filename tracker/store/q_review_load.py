"""Reads for the weeks ahead of an office: what is to come, what is there, what was answered. Programmes are the caller's own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, func, select

from tracker.domain.statuses import Kind
from tracker.store import tables as t

LANDS = (
    Kind.INTERIM_REPORT, Kind.QUARTERLY_REPORT, Kind.FINAL_REPORT, Kind.DATA_CALL, Kind.REPLY, Kind.EXPENDITURE_CLOSING,
    Kind.APPROVAL_CATCH_UP, Kind.APPROVAL_RENEWAL, Kind.CONTRACT_ITEM, Kind.ACTION_ITEM,
)  # fmt: skip
"""Kinds that the office has to look at once they are handed in."""


@dataclass(frozen=True)
class Desk:
    """Whose weeks: the programmes, the officer in charge (None: everybody), and projects that are no business of the viewer's."""

    programme_ids: frozenset[int]
    officer_id: int | None = None
    without: frozenset[int] = frozenset()


def _mine(desk: Desk) -> tuple[ColumnElement[bool], ...]:
    o, p = t.obligation, t.project
    where = [o.c.programme_id.in_(sorted(desk.programme_ids)), p.c.status == "active"]
    if desk.officer_id is not None:
        where.append(p.c.officer_id == desk.officer_id)
    if desk.without:
        where.append(o.c.project_id.not_in(sorted(desk.without)))
    return tuple(where)


def _coming(desk: Desk) -> tuple[ColumnElement[bool], ...]:
    o = t.obligation
    return (*_mine(desk), o.c.status == "open", o.c.duty.is_(True), o.c.kind.in_([kind.value for kind in LANDS]))


def _lies_here() -> tuple[ColumnElement[bool], ...]:
    """Handed in and not answered; a correction of what was accepted waits, too."""
    o = t.obligation
    return (o.c.status.in_(("submitted", "accepted")), o.c.waits_since_at.is_not(None), o.c.parent_id.is_(None))


def landing_day(today: date) -> ColumnElement[date]:
    """The day by which something that is not overdue should be there; `domain.review_load.lands_on` in SQL."""
    o = t.obligation
    safe = and_(o.c.file_by_on >= today, o.c.file_by_on <= o.c.due_on)
    return case((safe, o.c.file_by_on), else_=o.c.due_on)


def coming(conn: Connection, desk: Desk, today: date, until: date) -> Sequence[Row]:
    """What is to come from today until a day: counts by kind, officer and day."""
    o, p, on = t.obligation, t.project, landing_day(today)
    each = (  # a subquery: PostgreSQL takes two copies of an expression with parameters for two expressions
        select(o.c.kind, p.c.officer_id, on.label("lands_on"))
        .join(p, p.c.id == o.c.project_id)
        .where(*_coming(desk), o.c.due_on >= today, on <= until)
        .subquery()
    )
    columns = (each.c.kind, each.c.officer_id, each.c.lands_on)
    return conn.execute(select(*columns, func.count().label("count")).group_by(*columns)).all()


def overdue(conn: Connection, desk: Desk, today: date) -> int:
    """How much is overdue and may come any day."""
    o, p = t.obligation, t.project
    wanted = select(func.count()).select_from(o).join(p, p.c.id == o.c.project_id)
    return conn.execute(wanted.where(*_coming(desk), o.c.due_on < today)).scalar_one()


def here(conn: Connection, desk: Desk) -> Sequence[Row]:
    """What lies with the office now: by the day on which its answer was promised (None: none was), counts."""
    o, p = t.obligation, t.project
    where = _lies_here()
    return conn.execute(
        select(o.c.office_due_on, func.count().label("count"))
        .join(p, p.c.id == o.c.project_id)
        .where(*_mine(desk), *where)
        .group_by(o.c.office_due_on)
    ).all()


def answered(conn: Connection, desk: Desk, since: datetime) -> Sequence[datetime]:
    """When reports were accepted or returned since an instant; of one officer: by herself."""
    v, r, k, s = t.report_version, t.report, t.review_round, t.review
    wanted = (
        select(s.c.reviewed_at)
        .join(v, v.c.id == s.c.report_version_id)
        .join(r, r.c.id == v.c.report_id)
        .join(k, k.c.id == s.c.review_round_id)
        .where(k.c.programme_id.in_(sorted(desk.programme_ids)), s.c.outcome.in_(("accept", "return")), s.c.reviewed_at >= since)
    )
    if desk.officer_id is not None:
        wanted = wanted.where(s.c.reviewer_id == desk.officer_id)
    return list(conn.scalars(wanted))


def answered_by(conn: Connection, desk: Desk, since: datetime) -> Sequence[Row]:
    """Who accepted or returned a report when, since an instant, in some programmes."""
    k, s = t.review_round, t.review
    wanted = select(s.c.reviewer_id, s.c.reviewed_at).join(k, k.c.id == s.c.review_round_id)
    where = (k.c.programme_id.in_(sorted(desk.programme_ids)), s.c.outcome.in_(("accept", "return")), s.c.reviewed_at >= since)
    return conn.execute(wanted.where(*where)).all()


def counties_of(conn: Connection, desk: Desk, person_ids: Collection[int]) -> dict[int, str]:
    """By officer: the county of the receiving office of most of her projects that run; who has none is missing."""
    p, number = t.project, func.count().label("number")
    wanted = select(p.c.officer_id, p.c.county, number).where(p.c.officer_id.in_(sorted(person_ids)), p.c.county.is_not(None))
    wanted = wanted.where(p.c.status == "active", p.c.programme_id.in_(sorted(desk.programme_ids)))
    rows = conn.execute(wanted.group_by(p.c.officer_id, p.c.county).order_by(number, p.c.county.desc()))
    return {row.officer_id: row.county for row in rows}


def _listed(where: tuple[ColumnElement[bool], ...], on: ColumnElement) -> Select:
    o, p, r, n = t.obligation, t.project, t.report, t.person
    return (
        select(
            o.c.id, o.c.kind, o.c.title_zh, o.c.title_en, o.c.period_label, o.c.due_on, o.c.file_by_on, o.c.office_due_on,
            o.c.waits_since_at, o.c.status, o.c.project_id, p.c.code, p.c.title_zh.label("project_zh"),
            p.c.title_en.label("project_en"), n.c.name.label("officer"), r.c.id.label("report_id"), on.label("on"),
        )
        .join(p, p.c.id == o.c.project_id)
        .outerjoin(n, n.c.id == p.c.officer_id)
        .outerjoin(r, r.c.obligation_id == func.coalesce(o.c.parent_id, o.c.id))
        .where(*where)
        .order_by(on, p.c.code, o.c.id)
    )  # fmt: skip


def landing_rows(conn: Connection, desk: Desk, today: date, first: date, last: date, limit: int) -> Sequence[Row]:
    """What lands on these days, the earliest first."""
    o, on = t.obligation, landing_day(today)
    return conn.execute(_listed((*_coming(desk), o.c.due_on >= today, on >= first, on <= last), on).limit(limit)).all()


def overdue_rows(conn: Connection, desk: Desk, today: date, limit: int) -> Sequence[Row]:
    """What is overdue and may come any day, the longest overdue first."""
    o = t.obligation
    return conn.execute(_listed((*_coming(desk), o.c.due_on < today), o.c.due_on).limit(limit)).all()


def answer_rows(conn: Connection, desk: Desk, first: date | None, last: date | None, limit: int) -> Sequence[Row]:
    """What lies with the office and was promised to be answered on these days; `last` None: without any promise."""
    o = t.obligation
    where = (*_mine(desk), *_lies_here())
    if last is None:
        where = (*where, o.c.office_due_on.is_(None))
    else:
        where = (*where, o.c.office_due_on <= last, *(() if first is None else (o.c.office_due_on >= first,)))
    return conn.execute(_listed(where, o.c.office_due_on).limit(limit)).all()


def programmes(conn: Connection, programme_ids: Collection[int]) -> Sequence[Row]:
    """Some programmes by code: id, code, titles."""
    g = t.programme
    return conn.execute(
        select(g.c.id, g.c.code, g.c.title_zh, g.c.title_en).where(g.c.id.in_(sorted(programme_ids))).order_by(g.c.code)
    ).all()
