"""The screen "Waiting for me"."""

from __future__ import annotations

import pytest

from tests.app.clocks import standing
from tests.app.support import run_page, texts
from tests.integration.services.support_reports import submitted


def test_an_empty_desk_says_what_comes(cast):
    page = run_page(cast, "officer", "waiting")
    assert not page.exception
    assert "目前沒有待辦案件" in texts(page)


def test_a_report_waits_with_its_days(cast):
    submitted(cast)
    page = run_page(standing(cast, "2026-09-16"), "officer", "waiting")
    assert not page.exception
    assert "已等待 15 天" in texts(page)
    assert "DEMO\\-OWN\\-01" in texts(page)


@pytest.mark.parametrize("who", ["other_officer", "pi", "assistant", "auditor", "admin", None])
def test_nobody_else_sees_it(cast, who):
    submitted(cast)
    page = run_page(cast, who, "waiting")
    assert not page.exception
    assert "DEMO\\-OWN" not in texts(page)
