"""The same thing done twice: pressed again, Enter twice, a reload, a second window, a mail link sent once more. Nothing is doubled.

The table has a verdict for every service that takes a key; the browser's part of it is in `tests/browser/test_clicks.py`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from tests.cast import Cast, key
from tests.integration.services.authorisation_table import ROWS, Row
from tests.integration.services.authorisation_world import ROLES, Template, World, as_role
from tests.integration.services.done_twice_table import ELSEWHERE, TWICE
from tests.integration.services.test_authorisation import modules
from tracker.exchange.sheets import SheetRefused
from tracker.services.errors import ServiceError, Stale
from tracker.services.project_import import ImportRefused
from tracker.store import tables as t
from tracker.store.writing import StaleVersion

NOT_THE_RECORD = {"idempotency", "revision"}
VERSIONS = ("expected_version", "expected")
FARTHEST = 6
"""A first act changes a row that many times at most."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template(tmp_path_factory.mktemp("twice"))


def stored(cast: Cast) -> dict[str, list[str]]:
    """Everything that is kept, by table: the record, versions, mails, notices."""

    def rows(conn: Connection) -> Iterator[tuple[str, list[str]]]:
        for table in t.metadata.sorted_tables:
            if table.name not in NOT_THE_RECORD:
                yield table.name, sorted(map(repr, conn.execute(select(table))))

    with cast.desk.store.read() as conn:
        return dict(rows(conn))


def verdict(cast: Cast, act: Callable[[], Any]) -> str:
    """The letter of doing something: whether it was refused, and whether it left anything behind."""
    before, refused = stored(cast), False
    try:
        act()
    except (ServiceError, StaleVersion, ImportRefused, SheetRefused):
        refused = True
    after = stored(cast)
    left = sorted(name for name in after if after[name] != before[name])
    assert not (refused and left), f"it was refused and wrote to {left}"
    return "x" if refused else "+" if left else "="


def of_version(cast: Cast, call: Callable[..., Any], name: str, first: int) -> str:
    """The letter of a call with the version that holds now, whichever that is."""
    for version in range(first, first + FARTHEST):
        stale = []

        def act(version: int = version, stale: list[bool] = stale) -> None:
            try:
                call(**{name: version, "key": key()})
            except (Stale, StaleVersion):
                stale.append(True)
                raise

        letter = verdict(cast, act)
        if not stale:
            return letter
    return "x"


def row_of(name: str) -> Row:
    return next(row for row in ROWS if row.name == name)


def done_twice(world: World, name: str) -> str:
    row, twice = row_of(name), TWICE[name]
    place = world.places["foreign" if row.on == "foreign" else "own"]
    role = next(role for role in ROLES if row.expected[role] == "A")
    given = {**row.arguments(world, place), **twice.changed(world, place)}

    def call(**more: Any) -> Any:
        return row.service(as_role(world, role), **{**given, **more})

    before = stored(world.cast)
    call()
    if name != "ladders.reset_ladder-own":  # nothing was changed there to begin with
        assert stored(world.cast) != before, "the first time changed nothing: the second says nothing"
    found = verdict(world.cast, lambda: call(key=key()))
    if len(twice.expected) == 1:
        return found
    more = twice.redrawn(world, place)
    version = next((one for one in VERSIONS if one in given), None)
    if version is None:
        return found + verdict(world.cast, lambda: call(**{"key": key(), **more}))
    return found + of_version(world.cast, lambda **new: call(**{**more, **new}), version, given[version] or 1)


@pytest.mark.sqlite  # copies prepared files; the services themselves run on both engines below and elsewhere
@pytest.mark.parametrize("name", TWICE)
def test_the_second_time_does_what_the_table_says(template: Template, name: str):
    with template.copy() as world:
        assert done_twice(world, name) == TWICE[name].expected


def test_every_service_that_takes_a_key_has_a_verdict():
    takes_a_key = {
        f"{module.__name__.rsplit('.', 1)[1]}.{node.name}"
        for module in modules()
        for node in ast.parse(Path(module.__file__).read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and any(arg.arg == "key" for arg in node.args.kwonlyargs)
    }
    judged = {name.partition("-")[0] for name in TWICE}
    assert takes_a_key == judged | set(ELSEWHERE)
    assert judged & set(ELSEWHERE) == set()


def test_what_is_done_again_has_its_reason():
    assert all(bool(twice.why) == ("+" in twice.letters) for twice in TWICE.values())
