"""Reads for the dossier of a project that no other screen needs. Callers authorise first."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Row, func, select

from tracker.store import q_versions
from tracker.store import tables as t


def head(conn: Connection, project_id: int) -> Row | None:
    """The project with its programme and the officer's name, or None."""
    g, version = t.programme, t.programme_version
    return conn.execute(
        select(
            t.project,
            g.c.title_zh.label("programme_zh"), g.c.title_en.label("programme_en"),
            g.c.authority_zh, g.c.authority_en, version.c.label.label("rules"), t.person.c.name.label("officer"),
        )
        .join(g, g.c.id == t.project.c.programme_id)
        .join(version, version.c.id == t.project.c.programme_version_id)
        .outerjoin(t.person, t.person.c.id == t.project.c.officer_id)
        .where(t.project.c.id == project_id)
    ).one_or_none()  # fmt: skip


def measured(conn: Connection, project_id: int) -> Sequence[Row]:
    """Every value of an indicator in a version that counts, oldest first, with the period it speaks of."""
    m, v, o = t.measurement.c, t.report_version.c, t.obligation.c
    return conn.execute(
        select(m.indicator_id, m.actual, v.submitted_at, o.id.label("obligation_id"), o.period_end_on)
        .select_from(t.measurement)
        .join(t.report_version, v.id == m.report_version_id)
        .join(t.report, t.report.c.id == v.report_id)
        .join(t.obligation, o.id == t.report.c.obligation_id)
        .where(t.report.c.project_id == project_id, q_versions.in_force())
        .order_by(v.submitted_at, v.id)
    ).all()


def returns(conn: Connection, project_id: int) -> dict[int, int]:
    """Obligation → how often its report was sent back."""
    rows = conn.execute(
        select(t.report.c.obligation_id, func.count().label("n"))
        .select_from(t.review)
        .join(t.report_version, t.report_version.c.id == t.review.c.report_version_id)
        .join(t.report, t.report.c.id == t.report_version.c.report_id)
        .where(t.report.c.project_id == project_id, t.review.c.outcome != "accept")
        .group_by(t.report.c.obligation_id)
    )
    return {row.obligation_id: row.n for row in rows}


def obligation_changes(conn: Connection, project_id: int) -> Sequence[Row]:
    """Later days, waivers and skips of single obligations, oldest first."""
    c, o = t.obligation_change, t.obligation.c
    return conn.execute(
        select(c, o.title_zh, o.title_en, o.period_label)
        .join(t.obligation, o.id == c.c.obligation_id)
        .where(c.c.project_id == project_id)
        .order_by(c.c.decided_at, c.c.id)
    ).all()


def official_dates(conn: Connection, project_id: int) -> Sequence[Row]:
    """Dates that a letter gave this project alone and that are in force, oldest first, with the title of what they date."""
    d, o = t.document_date, t.obligation.c
    return conn.execute(
        select(d, o.title_zh.label("obligation_zh"), o.title_en.label("obligation_en"), o.due_on)
        .outerjoin(t.obligation, (o.project_id == d.c.project_id) & (o.rule == d.c.rule) & (o.period_label == d.c.period_label))
        .where(d.c.project_id == project_id, d.c.basis == "official", d.c.withdrawn_at.is_(None))
        .order_by(d.c.recorded_at, d.c.id)
    ).all()


def corrections(conn: Connection, project_id: int) -> Sequence[Row]:
    """Corrections of accepted reports, oldest first."""
    v, o = t.report_version.c, t.obligation.c
    return conn.execute(
        select(v.id, v.number, v.reason, v.submitted_at, o.title_zh, o.title_en, o.period_label)
        .select_from(t.report_version)
        .join(t.report, t.report.c.id == v.report_id)
        .join(t.obligation, o.id == t.report.c.obligation_id)
        .where(t.report.c.project_id == project_id, v.kind == "correction")
        .order_by(v.submitted_at, v.id)
    ).all()


def project_events(conn: Connection, project_id: int, actions: Sequence[str]) -> Sequence[Row]:
    """Some Events about the project itself, oldest first: at, action and the payload's text."""
    e = t.event.c
    return conn.execute(
        select(e.at, e.action, e.payload_json)
        .where(e.object_type == "project", e.object_id == str(project_id), e.action.in_(list(actions)))
        .order_by(e.seq)
    ).all()


def action_items(conn: Connection, project_id: int) -> Sequence[Row]:
    """Conclusions that were not dropped, those that are not closed first, by day, with their owner and the meeting they come from."""
    a = t.action_item
    return conn.execute(
        select(a, t.person.c.name.label("owner"), t.meeting.c.title_zh.label("meeting_zh"), t.meeting.c.title_en.label("meeting_en"))
        .outerjoin(t.person, t.person.c.id == a.c.owner_id)
        .outerjoin(t.meeting, t.meeting.c.id == a.c.meeting_id)
        .where(a.c.project_id == project_id, a.c.state != "dropped")
        .order_by(a.c.state == "closed", a.c.due_on, a.c.number)
    ).all()


def outcomes(conn: Connection, project_id: int) -> Sequence[Row]:
    """Outcomes that were not withdrawn, by kind and day."""
    r = t.outcome
    return conn.execute(
        select(r)
        .where(r.c.project_id == project_id, r.c.withdrawn_at.is_(None))
        .order_by(r.c.kind, r.c.occurred_on.is_(None), r.c.occurred_on, r.c.id)
    ).all()


def nil_years(conn: Connection, project_id: int) -> list[int]:
    """The civil years for which the project said that it has no outcome."""
    n = t.outcome_nil_return.c
    return list(conn.execute(select(n.year).where(n.project_id == project_id, n.withdrawn_at.is_(None)).order_by(n.year)).scalars())


def event(conn: Connection, seq: int) -> Row | None:
    """One Event: its number, instant and hash."""
    e = t.event.c
    return conn.execute(select(e.seq, e.at, e.hash).where(e.seq == seq)).one_or_none()
