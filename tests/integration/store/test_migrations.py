"""The schema: made on the store's own connection, equal to the tables in the program, never older than the code."""

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from tests.integration.store.people import add_person
from tests.integration.store.people import request as asked
from tracker.store import audit, migrations
from tracker.store.engine import Store
from tracker.store.migrations import HEAD, SchemaTooNew, current_revision, migrate
from tracker.store.migrations.fingerprint import describe, fingerprint
from tracker.store.tables import metadata

ROOT = Path(__file__).parents[3]


def test_the_head_in_the_program_is_the_newest_revision():
    assert ScriptDirectory.from_config(migrations._config()).get_heads() == [HEAD]


def test_a_migrated_store_is_at_the_head(store: Store):
    with store.read() as conn:
        assert current_revision(conn) == HEAD


def test_migrating_again_changes_nothing(store: Store):
    with store.read() as conn:
        before = fingerprint(conn)
    assert migrate(store) is None
    with store.read() as conn:
        assert fingerprint(conn) == before


def test_the_migrated_schema_is_the_schema_of_the_tables(store: Store):
    with store.read() as conn:
        found = describe(conn)
        differences = compare_metadata(MigrationContext.configure(conn), metadata)
    assert set(found["tables"]) == set(metadata.tables)
    assert differences == []


def test_the_migrated_schema_equals_one_made_from_the_tables_directly(store: Store, new_database):
    with store.read() as conn:
        migrated = fingerprint(conn)
    direct = Store.open(new_database())
    with direct.transaction() as conn:
        for table in reversed(metadata.sorted_tables):
            conn.execute(sa.schema.DropTable(table)) if conn.dialect.name == "sqlite" else conn.exec_driver_sql(
                f"DROP TABLE {table.name} CASCADE"
            )
        if conn.dialect.name == "postgresql":
            conn.exec_driver_sql("DROP FUNCTION milepost_refuse, milepost_only_next")
        metadata.create_all(conn, checkfirst=False)
        audit.install_triggers(conn)
    with direct.read() as conn:
        assert fingerprint(conn) == migrated
    direct.dispose()


def test_a_lost_trigger_changes_the_fingerprint(store: Store):
    with store.read() as conn:
        before = fingerprint(conn)
    with store.transaction() as conn:
        conn.exec_driver_sql("DROP TRIGGER event_no_update" + (" ON event" if store.is_postgres else ""))
    with store.read() as conn:
        assert fingerprint(conn) != before


@pytest.mark.sqlite
def test_every_table_is_strict(store: Store):
    with store.read() as conn:
        assert set(describe(conn)["strict"]) == set(metadata.tables)


def test_a_database_newer_than_the_program_is_refused_untouched(store: Store):
    with store.transaction() as conn:
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaTooNew, match="9999"):
        migrate(store)


@pytest.mark.sqlite
def test_an_existing_database_is_copied_before_its_upgrade(store: Store, monkeypatch: pytest.MonkeyPatch):
    store.write(asked("k1"), add_person("ada"))
    monkeypatch.setattr(migrations, "HEAD", "9999")
    monkeypatch.setattr(migrations, "_upgrade", lambda conn, to="head": None)
    copies = [migrate(store), migrate(store)]
    assert [copy.name for copy in copies] == [f"{store.path.name}.before-9999", f"{store.path.name}.before-9999-2"]
    copied = Store.open(copies[0])
    with copied.read() as conn:
        assert audit.head(conn)[0] == 1
        assert audit.verify(conn) == []
    copied.dispose()


@pytest.mark.sqlite
def test_a_failed_first_migration_leaves_an_empty_database(tmp_path, monkeypatch: pytest.MonkeyPatch):
    def fail(conn) -> None:
        raise OSError("power")

    monkeypatch.setattr("tracker.store.audit.missing_triggers", fail)
    store = Store.open(tmp_path / "new.sqlite3")
    with pytest.raises(OSError, match="power"):
        migrate(store)
    with store.read() as conn:
        assert describe(conn)["tables"] == {}
        assert current_revision(conn) is None
    store.dispose()


@pytest.mark.sqlite
def test_the_database_file_is_for_its_owner_only(store: Store):
    store.write(asked("k1"), add_person("ada"))
    files = list(store.path.parent.glob(f"{store.path.name}*"))
    assert len(files) >= 3  # the database, its log, its shared memory, and on an old library the writers' turn
    assert [file.name for file in files if file.stat().st_mode & 0o077] == []


def test_several_processes_that_start_at_once_on_an_empty_database_agree(request: pytest.FixtureRequest, tmp_path):
    if request.config.getoption("--db") == "postgres":
        target = request.getfixturevalue("postgres_server").new_database()
    else:
        target = str(tmp_path / "new.sqlite3")
    code = (
        "import sys; from tracker.store.engine import Store; from tracker.store.migrations import migrate;"
        "sys.stdin.read(1); migrate(Store.open(sys.argv[1]))"
    )
    command = [sys.executable, "-c", code, target]
    started = [subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE) for _ in range(3)]
    for process in started:
        process.stdin.write(b"x")
        process.stdin.close()
    assert [process.wait(180) for process in started] == [0, 0, 0]
    store = Store.open(target)
    with store.read() as conn:
        assert current_revision(conn) == HEAD
        assert audit.missing_triggers(conn) == []
    store.dispose()


@pytest.mark.sqlite
def test_a_copy_never_overwrites_and_a_failed_one_is_removed(store: Store, monkeypatch: pytest.MonkeyPatch):
    taken = store.path.with_name("taken")
    taken.write_text("mine")
    with pytest.raises(FileExistsError):
        store.copy_into(taken)
    assert taken.read_text() == "mine"
    monkeypatch.setattr("tracker.store.engine._sync_file", lambda path: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        store.copy_into(store.path.with_name("new"))
    assert not store.path.with_name("new").exists()
