"""Who is told, as a pack states it: over the usual levels, and a rule over its pack."""

import pytest

from tests.unit.programmes.packs import sound, write
from tracker.domain.alert_policy import USUAL_LEVELS, Level, Policy
from tracker.programmes.load import dump, load, load_text
from tracker.programmes.model import ProgrammeError
from tracker.programmes.resolve import finder
from tracker.services.alert_policies import of_pack

PACK = """format = 1
escalation = [
    { role = "institution", from = "+1", grace = 5, language = "en" },
    { role = "chief", from = "never" },
]"""
RULE = 'per = "year"\nescalation = [{ role = "officer", from = "due", channels = ["chat"] }]'
CHILD = """format = 1
code = "{code}"
version = "1"
extends = "parent"
title_zh = "子案"
title_en = "Child"
checked_on = 2026-01-02
{more}
"""
ASSISTANT, PI, OFFICER, CHIEF = USUAL_LEVELS
INSTITUTION = Level("institution", "+1", 5, language="en")


def loaded(tmp_path, text):
    return load(write(tmp_path, text), finder(tmp_path))


def test_a_pack_that_says_nothing_tells_the_usual_people(tmp_path):
    programme = loaded(tmp_path, sound())
    assert of_pack(programme).policy == Policy()
    assert of_pack(programme).kinds == {}


def test_a_pack_names_the_roles_that_differ_and_the_others_are_told_as_usual(tmp_path):
    policies = of_pack(loaded(tmp_path, sound().replace("format = 1", PACK, 1)))
    assert policies.policy.levels == (ASSISTANT, PI, INSTITUTION, OFFICER)


def test_a_rule_lies_over_its_pack(tmp_path):
    policies = of_pack(loaded(tmp_path, sound().replace("format = 1", PACK, 1).replace('per = "year"', RULE, 1)))
    assert policies.of("interim_report").levels == (ASSISTANT, PI, INSTITUTION, Level("officer", "due", channels=("chat",)))
    assert policies.of("final_report") == policies.policy


def test_who_is_told_survives_the_stored_text(tmp_path):
    programme = loaded(tmp_path, sound().replace("format = 1", PACK, 1).replace('per = "year"', RULE, 1))
    assert load_text(dump(programme)) == programme


def test_a_child_says_it_anew_or_keeps_what_its_parent_says(tmp_path):
    write(tmp_path, sound("parent").replace("format = 1", PACK, 1))
    child = CHILD.format(code="heir", more="")
    assert of_pack(loaded(tmp_path, child)).policy.levels == (ASSISTANT, PI, INSTITUTION, OFFICER)
    anew = CHILD.format(code="anew", more='escalation = [{ role = "officer", from = "due" }]')
    assert of_pack(loaded(tmp_path, anew)).policy.levels == (ASSISTANT, PI, Level("officer", "due"), CHIEF)


@pytest.mark.parametrize(
    ("of_pack", "of_rule", "where"),
    [
        ('ladder = ["T-7", "due"]', "", "ladder"),
        ("", 'ladder = ["T-7", "due"]', "rule.interim_report.ladder"),
        ('ladder = ["T-7", "+1"]', "", "escalation"),  # the officer would begin at +7
        ("", 'escalation = [{ role = "officer", from = "never" }, { role = "chief", from = "never" }]', "rule.interim_report.escalation"),
    ],
)
def test_a_file_that_says_nothing_once_it_is_overdue_is_refused_with_its_key(tmp_path, of_pack, of_rule, where):
    text = sound().replace("format = 1", f"format = 1\n{of_pack}", 1).replace('per = "year"', f'per = "year"\n{of_rule}', 1)
    with pytest.raises(ProgrammeError) as refused:
        loaded(tmp_path, text)
    assert [problem.key for problem in refused.value.problems] == [where]
