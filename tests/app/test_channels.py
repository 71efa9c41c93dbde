"""The screen of chat channels: entered, tried, refused with nothing typed lost, and never showing an address."""

from __future__ import annotations

import pytest

from tests.app.support import run_page, texts
from tests.cast import Cast, at, key
from tests.integration.alerts.chat_sink import LINE_GROUP, LINE_TOKEN, SLACK, WEBHOOK
from tests.integration.alerts.policies import ASSISTANT, PI, put
from tests.integration.alerts.support import change
from tracker.domain.alert_policy import Level, Policy, PolicySet
from tracker.services.chat_channels import add_channel, change_channel, channel_list
from tracker.services.chat_hosts import ChatHost, set_hosts
from tracker.store import tables as t
from tracker.ui import cache


@pytest.fixture(autouse=True)
def _environment_desk():
    yield
    cache.give_desk(None)


def add(cast: Cast) -> int:
    return add_channel(cast.ctx("admin"), name="示範頻道", service="slack", address=SLACK, programme_id=None, language="zh_TW", key=key())


def test_without_any_channel_it_says_what_to_do(cast):
    page = run_page(cast, "admin", "channels")
    assert not page.exception
    assert "尚無頻道" in texts(page)


def test_a_line_channel_is_entered_on_the_screen(cast):
    page = run_page(cast, "admin", "channels")
    page.text_input(key="channel-add-name").input("承辦群組")
    page.text_input(key="channel-add-address").input(LINE_TOKEN)
    page.text_input(key="channel-add-recipient").input(LINE_GROUP)
    page.button(key="channel-add-send").click().run()
    assert not page.exception
    (row,) = channel_list(cast.ctx("admin")).channels
    assert (row.name, row.host) == ("承辦群組", "api.line.me")
    assert LINE_TOKEN not in texts(page)
    assert LINE_GROUP not in texts(page)


def test_a_refused_form_keeps_what_was_typed_and_names_the_field(cast):
    page = run_page(cast, "admin", "channels")
    page.segmented_control(key="channel-add-service").set_value("webhook").run()
    page.text_input(key="channel-add-name").input("示範程式")
    page.text_input(key="channel-add-address").input(WEBHOOK)
    page.button(key="channel-add-send").click().run()
    assert "chat.example.invalid" in page.error[0].value.replace("\\", "")
    assert "SECRET" not in page.error[0].value
    assert page.text_input(key="channel-add-name").value == "示範程式"
    assert page.text_input(key="channel-add-address").value == WEBHOOK


def test_a_trial_waits_for_the_worker_and_says_so(cast):
    number = add(cast)
    page = run_page(cast, "admin", "channels")
    page.button(key=f"channel-try-{number}").click().run()
    assert not page.exception
    assert "測試訊息等待背景服務" in texts(page)


def test_removing_asks_first(cast):
    number = add(cast)
    page = run_page(cast, "admin", "channels")
    page.button(key=f"ask-channel-remove-{number}-1").click().run()
    assert "永久刪除" in texts(page)
    page.button(key=f"yes-channel-remove-{number}-1").click().run()
    assert channel_list(cast.ctx("admin")).channels == ()


def test_hosts_are_kept_and_a_wrong_one_is_named(cast):
    page = run_page(cast, "admin", "channels")
    page.text_area(key="channel-hosts-out").input("chat.example.invalid\nhttps://wrong.invalid")
    page.button(key="channel-hosts-send").click().run()
    assert "wrong.invalid" in page.error[0].value.replace("\\", "")
    page.text_area(key="channel-hosts-out").input("chat.example.invalid")
    page.button(key="channel-hosts-send").click().run()
    assert [one.host for one in channel_list(cast.ctx("admin")).hosts] == ["chat.example.invalid"]


def test_a_form_that_went_through_is_empty_and_takes_another_channel(cast):
    page = run_page(cast, "admin", "channels")
    for number, group in enumerate((LINE_GROUP, LINE_GROUP[:-1] + "0")):
        name = "channel-add" if number == 0 else f"channel-add-again{number}"
        assert page.text_input(key=f"{name}-name").value == ""
        page.text_input(key=f"{name}-name").input(f"群組{number}")
        page.text_input(key=f"{name}-address").input(LINE_TOKEN)
        page.text_input(key=f"{name}-recipient").input(group)
        page.button(key=f"{name}-send").click().run()
        assert not page.error, page.error[0].value
    assert "channel-add-send" not in [one.key for one in page.button], "a late second click is on a button that is gone"
    assert [one.name for one in channel_list(cast.ctx("admin")).channels] == ["群組0", "群組1"]


