"""Numbers as people type them, and what a report is told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.free_text import clean_text
from tracker.domain.report_checks import (
    CheckpointEntry,
    IndicatorEntry,
    QuantityError,
    check_checkpoints,
    check_indicators,
    check_texts,
    is_receipt_number,
    parse_quantity,
    quantity_text,
    receipt_number,
)

TODAY = date(2026, 9, 1)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", None), ("   ", None), ("\u200b", None), ("0", "0"), ("-0", "0"), ("1250", "1250"), ("1,250", "1250"), ("１，２５０", "1250"),
        ("１２．５", "12.5"), ("−5", "-5"), ("－５", "-5"), ("–5", "-5"), ("+5", "5"), (" 1 250 ", "1250"), ("12.500", "12.5"),
        ("007", "7"), ("1,234,567.89", "1234567.89"), ("9" * 18, "9" * 18),
    ],
)  # fmt: skip
def test_a_number_is_read_as_a_person_means_it(text, number):
    assert parse_quantity(text) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    "text",
    ["nan", "inf", "-Infinity", "1e5", "1_000", "12,50", "1,25", "1.2.3", "²", "①", "½", "٣", "十", "5%", "=1+1", "--5", "5-", ".5", "5.",
     "9" * 19,
     "0.1234567", "0x10", "1,0000", "1'000"],
)  # fmt: skip
def test_what_is_no_plain_number_is_refused(text):
    with pytest.raises(QuantityError):
        parse_quantity(text)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=3, allow_nan=False, allow_infinity=False))
def test_a_number_reads_back_as_it_is_shown(number):
    assert parse_quantity(quantity_text(number)) == number


@given(st.text())
def test_any_text_is_a_number_nothing_or_refused(text):
    try:
        number = parse_quantity(text)
    except QuantityError:
        return
    assert number is None or number.is_finite()


@given(st.text())
def test_clean_text_holds_nothing_that_an_engine_refuses(text):
    cleaned = clean_text(text)
    assert "\x00" not in cleaned
    assert cleaned.encode("utf-8").decode() == cleaned
    assert clean_text(cleaned) == cleaned


def test_clean_text_keeps_what_people_mean():
    assert clean_text("一\r\n二\t三 👩‍🔬") == "一\n二\t三 👩‍🔬"
    assert clean_text("a\u202eb\x07") == "ab"


def test_texts_are_required_and_limited():
    findings = check_texts({"a": "  ", "b": "12345"}, {"a": (True, 10), "b": (False, 4)})
    assert [finding.field for finding in findings] == ["a", "b"]


def _checkpoint(actual: str, *, last: str | None = None, evidence: bool = False, note: str = "", planned: date = date(2026, 12, 31)):
    return CheckpointEntry(1, Decimal(100), planned, actual, note, evidence, Decimal(last) if last else None)


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        (_checkpoint(""), [("checkpoint:1:actual", "error")]),
        (_checkpoint("abc"), [("checkpoint:1:actual", "error")]),
        (_checkpoint("-1"), [("checkpoint:1:actual", "error")]),
        (_checkpoint("0"), []),
        (_checkpoint("99.9"), []),
        (_checkpoint("100"), [("checkpoint:1:evidence", "error")]),
        (_checkpoint("100", evidence=True), []),
        (_checkpoint("30", last="40"), [("checkpoint:1:actual", "warning")]),
        (_checkpoint("30", planned=TODAY), [("checkpoint:1:note", "warning")]),
        (_checkpoint("30", planned=TODAY, note="設備延遲"), []),
        (_checkpoint("30", planned=date(2026, 9, 2)), []),
    ],
)
def test_a_claim_is_judged_at_its_boundaries(entry, found):
    assert [(f.field, f.severity) for f in check_checkpoints([entry], TODAY)] == found


@pytest.mark.parametrize(
    ("counting", "good", "last", "actual", "severities"),
    [
        ("cumulative", "up", "5", "4", ["warning"]),
        ("cumulative", "up", "5", "5", []),
        ("incremental", "up", "5", "4", []),
        ("cumulative", "down", "5", "4", []),
        ("cumulative", "up", None, "100", []),
        ("cumulative", "up", None, "101", ["warning"]),
        ("cumulative", "up", None, "", ["error"]),
        ("cumulative", "up", None, "-0.1", ["error"]),
    ],
)  # the target is 10
def test_an_indicator_is_judged_at_its_boundaries(counting, good, last, actual, severities):
    entry = IndicatorEntry(1, Decimal(10), counting, good, actual, "", Decimal(last) if last else None)
    assert [finding.severity for finding in check_indicators([entry])] == severities


def test_a_receipt_number_says_day_report_and_version():
    number = receipt_number(TODAY, 123, 2)
    assert number.startswith("MP-1150901-000123-02-")
    assert is_receipt_number(number.lower())


@given(st.integers(1, 999_999), st.integers(1, 99), st.data())
def test_one_wrong_digit_in_a_receipt_number_is_found(report, version, data):
    number = receipt_number(TODAY, report, version)
    place = data.draw(st.sampled_from([i for i, c in enumerate(number) if c.isdigit()]))
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != number[place]]))
    assert not is_receipt_number(number[:place] + wrong + number[place + 1 :])
