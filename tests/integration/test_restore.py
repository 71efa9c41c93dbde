"""A backup becomes a whole home or none, and nothing leaves it before somebody has looked."""

from __future__ import annotations

import errno
import json
import signal
import stat
import subprocess
import time
import zipfile
from types import SimpleNamespace

import pytest

from tests.cast import at
from tests.integration.alerts.support import look_on
from tests.integration.cli_support import command, process_environment, run_tracker
from tests.integration.services.support_reports import PDF, evidence
from tests.integration.test_backup import rewritten
from tracker.exchange import restore
from tracker.exchange.backup import make_backup, verify_backup
from tracker.store import doctor, migrations
from tracker.store.blobs import BlobStore
from tracker.store.engine import Store
from tracker.store.secrets import secrets_of

pytestmark = pytest.mark.sqlite

NOW = at("2026-09-01", "09:30")  # a Tuesday


@pytest.fixture
def archive(cast, tmp_path):
    evidence(cast)
    look_on(cast, "2026-09-01")
    make_backup(cast.desk.store, cast.desk.blobs, tmp_path / "backup.zip", NOW)
    return tmp_path / "backup.zip"


def restored(archive, home, *more: str, **environ: str):
    return run_tracker("restore", str(archive), "--to", str(home), *more, home=home, TRACKER_LANGUAGE="en", **environ)


def beside(home):
    return [path.name for path in home.parent.iterdir() if "restoring" in path.name]


def test_a_restored_home_is_whole_and_works(archive, tmp_path):
    home = tmp_path / "new"
    code, out, err = restored(archive, home)
    assert (code, err) == (0, "")
    assert "as it was at 2026-09-01" in out
    assert beside(home) == []
    assert json.loads((home / "home.json").read_text()) == {"kind": "real"}
    assert run_tracker("audit", "verify", home=home)[0] == 0
    assert run_tracker("worker", "--once", "--json", home=home)[0] == 0
    assert run_tracker("backup", str(tmp_path / "again.zip"), home=home)[0] == 0
    store = Store.open(home / "milepost.sqlite3")
    assert [remark.code for remark in doctor.examine(store) if remark.level == "stop"] == []
    store.dispose()
    (stored,) = [path for path in (home / "blobs").rglob("*") if path.is_file()]
    assert stored.read_bytes() == PDF


def test_a_restored_home_is_its_owners_alone(archive, tmp_path):
    home = tmp_path / "new"
    restored(archive, home)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (home, *home.rglob("*"))}
    assert {str(path.relative_to(tmp_path)): oct(mode) for path, mode in modes.items() if mode & 0o077 and path.name != "home.json"} == {}
    assert {mode for path, mode in modes.items() if path.is_file() and path.parent.parent.parent.name == "blobs"} == {0o400}


def test_no_reminder_leaves_a_restored_home_before_somebody_has_looked(cast, archive, tmp_path):
    home = tmp_path / "new"
    assert restored(archive, home)[0] == 0
    run_tracker("worker", "--once", home=home)
    store = Store.open(home / "milepost.sqlite3")
    with store.read() as conn:
        rows = conn.exec_driver_sql("SELECT status, alert_id, sort, notice_id, payload_json FROM outbox").all()
        hold = conn.exec_driver_sql("SELECT why, decision FROM mass_hold").all()
    store.dispose()
    assert [tuple(row) for row in hold] == [("restore", "")]
    assert {row.status for row in rows if row.notice_id is None} <= {"held", "pending"}
    assert "held" in {row.status for row in rows}
    sent = [json.loads(row.payload_json).get("notice") for row in rows if row.status == "sent"]
    assert set(sent) <= {"mass_held"}


def test_a_home_that_is_there_is_never_touched(archive, tmp_path):
    home = tmp_path / "there"
    run_tracker("init", home=home)
    before = sorted((path.name, path.stat().st_mtime_ns) for path in home.iterdir())
    code, _, err = restored(archive, home)
    assert code == 2
    assert "ever restored over a home" in err
    assert sorted((path.name, path.stat().st_mtime_ns) for path in home.iterdir()) == before
    empty = tmp_path / "empty"
    empty.mkdir()
    assert restored(archive, empty)[0] == 0


