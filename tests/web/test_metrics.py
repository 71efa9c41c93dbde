"""Who may read the numbers, and that they are numbers and nothing about anybody."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from tests.integration.alerts.support import deliver_on, look_on
from tests.web.conftest import World
from tests.web.test_sign_in import signed_in
from tracker.notify.transport import LocalOutbox
from tracker.services.heartbeat import RAISES, beat
from tracker.services.metrics import read_metrics
from tracker.web.metrics import as_text

SAMPLE = re.compile(r'milepost_[a-z_]+(\{[a-z]+="[a-z_-]+"(,[a-z]+="[a-z_]+")*\})? -?[0-9.e+]+')


def asked(world: World, host: str = "127.0.0.1", **headers: str) -> int:
    client = TestClient(world.app, base_url="http://127.0.0.1:8501", follow_redirects=False, client=(host, 4000))
    return client.get("/metrics", headers=headers).status_code


def with_token(world: World, monkeypatch) -> None:
    monkeypatch.setitem(world.desk.__dict__, "settings", replace(world.desk.settings, metrics_token="a-long-token"))


def test_this_machine_may_read_and_nobody_else(world: World):
    assert [asked(world, host) for host in ("127.0.0.1", "::1", "192.0.2.7", "testclient")] == [200, 200, 404, 404]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_what_a_proxy_on_this_machine_passes_on_does_not_count_as_this_machine(world: World, header: str):
    assert asked(world, **{header: "192.0.2.7"}) == 404


@pytest.mark.parametrize("name", ["milepost.example.org", "127.0.0.1.example.org", "localhost@milepost.example.org", ""])
def test_a_proxy_that_says_nothing_but_our_public_name_does_not_count_as_this_machine(world: World, name: str):
    assert asked(world, Host=name) == 404
    assert asked(world, Host="localhost:8501") == 200


def test_being_signed_in_opens_nothing(world: World):
    assert signed_in(world, "admin").get("/metrics").status_code == 404


def test_with_a_token_only_the_token_counts(world: World, monkeypatch):
    with_token(world, monkeypatch)
    assert asked(world, "192.0.2.7", Authorization="Bearer a-long-token") == 200
    assert asked(world, "127.0.0.1") == 404
    for wrong in ("Bearer a-long-tokem", "Bearer ", "Basic a-long-token", "a-long-token", "Bearer a-long-token-and-more"):
        assert asked(world, Authorization=wrong) == 404


def test_the_text_is_samples_with_help_and_type_and_no_word_of_anybody(cast):
    look_on(cast, "2027-03-31")
    deliver_on(cast, LocalOutbox(), "2027-03-31", "09:00")
    ctx = cast.ctx("system", on="2027-03-31", clock="09:01")
    beat(cast.desk.store, name=RAISES, host="machine", at=ctx.now, counts={"raised": 3})
    text = as_text(read_metrics(ctx, wall=ctx.now))
    samples = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(SAMPLE.fullmatch(line) for line in samples)
    assert 'milepost_outbox_messages{state="pending"} 0' in samples
    assert 'milepost_job_last_ok_age_seconds{job="worker"} 0' in samples
    assert 'milepost_job_last_counts{job="worker",what="raised"} 3' in samples
    assert "milepost_outbox_oldest_waiting_seconds 0" in samples
    names = {line.split("{")[0].split(" ")[0] for line in samples}
    assert {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")} == names
    assert not [word for word in ("@", "invalid", "DEMO", "示範", "machine") if word in text]


def test_what_waits_too_long_can_be_seen(cast):
    look_on(cast, "2027-03-31")
    ctx = cast.ctx("system", on="2027-03-31", clock="10:00")
    found = read_metrics(ctx, wall=ctx.now)
    assert found.oldest_waiting == 2 * 3600
    assert found.outbox["pending"] > 0
    assert found.jobs["worker"].age is None
