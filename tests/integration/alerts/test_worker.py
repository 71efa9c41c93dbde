"""The worker as a process and a command, its signs of life, and the list that scripts read."""

from __future__ import annotations

import io
import json
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from tests.cast import at
from tests.integration.alerts.support import desk_on, look_on, outbox_rows
from tracker import cli_alerts, worker
from tracker.cli import parser
from tracker.clock import SystemClock
from tracker.notify.transport import LocalOutbox, SmtpTransport
from tracker.services import errors
from tracker.services.alerts import look
from tracker.services.heartbeat import RAISES, STALE_AFTER, beat, health
from tracker.services.signals import WatchResult

DAY = "2027-01-29"
IDLE = 20  # statements of a look that finds nothing to say, on either engine
KEYS = ["obligation", "kind", "project", "stage", "due_on", "state", "raised_at", "recipients"]


@pytest.fixture
def run(cast, monkeypatch):
    """Run a command on the cast's installation: (exit status, what it printed, what it complained)."""

    def command(*words, kind="demo", environ=()):
        home = cast.desk.settings.home
        home.mkdir(exist_ok=True)
        (home / "home.json").write_text(json.dumps({"kind": kind, "demo_day": DAY}))
        monkeypatch.setenv("TRACKER_HOME", str(home))
        monkeypatch.setenv("TRACKER_LANGUAGE", "en")
        url = cast.desk.store.url.render_as_string(hide_password=False)
        monkeypatch.setenv("TRACKER_DATABASE_URL", url)
        out, err = io.StringIO(), io.StringIO()
        args = parser(("tracker.cli_alerts",)).parse_args(words)
        return args.run(args, out, err), out.getvalue(), err.getvalue()

    return command


def test_one_look_and_one_delivery_by_command(cast, run):
    status, out, _ = run("worker", "--once", "--now", DAY, "--json")
    counts = json.loads(out)
    assert status == 0
    assert counts["raised"] > 0
    assert counts["sent"] == len(outbox_rows(cast, "sent")) == len(outbox_rows(cast))
    again = json.loads(run("worker", "--once", "--now", f"{DAY}T21:00:00+08:00", "--json")[1])
    assert set(again.values()) == {0}


@pytest.mark.parametrize("when", [DAY, "116-01-29", f"{DAY}T09:00:00+08:00", f"{DAY}T01:00:00+00:00"])
def test_a_demo_takes_a_day_or_an_instant_for_now(cast, run, when):
    assert run("worker", "--once", "--now", when)[0] == 0
    assert outbox_rows(cast, "sent") != []


@pytest.mark.parametrize("when", ["tomorrow", f"{DAY}T09:00:00", "2027-02-30"])
def test_a_time_that_cannot_be_read_is_wrong_usage(run, when):
    status, _, complaint = run("worker", "--once", "--now", when)
    assert status == 2
    assert when in complaint


def test_another_time_is_refused_on_a_real_home(cast, run):
    status, _, complaint = run("worker", "--once", "--now", DAY, kind="real")
    assert status == 2
    assert "--now" in complaint
    assert outbox_rows(cast) == []


def test_a_demo_never_sends_a_real_mail(cast):
    with_smtp = replace(cast.desk.settings, smtp_url="smtp://127.0.0.1:1")
    with_smtp.home.mkdir(exist_ok=True)
    real = replace(cast.desk, settings=with_smtp)
    assert isinstance(worker.transport_for(real), SmtpTransport)
    with_smtp.home_file.write_text('{"kind": "demo"}')
    assert isinstance(worker.transport_for(real), LocalOutbox)


def test_the_list_for_scripts_has_exactly_these_keys_in_a_fixed_order(cast, run):
    look_on(cast, "2027-04-14")
    status, out, _ = run("alerts", "list", "--json")
    rows = json.loads(out)
    assert status == 0
    assert all(list(row) == KEYS for row in rows)
    interim = [row for row in rows if row["obligation"] == "DEMO-OWN-01/interim_report/Y1"]
    assert [row["stage"] for row in interim] == ["T-60", "T-30", "T-14", "T-7", "T-1", "file_by", "due", "+1", "+7", "+14"]
    assert interim[-1] == {
        "obligation": "DEMO-OWN-01/interim_report/Y1",
        "kind": "interim_report",
        "project": "DEMO-OWN-01",
        "stage": "+14",
        "due_on": "2027-03-31",
        "state": "raised",
        "raised_at": "2027-04-13T16:05:00.000000Z",
        "recipients": [
            "assistant@own.invalid", "chief@office.invalid", "company-pi@own.invalid", "officer@office.invalid", "pi@own.invalid",
        ],
    }  # fmt: skip
    assert {(row["state"], tuple(row["recipients"])) for row in interim[:-1]} == {("superseded", ())}
    assert run("alerts", "list", "--json")[1] == out


