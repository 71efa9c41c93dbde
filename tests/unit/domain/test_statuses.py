"""Lateness is judged by the legal last day and the first submission."""

from __future__ import annotations

from datetime import date

import pytest

from tracker.domain.statuses import Confidence, Kind, Lateness, ObligationStatus, days_left, is_late, lateness

DUE = date(2026, 8, 31)  # Monday
EVE, DAY_AFTER = date(2026, 8, 30), date(2026, 9, 1)
TABLE = [
    # status, first submission, today, duty -> late?
    ("open", None, EVE, True, False),
    ("open", None, DUE, True, False),
    ("open", None, DAY_AFTER, True, True),
    ("open", None, DAY_AFTER, False, False),  # a notice is never late
    ("submitted", DUE, DAY_AFTER, True, False),
    ("submitted", DAY_AFTER, DAY_AFTER, True, True),
    ("returned", DUE, DAY_AFTER, True, False),  # a return never makes a punctual report late
    ("returned", DAY_AFTER, DAY_AFTER, True, True),
    ("accepted", EVE, DAY_AFTER, True, False),
    ("accepted", DAY_AFTER, DAY_AFTER, True, True),
    ("accepted", None, DAY_AFTER, True, False),  # history without its day of submission
    ("waived", None, DAY_AFTER, True, False),
    ("closed", None, DAY_AFTER, True, False),
    ("closed", DAY_AFTER, DAY_AFTER, True, True),
]


@pytest.mark.parametrize(("status", "submitted", "today", "duty", "late"), TABLE)
def test_what_is_late(status, submitted, today, duty, late):
    assert is_late(ObligationStatus(status), DUE, submitted, today, duty) is late


def test_what_has_no_date_is_not_late():
    assert not is_late(ObligationStatus.OPEN, None, None, DAY_AFTER, True)
    assert lateness("open", None, None, DAY_AFTER, True) is Lateness.UNDATED


def test_the_words_before_on_and_after_the_day():
    said = [lateness("open", DUE, None, today, True) for today in (EVE, DUE, DAY_AFTER)]
    assert said == [Lateness.NOT_DUE, Lateness.DUE_TODAY, Lateness.LATE]


def test_an_assumed_anchor_does_not_accuse():
    open_late = lateness("open", DUE, None, DAY_AFTER, True, Confidence.ASSUMED)
    came_late = lateness("submitted", DUE, DAY_AFTER, DAY_AFTER, True, Confidence.ASSUMED)
    assert open_late is Lateness.LATE_ANCHOR_UNCONFIRMED
    assert came_late is Lateness.SUBMITTED_LATE_ANCHOR_UNCONFIRMED


def test_what_was_waived_is_released_and_what_is_no_duty_says_so():
    assert lateness("waived", DUE, None, DAY_AFTER, True) is Lateness.RELEASED
    assert lateness("open", DUE, None, DAY_AFTER, False) is Lateness.NOT_A_DUTY
    assert lateness("submitted", DUE, DUE, DAY_AFTER, True) is Lateness.SUBMITTED_ON_TIME


def test_days_left_are_nought_on_the_day_and_negative_after():
    assert [days_left(DUE, today) for today in (EVE, DUE, DAY_AFTER)] == [1, 0, -1]


def test_the_kinds_are_the_ones_that_scripts_know():
    assert " ".join(Kind) == (
        "interim_report quarterly_report final_report expenditure_closing year_end_notice approval_catch_up "
        "approval_renewal checkpoint evaluation data_call action_item meeting reply contract_item"
    )
