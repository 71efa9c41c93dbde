"""A review by an officer, an expert and a chief, each in a browser of her own, one of them on a telephone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.offices import choose, confirm, press
from tests.browser.test_journeys import nothing_went_wrong, part
from tests.integration.services.support_reports import submitted
from tests.integration.services.support_reviews import CHIEF, OFFICER, PANEL, report_row, staff, states, tasks, use_flow
from tests.serving_support import give_everyone_the_password, settle, visit
from tracker.services.review_comments import sent_comments
from tracker.services.viewer import Role
from tracker.store import tables as t


def say(page: Page, key: str, text: str) -> None:
    """Write into a box and leave it."""
    box = part(page, key).locator("textarea, input").first
    box.fill(text)
    box.press("Control+Enter" if box.evaluate("e => e.tagName") == "TEXTAREA" else "Enter")
    settle(page)


def test_an_officer_an_expert_and_a_chief_judge_one_report(live: Live, monkeypatch: pytest.MonkeyPatch):
    use_flow(monkeypatch, OFFICER, replace(PANEL, seats=1), CHIEF, office_days=20)
    staff(live.cast, "expert_a", Role.REVIEWER)
    give_everyone_the_password(live.cast.desk)
    report_id = submitted(live.cast)
    first, seat, _last = tasks(live.cast, report_id)

    officer = live.as_person("officer", f"/review?report={report_id}")
    part(officer, f"recommend-{first.id}-1-choice").get_by_text("接受").click()
    settle(officer)
    say(officer, f"recommend-{first.id}-1-remark", "形式齊備，送專家審查。")
    confirm(officer, f"recommend-{first.id}-1")
    expect(officer.get_by_text("已登錄您的建議", exact=False).first).to_be_visible()
    officer.get_by_role("button", name="指派席次").click()
    choose(officer, f"give-{seat.id}-2-person", "示範expert_a")
    press(officer, f"give-{seat.id}-2-yes")
    expect(officer.get_by_text("已完成交辦", exact=False).first).to_be_visible()

    expert = live.as_person("expert_a", width=390)
    expect(expert.get_by_role("heading", name="待審查報告")).to_be_visible()
    expert.locator('a[href*="review"]').first.click()
    settle(expert)
    expect(expert.get_by_text("形式齊備", exact=False)).to_have_count(0)
    assert expert.evaluate("document.documentElement.scrollWidth") <= 390, "nothing sticks out of a telephone's screen"
    name = f"recommend-{seat.id}-3"
    say(expert, f"{name}-score-quality", "85")
    say(expert, f"{name}-score-progress", "９０")
    part(expert, f"{name}-choice").get_by_text("接受").click()
    settle(expert)
    say(expert, f"{name}-remark", "成果可信，建議補充外部驗證。")
    confirm(expert, name)
    expect(expert.get_by_text("已登錄您的建議", exact=False).first).to_be_visible()

    chief = live.as_person("chief", "/waiting")
    chief.locator('a[href*="review"]').first.click()
    settle(chief)
    expect(chief.get_by_text("成果可信，建議補充外部驗證。").first).to_be_visible()
    accept = f"accept-{report_id}-2"
    press(chief, f"{accept}-more")
    say(chief, f"{accept}-1-body", "補充外部驗證報告")
    say(chief, f"{accept}-1-due", "115-10-15")
    confirm(chief, accept)
    expect(chief.get_by_text("已接受", exact=False).first).to_be_visible()

    assert [state for _, state in states(live.cast, report_id)] == ["done", "done", "done"]
    assert report_row(live.cast, report_id).status == "accepted"
    with live.cast.desk.store.read() as conn:
        assert [row.body for row in conn.execute(t.action_item.select())] == ["補充外部驗證報告"]
    assert sent_comments(live.cast.ctx("pi"), report_id) == ()
    visit(expert, "/assignments")
    expect(expert.get_by_text("您建議接受", exact=False).first).to_be_visible()
    nothing_went_wrong(live)
