"""What the rules make of a project's dates: years, extensions, switches, versions, anchors."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.programmes.packs import NOTICE, sound, write
from tracker.config import data_dir
from tracker.domain.statuses import DateStatus, Kind
from tracker.programmes.calendars import load_calendar
from tracker.programmes.load import load
from tracker.programmes.model import BadTerm, UnknownFact
from tracker.programmes.registry import Registry
from tracker.programmes.resolve import finder
from tracker.programmes.schedule import plan_rule, schedule
from tracker.programmes.timeline import doubts

REGISTRY = Registry(data_dir() / "programmes", data_dir() / "samples" / "programmes")
MOST, HSP, SISTER = (REGISTRY.get(code) for code in ("most-109-clinical-ai", "hsp-115-smart-health", "demo-sister-ai"))
START, END = date(2020, 6, 1), date(2024, 5, 31)


def plans(programme, start=START, end=END, extended_to=None, **facts):
    return schedule(programme, start, end, facts, load_calendar(), extended_to)


def labels(rows, rule):
    return [row.period_label for row in rows if row.rule == rule]


def only(rows, rule):
    (row,) = [row for row in rows if row.rule == rule]
    return row


def programme(tmp_path, text):
    return load(write(tmp_path, text), finder(tmp_path))


def test_an_interim_report_is_owed_in_every_year_but_the_last():
    assert labels(plans(MOST), "interim_report") == ["Y1", "Y2", "Y3"]
    assert labels(plans(MOST), "year_end_notice") == ["Y4"]


def test_a_project_of_one_year_owes_no_interim_report_and_gets_the_notice():
    rows = plans(MOST, end=date(2021, 5, 31))
    assert labels(rows, "interim_report") == []
    assert labels(rows, "year_end_notice") == ["Y1"]


def test_the_switch_asks_for_the_interim_report_in_every_year(tmp_path):
    text = (sound() + NOTICE).replace("format = 1", "format = 1\ninterim_report_in_every_year = true")
    rows = plans(programme(tmp_path, text), date(2026, 1, 1), date(2028, 12, 31))
    assert labels(rows, "interim_report") == ["Y1", "Y2", "Y3"]
    assert labels(rows, "year_end_notice") == []


def test_the_switch_is_inherited_and_can_be_set_by_a_short_sister(tmp_path):
    text = """
