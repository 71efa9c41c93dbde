"""The policy of alerts: who is told, from which stage on, and on which working day a grace ends."""

from datetime import date, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain import ladder
from tracker.domain.alert_policy import (
    OFFICE,
    USUAL_LEVELS,
    Level,
    Policy,
    PolicySet,
    after_working_days,
    all_steps,
    goes_to,
    late_levels,
    levels_owed,
    own_steps,
    waiting_on,
)
from tracker.domain.calendars import WorkingCalendar
from tracker.domain.ladder import ROLES, STAGES, Threshold, reached, thresholds
from tracker.domain.policy_faults import faults
from tracker.programmes.calendars import load_calendar

TAIWAN = load_calendar()
ASSISTANT, PI, OFFICER, CHIEF = USUAL_LEVELS


class Told(NamedTuple):
    """A reminder of a walk, and whom it told."""

    on: date
    roles: frozenset[str]


def graced(**graces: int) -> Policy:
    """The usual levels and the institution, with these graces."""
    stage = {"institution": "+1", "officer": "+7", "chief": "+14"}
    return Policy(levels=(ASSISTANT, PI, *(Level(role, stage[role], graces.get(role, 0)) for role in stage)))


# --- The days of a grace ---------------------------------------------------------------------------------------------------------

# 春節 2027: Thursday 4 February to Wednesday 10 February are off; Thursday 11 is worked again.
OVER_NEW_YEAR = [
    (date(2027, 2, 2), "Tuesday", 1, date(2027, 2, 3), "Wednesday"),
    (date(2027, 2, 2), "Tuesday", 2, date(2027, 2, 11), "Thursday"),
    (date(2027, 2, 3), "Wednesday", 1, date(2027, 2, 11), "Thursday"),
    (date(2027, 2, 3), "Wednesday", 2, date(2027, 2, 12), "Friday"),
    (date(2027, 2, 3), "Wednesday", 3, date(2027, 2, 15), "Monday"),
    (date(2027, 2, 10), "Wednesday", 1, date(2027, 2, 11), "Thursday"),
    (date(2027, 2, 11), "Thursday", 1, date(2027, 2, 12), "Friday"),
    (date(2027, 2, 6), "Saturday", 1, date(2027, 2, 11), "Thursday"),
    (date(2027, 2, 3), "Wednesday", 0, date(2027, 2, 3), "Wednesday"),
]


@pytest.mark.parametrize(("due", "weekday", "grace", "told", "told_weekday"), OVER_NEW_YEAR)
def test_a_grace_counts_working_days_over_the_lunar_new_year(due, weekday, grace, told, told_weekday):
    assert (f"{due:%A}", f"{told:%A}") == (weekday, told_weekday)
    assert after_working_days(due, grace, TAIWAN) == told


TYPHOON = WorkingCalendar(
    "test", frozenset(), frozenset(), date(2027, 12, 31), closures={"花蓮縣": frozenset({date(2027, 7, 1), date(2027, 7, 2)})}
)


@pytest.mark.parametrize(
    ("county", "due", "weekday", "told", "told_weekday"),
    [
        ("臺北市", date(2027, 6, 30), "Wednesday", date(2027, 7, 1), "Thursday"),
        ("花蓮縣", date(2027, 6, 29), "Tuesday", date(2027, 6, 30), "Wednesday"),  # the day before the closure
        ("花蓮縣", date(2027, 6, 30), "Wednesday", date(2027, 7, 5), "Monday"),  # Thursday and Friday closed
        ("花蓮縣", date(2027, 7, 1), "Thursday", date(2027, 7, 5), "Monday"),
        ("花蓮縣", date(2027, 7, 2), "Friday", date(2027, 7, 5), "Monday"),
        ("花蓮縣", date(2027, 7, 5), "Monday", date(2027, 7, 6), "Tuesday"),
    ],
)
def test_a_typhoon_closes_the_receiving_office_and_lengthens_the_grace_there_alone(county, due, weekday, told, told_weekday):
    assert (f"{due:%A}", f"{told:%A}") == (weekday, told_weekday)
    assert after_working_days(due, 1, TYPHOON.for_county(county)) == told


