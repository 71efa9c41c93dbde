"""Reads for conditions of one report: reviewers' late steps, what a return opened again, claims without a file. Set-based."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, Row, func, select

from tracker.store import tables as t
from tracker.store.q_signals import Narrow, parts


def late_steps(conn: Connection, today: date, narrow: Narrow) -> Sequence[Row]:
    """Open steps of reviewers in open rounds whose day has passed, each with who holds it and what it is about."""
    k, r, o, p = t.review_task, t.review_round, t.obligation, t.project
    return conn.execute(
        select(
            k.c.id, k.c.assignee_id, k.c.due_on, k.c.report_id, k.c.project_id, k.c.programme_id, r.c.report_version_id,
            t.report.c.obligation_id, p.c.county, t.person.c.name,
        )
        .join(r, r.c.id == k.c.review_round_id)
        .join(t.report, t.report.c.id == k.c.report_id)
        .join(o, o.c.id == t.report.c.obligation_id)
        .join(p, p.c.id == k.c.project_id)
        .join(t.person, t.person.c.id == k.c.assignee_id)
        .where(k.c.role == "reviewer", k.c.state == "open", r.c.state == "open", k.c.due_on < today, *narrow)
        .order_by(k.c.id)
    ).all()  # fmt: skip


def reviewers(conn: Connection, programme_ids: Collection[int]) -> Sequence[Row]:
    """Reviewers of these programmes whose accounts are on."""
    g, p = t.role_grant, t.person
    return conn.execute(
        select(g.c.programme_id, g.c.role, p.c.id, p.c.email, p.c.language)
        .join(p, p.c.id == g.c.person_id)
        .where(g.c.programme_id.in_(sorted(programme_ids)), g.c.role == "reviewer", g.c.revoked_at.is_(None), p.c.active.is_(True))
        .order_by(g.c.id)
    ).all()


def reopened(conn: Connection, report_ids: Collection[int]) -> dict[int, list[str]]:
    """By report: the sections that its last return opened again."""
    v, s, found = t.report_version, t.review, {}
    for ids in parts(report_ids):
        rows = select(v.c.report_id, s.c.reopened_json).join(v, v.c.id == s.c.report_version_id)
        found |= {row[0]: row[1] for row in conn.execute(rows.where(v.c.report_id.in_(ids), s.c.outcome == "return").order_by(s.c.id))}
    return found


def saved_fields(conn: Connection, report_ids: Collection[int]) -> dict[int, dict[str, datetime]]:
    """By report: when each of its fields was written last."""
    d = t.report_draft_field.c
    found: dict[int, dict[str, datetime]] = defaultdict(dict)
    for ids in parts(report_ids):
        for row in conn.execute(select(d.report_id, d.field, d.saved_at).where(d.report_id.in_(ids))):
            found[row.report_id][row.field] = row.saved_at
    return found


def unshown_claims(conn: Connection, since: datetime, narrow: Narrow) -> Sequence[Row]:
    """Checkpoints that the newest version of a report says were reached, without a file and without the office's verdict since."""
    v, c, o, r, k, w = t.report_version, t.checkpoint_claim, t.obligation, t.report, t.checkpoint, t.checkpoint_verdict
    later = v.alias("later")
    newest = select(func.max(later.c.number)).where(later.c.report_id == r.c.id).scalar_subquery()
    judged = select(w.c.id).where(w.c.checkpoint_id == c.c.checkpoint_id, w.c.given_at >= v.c.submitted_at).exists()
    return conn.execute(
        select(
            o.c.id, o.c.project_id, o.c.programme_id, r.c.id.label("report_id"), v.c.submitted_at, c.c.actual, k.c.target,
            t.project.c.county,
        )
        .select_from(c)
        .join(v, v.c.id == c.c.report_version_id)
        .join(r, r.c.id == v.c.report_id)
        .join(o, o.c.id == r.c.obligation_id)
        .join(k, k.c.id == c.c.checkpoint_id)
        .join(t.project, t.project.c.id == o.c.project_id)
        .where(o.c.status.in_(("submitted", "accepted")), r.c.status.in_(("submitted", "accepted")), v.c.number == newest)
        .where(v.c.submitted_at >= since, c.c.evidence_document_id.is_(None), ~judged, t.project.c.status == "active", *narrow)
        .order_by(o.c.id, k.c.id)
    ).all()  # fmt: skip
