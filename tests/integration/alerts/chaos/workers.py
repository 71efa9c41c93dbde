"""Real workers in processes of their own, forked from one that has everything loaded, so that they can be killed often."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).parents[4]


class Workers:
    """Some workers on one database; `kill_one` ends one with SIGKILL and starts another in its place.

    `clock` is the file from which the workers read the day's business; see `set_clock`.
    """

    def __init__(self, database: str, home: Path, smtp_url: str, clock: Path, number: int = 3) -> None:
        command = [sys.executable, "-m", "tests.integration.alerts.chaos.launcher", database, str(home), smtp_url, str(clock)]
        self._launcher = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._number, self.pids, self.kills = number, [], 0
        self._guard = threading.Lock()

    def start_all(self) -> None:
        """Bring the crew to its number."""
        with self._guard:
            while len(self.pids) < self._number:
                self.pids.append(self._fork())

    def kill_one(self, dice: random.Random) -> None:
        """SIGKILL for one of them; another begins at once."""
        with self._guard:
            if not self.pids:
                return
            self._kill(self.pids.pop(dice.randrange(len(self.pids))))
            self.pids.append(self._fork())

    def outage(self) -> None:
        """SIGKILL for all of them; nobody begins."""
        with self._guard:
            while self.pids:
                self._kill(self.pids.pop())

    def end(self) -> None:
        """End everything, the launcher too."""
        self.outage()
        if self._launcher.stdin is not None:
            self._launcher.stdin.close()
        self._launcher.wait(60)
        if self._launcher.stdout is not None:
            self._launcher.stdout.close()

    def _fork(self) -> int:
        assert self._launcher.stdin is not None
        assert self._launcher.stdout is not None
        self._launcher.stdin.write("start\n")
        self._launcher.stdin.flush()
        said = self._launcher.stdout.readline()
        if not said:
            raise RuntimeError("the launcher of the workers has ended")
        return int(said)

    def _kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        self.kills += 1


def set_clock(path: Path, instant: datetime, speed: float) -> None:
    """From now on the workers' business runs from this instant, `speed` times as fast as the machine's clock."""
    draft = path.with_suffix(".draft")
    draft.write_text(f"{instant.timestamp()} {time.time()} {speed}", "utf-8")
    draft.replace(path)
