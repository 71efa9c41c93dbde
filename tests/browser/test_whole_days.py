"""On a telephone every day in both calendars stands on one line."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.browser.conftest import Live
from tests.gallery.checks import torn_days

NARROW = 390
_DAY = "115-09-04 (2026-09-04)"


def test_a_day_without_its_span_would_be_torn(browser: Browser):
    page = browser.new_page(viewport={"width": NARROW, "height": 400})
    page.set_content("".join(f'<p style="width: {width}px">{_DAY}</p>' for width in (90, 150)))
    assert len(torn_days(page)) == 2, "else the next test would find nothing wrong whatever is drawn"
    page.close()


def test_no_day_is_torn_at_the_end_of_a_line(live: Live):
    page = live.as_person("officer", "/load", width=NARROW)
    assert page.locator("span", has_text="115-08-31 (2026-08-31)").first.evaluate("e => getComputedStyle(e).whiteSpace") == "nowrap"
    assert torn_days(page) == []
    assert live.record.complaints == []
