"""No screen shows a person anything of a project that is not hers: every page, with her own and with foreign ids, cold and warm."""

from __future__ import annotations

import errno
import re
from types import SimpleNamespace

import pytest
import streamlit as st

from tests.app.support import run_page
from tests.integration.services.authorisation_world import FOREIGN_MARKS, OWN_MARKS, Place, Template, World
from tracker.i18n import Translator
from tracker.store.writing import Busy, KeyReused, NoRoom, StaleVersion
from tracker.ui import cache, components
from tracker.ui.components import escape
from tracker.ui.pages import PAGES

pytestmark = pytest.mark.sqlite

NOT_FOREIGN = ("officer", "chief", "pi", "company_pi", "assistant", "co_pi", "reviewer", "insider")
NOT_OWN = ("other_officer", "stranger_pi")
#: Where a reviewer meets the project whose report she was given: that report, and the list of what waits for her.
OF_A_REVIEWER = frozenset({"assignments", "review", "waiting", "inbox", "dossier"})
NOTHING = ("此處查無資料", "Nothing was found at this address")


def addresses(place: Place, other: Place) -> list[tuple[str, dict[str, object]]]:
    """Every page by itself, and every page that takes an id with that of `place`. Ids of one and the other project mixed, too."""
    with_ids: list[tuple[str, dict[str, object]]] = [
        ("report", {"report": place.waiting_report}),
        ("report", {"report": place.draft_report}),
        ("report", {"obligation": place.unopened}),
        ("review", {"report": place.waiting_report}),
        ("review", {"report": place.draft_report}),
        ("project", {"project": place.code}),
        ("dossier", {"project": place.code}),
        ("evaluation", {"project": place.project, "year": 1}),
        ("approvals", {"project": place.project}),
        ("outcomes", {"project": place.project}),
        ("dates", {"project": place.project}),
        ("dates", {"programme": other.programme, "project": place.project}),
        ("portfolio", {"programme": "hsp-115-smart-health" if place.code == "DEMO-FOREIGN-01" else "demo-sister-ai"}),
        ("portfolio", {"view": "owed", "q": place.code}),
        ("projects", {"q": place.code}),
        ("meetings", {"meeting": place.meeting}),
        ("meetings", {"meeting": place.meeting_held}),
        ("meetings", {"item": place.action}),
        ("meetings", {"item": place.action_office}),
        ("call", {"call": place.call}),
        ("report", {"obligation": place.call_obligation}),
    ]
    return [(page.url_path, {}) for page in PAGES] + with_ids


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory):
    made = Template(tmp_path_factory.mktemp("pages")).copy()
    yield made
    cache.give_desk(None)
    made.close()


def drawn(world: World, who: str | None, page: str, query: dict[str, object]) -> str:
    """Everything that was sent for the screen, as text: elements with their options, tables and charts."""
    at = run_page(world.cast, who, page, **query)
    assert not at.exception, (who, page, query, [error.value for error in at.exception])
    sent = "\n".join(
        element.proto.SerializeToString().decode("utf-8", "replace") for element in [*at.main, *at.sidebar] if element.proto is not None
    )
    return sent.replace("\\", "")  # user text is escaped in markdown, "DEMO\\-OWN\\-01"


def leaks(world: World, who: str, marks: tuple[str, ...], place: Place, other: Place) -> list[tuple[str, dict[str, object], str]]:
    found = []
    for page, query in addresses(place, other):
        shown = drawn(world, who, page, query)
        found += [(page, query, mark) for mark in marks if mark in shown]
    return found


def warm(world: World) -> None:
    """Everybody who may see both projects, or the other one, looks at everything first."""
    own, foreign = world.places["own"], world.places["foreign"]
    for who, place, other in (
        ("auditor", foreign, own),
        ("admin", foreign, own),
        ("other_officer", foreign, own),
        ("stranger_pi", foreign, own),
        ("auditor", own, foreign),
    ):
        for page, query in addresses(place, other):
            drawn(world, who, page, query)


@pytest.mark.parametrize("who", NOT_FOREIGN)
def test_nothing_foreign_is_drawn_on_a_cold_server(world: World, who: str):
    st.cache_resource.clear()
    assert leaks(world, who, FOREIGN_MARKS, world.places["foreign"], world.places["own"]) == []


