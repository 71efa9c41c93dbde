"""Reads of reviews: rounds, their tasks, remarks on fields, conflicts of interest, and who could take a seat.

Callers authorise on the project first, or narrow to what is assigned to the viewer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from tracker.store import tables as t

LIVE = ("waiting", "open", "done")
"""States of a task that still stands; a replaced or excluded one has a successor, a skipped one is not needed."""


def round_of(conn: Connection, report_id: int, *, state: str | None = "open") -> Row | None:
    """The newest round of a report, the open one by default (`state` None: in whatever state), or None."""
    r = t.review_round
    query = select(r).where(r.c.report_id == report_id).order_by(r.c.id.desc()).limit(1)
    return conn.execute(query if state is None else query.where(r.c.state == state)).one_or_none()


def rounds(conn: Connection, report_id: int) -> list[Row]:
    """Every round of a report, oldest first, each with its version's `number` and `submitted_at`."""
    r, v = t.review_round, t.report_version
    return list(
        conn.execute(
            select(r, v.c.number, v.c.submitted_at)
            .join(v, v.c.id == r.c.report_version_id)
            .where(r.c.report_id == report_id)
            .order_by(r.c.id)
        )
    )


def tasks(conn: Connection, round_id: int) -> list[Row]:
    """The tasks of a round in the order of its steps, each with its project's `officer_id`."""
    return list(
        conn.execute(_tasks().where(t.review_task.c.review_round_id == round_id).order_by(t.review_task.c.stage, t.review_task.c.id))
    )


def task(conn: Connection, task_id: int) -> Row | None:
    """One task with its project's `officer_id`, or None."""
    return conn.execute(_tasks().where(t.review_task.c.id == task_id)).one_or_none()


def _tasks() -> Select:
    return select(t.review_task, t.project.c.officer_id).join(t.project, t.project.c.id == t.review_task.c.project_id)


def open_tasks(conn: Connection, programme_ids: Collection[int]) -> list[Row]:
    """What is open in some programmes, oldest first, with report, obligation, project and round."""
    k, o, p = t.review_task, t.obligation, t.project
    return list(
        conn.execute(
            select(
                k, p.c.officer_id, p.c.code.label("project_code"), p.c.title_zh.label("project_zh"), p.c.title_en.label("project_en"),
                p.c.organisation, t.programme.c.code.label("programme_code"), o.c.title_zh, o.c.title_en, o.c.period_label,
                o.c.status, k.c.due_on.label("task_due_on"), o.c.due_on.label("report_due_on"), o.c.first_submitted_on, o.c.duty,
                o.c.confidence,
                t.review_round.c.flow_json, t.review_round.c.office_due_on, t.review_round.c.opened_at.label("received_at"), p.c.county,
            )
            .join(t.review_round, t.review_round.c.id == k.c.review_round_id)
            .join(p, p.c.id == k.c.project_id)
            .join(t.programme, t.programme.c.id == k.c.programme_id)
            .join(t.report, t.report.c.id == k.c.report_id)
            .join(o, o.c.id == t.report.c.obligation_id)
            .where(k.c.programme_id.in_(sorted(programme_ids)), k.c.state == "open", t.review_round.c.state == "open")
            .where(o.c.status.not_in(("waived", "closed")))  # a call that was cancelled waits for nobody
            .order_by(t.review_round.c.opened_at, k.c.id)
        )
    )  # fmt: skip


def assigned_tasks(conn: Connection, person_ids: Collection[int], report_ids: Collection[int]) -> list[Row]:
    """The panel's tasks of some people on some reports, newest first, with report, obligation and project."""
    k, o, p = t.review_task, t.obligation, t.project
    return list(
        conn.execute(
            select(
                k, p.c.officer_id, p.c.code.label("project_code"), p.c.title_zh.label("project_zh"), p.c.title_en.label("project_en"),
                p.c.organisation, o.c.title_zh, o.c.title_en, o.c.period_label, t.review_round.c.state.label("round_state"),
                t.review_round.c.flow_json, t.programme.c.title_zh.label("programme_zh"), t.programme.c.title_en.label("programme_en"),
            )
            .join(t.review_round, t.review_round.c.id == k.c.review_round_id)
            .join(p, p.c.id == k.c.project_id)
            .join(t.programme, t.programme.c.id == k.c.programme_id)
            .join(t.report, t.report.c.id == k.c.report_id)
            .join(o, o.c.id == t.report.c.obligation_id)
            .where(
                k.c.assignee_id.in_(sorted(person_ids)), k.c.role == "reviewer", k.c.state.in_(("open", "done")),
                k.c.report_id.in_(sorted(report_ids)),
            )
            .order_by(k.c.id.desc())
        )
    )  # fmt: skip


