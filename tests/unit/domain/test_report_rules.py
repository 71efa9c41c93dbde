"""The checks that a form states across its fields and against the last period."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tracker.domain.report_checks import LINE_RULES, Finding
from tracker.domain.report_rules import RULES, as_stated, run_checks
from tracker.programmes.report_types import Check, Words

SAYS = Words("請再看一次", "Look again")


def found(rule: str, fields: tuple[str, ...], now: dict, last: dict | None = None, **more) -> list[str]:
    check = Check("c", rule, more.pop("severity", "error"), fields, SAYS, **more)
    findings = run_checks([check], now, last or {})
    assert all((one.msgid, one.params, one.severity) == ("{says}", {"says": SAYS}, check.severity) for one in findings)
    return [one.field for one in findings]


@pytest.mark.parametrize(
    ("rule", "now", "last", "hit"),
    [
        ("not_below_last", "4", "5", True), ("not_below_last", "5", "5", False), ("not_below_last", "5.0", "5", False),
        ("not_below_last", "10", "9", False), ("not_below_last", "", "5", False), ("not_below_last", "4", "", False),
        ("not_below_last", "4", None, False), ("not_below_last", "-1", "0", True),
        ("not_above_last", "6", "5", True), ("not_above_last", "5", "5", False),
        ("leaps", "31", "3", True), ("leaps", "30", "3", False), ("leaps", "5", "0", False), ("leaps", "5", "", False),
    ],
)  # fmt: skip
def test_a_figure_against_that_of_the_last_period(rule, now, last, hit):
    values = {} if last is None else {"n": last}
    assert found(rule, ("n",), {"n": now}, values, value=Decimal(10)) == (["n"] if hit else [])


@pytest.mark.parametrize(
    ("now", "last", "hit"),
    [("同樣", "同樣", True), ("同 樣\n", "同樣", True), ("不同", "同樣", False), ("", "", False), ("新", "", False)],
)
def test_words_copied_from_the_last_period_are_noticed_whatever_their_spaces(now, last, hit):
    assert found("unchanged_from_last", ("t",), {"t": now}, {"t": last}, severity="warning") == (["t"] if hit else [])


@pytest.mark.parametrize(
    ("now", "missing"),
    [
        ({"state": "bad", "why": ""}, ["why"]), ({"state": "bad", "why": "缺料"}, []), ({"state": "good", "why": ""}, []),
        ({"state": ""}, []),
        ({}, []),
    ],
)  # fmt: skip
def test_an_answer_makes_another_field_needed(now, missing):
    assert found("needs_if", ("state", "why"), now, when=("bad", "worse")) == missing


def test_without_answers_named_anything_written_makes_the_others_needed():
    assert found("needs_if", ("spent", "files"), {"spent": "5", "files": []}) == ["files"]
    assert found("needs_if", ("spent", "files"), {"spent": "5", "files": [7]}) == []
    assert found("needs_if", ("rows", "why"), {"rows": [{"a": "1"}], "why": ""}) == ["why"]


@pytest.mark.parametrize(
    ("parts", "hit"),
    [(("1", "2", "3"), False), (("0.1", "0.2", "0.3"), False), (("1", "2", "4"), True), (("1", "", "4"), False), (("1", "2", ""), False)],
)
def test_parts_make_their_sum(parts, hit):
    now = dict(zip("abc", parts, strict=True))
    assert found("sums_to", ("a", "b", "c"), now) == (["c"] if hit else [])


@pytest.mark.parametrize(
    ("first", "second", "hit"),
    [("9", "10", False), ("10", "9", True), ("2026-09-02", "2026-09-01", True), ("2026-09-01", "2026-09-01", False), ("-5", "-4", False),
     ("", "3", False), ("3", "", False)],
)  # fmt: skip
def test_one_number_or_day_is_not_greater_than_another(first, second, hit):
    assert found("not_more_than", ("a", "b"), {"a": first, "b": second}) == (["a"] if hit else [])


def test_one_of_several_is_enough():
    assert found("at_least_one", ("a", "b"), {"a": "", "b": []}) == ["a"]
    assert found("at_least_one", ("a", "b"), {"a": "", "b": "x"}) == []


def test_a_form_says_how_severe_a_check_of_checkpoints_is_and_in_which_words():
    findings = [Finding("checkpoint:1:actual", "less", {"last": "5"}, "warning", "claim_not_below_last"), Finding("x", "other")]
    stated = as_stated(findings, [Check("c", "claim_not_below_last", "error", (), SAYS)])
    assert [(one.severity, one.msgid) for one in stated] == [("error", "{says}"), ("error", "other")]
    assert stated[0].params == {"last": "5", "says": SAYS}


def test_names_of_checks_are_used_once():
    assert not set(RULES) & LINE_RULES
