"""The course of a signal as sentences."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tracker.domain.signals import Step
from tracker.i18n import Translator
from tracker.ui.signal_words import NUMBER_MSGIDS, ZERO_MSGIDS, number_lines, step_line


@pytest.mark.parametrize("language", ["zh_TW", "en"])
@pytest.mark.parametrize(("kind", "number"), ZERO_MSGIDS)
def test_no_course_counts_from_0_days_after_a_day(kind, number, language):
    (none,) = number_lines(Translator(language), kind, SimpleNamespace(numbers={number: 0}))
    (some,) = number_lines(Translator(language), kind, SimpleNamespace(numbers={number: 5}))
    assert "0" not in none
    assert "5" in some


@pytest.mark.parametrize(("kind", "number"), NUMBER_MSGIDS)
def test_one_day_is_no_days(kind, number):
    (english,) = number_lines(Translator("en"), kind, SimpleNamespace(numbers={number: 1}))
    (chinese,) = number_lines(Translator("zh_TW"), kind, SimpleNamespace(numbers={number: 1}))
    assert " 1 day " in f"{english[:-1]} " or " 1 working day " in f"{english[:-1]} "
    assert "1" in chinese
    assert "day" not in chinese


def test_a_step_a_day_later_says_so():
    step = Step(1, ("officer",))
    assert step_line(Translator("en"), step).startswith("1 day later: ")
    assert step_line(Translator("zh_TW"), step).startswith("起算後第 1 日")
