"""Who sees what, and when no longer; and what a browser asks for on the way."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from tests.browser.conftest import Live
from tests.gallery.checks import SERIOUS, judge
from tests.serving_support import settle, visit
from tracker.services.viewer import load_viewer
from tracker.store import tables as t
from tracker.ui.pages import screens_of

CANARY = "CANARY-7f3a"


def test_signing_out_in_one_tab_closes_the_other(live: Live):
    first = live.as_person("pi", "/must_do")
    second = first.context.new_page()
    visit(second, "/account")
    first.locator(".st-key-frame-sign-out button").click()
    for tab in (first, second):
        tab.wait_for_url("**/sign-in**")
    second.goto("/must_do")
    expect(second.locator("#password")).to_be_visible()


def test_a_foreign_report_is_not_found(live: Live):
    with live.cast.desk.store.read() as conn:
        foreign = conn.scalar(select(t.obligation.c.id).where(t.obligation.c.project_id == live.cast.project("foreign").id))
    pi = live.as_person("pi")
    project = live.cast.project("foreign").id
    for address in (f"/report?obligation={foreign}", "/report?report=999999", f"/project?project={project}", "/people"):
        visit(pi, address)
        expect(pi.get_by_text("此處查無資料")).to_be_visible()
        assert CANARY not in pi.content()


def test_one_click_changes_the_language_and_the_next_visit_remembers(live: Live):
    pi = live.as_person("pi", "/must_do")
    expect(pi.get_by_role("heading", name="我的應辦事項")).to_be_visible()
    pi.locator(".st-key-frame-language button").click()
    expect(pi.get_by_role("heading", name="What I owe")).to_be_visible()
    settle(pi)
    visit(pi, "/must_do")
    expect(pi.get_by_role("heading", name="What I owe")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("who", ["pi", "officer", "admin"])
def test_every_screen_draws_fits_and_asks_nobody_else(live: Live, who: str, width: int):
    with live.cast.desk.store.read() as conn:
        viewer = load_viewer(conn, live.cast.person(who).id, live.cast.ctx(on="2026-09-01").today)
    page = live.as_person(who, width=width)
    wrong = []
    for screen in screens_of(viewer):
        if not screen.hidden:
            visit(page, f"/{screen.url_path}")
            wrong += [(screen.url_path, kind, what) for kind, what in judge(page, "zh_TW") if kind in SERIOUS]
    assert wrong == []
    assert live.record.complaints == []
    assert live.record.outside(live.server.url) == []
