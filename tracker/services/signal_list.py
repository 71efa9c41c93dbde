"""What needs attention: the open signals of a project and of an office, and the whole ledger for who runs the installation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_

from tracker.domain.free_text import clean_line
from tracker.domain.signals import rank
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.notices import signal_page
from tracker.services.policy import INSTALLATION, Act
from tracker.services.queue import programmes_served
from tracker.services.viewer import Viewer
from tracker.store import q_signals
from tracker.store import tables as t

MOST = 200

OF_THE_OFFICE = frozenset({"review_waiting", "review_step_late", "silent_project", "account_unused"})
"""Conditions that are told to staff alone: a project does not read them on its page."""


@dataclass(frozen=True)
class SignalRow:
    """One line of the ledger. `since_on` is the day its series counts from; recipients are addresses, sorted."""

    id: int
    kind: str
    subject: str
    since_on: date
    stage: str
    state: str
    project_code: str
    programme_code: str
    title_zh: str
    title_en: str
    period_label: str
    raised_at: datetime
    settled_at: datetime | None
    recipients: tuple[str, ...]


@dataclass(frozen=True)
class Attention:
    """One thing that is wrong now, in its newest step; `params` are what its words need, `page` and `query` where it is mended."""

    id: int
    kind: str
    project_id: int | None
    project_code: str
    project_zh: str
    project_en: str
    title_zh: str
    title_en: str
    period_label: str
    stage: str
    raised_at: datetime
    params: Mapping[str, Any]
    page: str
    query: Mapping[str, int | str]


def signal_list(ctx: Context, *, state: str | None = None, project: str | None = None, limit: int = MOST) -> list[SignalRow]:
    """The ledger, the newest first. Administrators, auditors and the command line."""
    policy.authorise(ctx.viewer, Act.SEE_DELIVERIES, INSTALLATION)
    where: list[ColumnElement[bool]] = [policy.scope(ctx.viewer, t.signal)]
    if state is not None:
        where.append(t.signal.c.state == state)
    if project is not None:
        where.append(t.project.c.code == clean_line(project))
    with ctx.store.read() as conn:
        rows = q_signals.ledger(conn, and_(*where), open_only=False, limit=limit)
    return [
        SignalRow(
            r.id, r.kind, r.subject, r.since_on, r.stage, r.state, r.code or "", r.programme_code or "", *_title(r), r.raised_at,
            r.settled_at, tuple(sorted(str(one["email"]) for one in r.recipients_json)),
        )
        for r in rows
    ]  # fmt: skip


def project_attention(ctx: Context, project_id: int) -> tuple[Attention, ...]:
    """What is wrong with a project now, as far as its reader is concerned, the newest first: what is the office's matter only staff
    reads. Raises NotFound, Forbidden."""
    with ctx.store.read() as conn:
        target = policy.target_of_project(conn, project_id)
        policy.authorise(ctx.viewer, Act.SEE_PROJECT, target)
        rows = q_signals.ledger(conn, policy.scope(ctx.viewer, t.signal), open_only=True, project_id=project_id)
    member = bool(ctx.viewer.memberships_of(project_id))
    return tuple(_attention(row, member) for row in _newest(rows) if not (member and row.kind in OF_THE_OFFICE))


def office_attention(ctx: Context) -> tuple[Attention, ...]:
    """What is wrong in the viewer's programmes now and concerns her as staff, the newest first; projects that she is on are left out."""
    served = programmes_served(ctx)
    if not served:
        return ()
    s = t.signal
    without = sorted(ctx.viewer.project_ids | ctx.viewer.conflicts)
    where = and_(
        policy.scope(ctx.viewer, s), s.c.programme_id.in_(sorted(served)), or_(s.c.project_id.is_(None), s.c.project_id.not_in(without))
    )  # fmt: skip
    with ctx.store.read() as conn:
        rows = q_signals.ledger(conn, where, open_only=True, limit=2 * MOST)
    told = [row for row in _newest(rows) if _was_told(row, ctx.viewer)]
    return tuple(_attention(row, False) for row in told[:MOST])


def _was_told(row: Row, viewer: Viewer) -> bool:
    """Whether the viewer herself was told of it, in this or an earlier step; chiefs and officers see what is the office's alone anyway."""
    return row.kind in OF_THE_OFFICE or any(one.get("person_id") == viewer.person_id for one in row.recipients_json)


def _newest(rows) -> list[Row]:
    """Of each series the furthest step."""
    found: dict[tuple[str, str, date], Row] = {}
    for row in rows:
        series = row.kind, row.subject, row.since_on
        if series not in found or rank(row.stage) > rank(found[series].stage):
            found[series] = row
    return list(found.values())


def _attention(row: Row, member: bool) -> Attention:
    page, query = signal_page(row.params_json, member, row.code)
    return Attention(
        row.id, row.kind, row.project_id, row.code or "", row.project_zh or "", row.project_en or "", *_title(row), row.stage,
        row.raised_at, row.params_json, page, query,
    )  # fmt: skip


def _title(row: Row) -> tuple[str, str, str]:
    """Title in both languages and period: of its obligation, or what its condition named."""
    told = row.params_json
    if told.get("title_zh"):
        return told["title_zh"], told["title_en"], "-"
    return row.title_zh or "", row.title_en or "", row.period_label or "-"
