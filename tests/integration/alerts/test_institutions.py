"""Institutions: whom a policy tells there, who may enter them, and what they get."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from tests.cast import key
from tests.integration.alerts.policies import (
    INSTITUTION_AFTER_THREE,
    INTERIM_Y1,
    alerts_in,
    alerts_of,
    contact,
    daily,
    put,
    with_levels,
)
from tests.integration.alerts.support import deliver_on, ledger, look_on, outbox_rows
from tracker.domain.alert_policy import Level
from tracker.notify.transport import LocalOutbox
from tracker.services import errors
from tracker.services.delivery_acts import send_again
from tracker.services.inbox import inbox_list
from tracker.services.institution_contacts import ContactEntry, add_contact, change_contact, contact_board, switch_contact
from tracker.store import tables as t


def test_an_institution_is_told_by_mail_and_has_no_inbox(cast):
    put(cast, INSTITUTION_AFTER_THREE)
    contact_id = contact(cast)
    look_on(cast, "2027-04-07")
    alert = alerts_of(cast)["+7", date(2027, 3, 31)]
    (mine,) = [row for row in outbox_rows(cast) if row.contact_id == contact_id]
    assert (mine.person_id, mine.address, mine.payload_json["role"]) == (None, "research@university.invalid", "institution")
    assert alert.id in alerts_in(cast, mine.id)
    assert {who: item_count(inbox_list(cast.ctx(who, on="2027-04-07")), alert.id) for who in ("pi", "chief")} == {"pi": 1, "chief": 0}


def item_count(items, alert_id: int) -> int:
    return sum(item.alert_id == alert_id for item in items)


def test_where_no_contact_is_known_the_institutions_step_is_recorded_and_tells_nobody(cast):
    put(cast, with_levels(Level("institution", "+1", 5), Level("officer", "+7")))
    daily(cast, "2027-04-08", "2027-04-09")
    assert ("to:institution", "superseded") in ledger(cast, INTERIM_Y1)
    assert look_on(cast, "2027-04-09", "18:00").looked == 0


@pytest.mark.parametrize("told", [True, False])
def test_a_contact_is_told_only_while_she_is_in_use(cast, told):
    put(cast, INSTITUTION_AFTER_THREE)
    contact_id = contact(cast)
    if not told:
        switch_contact(cast.ctx("officer"), contact_id=contact_id, active=False, expected_version=1, key=key())
    look_on(cast, "2027-04-07")
    assert bool([row for row in outbox_rows(cast) if row.contact_id]) is told


# --- Contacts -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({"organisation": ""}, "organisation"),
        ({"organisation": "沒有這個大學"}, "organisation"),
        ({"email": "no address"}, "email"),
        ({"name": " "}, "name"),
        ({"language": "fr"}, "language"),
    ],
)
def test_a_contact_that_would_never_be_told_is_refused_with_its_field(cast, entry, field):
    with pytest.raises(errors.Invalid) as refused:
        contact(cast, **entry)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_one_address_is_entered_once_for_an_organisation(cast):
    contact(cast)
    with pytest.raises(errors.Invalid):
        contact(cast)


def test_unsent_mails_follow_a_corrected_address(cast):
    put(cast, INSTITUTION_AFTER_THREE)
    contact_id = contact(cast)
    look_on(cast, "2027-04-07")
    right = ContactEntry("示範大學", "示範研發處", "new-desk@university.invalid", "en")
    moved = change_contact(cast.ctx("officer"), contact_id=contact_id, entry=right, expected_version=1, key=key())
    assert (moved.mails, moved.again) == (len([row for row in outbox_rows(cast) if row.contact_id]), 0)
    assert moved.mails > 0
    assert {(row.address, row.language) for row in outbox_rows(cast) if row.contact_id} == {("new-desk@university.invalid", "en")}


def test_the_board_names_the_organisations_where_nobody_would_be_told(cast):
    programme_id = cast.project("own").programme_id
    assert [one.name for one in contact_board(cast.ctx("officer"), programme_id=programme_id).without] == ["示範大學"]
    contact(cast)
    assert contact_board(cast.ctx("officer"), programme_id=programme_id).without == ()


def test_a_contact_for_every_programme_is_the_administrators(cast):
    general = ContactEntry("示範大學", "示範總窗口", "all@university.invalid")
    with pytest.raises(errors.Forbidden):
        add_contact(cast.ctx("officer"), programme_id=None, entry=general, key=key())
    contact_id = add_contact(cast.ctx("admin"), programme_id=None, entry=general, key=key())
    board = contact_board(cast.ctx("officer"), programme_id=cast.project("own").programme_id)
    assert [(one.id, one.may_edit) for one in board.contacts] == [(contact_id, False)]


# --- What a contact gets -------------------------------------------------------------------------------------------------------------


def sent_to_the_institution(cast):
    return [row for row in outbox_rows(cast) if row.contact_id]


def test_a_mail_to_an_institution_says_what_is_late_and_opens_nothing(cast):
    put(cast, INSTITUTION_AFTER_THREE)
    contact(cast)
    look_on(cast, "2027-04-07")
    deliver_on(cast, LocalOutbox(), "2027-04-07")
    (row,) = sent_to_the_institution(cast)
    assert row.status == "sent"
    assert "DEMO-OWN-01" in row.payload_json["text"]
    assert "milepost.office.invalid" not in row.payload_json["text"]
    assert f"{cast.person('officer').name} ({cast.person('officer').email})" in row.payload_json["text"], "whom she can ask"


def test_a_contact_taken_out_of_use_gets_nothing_that_was_waiting(cast):
    put(cast, INSTITUTION_AFTER_THREE)
    contact_id = contact(cast)
    look_on(cast, "2027-04-07")
    switch_contact(cast.ctx("officer"), contact_id=contact_id, active=False, expected_version=1, key=key())
    deliver_on(cast, LocalOutbox(), "2027-04-07")
    assert {(row.status, row.last_error) for row in sent_to_the_institution(cast)} == {("cancelled", "left")}


def everywhere(cast) -> int:
    """A contact for every programme."""
    entry = ContactEntry("示範大學", "示範總窗口", "all@university.invalid")
    return add_contact(cast.ctx("admin"), programme_id=None, entry=entry, key=key())


def at_another_institution(cast, contact_id: int) -> None:
    """The contact is entered for another organisation, with an address there."""
    with cast.desk.store.read() as conn:
        place = conn.scalar(select(t.project.c.organisation).where(t.project.c.id == cast.project("foreign").id))
    moved = ContactEntry(place, "示範產學處", "desk@company.invalid")
    change_contact(cast.ctx("admin"), contact_id=contact_id, entry=moved, expected_version=1, key=key())


def test_a_contact_entered_for_another_institution_learns_nothing_of_the_projects_of_the_first(cast):
    put(cast, INSTITUTION_AFTER_THREE)
    contact_id = everywhere(cast)
    look_on(cast, "2027-04-07")
    at_another_institution(cast, contact_id)
    deliver_on(cast, LocalOutbox(), "2027-04-07")
    assert {(row.status, row.last_error) for row in sent_to_the_institution(cast)} == {("cancelled", "left")}


def test_a_copy_of_a_mail_does_not_go_to_the_institution_at_which_the_contact_is_now(cast):
    put(cast, INSTITUTION_AFTER_THREE)
    contact_id = everywhere(cast)
    look_on(cast, "2027-04-07")
    deliver_on(cast, LocalOutbox(), "2027-04-07")
    (first,) = sent_to_the_institution(cast)
    send_again(cast.ctx("admin", on="2027-04-07"), delivery_ids=[first.id], key=key())
    at_another_institution(cast, contact_id)
    deliver_on(cast, LocalOutbox(), "2027-04-07", "09:00")
    send_again(cast.ctx("admin", on="2027-04-07", clock="09:10"), delivery_ids=[first.id], key=key())
    deliver_on(cast, LocalOutbox(), "2027-04-07", "09:15")
    copies = [row for row in sent_to_the_institution(cast) if row.resent_of_id == first.id]
    assert [(row.status, row.last_error) for row in copies] == [("cancelled", "left")] * 2
