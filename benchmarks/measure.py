"""What the benchmarks share: a large home, medians, and a table with a verdict."""

from __future__ import annotations

import argparse
import gc
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchmarks.generate import NOW, PROGRAMMES, PROJECTS, TODAY, make_home, programme_code
from tracker.config import Settings, data_dir
from tracker.programmes.calendars import load_calendar
from tracker.programmes.registry import Registry
from tracker.services.context import Context
from tracker.services.viewer import SYSTEM, Viewer, load_viewer
from tracker.store.blobs import BlobStore
from tracker.store.engine import Store


@dataclass(frozen=True)
class Ratio:
    """One thing measured against its bound, in seconds (medians)."""

    name: str
    ours: float
    bound: float
    target: float

    @property
    def ratio(self) -> float:
        return self.ours / self.bound

    @property
    def good(self) -> bool:
        return self.ratio <= self.target


def arguments(description: str) -> argparse.Namespace:
    """The command line that every benchmark of the large home has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--home", type=Path, help="a home made by benchmarks.generate; without it one is made and removed again")
    parser.add_argument("--projects", type=int, default=PROJECTS, help="size of the home that is made")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--check", action="store_true", help="exit with 1 where a ratio is above its target")
    return parser.parse_args()


@contextmanager
def large_home(given: argparse.Namespace) -> Iterator[Settings]:
    """The home that was named, or a new one for the time of the run."""
    if given.home:
        yield Settings(home=given.home)
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        make_home(home, given.projects)
        yield Settings(home=home)


@contextmanager
def copied_home(settings: Settings) -> Iterator[Settings]:
    """A throw-away copy of a home, for what writes. The original must not be open."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        shutil.copyfile(Path(settings.database), home / "milepost.sqlite3")
        yield Settings(home=home)


def context_of(store: Store, settings: Settings, person_id: int) -> Context:
    """The surroundings of one person of the large home on its day."""
    with store.read() as conn:
        viewer = load_viewer(conn, person_id, TODAY)
    if viewer is None:
        raise LookupError(f"person {person_id}")
    return _context(store, settings, viewer)


def system_context(store: Store, settings: Settings) -> Context:
    """The surroundings of the worker."""
    return _context(store, settings, SYSTEM)


def _context(store: Store, settings: Settings, viewer: Viewer) -> Context:
    return Context(store, BlobStore(settings.blobs), _registry(), load_calendar(data_dir() / "calendars" / "tw"), viewer, NOW)


@lru_cache(maxsize=1)
def _registry() -> Registry:
    """The shipped packs, and one for each invented programme: the fictional sister under another code."""
    sister = (data_dir() / "samples" / "programmes" / "demo-sister-ai.toml").read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        for number in range(1, PROGRAMMES + 1):
            code = programme_code(number)
            (Path(folder) / f"{code}.toml").write_text(sister.replace("demo-sister-ai", code), "utf-8")
        return Registry(data_dir() / "programmes", Path(folder))


def by_turns(rounds: int, *bodies: Callable[[], Any]) -> list[float]:
    """The median seconds of each body, run by turns so that a busy moment of the machine meets them all; one round to warm up."""
    for body in bodies:
        body()
    gc.collect()
    gc.freeze()  # as the server does once it has started
    taken: list[list[float]] = [[] for _ in bodies]
    for _ in range(rounds):
        for body, seconds in zip(bodies, taken, strict=True):
            begun = time.perf_counter()
            body()
            seconds.append(time.perf_counter() - begun)
    return [statistics.median(seconds) for seconds in taken]


def report(ratios: list[Ratio], *, check: bool) -> None:
    """Print the table; with `check` leave with status 1 where one is too slow."""
    print(f"{'':44} {'ours':>10} {'bound':>10} {'ratio':>7} {'target':>7}")
    for r in ratios:
        print(f"{r.name:44} {r.ours * 1e3:8.2f}ms {r.bound * 1e3:8.2f}ms {r.ratio:6.2f}x {r.target:6.1f}x{'' if r.good else '  too slow'}")
    if check and not all(r.good for r in ratios):
        sys.exit(1)
