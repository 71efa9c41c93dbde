"""A backup verifies or does not exist."""

from __future__ import annotations

import errno
import json
import threading
import zipfile
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.cast import at, key
from tests.integration.cli_support import run_tracker
from tests.integration.services.support_reports import evidence
from tracker.exchange import backup
from tracker.exchange.backup import BackupFailed, make_backup, verify_backup
from tracker.services.checkpoints import CheckpointEntry, plan_checkpoints
from tracker.services.projects import project_list
from tracker.store import audit
from tracker.store.blobs import BlobMissing
from tracker.store.engine import Store

pytestmark = pytest.mark.sqlite

NOW = at("2026-09-01")


def rewritten(archive, target, **changes: bytes | None):
    """A copy of an archive in which members are replaced, or left out (None)."""
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(target, "w") as out:
        for name in source.namelist():
            content = changes.get(name, source.read(name))
            if content is not None:
                out.writestr(name, content)
    return target


@pytest.fixture
def archive(cast, tmp_path):
    evidence(cast)
    make_backup(cast.desk.store, cast.desk.blobs, tmp_path / "backup.zip", NOW)
    return tmp_path / "backup.zip"


def test_a_backup_holds_the_database_and_every_attachment(cast, tmp_path):
    evidence(cast)
    manifest = make_backup(cast.desk.store, cast.desk.blobs, tmp_path / "backup.zip", NOW)
    assert verify_backup(tmp_path / "backup.zip") == []
    with zipfile.ZipFile(tmp_path / "backup.zip") as packed:
        assert set(packed.namelist()) == {"milepost.sqlite3", "manifest.json", *(f"blobs/{sha}" for sha in manifest["blobs"])}
        packed.extract("milepost.sqlite3", tmp_path / "restored")
    assert len(manifest["blobs"]) == 1
    assert manifest["secret_key"] is False
    restored = Store.open(tmp_path / "restored" / "milepost.sqlite3")
    with restored.read() as conn, cast.desk.store.read() as live:
        assert audit.verify(conn) == []
        assert audit.head(conn) == audit.head(live) == (manifest["events"], manifest["head"])
    restored.dispose()


def test_a_backup_while_others_write_is_one_moment(cast, tmp_path):
    stop, wrote = threading.Event(), []

    def write_on():
        while not stop.is_set():
            entry = CheckpointEntry(f"W{len(wrote)}", "示範", Decimal(1), "件", Decimal(1), NOW.date())
            plan_checkpoints(cast.ctx("system"), project_id=cast.project().id, checkpoints=(entry,), key=key())
            wrote.append(entry.code)

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        while not wrote:
            stop.wait(0.01)
        manifest = make_backup(cast.desk.store, cast.desk.blobs, tmp_path / "backup.zip", NOW)
    finally:
        stop.set()
        writer.join()
    assert verify_backup(tmp_path / "backup.zip") == []
    with cast.desk.store.read() as conn:
        assert manifest["events"] <= audit.head(conn)[0]


def test_a_backup_never_overwrites_a_file(cast, tmp_path):
    target = tmp_path / "backup.zip"
    target.write_bytes(b"precious")
    with pytest.raises(FileExistsError):
        make_backup(cast.desk.store, cast.desk.blobs, target, NOW)
    assert target.read_bytes() == b"precious"


def test_a_file_that_appears_meanwhile_is_not_overwritten_either(cast, tmp_path, monkeypatch):
    target = tmp_path / "backup.zip"
    real = backup.verify_backup

    def somebody_writes_it(archive):
        target.write_bytes(b"precious")
        return real(archive)

    monkeypatch.setattr(backup, "verify_backup", somebody_writes_it)
    with pytest.raises(FileExistsError):
        make_backup(cast.desk.store, cast.desk.blobs, target, NOW)
    assert target.read_bytes() == b"precious"


def test_a_full_disk_leaves_no_file(cast, tmp_path, monkeypatch):
    def full(*_args, **_more):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    (tmp_path / "kept").mkdir()
    with pytest.raises(OSError, match="No space"):
        make_backup(cast.desk.store, cast.desk.blobs, tmp_path / "kept" / "backup.zip", NOW)
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_lost_attachment_is_no_backup(cast, tmp_path):
    evidence(cast)
    for path in cast.desk.blobs.folder.glob("??/??/*"):
        path.unlink()
    (tmp_path / "kept").mkdir()
    with pytest.raises(BlobMissing):
        make_backup(cast.desk.store, cast.desk.blobs, tmp_path / "kept" / "backup.zip", NOW)
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_history_that_was_tampered_with_is_no_backup(cast, tmp_path, monkeypatch):
    monkeypatch.setattr(backup.audit, "verify", lambda conn: [audit.Finding(3, "edited", "the hash does not fit")])
    with pytest.raises(BackupFailed, match="event 3"):
        make_backup(cast.desk.store, cast.desk.blobs, tmp_path / "backup.zip", NOW)
    assert not (tmp_path / "backup.zip").exists()


def test_damage_to_an_archive_is_found(archive, tmp_path):
    manifest = json.loads(zipfile.ZipFile(archive).read("manifest.json"))
    blob = f"blobs/{manifest['blobs'][0]}"
    more_events = json.dumps({**manifest, "events": manifest["events"] + 1}).encode()
    damaged = {
        "database": rewritten(archive, tmp_path / "1.zip", **{"milepost.sqlite3": b"SQLite format 3\x00 no more"}),
        "attachment": rewritten(archive, tmp_path / "2.zip", **{blob: b"another file"}),
        "attachment gone": rewritten(archive, tmp_path / "3.zip", **{blob: None}),
        "manifest": rewritten(archive, tmp_path / "4.zip", **{"manifest.json": more_events}),
        "no manifest": rewritten(archive, tmp_path / "5.zip", **{"manifest.json": None}),
        "manifest of another kind": rewritten(archive, tmp_path / "6.zip", **{"manifest.json": b"[1, 2]"}),
    }
    assert [what for what, path in damaged.items() if not verify_backup(path)] == []


def test_a_flipped_byte_or_a_cut_end_is_found(archive, tmp_path):
    content = archive.read_bytes()
    for name, broken in (("flip", content[:200] + bytes([content[200] ^ 255]) + content[201:]), ("cut", content[:-100]), ("none", b"")):
        path = tmp_path / f"{name}.zip"
        path.write_bytes(broken)
        assert verify_backup(path), name


def test_the_command_makes_and_verifies(tmp_path):
    home, target = tmp_path / "home", tmp_path / "backup.zip"
    assert run_tracker("backup", str(target), home=home)[0] == 2
    run_tracker("init", home=home)
    assert run_tracker("backup", str(target), home=home)[0] == 0
    assert run_tracker("backup", str(target), home=home)[0] == 2, "it exists"
    assert run_tracker("backup", str(tmp_path / "nowhere" / "x.zip"), home=home)[0] == 2
    assert run_tracker("backup", "--verify", str(target), home=home)[0] == 0
    target.write_bytes(target.read_bytes()[:-50])
    assert run_tracker("backup", "--verify", str(target), home=home)[0] == 1
    assert run_tracker("backup", "--verify", str(tmp_path / "none.zip"), home=home)[0] == 2


def test_a_copy_answers_like_the_original(cast, archive, tmp_path):
    with zipfile.ZipFile(archive) as packed:
        packed.extract("milepost.sqlite3", tmp_path / "restored")
    ctx = cast.ctx("admin")
    restored = Store.open(tmp_path / "restored" / "milepost.sqlite3")
    assert project_list(replace(ctx, store=restored)) == project_list(ctx)
    restored.dispose()
