"""An office set up as the README says, from an empty database: `init`, people, one import; then a server in front of it.

The home's clock stands on Tuesday 2026-09-01, so that what is due stays due. Everything else is what an administrator would type.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zlib import crc32

from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from sqlalchemy import Row, select

from tests.answers import answers
from tests.cast import PASSWORD, key
from tests.integration.cli_support import run_tracker
from tests.serving_support import Record, Server, browsing, settle, sign_in
from tracker.bootstrap import Desk, open_desk
from tracker.cli_home import write_home_file
from tracker.config import ROOT, Settings
from tracker.i18n import Translator
from tracker.services.context import Context
from tracker.services.report_drafts import open_report, report_screen, save_field
from tracker.services.report_submission import Receipt, submit_report
from tracker.services.viewer import load_viewer
from tracker.store import tables as t

DAY = "2026-09-01"
PROGRAMME = "demo-sister-ai"
zh = Translator("zh_TW")
SAVED = re.compile("已儲存|Saved")

ADMIN, OFFICER, CHIEF = "admin@office.invalid", "officer@office.invalid", "chief@office.invalid"
PI, ASSISTANT, STRANGER = "pi@sample.invalid", "helper@sample.invalid", "stranger@sample.invalid"
REVIEWERS = ("reviewer-1@panel.invalid", "reviewer-2@panel.invalid")

#: Code and title, last day, and whose it is. All begin on 2026-06-01, as their call says. What ended on 2026-08-31 owes its final report
#: by Monday 2026-11-30; the others owe their first interim report by 2027-03-31.
INTERIM, AGAIN, FINAL, CALLED, OTHER = "DEMO-J-01", "DEMO-J-02", "DEMO-J-03", "DEMO-J-04", "DEMO-J-05"
_PROJECTS = (
    (INTERIM, "示範計畫：期中報告", "119-05-31", PI),
    (AGAIN, "示範計畫：撤回再送", "119-05-31", PI),
    (FINAL, "示範計畫：成果報告", "115-08-31", PI),
    (CALLED, "示範計畫：通知與會議", "119-05-31", PI),
    (OTHER, "他人計畫 CANARY-7f3a", "119-05-31", STRANGER),
)


@dataclass
class Office:
    """The running installation and what stands behind it."""

    home: Path
    server: Server
    desk: Desk
    record: Record
    open_page: Callable[..., Page]

    def run(self, *words: str) -> tuple[int, str, str]:
        """One `tracker` command on this home."""
        return run_tracker(*words, home=self.home, TRACKER_PASSWORD=PASSWORD)

    def window(self, email: str, address: str = "/", *, password: str = PASSWORD) -> Page:
        """A browser of its own, signed in at an address."""
        page = self.open_page()
        sign_in(page, email, password, then=address)
        return page

    def person(self, email: str) -> int:
        with self.desk.store.read() as conn:
            return conn.execute(select(t.person.c.id).where(t.person.c.email == email)).scalar_one()

    def ctx(self, email: str) -> Context:
        """The services as this person has them today."""
        with self.desk.store.read() as conn:
            viewer = load_viewer(conn, self.person(email), date.fromisoformat(DAY))
        assert viewer is not None
        return self.desk.context(viewer)

    def project(self, code: str) -> int:
        with self.desk.store.read() as conn:
            return conn.execute(select(t.project.c.id).where(t.project.c.code == code)).scalar_one()

    def obligation(self, code: str, rule: str, period: str = "project") -> Row:
        with self.desk.store.read() as conn:
            return conn.execute(select(t.obligation).where(t.obligation.c.key == f"{code}/{rule}/{period}")).one()

    def report(self, obligation_id: int) -> Row:
        with self.desk.store.read() as conn:
            return conn.execute(select(t.report).where(t.report.c.obligation_id == obligation_id)).one()

    def written(self, obligation_id: int, **more: object) -> int:
        """A report with everything in it that its form asks for; returns its id."""
        ctx = self.ctx(PI)
        report_id = open_report(ctx, obligation_id=obligation_id, key=key()).report_id
        for field, value in (answers(report_screen(ctx, report_id).state) | more).items():
            save_field(ctx, report_id=report_id, field=field, value=value, base_rev=0)
        return report_id

    def handed_in(self, obligation_id: int, **more: object) -> Receipt:
        """The same, handed in by the investigator."""
        report_id, ctx = self.written(obligation_id, **more), self.ctx(PI)
        row = report_screen(ctx, report_id).state.row
        return submit_report(ctx, report_id=report_id, expected_version=row.version, key=key())


def _command(home: Path, *words: str) -> str:
    code, out, err = run_tracker(*words, home=home, TRACKER_PASSWORD=PASSWORD)
    assert code == 0, (words, out, err)
    return out


def _sheet(path: Path) -> Path:
    """The import: the template's columns, one row a project."""
    template = ROOT / "data" / "samples" / "project-import.csv"
    columns = template.read_text("utf-8-sig").splitlines()[0].split(",")
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        sheet = csv.DictWriter(out, columns, restval="")
        sheet.writeheader()
        for code, title, end_on, investigator in _PROJECTS:
            own = investigator == PI
            sheet.writerow(
                {
                    "code": code, "programme": PROGRAMME, "title_zh": title, "title_en": f"Sample {code}", "organisation": "示範大學",
                    "county": "臺北市", "start_on": "115/06/01", "end_on": end_on,
                    "pi_email": investigator, "pi_name": "示範主持人" if own else "他人主持人",
                    "assistant_email": ASSISTANT if own else "", "assistant_name": "示範助理" if own else "",
                    "officer_email": OFFICER, "officer_name": "示範承辦人",
                }
            )  # fmt: skip
    return path


