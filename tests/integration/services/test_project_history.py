"""A project that comes here late is not called late for what it had settled before."""

from datetime import date

import pytest
from sqlalchemy import select

from tests.cast import key
from tracker.domain.statuses import Lateness, lateness
from tracker.services.alerts import alert_list, look
from tracker.services.errors import Invalid
from tracker.services.must_do import must_do
from tracker.services.projects import MemberEntry, ProjectEntry, enter_project
from tracker.services.viewer import load_viewer
from tracker.store import tables as t


def enter(cast, settled_through, on="2026-09-01"):  # a Tuesday, long after the project
    entry = ProjectEntry(
        code="DEMO-OLD-1", programme="most-109-clinical-ai", title_zh="示範", organisation="示範大學", start_on=date(2020, 6, 1),
        end_on=date(2024, 5, 31), members=(MemberEntry("old@own.invalid", "示範", "pi"),), settled_through=settled_through,
    )  # fmt: skip
    project_id = enter_project(cast.ctx(on=on), entry, key=key()).project_id
    with cast.desk.store.read() as conn:
        return {row.key.split("/", 1)[1]: row for row in conn.execute(select(t.obligation).where(t.obligation.c.project_id == project_id))}


def stands(row) -> Lateness:
    return lateness(row.status, row.due_on, row.first_submitted_on, date(2026, 9, 1), row.duty, row.confidence)


@pytest.mark.parametrize(
    ("through", "settled"),
    [
        (date(2021, 3, 30), False),  # a Tuesday, the day before the first interim report was due
        (date(2021, 3, 31), True),  # the Wednesday itself
        (date(2021, 4, 1), True),
    ],
)
def test_what_was_due_by_the_day_is_settled_and_what_came_after_is_not(cast, through, settled):
    rows = enter(cast, through)
    assert (rows["interim_report/Y1"].status == "accepted") is settled
    assert rows["interim_report/Y2"].status == "open"


def test_settled_history_is_neither_late_nor_still_owed_to_the_funder(cast):
    rows = enter(cast, date(2024, 9, 2))
    final = rows["final_report/project"]
    assert (final.status, final.discharged_on, final.first_submitted_on) == ("accepted", date(2024, 9, 2), None)
    assert "2024-09-02" in final.because_json[0]["en"], "the reasons say what is not known"
    assert {stands(row) for row in rows.values()} & {Lateness.LATE, Lateness.SUBMITTED_LATE} == set()
    assert rows["quarterly_report/Y4Q4"].status == "accepted", "a quarter that never got a date is settled with its period"
    with cast.desk.store.read() as conn:
        person = conn.execute(select(t.person.c.id).where(t.person.c.email == "old@own.invalid")).scalar_one()
        viewer = load_viewer(conn, person, date(2026, 9, 1))
    listed = must_do(cast.ctx(on="2026-09-01").as_viewer(viewer))
    assert [item.key for item in listed if item.duty] == []


def test_settled_history_raises_no_alert(cast):
    enter(cast, date(2024, 9, 2))
    ctx = cast.ctx(on="2026-09-01")
    look(ctx)
    assert [row for row in alert_list(ctx, project="DEMO-OLD-1") if row.state == "raised"] == []


@pytest.mark.parametrize(
    ("through", "fits"),
    [(date(2020, 5, 31), False), (date(2020, 6, 1), True), (date(2026, 9, 1), True), (date(2026, 9, 2), False)],
)
def test_the_day_lies_between_the_start_and_today(cast, through, fits):
    if fits:
        enter(cast, through)
        return
    with pytest.raises(Invalid) as refused:
        enter(cast, through)
    assert [problem.field for problem in refused.value.problems] == ["settled_through"]
