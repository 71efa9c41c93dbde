"""The screen of evaluation and decision."""

import pytest

from tests.app.support import run_page, texts
from tests.cast import key
from tracker.services.evaluation_views import decisions_of, evaluation_desk
from tracker.services.evaluations import ScoreEntry, record_evaluation


@pytest.fixture
def evaluated(cast):
    return record_evaluation(
        cast.ctx("officer"), project_id=cast.project("own").id, year=1, held_on="2026-08-20",
        scores=(ScoreEntry("查核點達成", "85", "100"),),
        remarks="示範意見",
        expected_version=None, key=key(),
    )  # fmt: skip


def show(cast, who, which="own", **query):
    return run_page(cast, who, "evaluation", project=cast.project(which).id, **query)


def fill(at, name, **changes):
    values = {"day": "115-08-31", "letter": "示範字第9號", "reason": "達成率良好", **changes}
    at.text_input(key=f"{name}-day").input(values["day"])
    at.text_input(key=f"{name}-letter").input(values["letter"])
    at.text_area(key=f"{name}-reason").input(values["reason"])


def test_the_officer_saves_a_score_sheet(cast):
    at = show(cast, "officer")
    name = f"evaluation-{cast.project('own').id}-1-0"
    at.text_input(key=f"{name}-held").input("115-08-20")
    at.text_input(key=f"{name}-c0").input("查核點達成")
    at.text_input(key=f"{name}-s0").input("85")
    at.button(key=f"{name}-save").click().run()
    assert not at.exception
    assert str(evaluation_desk(cast.ctx("officer"), cast.project("own").id, 1).evaluation.total) == "85.00"


def test_the_officer_has_no_decision_form(cast, evaluated):
    at = show(cast, "officer")
    assert not [button.key for button in at.button if str(button.key).startswith("decision-")]
    assert "83" not in texts(at)
    assert "85.00" in texts(at)


def test_the_chief_sees_the_consequences_and_confirms_in_two_steps(cast, evaluated):
    at = show(cast, "chief")
    name = f"decision-{evaluated.evaluation_id}-1"
    fill(at, name)
    at.checkbox(key=f"{name}-cut").check().run()
    at.number_input(key=f"{name}-cut-2").set_value(1_000_000)
    at.button(key=f"{name}-preview").click().run()
    at.button(key=f"ask-{name}").click().run()
    assert "9,000,000 元減為 8,000,000 元" in texts(at).replace("\\", "")
    assert decisions_of(cast.ctx("chief"), cast.project("own").id) == ()
    at.button(key=f"yes-{name}").click().run()
    assert not at.exception
    (decided,) = decisions_of(cast.ctx("pi"), cast.project("own").id)
    assert (decided.effects[0].amount, decided.effects[0].project_year) == (1_000_000, 2)


def test_a_changed_form_must_be_shown_again_before_it_can_be_recorded(cast, evaluated):
    at = show(cast, "chief")
    name = f"decision-{evaluated.evaluation_id}-1"
    fill(at, name)
    at.button(key=f"{name}-preview").click().run()
    at.text_input(key=f"{name}-letter").input("示範字第10號").run()
    assert f"ask-{name}" not in {button.key for button in at.button}


def test_a_decision_without_letter_names_the_field(cast, evaluated):
    at = show(cast, "chief")
    name = f"decision-{evaluated.evaluation_id}-1"
    fill(at, name, letter="")
    at.button(key=f"{name}-preview").click().run()
    assert "文號" in at.error[0].value


@pytest.mark.parametrize(
    ("who", "which"), [("pi", "own"), ("assistant", "own"), ("officer", "foreign"), ("chief", "foreign"), ("admin", "own")]
)
def test_others_find_nothing_here(cast, evaluated, who, which):
    shown = texts(show(cast, who, which))
    assert "CANARY-7f3a" not in shown
    assert "示範意見" not in shown


@pytest.mark.parametrize("year", ["0", "9", "x", "-1"])
def test_a_year_that_is_none_finds_nothing(cast, evaluated, year):
    assert "示範意見" not in texts(show(cast, "officer", year=year))