def test_a_grace_beyond_the_calendar_counts_mondays_to_fridays():
    assert after_working_days(date(2099, 12, 31), 1, TAIWAN) == date(2100, 1, 1)  # Thursday, then Friday


# --- The day of a level ---------------------------------------------------------------------------------------------------------

DUE = date(2027, 3, 31)  # Wednesday; 5 and 6 April are off, so five working days later is Friday 9 April


def test_a_level_without_grace_is_told_with_its_stage():
    assert late_levels(Policy(), DUE, DUE, TAIWAN) == {}
    assert own_steps({}, "stated") == ()


@pytest.mark.parametrize(
    ("grace", "day"),
    [
        (0, None),
        (3, None),  # Wednesday 7 April is the day of +7 itself
        (4, date(2027, 4, 8)),  # Thursday
        (5, date(2027, 4, 9)),  # Friday
    ],
)
def test_a_level_gets_a_day_of_its_own_only_where_its_grace_ends_after_its_stage(grace, day):
    late = late_levels(graced(officer=grace), DUE, DUE, TAIWAN)
    assert late.get("officer") == day


def test_a_level_is_not_told_before_its_day_and_is_told_by_every_stage_from_then_on():
    policy = graced(institution=5)
    late = late_levels(policy, DUE, DUE, TAIWAN)  # Friday 9 April: after +1 and +7, before +14
    told = {
        step.stage: "institution" in goes_to(policy, step.stage, "stated", waiting_on(late, step.on))
        for step in thresholds(policy, DUE, DUE)
    }
    assert [stage for stage, knows in told.items() if knows] == ["+14"]
    assert own_steps(late, "stated") == (Threshold("to:institution", date(2027, 4, 9)),)


def test_the_chief_never_hears_before_the_officer():
    late = late_levels(graced(officer=15), DUE, DUE, TAIWAN)  # Friday 23 April, beyond the chief's Wednesday 14 April
    assert late == {"officer": date(2027, 4, 23), "chief": date(2027, 4, 23)}


def test_an_assumed_date_goes_no_higher_than_the_officer_and_never_to_the_institution():
    policy = graced(institution=5, officer=5, chief=11)
    late = late_levels(policy, DUE, DUE, TAIWAN)
    assert [step.stage for step in own_steps(late, "stated")] == ["to:institution", "to:officer", "to:chief"]
    assert [step.stage for step in own_steps(late, "assumed")] == ["to:officer"]
    everyone = graced()
    assert goes_to(everyone, "+14", "stated") == {"assistant", "pi", "institution", "officer", "chief"}
    assert goes_to(everyone, "+14", "assumed") == {"assistant", "pi", "officer"}


def test_a_notice_that_is_no_duty_tells_nobody_after_its_day():
    late = late_levels(graced(officer=5), DUE, DUE, TAIWAN)
    assert own_steps(late, "stated", duty=False) == ()


def test_a_step_of_its_own_tells_its_role_alone():
    assert goes_to(graced(), "to:officer", "stated") == {"officer"}


# --- What is owed to the levels -----------------------------------------------------------------------------------------------

STEPS = (Threshold("to:institution", date(2027, 4, 9)), Threshold("to:officer", date(2027, 4, 9)), Threshold("to:chief", date(2027, 4, 20)))


@pytest.mark.parametrize(
    ("today", "raised"),
    [
        (date(2027, 4, 8), []),  # Thursday, the day before
        (date(2027, 4, 9), ["to:institution", "to:officer"]),  # Friday
        (date(2027, 4, 19), ["to:institution", "to:officer"]),  # Monday
        (date(2027, 5, 3), ["to:institution", "to:officer", "to:chief"]),  # Monday, after an outage of weeks
    ],
)
def test_after_an_outage_every_level_reached_is_told_and_none_stands_for_another(today, raised):
    owed = levels_owed(STEPS, (), today)
    assert [step.stage for step in owed.raised] == raised
    assert owed.superseded == ()


