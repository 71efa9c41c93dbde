"""Reads of data calls: the calls themselves, the projects that may be asked, and where each asked project stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from tracker.store import tables as t


def call_row(conn: Connection, call_id: int) -> Row | None:
    """One call with its programme's titles and the people's names, or None."""
    return conn.execute(_calls().where(t.data_call.c.id == call_id)).one_or_none()


def calls(conn: Connection, where: ColumnElement[bool]) -> Sequence[Row]:
    """Calls, the newest first."""
    return conn.execute(_calls().where(where).order_by(t.data_call.c.id.desc())).all()


def _calls():
    c, issuer = t.data_call, t.person.alias("issuer")
    closer = t.person.alias("closer")
    return (
        select(
            c, t.programme.c.code.label("programme_code"), t.programme.c.title_zh.label("programme_zh"),
            t.programme.c.title_en.label("programme_en"), issuer.c.name.label("issuer"),
            closer.c.name.label("closer"), t.document.c.filename,
        )
        .join(t.programme, t.programme.c.id == c.c.programme_id)
        .join(issuer, issuer.c.id == c.c.issued_by)
        .outerjoin(closer, closer.c.id == c.c.closed_by)
        .outerjoin(t.document, t.document.c.id == c.c.document_id)
    )  # fmt: skip


def call_of_obligation(conn: Connection, obligation_id: int) -> int | None:
    """The call that an obligation answers, or None."""
    p = t.data_call_project
    return conn.execute(select(p.c.data_call_id).where(p.c.obligation_id == obligation_id)).scalar_one_or_none()


def reads_call_file(conn: Connection, document_id: int, project_ids: Collection[int]) -> bool:
    """Whether one of these projects is asked by a call whose letter this file is."""
    c, p = t.data_call, t.data_call_project
    found = select(p.c.project_id).join(c, c.c.id == p.c.data_call_id).where(c.c.document_id == document_id)
    return conn.execute(found.where(p.c.project_id.in_(sorted(project_ids))).limit(1)).first() is not None


def same_call(conn: Connection, programme_id: int, letter_number: str, title_zh: str, due_on: date) -> int | None:
    """A call that was issued with the same letter, title and day and is not closed."""
    c = t.data_call
    found = select(c.c.id).where(c.c.programme_id == programme_id, c.c.letter_number == letter_number, c.c.title_zh == title_zh)
    return conn.execute(found.where(c.c.due_on == due_on, c.c.closed_at.is_(None)).limit(1)).scalar_one_or_none()


def one_at_a_time(conn: Connection, programme_id: int) -> None:
    """Let nobody else issue a call in this programme until the transaction ends; whoever makes rows that refer to it need not wait."""
    g = t.programme
    conn.execute(select(g.c.id).where(g.c.id == programme_id).with_for_update(key_share=True))


def labels(conn: Connection, programme_id: int) -> set[str]:
    """The short names that calls of a programme have."""
    return set(conn.scalars(select(t.data_call.c.label).where(t.data_call.c.programme_id == programme_id)))


def projects(conn: Connection, programme_id: int) -> Sequence[Row]:
    """Every project of a programme in any state, by code, with the name of the officer in charge."""
    p = t.project
    return conn.execute(
        select(p, t.person.c.name.label("officer"))
        .outerjoin(t.person, t.person.c.id == p.c.officer_id)
        .where(p.c.programme_id == programme_id)
        .order_by(p.c.code)
    ).all()


def years_today(conn: Connection, programme_id: int, today: date) -> dict[int, int]:
    """Project → the number of the project year that runs today."""
    y = t.project_year
    rows = conn.execute(
        select(y.c.project_id, y.c.number)
        .join(t.project, t.project.c.id == y.c.project_id)
        .where(t.project.c.programme_id == programme_id, y.c.start_on <= today, y.c.end_on >= today)
        .order_by(y.c.number)
    )
    return {row.project_id: row.number for row in rows}


def checkpoint_days(conn: Connection, programme_id: int) -> dict[int, list[tuple[date, Decimal, Decimal | None]]]:
    """Project → (planned day, target, quantity that counts: the newest verdict's, else the newest claim's) of its checkpoints."""
    c, v, k = t.checkpoint, t.checkpoint_verdict, t.checkpoint_claim
    lines = conn.execute(
        select(c.c.id, c.c.project_id, c.c.planned_on, c.c.target)
        .join(t.project, t.project.c.id == c.c.project_id)
        .where(t.project.c.programme_id == programme_id)
    ).all()
    of_programme = select(c.c.id).join(t.project, t.project.c.id == c.c.project_id).where(t.project.c.programme_id == programme_id)
    counted: dict[int, Decimal] = {}
    for table in (k, v):  # the last one of each wins, and a verdict over any claim
        found = select(table.c.checkpoint_id, table.c.actual).where(table.c.checkpoint_id.in_(of_programme)).order_by(table.c.id)
        counted |= {row.checkpoint_id: row.actual for row in conn.execute(found) if row.actual is not None}
    days: dict[int, list[tuple[date, Decimal, Decimal | None]]] = defaultdict(list)
    for line in lines:
        days[line.project_id].append((line.planned_on, line.target, counted.get(line.id)))
    return days


def asked_ids(conn: Connection, call_id: int) -> set[int]:
    """The projects that a call asks."""
    p = t.data_call_project
    return set(conn.scalars(select(p.c.project_id).where(p.c.data_call_id == call_id)))


def asked(conn: Connection, call_ids: Collection[int]) -> Sequence[Row]:
    """The asked projects of some calls with what each owes and its report, by code."""
    a, o, p, r = t.data_call_project, t.obligation, t.project, t.report
    return conn.execute(
        select(
            a.c.data_call_id, o.c.id.label("obligation_id"), o.c.version.label("obligation_version"), o.c.key, o.c.status, o.c.due_on,
            o.c.file_by_on, o.c.duty, o.c.confidence, o.c.provisional, o.c.first_submitted_on, o.c.first_submitted_at, o.c.because_json,
            o.c.accepted_at, p.c.id.label("project_id"), p.c.code, p.c.title_zh, p.c.title_en, p.c.organisation, p.c.county, p.c.officer_id,
            p.c.status.label("project_status"), t.person.c.name.label("officer"), r.c.id.label("report_id"),
            r.c.status.label("report_status"), r.c.accepted_version,
        )
        .join(o, o.c.id == a.c.obligation_id)
        .join(p, p.c.id == a.c.project_id)
        .outerjoin(t.person, t.person.c.id == p.c.officer_id)
        .outerjoin(r, r.c.obligation_id == o.c.id)
        .where(a.c.data_call_id.in_(sorted(call_ids)))
        .order_by(a.c.data_call_id, p.c.code)
    ).all()  # fmt: skip


def last_written(conn: Connection, report_ids: Collection[int]) -> dict[int, Row]:
    """Report → since when and until when something was written in it (first_at, last_at); nothing of what was written."""
    d = t.report_draft_field
    rows = conn.execute(
        select(d.c.report_id, func.max(d.c.saved_at).label("last_at")).where(d.c.report_id.in_(sorted(report_ids))).group_by(d.c.report_id)
    )
    return {row.report_id: row for row in rows}


def versions_in_force(conn: Connection, call_id: int) -> dict[int, Row]:
    """Report → the submitted version that counts: the accepted one, else the newest; one that was taken back counts no more."""
    v, r, a, w = t.report_version, t.report, t.data_call_project, t.report_withdrawal
    rows = conn.execute(
        select(v, t.person.c.name.label("submitter"), r.c.accepted_version, r.c.project_id)
        .join(r, r.c.id == v.c.report_id)
        .join(a, a.c.obligation_id == r.c.obligation_id)
        .join(t.person, t.person.c.id == v.c.submitted_by)
        .outerjoin(w, w.c.report_version_id == v.c.id)
        .where(a.c.data_call_id == call_id, w.c.id.is_(None))
        .order_by(v.c.report_id, v.c.number)
    ).all()
    found: dict[int, Row] = {}
    for row in rows:
        if row.accepted_version is None or row.number <= row.accepted_version:
            found[row.report_id] = row
    return found


def nudges(conn: Connection, call_id: int) -> dict[int, list[str]]:
    """Obligation → the stages of the reminders that were given by hand, oldest first."""
    a, p = t.alert, t.data_call_project
    rows = conn.execute(
        select(a.c.obligation_id, a.c.stage)
        .join(p, p.c.obligation_id == a.c.obligation_id)
        .where(p.c.data_call_id == call_id, a.c.stage.like("nudge:%"), a.c.state != "cancelled")
        .order_by(a.c.stage)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        found[row.obligation_id].append(row.stage)
    return found


def open_obligations(conn: Connection, call_id: int) -> Sequence[Row]:
    """What is still owed to a call: obligations that were never handed in (or were taken back), locked, with their project's county."""
    return _obligations(conn, call_id, ("open",))


