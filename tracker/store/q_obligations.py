"""Reads of obligations for the two work lists: what a person owes, and what waits for the office."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, or_, select

from tracker.domain.statuses import DischargedBy, Kind, ObligationStatus
from tracker.store import tables as t

_WITH_PROJECT = (
    t.project.c.code.label("project_code"),
    t.project.c.title_zh.label("project_zh"),
    t.project.c.title_en.label("project_en"),
    t.report.c.id.label("report_id"),
    t.report.c.status.label("report_status"),
)


def owed(conn: Connection, scope: ColumnElement[bool], project_ids: Collection[int], today: date) -> list[Row]:
    """What the members of some projects have on their desk, by `file_by_on`, undated last.

    Open duties and replies, what was handed in and waits, what must still be filed with the funder, notices of a year that
    has not ended, and meetings to come. A returned report is not listed itself: its open reply is. Each row carries its project and its
    report, and the parent's kind where it is a reply.
    """
    o = t.obligation
    undischarged = and_(o.c.discharged_by == DischargedBy.EXTERNAL, o.c.discharged_on.is_(None))
    mine = or_(
        and_(o.c.duty.is_(True), o.c.status == ObligationStatus.OPEN),
        and_(o.c.duty.is_(True), o.c.status == ObligationStatus.SUBMITTED, o.c.kind != Kind.REPLY),
        and_(o.c.duty.is_(True), o.c.status == ObligationStatus.ACCEPTED, undischarged),
        and_(
            o.c.kind == Kind.YEAR_END_NOTICE,
            o.c.status == ObligationStatus.OPEN,
            or_(o.c.period_end_on.is_(None), o.c.period_end_on >= today),
        ),
        and_(o.c.kind == Kind.MEETING, o.c.status == ObligationStatus.OPEN, o.c.due_on >= today),
    )
    owner = or_(t.report.c.obligation_id == o.c.id, and_(o.c.kind == Kind.REPLY, t.report.c.obligation_id == o.c.parent_id))
    query = (
        select(o, *_WITH_PROJECT)
        .join(t.project, t.project.c.id == o.c.project_id)
        .outerjoin(t.report, owner)
        .where(scope, o.c.project_id.in_(sorted(project_ids)), mine)
        .order_by(o.c.file_by_on.is_(None), o.c.file_by_on, o.c.due_on, o.c.id)
    )
    return list(conn.execute(query))


def waiting_reports(
    conn: Connection, scope: ColumnElement[bool], programme_ids: Collection[int], without_projects: Collection[int]
) -> list[Row]:
    """Reports that wait in some programmes and have no round of review, oldest first, leaving out projects the reviewer is on."""
    o, r = t.obligation, t.review_round
    in_review = exists().where(r.c.report_id == t.report.c.id, r.c.state == "open")
    query = (
        select(o, *_WITH_PROJECT, t.project.c.organisation, t.project.c.officer_id, t.programme.c.code.label("programme_code"))
        .join(t.project, t.project.c.id == o.c.project_id)
        .join(t.programme, t.programme.c.id == o.c.programme_id)
        .join(t.report, t.report.c.obligation_id == o.c.id)
        .where(
            scope,
            o.c.programme_id.in_(sorted(programme_ids)),
            o.c.project_id.not_in(sorted(without_projects)),
            o.c.status == ObligationStatus.SUBMITTED,
            t.report.c.status == "submitted",
            ~in_review,
        )
        .order_by(o.c.waits_since_at, o.c.id)
    )
    return list(conn.execute(query))
