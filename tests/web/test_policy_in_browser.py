"""The content security policy in a real browser: nothing of ours breaks, and a stranger's markup does nothing."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.cast import PASSWORD
from tests.web.conftest import Running

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_table_and_chart_draw_and_a_strangers_markup_does_nothing(start_server: Callable[..., Running]):
    support = pytest.importorskip("tests.serving_support")
    if support.chromium() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium on this machine")
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    server = start_server("uvicorn", "tests.web.policy_app:app", "--port", "{port}")
    complaints: list[str] = []
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = support.launch(playwright)
        page = browser.new_context(base_url=server.url).new_page()
        page.set_default_timeout(support.PATIENCE_MS)
        page.on("console", lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None)
        page.on("request", lambda request: asked.append(request.url))
        page.goto("/sign-in")
        page.fill("#email", server.cast.person("pi").email)
        page.fill("#password", PASSWORD)
        page.click('button[type="submit"]')
        page.locator(".js-plotly-plot .bars path").first.wait_for()
        page.locator('[data-testid="stDataFrame"] canvas').first.wait_for()
        page.locator('[data-testid="stFileUploaderDropzone"]').wait_for()
        assert page.evaluate("window.PWN") is None
        assert page.evaluate("document.cookie.includes('milepost')") is False
        browser.close()
    own = [text for text in complaints if "tracker.invalid" not in text and "srcdoc" not in text and "inline script" not in text]
    assert own == []
    assert any("tracker.invalid/pixel.png" in text for text in complaints)
    assert [url for url in asked if not url.startswith((server.url, "data:", "blob:", "about:", "https://tracker.invalid"))] == []