@pytest.mark.parametrize(("told", "superseded"), [(set(), False), ({"pi", "chief"}, False), ({"pi", "officer"}, True)])
def test_a_level_that_was_told_of_this_date_is_not_told_anew(told, superseded):
    owed = levels_owed(STEPS[1:2], (), date(2027, 4, 14), told=told)
    assert bool(owed.superseded) is superseded


def test_a_level_whose_day_fell_before_the_entry_is_never_mailed():
    owed = levels_owed(STEPS[:1], (), date(2027, 5, 3), mailed_from=date(2027, 4, 10))
    assert (owed.raised, owed.superseded) == ((), STEPS[:1])


# --- Storing and judging ------------------------------------------------------------------------------------------------------------


def test_a_policy_survives_being_stored():
    policies = PolicySet(
        Policy(("+1", "T-7"), (PI, Level("officer", "due", 3, ("chat",), "en"))),
        {"reply": Policy(("due",), (PI,)), "final_report": Policy(("T-7",), (PI, Level("officer", "due", 3, ("chat",), "en")))},
    )
    assert PolicySet.from_dict(policies.as_dict()) == policies


def test_what_was_stored_before_there_were_levels_is_still_read():
    old = {"stages": ["T-7", "due"], "officer_from": "due", "chief_from": None, "kinds": {"reply": ["due"]}}
    policies = PolicySet.from_dict(old)
    assert policies.policy == Policy.in_short(("T-7", "due"), "due", None)
    assert policies.of("reply") == Policy.in_short(("due",), "due", None)


def test_a_kind_without_levels_of_its_own_follows_the_programmes():
    stored = PolicySet(Policy(), {"reply": Policy(("due",))}).as_dict()
    stored["levels"] = [PI.as_dict()]
    assert PolicySet.from_dict(stored).of("reply").levels == (PI,)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Level("rector", "+7"),
        lambda: Level("officer", "T-3"),
        lambda: Level("officer", "+7", -1),
        lambda: Level("officer", "+7", 61),
        lambda: Level("officer", "+7", channels=("pigeon",)),
        lambda: Level("officer", "+7", language="fr"),
        lambda: Policy(("T-3",)),
        lambda: Policy(levels=(PI, PI)),
    ],
)
def test_what_does_not_exist_is_refused(wrong):
    with pytest.raises(ValueError, match=r"."):
        wrong()


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        (Policy(), ()),
        (Policy(()), ("no_stages",)),
        (Policy(levels=(ASSISTANT, OFFICER)), ("pi_missing",)),
        (Policy(levels=(Level("pi", "due"), OFFICER)), ()),
        (Policy(levels=(Level("pi", "+1"), OFFICER)), ("pi_after_due",)),
        (Policy(levels=(Level("pi", "T-60", channels=()), OFFICER)), ("pi_without_mail",)),
        (Policy(levels=(PI, Level("institution", "+7", channels=()), OFFICER)), ("institution_without_mail",)),
        (Policy(levels=(Level("assistant", "T-60", 1), PI, OFFICER)), ("grace_on_project",)),
        (Policy(levels=(Level("assistant", "T-60", 0, ("mail", "chat")), PI, OFFICER)), ("chat_outside",)),
        (Policy(levels=(PI, Level("officer", "+7", 0, ("chat",)))), ()),
        (Policy(levels=(PI, Level("officer", "+7", 0, ("chat",), "en"))), ("language_without_mail",)),
        (Policy(levels=(PI, Level("officer", "+7", 0, (), "en"))), ("language_without_mail",)),
        (Policy(levels=(PI, Level("officer", "+7", 0, ("mail", "chat"), "en"))), ()),
        (Policy.in_short(officer_from="+14", chief_from="+7"), ("chief_first",)),
        (Policy.in_short(officer_from=None), ("chief_first",)),
        (Policy(("T-60", "due")), ("no_overdue",)),
        (Policy(("T-60", "file_by", "+1"), (PI, Level("officer", "+1"))), ()),
        (Policy.in_short(officer_from=None, chief_from=None), ("office_silent",)),
        (Policy(("due", "+1")), ("office_silent",)),  # the officer would begin at +7
        (Policy(("due", "+1"), (PI, Level("officer", "+1", 5))), ()),
        (Policy(("due", "+1"), (PI, Level("officer", "+7", 8))), ()),  # a step of her own, eight working days after
        (Policy(("due", "+1"), (PI, Level("officer", "+7", 7))), ()),  # seven working days are more than seven days in any calendar
        (Policy(("due", "+1"), (PI, Level("officer", "+7", 6))), ("office_silent",)),
        (Policy(("due", "+7"), (PI, Level("officer", "+14", 13))), ()),
        (Policy(("due", "+7"), (PI, Level("officer", "+14", 12))), ("office_silent",)),
    ],
)
def test_a_policy_that_nobody_should_be_given_is_named(policy, found):
    assert faults(policy) == found


