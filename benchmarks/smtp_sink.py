"""A mail server in a process of its own, so that it does not share the sender's interpreter: `python -m benchmarks.smtp_sink PORT`."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiosmtpd.controller import Controller

from tests.integration.alerts.sink import free_port


class _TakesAll:
    async def handle_DATA(self, server, session, envelope):
        return "250 OK"


@contextmanager
def smtp_process() -> Iterator[str]:
    """Its address, as long as the block runs."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.smtp_sink", str(port)], cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        yield f"smtp://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def main(port: int) -> None:
    """Take mails until ended."""
    controller = Controller(_TakesAll(), hostname="127.0.0.1", port=port)
    controller.start()
    print("ready", flush=True)
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main(int(sys.argv[1]))
