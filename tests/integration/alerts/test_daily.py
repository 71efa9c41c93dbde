"""Work of once a day, the sign of life to the outside, and a timer that survives a clock that is set back."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import select

from tests.cast import at
from tests.integration.alerts.support import desk_on, look_on
from tracker import worker
from tracker.notify.ping import BadPingAddress, checked, ping
from tracker.notify.transport import LocalOutbox
from tracker.services import daily
from tracker.services.alert_audit import audit
from tracker.services.daily import AGAIN_AFTER, do_the_days_work, once_a_day
from tracker.store import tables as t

DAY = "2027-03-31"  # Wednesday
WALL = datetime(2027, 3, 31, 1, 0, tzinfo=UTC)


def once(cast, done: list, day: str = DAY, wall: datetime = WALL, clock: str = "09:00", fails: bool = False):
    def body() -> dict[str, int]:
        done.append(day)
        if fails:
            raise RuntimeError("it failed")
        return {"n": len(done)}

    return once_a_day(cast.ctx("system", on=day, clock=clock), "sample", body, wall=lambda: wall)


def test_a_work_is_done_once_a_civil_day(cast):
    done: list = []
    assert once(cast, done, clock="00:01") == {"n": 1}
    assert once(cast, done, clock="23:59", wall=WALL + timedelta(hours=23)) is None
    assert once(cast, done, day="2027-04-01") == {"n": 2}


def test_a_day_that_nobody_was_there_is_not_made_up_for(cast):
    done: list = []
    once(cast, done)
    once(cast, done, day="2027-04-05")
    assert done == [DAY, "2027-04-05"]


def test_a_claim_of_a_process_that_died_is_free_after_half_an_hour(cast):
    with pytest.raises(RuntimeError):
        once(cast, [], fails=True)
    done: list = []
    assert once(cast, done, wall=WALL + AGAIN_AFTER - timedelta(seconds=1)) is None
    assert once(cast, done, wall=WALL + AGAIN_AFTER) == {"n": 1}


def test_a_clock_that_was_set_back_does_not_keep_a_dead_claim_alive(cast):
    with pytest.raises(RuntimeError):
        once(cast, [], fails=True)
    assert once(cast, [], wall=WALL - timedelta(hours=1)) == {"n": 1}


def test_of_many_who_begin_at_once_one_does_it(cast):
    done: list = []
    gate = threading.Barrier(4)

    def run() -> None:
        gate.wait()
        once(cast, done)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [DAY]


def test_the_audit_is_the_days_work(cast):
    look_on(cast, DAY)
    done = do_the_days_work(cast.ctx("system", on=DAY), wall=lambda: WALL)
    assert done["audit"]["found"] == 0
    assert do_the_days_work(cast.ctx("system", on=DAY), wall=lambda: WALL) == {}


def test_a_work_that_fails_keeps_no_other_from_being_done(cast, monkeypatch):
    def breaks(ctx, stop):
        raise RuntimeError("it failed")

    monkeypatch.setattr(daily, "EVERY_DAY", (daily.Work("breaks", breaks), daily.Work("works", lambda ctx, stop: {"n": 1})))
    assert do_the_days_work(cast.ctx("system", on=DAY), wall=lambda: WALL) == {"works": {"n": 1}}


@contextmanager
def listener(status: int = 200, location: str = ""):
    """An outside address on this machine; what it was asked for is collected."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args):
            """Be silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()


def test_the_outside_is_asked_and_a_redirect_is_not_followed():
    with listener() as (url, asked):
        assert ping(f"{url}/alive") == ""
        assert asked == ["/alive"]
        with listener(302, f"{url}/elsewhere") as (moved, _):
            assert ping(moved) == "302"
        assert asked == ["/alive"]


@pytest.mark.parametrize("url", ["http://example.invalid/x", "ftp://example.invalid/x", "file:///etc/passwd", "", "https://"])
def test_an_address_without_tls_is_no_address_for_a_sign_of_life(url):
    with pytest.raises(BadPingAddress):
        checked(url)
    assert ping(url) == "BadPingAddress"


def test_a_dead_address_is_a_word_and_no_error():
    assert ping("http://127.0.0.1:9/") == "URLError"


def jobs_of(cast, url: str) -> worker.Jobs:
    return worker.Jobs(desk_on(cast, f"{DAY}", ping_url=url), threading.Event(), LocalOutbox())


def test_the_outside_hears_only_of_good_looks_and_deliveries(cast, monkeypatch):
    with listener() as (url, asked):
        jobs = jobs_of(cast, url)
        jobs.ping()
        assert asked == []
        jobs.look()
        jobs.ping()
        assert asked == []
        jobs.deliver()
        jobs.ping()
        assert asked == ["/"]

        def fails(*_args, **_kwargs):
            raise RuntimeError("no database")

        monkeypatch.setattr(worker, "look", fails)
        jobs.look()
        jobs.ping()
        assert asked == ["/"]


def test_the_outside_hears_nothing_while_a_finding_is_open(cast):
    with listener() as (url, asked):
        jobs = jobs_of(cast, url)
        jobs.look()
        jobs.deliver()
        with cast.desk.store.transaction() as conn:
            conn.execute(t.outbox.update().values(status="pending", available_at=at("2027-03-01")))
        audit(cast.ctx("system", on=DAY))
        jobs.ping()
        assert asked == []


def test_the_outside_still_hears_where_only_an_address_is_bad(cast):
    with listener() as (url, asked):
        jobs = jobs_of(cast, url)
        jobs.look()
        jobs.deliver()
        with cast.desk.store.transaction() as conn:
            refused = t.outbox.c.person_id == cast.person("assistant").id  # the others heard of everything
            conn.execute(t.outbox.update().where(refused).values(status="failed"))
        assert {one.kind for one in audit(cast.ctx("system", on=DAY)).found} == {"given_up"}
        jobs.ping()
        assert asked == ["/"]


def test_a_demo_never_asks_the_outside(cast):
    with listener() as (url, asked):
        jobs = jobs_of(cast, url)
        jobs.look()
        jobs.deliver()
        settings = jobs._desk.settings
        settings.home.mkdir(exist_ok=True)
        settings.home_file.write_text('{"kind": "demo", "demo_day": "2027-03-31"}')
        jobs.ping()
        assert asked == []


def test_an_outside_that_is_away_disturbs_nothing(cast):
    jobs = jobs_of(cast, "http://127.0.0.1:9/")
    jobs.look()
    jobs.deliver()
    jobs.ping()
    assert jobs._pinged_badly == "URLError"


def test_the_daily_work_waits_for_the_first_good_look_and_leaves_a_sign_of_life(cast):
    jobs = jobs_of(cast, "")
    jobs.daily()
    jobs.look()
    jobs.daily()
    with cast.desk.store.read() as conn:
        beats = dict(conn.execute(select(t.heartbeat.c.name, t.heartbeat.c.last_error)).all())
        days = conn.execute(select(t.daily_run.c.name, t.daily_run.c.ended_at)).all()
    assert beats == {"worker": "", "daily": ""}
    assert [(row.name, row.ended_at is not None) for row in days] == [("audit", True)]


def test_a_clock_that_is_set_back_an_hour_does_not_stop_the_timer():
    ran = threading.Event()
    scheduler = BackgroundScheduler()
    later = datetime.now(UTC) + timedelta(hours=1)
    scheduler.add_job(ran.set, "interval", minutes=10, id="look", next_run_time=later)
    soon = scheduler.add_job(lambda: None, "interval", minutes=10, id="deliver", next_run_time=datetime.now(UTC) + timedelta(minutes=9))
    scheduler.start()
    try:
        before = soon.next_run_time
        worker.catch_up(scheduler, datetime.now(UTC))
        assert ran.wait(60)
        assert soon.next_run_time == before
    finally:
        scheduler.shutdown()


def test_settings_of_the_outside_are_never_printed(cast):
    shown = repr(replace(cast.desk.settings, ping_url="https://ping.example.invalid/SECRET", metrics_token="SECRET"))
    assert "SECRET" not in shown
