"""What a link in a mail does: nothing when it is looked at, one act when its form is sent, and nothing for anybody else."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import func, select, update
from starlette.testclient import TestClient

from tests.cast import at
from tests.integration.alerts.support import change, look_on
from tests.web.conftest import World
from tests.web.test_sign_in import OURS, signed_in
from tests.web.visitor import form_token
from tracker.clock import FixedClock
from tracker.notify.signed import OF_AN_ALERT, LinkAct
from tracker.services.alert_mail import links_of
from tracker.services.inbox import inbox_list
from tracker.store import tables as t

DAY = "2027-01-29"  # a Friday: T-60 of the first interim report, whose legal last day is Wednesday 2027-03-31
REPORT = "DEMO-OWN-01/interim_report/Y1"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def told(world: World) -> World:
    object.__setattr__(world.desk, "clock", FixedClock(at(DAY)))
    look_on(world.cast, DAY)
    return world


def alert_of(world: World, who: str) -> int:
    return next(item.alert_id for item in inbox_list(world.cast.ctx(who, on=DAY)) if item.obligation == REPORT)


def link(world: World, who: str = "pi", acts: tuple[LinkAct, ...] = OF_AN_ALERT, mailed: str = DAY) -> str:
    """The path of a link as the mail of that day bore it."""
    links = links_of(world.desk.secrets, world.desk.settings.public_url)
    made = links.act(world.cast.person(who).id, alert_of(world, "pi"), at=at(mailed), acts=acts)
    return made.removeprefix(world.desk.settings.public_url)


def stop_link(world: World, who: str = "pi") -> str:
    links = links_of(world.desk.secrets, world.desk.settings.public_url)
    return links.unsubscribe(world.cast.person(who).id, at=at(DAY)).removeprefix(world.desk.settings.public_url)


def written(world: World) -> tuple[int, ...]:
    """How much the record holds: nothing may change by looking."""
    with world.desk.store.read() as conn:
        return tuple(
            conn.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (t.event, t.outbox, t.inbox_item, t.alert_delegation, t.alert_choice, t.idempotency)
        )


def item(world: World, who: str = "pi"):
    with world.desk.store.read() as conn:
        i = t.inbox_item
        return conn.execute(select(i).where(i.c.person_id == world.cast.person(who).id, i.c.alert_id == alert_of(world, "pi"))).one()


def send(client: TestClient, path: str, headers: dict[str, str] = OURS, **sent: str):
    """Open the form and send it."""
    shown = client.get(path).text
    number = re.search(r'name="form" value="(\w+)"', shown)
    data = {"form_token": form_token(shown), "form": number[1] if number else "", **sent}
    return client.post(path, data=data, headers=headers)


def test_the_form_says_who_acts_on_what_by_when_in_both_calendars_and_what_each_button_does(told: World):
    answer = told.client().get(link(told))
    assert answer.status_code == 200
    for words in ("示範主持人", "期中進度報告", "116-03-31 (2027-03-31)", "我已看過", "不等於繳交", "期限不會因此改變", "義務仍屬於計畫"):
        assert words in answer.text, words


def test_it_speaks_the_recipients_language_or_the_one_that_she_chose(told: World):
    client = told.client()
    assert "I have seen it" in client.get(link(told, "assistant")).text
    assert "I have seen it" in client.get(link(told) + "?lang=en").text


def test_looking_with_whatever_method_and_following_every_link_changes_nothing(told: World):
    client, before = told.client(), written(told)
    seen = [link(told), link(told) + "?lang=en", stop_link(told), link(told, acts=(LinkAct.SNOOZE,))]
    for path in list(seen):
        seen += [unescape(found) for found in re.findall(r'(?:href|src|action)="([^"]+)"', client.get(path).text)]
    for path in seen:
        for method in ("GET", "HEAD"):
            client.request(method, path, headers={"Purpose": "prefetch", "User-Agent": "mail scanner"})
    assert written(told) == before
    assert item(told).read_at is None


def test_a_link_in_a_mailbox_that_is_not_hers_any_more_does_nothing(told: World):
    links, pi = links_of(told.desk.secrets, told.desk.settings.public_url), told.cast.person("pi")
    with told.desk.store.read() as conn:
        address = conn.scalar(select(t.person.c.email).where(t.person.c.id == pi.id))
    mailed = links.act(pi.id, alert_of(told, "pi"), at=at(DAY), to=address).removeprefix(told.desk.settings.public_url)
    stop = links.unsubscribe(pi.id, at=at(DAY), to=address).removeprefix(told.desk.settings.public_url)
    assert told.client().get(mailed).status_code == 200
    with told.desk.store.transaction() as conn:
        conn.execute(update(t.person).where(t.person.c.id == pi.id).values(email="elsewhere@university.invalid"))
    before = written(told)
    answer = told.client().get(mailed)
    assert (answer.status_code, "已不是這個帳號的信箱" in answer.text) == (403, True)
    assert told.client().post(stop, data=ONE_CLICK).status_code == 403
    assert written(told) == before


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_no_other_method_does_anything(told: World, method: str):
    assert told.client().request(method, link(told)).status_code == 405


def test_sending_the_form_acknowledges_it(told: World):
    answer = send(told.client(), link(told), act="a")
    assert (answer.status_code, "已記下" in answer.text) == (200, True)
    assert (item(told).acknowledged_at, item(told).acknowledged_via) == (at(DAY), "mail")


def test_sending_the_form_twice_answers_the_same_and_does_it_once(told: World):
    client, path = told.client(), link(told)
    shown = client.get(path).text
    colleague = str(told.cast.person("co_pi").id)
    data = {"form_token": form_token(shown), "form": "abc123", "act": "d", "to_person_id": colleague}
    first = client.post(path, data=data, headers=OURS)
    before = written(told)
    second = client.post(path, data=data, headers=OURS)
    assert (first.status_code, second.status_code) == (200, 200)
    assert written(told) == before


def test_a_number_that_no_form_of_ours_has_is_a_number_like_another(told: World):
    client, path = told.client(), link(told)
    token = form_token(client.get(path).text)
    for number in ("a\0b", "x" * 5000, "\ufffd示", ""):
        answer = client.post(path, data={"form_token": token, "form": number, "act": "a"}, headers=OURS)
        assert answer.status_code == 200


def test_another_day_or_reason_sent_from_the_same_form_counts(told: World):
    client, path = told.client(), link(told)
    data = {"form_token": form_token(client.get(path).text), "form": "abc123", "act": "s", "until_on": "2027-02-05"}
    for more in ({}, {"reason": "示範理由"}, {"until_on": "2027-02-08"}):
        assert client.post(path, data={**data, **more}, headers=OURS).status_code == 200
    assert item(told).snoozed_until_on.isoformat() == "2027-02-08"


def test_sending_the_form_puts_it_off(told: World):
    answer = send(told.client(), link(told), act="s", until_on="2027-02-05")
    assert "116-02-05 (2027-02-05)" in answer.text
    assert item(told).snoozed_until_on.isoformat() == "2027-02-05"


@pytest.mark.parametrize("day", ["2027-04-01", "2027-01-29", "", "nonsense", "0000-00-00", "2027-02-05T00:00\0"])
def test_a_day_that_cannot_be_chosen_is_refused_and_the_form_stays(told: World, day: str):
    answer = send(told.client(), link(told), act="s", until_on=day)
    if day.startswith("2027-02-05"):
        assert answer.status_code in (200, 400, 422)
        return
    assert (answer.status_code, item(told).snoozed_until_on) == (422, None)
    assert 'role="alert">再次提醒日：' in answer.text
    assert "再提醒我" in answer.text


def test_a_switch_of_the_language_brings_along_what_was_typed_and_chosen_and_does_nothing(told: World):
    wednesday = "2027-04-07"  # a week after the legal last day: the officer is told, and has to say why it can wait
    object.__setattr__(told.desk, "clock", FixedClock(at(wednesday)))
    look_on(told.cast, wednesday)
    alert = next(item.alert_id for item in inbox_list(told.cast.ctx("officer", on=wednesday)) if item.obligation == REPORT)
    links = links_of(told.desk.secrets, told.desk.settings.public_url)
    mailed = links.act(told.cast.person("officer").id, alert, at=at(wednesday)).removeprefix(told.desk.settings.public_url)
    client, before = told.client(), written(told)
    answer = send(client, mailed, switch="en", until_on="2027-04-10", reason="儀器在修 <b>")
    assert (answer.status_code, "Why it can wait" in answer.text) == (200, True)
    assert 'maxlength="500">儀器在修 &lt;b&gt;</textarea>' in answer.text
    assert '<option value="2027-04-10" selected>' in answer.text
    assert 'name="switch" value="zh_TW" formnovalidate lang="zh-Hant-TW">中文</button>' in answer.text
    back = send(client, mailed, switch="zh_TW", lang="en", act="s", until_on="2027-04-10", reason="儀器在修")
    assert ("為何可以再等" in back.text, ">儀器在修</textarea>" in back.text) == (True, True)
    colleague = str(told.cast.person("assistant").id)
    assert f'<option value="{colleague}" selected>' in send(client, link(told, mailed=wednesday), switch="en", to_person_id=colleague).text
    assert client.post(mailed, data={"switch": "en", "form_token": "made-up"}, headers=OURS).status_code == 403
    assert written(told) == before


def test_what_the_link_does_not_name_it_cannot_do(told: World):
    answer = send(told.client(), link(told, acts=(LinkAct.ACKNOWLEDGE,)), act="d", to_person_id=str(told.cast.person("co_pi").id))
    assert answer.status_code == 400
    assert send(told.client(), link(told), act="u").status_code == 400


def test_a_form_from_elsewhere_does_nothing(told: World):
    path = link(told)
    assert send(told.client(), path, {"Origin": "https://evil.invalid"}, act="a").status_code == 403
    assert told.client().post(path, data={"act": "a", "form_token": "made-up"}, headers=OURS).status_code == 403
    assert item(told).acknowledged_at is None


def test_a_link_ends_after_thirty_days_and_says_to_sign_in(told: World):
    path = link(told, mailed="2026-12-30")  # a Wednesday
    answer = told.client().get(path)
    assert (answer.status_code, "/sign-in?next=/inbox" in answer.text) == (410, True)
    assert told.client().post(path, data={"act": "a"}, headers=OURS).status_code == 410


@pytest.mark.parametrize("spoil", [lambda token: token[:-4], lambda token: "x" + token, lambda token: token.swapcase(), lambda token: ""])
def test_a_changed_or_cut_link_says_to_sign_in(told: World, spoil):
    answer = told.client().get("/act/" + spoil(link(told).removeprefix("/act/")))
    assert (answer.status_code, "/sign-in?next=/inbox" in answer.text) == (404, True)


def test_a_link_that_was_passed_on_does_nothing_under_another_name(told: World):
    client, path = signed_in(told, "company_pi"), link(told, "pi")
    assert client.get(path).status_code == 403
    assert "示範主持人" not in client.get(path).text
    assert client.post(path, data={"act": "a"}, headers=OURS).status_code == 403
    assert signed_in(told, "pi").get(path).status_code == 200


def test_another_recipients_alert_is_not_hers(told: World):
    answer = told.client().get(link(told, "stranger_pi"))
    assert answer.status_code == 403
    assert "期中進度報告" not in answer.text


def test_who_has_left_the_project_is_refused_and_sees_nothing_of_it(told: World):
    path = link(told, "assistant")
    with told.desk.store.read() as conn:
        m = t.membership.c
        number = conn.execute(select(m.id).where(m.person_id == told.cast.person("assistant").id)).scalar_one()
    change(told.cast, t.membership, number, until_on=(at(DAY) - timedelta(days=1)).date())
    answer = told.client().get(path)
    assert (answer.status_code, REPORT.split("/")[0] in answer.text) == (403, False)


def test_an_account_that_was_switched_off_acts_no_more(told: World):
    change(told.cast, t.person, told.cast.person("pi").id, active=False)
    with pytest.raises(AssertionError):
        told.cast.ctx("pi", on=DAY)
    links = links_of(told.desk.secrets, told.desk.settings.public_url)
    path = links.unsubscribe(told.cast.person("pi").id, at=at(DAY)).removeprefix(told.desk.settings.public_url)
    assert told.client().get(path).status_code == 403
    assert told.client().post(path, data=ONE_CLICK).status_code == 403


def test_one_click_ends_the_digests_without_a_cookie_or_a_form(told: World):
    for kind in ({"data": ONE_CLICK}, {"files": {"List-Unsubscribe": (None, "One-Click")}}):
        answer = told.client().post(stop_link(told), **kind)
        assert (answer.status_code, answer.text) == (200, "unsubscribed")
    with told.desk.store.read() as conn:
        assert conn.execute(select(t.alert_choice.c.digest)).scalars().all() == [False]


@pytest.mark.parametrize("sent", [{"List-Unsubscribe": "one"}, {"x": "One-Click"}, {}])
def test_one_click_is_exactly_that(told: World, sent: dict[str, str]):
    assert told.client().post(stop_link(told), data=sent).status_code in (400, 403)
    assert told.client().post(stop_link(told), files={name: (None, value) for name, value in sent.items()} or None).status_code in (
        400,
        403,
    )
    assert written(told)[4] == 0


def test_one_click_cannot_act_on_an_alert(told: World):
    assert told.client().post(link(told), data={**ONE_CLICK, "act": "a"}).status_code == 400
    assert item(told).acknowledged_at is None


def test_digests_can_be_ended_by_the_form_too_and_its_page_says_what_stays(told: World):
    assert "無法關閉" in told.client().get(stop_link(told)).text
    assert send(told.client(), stop_link(told), act="u").status_code == 200
    assert "重新開啟" in told.client().get(stop_link(told)).text


def test_no_page_of_a_link_is_kept_framed_indexed_or_named_to_others(told: World):
    for path in (link(told), stop_link(told), "/act/none"):
        headers = told.client().get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "strict-origin"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "script-src" not in headers["content-security-policy"]
        assert headers["x-robots-tag"] == "noindex, nofollow"


def test_a_huge_body_is_refused(told: World):
    assert told.client().post(link(told), data={"act": "a" * 40_000}, headers=OURS).status_code == 400
    assert told.client().post(stop_link(told), files={"List-Unsubscribe": (None, "One-Click" + "x" * 40_000)}).status_code == 400


def test_what_was_handed_in_since_asks_for_nothing(told: World):
    number = told.cast.by_key(REPORT).id
    told.desk.store.write_quiet(
        at(DAY), lambda tx: tx.conn.execute(update(t.obligation).where(t.obligation.c.id == number).values(status="submitted")).rowcount
    )
    shown = told.client().get(link(told)).text
    assert "已了結" in shown
    assert 'name="act"' not in shown
