"""What the reports files of the two calls and the fictional sister ask for, where a gap would leave a report without its form."""

from __future__ import annotations

import re
import unicodedata

import pytest

from tracker.config import data_dir
from tracker.domain.statuses import Basis
from tracker.programmes.first_forms import FIRST_FORMS, REPORTED
from tracker.programmes.registry import Registry
from tracker.programmes.report_codec import canonical
from tracker.programmes.report_types import FieldType, Holds, Required

REGISTRY = Registry(data_dir() / "programmes", data_dir() / "samples" / "programmes")
MOST, HSP, SISTER = "most-109-clinical-ai", "hsp-115-smart-health", "demo-sister-ai"
FORMS = [pytest.param(code, form, id=f"{code}-{form.code}") for code in REGISTRY.codes() for form in REGISTRY.reports(code).types]


def form(code: str, kind: str):
    return REGISTRY.reports(code).type_for(kind)


@pytest.mark.parametrize("code", REGISTRY.codes())
def test_every_kind_that_is_handed_in_has_a_form_of_the_programme(code):
    reports = REGISTRY.reports(code)
    for kind in {rule.kind for rule in REGISTRY.get(code).rules} & REPORTED:
        assert reports.type_for(kind) is not None, kind
        assert reports.type_for(kind) not in FIRST_FORMS.values()


@pytest.mark.parametrize("code", [MOST, HSP])
@pytest.mark.parametrize(
    "kind", ["interim_report", "quarterly_report", "final_report", "expenditure_closing", "checkpoint", "evaluation", "data_call",
             "action_item", "contract_item"],
)  # fmt: skip
def test_both_calls_have_a_form_for_whatever_a_letter_may_ask(code, kind):
    assert form(code, kind) is not None


def test_an_interim_report_of_109_covers_what_the_clause_names():
    interim = form(MOST, "interim_report")
    assert (interim.basis, interim.clause) == (Basis.CALL, "七-(一)")
    assert interim.fields["progress"].required is Required.SUBMIT
    assert interim.fields["next_focus"].required is Required.SUBMIT
    assert interim.holding(Holds.CHECKPOINTS) is not None
    assert {rule.id for rule in REGISTRY.get(MOST).rule("interim_report").content} == {"progress", "milestones", "next_focus"}


def test_a_quarterly_report_of_109_covers_progress_and_indicators_and_little_else():
    quarterly = form(MOST, "quarterly_report")
    assert quarterly.clause == "七-(三)"
    assert [one.id for one in quarterly.fields.values() if one.required != Required.NO] == ["state", "progress"]
    assert {section.holds for section in quarterly.sections} >= {Holds.CHECKPOINTS, Holds.INDICATORS, Holds.ACTION_ITEMS}


def test_nothing_of_115_pretends_to_stand_in_the_call():
    reports = REGISTRY.reports(HSP)
    parts = [*reports.types, *reports.flows, *reports.windows, reports.outcomes]
    assert {part.basis for part in parts} == {Basis.SETTING}
    assert all("未載明" in part.clause for part in parts)


def test_steps_of_review_are_those_agreed():
    def steps(code: str, kind: str) -> list[tuple[int, str, int]]:
        return [(step.stage, step.who, step.seats) for step in REGISTRY.reports(code).flow_for(kind).steps]

    assert steps(MOST, "quarterly_report") == [(1, "officer", 1)]
    assert steps(MOST, "interim_report") == [(1, "officer", 1), (2, "chief", 1)]
    assert steps(MOST, "final_report") == [(1, "officer", 1), (2, "reviewer", 2), (3, "chief", 1)]
    assert steps(SISTER, "interim_report") == [(1, "officer", 1)]
    assert REGISTRY.reports(MOST).flow_for("final_report").steps[1].scored


@pytest.mark.parametrize("code", REGISTRY.codes())
def test_a_report_can_be_taken_back_for_seven_days_as_on_the_ministry_s_site(code):
    for kind in ("interim_report", "quarterly_report", "final_report"):
        window = REGISTRY.reports(code).window_for(kind)
        assert (window.withdraw_days, window.basis) == (7, Basis.SETTING)
        assert window.office_days


@pytest.mark.parametrize(("code", "form"), FORMS)
def test_every_text_of_a_form_is_normalised_and_in_both_languages(code, form):
    text = canonical(form)
    assert text == unicodedata.normalize("NFC", text)
    for english in re.findall(r'"en":"([^"]*)"', text):
        assert english.strip()
        assert not re.search(r"[\u4e00-\u9fff]", english), english
    for chinese in re.findall(r'"zh":"([^"]*)"', text):
        assert re.search(r"[\u4e00-\u9fff%]", chinese), chinese


@pytest.mark.parametrize(("code", "form"), FORMS)
def test_files_are_never_required_and_numbers_have_a_unit(code, form):
    for field in form.fields.values():
        assert field.type != FieldType.FILES or field.required is Required.NO
        assert field.type != FieldType.NUMBER or field.unit


@pytest.mark.parametrize(
    ("code", "names"),
    [(MOST, {"科技部", "國家科學及技術委員會"}), (HSP, {"竹科管理局"}), (SISTER, {"示範局"})],
)
def test_an_acknowledgement_is_looked_for_by_the_names_of_funder_and_programme(code, names):
    outcomes = REGISTRY.reports(code).outcomes
    assert names <= set(outcomes.funder_names)
    assert outcomes.programme_names
    assert outcomes.tracking_years is None, "no call states an end of 成果追蹤"
