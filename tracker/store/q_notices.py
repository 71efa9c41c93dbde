"""Reads of notices and of their mails: what a person was told of once. SQL narrows, Python decides."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select

from tracker.store import tables as t
from tracker.store.q_mails import of_outbox_now

_WRITER = t.person.alias("writer")


def _about(*columns: ColumnElement) -> Select:
    """Notices with the obligation, project, programme and version they are about, as far as there is one of each."""
    n, o, p, g, v = t.notice, t.obligation, t.project, t.programme, t.report_version
    return (
        select(
            *columns,
            n.c.id.label("item_id"), n.c.kind.label("notice_kind"), n.c.role, n.c.params_json, n.c.placed_at, n.c.read_at,
            n.c.person_id.label("told_id"), n.c.report_version_id, t.signal.c.state.label("signal_state"),
            o.c.id.label("obligation_id"), o.c.parent_id, o.c.key, o.c.kind, o.c.origin, o.c.period_label, o.c.title_zh, o.c.title_en,
            o.c.due_on, o.c.file_by_on, o.c.first_submitted_on, o.c.discharged_by, o.c.discharged_on, o.c.clause,
            p.c.id.label("project_id"), n.c.programme_id, p.c.code, p.c.title_zh.label("project_zh"), p.c.title_en.label("project_en"),
            g.c.authority_zh, g.c.authority_en,
            v.c.report_id, v.c.number, v.c.receipt_number, v.c.submitted_at, v.c.content_sha256, v.c.kind.label("version_kind"),
            _WRITER.c.name.label("submitter"),
        )
        .select_from(n)
        .outerjoin(o, o.c.id == n.c.obligation_id)
        .outerjoin(p, p.c.id == n.c.project_id)
        .outerjoin(g, g.c.id == n.c.programme_id)
        .outerjoin(v, v.c.id == n.c.report_version_id)
        .outerjoin(_WRITER, _WRITER.c.id == v.c.submitted_by)
        .outerjoin(t.signal, t.signal.c.id == n.c.signal_id)
    )  # fmt: skip


def _mails(*columns: Any) -> Select:
    return (
        _about(*(columns or (t.outbox,)), t.person.c.name, t.person.c.active)
        .join(t.outbox, t.outbox.c.notice_id == t.notice.c.id)
        .join(t.person, t.person.c.id == t.outbox.c.person_id)
    )


def mail(conn: Connection, row_id: int) -> Row | None:
    """One mail of a notice with everything it is about as it stands now; None where it is the mail of an alert."""
    return conn.execute(_mails(*of_outbox_now()).where(t.outbox.c.id == row_id)).one_or_none()


def mails(conn: Connection, scope: ColumnElement[bool], *, statuses: Collection[str], limit: int) -> Sequence[Row]:
    """The newest mails of notices in these states."""
    return conn.execute(_mails().where(scope, t.outbox.c.status.in_(statuses)).order_by(t.outbox.c.id.desc()).limit(limit)).all()


def lines(conn: Connection, outbox_id: int) -> Sequence[Row]:
    """What a digest tells beside alerts, as it stands now, oldest first."""
    d, p = t.digest_notice, t.person
    return conn.execute(
        _about(p.c.active, t.notice.c.person_id)
        .join(d, d.c.notice_id == t.notice.c.id)
        .join(p, p.c.id == t.notice.c.person_id)
        .where(d.c.outbox_id == outbox_id, d.c.left_out == "")
        .order_by(t.notice.c.id)
    ).all()


def of_person(conn: Connection, person_id: int, scope: ColumnElement[bool], *, unread_only: bool, limit: int) -> Sequence[Row]:
    """One person's notices, newest first, as far as she still may see what they are about."""
    wanted = _about().where(t.notice.c.person_id == person_id, scope)
    if unread_only:
        wanted = wanted.where(t.notice.c.read_at.is_(None))
    return conn.execute(wanted.order_by(t.notice.c.id.desc()).limit(limit)).all()


def unread(conn: Connection, person_id: int, scope: ColumnElement[bool]) -> int:
    """How many of them she has not marked as read."""
    n = t.notice
    return conn.execute(select(func.count()).select_from(n).where(n.c.person_id == person_id, n.c.read_at.is_(None), scope)).scalar_one()


def on_project(conn: Connection, person_id: int, project_id: int, today: date) -> bool:
    """Whether a person is on a project on this day."""
    m = t.membership
    until = or_(m.c.until_on.is_(None), m.c.until_on >= today)
    found = select(m.c.id).where(m.c.person_id == person_id, m.c.project_id == project_id, m.c.from_on <= today, until)
    return conn.execute(found.limit(1)).first() is not None


def of_reports(report_ids: Collection[int]) -> ColumnElement[bool]:
    """Notices about versions of these reports."""
    v = t.report_version
    return t.notice.c.report_version_id.in_(select(v.c.id).where(v.c.report_id.in_(sorted(report_ids))))


def still_given(conn: Connection, person_id: int, report_id: int) -> bool:
    """Whether a step of this report's review still waits for this person."""
    k = t.review_task
    found = select(k.c.id).where(k.c.assignee_id == person_id, k.c.report_id == report_id, k.c.state == "open")
    return conn.execute(found.limit(1)).first() is not None


def by_ids(conn: Connection, notice_ids: Collection[int]) -> Sequence[Row]:
    """These notices with what they are about, newest first."""
    return conn.execute(_about().where(t.notice.c.id.in_(notice_ids)).order_by(t.notice.c.id.desc())).all()
