"""The server is killed as by a power cut, in the middle of autosave and in the middle of handing in, and started again: every word that
was acknowledged is in the database, a submission happened wholly or not at all, and the audit chain holds.

Writers speak the page's own protocol over websockets, so that many kills fit into a minute; one of the tests has a browser.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed

from tests.browser.conftest import Live
from tests.browser.offices import press
from tests.browser.test_journeys import part, write_report
from tests.cast import PASSWORD, Cast
from tests.integration.cli_support import run_tracker
from tests.integration.services.support_reports import fill, opened
from tests.serving_support import Server, cast_home, settle, visit
from tests.web.visitor import Visitor
from tracker.services.report_drafts import report_screen
from tracker.store import tables as t

FINISHED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


@dataclass
class Site:
    """A server on a home with the cast, without a browser."""

    home: Path
    cast: Cast
    server: Server


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    cast = cast_home(tmp_path / "home")
    server = Server(tmp_path / "home")
    yield Site(tmp_path / "home", cast, server)
    server.stop()
    cast.desk.store.dispose()


@dataclass
class Writer:
    """One person's open writing page."""

    server: Server
    email: str
    query: str
    areas: dict[str, str] = field(default_factory=dict)  # widget id -> its fragment
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)  # how its key begins -> widget id and fragment
    page_hash: str = ""

    @contextmanager
    def at_the_page(self) -> Iterator[Writer]:
        visitor = Visitor(self.server.url)
        visitor.sign_in(self.email, PASSWORD)
        with visitor.socket() as self.socket:
            ask = BackMsg()
            ask.rerun_script.page_name, ask.rerun_script.query_string = "report", self.query
            self.socket.send(ask.SerializeToString())
            self.read()
            yield self

    def read(self) -> None:
        """Until the run has finished: then what it did is acknowledged."""
        while True:
            message = ForwardMsg()
            message.ParseFromString(self.socket.recv(180))
            kind = message.WhichOneof("type")
            if kind == "navigation":
                self.page_hash = message.navigation.page_script_hash
            elif kind == "delta":
                element, fragment = message.delta.new_element, message.delta.fragment_id
                if element.WhichOneof("type") == "text_area":
                    self.areas[element.text_area.id] = fragment
                elif element.WhichOneof("type") == "button":
                    self.buttons[element.button.id] = (element.button.id, fragment)
            elif kind == "script_finished" and message.script_finished in FINISHED:
                return

    def send(self, widget: str, fragment: str, text: str | None = None) -> None:
        ask = BackMsg()
        ask.rerun_script.page_script_hash, ask.rerun_script.query_string = self.page_hash, self.query
        ask.rerun_script.fragment_id = fragment
        state = ask.rerun_script.widget_states.widgets.add()
        if text is None:
            state.id, state.trigger_value = widget, True
        else:
            state.id, state.string_value = widget, text
        self.socket.send(ask.SerializeToString())

    def type(self, name: str, text: str) -> None:
        area = next(one for one in self.areas if name in one)
        self.send(area, self.areas[area], text)
        self.read()

    def press(self, name: str, *, then: str = "", wait: bool = True) -> None:
        """`then`: read on until a button whose key holds this is there; one press may start more than one run."""
        widget, fragment = next(found for key, found in self.buttons.items() if name in key)
        self.buttons.pop(widget)
        self.send(widget, fragment)
        while wait:
            self.read()
            wait = bool(then) and not any(then in one for one in self.buttons)


def clean(home: Path) -> None:
    """The chain of the audit trail holds."""
    code, out, err = run_tracker("audit", "verify", home=home)
    assert code == 0, out + err


