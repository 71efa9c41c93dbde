"""The command `tracker`: one verb group a module, each with an example in its help and an exit status that means something.

Exit status: 0 good, 1 the work was done but something in it is bad (some rows, a failed check), 2 wrong usage, 3 an unexpected error.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Sequence

from tracker.config import Settings, WeakSecret
from tracker.logs import log_to_home, report_unexpected

# Each module adds its own verbs with `add_parser(subparsers)`; a parsed command carries `run(args, out, err) -> int`.
_MODULES = (
    "tracker.cli_deadline",
    "tracker.cli_programme",
    "tracker.cli_home",
    "tracker.cli_restore",
    "tracker.cli_demo",
    "tracker.cli_people",
    "tracker.cli_projects",
    "tracker.cli_alerts",
    "tracker.cli_audit",
    "tracker.cli_receipt",
    "tracker.cli_calendar",
)

# The group that a first word belongs to, so that `tracker deadline` does not wait for the web server's imports.
_GROUPS = {
    "deadline": "tracker.cli_deadline",
    "programme": "tracker.cli_programme",
    "schedule": "tracker.cli_programme",
}


def parser(modules: Sequence[str] = _MODULES) -> argparse.ArgumentParser:
    """The whole command line, or only the groups of some modules."""
    top = argparse.ArgumentParser(
        prog="tracker",
        description="Milepost: what a funded project owes, when, and why that day.",
        epilog="Example: tracker deadline after 2026-04-30 --months 3",
    )
    subparsers = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in modules:
        importlib.import_module(name).add_parser(subparsers)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    modules = (_GROUPS[words[0]],) if words and words[0] in _GROUPS else _MODULES
    try:
        args = parser(modules).parse_args(words)
    except SystemExit as stop:  # argparse has printed what is wrong
        return int(stop.code or 0)
    for stream in (sys.stdout, sys.stderr):  # Chinese text and JSON are UTF-8 whatever the locale of the machine
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    settings = Settings.from_env()
    if getattr(args, "logs_to_home", True):  # the demo looks first whether the folder is its own
        log_to_home(settings)
    try:
        return args.run(args, sys.stdout, sys.stderr)
    except BrokenPipeError:  # the reader of a pipe went away, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except WeakSecret as weak:  # whoever set it up can mend it, so she is told what is wrong
        print(f"tracker: {weak}", file=sys.stderr)
        return 2
    except Exception:
        reference = report_unexpected(f"tracker {args.command}")
        print(f"tracker: an unexpected error, reference {reference}; the log in {settings.home / 'log'} says more", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main())