def files_of(conn: Connection, report_ids: Collection[int], project_id: int) -> set[int]:
    """Ids of the files in the submitted versions of some reports, as far as they belong to a project."""
    v, r = t.report_version, t.report
    if not report_ids:
        return set()
    query = select(v.c.content_json).join(r, r.c.id == v.c.report_id).where(r.c.id.in_(sorted(report_ids)), r.c.project_id == project_id)
    return {found for content in conn.execute(query).scalars() for found in _files_in(content)}


def _files_in(part: Any) -> Iterator[int]:
    """Every `document_id` in a content, wherever a form puts its files."""
    if isinstance(part, dict):
        if isinstance(part.get("document_id"), int):
            yield part["document_id"]
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from _files_in(one)


def comments(conn: Connection, report_id: int) -> list[Row]:
    """The remarks on a report that were not withdrawn, in the order of writing, with `author` and the version's `number`."""
    c, v = t.review_comment, t.report_version
    return list(
        conn.execute(
            select(c, t.person.c.name.label("author"), v.c.number)
            .join(t.person, t.person.c.id == c.c.author_id)
            .join(v, v.c.id == c.c.report_version_id)
            .where(c.c.report_id == report_id, c.c.state != "withdrawn")
            .order_by(c.c.id)
        )
    )


def conflicts(conn: Connection, project_id: int) -> list[Row]:
    """Conflicts of interest in force on a project, with the person's `name`."""
    i = t.interest_conflict
    query = select(i, t.person.c.name).join(t.person, t.person.c.id == i.c.person_id)
    return list(conn.execute(query.where(i.c.project_id == project_id, i.c.withdrawn_at.is_(None)).order_by(i.c.id)))


def staff(conn: Connection, programme_ids: Collection[int]) -> list[Row]:
    """Everyone with a role of the office or of a panel in some programmes whose account is on: programme_id, role, person_id, name."""
    g, p = t.role_grant, t.person
    return list(
        conn.execute(
            select(g.c.programme_id, g.c.role, p.c.id.label("person_id"), p.c.name)
            .join(p, p.c.id == g.c.person_id)
            .where(g.c.programme_id.in_(sorted(programme_ids)), g.c.revoked_at.is_(None), p.c.active.is_(True))
            .order_by(p.c.name, p.c.id)
        )
    )


def away(conn: Connection, today: date) -> list[Row]:
    """Who is away today: person_id, until_on, cover_id; of several the one recorded last is the last."""
    a = t.absence
    in_force = (a.c.cancelled_at.is_(None), a.c.from_on <= today, a.c.until_on >= today)
    return list(conn.execute(select(a.c.person_id, a.c.until_on, a.c.cover_id).where(*in_force).order_by(a.c.id)))


def ever_on_projects(conn: Connection, person_ids: Collection[int]) -> list[Row]:
    """Projects that some people are, were or will be on, or handed in a report of: person_id, project_id."""
    m, v, r = t.membership, t.report_version, t.report
    wanted = sorted(person_ids)
    on_it = select(m.c.person_id, m.c.project_id).where(m.c.person_id.in_(wanted))
    handed_in = select(v.c.submitted_by, r.c.project_id).join(r, r.c.id == v.c.report_id).where(v.c.submitted_by.in_(wanted))
    return list(conn.execute(on_it.union(handed_in)))


def conflicted(conn: Connection, person_ids: Collection[int]) -> list[Row]:
    """Projects with which some people have a conflict of interest in force: person_id, project_id."""
    i = t.interest_conflict
    return list(
        conn.execute(select(i.c.person_id, i.c.project_id).where(i.c.person_id.in_(sorted(person_ids)), i.c.withdrawn_at.is_(None)))
    )


def taken(conn: Connection, programme_ids: Collection[int]) -> list[Row]:
    """Who did or holds what in the open rounds of some programmes: id, review_round_id, stage, role, state, assignee_id, done_by."""
    k, r = t.review_task, t.review_round
    return list(
        conn.execute(
            select(k.c.id, k.c.review_round_id, k.c.stage, k.c.role, k.c.state, k.c.assignee_id, k.c.done_by)
            .join(r, r.c.id == k.c.review_round_id)
            .where(k.c.programme_id.in_(sorted(programme_ids)), r.c.state == "open", k.c.state.in_(LIVE))
        )
    )


def names(conn: Connection, person_ids: Collection[int]) -> dict[int, str]:
    """Names by id."""
    p = t.person
    return {row.id: row.name for row in conn.execute(select(p.c.id, p.c.name).where(p.c.id.in_(sorted(person_ids))))}
