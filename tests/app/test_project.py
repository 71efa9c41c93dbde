"""The list of projects and the file of one, through the real entry script."""

from __future__ import annotations

from datetime import date

import pytest

from tests.app.support import run_page, texts
from tests.cast import Cast
from tests.integration.services.test_project_changes import extend
from tests.integration.services.test_project_officer import second_officer
from tracker.demo.papers import sample_pdf
from tracker.ui import cache

CANARY = "CANARY-7f3a"
TABS = ["應辦事項", "報告", "查核點與績效指標", "考評與決定", "核准文件", "會議與待辦事項", "日期與文件", "成員與權限"]
ENGLISH_TABS = [
    "Duties", "Reports", "Checkpoints and indicators", "Evaluations and decisions", "Approvals", "Meetings and action items",
    "Dates and documents", "People and rights",
]  # fmt: skip


def plain(at) -> str:
    """What is readable, without the backslashes that keep written text from being markup."""
    return texts(at).replace("\\", "")


def says_nothing(shown: str) -> bool:
    return "此處查無資料。" in shown or "Nothing was found at this address." in shown


@pytest.fixture(autouse=True)
def _environment_desk():
    yield
    cache.give_desk(None)


@pytest.mark.parametrize("who", ["pi", "assistant", "company_pi", "officer", "chief"])
def test_who_belongs_to_a_project_sees_it_and_no_other(cast: Cast, who):
    shown = plain(run_page(cast, who, "projects"))
    assert "DEMO-OWN-01" in shown
    assert CANARY not in shown


@pytest.mark.parametrize("who", ["auditor", "admin"])
def test_who_sees_the_installation_sees_all_projects(cast: Cast, who):
    shown = plain(run_page(cast, who, "projects"))
    assert "DEMO-OWN-01" in shown
    assert CANARY in shown


@pytest.mark.parametrize("who", ["pi", "assistant", "officer", "chief", "auditor", "admin"])
def test_every_role_reads_the_file_of_a_project(cast: Cast, who):
    at = run_page(cast, who, "project", project="DEMO-OWN-01")
    assert not at.exception
    labels = [tab.label for tab in at.tabs]
    history = ["歷程"] if who in {"officer", "chief", "auditor", "admin"} else []
    assert labels == (ENGLISH_TABS if who == "assistant" else TABS + history)
    assert len(at.get("plotly_chart")) == 1


@pytest.mark.parametrize("code", ["DEMO-FOREIGN-01", "DEMO-NONE", "", "x" * 500, "%", "' OR 1=1 --"])
@pytest.mark.parametrize("who", ["pi", "company_pi", "officer", "chief"])
def test_a_foreign_or_unknown_code_finds_nothing(cast: Cast, who, code):
    shown = plain(run_page(cast, who, "project", project=code))
    assert says_nothing(shown)
    assert CANARY not in shown


def test_the_stranger_does_not_see_ours(cast: Cast):
    shown = plain(run_page(cast, "stranger_pi", "project", project="DEMO-OWN-01"))
    assert says_nothing(shown)
    assert "影像判讀" not in shown


def test_the_search_finds_full_width_letters_and_keeps_wildcards_plain(cast: Cast):
    assert "影像判讀" in plain(run_page(cast, "pi", "projects", search="ｄｅｍｏ－own"))
    assert "影像判讀" not in plain(run_page(cast, "pi", "projects", search="%"))


def test_the_timeline_can_be_read_as_a_list(cast: Cast):
    at = run_page(cast, "pi", "project", project="DEMO-OWN-01")
    at.segmented_control(key="timeline").set_value("list").run()
    assert not at.get("plotly_chart")
    assert "今日 115-09-01" in plain(at)


def test_a_contract_schedule_with_gaps_says_what_is_missing(cast: Cast):
    shown = plain(run_page(cast, "stranger_pi", "project", project="DEMO-FOREIGN-01"))
    assert "契約時程尚不完整" in shown
    assert "依文件登錄日期" not in shown  # only the office enters dates


