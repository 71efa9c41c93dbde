"""A policy at work: grace, levels told on days of their own, languages, what is kept with each alert, and what is said before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import select

from tests.cast import at, build_cast, make_desk
from tests.integration.alerts.policies import (
    ASSISTANT,
    INSTITUTION_AFTER_THREE,
    INTERIM_Y1,
    OFFICER_AFTER_FIVE,
    alerts_in,
    alerts_of,
    contact,
    daily,
    put,
    roles_told,
    with_levels,
)
from tests.integration.alerts.support import change, deliver_on, everything, ledger, look_on, move_date, outbox_rows, raised, replan
from tracker.domain.alert_policy import Level, Policy, PolicySet
from tracker.notify.transport import LocalOutbox
from tracker.services.alerts import alert_list, look
from tracker.services.obligation_previews import preview_extension
from tracker.services.policy_previews import policy_dry_run, policy_example
from tracker.store import tables as t
from tracker.store.engine import Store

# --- Days of their own -----------------------------------------------------------------------------------------------------------


def test_the_officer_is_told_on_the_day_her_grace_ends(cast):
    put(cast, OFFICER_AFTER_FIVE)
    assert daily(cast, "2027-03-30", "2027-04-20") == {
        "2027-03-30": ["file_by"],  # Tuesday
        "2027-03-31": ["due"],  # Wednesday
        "2027-04-01": ["+1"],  # Thursday
        "2027-04-07": ["+7"],  # Wednesday
        "2027-04-09": ["to:officer"],  # Friday, the fifth working day
        "2027-04-14": ["+14"],  # Wednesday
    }
    assert roles_told(cast, "+7") == {"pi", "assistant"}
    assert roles_told(cast, "to:officer") == {"officer"}
    assert roles_told(cast, "+14") == {"pi", "assistant", "officer", "chief"}


def test_after_an_outage_the_latest_reminder_and_every_level_are_told_at_once(cast):
    put(cast, with_levels(Level("institution", "+1", 5), Level("officer", "+1", 12), Level("chief", "+14", 12)))
    contact(cast)
    look_on(cast, "2027-03-31")
    look_on(cast, "2027-05-03")  # Monday, long after all
    assert raised(cast, INTERIM_Y1)[-3:] == ["+14", "to:officer", "to:chief"]
    assert roles_told(cast, "+14") == {"pi", "assistant", "institution"}  # its day, 9 April, came before Wednesday 14 April


def test_levels_are_not_told_again_by_further_looks(cast):
    put(cast, OFFICER_AFTER_FIVE)
    look_on(cast, "2027-04-09")
    before = len(outbox_rows(cast))
    assert look_on(cast, "2027-04-09", "17:00").raised == 0
    assert len(outbox_rows(cast)) == before


def test_a_level_that_a_reminder_of_the_day_reaches_gets_one_mail_and_not_two(cast):
    put(cast, INSTITUTION_AFTER_THREE)
    contact(cast)
    look_on(cast, "2027-04-07")  # Wednesday: +7, and the third working day
    assert ledger(cast, INTERIM_Y1)[-2:] == [("to:institution", "superseded"), ("+7", "raised")]
    ids = {one.id for one in alert_list(cast.ctx("system")) if one.obligation == INTERIM_Y1}
    assert len([row for row in outbox_rows(cast) if row.contact_id and ids & alerts_in(cast, row.id)]) == 1


def test_a_typhoon_in_the_receiving_offices_county_lengthens_the_grace(cast):
    put(cast, OFFICER_AFTER_FIVE)
    change(cast, t.project, cast.project("own").id, county="花蓮縣")
    closed = replace(cast.desk.calendar, closures={"花蓮縣": frozenset({date(2027, 4, 8), date(2027, 4, 9)})})
    for day, expected in (("2027-04-09", False), ("2027-04-12", False), ("2027-04-13", True)):  # Friday, Monday, Tuesday
        look(replace(cast.ctx("system", on=day), calendar=closed))
        assert ("to:officer" in raised(cast, INTERIM_Y1)) is expected


def test_a_level_told_for_the_day_before_is_not_told_again_where_the_day_moved(cast):
    put(cast, OFFICER_AFTER_FIVE)
    daily(cast, "2027-04-08", "2027-04-09")
    assert deliver_on(cast, LocalOutbox(), "2027-04-09").sent > 0  # what nobody got would be told again
    move_date(cast, cast.by_key(INTERIM_Y1), "2027-04-13", date(2027, 4, 1))  # its grace ended on Monday 12 April
    look_on(cast, "2027-04-13")
    assert alerts_of(cast)["to:officer", date(2027, 4, 1)].state == "superseded"


def test_a_level_starts_over_for_a_day_that_is_still_to_come(cast):
    put(cast, OFFICER_AFTER_FIVE)
    look_on(cast, "2027-04-09")
    move_date(cast, cast.by_key(INTERIM_Y1), "2027-04-12", date(2027, 4, 30))
    look_on(cast, "2027-04-12")
    assert ("to:officer", date(2027, 4, 30)) not in alerts_of(cast)
    look_on(cast, "2027-05-31")
    assert "raised" in {row.state for (stage, due), row in alerts_of(cast).items() if due == date(2027, 4, 30) and "officer" in str(row)}


def test_a_level_switched_on_late_is_told_at_the_next_look_unless_it_was_told(cast):
    put(cast, with_levels(Level("officer", "+7"), Level("chief", "+14")))
    look_on(cast, "2027-04-12")
    put(cast, with_levels(Level("officer", "+1", 4), Level("chief", "+1", 5)), on="2027-04-12")  # 8 and 9 April
    look_on(cast, "2027-04-12", "18:00")
    assert raised(cast, INTERIM_Y1) == ["+7", "to:chief"]  # +7 told the officer


def test_an_assumed_anchor_stops_at_the_officer_whatever_the_policy_says(cast):
    put(cast, with_levels(Level("institution", "+1", 5), Level("officer", "+1", 5), Level("chief", "+14", 12)))
    contact(cast)
    change(cast, t.obligation, cast.by_key(INTERIM_Y1).id, confidence="assumed")
    look_on(cast, "2027-05-31")
    told = {role for stage, due in alerts_of(cast) for role in roles_told(cast, stage, due)}
    assert told == {"pi", "assistant", "officer"}
    assert not {"to:institution", "to:chief"} & {stage for stage, _ in ledger(cast, INTERIM_Y1)}


def test_levels_that_an_assumed_anchor_kept_back_are_told_once_it_is_confirmed(cast):
    put(cast, with_levels(Level("officer", "+1", 5), Level("chief", "+14", 12)))
    change(cast, t.obligation, cast.by_key(INTERIM_Y1).id, confidence="assumed")
    look_on(cast, "2027-05-31")
    replan(cast, "2027-06-01")  # Tuesday: planned anew, it rests on nothing assumed any more
    look_on(cast, "2027-06-01")
    assert raised(cast, INTERIM_Y1)[-1] == "to:chief"


def test_any_gaps_between_looks_record_the_same_steps_and_tell_every_level(new_database, tmp_path, registry, calendar):
    graced = with_levels(Level("institution", "+1", 3), Level("officer", "+1", 8), Level("chief", "+7", 15))
    ends = []
    for name, step in (("daily", 1), ("rarely", 23)):
        store = Store.open(new_database())
        cast = build_cast(make_desk(store, tmp_path / name, calendar, registry, at("2026-09-01")))
        put(cast, graced)
        contact(cast)
        for n in [*range(0, 160, step), 160]:
            look_on(cast, (date(2026, 12, 1) + timedelta(days=n)).isoformat())
        roles = {stage: roles_told(cast, stage, due_on) for stage, due_on in alerts_of(cast)}
        ends.append(({place[:3] for place in everything(cast)}, set().union(*roles.values())))
        store.dispose()
    assert ends[0] == ends[1]
    assert {"institution", "officer", "chief"} <= ends[0][1]


def test_a_closure_declared_late_tells_nobody_anew(cast):
    put(cast, with_levels(Level("officer", "+7", 4), Level("chief", "+14")))  # Thursday 2027-04-08, with Wednesday's +7 before it
    look_on(cast, "2027-04-08")
    assert raised(cast, INTERIM_Y1)[-1] == "to:officer"
    put(cast, with_levels(Level("officer", "+7"), Level("chief", "+14")), on="2027-04-08")
    look_on(cast, "2027-04-14")
    change(cast, t.project, cast.project("own").id, county="花蓮縣")
    put(cast, with_levels(Level("officer", "+14", 8), Level("chief", "+14")), on="2027-04-14")
    closed = replace(cast.desk.calendar, closures={"花蓮縣": frozenset({date(2027, 4, 9), date(2027, 4, 12)})})
    before = raised(cast, INTERIM_Y1)
    look(replace(cast.ctx("system", on="2027-05-31"), calendar=closed))
    assert raised(cast, INTERIM_Y1) == before


# --- Who ---------------------------------------------------------------------------------------------------------------------------


def test_the_principal_investigator_hears_first_where_there_is_no_assistant(cast):
    put(cast, PolicySet(Policy(levels=(ASSISTANT, Level("pi", "T-7"), Level("officer", "+7")))))
    look_on(cast, "2027-01-29")
    assert roles_told(cast, "T-60") == {"assistant"}
    with cast.desk.store.read() as conn:
        member = conn.execute(select(t.membership.c.id).where(t.membership.c.person_id == cast.person("assistant").id)).scalar_one()
    change(cast, t.membership, member, until_on=date(2027, 2, 1))
    look_on(cast, "2027-02-28")
    assert roles_told(cast, "T-30") == {"pi"}


def test_a_level_may_be_told_in_another_language_than_its_readers(cast):
    put(cast, with_levels(Level("officer", "+7", language="en")))
    look_on(cast, "2027-04-07")
    alert = alerts_of(cast)["+7", date(2027, 3, 31)]
    with cast.desk.store.read() as conn:
        own = conn.execute(select(t.person.c.language).where(t.person.c.id == cast.person("officer").id)).scalar_one()
    mails = [row for row in outbox_rows(cast) if row.address == cast.person("officer").email and row.alert_id == alert.id]
    assert own == "zh_TW"
    assert {row.language for row in mails} <= {"en"}


# --- What is kept ------------------------------------------------------------------------------------------------------------------


def test_an_alert_keeps_the_policy_by_which_it_was_raised(cast):
    look_on(cast, "2027-01-29")
    put(cast, OFFICER_AFTER_FIVE)
    look_on(cast, "2027-02-28")
    rows = alerts_of(cast)
    with cast.desk.store.read() as conn:
        kept = {row.id: Policy.from_dict(row.policy_json) for row in conn.execute(select(t.alert_policy))}
    assert kept[rows["T-60", date(2027, 3, 31)].policy_id] == Policy()
    assert kept[rows["T-30", date(2027, 3, 31)].policy_id] == OFFICER_AFTER_FIVE.policy
    look_on(cast, "2027-03-16")
    with cast.desk.store.read() as conn:
        assert len(conn.execute(select(t.alert_policy.c.sha256)).all()) == len(kept)


# --- Previews -----------------------------------------------------------------------------------------------------------------------


def test_an_example_shows_what_daily_looks_would_raise(cast):
    put(cast, OFFICER_AFTER_FIVE)
    days = policy_example(cast.ctx("pi"), policies=OFFICER_AFTER_FIVE, kind="interim_report", due_on=date(2027, 3, 31))
    assert [(day.on.isoformat(), *day.stages) for day in days if day.on >= date(2027, 4, 1)] == [
        ("2027-04-01", "+1"),
        ("2027-04-07", "+7"),
        ("2027-04-09", "to:officer"),
        ("2027-04-14", "+14"),
    ]
    assert days[-1].roles == ("assistant", "pi", "officer", "chief")


def test_a_dry_run_tells_exactly_what_the_next_look_then_does(cast):
    look_on(cast, "2027-04-12")
    programme_id = cast.project("own").programme_id
    new = with_levels(Level("institution", "+1", 5), Level("officer", "+1", 4), Level("chief", "+1", 5))
    tried = policy_dry_run(cast.ctx("chief", on="2027-04-12"), programme_id=programme_id, policies=new)
    assert tried.without_contact == ("示範大學",)
    put(cast, new, on="2027-04-12")
    done = look_on(cast, "2027-04-12", "18:00")
    assert tried.raised == done.raised > 0
    assert policy_dry_run(cast.ctx("chief", on="2027-04-12"), programme_id=programme_id, policies=new).raised == 0


# --- Said before a day is moved or asked for ------------------------------------------------------------------------------------------


def test_the_preview_of_a_later_day_names_the_levels_told_on_days_of_their_own(cast):
    put(cast, OFFICER_AFTER_FIVE)
    row = cast.by_key(INTERIM_Y1)
    seen = preview_extension(cast.ctx("officer", on="2027-03-01"), obligation_id=row.id, new_due_on="2027-04-30")
    assert "to:officer" in {step.stage for step in seen.coming}
    assert ("to:officer", date(2027, 4, 9)) in {(step.stage, step.on) for step in seen.ending}
