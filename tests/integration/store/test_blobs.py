"""Attachments: durable before anyone names them, verified at every read, swept only when old and unnamed."""

import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tracker.store.blobs import BlobDamaged, BlobMissing, BlobStore

NOW = datetime(2026, 9, 2, 9, 0, tzinfo=UTC)  # a Wednesday
HELLO = hashlib.sha256("核定函".encode()).hexdigest()


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


def aged(path: Path, hours: float) -> Path:
    when = (NOW - timedelta(hours=hours)).timestamp()
    os.utime(path, (when, when))
    return path


def test_what_was_put_comes_back_under_its_hash(blobs: BlobStore):
    assert blobs.put("核定函".encode()) == HELLO
    assert blobs.get(HELLO) == "核定函".encode()
    assert blobs.names() == [HELLO]


def test_the_file_lies_in_two_folders_and_is_for_its_owner_to_read_only(blobs: BlobStore):
    blobs.put("核定函".encode())
    path = blobs.folder / HELLO[:2] / HELLO[2:4] / HELLO
    assert path.stat().st_mode & 0o777 == 0o400
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_the_same_content_is_stored_once(blobs: BlobStore):
    assert blobs.put(b"x") == blobs.put(b"x")
    assert len(blobs.names()) == 1


def test_data_and_folders_are_synced_before_put_returns(blobs: BlobStore, monkeypatch: pytest.MonkeyPatch):
    synced, really = [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (synced.append(os.readlink(f"/proc/self/fd/{handle}")), really(handle)))
    sha256 = blobs.put(b"x")
    folder = blobs.folder / sha256[:2] / sha256[2:4]
    assert Path(synced[-1]) == folder  # the rename, last
    assert Path(synced[-2]).name.startswith(".incoming-")
    assert [Path(path) for path in synced[:-2]] == [blobs.folder.parent, blobs.folder, folder.parent]


def test_a_changed_file_is_refused_at_reading(blobs: BlobStore):
    path = blobs._path(blobs.put(b"true"))
    path.chmod(0o600)
    path.write_bytes(b"false")
    with pytest.raises(BlobDamaged):
        blobs.get(path.name)


def test_putting_the_content_again_repairs_a_changed_file(blobs: BlobStore):
    path = blobs._path(blobs.put(b"true"))
    path.chmod(0o600)
    path.write_bytes(b"false")
    assert blobs.get(blobs.put(b"true")) == b"true"


def test_an_unknown_hash_is_missing(blobs: BlobStore):
    with pytest.raises(BlobMissing):
        blobs.get("0" * 64)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_only_a_hash_names_a_file(blobs: BlobStore, name: str):
    with pytest.raises(ValueError, match="64 hex digits"):
        blobs.get(name)


def test_a_failed_write_leaves_nothing_behind(blobs: BlobStore, monkeypatch: pytest.MonkeyPatch):
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    blobs.put(b"other")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        blobs.put(b"x")
    assert [path for path in blobs.folder.glob("**/.incoming-*")] == []
    assert len(blobs.names()) == 1


@pytest.mark.parametrize(("hours", "named", "stays"), [(25, False, False), (23, False, True), (25, True, True)])
def test_a_sweep_removes_what_is_old_and_named_by_no_row(blobs: BlobStore, hours: float, named: bool, stays: bool):
    sha256 = blobs.put(b"x")
    aged(blobs._path(sha256), hours)
    blobs.sweep({sha256} if named else set(), NOW)
    assert (blobs.names() == [sha256]) == stays


def test_a_sweep_removes_old_leftovers_of_broken_writes(blobs: BlobStore):
    folder = blobs._path(blobs.put(b"x")).parent
    old, new = folder / ".incoming-old", folder / ".incoming-new"
    for path, hours in ((old, 25), (new, 1)):
        path.touch()
        aged(path, hours)
    assert old in blobs.sweep({blobs.names()[0]}, NOW)
    assert (old.exists(), new.exists()) == (False, True)


def test_an_orphan_that_is_put_again_is_young_again(blobs: BlobStore):
    sha256 = blobs.put(b"x")
    aged(blobs._path(sha256), 48)
    blobs.put(b"x")
    assert blobs.sweep(set(), NOW) == []
