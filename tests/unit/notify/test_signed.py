"""Signed links: what they say, who can make them, when they end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.notify.signed import GOOD_FOR, LONGEST, OF_AN_ALERT, PATH, BadLink, LinkAct, MailLinks, without_keys
from tracker.store.secrets import Secrets

TUESDAY = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
LINKS = MailLinks(b"k" * 32, "https://milepost.office.invalid")


def token(address: str) -> str:
    return address.split(PATH)[1]


def test_a_link_says_whom_and_what_it_is_for():
    said = LINKS.read(token(LINKS.act(7, 41, at=TUESDAY, acts=(LinkAct.SNOOZE,))))
    assert (said.person_id, said.alert_id, said.acts, said.until) == (7, 41, (LinkAct.SNOOZE,), TUESDAY + GOOD_FOR)


def test_a_link_of_the_digest_is_about_no_alert_and_can_do_nothing_else():
    said = LINKS.read(token(LINKS.unsubscribe(7, at=TUESDAY)))
    assert (said.alert_id, said.acts) == (None, (LinkAct.UNSUBSCRIBE,))


def test_a_link_tells_the_mailbox_that_it_went_to_from_others_and_names_it_nowhere():
    said = LINKS.read(token(LINKS.act(7, 41, at=TUESDAY, to="pi@university.invalid")))
    assert said.mailbox == LINKS.mailbox("PI@university.invalid") != LINKS.mailbox("pi@elsewhere.invalid")
    assert "university" not in str(said)
    assert LINKS.read(token(LINKS.act(7, 41, at=TUESDAY))).mailbox == ""


def test_a_link_ends_thirty_days_after_its_mail_and_not_a_second_earlier():
    said = LINKS.read(token(LINKS.act(7, 41, at=TUESDAY)))
    assert not said.has_ended(TUESDAY + timedelta(days=30, seconds=-1))
    assert said.has_ended(TUESDAY + timedelta(days=30))


def test_a_link_made_again_for_the_same_mail_is_the_same():
    assert LINKS.act(7, 41, at=TUESDAY) == LINKS.act(7, 41, at=TUESDAY)


def test_a_link_is_short_enough_for_one_line_of_a_plain_mail():
    assert len(LINKS.act(2**31, 2**31, at=TUESDAY)) < 200 < LONGEST


@pytest.mark.parametrize("key", [b"K" * 32, b"", b"k" * 31])
def test_another_installations_link_is_none_of_ours(key: bytes):
    with pytest.raises(BadLink):
        LINKS.read(token(MailLinks(key, LINKS.public_url).act(7, 41, at=TUESDAY)))


def test_the_key_of_links_is_not_the_key_of_anything_else():
    secrets = Secrets(b"m" * 32)
    assert secrets.key_for("mail-links") != secrets.key_for("seal")


def test_a_link_shows_its_key_nowhere():
    assert "kkkk" not in repr(LINKS)


@given(st.integers(0, 60), st.sampled_from("ABCxyz019-_."))
def test_no_changed_letter_makes_a_link_for_somebody_else(place: int, letter: str):
    good = token(LINKS.act(7, 41, at=TUESDAY))
    changed = good[:place] + letter + good[place + 1 :]
    try:
        said = LINKS.read(changed)
    except BadLink:
        return
    assert said == LINKS.read(good)


@given(st.text(max_size=LONGEST + 5))
def test_no_text_that_we_did_not_sign_is_read(text: str):
    with pytest.raises(BadLink):
        LINKS.read(text)


@pytest.mark.parametrize("said", [[], [1], {"a": 1}, ["x", 1, "a", 1], [1, 1, "z", 1], [1, 1, "a", 10**30], "abcd", None])
def test_something_else_that_we_signed_with_this_key_is_no_link(said: object):
    with pytest.raises(BadLink):
        LINKS.read(LINKS._serializer().dumps(said))


def test_an_alerts_link_offers_every_act_on_an_alert():
    assert set(OF_AN_ALERT) == set(LinkAct) - {LinkAct.UNSUBSCRIBE}


def test_a_text_that_is_kept_holds_no_key():
    text = f"Open:\n{LINKS.act(7, 41, at=TUESDAY)}\nStop: {LINKS.unsubscribe(7, at=TUESDAY)}"
    assert without_keys(text).splitlines() == ["Open:", f"{LINKS.public_url}/inbox", f"Stop: {LINKS.public_url}/inbox"]
