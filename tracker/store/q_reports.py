"""Reads of reports: one report with what surrounds it, its drafts, its versions, and the last numbers of a project.

Callers authorise on the project of the report first; nothing here narrows by viewer.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, func, select

from tracker.store import tables as t
from tracker.store.q_versions import in_force


@dataclass(frozen=True)
class DraftField:
    """One field as it is being written: `rev` is raised by one at every save."""

    field: str
    value: Any
    rev: int
    author_id: int
    author: str
    saved_at: datetime


@dataclass(frozen=True)
class VersionRow:
    """One submitted version; it never changes."""

    id: int
    report_id: int
    number: int
    form_version: str
    content: dict[str, Any]
    sha256: str
    receipt_number: str
    submitted_by: int
    submitter: str
    submitted_at: datetime
    late_reason: str
    period_label: str
    title_zh: str
    title_en: str
    behalf: str = ""  # in whose place it was handed in


@dataclass(frozen=True)
class ReviewRow:
    """What the office said of one version."""

    id: int
    version_number: int
    outcome: str
    comments: dict[str, str]
    reopened: tuple[str, ...]
    reply_by_on: date | None
    reviewer: str
    reviewed_at: datetime


@dataclass(frozen=True)
class DocumentRow:
    """A file, without its bytes."""

    id: int
    project_id: int | None
    filename: str
    sha256: str
    size: int
    purpose: str


def report_row(conn: Connection, report_id: int) -> Row | None:
    """The report with its obligation (columns prefixed `o_`) and project (`p_`), or None."""
    o, p, g = t.obligation, t.project, t.programme
    return conn.execute(
        select(
            t.report,
            *(column.label(f"o_{column.name}") for column in o.c),
            p.c.code.label("p_code"), p.c.title_zh.label("p_title_zh"), p.c.title_en.label("p_title_en"),
            p.c.programme_id.label("p_programme_id"), p.c.county.label("p_county"), p.c.status.label("p_status"),
            g.c.title_zh.label("g_title_zh"), g.c.title_en.label("g_title_en"),
            g.c.authority_zh.label("g_authority_zh"), g.c.authority_en.label("g_authority_en"),
        )
        .join(o, o.c.id == t.report.c.obligation_id)
        .join(p, p.c.id == t.report.c.project_id)
        .join(g, g.c.id == p.c.programme_id)
        .where(t.report.c.id == report_id)
    ).one_or_none()  # fmt: skip


def obligation_row(conn: Connection, obligation_id: int) -> Row | None:
    """One obligation, or None."""
    return conn.execute(select(t.obligation).where(t.obligation.c.id == obligation_id)).one_or_none()


def report_id_of(conn: Connection, obligation_id: int) -> int | None:
    """The report of an obligation, or None where none was opened."""
    return conn.execute(select(t.report.c.id).where(t.report.c.obligation_id == obligation_id)).scalar_one_or_none()


def draft_fields(conn: Connection, report_id: int) -> dict[str, DraftField]:
    """What is written so far, by field."""
    d = t.report_draft_field
    rows = conn.execute(
        select(d, t.person.c.name.label("author")).join(t.person, t.person.c.id == d.c.author_id).where(d.c.report_id == report_id)
    )
    return {r.field: DraftField(r.field, r.value_json, r.rev, r.author_id, r.author, r.saved_at) for r in rows}


def lost_fields(conn: Connection, report_id: int) -> list[Row]:
    """Entries that came too late and were kept aside, newest first: field, value_json, author, saved_at."""
    lost = t.report_draft_lost
    return list(
        conn.execute(
            select(lost, t.person.c.name.label("author"))
            .join(t.person, t.person.c.id == lost.c.author_id)
            .where(lost.c.report_id == report_id)
            .order_by(lost.c.id.desc())
        )
    )


def _version_query():
    v, o, principal = t.report_version, t.obligation, t.person.alias("principal")
    return (
        select(v, t.person.c.name.label("submitter"), principal.c.name.label("behalf"), o.c.period_label, o.c.title_zh, o.c.title_en)
        .join(t.person, t.person.c.id == v.c.submitted_by)
        .outerjoin(principal, principal.c.id == v.c.on_behalf_of)
        .join(t.report, t.report.c.id == v.c.report_id)
        .join(o, o.c.id == t.report.c.obligation_id)
    )


def _version(r: Row) -> VersionRow:
    return VersionRow(
        r.id, r.report_id, r.number, r.form_version, r.content_json, r.content_sha256, r.receipt_number, r.submitted_by,
        r.submitter, r.submitted_at, r.late_reason, r.period_label, r.title_zh, r.title_en, r.behalf or "",
    )  # fmt: skip


def versions(conn: Connection, report_id: int) -> tuple[VersionRow, ...]:
    """Every submitted version of a report, oldest first."""
    query = _version_query().where(t.report_version.c.report_id == report_id).order_by(t.report_version.c.number)
    return tuple(_version(r) for r in conn.execute(query))


def previous_period(conn: Connection, report: Row) -> VersionRow | None:
    """The newest version in force of the period before: of the same rule where there is one, else of any progress report."""
    o, v = t.obligation, t.report_version
    query = (
        _version_query()
        .where(t.report.c.project_id == report.project_id, t.report.c.id != report.id, in_force())
        .order_by((o.c.rule == report.o_rule).desc(), func.coalesce(o.c.period_end_on, "").desc(), v.c.number.desc())
        .limit(1)
    )
    if report.o_period_end_on is not None:
        query = query.where(o.c.period_end_on.is_(None) | (o.c.period_end_on <= report.o_period_end_on))
    wanted = ("interim_report", "quarterly_report", "final_report") if report.o_kind.endswith("_report") else (report.o_kind,)
    row = conn.execute(query.where(o.c.kind.in_(wanted))).one_or_none()
    return _version(row) if row else None


def reviews(conn: Connection, report_id: int) -> tuple[ReviewRow, ...]:
    """Every review of a report, oldest first."""
    v = t.report_version
    rows = conn.execute(
        select(t.review, v.c.number, t.person.c.name.label("reviewer"))
        .join(v, v.c.id == t.review.c.report_version_id)
        .join(t.person, t.person.c.id == t.review.c.reviewer_id)
        .where(v.c.report_id == report_id)
        .order_by(t.review.c.id)
    )
    return tuple(
        ReviewRow(r.id, r.number, r.outcome, r.comments_json, tuple(r.reopened_json), r.reply_by_on, r.reviewer, r.reviewed_at)
        for r in rows
    )


def documents(conn: Connection, ids: Collection[int]) -> dict[int, DocumentRow]:
    """Files by id."""
    d = t.document
    rows = conn.execute(select(d.c.id, d.c.project_id, d.c.filename, d.c.sha256, d.c.size, d.c.purpose).where(d.c.id.in_(sorted(ids))))
    return {r.id: DocumentRow(*r) for r in rows}


def checkpoints(conn: Connection, project_ids: Collection[int]) -> list[Row]:
    """Checkpoints of some projects by planned day."""
    c = t.checkpoint
    return list(conn.execute(select(c).where(c.c.project_id.in_(sorted(project_ids))).order_by(c.c.planned_on, c.c.code)))


def indicators(conn: Connection, project_id: int) -> list[Row]:
    """Indicators of a project by code."""
    return list(conn.execute(select(t.indicator).where(t.indicator.c.project_id == project_id).order_by(t.indicator.c.code)))


def last_claims(conn: Connection, project_ids: Collection[int], *, before: Row | None = None) -> dict[int, Decimal]:
    """Checkpoint → the quantity of its newest claim in force; `before` a report: of other reports up to its period's end.

    A later answer or correction of an older report does not overtake a newer report: its first submission gives its place.
    """
    c, v, o = t.checkpoint_claim, t.report_version, t.obligation
    query = (
        select(c.c.checkpoint_id, c.c.actual)
        .join(v, v.c.id == c.c.report_version_id)
        .join(t.report, t.report.c.id == v.c.report_id)
        .join(o, o.c.id == t.report.c.obligation_id)
        .join(t.checkpoint, t.checkpoint.c.id == c.c.checkpoint_id)
        .where(t.checkpoint.c.project_id.in_(sorted(project_ids)), in_force())
        .order_by(func.coalesce(o.c.first_submitted_at, v.c.submitted_at), v.c.submitted_at, v.c.id)  # the last one of each wins below
    )
    if before is not None:
        query = query.where(v.c.report_id.in_(_reports_before(before)))
    return {r.checkpoint_id: r.actual for r in conn.execute(query)}


def _reports_before(report: Row):
    """The other reports of a project whose period ends no later than this one's: a later period is not "last time"."""
    o = t.obligation
    query = select(t.report.c.id).join(o, o.c.id == t.report.c.obligation_id)
    query = query.where(t.report.c.project_id == report.project_id, t.report.c.id != report.id)
    if report.o_period_end_on is not None:
        query = query.where(o.c.period_end_on.is_(None) | (o.c.period_end_on <= report.o_period_end_on))
    return query