@pytest.mark.parametrize(
    "name", ["../escape", "/etc/escape", "blobs/../../escape", "blobs/" + "a" * 63, "home.json", "milepost.sqlite3-wal"]
)
def test_a_name_that_is_no_part_of_a_backup_is_refused(archive, tmp_path, name):
    with zipfile.ZipFile(archive, "a") as packed:
        packed.writestr(name, b"x")
    home = tmp_path / "deep" / "new"
    home.parent.mkdir()
    code, _, err = restored(archive, home)
    assert (code, home.exists(), beside(home)) == (1, False, [])
    assert "no part of a backup" in err
    assert not list(tmp_path.rglob("escape"))
    assert verify_backup(archive) != []


def test_a_link_and_a_doubled_name_are_refused(archive, tmp_path):
    linked, doubled = tmp_path / "linked.zip", tmp_path / "doubled.zip"
    for target in (linked, doubled):
        target.write_bytes(archive.read_bytes())
    link = zipfile.ZipInfo("blobs/" + "b" * 64)
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(linked, "a") as packed:
        packed.writestr(link, "/etc/passwd")
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(doubled, "a") as packed:
        packed.writestr("manifest.json", b"{}")
    for target in (linked, doubled):
        assert restored(target, tmp_path / "new")[0] == 1
    assert not (tmp_path / "new").exists()


def test_an_archive_that_would_fill_the_disk_is_refused_before_it_is_unpacked(archive, tmp_path, monkeypatch):
    monkeypatch.setattr("tracker.exchange.backup._ALWAYS_FINE", 1_000)
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("milepost.sqlite3", b"\0" * 50_000_000)
    code, _, err = restored(bomb, tmp_path / "new")
    assert code == 1
    assert "unpack to 50,000,000 bytes" in err
    monkeypatch.setattr("tracker.exchange.backup.shutil.disk_usage", lambda path: SimpleNamespace(free=10))
    assert "10 are free" in restored(archive, tmp_path / "new")[2]


def test_a_broken_archive_leaves_nothing(archive, tmp_path):
    with zipfile.ZipFile(archive) as packed:
        blob = next(name for name in packed.namelist() if name.startswith("blobs/"))
    broken = {
        "cut": archive.read_bytes()[:-100],
        "database": rewritten(archive, tmp_path / "1.zip", **{"milepost.sqlite3": b"SQLite format 3\x00 no"}).read_bytes(),
        "attachment": rewritten(archive, tmp_path / "2.zip", **{blob: b"another"}).read_bytes(),
        "lost": rewritten(archive, tmp_path / "3.zip", **{blob: None}).read_bytes(),
        "no zip": b"hello",
    }
    for name, content in broken.items():
        (tmp_path / f"{name}.zip").write_bytes(content)
        code, _, err = restored(tmp_path / f"{name}.zip", tmp_path / "new")
        assert (name, code, bool(err)) == (name, 1, True)
        assert (tmp_path / "new").exists() is False
        assert beside(tmp_path / "new") == []


def test_a_full_disk_leaves_nothing(archive, tmp_path, monkeypatch):
    def full(side, home):
        raise OSError(errno.ENOSPC, "No space left on device", str(side))

    monkeypatch.setattr(restore, "put_in_place", full)
    code, _, err = restored(archive, tmp_path / "new")
    assert code == 1
    assert "No space left" in err
    assert (tmp_path / "new").exists() is False
    assert beside(tmp_path / "new") == []


