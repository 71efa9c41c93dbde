"""The screen "What I owe", as the people who owe something see it."""

from __future__ import annotations

import pytest

from tests.app.clocks import standing
from tests.app.support import run_page, texts


def test_the_pi_sees_what_is_owed_with_both_calendars_and_days(cast):
    page = run_page(cast, "pi", "must_do")
    shown = texts(page)
    assert not page.exception
    assert "DEMO\\-OWN\\-01" in shown
    assert "115-09-15 (2026-09-15)" in shown
    assert "14 天" in shown


def test_an_overdue_report_stands_first(cast):
    page = run_page(standing(cast, "2026-09-20"), "pi", "must_do")
    headings = [element.value for element in page.subheader]
    assert headings[0].endswith("已逾期 (1)")


def test_the_assistant_reads_it_in_english(cast):
    page = run_page(cast, "assistant", "must_do")
    assert "Due within 30 days" in texts(page)


@pytest.mark.parametrize("who", ["officer", "chief", "auditor", "admin"])
def test_the_screen_does_not_exist_for_who_owes_nothing(cast, who):
    page = run_page(cast, who, "must_do")
    assert "DEMO" not in texts(page)
    assert not page.exception


def test_nobody_sees_another_projects_duties(cast):
    shown = texts(run_page(cast, "stranger_pi", "must_do"))
    assert "DEMO\\-FOREIGN\\-01" in shown
    assert "DEMO\\-OWN" not in shown
    assert "CANARY" not in texts(run_page(cast, "pi", "must_do"))


def test_signed_out_there_is_nothing(cast):
    assert "DEMO" not in texts(run_page(cast, None, "must_do"))
