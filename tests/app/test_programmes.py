"""The programmes screen: who is told when, as words, as an example, as an editor; and the contacts at institutions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.app.support import run_page, texts
from tests.cast import Cast, key
from tracker.domain.alert_policy import Level, Policy, PolicySet
from tracker.services.institution_contacts import ContactEntry, add_contact, change_contact, contact_board
from tracker.services.ladders import edit_ladder, programme_views
from tracker.ui import cache


@pytest.fixture(autouse=True)
def _environment_desk():
    yield
    cache.give_desk(None)


def policies(cast: Cast) -> PolicySet:
    return own(cast).policies


def own(cast: Cast):
    return next(view for view in programme_views(cast.ctx("chief")) if view.programme_id == cast.project("own").programme_id)


def put(cast: Cast, *levels: Level) -> None:
    wanted = PolicySet(Policy(levels=(Level("pi", "T-60"), *levels)))
    programme_id = cast.project("own").programme_id
    edit_ladder(cast.ctx("chief"), programme_id=programme_id, policies=wanted, expected_version=own(cast).version, key=key())


def form(cast: Cast) -> str:
    return f"ladder-{cast.project('own').programme_id}-{own(cast).version}"


@pytest.mark.parametrize("who", ["pi", "officer", "chief", "auditor"])
def test_everybody_in_a_programme_reads_who_is_told_from_when(cast: Cast, who):
    page = run_page(cast, who, "programmes")
    if who == "auditor":
        page.selectbox(key="programmes-choice").select("demo-sister-ai").run()
    assert not page.exception
    assert "**承辦人**：自「逾 7 日」起；以電子郵件通知" in texts(page)


def test_an_example_tells_who_is_told_on_which_day(cast: Cast):
    put(cast, Level("officer", "+1", 4))
    page = run_page(cast, "pi", "programmes")
    assert not page.exception
    assert "通知承辦人 → **承辦人**" in texts(page)


def test_the_chief_gives_the_institution_a_grace_and_sees_what_it_would_do(cast: Cast):
    page, name = run_page(cast, "chief", "programmes"), form(cast)
    page.toggle(key=f"{name}-institution-told").set_value(True).run()
    page.number_input(key=f"{name}-institution-grace").set_value(5).run()
    page.selectbox(key=f"{name}-institution-language").select("en").run()
    page.button(key=f"{name}-try").click().run()
    assert "以下機構尚未登錄聯絡人：示範大學" in texts(page)
    page.button(key=f"{name}-save").click().run()
    assert not page.exception
    assert policies(cast).policy.level("institution") == Level("institution", "+7", 5, ("mail",), "en")


def test_a_policy_that_makes_no_sense_is_refused_with_its_field_and_nothing_chosen_is_lost(cast: Cast):
    page, name = run_page(cast, "chief", "programmes"), form(cast)
    page.selectbox(key=f"{name}-officer-from").select("+14").run()
    page.selectbox(key=f"{name}-chief-from").select("+7").run()
    page.button(key=f"{name}-save").click().run()
    assert "**主管**：主管不得早於承辦人收到提醒。" in page.error[0].value
    assert page.selectbox(key=f"{name}-chief-from").value == "+7"
    assert policies(cast) == PolicySet()


def test_saving_what_is_in_force_already_changes_nothing_and_says_so(cast: Cast):
    before = own(cast)
    page, name = run_page(cast, "chief", "programmes"), form(cast)
    page.button(key=f"{name}-save").click().run()
    assert not page.exception
    assert "目前的提醒設定就是這樣，沒有變更。" in texts(page)
    assert own(cast) == before


def test_a_kind_may_tell_other_people(cast: Cast):
    page, name = run_page(cast, "chief", "programmes"), form(cast)
    page.multiselect(key=f"{name}-kinds").select("data_call").run()
    page.toggle(key=f"{name}-data_call-apart").set_value(True).run()
    page.toggle(key=f"{name}-data_call-chief-told").set_value(False).run()
    page.button(key=f"{name}-save").click().run()
    assert not page.exception
    assert policies(cast).of("data_call").level("chief") is None
    assert policies(cast).of("final_report").level("chief") is not None


def test_going_back_to_the_programmes_file_asks_first(cast: Cast):
    put(cast, Level("officer", "+7"))
    page, name = run_page(cast, "chief", "programmes"), form(cast)
    page.button(key=f"ask-{name}-reset").click().run()
    assert "將放棄本機關的修改" in texts(page)
    page.button(key=f"yes-{name}-reset").click().run()
    assert not page.exception
    assert policies(cast) == PolicySet()


def test_those_who_may_not_edit_see_no_editor_and_no_contacts(cast: Cast):
    page = run_page(cast, "pi", "programmes")
    assert "調整提醒" not in texts(page)
    assert "機構聯絡人" not in texts(page)


def test_the_officer_enters_a_contact_and_takes_it_out_of_use(cast: Cast):
    programme_id = cast.project("own").programme_id
    page, name = run_page(cast, "officer", "programmes"), f"contact-add-{programme_id}"
    page.button(key=f"{name}-send").click().run()
    assert [field in page.error[0].value for field in ("機構", "姓名", "電子郵件")] == [True, True, True]
    page.selectbox(key=f"{name}-organisation").select("示範大學")
    page.text_input(key=f"{name}-name").input("示範研發處")
    page.text_input(key=f"{name}-email").input("research@university.invalid")
    page.button(key=f"{name}-send").click().run()
    assert not page.exception
    (contact,) = contact_board(cast.ctx("officer"), programme_id=programme_id).contacts
    assert (contact.organisation, contact.name, contact.active) == ("示範大學", "示範研發處", True)
    page.button(key=f"ask-contact-{contact.id}-switch").click().run()
    assert "待寄的信也不寄出" in texts(page)
    page.button(key=f"yes-contact-{contact.id}-switch").click().run()
    assert not contact_board(cast.ctx("officer"), programme_id=programme_id).contacts[0].active


@pytest.mark.parametrize(("typed", "said"), [("115/13/40", "沒有"), ("下個月", "不是日期"), ("", "請填日期")])
def test_an_example_for_a_day_that_is_none_names_the_field_and_keeps_what_was_typed(cast: Cast, typed: str, said: str):
    page, name = run_page(cast, "chief", "programmes"), form(cast)
    page.text_input(key=f"{name}-example-day").set_value(typed).run()
    assert not page.exception
    assert "法定末日" in page.error[0].value
    assert said in page.error[0].value
    assert page.text_input(key=f"{name}-example-day").value == typed


def test_the_day_of_an_example_may_be_typed_in_either_calendar(cast: Cast):
    page, name = run_page(cast, "chief", "programmes"), form(cast)
    for typed in ("115-11-30", "2026-11-30", "民國１１５年１１月３０日"):
        page.text_input(key=f"{name}-example-day").set_value(typed).run()
        assert not page.error
        assert "法定末日為 115-11-30 (2026-11-30)" in texts(page)


def test_a_contact_that_was_entered_leaves_an_empty_form_under_another_name(cast: Cast):
    programme_id = cast.project("own").programme_id
    page, name = run_page(cast, "officer", "programmes"), f"contact-add-{programme_id}"
    page.selectbox(key=f"{name}-organisation").select("示範大學")
    page.text_input(key=f"{name}-name").input("示範研發處")
    page.text_input(key=f"{name}-email").input("research@university.invalid")
    page.button(key=f"{name}-send").click().run()
    assert not page.error
    assert f"{name}-send" not in [one.key for one in page.button], "a late second click is on a button that is gone"
    assert page.text_input(key=f"{name}-again1-email").value == ""


def test_what_was_chosen_stays_where_somebody_else_was_faster_and_is_saved_once_she_has_seen_it(cast: Cast):
    page, name = run_page(cast, "chief", "programmes"), form(cast)
    page.toggle(key=f"{name}-chief-told").set_value(False).run()
    put(cast, Level("officer", "+7"))
    page.button(key=f"{name}-save").click().run()
    assert "有人" in page.error[0].value
    assert page.toggle(key=f"{name}-chief-told").value is False
    page.run()
    assert page.toggle(key=f"{name}-chief-told").value is False
    page.button(key=f"{name}-save").click().run()
    assert not page.error
    assert policies(cast).policy.level("chief") is None


def test_what_was_typed_of_a_contact_stays_where_somebody_else_was_faster(cast: Cast):
    programme_id = cast.project("own").programme_id
    entry = ContactEntry("示範大學", "示範研發處", "research@university.invalid")
    made = add_contact(cast.ctx("officer"), programme_id=programme_id, entry=entry, key=key())
    page, name = run_page(cast, "officer", "programmes"), f"contact-{made}-correct"
    page.text_input(key=f"{name}-1-name").input("我的名稱")
    other = replace(entry, name="他的名稱")
    change_contact(cast.ctx("chief"), contact_id=made, entry=other, expected_version=1, key=key())
    page.button(key=f"{name}-1-send").click().run()
    assert "有人已修改" in texts(page)
    assert page.text_input(key=f"{name}-1-name").value == "我的名稱"
    assert contact_board(cast.ctx("officer"), programme_id=programme_id).contacts[0].name == "他的名稱"
    page.button(key=f"{name}-go-on").click().run()
    page.button(key=f"{name}-1-send").click().run()
    assert not page.error
    assert contact_board(cast.ctx("officer"), programme_id=programme_id).contacts[0].name == "我的名稱"