@pytest.mark.parametrize("after", ["milepost.sqlite3", "blobs", "home.json"])
def test_a_restore_killed_at_any_moment_leaves_nothing_that_passes_for_a_home(archive, tmp_path, after):
    folder = tmp_path / "place"
    folder.mkdir()
    home = folder / "new"
    words, silent = command("restore", str(archive), "--to", str(home)), subprocess.DEVNULL
    running = subprocess.Popen(words, env=process_environment(home), stdout=silent, stderr=silent)
    until = time.monotonic() + 180
    while time.monotonic() < until and running.poll() is None and not list(folder.glob(f".new.restoring-*/{after}")):
        time.sleep(0.0005)
    running.send_signal(signal.SIGKILL)
    running.wait()
    if home.exists():
        assert run_tracker("audit", "verify", home=home)[0] == 0, "whole, since the kill came after the rename"
        return
    assert run_tracker("audit", "verify", home=home)[0] == 2, "no home"
    if home.exists():  # the log of that command
        for path in sorted(home.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    code, _, err = restored(archive, home)
    assert code == 0
    assert "left over" in err


def test_a_backup_of_the_schema_before_is_verified_and_upgraded(tmp_path):
    old = Store.open(tmp_path / "old.sqlite3")
    with old.transaction() as conn:
        migrations._upgrade(conn, "0002")
    archive = packed_as_the_program_of_then(old, tmp_path)
    assert verify_backup(archive) == []
    assert restored(archive, tmp_path / "new")[0] == 0
    assert not list((tmp_path / "new").glob("*.before-*"))
    now = Store.open(tmp_path / "new" / "milepost.sqlite3")
    with now.read() as conn:
        assert migrations.current_revision(conn) == migrations.HEAD
    now.dispose()


def packed_as_the_program_of_then(store: Store, folder):
    target = folder / "older.zip"
    make_backup(store, BlobStore(folder / "none"), target, NOW)
    manifest = json.loads(zipfile.ZipFile(target).read("manifest.json"))
    for later in ("schema", "kind"):
        del manifest[later]
    return rewritten(target, folder / "older-2.zip", **{"manifest.json": json.dumps(manifest).encode()})


def test_a_backup_of_a_newer_program_is_refused_by_name(cast, tmp_path, monkeypatch):
    with cast.desk.store.transaction() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    monkeypatch.setattr("tracker.exchange.backup.checked_revision", lambda conn: migrations.HEAD)
    make_backup(cast.desk.store, cast.desk.blobs, tmp_path / "newer.zip", NOW)
    monkeypatch.undo()
    code, _, err = restored(tmp_path / "newer.zip", tmp_path / "new")
    assert code == 1
    assert "the database has schema 9999; this program knows up to" in err
    assert verify_backup(tmp_path / "newer.zip")


def test_a_backup_of_a_demo_is_not_put_into_service(cast, tmp_path):
    make_backup(cast.desk.store, cast.desk.blobs, tmp_path / "demo.zip", NOW, "demo")
    code, _, err = restored(tmp_path / "demo.zip", tmp_path / "new")
    assert (code, (tmp_path / "new").exists()) == (1, False)
    assert "demo" in err


def test_the_kept_secret_key_comes_back_and_what_its_loss_costs_is_said(archive, tmp_path):
    kept, weak = tmp_path / "kept.key", tmp_path / "weak.key"
    kept.write_text("k" * 64)
    weak.write_text("short")
    assert restored(archive, tmp_path / "weak", "--secret-key", str(weak))[0] == 1
    assert not (tmp_path / "weak").exists()
    code, out, _ = restored(archive, tmp_path / "with", "--secret-key", str(kept))
    assert code == 0
    assert "secret.key" not in out
    assert secrets_of(tmp_path / "with").key_for("x") == secrets_of(tmp_path, "k" * 64).key_for("x")
    assert stat.S_IMODE((tmp_path / "with" / "secret.key").stat().st_mode) == 0o600
    assert "links in mails already sent stop working" in restored(archive, tmp_path / "without")[1]


def test_wrong_usage_says_what_is_wrong(archive, tmp_path):
    assert run_tracker("restore", str(archive), home=tmp_path / "x")[0] == 2
    assert run_tracker("restore", str(tmp_path / "none.zip"), "--to", str(tmp_path / "new"), home=tmp_path / "x")[0] == 2
    assert restored(archive, tmp_path / "no" / "such")[0] == 2
    postgres = {"TRACKER_DATABASE_URL": "postgresql://nowhere/x", "TRACKER_LANGUAGE": "en"}
    code, _, err = run_tracker("restore", str(archive), "--to", str(tmp_path / "new"), home=tmp_path / "x", **postgres)
    assert code == 2
    assert "pg_restore" in err
    assert not (tmp_path / "x").exists()


def test_a_database_put_back_by_other_means_is_held_too(tmp_path):
    home = tmp_path / "home"
    run_tracker("init", home=home)
    assert run_tracker("restore", "--by-other-means", "yesterday", home=home)[0] == 2
    assert run_tracker("restore", "--by-other-means", "2026-11-21T03:00", home=home)[0] == 2, "without a zone"
    code, out, _ = run_tracker("restore", "--by-other-means", "2026-11-21T03:00+08:00", home=home, TRACKER_LANGUAGE="en")
    assert code == 0
    assert "held back" in out
