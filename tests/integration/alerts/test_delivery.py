"""Mails against a real SMTP server: what is sent, tried again, given up and cancelled."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.exc import OperationalError

from tests.cast import at, key
from tests.integration.alerts.chat_sink import SLACK
from tests.integration.alerts.sink import DROP, free_port, smtp_sink
from tests.integration.alerts.support import MAILS, change, deliver_on, ledger, look_on, mail_of, outbox_rows, told
from tracker.domain.patience import LAST_ATTEMPT, retry_after
from tracker.notify.transport import LocalOutbox, SmtpTransport
from tracker.services import delivery, errors
from tracker.services.alerts import message_id
from tracker.services.chat_channels import add_channel
from tracker.services.delivery import LEASE, deliver
from tracker.services.delivery_list import delivery_list, retry_delivery
from tracker.store import outbox
from tracker.store import tables as t

DAY = "2027-01-29"  # Friday: T-60 of the first interim report

INTERIM_Y1 = "DEMO-OWN-01/interim_report/Y1"


@pytest.fixture
def one_alert(cast):
    """Only the first interim report's T-60 waits, to three people of the project."""
    look_on(cast, "2027-01-28")
    for row in outbox_rows(cast):
        change(cast, t.outbox, row.id, status="cancelled")
    look_on(cast, DAY)
    return cast


def waiting(cast):
    return outbox_rows(cast, "pending")


def test_a_mail_reaches_each_person_alone_over_one_connection(one_alert):
    with smtp_sink() as sink:
        done = deliver_on(one_alert, SmtpTransport(sink.url), DAY)
    assert done.sent == len(sink.taken) == 3
    assert [message["To"].addresses[0].addr_spec for message in sink.taken] == [row.address for row in outbox_rows(one_alert, "sent")]
    assert all(len(message["To"].addresses) == 1 for message in sink.taken)
    assert sink.connections == 1


def test_each_person_reads_it_in_her_language(one_alert):
    with smtp_sink() as sink:
        deliver_on(one_alert, SmtpTransport(sink.url), DAY)
    by_address = {message["To"].addresses[0].addr_spec: message for message in sink.taken}
    zh, en = by_address["pi@own.invalid"], by_address["assistant@own.invalid"]
    assert zh["Subject"].startswith("請於 116-03-30 (2027-03-30) 前繳交")
    assert en["Subject"].startswith("Hand in by 116-03-30 (2027-03-30)")
    for message in (zh, en):
        text = message.get_body(("plain",)).get_content()
        html = message.get_body(("html",)).get_content()
        for part in (text, html):
            assert "116-03-31 (2027-03-31)" in part
            assert "https://milepost.office.invalid/report?obligation=" in part
            assert "DEMO-OWN-01" in part


def test_nothing_is_mailed_before_eight(one_alert):
    with smtp_sink() as sink:
        assert deliver_on(one_alert, SmtpTransport(sink.url), DAY, "07:59").claimed == 0
        assert deliver_on(one_alert, SmtpTransport(sink.url), DAY, "08:00").sent == 3


def test_the_message_id_is_fixed_when_the_mail_is_decided_on(one_alert):
    assert all(row.message_id == message_id(row.dedup_key) for row in waiting(one_alert))
    with smtp_sink() as sink:
        deliver_on(one_alert, SmtpTransport(sink.url), DAY)
    assert sorted(sink.ids()) == sorted(row.message_id for row in outbox_rows(one_alert, "sent"))


def test_a_temporary_refusal_is_tried_again_after_a_minute(one_alert):
    with smtp_sink("451 later please") as sink:
        first = deliver_on(one_alert, SmtpTransport(sink.url), DAY, "08:00")
        assert (first.sent, first.retried) == (2, 1)
        put_off = waiting(one_alert)[0]
        assert put_off.available_at == at(DAY, "08:01")
        assert "451" in put_off.last_error
        assert deliver_on(one_alert, SmtpTransport(sink.url), DAY, "08:00").claimed == 0
        assert deliver_on(one_alert, SmtpTransport(sink.url), DAY, "08:01").sent == 1
    assert len(sink.taken) == 3


