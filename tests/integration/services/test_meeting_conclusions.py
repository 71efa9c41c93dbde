"""What a meeting concluded: rows become action items, one write, shown before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from tests.cast import Cast, at, key
from tests.integration.services.support_meetings import duty, item, items_of, meeting, put_item, put_meeting, second_project
from tests.integration.services.support_reports import submitted
from tracker.services import meeting_conclusions, meetings
from tracker.services.errors import Forbidden, Invalid, NotFound, Stale
from tracker.services.meeting_conclusions import Conclusion
from tracker.services.meeting_entries import like
from tracker.store import tables as t


@pytest.fixture
def held(cast) -> int:
    """A meeting of `own` on Wednesday 2026-10-14 that was held, with nothing to prepare."""
    meeting_id = put_meeting(cast, preparation="", prepare_by=None)
    meetings.mark_held(cast.ctx("officer", on="2026-10-14"), meeting_id=meeting_id, expected_version=1, key=key())
    return meeting_id


def rows(cast: Cast) -> tuple[Conclusion, ...]:
    own = cast.project("own").id
    return (
        Conclusion(own, "project", "補充驗證資料", "115-10-31", cast.person("assistant").id),
        Conclusion(own, "office", "提供評分標準", "2026-11-02", cast.person("officer").id),
    )


def conclude(cast: Cast, meeting_id: int, given, who: str = "officer", on: str = "2026-10-15", version: int = 2, **more):
    return meeting_conclusions.conclude(
        cast.ctx(who, on=on), meeting_id=meeting_id, conclusions=given, expected_version=version, key=more.get("key", key())
    )


def test_the_preview_says_who_owes_what_by_when_and_writes_nothing(cast, held):
    shown = meeting_conclusions.preview_conclusions(cast.ctx("officer", on="2026-10-15"), meeting_id=held, conclusions=rows(cast))
    # 2026-10-31 is a Saturday: the Friday before is the last safe day. What the office owes has no such day.
    assert [(one.owner, one.due_on, one.file_by) for one in shown] == [
        ("示範助理", date(2026, 10, 31), date(2026, 10, 30)),
        ("示範承辦人", date(2026, 11, 2), None),
    ]
    assert items_of(cast, held) == []


def test_both_sides_items_are_made_at_once(cast, held):
    first, second = conclude(cast, held, rows(cast))
    theirs, ours = items_of(cast, held)
    assert (theirs.id, theirs.side, theirs.state, ours.id, ours.side) == (first, "project", "open", second, "office")
    row = duty(cast, first)
    assert (row.key, row.due_on, row.confidence) == ("DEMO-OWN-01/action_item/A1", date(2026, 10, 31), "official")
    assert "「示範成果發表會」（115-10-14 (2026-10-14)）（示範字第11號）" in row.because_json[0]["zh"]


def test_one_row_for_all_makes_an_item_for_each_project(cast):
    second_project(cast)
    meeting_id = put_meeting(cast, project_ids=None, preparation="", prepare_by=None)
    meetings.mark_held(cast.ctx("officer", on="2026-10-14"), meeting_id=meeting_id, expected_version=1, key=key())
    made = conclude(cast, meeting_id, (Conclusion(None, "project", "更新資料上傳", "2026-11-30"),))
    assert len(made) == 2
    assert {(one.project_code, one.number) for one in items_of(cast, meeting_id)} == {("DEMO-OWN-01", 1), ("DEMO-OWN-02", 1)}


def test_every_wrong_row_is_named_and_nothing_is_made(cast, held):
    own = cast.project("own").id
    given = (
        rows(cast)[0],
        Conclusion(own, "project", "", "2026-10-31"),
        Conclusion(own, "nobody", "x", "2026-10-31"),
        Conclusion(own, "office", "x", "2026-10-01", cast.person("pi").id),
        Conclusion(own, "project", "x", "10/31"),
    )
    with pytest.raises(Invalid) as refused:
        conclude(cast, held, given)
    assert [problem.field for problem in refused.value.problems] == [
        "rows.1.body", "rows.2.side", "rows.3.owner_id", "rows.3.due_on", "rows.4.due_on"
    ]  # fmt: skip
    assert items_of(cast, held) == []


@pytest.mark.parametrize("many", [0, 51])
def test_none_and_too_many_are_refused(cast, held, many):
    with pytest.raises(Invalid) as refused:
        conclude(cast, held, (rows(cast)[0],) * many)
    assert refused.value.problems[0].field == "rows"


def test_a_project_that_did_not_take_part_is_not_found(cast, held):
    for project_id in (cast.project("foreign").id, second_project(cast)):
        with pytest.raises(NotFound):
            conclude(cast, held, (Conclusion(project_id, "project", "x", "2026-10-31"),))


def test_only_a_held_meeting_concludes(cast):
    planned = put_meeting(cast)
    with pytest.raises(Invalid) as refused:
        conclude(cast, planned, rows(cast), version=1)
    assert "state" in [problem.field for problem in refused.value.problems]


def test_a_double_click_concludes_once_and_another_version_is_told(cast, held):
    same = key()
    assert conclude(cast, held, rows(cast), key=same) == conclude(cast, held, rows(cast), key=same)
    assert len(items_of(cast, held)) == 2
    with pytest.raises(Stale):
        conclude(cast, held, rows(cast), version=1)


@pytest.mark.parametrize(
    ("who", "error"), [("pi", Forbidden), ("auditor", Forbidden), ("other_officer", NotFound), ("stranger_pi", NotFound)]
)
def test_only_the_office_of_the_programme_concludes(cast, held, who, error):
    with pytest.raises(error):
        conclude(cast, held, rows(cast), who=who)


def test_who_took_part_in_a_held_meeting_is_history(cast, held):
    conclude(cast, held, rows(cast))
    given = replace(like(meeting(cast, held), (second_project(cast),)), title_zh="示範成果發表會（修正）")
    saved = meetings.edit_meeting(cast.ctx("officer", on="2026-10-16"), meeting_id=held, entry=given, expected_version=2, key=key())
    assert (saved.projects, meeting(cast, held).title_zh) == (1, "示範成果發表會（修正）")
    assert {one.project_code for one in items_of(cast, held)} == {"DEMO-OWN-01"}


def test_a_condition_of_an_acceptance_names_the_report(cast):
    report_id = submitted(cast)
    review = {"outcome": "accept", "comments_json": {}, "reopened_json": [], "reviewer_id": cast.person("officer").id}

    def body(tx):
        v = t.report_version
        version_id = tx.conn.execute(select(v.c.id).where(v.c.report_id == report_id)).scalar_one()
        return tx.insert(t.review, report_version_id=version_id, reviewed_at=at("2026-09-03"), **review)

    item_id = put_item(cast, review_id=cast.desk.store.write_quiet(at("2026-09-03"), body), on="2026-09-03")
    row = duty(cast, item_id)
    assert (item(cast, item_id).sort, row.confidence) == ("condition", "official")
    assert "115-09-03 (2026-09-03) 審查通過「" in row.because_json[0]["zh"]
