"""What an office does with its alerts, step by step: pausing a project and taking it back, dropping what the brake holds, rooms of chat
services; and what becomes of what was typed where a page is loaded anew or its language switched."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from tests.browser.conftest import Live
from tests.browser.offices import confirm, pick, press, said, tab, unfold, write, zh
from tests.browser.test_alert_journey import Kept, written
from tests.browser.test_journeys import nothing_went_wrong, part
from tests.browser.test_office_forms import done, how_many, refused
from tests.browser.test_review_journey import say
from tests.cast import key
from tests.integration.alerts.chat_sink import LINE_GROUP, LINE_TOKEN, SECRETS, TEAMS, WEBHOOK, chat_sink
from tests.integration.alerts.support import MAILS, deliver_on, look_on, move_date, outbox_rows
from tests.serving_support import settle
from tracker.notify.transport import LocalOutbox
from tracker.services import chat_delivery
from tracker.services.alert_mail import links_of
from tracker.services.chat_delivery import RealChat
from tracker.services.delivery import deliver
from tracker.services.inbox import inbox_list
from tracker.services.mass_holds import hold_list, set_thresholds
from tracker.store import tables as t

DAY, NEXT = "2026-09-01", "2026-09-02"  # a Tuesday, on which the clock stands, and the Wednesday after it


# --- Pausing a project -----------------------------------------------------------------------------------------------------------


def test_a_pause_holds_back_the_mails_of_a_project_until_it_is_taken_back(live: Live):
    cast, project = live.cast, live.cast.project("own")
    move_date(cast, cast.obligation("quarterly_report", "Y1Q1"), DAY, date(2026, 9, 3))
    officer = live.as_person("officer", f"/project?project={project.code}")
    paused(officer, f"pause-{project.id}")
    pi = live.as_person("pi", f"/project?project={project.code}")
    expect(pi.locator("body")).to_contain_text("115-09-10 (2026-09-10) 08:00")
    expect(pi.locator("body")).to_contain_text("主持人住院")
    look_on(cast, NEXT)
    assert addressed(live) == []

    card = part(officer, "silence-1")
    unfold(card, "Change the end or lift it")
    confirm(officer, "silence-1-1-lift")
    refused(officer, "理由", "")
    say(officer, "silence-1-1-why", "已出院")
    settle(officer)
    press(officer, "yes-silence-1-1-lift")
    said(officer, zh("It was lifted; what waited goes out."))
    assert done(live, "silence.lift") == 1
    assert any(cast.person("pi").email in to for to in addressed(live, "09:05"))
    pi.reload()
    settle(pi)
    expect(pi.get_by_text("主持人住院", exact=False)).to_have_count(0)
    nothing_went_wrong(live)


def paused(officer: Page, name: str) -> None:
    """Pause this project from now on until Thursday 2026-09-10, with a reason."""
    tab(officer, "Dates and documents")
    unfold(officer, "Pause the reminders")
    confirm(officer, name)
    refused(officer, "理由", "")
    say(officer, f"{name}-reason", "主持人住院，由承辦人以電話聯繫。")
    say(officer, f"{name}-until-day", "１１５／０９／１０")
    expect(officer.locator("body")).to_contain_text("115-09-10 (2026-09-10) 星期四")
    press(officer, f"yes-{name}")
    said(officer, zh("The reminders are paused."))
    expect(part(officer, "silence-1")).to_contain_text("115-09-10 (2026-09-10) 08:00")
    opened = officer.get_by_role("tab", name=zh("Dates and documents"))
    expect(opened).to_have_attribute("aria-selected", "true")  # what appears above it does not close it


def addressed(live: Live, clock: str = "08:05") -> list[str]:
    """To whom mails about the own project's report go at this time of the Wednesday."""
    kept = Kept()
    deliver_on(live.cast, kept, NEXT, clock)
    return [mail["To"] for mail in kept.mails if live.cast.project("own").code in mail.get_body(("plain",)).get_content()]


# --- The brake -------------------------------------------------------------------------------------------------------------------