def test_a_final_refusal_is_shown_and_an_administrator_may_try_again(one_alert):
    with smtp_sink(refuse={"pi@own.invalid": "550 no such mailbox"}) as sink:
        done = deliver_on(one_alert, SmtpTransport(sink.url), DAY)
        assert (done.sent, done.failed) == (2, 1)
        failed = delivery_list(one_alert.ctx("admin", on=DAY), statuses=("failed",))
        assert [(row.address, "550" in row.error) for row in failed] == [("pi@own.invalid", True)]
        sink.refuse.clear()
        retry_delivery(one_alert.ctx("admin", on=DAY), delivery_id=failed[0].id, key=key())
        assert deliver_on(one_alert, SmtpTransport(sink.url), DAY, "09:05").sent == 1
    assert mail_of(one_alert, "pi").status == "sent"


def test_only_a_failed_mail_can_be_tried_again_and_only_by_an_administrator(one_alert):
    row = waiting(one_alert)[0]
    with pytest.raises(errors.Invalid):
        retry_delivery(one_alert.ctx("admin"), delivery_id=row.id, key=key())
    with pytest.raises(errors.NotFound):
        retry_delivery(one_alert.ctx("admin"), delivery_id=10**9, key=key())
    for who in ("auditor", "officer", "chief", "pi"):
        with pytest.raises(errors.Forbidden):
            retry_delivery(one_alert.ctx(who), delivery_id=row.id, key=key())


def test_a_server_that_takes_a_mail_and_hangs_up_gets_the_same_message_again(one_alert):
    with smtp_sink(DROP) as sink:
        assert deliver_on(one_alert, SmtpTransport(sink.url), DAY, "08:00").retried == 1
        assert deliver_on(one_alert, SmtpTransport(sink.url), DAY, "08:01").sent == 1
    assert len(sink.taken) == 4
    assert len(set(sink.ids())) == 3
    assert [row.possibly_twice for row in delivery_list(one_alert.ctx("admin"), statuses=("sent",))].count(True) == 1


def test_a_server_that_is_not_there_loses_nothing(one_alert):
    nobody = f"smtp://127.0.0.1:{free_port()}"
    assert deliver_on(one_alert, SmtpTransport(nobody, timeout=2), DAY, "08:00").retried == 3
    with smtp_sink() as sink:
        assert deliver_on(one_alert, SmtpTransport(sink.url), DAY, "08:01").sent == 3


def test_a_refused_sender_is_our_fault_and_not_the_mails(one_alert):
    with smtp_sink() as sink:

        async def refuse(server, session, envelope, address, options):
            return "553 who are you"

        sink.handle_MAIL = refuse
        done = deliver_on(one_alert, SmtpTransport(sink.url), DAY)
    assert (done.retried, done.failed) == (3, 0)


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 1), (2, 5), (3, 15), (4, 60), (5, 240), (6, 240)])
def test_patience_grows_from_a_minute_to_four_hours(attempts, minutes):
    assert retry_after(attempts) == timedelta(minutes=minutes)


def test_a_mail_is_given_up_after_two_days():
    waits = []
    while (pause := retry_after(len(waits) + 1)) is not None:
        waits.append(pause)
    assert timedelta(hours=44) <= sum(waits, timedelta()) <= timedelta(hours=48)


def test_what_was_handed_in_meanwhile_is_not_mailed(one_alert):
    change(one_alert, t.obligation, one_alert.by_key(INTERIM_Y1).id, status="submitted", discharged_by="milepost")
    with smtp_sink() as sink:
        done = deliver_on(one_alert, SmtpTransport(sink.url), DAY)
    assert (done.cancelled, done.sent, sink.mails) == (3, 0, [])
    assert ledger(one_alert, INTERIM_Y1)[-1] == ("T-60", "cancelled")