@pytest.mark.parametrize("seed", range(3))
def test_a_kill_in_the_middle_of_autosave_loses_no_acknowledged_word(site: Site, seed: int):
    report_id = opened(site.cast)
    site.server.start()
    chance, acknowledged, sent, first = random.Random(seed), [""], [""], threading.Event()
    query = f"report={report_id}"

    def write() -> None:
        try:
            with Writer(site.server, site.cast.person("pi").email, query).at_the_page() as page:
                for turn in range(1, 10_000):
                    sent.append(f"第 {turn} 次儲存：本季完成標註 {turn} 張。" * 20)
                    page.type(f"report-w-{report_id}-progress", sent[-1])
                    acknowledged.append(sent[-1])
                    first.set()
        except (ConnectionClosed, TimeoutError, OSError):
            pass
        finally:
            first.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert first.wait(180)
    time.sleep(chance.uniform(0.0, 1.7))  # the kill falls anywhere in a stream of saves: that is what is tested
    site.server.kill()
    writer.join(180)
    assert len(acknowledged) > 1, "something was acknowledged before the kill"

    site.server.start()  # recovers by itself
    kept = report_screen(site.cast.ctx("pi"), report_id).state.value("progress")
    assert kept in sent[len(acknowledged) - 1 :], "the last acknowledged text, or one that was sent after it"
    clean(site.home)


@pytest.mark.parametrize("seed", range(4))
def test_a_kill_in_the_middle_of_handing_in_leaves_all_of_it_or_nothing(site: Site, seed: int):
    report_id = opened(site.cast)
    fill(site.cast, report_id)
    site.server.start()
    with Writer(site.server, site.cast.person("pi").email, f"report={report_id}").at_the_page() as page:
        page.press(f"check-{report_id}", then="ask-submit-")
        page.press("ask-submit-", then="yes-submit-")
        page.press("yes-submit-", wait=False)
        time.sleep(random.Random(100 + seed).uniform(0.0, 0.15))  # before, within or after the one transaction
        site.server.kill()
    happened = handed_in(site.cast, report_id)
    site.server.start()
    assert handed_in(site.cast, report_id) == happened, "starting again neither finishes nor undoes it"
    clean(site.home)
    if not happened:  # and it can be handed in now, once
        with Writer(site.server, site.cast.person("pi").email, f"report={report_id}").at_the_page() as page:
            page.press(f"check-{report_id}", then="ask-submit-")
            page.press("ask-submit-", then="yes-submit-")
            page.press("yes-submit-")
        assert handed_in(site.cast, report_id)
        clean(site.home)


def handed_in(cast: Cast, report_id: int) -> bool:
    """Whether the report was handed in; version, status, round of review, receipt and event must agree on it."""
    with cast.desk.store.read() as conn:
        versions = conn.execute(select(t.report_version).where(t.report_version.c.report_id == report_id)).all()
        report = conn.execute(select(t.report).where(t.report.c.id == report_id)).one()
        duty = conn.execute(select(t.obligation).where(t.obligation.c.id == report.obligation_id)).one()
        events = conn.execute(select(t.event).where(t.event.c.action == "report.submit")).all()
        tasks = conn.execute(select(t.review_task).where(t.review_task.c.report_id == report_id)).all()
    whole = (len(versions), len(events), report.status, duty.status, duty.first_submitted_on is not None, bool(tasks))
    assert whole in {(1, 1, "submitted", "submitted", True, True), (0, 0, "draft", "open", False, False)}, whole
    if versions:
        number = versions[0].receipt_number
        code, out, err = run_tracker(
            "receipt", "verify", number, "--sha", versions[0].content_sha256, "--json", home=cast.desk.settings.home
        )
        assert (code, json.loads(out)["good"]) == (0, True), err
    return bool(versions)


@pytest.mark.parametrize("wait_ms", [0, 250])
def test_a_kill_right_after_the_click_shows_the_truth_after_the_restart(live: Live, wait_ms: int):
    """In a browser: the page says that the connection is gone; after the restart it says what is so."""
    pi = live.as_person("pi")
    write_report(live, pi)
    report_id = 1
    press(pi, "check-")
    press(pi, "ask-submit-")
    part(pi, "yes-submit-").locator("button").click()
    pi.wait_for_timeout(wait_ms)
    live.server.kill()
    live.server.start()
    happened = handed_in(live.cast, report_id)
    visit(pi, pi.url)
    if happened:
        expect(part(pi, "receipt")).to_contain_text("MP-1150901-")
    else:
        press(pi, "check-")
        press(pi, "ask-submit-")
        press(pi, "yes-submit-")
        expect(part(pi, "receipt")).to_contain_text("MP-1150901-")
    settle(pi)
    assert handed_in(live.cast, report_id)
    clean(live.server.home)
