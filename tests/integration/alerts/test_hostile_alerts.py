"""What somebody with bad luck or bad intent would try: to hear of what is not hers, or to keep others from hearing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from tests.cast import key
from tests.integration.alerts.policies import put
from tests.integration.alerts.support import deliver_on, ledger, look_on, outbox_rows, raised
from tests.integration.services.support_calls import issued
from tracker.domain.alert_policy import Policy, PolicySet
from tracker.notify.transport import LocalOutbox
from tracker.services import mass_holds
from tracker.services.alert_choices import choose_alerts
from tracker.store import tables as t

DAY = "2027-03-30"  # Tuesday: the last safe day of the first interim report


@pytest.mark.parametrize("alone", [True, False])
def test_who_has_left_and_comes_back_some_day_hears_nothing_meanwhile(cast, alone: bool):
    look_on(cast, DAY)
    pi, m = cast.person("pi").id, t.membership
    with cast.desk.store.transaction() as conn:
        hers = {n: v for n, v in conn.execute(select(m).where(m.c.person_id == pi)).first()._mapping.items() if n != "id"}
        conn.execute(update(m).where(m.c.person_id == pi).values(until_on=date(2027, 3, 29)))
        conn.execute(m.insert().values(**{**hers, "from_on": date(2028, 1, 3), "until_on": None}))
        if alone:  # by a mail of its own instead of one with others
            one = conn.execute(select(t.inbox_item.c.alert_id).where(t.inbox_item.c.person_id == pi)).scalars().first()
            conn.execute(update(t.outbox).where(t.outbox.c.person_id == pi).values(sort="one", alert_id=one, payload_json={"role": "pi"}))
    deliver_on(cast, LocalOutbox(), DAY)
    assert {(row.status, row.last_error) for row in outbox_rows(cast) if row.person_id == pi} == {("cancelled", "left")}


CALL = "DEMO-OWN-01/data_call/call-1"


@pytest.mark.parametrize(
    ("stages", "due_on", "first"),
    [
        (("T-7", "due", "+7"), date(2026, 10, 20), "T-7"),  # issued seven weeks before a Tuesday: nothing of its ladder had begun
        (("T-60", "T-30", "+7"), date(2027, 1, 20), "T-60"),  # a Wednesday twenty weeks away
    ],
)
@pytest.mark.parametrize("every", [1, 3])
def test_the_first_stage_of_a_call_is_told_however_long_after_its_issue(cast, stages, due_on: date, first: str, every: int):
    put(cast, PolicySet(Policy(stages=stages)))
    issued(cast, due_on=due_on)  # on Tuesday 2026-09-01
    day = date(2026, 9, 1)
    while day < due_on:
        look_on(cast, day.isoformat())
        day += timedelta(days=every)
    assert ledger(cast, CALL)[:2] == [("issued", "raised"), (first, "raised")]


def test_on_the_day_of_its_issue_nobody_is_told_of_a_call_twice(cast):
    issued(cast, on="2026-09-01", due_on=date(2026, 9, 8))  # a Tuesday: T-7 is the day of the issue
    for day in range(1, 8):
        look_on(cast, f"2026-09-{day:02}")
    assert raised(cast, CALL) == ["issued", "T-1"]


def at_once(*acts) -> list[str]:
    """How these end that begin at the same moment: `done`, or the name of what they raise."""
    begin = threading.Barrier(len(acts))

    def run(act) -> str:
        begin.wait(timeout=30)
        try:
            act()
        except Exception as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def test_of_two_windows_that_choose_for_the_first_time_the_second_is_told_so(cast):
    def choose(hour: int):
        values = {"digest": True, "digest_hour": hour, "quiet_from": 20, "quiet_until": 8, "rest_on_days_off": False}
        return lambda: choose_alerts(cast.ctx("pi"), **values, time_zone="Asia/Taipei", expected_version=0, key=key())

    assert at_once(*map(choose, range(9, 15))) == ["Stale"] * 5 + ["done"]


def test_two_administrators_set_the_brake_at_the_same_moment(cast):
    acts = [lambda n=n: mass_holds.set_thresholds(cast.ctx("admin"), share=n, least=n, key=key()) for n in range(10, 16)]
    assert at_once(*acts) == ["done"] * 6
    found = mass_holds.limits(cast.ctx("admin"))
    assert found.share == found.least
