"""A database that was put back from a copy: nothing leaves a second time before an administrator has looked."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, func, select

from tests.cast import at, key
from tests.integration.alerts.support import deliver_on, everything, outbox_rows
from tests.integration.services.support_reports import fill, hand_in, opened
from tracker.notify.notice_wording import RECEIPT
from tracker.notify.transport import LocalOutbox
from tracker.services import errors
from tracker.services.alerts import look
from tracker.services.delivery_desk import delivery_story
from tracker.services.mass_holds import drop, hold_list, release, waiting_holds
from tracker.services.notices import tell
from tracker.services.policy import Target
from tracker.services.recipients import Recipient
from tracker.services.restores import put_back
from tracker.services.sessions import new_session, sid_of_token
from tracker.store import tables as t
from tracker.store.writing import Tx

DAY = "2027-03-30"  # Tuesday: stages of several obligations fall on it or before
NEXT = "2027-03-31"
MADE = at(DAY, "07:00")


def look_on(cast, day: str = DAY, clock: str = "08:30"):
    return look(cast.ctx("system", on=day, clock=clock))


def restored_on(cast, day: str = DAY, clock: str = "12:00"):
    return put_back(cast.ctx("system", on=day, clock=clock), made_at=MADE, key=key())


def to_people(cast, status: str):
    """The mails that tell of alerts, by themselves or in a digest."""
    return [row for row in outbox_rows(cast, status) if row.notice_id is None]


def decide(cast, act, clock: str = "13:00", day: str = DAY):
    hold = next(one for one in hold_list(cast.ctx("admin", on=day)) if one.why == "restore")
    values = {"hold_id": hold.id, "reason": "已比對郵件紀錄", "expected_version": hold.version, "key": key()}
    return act(cast.ctx("admin", on=day, clock=clock), **values)


def test_what_waited_in_the_copy_does_not_leave_by_itself(cast):
    look_on(cast)
    waiting = {row.message_id for row in to_people(cast, "pending") if row.available_at <= at(DAY, "12:00")}
    assert waiting
    done = restored_on(cast)
    assert done.held == len(waiting)
    assert {row.message_id for row in to_people(cast, "held")} == waiting
    deliver_on(cast, LocalOutbox(), DAY, "12:01")
    assert to_people(cast, "sent") == []


def test_a_mail_that_was_on_its_way_or_had_been_tried_is_kept_back_too(cast):
    look_on(cast)
    first, second = [row.id for row in to_people(cast, "pending")][:2]
    with cast.desk.store.transaction() as conn:
        o = t.outbox
        conn.execute(
            o.update().where(o.c.id == first).values(status="sending", lease_owner="x", lease_until_at=at(DAY, "08:40"), attempts=1)
        )
        conn.execute(o.update().where(o.c.id == second).values(attempts=2, available_at=at(NEXT, "03:00")))
    restored_on(cast)
    rows = {row.id: row for row in outbox_rows(cast)}
    assert [(rows[number].status, rows[number].lease_owner) for number in (first, second)] == [("held", None), ("held", None)]


def test_what_is_raised_again_after_a_restore_is_kept_back_with_the_message_id_it_had(cast):
    looks = next_looks(cast)
    look_on(cast)
    deliver_on(cast, LocalOutbox(), DAY, "09:00")
    before, told = everything(cast), {row.message_id for row in to_people(cast, "sent")}
    assert told
    forget_what_was_raised(cast, looks)  # as a copy from before the look has it
    restored_on(cast)
    look_on(cast, clock="12:01")
    assert everything(cast) == before
    admin = cast.ctx("admin", on=DAY, clock="12:01")
    assert told <= {delivery_story(admin, row.id).message_id for row in to_people(cast, "held")}
    assert to_people(cast, "pending") == [] == to_people(cast, "sent")
    assert deliver_on(cast, LocalOutbox(), DAY, "12:02").sent == 1, "the mail to the administrator about it"
    decide(cast, release)
    deliver_on(cast, LocalOutbox(), DAY, "13:01")
    assert {row.message_id for row in to_people(cast, "sent")} == told


def next_looks(cast) -> list[dict]:
    o = t.obligation.c
    with cast.desk.store.read() as conn:
        return [{"row_id": row.id, "on": row.next_look_on} for row in conn.execute(select(o.id, o.next_look_on))]


def forget_what_was_raised(cast, looks: list[dict]) -> None:
    o = t.obligation
    with cast.desk.store.transaction() as conn:
        for table in (t.inbox_item, t.digest_notice, t.outbox, t.notice, t.alert):
            conn.execute(table.delete())
        conn.execute(
            o.update().where(o.c.id == bindparam("row_id")).values(next_look_on=bindparam("on", type_=o.c.next_look_on.type)), looks
        )


def test_the_administrators_are_told_and_the_banner_stands_at_once(cast):
    restored_on(cast)
    assert len(waiting_holds(cast.ctx("admin", on=DAY, clock="12:00"))) == 1
    look_on(cast, clock="12:01")
    (mail,) = [row for row in outbox_rows(cast) if row.notice_id is not None]
    assert (mail.status, mail.address) == ("pending", "admin@office.invalid")
    hold = hold_list(cast.ctx("admin", on=DAY))[0]
    assert (hold.why, hold.since_at, hold.decision) == ("restore", MADE, "")


def test_a_restore_is_asked_about_even_where_nothing_waits(cast):
    restored_on(cast)
    look_on(cast, clock="12:01")
    decide(cast, release)
    look_on(cast, clock="14:00")
    assert waiting_holds(cast.ctx("admin", on=DAY, clock="14:00")) == []


def test_what_is_told_under_a_number_that_was_given_before_the_restore_is_another_message(cast):
    pi, own = cast.person("pi"), cast.project("own")

    def receipt(clock: str) -> str:
        ctx = cast.ctx("pi", on=DAY, clock=clock)
        people = [Recipient(pi.id, pi.email, "en", "pi")]
        ctx.store.write_quiet(
            ctx.now, lambda tx: tell(tx, ctx, kind=RECEIPT, people=people, once="17", project=Target(own.id, own.programme_id))
        )
        (row,) = [row for row in outbox_rows(cast) if row.notice_id is not None]
        return row.message_id

    before = receipt("09:00")
    forget_what_was_raised(cast, next_looks(cast))  # handed in after the copy was made: the restore knows nothing of it
    assert receipt("14:00") != before, "she hands in again, and her mail program would hide the receipt that counts"


def test_what_falls_due_before_the_decision_waits_as_well_and_nothing_is_lost(cast):
    restored_on(cast, clock="00:05")
    look_on(cast, clock="00:06")
    look_on(cast, day=NEXT, clock="08:30")  # another look, after the first was weighed
    deliver_on(cast, LocalOutbox(), NEXT, "08:31")
    assert to_people(cast, "sent") == []
    waits = {row.id for row in to_people(cast, "held")}
    assert waits
    decide(cast, release, day=NEXT)
    deliver_on(cast, LocalOutbox(), NEXT, "13:01")
    rows = {row.id: row.status for row in outbox_rows(cast)}
    assert {rows[number] for number in waits} <= {"sent", "cancelled"}
    assert "sent" in {rows[number] for number in waits}


def test_dropping_sends_nothing_and_the_inboxes_keep_it(cast):
    look_on(cast)
    restored_on(cast)
    held = {row.id for row in to_people(cast, "held")}
    decide(cast, drop)
    deliver_on(cast, LocalOutbox(), DAY, "13:01")
    rows = {row.id: row for row in outbox_rows(cast)}
    assert {(rows[number].status, rows[number].cancel_reason) for number in held} == {("cancelled", "已比對郵件紀錄")}
    with cast.desk.store.read() as conn:
        assert conn.execute(select(func.count()).select_from(t.inbox_item)).scalar_one()


def test_a_receipt_of_today_leaves_although_mails_are_held(cast):
    restored_on(cast, day="2026-09-01", clock="08:00")
    report = opened(cast)
    fill(cast, report)
    hand_in(cast, report)
    deliver_on(cast, LocalOutbox(), "2026-09-01", "23:00")
    sent = [row.payload_json["notice"] for row in outbox_rows(cast, "sent")]
    assert "receipt" in sent


def test_every_session_of_the_copy_has_ended(cast):
    now = at(DAY, "12:00")
    with cast.desk.store.transaction() as conn:
        opened = new_session(Tx(conn, now), cast.person("pi").id, at=now)
    assert sid_of_token(cast.desk.store, opened.token, now)
    assert restored_on(cast).signed_out == 1
    assert sid_of_token(cast.desk.store, opened.token, now) is None


def test_a_second_restore_before_the_decision_adds_to_the_same_hold(cast):
    look_on(cast)
    first = restored_on(cast)
    assert restored_on(cast, clock="12:30").hold == first.hold


def test_nobody_but_the_system_says_that_a_database_was_put_back(cast):
    with pytest.raises(errors.Forbidden):
        put_back(cast.ctx("admin", on=DAY), made_at=MADE, key=key())
