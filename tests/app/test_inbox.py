"""The inbox page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.app.support import run_page, texts
from tests.cast import at, key
from tests.integration.alerts.support import change, look_on
from tracker.clock import FixedClock
from tracker.services.hand_overs import Order, hand_over
from tracker.services.inbox import inbox_list, unread_count
from tracker.store import tables as t
from tracker.ui import cache

DAY = "2027-01-29"  # Friday: T-60 of the first interim report


@pytest.fixture
def told(cast):
    cast.desk = replace(cast.desk, clock=FixedClock(at(DAY)))
    look_on(cast, DAY)
    yield cast
    cache.give_desk(None)


def test_a_pi_reads_what_to_do_by_when_in_both_calendars(told):
    shown = texts(run_page(told, "pi", "inbox"))
    assert "116\\-03\\-30 \\(2027\\-03\\-30\\)" in shown
    assert "60 日前" in shown


def test_it_speaks_english_to_whom_reads_english(told):
    assert "60 days before" in texts(run_page(told, "assistant", "inbox"))


def test_one_alert_is_marked_as_read(told):
    ctx = told.ctx("pi", on=DAY)
    before = unread_count(ctx)
    page = run_page(told, "pi", "inbox")
    next(button for button in page.button if button.key and button.key.startswith("inbox-read-") and button.key[-1].isdigit()).click().run()
    assert not page.exception
    assert unread_count(ctx) == before - 1


def test_the_alerts_of_one_report_are_one_card_and_are_read_together(told):
    look_on(told, "2027-02-28")
    told.desk = replace(told.desk, clock=FixedClock(at("2027-02-28")))
    page = run_page(told, "pi", "inbox")
    assert "先前提醒：60 日前" in texts(page)
    before = unread_count(told.ctx("pi", on="2027-02-28"))
    newest = max(item.id for item in inbox_list(told.ctx("pi", on="2027-02-28")) if item.obligation == "DEMO-OWN-01/interim_report/Y1")
    page.button(key=f"inbox-read-{newest}").click().run()
    assert unread_count(told.ctx("pi", on="2027-02-28")) == before - 2


def test_all_are_marked_as_read_at_once(told):
    page = run_page(told, "pi", "inbox")
    page.button(key="inbox-read-all").click().run()
    assert unread_count(told.ctx("pi", on=DAY)) == 0
    assert "未讀" not in [caption.value for caption in page.caption]


def test_what_comes_while_she_reads_is_not_marked_with_the_rest(told):
    page = run_page(told, "pi", "inbox")
    shown = {item.id for item in inbox_list(told.ctx("pi", on=DAY))}
    look_on(told, "2027-02-28")  # a Sunday: T-30
    page.button(key="inbox-read-all").click().run()
    left = {item.id for item in inbox_list(told.ctx("pi", on="2027-02-28"), unread_only=True)}
    assert left
    assert not left & shown


def test_what_was_handed_in_is_shown_as_settled(told):
    change(told, t.obligation, told.by_key("DEMO-OWN-01/interim_report/Y1").id, status="submitted", discharged_by="milepost")
    assert "已無須辦理" in texts(run_page(told, "pi", "inbox"))


def test_nobody_reads_anothers_alerts(told):
    for who in ("stranger_pi", "auditor", "admin"):
        page = run_page(told, who, "inbox")
        assert not page.exception
        assert "DEMO\\-OWN\\-01" not in texts(page)


def test_an_empty_inbox_says_where_to_look(cast):
    assert "沒有提醒" in texts(run_page(cast, "pi", "inbox"))
    cache.give_desk(None)


def test_the_programme_page_shows_clause_wording_and_reminders(told):
    shown = texts(run_page(told, "pi", "programmes"))
    assert "提醒階段：60 日前" in shown
    assert "條文：" in shown
    assert not [button for button in run_page(told, "pi", "programmes").button if button.key and button.key.endswith("-save")]


def test_the_chief_changes_the_reminders_and_the_form_starts_afresh(told):
    page = run_page(told, "chief", "programmes")
    programme = told.project("own").programme_id
    page.button_group(key=f"ladder-{programme}-1-stages").set_value(["T-7", "due", "+7"])
    page.button(key=f"ladder-{programme}-1-save").click().run()
    assert not page.exception
    assert "提醒階段：7 日前、法定末日當日、逾 7 日" in texts(page)
    assert page.button(key=f"ladder-{programme}-2-save")


def test_a_ladder_without_stages_is_refused_with_the_fields_name(told):
    page = run_page(told, "chief", "programmes")
    programme = told.project("own").programme_id
    page.button_group(key=f"ladder-{programme}-1-stages").set_value([])
    page.button(key=f"ladder-{programme}-1-save").click().run()
    assert "請至少保留一個階段" in page.error[0].value
    assert "提醒階段" in page.error[0].value


def test_what_is_about_a_person_alone_is_shown_to_both_and_among_the_mails(cast):
    order = Order(cast.person("pi").id, cast.person("auditor").id, cast.project().id, letter_number="示範字第8號", reason="離職 **粗體**")
    hand_over(cast.ctx("chief", on="2026-09-01"), order, key=key())
    for who, said in (("auditor", "已移交給您"), ("pi", "已移交給")):
        page = run_page(cast, who, "inbox")
        assert not page.exception
        assert said in texts(page) or "Handed over to" in texts(page)
        assert "離職" in texts(page)
        assert "DEMO" in texts(page)
    mails = run_page(cast, "admin", "deliveries")
    assert not mails.exception
