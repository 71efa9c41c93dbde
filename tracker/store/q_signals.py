"""Reads for the conditions beyond dates and of their ledger. Set-based: each statement reads what concerns it of all projects at once.

SQL narrows, Python decides. Days are civil days in Asia/Taipei. `narrow` are further predicates: one project, or none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select

from tracker.store import tables as t
from tracker.store.q_people import in_force

Narrow = tuple[ColumnElement[bool], ...]

_RENEWAL = "approval_renewal"
_AT_ONCE = 5_000
"""Keys in one statement: both engines limit its parameters."""


def parts(keys: Collection[Any]) -> Iterator[list[Any]]:
    """Keys in sorted lists that fit into one statement."""
    ordered = sorted(keys)
    for first in range(0, len(ordered), _AT_ONCE):
        yield ordered[first : first + _AT_ONCE]


def ending_approvals(conn: Connection, first: date, last: date, narrow: Narrow) -> Sequence[Row]:
    """Approvals of running projects that end on these days and before their project does, without a justified exception."""
    a, p = t.approval, t.project
    return conn.execute(
        select(a.c.id, a.c.kind, a.c.title, a.c.expires_on, a.c.project_id, p.c.programme_id)
        .join(p, p.c.id == a.c.project_id)
        .where(p.c.status == "active", a.c.expires_on >= first, a.c.expires_on <= last, a.c.expires_on < p.c.end_on)
        .where(a.c.exception_letter == "", *narrow)
        .order_by(a.c.id)
    ).all()


def renewals(conn: Connection, project_ids: Collection[int]) -> Sequence[Row]:
    """The renewals of approvals of some projects that stand: project, period label, status, duty."""
    o = t.obligation
    found: list[Row] = []
    for ids in parts(project_ids):
        wanted = select(o.c.project_id, o.c.period_label, o.c.status, o.c.duty).where(o.c.project_id.in_(ids), o.c.kind == _RENEWAL)
        found += conn.execute(wanted.where(o.c.parent_id.is_(None), o.c.status != "closed"))
    return found


def waiting(conn: Connection, narrow: Narrow) -> Sequence[Row]:
    """What was handed in and waits for the office, with the open round of its review where it has one; a correction of what was accepted
    waits, too, and is found by its round."""
    o, r, k = t.obligation, t.report, t.review_round
    lies = (o.c.parent_id.is_(None), o.c.waits_since_at.is_not(None), *narrow)
    columns = (
        o.c.id, o.c.project_id, o.c.programme_id, o.c.kind, o.c.origin, o.c.waits_since_at, r.c.id.label("report_id"),
        k.c.id.label("round_id"), k.c.office_due_on, t.project.c.county,
    )  # fmt: skip
    of_project = t.project.c.id == o.c.project_id
    handed_in = (
        select(*columns).join(t.project, of_project).outerjoin(r, r.c.obligation_id == o.c.id)
        .outerjoin(k, and_(k.c.report_id == r.c.id, k.c.state == "open")).where(o.c.status == "submitted", *lies)
    )  # fmt: skip
    corrected = (
        select(*columns).select_from(k).join(r, r.c.id == k.c.report_id).join(o, o.c.id == r.c.obligation_id)
        .join(t.project, of_project).where(k.c.state == "open", o.c.status == "accepted", *lies)
    )  # fmt: skip
    return sorted([*conn.execute(handed_in), *conn.execute(corrected)], key=lambda row: row.id)


def _last_saved() -> ColumnElement[Any]:
    d = t.report_draft_field
    return select(func.max(d.c.saved_at)).where(d.c.report_id == t.report.c.id).scalar_subquery()


def returned(conn: Connection, narrow: Narrow) -> Sequence[Row]:
    """Returned reports that still owe their reply, with when they were sent back and last written in."""
    o, r, v, s = t.obligation, t.report, t.report_version, t.review
    reply = t.obligation.alias("reply")
    sent_back = (
        select(func.max(s.c.reviewed_at))
        .join(v, v.c.id == s.c.report_version_id)
        .where(v.c.report_id == r.c.id, s.c.outcome == "return")
        .scalar_subquery()
    )
    return conn.execute(
        select(
            o.c.id, o.c.project_id, o.c.programme_id, r.c.id.label("report_id"), r.c.form_id, t.project.c.county,
            reply.c.id.label("reply_id"), reply.c.due_on.label("reply_by"),
            sent_back.label("sent_back_at"), _last_saved().label("saved_at"),
        )
        .join(r, r.c.obligation_id == o.c.id)
        .join(t.project, t.project.c.id == o.c.project_id)
        .join(reply, and_(reply.c.parent_id == o.c.id, reply.c.kind == "reply", reply.c.status == "open"))
        .where(o.c.status == "returned", r.c.status == "returned", t.project.c.status == "active", *narrow)
        .order_by(o.c.id, reply.c.id)
    ).all()  # fmt: skip


def drafts(conn: Connection, first_due: date, last_file_by: date, narrow: Narrow) -> Sequence[Row]:
    """Drafts of reports that are owed, due from `first_due` on and to be filed by `last_file_by` at the latest, with the last save."""
    o, r = t.obligation, t.report
    return conn.execute(
        select(
            o.c.id, o.c.project_id, o.c.programme_id, o.c.due_on, o.c.file_by_on, o.c.opens_on, r.c.id.label("report_id"), r.c.form_id,
            r.c.created_at, _last_saved().label("saved_at"),
        )
        .join(r, r.c.obligation_id == o.c.id)
        .join(t.project, t.project.c.id == o.c.project_id)
        .where(o.c.status == "open", o.c.duty.is_(True), o.c.due_on >= first_due, o.c.file_by_on <= last_file_by)
        .where(r.c.status == "draft", o.c.first_submitted_on.is_(None), t.project.c.status == "active", *narrow)
        .order_by(o.c.id)
    ).all()  # fmt: skip


def draft_fields(conn: Connection, report_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """What is written in some drafts."""
    d = t.report_draft_field
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    for ids in parts(report_ids):
        for row in conn.execute(select(d.c.report_id, d.c.field, d.c.value_json).where(d.c.report_id.in_(ids))):
            found[row.report_id][row.field] = row.value_json
    return found


def targets(conn: Connection, project_ids: Collection[int]) -> dict[int, Any]:
    """The targets of the checkpoints of some projects, by checkpoint."""
    c = t.checkpoint
    reads = (conn.execute(select(c.c.id, c.c.target).where(c.c.project_id.in_(ids))) for ids in parts(project_ids))
    return {row.id: row.target for rows in reads for row in rows}


def owed_soon(conn: Connection, first: date, last: date, narrow: Narrow) -> Sequence[Row]:
    """Of each running project the first of its open duties that falls due on these days."""
    o, p = t.obligation, t.project
    place = func.row_number().over(partition_by=o.c.project_id, order_by=(o.c.due_on, o.c.id)).label("place")
    near = (
        select(o.c.id, o.c.project_id, o.c.programme_id, o.c.due_on, o.c.file_by_on, place)
        .where(o.c.status == "open", o.c.duty.is_(True), o.c.due_on >= first, o.c.due_on <= last, *narrow)
        .subquery()
    )
    return conn.execute(
        select(near, p.c.entered_on)
        .join(p, p.c.id == near.c.project_id)
        .where(near.c.place == 1, p.c.status == "active")
        .order_by(near.c.project_id)
    ).all()


def signs_of_life(conn: Connection, project_ids: Collection[int], today: date) -> dict[int, datetime]:
    """By project: the last instant at which its people were here or did something for it. Missing: there is none."""
    found: dict[int, datetime] = {}
    for ids in parts(project_ids):
        for read in _signs(ids, today):
            for project_id, at in conn.execute(read):
                if at is not None and (project_id not in found or at > found[project_id]):
                    found[project_id] = at
    return found


def _signs(ids: list[int], today: date) -> tuple[Select, ...]:
    """Signed in, wrote in a draft, handed in, brought a file, recorded an outcome."""
    m, s, r, d, v, f, c = t.membership, t.session, t.report, t.report_draft_field, t.report_version, t.document, t.outcome
    return (
        select(m.c.project_id, func.max(s.c.last_seen_at)).join(s, s.c.person_id == m.c.person_id)
        .where(m.c.project_id.in_(ids), *in_force(today)).group_by(m.c.project_id),
        select(r.c.project_id, func.max(d.c.saved_at)).join(d, d.c.report_id == r.c.id).where(r.c.project_id.in_(ids))
        .group_by(r.c.project_id),
        select(r.c.project_id, func.max(v.c.submitted_at)).join(v, v.c.report_id == r.c.id).where(r.c.project_id.in_(ids))
        .group_by(r.c.project_id),
        select(f.c.project_id, func.max(f.c.uploaded_at)).join(m, and_(m.c.project_id == f.c.project_id, m.c.person_id == f.c.uploaded_by))
        .where(f.c.project_id.in_(ids)).group_by(f.c.project_id),
        select(c.c.project_id, func.max(c.c.recorded_at)).where(c.c.project_id.in_(ids)).group_by(c.c.project_id),
    )  # fmt: skip


def sole_investigators(conn: Connection, project_ids: Collection[int], today: date) -> dict[int, Row]:
    """Of projects with one principal investigator whose account is on: who she is, and since when she has been one."""
    m, p = t.membership, t.person
    by_project: dict[int, dict[int, Row]] = defaultdict(dict)
    for ids in parts(project_ids):
        rows = conn.execute(
            select(m.c.project_id, m.c.person_id, m.c.from_on, p.c.name, p.c.created_at)
            .join(p, p.c.id == m.c.person_id)
            .where(m.c.project_id.in_(ids), m.c.role == "pi", p.c.active.is_(True), *in_force(today))
            .order_by(m.c.id)
        )
        for row in rows:
            by_project[row.project_id].setdefault(row.person_id, row)
    return {project_id: next(iter(people.values())) for project_id, people in by_project.items() if len(people) == 1}


def signed_in_once(conn: Connection, person_ids: Collection[int]) -> set[int]:
    """Those who have signed in at least once: the last session of everybody is kept."""
    s = t.session
    reads = (conn.scalars(select(s.c.person_id).where(s.c.person_id.in_(ids)).distinct()) for ids in parts(person_ids))
    return {one for rows in reads for one in rows}


def wrote(conn: Connection, project_ids: Collection[int]) -> set[tuple[int, int]]:
    """(project, person) of who wrote in a draft of some projects or handed in a report of them."""
    r, d, v = t.report, t.report_draft_field, t.report_version
    found: set[tuple[int, int]] = set()
    for ids in parts(project_ids):
        drafted = select(r.c.project_id, d.c.author_id).join(d, d.c.report_id == r.c.id).where(r.c.project_id.in_(ids))
        handed_in = select(r.c.project_id, v.c.submitted_by).join(v, v.c.report_id == r.c.id).where(r.c.project_id.in_(ids))
        found |= {(row[0], row[1]) for row in conn.execute(drafted.union(handed_in))}
    return found


def may_hand_in(conn: Connection, project_ids: Collection[int], today: date) -> set[int]:
    """Projects in which somebody was let to hand in reports in the principal investigator's place."""
    d = t.delegation
    given = (d.c.area == "reports", d.c.level == "submit", d.c.revoked_at.is_(None), d.c.from_on <= today)
    runs = or_(d.c.until_on.is_(None), d.c.until_on >= today)
    reads = (conn.scalars(select(d.c.project_id).where(d.c.project_id.in_(ids), *given, runs)) for ids in parts(project_ids))
    return {one for rows in reads for one in rows}