def test_what_the_brake_holds_is_dropped_with_a_reason_and_never_sent(live: Live):
    set_thresholds(live.cast.ctx("admin", on="2026-06-01"), share=1, least=2, key=key())
    for quarter, day in (("Y1Q1", 25), ("Y1Q2", 26), ("Y1Q3", 27)):
        move_date(live.cast, live.cast.obligation("quarterly_report", quarter), DAY, date(2026, 8, day))
    look_on(live.cast, DAY, "08:30")
    number = next(one.id for one in hold_list(live.cast.ctx("admin")) if not one.decision)
    held = [row.id for row in outbox_rows(live.cast, "held")]
    assert held
    admin = live.as_person("admin", "/portfolio")
    admin.get_by_role("link", name=zh("Look at what is held")).first.click()
    expect(part(admin, f"hold-{number}")).to_be_visible()
    confirm(admin, f"drop-{number}")
    refused(admin, "理由", "請填寫理由")
    assert done(live, "brake.dropped") == 0
    say(admin, f"hold-reason-{number}", "示範：誤匯舊資料")
    press(admin, f"yes-drop-{number}")
    said(admin, zh("The mails were dropped."))
    expect(part(admin, f"hold-{number}")).to_have_count(0)
    expect(admin.locator("body")).to_contain_text("示範：誤匯舊資料")
    expect(admin.get_by_text(zh("Look at what is held"))).to_have_count(0)
    assert (done(live, "brake.dropped"), done(live, "brake.released")) == (1, 0)
    ended = {row.id: row for row in outbox_rows(live.cast) if row.id in held}
    assert {row.status for row in ended.values()} == {"cancelled"}
    assert {row.cancel_reason for row in ended.values()} == {"示範：誤匯舊資料"}
    nothing_went_wrong(live)


# --- Rooms of chat services ------------------------------------------------------------------------------------------------------

ROOMS = {
    "line": ("LINE", {"address": LINE_TOKEN, "recipient": LINE_GROUP}, "api.line.me"),
    "teams": ("Microsoft Teams", {"address": TEAMS}, "prod-1.westeurope.logic.azure.com"),
    "webhook": ("Webhook", {"address": WEBHOOK}, "chat.example.invalid"),
}


@pytest.mark.parametrize("service", ROOMS)
def test_a_channel_is_entered_tried_changed_and_removed(live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, service: str):
    label, typed, host = ROOMS[service]
    admin = live.as_person("admin", "/channels")
    if service == "webhook":
        a_host_is_listed(admin)
    pick(admin, "channel-add-service", label)
    write(admin, "channel-add-name", "示範群組")
    for name, words in typed.items():
        write(admin, f"channel-add-{name}", words)
    press(admin, "channel-add-send")
    said(admin, zh("The channel was added. Send a trial message to see whether it arrives."))
    card = part(admin, "channel-1")
    expect(card).to_contain_text("示範群組")
    unfold(card, "Change")
    with chat_sink(tmp_path) as sink:
        monkeypatch.setattr(chat_delivery, "hosts_in_force", lambda conn: sink.hosts())
        sink.answer = lambda path: (401, {})
        a_trial_is_sent(live, admin, "09:10")
        expect(card).to_contain_text(zh("The last trial was not taken: {error}").partition("{")[0])
        sink.answer = lambda path: (200, {})
        a_trial_is_sent(live, admin, "09:20")
        expect(card).to_contain_text(zh("The last trial was taken {at}.").partition("{")[0])
        assert {one["host"] for one in sink.taken} == {host}
        taken = len(sink.taken)
    it_is_renamed_and_removed(admin)
    with live.cast.desk.store.read() as conn:
        assert conn.execute(select(t.chat_channel.c.sealed_url)).scalars().all() == [""], "its address is wiped"
    assert taken >= 2
    assert not [secret for secret in SECRETS if secret in admin.content()]
    nothing_went_wrong(live)


