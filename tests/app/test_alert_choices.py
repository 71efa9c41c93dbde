"""The section of the account that says when one is told."""

from __future__ import annotations

import pytest

from tests.app.support import run_page, texts
from tracker.services.alert_choices import my_alert_choice
from tracker.ui import cache


@pytest.fixture(autouse=True)
def _environment_desk():
    yield
    cache.give_desk(None)


def test_everybody_reads_what_cannot_be_switched_off_and_when_the_next_digest_comes(cast):
    for who in ("pi", "officer", "admin", "reviewer"):
        said = texts(run_page(cast, who, "account"))
        assert "急件無法停收" in said
        assert "每日彙整為一封信" in said


def test_a_choice_is_kept_and_said_back(cast):
    page = run_page(cast, "pi", "account")
    page.selectbox(key="alert-choices-hour-0").select(17)
    page.button(key="alert-choices-send").click().run()
    assert not page.exception
    assert my_alert_choice(cast.ctx("pi")).choice.digest_hour == 17
    assert "17:00" in texts(page)


def test_a_wrong_choice_is_named_by_its_field_and_nothing_chosen_is_lost(cast):
    page = run_page(cast, "pi", "account")
    page.selectbox(key="alert-choices-hour-0").select(21)
    page.selectbox(key="alert-choices-zone-0").select("Europe/London")
    page.button(key="alert-choices-send").click().run()
    assert any("彙整信寄送時間" in error.value and "勿擾時段內" in error.value for error in page.error)
    assert page.selectbox(key="alert-choices-hour-0").value == 21
    assert page.selectbox(key="alert-choices-zone-0").value == "Europe/London"
    assert my_alert_choice(cast.ctx("pi")).version == 0


def test_who_ended_her_digests_reads_so(cast):
    page = run_page(cast, "assistant", "account")
    page.toggle(key="alert-choices-digest-0").set_value(False)
    page.button(key="alert-choices-send").click().run()
    assert "You get no digest by mail" in texts(page)


def test_what_was_chosen_here_is_neither_lost_nor_kept_over_what_another_window_kept(cast):
    here, there = run_page(cast, "pi", "account"), run_page(cast, "pi", "account")
    here.selectbox(key="alert-choices-hour-0").select(17).run()
    there.selectbox(key="alert-choices-hour-0").select(9)
    there.button(key="alert-choices-send").click().run()
    here.button(key="alert-choices-send").click().run()
    assert any("另一個視窗" in one.value for one in here.warning)
    assert here.selectbox(key="alert-choices-hour-0").value == 17
    assert my_alert_choice(cast.ctx("pi")).choice.digest_hour == 9
    here.button(key="alert-choices-mine").click().run()
    assert my_alert_choice(cast.ctx("pi")).choice.digest_hour == 17


def test_the_other_window_s_choice_can_be_taken_over_and_comes_by_itself_where_nothing_was_changed(cast):
    here, there, third = (run_page(cast, "pi", "account") for _ in range(3))
    here.selectbox(key="alert-choices-hour-0").select(17).run()
    there.selectbox(key="alert-choices-hour-0").select(9)
    there.button(key="alert-choices-send").click().run()
    here.run()
    here.button(key="alert-choices-theirs").click().run()
    for window in (here, third.run()):
        assert window.selectbox(key="alert-choices-hour-1").value == 9
        assert not any("另一個視窗" in one.value for one in window.warning)


def test_a_choice_that_was_not_kept_yet_survives_a_change_of_the_language(cast):
    page = run_page(cast, "pi", "account")
    page.selectbox(key="alert-choices-hour-0").select(11).run()
    page.button(key="frame-language").click().run()
    assert page.selectbox(key="alert-choices-hour-0").value == 11


def test_keeping_it_twice_writes_once(cast):
    page = run_page(cast, "pi", "account")
    page.selectbox(key="alert-choices-hour-0").select(17)
    page.button(key="alert-choices-send").click().run()
    page.button(key="alert-choices-send").click().run()
    assert my_alert_choice(cast.ctx("pi")).version == 1
