"""The page of alerts and deliveries."""

from __future__ import annotations

import json
import re

import pytest

from tests.app.support import run_page, texts
from tests.cast import at, key
from tests.integration.alerts.support import change, deliver_on, look_on, outbox_rows
from tracker.notify.transport import LocalOutbox
from tracker.services import mass_holds
from tracker.services.restores import put_back
from tracker.store import tables as t
from tracker.ui import cache

DAY = "2027-01-29"


@pytest.fixture
def told(cast):
    look_on(cast, DAY)
    yield cast
    cache.give_desk(None)


def test_a_demo_shows_the_mails_themselves(told):
    told.desk.settings.home.mkdir(exist_ok=True)
    told.desk.settings.home_file.write_text(json.dumps({"kind": "demo", "demo_day": DAY}))
    deliver_on(told, LocalOutbox(), DAY)
    page = run_page(told, "admin", "deliveries")
    assert "示範環境不寄出任何信件" in texts(page)
    mail = next(row for row in outbox_rows(told, "sent") if row.person_id == told.person("pi").id)
    story = run_page(told, "admin", "deliveries", mail=mail.id)
    assert not story.exception
    assert [code.value.strip() for code in story.code] == [mail.payload_json["text"].strip()]
    assert mail.message_id in texts(story)


def test_without_a_mail_server_the_page_says_so(told):
    assert "TRACKER_SMTP_URL" in texts(run_page(told, "admin", "deliveries"))


def test_a_failed_mail_shows_its_reason_and_only_an_administrator_may_try_again(told):
    row = outbox_rows(told)[0]
    change(told, t.outbox, row.id, status="failed", last_error="550 no such mailbox", attempts=1)
    auditors = run_page(told, "auditor", "deliveries")
    assert "550 no such mailbox" in texts(auditors)
    assert [button for button in auditors.button if button.key == f"retry-{row.id}"] == []
    page = run_page(told, "admin", "deliveries")
    page.button(key=f"retry-{row.id}").click().run()
    assert not page.exception
    assert outbox_rows(told)[0].status == "pending"


def test_a_mail_of_several_attempts_may_have_come_twice(told):
    deliver_on(told, LocalOutbox(), DAY)
    change(told, t.outbox, outbox_rows(told)[-1].id, attempts=2)
    assert "possibly delivered twice" in texts(run_page(told, "admin", "deliveries")) or "可能送達兩次" in texts(
        run_page(told, "admin", "deliveries")
    )


def test_the_ledger_of_one_project_can_be_read(told):
    page = run_page(told, "auditor", "deliveries")
    page.button_group(key="deliveries-view").set_value("ledger").run()
    page.text_input(key="deliveries-project").set_value("DEMO-OWN-01").run()
    table = page.dataframe[0].value
    assert "DEMO-OWN-01/interim_report/Y1" in set(table["應辦事項代碼"])


@pytest.mark.parametrize("who", ["pi", "assistant", "officer", "chief"])
def test_the_page_does_not_exist_for_others(told, who):
    assert "invalid" not in texts(run_page(told, who, "deliveries"))


def test_the_counts_say_what_waits_and_why(told):
    page = run_page(told, "auditor", "deliveries")
    assert not page.exception
    labels = {metric.label: metric.value for metric in page.metric}
    assert list(labels.values())[2] == str(len(outbox_rows(told)))
    assert "等候原因" in texts(page)


def test_chosen_mails_are_cancelled_with_a_reason_after_a_second_question(told):
    page = run_page(told, "admin", "deliveries")
    page.button(key="deliveries-all").click().run()
    page.button(key="ask-cancel-chosen").click().run()
    page.button(key="yes-cancel-chosen").click().run()
    assert "請填寫理由" in texts(page)
    assert outbox_rows(told, "cancelled") == []
    page.text_input(key="deliveries-reason").set_value("已電話告知").run()
    page.button(key="yes-cancel-chosen").click().run()
    assert not page.exception
    assert len(outbox_rows(told, "cancelled")) == len(outbox_rows(told))
    assert "已電話告知" in texts(run_page(told, "auditor", "deliveries"))


def test_a_copy_is_sent_only_after_saying_that_it_is_a_second_mail(told):
    deliver_on(told, LocalOutbox(), DAY)
    page = run_page(told, "admin", "deliveries")
    row = outbox_rows(told, "sent")[0]
    page.checkbox(key=f"pick-{row.id}").check().run()
    page.button(key="ask-again-chosen").click().run()
    assert "第二封" in texts(page)
    page.button(key="yes-again-chosen").click().run()
    assert not page.exception
    assert outbox_rows(told)[-1].resent_of_id == row.id


