"""The screens of calls: the list, a new one with its preview, and the board."""

from __future__ import annotations

from datetime import date

import pytest

from tests.app.support import run_page, texts
from tests.cast import key
from tests.integration.services.support_calls import another_project, answer_draft, answered, issued
from tracker.domain.ladder import nudge_on
from tracker.services.data_call_board import call_list
from tracker.services.data_call_drafts import call_draft
from tracker.services.inbox import inbox_list
from tracker.services.people import grant_role
from tracker.services.projects import MemberEntry

KEY = "DEMO-OWN-01/data_call/call-1"


def filled(cast, who: str = "officer"):
    """The page of a new call, everything typed that the preview needs."""
    at = run_page(cast, who, "call_new")
    assert not at.exception, at.exception
    at.text_input(key="call-title-zh").input("第三季進度調查")
    at.text_input(key="call-due").input("115-09-30")
    at.text_input(key="call-letter").input("示範字第115001號")
    return at


def test_the_list_is_empty_at_first_and_says_what_a_call_is(cast):
    at = run_page(cast, "officer", "calls")
    assert not at.exception
    assert "尚未發出任何填報通知" in texts(at)


@pytest.mark.parametrize("who", ["officer", "chief"])
def test_a_call_is_shown_before_it_is_issued_and_then_is_on_the_board(cast, who):
    another_project(cast)
    at = filled(cast, who)
    assert "call-issue" not in {button.key for button in at.button}
    at.button(key="call-preview").click().run()
    assert not at.exception
    seen = texts(at)
    assert "115-09-30 (2026-09-30)" in seen
    assert "DEMO-OWN-02" in seen
    assert call_list(cast.ctx("officer")) == ()
    at.button(key="call-issue").click().run()
    assert not at.exception
    (call,) = call_list(cast.ctx("officer"))
    assert (call.title_zh, call.counts.asked) == ("第三季進度調查", 2)


def test_what_is_wrong_is_named_and_nothing_typed_is_lost(cast):
    at = filled(cast)
    at.text_input(key="call-due").input("115-08-31")
    at.button(key="call-preview").click().run()
    assert "填報期限" in at.error[0].value
    assert "最早為明日" in at.error[0].value
    assert at.text_input(key="call-title-zh").value == "第三季進度調查"


def test_a_change_after_the_preview_asks_to_look_again(cast):
    at = filled(cast)
    at.button(key="call-preview").click().run()
    at.text_input(key="call-letter").input("示範字第9號").run()
    assert "call-issue" not in {button.key for button in at.button}
    assert "請重新預覽" in texts(at)


def test_questions_are_added_moved_and_removed_and_keep_what_was_typed(cast):
    at = filled(cast)
    first = next(box.key for box in at.text_input if box.key and box.key.startswith("call-question-") and box.key.endswith("-zh"))
    at.text_input(key=first).input("第一題").run()
    part = next(button.key for button in at.button if button.key and button.key.startswith("call-part-") and button.key.endswith("-add"))
    at.button(key=part).click().run()
    number = first.split("-")[2]
    at.button(key=f"call-move-{number}-1").click().run()  # down
    order = [box.key for box in at.text_input if box.key and box.key.startswith("call-question-") and box.key.endswith("-zh")]
    assert order[1] == first
    assert at.text_input(key=first).value == "第一題"
    at.button(key=f"call-move-{number}-0").click().run()
    assert first not in [box.key for box in at.text_input]
    assert not at.exception


def test_every_kind_of_answer_can_be_chosen_and_is_previewed(cast):
    at = filled(cast)
    kind = next(box.key for box in at.selectbox if box.key and box.key.endswith("-type"))
    for wanted in ("line", "number", "date", "files", "table", "choice", "text"):
        at.selectbox(key=kind).select(wanted).run()
        assert not at.exception, wanted
    at.selectbox(key=kind).select("choice").run()
    choices = next(box.key for box in at.text_area if box.key and box.key.endswith("-choices"))
    at.text_area(key=choices).input("是 | Yes\n否 | No")
    at.button(key="call-preview").click().run()
    assert not at.exception
    assert not at.error


@pytest.mark.parametrize("start", ["question", "progress", "checkpoints", "confirm", "table", "blank"])
def test_every_form_of_the_library_opens(cast, start):
    at = filled(cast)
    at.selectbox(key="call-start").select(start).run()
    at.button(key="call-start-put").click().run()
    at.button(key="call-preview").click().run()
    assert not at.exception
    assert bool(at.error) is (start == "blank"), "only the empty form has a question without words"


def test_a_copy_of_an_earlier_form_starts_the_next_call(cast):
    call = issued(cast)
    at = filled(cast)
    at.selectbox(key="call-start").select(f"call-{call.call_id}").run()
    at.button(key="call-start-put").click().run()
    assert "請說明落後原因" in {box.value for box in at.text_input}


