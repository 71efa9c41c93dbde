"""The frame in which a mail is looked at before its words are saved: it fits a telephone, and nothing in it can do anything."""

from __future__ import annotations

from html import escape

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Live
from tests.gallery.mail_cases import mail_cases
from tests.gallery.mail_checks import wrong_looks
from tests.gallery.mails import DRAWN
from tests.serving_support import visit
from tracker.ui.mail_frame import framed

HOSTILE = (
    "<html><head></head><body><script>parent.PWN = 1</script><img src=x onerror='parent.PWN = 2'>"
    "<form action='https://evil.invalid/'><button>x</button></form><a id=link href='https://evil.invalid/'>x</a></body></html>"
)


def test_a_preview_is_as_wide_as_a_telephone_and_breaks_no_rule_of_the_site(live: Live):
    for width, inside in ((1440, 390), (390, 358)):
        page = live.as_person("admin", "/templates", width=width)
        visit(page, "/templates")
        frame = page.frame_locator("iframe").first
        expect(frame.locator("h1")).to_contain_text("2026")
        expect(frame.locator("html")).to_have_js_property("clientWidth", inside)
        expect(frame.locator("html")).to_have_js_property("scrollWidth", inside)
        assert frame.locator("html").evaluate("innerWidth") == inside
        assert frame.locator("a").first.evaluate("e => getComputedStyle(e).pointerEvents") == "none"
    assert live.record.complaints == []
    assert live.record.outside(live.server.url) == []


def test_markup_that_slipped_through_would_still_do_nothing(browser: Browser):
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    sandbox = "allow-forms allow-popups allow-same-origin allow-scripts allow-top-navigation-by-user-activation"
    page.set_content(f'<iframe sandbox="{sandbox}" srcdoc="{escape(framed(HOSTILE))}"></iframe>')
    frame = page.frame_locator("iframe")
    frame.locator("button").click()
    frame.locator("#link").click(force=True)
    assert page.evaluate("window.PWN") is None
    assert [url for url in asked if "evil" in url or url.endswith("/x")] == []
    page.close()


@pytest.mark.parametrize("width", [390, 700])
def test_every_mail_fits_and_can_be_read(browser: Browser, width: int):
    """Nothing beyond the edge, enough contrast, buttons for a thumb; the pictures are made by `python -m tests.gallery.mails`."""
    page = browser.new_page(viewport={"width": width, "height": 800})
    found = []
    for case in mail_cases():
        if "/" not in case.name and case.role in DRAWN:
            page.set_content(case.rendered.html)
            found += [(case.file, *wrong) for wrong in wrong_looks(page)]
    page.close()
    assert found == []
