"""The inbox's buttons, who has seen what on the project's page, and calendars on the account page."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from tests.app.support import run_page, texts
from tests.app.test_unbroken import click_once_more_within
from tests.cast import at
from tests.integration.alerts.support import look_on
from tracker.clock import FixedClock
from tracker.services.alert_acts import acts_on
from tracker.services.calendar_feeds import feed_list
from tracker.services.inbox import inbox_list, unread_count
from tracker.store import tables as t
from tracker.ui import alert_acts, cache

DAY = "2027-01-29"  # Friday: T-60 of the first interim report
REPORT = "DEMO-OWN-01/interim_report/Y1"


@pytest.fixture
def told(cast):
    cast.desk = replace(cast.desk, clock=FixedClock(at(DAY)))
    look_on(cast, DAY)
    yield cast
    cache.give_desk(None)


def item(cast, who: str = "pi"):
    return next(one for one in inbox_list(cast.ctx(who, on=DAY)) if one.obligation == REPORT)


def test_one_click_says_that_she_has_seen_it_and_the_badge_counts_less(told):
    before = unread_count(told.ctx("pi", on=DAY))
    page = run_page(told, "pi", "inbox")
    page.button(key=f"ack-{item(told).id}").click().run()
    assert not page.exception
    assert "您已看過" in texts(page)
    assert unread_count(told.ctx("pi", on=DAY)) == before - 1
    assert not [one for one in page.button if one.key == f"ack-{item(told).id}"]


def test_another_day_is_chosen_among_those_that_are_possible(told):
    number = item(told).id
    page = run_page(told, "pi", "inbox")
    page.button(key=f"later-{number}").click().run()
    assert "期限不會因此改變" in texts(page)
    page.selectbox(key=f"snooze-day-{number}").select_index(2)
    page.button(key=f"snooze-send-{number}").click().run()
    assert not page.exception
    assert item(told).snoozed_until_on.isoformat() == "2027-02-05"
    assert "116-02-05 (2027-02-05)" in texts(page)


def test_a_double_click_opens_the_choices_and_leaves_them_open(told, monkeypatch: pytest.MonkeyPatch):
    number = item(told).id
    click_once_more_within(monkeypatch, alert_acts, "_open", f"later-{number}")
    page = run_page(told, "pi", "inbox")
    page.button(key=f"later-{number}").click().run()
    assert page.selectbox(key=f"snooze-day-{number}").options


def test_a_day_that_was_chosen_survives_a_change_of_the_language(told):
    number = item(told).id
    page = run_page(told, "pi", "inbox")
    page.button(key=f"later-{number}").click().run()
    page.selectbox(key=f"snooze-day-{number}").select_index(2).run()
    page.button(key="frame-language").click().run()
    assert page.selectbox(key=f"snooze-day-{number}").proto.raw_value == "116-02-05 (2027-02-05) Friday"
    page.button(key=f"snooze-send-{number}").click().run()
    assert item(told).snoozed_until_on.isoformat() == "2027-02-05"


def test_a_colleagues_name_stays_a_name_and_she_is_not_offered_again(told):
    whom = told.person("co_pi").id
    told.desk.store.write_quiet(at(DAY), lambda tx: tx.conn.execute(update(t.person).where(t.person.c.id == whom).values(name="*星* $x$")))
    number = item(told).id
    page = run_page(told, "pi", "inbox")
    page.button(key=f"later-{number}").click().run()
    page.selectbox(key=f"delegate-to-{number}").set_value(whom)
    page.button(key=f"delegate-send-{number}").click().run()
    assert any("\\*星\\* \\$x\\$" in one.value for one in page.success)
    page.button(key=f"later-{number}").click().run()
    offered = [box for box in page.selectbox if box.key == f"delegate-to-{number}"]
    assert not any("星" in option for box in offered for option in box.options)


def test_a_colleague_is_asked_and_can_be_released(told):
    number = item(told).id
    page = run_page(told, "pi", "inbox")
    page.button(key=f"later-{number}").click().run()
    page.selectbox(key=f"delegate-to-{number}").select_index(0)
    page.button(key=f"delegate-send-{number}").click().run()
    assert not page.exception
    asked = acts_on(told.ctx("pi", on=DAY), item(told).alert_id).asked
    assert asked.name == "示範助理"
    page = run_page(told, "pi", "inbox")
    page.button(key=f"later-{number}").click().run()
    page.button(key=f"take-back-{asked.delegation_id}").click().run()
    assert acts_on(told.ctx("pi", on=DAY), item(told).alert_id).asked is None


def test_who_gets_a_project_asks_colleagues_in_her_own_language(told):
    page = run_page(told, "assistant", "inbox")
    page.button(key=f"later-{item(told, 'assistant').id}").click().run()
    assert "The duty stays with the project." in texts(page)


def test_the_office_reads_on_the_projects_page_who_has_seen_what(told):
    page = run_page(told, "pi", "inbox")
    page.button(key=f"ack-{item(told).id}").click().run()
    shown = texts(run_page(told, "officer", "project", project="DEMO-OWN-01"))
    assert "在系統表示已看過" in shown
    assert "尚未在系統看過" in shown


def test_the_projects_own_people_do_not_read_who_of_them_has_seen_what(told):
    assert "尚未在系統看過" not in texts(run_page(told, "pi", "project", project="DEMO-OWN-01"))


def test_a_calendars_address_is_shown_once_with_how_to_add_it_and_can_be_taken_back(cast):
    page = run_page(cast, "pi", "account")
    page.button(key="make-feed-person").click().run()
    assert not page.exception
    codes = [code.value for code in page.code]
    assert any(code.endswith(".ics") and "/calendar/" in code for code in codes)
    assert any(code.startswith("webcal://") for code in codes)
    assert "Outlook" in texts(page)
    feed = feed_list(cast.ctx("pi"))[0]
    assert [one.key for one in page.button if (one.key or "").startswith("ask-revoke-feed")] == [f"ask-revoke-feed-{feed.feed_id}"]
    assert not [one for one in page.button if one.key == "make-feed-person"], "a second click finds no button"
    page.button(key="copied-feed-person").click().run()
    assert "/calendar/" not in texts(page)
    assert page.button(key="make-feed-person")
    again = run_page(cast, "pi", "account")
    assert not [code for code in again.code if "/calendar/" in code.value]
    again.button(key=f"ask-revoke-feed-{feed.feed_id}").click().run()
    assert "無法復原" in texts(again)
    again.button(key=f"yes-revoke-feed-{feed.feed_id}").click().run()
    assert feed_list(cast.ctx("pi")) == []


def test_a_project_and_for_staff_a_programme_have_their_calendar_too(cast):
    own = cast.project("own")
    page = run_page(cast, "officer", "project", project="DEMO-OWN-01")
    page.button(key=f"make-feed-project-{own.id}").click().run()
    page = run_page(cast, "officer", "programmes")
    page.button(key=f"make-feed-programme-{own.programme_id}").click().run()
    assert not page.exception
    assert {(feed.project_id, feed.programme_id) for feed in feed_list(cast.ctx("officer"))} == {(own.id, None), (None, own.programme_id)}
    assert not [one for one in run_page(cast, "pi", "programmes").button if (one.key or "").startswith("make-feed")]


def test_nobody_of_the_office_is_offered_a_colleague_whom_she_cannot_ask(told):
    page = run_page(told, "officer", "inbox")
    later = [one.label for one in page.button if (one.key or "").startswith("later-")]
    assert later
    assert set(later) == {"延後提醒"}