def set_up(home: Path) -> None:
    """From nothing to an office with people and projects, by commands alone."""
    _command(home, "init", "--admin", ADMIN)
    assert json.loads(_command(home, "project", "list", "--json")) == [], "the database is empty"
    write_home_file(Settings(home=home), kind="demo", demo_day=DAY)  # lets the clock stand; the database stays the empty one
    _command(home, "project", "import", str(_sheet(home / "projects.csv")))
    _command(home, "user", "add", OFFICER)
    _command(home, "user", "add", CHIEF, "--name", "示範主管", "--role", "chief", "--programme", PROGRAMME)
    for email, name in ((PI, "示範主持人"), (ASSISTANT, "示範助理")):
        _command(home, "user", "add", email, "--name", name)
    for email, name in zip(REVIEWERS, ("示範審查委員甲", "示範審查委員乙"), strict=True):
        _command(home, "user", "add", email, "--name", name, "--role", "reviewer", "--programme", PROGRAMME)


@contextmanager
def office_at(home: Path, browser: Browser) -> Iterator[Office]:
    """Set it up, serve it, and tidy away afterwards."""
    set_up(home)
    server, record = Server(home), Record()
    with ExitStack() as windows:
        desk = open_desk(Settings(home=home))
        windows.callback(desk.store.dispose)
        windows.callback(server.stop)
        server.start()

        def open_page(width: int = 1440) -> Page:
            _, page, _ = windows.enter_context(browsing(browser, server, width=width, height=1000, record=record))
            return page

        yield Office(home, server, desk, record, open_page)


# --- A person's hands ------------------------------------------------------------------------------------------------------------


def part(page: Page | Locator, name: str) -> Locator:
    """The first element with a widget key that begins so."""
    return page.locator(f'[class*="st-key-{name}"]').first


def field(page: Page, name: str) -> Locator:
    """The box of a report's field: its widget and what stands below it."""
    return page.locator(f'[class*="st-key-field-"][class$="-{name}"], [class*="st-key-field-"][class*="-{name} "]').first


