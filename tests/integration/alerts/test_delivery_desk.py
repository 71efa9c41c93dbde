"""The operating page's services: lists, pages, counts, the story of a mail, and what administrators do to mails."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.cast import at, key
from tests.integration.alerts.sink import smtp_sink
from tests.integration.alerts.support import change, deliver_on, look_on, outbox_rows
from tracker.notify.transport import LocalOutbox, SmtpTransport
from tracker.services import errors
from tracker.services.delivery_acts import cancel_deliveries, retry_deliveries, send_again
from tracker.services.delivery_desk import Filters, delivery_story, desk_counts, mail_page
from tracker.services.dry_look import foresee
from tracker.store import tables as t

DAY = "2027-03-30"  # Tuesday: the day before the first interim report is due
LATER = "2027-04-01"  # Thursday


@pytest.fixture
def told(cast):
    look_on(cast, DAY)
    return cast


def ctx(cast, who: str = "admin", clock: str = "09:00", on: str = DAY):
    return cast.ctx(who, on=on, clock=clock)


def ids(cast, filters: Filters | None = None, **more) -> list[int]:
    return [row.id for row in mail_page(ctx(cast), filters or Filters(), **more).rows]


def sent(cast):
    deliver_on(cast, LocalOutbox(), DAY)
    return [row for row in outbox_rows(cast, "sent")]


def test_every_mail_is_in_the_list_once_whatever_the_size_of_the_pages(told):
    every = {row.id for row in outbox_rows(told)}
    assert len(every) > 3
    seen, before = [], None
    while True:
        page = mail_page(ctx(told), Filters(), before=before, limit=2)
        seen += [row.id for row in page.rows]
        before = page.next
        if before is None:
            break
    assert sorted(seen) == sorted(every)


def test_the_latest_comes_first(told):
    rows = mail_page(ctx(told), Filters()).rows
    assert [(row.available_at, row.id) for row in rows] == sorted(((row.available_at, row.id) for row in rows), reverse=True)


def test_the_list_is_narrowed_by_project_person_stage_state_and_day(told):
    rows = outbox_rows(told)
    pi = told.person("pi")
    assert set(ids(told, Filters(person="示範主持人"))) == {row.id for row in rows if row.person_id == pi.id}
    assert set(ids(told, Filters(person="PI@own"))) >= {row.id for row in rows if row.person_id == pi.id}
    own, foreign = ids(told, Filters(project="DEMO-OWN-01")), ids(told, Filters(project="DEMO-FOREIGN-01"))
    assert own
    assert not set(own) & set(foreign)
    assert ids(told, Filters(statuses=("sent",))) == []
    with told.desk.store.read() as conn:
        stages = set(conn.scalars(t.alert.select().with_only_columns(t.alert.c.stage).where(t.alert.c.state == "raised")))
    of_stages = [set(ids(told, Filters(stage=stage))) for stage in sorted(stages)]
    assert all(of_stages)
    assert set().union(*of_stages) == {row.id for row in rows}
    assert ids(told, Filters(stage="+14", project="DEMO-OWN-01", day=date(2020, 1, 1))) == []
    assert set(ids(told, Filters(day=date(2027, 3, 30)))) | set(ids(told, Filters(day=date(2027, 3, 31)))) == {row.id for row in rows}
    assert ids(told, Filters(channel="chat")) == []


def test_a_project_that_does_not_exist_is_named(told):
    assert mail_page(ctx(told), Filters(project="NO-SUCH")).unknown == "NO-SUCH"


def test_a_text_that_names_nobody_finds_nothing(told):
    assert ids(told, Filters(person="%")) == []


def test_the_counts_say_what_waits_and_why(told):
    rows = outbox_rows(told)
    now = desk_counts(ctx(told, clock="07:00"))
    assert sum(now.waiting.values()) == len(rows)
    assert now.waiting.get("now", 0) == sum(row.available_at <= at(DAY, "07:00") for row in rows)
    deliver_on(told, LocalOutbox(), DAY)
    after = desk_counts(ctx(told, clock="12:00"))
    assert after.sent_today == len(outbox_rows(told, "sent")) > 0
    assert after.overtaken_today > 0
    assert (after.failed, after.held, after.sending) == (0, 0, 0)


def test_the_days_to_come_are_counted(told):
    ahead = desk_counts(ctx(told)).ahead
    assert ahead
    assert all(date(2027, 3, 30) <= day <= date(2027, 4, 6) for day in ahead)


def raised_now(cast) -> set[tuple[str, str]]:
    a, o = t.alert, t.obligation
    with cast.desk.store.read() as conn:
        rows = conn.execute(select(o.c.key, a.c.stage).join(a, a.c.obligation_id == o.c.id).where(a.c.state == "raised"))
        return {(row.key, row.stage) for row in rows}


@pytest.mark.parametrize("day", ["2027-03-31", "2027-04-01"])
def test_a_dry_look_says_what_the_look_of_a_day_then_raises(told, day):
    when = date.fromisoformat(day)
    before, mails = raised_now(told), len(outbox_rows(told))
    foreseen = foresee(ctx(told, "auditor"), when)
    assert (raised_now(told), len(outbox_rows(told))) == (before, mails)
    of_day = {(row.obligation, row.stage) for row in foreseen.rows}
    assert of_day
    assert all(row.people for row in foreseen.rows)
    between = [when - timedelta(days=1)] if when > date(2027, 3, 31) else []
    for earlier in between:
        look_on(told, earlier.isoformat())
    before = raised_now(told)
    look_on(told, day)
    assert of_day == raised_now(told) - before


def test_a_day_on_which_nothing_falls_raises_nothing(told):
    rows = [foresee(ctx(told), date(2027, 4, 2) + timedelta(days=n)).rows for n in range(5)]
    assert () in rows


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"waits_for": "silence", "available_at": at(LATER)}, "silence"),
        ({"waits_for": "quiet", "available_at": at(LATER)}, "quiet"),
        ({"attempts": 2, "last_error": "451 later", "available_at": at(LATER)}, "retry"),
        ({"waits_for": "", "sort": "digest", "available_at": at(LATER)}, "digest"),
        ({"waits_for": "silence", "available_at": at(DAY, "08:00")}, "now"),
        ({"status": "held"}, "brake"),
    ],
)
def test_a_mail_that_waits_says_for_what(told, values, why):
    row = outbox_rows(told)[0]
    change(told, t.outbox, row.id, **values)
    (found,) = [one for one in mail_page(ctx(told), Filters()).rows if one.id == row.id]
    assert found.why == why


def test_the_story_of_a_mail_has_its_alerts_its_policy_and_its_words(told):
    mail = next(row for row in sent(told) if row.person_id == told.person("pi").id)
    story = delivery_story(ctx(told, "auditor"), mail.id)
    assert (story.row.subject and story.row.subject in story.text) or story.text
    assert story.message_id == mail.message_id
    assert story.lines
    assert all(line.policy for line in story.lines)
    assert {line.project for line in story.lines} == {"DEMO-OWN-01"}


def test_a_mail_that_does_not_exist_is_not_found(told):
    with pytest.raises(errors.NotFound):
        delivery_story(ctx(told), 999_999)


# --- Acts -----------------------------------------------------------------------------------------------------------------------


def test_what_waits_is_cancelled_with_who_and_why_and_the_ledger_follows(told):
    chosen = [row.id for row in outbox_rows(told)]
    done = cancel_deliveries(ctx(told), delivery_ids=chosen, reason="主持人已電話告知", key=key())
    assert done.ids == tuple(sorted(chosen))
    for row in outbox_rows(told):
        assert (row.status, row.cancelled_by, row.cancel_reason) == ("cancelled", told.person("admin").id, "主持人已電話告知")
    with told.desk.store.read() as conn:
        assert conn.execute(t.alert.select().where(t.alert.c.state == "raised")).first() is None
        assert conn.execute(t.inbox_item.select()).first() is not None


def test_what_was_cancelled_by_hand_does_not_go_out(told):
    cancel_deliveries(ctx(told), delivery_ids=[row.id for row in outbox_rows(told)], reason="x", key=key())
    assert deliver_on(told, LocalOutbox(), LATER).sent == 0


@pytest.mark.parametrize("status", ["sent", "sending", "cancelled"])
def test_what_has_gone_cannot_be_cancelled(told, status):
    row = outbox_rows(told)[0]
    change(told, t.outbox, row.id, status=status)
    with pytest.raises(errors.Invalid):
        cancel_deliveries(ctx(told), delivery_ids=[row.id], reason="x", key=key())
    assert outbox_rows(told)[0].status == status


def test_of_several_chosen_those_in_another_state_are_left(told):
    first, second, *_ = outbox_rows(told)
    change(told, t.outbox, first.id, status="sent")
    done = cancel_deliveries(ctx(told), delivery_ids=[first.id, second.id], reason="x", key=key())
    assert (done.ids, done.left) == ((second.id,), 1)


def test_several_that_failed_are_tried_again_at_once(told):
    chosen = [row.id for row in outbox_rows(told)[:2]]
    for number in chosen:
        change(told, t.outbox, number, status="failed", attempts=13, last_error="550 no")
    assert retry_deliveries(ctx(told), delivery_ids=chosen, key=key()).ids == tuple(chosen)
    assert {(row.status, row.attempts, row.last_error) for row in outbox_rows(told) if row.id in chosen} == {("pending", 1, "")}


def test_a_copy_is_a_second_mail_with_the_same_words(told):
    mail = sent(told)[0]
    send_again(ctx(told), delivery_ids=[mail.id], key=key())
    with smtp_sink() as sink:
        deliver_on(told, SmtpTransport(sink.url), DAY, "09:05")
    (copy,) = sink.taken
    assert copy["Subject"] == mail.payload_json["subject"]
    assert copy["Message-ID"] != mail.message_id
    text = copy.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert mail.payload_json["text"].strip() in text
    row = outbox_rows(told)[-1]
    assert (row.sort, row.resent_of_id, row.status) == ("again", mail.id, "sent")
    assert [one.id for one in delivery_story(ctx(told), mail.id).copies] == [row.id]


def test_a_copy_goes_out_even_where_the_alert_was_overtaken(told):
    mail = sent(told)[0]
    look_on(told, LATER)
    send_again(ctx(told, on=LATER), delivery_ids=[mail.id], key=key())
    deliver_on(told, LocalOutbox(), LATER, "09:30")
    assert [row.status for row in outbox_rows(told) if row.sort == "again"] == ["sent"]


def test_a_copy_goes_to_the_address_of_today(told):
    mail = sent(told)[0]
    change(told, t.person, mail.person_id, email="new-address@own.invalid")
    send_again(ctx(told), delivery_ids=[mail.id], key=key())
    assert outbox_rows(told)[-1].address == "new-address@own.invalid"


def test_two_clicks_on_the_same_form_send_one_copy(told):
    mail, once = sent(told)[0], key()
    for _ in range(2):
        send_again(ctx(told), delivery_ids=[mail.id], key=once)
    with pytest.raises(errors.Invalid, match="copy of each waits"):
        send_again(ctx(told), delivery_ids=[mail.id], key=key())
    assert len([row for row in outbox_rows(told) if row.sort == "again"]) == 1


def test_what_never_went_out_has_no_copy(told):
    with pytest.raises(errors.Invalid):
        send_again(ctx(told), delivery_ids=[outbox_rows(told)[0].id], key=key())


def test_to_whom_is_switched_off_no_copy_goes(told):
    mail = sent(told)[0]
    send_again(ctx(told), delivery_ids=[mail.id], key=key())
    change(told, t.person, mail.person_id, active=False)
    deliver_on(told, LocalOutbox(), DAY, "09:30")
    assert (outbox_rows(told)[-1].status, outbox_rows(told)[-1].last_error) == ("cancelled", "account_off")


@pytest.mark.parametrize("who", ["auditor", "officer", "chief", "pi"])
@pytest.mark.parametrize("act", [retry_deliveries, send_again])
def test_only_administrators_act_on_mails(told, who, act):
    with pytest.raises(errors.Forbidden):
        act(ctx(told, who), delivery_ids=[1], key=key())
    with pytest.raises(errors.Forbidden):
        cancel_deliveries(ctx(told, who), delivery_ids=[1], reason="x", key=key())


@pytest.mark.parametrize("who", ["officer", "chief", "pi"])
def test_only_administrators_and_auditors_read_them(told, who):
    for read in (lambda c: mail_page(c, Filters()), desk_counts, lambda c: delivery_story(c, 1)):
        with pytest.raises(errors.Forbidden):
            read(ctx(told, who))


def test_nothing_chosen_and_too_many_are_named(told):
    for chosen in ([], range(1, 502)):
        with pytest.raises(errors.Invalid):
            retry_deliveries(ctx(told), delivery_ids=chosen, key=key())


def test_two_who_cancel_and_retry_the_same_mails_wait_for_each_other(told):
    chosen = [row.id for row in outbox_rows(told)]
    for number in chosen:
        change(told, t.outbox, number, status="failed", attempts=13)
    begun, answers = threading.Barrier(2), []

    def work(act, order, **more):
        begun.wait()
        try:
            answers.append(act(ctx(told), delivery_ids=order, key=key(), **more))
        except errors.Invalid as refused:
            answers.append(refused)

    threads = [
        threading.Thread(target=work, args=(cancel_deliveries, chosen), kwargs={"reason": "x"}),
        threading.Thread(target=work, args=(retry_deliveries, chosen[::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 2
    assert {row.status for row in outbox_rows(told)} == {"cancelled"}


def test_a_day_is_one_of_taipei(told):
    row = outbox_rows(told)[0]
    change(told, t.outbox, row.id, available_at=at("2027-04-05", "00:30"))  # Monday in Taipei, still Sunday in UTC
    assert row.id in ids(told, Filters(day=date(2027, 4, 5)))
    assert row.id not in ids(told, Filters(day=date(2027, 4, 5) - timedelta(days=1)))
