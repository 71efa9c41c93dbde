"""The screen "Weeks ahead"."""

from __future__ import annotations

import pytest

from tests.app.clocks import standing
from tests.app.support import run_page, texts
from tests.integration.services.support_reports import submitted
from tests.integration.services.support_reviews import away
from tracker.domain.review_load import week_label


def test_the_weeks_stand_with_their_days_and_counts(cast):
    page = run_page(cast, "officer", "load")
    assert not page.exception
    shown = texts(page)
    assert "2026-W36" in shown
    assert "115-08-31 (2026-08-31) – 115-09-06 (2026-09-06)" in shown
    assert "季報 1" in shown


def test_each_person_has_a_row_and_the_whole_is_a_file(cast):
    page = run_page(cast, "chief", "load")
    assert not page.exception
    shown = texts(page)
    assert "依承辦人" in shown
    assert cast.person("officer").name in shown


def test_a_week_opens_its_list(cast):
    label = week_label(cast.obligation("quarterly_report", "Y1Q1").file_by_on)
    page = run_page(cast, "officer", "load").button(key=f"show-{label}").click().run()
    assert not page.exception
    assert page.query_params["week"] == label
    page.button(key="weeks-back").click().run()
    assert "week" not in page.query_params
    page.button(key=f"show-{label}").click().run()
    assert "#DEMO-OWN-01" in texts(page)


def test_what_is_late_has_a_list_of_its_own(cast):
    page = run_page(standing(cast, "2026-12-31"), "officer", "load", week="loose")
    assert not page.exception
    assert "計畫逾期未送" in texts(page)
    assert "#DEMO-OWN-01" in texts(page)


def test_who_is_away_stands_in_her_week(cast):
    away(cast, "officer", None, on="2026-09-01", until="2026-09-04")
    page = run_page(cast, "chief", "load")
    assert "無人代理" in texts(page)


def test_what_waits_counts_as_already_here(cast):
    submitted(cast)
    page = run_page(cast, "officer", "load")
    assert next(one.value for one in page.metric if one.label == "已到件待答覆") == "1"


@pytest.mark.parametrize(
    "query", [{"programme": "x"}, {"programme": "999"}, {"officer": "1" * 30}, {"officer": "999"}, {"week": "2026-W99"}]
)
def test_an_address_that_means_nothing_shows_the_notice(cast, query):
    page = run_page(cast, "officer", "load", **query)
    assert not page.exception
    assert "DEMO-OWN" not in texts(page)


def test_an_officer_narrows_it_in_the_address(cast):
    page = run_page(cast, "chief", "load", officer=cast.person("chief").id)
    assert not page.exception
    assert "目前無即將到件之案件" in texts(page)


@pytest.mark.parametrize("who", ["pi", "assistant", "auditor", "admin", "stranger_pi", None])
def test_nobody_else_sees_it(cast, who):
    page = run_page(cast, who, "load")
    assert not page.exception
    assert "2026-W36" not in texts(page)


def test_another_offices_weeks_hold_nothing_of_this_programme(cast):
    page = run_page(standing(cast, "2026-12-31"), "other_officer", "load", week="loose")
    assert "DEMO-OWN" not in texts(page)
