"""The fields of a report by their types, its checklist, and who may write, read and hand in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.app.clocks import standing
from tests.app.support import run_page, texts
from tests.app.test_unbroken import click_once_more_within
from tests.cast import key
from tests.integration.services.support_reports import evidence, fill, opened, submitted, write
from tracker.clock import SystemClock
from tracker.services import report_presence as presence
from tracker.services.delegations import grant_delegation
from tracker.services.report_drafts import report_screen
from tracker.services.report_presence import note_presence
from tracker.services.viewer import Area, Level
from tracker.store.writing import Busy
from tracker.ui import report_saving
from tracker.ui.report_saving import slot
from tracker.ui.report_table import edited_rows


def _open(cast, who="pi", *, rule="interim_report", period="Y1"):
    page = run_page(cast, who, "report", obligation=cast.obligation(rule, period).id)
    assert not page.exception
    return page


def _id(cast, rule="interim_report", period="Y1") -> int:
    return opened(cast, rule, period)


def _stored(cast, field, rule="interim_report", period="Y1"):
    return report_screen(cast.ctx("pi"), _id(cast, rule, period)).state.value(field)


def _edit_table(page, cast, edits: dict) -> None:
    """What the grid sends: Streamlit's own test tool cannot type into it."""
    report_id = _id(cast)
    turn = page.session_state[slot("turn", report_id, "problems")]
    page.session_state[slot(f"table{turn}", report_id, "problems")] = {"edited_rows": {}, "added_rows": [], "deleted_rows": [], **edits}
    page.run()


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ({}, [("a", "1"), ("b", "2")]),
        ({"edited_rows": {0: {"x": "new"}}}, [("new", "1"), ("b", "2")]),
        ({"edited_rows": {"1": {"y": None}}}, [("a", "1"), ("b", "")]),
        ({"deleted_rows": [0]}, [("b", "2")]),
        ({"added_rows": [{"x": "c"}]}, [("a", "1"), ("b", "2"), ("c", "")]),
        ({"deleted_rows": [0], "edited_rows": {1: {"x": "B"}}, "added_rows": [{"y": 3}]}, [("B", "2"), ("", "3")]),
        ({"edited_rows": {7: {"x": "nowhere"}}, "added_rows": [{"forged": "column"}, {"x": " "}]}, [("a", "1"), ("b", "2")]),
        ({"added_rows": [{"x": "=1+1", "y": "<script>"}]}, [("a", "1"), ("b", "2"), ("=1+1", "<script>")]),
    ],
)
def test_edits_of_a_table_become_its_rows(edits, expected):
    rows = edited_rows([{"x": "a", "y": "1"}, {"x": "b", "y": "2"}], edits, ("x", "y"))
    assert [(row["x"], row["y"]) for row in rows] == expected


def test_a_text_that_could_not_be_kept_while_the_system_was_busy_is_kept_by_itself(cast, monkeypatch):
    """The browser counts it as sent: without a further keystroke it would never come again."""

    def busy(*_args, **_more):
        raise Busy("other writers of this process took too long")

    page, area = _open(cast), slot("w", _id(cast), "progress")
    with monkeypatch.context() as patched:
        patched.setattr(report_saving, "save_field", busy)
        page.text_area(key=area).set_value("完成標註").run()
    assert _stored(cast, "progress") == ""
    assert any("系統忙碌中" in one.value for one in page.error)
    page.run()
    assert _stored(cast, "progress") == "完成標註"
    assert not page.error
    assert page.text_area(key=area).value == "完成標註"


def test_a_forged_flood_of_rows_is_cut():
    assert len(edited_rows([], {"added_rows": [{"x": "1"}] * 5000}, ("x",))) == 500


def test_a_date_is_shown_in_both_calendars_and_kept_as_typed(cast):
    page = _open(cast)
    page.text_input(key=slot("w", _id(cast), "next_milestone_on")).set_value("１１６年５月３１日").run()
    assert "116-05-31 (2027-05-31)" in texts(page)
    assert _stored(cast, "next_milestone_on") == "１１６年５月３１日"


@pytest.mark.parametrize("typed", ["31/05/27", "明天", "116-02-30", "<b>"])
def test_a_date_that_cannot_be_read_is_kept_and_said(cast, typed):
    page = _open(cast)
    page.text_input(key=slot("w", _id(cast), "next_milestone_on")).set_value(typed).run()
    assert not page.exception
    assert _stored(cast, "next_milestone_on") == typed
    assert any(":orange[" in caption.value for caption in page.caption)


def test_a_choice_saves_itself_and_can_be_seen_by_its_words(cast):
    page = _open(cast)
    page.radio(key=slot("w", _id(cast), "state")).set_value("at_risk").run()
    assert _stored(cast, "state") == "at_risk"


def test_a_choice_that_the_form_does_not_know_shows_as_none(cast):
    write(cast, _id(cast), "state", "gone")
    page = _open(cast)
    assert page.radio(key=slot("w", _id(cast), "state")).value is None


