"""How one is told, calendars, working days, putting off: wrong input first, then a double click, and each thing done exactly once."""

from __future__ import annotations

from datetime import date

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, select

from tests.browser.conftest import Live
from tests.browser.offices import choose_in, tab
from tests.browser.test_journeys import nothing_went_wrong, part
from tests.integration.alerts.support import look_on, move_date
from tests.official_table import table
from tests.serving_support import settle
from tracker.services.alert_choices import my_alert_choice
from tracker.store import tables as t

DAY = "2026-09-01"  # a Tuesday


def test_personal_forms_name_what_is_wrong_lose_nothing_and_do_it_once(live: Live):
    move_date(live.cast, live.cast.obligation("quarterly_report", "Y1Q1"), DAY, date(2026, 9, 8))
    look_on(live.cast, DAY)
    account = live.as_person("pi", "/account", width=390)
    how_one_is_told(live, account)
    a_calendar_is_made_and_revoked(live, account)
    assert_fits(account)
    a_reminder_is_put_off(live, live.as_person("pi", "/inbox", width=390))
    a_table_is_brought_in(live, live.as_person("admin", "/working_days"))
    nothing_went_wrong(live)


def how_one_is_told(live: Live, page: Page) -> None:
    choose_in(part(page, "alert-choices-hour-0"), "21:00", exact=True)
    press(part(page, "alert-choices-send"))
    expect(page.get_by_role("alert").filter(has_text="彙整信寄送時間")).to_contain_text("勿擾時段內")
    expect(part(page, "alert-choices-hour-0").locator("input")).to_have_value("21:00")
    choose_in(part(page, "alert-choices-hour-0"), "17:00", exact=True)
    switch_language(page)
    expect(part(page, "alert-choices-hour-0").locator("input")).to_have_value("17:00")
    switch_language(page)
    twice(part(page, "alert-choices-send").locator("button"))
    expect(part(page, "alert-choices-hour-1").locator("input")).to_have_value("17:00")
    mine = my_alert_choice(live.cast.ctx("pi"))
    assert (mine.choice.digest_hour, mine.version) == (17, 1)


def a_calendar_is_made_and_revoked(live: Live, page: Page) -> None:
    twice(page.get_by_role("button", name="產生行事曆網址"))
    shown = part(page, "new-feed-person").locator("code").first
    expect(shown).to_contain_text("/calendar/")
    address = shown.inner_text().strip()
    assert count(live, t.calendar_feed) == 1
    assert page.request.get(address).status == 200
    press(part(page, "copied-feed-person"))
    expect(part(page, "new-feed-person")).to_have_count(0)
    press(part(page, "ask-revoke-feed"))
    expect(page.get_by_text("無法復原", exact=False)).to_be_visible()
    twice(part(page, "yes-revoke-feed").locator("button"))
    expect(part(page, "ask-revoke-feed")).to_have_count(0)
    expect(part(page, "yes-revoke-feed")).to_have_count(0)
    assert page.request.get(address).status == 410


def a_reminder_is_put_off(live: Live, page: Page) -> None:
    press(part(page, "later-").first)
    day = part(page, "snooze-day-").first
    expect(day).to_be_visible()
    days = options(page, day)
    assert days, "at least one day to choose from"
    assert not [one for one in days if one[one.index("(") + 1 :][:10] > "2026-09-08"], "never past the day that it is owed"
    choose_in(day, days[-1], exact=True)
    twice(part(page, "snooze-send-").first.locator("button"))
    expect(page.get_by_text("已記下", exact=False).first).to_be_visible()
    assert_fits(page)
    with live.cast.desk.store.read() as conn:
        assert conn.scalar(select(func.count()).select_from(t.outbox).where(t.outbox.c.sort == "snoozed")) == 1


def a_table_is_brought_in(live: Live, page: Page) -> None:
    tab(page, "Bring in a table")
    for heading, opened in (("Working days", "Bring in a table"), ("上班日", "匯入日曆表")):
        press(part(page, "frame-language"))
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        expect(page.get_by_role("tab", name=opened)).to_have_attribute("aria-selected", "true")
    right = table(2027, off={"2027-03-15": "彈性放假"}, encoding="big5")
    bring(page, "116.xlsx", b"PK\x03\x04 a workbook")
    expect(page.get_by_role("alert").filter(has_text="試算表")).to_be_visible()
    bring(page, "wrong.csv", table(2027).replace("20270105,二".encode(), "20270105,五".encode()))
    expect(page.get_by_role("alert").filter(has_text="第 6 列，欄位 星期")).to_be_visible()
    bring(page, "116.csv", right)
    expect(part(page, "working-table-seen")).to_contain_text("116-03-15 (2027-03-15)")
    press(part(page, "ask-working-table"))
    press(part(page, "yes-working-table"))
    expect(page.get_by_role("alert").filter(has_text="來源")).to_be_visible()
    source = part(page, "working-table-source").locator("input")
    source.fill("院授人字第 1 號 <b>*x*</b>")
    source.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="來源")).to_have_count(0)
    settle(page)
    twice(part(page, "yes-working-table").locator("button"))
    expect(page.get_by_text("已套用", exact=False).first).to_be_visible()
    assert count(live, t.calendar_table) == 1


def bring(page: Page, name: str, content: bytes) -> None:
    """Choose a file, wait until the server has it (the page names it at once), and ask what it would change."""
    with page.expect_response(lambda answer: "/upload_file/" in answer.url and answer.request.method == "PUT"):
        page.locator('input[type="file"]').set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    expect(page.get_by_text(name, exact=True).first).to_be_visible()
    press(part(page, "working-table-look"))


def press(box: Locator) -> None:
    settle(box.page)
    box.locator("button").click()
    settle(box.page)


def twice(button: Locator) -> None:
    settle(button.page)
    button.dblclick()
    settle(button.page)


def options(page: Page, box: Locator) -> list[str]:
    settle(page)
    box.locator("input").click()
    expect(page.get_by_role("option").first).to_be_visible()
    found = page.get_by_role("option").all_inner_texts()
    page.keyboard.press("Escape")
    return found


def switch_language(page: Page) -> None:
    """By the account page's own switch, which a telephone shows, too."""
    settle(page)
    wanted = "English" if page.get_by_role("heading", name="我的帳號").count() else "中文（臺灣）"
    part(page, "account-language").get_by_text(wanted, exact=True).click()
    expect(page.get_by_role("heading", name="My account" if wanted == "English" else "我的帳號")).to_be_visible()
    settle(page)


def count(live: Live, rows) -> int:
    with live.cast.desk.store.read() as conn:
        return conn.scalar(select(func.count()).select_from(rows))


def assert_fits(page: Page) -> None:
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "nothing sticks out of a telephone's screen"