def test_what_is_no_duty_is_never_overdue_and_may_end_with_its_day():
    assert faults(Policy(("T-30", "due")), duty=False) == ()
    assert faults(Policy.in_short(("T-30",), None, None), duty=False) == ()
    assert faults(Policy(()), duty=False) == ("no_stages",)


@pytest.mark.parametrize("stored", [{"stages": ["due"]}, {"stages": ["T-7"], "officer_from": None, "chief_from": None}])
def test_a_policy_that_was_stored_before_is_still_read(stored):
    assert "+1" not in PolicySet.from_dict(stored).policy.stages


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("channels", [(), ("mail",), ("chat",), ("mail", "chat")])
def test_nobody_outside_the_office_is_ever_told_in_a_channel_whatever_was_stored(role, channels):
    ways = Level(role, "+7", 0, channels).ways
    assert "chat" not in ways or role in OFFICE
    assert "mail" in ways or role not in ("pi", "institution")
    assert ways == channels or role not in OFFICE


# --- Laws ---------------------------------------------------------------------------------------------------------------------------

levels = st.fixed_dictionaries(
    {role: st.tuples(st.sampled_from(STAGES), st.integers(0, 25)) for role in ("institution", "officer", "chief")}
).map(lambda chosen: (ASSISTANT, PI, *(Level(role, stage, grace) for role, (stage, grace) in chosen.items())))
policies = st.builds(Policy, st.sets(st.sampled_from(STAGES)).map(tuple), levels)
dues = st.dates(date(2020, 1, 1), date(2040, 12, 31))
looks = st.lists(st.integers(-70, 60), min_size=1, max_size=25)


def walk(policy: Policy, due: date, days, confidence="stated", mailed_from=None):
    """What looks on these days record: (every step recorded, the reminders raised with the roles they tell, the levels raised)."""
    late = late_levels(policy, due, due, TAIWAN)
    steps, own = thresholds(policy, due, due), own_steps(late, confidence)
    recorded, told, raised = [], [], []
    for day in days:
        owed = reached(steps, [stage for stage in recorded if ladder.is_step(stage)], day, mailed_from)
        if owed.raised:
            told.append(Told(owed.raised.on, goes_to(policy, owed.raised.stage, confidence, waiting_on(late, owed.raised.on))))
        levels = levels_owed(own, recorded, day, mailed_from, {role for one in told for role in one.roles})
        reminders = [*owed.superseded, *([owed.raised] if owed.raised else [])]
        recorded += [step.stage for step in (*reminders, *levels.raised, *levels.superseded)]
        raised += levels.raised
    return recorded, told, raised


@given(policies, dues, looks)
def test_any_looks_record_every_step_of_both_tracks_once(policy, due, offsets):
    days = sorted(due + timedelta(days=n) for n in offsets)
    recorded, _, _ = walk(policy, due, days)
    assert len(recorded) == len(set(recorded))
    assert set(recorded) == {step.stage for step in all_steps(policy, due, due, True, "stated", TAIWAN) if step.on <= days[-1]}