def officers_in_charge(conn: Connection, project_ids: Collection[int]) -> dict[int, int | None]:
    """By project: the officer in charge."""
    p = t.project
    return {row.id: row.officer_id for row in conn.execute(select(p.c.id, p.c.officer_id).where(p.c.id.in_(sorted(project_ids))))}


def barred(conn: Connection, project_ids: Collection[int]) -> set[tuple[int, int]]:
    """(project, person) of who is or was on some projects or has a conflict of interest with them: the office's matters are not hers."""
    m, i, ids = t.membership, t.interest_conflict, sorted(project_ids)
    on_it = select(m.c.project_id, m.c.person_id).where(m.c.project_id.in_(ids))
    conflict = select(i.c.project_id, i.c.person_id).where(i.c.project_id.in_(ids), i.c.withdrawn_at.is_(None))
    return {(row[0], row[1]) for row in conn.execute(on_it.union(conflict))}


def open_tasks(conn: Connection, round_ids: Collection[int]) -> Sequence[Row]:
    """The open tasks of some rounds, each with its project's `officer_id`."""
    k, p = t.review_task, t.project
    wanted = select(k, p.c.officer_id).join(p, p.c.id == k.c.project_id).where(k.c.state == "open")
    return conn.execute(wanted.where(k.c.review_round_id.in_(sorted(round_ids))).order_by(k.c.id)).all() if round_ids else []


