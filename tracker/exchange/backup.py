"""A verified copy of one installation in one file: the database as one moment saw it, every attachment that it names, and a manifest.

The installation's secret key is not in it: what is sealed in the database stays sealed for whoever gets hold of a backup.

The archive is read back and checked before it gets its name, so a file that exists is a backup that verifies.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, inspect, select, table, text
from sqlalchemy.exc import DatabaseError

from tracker.store import audit
from tracker.store.blobs import BlobStore
from tracker.store.engine import Store
from tracker.store.migrations import HEAD, SchemaTooNew, checked_revision
from tracker.store.tables import document
from tracker.store.types import instant_text

DATABASE, MANIFEST = "milepost.sqlite3", "manifest.json"
REAL, DEMO = "real", "demo"

_ATTACHMENT = re.compile(r"blobs/([0-9a-f]{64})")
_MOST_UNPACKED = 200
"""A database shrinks to a tenth in an archive; what would grow by more than this was made to fill a disk."""
_ALWAYS_FINE = 256 * 1024 * 1024
_LARGEST_LISTED = 128 * 1024 * 1024


class BackupFailed(Exception):
    """The copy did not verify, or this kind of store cannot be copied here; no file was left."""


def make_backup(store: Store, blobs: BlobStore, target: Path, at: datetime, kind: str = REAL) -> dict[str, Any]:
    """Write a verified backup to the new file `target` and return its manifest. `at` is an aware instant, `kind` the home's.

    Raises BackupFailed, FileExistsError and OSError (a full disk); then `target` does not exist.
    """
    if store.is_postgres:
        raise BackupFailed("a PostgreSQL database is copied with pg_dump; attachments are the folder `blobs` of the home")
    if target.exists():
        raise FileExistsError(target)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".milepost-backup-") as folder:
        copy = Path(folder) / DATABASE
        store.copy_into(copy)
        manifest = {**describe(copy), "at": instant_text(at), "kind": kind, "secret_key": False}  # kept apart: `store.secrets`
        archive = Path(folder) / "backup.zip"
        _pack(archive, copy, blobs, manifest)
        found = verify_backup(archive)
        if found:
            raise BackupFailed("; ".join(found))
        _name(archive, target)
    _sync(target)
    return manifest


def describe(copy: Path) -> dict[str, Any]:
    """What a copied database holds: its schema, rows by table, the head of the chain, the attachments it names, its SHA-256.

    It may be of an older schema. Raises BackupFailed where SQLite, a foreign key or the chain says that the copy is broken, or where a
    newer program wrote it.
    """
    opened = Store.open(copy)
    try:
        with opened.read() as conn:
            schema = _schema_of(conn)
            # An older schema may lack a trigger that came later; the upgrade makes it.
            findings = [one for one in audit.verify(conn) if schema == HEAD or one.code != "unguarded"]
            broken = [f"event {finding.seq}: {finding.detail}" for finding in findings]
            check = conn.execute(text("PRAGMA quick_check")).scalars().all()
            orphans = conn.execute(text("PRAGMA foreign_key_check")).all()
            names = sorted(set(inspect(conn).get_table_names()) - {"alembic_version"})
            rows = {name: conn.execute(select(func.count()).select_from(table(name))).scalar_one() for name in names}
            n, head = audit.head(conn)
            named = sorted(set(conn.execute(select(document.c.sha256)).scalars()))
    finally:
        opened.dispose()
    if check != ["ok"] or orphans or broken:
        raise BackupFailed("; ".join([*(str(line) for line in check if line != "ok"), *(f"foreign key {row}" for row in orphans), *broken]))
    for leftover in (copy.with_name(copy.name + "-wal"), copy.with_name(copy.name + "-shm")):
        leftover.unlink(missing_ok=True)
    return {"schema": schema, "events": n, "head": head, "rows": rows, "blobs": named, "database_sha256": _sha256(copy)}


def _schema_of(conn: Connection) -> str:
    try:
        schema = checked_revision(conn)
    except SchemaTooNew as newer:
        raise BackupFailed(str(newer)) from newer
    if schema is None:
        raise BackupFailed("its database holds nothing of Milepost")
    return schema


def verify_backup(archive: Path) -> list[str]:
    """Everything wrong with a backup, read back from the file; an empty list: it is whole. Raises OSError where it cannot be read."""
    beside = archive.parent if os.access(archive.parent, os.W_OK) else None  # a full copy of the database is unpacked there
    with tempfile.TemporaryDirectory(dir=beside, prefix=".milepost-verify-") as folder:
        return read_back(archive, Path(folder) / DATABASE)[1]


def read_back(archive: Path, copy: Path, blobs: BlobStore | None = None) -> tuple[dict[str, Any], list[str]]:
    """Unpack the database to the new file `copy`, and the attachments into `blobs` where it is given; returns the manifest and everything
    that is wrong. What was unpacked is to be used only where nothing is.

    Nothing is written but these: names from the archive lead nowhere. Raises OSError where it cannot be read or the disk is full.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            strange = _strange(packed, archive.stat().st_size, shutil.disk_usage(copy.parent).free)
            return ({}, strange) if strange else _read_back(packed, copy, blobs)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as broken:
        return {}, [f"the archive is damaged: {broken}"]
    except (KeyError, ValueError, TypeError, DatabaseError) as strange:
        return {}, [f"this is not a backup of Milepost: {strange}"]
    except BackupFailed as failed:
        return {}, [str(failed)]