@given(policies, dues, looks)
def test_every_level_that_was_reached_was_told_on_its_day_or_later(policy, due, offsets):
    days = sorted(due + timedelta(days=n) for n in offsets)
    _, told, raised = walk(policy, due, days)
    told += [Told(step.on, frozenset({ladder.role_told(step.stage)})) for step in raised]
    for role, day in late_levels(policy, due, due, TAIWAN).items():
        if day <= days[-1]:
            assert any(role in one.roles and one.on >= day for one in told)


@given(policies, dues, looks)
def test_nobody_is_told_before_her_day(policy, due, offsets):
    _, told, _ = walk(policy, due, sorted(due + timedelta(days=n) for n in offsets))
    late = late_levels(policy, due, due, TAIWAN)
    assert not [one for one in told for role in one.roles if one.on < late.get(role, date.min)]


@given(policies, dues, looks)
def test_a_second_look_on_the_same_day_owes_nothing(policy, due, offsets):
    days = sorted(due + timedelta(days=n) for n in offsets)
    assert walk(policy, due, days) == walk(policy, due, [day for day in days for _ in range(2)])


@given(policies, dues, looks)
def test_an_assumed_date_never_reaches_chief_or_institution(policy, due, offsets):
    _, told, raised = walk(policy, due, sorted(due + timedelta(days=n) for n in offsets), "assumed")
    reached_roles = {role for one in told for role in one.roles} | {ladder.role_told(step.stage) for step in raised}
    assert reached_roles <= {"assistant", "pi", "officer"}


@given(policies, dues)
def test_a_level_waits_at_least_its_grace_and_never_longer_than_its_stage_or_its_grace(policy, due):
    late = late_levels(policy, due, due, TAIWAN)
    for level in policy.levels:
        if level.role in late and level.role != "chief":
            assert late[level.role] == after_working_days(due, level.grace, TAIWAN)
            assert late[level.role] > ladder.day_of(level.from_stage, due, due)


@given(st.builds(PolicySet, policies, st.dictionaries(st.sampled_from(["reply", "final_report"]), policies)))
def test_every_policy_survives_being_stored(policies):
    assert PolicySet.from_dict(policies.as_dict()) == policies


def sundays_off() -> WorkingCalendar:
    """The fewest days off that there may be: Sundays alone."""
    days = [date(2027, 1, 1) + timedelta(days=n) for n in range(366)]
    return WorkingCalendar("sundays", frozenset(), frozenset(day for day in days if day.weekday() == 5), date(2027, 12, 31))


@pytest.mark.parametrize(
    ("stage", "least"),  # the least grace by which a level whose stage is never on has a step of its own whatever the date
    [("T-60", 1), ("T-1", 1), ("file_by", 1), ("due", 1), ("+1", 2), ("+7", 7), ("+14", 13)],
)
def test_a_grace_that_is_long_enough_gives_a_step_of_its_own_for_every_date_and_one_day_less_does_not(calendar, stage, least):
    def has_step(grace: int, due_on: date, by: WorkingCalendar) -> bool:
        return "officer" in late_levels(Policy(levels=(PI, Level("officer", stage, grace))), None, due_on, by)

    shipped = [date(2017, 1, 1) + timedelta(days=n) for n in range((date(2027, 10, 1) - date(2017, 1, 1)).days)]
    assert all(has_step(least, due_on, calendar) for due_on in shipped)
    narrow, week = sundays_off(), [date(2027, 3, 1) + timedelta(days=n) for n in range(7)]
    assert all(has_step(least, due_on, narrow) for due_on in week)
    assert least == 1 or not all(has_step(least - 1, due_on, narrow) for due_on in week)
    assert not has_step(0, week[0], narrow)


def test_no_shipped_table_has_seven_working_days_in_a_row(calendar):
    day, in_a_row = date(2017, 1, 1), 0
    while day <= date(2027, 12, 31):
        in_a_row = in_a_row + 1 if calendar.is_working(day) else 0
        assert in_a_row < 7, day
        day += timedelta(days=1)
