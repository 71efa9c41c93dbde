"""Every service for every role on its own and on a foreign object; and that no check could be taken out unnoticed."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import true

import tracker.services
from tests.integration.services.authorisation_table import EXEMPT, ROWS, Row
from tests.integration.services.authorisation_world import DAY, ROLES, Template, World
from tracker.services.errors import Forbidden, Invalid, NotFound
from tracker.services.viewer import load_viewer

pytestmark = pytest.mark.sqlite  # copies prepared files; the services themselves run on both engines elsewhere

#: Checks that stand behind another one, so that taking them out alone opens nothing; each with the check in front of it.
BEHIND_ANOTHER: dict[str, str] = {
    "template_previews._notices:scope": "EDIT_TEMPLATES lets in only who sees everything",
    "template_previews._obligations:scope": "EDIT_TEMPLATES lets in only who sees everything",
    "printed_reports.print_report:authorise": "who prints what waits has opened it: note_read asks the same",
    "outcome_views.outcome_overview:scope": "narrowed to the programmes that she serves",
    "outcome_views.outcome_overview:scope-2": "narrowed to the programmes that she serves",
    "action_items.items_for_queue:scope": "narrowed to the programmes that she serves",
    "meeting_views.meetings_for_queue:scope": "narrowed to the programmes that she serves",
    "meeting_conclusions._projects:authorise": "authorise_office on every project that a row is about",
    "meeting_views.my_agenda:scope": "narrowed to the items that are her own",
    "data_call_board.call_list:scope": "every call is asked for by `may` as well",
    "seen_alerts.seen_alerts:scope": "SEE_PORTFOLIO on the project that it reads",
    "alerts.look:authorise": "the brake that a look asks first is for the system alone as well",
    "signals.watch:authorise": "the brake that a watch asks before it writes is for the system alone as well",
    "signal_courses.course_list:scope": "narrowed to the programmes whose courses she reads",
    "delivery.deliver:authorise": "signals are rechecked for the system alone as well",
    "alerts.alert_list:scope": "SEE_DELIVERIES lets in only who sees everything",
    "delivery_list.delivery_list:scope": "SEE_DELIVERIES lets in only who sees everything",
    "delivery_list.delivery_list:scope-2": "SEE_DELIVERIES lets in only who sees everything",
    "signal_list.signal_list:scope": "SEE_DELIVERIES lets in only who sees everything",
    "silences.silence_list:scope": "every silence is asked for by `may` as well",
    "signal_list.project_attention:scope": "SEE_PROJECT on the project that it reads",
    "signal_list.office_attention:scope": "narrowed to the programmes that she serves",
    "project_import._codes_in_use:scope": "IMPORT_PROJECTS lets in only who sees everything",
    "anchors.items_for_queue:scope": "narrowed to the programmes whose office she is",
    "queue._reports:scope": "narrowed to the programmes that she serves",
    "portfolio.obligation_scope:scope": "narrowed to the programmes that she oversees",
    "portfolio.project_scope:scope": "narrowed to the programmes that she oversees",
    "office_clock.programme_clocks:scope": "narrowed to the programmes whose portfolio she has",
    "portfolio._own_programmes:may-2": "whoever is staff of a programme oversees it, by today's table",
    "must_do.must_do:scope": "narrowed to the projects that she is on",
    "document_date_views.given_dates:scope": "SEE_PROJECT on the project or programme that it reads",
    "evaluation_views._decisions:scope": "SEE_PROJECT on the project that it reads",
    "project_choices.project_choices:scope": "every project is asked for by `may` as well",
    "project_page.project_page:authorise": "project_header has refused already",
    "projects.project_header:authorise": "its own scope finds nothing foreign",
    "projects.project_header:scope": "its own authorise refuses what is foreign",
}

_OWN_PROJECT = ("You are on this project",)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template(tmp_path_factory.mktemp("authorisation"))


def outcome(row: Row, world: World, role: str) -> str:
    """The letter of what the service did."""
    try:
        return row.judge(row.call(world, role))
    except NotFound:
        return "N"
    except Forbidden as refused:
        if refused.msgid == Forbidden().msgid:
            return "F"
        return "O" if refused.msgid.startswith(_OWN_PROJECT) else "R"
    except Invalid:
        return "I"


def worlds(template: Template, cases: Iterable[Any]) -> Iterator[tuple[Any, World]]:
    """Each case with a world as it was prepared: a new copy only after one that wrote something."""
    world = template.copy()
    try:
        untouched = world.written()
        for case in cases:
            if world.written() != untouched:
                world.close()
                world = template.copy()
                untouched = world.written()
            yield case, world
    finally:
        world.close()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_role_gets_what_the_table_says(template: Template, row: Row):
    found = {}
    for role, world in worlds(template, ROLES):
        before = world.written()
        found[role] = outcome(row, world, role)
        assert found[role] not in "NFOIR" or world.written() == before, f"{role} was refused and something was written"
    assert found == row.expected


def test_a_person_who_is_switched_off_cannot_be_a_viewer(template: Template):
    with template.copy() as world, world.cast.desk.store.read() as conn:
        assert load_viewer(conn, world.cast.person("disabled").id, world.cast.ctx("system", on=DAY).today) is None


# --- Nothing is left out -------------------------------------------------------------------------------------------------------


def modules() -> list[Any]:
    return [importlib.import_module(f"tracker.services.{found.name}") for found in pkgutil.iter_modules(tracker.services.__path__)]


def test_every_service_has_a_row_or_a_reason_why_not():
    asked = {f"{row.service.__module__.rsplit('.', 1)[1]}.{row.service.__name__}" for row in ROWS}
    public = {
        f"{module.__name__.rsplit('.', 1)[1]}.{node.name}"
        for module in modules()
        for node in ast.parse(Path(module.__file__).read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and node.args.args and node.args.args[0].arg == "ctx"
    }
    assert public - asked - set(EXEMPT) == set()
    assert set(EXEMPT) - public == set(), "an exemption without a function"
    assert set(EXEMPT) & asked == set(), "an exemption that has a row"


# --- Taking out one check ------------------------------------------------------------------------------------------------------

#: Calls that refuse (or narrow a read), and what they do once taken out.
CHECKS: dict[str, Callable[..., Any]] = {
    "authorise": lambda *_: None,
    "authorise_office": lambda *_: None,
    "_authorise": lambda *_: None,
    "_own": lambda *_: None,
    "refuse_mixed": lambda *_: None,
    "scope": lambda *_: true(),
    "may": lambda *_: True,
}

#: `may` is for buttons; in these functions it guards.
GUARDED_BY_MAY = frozenset(
    {
        "absences._programmes",
        "absences._recordable",
        "documents._authorise",
        "hand_overs._authorise",
        "ladders.programme_views",
        "portfolio._own_programmes",
        "project_choices.project_choices",
        "project_page.project_page",
    }
)


@dataclass(frozen=True)
class Site:
    """One call of a check in the source: where it ends, which no two calls share."""

    module: str
    function: str
    check: str
    end: tuple[int, int] = field(compare=False)
    number: int = 1

    @property
    def name(self) -> str:
        return f"{self.module}.{self.function}:{self.check}" + (f"-{self.number}" if self.number > 1 else "")


def sites() -> list[Site]:
    """Every call of a check in the services, read from their source."""
    found: list[Site] = []
    for module in modules():
        short = module.__name__.rsplit(".", 1)[1]
        for function in [
            node for node in ast.walk(ast.parse(Path(module.__file__).read_text("utf-8"))) if isinstance(node, ast.FunctionDef)
        ]:
            calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
            for call in calls:
                name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
                if name in CHECKS and (name != "may" or f"{short}.{function.name}" in GUARDED_BY_MAY):
                    end = call.end_lineno or 0, call.end_col_offset or 0
                    if all((other.module, other.end) != (short, end) for other in found):
                        number = 1 + sum((o.module, o.function, o.check) == (short, function.name, name) for o in found)
                        found.append(Site(short, function.name, name, end, number))
    return found


def _asking(frame: FrameType) -> tuple[str, tuple[int, int]]:
    """Module and end of the call that a frame is just making."""
    positions = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    return Path(frame.f_code.co_filename).stem, (positions[1] or 0, positions[3] or 0)


class Checks:
    """Stands in for every check of the services: notes which calls are made, and leaves one of them out."""

    def __init__(self) -> None:
        self.reached: set[tuple[str, tuple[int, int]]] = set()
        self.without: tuple[str, tuple[int, int]] | None = None

    def watched(self, check: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def instead(*args: Any, **kwargs: Any) -> Any:
            place = _asking(sys._getframe(1))
            self.reached.add(place)
            return CHECKS[check]() if place == self.without else real(*args, **kwargs)

        return instead

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Put them in wherever a service knows a check by name."""
        with pytest.MonkeyPatch.context() as patch:
            for module in modules():
                for check in CHECKS:
                    if hasattr(module, check):
                        patch.setattr(module, check, self.watched(check, getattr(module, check)))
            yield