def test_required_fields_carry_a_star_and_a_number_its_unit(cast):
    page = _open(cast)
    labels = [element.label for element in page.text_input]
    assert any("人月" in label for label in labels)
    assert any(":red[*]" in label for label in labels)


def test_the_checklist_counts_and_links_to_fields_before_any_check(cast):
    page = _open(cast)
    shown = texts(page)
    assert "#go-progress" in shown
    assert "此欄必填" in shown
    assert not page.error, "at the field nothing is said before she asks"


def test_the_checklist_goes_with_what_is_written(cast):
    page = _open(cast)
    page.text_area(key=slot("w", _id(cast), "progress")).set_value("寫好了").run()
    page.run()
    assert "#go-progress)" not in texts(page)


def test_what_was_carried_over_is_marked_until_it_is_touched(cast):
    report_id = submitted(cast, period="Y1Q1", on="2026-09-01")
    assert report_id
    page = run_page(standing(cast, "2026-12-01"), "pi", "report", obligation=cast.obligation("quarterly_report", "Y1Q2").id)
    assert not page.exception
    assert "沿用上期內容" in texts(page)


def test_a_colleague_is_seen_with_the_part_she_writes_in(cast, monkeypatch):
    monkeypatch.setattr(presence, "SEEN_FOR", timedelta(hours=1))  # so long a busy machine may take for the page
    report_id = _id(cast)
    note_presence(cast.ctx("assistant"), report_id, "next_focus", at=SystemClock().now())
    shown = texts(_open(cast))
    assert "**示範助理**正在編輯第 5 部分" in shown
    assert "示範助理正在編輯這一部分" in shown


@pytest.mark.parametrize("who", ["co_pi", "assistant", "company_pi"])
def test_members_write_and_those_without_the_right_do_not_hand_in(cast, who):
    page = _open(cast, who)
    page.text_area(key=slot("w", _id(cast), "progress")).set_value(f"{who} 寫").run()
    assert _stored(cast, "progress") == f"{who} 寫"
    may = report_screen(cast.ctx(who), _id(cast)).may_submit
    assert may == (who == "company_pi")


def _delegate(cast, level: Level) -> None:
    ctx = cast.ctx("pi")
    grant_delegation(
        ctx, project_id=cast.project("own").id, grantee_id=cast.person("assistant").id, area=Area.REPORTS, level=level, key=key()
    )  # fmt: skip


def test_a_delegate_with_the_right_to_hand_in_gets_the_button_and_is_told_for_whom(cast):
    _delegate(cast, Level.SUBMIT)
    report_id = submitted_draft(cast)
    page = _open(cast, "assistant", rule="quarterly_report", period="Y1Q1")
    page.button(key=f"check-{report_id}").click().run()
    page.button(key=f"ask-submit-{report_id}-1").click().run()
    assert "on behalf of the principal investigator" in texts(page)
    page.button(key=f"yes-submit-{report_id}-1").click().run()
    assert "MP-1150901-" in texts(page)


def test_a_member_who_may_only_read_sees_the_draft_and_no_field(cast):
    write(cast, _id(cast), "progress", "主持人寫的草稿")
    _delegate(cast, Level.VIEW)
    page = _open(cast, "assistant")
    assert "主持人寫的草稿" in texts(page)
    assert "may read this draft" in texts(page)
    assert not page.text_area
    assert not [button for button in page.button if button.key and button.key.startswith(("check-", "ask-"))]


def submitted_draft(cast) -> int:
    """A quarterly report that is filled in and not handed in."""
    report_id = opened(cast)
    fill(cast, report_id)
    return report_id


def test_a_late_report_asks_for_its_reason(cast):
    late = standing(cast, "2026-09-16")
    page = run_page(late, "pi", "report", obligation=cast.obligation("quarterly_report", "Y1Q1").id)
    assert not page.exception
    assert "已過應繳日（115-09-15 (2026-09-15)）" in texts(page)
    assert [area for area in page.text_area if area.key and area.key.endswith("late_reason")]


def test_a_table_saves_after_every_edit(cast):
    page = _open(cast)
    _edit_table(page, cast, {"added_rows": [{"problem": "影像不足", "remedy": "增加合作醫院"}]})
    assert not page.exception


def test_a_file_that_is_taken_out_while_another_one_goes_does_not_bring_it_back(cast, monkeypatch: pytest.MonkeyPatch):
    """A busy server: the second click comes before the page is drawn without the first file."""
    report_id = _id(cast)
    first, second, third = (evidence(cast) for _ in range(3))
    write(cast, report_id, "attachments", [first, second, third])
    page = _open(cast)
    click_once_more_within(monkeypatch, report_saving, "save_field", slot(f"drop{second}", report_id, "attachments"))
    page.button(key=slot(f"drop{first}", report_id, "attachments")).click().run()
    assert not page.exception
    assert _stored(cast, "attachments") == [third]
