"""Three workers killed at random, outages, a mail server that stalls, refuses and hangs up: nothing is lost, nothing said twice unasked."""

from __future__ import annotations

import sys

import pytest

from tests.cast import at, build_cast, make_desk
from tests.integration.alerts.chaos.server import Weather
from tests.integration.alerts.chaos.storm import Plan, blow
from tracker.store.engine import Store

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="forks its workers")]


@pytest.fixture
def storm(new_database, tmp_path, calendar, registry):
    def run(plan: Plan):
        database = new_database()
        store = Store.open(database)
        cast = build_cast(make_desk(store, tmp_path / "home", calendar, registry, at("2026-09-01")))
        try:
            return blow(cast, database, tmp_path, plan)
        finally:
            store.dispose()

    return run


def test_a_storm_over_workers_and_mail_server_loses_nothing(storm):
    account = storm(Plan(seed=20270331))
    assert account.kills >= 20
    assert account.lost == []
    assert account.ledger_faults == []
    assert (account.unsent, account.strangers) == (0, 0)
    assert account.unasked == 0
    assert account.mishaps["refused"] >= 2


def test_kills_alone_leave_at_most_one_extra_copy_each(storm):
    account = storm(Plan(weather=Weather(answer_after=0.02), seed=7, storm_seconds=3.0))
    assert account.undecidable == 0
    assert (account.lost, account.ledger_faults, account.unsent) == ([], [], 0)
    assert account.extra <= account.kills