def a_host_is_listed(admin: Page) -> None:
    """A webhook leads nowhere before its host is on the list."""
    pick(admin, "channel-add-service", "Webhook")
    write(admin, "channel-add-name", "示範群組")
    write(admin, "channel-add-address", WEBHOOK)
    press(admin, "channel-add-send")
    refused(admin, "網址", "")
    write(admin, "channel-hosts-in", "chat.example.invalid")
    press(admin, "channel-hosts-send")
    said(admin, zh("The list of hosts was saved."))


def a_trial_is_sent(live: Live, admin: Page, clock: str) -> None:
    """By the button, and then by a worker that runs here and reaches the sink; the page finds out by itself."""
    press(admin, "channel-try-1")
    expect(part(admin, "channel-1")).to_contain_text(zh("The trial message waits for the worker; that takes a few seconds."))
    ctx = live.cast.ctx("system", on=DAY, clock=clock)
    deliver(ctx, LocalOutbox(), MAILS, wall=lambda: ctx.now, chat=RealChat())


def it_is_renamed_and_removed(admin: Page) -> None:
    card = part(admin, "channel-1")
    expect(card.locator("details")).to_have_attribute("open", "")  # whatever the trials said above it meanwhile
    write(admin, "channel-change-1-", "更名之群組")
    admin.locator('[class*="st-key-channel-change-1-"][class*="-send"] button').click()
    settle(admin)
    said(admin, zh("Saved."))
    expect(card).to_contain_text("更名之群組")
    confirm(admin, "channel-remove-1-")
    said(admin, zh("The channel was removed."))
    expect(part(admin, "channel-1")).to_have_count(0)


# --- Loading anew, switching the language ----------------------------------------------------------------------------------------


def test_a_form_that_is_loaded_anew_in_the_middle_begins_empty_and_nothing_of_it_was_done(live: Live):
    """By design: only reports are kept while they are written. The form shows plainly that it is empty, and can be sent anew."""
    chief = live.as_person("chief", "/silences")
    say(chief, "silence-new-reason", "寫到一半的理由")
    say(chief, "silence-new-until-day", "115-09-04")
    press(chief, "ask-silence-new")
    chief.reload()
    settle(chief)
    expect(part(chief, "silence-new-reason").locator("textarea")).to_have_value("")
    expect(part(chief, "yes-silence-new")).to_have_count(0)
    assert how_many(live, t.silence) == 0
    say(chief, "silence-new-reason", "重新填寫之理由")
    confirm(chief, "silence-new")
    expect(part(chief, "silence-1")).to_contain_text("重新填寫之理由")
    assert how_many(live, t.silence) == 1
    nothing_went_wrong(live)


def test_on_the_page_of_a_mail_s_link_a_switch_of_the_language_keeps_the_reason(live: Live):
    cast = live.cast
    move_date(cast, cast.obligation("quarterly_report", "Y1Q1"), DAY, date(2026, 8, 25))
    look_on(cast, DAY)
    officer = cast.ctx("officer", on=DAY)
    alert = next(item.alert_id for item in inbox_list(officer) if item.obligation.endswith("quarterly_report/Y1Q1"))
    link = links_of(cast.desk.secrets, live.server.url).act(cast.person("officer").id, alert, at=officer.now)
    page, before = live.open_page(width=390), written(live)
    page.goto(link)
    page.get_by_label("為何可以再等").fill("儀器在修，<b>下週</b>可補。")
    days = page.get_by_label("再次提醒日").locator("option")
    chosen = days.last.get_attribute("value")
    page.get_by_label("再次提醒日").select_option(chosen)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_label("Why it can wait")).to_have_value("儀器在修，<b>下週</b>可補。")
    expect(page.get_by_label("Remind me again on")).to_have_value(chosen)
    assert written(live) == before, "a switch of the language does nothing else"
    page.get_by_role("button", name="Remind me again").click()
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    with cast.desk.store.read() as conn:
        kept = conn.execute(select(t.inbox_item.c.snoozed_until_on).where(t.inbox_item.c.snoozed_until_on.is_not(None))).scalars().all()
    assert [str(one) for one in kept] == [chosen]
    nothing_went_wrong(live)
