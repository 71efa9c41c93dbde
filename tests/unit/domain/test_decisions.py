"""What a decision says before it is confirmed, and what it refuses."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.decisions import Course, Effect, EffectKind, Ruling, Score, effects_of, objections, weighted_total

TODAY = date(2027, 4, 20)  # Tuesday
APPROVED = {1: 10_000_000, 2: 12_000_000, 3: None}


def ruling(*effects: Effect, course: Course = Course.CONTINUE, **changes) -> Ruling:
    given_ = {
        "project_year": 1,
        "course": course,
        "effects": effects,
        "decided_on": date(2027, 4, 15),
        "letter_number": "示範字第1號",
        "clause": "七-(一)",
        "reason": "示範理由",
    }
    return Ruling(**{**given_, **changes})


def fields(found, severity="error"):
    return [one.field for one in found if one.severity == severity]


def test_the_weighted_total_is_exact_to_two_places():
    scores = [Score("查核點", Decimal("85"), Decimal("100"), Decimal("60")), Score("執行力", Decimal("4"), Decimal("5"), Decimal("40"))]
    assert weighted_total(scores) == Decimal("83.00")


def test_weights_are_put_in_proportion_whatever_they_add_up_to():
    thirds = [Score(name, Decimal(one), Decimal(1), Decimal(1)) for name, one in (("a", 1), ("b", 0), ("c", 0))]
    assert weighted_total(thirds) == Decimal("33.33")


def test_no_scores_have_no_total():
    assert weighted_total([]) is None


@pytest.mark.parametrize(
    "bad",
    [
        Score("a", Decimal(-1), Decimal(5)),
        Score("a", Decimal(6), Decimal(5)),
        Score("a", Decimal(0), Decimal(0)),
        Score("a", Decimal(1), Decimal(5), Decimal(0)),
    ],
)
def test_an_impossible_score_is_refused(bad):
    with pytest.raises(ValueError, match="score"):
        weighted_total([bad])


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 50)), min_size=1, max_size=8))
def test_the_total_lies_between_the_lowest_and_the_highest_share(pairs):
    scores = [Score(str(n), Decimal(score), Decimal(100), Decimal(weight)) for n, (score, weight) in enumerate(pairs)]
    assert min(score for score, _ in pairs) <= weighted_total(scores) <= max(score for score, _ in pairs)


def test_every_effect_together_with_continuing_is_allowed():
    everything = ruling(
        Effect(EffectKind.CHANGE_CONTENT, "改為多中心驗證"),
        Effect(EffectKind.CHANGE_MEMBERS, "增列統計專家"),
        Effect(EffectKind.MERGE_TEAMS, "併入示範團隊"),
        Effect(EffectKind.CUT, "", 1_000_000, 2),
    )
    assert objections(everything, APPROVED, TODAY) == ()


def test_a_cut_needs_a_whole_amount_above_zero_and_a_year_of_the_project():
    found = objections(ruling(Effect(EffectKind.CUT, "", None, 2), Effect(EffectKind.CUT, "", 5, 9)), APPROVED, TODAY)
    assert fields(found) == ["effects.0.amount", "effects.1.project_year"]


@pytest.mark.parametrize(("amount", "refused"), [(12_000_000, []), (12_000_001, ["effects.0.amount"])])
def test_a_cut_takes_at_most_what_was_approved(amount, refused):
    assert fields(objections(ruling(Effect(EffectKind.CUT, "", amount, 2)), APPROVED, TODAY)) == refused


def test_a_cut_in_a_year_without_a_known_amount_is_allowed_with_a_warning():
    found = objections(ruling(Effect(EffectKind.CUT, "", 1, 3)), APPROVED, TODAY)
    assert (fields(found), fields(found, "warning")) == ([], ["effects.0.amount"])


def test_two_cuts_of_one_year_and_two_changes_of_one_kind_are_refused():
    twice = ruling(
        Effect(EffectKind.CUT, "", 1, 1),
        Effect(EffectKind.CUT, "", 2, 1),
        Effect(EffectKind.MERGE_TEAMS, "甲"),
        Effect(EffectKind.MERGE_TEAMS, "乙"),
    )
    assert fields(objections(twice, APPROVED, TODAY)) == ["effects", "effects"]


def test_ending_a_grant_with_effects_is_allowed_and_warned_about():
    found = objections(ruling(Effect(EffectKind.MERGE_TEAMS, "併入示範團隊"), course=Course.TERMINATE), APPROVED, TODAY)
    assert (fields(found), fields(found, "warning")) == ([], ["effects"])


def test_an_effect_without_words_and_a_letter_without_number_are_named():
    found = objections(ruling(Effect(EffectKind.CHANGE_CONTENT, " "), letter_number="", reason=" "), APPROVED, TODAY)
    assert fields(found) == ["letter_number", "reason", "effects.0.detail"]


def test_a_decision_cannot_be_dated_tomorrow():
    assert fields(objections(ruling(decided_on=date(2027, 4, 21)), APPROVED, TODAY)) == ["decided_on"]


def test_the_consequences_say_what_is_left_and_that_nothing_is_executed():
    sentences = effects_of(ruling(Effect(EffectKind.CUT, "", 1_000_000, 2)), APPROVED)
    assert [one.en for one in sentences][:2] == [
        "After the evaluation of year 1, it was decided on 116-04-15 (2027-04-15) that the grant goes on.",
        "The money of year 2 is cut by NT$1,000,000, from NT$12,000,000 to NT$11,000,000.",
    ]
    assert "不代為執行" in sentences[-1].zh