def waiting_obligations(conn: Connection, call_id: int) -> Sequence[Row]:
    """What waits for the office, or for an answer to a return, in a call: locked, the replies that belong to it included."""
    o = t.obligation
    found = list(_obligations(conn, call_id, ("submitted", "returned")))
    replies = select(o, t.project.c.county).join(t.project, t.project.c.id == o.c.project_id)
    parents = [row.id for row in found]
    return [*found, *conn.execute(replies.where(o.c.parent_id.in_(parents), o.c.status.in_(("open", "submitted"))).order_by(o.c.id))]


def _obligations(conn: Connection, call_id: int, statuses: Collection[str]) -> Sequence[Row]:
    a, o = t.data_call_project, t.obligation
    mine = select(a.c.obligation_id).where(a.c.data_call_id == call_id)
    ids = list(conn.scalars(select(o.c.id).where(o.c.id.in_(mine), o.c.status.in_(statuses)).order_by(o.c.id).with_for_update()))
    rows = select(o, t.project.c.county).join(t.project, t.project.c.id == o.c.project_id)
    return conn.execute(rows.where(o.c.id.in_(ids)).order_by(o.c.id)).all() if ids else []


def obligation_ids(conn: Connection, keys: Collection[str]) -> dict[str, int]:
    """Public key → id."""
    o = t.obligation
    return {row.key: row.id for row in conn.execute(select(o.c.key, o.c.id).where(and_(o.c.key.in_(sorted(keys)))))}
