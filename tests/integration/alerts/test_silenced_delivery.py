"""Silences while mails are really sent: nothing is lost, nothing is told twice, and at the end only what still holds goes out."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from tests.cast import at, key
from tests.integration.alerts.sink import smtp_sink
from tests.integration.alerts.support import MAILS, change, deliver_on, look_on, outbox_rows
from tracker.notify.transport import LocalOutbox, SmtpTransport
from tracker.services.delivery import deliver
from tracker.services.delivery_desk import Filters, delivery_story, mail_page
from tracker.services.silence_changes import SilenceEntry, lift_silence, make_silence
from tracker.store import tables as t

BEFORE, DUE, AFTER = "2027-03-30", "2027-03-31", "2027-04-08"  # Tuesday, Wednesday (the first interim report is due), Thursday
INTERIM = "DEMO-OWN-01/interim_report/Y1"


@pytest.fixture
def paused(cast):
    """The own project paused from before the last days of its interim report until a week after them."""
    entry = SilenceEntry(at(AFTER, "08:00"), "主持人住院", "pause", project_id=cast.project("own").id)
    made = make_silence(cast.ctx("officer", on="2027-03-29"), entry, key=key())  # Monday
    cast.pause = made.silence_id
    return cast


def of_own(cast, status: str):
    with cast.desk.store.read() as conn:
        ids = set(conn.scalars(select(t.person.c.id).where(t.person.c.email.like("%@own.invalid"))))
    return [row for row in outbox_rows(cast, status) if row.person_id in ids]


def days_of_work(cast, *days: str) -> None:
    for day in days:
        look_on(cast, day)
        deliver_on(cast, LocalOutbox(), day)


def test_a_pause_holds_every_mail_and_loses_none_at_its_end(paused):
    days_of_work(paused, BEFORE, DUE, "2027-04-01", "2027-04-07")
    assert of_own(paused, "sent") == []
    with paused.desk.store.read() as conn:
        assert conn.execute(t.inbox_item.select().where(t.inbox_item.c.person_id == paused.person("pi").id)).first() is not None
    days_of_work(paused, AFTER)
    assert {row.person_id for row in of_own(paused, "sent")} >= {paused.person("pi").id, paused.person("assistant").id}
    assert of_own(paused, "pending") == [row for row in of_own(paused, "pending") if row.waits_for != "silence"]


def test_at_the_end_each_reader_has_one_mail_with_what_then_holds(paused):
    days_of_work(paused, BEFORE, DUE, "2027-04-01", "2027-04-07")
    deliver_on(paused, LocalOutbox(), AFTER)
    hers = [row for row in of_own(paused, "sent") if row.person_id == paused.person("pi").id]
    assert len(hers) == 1
    told = delivery_story(paused.ctx("admin", on=AFTER), hers[0].id)
    of_interim = [line for line in told.lines if line.obligation == INTERIM]
    assert len([line for line in of_interim if not line.left_out]) == 1  # the last stage; what it overtook says nothing more
    assert {line.left_out for line in of_interim if line.left_out} <= {"overtaken"}


def test_what_was_handed_in_meanwhile_is_not_told_at_the_end(paused):
    days_of_work(paused, BEFORE, DUE)
    o = t.obligation
    with paused.desk.store.read() as conn:
        ids = list(conn.scalars(select(o.c.id).where(o.c.project_id == paused.project("own").id)))
    for number in ids:
        change(paused, o, number, status="accepted", discharged_by="milepost", next_look_on=None)
    deliver_on(paused, LocalOutbox(), AFTER)
    assert of_own(paused, "sent") == []
    with paused.desk.store.read() as conn:
        waits = conn.execute(t.outbox.select().where(t.outbox.c.waits_for == "silence", t.outbox.c.status == "pending")).all()
    assert waits == []


def test_a_held_mail_says_which_silence_holds_it(paused):
    days_of_work(paused, BEFORE)
    rows = [row for row in mail_page(paused.ctx("auditor", on=BEFORE), Filters(silence_id=paused.pause)).rows if row.status == "pending"]
    assert rows
    assert {row.why for row in rows} == {"silence"}


@pytest.mark.parametrize("workers", [2])
def test_a_silence_that_is_lifted_while_two_workers_send_leaves_no_mail_behind_and_sends_none_twice(paused, workers):
    look_on(paused, BEFORE)
    ctx = paused.ctx("system", on=BEFORE, clock="08:10")
    begun = threading.Barrier(workers + 1)
    with smtp_sink() as sink:

        def work():
            transport = SmtpTransport(sink.url)
            begun.wait()
            while deliver(ctx, transport, MAILS, wall=lambda: ctx.now, batch=1).claimed:
                pass
            transport.close()

        threads = [threading.Thread(target=work) for _ in range(workers)]
        for thread in threads:
            thread.start()
        begun.wait()
        chief = paused.ctx("chief", on=BEFORE, clock="08:10")
        lift_silence(chief, silence_id=paused.pause, reason="已出院", expected_version=1, key=key())
        for thread in threads:
            thread.join()
        while deliver(ctx, SmtpTransport(sink.url), MAILS, wall=lambda: ctx.now).claimed:
            pass
        taken = sink.ids()
    assert len(taken) == len(set(taken)) > 0
    assert [row for row in outbox_rows(paused, "pending") if row.waits_for == "silence"] == []
    with paused.desk.store.read() as conn:
        told = set(conn.scalars(select(t.inbox_item.c.outbox_id).where(t.inbox_item.c.outbox_id.is_not(None))))
    states = {row.status for row in outbox_rows(paused) if row.id in told and row.available_at <= ctx.now}
    assert states == {"sent"}
