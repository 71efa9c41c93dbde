"""Every worked case beside every pack, and the proof that the cases notice a wrong period."""

from copy import deepcopy
from pathlib import Path

import pytest

from tracker.config import data_dir
from tracker.programmes.calendars import load_calendar
from tracker.programmes.cases import load_cases, run_case
from tracker.programmes.lint import lint_file
from tracker.programmes.load import build, load
from tracker.programmes.resolve import finder, lineage, pack_paths, read, resolve

FOLDERS = (data_dir() / "programmes", data_dir() / "samples" / "programmes")
PACKS = pack_paths(*FOLDERS)
FIND = finder(*FOLDERS)
CASES = [pytest.param(pack, case, id=f"{pack.stem}: {case.name}") for pack in PACKS for case in load_cases(pack)[0]]


def mutations(pack: Path):
    """One month or one day more or less, for every period that this pack itself states."""
    raw, _ = read(pack)
    for rule_number, rule in enumerate(raw["rule"]):
        for version_number, version in enumerate(rule.get("version", ())):
            for key in ("months", "days"):
                for step in (1, -1):
                    if version.get(key, 0) + step > 0 and key in version:
                        mutated = deepcopy(raw)
                        mutated["rule"][rule_number]["version"][version_number][key] += step
                        yield pytest.param(pack, mutated, id=f"{pack.stem}: {rule['id']}[{version_number}] {key} {step:+}")


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.stem)
def test_a_shipped_pack_has_no_problems(pack):
    assert lint_file(pack, FIND) == []
    assert load_cases(pack)[1] == []


@pytest.mark.parametrize(("pack", "case"), CASES)
def test_the_rules_give_what_the_case_expects(pack, case):
    programme = load(pack, FIND)
    assert run_case(programme, case, load_calendar().for_county(programme.county)) == []


@pytest.mark.parametrize(("pack", "mutated"), [each for pack in PACKS for each in mutations(pack)])
def test_a_changed_period_breaks_a_case_of_its_pack(pack, mutated):
    chain, _ = lineage(pack, mutated, FIND)
    programme = build(resolve(mutated, chain))
    calendar = load_calendar()
    assert any(run_case(programme, case, calendar) for case in load_cases(pack)[0])


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.stem)
def test_every_dated_rule_of_a_pack_stands_in_one_of_its_cases(pack):
    raw, _ = read(pack)
    dated = {rule["id"] for rule in raw["rule"] for version in rule.get("version", ()) if version.get("months") or version.get("days")}
    expected = {row["rule"] for case in load_cases(pack)[0] for row in case.expect if "nominal" in row}
    assert dated <= expected
