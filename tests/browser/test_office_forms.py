"""The four most dangerous forms of the office: wrong input is named and stays, and a button that is pressed twice acts once."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Table, func, select

from tests.browser.conftest import Live
from tests.browser.offices import choose, pick, press
from tests.browser.test_alert_journey import assert_fits
from tests.browser.test_journeys import nothing_went_wrong, part
from tests.browser.test_review_journey import say
from tests.cast import key
from tests.integration.alerts.chat_sink import SLACK
from tests.integration.alerts.support import look_on
from tests.serving_support import settle, visit
from tracker.services.mass_holds import hold_list, set_thresholds
from tracker.store import tables as t

NAME = "**承辦**<b>群組</b> 😀 [x](http://evil.invalid)"
SHOWN = "**承辦**<b>群組</b> 😀 [x]("  # as text; what follows is taken apart by a joiner, so that it is no link


def test_a_silence_is_made_once_and_only_with_the_end_that_was_typed(live: Live):
    chief = live.as_person("chief", "/silences")
    say(chief, "silence-new-reason", NAME)
    say(chief, "silence-new-until-day", "115/13/40")
    refused(chief, "結束時間", "沒有「115/13/40」這一天")
    expect(part(chief, "silence-new-reason").locator("textarea")).to_have_value(NAME)
    expect(part(chief, "ask-silence-new")).to_have_count(0)
    say(chief, "silence-new-until-day", "１１５／０９／０４")
    expect(chief.get_by_text("115-09-04 (2026-09-04) 星期五", exact=False).first).to_be_visible()
    press(chief, "ask-silence-new")
    twice(part(chief, "yes-silence-new").locator("button"))
    expect(chief.get_by_test_id("stAlert").filter(has_text="符合條件的信件暫緩至結束時間").first).to_be_visible()
    card = part(chief, "silence-1")
    expect(card).to_contain_text(SHOWN)
    expect(card).to_contain_text("115-09-04 (2026-09-04) 08:00")
    assert_fits(in_hand(live, "chief", "/silences"))
    visit(chief, "/load")
    chief.go_back()
    expect(part(chief, "silence-1")).to_be_visible()
    assert how_many(live, t.silence) == 1
    nothing_went_wrong(live)


def test_a_brake_is_let_go_once_and_not_without_a_reason(live: Live):
    set_thresholds(live.cast.ctx("admin", on="2026-06-01"), share=1, least=2, key=key())
    look_on(live.cast, "2027-03-30", "08:30")
    number = next(one.id for one in hold_list(live.cast.ctx("admin")) if not one.decision)
    admin = in_hand(live, "admin", "/deliveries?view=held")
    press(admin, f"ask-release-{number}")
    press(admin, f"yes-release-{number}")
    refused(admin, "理由", "請填寫理由")
    assert_fits(admin)
    say(admin, f"hold-reason-{number}", NAME)
    expect(admin.get_by_test_id("stAlert").filter(has_text="請填寫理由")).to_have_count(0)  # she looks before she clicks
    settle(admin)
    twice(part(admin, f"yes-release-{number}").locator("button"))
    expect(admin.get_by_text(SHOWN, exact=False).first).to_be_visible()
    expect(part(admin, f"ask-release-{number}")).to_have_count(0)
    assert done(live, "brake.released") == 1
    assert done(live, "brake.dropped") == 0
    nothing_went_wrong(live)


def test_a_channel_is_entered_once_and_a_wrong_address_loses_nothing(live: Live):
    admin = live.as_person("admin", "/channels")
    pick(admin, "channel-add-service", "Slack")
    write(admin, "channel-add-name", NAME)
    write(admin, "channel-add-address", "https://evil.invalid/hook")
    press(admin, "channel-add-send")
    refused(admin, "網址", "")
    expect(part(admin, "channel-add-name").locator("input")).to_have_value(NAME)
    write(admin, "channel-add-address", SLACK)
    twice(part(admin, "channel-add-send").locator("button"))
    expect(admin.get_by_test_id("stAlert").filter(has_text="頻道已新增").first).to_be_visible()
    expect(part(admin, "channel-1")).to_contain_text(SHOWN)
    expect(part(admin, "channel-add-again1-name").locator("input")).to_have_value("")
    assert how_many(live, t.chat_channel) == 1
    assert_fits(in_hand(live, "admin", "/channels"))
    nothing_went_wrong(live)


def test_a_policy_is_saved_once_and_not_with_a_chief_before_the_officer_also_in_english(live: Live):
    programme = live.cast.project("own").programme_id
    chief = live.as_person("chief", "/programmes")
    press(chief, "frame-language")
    expect(chief.get_by_role("button", name="中文")).to_be_visible()
    chief.locator("summary", has_text="Change the reminders").click()
    settle(chief)
    name = f"ladder-{programme}-{version(live, programme)}"
    choose(chief, f"{name}-chief-from", "1 day after", exact=True)
    press(chief, f"{name}-save")
    refused(chief, "Chief", "")
    expect(part(chief, f"{name}-chief-from").locator("input")).to_have_value("1 day after")
    say(chief, f"{name}-example-day", "115/13/40")
    refused(chief, "Legal last day", "There is no day “115/13/40”.")
    say(chief, f"{name}-example-day", "115-11-30")
    choose(chief, f"{name}-chief-from", "14 days after", exact=True)
    choose(chief, f"{name}-officer-from", "14 days after", exact=True)
    before = version(live, programme)
    twice(part(chief, f"{name}-save").locator("button"))
    expect(chief.get_by_text("Changed by the office.").first).to_be_visible()
    settle(chief)
    assert version(live, programme) == before + 1
    assert_fits(in_hand(live, "chief", "/programmes"))
    nothing_went_wrong(live)


# --- Hands and eyes --------------------------------------------------------------------------------------------------------------


def in_hand(live: Live, who: str, address: str) -> Page:
    return live.as_person(who, address, width=390)


def write(page: Page, name: str, words: str) -> None:
    part(page, name).locator("input").first.fill(words)


def twice(button: Locator) -> None:
    """As somebody impatient does it: two clicks, a good tenth of a second apart."""
    settle(button.page)
    button.dblclick(delay=60)
    settle(button.page)


def refused(page: Page, field: str, why: str) -> None:
    """A message that names the field by its label, in the reader's language."""
    told = page.get_by_test_id("stAlert").filter(has=page.locator("strong", has_text=field)).filter(has_text=why)
    expect(told.first).to_be_visible()
    settle(page)


def how_many(live: Live, table: Table) -> int:
    with live.cast.desk.store.read() as conn:
        return conn.scalar(select(func.count()).select_from(table))


def done(live: Live, action: str) -> int:
    """How often this was done, by the record."""
    with live.cast.desk.store.read() as conn:
        return conn.scalar(select(func.count()).select_from(t.event).where(t.event.c.action == action))


def version(live: Live, programme_id: int) -> int:
    with live.cast.desk.store.read() as conn:
        return conn.scalar(select(t.programme.c.version).where(t.programme.c.id == programme_id))
