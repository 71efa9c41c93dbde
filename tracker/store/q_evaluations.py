"""Reads of evaluations, decisions and what a panel looks at for one project year."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Row, select

from tracker.store import tables as t


def years(conn: Connection, project_id: int) -> list[Row]:
    """The years of a project with their approved amounts, in order."""
    return list(conn.execute(select(t.project_year).where(t.project_year.c.project_id == project_id).order_by(t.project_year.c.number)))


def evaluation_row(conn: Connection, project_id: int, year: int) -> Row | None:
    """The evaluation of one project year, or None."""
    return conn.execute(
        select(t.evaluation).where(t.evaluation.c.project_id == project_id, t.evaluation.c.project_year == year)
    ).one_or_none()


def evaluation_by_id(conn: Connection, evaluation_id: int) -> Row | None:
    """One evaluation, or None."""
    return conn.execute(select(t.evaluation).where(t.evaluation.c.id == evaluation_id)).one_or_none()


def decisions(conn: Connection, allowed: ColumnElement[bool], project_id: int) -> list[Row]:
    """The decisions of a project with the year that was evaluated, oldest first."""
    d = t.decision
    return list(
        conn.execute(
            select(d, t.evaluation.c.project_year.label("year"), t.document.c.filename)
            .join(t.evaluation, t.evaluation.c.id == d.c.evaluation_id)
            .outerjoin(t.document, t.document.c.id == d.c.document_id)
            .where(d.c.project_id == project_id, allowed)
            .order_by(d.c.decided_on, d.c.id)
        )
    )


def effects(conn: Connection, decision_id: int) -> list[Row]:
    """The effects of a decision, in the order they were entered."""
    return list(
        conn.execute(select(t.decision_effect).where(t.decision_effect.c.decision_id == decision_id).order_by(t.decision_effect.c.id))
    )


def duties_of_year(conn: Connection, project_id: int, year: int) -> list[Row]:
    """What the project owed or handed in for one year, by day, with the report behind it where there is one."""
    o = t.obligation
    return list(
        conn.execute(
            select(o, t.report.c.id.label("report_id"))
            .outerjoin(t.report, t.report.c.obligation_id == o.c.id)
            .where(
                o.c.project_id == project_id, o.c.project_year == year, o.c.parent_id.is_(None), o.c.status != "closed",
                o.c.kind.in_(("interim_report", "quarterly_report", "final_report")),
            )
            .order_by(o.c.period_end_on, o.c.id)
        )
    )  # fmt: skip
