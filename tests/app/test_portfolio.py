"""The portfolio screen, through the real entry script."""

from __future__ import annotations

import pytest

from tests.app.support import run_page, texts
from tests.cast import Cast
from tracker.ui import cache

CANARY = "CANARY-7f3a"


def plain(at) -> str:
    """What is readable, without the backslashes that keep written text from being markup."""
    return texts(at).replace("\\", "")


def says_nothing(shown: str) -> bool:
    return "此處查無資料。" in shown or "Nothing was found at this address." in shown


@pytest.fixture(autouse=True)
def _environment_desk():
    yield
    cache.give_desk(None)


@pytest.mark.parametrize("who", ["pi", "assistant", "stranger_pi", "company_pi", "admin"])
def test_who_oversees_nothing_has_no_portfolio(cast: Cast, who):
    shown = plain(run_page(cast, who, "portfolio"))
    assert says_nothing(shown)
    assert "逾期" not in shown


@pytest.mark.parametrize("who", ["officer", "chief"])
def test_the_office_sees_its_figures_and_three_charts_and_nothing_foreign(cast: Cast, who):
    at = run_page(cast, who, "portfolio")
    assert not at.exception
    assert {metric.label for metric in at.metric} >= {"應辦", "逾期", "待我方處理", "落後計畫"}
    assert len(at.get("plotly_chart")) == 3
    assert CANARY not in plain(at)


def test_the_auditor_sees_every_programme_and_may_narrow_to_one(cast: Cast):
    at = run_page(cast, "auditor", "portfolio", view="owed")
    assert CANARY in plain(at)
    at.selectbox(key="portfolio_programme").select("demo-sister-ai").run()
    assert CANARY not in plain(at)
    assert at.query_params["programme"] == "demo-sister-ai"


def test_a_figure_in_the_address_opens_its_rows(cast: Cast):
    at = run_page(cast, "officer", "portfolio", view="owed")
    assert len(at.dataframe) == 1
    assert "/project?project=DEMO-OWN-01" in plain(at)


def test_a_figure_puts_its_rows_into_the_address_and_keeps_the_filters(cast: Cast):
    at = run_page(cast, "officer", "portfolio", programme="demo-sister-ai")
    at.button(key="show-owed").click().run()
    assert (at.query_params["view"], at.query_params["programme"]) == ("owed", "demo-sister-ai")
    assert at.dataframe
    at.button(key="take_back").click().run()
    assert "programme" not in at.query_params
    assert at.dataframe


def test_no_figure_in_the_address_shows_no_rows(cast: Cast):
    assert not run_page(cast, "officer", "portfolio").dataframe


@pytest.mark.parametrize(
    "query",
    [
        {"programme": "hsp-115-smart-health"},
        {"programme": "no-such"},
        {"officer": "999"},
        {"kind": "<b>"},
        {"view": "x"},
        {"officer": "1 OR 1"},
    ],
)
def test_an_address_with_a_foreign_or_invented_value_shows_nothing(cast: Cast, query):
    shown = plain(run_page(cast, "officer", "portfolio", **query))
    assert says_nothing(shown)
    assert CANARY not in shown


@pytest.mark.parametrize("page", ["0", "9999", "-1", "abc", "１"])
def test_a_page_that_does_not_exist_is_brought_back_to_one_that_does(cast: Cast, page):
    at = run_page(cast, "officer", "portfolio", view="owed", portfolio_page=page)
    assert not at.exception
    assert at.dataframe


def test_an_empty_figure_says_what_to_do_next(cast: Cast):
    assert "取消篩選條件" in plain(run_page(cast, "officer", "portfolio", view="waiting"))


def test_an_english_reader_reads_english(cast: Cast):
    cast.desk.store.write_quiet(
        cast.ctx().now,
        lambda tx: tx.conn.exec_driver_sql(f"UPDATE person SET language = 'en' WHERE id = {cast.person('officer').id}") and None,
    )
    at = run_page(cast, "officer", "portfolio")
    assert {"Owed", "Late", "Waiting for us"} <= {metric.label for metric in at.metric}
