"""Which passwords are accepted, and how they are checked."""

from __future__ import annotations

import unicodedata

import pytest

from tracker.services import passwords

GOOD = "six white horses at dawn"


@pytest.mark.parametrize(
    "password",
    [GOOD, "六匹白馬在黎明時分越過那條安靜的河", "x7#kPq!2vLm9@zRt", "a" * 5 + " quiet river bends", "correct horse battery staple"],
)
def test_a_sentence_in_any_script_is_good(password: str):
    assert passwords.problems(password, "pi@own.invalid", "示範主持人") == []


@pytest.mark.parametrize(
    "password",
    ["", "short", "fourteen chars", "aaaaaaaaaaaaaaaaaaaa", "passwordpassword123", "PasswordPassword!!", "1234567890123456",
     "qwertyuiopasdfghjkl1",
     "abcdefghijklmnop", "milepost milepost 2026", "pi@own.invalid 12", "x" * 1025, "six white horses\0at dawn"],
)  # fmt: skip
def test_what_is_short_repeated_or_first_to_be_tried_is_refused(password: str):
    assert len(passwords.problems(password, "pi@own.invalid", "示範主持人")) == 1


def test_the_same_text_typed_on_another_keyboard_is_the_same_password():
    decomposed = unicodedata.normalize("NFD", "Père Noël en été à Taïpei")
    assert passwords.matches(passwords.hashed("Père Noël en été à Taïpei"), decomposed)
    assert passwords.matches(passwords.hashed("ｓix white horses"), "six white horses")


def test_nobody_matches_nothing():
    assert not passwords.matches(None, GOOD)
    assert not passwords.matches("not a hash", GOOD)
    assert not passwords.matches(passwords.hashed(GOOD), GOOD + "!")
    assert not passwords.matches(passwords.hashed(GOOD), "x" * 10_000)


def test_hashes_are_argon2id_with_the_chosen_cost_and_older_ones_are_renewed():
    assert passwords.hashed(GOOD).startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert passwords.needs_rehash("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g")


def test_a_temporary_password_is_itself_a_good_one():
    made = {passwords.temporary() for _ in range(50)}
    assert len(made) == 50
    assert all(passwords.problems(one) == [] for one in made)


def test_a_flood_waits_for_a_place_and_then_is_told_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(passwords, "WAIT_SECONDS", 0.01)
    taken = 0
    while passwords._PLACES.acquire(blocking=False):
        taken += 1
    try:
        with pytest.raises(passwords.TooBusy):
            passwords.matches(None, GOOD)
    finally:
        for _ in range(taken):
            passwords._PLACES.release()
    assert not passwords.matches(None, GOOD)
