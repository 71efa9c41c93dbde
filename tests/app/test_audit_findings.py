"""What the audit found, on the screen of health and above every screen of an administrator; and on the command line."""

from __future__ import annotations

import io
import json

import pytest

from tests.app.support import run_page, texts
from tests.cast import at
from tests.integration.alerts.support import look_on
from tracker.cli import parser
from tracker.services.alert_audit import audit
from tracker.store import tables as t
from tracker.ui import cache

DAY = "2027-03-31"  # Wednesday


@pytest.fixture(autouse=True)
def _environment_desk():
    yield
    cache.give_desk(None)


@pytest.fixture
def wrong(cast):
    """A ledger row was deleted by hand, and the audit has run."""
    look_on(cast, DAY)
    with cast.desk.store.transaction() as conn:
        conn.execute(t.alert.delete().where(t.alert.c.stage == "T-30", t.alert.c.state == "superseded"))
    audit(cast.ctx("system", on=DAY))
    return cast


def test_an_administrator_sees_it_above_every_screen(wrong):
    for page in ("people", "inbox", "health"):
        assert "提醒機制的查核發現" in texts(run_page(wrong, "admin", page))


def test_nobody_else_sees_it(wrong):
    for who in ("officer", "pi", "auditor"):
        assert "提醒機制的查核發現" not in texts(run_page(wrong, who, "inbox"))


def test_the_screen_of_health_names_what_is_missing(wrong):
    page = run_page(wrong, "admin", "health")
    assert not page.exception
    shown = texts(page)
    assert "已到期的提醒階段未記入提醒紀錄" in shown
    assert "30 日前" in shown


def test_where_nothing_is_wrong_it_says_so(cast):
    shown = texts(run_page(cast, "admin", "health"))
    assert "最近一次查核" in shown
    assert "提醒機制的查核發現" not in shown


def test_the_command_ends_with_a_status_that_a_script_can_see(cast, monkeypatch):
    home = cast.desk.settings.home
    home.mkdir(exist_ok=True)
    (home / "home.json").write_text(json.dumps({"kind": "demo", "demo_day": DAY}))
    monkeypatch.setenv("TRACKER_HOME", str(home))
    monkeypatch.setenv("TRACKER_DATABASE_URL", cast.desk.store.url.render_as_string(hide_password=False))

    def run(*words: str) -> tuple[int, dict]:
        out = io.StringIO()
        args = parser(("tracker.cli_alerts",)).parse_args(["alerts", "audit", *words])
        return args.run(args, out, io.StringIO()), json.loads(out.getvalue())

    look_on(cast, DAY)
    with cast.desk.store.transaction() as conn:
        conn.execute(t.outbox.update().values(available_at=at(DAY, "23:00")))
    status, found = run("--json")
    assert (status, found["found"]) == (0, [])
    with cast.desk.store.transaction() as conn:
        conn.execute(t.outbox.update().values(available_at=at("2027-03-01")))
    status, found = run("--json")
    assert status == 1
    assert [one["kind"] for one in found["found"]] == ["late"]
