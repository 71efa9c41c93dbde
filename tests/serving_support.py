"""A real server on a home of its own, and a real browser in front of it: for the browser tests and the gallery.

Nothing here asks the outside for anything; a recorder keeps every address that the browser asked for, so that a test can say so.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright
from sqlalchemy import update

from tests.cast import PASSWORD, Cast, build_cast, key
from tests.wire import Wire, answered
from tracker.bootstrap import Desk, open_desk
from tracker.cli_home import write_home_file
from tracker.config import ROOT, Settings
from tracker.services import passwords
from tracker.services.viewer import SYSTEM
from tracker.store import tables as t

START_SECONDS = 180
#: How long anything that a page does may take: long, for a busy machine. Who waits for what is seen waits no longer for it.
PATIENCE_MS = 90_000
#: The last four keep Chromium from looking for its maker's hosts at every start.
CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-domain-reliability",
]  # fmt: skip

_WITHOUT_WORKER = """
import sys
from contextlib import nullcontext
from tracker import serving
from tracker.cli import main
serving.companion = nullcontext
sys.exit(main())
"""

#: Streamlit has drawn everything: connected, no run under way, nothing grey from the run before, no placeholder left.
_READY = '[data-testid="stApp"][data-test-connection-state="CONNECTED"][data-test-script-state="notRunning"]'
_PLACEHOLDERS = '[data-testid="stAppSkeleton"], [data-testid="stSkeleton"], [data-testid="stSpinner"], [data-stale="true"]'


def chromium() -> str | None:
    """Where the browser is, or None where the machine has none."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cast_home(home: Path, day: str = "2026-09-01") -> Cast:
    """A home whose clock stands on `day`, with the cast in it; everyone can sign in with `PASSWORD`.

    The caller disposes of the cast's store.
    """
    settings = Settings(home=home)
    write_home_file(settings, kind="demo", demo_day=day)
    cast = build_cast(open_desk(settings))
    give_everyone_the_password(cast.desk)
    return cast


def give_everyone_the_password(desk: Desk) -> None:
    """Let every person of this home sign in with `PASSWORD`."""
    hashed = passwords.hashed(PASSWORD)

    def body(tx):
        tx.conn.execute(update(t.person).values(password_hash=hashed))
        tx.record("person", 0, {"password": "set"})
        return {}

    desk.store.write(desk.context(SYSTEM).request("test.passwords", key()), body)


@dataclass
class Server:
    """`tracker serve` on one home. `kill` ends it as a power cut would, `stop` as Ctrl-C.

    Without its worker where the test is the worker itself: else both would raise and send the same, now one first and now the other.
    """

    home: Path
    port: int = field(default_factory=free_port)
    with_worker: bool = True
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What the server has printed so far."""
        return (self.home / "server.out").read_text("utf-8", errors="replace")

    def start(self) -> Server:
        """Start it and wait until `/healthz` answers. Raises RuntimeError with its output where it does not."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("TRACKER_", "STREAMLIT_"))}
        program = ("-m", "tracker.cli") if self.with_worker else ("-c", _WITHOUT_WORKER)
        with (self.home / "server.out").open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, *program, "serve", "--port", str(self.port)],
                cwd=ROOT, env={**environ, "TRACKER_HOME": str(self.home)}, stdout=out, stderr=out,
            )  # fmt: skip
        self._wait_until_healthy()
        return self

    def _wait_until_healthy(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self.process is None or self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=20) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.1)  # polls another process, which cannot tell us
        self.stop()
        raise RuntimeError(f"the server did not start:\n{self.log[-4000:]}")

    def freeze(self) -> None:
        """Let it stand still until `thaw`: what it is asked meanwhile stays unanswered, and no connection ends."""
        if self.process is not None:
            self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it without any chance to tidy up."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(timeout=90)
            self.process = None

    def stop(self) -> None:
        """Ask it to end; insist after a while."""
        if self.process is None:
            return
        self.thaw()
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout=90)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=90)
        self.process = None


@dataclass
class Record:
    """What the browser asked for and complained about."""

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda socket: self.requests.append(socket.url))
        Wire.listen(page)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on("console", self._console)

    def _console(self, line: ConsoleMessage) -> None:
        # At a deep link Streamlit first asks whether it is installed below that path; the 404 is the answer that it expects.
        if line.type == "error" and not urlsplit(line.location.get("url", "")).path.endswith(("/_stcore/health", "/_stcore/host-config")):
            self.complaints.append(f"{line.text} ({line.location.get('url', '')})")

    def outside(self, url: str) -> list[str]:
        """Requests that went anywhere but to the server (or stayed inside the page)."""
        host = url.split("//", 1)[1]
        own = (f"http://{host}/", f"ws://{host}/", "data:", "blob:", "about:")
        return sorted({asked for asked in self.requests if not asked.startswith(own)})


def launch(playwright: Playwright) -> Browser:
    """The machine's own Chromium, headless."""
    return playwright.chromium.launch(executable_path=chromium(), headless=True, args=CHROMIUM_FLAGS)


@contextmanager
def browsing(
    browser: Browser, server: Server, *, width: int = 1440, height: int = 900, record: Record | None = None
) -> Iterator[tuple[BrowserContext, Page, Record]]:
    """A fresh profile with one page, watched."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, base_url=server.url, locale="zh-TW", timezone_id="Asia/Taipei",
    )  # fmt: skip
    record = record or Record()
    context.on("page", record.watch)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    try:
        yield context, page, record
    finally:
        context.close()


def sign_in(page: Page, email: str, password: str = PASSWORD, *, then: str = "/") -> None:
    """Sign in through the form, as a person does, and wait for the first screen."""
    page.goto(f"/sign-in?next={then}")
    page.fill("#email", email)
    page.fill("#password", password)
    page.click('button[type="submit"]')
    page.wait_for_url(lambda address: "/sign-in" not in address)
    settle(page)


def settle(page: Page, timeout: float = PATIENCE_MS) -> None:
    """Wait until the server has answered all that the page asked it so far, a click or a word of just now among it, and that is drawn."""
    until = time.monotonic() + timeout / 1000
    while True:
        answered(page, until)
        page.locator(_READY).wait_for(timeout=timeout)
        page.locator(_PLACEHOLDERS).first.wait_for(state="detached", timeout=timeout)
        page.locator(_READY).wait_for(timeout=timeout)
        if Wire.of(page).is_quiet or time.monotonic() > until:
            return


def visit(page: Page, address: str) -> None:
    """Open an address of the site and wait until it is drawn."""
    page.goto(address)
    settle(page)
