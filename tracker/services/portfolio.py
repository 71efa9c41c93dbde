"""The portfolio of an office: what its projects owe, what is late, what waits, and every row behind each figure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby

from sqlalchemy import ColumnElement, Connection, Row, and_, select

from tracker.domain.approvals import EXPIRING_WITHIN
from tracker.domain.attainment import attainment
from tracker.domain.periods import Span, quarters
from tracker.domain.statuses import OWED, WITH_OFFICER, Kind, Lateness, ObligationStatus, lateness
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import NotFound
from tracker.services.policy import INSTALLATION, Act, Target
from tracker.store import q_portfolio
from tracker.store.tables import obligation, project

#: The revision topics whose writes change a portfolio.
TOPICS = ("obligations", "reports", "approvals", "people", "programmes", "project")
SOON = timedelta(days=30)
NEXT = timedelta(days=60)
WEEKS = 26
QUARTERS = 8
#: A running project that has reached less than this share of what was planned by now is at risk.
AT_RISK_BELOW = Decimal("0.7")

Where = ColumnElement[bool]


@dataclass(frozen=True)
class Filters:
    """What the reader narrows to; `programme` is a code, `officer` the id of the person in charge."""

    programme: str | None = None
    officer: int | None = None
    kind: Kind | None = None


@dataclass(frozen=True)
class Choices:
    """What the filters offer this viewer: (code, 中文, English) and (id, name)."""

    programmes: tuple[tuple[str, str, str], ...]
    officers: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Figures:
    """The numbers at the top. `late` leaves out what is late only on an unconfirmed anchor, which is counted by itself.

    Owed, late and due count open duties; `due_60` includes `due_30`. `waiting` and `returned` count reports, not the replies that
    go with them. `attainment` is the mean share of `measured` running projects; None where nothing was planned by now.
    """

    owed: int = 0
    undated: int = 0
    late: int = 0
    late_since: date | None = None
    unconfirmed: int = 0
    due_30: int = 0
    due_60: int = 0
    returned: int = 0
    waiting: int = 0
    waiting_since: datetime | None = None
    undischarged: int = 0
    approvals: int = 0
    attainment: Decimal | None = None
    measured: int = 0
    at_risk: int = 0


@dataclass(frozen=True)
class WeekLoad:
    """Open duties that fall due in the week from `monday`, by kind; the first week begins today."""

    monday: date
    by_kind: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class ProgrammeStatus:
    """Where the duties of one programme stand, each counted once."""

    code: str
    title_zh: str
    title_en: str
    late: int = 0
    unconfirmed: int = 0
    soon: int = 0
    later: int = 0
    undated: int = 0
    waiting: int = 0
    returned: int = 0
    accepted: int = 0


@dataclass(frozen=True)
class ProjectShare:
    """The attainment of one running project today, 0 to 1."""

    project_id: int
    share: Decimal


@dataclass(frozen=True)
class ProjectTrend:
    """One project's attainment at the end of each quarter, by what is known today; None: nothing planned by then."""

    code: str
    title_zh: str
    title_en: str
    share: Decimal
    by_quarter: tuple[Decimal | None, ...]


@dataclass(frozen=True)
class Portfolio:
    """Everything the screen shows above the rows. `trends` are the worst projects, `others` how many more there are."""

    figures: Figures
    load: tuple[WeekLoad, ...]
    programmes: tuple[ProgrammeStatus, ...]
    quarters: tuple[Span, ...]
    trends: tuple[ProjectTrend, ...]
    others: int
    others_mean: Decimal | None
    shares: tuple[ProjectShare, ...] = field(repr=False, default=())


def filter_choices(ctx: Context) -> Choices:
    """The programmes and officers of the viewer's portfolio. Raises Forbidden where she has none."""
    with ctx.store.read() as conn:
        own = _own_programmes(ctx)
        named = q_portfolio.programme_names(conn, own)
        charged = q_portfolio.officers_in_charge(conn, project_scope(conn, ctx, Filters()))
    return Choices(
        tuple((row.code, row.title_zh, row.title_en) for row in named.values()),
        tuple((row.id, row.name) for row in charged),
    )


