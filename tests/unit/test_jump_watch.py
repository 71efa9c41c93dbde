"""A clock that was set is told from time that went by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tracker.clock import JumpWatch, SystemClock


class Machine:
    """A machine whose clock and whose running time are moved by hand."""

    def __init__(self) -> None:
        self.at, self.ran = datetime(2027, 3, 30, 1, 0, tzinfo=UTC), 0.0  # a Tuesday

    def now(self) -> datetime:
        return self.at

    def pass_by(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.ran += seconds


@pytest.fixture
def machine():
    return Machine()


def watch(machine) -> JumpWatch:
    made = JumpWatch(machine, elapsed=lambda: machine.ran)
    assert made.jumped() is False
    return made


@pytest.mark.parametrize("days", [0.0003, 2, 400])
def test_time_that_goes_by_is_no_jump(machine, days):
    seen = watch(machine)
    machine.pass_by(days * 86_400)
    assert seen.jumped() is False


@pytest.mark.parametrize(("hours", "jumped"), [(1, False), (-1, False), (24, False), (25, True), (-25, True), (24 * 40, True)])
def test_a_clock_that_is_set_by_more_than_a_day_has_jumped(machine, hours, jumped):
    seen = watch(machine)
    machine.pass_by(30)
    machine.at += timedelta(hours=hours)
    assert seen.jumped() is jumped


def test_a_jump_is_told_once(machine):
    seen = watch(machine)
    machine.at += timedelta(days=3)
    machine.pass_by(30)
    assert seen.jumped() is True
    machine.pass_by(30)
    assert seen.jumped() is False


def test_the_machines_own_clocks_agree():
    seen = JumpWatch(SystemClock())
    assert [seen.jumped(), seen.jumped()] == [False, False]
