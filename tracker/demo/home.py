"""A demo home on disk: made whole or not at all, recognised with certainty, moved forward day by day."""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import event

from tracker.bootstrap import Desk, open_desk
from tracker.cli_home import write_home_file
from tracker.config import Settings
from tracker.demo.accounts import ShownAccount, shown_accounts
from tracker.demo.build import build
from tracker.demo.samples import load_samples
from tracker.services.errors import ServiceError
from tracker.worker import run_once

DEFAULT_DAY = date(2026, 9, 1)
FIRST_DAY, LAST_DAY = date(2026, 6, 12), date(2035, 12, 31)
_ABANDONED_SECONDS = 3600
_SCRATCH = "building.sqlite3"


class DemoRefused(ServiceError):
    """The demo cannot use this folder, or not on this day. Nothing was touched."""


def is_demo_home(home: Path) -> bool:
    """Whether the folder is a finished demo home (True) or free to become one (False).

    Raises DemoRefused for anything else: a real home, a file, or a folder that holds somebody else's things.
    """
    if not home.exists():
        return False
    if not home.is_dir():
        raise DemoRefused("{home} is not a folder.", home=str(home))
    marker = home / "home.json"
    if marker.exists():
        if _kind(marker) == "demo":
            return True
        raise DemoRefused("{home} is a real home; the demo never touches one. Set TRACKER_HOME to another folder.", home=str(home))
    if any(home.iterdir()):
        raise DemoRefused("{home} holds something that is not a demo. Set TRACKER_HOME to a new folder.", home=str(home))
    return False


def _kind(marker: Path) -> str | None:
    try:
        return json.loads(marker.read_text("utf-8")).get("kind")
    except (OSError, ValueError, AttributeError):
        return None


def demo_day(home: Path) -> date:
    """The day on which the clock of a demo home stands."""
    return date.fromisoformat(json.loads((home / "home.json").read_text("utf-8"))["demo_day"])


def create(settings: Settings, day: date, public_url: str, say: Callable[[date], None]) -> list[ShownAccount]:
    """Build a demo home that stands on `day` and return its key accounts with their passwords.

    It is built in a folder beside and gets its name last, so a home that exists is whole. Raises DemoRefused, OSError.
    """
    if not FIRST_DAY <= day <= LAST_DAY:
        raise DemoRefused("The demo can stand on any day from {first} to {last}.", first=FIRST_DAY.isoformat(), last=LAST_DAY.isoformat())
    home = settings.home
    home.parent.mkdir(parents=True, exist_ok=True)
    _sweep(home)
    beside = home.with_name(f".{home.name}.building-{uuid.uuid4().hex[:12]}")
    building = replace(settings, home=beside, database_url=f"sqlite:///{beside / _SCRATCH}", smtp_url=None)
    try:
        beside.mkdir(mode=0o700)
        write_home_file(building, kind="demo", demo_day=day.isoformat())
        desk = open_desk(building)
        try:
            _do_not_wait_for_the_disk(desk)
            samples = load_samples()
            build(desk, samples, day, public_url, say)
            accounts = shown_accounts(desk, samples, with_new_passwords=True)
            desk.store.copy_into(Path(replace(building, database_url=None).database))
        finally:
            desk.store.dispose()
        for left in beside.glob(f"{_SCRATCH}*"):
            left.unlink()
        if home.exists():
            home.rmdir()  # empty, or it would have been refused
        os.replace(beside, home)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return accounts


def _do_not_wait_for_the_disk(desk: Desk) -> None:
    """Half of the building time is waiting for the disk, for the sake of a file that nobody keeps: the copy of it is synced."""
    desk.store.dispose()
    event.listen(desk.store.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF").close())


def _sweep(home: Path) -> None:
    """Remove what a build that was killed has left beside the home."""
    for left in home.parent.glob(f".{home.name}.building-*"):
        if time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def advance(desk: Desk, to: date, say: Callable[[date], None]) -> int:
    """Move the clock of a demo home forward day by day, with each morning's look and delivery; returns the number of days.

    A web server and a worker that are running see each day as it comes. Raises DemoRefused for a day before the present one.
    """
    settings = desk.settings
    if not settings.is_demo:
        raise DemoRefused("{home} is not a demo home; only the clock of a demo can be moved.", home=str(settings.home))
    day = demo_day(settings.home)
    if to < day:
        raise DemoRefused("The demo stands on {day} and its clock only goes forward.", day=day.isoformat())
    if to > LAST_DAY:
        raise DemoRefused("The demo can stand on any day from {first} to {last}.", first=FIRST_DAY.isoformat(), last=LAST_DAY.isoformat())
    steps = (to - day).days
    for _ in range(steps):
        day += timedelta(days=1)
        write_home_file(settings, kind="demo", demo_day=day.isoformat())
        run_once(desk)
        say(day)
    return steps
