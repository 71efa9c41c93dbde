"""Attachments by content: `<folder>/ab/cd/<sha256>`, written once, never changed, verified at every read.

Order matters: the file is on disk (data and directory entries synced) before the caller writes the row that names it.
A crash between the two leaves an orphan, which `sweep` removes; a row never points to a missing file.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

_NAME = re.compile(r"[0-9a-f]{64}")
_TEMPORARY = ".incoming-"
ORPHAN_AGE = timedelta(hours=24)
"""How old a file without a row must be before `sweep` removes it: a form may still be on its way."""


class BlobMissing(Exception):
    """No file with this hash is stored."""


class BlobDamaged(Exception):
    """The stored bytes no longer have the hash that names them."""


class BlobStore:
    """The folder of attachments of one installation (created with mode 0700 at the first put)."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def put(self, content: bytes) -> str:
        """Store `content` durably and return its SHA-256 (64 hex digits). The same content is stored once.

        Raises OSError when the disk is full or refuses; then nothing was stored.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._path(sha256)
        if self._is_whole(path, sha256):
            os.utime(path)  # young again, in case a sweep is looking at it as an orphan
            return sha256
        self._make_folders(path.parent)
        temporary = path.parent / f"{_TEMPORARY}{secrets.token_hex(8)}"
        try:
            self._write(temporary, content)
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
        return sha256

    def get(self, sha256: str) -> bytes:
        """The content named `sha256`. Raises BlobMissing, BlobDamaged, ValueError for anything but 64 hex digits."""
        try:
            content = self._path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise BlobMissing(sha256) from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise BlobDamaged(sha256)
        return content

    def names(self) -> list[str]:
        """The hashes of all stored files, sorted."""
        return sorted(path.name for path in self.folder.glob("??/??/*") if _NAME.fullmatch(path.name))

    def sweep(self, named_by_rows: Collection[str], now: datetime) -> list[Path]:
        """Remove files that no row names and leftovers of broken writes, where older than `ORPHAN_AGE`; return them.

        `now` is an aware instant. Read `named_by_rows` before the call and outside any write transaction.
        """
        oldest = (now - ORPHAN_AGE).timestamp()
        removed = []
        for path in self.folder.glob("??/??/*"):
            orphan = path.name.startswith(_TEMPORARY) or (_NAME.fullmatch(path.name) and path.name not in named_by_rows)
            if orphan and path.stat().st_mtime < oldest:
                path.unlink()
                removed.append(path)
        return removed

    def _path(self, sha256: str) -> Path:
        if not _NAME.fullmatch(sha256):
            raise ValueError("a blob is named by 64 hex digits")
        return self.folder / sha256[:2] / sha256[2:4] / sha256

    @staticmethod
    def _is_whole(path: Path, sha256: str) -> bool:
        try:
            return hashlib.sha256(path.read_bytes()).hexdigest() == sha256
        except FileNotFoundError:
            return False

    @staticmethod
    def _write(temporary: Path, content: bytes) -> None:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o400)

    def _make_folders(self, folder: Path) -> None:
        missing = []
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for new in reversed(missing):
            new.mkdir(mode=0o700, exist_ok=True)
            _sync_folder(new.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder; its rename is journalled
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
