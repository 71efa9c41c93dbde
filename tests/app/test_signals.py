"""The page of signals: in words for the office, to change for administrators, tried before it is saved, wrong input by field."""

from __future__ import annotations

import pytest

from tests.app.support import run_page, texts
from tests.app.test_unbroken import click_once_more_within
from tests.cast import Cast, key
from tests.integration.services.support_reports import returned, submitted
from tests.integration.services.test_signal_courses import SOON, edit
from tests.integration.services.test_signals import UNTOUCHED, look
from tracker.services.mass_holds import hold_list, set_thresholds
from tracker.services.signal_courses import course_view
from tracker.ui import cache, signal_editor

NAME = f"signal-None-{UNTOUCHED}"


@pytest.fixture(autouse=True)
def given_back():
    yield
    cache.give_desk(None)


def opened(cast: Cast, who: str = "admin"):
    return run_page(cast, who, "signals", signal=UNTOUCHED)


def sent_back(cast: Cast) -> None:
    """Four working days before the day of the screens, Tuesday, 1 September."""
    returned(cast, submitted(cast, on="2026-08-24"), on="2026-08-26", reply_by="2026-10-30")  # Wednesday


def test_the_office_reads_every_condition_in_words_and_that_no_reminder_is_among_them(cast):
    page = run_page(cast, "officer", "signals")
    assert not page.exception
    shown = texts(page)
    assert "期限到期與逾期之提醒不屬本頁警示" in shown
    assert "無人撰寫滿 5 個工作日起算。" in shown
    assert "起算後第 7 日：主持人、助理、承辦人（併入當日彙整信）" in shown.replace("計畫主持人", "主持人")
    page = opened(cast, "officer")
    assert not page.exception
    assert not [button for button in page.button if button.key == "signal-save"]


def test_a_change_is_tried_on_real_data_and_saved_with_a_reason(cast):
    sent_back(cast)
    page = opened(cast)
    assert page.button(key="signal-save").disabled
    page.number_input(key=f"{NAME}-0-days").set_value(2).run()
    assert "下次檢視將通知：**1** 件，其中 0 件依目前設定也會通知。" in texts(page)
    assert cast.person("pi").name in texts(page)
    page.button(key="signal-save").click().run()
    assert any("理由" in error.value for error in page.error)
    page.text_input(key=f"{NAME}-0-reason").set_value("縮短天數").run()
    page.button(key="signal-save").click().run()
    assert not page.exception
    assert "設定已儲存。" in texts(page)
    assert course_view(cast.ctx("admin"), kind=UNTOUCHED).course.numbers["days"] == 2


def test_a_wrong_field_is_named_where_it_stands_and_nothing_typed_is_lost(cast):
    page = opened(cast)
    page.number_input(key=f"{NAME}-0-days").set_value(99_999).run()
    page.button_group(key=f"{NAME}-0-1-tells").set_value([]).run()
    shown = texts(page)
    assert "請填 0 至 3,660 的整數。" in shown
    assert "請選擇通知對象。" in shown
    page.button(key="signal-save").click().run()
    assert any("無人撰寫之工作日數" in error.value and "第 1 步：通知對象" in error.value for error in page.error)
    assert page.number_input(key=f"{NAME}-0-days").value == 99_999
    assert course_view(cast.ctx("admin"), kind=UNTOUCHED).version is None


def test_steps_are_added_and_taken_out(cast):
    page = opened(cast)
    page.button(key=f"{NAME}-0-add").click().run()
    assert page.number_input(key=f"{NAME}-1-3-after").value == 14
    page.button(key=f"{NAME}-1-1-out").click().run()
    assert [one.value for one in page.number_input if one.key.endswith("-after")] == [7, 14]
    page.button(key="signal-drop").click().run()
    assert [one.value for one in page.number_input if one.key.endswith("-after")] == [0, 7]


def test_a_double_click_takes_one_step_out(cast, monkeypatch: pytest.MonkeyPatch):
    page = opened(cast)
    page.button(key=f"{NAME}-0-add").click().run()
    click_once_more_within(monkeypatch, signal_editor, "_anew", f"{NAME}-1-1-out")
    page.button(key=f"{NAME}-1-1-out").click().run()
    assert [one.value for one in page.number_input if one.key.endswith("-after")] == [7, 14]


def test_a_course_set_meanwhile_is_said_and_nothing_typed_is_lost(cast):
    page = opened(cast)
    page.number_input(key=f"{NAME}-0-days").set_value(3).run()
    page.text_input(key=f"{NAME}-0-reason").set_value("試辦").run()
    edit(cast)
    page.button(key="signal-save").click().run()
    assert course_view(cast.ctx("admin"), kind=UNTOUCHED).course.numbers["days"] == 2
    page.run()
    assert "他人已更新設定" in texts(page)
    assert page.number_input(key=f"{NAME}-0-days").value == 3


def test_it_is_taken_back_in_two_steps_with_what_holds_then(cast):
    edit(cast, SOON)
    version = course_view(cast.ctx("admin"), kind=UNTOUCHED).version
    page = opened(cast)
    page.text_input(key=f"signal-back-{UNTOUCHED}-{version}").set_value("試辦結束").run()
    page.button(key=f"ask-{NAME}-{version}").click().run()
    assert "無人撰寫滿 5 個工作日起算。" in texts(page)
    page.button(key=f"yes-{NAME}-{version}").click().run()
    assert not page.exception
    assert course_view(cast.ctx("admin"), kind=UNTOUCHED).version is None
    assert "試辦結束" in texts(page)


def test_what_the_brake_stops_of_signals_is_said_and_let_go(cast):
    set_thresholds(cast.ctx("admin", on="2026-06-01"), share=1, least=1, key=key())
    sent_back(cast)
    assert look(cast, "2026-09-02", UNTOUCHED).held == 1
    page = run_page(cast, "admin", "deliveries", view="held")
    assert not page.exception
    shown = texts(page)
    assert "一次產生的警示異常地多" in shown
    assert "退回後未處理" in shown
    (hold,) = hold_list(cast.ctx("admin", on="2026-09-02"))
    page.text_input(key=f"hold-reason-{hold.id}").set_value("已確認").run()
    page.button(key=f"ask-release-{hold.id}").click().run()
    page.button(key=f"yes-release-{hold.id}").click().run()
    assert "已放行。" in texts(page)
    assert look(cast, "2026-09-02", UNTOUCHED, clock="11:00").raised == 1


def test_somebody_without_an_office_finds_nothing(cast):
    page = run_page(cast, "pi", "signals")
    assert "無人撰寫" not in texts(page)
