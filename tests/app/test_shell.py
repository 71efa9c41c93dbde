"""The frame around every screen, through the real entry script."""

from __future__ import annotations

import pytest

from tests.app.support import page_test, run_page, texts
from tests.cast import Cast
from tracker.config import pages_dir
from tracker.services import sessions
from tracker.services.viewer import Role
from tracker.ui import cache
from tracker.ui.pages import PAGES

NOTHING = "此處查無資料。"


@pytest.fixture(autouse=True)
def _environment_desk():
    yield
    cache.give_desk(None)


def test_every_page_has_a_file_and_every_file_is_a_page():
    assert {page.file for page in PAGES} == {path.name for path in pages_dir().glob("*.py")}


def test_nobody_signed_in_sees_the_way_in_and_nothing_else(cast: Cast):
    shown = texts(run_page(cast, None, "people"))
    assert "/sign-in" in shown
    assert "示範" not in shown


def test_a_session_handle_that_nobody_has_is_nobody(cast: Cast):
    cache.give_desk(cast.desk)
    at = page_test(cast.desk, None, "people")
    at.user = {"sid": "0" * 32}
    assert "/sign-in" in texts(at.run())


def test_a_person_switched_off_is_nobody(cast: Cast):
    assert "/sign-in" in texts(run_page(cast, "disabled", "account"))
