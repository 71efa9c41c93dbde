"""The course of a condition: every step once, however often and however late anybody looks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.signals import Course, Step, furthest, only_office, rank, reached

BEGINS = date(2026, 9, 1)  # a Tuesday
COURSE = Course((Step(0, ("pi",)), Step(7, ("pi", "officer")), Step(14, ("chief",), urgent=True)))


@pytest.mark.parametrize(
    ("today", "recorded", "raised", "superseded"),
    [
        (date(2026, 8, 31), (), None, ()),  # Monday, the day before
        (date(2026, 9, 1), (), "+0", ()),  # Tuesday
        (date(2026, 9, 7), ("+0",), None, ()),  # Monday
        (date(2026, 9, 8), ("+0",), "+7", ()),  # Tuesday
        (date(2026, 9, 30), (), "+14", ("+0", "+7")),  # Wednesday: nobody looked for a month
        (date(2026, 9, 30), ("+14",), None, ("+0", "+7")),  # steps that came in behind the one that was told
    ],
)
def test_a_watch_raises_the_furthest_step_and_records_those_it_overtakes(today, recorded, raised, superseded):
    owed = reached(COURSE.steps, BEGINS, recorded, today)
    assert (owed.raised.stage if owed.raised else None) == raised
    assert tuple(step.stage for step in owed.superseded) == superseded


def courses() -> st.SearchStrategy[Course]:
    days = st.lists(st.integers(0, 90), min_size=1, max_size=6, unique=True)
    return days.map(lambda chosen: Course(tuple(Step(day, ("pi",)) for day in chosen)))


def walk(course: Course, looks: list[int]) -> tuple[list[str], list[str]]:
    """What watches on these days (counted from the beginning) raise and supersede."""
    recorded: set[str] = set()
    raised: list[str] = []
    superseded: list[str] = []
    for day in looks:
        owed = reached(course.steps, BEGINS, recorded, BEGINS + timedelta(days=day))
        raised += [owed.raised.stage] if owed.raised else []
        superseded += [step.stage for step in owed.superseded]
        recorded |= {*raised, *superseded}
    return raised, superseded


@given(courses(), st.lists(st.integers(-10, 120), max_size=20).map(sorted))
def test_every_step_is_recorded_once_whatever_the_gaps_between_watches(course, looks):
    raised, superseded = walk(course, [*looks, 130])
    assert sorted([*raised, *superseded], key=rank) == [step.stage for step in course.steps]


@given(courses(), st.lists(st.integers(-10, 120), min_size=1, max_size=20).map(sorted))
def test_watching_twice_on_a_day_raises_nothing_more(course, looks):
    assert walk(course, looks) == walk(course, [day for day in looks for _ in range(3)])


@given(courses(), st.integers(0, 130))
def test_one_late_watch_raises_one_step_the_furthest(course, late):
    raised, superseded = walk(course, [late])
    due = [step.stage for step in course.steps if step.after <= late]
    assert raised == due[-1:]
    assert superseded == due[:-1]


@given(courses(), st.lists(st.integers(-10, 120), max_size=10).map(sorted))
def test_what_was_raised_only_grows(course, looks):
    raised, _ = walk(course, looks)
    assert raised == sorted(raised, key=rank)


def test_the_furthest_stage_counts_days_and_not_letters():
    assert furthest(["+7", "+14", "+0"]) == "+14"


def test_steps_stand_in_the_order_of_their_days():
    assert [step.after for step in Course((Step(7, ("pi",)), Step(0, ("pi",)))).steps] == [0, 7]


@pytest.mark.parametrize("days", [(), (3, 3)])
def test_a_course_has_steps_and_no_two_on_one_day(days):
    with pytest.raises(ValueError, match="a course has steps"):
        Course(tuple(Step(day, ("pi",)) for day in days))


@pytest.mark.parametrize(("after", "tells"), [(-1, ("pi",)), (0, ()), (0, ("minister",))])
def test_a_step_falls_on_a_day_and_tells_somebody(after, tells):
    with pytest.raises(ValueError, match="a step"):
        Step(after, tells)


def test_a_step_for_the_office_alone_is_known():
    assert only_office(Step(0, ("desk", "officer", "chief")))
    assert not only_office(Step(0, ("officer", "pi")))


def test_a_stage_of_another_ledger_is_none():
    with pytest.raises(ValueError, match="no step of a signal"):
        rank("T-7")
