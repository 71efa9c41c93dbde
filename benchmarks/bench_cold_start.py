"""Start of the process to the first finished page, against an empty Streamlit page: `python -m benchmarks.bench_cold_start [--check]`.

Both are started by `streamlit run` and asked over the websocket. Ours is asked for the start page of a signed-in investigator,
with the gate, the database and the reading of the rules; the other one shows a title.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from benchmarks.bench_must_do import INVESTIGATOR
from benchmarks.generate import make_home
from benchmarks.measure import Ratio, arguments, report
from tracker.clock import SystemClock
from tracker.config import ROOT, Settings
from tracker.services.sessions import new_session
from tracker.store.engine import Store

PROJECTS = 60
EMPTY = 'import streamlit as st\nst.title("Empty")\n'


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(script: Path, port: int, environ: dict[str, str]) -> Iterator[None]:
    """`streamlit run` of a script in its own folder."""
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port), "--server.headless", "true",
               "--server.address", "127.0.0.1", "--browser.gatherUsageStats", "false"]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=script.parent, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def first_page(port: int, cookie: str, wait_seconds: float = 40) -> None:
    """Try until the server takes a websocket, then ask for the start page and read it to its end."""
    until = time.perf_counter() + wait_seconds
    headers = {"Cookie": cookie} if cookie else {}
    while True:
        try:
            opened = connect(f"ws://127.0.0.1:{port}/_stcore/stream", additional_headers=headers, subprotocols=["streamlit"], max_size=None)
            break
        except OSError:
            if time.perf_counter() > until:
                raise
            time.sleep(0.02)
    with opened:
        ask = BackMsg()
        ask.rerun_script.query_string = ""
        opened.send(ask.SerializeToString())
        while True:
            message = ForwardMsg()
            message.ParseFromString(opened.recv(wait_seconds))
            if message.WhichOneof("type") == "script_finished":
                return


def start_seconds(script: Path, environ: dict[str, str], cookie: str = "") -> float:
    """From starting the process to the end of its first page."""
    port = free_port()
    begun = time.perf_counter()
    with serving(script, port, {**environ, "TRACKER_PUBLIC_URL": f"http://127.0.0.1:{port}"}):
        first_page(port, cookie)
        return time.perf_counter() - begun


def main() -> None:
    """Measure by turns; one start of each to warm the disk cache."""
    given = arguments(__doc__.splitlines()[0])
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty" / "app.py"
        empty.parent.mkdir()
        empty.write_text(EMPTY, "utf-8")
        home = Path(folder) / "home"
        make_home(home, PROJECTS)
        store = Store.open(Settings(home=home).database)
        at = SystemClock().now()
        token = store.write_quiet(at, lambda tx: new_session(tx, INVESTIGATOR, at=at)).token
        store.dispose()
        taken: list[list[float]] = [[], []]
        for _ in range(max(3, given.rounds // 2) + 1):
            taken[0].append(start_seconds(ROOT / "app.py", {"TRACKER_HOME": str(home)}, f"milepost={token}"))
            taken[1].append(start_seconds(empty, {}))
    report([Ratio("start to first page", median(taken[0][1:]), median(taken[1][1:]), 1.5)], check=given.check)


if __name__ == "__main__":
    main()
