"""The alert ladder: on which day each stage falls, and what a look owes however late it comes."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.alert_policy import Policy, PolicySet, goes_to
from tracker.domain.ladder import (
    ISSUED,
    STAGES,
    earliest_look,
    is_step,
    next_look,
    nudge_on,
    nudged_on,
    overtakes,
    rank,
    reached,
    runs,
    thresholds,
)

FULL = Policy()

# Backward: two months before 2027-05-31 is Wednesday 2027-03-31; the strict reading is Tuesday 2027-03-30.
FILE_BY, DUE = date(2027, 3, 30), date(2027, 3, 31)
TABLE = [
    ("T-60", date(2027, 1, 29), "Friday"),
    ("T-30", date(2027, 2, 28), "Sunday"),
    ("T-14", date(2027, 3, 16), "Tuesday"),
    ("T-7", date(2027, 3, 23), "Tuesday"),
    ("T-1", date(2027, 3, 29), "Monday"),
    ("file_by", date(2027, 3, 30), "Tuesday"),
    ("due", date(2027, 3, 31), "Wednesday"),
    ("+1", date(2027, 4, 1), "Thursday"),
    ("+7", date(2027, 4, 7), "Wednesday"),
    ("+14", date(2027, 4, 14), "Wednesday"),
]


@pytest.mark.parametrize(("stage", "day", "weekday"), TABLE)
def test_stages_before_count_back_from_the_safe_day_and_stages_after_from_the_legal_day(stage, day, weekday):
    assert f"{day:%A}" == weekday
    assert {t.stage: t.on for t in thresholds(FULL, FILE_BY, DUE)}[stage] == day


def test_what_has_no_date_has_no_stage():
    assert thresholds(FULL, None, None) == ()
    assert next_look(thresholds(FULL, None, None), ()) is None


def test_a_notice_that_is_no_duty_is_never_due_and_never_overdue():
    stages = [t.stage for t in thresholds(FULL, FILE_BY, DUE, duty=False)]
    assert stages == ["T-60", "T-30", "T-14", "T-7", "T-1", "file_by"]


def test_a_notice_whose_safe_day_is_its_day_has_no_stage_on_it():
    stages = [t.stage for t in thresholds(FULL, DUE, DUE, duty=False)]
    assert stages == ["T-60", "T-30", "T-14", "T-7", "T-1"]


def test_two_stages_of_one_day_merge_into_the_later_one():
    owed = reached(thresholds(FULL, DUE, DUE), STAGES[:5], DUE)
    assert owed.raised.stage == "due"
    assert [t.stage for t in owed.superseded] == ["file_by"]


@pytest.mark.parametrize(
    ("today", "raised", "superseded"),
    [
        (date(2027, 1, 28), None, []),  # Thursday, the day before T-60
        (date(2027, 1, 29), "T-60", []),  # Friday
        (date(2027, 3, 15), "T-30", ["T-60"]),  # Monday, the day before T-14
        (date(2027, 3, 16), "T-14", ["T-60", "T-30"]),  # Tuesday
        (date(2027, 4, 20), "+14", list(STAGES[:-1])),  # Tuesday, long after
    ],
)
def test_a_late_first_look_raises_the_last_stage_reached(today, raised, superseded):
    owed = reached(thresholds(FULL, FILE_BY, DUE), (), today)
    assert (owed.raised and owed.raised.stage) == raised
    assert [t.stage for t in owed.superseded] == superseded


def test_stages_that_fell_before_the_project_was_entered_are_never_raised():
    steps = thresholds(FULL, FILE_BY, DUE)
    the_day_after_t_14 = date(2027, 3, 17)
    owed = reached(steps, (), the_day_after_t_14, mailed_from=the_day_after_t_14)
    assert owed.raised is None
    assert [t.stage for t in owed.superseded] == ["T-60", "T-30", "T-14"]


def test_a_stage_on_the_very_day_of_entry_is_raised():
    owed = reached(thresholds(FULL, FILE_BY, DUE), (), date(2027, 3, 16), mailed_from=date(2027, 3, 16))
    assert owed.raised.stage == "T-14"


def test_a_stage_switched_on_behind_a_recorded_one_is_superseded():
    owed = reached(thresholds(FULL, FILE_BY, DUE), {"T-60", "T-30", "T-7"}, date(2027, 3, 24))
    assert owed.raised is None
    assert [t.stage for t in owed.superseded] == ["T-14"]


def test_a_safe_day_after_the_legal_day_cannot_put_the_ladder_out_of_order():
    days = [t.on for t in thresholds(FULL, DUE + timedelta(days=5), DUE)]
    assert days == sorted(days)


@pytest.mark.parametrize(
    ("stage", "confidence", "roles"),
    [
        ("T-60", "stated", {"pi", "assistant"}),
        ("+1", "stated", {"pi", "assistant"}),
        ("+7", "stated", {"pi", "assistant", "officer"}),
        ("+14", "stated", {"pi", "assistant", "officer", "chief"}),
        ("+7", "assumed", {"pi", "assistant", "officer"}),
        ("+14", "assumed", {"pi", "assistant", "officer"}),
    ],
)
def test_alerts_climb_to_officer_and_chief_but_an_assumed_date_stops_at_the_officer(stage, confidence, roles):
    assert goes_to(FULL, stage, confidence) == roles


@pytest.mark.parametrize(
    ("status", "discharged_by", "discharged_on", "expected"),
    [
        ("open", "milepost", None, True),
        ("submitted", "milepost", None, False),
        ("returned", "milepost", None, False),
        ("accepted", "milepost", None, False),
        ("waived", "milepost", None, False),
        ("closed", "milepost", None, False),
        ("open", "external", None, True),
        ("submitted", "external", None, True),
        ("accepted", "external", None, True),
        ("accepted", "external", date(2027, 4, 1), False),
        ("waived", "external", None, False),
        ("closed", "external", None, False),
    ],
)
def test_the_ladder_ends_when_the_duty_is_discharged(status, discharged_by, discharged_on, expected):
    assert runs(status, discharged_by, discharged_on) is expected


def test_an_unknown_stage_is_refused():
    with pytest.raises(ValueError, match="T-3"):
        Policy(("T-3",))


def test_a_ladder_survives_being_stored():
    ladders = PolicySet(Policy.in_short(("+1", "T-7"), "due", None), {"reply": Policy.in_short(("due",), "due", None)})
    assert PolicySet.from_dict(ladders.as_dict()) == ladders
    assert ladders.of("reply").stages == ("due",)
    assert ladders.of("final_report").stages == ("T-7", "+1")


# --- Laws ------------------------------------------------------------------------------------------------------------

dues = st.dates(date(2020, 1, 1), date(2040, 12, 31))
gaps = st.integers(0, 20).map(lambda days: timedelta(days=days))
ladders = st.sets(st.sampled_from(STAGES)).map(lambda chosen: Policy(tuple(chosen)))
looks = st.lists(st.integers(-90, 40), min_size=1, max_size=30)


def _walk(steps, days, mailed_from=None):
    recorded, raised = [], []
    for day in days:
        owed = reached(steps, recorded, day, mailed_from)
        recorded += [t.stage for t in owed.superseded] + ([owed.raised.stage] if owed.raised else [])
        raised += [owed.raised.stage] if owed.raised else []
    return recorded, raised


@given(dues, gaps, ladders, looks)
def test_any_looks_record_each_reached_stage_once_and_nothing_else(due, gap, ladder, offsets):
    steps = thresholds(ladder, due - gap, due)
    days = sorted(due + timedelta(days=n) for n in offsets)
    recorded, raised = _walk(steps, days)
    assert sorted(recorded, key=rank) == [t.stage for t in steps if t.on <= days[-1]]
    assert len(recorded) == len(set(recorded))
    assert raised == sorted(raised, key=rank)


@given(dues, gaps, ladders, looks)
def test_a_second_look_on_the_same_day_owes_nothing(due, gap, ladder, offsets):
    steps = thresholds(ladder, due - gap, due)
    days = sorted(due + timedelta(days=n) for n in offsets)
    assert _walk(steps, days) == _walk(steps, [day for day in days for _ in range(3)])


@given(dues, gaps, ladders, looks)
def test_a_look_on_the_announced_day_misses_nothing(due, gap, ladder, offsets):
    steps = thresholds(ladder, due - gap, due)
    recorded, _ = _walk(steps, sorted(due + timedelta(days=n) for n in offsets))
    ahead = next_look(steps, recorded)
    if ahead is None:
        assert len(recorded) == len(steps)
    else:
        assert reached(steps, recorded, ahead - timedelta(days=1)).raised is None
        assert reached(steps, recorded, ahead).raised is not None


@given(dues, gaps, st.integers(-90, 40), looks)
def test_nothing_that_fell_before_the_entry_is_raised(due, gap, entered, offsets):
    steps = thresholds(FULL, due - gap, due)
    entry = due + timedelta(days=entered)
    _, raised = _walk(steps, sorted(due + timedelta(days=n) for n in offsets), entry)
    day_of = {t.stage: t.on for t in steps}
    assert all(day_of[stage] >= entry for stage in raised)


@given(dues, gaps, ladders)
def test_no_ladder_begins_before_the_earliest_look(due, gap, ladder):
    first = next_look(thresholds(ladder, due - gap, due), ())
    assert first is None or first >= earliest_look(due - gap, due)


NUDGE, NEXT_NUDGE = nudge_on(date(2027, 3, 16)), nudge_on(date(2027, 3, 17))


@pytest.mark.parametrize(
    ("later", "earlier", "says_more"),
    [
        ("+7", "+1", True),
        ("T-14", "T-14", False),
        ("T-60", ISSUED, True),
        (ISSUED, "T-60", False),
        (NUDGE, ISSUED, True),
        (NEXT_NUDGE, NUDGE, True),
        (NUDGE, NEXT_NUDGE, False),
        (NUDGE, "T-14", False),
        ("+14", NUDGE, False),
        (ISSUED, NUDGE, False),
    ],
)
def test_a_reminder_by_hand_and_the_ladder_do_not_overtake_each_other(later, earlier, says_more):
    assert overtakes(later, earlier) is says_more


def test_what_the_office_gives_by_hand_is_no_step_and_goes_to_the_project_alone():
    assert nudged_on(NUDGE) == date(2027, 3, 16)
    assert [is_step(stage) for stage in (NUDGE, ISSUED, "+14")] == [False, False, True]
    assert goes_to(FULL, NUDGE, "stated") == goes_to(FULL, ISSUED, "stated") == goes_to(FULL, "T-60", "stated")
    assert sorted([NUDGE, "+14", ISSUED, "T-60"], key=rank) == [ISSUED, "T-60", "+14", NUDGE]
