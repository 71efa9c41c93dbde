"""A report in writing: drafts that save themselves, numbers carried over, nothing lost."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from tests.integration.services.support_reports import evidence, fill, hand_in, opened, submitted, write  # fmt: skip
from tracker.services.errors import Invalid, NotFound
from tracker.services.report_drafts import Conflict, Saved, report_screen, save_field
from tracker.store import tables as t


def _count(cast, table) -> int:
    with cast.desk.store.read() as conn:
        return conn.execute(select(func.count()).select_from(table)).scalar_one()


def _checkpoint(cast, code: str) -> int:
    with cast.desk.store.read() as conn:
        return conn.execute(select(t.checkpoint.c.id).where(t.checkpoint.c.code == code)).scalar_one()


def _indicator(cast, code: str) -> int:
    with cast.desk.store.read() as conn:
        return conn.execute(select(t.indicator.c.id).where(t.indicator.c.code == code)).scalar_one()


def test_opening_twice_gives_one_report(cast):
    first = opened(cast)
    second = opened(cast, who="assistant")
    assert first == second
    assert _count(cast, t.report) == 1


def test_a_report_opens_on_top_of_the_last_periods_numbers_and_shows_its_text(cast):
    submitted(cast, period="Y1Q1", on="2026-09-01")
    state = report_screen(cast.ctx("pi", on="2026-12-01"), opened(cast, period="Y1Q2", on="2026-12-01")).state
    assert state.value(f"checkpoint:{_checkpoint(cast, 'C1')}:actual") == "400"
    assert state.value(f"indicator:{_indicator(cast, 'K1')}:actual") == "2"
    assert state.value(f"indicator:{_indicator(cast, 'K2')}:actual") == "", "an incremental figure starts anew"
    assert state.previous.content["texts"]["progress"] == "已完成資料蒐集。"
    assert state.value("progress") == "", "last period's words stand beside, not in, the new report"


def test_a_later_period_is_not_last_time(cast):
    year = opened(cast, "interim_report", "Y1")
    fill(cast, year, reached="700")
    hand_in(cast, year)
    state = report_screen(cast.ctx("pi"), opened(cast, period="Y1Q1")).state
    assert (state.previous, dict(state.last_claims), dict(state.last_measurements)) == (None, {}, {})


def test_a_quarter_asks_only_for_checkpoints_planned_by_its_end(cast):
    first = report_screen(cast.ctx("pi"), opened(cast, period="Y1Q1")).state
    assert [line.code for line in first.checkpoints] == ["C1"]
    year = report_screen(cast.ctx("pi"), opened(cast, "interim_report", "Y1")).state
    assert [line.code for line in year.checkpoints] == ["C1", "C2", "C3"]


def test_a_field_that_was_saved_is_there_after_a_new_start(cast):
    report_id = opened(cast)
    saved = write(cast, report_id, "progress", "第一段\n第二段")
    cast.desk.store.dispose()  # as a killed server would
    assert isinstance(saved, Saved)
    assert report_screen(cast.ctx("pi"), report_id).state.value("progress") == "第一段\n第二段"


def test_two_people_in_different_fields_never_collide(cast):
    report_id = opened(cast)
    assert isinstance(save_field(cast.ctx("pi"), report_id=report_id, field="progress", value="甲", base_rev=0), Saved)
    assert isinstance(save_field(cast.ctx("assistant"), report_id=report_id, field="next_focus", value="乙", base_rev=0), Saved)


def test_a_stale_save_keeps_both_texts(cast):
    report_id = opened(cast)
    save_field(cast.ctx("assistant"), report_id=report_id, field="progress", value="助理寫的", base_rev=0)
    result = save_field(cast.ctx("pi"), report_id=report_id, field="progress", value="主持人寫的", base_rev=0)
    assert isinstance(result, Conflict)
    assert (result.theirs, result.mine) == ("助理寫的", "主持人寫的")
    screen = report_screen(cast.ctx("pi"), report_id)
    assert screen.state.value("progress") == "助理寫的"
    assert [entry.value for entry in screen.lost] == ["主持人寫的"]
    again = save_field(cast.ctx("pi"), report_id=report_id, field="progress", value="主持人寫的", base_rev=result.rev)
    assert isinstance(again, Saved)


def test_saving_the_same_words_again_is_no_conflict(cast):
    report_id = opened(cast)
    save_field(cast.ctx("pi"), report_id=report_id, field="progress", value="同樣", base_rev=0)
    assert isinstance(save_field(cast.ctx("pi"), report_id=report_id, field="progress", value="同樣", base_rev=0), Saved)
    assert report_screen(cast.ctx("pi"), report_id).lost == ()


def test_what_cannot_be_judged_yet_is_kept_as_typed_and_nul_is_dropped(cast):
    report_id = opened(cast)
    field = f"checkpoint:{_checkpoint(cast, 'C1')}:actual"
    write(cast, report_id, field, "大約一千")
    write(cast, report_id, "progress", "前\x00後\u202e<script>alert(1)</script> 😀 ' OR 1=1")
    state = report_screen(cast.ctx("pi"), report_id).state
    assert state.value(field) == "大約一千"
    assert state.value("progress") == "前後<script>alert(1)</script> 😀 ' OR 1=1"


@pytest.mark.parametrize("field", ["nothing", "checkpoint:999:actual", "indicator:1:evidence", "checkpoint::actual", ""])
def test_a_field_that_the_form_does_not_have_is_not_found(cast, field):
    report_id = opened(cast)
    with pytest.raises(NotFound):
        save_field(cast.ctx("pi"), report_id=report_id, field=field, value="x", base_rev=0)


@pytest.mark.parametrize(
    ("field", "value"),
    [("progress", "長" * 200_001), ("progress", 7), ("attachments", "x"), ("attachments", [True]), ("attachments", list(range(1, 22)))],
)
def test_a_value_that_cannot_be_kept_is_refused_by_the_name_of_its_field(cast, field, value):
    report_id = opened(cast)
    with pytest.raises(Invalid) as refused:
        save_field(cast.ctx("pi"), report_id=report_id, field=field, value=value, base_rev=0)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_a_file_of_another_project_cannot_be_claimed_as_evidence(cast):
    foreign = evidence(cast, who="stranger_pi", which="foreign")
    report_id = opened(cast)
    with pytest.raises(NotFound):
        write(cast, report_id, f"checkpoint:{_checkpoint(cast, 'C1')}:evidence", foreign)
    with pytest.raises(NotFound):
        write(cast, report_id, "attachments", [foreign])