def test_the_list_can_be_narrowed(cast, run):
    look_on(cast, "2027-04-14")
    rows = json.loads(run("alerts", "list", "--json", "--project", "DEMO-OWN-01", "--state", "raised")[1])
    assert {(row["project"], row["state"]) for row in rows} == {("DEMO-OWN-01", "raised")}
    assert json.loads(run("alerts", "list", "--json", "--project", "nobody")[1]) == []
    assert "116-03-31 (2027-03-31)" in run("alerts", "list")[1]


def test_the_worker_looks_at_once_and_stops_when_asked(cast):
    desk, stop = desk_on(cast, DAY), threading.Event()
    thread = threading.Thread(target=worker.run_worker, args=(desk, stop, LocalOutbox()))
    thread.start()
    end = time.monotonic() + 60
    while not outbox_rows(cast, "pending") + outbox_rows(cast, "sent") and time.monotonic() < end:
        time.sleep(0.02)
    stop.set()
    thread.join(60)
    assert not thread.is_alive()
    assert outbox_rows(cast) != []
    assert health(cast.ctx("admin"), wall=SystemClock().now()).worker_is_alive


def test_a_look_that_fails_is_seen_on_the_health_page_and_the_next_one_goes_on(cast, monkeypatch):
    jobs = worker.Jobs(desk_on(cast, DAY), threading.Event(), LocalOutbox())

    def broken(*_, **__):
        raise OSError("no disk")

    monkeypatch.setattr(worker, "look", broken)
    jobs.look()
    pulse = health(cast.ctx("admin"), wall=SystemClock().now()).pulses[0]
    assert (pulse.name, pulse.error, pulse.last_ok_at, pulse.is_fresh) == (RAISES, "OSError", None, False)
    monkeypatch.setattr(worker, "look", look)
    jobs.look()
    pulse = health(cast.ctx("admin"), wall=SystemClock().now()).pulses[0]
    assert (pulse.error, pulse.is_fresh) == ("", True)
    assert pulse.counts["raised"] > 0


def test_signals_hear_of_a_clock_that_jumped_before_them_once(cast, monkeypatch):
    jobs, heard = worker.Jobs(desk_on(cast, DAY), threading.Event(), LocalOutbox()), []
    monkeypatch.setattr(jobs._clock, "jumped", lambda: True)

    def listen(ctx, *, stop, jumped):
        heard.append(jumped)
        return WatchResult()

    monkeypatch.setattr(worker, "watch", listen)
    jobs.look()
    monkeypatch.setattr(jobs._clock, "jumped", lambda: False)
    jobs.look()
    jobs.daily()
    jobs._watched = None
    jobs.daily()
    assert heard == [True, False]


def test_a_worker_that_is_silent_for_three_looks_is_not_alive(cast):
    seen = datetime(2027, 1, 29, 1, 0, tzinfo=UTC)
    beat(cast.desk.store, name=RAISES, host="demo", at=seen)
    assert health(cast.ctx("admin"), wall=seen + STALE_AFTER).worker_is_alive
    assert not health(cast.ctx("admin"), wall=seen + STALE_AFTER + timedelta(seconds=1)).worker_is_alive


def test_health_tells_about_mails_and_the_database_to_administrators_only(cast):
    look_on(cast, DAY)
    found = health(cast.ctx("admin"), wall=at(DAY))
    assert found.mails["pending"] == len(outbox_rows(cast))
    assert found.database_bytes > 0
    assert found.remarks == tuple(remark for remark in found.remarks if remark.level in ("warn", "stop"))
    for who in ("auditor", "officer", "chief", "pi"):
        with pytest.raises(errors.Forbidden):
            health(cast.ctx(who), wall=at(DAY))


def test_an_idle_look_asks_few_questions(cast):
    """What it takes is measured by `benchmarks.bench_tick`; here nothing may begin to ask once for each project."""
    look_on(cast, DAY)
    asked = statements_of(cast, lambda: look(cast.ctx("system", on=DAY)))
    assert 0 < len(asked) <= IDLE, asked


def statements_of(cast, action) -> list[str]:
    asked: list[str] = []

    def remember(_conn, _cursor, statement, *_) -> None:
        asked.append(statement)

    event.listen(cast.desk.store.engine, "before_cursor_execute", remember)
    try:
        action()
    finally:
        event.remove(cast.desk.store.engine, "before_cursor_execute", remember)
    return asked


def test_the_command_line_knows_its_verbs():
    assert parser(("tracker.cli_alerts",)).parse_args(["worker", "--once"]).run is cli_alerts.run_worker
