"""The lint names every problem of a reports file at once, with its file and its key."""

from __future__ import annotations

import pytest

from tests.unit.programmes.packs import sound, sound_reports, write
from tracker.programmes.lint import lint_file
from tracker.programmes.resolve import finder

T, P = "type.interim.", "type.interim.section.progress."
BENT = {
    "an unknown key": ('version = "1"', 'version = "1"\ncolour = "red"', "colour", "not a known key"),
    "an unknown key of a form": ('code = "interim"', 'code = "interim"\ncolour = "red"', T + "colour", "not a known key"),
    "an unknown key of a section": ('id = "checkpoints"', 'id = "checkpoints"\nhint = "x"', T + "section.checkpoints.hint", "known"),
    "an unknown key of a field": ('id = "met_on"', 'id = "met_on"\nsize = 3', P + "field.met_on.size", "not a known key"),
    "an unknown key of a column": ('type = "line", zh', 'type = "line", wide = 1, zh', P + "field.risks.columns.risk.wide", "known"),
    "an unknown key of a step": ('who = "officer"', 'who = "officer"\nroom = 1', "flow.all.step.officer.room", "not a known key"),
    "an unknown key of a window": ("withdraw_days = 7", "withdraw_days = 7\nhours = 1", "window.all.hours", "not a known key"),
    "a name of another file": ('programme = "pack"', 'programme = "other"', "programme", "must agree"),
    "an unknown kind of obligation": ('kinds = ["interim_report"]\ntitle', 'kinds = ["report"]\ntitle', T + "kinds", "use one of"),
    "a kind that is no report": (
        'kinds = ["interim_report"]\ntitle', 'kinds = ["interim_report", "approval_renewal"]\ntitle', T + "kinds", "not handed in"),
    "a kind without a form": ('kinds = ["interim_report"]\ntitle', 'kinds = ["final_report"]\ntitle', "type", "'interim_report'"),
    "a title in one language": ('zh = "期中報告", en = "Interim report"', 'zh = "期中報告"', T + "title", "en ="),
    "no help": ('help = { zh = "擇一。", en = "Choose one." }', "", P + "field.state.help", "missing"),
    "an empty label": ('label = { zh = "狀態", en = "State" }', 'label = { zh = "狀態", en = " " }', P + "field.state.label", "en ="),
    "a number without its unit": ('unit = { zh = "人", en = "people" }', "", P + "field.patients.unit", "without its unit"),
    "a column of numbers without unit": (
        'unit = { zh = "%", en = "%" }, ', "", P + "field.risks.columns.share.unit", "without its unit"),
    "a unit of a text": (
        'type = "text"', 'type = "text"\nunit = { zh = "字", en = "words" }', P + "field.progress.unit", "for number only"),
    "a bound of a choice": ('type = "choice"', 'type = "choice"\nmost = 3', P + "field.state.most", "for number only"),
    "bounds the wrong way round": ("least = 0, most = 100", "least = 100, most = 0", P + "field.risks.columns.share.least", "greater"),
    "a choice without answers": (
        'choices = [{ id = "good", zh = "正常", en = "good" }, { id = "bad", zh = "落後", en = "bad" }]', "", P + "field.state.choices",
        "missing"),
    "an answer twice": ('id = "bad", zh', 'id = "good", zh', P + "field.state.choices", "id twice"),
    "a table without columns": ("columns = [", "rows_most = 3\nother = [", P + "field.risks.columns", "missing"),
    "a table in a table": ('id = "risk", type = "line"', 'id = "risk", type = "table"', P + "field.risks.columns.risk.type", "use one of"),
    "a field twice": ('id = "met_on"', 'id = "patients"', P + "field.patients", "used twice"),
    "a built-in name": ('id = "met_on"', 'id = "late_reason"', P + "field.late_reason.id", "already"),
    "the id of another section": ('id = "met_on"', 'id = "checkpoints"', P + "field.checkpoints", "another section"),
    "a section twice": ('id = "checkpoints"\ntitle', 'id = "progress"\ntitle', T + "section.progress", "used twice"),
    "an empty section": ('holds = "checkpoints"', "", T + "section.checkpoints.field", "holds nothing"),
    "an unknown content": ('holds = "checkpoints"', 'holds = "money"', T + "section.checkpoints.holds", "use one of"),
    "an unknown type": ('type = "date"', 'type = "day"', P + "field.met_on.type", "use one of"),
    "an unknown day": ('not_after = "today"', 'not_after = "tomorrow"', P + "field.met_on.not_after", "use one of"),
    "a check of an unknown rule": ('rule = "needs_if"', 'rule = "needs"', T + "check.why.rule", "use one of"),
    "a check of a field that is not there": (
        'fields = ["state", "progress"]', 'fields = ["state", "prog"]', T + "check.why.fields", "no field"),
    "a check of one field": ('fields = ["state", "progress"]', 'fields = ["state"]', T + "check.why.fields", "at least 2"),
    "a check of the wrong type": (
        'rule = "needs_if"', 'rule = "not_below_last"', T + "check.why.fields", "not_below_last is for number"),
    "an answer that nobody can give": ('when = ["bad"]', 'when = ["worse"]', T + "check.why.when", "no answer"),
    "a condition of another rule": ('rule = "needs_if"', 'rule = "at_least_one"', T + "check.why.when", "needs_if only"),
    "a check without words": ('says = { zh = "請說明。", en = "Say why." }', "", T + "check.why.says", "missing"),
    "a severity between": ('severity = "error"', 'severity = "fatal"', T + "check.why.severity", "use one of"),
    "leaps without a number": ('rule = "needs_if"', 'rule = "leaps"', T + "check.why.value", "missing"),
    "a check of indicators without any": ('rule = "needs_if"', 'rule = "leap"', T + "check.why.rule", "no section holds"),
    "a form without its clause": ('basis = "call"\nclause = "二"', 'basis = "call"', T + "clause", "missing"),
    "a form without its basis": ('basis = "call"', "", T + "basis", "missing"),
    "a window that says no basis": ('withdraw_days = 7\nbasis = "setting"', "withdraw_days = 7", "window.all.basis", "missing"),
    "a flow without steps": ("[[flow.step]]", "[[flow.other]]", "flow.all.step", "missing"),
    "a flow that begins late": ("stage = 1", "stage = 2", "flow.all.step", "begin with 1"),
    "a reviewer who decides": ('who = "officer"', 'who = "reviewer"', "flow.all.step", "does not decide"),
    "scores of an officer": (
        'who = "officer"', 'who = "officer"\nscored = [{ id = "q", zh = "品質", en = "quality" }]', "flow.all.step.officer.scored",
        "only a reviewer"),
    "outcomes without the funder's name": ('funder_names = ["示範局"]', "", "outcomes.funder_names", "missing"),
    "true for a number of days": ("withdraw_days = 7", "withdraw_days = true", "window.all.withdraw_days", "whole number"),
    "a compatibility character": (
        'zh = "執行進度", en = "Progress" }\n\n', 'zh = "執\ufa08進度", en = "Progress" }\n\n', T + "section.progress.title", "zh ="),
    "an unknown format": ("format = 1", "format = 2", "format", "must be 1"),
}  # fmt: skip


