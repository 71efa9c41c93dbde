"""The worker as the companion of a web server: it lives exactly as long as the process that holds its standard input open.

`tracker serve` starts it. When the server ends, even by SIGKILL, the pipe closes and the companion finishes its current row and stops;
so no worker is ever left behind.
"""

from __future__ import annotations

import sys
import threading

from tracker.bootstrap import open_desk
from tracker.config import Settings
from tracker.logs import log_to_home
from tracker.worker import run_worker


def main() -> int:
    """Run the worker until standard input closes."""
    settings = Settings.from_env()
    log_to_home(settings)
    stop = threading.Event()

    def wait_for_the_server_to_end() -> None:
        while sys.stdin.buffer.read(4096):
            pass
        stop.set()

    threading.Thread(target=wait_for_the_server_to_end, daemon=True).start()
    desk = open_desk(settings)
    try:
        run_worker(desk, stop)
    finally:
        desk.store.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main())
