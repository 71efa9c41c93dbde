"""Takes the pictures: one browser for each width, everybody's menu, and the pages that the menu's pages link to."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as TooSlow

from tests.gallery.checks import full_height, judge
from tests.gallery.home import Seat
from tests.serving_support import Record, Server, browsing, launch, settle, sign_in, visit
from tracker.ui.pages import PAGES

HEIGHTS = {1440: 900, 390: 844}
TALLEST = 12_000  # a browser paints no more in one picture
EXAMPLES = 2  # pictures of one page with different ids, for each person
ONE_THING = {"meetings", "receipt", "outcomes", "deliveries"}  # in the menu, and with an id the page of one meeting, mail …
MAIL_LINK = "mail-link"
#: What is pressed on a page, one after the other, for a picture of each state that has no address of its own.
VIEWS = {
    "working_days": '[data-testid="stTabs"] >> nth=0 >> [role="tab"]',
    "silences": '[data-testid="stExpander"] summary',
    "channels": '[data-testid="stExpander"] summary',
}
_DRAWN_MS = 350  # charts follow a new width with an animation of their own, and tell nobody when it ends


@dataclass
class Shot:
    """One picture and what looks wrong on it."""

    page: str
    role: str
    language: str
    width: int
    address: str
    file: str
    seconds: float = 0.0
    findings: list[tuple[str, str]] = field(default_factory=list)


class Camera:
    """Takes the pictures of one width."""

    def __init__(self, server: Server, out: Path, width: int, pages: set[str]) -> None:
        self.server, self.out, self.width, self.pages = server, out, width, pages
        self.height = HEIGHTS.get(width, 900)
        self.shots: list[Shot] = []
        self.failure: Exception | None = None

    def take_all(self, people: list[Seat], language: str) -> None:
        """Every wanted page of every seat in the language that is set. What ends it early is kept in `failure`."""
        try:
            with sync_playwright() as playwright:
                browser = launch(playwright)
                if "sign-in" in self.pages:
                    self._sign_in_form(browser, language)
                for seat in people:
                    self._seat(browser, seat, language)
                    if MAIL_LINK in self.pages:
                        self._mail_links(browser, seat, language)
                browser.close()
        except Exception as failure:  # runs in a thread: whoever started it looks here
            self.failure = failure

    def _sign_in_form(self, browser: Browser, language: str) -> None:
        with browsing(browser, self.server, width=self.width, height=self.height) as (_, page, record):
            shot = self._new("sign-in", "anyone", language, f"/sign-in?lang={language}")
            page.goto(shot.address)
            self._finish(page, shot, record, 0)

    def _mail_links(self, browser: Browser, seat: Seat, language: str) -> None:
        """The forms behind the links of her mails, which nobody signs in for."""
        for address in seat.mail_links:
            with browsing(browser, self.server, width=self.width, height=self.height) as (_, page, record):
                shot = self._new(MAIL_LINK, seat.role.value, language, address)
                page.goto(address)
                self._finish(page, shot, record, 0)

    def _seat(self, browser: Browser, seat: Seat, language: str) -> None:
        with browsing(browser, self.server, width=self.width, height=self.height) as (_, page, record):
            sign_in(page, seat.email)
            todo, seen = list(seat.screens), Counter()
            while todo:
                name, address = todo.pop(0)
                before = len(record.complaints)
                shot = self._new(name, seat.role.value, language, address)
                _open(page, shot)
                for hidden, found in _hidden_links(page):
                    if hidden in self.pages and seen[hidden] < EXAMPLES and (hidden, found) not in todo:
                        seen[hidden] += 1
                        todo.append((hidden, found))
                if name in self.pages:
                    self._finish(page, shot, record, before)
                    self._views(page, shot, record)

    def _views(self, page: Page, first: Shot, record: Record) -> None:
        """The other states of a page: each of its views, or what it unfolds."""
        parts = page.locator(VIEWS[first.page]) if first.page in VIEWS else None
        for number in range(parts.count() if parts else 0):
            if parts is None or parts.nth(number).get_attribute("aria-selected") == "true":
                continue
            before = len(record.complaints)
            shot = self._new(first.page, first.role, first.language, first.address)
            parts.nth(number).click()
            settle(page)
            self._finish(page, shot, record, before)

    def _new(self, name: str, role: str, language: str, address: str) -> Shot:
        number = 1 + sum((shot.page, shot.role, shot.language) == (name, role, language) for shot in self.shots)
        file = f"{name}{'' if number == 1 else f'-{number}'}.{role}.{language}.{self.width}.png"
        return Shot(name, role, language, self.width, address, file)

    def _finish(self, page: Page, shot: Shot, record: Record, before: int) -> None:
        """Judge what is drawn, then make the window as tall as the page and take the picture."""
        shot.findings += judge(page, shot.language)
        page.set_viewport_size({"width": self.width, "height": max(self.height, min(full_height(page), TALLEST))})
        page.wait_for_timeout(_DRAWN_MS)
        page.screenshot(path=self.out / shot.file)
        page.set_viewport_size({"width": self.width, "height": self.height})
        shot.findings += [("console", line) for line in record.complaints[before:]]
        shot.findings += [("outside", asked) for asked in record.outside(self.server.url)]
        self.shots.append(shot)


def _open(page: Page, shot: Shot) -> None:
    began = time.monotonic()
    try:
        visit(page, shot.address)
    except TooSlow:
        shot.findings.append(("too slow", "not drawn within 30 seconds"))
    shot.seconds = round(time.monotonic() - began, 2)


def _hidden_links(page: Page) -> list[tuple[str, str]]:
    """(name, address) of every link to a page that needs an id, or to one thing on a page that is, in the order of the screen."""
    hidden = {spec.url_path for spec in PAGES if spec.hidden}
    found: dict[str, str] = {}
    for href in page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))"):
        parts = urlsplit(href)
        name = parts.path.strip("/")
        if name in hidden | ONE_THING and parts.query:
            found[f"/{name}?{parts.query}"] = name
    return [(name, address) for address, name in found.items()]
