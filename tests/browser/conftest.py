"""A browser for each module, and a server on a fresh home with the cast for each test. Without Chromium the tests are skipped and
counted; where CI=true they fail instead, so that nobody takes a run without a browser for a whole one."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.cast import Cast
from tests.serving_support import PATIENCE_MS, Record, Server, browsing, cast_home, chromium, launch, sign_in

expect.set_options(timeout=PATIENCE_MS)

#: Only waiting for what a page shows gets one, and pytest counts it aloud: on a busy machine a click may fall on a button that moves away.
#: What is asserted of the store (lost, twice, of another project) fails at once.
SECOND_CHANCE = pytest.mark.flaky(reruns=1, only_rerun=[r"TimeoutError", r"Locator expected"])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            for mark in (pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser"), SECOND_CHANCE):
                item.add_marker(mark)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # A module's, not the session's: while it runs, nothing else in this process can start an event loop.
    if chromium() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no Chromium on this machine")
        pytest.skip("needs Chromium (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        made = launch(playwright)
        yield made
        made.close()


@dataclass
class Live:
    """The running site: its server, the cast behind it, and what every browser window asked for and complained about."""

    server: Server
    cast: Cast
    record: Record
    open_page: Callable[..., Page]

    def as_person(self, who: str, address: str = "/", *, width: int = 1440) -> Page:
        """A window of its own, signed in as one of the cast at an address."""
        page = self.open_page(width=width)
        sign_in(page, self.cast.person(who).email, then=address)
        return page


@pytest.fixture
def live(browser: Browser, tmp_path: Path) -> Iterator[Live]:
    """A server whose clock stands on Tuesday 2026-09-01, without a worker: a test raises and sends what it is about."""
    cast = cast_home(tmp_path / "home")
    server, record = Server(tmp_path / "home", with_worker=False), Record()
    with ExitStack() as windows:
        windows.callback(cast.desk.store.dispose)
        windows.callback(server.stop)
        server.start()

        def open_page(width: int = 1440) -> Page:
            _, page, _ = windows.enter_context(browsing(browser, server, width=width, height=900, record=record))
            return page

        yield Live(server, cast, record, open_page)
