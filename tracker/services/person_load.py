"""Weeks ahead by person: what lands with each officer, what she usually manages, who is away and who stands in; also as a file."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tracker.clock import TAIPEI, civil_day
from tracker.domain.person_load import PersonLoad, PersonWeek, person_loads
from tracker.domain.review_load import ONE_WEEK, Landing, monday_of, week_label
from tracker.i18n import Translator
from tracker.services.context import Context
from tracker.services.portfolio_rows import inert
from tracker.services.review_load import LOOKED_BACK, WEEKS, absences_of, desk_of
from tracker.store import q_review_load as q


@dataclass(frozen=True)
class ByPerson:
    """The people with a load, an absence or a past, in the order of their names; `nobody` lands without an officer in charge, by week."""

    people: tuple[PersonLoad, ...]
    nobody: tuple[tuple[date, int], ...]
    names: dict[int, str]
    looked_back: int

    @property
    def empty(self) -> bool:
        return not self.people and not self.nobody


def load_by_person(ctx: Context, *, programme_id: int | None = None, officer_id: int | None = None, count: int = WEEKS) -> ByPerson:
    """The weeks ahead by person, narrowed as `weeks_ahead`. Raises Forbidden, NotFound as it does."""
    since = ctx.today - LOOKED_BACK
    with ctx.store.read() as conn:
        desk, offered = desk_of(ctx, conn, programme_id, officer_id)
        last = monday_of(ctx.today) + ONE_WEEK * count - timedelta(days=1)
        landings = [Landing(row.kind, row.officer_id, row.lands_on, row.count) for row in q.coming(conn, desk, ctx.today, last)]
        answered: dict[int, list[date]] = defaultdict(list)
        for row in q.answered_by(conn, desk, datetime.combine(since, time(), tzinfo=TAIPEI)):
            answered[row.reviewer_id].append(civil_day(row.reviewed_at))
        officers = dict(offered.officers)
        away = absences_of(ctx, conn, set(officers), desk)
        counties = q.counties_of(conn, desk, officers)
    calendars = {person_id: ctx.calendar.for_county(county) for person_id, county in counties.items()}
    wanted = [person_id for person_id in officers if desk.officer_id in (None, person_id)]
    people = person_loads(wanted, ctx.today, since, count, landings, [one for one, _ in away], answered, calendars, ctx.calendar)
    names = officers | {one.cover_id: cover for one, cover in away if one.cover_id is not None}
    return ByPerson(tuple(one for one in people if _matters(one)), _nobody(landings), names, LOOKED_BACK.days // 7)


def load_csv(ctx: Context, t: Translator, *, programme_id: int | None = None, officer_id: int | None = None) -> bytes:
    """A line a person and week, as CSV in UTF-8 with a byte-order mark, which spreadsheets need for Chinese. Raises as `load_by_person`."""
    found = load_by_person(ctx, programme_id=programme_id, officer_id=officer_id)
    out = io.StringIO()
    writer = csv.writer(out)
    heads = ("Week", "Monday", "Officer", "Landing", "Usually managed", "More than usual", "Working days")
    writer.writerow([*(t(head) for head in heads), t("Days closed"), t("Days away"), t("Stands in")])
    for person in found.people:
        for week in person.weeks:
            writer.writerow([inert(cell) for cell in _cells(t, found, person, week)])
    for monday, number in found.nobody:
        writer.writerow([week_label(monday), monday.isoformat(), t("nobody in charge"), str(number), "", "", "", "", "", ""])
    return out.getvalue().encode("utf-8-sig")


def _cells(t: Translator, found: ByPerson, person: PersonLoad, week: PersonWeek) -> tuple[str, ...]:
    capacity = "" if week.capacity is None else f"{week.capacity:g}"
    cover = found.names.get(week.cover_id, "") if week.cover_id is not None else ""
    return (
        week_label(week.monday), week.monday.isoformat(), found.names.get(person.person_id, ""), str(week.landing), capacity,
        t("yes") if week.over else "", str(week.days), str(week.closed), str(week.away), cover,
    )  # fmt: skip


def _matters(person: PersonLoad) -> bool:
    return person.usual is not None or any(week.landing or week.away for week in person.weeks)


def _nobody(landings: list[Landing]) -> tuple[tuple[date, int], ...]:
    found: dict[date, int] = defaultdict(int)
    for one in landings:
        if one.officer_id is None:
            found[monday_of(one.on)] += one.count
    return tuple(sorted(found.items()))
