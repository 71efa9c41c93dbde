"""The evaluation of a year and the decision on it: who, what, once, and that nothing is executed."""

from datetime import date
from decimal import Decimal

import pytest

from tests.cast import key
from tests.integration.services.support_documents import put_document
from tracker.domain.decisions import Course
from tracker.services.errors import Forbidden, Invalid, NotFound, Stale
from tracker.services.evaluation_views import decisions_of, evaluation_desk
from tracker.services.evaluations import DecisionEntry, EffectEntry, ScoreEntry, decide, preview_decision, record_evaluation

ON = "2027-04-20"  # Tuesday
SCORES = (ScoreEntry("查核點達成", "85", "100", "60"), ScoreEntry("執行力", "4", "5", "40"))


def evaluate(cast, who="officer", **changes):
    values = {
        "project_id": cast.project("own").id,
        "year": 1,
        "held_on": "116-04-14",
        "scores": SCORES,
        "remarks": "示範意見",
        "expected_version": None,
        "key": key(),
    }
    return record_evaluation(cast.ctx(who, on=ON), **{**values, **changes})


def entry(*effects: EffectEntry, **changes) -> DecisionEntry:
    values = {
        "course": "continue",
        "decided_on": "116-04-19",
        "letter_number": "示範字第9號",
        "clause": "七-(一)",
        "reason": "達成率良好",
        "effects": effects,
    }
    return DecisionEntry(**{**values, **changes})


def settle(cast, saved, decision, who="chief", **changes):
    values = {"evaluation_id": saved.evaluation_id, "entry": decision, "expected_version": saved.version, "key": key()}
    return decide(cast.ctx(who, on=ON), **{**values, **changes})


def desk(cast, who="officer", year=1):
    return evaluation_desk(cast.ctx(who, on=ON), cast.project("own").id, year)


def fields(refused):
    return [problem.field for problem in refused.value.problems]


def test_an_evaluation_is_kept_with_its_weighted_total(cast):
    evaluate(cast)
    shown = desk(cast).evaluation
    assert (shown.held_on, shown.total, shown.remarks, shown.version) == (date(2027, 4, 14), Decimal("83.00"), "示範意見", 1)


def test_the_desk_shows_the_year_its_reports_and_the_attainment_beside_the_scores(cast):
    shown = desk(cast)
    assert [(year.number, year.approved_amount) for year in shown.years] == [(1, 8_000_000), (2, 9_000_000), (3, None), (4, None)]
    assert {report.period_label for report in shown.reports} == {"Y1", "Y1Q1", "Y1Q2", "Y1Q3", "Y1Q4"}
    assert (shown.attainment.planned, shown.attainment.judged) == (2, 0)
    assert (shown.clause.clause, shown.evaluation, shown.decision) == ("七-(一)", None, None)


def test_it_can_be_changed_until_it_is_decided(cast):
    first = evaluate(cast)
    second = evaluate(cast, who="chief", remarks="修正", expected_version=first.version)
    settle(cast, second, entry())
    with pytest.raises(Forbidden):
        evaluate(cast, remarks="太晚", expected_version=3)
    assert (desk(cast).evaluation.remarks, desk(cast).may_record) == ("修正", False)


def test_two_officers_do_not_overwrite_each_other(cast):
    first = evaluate(cast)
    evaluate(cast, remarks="甲", expected_version=first.version)
    with pytest.raises(Stale):
        evaluate(cast, remarks="乙", expected_version=first.version)
    with pytest.raises(Stale):
        evaluate(cast, remarks="丙")


def test_every_effect_together_is_recorded_as_previewed_and_nothing_is_executed(cast):
    letter = put_document(cast, "own", "decision.pdf")
    saved = evaluate(cast)
    everything = entry(
        EffectEntry("change_content", "改為多中心"), EffectEntry("change_members", "增列統計專家"),
        EffectEntry("merge_teams", "併入示範團隊"),
        EffectEntry("cut", "設備緩購", 1_000_000, 2), document_id=letter,
    )  # fmt: skip
    before = cast.obligation("interim_report", "Y2")
    preview = preview_decision(cast.ctx("chief", on=ON), evaluation_id=saved.evaluation_id, entry=everything)
    recorded = settle(cast, saved, everything)
    (shown,) = decisions_of(cast.ctx("pi", on=ON), cast.project("own").id)
    assert recorded.consequences == preview.consequences == shown.consequences
    assert (shown.course, shown.filename, [one.kind.value for one in shown.effects]) == (
        Course.CONTINUE,
        "decision.pdf",
        ["change_content", "change_members", "merge_teams", "cut"],
    )
    assert "9,000,000 元減為 8,000,000 元" in shown.consequences[4].zh
    assert (cast.obligation("interim_report", "Y2"), desk(cast).years[1].approved_amount) == (before, 9_000_000)


