"""Reads of dates from documents, of the slots they may fill, and of documents by id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from tracker.store import tables as t


def project_row(conn: Connection, project_id: int) -> Row | None:
    """One project, or None."""
    return conn.execute(select(t.project).where(t.project.c.id == project_id)).one_or_none()


def obligation_row(conn: Connection, obligation_id: int) -> Row | None:
    """One obligation, or None."""
    return conn.execute(select(t.obligation).where(t.obligation.c.id == obligation_id)).one_or_none()


def given_alike(conn: Connection, values: Mapping[str, Any]) -> bool:
    """Whether a date from a document that says just this stands and was not withdrawn; which copy of the file it was is left out."""
    d = t.document_date.c
    same = [d[name].is_(None) if value is None else d[name] == value for name, value in values.items() if name != "document_id"]
    return conn.execute(select(d.id).where(d.withdrawn_at.is_(None), *same).limit(1)).first() is not None


def document_belongs(conn: Connection, document_id: int | None, project_id: int | None, programme_id: int) -> bool:
    """Whether a document was stored for this project, for its programme, or (no project given) for any project of the programme."""
    if document_id is None:
        return False
    of_programme = select(t.project.c.id).where(t.project.c.programme_id == programme_id)
    found = t.document.c.project_id == project_id if project_id is not None else t.document.c.project_id.in_(of_programme)
    return (
        conn.execute(
            select(t.document.c.id).where(
                t.document.c.id == document_id,
                found | (t.document.c.project_id.is_(None) & (t.document.c.programme_id == programme_id)),
            )
        ).first()
        is not None
    )


def active_projects(conn: Connection, programme_id: int) -> list[Row]:
    """Projects of a programme that are neither closed nor terminated, by code."""
    return list(
        conn.execute(
            select(t.project).where(t.project.c.programme_id == programme_id, t.project.c.status == "active").order_by(t.project.c.code)
        )
    )


def document_dates(conn: Connection, allowed: ColumnElement[bool], programme_id: int, project_id: int | None) -> list[Row]:
    """Every date entered for a project (the whole programme's included) or, without one, for the whole programme; newest first."""
    dates = t.document_date
    of_project = dates.c.project_id.is_(None) if project_id is None else (dates.c.project_id == project_id) | dates.c.project_id.is_(None)
    return list(
        conn.execute(
            select(dates, t.document.c.filename, t.person.c.name.label("recorder"))
            .outerjoin(t.document, t.document.c.id == dates.c.document_id)
            .outerjoin(t.person, t.person.c.id == dates.c.recorded_by)
            .where(dates.c.programme_id == programme_id, of_project, allowed)
            .order_by(dates.c.id.desc())
        )
    )


def slots(conn: Connection, project_ids: Sequence[int]) -> list[Row]:
    """What can be given a date: one row for each rule and period among these projects, with the dates of the first project that has it."""
    o = t.obligation
    return list(
        conn.execute(
            select(
                o.c.rule,
                o.c.kind,
                o.c.period_label,
                o.c.title_zh,
                o.c.title_en,
                o.c.date_status,
                o.c.due_on,
                o.c.confidence,
                o.c.clause,
                o.c.project_id,
            )
            .where(o.c.project_id.in_(list(project_ids)), o.c.parent_id.is_(None), o.c.status != "closed")
            .order_by(o.c.rule, o.c.period_start_on, o.c.period_label, o.c.id)
        )
    )


def dated_rules(conn: Connection, project_id: int) -> frozenset[str]:
    """The rules of a project for which a date is known."""
    o = t.obligation
    rows = conn.execute(select(o.c.rule).where(o.c.project_id == project_id, o.c.date_status == "dated", o.c.status != "closed"))
    return frozenset(rows.scalars())