def portfolio(ctx: Context, filters: Filters, *, worst: int = 25) -> Portfolio:
    """Figures and chart data of everything the viewer oversees, narrowed by `filters`; one snapshot of the store.

    Raises Forbidden for a viewer without a portfolio, NotFound for a programme that is not hers.
    """
    today = ctx.today
    with ctx.store.read() as conn:
        where, of_project = obligation_scope(conn, ctx, filters), project_scope(conn, ctx, filters)
        states = q_portfolio.state_counts(conn, where)
        overdue = q_portfolio.open_between(conn, where, None, today - timedelta(days=1))
        soon = q_portfolio.open_between(conn, where, today, today + SOON)
        undated = q_portfolio.open_undated(conn, where)
        days = q_portfolio.open_by_day(conn, where, today, _last_day(today))
        undischarged = q_portfolio.undischarged(conn, where)
        since = q_portfolio.oldest_waiting(conn, where)
        running_out = q_portfolio.count_approvals(conn, of_project, today, today + EXPIRING_WITHIN)
        checkpoints = q_portfolio.running_checkpoints(conn, of_project, today)
        shares = shares_of(checkpoints, today)
        spans = quarters_until(today)
        shown = shares[:worst]
        names = q_portfolio.project_names(conn, of_project, [s.project_id for s in shown])
        programmes = q_portfolio.programme_names(conn, sorted({state.programme_id for state in states}))
    rest = [s.share for s in shares[worst:]]
    return Portfolio(
        figures=_figures(today, states, overdue, undated, days, undischarged, since, running_out, shares),
        load=_weeks(days, today),
        programmes=_by_programme(programmes, states, overdue, soon, undated, today),
        quarters=spans,
        trends=_trends(shown, names, checkpoints, spans, today),
        others=len(rest),
        others_mean=_mean(rest),
        shares=tuple(shares),
    )


# --- Scope -----------------------------------------------------------------------------------------------------------------


def obligation_scope(conn: Connection, ctx: Context, filters: Filters) -> Where:
    """The predicate on `obligation`: what the viewer oversees, and the filters."""
    ways = [policy.scope(ctx.viewer, obligation), *_programmes(conn, ctx, filters, obligation.c.programme_id)]
    if filters.officer is not None:
        ways.append(obligation.c.project_id.in_(select(project.c.id).where(project.c.officer_id == filters.officer)))
    if filters.kind is not None:
        ways.append(obligation.c.kind == filters.kind.value)
    return and_(*ways)


def project_scope(conn: Connection, ctx: Context, filters: Filters) -> Where:
    """The same on `project`; the kind of an obligation does not narrow projects."""
    ways = [policy.scope(ctx.viewer, project), *_programmes(conn, ctx, filters, project.c.programme_id)]
    if filters.officer is not None:
        ways.append(project.c.officer_id == filters.officer)
    return and_(*ways)


def _own_programmes(ctx: Context) -> list[int] | None:
    """The programmes whose portfolio the viewer may see; None: all. A project of her own elsewhere does not open its programme."""
    if policy.may(ctx.viewer, Act.SEE_PORTFOLIO, INSTALLATION):
        return None
    own = [p for p in sorted(ctx.viewer.programme_ids) if policy.may(ctx.viewer, Act.SEE_PORTFOLIO, Target(programme_id=p))]
    if not own:
        policy.authorise(ctx.viewer, Act.SEE_PORTFOLIO, INSTALLATION)
    return own


def _programmes(conn: Connection, ctx: Context, filters: Filters, column: ColumnElement[int]) -> Iterable[Where]:
    own = _own_programmes(ctx)
    if filters.programme is None:
        return [] if own is None else [column.in_(own)]
    named = q_portfolio.programme_names(conn, own)
    chosen = [number for number, row in named.items() if row.code == filters.programme]
    if not chosen:
        raise NotFound()
    return [column == chosen[0]]


# --- Folding ---------------------------------------------------------------------------------------------------------------


def _stands(band: q_portfolio.BandCount, today: date) -> Lateness:
    """How a group stands: its latest day decides, for what is late on that day is late on every earlier one."""
    return lateness(band.status, band.latest, None, today, band.duty, band.confidence)


