"""Looks at the ground the store stands on and says what is wrong with it, before a user finds out.

`stop`: do not serve; a promise cannot be kept. `warn`: it works, and an administrator should know.
Texts are English message ids for `tracker.i18n`, with parameters for `str.format`.
"""

import os
import stat
import sys
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import text

from tracker.store import audit
from tracker.store.driver import fcntl, keeps_commits, sqlite_module, sqlite_version
from tracker.store.engine import Store

_WITHOUT_SHARED_MEMORY = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "ncpfs"}


@dataclass(frozen=True)
class Remark:
    """One thing that is not as it should be. `code` is stable, `msgid` with `params` is for people."""

    level: Literal["stop", "warn"]
    code: str
    msgid: str
    params: dict[str, Any] = field(default_factory=dict)


def examine(store: Store) -> list[Remark]:
    """Everything that is wrong with the driver, the place and the schema of `store`; an empty list means healthy."""
    remarks = _triggers(store)
    if store.path is not None:
        remarks += _library() + _second_library() + _place(store.path) + _settings(store)
    return remarks


def _library() -> list[Remark]:
    version = sqlite_version()
    if keeps_commits(version):
        return []
    shown = ".".join(map(str, version))
    if fcntl is None:
        return [
            Remark(
                "stop",
                "sqlite_fault",
                "SQLite {version} can lose saved rows here; install pysqlite3.",
                {"version": shown},
            )
        ]
    return [
        Remark(
            "warn",
            "sqlite_fault",
            "SQLite {version} has a fault that can lose saved rows; writers take turns to avoid it. Install pysqlite3.",
            {"version": shown},
        )
    ]


def _second_library() -> list[Remark]:
    # sqlite-utils picks pysqlite3 by itself wherever that is installed. It is for staging files and snapshots only.
    other = getattr(sys.modules.get("sqlite_utils.db"), "sqlite3", None)
    if other is None and sqlite_module().__name__ == "sqlite3" and find_spec("pysqlite3"):
        other_name = "pysqlite3"  # not loaded yet, but this is what it will take
    elif other is None or other.connect is sqlite_module().connect:
        return []
    else:
        other_name = other.__name__
    return [
        Remark(
            "warn",
            "two_libraries",
            "sqlite-utils uses another SQLite library ({name}) than the store; it must never open the database.",
            {"name": other_name},
        )
    ]


def _place(path: Path) -> list[Remark]:
    remarks = []
    kind = file_system(path)
    if kind in _WITHOUT_SHARED_MEMORY or kind.startswith("fuse."):
        remarks.append(
            Remark(
                "stop",
                "network_file_system",
                "The database is on a network file system ({kind}), where SQLite loses data. Use a local disk or PostgreSQL.",
                {"kind": kind},
            )
        )
    if os.name == "posix" and stat.S_IMODE(path.parent.stat().st_mode) & 0o022:
        remarks.append(Remark("warn", "open_folder", "Other accounts can write to the folder {folder}.", {"folder": str(path.parent)}))
    return remarks


def file_system(path: Path, mounts: str | None = None) -> str:
    """The type of the file system that holds `path`, e.g. "ext4"; "" where the system does not say (not Linux).

    `mounts` is the text of `/proc/mounts`, read when None.
    """
    if mounts is None:
        try:
            mounts = Path("/proc/mounts").read_text("utf-8", errors="replace")
        except OSError:
            return ""
    place, best, kind = Path(os.path.realpath(path)), -1, ""
    for line in mounts.splitlines():
        _device, mounted_at, found, *_ = line.split(" ")
        folder = Path(mounted_at.replace("\\040", " "))
        if place.is_relative_to(folder) and len(folder.parts) >= best:  # the later of two mounts on one folder counts
            best, kind = len(folder.parts), found
    return kind


def _settings(store: Store) -> list[Remark]:
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    with store.read() as conn:
        found = {name: conn.execute(text(f"PRAGMA {name}")).scalar_one() for name in expected}
    wrong = [f"{name}={found[name]}" for name in expected if found[name] != expected[name]]
    if not wrong:
        return []
    return [Remark("stop", "settings", "The database connection has unsafe settings: {wrong}.", {"wrong": ", ".join(wrong)})]


def _triggers(store: Store) -> list[Remark]:
    with store.read() as conn:
        missing = audit.missing_triggers(conn)
    if not missing:
        return []
    return [Remark("stop", "unguarded", "The audit trail is not protected: {names} missing.", {"names": ", ".join(missing)})]