def _strange(packed: zipfile.ZipFile, size: int, room: int) -> list[str]:
    """What no backup holds: other names, a name twice, links, encryption, or far more than fits into a file of this size."""
    found, seen, total = [], set(), 0
    for member in packed.infolist():
        kind = stat.S_IFMT(member.external_attr >> 16)
        if member.filename in seen or not (member.filename in (DATABASE, MANIFEST) or _ATTACHMENT.fullmatch(member.filename)):
            found.append(f"it holds {member.filename!r}, which is no part of a backup")
        elif kind not in (0, stat.S_IFREG) or member.flag_bits & 1:
            found.append(f"{member.filename} is a link, a device or encrypted")
        seen.add(member.filename)
        total += member.file_size
    if total > max(_ALWAYS_FINE, _MOST_UNPACKED * size):
        found.append(f"it would unpack to {total:,} bytes, which no backup of {size:,} bytes does")
    elif total > room:
        found.append(f"it unpacks to {total:,} bytes, and {room:,} are free")
    return found[:20]


def _read_back(packed: zipfile.ZipFile, copy: Path, blobs: BlobStore | None) -> tuple[dict[str, Any], list[str]]:
    if packed.getinfo(MANIFEST).file_size > _LARGEST_LISTED:
        return {}, ["its manifest is too large"]
    manifest = json.loads(packed.read(MANIFEST))
    with packed.open(DATABASE) as source, copy.open("xb") as out:
        copy.chmod(0o600)
        shutil.copyfileobj(source, out, 1 << 20)
    if _sha256(copy) != manifest["database_sha256"]:
        return manifest, ["the database in the archive is not the one in its manifest"]
    stored = describe(copy)
    known = ["events", "head", "rows", "blobs", *(["schema"] if "schema" in manifest else [])]
    stored["rows"] = {name: stored["rows"].get(name) for name in manifest["rows"]}
    found = [f"{name}: {stored[name]} is not {manifest[name]}" for name in known if stored[name] != manifest[name]]
    kept = set(packed.namelist())
    for sha256 in stored["blobs"]:
        if f"blobs/{sha256}" not in kept:
            found.append(f"attachment {sha256} is missing")
            continue
        content = packed.read(f"blobs/{sha256}")
        if hashlib.sha256(content).hexdigest() != sha256:
            found.append(f"attachment {sha256} is damaged")
        elif blobs is not None:
            blobs.put(content)
    return manifest | {"schema": stored["schema"]}, found


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
