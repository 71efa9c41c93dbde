"""An alert that reached nobody, since everybody it was for had left before the mail went, goes to whoever can act now."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import insert, select, update

from tests.cast import at, key
from tests.integration.alerts.policies import INTERIM_Y1, alerts_in, alerts_of, contact, put, with_levels
from tests.integration.alerts.support import change, deliver_on, fate, ledger, look_on, outbox_rows, told
from tracker.domain.alert_policy import Level
from tracker.notify.transport import LocalOutbox
from tracker.services.alert_audit import examine
from tracker.services.institution_contacts import switch_contact
from tracker.store import tables as t

DUE = "2027-03-31"  # Wednesday: the legal last day of the first interim report
EARLY = "2027-03-17"  # Wednesday, two weeks before it
QUARTER = "DEMO-OWN-01/quarterly_report/Y1Q3"


def readers(cast, public_key: str = INTERIM_Y1) -> dict[str, str]:
    """By address: what became of the newest alert."""
    lines = told(cast, public_key)
    return {line.address: fate(line) for line in lines if line.stage == lines[-1].stage}


def of(cast, *people: str) -> dict[str, str]:
    found = readers(cast)
    return {who: found[cast.person(who).email] for who in people if cast.person(who).email in found}


def switch(cast, active: bool, *people: str) -> None:
    for who in people:
        change(cast, t.person, cast.person(who).id, active=active)


def missed(cast, day: str = DUE, *people: str) -> None:
    """What a look of this day raised falls away, as everybody on the project is off by the time of the mail."""
    look_on(cast, day)
    switch(cast, False, *(people or ("pi", "assistant", "company_pi")))
    deliver_on(cast, LocalOutbox(), day)


def nobody_left(cast, day: str = DUE) -> set[str]:
    return {one.subject for one in examine(cast.ctx("system", on=day))[1] if one.kind == "nobody_left"}


def test_what_nobody_on_the_project_could_read_is_told_to_the_officer_at_the_next_look_once(cast):
    missed(cast)
    before = ledger(cast, INTERIM_Y1)
    assert of(cast, "pi", "assistant", "officer") == {"pi": "cancelled", "assistant": "cancelled"}
    assert look_on(cast, DUE, "08:10").passed_on > 0
    deliver_on(cast, LocalOutbox(), DUE, "08:15")
    assert of(cast, "officer") == {"officer": "sent"}
    assert ledger(cast, INTERIM_Y1) == before
    assert look_on(cast, DUE, "08:20").passed_on == 0
    assert not nobody_left(cast)
    named = {one["person_id"]: one["role"] for one in alerts_of(cast)["due", date(2027, 3, 31)].recipients_json}
    assert named[cast.person("officer").id] == "officer"


def test_who_was_away_for_a_moment_gets_her_line_again_and_nobody_above_hears(cast):
    missed(cast)
    switch(cast, True, "pi")
    look_on(cast, DUE, "08:10")
    deliver_on(cast, LocalOutbox(), DUE, "08:15")
    assert of(cast, "pi", "assistant", "officer") == {"pi": "sent", "assistant": "cancelled"}


def test_a_successor_is_told_of_what_her_predecessor_could_not_read_any_more(cast):
    look_on(cast, DUE)
    m = t.membership
    leaves = update(m).where(m.c.project_id == cast.project("own").id).values(until_on=date(2027, 3, 30))
    new = {"project_id": cast.project("own").id, "person_id": cast.person("company_pi").id, "role": "pi", "from_on": date(2027, 3, 31)}
    with cast.desk.store.read() as conn:
        party = conn.scalar(select(m.c.party).where(m.c.project_id == cast.project("own").id, m.c.role == "pi"))

    def body(tx):
        tx.conn.execute(leaves)
        tx.conn.execute(insert(m).values(**new, party=party))

    cast.desk.store.write_quiet(at(DUE), body)
    deliver_on(cast, LocalOutbox(), DUE)
    look_on(cast, DUE, "08:10")
    deliver_on(cast, LocalOutbox(), DUE, "08:15")
    assert of(cast, "pi", "company_pi", "officer") == {"pi": "cancelled", "company_pi": "sent"}


def test_what_stood_in_the_digest_of_somebody_who_left_is_in_the_officers_digest(cast):
    missed(cast, EARLY)
    look_on(cast, EARLY, "08:10")
    deliver_on(cast, LocalOutbox(), EARLY, "08:15")
    assert of(cast, "pi", "officer") == {"pi": "cancelled", "officer": "sent"}
    assert {(line.stage, line.sort) for line in told(cast, INTERIM_Y1) if fate(line) == "sent"} == {("T-14", "digest")}


def test_one_line_of_a_mail_with_several_is_passed_on_like_a_mail_of_its_own(cast):
    look_on(cast, DUE)
    own = date(2027, 3, 31)
    change(cast, t.obligation, cast.by_key(QUARTER).id, due_on=own, file_by_on=own, next_look_on=own)
    look_on(cast, DUE, "00:10")
    assert any(row.sort == "digest" and row.payload_json.get("urgent") for row in outbox_rows(cast, "pending"))
    missed(cast, DUE)
    look_on(cast, DUE, "08:10")
    deliver_on(cast, LocalOutbox(), DUE, "08:15")
    officer = cast.person("officer").email
    assert (readers(cast)[officer], readers(cast, QUARTER)[officer]) == ("sent", "sent")
    both = {alerts_of(cast, one)["due", own].id for one in (INTERIM_Y1, QUARTER)}
    assert [row.sort for row in outbox_rows(cast, "sent") if row.address == officer and both & alerts_in(cast, row.id)] == ["digest"]


def test_where_nobody_at_all_is_left_the_auditor_says_so_until_somebody_is_there_again(cast):
    everybody = update(t.person).values(active=False)
    look_on(cast, DUE)
    cast.desk.store.write_quiet(at(DUE), lambda tx: tx.conn.execute(everybody).rowcount)
    deliver_on(cast, LocalOutbox(), DUE)
    assert look_on(cast, DUE, "08:10").passed_on == 0
    assert f"{INTERIM_Y1}|{DUE}|due" in nobody_left(cast)
    switch(cast, True, "admin")
    assert look_on(cast, DUE, "09:15").passed_on > 0
    deliver_on(cast, LocalOutbox(), DUE, "09:20")
    assert of(cast, "admin") == {"admin": "sent"}
    assert not nobody_left(cast)


@pytest.mark.parametrize("gone", [("pi",), ("assistant",)])
def test_nothing_is_passed_on_while_somebody_hears_of_it(cast, gone):
    missed(cast, DUE, *gone)
    assert look_on(cast, DUE, "08:10").passed_on == 0
    assert "officer" not in of(cast, "officer")


def test_what_was_waived_meanwhile_is_passed_on_only_when_it_is_owed_again(cast):
    missed(cast)
    row = cast.by_key(INTERIM_Y1)
    change(cast, t.obligation, row.id, status="waived", next_look_on=None)
    look_on(cast, DUE, "08:10")
    assert of(cast, "officer") == {}
    change(cast, t.obligation, row.id, status="open")
    look_on(cast, DUE, "08:15")
    deliver_on(cast, LocalOutbox(), DUE, "08:20")
    assert of(cast, "officer") == {"officer": "sent"}


def test_what_a_later_stage_says_to_somebody_is_not_passed_on_as_well(cast):
    missed(cast)
    look_on(cast, "2027-04-01")  # Thursday: overdue, and told to the office at once
    deliver_on(cast, LocalOutbox(), "2027-04-01")
    stages = [line.stage for line in told(cast, INTERIM_Y1) if line.address == cast.person("officer").email]
    assert stages == ["+1"]


@pytest.mark.parametrize("another", [True, False])
def test_a_step_of_the_institutions_alone_goes_to_its_new_contact_else_to_the_officer(cast, another):
    put(cast, with_levels(Level("institution", "+1", 5), Level("officer", "+14")))
    first = contact(cast)
    look_on(cast, "2027-04-09")  # Friday: the fifth working day
    switch_contact(cast.ctx("officer"), contact_id=first, active=False, expected_version=1, key=key())
    deliver_on(cast, LocalOutbox(), "2027-04-09")
    if another:
        contact(cast, "new-desk@university.invalid")
    look_on(cast, "2027-04-09", "09:00")
    deliver_on(cast, LocalOutbox(), "2027-04-09", "09:05")
    alert = alerts_of(cast)["to:institution", date(2027, 3, 31)]
    who = "new-desk@university.invalid" if another else cast.person("officer").email
    assert [row.address for row in outbox_rows(cast, "sent") if alert.id in alerts_in(cast, row.id)] == [who]
    assert not nobody_left(cast, "2027-04-09")