def test_the_same_address_twice_names_the_channel_that_has_it(cast):
    add(cast)
    page = run_page(cast, "admin", "channels")
    page.segmented_control(key="channel-add-service").set_value("slack").run()
    page.text_input(key="channel-add-name").input("另一個名稱")
    page.text_input(key="channel-add-address").input(SLACK)
    page.button(key="channel-add-send").click().run()
    assert "示範頻道" in page.error[0].value
    assert page.text_input(key="channel-add-name").value == "另一個名稱"
    assert len(channel_list(cast.ctx("admin")).channels) == 1


def test_a_list_of_hosts_that_somebody_else_changed_meanwhile_is_not_overwritten(cast):
    page = run_page(cast, "admin", "channels")
    set_hosts(cast.ctx("admin"), hosts=[ChatHost("second.example.org")], seen=(), key=key())
    page.text_area(key="channel-hosts-out").input("first.example.org")
    page.button(key="channel-hosts-send").click().run()
    assert page.error
    assert "目前清單：second.example.org" in texts(page).replace("\\", "")
    assert page.text_area(key="channel-hosts-out").value == "first.example.org", "what was typed stays"
    assert [one.host for one in channel_list(cast.ctx("admin")).hosts] == ["second.example.org"]
    page.text_area(key="channel-hosts-out").input("first.example.org\nsecond.example.org")
    page.button(key="channel-hosts-send").click().run()
    assert [one.host for one in channel_list(cast.ctx("admin")).hosts] == ["first.example.org", "second.example.org"]


def test_what_was_typed_of_a_channel_stays_where_somebody_else_was_faster(cast):
    number = add(cast)
    page, name = run_page(cast, "admin", "channels"), f"channel-change-{number}"
    page.text_input(key=f"{name}-1-name").input("我的名稱")
    change_channel(
        cast.ctx("admin"), channel_id=number, name="他的名稱", programme_id=None, language="en", expected_version=1, key=key()
    )  # fmt: skip
    page.button(key=f"{name}-1-send").click().run()
    assert "有人已修改" in texts(page)
    assert "他的名稱" in texts(page)
    assert page.text_input(key=f"{name}-1-name").value == "我的名稱"
    assert channel_list(cast.ctx("admin")).channels[0].name == "他的名稱"
    page.button(key=f"{name}-go-on").click().run()
    assert "有人已修改" not in texts(page)
    page.button(key=f"{name}-1-send").click().run()
    assert not page.error
    assert channel_list(cast.ctx("admin")).channels[0].name == "我的名稱"


def test_what_was_typed_of_a_channel_can_be_given_up(cast):
    number = add(cast)
    page, name = run_page(cast, "admin", "channels"), f"channel-change-{number}"
    page.text_input(key=f"{name}-1-name").input("我的名稱")
    change_channel(
        cast.ctx("admin"), channel_id=number, name="他的名稱", programme_id=None, language="en", expected_version=1, key=key()
    )  # fmt: skip
    page.button(key=f"{name}-1-send").click().run()
    page.button(key=f"{name}-give-up").click().run()
    assert page.text_input(key=f"{name}-2-name").value == "他的名稱"


def test_who_switches_a_channel_off_herself_is_not_told_that_somebody_did(cast):
    number = add(cast)
    page = run_page(cast, "admin", "channels")
    page.button(key=f"ask-channel-switch-{number}-1").click().run()
    page.button(key=f"yes-channel-switch-{number}-1").click().run()
    assert not channel_list(cast.ctx("admin")).channels[0].active
    assert "有人已修改" not in texts(page)


def test_a_broken_channel_says_so_to_the_administrator_and_on_the_account_of_whom_it_would_tell_alone(cast):
    number = add(cast)
    put(cast, PolicySet(Policy(("+1",), (ASSISTANT, PI, Level("officer", "+1", channels=("chat",))))))
    change(cast, t.chat_channel, number, broken_at=at("2026-09-01"), broken_error="410 the service does not know this address any more")
    said = texts(run_page(cast, "admin", "channels"))
    assert "無法接收" in said
    assert "410" in said
    hers = run_page(cast, "officer", "account")
    assert not hers.exception
    assert "示範頻道" in texts(hers)
    assert "系統管理者" in texts(hers)
    assert "示範頻道" not in texts(run_page(cast, "pi", "account"))