def last_verdicts(conn: Connection, project_ids: Collection[int]) -> dict[int, Row]:
    """Checkpoint → the officer's newest verdict: verdict, actual, remark, given_at, officer."""
    c = t.checkpoint_verdict
    query = (
        select(c, t.person.c.name.label("officer"))
        .join(t.checkpoint, t.checkpoint.c.id == c.c.checkpoint_id)
        .join(t.person, t.person.c.id == c.c.officer_id)
        .where(t.checkpoint.c.project_id.in_(sorted(project_ids)))
        .order_by(c.c.id)
    )
    return {r.checkpoint_id: r for r in conn.execute(query)}


def last_measurements(conn: Connection, before: Row) -> dict[int, Decimal]:
    """Indicator → the value of the newest other submitted report up to the end of this one's period."""
    m, v = t.measurement, t.report_version
    query = (
        select(m.c.indicator_id, m.c.actual)
        .join(v, v.c.id == m.c.report_version_id)
        .where(v.c.report_id.in_(_reports_before(before)), in_force())
        .order_by(v.c.submitted_at, v.c.id)
    )
    return {r.indicator_id: r.actual for r in conn.execute(query)}


def open_replies(conn: Connection, obligation_id: int, statuses: Collection[str]) -> list[Row]:
    """The reply obligations below a report's obligation that have one of these statuses."""
    o = t.obligation
    return list(conn.execute(select(o).where(o.c.parent_id == obligation_id, o.c.kind == "reply", o.c.status.in_(sorted(statuses)))))


def reply_count(conn: Connection, obligation_id: int) -> int:
    """How many replies a report was asked for so far."""
    o = t.obligation
    return conn.execute(select(func.count()).where(o.c.parent_id == obligation_id, o.c.kind == "reply")).scalar_one()
