"""The command line as a person runs it, in this process or in one of its own."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path

from tracker.cli import main
from tracker.config import ROOT


def run_tracker(*words: str, home: Path, **environ: str) -> tuple[int, str, str]:
    """Run one command on a home; returns exit status, standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    before = dict(os.environ)
    os.environ.pop("TRACKER_DATABASE_URL", None)
    os.environ.update(TRACKER_HOME=str(home), **environ)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(words)
    finally:
        os.environ.clear()
        os.environ.update(before)
    return code, out.getvalue(), err.getvalue()


def command(*words: str) -> list[str]:
    """The same as a process of its own."""
    return [sys.executable, "-m", "tracker.cli", *words]


def process_environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of such a process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    return {**kept, "TRACKER_HOME": str(home), "PYTHONPATH": str(ROOT), **more}


def tree_of(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Everything in a folder: path, modification time, content."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    }
