"""Chat channels: what an administrator enters, and that its address comes back to nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.cast import key
from tests.integration.alerts.chat_sink import LINE_GROUP, LINE_TOKEN, SECRETS, SLACK, TEAMS, WEBHOOK
from tracker.services.chat_channels import add_channel, change_channel, channel_list, remove_channel, switch_channel, try_channel
from tracker.services.chat_hosts import ChatHost, set_hosts
from tracker.services.errors import Forbidden, Invalid, NotFound, Stale
from tracker.store import tables as t
from tracker.store.secrets import Secrets
from tracker.store.tables import metadata


def admin(cast):
    return cast.ctx("admin")


def add(cast, service="slack", address=SLACK, name="示範頻道", **more) -> int:
    entry = {"recipient": "", "programme_id": None, "language": "zh_TW", "key": key(), **more}
    return add_channel(admin(cast), name=name, service=service, address=address, **entry)


def the_channel(cast):
    return channel_list(admin(cast)).channels[0]


def listed(cast, *hosts: ChatHost) -> None:
    set_hosts(admin(cast), hosts=hosts, seen=channel_list(admin(cast)).hosts, key=key())


def test_a_channel_is_shown_by_its_host_and_never_by_its_address(cast):
    add(cast)
    row = the_channel(cast)
    assert (row.service, row.host, row.active, row.readable, row.listed) == ("slack", "hooks.slack.com", True, True, True)
    assert row.masked.startswith("hooks.slack.com …")
    assert not [secret for secret in SECRETS if secret in repr(row)]


def test_no_table_holds_an_address_in_the_clear(cast):
    listed(cast, ChatHost("chat.example.invalid"))
    add(cast)
    add(cast, "teams", TEAMS)
    add(cast, "line", LINE_TOKEN, recipient=LINE_GROUP)
    made = add(cast, "webhook", WEBHOOK)
    try_channel(admin(cast), channel_id=made, key=key())
    with cast.desk.store.read() as conn:
        everything = "\n".join(repr(conn.execute(select(table)).all()) for table in metadata.sorted_tables)
    assert not [secret for secret in (*SECRETS, LINE_GROUP) if secret in everything]


def test_a_refused_address_is_not_in_the_refusal(cast):
    with pytest.raises(Invalid) as refused:
        add(cast, "slack", SLACK.replace("hooks.slack.com", "evil.invalid"))
    assert refused.value.problems[0].field == "address"
    assert "SECRET" not in f"{refused.value} {refused.value.problems}"


def test_everything_wrong_with_a_form_is_named_at_once(cast):
    with pytest.raises(Invalid) as refused:
        add(cast, "line", LINE_TOKEN, name=" ", recipient="nobody", programme_id=99_999, language="xx")
    assert [problem.field for problem in refused.value.problems] == ["name", "recipient", "language", "programme"]


def test_a_webhook_needs_its_host_on_the_list_first(cast):
    with pytest.raises(Invalid, match="not on the list"):
        add(cast, "webhook", WEBHOOK)
    listed(cast, ChatHost("chat.example.invalid"))
    add(cast, "webhook", WEBHOOK)
    assert the_channel(cast).listed
    listed(cast)
    assert not the_channel(cast).listed


@pytest.mark.parametrize("host", ["https://chat.example.invalid", "chat example", "*.example.invalid", "a..b", "chat.example:0", "x:99999"])
def test_what_is_no_host_is_refused(cast, host):
    with pytest.raises(Invalid) as refused:
        listed(cast, ChatHost("fine.example.invalid"), ChatHost(host))
    assert [problem.params["host"] for problem in refused.value.problems] == [host]


def test_two_who_edit_the_list_of_hosts_do_not_overwrite_each_other(cast):
    listed(cast, ChatHost("one.example.invalid"))
    with pytest.raises(Stale):
        set_hosts(admin(cast), hosts=[ChatHost("two.example.invalid")], seen=(), key=key())


def test_an_empty_address_keeps_the_present_one(cast):
    number = add(cast)
    before = the_channel(cast)
    change_channel(
        admin(cast), channel_id=number, name="另一名稱", programme_id=cast.project("own").programme_id, language="en",
        expected_version=before.version, key=key(),
    )  # fmt: skip
    after = the_channel(cast)
    assert (after.name, after.language, after.masked, after.programme) == ("另一名稱", "en", before.masked, "demo-sister-ai")


def test_a_new_address_replaces_the_old_one(cast):
    number = add(cast)
    before = the_channel(cast)
    change_channel(
        admin(cast), channel_id=number, name=before.name, address=SLACK + "2", programme_id=None, language="zh_TW",
        expected_version=before.version, key=key(),
    )  # fmt: skip
    assert the_channel(cast).masked != before.masked


def test_a_change_of_what_somebody_else_changed_is_refused(cast):
    number = add(cast)
    switch_channel(admin(cast), channel_id=number, active=False, expected_version=1, key=key())
    with pytest.raises(Stale):
        switch_channel(admin(cast), channel_id=number, active=True, expected_version=1, key=key())


def test_another_secret_key_asks_for_the_address_again(cast):
    add(cast)
    elsewhere = replace(admin(cast), secrets=Secrets(b"another secret of thirty-two byte"))
    assert not channel_list(elsewhere).channels[0].readable


def test_removing_wipes_the_address_and_cancels_what_waits(cast):
    number = add(cast)
    try_channel(admin(cast), channel_id=number, key=key())
    remove_channel(admin(cast), channel_id=number, expected_version=1, key=key())
    assert channel_list(admin(cast)).channels == ()
    with cast.desk.store.read() as conn:
        assert conn.execute(select(t.chat_channel.c.sealed_url)).scalar_one() == ""
        assert conn.execute(select(t.outbox.c.status, t.outbox.c.last_error)).one() == ("cancelled", "channel_off")
    with pytest.raises(NotFound):
        try_channel(admin(cast), channel_id=number, key=key())


def test_a_second_click_on_the_trial_sends_one_message(cast):
    number, same = add(cast), key()
    for _ in range(2):
        try_channel(admin(cast), channel_id=number, key=same)
    with cast.desk.store.read() as conn:
        assert len(conn.execute(select(t.outbox.c.id)).all()) == 1


@pytest.mark.parametrize("who", ["officer", "chief", "auditor", "pi", "system"])
def test_only_administrators_have_channels(cast, who):
    with pytest.raises(Forbidden):
        channel_list(cast.ctx(who))


def test_a_trial_while_one_is_under_way_sends_no_second_one(cast):
    made = add(cast)
    for _ in range(2):
        try_channel(admin(cast), channel_id=made, key=key())
    with cast.desk.store.read() as conn:
        assert len(conn.execute(select(t.outbox.c.id).where(t.outbox.c.chat_channel_id == made)).all()) == 1


def test_the_same_address_for_the_same_is_refused_and_for_something_else_it_is_not(cast):
    first = add(cast)
    with pytest.raises(Invalid) as refused:
        add(cast, name="另一個名稱")
    assert [(one.field, one.params) for one in refused.value.problems] == [("address", {"name": "示範頻道"})]
    other = add(cast, name="英文", language="en")
    change_channel(admin(cast), channel_id=first, name="改名", programme_id=None, language="zh_TW", expected_version=1, key=key())
    entry = {"name": "英文", "address": SLACK, "programme_id": None, "language": "zh_TW"}
    with pytest.raises(Invalid):
        change_channel(admin(cast), channel_id=other, expected_version=1, key=key(), **entry)
