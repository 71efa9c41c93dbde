"""The health page."""

from __future__ import annotations

import pytest

from tests.app.support import run_page, texts
from tests.integration.alerts.support import change, look_on, outbox_rows
from tracker.clock import SystemClock
from tracker.services.heartbeat import RAISES, beat
from tracker.store import tables as t
from tracker.ui import cache


@pytest.fixture(autouse=True)
def _environment_desk():
    yield
    cache.give_desk(None)


def test_a_silent_worker_is_said_first(cast):
    assert "tracker worker" in run_page(cast, "admin", "health").error[0].value


def test_a_worker_that_looks_is_well(cast):
    beat(cast.desk.store, name=RAISES, host="demo-host", at=SystemClock().now())
    page = run_page(cast, "admin", "health")
    assert not page.error
    assert "demo\\-host" in texts(page)
    assert any("每半分鐘" in one.value for one in page.success)


def test_a_look_that_failed_is_named(cast):
    beat(cast.desk.store, name=RAISES, host="demo-host", at=SystemClock().now(), error="Busy")
    page = run_page(cast, "admin", "health")
    assert any("失敗" in warning.value for warning in page.warning)
    assert "Busy" in texts(page)


def test_failed_mails_are_counted(cast):
    look_on(cast, "2027-01-29")
    change(cast, t.outbox, outbox_rows(cast)[0].id, status="failed")
    page = run_page(cast, "admin", "health")
    assert {metric.label: metric.value for metric in page.metric}["失敗"] == "1"
    assert any("信件寄送失敗" in error.value for error in page.error)


@pytest.mark.parametrize("who", ["auditor", "officer", "chief", "pi"])
def test_the_page_does_not_exist_for_others(cast, who):
    page = run_page(cast, who, "health")
    assert page.metric == []
    assert "此處查無資料。" in texts(page)
