"""The page of silences, and the pause on the page of a project."""

from __future__ import annotations

import pytest

from tests.app.support import run_page, texts
from tests.cast import at, key
from tracker.services.silence_changes import SilenceEntry, change_end, make_silence
from tracker.services.silences import silence_list
from tracker.ui import cache, components

NOW = "2026-09-01"  # Tuesday: the screens' clock stands here
UNTIL = at("2026-09-08", "08:00")


@pytest.fixture
def open_cast(cast):
    yield cast
    cache.give_desk(None)


def paused(cast, reason: str = "主持人住院"):
    entry = SilenceEntry(UNTIL, reason, "pause", project_id=cast.project("own").id)
    return make_silence(cast.ctx("officer", on=NOW), entry, key=key()).silence_id


def silences_of(cast, who: str = "admin"):
    return silence_list(cast.ctx(who, on=NOW))


@pytest.mark.parametrize(("who", "gives"), [("admin", True), ("chief", True), ("officer", False), ("auditor", False)])
def test_the_page_is_for_the_office_and_only_some_give_a_silence(open_cast, who, gives):
    page = run_page(open_cast, who, "silences")
    assert not page.exception
    assert "目前沒有信件被靜音" in texts(page)
    assert bool([one for one in page.text_area if one.key == "silence-new-reason"]) is gives


@pytest.mark.parametrize("who", ["pi", "assistant", "reviewer"])
def test_the_page_does_not_exist_for_others(open_cast, who):
    assert "靜音只延後寄信" not in texts(run_page(open_cast, who, "silences"))


def test_a_chief_silences_her_programme_after_seeing_what_that_holds(open_cast):
    page = run_page(open_cast, "chief", "silences")
    page.button(key="ask-silence-new").click().run()
    page.button(key="yes-silence-new").click().run()
    assert "請填寫理由" in texts(page)
    page.text_area(key="silence-new-reason").set_value("系統搬遷").run()
    page.button(key="yes-silence-new").click().run()
    assert not page.exception
    (made,) = silences_of(open_cast)
    assert (made.programme_code, made.reason, made.until_at) == ("demo-sister-ai", "系統搬遷", at("2026-09-02", "08:00"))
    assert "系統搬遷" in texts(page)


def test_what_was_done_is_still_said_after_a_late_second_click_and_goes_with_the_page(open_cast, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(components, "monotonic", lambda: now[0])
    page = run_page(open_cast, "chief", "silences")
    page.text_area(key="silence-new-reason").set_value("系統搬遷").run()
    page.button(key="ask-silence-new").click().run()
    page.button(key="yes-silence-new").click().run()
    said = page.success[0].value
    assert page.run().success[0].value == said
    now[0] += 7
    assert not page.run().success


def test_what_was_agreed_to_is_asked_again_once_it_is_done(open_cast):
    page = run_page(open_cast, "chief", "silences")
    page.button(key="ask-silence-new").click().run()
    page.button(key="yes-silence-new").click().run()
    assert page.error, "no reason was given"
    page.text_area(key="silence-new-reason").set_value("系統搬遷").run()
    page.button(key="yes-silence-new").click().run()
    assert len(silences_of(open_cast)) == 1
    assert "yes-silence-new" not in [one.key for one in page.button]


def test_a_silence_may_begin_later(open_cast):
    page = run_page(open_cast, "chief", "silences")
    page.checkbox(key="silence-new-later").check().run()
    page.text_input(key="silence-new-from-day").set_value("115-09-03").run()
    page.text_input(key="silence-new-until-day").set_value("115-09-04").run()
    page.text_area(key="silence-new-reason").set_value("系統搬遷").run()
    page.button(key="ask-silence-new").click().run()
    page.button(key="yes-silence-new").click().run()
    assert not page.exception
    (made,) = silences_of(open_cast)
    assert (made.state, made.from_at) == ("coming", at("2026-09-03", "18:00"))


def test_duties_that_fall_inside_are_a_warning_by_name(open_cast):
    page = run_page(open_cast, "chief", "silences")
    page.text_input(key="silence-new-until-day").set_value("115-10-02").run()
    assert page.warning
    assert "每季執行進度及績效指標" in page.warning[-1].value


def test_what_is_wrong_is_named_and_what_was_typed_stays(open_cast):
    page = run_page(open_cast, "chief", "silences")
    page.text_area(key="silence-new-reason").set_value("系統搬遷").run()
    page.text_input(key="silence-new-until-day").set_value("115-12-01").run()
    assert "結束時間" in texts(page)
    assert "最長 31 日" in texts(page)
    assert page.text_area(key="silence-new-reason").value == "系統搬遷"


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [("project", "DEMO-FOREIGN-01", "此徵求專案中沒有計畫 DEMO-FOREIGN-01"), ("email", "stranger@foreign.invalid", "查無使用此電子郵件")],
)
def test_a_chief_learns_nothing_of_what_is_not_hers(open_cast, field, text, said):
    page = run_page(open_cast, "chief", "silences")
    page.text_input(key=f"silence-new-{field}").set_value(text).run()
    assert said in texts(page).replace("\\", "")
    assert not page.exception


