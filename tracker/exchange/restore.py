"""Puts a backup into a new home: unpacked and checked beside it, finished there, and renamed at the end.

A rename is all or nothing, so whatever stops the machine leaves either no home or the whole one, and perhaps a folder beside it whose name
begins with a dot and that no command takes for a home.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import Any

from tracker.exchange.backup import DATABASE, DEMO, read_back
from tracker.store.blobs import BlobStore

_BESIDE = ".restoring-"


class NotRestored(Exception):
    """The file is no backup that can be put back; `reasons` say why. Nothing was left."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def is_free(home: Path) -> bool:
    """Whether a home can be made here: nothing is there, or an empty folder, in a folder that exists."""
    if home.is_symlink() or (home.exists() and not home.is_dir()):
        return False
    return not any(home.iterdir()) if home.exists() else home.parent.is_dir()


def left_over(home: Path) -> list[Path]:
    """Folders of restores into this home that were broken off, or still go on."""
    return sorted(home.parent.glob(f".{home.name}{_BESIDE}*"))


def unpack_beside(archive: Path, home: Path) -> tuple[Path, dict[str, Any]]:
    """Unpack and check a backup in a new folder beside `home`, for its owner only; returns the folder and the manifest.

    Raises NotRestored, OSError; then the folder is gone again.
    """
    side = home.with_name(f".{home.name}{_BESIDE}{secrets.token_hex(4)}")
    side.mkdir(mode=0o700)
    try:
        manifest, wrong = read_back(archive, side / DATABASE, BlobStore(side / "blobs"))
        if manifest.get("kind") == DEMO:
            wrong = ["it is of a demo, whose passwords everybody knows"]
        if wrong:
            raise NotRestored(wrong)
    except BaseException:
        throw_away(side)
        raise
    return side, manifest


def put_in_place(side: Path, home: Path) -> None:
    """Give the finished folder the name of the home. Raises OSError where something is there by now; then nothing has changed."""
    for copy in side.glob(f"{DATABASE}.before-*"):  # the archive is that copy
        copy.unlink()
    for path in (*(path for path in side.iterdir() if path.is_file()), side):
        _sync(path)
    if os.name == "nt" and home.exists():  # elsewhere a rename takes the place of an empty folder
        home.rmdir()
    os.rename(side, home)
    _sync(home.parent)


def throw_away(side: Path) -> None:
    """Remove a folder that did not become a home."""
    shutil.rmtree(side, ignore_errors=True)


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
