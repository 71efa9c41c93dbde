"""The screens of meetings and action items, for each who meets them."""

from __future__ import annotations

import pytest

from tests.app.clocks import standing
from tests.app.support import run_page, texts
from tests.cast import key
from tests.integration.services.support_meetings import item, items_of, meeting, put_item, put_meeting, second_project
from tracker.services.action_life import say_done


def held(cast) -> int:
    """A meeting of 2026-08-20 with one project, entered as held."""
    return put_meeting(cast, held_on="2026-08-20", preparation="", prepare_by=None)


def test_an_empty_screen_says_what_will_appear(cast):
    page = run_page(cast, "pi", "meetings")
    assert not page.exception
    assert "沒有未結的待辦事項" in texts(page)
    assert "尚未登錄任何會議" in texts(page)


def test_a_member_sees_her_meeting_and_her_item(cast):
    meeting_id = put_meeting(cast)
    page = run_page(cast, "pi", "meetings")
    assert "示範成果發表會" in texts(page)
    assert "115-10-14 (2026-10-14)" in texts(page).replace("\\", "")
    detail = run_page(cast, "assistant", "meetings", meeting=meeting_id)
    assert not detail.exception
    assert "Sample presentation" in texts(detail)
    assert not [button for button in detail.button if button.key and button.key.startswith("meeting-")]


def test_a_member_of_one_project_never_reads_of_the_other(cast):
    second_project(cast)
    meeting_id = put_meeting(cast, project_ids=None)
    assert "DEMO-OWN-02" not in texts(run_page(cast, "pi", "meetings", meeting=meeting_id)).replace("\\", "")
    assert "DEMO-OWN-02" in texts(run_page(cast, "officer", "meetings", meeting=meeting_id)).replace("\\", "")


@pytest.mark.parametrize("who", ["stranger_pi", "other_officer"])
def test_a_foreign_meeting_or_item_is_not_there(cast, who):
    meeting_id, item_id = put_meeting(cast), put_item(cast)
    for address in ({"meeting": meeting_id}, {"item": item_id}, {"obligation": item(cast, item_id).obligation_id}):
        shown = texts(run_page(cast, who, "meetings", **address))
        assert "示範成果發表會" not in shown
        assert "補齊標註說明" not in shown


def test_the_office_enters_a_meeting_and_typed_words_survive_what_is_wrong(cast):
    page = run_page(cast, "officer", "meetings")
    page.text_input(key="meeting-new-0-zh").input("示範交流會議")
    page.text_input(key="meeting-new-0-day").input("115-09-31")
    page.multiselect(key="meeting-new-0-projects").set_value([cast.project("own").id])
    page.button(key="meeting-new-0-save").click().run()
    assert "日期" in page.error[0].value
    assert page.text_input(key="meeting-new-0-zh").value == "示範交流會議"
    page.text_input(key="meeting-new-0-day").input("115-10-10").run()
    assert "國慶日" in texts(page)  # a day off is said at once
    page.button(key="meeting-new-0-save").click().run()
    assert meeting(cast, 1).title_zh == "示範交流會議"


def test_the_office_moves_and_cancels(cast):
    meeting_id = put_meeting(cast, on="2026-09-01")
    page = run_page(cast, "officer", "meetings", meeting=meeting_id)
    name = f"meeting-move-{meeting_id}-1"
    page.text_input(key=f"{name}-day").input("115-10-21")
    page.text_area(key=f"{name}-reason").input("場地整修")
    page.button(key=f"{name}-save").click().run()
    assert not page.error
    assert meeting(cast, meeting_id).held_on.isoformat() == "2026-10-21"
    assert "場地整修" in texts(page)
    page.text_area(key=f"meeting-cancel-{meeting_id}-2-reason").input("併入期末")
    page.button(key=f"ask-meeting-cancel-{meeting_id}-2").click().run()
    page.button(key=f"yes-meeting-cancel-{meeting_id}-2").click().run()
    assert meeting(cast, meeting_id).state == "cancelled"


