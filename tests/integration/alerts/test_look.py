"""What the worker's looks leave in the ledger, the outbox and the inboxes."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from tests.cast import at, build_cast, make_desk
from tests.integration.alerts.support import change, deliver_on, everything, ledger, look_on, move_date, outbox_rows, raised, told, why
from tracker.domain.ladder import STAGES
from tracker.notify.transport import LocalOutbox
from tracker.services import errors
from tracker.services.alerts import alert_list, look
from tracker.store import tables as t
from tracker.store.engine import Store

INTERIM_Y1 = "DEMO-OWN-01/interim_report/Y1"


def interim(cast):
    return cast.by_key(INTERIM_Y1)


def test_the_interim_report_climbs_its_ladder_stage_by_stage(cast):
    row = interim(cast)
    # Two months before Monday 2027-05-31 is Wednesday 2027-03-31; the safe day is Tuesday 2027-03-30.
    assert (row.due_on, row.file_by_on) == (date(2027, 3, 31), date(2027, 3, 30))
    day = date(2027, 1, 1)
    seen = {}
    while day <= date(2027, 4, 20):
        before = raised(cast, INTERIM_Y1)
        look_on(cast, day.isoformat())
        new = raised(cast, INTERIM_Y1)[len(before) :]
        seen |= {day.isoformat(): new} if new else {}
        day += timedelta(days=1)
    assert seen == {
        "2027-01-29": ["T-60"],  # Friday
        "2027-02-28": ["T-30"],  # Sunday
        "2027-03-16": ["T-14"],  # Tuesday
        "2027-03-23": ["T-7"],  # Tuesday
        "2027-03-29": ["T-1"],  # Monday
        "2027-03-30": ["file_by"],  # Tuesday
        "2027-03-31": ["due"],  # Wednesday
        "2027-04-01": ["+1"],  # Thursday
        "2027-04-07": ["+7"],  # Wednesday
        "2027-04-14": ["+14"],  # Wednesday
    }


def test_after_an_outage_the_latest_stage_is_raised_and_the_earlier_ones_are_superseded(cast):
    look_on(cast, "2027-01-29")
    look_on(cast, "2027-04-10")
    assert ledger(cast, INTERIM_Y1) == [
        ("T-60", "raised"),
        *[(stage, "superseded") for stage in STAGES[1:8]],
        ("+7", "raised"),
    ]


def test_looking_again_changes_nothing(cast):
    first = look_on(cast, "2027-03-16")
    ledger_then, mails_then = everything(cast), len(outbox_rows(cast))
    second = look_on(cast, "2027-03-16", "17:00")
    assert first.raised > 0
    assert (second.looked, second.raised) == (0, 0)
    assert (everything(cast), len(outbox_rows(cast))) == (ledger_then, mails_then)


def test_any_gaps_between_looks_record_the_same_stages(new_database, tmp_path, registry, calendar):
    ends = []
    for name, step in (("daily", 1), ("rarely", 37)):
        store = Store.open(new_database())
        cast = build_cast(make_desk(store, tmp_path / name, calendar, registry, at("2026-09-01")))
        for n in [*range(0, 400, step), 400]:
            look_on(cast, (date(2026, 6, 1) + timedelta(days=n)).isoformat())
        ends.append({(o, due, stage) for o, due, stage, _ in everything(cast)})
        store.dispose()
    assert ends[0] == ends[1]


def test_four_workers_at_once_leave_one_ledger(cast):
    results, failures = [], []

    def work():
        try:
            results.append(look(cast.ctx("system", on="2027-04-14"), limit=3))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert failures == []
    assert sum(result.raised for result in results) == len([entry for entry in everything(cast) if entry[3] == "raised"])
    mails = outbox_rows(cast)
    assert len(mails) == sum(result.mails for result in results) == len({row.dedup_key for row in mails})


def test_a_stage_begins_at_midnight_in_taipei(cast):
    look_on(cast, "2027-01-28", "23:59")
    assert raised(cast, INTERIM_Y1) == []
    look_on(cast, "2027-01-29", "00:00")
    assert raised(cast, INTERIM_Y1) == ["T-60"]


@pytest.mark.parametrize(
    ("clock", "from_when"),
    [
        ("00:00", at("2027-03-31", "08:00")),  # Wednesday, the legal last day
        ("07:59", at("2027-03-31", "08:00")),
        ("08:00", at("2027-03-31", "08:00")),
        ("21:30", at("2027-03-31", "21:30")),  # tomorrow would be too late
    ],
)
def test_a_mail_goes_out_from_eight_in_the_morning_in_taipei(cast, clock, from_when):
    for row in outbox_rows(cast):
        change(cast, t.outbox, row.id, status="cancelled")
    change(cast, t.obligation, interim(cast).id, next_look_on=date(2027, 3, 31))
    look_on(cast, "2027-03-31", clock)
    urgent = [row for row in outbox_rows(cast, "pending") if row.address == "pi@own.invalid" and not row.dedup_key.startswith("digest|")]
    assert [row.available_at for row in urgent] == [from_when]


def test_stages_that_passed_before_the_project_was_entered_are_never_mailed(cast):
    change(cast, t.project, cast.project("own").id, entered_on=date(2027, 3, 17))  # Wednesday, after T-14
    look_on(cast, "2027-03-17")
    assert ledger(cast, INTERIM_Y1) == [("T-60", "superseded"), ("T-30", "superseded"), ("T-14", "superseded")]
    assert [row for row in outbox_rows(cast) if "interim_report/Y1" in row.dedup_key] == []


def roles_told(cast, stage):
    rows = [row for row in alert_list(cast.ctx("system")) if row.obligation == INTERIM_Y1 and row.stage == stage]
    return rows[0].recipients


def test_the_officer_is_told_from_seven_days_over_and_the_chief_from_fourteen(cast):
    project = ("assistant@own.invalid", "company-pi@own.invalid", "pi@own.invalid")
    for day in ("2027-03-31", "2027-04-01", "2027-04-07", "2027-04-14"):
        look_on(cast, day)
    assert roles_told(cast, "due") == project
    assert roles_told(cast, "+1") == project
    assert roles_told(cast, "+7") == tuple(sorted((*project, "officer@office.invalid")))
    assert roles_told(cast, "+14") == tuple(sorted((*project, "officer@office.invalid", "chief@office.invalid")))


def test_an_assumed_date_goes_no_higher_than_the_officer(cast):
    change(cast, t.obligation, interim(cast).id, confidence="assumed")
    look_on(cast, "2027-04-14")
    assert "officer@office.invalid" in roles_told(cast, "+14")
    assert "chief@office.invalid" not in roles_told(cast, "+14")


def test_an_alert_that_would_reach_nobody_goes_to_the_officer(cast):
    for who in ("pi", "assistant", "company_pi"):
        change(cast, t.person, cast.person(who).id, active=False)
    look_on(cast, "2027-01-29")
    assert roles_told(cast, "T-60") == ("officer@office.invalid",)


def test_whoever_left_the_project_is_not_told(cast):
    with cast.desk.store.read() as conn:
        member = conn.execute(select(t.membership).where(t.membership.c.person_id == cast.person("assistant").id)).one()
    change(cast, t.membership, member.id, until_on=date(2027, 1, 28))
    look_on(cast, "2027-01-29")
    assert "assistant@own.invalid" not in roles_told(cast, "T-60")


def test_nothing_more_is_raised_once_it_is_handed_in(cast):
    look_on(cast, "2027-03-16")
    change(cast, t.obligation, interim(cast).id, status="submitted", discharged_by="milepost")
    look_on(cast, "2027-03-23")
    assert raised(cast, INTERIM_Y1) == ["T-14"]
    assert interim(cast).next_look_on is None


def test_the_ladder_goes_on_until_the_funders_receipt_is_recorded(cast):
    change(cast, t.obligation, interim(cast).id, status="submitted", discharged_by="external")
    look_on(cast, "2027-03-31")
    assert raised(cast, INTERIM_Y1) == ["due"]
    change(cast, t.obligation, interim(cast).id, discharged_on=date(2027, 4, 1))
    look_on(cast, "2027-04-07")
    assert raised(cast, INTERIM_Y1) == ["due"]


def test_a_year_end_notice_is_raised_before_its_day_and_never_after(cast):
    key = "DEMO-OWN-01/year_end_notice/Y4"
    notice = cast.by_key(key)
    assert notice.duty is False
    for days in range(-70, 30):
        look_on(cast, (notice.due_on + timedelta(days=days)).isoformat())
    assert raised(cast, key)[:5] == ["T-60", "T-30", "T-14", "T-7", "T-1"]
    assert not {"due", "+1", "+7", "+14"} & {stage for stage, _ in ledger(cast, key)}


def test_what_has_no_date_raises_nothing(cast):
    look_on(cast, "2030-12-31")
    with cast.desk.store.read() as conn:
        undated = conn.execute(
            select(func.count()).select_from(t.alert).join(t.obligation).where(t.obligation.c.date_status != "dated")
        ).scalar_one()
    assert undated == 0


def test_a_reply_is_reminded_of_from_the_day_it_was_asked_for(cast):
    parent = interim(cast)

    def body(tx):
        values = {name: getattr(parent, name) for name in parent._fields if name not in ("id", "key", "parent_id", "kind")}
        values |= {"due_on": date(2027, 4, 20), "file_by_on": date(2027, 4, 20), "next_look_on": date(2027, 4, 10)}
        return tx.insert(t.obligation, key=f"{INTERIM_Y1}/reply-1", parent_id=parent.id, kind="reply", **values)

    cast.desk.store.write_quiet(at("2027-04-10"), body)  # Saturday, ten days before Tuesday 2027-04-20
    look_on(cast, "2027-04-10")
    assert ledger(cast, f"{INTERIM_Y1}/reply-1") == [("T-60", "superseded"), ("T-30", "superseded"), ("T-14", "superseded")]
    look_on(cast, "2027-04-13")
    assert raised(cast, f"{INTERIM_Y1}/reply-1") == ["T-7"]


def states_for(cast, due_on):
    """(stage, state) of the first interim report for one of its due dates."""
    return {entry[2:] for entry in everything(cast) if entry[0] == interim(cast).id and entry[1] == due_on}


def test_a_date_that_moved_away_starts_over_quietly(cast):
    look_on(cast, "2027-04-07")
    assert deliver_on(cast, LocalOutbox(), "2027-04-07").sent > 0
    move_date(cast, interim(cast), "2027-04-08", date(2027, 4, 20))  # Tuesday; its T-14 had passed on 04-06
    look_on(cast, "2027-04-08")
    assert states_for(cast, date(2027, 4, 20)) == {("T-60", "superseded"), ("T-30", "superseded"), ("T-14", "superseded")}
    assert ("+7", "raised") in states_for(cast, date(2027, 3, 31))
    look_on(cast, "2027-04-13")
    assert ("T-7", "raised") in states_for(cast, date(2027, 4, 20))


def test_a_mail_for_a_date_that_moved_is_cancelled_with_the_move(cast):
    look_on(cast, "2027-04-07", "00:05")
    move_date(cast, interim(cast), "2027-04-07", date(2027, 4, 20))
    assert ("+7", "cancelled") in states_for(cast, date(2027, 3, 31))
    assert {why(line) for line in told(cast, INTERIM_Y1)} == {"moved"}
    look_on(cast, "2027-04-07")  # nobody was told anything yet, so the new series says where it stands
    assert ("T-14", "raised") in states_for(cast, date(2027, 4, 20))


def test_a_date_that_came_nearer_is_told_at_once(cast):
    look_on(cast, "2027-01-29")
    move_date(cast, interim(cast), "2027-02-10", date(2027, 2, 15))  # from Wednesday 03-31 to Monday 02-15
    look_on(cast, "2027-02-10")
    assert states_for(cast, date(2027, 2, 15)) == {
        ("T-60", "superseded"), ("T-30", "superseded"), ("T-14", "superseded"), ("T-7", "raised"),
    }  # fmt: skip


def test_only_the_system_may_look(cast):
    for who in ("admin", "chief", "pi"):
        with pytest.raises(errors.Forbidden):
            look(cast.ctx(who))


def test_the_ledger_is_for_administrators_auditors_and_the_command_line(cast):
    look_on(cast, "2027-01-29")
    for who in ("admin", "auditor", "system"):
        assert alert_list(cast.ctx(who)) != []
    for who in ("pi", "officer", "chief", "stranger_pi"):
        with pytest.raises(errors.Forbidden):
            alert_list(cast.ctx(who))


def test_the_ledger_is_listed_by_date_then_obligation_then_ladder(cast):
    look_on(cast, "2027-04-14")
    rows = [(row.due_on, row.obligation, STAGES.index(row.stage)) for row in alert_list(cast.ctx("system"))]
    assert rows == sorted(rows)
    assert {row.state for row in alert_list(cast.ctx("system"), state="raised")} == {"raised"}
    assert {row.project for row in alert_list(cast.ctx("system"), project="DEMO-OWN-01")} == {"DEMO-OWN-01"}


def test_one_look_is_one_event(cast):
    count = select(func.count()).select_from(t.event).where(t.event.c.action == "alerts.look")
    look_on(cast, "2027-01-29")
    look_on(cast, "2027-01-29", "12:00")
    with cast.desk.store.read() as conn:
        assert conn.execute(count).scalar_one() == 1
