"""What a contact at an institution is told in one mail with other things: each line of it has its own fate, as with anybody else."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.cast import key
from tests.integration.alerts.policies import INSTITUTION_AFTER_THREE, INTERIM_Y1, alerts_in, alerts_of, contact, put
from tests.integration.alerts.support import change, deliver_on, look_on, move_date, outbox_rows
from tracker.notify.transport import LocalOutbox
from tracker.services import obligation_changes
from tracker.services.alert_audit import examine
from tracker.services.alerts import look
from tracker.services.delivery_acts import send_again
from tracker.services.institution_contacts import ContactEntry, change_contact
from tracker.store import tables as t

DAY = "2027-04-07"  # Wednesday, a week after the legal last day
DUE = date(2027, 3, 31)
QUARTER = "DEMO-OWN-01/quarterly_report/Y1Q3"


@pytest.fixture
def two(cast):
    """Two reports of one institution that are a week late, and its contact."""
    put(cast, INSTITUTION_AFTER_THREE)
    contact(cast)
    change(cast, t.obligation, cast.by_key(QUARTER).id, due_on=DUE, file_by_on=DUE, next_look_on=DUE)
    return cast


def mails(cast, status: str | None = None) -> list:
    return [row for row in outbox_rows(cast, status) if row.contact_id]


def names(cast, row) -> set[str]:
    """The reports that a mail tells of."""
    with cast.desk.store.read() as conn:
        wanted = select(t.obligation.c.key).join(t.alert, t.alert.c.obligation_id == t.obligation.c.id)
        return set(conn.scalars(wanted.where(t.alert.c.id.in_(alerts_in(cast, row.id)))))


def late(cast, public_key: str = INTERIM_Y1) -> int:
    return alerts_of(cast, public_key)["+7", DUE].id


def letter(cast, **more) -> dict:
    row = cast.by_key(INTERIM_Y1)
    values = {"obligation_id": row.id, "reason": "依來函", "letter_number": "示範字第1號", "expected_version": row.version, "key": key()}
    return {"ctx": cast.ctx("officer", on=DAY, clock="07:00"), **values, **more}


def test_what_several_batches_of_a_look_owe_one_contact_is_one_mail(two):
    look(two.ctx("system", on=DAY, clock="00:05"), limit=1)
    deliver_on(two, LocalOutbox(), DAY)
    (mail,) = mails(two, "sent")
    assert {late(two), late(two, QUARTER)} <= alerts_in(two, mail.id)
    assert "DEMO-OWN-01" in mail.payload_json["text"]


def test_two_looks_before_the_morning_are_one_mail_to_a_contact(two):
    change(two, t.obligation, two.by_key(QUARTER).id, next_look_on=date(2027, 4, 8))
    look_on(two, DAY)
    change(two, t.obligation, two.by_key(QUARTER).id, next_look_on=date(2027, 4, 7))
    look_on(two, DAY, "05:00")
    deliver_on(two, LocalOutbox(), DAY)
    assert len(mails(two, "sent")) == 1


def test_what_was_waived_is_not_told_to_the_contact_and_the_rest_is(two):
    look_on(two, DAY)
    obligation_changes.waive(**letter(two))
    deliver_on(two, LocalOutbox(), DAY)
    (mail,) = mails(two, "sent")
    assert INTERIM_Y1 not in names(two, mail)
    assert QUARTER in names(two, mail)


@pytest.mark.parametrize("left", ["waived", "moved", "handed in"])
def test_a_line_that_fell_out_of_a_mail_which_others_needed_is_told_when_it_is_owed_again(two, left):
    look_on(two, DAY)
    row = two.by_key(INTERIM_Y1)
    match left:
        case "waived":
            change(two, t.obligation, row.id, status="waived", next_look_on=None)
        case "moved":
            move_date(two, row, DAY, DUE + timedelta(days=60))
        case "handed in":
            change(two, t.obligation, row.id, status="submitted", next_look_on=None)
    deliver_on(two, LocalOutbox(), DAY)
    if left == "moved":
        move_date(two, row, DAY, DUE)
    else:
        change(two, t.obligation, row.id, status="open", next_look_on=date(2027, 4, 7))
    look_on(two, DAY, "09:00")
    deliver_on(two, LocalOutbox(), DAY, "09:05")
    look_on(two, DAY, "10:00")
    deliver_on(two, LocalOutbox(), DAY, "10:05")
    assert sorted(names(two, row) == {INTERIM_Y1} for row in mails(two, "sent")) == [False, True]
    assert [late(two) in alerts_in(two, row.id) for row in mails(two, "sent")].count(True) == 1
    assert "DEMO-OWN-01" in mails(two, "sent")[-1].payload_json["text"]
    assert not [one for one in examine(two.ctx("system", on=DAY))[1] if one.kind in ("lost", "untold", "no_mail", "twice")]


def test_what_is_told_after_all_goes_to_the_address_of_today(two):
    look_on(two, DAY)
    row = two.by_key(INTERIM_Y1)
    change(two, t.obligation, row.id, status="waived", next_look_on=None)
    deliver_on(two, LocalOutbox(), DAY)
    (first,) = mails(two, "sent")
    entry = ContactEntry("示範大學", "示範研發處", "new-desk@university.invalid")
    change_contact(two.ctx("officer"), contact_id=first.contact_id, entry=entry, expected_version=1, key=key())
    change(two, t.obligation, row.id, status="open", next_look_on=date(2027, 4, 7))
    look_on(two, DAY, "09:00")
    deliver_on(two, LocalOutbox(), DAY, "09:05")
    assert [one.address for one in mails(two, "sent")] == ["research@university.invalid", "new-desk@university.invalid"]


def test_a_copy_of_a_mail_with_several_lines_goes_to_the_contact_again(two):
    look_on(two, DAY)
    deliver_on(two, LocalOutbox(), DAY)
    (first,) = mails(two, "sent")
    send_again(two.ctx("admin", on=DAY), delivery_ids=[first.id], key=key())
    deliver_on(two, LocalOutbox(), DAY, "09:00")
    assert [row.status for row in mails(two) if row.resent_of_id == first.id] == ["sent"]
