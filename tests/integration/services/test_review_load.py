"""Weeks ahead: what lands, what was promised, who is away; each office its own."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from tests.cast import Cast
from tests.integration.services.support_reports import returned, submitted
from tests.integration.services.support_reviews import away, put
from tracker.domain.review_load import monday_of
from tracker.services.errors import Forbidden, NotFound
from tracker.services.review_load import WeeksAhead, loose_list, week_list, weeks_ahead
from tracker.store import tables as t

TODAY = "2026-09-01"  # a Tuesday


def ahead(cast: Cast, who: str = "officer", on: str = TODAY, **narrowed) -> WeeksAhead:
    return weeks_ahead(cast.ctx(who, on=on), **narrowed)


def promise(cast: Cast, day: str | None) -> None:
    o = t.obligation
    promised = None if day is None else date.fromisoformat(day)
    cast.desk.store.write_quiet(
        cast.ctx().now, lambda tx: tx.conn.execute(update(o).where(o.c.status == "submitted").values(office_due_on=promised))
    )


def test_a_report_lands_in_the_week_of_its_last_safe_day(cast):
    quarter = cast.obligation("quarterly_report", "Y1Q1")
    plan = ahead(cast)
    week = next(one for one in plan.weeks if one.monday == monday_of(quarter.file_by_on))
    assert dict(week.by_kind)["quarterly_report"] == 1
    assert dict(week.by_officer)[cast.person("officer").id] >= 1
    assert [row.id for row in week_list(cast.ctx("officer", on=TODAY), week.monday).landing] == [quarter.id]


def test_the_list_of_a_week_has_as_many_rows_as_its_figure(cast):
    plan = ahead(cast, on="2026-11-20")  # Friday
    for week in plan.weeks:
        assert len(week_list(cast.ctx("officer", on="2026-11-20"), week.monday).landing) == week.landing


def test_what_is_overdue_lands_in_no_week(cast):
    quarter = cast.obligation("quarterly_report", "Y1Q1")
    after = (quarter.due_on + timedelta(days=1)).isoformat()
    plan = ahead(cast, on=after)
    assert plan.overdue >= 1
    assert quarter.id in [row.id for row in loose_list(cast.ctx("officer", on=after)).landing]


def test_what_is_here_shows_where_its_answer_was_promised(cast):
    submitted(cast, on=TODAY)
    promise(cast, "2026-09-10")  # Thursday of the week after
    plan = ahead(cast)
    assert (plan.here, plan.late_answers, plan.unpromised) == (1, 0, 0)
    assert [week.answers for week in plan.weeks][:3] == [0, 1, 0]
    assert len(week_list(cast.ctx("officer", on=TODAY), date(2026, 9, 7)).answers) == 1


def test_a_promise_that_passed_and_one_that_was_never_made_stand_apart(cast):
    submitted(cast, on=TODAY)
    promise(cast, "2026-09-10")
    late = ahead(cast, on="2026-09-11")
    assert (late.late_answers, sum(week.answers for week in late.weeks)) == (1, 0)
    promise(cast, None)
    assert ahead(cast, on="2026-09-11").unpromised == 1
    assert len(loose_list(cast.ctx("officer", on="2026-09-11")).answers) == 1


def test_the_answer_to_a_return_lands_too(cast):
    returned(cast, submitted(cast, on=TODAY), on="2026-09-02", reply_by="2026-09-16")  # Wednesday
    week = ahead(cast, on="2026-09-02").weeks[2]
    assert dict(week.by_kind) == {"reply": 1}


def test_who_is_away_stands_in_the_weeks_with_who_stands_in(cast):
    put(
        cast, t.role_grant, person_id=cast.person("other_officer").id, role="officer", programme_id=cast.project().programme_id,
        granted_at=cast.ctx().now,
    )  # fmt: skip
    away(cast, "officer", "other_officer", on="2026-09-03", until="2026-09-07")  # Thursday to Monday
    plan = ahead(cast, "chief")
    first, second, third = plan.weeks[:3]
    assert [(one.days, plan.names[one.person_id], plan.names[one.cover_id]) for one in first.away] == [
        (2, cast.person("officer").name, cast.person("other_officer").name)
    ]
    assert second.away[0].days == 1
    assert third.away == ()


def test_the_week_of_the_lunar_new_year_has_few_working_days(cast):
    week = next(one for one in ahead(cast, on="2026-12-20", count=12).weeks if one.monday == date(2027, 2, 8))  # the eve is Friday the 5th
    assert week.working_days < 5


def test_the_name_of_a_week_follows_iso_over_the_new_year(cast):
    labels = [week.label for week in ahead(cast, on="2026-12-30").weeks[:2]]
    assert labels == ["2026-W53", "2027-W01"]


def test_narrowed_to_an_officer_only_hers_is_counted(cast):
    assert ahead(cast, "chief", officer_id=cast.person("officer").id).landing == ahead(cast, "chief").landing > 0
    assert ahead(cast, "chief", officer_id=cast.person("chief").id).landing == 0


def test_another_programme_is_not_counted_and_not_found(cast):
    own = {row.kind for row in week_rows(cast, "officer")}
    assert own
    with pytest.raises(NotFound):
        ahead(cast, programme_id=cast.project("foreign").programme_id)
    with pytest.raises(NotFound):
        ahead(cast, officer_id=cast.person("other_officer").id)


def week_rows(cast: Cast, who: str) -> list:
    plan = ahead(cast, who, on="2026-11-20")
    return [row for week in plan.weeks for row in week_list(cast.ctx(who, on="2026-11-20"), week.monday).landing]


def test_every_row_is_of_the_viewers_own_programme(cast):
    for who, which in (("officer", "own"), ("other_officer", "foreign")):
        assert {row.project_id for row in week_rows(cast, who)} <= {cast.project(which).id}


@pytest.mark.parametrize("who", ["pi", "auditor", "admin", "stranger_pi"])
def test_only_offices_see_it(cast, who):
    with pytest.raises(Forbidden):
        ahead(cast, who)


def test_what_is_usual_comes_from_what_was_answered(cast):
    with cast.desk.store.read() as conn:
        assert conn.execute(select(t.review.c.id)).first() is None
    assert ahead(cast).usual is None
