"""Somebody who joins a project after it was entered gets on it from the command line."""

import json

import pytest
from sqlalchemy import select

from tests.integration.cli_support import run_tracker
from tracker.config import data_dir
from tracker.store import tables as t
from tracker.store.engine import Store


@pytest.fixture
def home(tmp_path):
    place = tmp_path / "home"
    run_tracker("init", home=place)
    run_tracker("project", "import", str(data_dir() / "samples" / "project-import.csv"), home=place)
    run_tracker("user", "add", "late@sample.invalid", "--temporary", home=place)
    return place


def events(home) -> int:
    return json.loads(run_tracker("audit", "verify", "--json", home=home)[1])["events"]


def test_a_helper_who_comes_later_is_put_on_the_project_once(home):
    join = ("user", "join", "late@sample.invalid", "--project", "DEMO-IMPORT-001", "--role", "assistant")
    before = events(home)
    assert [run_tracker(*join, home=home)[0] for _ in range(2)] == [0, 0]
    assert events(home) == before + 1
    store = Store.open(home / "milepost.sqlite3")
    with store.read() as conn:
        rows = conn.execute(
            select(t.project.c.code, t.membership.c.role, t.membership.c.party)
            .join(t.membership, t.membership.c.project_id == t.project.c.id)
            .join(t.person, t.person.c.id == t.membership.c.person_id)
            .where(t.person.c.email == "late@sample.invalid")
        ).all()
    store.dispose()
    assert [tuple(row) for row in rows] == [("DEMO-IMPORT-001", "assistant", "academic")]


@pytest.mark.parametrize(("email", "project"), [("nobody@sample.invalid", "DEMO-IMPORT-001"), ("late@sample.invalid", "NO-SUCH")])
def test_an_unknown_person_or_project_is_refused_and_nothing_is_written(home, email, project):
    before = run_tracker("audit", "verify", "--json", home=home)[1]
    code, _, err = run_tracker("user", "join", email, "--project", project, "--role", "assistant", home=home)
    assert code == 1
    assert err.strip()
    assert run_tracker("audit", "verify", "--json", home=home)[1] == before


def test_who_was_taken_off_today_can_join_again_today(home):
    """The command said that she was on the project, by the answer that it had kept from the morning."""
    join = ("user", "join", "late@sample.invalid", "--project", "DEMO-IMPORT-001", "--role", "assistant")
    leave = ("user", "leave", "late@sample.invalid", "--project", "DEMO-IMPORT-001")
    before = events(home)
    assert [run_tracker(*one, home=home)[0] for one in (join, leave, join)] == [0, 0, 0]
    assert events(home) == before + 3