def test_what_was_sent_here_but_not_filed_with_the_funder_goes_on_and_says_so(one_alert):
    change(one_alert, t.obligation, one_alert.by_key(INTERIM_Y1).id, status="submitted", discharged_by="external")
    deliver_on(one_alert, LocalOutbox(), DAY)
    sent = delivery_list(one_alert.ctx("auditor"), statuses=("sent",))
    by_address = {row.address: row for row in sent}
    assert "已於本系統送件，尚未向補助機關繳交" in by_address["pi@own.invalid"].text
    assert "not yet filed with the funding agency" in by_address["assistant@own.invalid"].text


def test_a_date_that_moved_meanwhile_is_not_mailed(one_alert):
    change(one_alert, t.obligation, one_alert.by_key(INTERIM_Y1).id, due_on=date(2027, 4, 20))
    assert deliver_on(one_alert, LocalOutbox(), DAY).cancelled == 3


def test_an_account_that_was_switched_off_gets_no_mail(one_alert):
    change(one_alert, t.person, one_alert.person("assistant").id, active=False)
    done = deliver_on(one_alert, LocalOutbox(), DAY)
    assert (done.sent, done.cancelled) == (2, 1)
    assert ledger(one_alert, INTERIM_Y1)[-1] == ("T-60", "raised")


def test_a_later_alert_takes_the_place_of_one_that_could_not_be_sent(one_alert):
    look_on(one_alert, "2027-02-28")
    done = deliver_on(one_alert, LocalOutbox(), "2027-02-28")
    assert done.sent >= 3
    old = [line for line in told(one_alert, INTERIM_Y1) if line.stage == "T-60"]
    assert {(line.status, line.last_error) for line in old} == {("cancelled", "overtaken")}
    assert ("T-60", "raised") in ledger(one_alert, INTERIM_Y1)


def test_an_assumed_date_never_accuses_and_asks_the_officer(cast):
    row = cast.by_key(INTERIM_Y1)
    change(cast, t.obligation, row.id, confidence="assumed")
    look_on(cast, "2027-04-07")  # +7
    deliver_on(cast, LocalOutbox(), "2027-04-07")
    told_by = {line.id for line in told(cast, INTERIM_Y1)}
    mails = {row.address: row for row in delivery_list(cast.ctx("admin"), statuses=("sent",)) if row.id in told_by}
    pi, officer = mails["pi@own.invalid"], mails["officer@office.invalid"]
    assert f"請先繳交現有資料（起算日待確認）：{row.title_zh}" in pi.text
    assert f"請確認起算日：{row.title_zh}" in officer.text
    assert "請確認" not in pi.text
    for mail in (pi, officer):
        about = "".join(paragraph for paragraph in mail.text.split("\n\n") if row.title_zh in paragraph)
        assert "已逾期" not in about


def test_a_mail_whose_worker_died_is_taken_over_when_its_lease_ends(one_alert):
    def dies(tx):
        return outbox.claim(tx.conn, owner="gone", now=at(DAY, "09:00"), wall=at(DAY, "09:00"), lease=LEASE, batch=20)

    assert len(one_alert.desk.store.write_quiet(at(DAY), dies)) == 3
    assert deliver_on(one_alert, LocalOutbox(), DAY, "09:02").claimed == 0
    assert deliver_on(one_alert, LocalOutbox(), DAY, "09:06").sent == 3


def test_an_error_in_the_middle_keeps_the_mail_in_hand_and_gives_back_the_rest(one_alert):
    class Breaks(LocalOutbox):
        def send(self, message):
            raise MemoryError

    ctx = one_alert.ctx("system", on=DAY)
    with pytest.raises(MemoryError):
        deliver(ctx, Breaks(), MAILS, wall=lambda: ctx.now)
    assert sorted((row.status, row.attempts) for row in outbox_rows(one_alert) if row.status != "cancelled") == [
        ("pending", 0),
        ("pending", 0),
        ("sending", 1),
    ]