def test_the_board_reminds_one_project_and_then_says_so(cast):
    another_project(cast)
    call = issued(cast)
    answered(cast, KEY, on="2026-09-01")
    second = next(row.project_id for row in board_rows(cast, call) if row.code == "DEMO-OWN-02")
    at = run_page(cast, "officer", "call", call=call.call_id)
    assert not at.exception
    assert f"nudge-{cast.project().id}" not in {button.key for button in at.button}
    at.button(key=f"nudge-{second}").click().run()
    assert not at.exception
    assert "今日已催辦" in texts(at) or "今日均已催辦" in texts(at)
    assert inbox_list(cast.ctx("pi"))[0].stage == "issued", "who has answered is not reminded"
    assert [row.nudges for row in board_rows(cast, call)] == [0, 1]


def board_rows(cast, call):
    from tracker.services.data_call_board import call_board

    return call_board(cast.ctx("officer"), call.call_id).every


def test_everybody_is_reminded_after_a_question(cast):
    call = issued(cast)
    at = run_page(cast, "chief", "call", call=call.call_id)
    at.button(key=f"ask-nudge-{call.call_id}").click().run()
    at.button(key=f"yes-nudge-{call.call_id}").click().run()
    assert not at.exception
    assert inbox_list(cast.ctx("pi"))[0].stage == nudge_on(date(2026, 9, 1))


def test_the_day_is_moved_and_the_call_is_ended_with_their_consequences(cast):
    call = issued(cast)
    at = run_page(cast, "officer", "call", call=call.call_id)
    at.text_input(key=f"move-{call.call_id}-due").input("115-10-15").run()
    assert "115-10-15 (2026-10-15)" in texts(at)
    at.text_input(key=f"move-{call.call_id}-letter").input("示範字第2號")
    at.text_area(key=f"move-{call.call_id}-reason").input("資料未齊")
    at.button(key=f"ask-move-{call.call_id}").click().run()
    at.button(key=f"yes-move-{call.call_id}").click().run()
    assert cast.by_key(KEY).due_on == date(2026, 10, 15)
    at.text_area(key=f"end-{call.call_id}-reason").input("已足供彙整")
    at.button(key=f"ask-end-{call.call_id}").click().run()
    at.button(key=f"yes-end-{call.call_id}").click().run()
    assert not at.exception
    assert cast.by_key(KEY).status == "closed"
    assert "已結束填報" in texts(at)


def test_an_auditor_reads_the_board_and_can_do_nothing(cast):
    call = issued(cast)
    answer_draft(cast, KEY, on="2026-09-01", text="秘密草稿")
    at = run_page(cast, "auditor", "call", call=call.call_id)
    assert not at.exception
    shown = texts(at)
    assert "DEMO\\-OWN\\-01" in shown
    assert "秘密草稿" not in shown
    assert not [button.key for button in at.button if button.key and button.key.startswith(("ask-", "nudge-"))]


@pytest.mark.parametrize("who", ["pi", "assistant", "admin", "other_officer", "stranger_pi"])
def test_others_find_nothing_of_it(cast, who):
    call = issued(cast)
    assert "第三季進度調查" not in texts(run_page(cast, who, "call", call=call.call_id))
    assert "第三季進度調查" not in texts(run_page(cast, who, "calls"))


def test_a_hostile_title_and_note_stay_text(cast):
    evil = "<script>x</script> [a](http://evil.invalid) :red[b] =1+1"
    call = issued(cast, title_zh=evil, note=evil + "\n# 標題")
    at = run_page(cast, "officer", "call", call=call.call_id)
    assert not at.exception
    assert "[a](http" not in texts(at)


def test_the_project_finds_the_call_among_what_it_owes(cast):
    issued(cast)
    at = run_page(cast, "pi", "must_do")
    assert not at.exception
    assert "第三季進度調查" in texts(at)


def test_a_programme_of_many_projects_is_turned_page_by_page(cast):
    for number in range(2, 29):
        another_project(cast, f"DEMO-MANY-{number:02d}", members=(MemberEntry(f"pi{number}@own.invalid", "示範", "pi"),))
    call = issued(cast)
    at = run_page(cast, "officer", "call", call=call.call_id)
    assert not at.exception
    assert len([button for button in at.button if button.key and button.key.startswith("nudge-")]) == 25


def test_the_writer_reads_the_letter_and_the_notes_above_the_form(cast):
    issued(cast, note="請依附件格式填列。")
    at = run_page(cast, "pi", "report", obligation=cast.by_key(KEY).id)
    assert not at.exception
    shown = texts(at)
    assert "請依附件格式填列。" in shown
    assert "示範字第115001號" in shown
    assert "請說明落後原因" in shown