@pytest.mark.parametrize("who", NOT_OWN)
def test_nor_of_the_first_project_to_those_of_the_second(world: World, who: str):
    st.cache_resource.clear()
    assert leaks(world, who, OWN_MARKS, world.places["own"], world.places["foreign"]) == []


def test_a_reviewer_meets_a_project_only_where_she_works_on_what_she_was_given(world: World):
    st.cache_resource.clear()
    found = leaks(world, "reviewer", (*OWN_MARKS, "示範計畫"), world.places["own"], world.places["foreign"])
    assert {page for page, _, _ in found} <= OF_A_REVIEWER
    assert not [query for page, query, _ in found if page == "review" and query != {"report": world.places["own"].waiting_report}]


@pytest.mark.slow
def test_nor_after_others_have_warmed_every_cache(world: World):
    warm(world)
    found = {who: leaks(world, who, FOREIGN_MARKS, world.places["foreign"], world.places["own"]) for who in NOT_FOREIGN}
    assert found == {who: [] for who in NOT_FOREIGN}


def test_the_canary_is_there_for_those_who_may_see_it(world: World):
    """Else the tests above would prove nothing."""
    place = world.places["foreign"]
    for who, page, query in (
        ("stranger_pi", "must_do", {}),
        ("other_officer", "project", {"project": place.code}),
        ("auditor", "projects", {}),
    ):
        assert any(mark in drawn(world, who, page, query) for mark in FOREIGN_MARKS), (who, page)


def test_nobody_signed_in_is_shown_nothing_of_anybody(world: World):
    for page, query in addresses(world.places["own"], world.places["foreign"]):
        shown = drawn(world, None, page, query)
        assert not [mark for mark in (*OWN_MARKS, *FOREIGN_MARKS, "示範") if mark in shown], page


@pytest.mark.parametrize("value", ["x", "-1", "0", "1e3", "１", "1 OR 1=1", "9" * 30, "1.0", "", "\0", "<b>", "[a](http://evil.invalid)"])
@pytest.mark.parametrize(
    ("page", "name"), [("report", "report"), ("report", "obligation"), ("approvals", "project"), ("project", "project")]
)
def test_what_is_no_id_is_nothing_and_no_failure(world: World, page: str, name: str, value: str):
    shown = drawn(world, "pi", page, {name: value})
    assert any(text in shown for text in NOTHING) or value == "", shown
    assert "evil.invalid" not in shown


@pytest.mark.parametrize(
    "text", ["https://evil.invalid/a", "HTTP://evil.invalid", "www.evil.invalid", "![x](http://evil.invalid/x.png)", ":material/home:"]
)
def test_an_address_or_an_icon_in_a_persons_text_stays_text(text: str):
    """What a browser showed: links and icons are found after escapes are gone, so an escape alone does not stop them."""
    finished = escape(text).replace("\\", "")
    assert not re.search(r"https?://|www\.|:material/", finished, re.IGNORECASE)
    assert finished.replace("\u2060", "") == text


@pytest.mark.parametrize("language", ["zh_TW", "en"])
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StaleVersion(), "Somebody changed this while you had it open. Look at the new state, then try again."),
        (KeyReused(), "This form was already sent with other content. Reload the page and look at what was saved."),
        (Busy(), "The system is busy. Nothing was saved; please try again in a moment."),
        (NoRoom(), "The disk is full. Nothing was saved; please tell the administrator."),
        (OSError(errno.ENOSPC, "no space"), "The disk is full. Nothing was saved; please tell the administrator."),
    ],
)
def test_what_the_store_refuses_is_said_plainly(monkeypatch, language: str, error: Exception, said: str):
    shown: list[str] = []
    monkeypatch.setattr(components.st, "error", lambda text, **_: shown.append(text))
    t = Translator(language)
    components.show_error(SimpleNamespace(t=t), error)
    assert shown == [t(said)]
    assert language == "en" or shown != [said], "not translated"


def test_what_nobody_foresaw_is_a_number_and_never_its_text(monkeypatch):
    shown: list[str] = []
    monkeypatch.setattr(components.st, "error", lambda text, **_: shown.append(text))
    components.show_error(SimpleNamespace(t=Translator("en")), RuntimeError("SELECT secret FROM person"))
    assert "secret" not in shown[0]
    assert re.search(r"[0-9A-F]{8}$", shown[0])
