"""The lint names every problem of a pack at once, with its file and its key."""

import pytest

from tests.unit.programmes.packs import sound, write
from tracker.programmes.lint import lint_file
from tracker.programmes.load import load
from tracker.programmes.model import ProgrammeError
from tracker.programmes.resolve import finder

V = "rule.interim_report.version[0]."
BENT = {
    "an unknown key": ("version = \"1\"", "version = \"1\"\ncolour = \"red\"", "colour", "not a known key"),
    "an unknown key of a rule version": ("months = 2", "months = 2\nroll = true", V + "roll", "not a known key"),
    "no source at all": ("[[source]]", "[[consequence]]", "source", "there is no [[source]]"),
    "a source that is not there": (
        'source = "test-call"\nclause = "二"', 'source = "other"\nclause = "二"', V + "source", "not a [[source]]"),
    "a source nobody can look up": ('url = "https://demo-agency.invalid/"', "", "source.test-call", "archived"),
    "no clause": ('clause = "二"', "", V + "clause", "missing"),
    "no wording": ('wording = "期滿前二個月繳交"', "", V + "wording", "missing"),
    "an empty wording": ('"期滿前二個月繳交"', '" "', V + "wording", "not empty"),
    "an unknown anchor": ('anchor = "year_end"', 'anchor = "year_begin"', V + "anchor", "use one of"),
    "an unknown kind": ('kind = "interim_report"', 'kind = "report"', "rule.interim_report.kind", "use one of"),
    "an unknown confidence": ('confidence = "stated"', 'confidence = "sure"', V + "confidence", "use one of"),
    "an unknown basis": ('basis = "call"', 'basis = "habit"', V + "basis", "use one of"),
    "a setting without its related clause": ('basis = "call"', 'basis = "setting"', V + "related_clause", "names the clause"),
    "a related clause of no setting": ('clause = "二"', 'related_clause = "二"', V + "clause", "missing"),
    "a period of no months": ("months = 2", "months = 0", V + "months", "whole number from 1"),
    "a period of months and days": ("months = 2", "months = 2\ndays = 3", V + "months", "exactly one"),
    "a dated rule without a period": ("months = 2", "", V + "months", "exactly one"),
    "a boundary with a period": ('direction = "before"', 'direction = "on"', V + "months", "has no period"),
    "a date in quotes": (
        "checked_on = 2026-01-02\neffective_from", 'checked_on = "2026-01-02"\neffective_from', "checked_on", "without quotes"),
    "an assumed rule that assumes nothing": ('confidence = "stated"', 'confidence = "assumed"', V + "assumptions", "what it assumes"),
    "a notice with a computed date": ('status = "dated"', 'status = "on_notice"', V + "months", "no date to compute"),
    "a yearly rule that says no years": ('years = "all_but_last"', "", "rule.interim_report.years", "missing"),
    "a yearly rule that appears once": (
        'instantiate = "per_year"', 'instantiate = "once"', "rule.interim_report.instantiate", "does not go with"),
    "a quarter's end in a yearly rule": ('anchor = "year_end"', 'anchor = "quarter_end"', V + "anchor", "needs per"),
    "a closing day the pack has not": ('application_closes_on = 2025-11-03', "", V + "anchor", "application_closes_on"),
    "a county that does not exist": ("format = 1", 'format = 1\ncounty = "台北"', "county", "use one of"),
    "a compatibility character": ("期滿前二個月繳交", "行期滿前二個月繳交".replace("行", "\uFA08"), V + "wording", "NFC"),
    "an unknown ladder stage": ('per = "year"', 'per = "year"\nladder = ["T-90"]', "rule.interim_report.ladder", "use one of"),
    "an unknown role to be told": (
        "format = 1", 'format = 1\nescalation = [{ role = "rector", from = "+7" }]', "escalation", "role is 'rector'; use one of"),
    "a level that begins nowhere": ("format = 1", 'format = 1\nescalation = [{ role = "chief" }]', "escalation", "from is missing"),
    "a level with an unknown key": (
        "format = 1", 'format = 1\nescalation = [{ role = "chief", from = "+14", on = "+7" }]', "escalation", "on is not a known key"),
    "a grace of no working days": (
        "format = 1", 'format = 1\nescalation = [{ role = "officer", from = "+7", grace = -1 }]', "escalation", "from 0 to 60"),
    "a role named twice": (
        "format = 1", 'format = 1\nescalation = [{ role = "pi", from = "due" }, { role = "pi", from = "T-7" }]', "escalation",
        "same role twice"),
    "a principal investigator who is never told": (
        "format = 1", 'format = 1\nescalation = [{ role = "pi", from = "never" }]', "escalation", "untold"),
    "a chief who is told before the officer": (
        'per = "year"', 'per = "year"\nescalation = [{ role = "chief", from = "+1" }]', "rule.interim_report.escalation",
        "before the officer"),
    "an unknown parent": ("format = 1", 'format = 1\nextends = "nobody"', "extends", "no pack 'nobody'"),
    "a pack that extends itself": ("format = 1", 'format = 1\nextends = "pack"', "extends", "in a circle"),
    "an unknown format": ("format = 1", "format = 2", "format", "must be 1"),
}  # fmt: skip


def problems_of(tmp_path, text, **how):
    return lint_file(write(tmp_path, text, **how), finder(tmp_path))


def has(problems, key, words):
    return any(problem.key == key and words in problem.message for problem in problems)


