"""Reads of one project's whole file, and of the list of projects. Callers authorise or scope first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select

from tracker.store import tables as t
from tracker.store.q_versions import in_force

Where = ColumnElement[bool]
_PERSON = t.person.c.name


def _searched(allowed: Where, needle: str) -> Where:
    """Projects in scope whose code, title or organisation contains the text; `%` and `_` in it are plain characters."""
    if not needle:
        return allowed
    p = t.project.c
    columns = (p.code, p.title_zh, p.title_en, p.organisation)
    return and_(allowed, or_(*(column.icontains(needle, autoescape=True) for column in columns)))


def count_projects(conn: Connection, allowed: Where, needle: str) -> int:
    """How many rows `project_rows` has in all."""
    return conn.execute(select(func.count()).select_from(t.project).where(_searched(allowed, needle))).scalar_one()


def project_rows(conn: Connection, allowed: Where, needle: str, *, limit: int, offset: int) -> Sequence[Row]:
    """One page of projects by code, running ones first."""
    p = t.project.c
    listed = (
        select(
            t.project, t.programme.c.title_zh.label("programme_zh"), t.programme.c.title_en.label("programme_en"), _PERSON.label("officer")
        )
        .join(t.programme, t.programme.c.id == p.programme_id)
        .outerjoin(t.person, t.person.c.id == p.officer_id)
        .where(_searched(allowed, needle))
        .order_by(p.status != "active", p.code)
        .limit(limit)
        .offset(offset)
    )
    return conn.execute(listed).all()


def open_duties(conn: Connection, project_ids: Collection[int]) -> Sequence[Row]:
    """The open duties of some projects: what lateness and the next day are decided on."""
    o = t.obligation.c
    return conn.execute(
        select(o.project_id, o.status, o.due_on, o.file_by_on, o.first_submitted_on, o.duty, o.confidence).where(
            o.project_id.in_(sorted(project_ids)), o.status == "open", o.duty.is_(True)
        )
    ).all()


def obligations(conn: Connection, project_id: int) -> Sequence[Row]:
    """Everything a project owes or owed, by day, undated last, each with its report's id and state where one was opened."""
    o = t.obligation
    return conn.execute(
        select(o, t.report.c.id.label("report_id"), t.report.c.status.label("report_status"))
        .outerjoin(t.report, t.report.c.obligation_id == o.c.id)
        .where(o.c.project_id == project_id)
        .order_by(o.c.due_on.is_(None), o.c.due_on, o.c.id)
    ).all()


def _of_project(project_id: int, *columns: ColumnElement) -> Select:
    """Submitted versions of a project's reports, each with what it was handed in for."""
    o, v = t.obligation.c, t.report_version.c
    return (
        select(*columns, o.title_zh, o.title_en, o.period_label, o.id.label("obligation_id"), o.due_on)
        .select_from(t.report_version)
        .join(t.report, t.report.c.id == v.report_id)
        .join(t.obligation, o.id == t.report.c.obligation_id)
        .where(t.report.c.project_id == project_id)
    )


def versions(conn: Connection, project_id: int) -> Sequence[Row]:
    """Every version handed in, newest first, with its receipt and who sent it."""
    v = t.report_version.c
    principal = t.person.alias("principal")
    listed = _of_project(
        project_id,
        v.id,
        v.report_id,
        v.number,
        v.receipt_number,
        v.submitted_at,
        v.late_reason,
        v.content_sha256,
        v.reason,
        t.report_withdrawal.c.withdrawn_at,
        t.report_withdrawal.c.reason.label("withdrawn_reason"),
        _PERSON.label("submitter"),
        principal.c.name.label("behalf"),
    )
    return conn.execute(
        listed.join(t.person, t.person.c.id == v.submitted_by)
        .outerjoin(principal, principal.c.id == v.on_behalf_of)
        .outerjoin(t.report_withdrawal, t.report_withdrawal.c.report_version_id == v.id)
        .order_by(v.submitted_at.desc(), v.id.desc())
    ).all()


def reviews(conn: Connection, project_id: int) -> Sequence[Row]:
    """Every review, oldest first: outcome, comments and the day to reply by."""
    r, v = t.review.c, t.report_version.c
    listed = _of_project(
        project_id, r.report_version_id, r.outcome, r.comments_json, r.reply_by_on, r.reviewed_at, _PERSON.label("reviewer")
    )
    listed = listed.join(t.review, r.report_version_id == v.id).join(t.person, t.person.c.id == r.reviewer_id)
    return conn.execute(listed.order_by(r.id)).all()


