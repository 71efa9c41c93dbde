"""A site around a test's own desk, and a real server around a demo home with the cast."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from tests.cast import PASSWORD, Cast, build_cast, key
from tests.web.visitor import Visitor
from tracker.bootstrap import Desk, open_desk
from tracker.config import ROOT, Settings
from tracker.services import passwords
from tracker.store import tables as t
from tracker.ui.server import redirect_frame
from tracker.web.server import Site

START = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)  # a Tuesday, 09:00 in Taipei


@dataclass
class Machine:
    """A machine's clock that a test sets."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def later(self, **amount: float) -> None:
        self.at += timedelta(**amount)


@dataclass
class World:
    """One site without Streamlit behind it: an echo stands there instead."""

    desk: Desk
    cast: Cast
    site: Site
    app: Starlette
    clock: Machine
    opened: list[TestClient] = field(default_factory=list)

    def client(self, base_url: str = "http://127.0.0.1:8501") -> TestClient:
        client = TestClient(self.app, base_url=base_url, follow_redirects=False)
        self.opened.append(client)
        return client


async def _echo(request: Request) -> JSONResponse:
    return JSONResponse({name: value for name, value in request.headers.items() if name.startswith("x-")})


async def _echo_socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(websocket.headers.get("x-milepost-sid", ""))
    async for text in websocket.iter_text():
        await websocket.send_text(text)


def give_passwords(desk: Desk, password: str = PASSWORD) -> None:
    """Everybody gets the same password, hashed once."""
    hashed = passwords.hashed(password)

    def body(tx):
        tx.conn.execute(update(t.person).values(password_hash=hashed))
        tx.record("person", 0, {"password": "test"})
        return {}

    desk.store.write(Cast(desk).ctx("system").request("test.passwords", key()), body)


def _world(cast: Cast, settings: Settings) -> World:
    desk, clock = replace(cast.desk, settings=settings), Machine()
    site = Site(lambda: desk, redirect_frame, lambda: None, clock.now)
    behind = [WebSocketRoute("/_stcore/stream", _echo_socket), Route("/{rest:path}", _echo, methods=["GET", "POST", "PUT", "DELETE"])]
    return World(desk, cast, site, Starlette(routes=[*site.routes(), *behind], middleware=site.middleware()), clock)


@pytest.fixture
def world(cast: Cast) -> World:
    """A site on loopback HTTP."""
    give_passwords(cast.desk)
    return _world(cast, cast.desk.settings)


@pytest.fixture
def tls_world(cast: Cast) -> World:
    """A site behind TLS at https://milepost.invalid."""
    give_passwords(cast.desk)
    return _world(cast, replace(cast.desk.settings, public_url="https://milepost.invalid", tls=True))


@dataclass
class Running:
    """A real server on a demo home."""

    url: str
    cast: Cast
    process: subprocess.Popen
    log: Path

    def visitor(self, who: str | None = None) -> Visitor:
        visitor = Visitor(self.url)
        if who is not None:
            visitor.sign_in(self.cast.person(who).email, PASSWORD)
        return visitor


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def demo_home(home: Path) -> Cast:
    """A demo home on 2026-09-01 with the cast in it, everybody with `PASSWORD`; its store is closed again."""
    home.mkdir(parents=True)
    (home / "home.json").write_text(json.dumps({"kind": "demo", "demo_day": "2026-09-01"}), "utf-8")
    desk = open_desk(Settings(home=home))
    cast = build_cast(desk)
    give_passwords(desk)
    desk.store.dispose()
    return cast


@pytest.fixture(scope="module")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Running]]:
    """Starts servers by `uvicorn app:app` (or another command) on fresh demo homes, and stops them."""
    running: list[Running] = []

    def start(*command: str) -> Running:
        folder = tmp_path_factory.mktemp("server")
        cast, port = demo_home(folder / "home"), free_port()
        words = [part.format(port=port) for part in command or ("uvicorn", "app:app", "--port", "{port}")]
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("TRACKER_", "STREAMLIT_"))}
        environment |= {"TRACKER_HOME": str(folder / "home"), "TRACKER_PUBLIC_URL": f"http://127.0.0.1:{port}"}
        log = folder / "log"
        process = subprocess.Popen(
            [sys.executable, "-m", *words], cwd=ROOT, env=environment, stdout=log.open("wb"), stderr=subprocess.STDOUT
        )
        made = Running(f"http://127.0.0.1:{port}", cast, process, log)
        running.append(made)
        _wait_until_up(made)
        return made

    yield start
    for made in running:
        made.process.send_signal(signal.SIGTERM)
        try:
            made.process.wait(60)
        except subprocess.TimeoutExpired:
            made.process.kill()
        made.cast.desk.store.dispose()


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Running]) -> Running:
    """One server for the tests of a module."""
    return start_server()


def _wait_until_up(made: Running) -> None:
    end = time.monotonic() + 180
    while time.monotonic() < end:
        assert made.process.poll() is None, made.log.read_text("utf-8", "replace")[-2000:]
        try:
            if httpx.get(f"{made.url}/healthz", timeout=20).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the server did not come up")