def test_a_reason_that_is_too_long_is_named_and_stays_as_typed(cast):
    """Before, the box itself dropped a long paste in silence."""
    meeting_id = put_meeting(cast, on="2026-09-01")
    page = run_page(cast, "officer", "meetings", meeting=meeting_id)
    name = f"meeting-move-{meeting_id}-1"
    assert {box.proto.max_chars for box in (*page.text_input, *page.text_area)} == {0}
    page.text_input(key=f"{name}-day").input("115-10-21")
    page.text_area(key=f"{name}-reason").input("長" * 5_000)
    page.button(key=f"{name}-save").click().run()
    assert page.error[0].value.endswith("**理由**：共 5,000 字，超過上限 4,000 字。")
    assert page.text_area(key=f"{name}-reason").value == "長" * 5_000
    assert page.text_input(key=f"{name}-day").value == "115-10-21"
    assert meeting(cast, meeting_id).held_on.isoformat() == "2026-10-14"


def test_conclusions_are_shown_before_they_are_recorded(cast):
    meeting_id = held(cast)
    page = run_page(cast, "officer", "meetings", meeting=meeting_id)
    name = f"conclusions-{meeting_id}-0"
    page.text_area(key=f"{name}-0-body").input("補充驗證資料")
    page.text_input(key=f"{name}-0-due").input("115-10-31")
    page.button(key=f"{name}-preview").click().run()
    assert "115-10-30 (2026-10-30)" in texts(page).replace("\\", "")  # a Saturday: the Friday before
    assert items_of(cast, meeting_id) == []
    page.button(key=f"{name}-save").click().run()
    assert [one.body for one in items_of(cast, meeting_id)] == ["補充驗證資料"]


def test_a_wrong_row_is_named_and_nothing_typed_is_lost(cast):
    meeting_id = held(cast)
    page = run_page(cast, "officer", "meetings", meeting=meeting_id)
    name = f"conclusions-{meeting_id}-0"
    page.button(key=f"{name}-more").click().run()
    page.text_area(key=f"{name}-0-body").input("補充驗證資料")
    page.text_input(key=f"{name}-0-due").input("115-10-30")
    page.text_input(key=f"{name}-1-due").input("昨天")
    page.button(key=f"{name}-preview").click().run()
    assert "結論 2：應辦理事項" in page.error[0].value
    assert "結論 2：期限" in page.error[0].value
    assert page.text_area(key=f"{name}-0-body").value == "補充驗證資料"


def test_minutes_are_written_by_the_office_and_read_by_the_project(cast):
    meeting_id = held(cast)
    page = run_page(cast, "officer", "meetings", meeting=meeting_id)
    page.text_area(key=f"meeting-minutes-{meeting_id}-1-text").input("一、<script>alert(1)</script>\n二、[x](https://x.invalid)")
    page.button(key=f"meeting-minutes-{meeting_id}-1-save").click().run()
    shown = texts(run_page(cast, "pi", "meetings", meeting=meeting_id))
    assert "\\<script\\>" in shown
    assert "\\[x\\]" in shown


def test_the_project_says_done_and_the_office_closes(cast):
    item_id = put_item(cast)
    page = run_page(cast, "pi", "meetings", item=item_id)
    name = f"action-done-{item_id}-1"
    page.button(key=name).click().run()
    assert page.error  # without a word
    page.text_area(key=f"{name}-note").input("已補齊")
    page.button(key=name).click().run()
    assert item(cast, item_id).state == "done"
    office = run_page(cast, "officer", "meetings", item=item_id)
    assert "已補齊" in texts(office)
    office.button(key=f"action-close-{item_id}-2").click().run()
    assert item(cast, item_id).state == "closed"


