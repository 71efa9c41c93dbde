"""What the two calls and the fictional sister say, clause by clause, where a wrong reading would hurt."""

import unicodedata

import pytest

from tracker.config import data_dir
from tracker.domain.statuses import DateStatus, DischargedBy
from tracker.programmes.registry import Registry

REGISTRY = Registry(data_dir() / "programmes", data_dir() / "samples" / "programmes")
MOST, HSP, SISTER = (REGISTRY.get(code) for code in ("most-109-clinical-ai", "hsp-115-smart-health", "demo-sister-ai"))


def newest(programme, rule_id):
    return programme.rule(rule_id).versions[-1]


def test_general_rules_are_not_a_programme_to_sign_under():
    assert REGISTRY.codes() == ("demo-sister-ai", "hsp-115-smart-health", "most-109-clinical-ai")
    assert REGISTRY.get("nstc-general").abstract


def test_the_ministry_s_site_discharges_interim_and_final_reports_of_109():
    for rule in ("interim_report", "final_report"):
        assert MOST.rule(rule).discharged_by is DischargedBy.EXTERNAL
        assert SISTER.rule(rule).discharged_by is DischargedBy.MILEPOST


def test_an_interim_report_of_109_covers_progress_milestones_and_next_focus():
    assert [item.id for item in MOST.rule("interim_report").content] == ["progress", "milestones", "next_focus"]


def test_the_evaluation_of_109_decides_on_going_on_and_on_any_change():
    wanted = {"continue", "terminate", "change_content", "change_members", "merge_teams", "cut"}
    assert set(MOST.rule("evaluation").decisions) == wanted


def test_only_the_clause_for_all_approvals_has_a_justified_exception():
    assert newest(HSP, "approval_catch_up").justified_exception == "除有正當性理由外"
    assert newest(HSP, "irb_approval_catch_up").justified_exception is None


def test_a_contract_schedule_of_115_needs_interim_final_closing_payment_and_follow_up():
    wanted = ["interim_report", "final_report", "expenditure_closing", "payment", "follow_up"]
    assert [rule.id for rule in HSP.contract_items] == wanted
    missing = HSP.missing_contract_items({"final_report", "payment"})
    assert [rule.id for rule in missing] == ["interim_report", "expenditure_closing", "follow_up"]
    assert all(newest(HSP, rule).status is DateStatus.NOT_STATED for rule in wanted)


def test_late_signing_cancels_the_award_of_115():
    (signing,) = [each for each in HSP.consequences if each.rule == "award_reply"]
    assert signing.clause == "玖-五-(二)"
    assert signing.decisions == ("cancel_award",)


def test_the_sister_is_a_short_file_that_says_it_is_fictional():
    text = (data_dir() / "samples" / "programmes" / "demo-sister-ai.toml").read_text("utf-8")
    assert SISTER.fictional
    assert len(text.splitlines()) < 100
    assert SISTER.lineage == ("nstc-general", "most-109-clinical-ai")
    assert {rule.origin for rule in SISTER.rules} == {"nstc-general", "most-109-clinical-ai", "demo-sister-ai"}


@pytest.mark.parametrize("programme", [MOST, HSP, SISTER], ids=lambda programme: programme.code)
def test_every_wording_is_normalised_and_every_setting_is_no_call(programme):
    for rule in programme.rules:
        for version in rule.versions:
            assert version.wording == unicodedata.normalize("NFC", version.wording)
            assert version.clause
            assert version.checked_on.isoformat() == "2026-11-21"
