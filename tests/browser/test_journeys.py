"""The loop of a report between a project and its office, as people go through it."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, select

from tests.browser.conftest import Live
from tests.browser.offices import confirm, pick, press, saved, tab
from tests.serving_support import settle, visit
from tracker.store import tables as t

WORDS = "本季完成一千張影像標註，並與示範醫院核對。"
BETTER = "補正：另完成二百張影像之複核。"
QUARTER = "quarterly_report"


def test_a_report_goes_in_comes_back_goes_in_again_and_is_accepted(live: Live):
    pi = live.as_person("pi")
    write_report(live, pi)
    receipt = hand_in(pi)
    assert re.fullmatch(r"MP-1150901-\d{6}-01-.", receipt)

    officer = live.as_person("officer", "/waiting")
    officer.locator('a[href*="review"]').first.click()
    expect(part(officer, "section-progress")).to_contain_text(WORDS)
    tab(officer, "Return with comments")
    comment = officer.locator('[class*="st-key-return-"][class*="-progress"] textarea')
    comment.fill("請補充複核方法")
    comment.press("Control+Enter")
    settle(officer)
    confirm(officer, "return-")
    expect(officer.get_by_text("已退回", exact=False).first).to_be_visible()

    visit(pi, pi.url)
    expect(part(pi, "section-progress").locator("textarea").first).to_be_editable()
    expect(part(pi, "section-progress")).to_contain_text("請補充複核方法")
    assert pi.locator('[class*="st-key-section-next_focus"] textarea').count() == 0, "a section without comments stays as handed in"
    assert pi.locator('[class*="st-key-section-indicators"] input').count() == 0
    fill(pi, "section-progress", BETTER)
    assert hand_in(pi).split("-")[3] == "02", "the second version has its own receipt"

    visit(officer, officer.url)
    expect(part(officer, "section-progress")).to_contain_text(BETTER)
    confirm(officer, "accept-")
    expect(officer.get_by_text("已接受", exact=False).first).to_be_visible()

    row = live.cast.obligation(QUARTER, "Y1Q1")
    assert (row.status, str(row.first_submitted_on)) == ("accepted", "2026-09-01")
    assert versions(live) == 2
    nothing_went_wrong(live)


def test_a_server_killed_after_it_said_saved_has_every_word(live: Live):
    pi = live.as_person("pi")
    open_report(live, pi)
    pick(pi, "section-progress", "符合進度")
    fill(pi, "section-progress", WORDS)
    live.server.kill()
    live.server.start()
    visit(pi, pi.url)
    expect(main_text(pi, "section-progress").locator("textarea")).to_have_value(WORDS)


def test_a_double_click_hands_in_once(live: Live):
    pi = live.as_person("pi")
    write_report(live, pi)
    press(pi, "check-")
    press(pi, "ask-submit-")
    part(pi, "yes-submit-").locator("button").dblclick()
    expect(part(pi, "receipt")).to_contain_text("MP-1150901-")
    settle(pi)
    assert versions(live) == 1
    with live.cast.desk.store.read() as conn:
        submitted = conn.scalar(select(func.count()).select_from(t.event).where(t.event.c.action == "report.submit"))
    assert submitted == 1


def versions(live: Live) -> int:
    """How many versions were handed in for the first quarter."""
    with live.cast.desk.store.read() as conn:
        return conn.scalar(
            select(func.count())
            .select_from(t.report_version.join(t.report, t.report_version.c.report_id == t.report.c.id))
            .where(t.report.c.obligation_id == live.cast.obligation(QUARTER, "Y1Q1").id)
        )


def nothing_went_wrong(live: Live) -> None:
    """No error in any window's console, no breach of the policy, and nobody else's host asked for anything."""
    assert live.record.complaints == []
    assert live.record.outside(live.server.url) == []


def part(page: Page, key: str) -> Locator:
    """The first element with a widget key that begins so."""
    return page.locator(f'[class*="st-key-{key}"]').first


def open_report(live: Live, pi: Page) -> None:
    """From "What I owe" into the first quarter's report."""
    wanted = live.cast.obligation(QUARTER, "Y1Q1").id
    pi.locator(f'a[href*="obligation={wanted}"]').first.click()
    expect(part(pi, "section-progress").locator("textarea").first).to_be_editable()
    settle(pi)
    assert parse_qs(urlsplit(pi.url).query)["obligation"] == [str(wanted)]


def main_text(page: Page, section: str) -> Locator:
    """The text that a section is named after, with what stands below it; its key holds how long it may be."""
    return part(page, section).locator(f'[class*="st-key-field-"][class*="000-{section.removeprefix("section-")}"]')


def fill(page: Page, section: str, words: str) -> None:
    """Type into the main text of a section, leave it, and wait until it says that it is saved."""
    box = main_text(page, section)
    area = box.locator("textarea")
    area.fill(words)
    area.press("Control+Enter")
    saved(box)


def write_report(live: Live, pi: Page) -> None:
    """Fill in everything that the form asks for."""
    open_report(live, pi)
    pick(pi, "section-progress", "符合進度")
    fill(pi, "section-progress", WORDS)
    fill(pi, "section-next_focus", "下一季進行模型訓練。")
    for section, count in (("section-checkpoints", 1), ("section-indicators", 2)):
        figures = part(pi, section).locator('input[type="text"]')
        expect(figures).to_have_count(count)
        for place in range(count):
            figures.nth(place).fill("12")
            figures.nth(place).press("Enter")
            expect(part(pi, section).get_by_text(re.compile("已儲存"))).to_have_count(place + 1)
            settle(pi)


def hand_in(pi: Page) -> str:
    """Check, confirm, and return the number of the receipt."""
    press(pi, "check-")
    confirm(pi, "submit-")
    expect(pi.get_by_test_id("stAlert").filter(has_text="MP-")).to_be_visible()
    settle(pi)
    return part(pi, "receipt").locator("code").first.inner_text()
