"""What the portfolio counts and lists: grouped reads over the obligations of many projects.

SQL narrows to stretches of days and groups; what a group *means* (owed, late, unconfirmed) is decided by `tracker.domain.statuses`
on the dates that come with it. Every function takes `where`, the predicate on `obligation` (or `project`) that holds the viewer's
scope and the reader's filters. Grouping by an indexed column and folding in Python is several times faster than grouping by weeks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Text, and_, func, select, text, type_coerce

from tracker.store.tables import (
    UNDISCHARGED,
    approval,
    checkpoint,
    checkpoint_claim,
    checkpoint_verdict,
    obligation,
    person,
    programme,
    project,
)

o = obligation.c
#: Written into the statement, not bound: SQLite uses a partial index only where it can read the condition.
IS_UNDISCHARGED: ColumnElement[bool] = text(UNDISCHARGED)  # type: ignore[assignment]

Where = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many obligations of one programme, kind and duty stand in one status."""

    programme_id: int
    status: str
    kind: str
    duty: bool
    n: int


@dataclass(frozen=True, slots=True)
class BandCount:
    """Obligations alike but for their day: how many, and their first and last `due_on`."""

    programme_id: int
    status: str
    duty: bool
    confidence: str
    n: int
    earliest: date | None
    latest: date | None


@dataclass(frozen=True, slots=True)
class DayCount:
    """Open obligations of one kind that fall due on one day."""

    due_on: date
    kind: str
    duty: bool
    confidence: str
    n: int


class CheckpointRow(NamedTuple):
    """A checkpoint of a running project with the quantity that counts today: the officer's verdict, else what was claimed last.

    None: neither has come.
    """

    project_id: int
    weight: Decimal
    target: Decimal
    planned_on: date
    actual: Decimal | None


def state_counts(conn: Connection, where: Where) -> list[StateCount]:
    """Everything in scope by programme, status, kind and duty."""
    keys = (o.programme_id, o.status, o.kind, o.duty)
    return [StateCount(*row) for row in conn.execute(select(*keys, func.count()).where(where).group_by(*keys)).all()]


def open_between(conn: Connection, where: Where, first: date | None, last: date) -> list[BandCount]:
    """What is open, not even with the funder, and falls due from `first` (None: since ever) to `last`, both included, by programme."""
    days = o.due_on <= last if first is None else o.due_on.between(first, last)
    return _bands(conn, and_(o.status == "open", o.discharged_on.is_(None), days, where))


def open_undated(conn: Connection, where: Where) -> list[BandCount]:
    """What is open and has no date yet, by programme."""
    return _bands(conn, and_(o.status == "open", o.due_on.is_(None), where))


def undischarged(conn: Connection, where: Where) -> list[BandCount]:
    """What was handed in here while the funder's own receipt is missing, by programme."""
    return _bands(conn, and_(IS_UNDISCHARGED, o.status.in_(("submitted", "accepted")), where))


def _bands(conn: Connection, where: Where) -> list[BandCount]:
    keys = (o.programme_id, o.status, o.duty, o.confidence)
    counted = select(*keys, func.count(), func.min(o.due_on), func.max(o.due_on)).where(where).group_by(*keys)
    return [BandCount(*row) for row in conn.execute(counted).all()]


def open_by_day(conn: Connection, where: Where, first: date, last: date) -> list[DayCount]:
    """What is open and falls due from `first` to `last`, by day and kind."""
    keys = (o.due_on, o.kind, o.duty, o.confidence)
    counted = select(*keys, func.count()).where(o.status == "open", o.due_on.between(first, last), where).group_by(*keys)
    return [DayCount(*row) for row in conn.execute(counted).all()]


def oldest_waiting(conn: Connection, where: Where) -> datetime | None:
    """Since when the longest waiting report waits for the office; None: nothing waits."""
    waiting = select(func.min(o.waits_since_at)).where(o.status == "submitted", o.kind != "reply", where)
    return conn.execute(waiting).scalar_one()


def count_obligations(conn: Connection, where: Where) -> int:
    """How many rows `obligation_rows` has in all."""
    return conn.execute(select(func.count()).select_from(obligation).where(where)).scalar_one()


