"""Weeks ahead by person: what lands with whom, what she usually manages in the days she has, and the same as a file."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from tests.cast import Cast, at
from tests.integration.services.support_reports import submitted
from tests.integration.services.support_reviews import away, put
from tracker.domain.calendars import WorkingCalendar
from tracker.domain.person_load import PersonWeek, person_loads
from tracker.domain.review_load import Absence, Landing, monday_of
from tracker.i18n import Translator
from tracker.services.errors import Forbidden, NotFound
from tracker.services.person_load import ByPerson, load_by_person, load_csv
from tracker.store import tables as t

TODAY = "2026-09-01"  # a Tuesday
MONDAY = date(2026, 8, 31)
PLAIN = WorkingCalendar("plain", frozenset(), frozenset(), date.max)


def by_person(cast: Cast, who: str = "chief", **narrowed) -> ByPerson:
    return load_by_person(cast.ctx(who, on=TODAY), **narrowed)


def answered(cast: Cast, who: str, days: list[str]) -> None:
    """Answers of somebody on these days, to a report of her programme."""
    report_id = submitted(cast, on="2026-06-20")
    with cast.desk.store.read() as conn:
        row = conn.execute(t.review_round.select().where(t.review_round.c.report_id == report_id)).one()
    for day in days:
        put(
            cast, t.review, report_version_id=row.report_version_id, review_round_id=row.id, outcome="return", comments_json={},
            reopened_json=[], reviewer_id=cast.person(who).id, reviewed_at=at(day),
        )  # fmt: skip


def hers(cast: Cast, found: ByPerson, who: str):
    return next(one for one in found.people if one.person_id == cast.person(who).id)


def test_what_lands_counts_for_the_officer_in_charge(cast):
    quarter = cast.obligation("quarterly_report", "Y1Q1")
    load = hers(cast, by_person(cast), "officer")
    week = next(one for one in load.weeks if one.monday == monday_of(quarter.file_by_on))
    assert week.landing >= 1
    assert (load.usual, week.capacity, week.over) == (None, None, False), "she has answered nothing yet: nothing is said"


def test_what_she_manages_comes_from_her_own_answers_and_the_days_she_has(cast):
    answered(cast, "officer", [f"2026-{day}" for day in ("07-06", "07-07", "07-13", "07-14", "07-20", "07-21", "07-27", "07-28", "08-03",
                                                         "08-04", "08-10", "08-11", "08-17", "08-18", "08-24", "08-25")])  # fmt: skip
    away(cast, "officer", None, on="2026-09-07", until="2026-09-09")  # Monday to Wednesday
    load = hers(cast, by_person(cast), "officer")
    assert load.usual == 2
    assert (load.weeks[0].capacity, load.weeks[0].days) == (2, 5)
    assert (load.weeks[1].capacity, load.weeks[1].days, load.weeks[1].away) == (0.8, 2, 3)
    assert [one.person_id for one in by_person(cast).people if one.usual is not None] == [cast.person("officer").id]


def test_a_week_with_more_than_she_manages_is_marked_and_a_closure_takes_a_day():
    answers = {7: [MONDAY - timedelta(days=7 * n + d) for n in range(1, 9) for d in (0, -1)]}
    closed = WorkingCalendar("county", frozenset({date(2026, 9, 2)}), frozenset(), date.max)  # Wednesday
    landings = [Landing("final_report", 7, date(2026, 9, 3), 2), Landing("final_report", 7, date(2026, 9, 10), 2)]
    (load,) = person_loads([7], date(2026, 9, 1), date(2026, 3, 3), 2, landings, [], answers, {7: closed}, PLAIN)
    first, second = load.weeks
    assert (first.days, first.closed, first.capacity, first.over) == (4, 1, 1.6, True)
    assert (second.days, second.closed, second.capacity, second.over) == (5, 0, 2.0, False)
    assert load.over == 1


def test_who_answered_in_a_few_weeks_alone_is_not_said_to_manage_nothing():
    answers = {7: [MONDAY - timedelta(days=7 * 20), MONDAY - timedelta(days=7)]}
    (load,) = person_loads([7], date(2026, 9, 1), date(2026, 3, 3), 1, [Landing("final_report", 7, MONDAY)], [], answers, {}, PLAIN)
    assert (load.usual, load.weeks[0].capacity, load.over) == (None, None, 0)


def test_two_absences_in_one_week_are_added_and_never_more_than_the_week():
    absences = [Absence(7, MONDAY, MONDAY), Absence(7, MONDAY + timedelta(days=2), MONDAY + timedelta(days=9), 8)]
    (load,) = person_loads([7], date(2026, 9, 1), date(2026, 3, 3), 1, [], absences, {}, {}, PLAIN)
    assert load.weeks[0] == PersonWeek(MONDAY, 0, 1, 0, 4, 8, None)


def test_what_nobody_is_in_charge_of_stands_apart(cast):
    p = t.project
    alone = update(p).where(p.c.id == cast.project().id).values(officer_id=None)
    cast.desk.store.write_quiet(cast.ctx().now, lambda tx: tx.conn.execute(alone))
    found = by_person(cast)
    assert sum(number for _, number in found.nobody) > 0
    assert found.people == ()


def test_the_file_has_a_line_a_person_and_week(cast):
    found = by_person(cast)
    text = load_csv(cast.ctx("chief", on=TODAY), Translator("en")).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][:4] == ["Week", "Monday", "Officer", "Landing"]
    assert len(rows) == 1 + sum(len(one.weeks) for one in found.people) + len(found.nobody)
    assert rows[1][:3] == ["2026-W36", "2026-08-31", cast.person("officer").name]


@pytest.mark.parametrize("who", ["pi", "auditor", "admin", "stranger_pi"])
def test_only_offices_see_it(cast, who):
    with pytest.raises(Forbidden):
        by_person(cast, who)


def test_another_programme_is_not_found(cast):
    with pytest.raises(NotFound):
        by_person(cast, programme_id=cast.project("foreign").programme_id)