def test_an_administrator_lifts_a_silence_with_a_reason(open_cast):
    made = paused(open_cast)
    page = run_page(open_cast, "admin", "silences")
    page.text_input(key=f"silence-{made}-1-why").set_value("已出院").run()
    page.button(key=f"ask-silence-{made}-1-lift").click().run()
    page.button(key=f"yes-silence-{made}-1-lift").click().run()
    assert not page.exception
    assert silences_of(open_cast)[0].state == "lifted"
    assert "已出院" in texts(page)


def test_its_end_is_moved_from_the_card(open_cast):
    made = paused(open_cast)
    page = run_page(open_cast, "officer", "silences")
    page.text_input(key=f"silence-{made}-1-until-day").set_value("115-09-04").run()
    page.button(key=f"silence-{made}-1-end").click().run()
    assert not page.exception
    assert silences_of(open_cast)[0].until_at == at("2026-09-04", "08:00")


@pytest.mark.parametrize("who", ["pi", "assistant", "officer", "chief", "auditor", "admin"])
def test_everybody_on_the_page_of_a_paused_project_reads_why_and_until_when(open_cast, who):
    paused(open_cast)
    page = run_page(open_cast, who, "project", project="DEMO-OWN-01")
    assert not page.exception
    shown = texts(page)
    assert "主持人住院" in shown
    assert "115-09-08 (2026-09-08) 08:00" in shown


def test_an_officer_pauses_a_project_and_reads_that_no_date_moves(open_cast):
    page = run_page(open_cast, "officer", "project", project="DEMO-OWN-01")
    number = open_cast.project("own").id
    assert "暫停提醒不會變動任何期日" in texts(page)
    page.text_area(key=f"pause-{number}-reason").set_value("主持人住院").run()
    page.button(key=f"ask-pause-{number}").click().run()
    page.button(key=f"yes-pause-{number}").click().run()
    assert not page.exception
    assert silences_of(open_cast)[0].kind == "pause"


@pytest.mark.parametrize("who", ["pi", "auditor", "admin"])
def test_only_the_office_pauses_a_project(open_cast, who):
    page = run_page(open_cast, who, "project", project="DEMO-OWN-01")
    assert [one.key for one in page.text_area if one.key and one.key.startswith("pause-")] == []


WRONG_DAYS = [
    ("", "請填日期"),
    ("下週五", "不是日期"),
    ("115-09", "缺日"),
    ("15-09-05", "年份無法確定"),
    ("115-02-30", "沒有"),
    ("115-08-31", "結束時間早於開始時間，或已經過去"),
]


