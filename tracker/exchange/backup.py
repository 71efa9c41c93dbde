"""A verified copy of one installation in one file: the database as one moment saw it, every attachment that it names, and a manifest.

The archive is read back and checked before it gets its name, so a file that exists is a backup that verifies.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text

from tracker.store import audit
from tracker.store.blobs import BlobStore
from tracker.store.engine import Store
from tracker.store.tables import document, metadata
from tracker.store.types import instant_text

DATABASE, MANIFEST = "milepost.sqlite3", "manifest.json"


class BackupFailed(Exception):
    """The copy did not verify, or this kind of store cannot be copied here; no file was left."""


def make_backup(store: Store, blobs: BlobStore, target: Path, at: datetime) -> dict[str, Any]:
    """Write a verified backup to the new file `target` and return its manifest. `at` is an aware instant.

    Raises BackupFailed, FileExistsError and OSError (a full disk); then `target` does not exist.
    """
    if store.is_postgres:
        raise BackupFailed("a PostgreSQL database is copied with pg_dump; attachments are the folder `blobs` of the home")
    if target.exists():
        raise FileExistsError(target)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".milepost-backup-") as folder:
        copy = Path(folder) / DATABASE
        store.copy_into(copy)
        manifest = {**describe(copy), "at": instant_text(at)}
        archive = Path(folder) / "backup.zip"
        _pack(archive, copy, blobs, manifest)
        found = verify_backup(archive)
        if found:
            raise BackupFailed("; ".join(found))
        _name(archive, target)
    _sync(target)
    return manifest


def describe(copy: Path) -> dict[str, Any]:
    """What a copied database holds: rows by table, the head of the chain, the attachments it names, its SHA-256.

    Raises BackupFailed where SQLite, a foreign key or the chain says that the copy is broken.
    """
    opened = Store.open(copy)
    try:
        with opened.read() as conn:
            broken = [f"event {finding.seq}: {finding.detail}" for finding in audit.verify(conn)]
            check = conn.execute(text("PRAGMA quick_check")).scalars().all()
            orphans = conn.execute(text("PRAGMA foreign_key_check")).all()
            rows = {table.name: conn.execute(select(func.count()).select_from(table)).scalar_one() for table in metadata.sorted_tables}
            n, head = audit.head(conn)
            named = sorted(set(conn.execute(select(document.c.sha256)).scalars()))
    finally:
        opened.dispose()
    if check != ["ok"] or orphans or broken:
        raise BackupFailed("; ".join([*(str(line) for line in check if line != "ok"), *(f"foreign key {row}" for row in orphans), *broken]))
    for leftover in (copy.with_name(copy.name + "-wal"), copy.with_name(copy.name + "-shm")):
        leftover.unlink(missing_ok=True)
    return {"events": n, "head": head, "rows": rows, "blobs": named, "database_sha256": _sha256(copy)}


def verify_backup(archive: Path) -> list[str]:
    """Everything wrong with a backup, read back from the file; an empty list: it is whole. Raises OSError where it cannot be read."""
    beside = archive.parent if os.access(archive.parent, os.W_OK) else None  # a full copy of the database is unpacked there
    try:
        with zipfile.ZipFile(archive) as packed, tempfile.TemporaryDirectory(dir=beside, prefix=".milepost-verify-") as folder:
            return _wrong_with(packed, Path(folder) / DATABASE)
    except (zipfile.BadZipFile, zlib.error, EOFError) as broken:
        return [f"the archive is damaged: {broken}"]
    except (KeyError, ValueError, TypeError) as strange:
        return [f"this is not a backup of Milepost: {strange}"]
    except BackupFailed as failed:
        return [str(failed)]


def _wrong_with(packed: zipfile.ZipFile, copy: Path) -> list[str]:
    manifest = json.loads(packed.read(MANIFEST))
    with packed.open(DATABASE) as source, copy.open("wb") as out:
        while block := source.read(1 << 20):
            out.write(block)
    if _sha256(copy) != manifest["database_sha256"]:
        return ["the database in the archive is not the one in its manifest"]
    stored = describe(copy)
    found = [
        f"{name}: {stored[name]} is not {manifest[name]}" for name in ("events", "head", "rows", "blobs") if stored[name] != manifest[name]
    ]
    kept = set(packed.namelist())
    for sha256 in manifest["blobs"]:
        if f"blobs/{sha256}" not in kept:
            found.append(f"attachment {sha256} is missing")
        elif hashlib.sha256(packed.read(f"blobs/{sha256}")).hexdigest() != sha256:
            found.append(f"attachment {sha256} is damaged")
    return found


def _name(archive: Path, target: Path) -> None:
    """Give the finished archive its name; never over a file that appeared meanwhile."""
    try:
        os.link(archive, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if target.exists():
            raise FileExistsError(target) from None
        os.replace(archive, target)


def _pack(archive: Path, copy: Path, blobs: BlobStore, manifest: dict[str, Any]) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as packed:
        packed.write(copy, DATABASE)
        for sha256 in manifest["blobs"]:
            packed.writestr(f"blobs/{sha256}", blobs.get(sha256))
        packed.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True))
    _sync(archive)


def _sha256(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _sync(path: Path) -> None:
    for name, flags in ((path, os.O_RDONLY), (path.parent, os.O_RDONLY)):
        handle = os.open(name, flags)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
