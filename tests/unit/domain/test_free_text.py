"""Lines and addresses that people type."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.free_text import clean_line, is_address


@given(st.text(alphabet=st.characters()))
def test_a_clean_line_holds_nothing_invisible_and_is_clean_for_good(text):
    line = clean_line(text)
    assert not [c for c in line if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} or c in "\u202e\u2066\ufeff"]
    assert line == " ".join(line.split())
    assert clean_line(line) == line


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  示範\u3000計畫 \n 一期", "示範 計畫 一期"),
        ("a\0b\u202ec\ud800", "abc"),
        ("e\u0301", "é"),
        ("\u200b\ufeff\u200d", ""),
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("=1+1 <b>", "=1+1 <b>"),
    ],
)
def test_a_line_says_the_same_without_what_cannot_be_seen(typed, kept):
    assert clean_line(typed) == kept


@pytest.mark.parametrize("text", ["pi@own.invalid", "a.b+c@x-y.example.invalid"])
def test_a_plain_address_is_one(text):
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    ["", "a@b", "a@b.invalid, c@d.invalid", "A <a@b.invalid>", "a@b.invalid\nBcc: c@d.invalid", "a b@c.invalid", "a@-b.invalid",
     "@b.invalid",
     "a" * 65 + "@b.invalid", "a@" + "b" * 250 + ".invalid", "\u0430@own.invalid"],
)  # fmt: skip
def test_anything_a_header_could_break_on_is_no_address(text):
    assert not is_address(text)