format = 1
code = "short"
version = "1"
extends = "demo-sister-ai"
title_zh = "更短（虛構）"
title_en = "Shorter (fictional)"
checked_on = 2026-11-21
interim_report_in_every_year = true
remove = ["data_call", "checkpoints_missed"]
"""
    short = load(write(tmp_path, text), finder(tmp_path, *REGISTRY.folders))
    rows = plans(short, date(2026, 6, 1), date(2030, 5, 31))
    assert labels(rows, "interim_report") == ["Y1", "Y2", "Y3", "Y4"]
    assert labels(rows, "evaluation") == ["Y1", "Y2", "Y3", "Y4"]
    assert labels(rows, "year_end_notice") == []
    assert "data_call" not in [rule.id for rule in short.rules]
    assert short.lineage == ("nstc-general", "most-109-clinical-ai", "demo-sister-ai")


@pytest.mark.parametrize("how", [{"extended_to": date(2025, 5, 31)}, {"end": date(2025, 5, 31)}], ids=["extended_to", "a later end"])
def test_an_extension_lengthens_the_last_year_and_makes_no_interim_report(how):
    rows = plans(MOST, **how)
    assert labels(rows, "interim_report") == ["Y1", "Y2", "Y3"]
    assert only(rows, "year_end_notice").period_end == date(2025, 5, 31)
    assert only(rows, "final_report").deadline.due_on == date(2025, 9, 1)  # Monday
    assert any("假設" in reason.zh and "不另生期中報告" in reason.zh for reason in only(rows, "final_report").because)


def test_a_shortened_project_ends_in_the_year_that_contains_its_end():
    rows = plans(MOST, end=date(2022, 2, 28))
    assert labels(rows, "interim_report") == ["Y1"]
    assert only(rows, "year_end_notice").deadline.nominal == date(2021, 12, 31)  # Friday


def test_a_quarter_of_109_has_a_place_but_no_date_and_says_what_to_enter():
    quarter = plans(MOST)[0]
    assert (quarter.rule, quarter.period_label, quarter.project_year) == ("quarterly_report", "Y1Q1", 1)
    assert (quarter.date_status, quarter.deadline) == (DateStatus.ON_NOTICE, None)
    assert any("enter the date and the letter number" in reason.en for reason in quarter.because)
    assert any("Assumed" in reason.en for reason in quarter.because)


def test_what_the_call_does_not_state_is_entered_from_the_contract():
    row = only(plans(HSP, date(2026, 1, 1), date(2026, 12, 31)), "final_report")
    assert (row.date_status, row.deadline, row.duty) == (DateStatus.NOT_STATED, None, True)
    said = "Not stated in the call; enter it from the grant contract (annex 4) or the implementation rules (annex 1)."
    assert said in [reason.en for reason in row.because]


def test_nothing_of_115_is_dated_but_the_approvals_the_route_and_the_notice():
    dated = {row.kind for row in plans(HSP, date(2026, 1, 1), date(2026, 12, 31)) if row.deadline}
    assert dated == {Kind.APPROVAL_CATCH_UP, Kind.CHECKPOINT, Kind.YEAR_END_NOTICE}


def test_the_six_months_name_the_day_that_took_the_place_of_the_unknown_one():
    rows = plans(HSP, date(2026, 1, 1), date(2026, 12, 31))
    row = only(rows, "approval_catch_up")
    assert row.anchor_name == "application_closes_on"
    assert any("takes its place" in reason.en for reason in row.because)
    filed = only(plans(HSP, date(2026, 1, 1), date(2026, 12, 31), applied_on=date(2025, 8, 20)), "approval_catch_up")
    assert (filed.anchor_name, filed.deadline.due_on) == ("applied_on", date(2026, 2, 23))  # Monday


def test_a_dated_rule_without_its_day_waits_for_it(tmp_path):
    text = sound().replace('anchor = "year_end"', 'anchor = "notified_on"').replace('"before"', '"after"')
    alone = programme(tmp_path, text)
    rows = plans(alone, date(2026, 1, 1), date(2028, 12, 31))
    assert {row.date_status for row in rows} == {DateStatus.ON_NOTICE}
    assert any("the day of the notice" in reason.en for reason in rows[0].because)
    known = plans(alone, date(2026, 1, 1), date(2028, 12, 31), notified_on=date(2026, 1, 5))
    assert known[0].deadline.due_on == date(2026, 3, 5)  # Thursday


def test_an_unknown_fact_fails_and_lists_the_known():
    with pytest.raises(UnknownFact) as refused:
        plans(MOST, birthday=date(2020, 1, 1))
    assert refused.value.known == ("applied_on", "signed_on", "notified_on")


def test_templates_wait_for_a_notice_and_come_when_named():
    assert "data_call" not in {row.rule for row in plans(MOST)}
    named = schedule(MOST, START, END, {}, load_calendar(), include=["data_call"])
    assert only(named, "data_call").date_status is DateStatus.ON_NOTICE


def test_an_approval_is_renewed_by_the_day_it_runs_out_which_never_rolls():
    expires = date(2027, 2, 28)  # Sunday
    (row,) = plan_rule(HSP, "approval_renewal", date(2026, 1, 1), date(2026, 12, 31), {"approval_expires_on": expires}, load_calendar())
    assert (row.deadline.due_on, row.deadline.file_by) == (expires, date(2027, 2, 26))


def test_the_version_in_force_on_the_day_of_signing_counts():
    facts = {"applied_on": date(2026, 5, 8)}
    run = (SISTER, "approval_catch_up", date(2026, 6, 1), date(2030, 5, 31))
    (new,) = plan_rule(*run, facts, load_calendar())
    assert (new.deadline.nominal, new.because[0].en.startswith("By 作業要點十一(四) ")) == (date(2026, 6, 30), True)
    (old,) = plan_rule(MOST, "approval_catch_up", START, END, {"applied_on": date(2020, 5, 8)}, load_calendar())
    assert (old.deadline.nominal, old.deadline.due_on) == (date(2020, 11, 8), date(2020, 11, 9))  # Sunday to Monday


def test_a_rule_that_ended_asks_for_nothing_afterwards(tmp_path):
    text = sound().replace("effective_from = 2026-01-01\nchecked_on", "effective_from = 2026-01-01\neffective_to = 2026-06-30\nchecked_on")
    alone = programme(tmp_path, text)
    assert plans(alone, date(2026, 6, 30), date(2029, 6, 29))
    assert plans(alone, date(2026, 7, 1), date(2029, 6, 30)) == []


def test_every_row_names_its_clause_its_version_and_its_anchor():
    for row in plans(MOST):
        assert row.clause in row.because[0].zh
        assert "2020-04-01" in row.because[0].en
        if row.deadline:
            assert row.anchor_name in ("year_end", "project_end")
            assert row.because[1].en.startswith("Counted from")


def test_the_notice_says_what_closing_will_need_and_that_it_is_no_duty():
    row = only(plans(MOST), "year_end_notice")
    assert row.duty is False
    assert "Closing will need: the final results report" in row.because[-1].en


@pytest.mark.parametrize("how", [{"end": date(2020, 5, 31)}, {"extended_to": date(2024, 5, 30)}])
def test_dates_that_contradict_each_other_are_refused(how):
    with pytest.raises(BadTerm):
        plans(MOST, **how)


def test_what_the_call_makes_impossible_is_doubted():
    assert doubts(MOST, START, END, {}) == []
    assert doubts(HSP, date(2026, 1, 1), date(2026, 12, 31), {"applied_on": date(2025, 9, 1)}) == []
    wrong = doubts(HSP, date(2026, 2, 1), date(2026, 12, 30), {"applied_on": date(2025, 9, 2), "signed_on": date(2025, 8, 1)})
    assert ["starts" in wrong[0].en, "ends" in wrong[1].en, "closing day" in wrong[2].en, "is before" in wrong[3].en] == [True] * 4


starts = st.dates(date(2018, 1, 1), date(2030, 12, 31))


@settings(max_examples=60, deadline=None)
@given(starts, st.integers(20, 2200), st.sampled_from([MOST, HSP, SISTER]))
def test_every_year_owes_an_interim_report_or_has_a_notice_and_never_both(start, days, which):
    rows = plans(which, start, start + timedelta(days=days))
    yearly = [row.period_label for row in rows if row.rule in ("interim_report", "year_end_notice") and row.deadline]
    years = max(row.project_year or 0 for row in rows)
    assert sorted(yearly) == [f"Y{number}" for number in range(1, years + 1)]
    assert years <= which.term.years


@settings(max_examples=60, deadline=None)
@given(starts, st.integers(20, 2200), st.sampled_from([MOST, HSP, SISTER]))
def test_rows_are_unique_ordered_and_inside_the_project(start, days, which):
    end = start + timedelta(days=days)
    rows = plans(which, start, end)
    assert len({(row.rule, row.period_label) for row in rows}) == len(rows)
    order = [row.deadline.nominal if row.deadline else row.period_end for row in rows]
    assert order == sorted(order)
    assert all(start <= row.period_start <= row.period_end <= end for row in rows)
