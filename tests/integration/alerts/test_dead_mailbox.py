"""A mailbox that refused mails: when the address is corrected, what was given up and still holds goes there, in one mail, once."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from tests.cast import at, key
from tests.integration.alerts.policies import INTERIM_Y1, alerts_in, alerts_of, contact, put, with_levels
from tests.integration.alerts.sink import smtp_sink
from tests.integration.alerts.support import change, deliver_on, fate, look_on, outbox_rows, told, why
from tracker.domain.alert_policy import Level
from tracker.domain.patience import LAST_ATTEMPT
from tracker.notify.transport import LocalOutbox, SmtpTransport
from tracker.services import delivery
from tracker.services.alert_audit import examine
from tracker.services.delivery_list import delivery_list
from tracker.services.institution_contacts import ContactEntry, change_contact
from tracker.services.notices import herself, tell
from tracker.services.people import change_address
from tracker.store import tables as t

DUE, NEXT = "2027-03-31", "2027-04-01"  # Wednesday, the legal last day; Thursday
OLD, NEW = "pi@own.invalid", "pi@new.invalid"
NO = "550 no such mailbox"
OTHER = "DEMO-OWN-01/quarterly_report/Y1Q3"


def refused(cast, day: str, clock: str = "08:05", *, address: str = OLD) -> None:
    with smtp_sink(refuse={address: NO}) as sink:
        smtp = SmtpTransport(sink.url)
        deliver_on(cast, smtp, day, clock)
        smtp.close()


def correct(cast, day: str = NEXT, clock: str = "10:00", *, to: str = NEW, version: int = 1):
    admin = cast.ctx("admin", on=day, clock=clock)
    return change_address(admin, person_id=cast.person("pi").id, email=to, expected_version=version, key=key())


def hers(cast) -> dict[str, tuple[str, str]]:
    """By obligation and stage: what became of the mail that tells her, and why."""
    return {
        f"{one.rsplit('/', 2)[1]} {line.stage}": (fate(line), why(line))
        for one in (INTERIM_Y1, OTHER)
        for line in told(cast, one)
        if line.address in (OLD, NEW)
    }


@pytest.fixture
def dead(cast):
    """Two things became due on one day, and her mailbox refused them."""
    own = date(2027, 3, 31)
    for long_ago in ("Y1Q1", "Y1Q2"):
        change(cast, t.obligation, cast.by_key(f"DEMO-OWN-01/quarterly_report/{long_ago}").id, status="waived", next_look_on=None)
    change(cast, t.obligation, cast.by_key(OTHER).id, due_on=own, file_by_on=own, next_look_on=own)
    look_on(cast, DUE)
    refused(cast, DUE)
    assert {fate for fate, _ in hers(cast).values()} == {"failed"}
    return cast


def test_what_was_given_up_goes_to_the_corrected_address_in_one_mail_once(dead):
    moved = correct(dead, DUE)
    assert moved.again == len(hers(dead)) > 1
    with smtp_sink(refuse={OLD: NO}) as sink:
        smtp = SmtpTransport(sink.url)
        deliver_on(dead, smtp, DUE, "10:01")
        (mail,) = [one for one in sink.taken if NEW in one["To"]]
        said = str(mail.get_body().get_content())
        assert all(dead.by_key(one).title_zh in said for one in (INTERIM_Y1, OTHER))
        deliver_on(dead, smtp, DUE, "10:02")
        look_on(dead, DUE, "10:05")
        deliver_on(dead, smtp, DUE, "10:06")
        smtp.close()
        assert len([one for one in sink.taken if NEW in one["To"]]) == 1
    assert {fate for fate, _ in hers(dead).values()} == {"sent"}
    assert {one.kind for one in examine(dead.ctx("system", on=DUE, clock="12:00"))[1]} == set()


def test_the_list_of_deliveries_says_what_became_of_what_was_given_up(dead):
    before = {row.id for row in outbox_rows(dead, "failed")}
    correct(dead, DUE)
    rows = {row.id: (row.status, row.error) for row in delivery_list(dead.ctx("admin", on=DUE)) if row.id in before}
    assert set(rows.values()) == {("cancelled", "readdressed")}
    assert outbox_rows(dead, "failed") == []


@pytest.mark.parametrize("stale", ["handed in", "waived", "moved", "overtaken", "left"])
def test_what_is_stale_does_not_go(dead, stale):
    row = dead.by_key(OTHER)
    if stale in ("handed in", "waived"):
        change(dead, t.obligation, row.id, status="submitted" if stale == "handed in" else "waived")
    elif stale == "moved":
        later = date(2027, 6, 30)
        change(dead, t.obligation, row.id, due_on=later, file_by_on=later)
    elif stale == "left":
        m = t.membership.c
        with dead.desk.store.transaction() as conn:
            conn.execute(t.membership.update().where(m.person_id == dead.person("pi").id).values(until_on=date(2027, 3, 31)))
    else:
        look_on(dead, NEXT)
        refused(dead, NEXT)
    moved = correct(dead, NEXT, "12:00")
    with smtp_sink() as sink:
        smtp = SmtpTransport(sink.url)
        deliver_on(dead, smtp, NEXT, "12:01")
        smtp.close()
        told_to = [str(one.get_body().get_content()) for one in sink.taken if NEW in one["To"]]
    if stale == "left":
        assert (moved.again, told_to) == (0, [])
    elif stale == "overtaken":
        assert moved.again == len([place for place in hers(dead) if place.endswith("+1")])
        assert {place: what for place, what in hers(dead).items() if place.endswith(" due")} == dict.fromkeys(
            [place for place in hers(dead) if place.endswith(" due")], ("cancelled", "overtaken")
        )
        assert len(told_to) == 1
    else:
        assert moved.again == 1
        assert len(told_to) == 1
        assert dead.by_key(INTERIM_Y1).title_zh in told_to[0]
        assert row.title_zh not in told_to[0]


def test_what_was_given_up_for_another_person_is_left_alone(dead):
    with smtp_sink(refuse={"assistant@own.invalid": NO}) as sink:
        smtp = SmtpTransport(sink.url)
        look_on(dead, NEXT)
        deliver_on(dead, smtp, NEXT, "09:00")
        smtp.close()
    others = [row.id for row in outbox_rows(dead, "failed") if row.person_id != dead.person("pi").id]
    assert others
    correct(dead)
    assert [row.id for row in outbox_rows(dead, "failed")] == others


def test_what_patience_gave_up_goes_too_and_does_not_come_back_a_second_time(cast):
    look_on(cast, DUE)
    for row in outbox_rows(cast, "pending"):
        if row.person_id == cast.person("pi").id:
            change(cast, t.outbox, row.id, status="failed", attempts=LAST_ATTEMPT, last_error="the server is away")
    assert correct(cast, DUE).again > 0
    with smtp_sink() as sink:
        smtp = SmtpTransport(sink.url)
        for clock in ("10:01", "10:02", "10:03"):
            deliver_on(cast, smtp, DUE, clock)
        smtp.close()
        assert len([one for one in sink.taken if NEW in one["To"]]) == 1


def test_a_notice_that_was_given_up_goes_along_with_the_rest(dead):
    ctx = dead.ctx("system", on=DUE, clock="09:00")

    def body(tx):
        people = [herself(tx.conn, dead.person("pi").id, "pi")]
        tell(tx, ctx, kind="handed_on", people=people, once="x", params={"moved": 2, "name": "示範人員", "codes": []}, at_once=True)

    dead.desk.store.write_quiet(ctx.now, body)
    refused(dead, DUE, "09:01")
    before = len(hers(dead))
    assert correct(dead, DUE).again == before + 1
    deliver_on(dead, LocalOutbox(), DUE, "10:01")
    (mail,) = [row for row in outbox_rows(dead, "sent") if row.person_id == dead.person("pi").id]
    assert "示範人員" in mail.payload_json["text"]


def test_a_mail_that_was_being_refused_while_the_address_was_corrected_goes_to_the_new_one(cast, monkeypatch):
    look_on(cast, DUE)
    send = delivery._Run._send

    def corrected_meanwhile(run, letter, words):
        if letter.row.person_id == cast.person("pi").id and letter.row.address == OLD:
            correct(cast, DUE)
        return send(run, letter, words)

    monkeypatch.setattr(delivery._Run, "_send", corrected_meanwhile)
    refused(cast, DUE)
    assert {fate for fate, _ in hers(cast).values()} == {"sent"}
    assert outbox_rows(cast, "failed") == []


def test_a_corrected_address_that_refuses_as_well_is_given_up_and_can_be_corrected_again(dead):
    first = correct(dead, DUE)
    refused(dead, DUE, "10:01", address=NEW)
    assert {fate for fate, _ in hers(dead).values()} == {"failed"}
    again = correct(dead, DUE, "11:00", to="third@own.invalid", version=2)
    assert again.again == first.again


def test_a_contact_at_an_institution_whose_address_was_wrong_gets_one_mail_at_the_right_one(cast):
    put(cast, with_levels(Level("institution", "+1"), Level("officer", "+7")))
    number = contact(cast)
    look_on(cast, NEXT)
    refused(cast, NEXT, address="research@university.invalid")
    given_up = [row.id for row in outbox_rows(cast, "failed")]
    assert given_up
    right = ContactEntry("示範大學", "示範研發處", "new-desk@university.invalid", "en")
    moved = change_contact(cast.ctx("officer", on=NEXT, clock="10:00"), contact_id=number, entry=right, expected_version=1, key=key())
    assert moved.again > 0
    with smtp_sink() as sink:
        smtp = SmtpTransport(sink.url)
        deliver_on(cast, smtp, NEXT, "10:01")
        smtp.close()
        assert len([one for one in sink.taken if "new-desk@university.invalid" in one["To"]]) == 1
    (mail,) = [row for row in outbox_rows(cast, "sent") if row.contact_id == number]
    assert alerts_of(cast)["+1", date(2027, 3, 31)].id in alerts_in(cast, mail.id)
    assert "Dear" in mail.payload_json["text"]


def test_it_is_a_new_mail_that_waits_for_the_end_of_the_night(dead):
    correct(dead, NEXT, "23:00")
    with dead.desk.store.read() as conn:
        (row,) = conn.execute(select(t.outbox).where(t.outbox.c.person_id == dead.person("pi").id, t.outbox.c.status == "pending")).all()
    assert row.available_at == at("2027-04-02", "08:00")