def problems_of(tmp_path, reports: str | None):
    return lint_file(write(tmp_path, sound(), reports=reports), finder(tmp_path))


def test_a_sound_reports_file_has_no_problems(tmp_path):
    assert problems_of(tmp_path, sound_reports()) == []


@pytest.mark.parametrize(("old", "new", "key", "words"), BENT.values(), ids=BENT.keys())
def test_the_lint_refuses(tmp_path, old, new, key, words):
    text = sound_reports()
    assert old in text
    problems = problems_of(tmp_path, text.replace(old, new, 1))
    assert any(problem.key == key and words in problem.message for problem in problems), problems
    assert all(problem.path.endswith("pack.reports.toml") for problem in problems)


@pytest.mark.parametrize(
    "bent",
    ['type = "x"', "[[type]]\nsection = 3", "flow = [1]", '[[type]]\ncode = "x"\nsection = ["a"]', "outcomes = 3", "[[window]]"],
)
def test_what_is_no_list_of_tables_is_said_and_breaks_nothing(tmp_path, bent):
    assert problems_of(tmp_path, f'format = 1\nprogramme = "pack"\nversion = "1"\nchecked_on = 2026-01-02\n{bent}\n')


def test_a_pack_that_asks_for_reports_needs_forms(tmp_path):
    (problem,) = problems_of(tmp_path, None)
    assert (problem.key, "pack.reports.toml" in problem.message) == ("(reports)", True)


def test_a_file_that_is_not_toml_is_named(tmp_path):
    (problem,) = problems_of(tmp_path, "format = ")
    assert problem.path.endswith("pack.reports.toml")


def test_every_problem_of_a_file_is_told_at_once(tmp_path):
    text = sound_reports().replace('type = "date"', 'type = "day"').replace("withdraw_days = 7", "withdraw_days = -1")
    found = {problem.key for problem in problems_of(tmp_path, text.replace('help = { zh = "擇一。", en = "Choose one." }', ""))}
    assert found >= {P + "field.met_on.type", "window.all.withdraw_days", P + "field.state.help"}
