"""The rows behind the figures of the portfolio, page by page, and the same as a table file."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Connection, Row, and_

from tracker.domain.approvals import EXPIRING_WITHIN
from tracker.domain.statuses import OWED, WITH_OFFICER, Confidence, Kind, Lateness, ObligationStatus, lateness
from tracker.i18n import Translator
from tracker.services.context import Context
from tracker.services.portfolio import AT_RISK_BELOW, NEXT, SOON, Filters, Where, obligation_scope, project_scope, shares_of
from tracker.store import q_portfolio
from tracker.store.tables import obligation as o

PAGE = 50
#: The most rows of one table file; a larger portfolio is filtered first.
FILE_ROWS = 20_000


class View(StrEnum):
    """Which figure's rows are shown; the value stands in the address."""

    OWED = "owed"
    LATE = "late"
    UNCONFIRMED = "unconfirmed"
    DUE_30 = "due-30"
    DUE_60 = "due-60"
    UNDATED = "undated"
    RETURNED = "returned"
    WAITING = "waiting"
    UNDISCHARGED = "undischarged"
    APPROVALS = "approvals"
    AT_RISK = "at-risk"


@dataclass(frozen=True)
class PortfolioRow:
    """One row behind a figure: a duty, an approval or a project at risk; what does not apply is None."""

    code: str
    project_zh: str
    project_en: str
    organisation: str
    officer: str
    what_zh: str = ""
    what_en: str = ""
    kind: str = ""
    period: str = ""
    due_on: date | None = None
    file_by_on: date | None = None
    stands: Lateness | None = None
    status: str = ""
    waits_since: datetime | None = None
    share: Decimal | None = None


@dataclass(frozen=True)
class RowPage:
    """One page of rows; `page` counts from 1."""

    rows: tuple[PortfolioRow, ...]
    total: int
    page: int
    pages: int


def portfolio_rows(ctx: Context, filters: Filters, view: View, page: int = 1, *, size: int = PAGE) -> RowPage:
    """One page of the rows behind a figure; a page beyond the last is the last. Raises as `portfolio` does."""
    with ctx.store.read() as conn:
        if view is View.APPROVALS:
            of_project = project_scope(conn, ctx, filters)
            found = q_portfolio.approval_rows(conn, of_project, ctx.today, ctx.today + EXPIRING_WITHIN)
            return _sliced([_approval(row) for row in found], page, size)
        if view is View.AT_RISK:
            return _sliced(_at_risk(conn, ctx, filters), page, size)
        where = and_(candidates(view, ctx.today), obligation_scope(conn, ctx, filters))
        total = q_portfolio.count_obligations(conn, where)
        page, pages = _paging(page, total, size)
        found = _listed(conn, where, view, (page - 1) * size, size)
    rows = (_duty(row, ctx.today) for row in found)
    return RowPage(tuple(row for row in rows if belongs(view, row, ctx.today)), total, page, pages)


def _listed(conn: Connection, where: Where, view: View, offset: int, size: int) -> list[Row]:
    """A stretch of the rows, the undated ones after all others."""
    if view is not View.OWED:
        return list(q_portfolio.obligation_rows(conn, where, limit=size, offset=offset, by_wait=view is View.WAITING))
    dated, undated = and_(where, o.c.due_on.is_not(None)), and_(where, o.c.due_on.is_(None))
    found = list(q_portfolio.obligation_rows(conn, dated, limit=size, offset=offset))
    if len(found) < size:
        before = max(0, offset - q_portfolio.count_obligations(conn, dated))
        found += q_portfolio.obligation_rows(conn, undated, limit=size - len(found), offset=before)
    return found


def candidates(view: View, today: date) -> Where:
    """What the database narrows to for a view; `belongs` has the last word."""
    match view:
        case View.LATE:
            return and_(_open_duty(), o.c.discharged_on.is_(None), o.c.due_on < today, o.c.confidence != Confidence.ASSUMED.value)
        case View.UNCONFIRMED:
            return and_(_open_duty(), o.c.discharged_on.is_(None), o.c.due_on < today, o.c.confidence == Confidence.ASSUMED.value)
        case View.DUE_30 | View.DUE_60:
            last = today + (SOON if view is View.DUE_30 else NEXT)
            return and_(_open_duty(), o.c.discharged_on.is_(None), o.c.due_on.between(today, last))
        case View.UNDATED:
            return and_(_open_duty(), o.c.due_on.is_(None))
        case View.RETURNED:
            return and_(o.c.status == ObligationStatus.RETURNED.value, o.c.kind != Kind.REPLY.value)
        case View.WAITING:
            return and_(o.c.status.in_(sorted(WITH_OFFICER)), o.c.kind != Kind.REPLY.value)
        case View.UNDISCHARGED:
            return and_(q_portfolio.IS_UNDISCHARGED, o.c.status.in_(("submitted", "accepted")), o.c.duty.is_(True))
        case _:
            return _open_duty()


