"""The brake on signals: a mass is stopped before anybody is told, an administrator decides, nothing is lost and nothing told twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.cast import Cast, key
from tests.integration.services.test_signals import UNTOUCHED, ledger, one, told
from tracker.services import signal_conditions
from tracker.services.alerts import look as look_at_dates
from tracker.services.mass_holds import drop, hold_list, release, set_thresholds, waiting_holds
from tracker.services.notices import notice_list
from tracker.services.signals import WatchResult, watch
from tracker.store import tables as t


@pytest.fixture
def matter(monkeypatch):
    """Five matters of a condition that hold at once."""
    held = {}
    find = lambda survey: [one for one in held.values() if survey.project_id in (None, one.project_id)]  # noqa: E731
    monkeypatch.setattr(signal_conditions, "_REGISTRY", {UNTOUCHED: find})
    return held


@pytest.fixture
def mass(cast, matter) -> Cast:
    set_thresholds(cast.ctx("admin", on="2026-06-01"), share=50, least=5, key=key())
    fill(cast, matter, 5)
    return cast


def fill(cast: Cast, matter, number: int, begins: str = "2026-09-01") -> None:
    for n in range(number):
        matter[f"{begins}-{n}"] = replace(one(cast, begins), subject=f"thing:{begins}:{n}")


def look(cast: Cast, on: str, clock: str = "09:00", **more) -> WatchResult:
    return watch(cast.ctx("system", on=on, clock=clock), **more)


def decide(cast: Cast, act, on: str = "2026-09-01") -> None:
    hold = hold_list(cast.ctx("admin", on=on))[0]
    act(cast.ctx("admin", on=on, clock="10:00"), hold_id=hold.id, reason="已確認", expected_version=hold.version, key=key())


def test_a_mass_is_stopped_before_anything_is_written_and_the_administrators_are_told_once(mass):
    assert look(mass, "2026-09-01") == WatchResult(held=5)  # Tuesday
    assert look(mass, "2026-09-01", "09:30") == WatchResult(held=5)
    assert ledger(mass, UNTOUCHED) == []
    assert told(mass, UNTOUCHED) == []
    (hold,) = hold_list(mass.ctx("admin", on="2026-09-01"))
    assert (hold.about, hold.why, hold.owed, hold.among) == ("signals", "mass", 5, 2)
    assert [(part.code, part.stage, part.number) for part in hold.parts] == [("demo-sister-ai", UNTOUCHED, 5)]
    assert waiting_holds(mass.ctx("admin", on="2026-09-01")) == [hold.id]
    (notice,) = notice_list(mass.ctx("admin", on="2026-09-01"))
    assert notice.text.kind == "mass_held"


def test_let_go_each_is_told_once_and_the_brake_weighs_anew_afterwards(mass, matter):
    look(mass, "2026-09-01")
    decide(mass, release)
    assert look(mass, "2026-09-01", "10:30").raised == 5
    assert len(told(mass, UNTOUCHED)) == 15
    assert look(mass, "2026-09-01", "11:00") == WatchResult()
    fill(mass, matter, 6, "2026-09-02")
    assert look(mass, "2026-09-02").held == 6, "another mass is another decision"


def test_dropped_nobody_is_told_of_that_step_and_the_next_one_comes(mass):
    look(mass, "2026-09-01")
    decide(mass, drop)
    assert look(mass, "2026-09-01", "10:30") == WatchResult(superseded=5, held=5)
    assert told(mass, UNTOUCHED) == []
    assert look(mass, "2026-09-07") == WatchResult()
    set_thresholds(mass.ctx("admin", on="2026-09-07"), share=100, least=5, key=key())
    assert look(mass, "2026-09-08").raised == 5, "a week on, the step of that day"


def test_what_came_up_after_the_brake_was_pulled_is_not_dropped_with_the_rest(mass, matter):
    look(mass, "2026-09-01")
    decide(mass, drop)
    fill(mass, matter, 1, "2026-09-02")
    assert look(mass, "2026-09-02").raised == 1


def test_a_mistake_that_is_taken_back_ends_the_hold_by_itself(mass, matter):
    look(mass, "2026-09-01")
    for name in list(matter)[1:]:
        del matter[name]
    assert look(mass, "2026-09-01", "09:30").raised == 1, "and what is really so is told"
    (hold,) = hold_list(mass.ctx("admin", on="2026-09-01"))
    assert (hold.decision, hold.decided_by) == ("released", "")
    assert waiting_holds(mass.ctx("admin", on="2026-09-01")) == []


def test_what_is_open_is_settled_while_the_brake_is_pulled(mass, matter):
    first = dict(matter)
    for name in list(matter)[1:]:
        del matter[name]
    look(mass, "2026-09-01")
    matter.clear()
    matter.update({f"b{n}": replace(one(mass, "2026-09-02"), subject=f"other:{n}") for n in range(len(first))})
    assert look(mass, "2026-09-02") == WatchResult(settled=1, held=5)


def test_a_clock_that_jumped_tells_nobody_and_set_back_leaves_no_trace(cast, matter):
    fill(cast, matter, 1, "2026-12-01")
    matter_now = dict(matter)
    assert look(cast, "2026-12-20", jumped=True) == WatchResult(held=1)
    (hold,) = hold_list(cast.ctx("admin", on="2026-12-20"))
    assert (hold.about, hold.why) == ("signals", "clock")
    matter.clear()
    assert look(cast, "2026-09-01") == WatchResult(), "the clock was set right; nothing is wrong yet"
    assert hold_list(cast.ctx("admin", on="2026-09-01"))[0].decision == "released"
    matter.update(matter_now)
    assert look(cast, "2026-12-01").raised == 1, "told on its own day"


def test_setting_the_clock_right_is_no_jump_of_its_own(cast, matter):
    fill(cast, matter, 1)
    look(cast, "2026-12-20", jumped=True)
    assert look(cast, "2026-09-01", jumped=True).raised == 1


def test_a_clock_that_was_right_after_all_is_let_go(cast, matter):
    fill(cast, matter, 1)
    look(cast, "2026-09-01", jumped=True)
    assert look(cast, "2026-09-02").held == 1, "nobody has decided"
    decide(cast, release, "2026-09-02")
    assert look(cast, "2026-09-02", "10:30").raised == 1


def test_far_more_than_was_let_go_is_asked_for_anew(mass, matter):
    look(mass, "2026-09-01")
    decide(mass, release)
    fill(mass, matter, 20, "2026-08-31")
    assert look(mass, "2026-09-01", "10:30").held == 25
    assert len(hold_list(mass.ctx("admin", on="2026-09-01"))) == 2


def test_the_hold_of_signals_is_none_for_the_reminders_of_dates(mass):
    look(mass, "2026-09-01")
    assert look_at_dates(mass.ctx("system", on="2026-09-01", clock="09:10")).raised >= 0
    with mass.desk.store.read() as conn:
        assert conn.execute(t.outbox.select().where(t.outbox.c.status == "held")).all() == []
    assert hold_list(mass.ctx("admin", on="2026-09-01"))[0].decision == ""


def test_two_workers_pull_one_brake(mass):
    ctx = mass.ctx("system", on="2026-09-01")
    assert [watch(ctx).held, watch(ctx).held] == [5, 5]
    assert len(hold_list(mass.ctx("admin", on="2026-09-01"))) == 1


def test_where_mass_is_meant_the_brake_is_not_asked(mass):
    assert look(mass, "2026-09-01", brake=False).raised == 5
    assert date(2026, 9, 1).weekday() == 1