def test_ending_with_effects_is_recorded_with_a_warning(cast):
    saved = evaluate(cast)
    ending = entry(EffectEntry("merge_teams", "併入示範團隊"), course="terminate")
    assert [
        problem.field for problem in preview_decision(cast.ctx("chief", on=ON), evaluation_id=saved.evaluation_id, entry=ending).warnings
    ] == ["effects"]
    assert settle(cast, saved, ending).decision_id


def test_a_year_is_decided_once(cast):
    saved = evaluate(cast)
    settle(cast, saved, entry())
    with pytest.raises(Stale):
        settle(cast, saved, entry())
    with pytest.raises(Stale):
        settle(cast, saved, entry(), expected_version=2)


def test_a_decision_on_scores_that_changed_meanwhile_is_refused(cast):
    saved = evaluate(cast)
    evaluate(cast, remarks="改過", expected_version=saved.version)
    with pytest.raises(Stale):
        settle(cast, saved, entry())


def test_a_double_click_decides_once(cast):
    saved, once = evaluate(cast), key()
    assert settle(cast, saved, entry(), key=once) == settle(cast, saved, entry(), key=once)


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("officer", Forbidden),
        ("pi", Forbidden),
        ("company_pi", Forbidden),
        ("auditor", Forbidden),
        ("admin", Forbidden),
        ("other_officer", NotFound),
        ("stranger_pi", NotFound),
    ],
)
def test_only_the_chief_of_the_programme_decides(cast, who, refusal):
    saved = evaluate(cast)
    with pytest.raises(refusal):
        settle(cast, saved, entry(), who=who)
    with pytest.raises(refusal):
        preview_decision(cast.ctx(who, on=ON), evaluation_id=saved.evaluation_id, entry=entry())


@pytest.mark.parametrize(
    ("who", "refusal"), [("pi", Forbidden), ("assistant", Forbidden), ("auditor", Forbidden), ("other_officer", NotFound)]
)
def test_only_the_office_evaluates(cast, who, refusal):
    with pytest.raises(refusal):
        evaluate(cast, who=who)


@pytest.mark.parametrize(
    ("who", "refusal"), [("pi", Forbidden), ("assistant", Forbidden), ("stranger_pi", NotFound), ("other_officer", NotFound)]
)
def test_scores_and_remarks_are_the_office_s_own(cast, who, refusal):
    evaluate(cast)
    with pytest.raises(refusal):
        desk(cast, who=who)


def test_the_auditor_reads_and_may_change_nothing(cast):
    evaluate(cast)
    shown = desk(cast, who="auditor")
    assert (shown.evaluation.total, shown.may_record, shown.may_decide) == (Decimal("83.00"), False, False)


def test_a_stranger_finds_no_decision(cast):
    settle(cast, evaluate(cast), entry())
    with pytest.raises(NotFound):
        decisions_of(cast.ctx("stranger_pi", on=ON), cast.project("own").id)


def test_a_year_the_project_has_not_is_not_found(cast):
    with pytest.raises(NotFound):
        desk(cast, year=5)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"year": 5}, ["year"]),
        ({"held_on": "115/2/29"}, ["held_on"]),
        ({"held_on": "116-04-21"}, ["held_on"]),
        ({"scores": ()}, ["scores"]),
        ({"scores": (ScoreEntry("甲", "101", "100"),)}, ["scores.0.score"]),
        ({"scores": (ScoreEntry("", "1", "100"),)}, ["scores.0.criterion"]),
        ({"scores": (ScoreEntry("甲", "NaN", "100"),)}, ["scores.0"]),
        ({"scores": (ScoreEntry("甲", "1", "100", "0"),)}, ["scores.0.weight"]),
    ],
)
def test_a_wrong_score_sheet_names_its_field(cast, wrong, named):
    with pytest.raises(Invalid) as refused:
        evaluate(cast, **wrong)
    assert fields(refused) == named


@pytest.mark.parametrize(
    ("decision", "named"),
    [
        (entry(course="maybe"), ["course"]),
        (entry(decided_on="115/2/29"), ["decided_on"]),
        (entry(decided_on="116-04-13"), ["decided_on"]),
        (entry(letter_number=" ", reason=""), ["letter_number", "reason"]),
        (entry(EffectEntry("dissolve")), ["effects.0.kind"]),
        (entry(EffectEntry("cut", "", None, 2)), ["effects.0.amount"]),
        (entry(EffectEntry("cut", "", 9_000_001, 2)), ["effects.0.amount"]),
        (entry(EffectEntry("cut", "", 1, 5)), ["effects.0.project_year"]),
        (entry(EffectEntry("change_content", "")), ["effects.0.detail"]),
        (entry(document_id=999), ["document_id"]),
    ],
)
def test_a_wrong_decision_names_its_field_and_records_nothing(cast, decision, named):
    saved = evaluate(cast)
    with pytest.raises(Invalid) as refused:
        settle(cast, saved, decision)
    assert fields(refused) == named
    assert decisions_of(cast.ctx("chief", on=ON), cast.project("own").id) == ()