def recently_reminded(conn: Connection, obligation_ids: Collection[int], since: datetime) -> set[int]:
    """Those of these obligations of which a reminder was raised since then."""
    a = t.alert
    told = (a.c.state == "raised", a.c.raised_at >= since)
    reads = (conn.scalars(select(a.c.obligation_id).where(a.c.obligation_id.in_(ids), *told)) for ids in parts(obligation_ids))
    return {one for rows in reads for one in rows}


def recorded(conn: Connection, kind: str, subjects: Collection[str]) -> Sequence[Row]:
    """What the ledger holds of some subjects of one condition, whatever series."""
    s = t.signal
    columns = (s.c.id, s.c.subject, s.c.since_on, s.c.stage, s.c.state, s.c.settled_at)
    reads = (conn.execute(select(*columns).where(s.c.kind == kind, s.c.subject.in_(keys))) for keys in parts(subjects))
    return [row for rows in reads for row in rows]


def open_series(conn: Connection, kind: str, narrow: Narrow = ()) -> set[tuple[str, date]]:
    """(subject, since) of what one condition has raised and not settled."""
    s = t.signal
    rows = conn.execute(select(s.c.subject, s.c.since_on).where(s.c.state == "raised", s.c.kind == kind, *narrow).distinct())
    return {(row.subject, row.since_on) for row in rows}


