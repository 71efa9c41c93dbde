"""Wrong, huge and hostile input through the real page: it stays text, nothing of it runs, and what is wrong is said at its field.

Files of 200 MB and disguised ones are tried in test_writing.py, a double click on handing in in test_journeys.py.
"""

from __future__ import annotations

import re
from contextlib import ExitStack

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.offices import field, press
from tests.browser.test_journeys import nothing_went_wrong, part
from tests.browser.test_writing import becomes, writer
from tests.serving_support import Record, Server, browsing, cast_home, settle, sign_in, visit

SCRIPT = "<script>document.title='taken'</script><img src=x onerror=alert(1)>"
FORMULA = '=HYPERLINK("http://evil.invalid","x")'

MARKDOWN = "![x](http://evil.invalid/a.png) [y](javascript:alert(1)) $\\frac{1}{2}$ :red[z]"

#: What is typed, and what is kept of it: marks that nobody can see are taken out, everything that can be read stays.
HOSTILE = {
    SCRIPT: SCRIPT,
    FORMULA: FORMULA,
    MARKDOWN: MARKDOWN,
    "報告\u202etxt.exe\u202c完": "報告txt.exe完",
    "響鈴\u0007與\u001b[31m紅": "響鈴與[31m紅",
}


def at_the_interim_report(live: Live) -> Page:
    return writer(live, rule="interim_report", period="Y1")


def put(page: Page, name: str, words: str) -> None:
    """Replace what stands in a field and leave it; wait until the page has answered."""
    box = field(page, name).locator("textarea, input").first
    box.fill(words)
    box.press("Control+Enter" if box.evaluate("node => node.tagName") == "TEXTAREA" else "Enter")
    box.blur()
    settle(page)


def test_hostile_text_is_kept_as_text_and_runs_nowhere(live: Live):
    page = at_the_interim_report(live)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    for typed, kept in HOSTILE.items():
        put(page, "progress", typed)
        expect(field(page, "progress").locator(".milepost-state")).to_have_text("")
        becomes(page, live, "progress", kept)
        visit(page, page.url)
        assert page.title() != "taken"
        assert page.locator('img[src="x"]').count() == 0
        assert page.locator('a[href^="javascript"], a[href*="evil.invalid"], img[src*="evil.invalid"]').count() == 0
    assert dialogs == []
    nothing_went_wrong(live)


@pytest.mark.parametrize(
    ("name", "typed", "problem"),
    [
        ("staff_months", "十二", "數"), ("staff_months", "1e5", "數"), ("staff_months", "-3", "0"), ("staff_months", "12.55", "小數"),
        ("staff_months", FORMULA, "數"), ("staff_months", "9" * 400, "數|大|10,000|10000"),
        ("next_milestone_on", "116-02-30", "日"), ("next_milestone_on", "02/03/04", "日"), ("next_milestone_on", SCRIPT, "日"),
    ],
)  # fmt: skip
def test_a_wrong_figure_or_day_is_named_at_its_field_and_stays_as_typed(shared: tuple[Live, Page], name: str, typed: str, problem: str):
    live, page = shared
    put(page, name, typed)
    press(page, "check-")
    expect(field(page, name)).to_contain_text(re.compile(problem))
    expect(field(page, name).get_by_text("error", exact=True).first).to_be_attached()
    expect(field(page, name).locator("input")).to_have_value(typed)
    assert live.record.complaints == []
    put(page, name, "")


@pytest.mark.parametrize(
    ("name", "typed", "read"),
    [
        ("staff_months", "１２．５", "12.5"), ("staff_months", "1,250", "1250"),
        ("next_milestone_on", "民國１１６年３月３１日", "2027-03-31"), ("next_milestone_on", "116/3/31", "2027-03-31"),
        ("next_milestone_on", "2027-03-31", "2027-03-31"),
    ],
)  # fmt: skip
def test_full_width_and_minguo_input_is_understood(shared: tuple[Live, Page], name: str, typed: str, read: str):
    _, page = shared
    put(page, name, typed)
    box = field(page, name)
    expect(box.get_by_text("已儲存").first).to_be_visible()
    expect(box.get_by_text("error", exact=True)).to_have_count(0)
    if name == "next_milestone_on":
        expect(box).to_contain_text(f"116-03-31 ({read})")
    put(page, name, "")


def test_a_quarter_of_a_million_characters_are_refused_clearly_and_the_page_goes_on(live: Live):
    page = at_the_interim_report(live)
    put(page, "progress", "長" * 250_000)
    expect(field(page, "progress").locator(".milepost-count")).to_contain_text("⚠")
    box = field(page, "progress").locator("textarea")
    assert len(box.input_value()) == 250_000, "nothing that was typed is cut off in silence"
    put(page, "progress", "短的正文。")
    becomes(page, live, "progress", "短的正文。")
    expect(field(page, "progress").locator(".milepost-state")).to_have_text("")


@pytest.fixture(scope="module")
def shared(browser, tmp_path_factory):
    """One server and one open page for the tests that leave a field as they found it."""
    home = tmp_path_factory.mktemp("shared") / "home"
    cast, record = cast_home(home), Record()
    server = Server(home)
    with ExitStack() as windows:
        windows.callback(cast.desk.store.dispose)
        windows.callback(server.stop)
        server.start()
        _, page, _ = windows.enter_context(browsing(browser, server, record=record))
        owed = cast.obligation("interim_report", "Y1").id
        sign_in(page, cast.person("pi").email, then=f"/report?obligation={owed}")
        expect(part(page, "report-progress")).to_be_visible()
        settle(page)
        yield Live(server, cast, record, lambda **_: page), page
