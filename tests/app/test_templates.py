"""The page of the words of alerts: both languages, wrong input by field, nothing typed lost, tried before it is saved."""

from __future__ import annotations

import pytest

from tests.app.support import run_page, texts
from tests.cast import key
from tracker.notify.templates import Words
from tracker.services.alert_templates import edit_template, template_view
from tracker.ui import cache, mail_frame

THEIRS = Words("{what}（{code}）{left}", "Theirs: {what} ({code}), {left}", "請提早辦理。", "Please start early.")


@pytest.fixture(autouse=True)
def given_back():
    yield
    cache.give_desk(None)


def field(page, name: str, sort: str = "before"):
    """The input of one field of the situation that is shown."""
    return next(
        one for one in [*page.text_input, *page.text_area] if one.key.startswith(f"template-None-{sort}-") and one.key.endswith(f"-{name}")
    )


def test_somebody_who_is_no_administrator_finds_nothing(cast):
    for who in ("officer", "chief", "auditor", "pi"):
        page = run_page(cast, who, "templates")
        assert not page.text_area


def test_it_opens_with_the_built_in_words_in_both_languages(cast):
    page = run_page(cast, "admin", "templates")
    assert not page.exception
    assert field(page, "subject_zh").value == "請於 {file_by} 前繳交，{left}：{what}（{code}）"
    assert field(page, "subject_en").value == "Hand in by {file_by}, {left}: {what} ({code})"
    assert page.button(key="template-save").disabled
    assert "系統內建用語" in texts(page)


def test_what_is_typed_is_in_the_preview_and_saved_holds(cast):
    page = run_page(cast, "admin", "templates")
    field(page, "opening_zh").set_value("請提早辦理，謝謝。").run()
    page.button_group(key="template-view").set_value("text").run()
    assert any("請提早辦理，謝謝。" in code.value for code in page.code)
    page.button(key="template-save").click().run()
    assert not page.exception
    assert template_view(cast.ctx("admin"), name="before").words.opening_zh == "請提早辦理，謝謝。"
    assert "用語已生效。" in texts(page)
    assert page.button(key="template-save").disabled


def test_the_fields_stay_when_they_are_saved_so_that_one_can_write_on_meanwhile(cast):
    page = run_page(cast, "admin", "templates")
    field(page, "opening_zh").set_value("請提早辦理。").run()
    before = field(page, "opening_en").proto.id
    page.button(key="template-save").click().run()
    assert page.button(key="template-save").disabled
    assert field(page, "opening_en").proto.id == before
    field(page, "opening_en").set_value("Written on while it was being saved.").run()
    page.button(key="template-save").click().run()
    saved = template_view(cast.ctx("admin"), name="before").words
    assert (saved.opening_zh, saved.opening_en) == ("請提早辦理。", "Written on while it was being saved.")
    edit_template(cast.ctx("admin"), name="before", programme_id=None, words=THEIRS, expected=newest(cast), key=key())
    page.run()
    assert field(page, "opening_en").value == THEIRS.opening_en, "who has typed nothing sees what others saved"


def newest(cast) -> int:
    return template_view(cast.ctx("admin"), name="before").version


def test_a_wrong_field_is_named_where_it_stands_and_keeps_what_was_typed(cast):
    page = run_page(cast, "admin", "templates")
    field(page, "subject_en").set_value("Now: {waht}").run()
    shown = texts(page).replace("\\", "")
    assert "此處沒有欄位 {waht}" in shown
    page.button(key="template-save").click().run()
    assert any("英文主旨" in error.value for error in page.error)
    assert field(page, "subject_en").value == "Now: {waht}"
    assert template_view(cast.ctx("admin"), name="before").version is None


def test_what_was_typed_stays_when_another_situation_is_looked_at(cast):
    page = run_page(cast, "admin", "templates")
    field(page, "opening_en").set_value("Half a sen").run()
    page.selectbox(key="templates-sort").set_value("overdue").run()
    page.run()
    assert "尚未儲存：期限前｜給計畫：期限未到時" in texts(page)
    page.selectbox(key="templates-sort").set_value("before").run()
    assert field(page, "opening_en").value == "Half a sen"


def test_words_saved_by_somebody_else_meanwhile_are_shown_and_nothing_typed_is_lost(cast):
    page = run_page(cast, "admin", "templates")
    field(page, "opening_en").set_value("Mine.").run()
    seen = edit_template(cast.ctx("admin"), name="before", programme_id=None, words=THEIRS, expected=None, key=key())
    page.button(key="template-save").click().run()
    assert template_view(cast.ctx("admin"), name="before").words == THEIRS
    page.run()
    assert field(page, "opening_en").value == "Mine."
    assert "Theirs" in texts(page)
    page.button(key=f"mine-before-{seen.version}").click().run()
    page.button(key="template-save").click().run()
    assert template_view(cast.ctx("admin"), name="before").words.opening_en == "Mine."


