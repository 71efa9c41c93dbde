"""What changed between two texts, piece by piece."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.text_diff import Change, difference

TEXTS = st.text(alphabet="ab 完成資料。\n１9.", max_size=60)


def shown(before: str, now: str) -> str:
    marks = {Change.SAME: "{}", Change.GONE: "[-{}-]", Change.NEW: "[+{}+]"}
    return "".join(marks[piece.change].format(piece.text) for piece in difference(before, now))


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ("", "", ""),
        ("", "新增", "[+新增+]"),
        ("刪除", "", "[-刪除-]"),
        ("已收案 120 例。", "已收案 150 例。", "已收案 [-120-][+150+] 例。"),
        ("We trained two models.", "We trained three models.", "We trained [-two-][+three+] models."),
        ("甲。乙。丙。", "甲。丙。", "甲。[-乙。-]丙。"),
        ("甲。丙。", "甲。乙。丙。", "甲。[+乙。+]丙。"),
        ("達成 99.5 %", "達成 99.6 %", "達成 [-99.5-][+99.6+] %"),
    ],
)
def test_words_in_english_and_characters_in_chinese(before, now, expected):
    assert shown(before, now) == expected


@given(TEXTS, TEXTS)
def test_the_pieces_give_back_both_texts(before, now):
    pieces = difference(before, now)
    assert "".join(p.text for p in pieces if p.change is not Change.NEW) == before
    assert "".join(p.text for p in pieces if p.change is not Change.GONE) == now


@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text):
    assert all(piece.change is Change.SAME for piece in difference(text, text))


def test_a_long_text_rewritten_throughout_is_shown_whole_and_quickly():
    before, now = "字" * 20_000, "詞" * 20_000
    assert [piece.change for piece in difference(before, now)] == [Change.GONE, Change.NEW]
