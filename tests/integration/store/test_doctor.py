"""The doctor names what is wrong with the ground, and nothing when it is sound."""

import ast
from pathlib import Path

import pytest
from sqlalchemy import event as hooks

from tracker.i18n import Translator
from tracker.store import doctor
from tracker.store.doctor import examine, file_system
from tracker.store.driver import keeps_commits, sqlite_module, sqlite_version
from tracker.store.engine import Store

MOUNTS = """\
/dev/vda / ext4 rw 0 0
tmpfs /srv tmpfs rw 0 0
office:/share /srv/share nfs4 rw 0 0
remote:/home /srv/two\\040words fuse.sshfs rw 0 0
"""


def codes(store: Store) -> set[tuple[str, str]]:
    return {(remark.level, remark.code) for remark in examine(store)}


def test_a_sound_store_has_no_stop(store: Store):
    store.path and store.path.parent.chmod(0o700)
    expected = set() if store.is_postgres or keeps_commits(sqlite_version()) else {"sqlite_fault", "two_libraries"}
    assert {code for _level, code in codes(store)} <= expected


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/home/x", "ext4"),
        ("/srv/x", "tmpfs"),
        ("/srv/share/a/b", "nfs4"),
        ("/srv/shared", "tmpfs"),
        ("/srv/two words/x", "fuse.sshfs"),
    ],
)
def test_the_file_system_of_a_path_is_that_of_the_longest_mount(place: str, kind: str):
    assert file_system(Path(place), MOUNTS) == kind


@pytest.mark.sqlite
@pytest.mark.parametrize(("kind", "stops"), [("nfs4", True), ("cifs", True), ("fuse.sshfs", True), ("ext4", False)])
def test_a_network_file_system_stops_the_store(store: Store, monkeypatch: pytest.MonkeyPatch, kind: str, stops: bool):
    monkeypatch.setattr(doctor, "file_system", lambda _path: kind)
    assert (("stop", "network_file_system") in codes(store)) is stops


@pytest.mark.sqlite
@pytest.mark.parametrize("version", [(3, 40, 1), (3, 50, 4)])
def test_a_faulty_library_is_a_warning_where_writers_can_take_turns(store, monkeypatch, version):
    monkeypatch.setattr(doctor, "sqlite_version", lambda: version)
    assert ("warn", "sqlite_fault") in codes(store)


@pytest.mark.sqlite
def test_a_faulty_library_stops_the_store_where_they_cannot(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "sqlite_version", lambda: (3, 40, 1))
    monkeypatch.setattr(doctor, "fcntl", None)
    assert ("stop", "sqlite_fault") in codes(store)


@pytest.mark.sqlite
def test_sqlite_utils_with_another_library_is_a_warning(store: Store, monkeypatch: pytest.MonkeyPatch):
    import sqlite_utils.db

    class Other:
        __name__ = "other"

        @staticmethod
        def connect() -> None:
            raise AssertionError("never called")

    monkeypatch.setattr(sqlite_utils.db, "sqlite3", Other())
    assert ("warn", "two_libraries") in codes(store)


@pytest.mark.sqlite
@pytest.mark.skipif(sqlite_module().__name__ == "sqlite3", reason="forced to the standard library, where it warns")
def test_sqlite_utils_as_installed_takes_the_library_of_the_store(store: Store):
    import sqlite_utils.db

    assert sqlite_utils.db.sqlite3.connect is sqlite_module().connect
    assert ("warn", "two_libraries") not in codes(store)


@pytest.mark.sqlite
def test_a_connection_that_does_not_wait_for_the_disk_stops_the_store(store: Store):
    hooks.listen(store.engine, "connect", lambda raw, _entry: raw.execute("PRAGMA synchronous=NORMAL"))
    assert ("stop", "settings") in codes(store)


def test_a_lost_trigger_stops_the_store(store: Store):
    with store.transaction() as conn:
        conn.exec_driver_sql("DROP TRIGGER event_no_delete" + (" ON event" if store.is_postgres else ""))
    assert ("stop", "unguarded") in codes(store)


@pytest.mark.sqlite
def test_a_folder_that_others_can_write_to_is_a_warning(store: Store):
    store.path.parent.chmod(0o777)
    assert ("warn", "open_folder") in codes(store)


def test_every_remark_can_be_read_in_chinese():
    source = ast.parse(Path(doctor.__file__).read_text("utf-8"))
    calls = [node for node in ast.walk(source) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Remark"]
    msgids = [call.args[2].value for call in calls]
    chinese = Translator("zh_TW")
    assert len(msgids) == 7
    assert [msgid for msgid in msgids if chinese.gettext(msgid) == msgid] == []
