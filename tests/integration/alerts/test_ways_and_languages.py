"""How each level is told: every role by every way that a policy may give it, in every language, alone, with others and in a channel."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.cast import key
from tests.integration.alerts.chat_sink import SLACK
from tests.integration.alerts.policies import ASSISTANT, PI, alerts_in, alerts_of, contact, put
from tests.integration.alerts.support import deliver_on, look_on, outbox_rows
from tracker.domain.alert_policy import LANGUAGES, OFFICE, OWN_LANGUAGE, Level, Policy, PolicySet
from tracker.domain.ladder import ROLES
from tracker.domain.policy_faults import faults
from tracker.notify.transport import LocalOutbox
from tracker.services.chat_channels import add_channel, switch_channel
from tracker.services.chat_delivery import LocalChat
from tracker.services.delivery_acts import send_again
from tracker.services.errors import Invalid
from tracker.services.inbox import inbox_list
from tracker.store import tables as t

DAY = "2027-04-01"  # Thursday, the day after the legal last day
OFFICER = Level("officer", "+7")
WAYS = [(), ("mail",), ("chat",), ("mail", "chat")]
OTHER = {"zh_TW": "en", "en": "zh_TW"}


def levels(role: str, **how) -> PolicySet:
    """Everybody is told from the day after on, this role so."""
    usual = {"assistant": ASSISTANT, "pi": PI, "officer": Level("officer", "+1")}
    if role == "chief":
        usual["chief"] = Level("chief", "+1")
    return PolicySet(Policy(("+1",), tuple((usual | {role: Level(role, "T-60" if role in ("pi", "assistant") else "+1", **how)}).values())))


def channel(cast, language="zh_TW", **more) -> int:
    given = {"name": "示範頻道", "service": "slack", "address": SLACK, "programme_id": None, "language": language} | more
    return add_channel(cast.ctx("admin"), **given, key=key())


def speak(cast, who: str, language: str) -> None:
    with cast.desk.store.transaction() as conn:
        conn.execute(t.person.update().where(t.person.c.id == cast.person(who).id).values(language=language))


def mail_to(cast, who: str):
    """Her one mail that tells of the interim report."""
    alert = alerts_of(cast)[next(place for place in alerts_of(cast) if place[0] == "+1")]
    with cast.desk.store.read() as conn:
        mine = conn.execute(select(t.outbox).where(t.outbox.c.channel == "mail").order_by(t.outbox.c.id)).all()
    whose = [row for row in mine if (row.contact_id is not None if who == "institution" else row.person_id == cast.person(who).id)]
    return next((row for row in whose if alert.id in alerts_in(cast, row.id)), None)


def chat_rows(cast):
    return [row for row in outbox_rows(cast) if row.channel == "chat"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channels", WAYS, ids=lambda ways: "+".join(ways) or "inbox")
@pytest.mark.parametrize("role", ROLES)
def test_every_way_and_language_of_a_role_works_or_is_refused_by_name(cast, role, channels, language):
    chosen = levels(role, channels=channels, language=language)
    wrong = faults(chosen.policy)
    expected = {
        "chat_outside": "chat" in channels and role not in OFFICE,
        f"{role}_without_mail": "mail" not in channels and role in ("pi", "institution"),
        "language_without_mail": "mail" not in channels and language != OWN_LANGUAGE,
    }
    assert set(wrong) == {code for code, found in expected.items() if found}
    if wrong:
        with pytest.raises(Invalid) as refused:
            put(cast, chosen)
        assert len(refused.value.problems) == len(wrong)
        return
    if role != "institution":
        speak(cast, role, "zh_TW")
    put(cast, chosen)
    channel(cast)
    contact(cast)
    look_on(cast, DAY)
    mail = mail_to(cast, role)
    assert (mail is not None) == ("mail" in channels)
    assert bool(chat_rows(cast)) == ("chat" in channels)
    if role != "institution":
        assert [item for item in inbox_list(cast.ctx(role, on=DAY)) if item.stage == "+1"], "the inbox has it whatever the way"
    if mail is not None:
        deliver_on(cast, LocalOutbox(), DAY, "09:00")
        sent = mail_to(cast, role)
        assert sent.status == "sent"
        assert ("Dear" in sent.payload_json["text"]) == (language == "en")


def sent_to(cast, who: str) -> list[str]:
    """The texts of what went out to her."""
    deliver_on(cast, LocalOutbox(), DAY, "09:00")
    return [row.payload_json["text"] for row in outbox_rows(cast, "sent") if row.person_id == cast.person(who).id and row.channel == "mail"]


@pytest.mark.parametrize(("channels", "mailed"), [(("chat",), True), (("mail", "chat"), True), ((), False)])
@pytest.mark.parametrize("why", ["none", "off", "of another programme"])
def test_who_is_told_in_a_channel_alone_gets_a_mail_where_no_channel_is_about_the_programme(cast, channels, mailed, why):
    put(cast, levels("officer", channels=channels))
    if why == "off":
        switch_channel(cast.ctx("admin"), channel_id=channel(cast), active=False, expected_version=1, key=key())
    elif why == "of another programme":
        channel(cast, programme_id=cast.project("foreign").programme_id)
    look_on(cast, DAY)
    assert (mail_to(cast, "officer") is not None, chat_rows(cast)) == (mailed, [])


@pytest.mark.parametrize("language", ["zh_TW", "en"])
def test_a_channel_speaks_its_own_language_whatever_the_level_says(cast, language):
    put(cast, levels("officer", channels=("mail", "chat"), language=OTHER[language]))
    channel(cast, language)
    look_on(cast, DAY)
    deliver_on(cast, LocalOutbox(), DAY, "09:00", chat=LocalChat())
    said = [row.payload_json["subject"] + row.payload_json["text"] for row in chat_rows(cast)]
    assert said
    assert all(("逾期" in text or "則" in text or "項" in text) == (language == "zh_TW") for text in said), said
    mail = next(row for row in outbox_rows(cast, "sent") if row.person_id == cast.person("officer").id)
    assert ("Dear" in mail.payload_json["text"]) == (language == "zh_TW")


def test_what_a_channel_is_told_names_nobody_and_says_nothing_of_another_programme(cast):
    put(cast, levels("officer", channels=("mail", "chat")))
    channel(cast, programme_id=cast.project("own").programme_id)
    look_on(cast, DAY)
    deliver_on(cast, LocalOutbox(), DAY, "09:00", chat=LocalChat())
    said = "".join(row.payload_json["subject"] + row.payload_json["text"] for row in chat_rows(cast))
    assert "DEMO-OWN-01" in said
    assert "DEMO-FOREIGN" not in said
    assert not [name for name in ("示範主持人", "示範助理", "示範承辦人", "@") if name in said]


@pytest.mark.parametrize("own", ["zh_TW", "en"])
@pytest.mark.parametrize("asked", ["all", "some"])
def test_one_mail_of_several_levels_is_in_the_language_that_all_ask_for_else_in_the_readers_own(cast, asked, own):
    speak(cast, "pi", own)
    other = replace(PI, language=OTHER[own])
    usual = Policy(levels=(ASSISTANT, other if asked == "all" else PI, OFFICER))
    put(cast, PolicySet(usual, {"interim_report": Policy(levels=(ASSISTANT, other, OFFICER))}))
    look_on(cast, "2027-03-01")
    look_on(cast, DAY)
    texts = sent_to(cast, "pi")
    several = [text for text in texts if "== " in text]
    assert several, "there is a mail of several things"
    expected = OTHER[own] if asked == "all" else own
    for text in several:
        assert ("Dear" in text) == (expected == "en"), text[:200]


def test_a_copy_of_such_a_mail_is_headed_in_the_language_of_what_it_copies(cast):
    speak(cast, "pi", "zh_TW")
    put(
        cast,
        PolicySet(
            Policy(levels=(ASSISTANT, replace(PI, language="en"), OFFICER)), {"interim_report": Policy(levels=(ASSISTANT, PI, OFFICER))}
        ),
    )
    look_on(cast, DAY)
    with cast.desk.store.transaction() as conn:  # as if what asks for English had come first
        conn.execute(t.outbox.update().where(t.outbox.c.person_id == cast.person("pi").id).values(language="en"))
    assert sent_to(cast, "pi")
    (mail,) = [row for row in outbox_rows(cast, "sent") if row.person_id == cast.person("pi").id and "== " in row.payload_json["text"]]
    assert (mail.language, mail.payload_json["language"]) == ("en", "zh_TW")
    send_again(cast.ctx("admin", on=DAY, clock="10:00"), delivery_ids=[mail.id], key=key())
    assert next(row.language for row in outbox_rows(cast) if row.sort == "again") == "zh_TW"


@pytest.mark.parametrize("own", ["zh_TW", "en"])
def test_a_single_mail_is_in_the_language_of_its_level(cast, own):
    speak(cast, "officer", own)
    put(cast, levels("officer", language=OTHER[own]))
    look_on(cast, DAY)
    texts = sent_to(cast, "officer")
    assert texts
    assert all(("Dear" in text) == (OTHER[own] == "en") for text in texts)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("own", ["zh_TW", "en"])
def test_a_contact_at_an_institution_is_written_to_in_the_language_of_the_level_else_her_own(cast, own, language):
    put(cast, levels("institution", language=language))
    contact(cast, language=own)
    look_on(cast, DAY)
    deliver_on(cast, LocalOutbox(), DAY, "09:00")
    texts = [row.payload_json["text"] for row in outbox_rows(cast, "sent") if row.contact_id is not None]
    assert texts
    assert all(("Dear" in text) == ((own if language == OWN_LANGUAGE else language) == "en") for text in texts)