def drawn(place: Page | Locator) -> None:
    """Wait until the page has been answered and stands still."""
    settle(place.page if isinstance(place, Locator) else place)


def write(page: Page | Locator, name: str, words: str) -> None:
    """Put words into a text widget and leave it."""
    box = part(page, name).locator("input, textarea").first
    box.fill(words)
    box.blur()
    drawn(page)


def press(page: Page | Locator, name: str) -> None:
    """Press the button of this name on a page that stands still, and wait for what comes of it."""
    drawn(page)
    part(page, name).locator("button").first.click()
    drawn(page)


def confirm(page: Page, name: str) -> None:
    """Ask for it, read what follows, say yes. Where what was typed just now moved the button away under the hand, ask once more."""
    yes = part(page, f"yes-{name}").locator("button").first
    for _ in range(4):
        press(page, f"ask-{name}")
        with suppress(AssertionError):
            expect(yes).to_be_visible(timeout=10_000)
            break
    yes.click()
    settle(page)


def unfold(page: Page | Locator, msgid: str) -> None:
    """Open the first fold whose title begins so."""
    drawn(page)
    title = page.locator("summary", has_text=zh(msgid).split("{")[0]).first
    title.click()
    expect(title.locator("xpath=..")).to_have_attribute("open", "")
    drawn(page)


def choose(page: Page, name: str, words: str, *, exact: bool = False) -> None:
    """Choose in a select box by what it reads (`exact`: by all of it, "1 day after" beside "11 days after"), and look whether it took.

    On a busy machine the list may be drawn anew (by a run of the page, or by its own filter) under the hand that points at it, and then
    nothing is chosen.
    """
    choose_in(part(page, name), words, exact=exact)


def choose_in(where: Locator, words: str, *, exact: bool = False) -> None:
    """The same in the select box that stands here."""
    page, box = where.page, where.locator("input").first
    for _ in range(5):
        settle(page)
        box.click()
        box.fill(words)
        with suppress(PlaywrightTimeout):
            _offered(page, words, exact).click(timeout=15_000)
        box.blur()  # closes the list and forgets what was only typed; Escape would empty a list of several that is closed already
        settle(page)
        if _shown_as_chosen(where, words, exact):
            return
    raise AssertionError(f"{words!r} cannot be chosen in {where}")


def _offered(page: Page, words: str, exact: bool) -> Locator:
    return page.get_by_role("option", name=words, exact=True) if exact else page.get_by_role("option").filter(has_text=words).first


def _shown_as_chosen(where: Locator, words: str, exact: bool) -> bool:
    """A list of several shows what was chosen as text, a list of one in its box."""
    box = where.locator("input").first
    for _ in range(40):
        if box.input_value() == words if exact else words in where.inner_text() or words in box.input_value():
            return True
        where.page.wait_for_timeout(100)
    return False


def pick(page: Page, name: str, words: str) -> None:
    """One of the answers of a radio group or a row of buttons."""
    part(page, name).get_by_text(words, exact=True).first.click()
    settle(page)


def tab(page: Page, msgid: str) -> None:
    """Open this tab and wait until it is drawn."""
    settle(page)
    page.get_by_role("tab", name=zh(msgid)).click()
    settle(page)


def said(page: Page, words: str) -> None:
    """Wait for a message on the page."""
    expect(page.get_by_test_id("stAlert").filter(has_text=words).first).to_be_visible()
    settle(page)


def saved(box: Locator) -> None:
    """Wait until a field says that it is saved, and the page has the checksum of what stands in it now: no earlier saving is meant."""
    page, typed = box.page, box.locator('textarea, input[type="text"]')
    expect(box.get_by_text(SAVED).first).to_be_visible()
    if typed.count():
        expect(box.locator(f'[class*="st-key-kept-{crc32(typed.first.input_value().encode()):08x}-"]')).to_be_attached()
        expect(box.locator(".milepost-state")).to_have_text("")
    settle(page)
