"""The office's page of one report."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.app.clocks import standing
from tests.app.support import run_page, texts
from tests.integration.services.support_reports import hand_in, opened, returned, submitted, write
from tracker.services.report_review import review_screen
from tracker.store import tables as t


def _status(cast) -> str:
    return cast.obligation("quarterly_report", "Y1Q1").status


def test_accepting_asks_first_then_settles(cast):
    report_id = submitted(cast)
    page = run_page(cast, "officer", "review", report=report_id)
    assert not page.exception
    page.button(key=f"ask-accept-{report_id}-2").click().run()
    assert _status(cast) == "submitted"
    page.button(key=f"yes-accept-{report_id}-2").click().run()
    assert not page.exception
    assert _status(cast) == "accepted"
    assert "已接受報告" in texts(page)


def test_a_return_needs_a_comment_and_names_what_opens(cast):
    report_id = submitted(cast)
    page = run_page(cast, "officer", "review", report=report_id)
    name = f"return-{report_id}-2"
    assert page.button(key=f"{name}-off").disabled
    page.text_area(key=f"{name}-progress").set_value("請補充數據來源").run()
    page.button(key=f"ask-{name}").click().run()
    assert "計畫可修改：執行進度" in texts(page)
    page.button(key=f"yes-{name}").click().run()
    assert not page.exception
    assert _status(cast) == "returned"
    assert cast.by_key("DEMO-OWN-01/quarterly_report/Y1Q1/reply-1").due_on.isoformat() == "2026-09-15"


def test_a_verdict_stands_beside_the_claim(cast):
    report_id = submitted(cast)
    page = run_page(cast, "officer", "review", report=report_id)
    with cast.desk.store.read() as conn:
        checkpoint = conn.execute(select(t.checkpoint.c.id).where(t.checkpoint.c.code == "C1")).scalar_one()
    name = f"verdict-{review_screen(cast.ctx('officer'), report_id).version.id}-{checkpoint}"
    page.radio(key=f"{name}-verdict").set_value("partly_met")
    page.text_input(key=f"{name}-actual").set_value("３５０")
    next(b for b in page.button if b.label == "登錄認定").click().run()
    assert not page.exception
    assert "機關認定：部分達成，認可 350 張" in texts(page)


def test_what_changed_since_the_return_is_marked(cast):
    report_id = submitted(cast)
    returned(cast, report_id, on="2026-09-02", reply_by="2026-09-10")
    write(cast, report_id, "progress", "補充後的進度", on="2026-09-08")
    hand_in(cast, report_id, on="2026-09-08")
    page = run_page(standing(cast, "2026-09-09"), "officer", "review", report=report_id)
    assert not page.exception
    assert ":material/change_circle: **執行進度**" in texts(page)
    shown = [element.value for element in page.text]
    assert "補充後的進度" in shown
    assert "已完成資料蒐集。" in shown


def test_the_period_before_stands_beside(cast):
    submitted(cast, period="Y1Q1")
    report_id = submitted(cast, period="Y1Q2", on="2026-12-01")
    page = run_page(standing(cast, "2026-12-02"), "officer", "review", report=report_id)
    assert not page.exception
    assert [element.value for element in page.text].count("已完成資料蒐集。") == 2


@pytest.mark.parametrize("who", ["other_officer", "stranger_pi", "auditor", "pi", None])
def test_a_foreign_or_wrong_reader_gets_no_page(cast, who):
    report_id = submitted(cast)
    page = run_page(cast, who, "review", report=report_id)
    assert not page.exception
    assert "已完成資料蒐集" not in texts(page)


def test_a_draft_cannot_be_reviewed(cast):
    page = run_page(cast, "officer", "review", report=opened(cast))
    assert "查無" in texts(page)


def test_a_period_out_of_order_is_refused_by_name_with_the_way_to_what_comes_first(cast):
    report_id = submitted(cast, "quarterly_report", "Y1Q2", on="2026-09-01")
    page = run_page(cast, "officer", "review", report=report_id)
    page.button(key=f"ask-accept-{report_id}-2").click().run()
    page.button(key=f"yes-accept-{report_id}-2").click().run()
    assert not page.exception
    assert cast.obligation("quarterly_report", "Y1Q2").status == "submitted"
    assert "第1年第1季" in texts(page)
    links = [one.proto for one in page.get("page_link")]
    assert any(one.page == "project" and one.label.startswith("前往計畫頁面") for one in links)