@pytest.mark.parametrize(("typed", "said"), WRONG_DAYS)
def test_a_day_that_is_none_is_named_and_no_silence_is_made_with_another(open_cast, typed, said):
    page = run_page(open_cast, "chief", "silences")
    page.text_area(key="silence-new-reason").set_value("系統搬遷").run()
    page.text_input(key="silence-new-until-day").set_value(typed).run()
    assert not page.exception
    assert "結束時間" in page.error[0].value
    assert said in texts(page).replace("\\", ""), page.error[0].value
    assert page.text_input(key="silence-new-until-day").value == typed
    assert page.text_area(key="silence-new-reason").value == "系統搬遷"
    assert "ask-silence-new" not in [one.key for one in page.button], "there is nothing to agree to"


@pytest.mark.parametrize("typed", ["115-09-03", "2026-09-03", "民國１１５年９月３日", "1150903", "115/9/3 星期四"])
def test_an_end_may_be_typed_in_either_calendar_and_is_read_back(open_cast, typed):
    page = run_page(open_cast, "chief", "silences")
    page.text_input(key="silence-new-until-day").set_value(typed).run()
    assert "115-09-03 (2026-09-03) 星期四" in texts(page)
    page.text_area(key="silence-new-reason").set_value("系統搬遷").run()
    page.button(key="ask-silence-new").click().run()
    page.button(key="yes-silence-new").click().run()
    assert [one.until_at for one in silences_of(open_cast)] == [at("2026-09-03", "08:00")]


def test_a_new_end_that_is_no_day_is_named_and_the_silence_keeps_its_own(open_cast):
    made = paused(open_cast)
    page = run_page(open_cast, "officer", "silences")
    page.text_input(key=f"silence-{made}-1-until-day").set_value("過年後").run()
    page.button(key=f"silence-{made}-1-end").click().run()
    assert "結束時間" in page.error[0].value
    assert silences_of(open_cast)[0].until_at == UNTIL


def test_a_pause_whose_end_is_no_day_names_the_field(open_cast):
    page = run_page(open_cast, "officer", "project", project="DEMO-OWN-01")
    number = open_cast.project("own").id
    page.text_input(key=f"pause-{number}-until-day").set_value("115/13/40").run()
    assert not page.exception
    assert "結束時間" in page.error[0].value
    assert f"ask-pause-{number}" not in [one.key for one in page.button]


@pytest.mark.parametrize(("way", "shown", "kept"), [("go-on", "115-09-04", "2026-09-04"), ("give-up", "115-09-07", "2026-09-07")])
def test_a_new_end_that_was_typed_stays_where_somebody_else_was_faster_and_is_kept_or_given_up(open_cast, way, shown, kept):
    made = paused(open_cast)
    card, other = f"silence-{made}", at("2026-09-07", "08:00")  # a Monday; she types Friday 2026-09-04
    page = run_page(open_cast, "officer", "silences")
    page.text_input(key=f"{card}-1-until-day").set_value("115-09-04").run()
    change_end(open_cast.ctx("admin", on=NOW), silence_id=made, until_at=other, expected_version=1, key=key())
    page.button(key=f"{card}-1-end").click().run()
    assert "有人已修改" in texts(page)
    assert page.text_input(key=f"{card}-1-until-day").value == "115-09-04"
    assert silences_of(open_cast)[0].until_at == other, "nothing is sent before she has seen it"
    page.button(key=f"{card}-{way}").click().run()
    assert "有人已修改" not in texts(page)
    name = f"{card}-{1 if way == 'go-on' else 2}"
    assert page.text_input(key=f"{name}-until-day").value == shown
    page.button(key=f"{name}-end").click().run()
    assert not page.error
    assert silences_of(open_cast)[0].until_at == at(kept, "08:00")


def test_a_card_on_which_nothing_was_typed_follows_without_a_word(open_cast):
    made = paused(open_cast)
    page = run_page(open_cast, "officer", "silences")
    change_end(open_cast.ctx("admin", on=NOW), silence_id=made, until_at=at("2026-09-07", "08:00"), expected_version=1, key=key())
    page.run()
    assert "有人已修改" not in texts(page)
    assert page.text_input(key=f"silence-{made}-2-until-day").value == "115-09-07"