def _figures(today, states, overdue, undated, days, undischarged, since, running_out, shares) -> Figures:
    late = [band for band in overdue if _stands(band, today) is Lateness.LATE]
    due = {limit: sum(d.n for d in days if d.duty and d.due_on <= today + limit) for limit in (SOON, NEXT)}
    return Figures(
        owed=sum(s.n for s in states if s.status in OWED and s.duty),
        undated=sum(band.n for band in undated if band.duty),
        late=sum(band.n for band in late),
        late_since=min((band.earliest for band in late if band.earliest), default=None),
        unconfirmed=sum(b.n for b in overdue if _stands(b, today) is Lateness.LATE_ANCHOR_UNCONFIRMED),
        due_30=due[SOON],
        due_60=due[NEXT],
        returned=sum(s.n for s in states if s.status == ObligationStatus.RETURNED and s.kind != Kind.REPLY),
        waiting=sum(s.n for s in states if s.status in WITH_OFFICER and s.kind != Kind.REPLY),
        waiting_since=since,
        undischarged=sum(band.n for band in undischarged if band.duty),
        approvals=running_out,
        attainment=_mean([s.share for s in shares]),
        measured=len(shares),
        at_risk=sum(s.share < AT_RISK_BELOW for s in shares),
    )


def _last_day(today: date) -> date:
    """The Sunday that ends the last week of the load."""
    return today + timedelta(days=6 - today.weekday() + 7 * (WEEKS - 1))


def _weeks(days: list[q_portfolio.DayCount], today: date) -> tuple[WeekLoad, ...]:
    """Days folded into weeks from Monday to Sunday, empty ones included."""
    first = today - timedelta(days=today.weekday())
    weeks: dict[date, dict[str, int]] = {first + timedelta(weeks=n): {} for n in range(WEEKS)}
    for day in days:
        if day.duty:
            week = weeks[day.due_on - timedelta(days=day.due_on.weekday())]
            week[day.kind] = week.get(day.kind, 0) + day.n
    return tuple(WeekLoad(monday, tuple(sorted(kinds.items()))) for monday, kinds in weeks.items())


def _by_programme(names, states, overdue, soon, undated, today) -> tuple[ProgrammeStatus, ...]:
    """The groups of every programme put together; what is open, dated and neither late nor due soon comes later."""
    sums: dict[int, Counter[str]] = defaultdict(Counter)
    for state in states:
        if state.duty:
            sums[state.programme_id][state.status] += state.n
    for band in overdue:
        sums[band.programme_id][_stands(band, today)] += band.n
    for name, bands in (("soon", soon), ("undated", undated)):
        for band in bands:
            if band.duty:
                sums[band.programme_id][name] += band.n
    return tuple(_programme_status(name, sums[number]) for number, name in names.items())


def _programme_status(name: Row, n: Counter[str]) -> ProgrammeStatus:
    late, unconfirmed, soon = n[Lateness.LATE], n[Lateness.LATE_ANCHOR_UNCONFIRMED], n["soon"]
    return ProgrammeStatus(
        name.code,
        name.title_zh,
        name.title_en,
        late,
        unconfirmed,
        soon,
        later=n[ObligationStatus.OPEN] - late - unconfirmed - soon - n["undated"],
        undated=n["undated"],
        waiting=n[ObligationStatus.SUBMITTED],
        returned=n[ObligationStatus.RETURNED],
        accepted=n[ObligationStatus.ACCEPTED],
    )


# --- Attainment ------------------------------------------------------------------------------------------------------------


def shares_of(checkpoints: list[q_portfolio.CheckpointRow], today: date) -> list[ProjectShare]:
    """The attainment of every project among `checkpoints` (ordered by project), the worst first."""
    found = []
    for project_id, own in groupby(checkpoints, key=lambda row: row.project_id):
        share = attainment(own, today)
        if share is not None:
            found.append(ProjectShare(project_id, share))
    return sorted(found, key=lambda s: (s.share, s.project_id))


def quarters_until(today: date) -> tuple[Span, ...]:
    """The last eight calendar quarters, the one of `today` included."""
    return quarters(date(today.year - QUARTERS // 4 - 1, 1, 1), today, basis="calendar")[-QUARTERS:]


def _trends(shown, names, checkpoints, spans, today) -> tuple[ProjectTrend, ...]:
    wanted = {s.project_id for s in shown}
    own: dict[int, list[q_portfolio.CheckpointRow]] = {}
    for row in checkpoints:
        if row.project_id in wanted:
            own.setdefault(row.project_id, []).append(row)
    return tuple(
        ProjectTrend(
            names[s.project_id].code,
            names[s.project_id].title_zh,
            names[s.project_id].title_en,
            s.share,
            tuple(attainment(own[s.project_id], min(span.end, today)) for span in spans),
        )
        for s in shown
    )


def _mean(shares: list[Decimal]) -> Decimal | None:
    return sum(shares, Decimal(0)) / len(shares) if shares else None
