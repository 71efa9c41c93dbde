"""The page of alerts and deliveries."""

from __future__ import annotations

import json

import pytest

from tests.app.support import run_page, texts
from tests.integration.alerts.support import change, deliver_on, look_on, outbox_rows
from tracker.notify.transport import LocalOutbox
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
    assert any("最遲安全送件日" in code.value for code in page.code)


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