def _open_duty() -> Where:
    return and_(o.c.status == ObligationStatus.OPEN.value, o.c.duty.is_(True))


def belongs(view: View, row: PortfolioRow, today: date) -> bool:
    """Whether a row is what its view says, by the rules of `tracker.domain.statuses` alone."""
    if view is View.LATE:
        return row.status in OWED and row.stands is Lateness.LATE
    if view is View.UNCONFIRMED:
        return row.status in OWED and row.stands is Lateness.LATE_ANCHOR_UNCONFIRMED
    if view in (View.DUE_30, View.DUE_60):
        return row.stands in (Lateness.NOT_DUE, Lateness.DUE_TODAY)
    return True


def portfolio_csv(ctx: Context, filters: Filters, view: View, t: Translator) -> bytes:
    """All rows behind a figure (at most 20,000) as CSV in UTF-8 with a byte-order mark, which spreadsheets need for Chinese.

    A cell that a spreadsheet would run as a formula begins with an apostrophe. Raises as `portfolio` does.
    """
    rows = portfolio_rows(ctx, filters, view, size=FILE_ROWS).rows
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        [t(name) for name in ("Project", "Title", "Organisation", "Duty", "Period", "Due", "Safe filing day", "Officer", "Attainment")]
    )
    for row in rows:
        share = "" if row.share is None else f"{row.share:.4f}"
        cells = (
            row.code,
            t.pick(row.project_zh, row.project_en),
            row.organisation,
            t.pick(row.what_zh, row.what_en),
            row.period,
            _iso(row.due_on),
            _iso(row.file_by_on),
            row.officer,
            share,
        )
        writer.writerow([inert(cell) for cell in cells])
    return out.getvalue().encode("utf-8-sig")


def inert(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.lstrip()[:1] in ("=", "+", "-", "@", "＝", "＋", "－", "＠") or cell[:1] in ("\t", "\r") else cell


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _duty(row: Row, today: date) -> PortfolioRow:
    stands = lateness(row.status, row.due_on, row.first_submitted_on, today, row.duty, row.confidence)
    return PortfolioRow(
        row.code,
        row.project_zh,
        row.project_en,
        row.organisation,
        row.officer or "",
        row.title_zh,
        row.title_en,
        row.kind,
        "" if row.period_label in ("-", "project") else row.period_label,
        row.due_on,
        row.file_by_on,
        stands,
        row.status,
        row.waits_since_at,
    )


def _approval(row: Row) -> PortfolioRow:
    return PortfolioRow(
        row.code, row.project_zh, row.project_en, row.organisation, row.officer or "", row.title, row.title, row.kind, due_on=row.expires_on
    )


def _at_risk(conn: Connection, ctx: Context, filters: Filters) -> list[PortfolioRow]:
    of_project = project_scope(conn, ctx, filters)
    shares = [s for s in shares_of(q_portfolio.running_checkpoints(conn, of_project, ctx.today), ctx.today) if s.share < AT_RISK_BELOW]
    names = q_portfolio.project_names(conn, of_project, [s.project_id for s in shares])
    found = ((names[s.project_id], s.share) for s in shares)
    return [PortfolioRow(n.code, n.title_zh, n.title_en, n.organisation, n.officer or "", share=share) for n, share in found]


def _sliced(rows: list[PortfolioRow], page: int, size: int) -> RowPage:
    page, pages = _paging(page, len(rows), size)
    return RowPage(tuple(rows[(page - 1) * size : page * size]), len(rows), page, pages)


def _paging(page: int, total: int, size: int) -> tuple[int, int]:
    pages = max(1, -(-total // size))
    return min(max(page, 1), pages), pages