def test_the_office_sends_back_with_a_new_day(cast):
    item_id = put_item(cast)
    say_done(cast.ctx("pi"), item_id=item_id, note="已補齊", document_id=None, expected_version=1, key=key())
    page = run_page(cast, "officer", "meetings", item=item_id)
    page.segmented_control(key=f"action-act-{item_id}-2").set_value("back").run()
    name = f"action-back-{item_id}-2"
    page.text_area(key=f"{name}-reason").input("缺附件")
    page.text_input(key=f"{name}-day").input("115-11-02")
    page.button(key=name).click().run()
    assert (item(cast, item_id).state, item(cast, item_id).due_on.isoformat()) == ("open", "2026-11-02")
    assert "缺附件" in texts(run_page(cast, "pi", "meetings", item=item_id))


def test_the_auditor_reads_and_does_nothing(cast):
    item_id, meeting_id = put_item(cast), put_meeting(cast)
    for address in ({"item": item_id}, {"meeting": meeting_id}):
        page = run_page(cast, "auditor", "meetings", **address)
        assert not page.exception
        assert not [button for button in page.button if button.key and button.key.startswith(("meeting-", "action-"))]


def test_the_projects_page_has_both(cast):
    put_meeting(cast)
    put_item(cast, body="補齊標註說明")
    page = run_page(cast, "pi", "project", project=cast.project("own").code)
    assert not page.exception
    shown = texts(page)
    assert "補齊標註說明" in shown
    assert "會議與待辦事項" in shown


def test_they_stand_in_what_i_owe_and_lead_to_their_page(cast):
    meeting_id = put_meeting(cast)
    page = run_page(cast, "pi", "must_do")
    assert not page.exception
    assert "上傳簡報" in texts(page)
    owed = items_of(cast, meeting_id)[0].obligation_id
    assert "應於 115-10-09" in texts(run_page(cast, "pi", "meetings", obligation=owed)).replace("\\", "")


def test_what_waits_for_the_office_leads_to_the_item(cast):
    item_id = put_item(cast, side="office", owner="officer", body="提供評分標準")
    page = run_page(cast, "officer", "waiting")
    assert not page.exception
    assert "提供評分標準" in texts(page)
    assert "機關應辦事項" in texts(page)
    assert item(cast, item_id).side == "office"


def test_a_passed_meeting_waits_until_it_is_said_to_be_held(cast):
    meeting_id = put_meeting(cast)
    late = standing(cast, "2026-10-15")
    assert "日期已過之會議" in texts(run_page(late, "officer", "waiting"))
    page = run_page(late, "officer", "meetings", meeting=meeting_id)
    page.button(key=f"meeting-held-{meeting_id}-1").click().run()
    assert meeting(cast, meeting_id).state == "held"


def test_a_stale_form_is_told_and_keeps_the_words(cast):
    item_id = put_item(cast)
    page = run_page(cast, "pi", "meetings", item=item_id)
    page.text_area(key=f"action-done-{item_id}-1-note").input("已補齊")
    say_done(cast.ctx("assistant"), item_id=item_id, note="我先回報", document_id=None, expected_version=1, key=key())
    page.button(key=f"action-done-{item_id}-1").click().run()
    assert page.error or "我先回報" in texts(page)


@pytest.mark.parametrize("bad", ["0", "abc", "99999999999999999999", "７"])
def test_an_address_that_is_no_id_shows_the_notice(cast, bad):
    page = run_page(cast, "officer", "meetings", meeting=bad)
    assert not page.exception
    assert "此處查無資料" in texts(page)


def test_editing_adds_a_project(cast):
    other, meeting_id = second_project(cast), put_meeting(cast)
    page = run_page(cast, "officer", "meetings", meeting=meeting_id)
    page.multiselect(key=f"meeting-edit-{meeting_id}-1-projects").set_value([cast.project("own").id, other])
    page.button(key=f"meeting-edit-{meeting_id}-1-save").click().run()
    assert not page.error
    assert len(items_of(cast, meeting_id)) == 2