def test_a_filter_narrows_and_says_how_many_fit(cast):
    another_project(cast)
    at = filled(cast)
    at.radio(key="call-way").set_value("filter").run()
    at.multiselect(key="call-by-county").select("新竹市").run()
    assert not at.exception
    assert "2 件執行中計畫有 1 件符合" in texts(at)
    at.button(key="call-preview").click().run()
    assert "**1 件計畫**" in texts(at)


def keys_of(at) -> set[str]:
    return {button.key for button in at.button}


def question_key(at) -> str:
    return next(box.key for box in at.text_input if box.key and box.key.startswith("call-question-") and box.key.endswith("-zh"))


def test_a_page_that_is_only_looked_at_keeps_nothing(cast):
    run_page(cast, "officer", "call_new")
    assert call_draft(cast.ctx("officer"), cast.project().programme_id) is None


def test_what_was_typed_is_offered_on_the_next_visit_and_goes_on_as_it_was(cast):
    another_project(cast)
    at = filled(cast)
    at.text_input(key=question_key(at)).input("為何落後？")
    at.radio(key="call-way").set_value("filter").run()
    at.multiselect(key="call-by-county").select("新竹市").run()
    later = run_page(cast, "officer", "call_new")
    assert "第三季進度調查" in texts(later)
    assert "call-title-zh" not in {box.key for box in later.text_input}, "nothing can be typed over what was kept"
    later.button(key="call-go-on").click().run()
    assert not later.exception
    assert later.text_input(key="call-title-zh").value == "第三季進度調查"
    assert later.text_input(key="call-due").value == "115-09-30"
    assert later.text_input(key=question_key(later)).value == "為何落後？"
    assert later.multiselect(key="call-by-county").value == ["新竹市"]
    later.button(key="call-preview").click().run()
    later.button(key="call-issue").click().run()
    assert not later.exception
    assert "call-go-on" not in keys_of(run_page(cast, "officer", "call_new")), "it was issued"


def test_the_next_visit_may_start_anew(cast):
    filled(cast).run()
    later = run_page(cast, "officer", "call_new")
    later.button(key="call-anew").click().run()
    assert later.text_input(key="call-title-zh").value == ""
    assert call_draft(cast.ctx("officer"), cast.project().programme_id) is None


def test_what_is_on_the_screen_is_thrown_away_after_a_question(cast):
    at = filled(cast)
    at.text_input(key=question_key(at)).input("為何落後？").run()
    programme = cast.project().programme_id
    at.button(key=f"ask-call-anew-{programme}").click().run()
    at.button(key=f"yes-call-anew-{programme}").click().run()
    assert not at.exception
    assert [at.text_input(key="call-title-zh").value, at.text_input(key=question_key(at)).value] == ["", "請說明"]
    assert call_draft(cast.ctx("officer"), programme) is None
    at.text_input(key="call-title-zh").input("另一件").run()
    assert call_draft(cast.ctx("officer"), programme).entry.title_zh == "另一件"


def test_a_second_window_is_told_and_chooses(cast):
    programme, other = cast.project().programme_id, run_page(cast, "officer", "call_new")
    filled(cast).run()
    other.text_input(key="call-title-zh").input("另一視窗").run()
    assert "另一視窗變更" in texts(other)
    assert call_draft(cast.ctx("officer"), programme).entry.title_zh == "第三季進度調查"
    assert other.text_input(key="call-title-zh").value == "另一視窗"
    other.button(key="call-keep-mine").click().run()
    assert call_draft(cast.ctx("officer"), programme).entry.title_zh == "另一視窗"
    third = run_page(cast, "officer", "call_new")
    third.button(key="call-go-on").click().run()
    other.text_input(key="call-letter").input("示範字第2號").run()
    third.text_input(key="call-letter").input("示範字第3號").run()
    third.button(key="call-take-theirs").click().run()
    third.button(key="call-go-on").click().run()
    assert third.text_input(key="call-letter").value == "示範字第2號"
    assert not third.exception


def test_of_another_programme_nothing_is_offered_and_what_was_typed_goes_along(cast):
    mine, second = cast.project().programme_id, cast.project("foreign").programme_id
    grant_role(cast.ctx("admin"), person_id=cast.person("officer").id, role="officer", programme_id=second, key=key())
    at = filled(cast).run()
    at.selectbox(key="call-programme").select(second).run()
    assert not at.exception
    assert at.text_input(key="call-title-zh").value == "第三季進度調查"
    assert call_draft(cast.ctx("officer"), mine) is None
    assert call_draft(cast.ctx("officer"), second).entry.title_zh == "第三季進度調查"
