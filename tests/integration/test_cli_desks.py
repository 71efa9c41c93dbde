"""People's desks from the command line: leave, another address, hand over, and what is left behind."""

import json

import pytest

from tests.integration.cli_support import run_tracker
from tracker.config import data_dir

PI, NEW = "pi-a@sample.invalid", "new@sample.invalid"


@pytest.fixture
def home(tmp_path):
    place = tmp_path / "home"
    run_tracker("init", home=place)
    run_tracker("project", "import", str(data_dir() / "samples" / "project-import.csv"), home=place)
    run_tracker("user", "add", NEW, "--name", "示範新人", "--temporary", home=place)
    return place


def events(home) -> int:
    return json.loads(run_tracker("audit", "verify", "--json", home=home)[1])["events"]


def people(home) -> dict[str, dict]:
    return {row["email"]: row for row in json.loads(run_tracker("user", "list", "--json", home=home)[1])}


def test_a_desk_goes_over_with_its_roles_and_the_account_is_off(home):
    before = events(home)
    over = ("user", "hand-over", "officer@sample.invalid", NEW, "--reason", "調任", "--with-roles", "--switch-off", "--json")
    said = json.loads(run_tracker(*over, "--dry-run", home=home)[1])
    assert (said["done"], events(home)) == (False, before)
    code, out, _ = run_tracker(*over, home=home)
    assert code == 0
    assert {thing["becomes"] for thing in json.loads(out)["things"]} == {"moves"}
    assert events(home) == before + 1
    after = people(home)
    assert (after["officer@sample.invalid"]["active"], after["officer@sample.invalid"]["roles"]) == (False, [])
    assert after[NEW]["roles"] == ["officer"]
    assert run_tracker("user", "left", home=home)[0] == 0


def test_an_investigator_is_replaced_with_the_number_of_the_letter(home):
    over = ("user", "hand-over", PI, NEW, "--project", "DEMO-IMPORT-001", "--reason", "離職")
    code, _, err = run_tracker(*over, home=home)
    assert (code, "letter_number" in err) == (1, True)
    code, out, _ = run_tracker(*over, "--letter", "示範字第9號", home=home)
    assert code == 0
    assert "完成" in out
    assert (people(home)[NEW]["roles"], people(home)[PI]["roles"]) == (["pi"], [])


def test_another_address_and_leaving(home):
    assert run_tracker("user", "address", PI, "moved@sample.invalid", home=home)[0] == 0
    assert run_tracker("user", "address", PI, "again@sample.invalid", home=home)[0] == 1
    code, _, err = run_tracker("user", "leave", "helper-a@sample.invalid", "--project", "NO-SUCH", home=home)
    assert (code, bool(err.strip())) == (1, True)
    assert run_tracker("user", "leave", "helper-a@sample.invalid", "--project", "DEMO-IMPORT-001", home=home)[0] == 0
    assert people(home)["helper-a@sample.invalid"]["roles"] == []


@pytest.mark.parametrize("role", ["co_pi", "assistant"])
def test_a_co_investigator_or_a_reviewer_joins_from_the_command_line(home, role):
    assert run_tracker("user", "join", NEW, "--project", "DEMO-IMPORT-001", "--role", role, home=home)[0] == 0
    assert run_tracker("user", "add", NEW, "--role", "reviewer", "--programme", "demo-sister-ai", "--temporary", home=home)[0] == 0
    assert people(home)[NEW]["roles"] == sorted([role, "reviewer"])


def test_without_a_home_every_verb_says_so(tmp_path):
    for words in (("left",), ("address", "a@b.invalid", "c@d.invalid"), ("leave", "a@b.invalid", "--project", "X")):
        assert run_tracker("user", *words, home=tmp_path / "none")[0] == 2