def test_a_mail_that_breaks_what_carries_it_is_tried_again_and_holds_up_no_other(one_alert):
    class BreaksOnce(LocalOutbox):
        mails = closed = 0

        def send(self, message):
            self.mails += 1
            if self.mails == 1:
                raise UnicodeEncodeError("ascii", "信", 0, 1, "ordinal not in range")

        def close(self):
            self.closed += 1

    breaks = BreaksOnce()
    result = deliver_on(one_alert, breaks, DAY, "09:00")
    assert (result.sent, result.retried, breaks.closed) == (2, 1, 1)
    waiting = [row for row in outbox_rows(one_alert) if row.status == "pending"]
    assert [row.last_error.rsplit(" ", 1)[0] for row in waiting] == ["unexpected error, reference"]
    assert deliver_on(one_alert, LocalOutbox(), DAY, "09:02").sent == 1


def test_two_workers_never_send_the_same_mail(one_alert):
    ctx = one_alert.ctx("system", on=DAY)
    other = LocalOutbox()
    seen = []

    class First(LocalOutbox):
        def send(self, message):
            seen.append(deliver(ctx, other, MAILS, wall=lambda: ctx.now).claimed)

    assert deliver(ctx, First(), MAILS, wall=lambda: ctx.now).sent == 3
    assert seen == [0, 0, 0]


def test_who_lost_the_lease_marks_nothing(one_alert):
    ctx = one_alert.ctx("system", on=DAY)

    class Slow(LocalOutbox):
        def send(self, message):
            late = at(DAY, "09:10")  # the lease of five minutes is over: another worker takes everything
            deliver(ctx, LocalOutbox(), MAILS, wall=lambda: late)

    clock = iter([at(DAY, "09:00")] * 4 + [at(DAY, "09:10")] * 20)
    first = deliver(ctx, Slow(), MAILS, wall=lambda: next(clock))
    assert first.sent == 1  # it handed one over, as the copy of a mail whose mark the other one made
    rows = outbox_rows(one_alert, "sent")
    assert len(rows) == 3
    assert {row.attempts for row in rows} == {2}


@pytest.mark.parametrize("taken", [1, 3])
def test_what_another_worker_has_taken_while_it_was_worded_is_left_to_that_one(one_alert, monkeypatch, taken):
    ctx, clock, worded = one_alert.ctx("system", on=DAY), [at(DAY, "09:00")], delivery.rendered

    def slow(*args, **kwargs):
        if clock[0] == at(DAY, "09:00"):
            clock[0] = at(DAY, "09:10")  # the lease of three minutes is over
            late = {"now": ctx.now, "wall": clock[0], "lease": LEASE, "batch": taken}
            one_alert.desk.store.write_quiet(ctx.now, lambda tx: outbox.claim(tx.conn, owner="another", **late))
        return worded(*args, **kwargs)

    monkeypatch.setattr(delivery, "rendered", slow)
    handed = []
    monkeypatch.setattr(LocalOutbox, "send", lambda self, message: handed.append(message["To"]))
    done = deliver(ctx, LocalOutbox(), MAILS, wall=lambda: clock[0])
    others = [row for row in outbox_rows(one_alert) if row.lease_owner == "another"]
    assert len(others) == taken
    assert len(handed) == done.sent == 3 - taken


def test_a_stopped_worker_gives_back_what_it_did_not_try(one_alert):
    ctx = one_alert.ctx("system", on=DAY)
    answers = iter([False, True])
    done = deliver(ctx, LocalOutbox(), MAILS, wall=lambda: ctx.now, stop=lambda: next(answers))
    assert done.sent == 1
    assert [(row.attempts, row.lease_owner) for row in waiting(one_alert)] == [(0, None), (0, None)]


