"""Reads of outcomes. Callers authorise on the project, or pass a scope."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from tracker.store import tables as t


def outcome_row(conn: Connection, outcome_id: int) -> Row | None:
    """One outcome, withdrawn or not, or None."""
    return conn.execute(select(t.outcome).where(t.outcome.c.id == outcome_id)).one_or_none()


def project_row(conn: Connection, project_id: int) -> Row | None:
    """What a list of outcomes says of its project, or None."""
    p, g = t.project, t.programme
    query = select(p.c.id, p.c.code, p.c.programme_id, p.c.title_zh, p.c.title_en, p.c.start_on, p.c.end_on, p.c.status,
                   g.c.code.label("programme_code"))  # fmt: skip
    return conn.execute(query.join(g, g.c.id == p.c.programme_id).where(p.c.id == project_id)).one_or_none()


def of_project(conn: Connection, project_id: int) -> list[Row]:
    """The outcomes of a project, newest day first, withdrawn ones last; `recorder`, `checker` and `filename` with them."""
    return list(conn.execute(_lines().where(t.outcome.c.project_id == project_id)))


def of_office(conn: Connection, scope: ColumnElement[bool], programme_ids: Collection[int]) -> list[Row]:
    """The outcomes of these programmes that are not withdrawn, within the viewer's scope."""
    o = t.outcome
    return list(conn.execute(_lines().where(scope, o.c.programme_id.in_(sorted(programme_ids)), o.c.withdrawn_at.is_(None))))


def _lines():
    o, p, g, d = t.outcome, t.project, t.programme, t.document
    recorder, checker = t.person.alias("recorder"), t.person.alias("checker")
    return (
        select(o, p.c.code.label("project_code"), p.c.title_zh.label("project_zh"), p.c.title_en.label("project_en"),
               g.c.code.label("programme_code"), recorder.c.name.label("recorder"), checker.c.name.label("checker"), d.c.filename)
        .join(p, p.c.id == o.c.project_id)
        .join(g, g.c.id == o.c.programme_id)
        .outerjoin(recorder, recorder.c.id == o.c.recorded_by)
        .outerjoin(checker, checker.c.id == o.c.checked_by)
        .outerjoin(d, d.c.id == o.c.document_id)
        .order_by(o.c.withdrawn_at.is_not(None), o.c.occurred_on.desc(), o.c.id.desc())
    )  # fmt: skip


def with_number(conn: Connection, identifier_kind: str, identifier: str) -> list[Row]:
    """The outcomes that carry a number, of any project: id, project_id. Whose they are is not the viewer's business."""
    o = t.outcome
    query = select(o.c.id, o.c.project_id).where(o.c.identifier_kind == identifier_kind, o.c.identifier == identifier)
    return list(conn.execute(query.where(o.c.withdrawn_at.is_(None))))


def stands_as(conn: Connection, project_id: int, values: Mapping[str, Any]) -> bool:
    """Whether the project has an outcome that says just this and was not withdrawn."""
    o = t.outcome.c
    same = [o[name].is_(None) if value is None else o[name] == value for name, value in values.items()]
    return conn.execute(select(o.id).where(o.project_id == project_id, o.withdrawn_at.is_(None), *same).limit(1)).first() is not None


def shared_numbers(conn: Connection, programme_ids: Collection[int]) -> set[tuple[str, str]]:
    """Numbers that more than one project of these programmes reports."""
    o = t.outcome
    rows = conn.execute(
        select(o.c.identifier_kind, o.c.identifier, o.c.project_id)
        .where(o.c.programme_id.in_(sorted(programme_ids)), o.c.identifier != "", o.c.withdrawn_at.is_(None))
        .distinct()
    )
    projects: dict[tuple[str, str], set[int]] = {}
    for row in rows:
        projects.setdefault((row.identifier_kind, row.identifier), set()).add(row.project_id)
    return {number for number, found in projects.items() if len(found) > 1}


def nil_returns(conn: Connection, project_id: int) -> dict[int, Row]:
    """Civil year → the declaration that there was nothing, where it stands: id, name, declared_at."""
    n = t.outcome_nil_return
    rows = conn.execute(
        select(n, t.person.c.name)
        .join(t.person, t.person.c.id == n.c.declared_by)
        .where(n.c.project_id == project_id, n.c.withdrawn_at.is_(None))
        .order_by(n.c.id)
    )
    return {row.year: row for row in rows}


def tracked_projects(conn: Connection, scope: ColumnElement[bool], programme_ids: Collection[int], started_by: date) -> list[Row]:
    """Projects of these programmes that began by a day, within the viewer's scope: id, code, titles, start_on, end_on, programme_code."""
    p, g = t.project, t.programme
    query = (
        select(p.c.id, p.c.code, p.c.title_zh, p.c.title_en, p.c.start_on, p.c.end_on, g.c.code.label("programme_code"))
        .join(g, g.c.id == p.c.programme_id)
        .where(scope, p.c.programme_id.in_(sorted(programme_ids)), p.c.start_on <= started_by)
    )
    return list(conn.execute(query.order_by(p.c.code)))


def answered_years(conn: Connection, project_ids: Collection[int]) -> set[tuple[int, int]]:
    """(project, civil year) for which there is an outcome of that year or a nil return."""
    o, n = t.outcome, t.outcome_nil_return
    ids = sorted(project_ids)
    days = select(o.c.project_id, o.c.occurred_on).where(o.c.project_id.in_(ids), o.c.withdrawn_at.is_(None), o.c.occurred_on.is_not(None))
    found = {(row.project_id, row.occurred_on.year) for row in conn.execute(days)}
    nils = select(n.c.project_id, n.c.year).where(n.c.project_id.in_(ids), n.c.withdrawn_at.is_(None))
    return found | {(row.project_id, row.year) for row in conn.execute(nils)}
