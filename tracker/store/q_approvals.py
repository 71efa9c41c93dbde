"""Reads of approvals and of the obligations that hang on them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select

from tracker.store import tables as t

_PROOF = t.document.alias("proof")
_PAPER = t.document.alias("paper")


def _with_files() -> Select:
    return (
        select(
            t.approval, _PROOF.c.filename.label("proof_filename"), _PAPER.c.filename.label("approval_filename"),
            t.project.c.code.label("project_code"),
            t.project.c.title_zh.label("project_zh"), t.project.c.title_en.label("project_en"), t.project.c.programme_id,
        )
        .join(t.project, t.project.c.id == t.approval.c.project_id)
        .outerjoin(_PROOF, _PROOF.c.id == t.approval.c.proof_document_id)
        .outerjoin(_PAPER, _PAPER.c.id == t.approval.c.approval_document_id)
    )  # fmt: skip


def _with_project() -> Select:
    p = t.project
    return (
        select(
            t.obligation, p.c.code.label("project_code"), p.c.title_zh.label("project_zh"), p.c.title_en.label("project_en"),
            p.c.organisation,
            p.c.officer_id, p.c.entered_on, t.programme.c.code.label("programme_code"),
        )
        .join(p, p.c.id == t.obligation.c.project_id)
        .join(t.programme, t.programme.c.id == p.c.programme_id)
    )  # fmt: skip


def approval_row(conn: Connection, approval_id: int) -> Row | None:
    """One approval with the names of its files, its project's code and programme; or None."""
    return conn.execute(_with_files().where(t.approval.c.id == approval_id)).one_or_none()


def approvals_of(conn: Connection, project_id: int) -> list[Row]:
    """The approvals of a project, in the order they were added."""
    return list(conn.execute(_with_files().where(t.approval.c.project_id == project_id).order_by(t.approval.c.id)))


def running_out(conn: Connection, allowed: ColumnElement[bool], until: date) -> list[Row]:
    """Approvals of active projects whose last day is `until` or earlier, the first to end first."""
    return list(
        conn.execute(
            _with_files()
            .where(allowed, t.approval.c.expires_on <= until, t.project.c.status == "active")
            .order_by(t.approval.c.expires_on, t.approval.c.id)
        )
    )


def approval_obligations(conn: Connection, project_id: int) -> list[Mapping[str, Any]]:
    """The catch-up and renewal obligations of a project, by id; closed ones left out."""
    o = t.obligation
    rows = conn.execute(
        select(o)
        .where(
            o.c.project_id == project_id,
            o.c.kind.in_(("approval_catch_up", "approval_renewal")),
            o.c.parent_id.is_(None),
            o.c.status != "closed",
        )
        .order_by(o.c.id)
    )
    return list(rows.mappings())


def waiting_approvals(conn: Connection, allowed: ColumnElement[bool]) -> list[Row]:
    """Catch-up and renewal obligations that were handed in and wait for the office, the longest wait first."""
    o = t.obligation
    return list(
        conn.execute(
            _with_project()
            .where(allowed, o.c.kind.in_(("approval_catch_up", "approval_renewal")), o.c.parent_id.is_(None), o.c.status == "submitted")
            .order_by(o.c.waits_since_at, o.c.id)
        )
    )


def unconfirmed_anchors(conn: Connection, allowed: ColumnElement[bool]) -> list[Row]:
    """Dated duties of active projects, not yet settled, whose date rests on an assumption, the first due first."""
    o = t.obligation
    return list(
        conn.execute(
            _with_project()
            .where(
                allowed, o.c.confidence == "assumed", o.c.date_status == "dated", o.c.status.in_(("open", "submitted", "returned")),
                o.c.duty.is_(True),
                o.c.parent_id.is_(None), t.project.c.status == "active",
            )
            .order_by(o.c.due_on, o.c.id)
        )
    )  # fmt: skip
