"""The screens for people, one's own account and the audit trail."""

from __future__ import annotations

import pytest

from tests.app.support import run_page, sign_in, texts
from tests.cast import PASSWORD, Cast
from tests.web.conftest import give_passwords
from tracker.clock import SystemClock
from tracker.services import accounts, directory, sessions
from tracker.services.viewer import Role
from tracker.ui import cache


@pytest.fixture(autouse=True)
def _environment_desk():
    yield
    cache.give_desk(None)


def row_of(cast: Cast, who: str) -> directory.PersonRow:
    return next(r for r in directory.people_list(cast.ctx("admin"))[0] if r.person_id == cast.person(who).id)


def test_the_administrator_adds_a_person_and_sees_the_password_once(cast: Cast):
    page = run_page(cast, "admin", "people")
    page.text_input(key="people-add-name").input("示範新人")
    page.text_input(key="people-add-email").input("new@office.invalid")
    page.button(key="people-add-send").click().run()
    password = page.code[0].value
    assert accounts.sign_in(cast.ctx(), email="new@office.invalid", password=password, origin="", user_agent="", at=SystemClock().now())
    page.run()
    assert password not in texts(page)


def test_a_bad_entry_names_its_fields_in_her_language_and_keeps_what_was_typed(cast: Cast):
    page = run_page(cast, "admin", "people")
    page.text_input(key="people-add-email").input("no address")
    page.button(key="people-add-send").click().run()
    assert "電子郵件" in page.error[0].value
    assert "這不是電子郵件地址。" in page.error[0].value
    assert "請填姓名。" in page.error[0].value
    assert page.text_input(key="people-add-email").value == "no address"


def test_a_role_is_given_on_the_screen(cast: Cast):
    page, pi = run_page(cast, "admin", "people"), cast.person("pi").id
    page.selectbox(key=f"grant-{pi}-role").select(Role.AUDITOR).run()
    page.button(key=f"grant-{pi}-send").click().run()
    assert not page.exception
    assert [g.role for g in row_of(cast, "pi").grants] == [Role.AUDITOR]


def test_switching_off_asks_first(cast: Cast):
    page, row = run_page(cast, "admin", "people"), row_of(cast, "pi")
    name = f"active-{row.person_id}-{row.version}"
    page.button(key=f"ask-{name}").click().run()
    assert row_of(cast, "pi").active
    assert "將立即登出" in texts(page)
    page.button(key=f"yes-{name}").click().run()
    assert not row_of(cast, "pi").active


def test_thinking_better_of_it_changes_nothing(cast: Cast):
    page, row = run_page(cast, "admin", "people"), row_of(cast, "pi")
    name = f"active-{row.person_id}-{row.version}"
    page.button(key=f"ask-{name}").click().run()
    page.button(key=f"no-{name}").click().run()
    assert row_of(cast, "pi").active
    assert f"yes-{name}" not in [button.key for button in page.button]


def test_the_last_administrator_is_told_why_not(cast: Cast):
    page, row = run_page(cast, "admin", "people"), row_of(cast, "admin")
    name = f"revoke-{row.grants[0].grant_id}"
    page.button(key=f"ask-{name}").click().run()
    page.button(key=f"yes-{name}").click().run()
    assert "最後一位系統管理者" in page.error[0].value


def test_the_search_narrows_the_list(cast: Cast):
    page = run_page(cast, "admin", "people")
    page.text_input(key="people-search").input("stranger@").run()
    assert "他人主持人" in texts(page)
    assert "示範助理" not in texts(page)


def test_one_changes_ones_own_password_on_the_screen(cast: Cast):
    give_passwords(cast.desk)
    page = run_page(cast, "pi", "account")
    elsewhere = sign_in(cast.desk, cast.person("pi").id)
    page.text_input(key="account-current").input(PASSWORD)
    page.text_input(key="account-new").input("eight black swans on a lake")
    page.text_input(key="account-again").input("eight black swans on a lake")
    page.button(key="account-password-send").click().run()
    assert not page.error
    assert "密碼已變更" in texts(page)
    assert not sessions.living(cast.desk.store, {elsewhere}, SystemClock().now())
    assert "eight black swans" not in str(page.session_state.to_dict())


def test_two_different_new_passwords_change_nothing(cast: Cast):
    give_passwords(cast.desk)
    page = run_page(cast, "pi", "account")
    page.text_input(key="account-current").input(PASSWORD)
    page.text_input(key="account-new").input("eight black swans on a lake")
    page.text_input(key="account-again").input("nine black swans on a lake")
    page.button(key="account-password-send").click().run()
    assert "兩次輸入的新密碼不同。" in texts(page)


def test_one_ends_another_session_of_ones_own_on_the_screen(cast: Cast):
    elsewhere = sign_in(cast.desk, cast.person("pi").id)
    page = run_page(cast, "pi", "account")
    page.button(key=f"account-end-{elsewhere}").click().run()
    assert not page.exception
    assert not sessions.living(cast.desk.store, {elsewhere}, SystemClock().now())
    assert "目前使用中" in texts(page)


def test_the_auditor_checks_the_chain_on_the_screen(cast: Cast):
    page = run_page(cast, "auditor", "audit")
    page.button(key="audit-check").click().run()
    assert "紀錄完整" in page.success[0].value
    assert not page.exception


def test_a_person_is_taken_off_a_project(cast):
    at = run_page(cast, "admin", "people")
    offered = [one for one in at.button if str(one.key).startswith("ask-leave-")]
    leave = next(one for one in offered if "OWN" in one.label)
    leave.click().run()
    at.button(key=leave.key.replace("ask-", "yes-", 1)).click().run()
    assert not at.exception
    assert leave.key not in {one.key for one in at.button}
