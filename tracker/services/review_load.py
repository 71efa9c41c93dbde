"""Weeks ahead: how many reviews will land in which week, what was promised for it, who is away, and what the office usually manages.

What is to come is counted by the date: where it would land if everybody kept it. What is overdue may come any day and is counted apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, Row

from tracker.clock import TAIPEI, civil_day
from tracker.domain.review_load import ONE_WEEK, Absence, Landing, Week, monday_of, usual_week, weeks
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Forbidden, NotFound
from tracker.services.policy import Act, Target
from tracker.services.queue import programmes_served
from tracker.services.viewer import Role
from tracker.store import q_people
from tracker.store import q_review_load as q
from tracker.store.q_review_load import Desk

WEEKS = 12
LOOKED_BACK = timedelta(days=26 * 7)
ROWS = 200
"""Rows of one list; a week with more says so."""

TOPICS = ("obligations", "reports", "people", "project", "programmes")
_OFFICE = frozenset({Role.OFFICER.value, Role.CHIEF.value})


@dataclass(frozen=True)
class Offered:
    """What the view can be narrowed to: programmes (id, code, titles) and officers (id, name), each in reading order."""

    programmes: tuple[tuple[int, str, str, str], ...]
    officers: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class WeeksAhead:
    """The weeks, and what stands outside of them.

    `overdue` may land any day; `late_answers` were promised for a day that has passed; `unpromised` lie here without a promise.
    `usual` is the median of what was answered in a week of five working days, None where that cannot be said yet. `names` by person.
    """

    weeks: tuple[Week, ...]
    overdue: int
    here: int
    late_answers: int
    unpromised: int
    usual: float | None
    names: dict[int, str]
    offered: Offered

    @property
    def landing(self) -> int:
        """Everything that lands in these weeks."""
        return sum(week.landing for week in self.weeks)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show at all."""
        return not (self.landing or self.overdue or self.here or any(week.away for week in self.weeks))


@dataclass(frozen=True)
class WeekList:
    """What is behind one figure. `more`: there are further rows than these."""

    landing: tuple[Row, ...]
    answers: tuple[Row, ...]
    more: bool


def weeks_ahead(ctx: Context, *, programme_id: int | None = None, officer_id: int | None = None, count: int = WEEKS) -> WeeksAhead:
    """The weeks of the viewer's programmes, or of one of them and one officer. Projects that she is on are left out.

    Offices only: raises Forbidden for anyone else, NotFound for a programme or an officer that is not hers to see.
    """
    with ctx.store.read() as conn:
        desk, offered = desk_of(ctx, conn, programme_id, officer_id)
        last = monday_of(ctx.today) + ONE_WEEK * count - timedelta(days=1)
        coming = q.coming(conn, desk, ctx.today, last)
        overdue = q.overdue(conn, desk, ctx.today)
        here = q.here(conn, desk)
        since = ctx.today - LOOKED_BACK
        answered = [civil_day(at) for at in q.answered(conn, desk, datetime.combine(since, time(), tzinfo=TAIPEI))]
        staff = q_people.people_with_roles(conn, desk.programme_ids)
        away = absences_of(ctx, conn, {row.person_id for row in staff if row.role in _OFFICE}, desk)
        names = {row.person_id: row.name for row in staff}
    usual = usual_week(answered, since, ctx.today, ctx.calendar)
    promised = [row.office_due_on for row in here if row.office_due_on and row.office_due_on >= ctx.today for _ in range(row.count)]
    landings = [Landing(row.kind, row.officer_id, row.lands_on, row.count) for row in coming]
    return WeeksAhead(
        weeks=weeks(ctx.today, count, landings, promised, [one for one, _ in away], ctx.calendar, usual),
        overdue=overdue,
        here=sum(row.count for row in here),
        late_answers=sum(row.count for row in here if row.office_due_on and row.office_due_on < ctx.today),
        unpromised=sum(row.count for row in here if row.office_due_on is None),
        usual=usual,
        names=names | dict(offered.officers) | {one.cover_id: cover for one, cover in away if one.cover_id is not None},
        offered=offered,
    )


def week_list(ctx: Context, monday: date, *, programme_id: int | None = None, officer_id: int | None = None) -> WeekList:
    """What lands in the week of a day, and what was promised to be answered in it. Raises as `weeks_ahead`."""
    first, last = monday_of(monday), monday_of(monday) + timedelta(days=6)
    with ctx.store.read() as conn:
        desk, _ = desk_of(ctx, conn, programme_id, officer_id)
        landing = q.landing_rows(conn, desk, ctx.today, first, last, ROWS + 1)
        answers = q.answer_rows(conn, desk, max(first, ctx.today), last, ROWS + 1)
    return _list(landing, answers)


def loose_list(ctx: Context, *, programme_id: int | None = None, officer_id: int | None = None) -> WeekList:
    """What no week can be named for: overdue with the projects, and late with the office or never promised. Raises as `weeks_ahead`."""
    with ctx.store.read() as conn:
        desk, _ = desk_of(ctx, conn, programme_id, officer_id)
        overdue = q.overdue_rows(conn, desk, ctx.today, ROWS + 1)
        late = q.answer_rows(conn, desk, None, ctx.today - timedelta(days=1), ROWS + 1)
        late = [*late, *q.answer_rows(conn, desk, None, None, ROWS + 1)]
    return _list(overdue, late)


def _list(landing, answers) -> WeekList:
    return WeekList(tuple(landing[:ROWS]), tuple(answers[:ROWS]), len(landing) > ROWS or len(answers) > ROWS)


def desk_of(ctx: Context, conn: Connection, programme_id: int | None, officer_id: int | None) -> tuple[Desk, Offered]:
    """Whose weeks they are, and what the view can be narrowed to. Raises Forbidden, NotFound."""
    served = programmes_served(ctx)
    if not served:
        raise Forbidden()
    staff = q_people.people_with_roles(conn, served)
    officers = {row.person_id: row.name for row in staff if row.role in _OFFICE}
    programmes = tuple((row.id, row.code, row.title_zh, row.title_en) for row in q.programmes(conn, served))
    if programme_id is not None:
        policy.authorise(ctx.viewer, Act.SEE_QUEUE, Target(programme_id=programme_id))
    if officer_id is not None and officer_id not in officers:
        raise NotFound()
    without = ctx.viewer.project_ids | ctx.viewer.conflicts
    desk = Desk(served if programme_id is None else frozenset({programme_id}), officer_id, frozenset(without))
    return desk, Offered(programmes, tuple(sorted(officers.items(), key=lambda pair: (pair[1], pair[0]))))


def absences_of(ctx: Context, conn: Connection, people: set[int], desk: Desk) -> list[tuple[Absence, str]]:
    """Absences of the office, this week's from its Monday on, each with the name of who stands in; of one officer only hers."""
    wanted = people if desk.officer_id is None else people & {desk.officer_id}
    rows = q_people.absences(conn, monday_of(ctx.today), wanted) if wanted else ()
    return [
        (Absence(row.person_id, row.from_on, row.until_on, row.cover_id if row.cover_active else None), row.cover or "")
        for row in rows
        if row.person_id in wanted
    ]
