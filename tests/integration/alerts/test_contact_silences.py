"""A silence of one thing that a contact at an institution is told: it waits alone, and never under somebody else's name."""

from __future__ import annotations

from datetime import date

import pytest

from tests.cast import at, key
from tests.integration.alerts.policies import INSTITUTION_AFTER_THREE, INTERIM_Y1, alerts_in, alerts_of, contact, put
from tests.integration.alerts.support import change, deliver_on, look_on, outbox_rows
from tracker.notify.transport import LocalOutbox
from tracker.services.silence_changes import SilenceEntry, make_silence
from tracker.services.silences import silence_list
from tracker.store import tables as t

DAY, END = "2027-04-07", "2027-04-14"  # Wednesday, a week after the legal last day; the Wednesday after it
DUE = date(2027, 3, 31)  # Wednesday
QUARTER = "DEMO-OWN-01/quarterly_report/Y1Q3"
KINDS = ("interim_report", "quarterly_report")


@pytest.fixture
def late(cast):
    """Two reports of one institution that are a week late, and two contacts there, told on this day."""
    put(cast, INSTITUTION_AFTER_THREE)
    contact(cast)
    contact(cast, "second-desk@university.invalid")
    change(cast, t.obligation, cast.by_key(QUARTER).id, due_on=DUE, file_by_on=DUE, next_look_on=DUE)
    return cast


def silence(cast, *kinds: str) -> None:
    for kind in kinds:
        entry = SilenceEntry(at(END, "08:00"), "來函說明中", programme_id=cast.project("own").programme_id, obligation_kind=kind)
        make_silence(cast.ctx("chief", on="2027-04-06"), entry, key=key())


def told(cast, status: str = "sent") -> dict[str, list[set[str]]]:
    """By address of a contact: the reports that each of her mails tells of."""
    alerts = {public_key: alerts_of(cast, public_key)["+7", DUE].id for public_key in (INTERIM_Y1, QUARTER)}
    found: dict[str, list[set[str]]] = {}
    for row in outbox_rows(cast, status):
        if row.contact_id:
            of_mail = alerts_in(cast, row.id)
            found.setdefault(row.address, []).append({name for name, number in alerts.items() if number in of_mail})
    return found


def work(cast, day: str) -> None:
    look_on(cast, day)
    deliver_on(cast, LocalOutbox(), day)


def test_a_silence_of_one_report_holds_no_other_from_a_contact(late):
    silence(late, KINDS[0])
    work(late, DAY)
    assert told(late) == {"research@university.invalid": [{QUARTER}], "second-desk@university.invalid": [{QUARTER}]}


def test_what_was_held_goes_to_each_contact_in_her_own_mail_at_the_end(late):
    silence(late, KINDS[0])
    work(late, DAY)
    assert told(late, "pending") == {"research@university.invalid": [{INTERIM_Y1}], "second-desk@university.invalid": [{INTERIM_Y1}]}
    deliver_on(late, LocalOutbox(), END)
    both = [{QUARTER}, {INTERIM_Y1}]
    assert told(late) == {"research@university.invalid": both, "second-desk@university.invalid": both}


def test_two_silences_of_the_lines_of_one_mail_leave_nothing_to_tell_and_lose_nothing(late):
    silence(late, *KINDS)
    work(late, DAY)
    assert told(late) == {}
    deliver_on(late, LocalOutbox(), END)
    assert all(sorted(mails, key=sorted) == [{INTERIM_Y1}, {QUARTER}] for mails in told(late).values())
    assert len(told(late)) == 2


def test_a_later_look_adds_to_what_waits_for_the_same_contact(late):
    silence(late, KINDS[0])
    work(late, DAY)
    held = [row for row in outbox_rows(late, "pending") if row.contact_id]
    assert len({row.dedup_key for row in held}) == 2
    (running,) = silence_list(late.ctx("chief", on=DAY))
    everybody = {(row.person_id, row.contact_id) for row in outbox_rows(late, "pending") if row.silence_id == running.id}
    assert running.people == len(everybody)