@pytest.fixture(scope="session")
def reached(template: Template) -> dict[tuple[str, tuple[int, int]], list[tuple[Row, str]]]:
    """Call of a check → the cases that come by it, those that it should refuse first."""
    found: dict[tuple[str, tuple[int, int]], list[tuple[Row, str]]] = {}
    checks = Checks()
    with checks.installed():
        for (row, role), world in worlds(template, ((row, role) for row in ROWS for role in ROLES)):
            checks.reached = set()
            outcome(row, world, role)
            for place in checks.reached:
                found.setdefault(place, []).append((row, role))
    return {place: sorted(cases, key=lambda case: case[0].expected[case[1]] in "AI") for place, cases in found.items()}


@pytest.mark.parametrize("site", sites(), ids=lambda site: site.name)
def test_without_this_check_some_row_would_disagree(template: Template, reached, site: Site):
    cases = reached.get((site.module, site.end), [])
    assert cases, "no row of the table comes by this check"
    checks = Checks()
    checks.without = site.module, site.end
    with checks.installed():
        unnoticed = all(_agrees(world, *case) for case, world in worlds(template, cases))
    assert unnoticed == (site.name in BEHIND_ANOTHER)


def _agrees(world: World, row: Row, role: str) -> bool:
    try:
        return outcome(row, world, role) == row.expected[role]
    except Exception:  # without its check a service may also stumble over what it should not have been given
        return False


def test_the_list_of_checks_behind_another_names_only_checks():
    assert set(BEHIND_ANOTHER) <= {site.name for site in sites()}