def ledger(
    conn: Connection, scope: ColumnElement[bool], *, open_only: bool, project_id: int | None = None, limit: int | None = None
) -> Sequence[Row]:
    """The ledger of signals with the project and the obligation they are about, the newest first."""
    s, o, p, g = t.signal, t.obligation, t.project, t.programme
    wanted = (
        select(
            s, p.c.code, p.c.title_zh.label("project_zh"), p.c.title_en.label("project_en"), o.c.title_zh, o.c.title_en, o.c.period_label,
            g.c.code.label("programme_code"),
        )
        .outerjoin(p, p.c.id == s.c.project_id)
        .outerjoin(o, o.c.id == s.c.obligation_id)
        .outerjoin(g, g.c.id == s.c.programme_id)
        .where(scope)
        .order_by(s.c.raised_at.desc(), s.c.id.desc())
    )  # fmt: skip
    if open_only:
        wanted = wanted.where(s.c.state == "raised")
    if project_id is not None:
        wanted = wanted.where(s.c.project_id == project_id)
    return conn.execute(wanted if limit is None else wanted.limit(limit)).all()


def told_by(conn: Connection, mail_ids: Collection[int]) -> Sequence[Row]:
    """The signals, raised and not settled, that some mails tell of: by themselves or in the digest of a day."""
    s, n, b, d = t.signal, t.notice, t.outbox, t.digest_notice
    ids = sorted(mail_ids)
    alone = select(n.c.signal_id).join(b, b.c.notice_id == n.c.id).where(b.c.id.in_(ids), n.c.signal_id.is_not(None))
    in_digest = select(n.c.signal_id).join(d, d.c.notice_id == n.c.id).where(d.c.outbox_id.in_(ids), n.c.signal_id.is_not(None))
    return conn.execute(select(s).where(s.c.id.in_(alone.union(in_digest)), s.c.state == "raised").order_by(s.c.id)).all()