def test_what_a_person_wrote_is_shown_as_text(cast: Cast):
    text = "![x](http://evil.invalid/x.png) **bold** :red[x]"
    cast.desk.store.write_quiet(
        cast.ctx().now,
        lambda tx: tx.conn.exec_driver_sql("UPDATE project SET organisation = ? WHERE id = ?", (text, cast.project().id)) and None,
    )
    shown = texts(run_page(cast, "pi", "project", project="DEMO-OWN-01"))
    assert "![x](" not in shown
    assert r"\!\[x\]" in shown


def test_the_office_sets_a_duty_aside_that_the_call_asks_of_other_projects(cast: Cast):
    at = run_page(cast, "other_officer", "project", project="DEMO-FOREIGN-01")
    name = f"aside-{cast.obligation('product_route', which='foreign').id}"
    at.text_area(key=f"{name}-reason").set_value("屬伍-一之產品開發")
    at.button(key=f"ask-{name}").click().run()
    at.button(key=f"yes-{name}").click().run()
    assert not at.exception
    assert cast.obligation("product_route", which="foreign").status == "waived"


def test_nobody_but_the_office_is_offered_to_set_a_duty_aside(cast: Cast):
    at = run_page(cast, "stranger_pi", "project", project="DEMO-FOREIGN-01")
    assert not [area for area in at.text_area if str(area.key).startswith("aside-")]


def test_the_office_extends_a_project_by_letter(cast: Cast):
    at = run_page(cast, "officer", "project", project="DEMO-OWN-01")
    name = f"extend-{cast.project().id}"
    at.text_input(key=f"{name}-end").set_value("120-05-31")
    at.button(key=f"{name}-preview").click().run()
    assert "120-09-01" in texts(at)
    at.text_input(key=f"{name}-letter").set_value("示範字第1號")
    at.file_uploader(key=f"file-{name}").set_value(("letter.pdf", sample_pdf(["letter"]), "application/pdf"))
    at.button(key=f"ask-{name}").click().run()
    at.button(key=f"yes-{name}").click().run()
    assert not at.exception
    assert cast.obligation("final_report").due_on == date(2031, 9, 1)


def test_the_chief_puts_another_officer_in_charge(cast: Cast):
    new = second_officer(cast)
    at = run_page(cast, "chief", "project", project="DEMO-OWN-01")
    name = f"officer-{cast.project().id}"
    at.selectbox(key=f"{name}-who").set_value(new)
    at.button(key=f"ask-{name}").click().run()
    at.button(key=f"yes-{name}").click().run()
    assert not at.exception
    assert "承辦人：" + cast.person("other_officer").name in plain(run_page(cast, "pi", "project", project="DEMO-OWN-01"))


@pytest.mark.parametrize("who", ["officer", "pi", "auditor"])
def test_nobody_below_the_chief_is_offered_to_change_the_officer(cast: Cast, who):
    second_officer(cast)
    at = run_page(cast, who, "project", project="DEMO-OWN-01")
    assert not [one for one in at.button if str(one.key).startswith("ask-officer-")]


def test_the_office_corrects_a_mistyped_end_after_seeing_what_moves(cast: Cast):
    extend(cast, "2041-05-31")
    at = run_page(cast, "officer", "project", project="DEMO-OWN-01")
    name = f"correct-{cast.project().id}"
    at.text_input(key=f"{name}-end").set_value("120-05-31")
    at.text_input(key=f"{name}-letter").set_value("示範字第1號")
    at.text_area(key=f"{name}-reason").set_value("誤植")
    at.button(key=f"{name}-preview").click().run()
    assert "130-09-02" in texts(at)
    assert "120-09-01" in texts(at)
    assert cast.obligation("final_report").due_on == date(2041, 9, 2)
    at.button(key=f"ask-{name}").click().run()
    at.button(key=f"yes-{name}").click().run()
    assert not at.exception
    assert cast.obligation("final_report").due_on == date(2031, 9, 1)


@pytest.mark.parametrize("who", ["pi", "assistant", "auditor", "admin"])
def test_nobody_but_the_office_is_offered_to_extend_it(cast: Cast, who):
    at = run_page(cast, who, "project", project="DEMO-OWN-01")
    assert not [one for one in at.button if str(one.key).startswith(("ask-extend-", "correct-"))]