def test_a_sound_pack_has_no_problems(tmp_path):
    assert problems_of(tmp_path, sound()) == []


@pytest.mark.parametrize(("old", "new", "key", "words"), BENT.values(), ids=BENT.keys())
def test_the_lint_refuses(tmp_path, old, new, key, words):
    text = sound()
    if "application_closes_on" in words:
        text = text.replace('anchor = "year_end"', 'anchor = "application_closes_on"')
    assert old in text
    problems = problems_of(tmp_path, text.replace(old, new, 1))
    assert has(problems, key, words), problems
    assert all(problem.path.endswith("pack.toml") for problem in problems)


def test_every_problem_of_a_file_is_told_at_once(tmp_path):
    text = sound().replace('kind = "interim_report"', 'kind = "report"').replace('clause = "二"', "").replace("months = 2", "months = 0")
    found = {problem.key for problem in problems_of(tmp_path, text, cases=None)}
    assert found >= {"rule.interim_report.kind", V + "clause", V + "months", "(cases)"}


def test_two_rules_with_one_id_are_refused(tmp_path):
    text = sound() + sound()[sound().index("[[rule]]") :]
    assert has(problems_of(tmp_path, text), "rule.interim_report", "used twice")


@pytest.mark.parametrize(
    ("second", "words"),
    [("2026-01-01", "same day"), ("2025-06-01", "order of their dates")],
)
def test_versions_that_overlap_or_stand_out_of_order_are_refused(tmp_path, second, words):
    version = sound()[sound().index("[[rule.version]]") :]
    text = sound() + version.replace("effective_from = 2026-01-01", f"effective_from = {second}")
    assert has(problems_of(tmp_path, text), "rule.interim_report.version[1].effective_from", words)


def test_a_version_that_still_holds_when_the_next_begins_is_refused(tmp_path):
    version = sound()[sound().index("[[rule.version]]") :]
    first = sound().replace("effective_from = 2026-01-01\nchecked_on", "effective_from = 2026-01-01\neffective_to = 2026-06-30\nchecked_on")
    text = first + version.replace("effective_from = 2026-01-01", "effective_from = 2026-06-30")
    assert has(problems_of(tmp_path, text), "rule.interim_report.version[1].effective_from", "2026-06-30")


def test_a_pack_without_cases_is_refused(tmp_path):
    assert has(problems_of(tmp_path, sound(), cases=None), "(cases)", "pack.cases.toml")
    assert has(problems_of(tmp_path, sound(), cases=""), "case", "at least one")


def test_a_circle_of_two_packs_is_named(tmp_path):
    write(tmp_path, sound("other").replace("format = 1", 'format = 1\nextends = "pack"'))
    text = sound().replace("format = 1", 'format = 1\nextends = "other"')
    assert has(problems_of(tmp_path, text), "extends", "pack -> other -> pack")


def test_a_file_that_is_not_toml_is_one_problem(tmp_path):
    path = tmp_path / "pack.toml"
    path.write_text("format = = 1", "utf-8")
    (problem,) = [each for each in lint_file(path, finder(tmp_path)) if each.key == "(file)"]
    assert "not TOML" in problem.message


def test_the_name_of_the_file_is_the_code(tmp_path):
    path = tmp_path / "wrong.toml"
    path.write_text(sound(), "utf-8")
    assert has(lint_file(path, finder(tmp_path)), "code", "wrong.toml")


def test_the_switch_needs_an_interim_report_per_year(tmp_path):
    text = sound().replace("format = 1", "format = 1\ninterim_report_in_every_year = true")
    text = text.replace('kind = "interim_report"', 'kind = "data_call"')
    assert has(problems_of(tmp_path, text), "interim_report_in_every_year", "interim_report per year")


def test_loading_raises_with_all_problems(tmp_path):
    path = write(tmp_path, sound().replace("months = 2", "months = 0").replace('basis = "call"', 'basis = "habit"'))
    with pytest.raises(ProgrammeError) as refused:
        load(path, finder(tmp_path))
    assert {problem.key for problem in refused.value.problems} == {V + "months", V + "basis"}


NONSENSE = ['rule = "x"', "rule = [1]", 'term = "x"', "source = 3", "remove = 1", "[[rule]]\nversion = 1", "[rule]\nid = 1"]


@pytest.mark.parametrize("text", NONSENSE)
def test_nonsense_shapes_are_problems_and_not_crashes(tmp_path, text):
    path = tmp_path / "pack.toml"
    path.write_text('code = "pack"\n' + text, "utf-8")
    assert lint_file(path, finder(tmp_path))


WRONG_KINDS = ["1", "true", '""', "[]", "[[]]", "{}", "{ a = [1] }", "2026-01-01", "2026-01-01T10:00:00", "0.5", '["x", "x"]', "[1, 2]"]


@pytest.mark.parametrize("value", WRONG_KINDS)
def test_no_value_of_any_kind_under_any_key_crashes_the_lint(tmp_path, value):
    consequence = '[[consequence]]\nid = "x"\nrule = "interim_report"\nsource = "test-call"\ndecisions = ["cut"]\n'
    lines = (sound() + consequence).splitlines()
    for number, line in enumerate(lines):
        key, equals, _ = line.partition(" = ")
        if equals:
            bent = [*lines[:number], f"{key} = {value}", *lines[number + 1 :]]
            path = tmp_path / "pack.toml"
            path.write_text("\n".join(bent), "utf-8")
            assert all(problem.message for problem in lint_file(path, finder(tmp_path)))