def measurements(conn: Connection, project_id: int) -> Sequence[Row]:
    """What was measured of each indicator in the versions in force, oldest first: the last of an indicator is its newest value."""
    m, v = t.measurement.c, t.report_version.c
    listed = _of_project(project_id, m.indicator_id, m.actual, v.submitted_at)
    listed = listed.join(t.measurement, m.report_version_id == v.id).where(in_force())
    return conn.execute(listed.order_by(v.submitted_at, v.id)).all()


def members(conn: Connection, project_id: int) -> Sequence[Row]:
    """Who is or was on the project: name, role, party, from, until; investigators first."""
    m = t.membership.c
    return conn.execute(
        select(m.role, m.party, m.from_on, m.until_on, _PERSON.label("name"))
        .join(t.person, t.person.c.id == m.person_id)
        .where(m.project_id == project_id)
        .order_by(m.role.desc(), m.party, m.id)
    ).all()


def years(conn: Connection, project_id: int) -> Sequence[Row]:
    """The project years with the amount approved for each (NT$, None: not yet)."""
    y = t.project_year.c
    return conn.execute(
        select(y.number, y.start_on, y.end_on, y.approved_amount).where(y.project_id == project_id).order_by(y.number)
    ).all()


def facts(conn: Connection, project_id: int) -> Sequence[Row]:
    """The days that rules count from, as they stand."""
    f = t.project_fact.c
    return conn.execute(
        select(f.name, f.value_on, f.confirmed, f.letter_number)
        .where(f.project_id == project_id, f.superseded_at.is_(None))
        .order_by(f.name, f.id)
    ).all()


def evaluations(conn: Connection, project_id: int) -> Sequence[Row]:
    """Each evaluation with its decision where there is one, by year."""
    e, d = t.evaluation.c, t.decision.c
    return conn.execute(
        select(
            e.id,
            e.project_year,
            e.held_on,
            e.scores_json,
            e.remarks,
            d.id.label("decision_id"),
            d.course,
            d.decided_on,
            d.letter_number,
            d.clause,
            d.reason,
        )
        .outerjoin(t.decision, d.evaluation_id == e.id)
        .where(e.project_id == project_id)
        .order_by(e.project_year)
    ).all()


def effects(conn: Connection, decision_ids: Collection[int]) -> Sequence[Row]:
    """The effects of some decisions, in the order they were recorded."""
    f = t.decision_effect.c
    return conn.execute(
        select(f.decision_id, f.kind, f.detail, f.amount, f.project_year).where(f.decision_id.in_(sorted(decision_ids))).order_by(f.id)
    ).all()


def receipts(conn: Connection, project_id: int) -> Sequence[Row]:
    """The funder's own receipts, newest first, with what they are for."""
    r, o = t.discharge_receipt.c, t.obligation.c
    return conn.execute(
        select(r.id, r.received_on, r.receipt_number, r.document_id, o.title_zh, o.title_en, o.period_label, o.id.label("obligation_id"))
        .join(t.obligation, o.id == r.obligation_id)
        .where(o.project_id == project_id)
        .order_by(r.id.desc())
    ).all()


def documents(conn: Connection, project_id: int) -> Sequence[Row]:
    """Files of the project, newest first; files of drafts are left out by the caller's list of purposes."""
    d = t.document.c
    return conn.execute(
        select(d.id, d.filename, d.media_type, d.size, d.purpose, d.uploaded_at, d.sha256)
        .where(d.project_id == project_id)
        .order_by(d.id.desc())
    ).all()


def events(conn: Connection, objects: Mapping[str, Collection[int | str]], *, limit: int) -> Sequence[Row]:
    """The newest Events about some objects, given as type → ids."""
    e = t.event.c
    about = or_(
        *(and_(e.object_type == kind, e.object_id.in_(sorted(str(number) for number in ids))) for kind, ids in objects.items() if ids)
    )
    principal = t.person.alias("principal")
    return conn.execute(
        select(e.seq, e.at, e.action, e.object_type, e.object_id, _PERSON.label("actor"), principal.c.name.label("principal"))
        .outerjoin(t.person, t.person.c.id == e.actor_id)
        .outerjoin(principal, principal.c.id == e.on_behalf_of)
        .where(about)
        .order_by(e.seq.desc())
        .limit(limit)
    ).all()