def test_a_title_cannot_add_a_header_nor_markup(one_alert):
    row = one_alert.by_key(INTERIM_Y1)
    change(one_alert, t.obligation, row.id, title_zh="期中\r\nBcc: x@evil.invalid", title_en="<script>alert(1)</script>")
    change(one_alert, t.person, one_alert.person("pi").id, name='甲"\r\nBcc: y@evil.invalid')
    with smtp_sink() as sink:
        assert deliver_on(one_alert, SmtpTransport(sink.url), DAY).sent == 3
    for message in sink.taken:
        assert message["Bcc"] is None
        assert "<script>" not in message.get_body(("html",)).get_content()


def test_an_address_that_is_none_fails_alone(one_alert):
    bad = waiting(one_alert)[0]
    change(one_alert, t.person, bad.person_id, email="not an address")
    done = deliver_on(one_alert, LocalOutbox(), DAY)
    assert (done.sent, done.failed) == (2, 1)


def test_the_deliveries_are_for_administrators_and_auditors(one_alert):
    for who in ("admin", "auditor"):
        assert delivery_list(one_alert.ctx(who)) != []
    for who in ("pi", "assistant", "officer", "chief", "stranger_pi"):
        with pytest.raises(errors.Forbidden):
            delivery_list(one_alert.ctx(who))


def test_only_the_system_may_deliver(one_alert):
    with pytest.raises(errors.Forbidden):
        deliver(one_alert.ctx("admin"), LocalOutbox(), MAILS, wall=lambda: at(DAY))


def test_a_mail_that_cannot_be_worded_holds_up_no_other_and_is_given_up_with_a_reference(one_alert, monkeypatch):
    words = delivery.rendered

    def broken_for_one(letter, *args, **kwargs):
        if letter.row.address == "assistant@own.invalid":
            raise ZeroDivisionError("SECRET of the inside")
        return words(letter, *args, **kwargs)

    monkeypatch.setattr(delivery, "rendered", broken_for_one)
    done = deliver_on(one_alert, LocalOutbox(), DAY)
    assert (done.sent, done.retried, done.failed) == (2, 1, 0)
    [row] = waiting(one_alert)
    assert (row.address, row.attempts, row.available_at) == ("assistant@own.invalid", 1, at(DAY, "08:06"))
    assert row.last_error.startswith("unexpected error, reference ")
    assert "SECRET" not in row.last_error

    change(one_alert, t.outbox, row.id, attempts=LAST_ATTEMPT - 1, available_at=at(DAY, "08:00"))
    assert deliver_on(one_alert, LocalOutbox(), DAY).failed == 1
    [row] = outbox_rows(one_alert, "failed")
    assert (row.address, row.lease_owner) == ("assistant@own.invalid", None)


def test_a_database_that_is_away_is_no_mails_fault(one_alert, monkeypatch):
    def away(*_args, **_kwargs):
        raise OperationalError("SELECT 1", {}, Exception("the database is away"))

    monkeypatch.setattr(delivery, "rendered", away)
    with pytest.raises(OperationalError):
        deliver_on(one_alert, LocalOutbox(), DAY)
    assert outbox_rows(one_alert, "failed") == []
    assert {row.last_error for row in outbox_rows(one_alert)} <= {"", "superseded"}


def test_a_mail_that_went_out_gives_fresh_patience_to_mails_and_to_no_chat(one_alert):
    channel = add_channel(
        one_alert.ctx("admin"), name="示範頻道", service="slack", address=SLACK, programme_id=None, language="zh_TW", key=key()
    )
    mail, chat = waiting(one_alert)[:2]
    given_up = {"status": "failed", "attempts": LAST_ATTEMPT, "created_at": at(DAY)}
    change(one_alert, t.outbox, mail.id, **given_up)
    change(one_alert, t.outbox, chat.id, **given_up, channel="chat", chat_channel_id=channel)
    assert deliver_on(one_alert, LocalOutbox(), DAY).sent == 2, "the one that waited, and then the one that was given up"
    assert [row.id for row in outbox_rows(one_alert, "failed")] == [chat.id]
