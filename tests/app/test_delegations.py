"""The tab "People and rights", the hand-over and the absences on the screen, for each role."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.app.support import run_page, texts
from tests.cast import Cast, key
from tests.integration.services.test_project_officer import second_officer
from tracker.services.absences import absence_desk, record_absence
from tracker.services.delegations import people_and_rights
from tracker.services.viewer import Level
from tracker.store import tables as t
from tracker.ui import cache


@pytest.fixture(autouse=True)
def _environment_desk():
    yield
    cache.give_desk(None)


def plain(at) -> str:
    return texts(at).replace("\\", "")


def project(cast: Cast, who: str):
    return run_page(cast, who, "project", project=cast.project().code)


def rights(cast: Cast, who: str):
    shown = people_and_rights(cast.ctx("officer"), cast.project().id)
    return next(m for m in shown.members if m.person_id == cast.person(who).id)


def offered(at) -> set[str]:
    return {str(button.key) for button in at.button if str(button.key).startswith(("ask-grant-right", "ask-take-off"))}


def test_an_investigator_lets_her_assistant_hand_in_and_takes_it_back(cast: Cast):
    number, at = rights(cast, "assistant").membership_id, project(cast, "pi")
    name = f"grant-right-{number}"
    at.text_input(key=f"{name}-until").input("115-12-31").run()
    at.button(key=f"ask-{name}").click().run()
    # What follows is said before it is done, with the day in both calendars.
    assert "示範助理 可代您在「報告」範圍內撰寫並送出（至 115-12-31 (2026-12-31)）。" in plain(at)
    assert rights(cast, "assistant").rights[0].level == Level.EDIT
    at.button(key=f"yes-{name}").click().run()
    assert not at.exception
    given = rights(cast, "assistant").rights[0]
    assert (given.level, given.given_by) == (Level.SUBMIT, "示範主持人")
    at = project(cast, "pi")
    back = f"revoke-right-{given.delegation_id}"
    at.button(key=f"ask-{back}").click().run()
    at.button(key=f"yes-{back}").click().run()
    assert rights(cast, "assistant").rights[0].delegation_id is None
    assert "taken back" in plain(project(cast, "assistant"))  # her screens are English


def test_a_wrong_day_is_named_and_stays_in_its_field(cast: Cast):
    name, at = f"grant-right-{rights(cast, 'assistant').membership_id}", project(cast, "pi")
    at.text_input(key=f"{name}-until").input("年底").run()
    at.button(key=f"ask-{name}").click().run()
    assert "日期無法辨識" in plain(at)
    at.button(key=f"yes-{name}").click().run()
    assert "截止日" in at.error[0].value
    assert at.text_input(key=f"{name}-until").value == "年底"


@pytest.mark.parametrize(("who", "forms"), [("pi", 3), ("company_pi", 0), ("assistant", 0), ("co_pi", 0), ("officer", 0), ("auditor", 0)])
def test_the_forms_are_for_the_investigator_of_that_side(cast: Cast, who: str, forms: int):
    """Hers are an assistant, whom she may also take off, and a co-principal investigator."""
    at = project(cast, who)
    assert not at.exception
    assert {"成員與權限", "People and rights"} & {tab.label for tab in at.tabs}
    assert "共同主持人" in plain(at)  # a name of the cast, and the role's own
    assert len(offered(at)) == forms


def test_a_new_assistant_s_password_is_shown_once(cast: Cast):
    at, name = project(cast, "pi"), f"add-assistant-{cast.project().id}"
    at.text_input(key=f"{name}-name").input("示範新助理")
    at.text_input(key=f"{name}-email").input("helper@own.invalid")
    at.button(key=f"{name}-send").click().run()
    password = at.code[0].value
    at.run()
    assert password not in texts(at)
    assert "示範新助理" in plain(at)


def test_a_chief_hands_a_desk_over_after_seeing_what_would_happen(cast: Cast):
    to, giver = second_officer(cast), cast.person("officer").id
    at = run_page(cast, "chief", "hand_over", person=giver)
    at.text_input(key="hand-over-to").input(cast.person("other_officer").email).run()
    assert not at.exception
    assert "承辦的計畫" in plain(at)
    assert "hand-over-roles" not in {one.key for one in at.checkbox}  # roles are the administrator's
    name = f"hand-over-{giver}-{to}-None"
    at.text_area(key=f"{name}-reason").input("調任").run()
    at.button(key=f"ask-{name}").click().run()
    assert "兩人都會被登出" in plain(at)
    at.button(key=f"yes-{name}").click().run()
    assert not at.exception
    with cast.desk.store.read() as conn:
        assert conn.execute(select(t.project.c.officer_id).where(t.project.c.id == cast.project().id)).scalar_one() == to


def test_a_new_investigator_needs_the_letter(cast: Cast):
    at = run_page(cast, "admin", "hand_over")
    at.text_input(key="hand-over-project").input(cast.project().code).run()
    at.selectbox(key=f"hand-over-from-{cast.project().id}").select(cast.person("pi").id).run()
    at.text_input(key="hand-over-to").input(cast.person("auditor").email).run()
    name = f"hand-over-{cast.person('pi').id}-{cast.person('auditor').id}-{cast.project().id}"
    at.text_area(key=f"{name}-reason").input("離職").run()
    at.button(key=f"ask-{name}").click().run()
    at.button(key=f"yes-{name}").click().run()
    assert "文號" in at.error[0].value
    assert at.text_area(key=f"{name}-reason").value == "離職"


@pytest.mark.parametrize("who", ["pi", "assistant", "officer", "reviewer", "auditor"])
def test_for_others_there_is_no_hand_over(cast: Cast, who: str):
    shown = plain(run_page(cast, who, "hand_over"))
    assert "查無資料" in shown or "Nothing was found" in shown


@pytest.mark.parametrize("text", ["nobody@x.invalid", "<script>alert(1)</script>", "a" * 254])
def test_an_unknown_successor_is_said_plainly(cast: Cast, text: str):
    at = run_page(cast, "chief", "hand_over", person=cast.person("officer").id)
    at.text_input(key="hand-over-to").input(text).run()
    assert not at.exception
    assert "沒有人使用" in plain(at)


def test_switching_off_who_has_work_leads_to_the_hand_over(cast: Cast):
    at, officer = run_page(cast, "admin", "people"), cast.person("officer").id
    name = f"active-{officer}-1"
    at.button(key=f"ask-{name}").click().run()
    at.button(key=f"yes-{name}").click().run()
    assert "DEMO-OWN-01" in at.error[0].value.replace("\\", "")
    assert any("移交" in one.proto.label for one in at.get("page_link"))


def test_an_absence_is_recorded_beside_what_waits_and_cancelled(cast: Cast):
    other = second_officer(cast)
    at = run_page(cast, "officer", "waiting")
    at.text_input(key="absence-record-first").input("2026-09-10")
    at.text_input(key="absence-record-last").input("115-09-12")
    at.selectbox(key=f"absence-record-cover-{cast.person('officer').id}").select(other).run()
    at.button(key="absence-record-send").click().run()
    assert not at.exception
    (line,) = absence_desk(cast.ctx("officer")).lines
    assert line.cover_id == other
    at = run_page(cast, "chief", "waiting")
    at.button(key=f"ask-absence-{line.absence_id}").click().run()
    at.button(key=f"yes-absence-{line.absence_id}").click().run()
    assert absence_desk(cast.ctx("officer")).lines == ()


def test_who_is_away_today_stands_in_the_heading(cast: Cast):
    record_absence(
        cast.ctx("chief"), person_id=cast.person("officer").id, from_on="2026-09-01", until_on="2026-09-01", key=key()
    )  # fmt: skip
    at = run_page(cast, "chief", "waiting")
    assert "今日 1 人請假" in " ".join(one.label for one in at.expander)


def test_the_administrator_changes_an_address_and_puts_a_person_on_a_project(cast: Cast):
    at, pi = run_page(cast, "admin", "people"), cast.person("pi").id
    at.text_input(key=f"address-{pi}-1-new").input("moved@own.invalid").run()
    at.button(key=f"ask-address-{pi}-1").click().run()
    assert "moved@own.invalid" in plain(at)
    at.button(key=f"yes-address-{pi}-1").click().run()
    chief = cast.person("chief").id
    at.text_input(key=f"join-{chief}-code").input(cast.project("foreign").code)
    at.button(key=f"join-{chief}-send").click().run()
    assert not at.exception
    with cast.desk.store.read() as conn:
        assert conn.execute(select(t.person.c.email).where(t.person.c.id == pi)).scalar_one() == "moved@own.invalid"
    assert cast.ctx("chief").viewer.project_ids == {cast.project("foreign").id}


def test_the_health_screen_leads_to_what_was_left_behind(cast: Cast):
    assert "業務歸屬" in plain(run_page(cast, "admin", "health"))
    off = t.person.update().where(t.person.c.id == cast.person("officer").id).values(active=False)
    cast.desk.store.write_quiet(cast.ctx().now, lambda tx: tx.conn.execute(off).rowcount)
    at = run_page(cast, "admin", "health")
    assert any("名下仍有：承辦的計畫 1" in one.proto.label for one in at.get("page_link"))
