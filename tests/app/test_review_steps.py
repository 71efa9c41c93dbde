"""A review on the screen, step by step, as each of those who take part in it sees it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from tests.app.clocks import standing
from tests.app.support import run_page, texts
from tests.cast import key
from tests.integration.services.support_reports import hand_in, submitted, write
from tests.integration.services.support_reviews import (
    OFFICER,
    THREE_STEPS,
    TWO_STEPS,
    away,
    give,
    report_row,
    round_row,
    says,
    sends_back,
    staff,
    states,
    tasks,
    use_flow,
)  # fmt: skip
from tracker.services.report_review import reset_report
from tracker.services.review_comments import sent_comments
from tracker.services.viewer import Role
from tracker.store import tables as t
from tracker.ui.review_fields import marked


def shown(cast, who: str, report_id: int, on: str = "2026-09-02"):
    page = run_page(standing(cast, on), who, "review", report=report_id)
    assert not page.exception, [error.value for error in page.exception]
    return page


def confirm(page, name: str):
    page.button(key=f"ask-{name}").click().run()
    page.button(key=f"yes-{name}").click().run()
    assert not page.exception
    return page


def reply_day(cast, report_id: int) -> date | None:
    """The day for the answer of a report that went back; None where it did not."""
    with cast.desk.store.read() as conn:
        found = select(t.review.c.reply_by_on).join(t.report_version).where(t.report_version.c.report_id == report_id)
        return conn.execute(found).scalar()


@pytest.fixture
def at_the_panel(cast, monkeypatch):
    """A report with its officer done and both seats given; gives (cast, report id, seats)."""
    use_flow(monkeypatch, *THREE_STEPS, office_days=20)
    staff(cast, "expert_a", Role.REVIEWER)
    staff(cast, "expert_b", Role.REVIEWER)
    report_id = submitted(cast)
    says(cast, "officer", tasks(cast, report_id, "officer")[0].id, remark="承辦人內部意見")
    seats = [task.id for task in tasks(cast, report_id, "panel")]
    for seat, who in zip(seats, ("expert_a", "expert_b"), strict=True):
        give(cast, seat, who)
    return cast, report_id, seats


def test_an_officer_recommends_and_her_turn_is_over(cast, monkeypatch):
    use_flow(monkeypatch, *TWO_STEPS)
    report_id = submitted(cast)
    task = tasks(cast, report_id)[0]
    page = shown(cast, "officer", report_id)
    name = f"recommend-{task.id}-{task.version}"
    page.radio(key=f"{name}-choice").set_value("accept")
    page.text_area(key=f"{name}-remark").set_value("資料齊備")
    confirm(page, name)
    assert states(cast, report_id) == [("officer", "done"), ("chief", "open")]
    assert "建議接受" in texts(page)
    assert not [button for button in page.button if button.key and button.key.startswith("ask-accept")]


def test_what_is_missing_is_named_and_nothing_typed_is_lost(cast, monkeypatch):
    use_flow(monkeypatch, *TWO_STEPS)
    report_id = submitted(cast)
    task = tasks(cast, report_id)[0]
    page = shown(cast, "officer", report_id)
    name = f"recommend-{task.id}-{task.version}"
    page.text_area(key=f"{name}-remark").set_value("理由寫好了")
    confirm(page, name)
    assert "我建議" in "".join(error.value for error in page.error)
    assert page.text_area(key=f"{name}-remark").value == "理由寫好了"


def test_opening_the_page_is_noted(cast):
    report_id = submitted(cast)
    shown(cast, "auditor", report_id)
    assert round_row(cast, report_id).first_read_at is None
    shown(cast, "officer", report_id)
    assert round_row(cast, report_id).first_read_by == cast.person("officer").id


def test_a_chief_decides_on_conditions(cast, monkeypatch):
    use_flow(monkeypatch, *TWO_STEPS)
    report_id = submitted(cast)
    says(cast, "officer", tasks(cast, report_id)[0].id, remark="建議接受，附條件")
    page = shown(cast, "chief", report_id)
    assert "建議接受，附條件" in texts(page)
    name = f"accept-{report_id}-2"
    page.button(key=f"{name}-more").click().run()
    page.text_area(key=f"{name}-1-body").set_value("補齊同意書")
    page.text_input(key=f"{name}-1-due").set_value("115-09-01").run()
    confirm(page, name)
    assert "條件 1：到期日" in "".join(error.value for error in page.error) or "條件 1" in "".join(error.value for error in page.error)
    page.text_input(key=f"{name}-1-due").set_value("115-10-15").run()
    page.button(key=f"yes-{name}").click().run()  # what was refused may be agreed to again
    assert report_row(cast, report_id).status == "accepted"
    with cast.desk.store.read() as conn:
        assert [row.due_on for row in conn.execute(t.action_item.select())] == [date(2026, 10, 15)]


def test_a_chief_is_told_with_whom_a_step_lies_and_takes_it_over(cast, monkeypatch):
    use_flow(monkeypatch, OFFICER)
    report_id = submitted(cast)
    page = shown(cast, "chief", report_id)
    assert "這一關目前由 示範承辦人 辦理" in texts(page)
    task = tasks(cast, report_id)[0]
    name = f"give-{task.id}-{task.version}"
    page.selectbox(key=f"{name}-person").set_value(cast.person("chief").id)
    page.text_input(key=f"{name}-reason").set_value("承辦人支援其他業務").run()
    page.button(key=f"{name}-yes").click().run()
    assert not page.exception
    assert [row.assignee_id for row in tasks(cast, report_id)] == [None, cast.person("chief").id]
    assert page.button(key=f"ask-accept-{report_id}-2")


def test_a_remark_at_a_field_is_kept_as_it_is_left_and_goes_along(cast):
    report_id = submitted(cast)
    page = shown(cast, "officer", report_id)
    box = next(area for area in page.text_area if area.key and area.key.startswith("remark-") and "progress" in area.key)
    box.set_value("樣本數？").run()
    assert not page.exception
    again = shown(cast, "officer", report_id)  # a new browser: it was kept
    assert "樣本數？" in [area.value for area in again.text_area]
    confirm(again, f"return-{report_id}-2")
    assert [one.body for one in sent_comments(cast.ctx("pi"), report_id)] == ["樣本數？"]
    assert report_row(cast, report_id).reopened_json == ["progress"]
    writing = run_page(cast, "pi", "report", report=report_id)
    assert not writing.exception
    assert [box.value for box in writing.warning].count("機關意見：樣本數？") == 2  # at the head of the section and at the field


def test_a_reset_asks_for_a_reason_first(cast):
    report_id = submitted(cast)
    page = shown(cast, "officer", report_id)
    name = f"reset-{report_id}-2"
    assert page.button(key=f"ask-{name}").disabled
    page.text_area(key=f"{name}-reason").set_value("整份與計畫不符").run()
    confirm(page, name)
    assert report_row(cast, report_id).status == "returned"
    assert "整份重開" in texts(shown(cast, "officer", report_id))


def test_a_panel_member_starts_with_what_she_was_given(at_the_panel):
    cast, report_id, seats = at_the_panel
    page = run_page(standing(cast, "2026-09-02"), "expert_a", "assignments")
    assert not page.exception
    assert "DEMO\\-OWN\\-01" in texts(page)
    says(cast, "expert_a", seats[0])
    assert "您建議接受" in texts(run_page(cast, "expert_a", "assignments"))
    nothing = run_page(cast, "reviewer", "assignments")
    assert "目前沒有待審查的報告" in texts(nothing)
    assert "查無" in texts(run_page(cast, "reviewer", "review", report=report_id))


def test_a_panel_member_scores_and_sees_nothing_of_the_others_before(at_the_panel):
    cast, report_id, seats = at_the_panel
    says(cast, "expert_b", seats[1], "return", remark="B 的理由")
    page = shown(cast, "expert_a", report_id)
    seen = texts(page)
    assert "承辦人內部意見" not in seen
    assert "B 的理由" not in seen
    assert "示範expert_b" not in seen
    task = tasks(cast, report_id, "panel")[0]
    name = f"recommend-{task.id}-{task.version}"
    page.text_input(key=f"{name}-score-quality").set_value("85")
    page.text_input(key=f"{name}-score-progress").set_value("９０")
    page.radio(key=f"{name}-choice").set_value("return")
    page.text_area(key=f"{name}-remark").set_value("樣本不足")
    confirm(page, name)
    assert "B 的理由" in texts(page)
    assert states(cast, report_id)[-1] == ("chief", "open")


def test_a_panel_member_who_declares_a_conflict_is_gone_from_the_report(at_the_panel):
    cast, report_id, _seats = at_the_panel
    page = shown(cast, "expert_a", report_id)
    name = f"conflict-{cast.project().id}"
    page.text_area(key=f"{name}-reason").set_value("共同著作").run()
    page.button(key=f"ask-{name}-{cast.person('expert_a').id}").click().run()
    page.button(key=f"yes-{name}-{cast.person('expert_a').id}").click().run()
    assert [state for _, state in states(cast, report_id)][1] == "excluded"
    assert "查無" in texts(run_page(cast, "expert_a", "review", report=report_id))
    assert "審查委員席次待指派" in texts(run_page(cast, "officer", "waiting"))


def test_a_cover_sees_for_whom_she_acts(cast, monkeypatch):
    use_flow(monkeypatch, OFFICER)
    staff(cast, "cover", Role.OFFICER)
    report_id = submitted(cast)
    away(cast, "officer", "cover")
    assert "您代理 示範承辦人" in texts(run_page(standing(cast, "2026-09-02"), "cover", "waiting"))
    assert "示範承辦人 不在，由您代理" in texts(shown(cast, "cover", report_id))


def test_the_offices_own_delay_is_said_and_lengthens_the_reply(cast, monkeypatch):
    use_flow(monkeypatch, OFFICER, office_days=5)
    report_id = submitted(cast)
    page = shown(cast, "officer", report_id, on="2026-09-14")
    assert "機關已逾期 4 個工作天" in texts(page)
    assert "順延 4 個工作天" in texts(page)
    assert page.text_input(key=f"return-{report_id}-2-by").value == "115-10-05"
    assert "115-10-05 (2026-10-05) 星期一" in texts(page).replace("\\", "")
    assert "機關已逾期 4 個工作天" in texts(run_page(cast, "officer", "waiting"))


@pytest.mark.parametrize("day", ["115-10-07", "2026-10-07", "民國115年10月7日"])
def test_the_day_of_the_answer_is_typed_in_either_calendar_and_no_other_is_sent(cast, monkeypatch, day):
    use_flow(monkeypatch, OFFICER)
    report_id = submitted(cast)
    page, name = shown(cast, "officer", report_id), f"return-{report_id}-2"
    page.text_area(key=f"{name}-progress").set_value("請補資料").run()
    page.text_input(key=f"{name}-by").set_value(day).run()
    assert "115-10-07 (2026-10-07) 星期三" in texts(page).replace("\\", "")
    confirm(page, name)
    assert not page.error
    assert reply_day(cast, report_id) == date(2026, 10, 7)


WRONG_ANSWERS = [
    ("", "請填日期"),
    ("下週五", "不是日期"),
    ("115-09-31", "沒有「115-09-31」這一天"),
    ("115-10-07 星期一", "星期"),  # a Wednesday
    ("115-09-02", "115-09-03"),  # today, a Wednesday
    ("118-10-03", "一年"),  # later than a year from now
]


@pytest.mark.parametrize(("day", "why"), WRONG_ANSWERS)
def test_a_day_of_the_answer_that_cannot_be_is_named_stays_as_typed_and_nothing_is_sent(cast, monkeypatch, day, why):
    use_flow(monkeypatch, OFFICER)
    report_id = submitted(cast)
    page, name = shown(cast, "officer", report_id), f"return-{report_id}-2"
    page.text_area(key=f"{name}-progress").set_value("請補資料").run()
    page.button(key=f"ask-{name}").click().run()
    page.text_input(key=f"{name}-by").set_value(day)
    page.button(key=f"yes-{name}").click().run()  # typed at the last moment, under the open question
    assert not page.exception
    assert "補正期限" in page.error[0].value
    assert why in page.error[0].value.replace("\\", "")
    assert page.text_input(key=f"{name}-by").value == day
    assert page.text_area(key=f"{name}-progress").value == "請補資料"
    assert page.button(key=f"{name}-off").disabled
    assert reply_day(cast, report_id) is None


def test_both_sides_and_the_portfolio_see_how_long_the_office_takes(cast, monkeypatch):
    use_flow(monkeypatch, OFFICER, office_days=5)
    submitted(cast)
    for who in ("pi", "officer"):
        page = run_page(standing(cast, "2026-09-14"), who, "project", project=cast.project().code)
        assert not page.exception
        assert "機關已逾期 4 個工作天" in texts(page)
    page = run_page(cast, "officer", "portfolio")
    assert not page.exception
    assert "其中 1 件已逾承諾期限" in texts(page)


def test_an_answer_is_shown_word_by_word(cast):
    report_id = submitted(cast)
    sends_back(cast, "officer", report_id)
    write(cast, report_id, "progress", "已完成資料蒐集與標註。", on="2026-09-08")
    hand_in(cast, report_id, on="2026-09-08")
    assert ":green-background[**與標註**]" in texts(shown(cast, "officer", report_id, on="2026-09-09"))


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ("a b", "a c", "a :red-background[~~b~~]:green-background[**c**]"),
        ("", "[x](http://evil.invalid)", None),
        ("甲\n乙", "甲\n丙", "甲  \n:red-background[~~乙~~]:green-background[**丙**]"),
    ],
)
def test_marks_never_bring_user_text_to_life(before, now, expected):
    found = marked(before, now)
    assert found == expected if expected else "](http" not in found.replace("\\", "§")


def test_a_report_that_was_reset_is_told_on_its_projects_page(cast):
    report_id = submitted(cast)
    ctx = cast.ctx("officer", on="2026-09-02")
    reset_report(ctx, report_id=report_id, expected_version=2, reason="整份與計畫不符", reply_by=date(2026, 9, 16), key=key())
    page = run_page(cast, "pi", "project", project=cast.project("own").code)
    assert not page.exception
    assert "整份重開" in texts(page)