def obligation_rows(conn: Connection, where: Where, *, limit: int, offset: int = 0, by_wait: bool = False) -> Sequence[Row]:
    """One page of obligations with their project, by `due_on`, or the longest waiting first.

    Where undated ones come is the engine's choice: ask for dated and undated ones apart, so that an index serves the order.
    """
    order = (o.waits_since_at, o.id) if by_wait else (o.due_on, o.id)
    listed = (
        select(
            o.id,
            o.key,
            o.kind,
            o.title_zh,
            o.title_en,
            o.period_label,
            o.due_on,
            o.file_by_on,
            o.duty,
            o.confidence,
            o.status,
            o.first_submitted_on,
            o.waits_since_at,
            project.c.code,
            project.c.title_zh.label("project_zh"),
            project.c.title_en.label("project_en"),
            project.c.organisation,
            person.c.name.label("officer"),
        )
        .join(project, project.c.id == o.project_id)
        .outerjoin(person, person.c.id == project.c.officer_id)
        .where(where)
        .order_by(*order)
        .limit(limit)
        .offset(offset)
    )
    return conn.execute(listed).all()


def approval_rows(conn: Connection, of_project: Where, first: date, last: date) -> Sequence[Row]:
    """Approvals whose last day lies from `first` to `last`, with their project, soonest first."""
    listed = (
        select(
            approval.c.id,
            approval.c.kind,
            approval.c.title,
            approval.c.expires_on,
            project.c.code,
            project.c.title_zh.label("project_zh"),
            project.c.title_en.label("project_en"),
            project.c.organisation,
            person.c.name.label("officer"),
        )
        .join(project, project.c.id == approval.c.project_id)
        .outerjoin(person, person.c.id == project.c.officer_id)
        .where(approval.c.expires_on.between(first, last), project.c.status == "active", of_project)
        .order_by(approval.c.expires_on, approval.c.id)
    )
    return conn.execute(listed).all()


def count_approvals(conn: Connection, of_project: Where, first: date, last: date) -> int:
    """How many rows `approval_rows` has."""
    counted = (
        select(func.count())
        .select_from(approval.join(project, project.c.id == approval.c.project_id))
        .where(approval.c.expires_on.between(first, last), project.c.status == "active", of_project)
    )
    return conn.execute(counted).scalar_one()


def running_checkpoints(conn: Connection, of_project: Where, until: date) -> list[CheckpointRow]:
    """The checkpoints of running projects planned on or before `until`, by project, each with the quantity that counts."""
    c, v, k = checkpoint.c, checkpoint_verdict.c, checkpoint_claim.c
    verdict = select(v.actual).where(v.checkpoint_id == c.id).order_by(v.id.desc()).limit(1).scalar_subquery()
    claim = select(k.actual).where(k.checkpoint_id == c.id).order_by(k.id.desc()).limit(1).scalar_subquery()
    rows = conn.execute(
        # The texts as they are stored: building the values here once is cheaper than by column type for every row.
        select(
            c.project_id,
            *(type_coerce(column, Text) for column in (c.weight, c.target, c.planned_on)),
            func.coalesce(type_coerce(verdict, Text), type_coerce(claim, Text)),
        )
        .join(project, project.c.id == c.project_id)
        .where(project.c.status == "active", c.planned_on <= until, of_project)
        .order_by(project.c.id)
    ).all()
    return [
        CheckpointRow(
            project_id, _number(weight), _number(target), date.fromisoformat(planned), None if actual is None else _number(actual)
        )
        for project_id, weight, target, planned, actual in rows
    ]


@lru_cache(maxsize=4096)
def _number(text: str) -> Decimal:
    """A stored quantity; plans repeat the same few weights and targets."""
    return Decimal(text)


def project_names(conn: Connection, of_project: Where, ids: Sequence[int]) -> dict[int, Row]:
    """Code, titles, organisation and programme of some projects, by id."""
    named = select(
        project.c.id, project.c.code, project.c.title_zh, project.c.title_en, project.c.organisation, person.c.name.label("officer")
    )
    named = named.outerjoin(person, person.c.id == project.c.officer_id).where(project.c.id.in_(ids), of_project)
    return {row.id: row for row in conn.execute(named)}


def programme_names(conn: Connection, ids: Sequence[int] | None = None) -> dict[int, Row]:
    """Code and titles of programmes by id, in the order of their codes; None: all of them."""
    named = select(programme.c.id, programme.c.code, programme.c.title_zh, programme.c.title_en).order_by(programme.c.code)
    return {row.id: row for row in conn.execute(named if ids is None else named.where(programme.c.id.in_(ids)))}


def officers_in_charge(conn: Connection, of_project: Where) -> list[Row]:
    """Who is in charge of some project in scope: id and name, by name."""
    charged = select(project.c.officer_id).where(of_project).distinct()
    return list(conn.execute(select(person.c.id, person.c.name).where(person.c.id.in_(charged)).order_by(person.c.name, person.c.id)))