def test_taking_back_says_first_what_will_be_said_then(cast):
    seen = edit_template(cast.ctx("admin"), name="before", programme_id=None, words=THEIRS, expected=None, key=key())
    page = run_page(cast, "admin", "templates")
    page.button(key=f"ask-template-None-before-{seen.version}").click().run()
    shown = texts(page).replace("\\", "")
    assert "Theirs: {what}" in shown
    assert "Hand in by {file_by}" in shown
    page.button(key=f"yes-template-None-before-{seen.version}").click().run()
    assert not page.exception
    assert template_view(cast.ctx("admin"), name="before").version is None
    assert field(page, "subject_en").value.startswith("Hand in by")


def test_a_stage_may_have_words_of_its_own(cast):
    page = run_page(cast, "admin", "templates")
    page.button_group(key="templates-stage-before").set_value("T-7").run()
    field(page, "opening_zh", "before/T-7").set_value("只剩七天。").run()
    page.button(key="template-save").click().run()
    assert template_view(cast.ctx("admin"), name="before/T-7").words.opening_zh == "只剩七天。"
    assert template_view(cast.ctx("admin"), name="before").version is None


def test_every_situation_can_be_opened(cast):
    page = run_page(cast, "admin", "templates")
    for name in (
        page.session_state["templates-sort"],
        "meeting",
        "anchor_office",
        "receipt",
        "digest",
        "signal:silent_project",
        "date_moved",
    ):
        page.selectbox(key="templates-sort").set_value(name).run()
        assert not page.exception, name


def test_a_frame_holds_only_the_page_of_a_mail_and_lets_nothing_run():
    framed = mail_frame.framed("<html><head></head><body>x</body></html>")
    assert "default-src 'none'" in framed.split("</head>")[0]
    with pytest.raises(ValueError, match="not the page"):
        mail_frame.framed("<script>alert(1)</script>")


def test_words_for_one_programme_hold_there_only(cast):
    own = cast.project("own").programme_id
    page = run_page(cast, "admin", "templates")
    page.selectbox(key="templates-programme").set_value(own).run()
    box = next(one for one in page.text_area if one.key.startswith(f"template-{own}-before-") and one.key.endswith("-opening_zh"))
    box.set_value("本專案請提早辦理。").run()
    page.button(key="template-save").click().run()
    assert template_view(cast.ctx("admin"), name="before", programme_id=own).words.opening_zh == "本專案請提早辦理。"
    assert template_view(cast.ctx("admin"), name="before").version is None
    assert "digest" not in str(page.selectbox(key="templates-sort").options)


def test_words_for_one_kind_of_obligation_are_written_beside_those_for_all(cast):
    page = run_page(cast, "admin", "templates")
    page.selectbox(key="templates-kind-before").set_value("final_report").run()
    assert "實際採用：系統內建用語" in texts(page)
    field(page, "opening_zh", "before@final_report").set_value("期末報告請附成果摘要。").run()
    page.button(key="template-save").click().run()
    assert not page.exception
    assert template_view(cast.ctx("admin"), name="before@final_report").words.opening_zh == "期末報告請附成果摘要。"
    assert template_view(cast.ctx("admin"), name="before").version is None
    assert page.expander[0].label == "實際採用：適用於所有徵求專案｜期末（結案）報告"
    page.selectbox(key="templates-kind-before").set_value("").run()
    assert page.expander[0].label == "實際採用：系統內建用語"


def test_the_line_for_channels_is_seen_as_a_message_of_each_service(cast):
    page = run_page(cast, "admin", "templates")
    page.selectbox(key="templates-sort").set_value("before_office").run()
    field(page, "chat_zh", "before_office").set_value("【辦公室】{code} {what} *{left}*").run()
    page.button_group(key="template-view").set_value("chat").run()
    assert "【辦公室】" in texts(page)
    page.button_group(key="template-service").set_value("slack").run()
    assert "＊" in texts(page)
    page.selectbox(key="templates-sort").set_value("before").run()
    assert not page.exception, "no channel is told what is said to the project, so that view is gone"


def test_no_input_of_words_drops_a_long_paste_in_silence(cast):
    page = run_page(cast, "admin", "templates")
    assert {box.proto.max_chars for box in (*page.text_input, *page.text_area)} == {0}
    page.text_input[0].input("長" * 400).run()
    assert page.text_input[0].value == "長" * 400
    assert "400" in texts(page)
