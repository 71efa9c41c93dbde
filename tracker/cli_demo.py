"""`tracker demo [passwords | advance]`: an invented portfolio to look around in, on a day that stands still."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, TextIO

from tracker.config import DEMO_HOME, Settings
from tracker.domain.minguo import DateTextError, both, parse_date
from tracker.i18n import Translator

GOOD, WRONG_USAGE = 0, 2
PORT = 8501
_TELL_EVERY_SECONDS = 1.0


def add_parser(subparsers: Any) -> None:
    """Add `demo` with its two verbs."""
    demo = subparsers.add_parser(
        "demo", help="an invented portfolio to look around in",
        description="Make an invented portfolio of 66 projects (or reopen it) and serve it. Its clock stands still until it is moved.",
        epilog="Example: tracker demo --on 2026-09-01",
    )  # fmt: skip
    demo.add_argument("--on", metavar="DATE", type=_day, help="the day it stands on, ISO or 民國 (default: 2026-09-01)")
    demo.add_argument("--no-serve", action="store_true", help="make it and end")
    demo.add_argument("--port", type=int, default=PORT)
    demo.set_defaults(run=run_demo, logs_to_home=False)
    verbs = demo.add_subparsers(dest="verb", metavar="VERB")
    passwords = verbs.add_parser("passwords", help="make and print new passwords", epilog="Example: tracker demo passwords")
    passwords.set_defaults(run=run_passwords)
    forward = verbs.add_parser(
        "advance", help="move the clock forward", description="Move the clock day by day; each day's alerts are raised and delivered.",
        epilog="Example: tracker demo advance --to 2026-09-16",
    )  # fmt: skip
    forward.add_argument("--to", metavar="DATE", type=_day, required=True)
    forward.set_defaults(run=run_advance)


def _day(text: str) -> date:
    try:
        return parse_date(text)
    except DateTextError as wrong:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; write 2026-09-01 or 115-09-01") from wrong


def demo_settings() -> Settings:
    """As from the environment, but with a home of its own where none was named, and always on a SQLite file in it."""
    settings = Settings.from_env()
    home = settings.home if os.environ.get("TRACKER_HOME") else DEMO_HOME
    return replace(settings, home=home, database_url=None, smtp_url=None)


def run_demo(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """Make or reopen the demo, tell how to get in, and serve it."""
    from tracker.demo import home as demo_home
    from tracker.serving import free_port

    settings = demo_settings()
    words = Translator(settings.default_language)
    public_url = os.environ.get("TRACKER_PUBLIC_URL") or f"http://127.0.0.1:{args.port}"
    if os.environ.get("TRACKER_DATABASE_URL"):
        print(words.text("TRACKER_DATABASE_URL is set. The demo keeps a database of its own; unset it first."), file=err)
        return WRONG_USAGE
    try:
        exists = demo_home.is_demo_home(settings.home)
        if not args.no_serve and not free_port("127.0.0.1", args.port):
            print(words.text("Port {port} is in use; choose another one with --port.", port=args.port), file=err)
            return WRONG_USAGE
        accounts = _reopened(args.on, settings, words, out) if exists else _created(args.on, settings, public_url, words, out)
    except demo_home.DemoRefused as refused:
        print(words.text(refused.msgid, **refused.params), file=err)
        return WRONG_USAGE
    print(words.text("Milepost demo: {url}", url=public_url), file=out)
    print(words.text("Home: {home}", home=str(settings.home)), file=out)
    print(words.text("The clock stands at {day}, nine in the morning.", day=both(demo_home.demo_day(settings.home))), file=out)
    _print_accounts(accounts, words, out)
    print(words.text("Mail goes nowhere: it is shown on the page of deliveries."), file=out)
    print(
        words.text("Next: tracker demo advance --to DATE moves the clock; tracker demo passwords makes new passwords."),
        file=out,
        flush=True,
    )
    if args.no_serve:
        return GOOD
    return _serve(settings, args.port, public_url, words, out)


def _created(day: date | None, settings: Settings, public_url: str, words: Translator, out: TextIO):
    from tracker.demo import home as demo_home

    print(words.text("Acting out the history of the sample projects; this takes half a minute …"), file=out, flush=True)
    return demo_home.create(settings, day or demo_home.DEFAULT_DAY, public_url, _teller(words, out))


def _reopened(day: date | None, settings: Settings, words: Translator, out: TextIO):
    from tracker.bootstrap import open_desk
    from tracker.demo import home as demo_home
    from tracker.demo.accounts import shown_accounts
    from tracker.demo.samples import load_samples

    desk = open_desk(settings)
    try:
        if day is not None:
            demo_home.advance(desk, day, _teller(words, out))
        return shown_accounts(desk, load_samples(), with_new_passwords=False)
    finally:
        desk.store.dispose()


def run_passwords(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """New passwords for the accounts that the demo shows; whoever is signed in with them is signed out."""
    from tracker.demo.accounts import shown_accounts
    from tracker.demo.samples import load_samples

    desk, words = _opened(err)
    if desk is None:
        return WRONG_USAGE
    try:
        _print_accounts(shown_accounts(desk, load_samples(), with_new_passwords=True), words, out)
    finally:
        desk.store.dispose()
    return GOOD


def run_advance(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """Move the clock forward."""
    from tracker.demo import home as demo_home

    desk, words = _opened(err)
    if desk is None:
        return WRONG_USAGE
    try:
        days = demo_home.advance(desk, args.to, _teller(words, out))
    except demo_home.DemoRefused as refused:
        print(words.text(refused.msgid, **refused.params), file=err)
        return WRONG_USAGE
    finally:
        desk.store.dispose()
    print(words.text("The clock went forward {n} days and stands at {day}.", n=days, day=both(args.to)), file=out)
    return GOOD


def _opened(err: TextIO):
    from tracker.bootstrap import open_desk
    from tracker.demo import home as demo_home

    settings = demo_settings()
    words = Translator(settings.default_language)
    try:
        exists = demo_home.is_demo_home(settings.home)
    except demo_home.DemoRefused as refused:
        print(words.text(refused.msgid, **refused.params), file=err)
        return None, words
    if not exists:
        print(words.text("There is no demo at {home} yet: run `tracker demo` first.", home=str(settings.home)), file=err)
        return None, words
    return open_desk(settings), words


def _print_accounts(accounts, words: Translator, out: TextIO) -> None:
    from tracker.demo.accounts import ROLE_MSGIDS

    print(words.text("Accounts:"), file=out)
    for one in accounts:
        where = f" ({', '.join(one.programmes)})" if one.programmes else ""
        print(f"  {one.email:<32} {one.password or '-':<24} {words.text(ROLE_MSGIDS[one.role])}{where}", file=out)
    if any(one.password is None for one in accounts):
        print(words.text("Passwords are shown once, when they are made: tracker demo passwords makes new ones."), file=out)


def _teller(words: Translator, out: TextIO) -> Callable[[date], None]:
    """Says where the history has got to, about once a second."""
    told = time.monotonic()

    def say(day: date) -> None:
        nonlocal told
        if time.monotonic() - told >= _TELL_EVERY_SECONDS:
            told = time.monotonic()
            print(f"  … {both(day)}", file=out, flush=True)

    return say


def _serve(settings: Settings, port: int, public_url: str, words: Translator, out: TextIO) -> int:
    from tracker.logs import log_to_home
    from tracker.serving import serve_forever

    log_to_home(settings)
    print(words.text("Serving; stop with Ctrl-C."), file=out, flush=True)
    return serve_forever("127.0.0.1", port, settings.home, public_url)
