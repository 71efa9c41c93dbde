"""One command for all pictures; see `tests/gallery/__init__.py`."""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from tests import gallery
from tests.gallery.camera import MAIL_LINK, Camera, Shot
from tests.gallery.checks import SERIOUS
from tests.gallery.home import demo_home, seats, set_languages
from tests.gallery.index import write_index
from tests.serving_support import Server, chromium
from tracker.bootstrap import Desk
from tracker.config import ROOT
from tracker.services.viewer import Role
from tracker.ui.pages import PAGES

LANGUAGES = ("zh_TW", "en")
WIDTHS = (1440, 390)


def main(argv: list[str] | None = None) -> int:
    """Take the pictures. Exit status 0 good, 1 something serious was found, 2 wrong usage or no browser."""
    args = _arguments(argv)
    if chromium() is None:
        print("There is no Chromium on this machine; install the package chromium.", file=sys.stderr)
        return 2
    began = time.monotonic()
    args.out.mkdir(parents=True, exist_ok=True)
    for old in args.out.glob("*.*.*.*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory(prefix="milepost-gallery-") as folder:
        home = Path(folder) / "home"
        desk = demo_home(home)
        server = Server(home)
        try:
            server.start()
            shots = _take(server, desk, args)
        finally:
            server.stop()
            desk.store.dispose()
            (args.out / "server.log").write_text(server.log, "utf-8")
    seconds = time.monotonic() - began
    write_index(args.out, shots, seconds)
    return _summary(args.out, shots, seconds)


def _take(server: Server, desk: Desk, args: argparse.Namespace) -> list[Shot]:
    people = seats(desk, set(args.roles))
    cameras = [Camera(server, args.out, width, set(args.pages)) for width in args.widths]
    for language in args.languages:
        set_languages(desk, people, language)
        threads = [threading.Thread(target=camera.take_all, args=(people, language)) for camera in cameras]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for camera in cameras:
        if camera.failure is not None:
            raise camera.failure
    return [shot for camera in cameras for shot in camera.shots]


def _summary(out: Path, shots: list[Shot], seconds: float) -> int:
    kinds = Counter(kind for shot in shots for kind, _ in shot.findings)
    for shot in shots:
        for kind, what in shot.findings:
            if kind in SERIOUS:
                print(f"{kind}: {shot.file}: {what[:160]}")
    print(f"{len(shots)} pictures in {seconds:.0f} s; findings: {dict(kinds) or 'none'}; see {out / 'index.html'}")
    return 1 if not shots or SERIOUS & set(kinds) else 0


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    pages = [*(spec.url_path for spec in PAGES), "sign-in", MAIL_LINK]
    roles = [role.value for role in Role]
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m tests.gallery", description=gallery.__doc__, formatter_class=as_written)
    parser.add_argument("out", nargs="?", type=Path, default=ROOT / "gallery", metavar="OUT_DIR")
    parser.add_argument("--pages", type=_some_of(pages), default=pages, help=", ".join(pages))
    parser.add_argument("--roles", type=_some_of(roles), default=roles, help=", ".join(roles))
    parser.add_argument("--languages", type=_some_of(LANGUAGES), default=LANGUAGES, help=", ".join(LANGUAGES))
    parser.add_argument("--widths", type=_numbers, default=WIDTHS, help="1440, 390 or any other")
    return parser.parse_args(argv)


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _some_of(known: Iterable[str]) -> Callable[[str], list[str]]:
    def parse(text: str) -> list[str]:
        given = text.split(",")
        if unknown := set(given) - set(known):
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(known)}")
        return given

    return parse


if __name__ == "__main__":
    sys.exit(main())