def test_an_auditor_chooses_nothing(told):
    page = run_page(told, "auditor", "deliveries")
    assert [box.key for box in page.checkbox] == []
    assert [button.key for button in page.button if button.key and button.key.startswith(("ask-", "retry-", "deliveries-all"))] == []


def test_filters_that_find_nothing_say_so_and_keep_what_was_typed(told):
    page = run_page(told, "admin", "deliveries")
    page.text_input(key="deliveries-code").set_value("NO-SUCH").run()
    assert "NO-SUCH" in texts(page)
    assert page.text_input(key="deliveries-code").value == "NO-SUCH"


def test_a_mail_that_does_not_exist_is_not_there(told):
    assert "此處查無資料" in texts(run_page(told, "admin", "deliveries", mail=99_999))


# --- The brake ----------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def held(cast):
    mass_holds.set_thresholds(cast.ctx("admin", on="2026-06-01"), share=1, least=2, key=key())
    look_on(cast, "2027-03-30", "08:30")
    assert outbox_rows(cast, "held")
    yield cast
    cache.give_desk(None)


@pytest.mark.parametrize(
    ("who", "page", "shown"), [("admin", "people", True), ("admin", "inbox", True), ("auditor", "audit", False), ("pi", "must_do", False)]
)
def test_what_is_held_is_told_on_each_page_of_an_administrator(held, who, page, shown):
    at = run_page(held, who, page)
    assert not at.exception
    assert ("有信件暫停寄出" in texts(at)) is shown


def test_an_administrator_lets_the_mails_go_from_the_page(held):
    page = run_page(held, "admin", "deliveries", view="held")
    number = mass_holds.hold_list(held.ctx("admin"))[0].id
    page.button(key=f"ask-release-{number}").click().run()
    page.button(key=f"yes-release-{number}").click().run()
    assert "請填寫理由" in texts(page)
    page.text_input(key=f"hold-reason-{number}").set_value("期末集中到期，屬正常").run()
    page.button(key=f"yes-release-{number}").click().run()
    assert not page.exception
    assert outbox_rows(held, "held") == []
    assert "期末集中到期" in texts(page)
    assert "有信件暫停寄出" not in texts(run_page(held, "admin", "people"))


def test_an_auditor_reads_the_brake_and_decides_nothing(held):
    page = run_page(held, "auditor", "deliveries", view="held")
    assert not page.exception
    assert "一次產生的提醒異常地多" in texts(page)
    assert [button.key for button in page.button if button.key and button.key.startswith(("ask-", "brake-"))] == []


def test_a_brake_that_holds_nothing_says_when_it_would(told):
    page = run_page(told, "admin", "deliveries", view="held")
    assert "20" in texts(page)
    assert "200" in texts(page)
    page.number_input(key="brake-share").set_value(30).run()
    page.button(key="brake-save").click().run()
    assert mass_holds.limits(told.ctx("admin")).share == 30


def test_the_days_to_come_show_whom_they_would_tell(told):
    page = run_page(told, "auditor", "deliveries", view="ahead")
    assert not page.exception
    assert "查看不會產生任何提醒" in texts(page)


def test_the_day_of_sending_is_typed_in_either_calendar_and_a_day_that_is_none_is_named(told):
    page = run_page(told, "admin", "deliveries")
    page.text_input(key="deliveries-day").set_value("１１５／１３／４０").run()
    assert not page.exception
    assert "寄送日" in page.error[0].value
    assert page.text_input(key="deliveries-day").value == "１１５／１３／４０"
    page.text_input(key="deliveries-day").set_value("115/01/02").run()
    assert not page.error
    assert "沒有符合" in texts(page)


def test_a_missing_reason_is_asked_for_by_the_name_of_its_field(told):
    page = run_page(told, "admin", "deliveries")
    number = next(one.key for one in page.checkbox if one.key.startswith("pick-"))
    page.checkbox(key=number).check().run()
    page.button(key="ask-cancel-chosen").click().run()
    page.button(key="yes-cancel-chosen").click().run()
    assert "**取消理由**" in page.error[0].value


def test_what_a_restore_holds_is_counted_in_mails_and_not_in_obligations_that_nobody_looked_at(told):
    put_back(told.ctx("system", on=DAY, clock="12:00"), made_at=at(DAY, "06:00"), key=key())
    shown = texts(run_page(told, "admin", "deliveries", view="held"))
    assert "資料庫係由備份還原" in shown
    assert "備份時點為" in shown
    assert "應檢視" not in shown
    assert re.search(r"日前 · [0-9]+ 封", shown)
