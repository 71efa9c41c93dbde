"""One machine's whole system: the web server in this process and the worker beside it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tracker.config import ROOT

RESTART_SECONDS = 5.0


def free_port(host: str, wanted: int) -> bool:
    """Whether nothing listens there yet."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, wanted))
        except OSError:
            return False
    return True


@contextmanager
def companion(environ: dict[str, str]) -> Iterator[None]:
    """A worker process for as long as the block runs; started again should it end by itself."""
    ending = threading.Event()
    running: list[subprocess.Popen] = []

    def keep_one_running() -> None:
        while not ending.is_set():
            process = subprocess.Popen([sys.executable, "-m", "tracker.companion"], stdin=subprocess.PIPE, env=environ, cwd=ROOT)
            running[:] = [process]
            process.wait()
            ending.wait(RESTART_SECONDS)

    keeper = threading.Thread(target=keep_one_running, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ending.set()
        for process in running:
            if process.stdin:
                process.stdin.close()
            try:
                process.wait(timeout=25)
            except subprocess.TimeoutExpired:
                process.kill()
        keeper.join(timeout=5)


def serve_forever(host: str, port: int, home: Path, public_url: str) -> int:
    """Serve web and worker for one home until interrupted. Returns an exit status.

    The server runs from the project's folder because Streamlit reads its settings from there.
    """
    import uvicorn

    environ = {**os.environ, "TRACKER_HOME": str(home), "TRACKER_PUBLIC_URL": public_url}
    os.environ.update(TRACKER_HOME=str(home), TRACKER_PUBLIC_URL=public_url)
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    with companion(environ):
        # Behind TLS stands a proxy: without its X-Forwarded-For all the world would come from one address, and one stranger's wrong
        # passwords would slow down everybody's sign-in. uvicorn believes it from 127.0.0.1 only.
        proxied = public_url.startswith("https://")
        uvicorn.run("app:app", host=host, port=port, log_level="warning", server_header=False, proxy_headers=proxied)
    return 0
