"""The screen of a dossier, through the real entry script."""

from __future__ import annotations

import pytest

from tests.app.support import run_page, texts
from tests.cast import Cast
from tests.integration.services.support_reports import submitted
from tracker.ui import cache

CANARY = "CANARY-7f3a"


def plain(at) -> str:
    return texts(at).replace("\\", "")


@pytest.fixture(autouse=True)
def _environment_desk():
    yield
    cache.give_desk(None)


@pytest.mark.parametrize("who", ["pi", "assistant", "co_pi", "officer", "chief", "auditor", "admin"])
def test_everybody_of_a_project_opens_its_dossier(cast: Cast, who: str):
    submitted(cast)
    at = run_page(cast, who, "dossier", project="DEMO-OWN-01")
    assert not at.exception
    shown = plain(at)
    in_english = who == "assistant"
    for zh, en in (
        ("計畫審查摘要", "Project dossier"),
        ("標註影像", "Annotated images"),
        ("未結事項", "Open items"),
        ("論文發表", "Papers"),
    ):
        assert (en if in_english else zh) in shown
    assert len(at.get("plotly_chart")) == 2


def test_the_page_of_a_project_leads_there(cast: Cast):
    links = [link.proto.page for link in run_page(cast, "officer", "project", project="DEMO-OWN-01").get("page_link")]
    assert "dossier" in links


def test_its_prints_are_linked_by_the_projects_number(cast: Cast):
    at = run_page(cast, "pi", "dossier", project="DEMO-OWN-01")
    urls = [one.proto.url for one in at.get("link_button")]
    assert urls == [f"/print/dossier/{cast.project('own').id}?as={form}" for form in ("pdf", "docx")]


@pytest.mark.parametrize("code", ["DEMO-FOREIGN-01", "NONE", "", "x" * 500, "' OR 1=1 --", "\0"])
@pytest.mark.parametrize("who", ["pi", "officer"])
def test_a_foreign_project_has_none(cast: Cast, who: str, code: str):
    shown = plain(run_page(cast, who, "dossier", project=code))
    assert CANARY not in shown
    assert "此處查無資料。" in shown


def test_a_project_in_which_nothing_happened_says_so(cast: Cast):
    shown = plain(run_page(cast, "stranger_pi", "dossier", project="DEMO-FOREIGN-01"))
    for said in ("計畫尚無查核點。", "核定計畫沒有績效指標。", "自核定以來無變更。", "尚無年度考評。", "尚未登錄成果。"):
        assert said in shown
