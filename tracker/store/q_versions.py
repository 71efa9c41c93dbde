"""Which submitted versions count: what was taken back never does, and a correction only once it is accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, or_, select

from tracker.store import tables as t


@dataclass(frozen=True)
class WithdrawnRow:
    """That a version was taken back: when, by whom and why."""

    report_version_id: int
    reason: str
    withdrawn_by: str
    withdrawn_at: datetime


def in_force() -> ColumnElement[bool]:
    """The condition on a query over `report_version`: not withdrawn, and not a correction that is still to be accepted."""
    v, w, r = t.report_version, t.report_withdrawal, t.report
    withdrawn = exists().where(w.c.report_version_id == v.c.id)
    of_report = r.alias("owner")
    settled = exists().where(
        and_(of_report.c.id == v.c.report_id, or_(of_report.c.accepted_version.is_(None), v.c.number <= of_report.c.accepted_version))
    )
    return and_(~withdrawn, settled)


def was_sent_back(conn: Connection, report_id: int) -> bool:
    """Whether the office returned an earlier version of a report, so that the newest one is an answer."""
    v = t.report_version
    sent = select(t.review.c.id).join(v, v.c.id == t.review.c.report_version_id)
    return conn.execute(sent.where(v.c.report_id == report_id, t.review.c.outcome.in_(("return", "reset"))).limit(1)).first() is not None


def withdrawals(conn: Connection, project_id: int) -> dict[int, WithdrawnRow]:
    """The versions of a project that were taken back, by version id."""
    w, v = t.report_withdrawal, t.report_version
    rows = conn.execute(
        select(w.c.report_version_id, w.c.reason, t.person.c.name, w.c.withdrawn_at)
        .join(v, v.c.id == w.c.report_version_id)
        .join(t.report, t.report.c.id == v.c.report_id)
        .join(t.person, t.person.c.id == w.c.withdrawn_by)
        .where(t.report.c.project_id == project_id)
    )
    return {row.report_version_id: WithdrawnRow(*row) for row in rows}


def contents_standing(conn: Connection, project_id: int) -> list[dict]:
    """The contents of a project's versions that were not taken back."""
    v, w, r = t.report_version, t.report_withdrawal, t.report
    withdrawn = exists().where(w.c.report_version_id == v.c.id)
    return list(conn.scalars(select(v.c.content_json).join(r, r.c.id == v.c.report_id).where(r.c.project_id == project_id, ~withdrawn)))


def by_receipt(conn: Connection, number: str) -> Row | None:
    """The version with this receipt number, with its report and project."""
    v = t.report_version
    return conn.execute(_whole().where(v.c.receipt_number == number)).one_or_none()


def by_id(conn: Connection, version_id: int) -> Row | None:
    """One version with its report, obligation, project and programme."""
    return conn.execute(_whole().where(t.report_version.c.id == version_id)).one_or_none()


def _whole():
    v, r, o, p, g, w = t.report_version, t.report, t.obligation, t.project, t.programme, t.report_withdrawal
    writer, principal = t.person.alias("writer"), t.person.alias("principal")
    return (
        select(
            v, writer.c.name.label("submitter"), principal.c.name.label("behalf"), r.c.project_id, r.c.obligation_id,
            r.c.status.label("report_status"), r.c.accepted_version,
            o.c.title_zh, o.c.title_en, o.c.period_label, o.c.period_start_on, o.c.period_end_on, o.c.due_on, o.c.file_by_on,
            o.c.first_submitted_on, o.c.discharged_by, o.c.discharged_on, o.c.clause, o.c.confidence,
            p.c.code.label("project_code"), p.c.title_zh.label("project_zh"), p.c.title_en.label("project_en"), p.c.organisation,
            p.c.programme_id, g.c.title_zh.label("programme_zh"), g.c.title_en.label("programme_en"), g.c.authority_zh, g.c.authority_en,
            w.c.withdrawn_at, w.c.reason.label("withdrawn_reason"),
        )
        .join(r, r.c.id == v.c.report_id)
        .join(o, o.c.id == r.c.obligation_id)
        .join(p, p.c.id == r.c.project_id)
        .join(g, g.c.id == p.c.programme_id)
        .join(writer, writer.c.id == v.c.submitted_by)
        .outerjoin(principal, principal.c.id == v.c.on_behalf_of)
        .outerjoin(w, w.c.report_version_id == v.c.id)
    )  # fmt: skip


def submission_events(conn: Connection, report_id: int | None = None) -> Sequence[Row]:
    """The Events of submissions: report (as text) and payload."""
    e = t.event
    wanted = select(e.c.seq, e.c.object_id, e.c.payload_json).where(e.c.object_type == "report", e.c.action == "report.submit")
    if report_id is not None:
        wanted = wanted.where(e.c.object_id == str(report_id))
    return conn.execute(wanted.order_by(e.c.seq)).all()
