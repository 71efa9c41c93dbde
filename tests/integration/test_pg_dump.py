"""The way back that docs/operating.md describes for PostgreSQL: pg_dump, pg_restore, and nothing leaves before somebody has looked."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cast import Cast
from tests.integration.alerts.support import deliver_on, look_on, outbox_rows
from tests.integration.alerts.test_restored_home import DAY, decide, restored_on, to_people
from tests.integration.cli_support import run_tracker
from tests.integration.services.support_reports import PDF, evidence
from tracker.notify.transport import LocalOutbox
from tracker.services.mass_holds import release
from tracker.store import doctor
from tracker.store.engine import Store

pytestmark = pytest.mark.postgres

MADE = f"{DAY}T07:00+08:00"


def native(store: Store) -> str:
    """The address of a database as PostgreSQL's own programs read it."""
    return store.url.set(drivername="postgresql").render_as_string(hide_password=False)


def tool(store: Store, name: str) -> str:
    """One of PostgreSQL's programs, of the version of the server: an older one refuses it."""
    with store.read() as conn:
        beside = Path(conn.exec_driver_sql("SELECT setting FROM pg_config WHERE name = 'BINDIR'").scalar_one()) / name
        server = conn.exec_driver_sql("SHOW server_version_num").scalar_one()
    for path in (str(beside), shutil.which(name)):
        said = (
            subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout if path and Path(path).exists() else ""
        )
        if said and int(said.split()[2].split(".")[0]) >= int(server) // 10000:
            return path
    pytest.skip(f"{name} of this server's version is not here")


def run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def put_back(cast, postgres_server, tmp_path):
    """A home whose database was dumped, went on for an hour, was lost, and is put back into an empty one: its folder and its database."""
    store, dump, home = cast.desk.store, tmp_path / "milepost.dump", tmp_path / "new"
    programs = {name: tool(store, name) for name in ("pg_dump", "pg_restore")}
    evidence(cast)
    look_on(cast, DAY, "06:50")
    run(programs["pg_dump"], "--format=custom", f"--file={dump}", native(store))
    shutil.copytree(cast.desk.settings.home / "blobs", home / "blobs")
    deliver_on(cast, LocalOutbox(), DAY, "09:00")
    assert outbox_rows(cast, "sent")
    url = postgres_server.new_database()
    run(programs["pg_restore"], "--exit-on-error", "--no-owner", "--single-transaction", f"--dbname={url}", str(dump))
    yield home, {"TRACKER_DATABASE_URL": url, "TRACKER_LANGUAGE": "en"}
    postgres_server.drop(url)


def test_a_database_that_was_dumped_and_put_back_is_whole(put_back):
    home, where = put_back
    assert run_tracker("init", home=home, **where)[0] == 0
    code, out, err = run_tracker("restore", "--by-other-means", MADE, home=home, **where)
    assert (code, err) == (0, "")
    assert "held back" in out
    assert run_tracker("audit", "verify", home=home, **where)[0] == 0
    assert run_tracker("worker", "--once", "--json", home=home, **where)[0] == 0
    store = Store.open(where["TRACKER_DATABASE_URL"])
    assert [remark.code for remark in doctor.examine(store) if remark.level == "stop"] == []
    store.dispose()
    (stored,) = [path for path in (home / "blobs").rglob("*") if path.is_file()]
    assert stored.read_bytes() == PDF


def test_no_reminder_leaves_it_before_the_decision_and_then_each_under_the_name_it_had(cast, put_back):
    """By the clock of the test, which stands at the day of the dump."""
    store = Store.open(put_back[1]["TRACKER_DATABASE_URL"])
    again = Cast(replace(cast.desk, store=store), cast.people, cast.projects)
    restored_on(again, DAY, "12:00")
    look_on(again, DAY, "12:01")
    deliver_on(again, LocalOutbox(), DAY, "12:02")
    assert to_people(again, "sent") == []
    decide(again, release)
    deliver_on(again, LocalOutbox(), DAY, "13:01")
    assert {row.message_id for row in to_people(again, "sent")} == {row.message_id for row in to_people(cast, "sent")}
    store.dispose()


def test_the_archive_of_tracker_backup_is_not_for_postgresql_and_says_so(cast, put_back, tmp_path):
    home, where = put_back
    run_tracker("init", home=home, **where)
    code, _, err = run_tracker("backup", str(tmp_path / "no.zip"), home=home, **where)
    assert code in (1, 2)
    assert "pg_dump" in err
    assert not (tmp_path / "no.zip").exists()
