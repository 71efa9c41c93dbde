"""The office's clock over the stored rounds: of a report, of a project, of a programme, and what the office owes for its own delay."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, Row, func, select

from tracker.clock import civil_day
from tracker.domain.calendars import WorkingCalendar
from tracker.domain.office_clock import ClockShare, OfficeClock, clock, share_of
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.policy import Act
from tracker.store import tables as t

LOOKED_BACK = timedelta(days=366)
"""Figures of a programme are about rounds that began within so many days, and about everything that waits."""


@dataclass(frozen=True)
class ReportClock:
    """The clock of one submitted version of one report. `state` is that of its round."""

    report_id: int
    title_zh: str
    title_en: str
    period_label: str
    version: int
    state: str
    clock: OfficeClock


@dataclass(frozen=True)
class ProgrammeClock:
    """How the office of one programme keeps its promises."""

    programme_id: int
    code: str
    title_zh: str
    title_en: str
    figures: ClockShare


def clock_of(found: Row, calendar: WorkingCalendar, today: date) -> OfficeClock:
    """The clock of one round. It is stopped by its answer; what was withdrawn counts until then."""
    answered = civil_day(found.closed_at) if found.closed_at is not None else None
    return clock(civil_day(found.opened_at), answered, found.office_due_on, today, calendar)


def project_clocks(ctx: Context, project_id: int) -> tuple[ReportClock, ...]:
    """Every round of a project, the newest first, withdrawn ones left out. Both sides see it. Raises NotFound, Forbidden."""
    with ctx.store.read() as conn:
        policy.authorise(ctx.viewer, Act.SEE_PROJECT, policy.target_of_project(conn, project_id))
        county = conn.execute(select(t.project.c.county).where(t.project.c.id == project_id)).scalar_one()
        rows = conn.execute(_rounds().where(t.review_round.c.project_id == project_id).order_by(t.review_round.c.id.desc())).all()
    calendar = ctx.calendar.for_county(county)
    return tuple(
        ReportClock(r.report_id, r.title_zh, r.title_en, r.period_label, r.number, r.state, clock_of(r, calendar, ctx.today)) for r in rows
    )


def _rounds():
    r, v, o = t.review_round, t.report_version, t.obligation
    return (
        select(r.c.report_id, r.c.state, r.c.opened_at, r.c.closed_at, r.c.office_due_on, v.c.number, o.c.title_zh, o.c.title_en,
               o.c.period_label)
        .join(v, v.c.id == r.c.report_version_id)
        .join(t.report, t.report.c.id == r.c.report_id)
        .join(o, o.c.id == t.report.c.obligation_id)
        .where(r.c.state != "withdrawn")
    )  # fmt: skip


def programme_clocks(ctx: Context) -> tuple[ProgrammeClock, ...]:
    """The figures of every programme that the viewer oversees, by code: rounds of the last year, and what waits now.

    Offices and auditors; empty for everybody else.
    """
    r, g, p = t.review_round, t.programme, t.project
    with ctx.store.read() as conn:
        rows = conn.execute(
            select(r.c.programme_id, r.c.opened_at, r.c.closed_at, r.c.office_due_on, g.c.code, g.c.title_zh, g.c.title_en, p.c.county)
            .join(g, g.c.id == r.c.programme_id)
            .join(p, p.c.id == r.c.project_id)
            .where(policy.scope(ctx.viewer, r), r.c.state != "withdrawn")
            .where((r.c.state == "open") | (r.c.opened_at >= ctx.now - LOOKED_BACK))
        ).all()
    found: dict[int, list[OfficeClock]] = defaultdict(list)
    named = {}
    for row in rows:
        if policy.may(ctx.viewer, Act.SEE_PORTFOLIO, policy.Target(programme_id=row.programme_id)):
            found[row.programme_id].append(clock_of(row, ctx.calendar.for_county(row.county), ctx.today))
            named[row.programme_id] = row
    clocks = (
        ProgrammeClock(programme_id, named[programme_id].code, named[programme_id].title_zh, named[programme_id].title_en, share_of(every))
        for programme_id, every in found.items()
    )
    return tuple(sorted(clocks, key=lambda one: one.code))


def days_over(conn: Connection, ctx: Context, report_id: int) -> int:
    """Working days by which the office passed what it promised for a report, over all of its rounds."""
    r = t.review_round
    rows = conn.execute(select(r).where(r.c.report_id == report_id, r.c.state != "withdrawn")).all()
    return _over(conn, ctx, rows)


def owed_days(conn: Connection, ctx: Context, project_id: int) -> int:
    """Working days that the office owes a project for its own delays and has not made good by an extension yet; never below 0."""
    r, change = t.review_round, t.obligation_change
    rows = conn.execute(select(r).where(r.c.project_id == project_id, r.c.state != "withdrawn")).all()
    given = conn.execute(
        select(func.coalesce(func.sum(change.c.owed_days), 0)).where(change.c.project_id == project_id, change.c.kind == "extend")
    ).scalar_one()
    return max(0, _over(conn, ctx, rows) - given)


def _over(conn: Connection, ctx: Context, rows) -> int:
    if not rows:
        return 0
    county = conn.execute(select(t.project.c.county).where(t.project.c.id == rows[0].project_id)).scalar_one()
    calendar = ctx.calendar.for_county(county)
    return sum(clock_of(row, calendar, ctx.today).over for row in rows)
