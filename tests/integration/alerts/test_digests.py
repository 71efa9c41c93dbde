"""One digest a person and local day: what stands in it, what falls out of it, and that nothing is lost between claim and render."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select

from tests.cast import at, key
from tests.integration.alerts.sink import smtp_sink
from tests.integration.alerts.support import (
    MAILS,
    change,
    deliver_on,
    fate,
    ledger,
    look_on,
    move_date,
    outbox_rows,
    raised,
    told,
    why,
)  # fmt: skip
from tests.integration.services.test_receipts import Away
from tracker.notify.signed import MailLinks
from tracker.notify.transport import LocalOutbox, SmtpTransport
from tracker.services import digest_mail
from tracker.services.alert_choices import choose_alerts, my_alert_choice, stop_digests
from tracker.services.alert_mail import MailSettings
from tracker.services.alerts import look
from tracker.services.delivery import LEASE, deliver
from tracker.services.notices import herself, tell
from tracker.services.policy import Target
from tracker.services.recipients import Recipient
from tracker.services.telling import Told, tell_alerts
from tracker.store import outbox
from tracker.store import tables as t

DAY = "2027-03-01"  # Monday
INTERIM_Y1 = "DEMO-OWN-01/interim_report/Y1"
SOON, LATER = date(2027, 3, 31), date(2027, 3, 8)  # T-30 and T-7 on that Monday
USUAL = {"digest": True, "digest_hour": 8, "quiet_from": 20, "quiet_until": 8, "rest_on_days_off": False, "time_zone": "Asia/Taipei"}


def owe(cast, name: str, due_on: date, *, look: str = DAY, which: str = "own") -> str:
    """One more duty like the interim report, of which nothing was told yet; returns its key."""
    like, place = cast.by_key(INTERIM_Y1), cast.project(which)
    copied = {n: getattr(like, n) for n in like._fields if n not in ("id", "key", "period_label", "project_id", "programme_id", "title_zh")}
    values = copied | {"due_on": due_on, "file_by_on": due_on, "next_look_on": date.fromisoformat(look), "title_zh": f"報告{name}"}
    where = {"project_id": place.id, "programme_id": place.programme_id}
    public = f"{place.code}/interim_report/{name}"

    def body(tx):
        return tx.insert(t.obligation, key=public, period_label=name, **values, **where)

    cast.desk.store.write_quiet(at("2026-09-01"), body)
    return public


@pytest.fixture
def quiet_desk(cast):
    """Nothing but what a test adds is looked at."""

    def body(tx):
        tx.conn.execute(t.obligation.update().values(next_look_on=None))

    cast.desk.store.write_quiet(at("2026-09-01"), body)
    return cast


@pytest.fixture
def two(quiet_desk):
    """Two duties of one project, at T-30 and at T-7, in the digests of Monday."""
    keys = owe(quiet_desk, "A", SOON), owe(quiet_desk, "B", LATER)
    look_on(quiet_desk, DAY)
    return quiet_desk, *keys


def of(cast, who: str, status: str | None = None):
    return [row for row in outbox_rows(cast, status) if row.address == cast.person(who).email]


def text_to(cast, who: str) -> str:
    return "\n".join(row.payload_json["text"] for row in of(cast, who, "sent"))


# --- one a person and day


def test_several_things_are_one_mail_with_the_most_pressing_in_the_subject(two):
    cast, *_ = two
    (row,) = of(cast, "pi")
    assert (row.sort, row.dedup_key) == ("digest", f"digest|{cast.person('pi').id}|2027-03-01")
    assert deliver_on(cast, LocalOutbox(), DAY, "07:59").claimed == 0
    assert deliver_on(cast, LocalOutbox(), DAY, "08:00").sent == 3
    (sent,) = of(cast, "pi", "sent")
    assert sent.payload_json["subject"] == "請於 116-03-08 (2027-03-08) 前繳交，還有 7 天：報告B B（DEMO-OWN-01）；共 2 件"
    (english,) = of(cast, "assistant", "sent")
    assert english.payload_json["subject"].startswith("Hand in by 116-03-08 (2027-03-08), 7 days left: ")
    assert english.payload_json["subject"].endswith("; 2 things in all")
    for heading in ("Within a week (1)", "Later (1)"):
        assert heading in english.payload_json["text"]


def test_a_later_look_of_the_day_joins_the_digest_that_waits(two):
    cast, *_ = two
    more = owe(cast, "C", SOON)
    assert look_on(cast, DAY, "05:00").mails == 0
    assert {line.id for line in told(cast, more)} == {line.id for line in told(cast, two[1])}


def test_what_comes_after_todays_digest_went_out_stands_in_tomorrows(two):
    cast, *_ = two
    deliver_on(cast, LocalOutbox(), DAY)
    late = owe(cast, "C", SOON)
    look_on(cast, DAY, "10:00")
    assert deliver_on(cast, LocalOutbox(), DAY, "10:01").claimed == 0
    assert {fate(line) for line in told(cast, late)} == {"pending"}
    deliver_on(cast, LocalOutbox(), "2027-03-02")
    assert {fate(line) for line in told(cast, late)} == {"sent"}
    assert [row.digest_on for row in of(cast, "pi", "sent")] == [date(2027, 3, 1), date(2027, 3, 2)]


def test_nobody_gets_ten_mails_for_ten_urgent_things(quiet_desk):
    cast = quiet_desk
    keys = [owe(cast, str(n), date(2027, 3, 2)) for n in range(10)]  # T-1 on Monday
    look_on(cast, DAY)
    done = deliver_on(cast, LocalOutbox(), DAY)
    assert done.sent == 3, "one to each of three people"
    (sent,) = of(cast, "pi", "sent")
    assert sent.payload_json["subject"].endswith("；共 10 件急件")
    assert all(raised(cast, one) == ["T-1"] for one in keys)


def test_urgent_things_of_two_looks_of_one_night_are_one_mail_in_the_morning(quiet_desk):
    cast = quiet_desk
    first = owe(cast, "1", date(2027, 3, 2))
    look_on(cast, DAY, "00:05")
    (alone,) = of(cast, "pi", "pending")
    assert alone.sort == "one"
    second = owe(cast, "2", date(2027, 3, 2))
    look_on(cast, DAY, "00:10")
    deliver_on(cast, LocalOutbox(), DAY)
    (sent,) = of(cast, "pi", "sent")
    assert {line.id for line in told(cast, first) if line.address == "pi@own.invalid"} == {sent.id}
    assert {line.id for line in told(cast, second) if line.address == "pi@own.invalid"} == {sent.id}
    assert [(row.status, row.last_error) for row in of(cast, "pi") if row.sort == "one"] == [("cancelled", "joined")]
    assert raised(cast, first) == raised(cast, second) == ["T-1"]


def test_of_several_urgent_things_the_one_that_is_left_reads_like_its_own_mail(quiet_desk):
    cast = quiet_desk
    gone, left = owe(cast, "1", date(2027, 3, 2)), owe(cast, "2", date(2027, 3, 2))
    look_on(cast, DAY)
    change(cast, t.obligation, cast.by_key(gone).id, status="waived")
    deliver_on(cast, LocalOutbox(), DAY)
    (sent,) = of(cast, "pi", "sent")
    assert "報告2" in sent.payload_json["subject"]
    assert "件急件" not in sent.payload_json["subject"]
    assert ledger(cast, gone)[-1] == ("T-1", "cancelled")
    assert ledger(cast, left)[-1] == ("T-1", "raised")


# --- what falls out


def test_what_was_handed_in_meanwhile_falls_out_and_the_ledger_says_that_nobody_got_it(two):
    cast, a, b = two
    change(cast, t.obligation, cast.by_key(a).id, status="submitted", discharged_by="milepost")
    deliver_on(cast, LocalOutbox(), DAY)
    assert {(fate(line), why(line)) for line in told(cast, a)} == {("cancelled", "done")}
    assert {fate(line) for line in told(cast, b)} == {"sent"}
    assert "報告A" not in text_to(cast, "pi")
    assert (raised(cast, a), raised(cast, b)) == ([], ["T-7"])


def test_a_digest_of_which_nothing_is_left_is_not_sent(two):
    cast, a, b = two
    for one in (a, b):
        change(cast, t.obligation, cast.by_key(one).id, status="waived")
    done = deliver_on(cast, LocalOutbox(), DAY)
    assert (done.sent, done.cancelled) == (0, 3)
    assert raised(cast, a) == raised(cast, b) == []


def test_who_got_it_before_keeps_the_ledger_as_it_is(two):
    cast, a, _ = two
    change(cast, t.outbox, of(cast, "assistant")[0].id, available_at=at(DAY, "12:00"))
    deliver_on(cast, LocalOutbox(), DAY, "08:05")
    change(cast, t.obligation, cast.by_key(a).id, status="submitted", discharged_by="milepost")
    deliver_on(cast, LocalOutbox(), DAY, "12:05")
    assert {(line.address, fate(line)) for line in told(cast, a)} == {
        ("pi@own.invalid", "sent"), ("company-pi@own.invalid", "sent"), ("assistant@own.invalid", "cancelled"),
    }  # fmt: skip
    assert raised(cast, a) == ["T-30"]


def test_a_date_that_moves_while_the_digest_waits_takes_its_line_along(two):
    cast, a, b = two
    move_date(cast, cast.by_key(a), DAY, date(2027, 6, 30))
    assert ledger(cast, a)[-1] == ("T-30", "cancelled")
    deliver_on(cast, LocalOutbox(), DAY)
    assert {why(line) for line in told(cast, a)} == {"moved"}
    assert {fate(line) for line in told(cast, b)} == {"sent"}
    assert "報告A" not in text_to(cast, "pi")


def test_a_date_that_comes_back_before_the_digest_goes_out_is_told_after_all(two):
    cast, a, _ = two
    digest = {line.id for line in told(cast, a)}
    move_date(cast, cast.by_key(a), DAY, date(2027, 6, 30))
    move_date(cast, cast.by_key(a), DAY, SOON)
    assert ledger(cast, a)[-1] == ("T-30", "raised")
    deliver_on(cast, LocalOutbox(), DAY)
    assert {(line.id, fate(line)) for line in told(cast, a)} == {(number, "sent") for number in digest}


def test_a_date_that_comes_back_after_the_digest_went_out_stands_in_the_next(two):
    cast, a, b = two
    move_date(cast, cast.by_key(a), DAY, date(2027, 6, 30))
    deliver_on(cast, LocalOutbox(), DAY)
    move_date(cast, cast.by_key(a), DAY, SOON)
    assert ledger(cast, a)[-1] == ("T-30", "raised")
    deliver_on(cast, LocalOutbox(), "2027-03-02")
    assert {fate(line) for line in told(cast, a)} == {"sent"}
    assert "報告A" in text_to(cast, "pi")
    assert {fate(line) for line in told(cast, b)} == {"sent"}


def test_a_digest_emptied_by_a_move_waits_again_for_what_comes_that_day(quiet_desk):
    cast = quiet_desk
    a = owe(cast, "A", SOON)
    look_on(cast, DAY)
    move_date(cast, cast.by_key(a), DAY, date(2027, 6, 30))
    assert {(row.status, row.last_error) for row in outbox_rows(cast)} == {("cancelled", "empty")}
    b = owe(cast, "B", SOON)
    look_on(cast, DAY, "07:00")
    assert deliver_on(cast, LocalOutbox(), DAY).sent == 3
    assert {fate(line) for line in told(cast, b)} == {"sent"}
    assert "報告A" not in text_to(cast, "pi")


def test_a_later_stage_takes_the_place_of_a_line_that_could_not_be_sent(two):
    cast, a, _ = two
    deliver_on(cast, Away(), DAY)
    look_on(cast, "2027-03-30")  # T-1 of A
    deliver_on(cast, LocalOutbox(), "2027-03-30")
    fates = {(line.stage, fate(line)) for line in told(cast, a)}
    assert fates == {("T-30", "cancelled"), ("T-1", "sent")}
    assert raised(cast, a) == ["T-30", "T-1"]


def test_a_switched_off_account_gets_none_and_others_do(two):
    cast, a, _ = two
    change(cast, t.person, cast.person("pi").id, active=False)
    done = deliver_on(cast, LocalOutbox(), DAY)
    assert (done.sent, done.cancelled) == (2, 1)
    assert {why(line) for line in told(cast, a) if line.address == "pi@own.invalid"} == {"account_off"}
    assert raised(cast, a) == ["T-30"]


def test_who_left_one_project_hears_no_more_of_that_one_only(quiet_desk):
    cast = quiet_desk
    foreign = {"project_id": cast.project("foreign").id, "person_id": cast.person("pi").id}

    def joins(tx):
        return tx.insert(t.membership, **foreign, role="assistant", party="academic", from_on=date(2026, 6, 1))

    member = cast.desk.store.write_quiet(at("2026-09-01"), joins)
    a, b = owe(cast, "A", SOON), owe(cast, "B", SOON, which="foreign")
    look_on(cast, DAY)
    change(cast, t.membership, member, until_on=date(2027, 2, 28))
    deliver_on(cast, LocalOutbox(), DAY)
    mine = {one: [why(line) for line in told(cast, one) if line.address == "pi@own.invalid"] for one in (a, b)}
    assert mine == {a: [""], b: ["left"]}


# --- nothing is lost


def test_a_digest_that_somebody_sends_is_not_joined(two):
    cast, *_ = two

    def claim(tx):
        return outbox.claim(tx.conn, owner="busy", now=at(DAY, "08:01"), wall=at(DAY, "08:01"), lease=LEASE, batch=1)

    (claimed,) = cast.desk.store.write_quiet(at(DAY), claim)
    late = owe(cast, "C", SOON)
    look_on(cast, DAY, "08:01")
    assert claimed not in {line.id for line in told(cast, late)}


def test_a_digest_that_was_tried_is_not_joined_and_every_copy_is_the_same_message(two):
    cast, a, _ = two
    with smtp_sink("451 later please", "451 later please", "451 later please") as sink:
        assert deliver_on(cast, SmtpTransport(sink.url), DAY, "08:00").retried == 3
        late = owe(cast, "C", SOON)
        look_on(cast, DAY, "08:00")
        assert not {line.id for line in told(cast, late)} & {line.id for line in told(cast, a)}
        assert deliver_on(cast, SmtpTransport(sink.url), DAY, "08:01").sent == 3
    assert len(sink.mails) == 6
    assert len(set(sink.ids())) == 3


def test_a_digest_whose_worker_died_goes_out_when_its_lease_ends(two):
    cast, a, _ = two

    def dies(tx):
        return outbox.claim(tx.conn, owner="gone", now=at(DAY, "09:00"), wall=at(DAY, "09:00"), lease=LEASE, batch=20)

    assert len(cast.desk.store.write_quiet(at(DAY), dies)) == 3
    assert deliver_on(cast, LocalOutbox(), DAY, "09:02").claimed == 0
    assert deliver_on(cast, LocalOutbox(), DAY, "09:06").sent == 3
    assert {fate(line) for line in told(cast, a)} == {"sent"}


def test_looks_and_deliveries_at_the_same_moment_lose_nothing_and_tell_nothing_twice(quiet_desk):
    cast = quiet_desk
    keys = [owe(cast, f"N{n:02}", SOON if n % 2 else LATER) for n in range(24)]
    keys += [owe(cast, f"U{n:02}", date(2027, 3, 2)) for n in range(12)]
    failures, done = [], threading.Event()

    def raises():
        try:
            while look(cast.ctx("system", on=DAY, clock="09:00"), limit=3, stop=stops()).looked:
                continue
        except Exception as error:  # shown below
            failures.append(error)

    def stops():
        calls = iter([False, True])
        return lambda: next(calls, True)

    def delivers():
        ctx = cast.ctx("system", on=DAY, clock="09:00")
        try:
            while True:
                last = done.is_set()
                if not deliver(ctx, LocalOutbox(), MAILS, wall=lambda: ctx.now, batch=2).claimed and last:
                    return
        except Exception as error:
            failures.append(error)

    lookers = [threading.Thread(target=raises) for _ in range(3)]
    senders = [threading.Thread(target=delivers) for _ in range(2)]
    [thread.start() for thread in (*lookers, *senders)]
    [thread.join() for thread in lookers]
    done.set()
    [thread.join() for thread in senders]
    assert failures == []
    for day in ("2027-03-02", "2027-03-03"):
        deliver_on(cast, LocalOutbox(), day)
    for one in keys:
        lines = told(cast, one)
        assert {(line.address, fate(line)) for line in lines} == {
            (f"{who}@own.invalid", "sent") for who in ("pi", "assistant", "company-pi")
        }, one
        link = f"report?obligation={cast.by_key(one).id}"
        assert all(f"{link}\n" in f"{line.payload_json['text']}\n" for line in lines), "it stands in the words that went out"
    digests = [(row.person_id, row.digest_on) for row in outbox_rows(cast) if row.dedup_key.startswith("digest|")]
    assert len(digests) == len(set(digests))


def test_two_lookers_that_make_the_same_digest_at_once_make_one(quiet_desk):
    cast = quiet_desk
    keys = [owe(cast, f"N{n}", SOON) for n in range(8)]
    failures = []

    def raises():
        try:
            look(cast.ctx("system", on=DAY, clock="00:05"), limit=1)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=raises) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert failures == []
    assert len(outbox_rows(cast)) == 3
    assert len({line.id for one in keys for line in told(cast, one)}) == 3


# --- as each person wants it


def choose(cast, who: str, **values) -> None:
    ctx = cast.ctx(who, on=DAY, clock="00:10")
    choose_alerts(ctx, **USUAL | values, expected_version=my_alert_choice(ctx).version, key=key())


def test_who_wants_no_digest_has_it_in_the_inbox_and_is_still_mailed_what_is_urgent(quiet_desk):
    cast = quiet_desk
    stop_digests(cast.ctx("pi", on="2027-02-01"), key=key())
    calm, urgent = owe(cast, "A", SOON), owe(cast, "B", date(2027, 3, 2))
    look_on(cast, DAY)
    deliver_on(cast, LocalOutbox(), DAY)
    mine = {one: [(line.status, why(line)) for line in told(cast, one) if line.address == "pi@own.invalid"] for one in (calm, urgent)}
    assert mine == {calm: [(None, "digest_off")], urgent: [("sent", "")]}


def test_who_ends_her_digests_while_one_waits_does_not_get_it(two):
    cast, a, _ = two
    assert stop_digests(cast.ctx("pi", on=DAY, clock="00:10"), key=key()) is True
    assert stop_digests(cast.ctx("pi", on=DAY, clock="00:11"), key=key()) is False
    deliver_on(cast, LocalOutbox(), DAY)
    assert [(row.status, row.last_error) for row in of(cast, "pi")] == [("cancelled", "digest_off")]
    assert {fate(line) for line in told(cast, a) if line.address != "pi@own.invalid"} == {"sent"}


def test_another_hour_moves_the_digest_that_waits_already(two):
    cast, *_ = two
    choose(cast, "pi", digest_hour=11)
    assert deliver_on(cast, LocalOutbox(), DAY, "10:59").sent == 2
    assert deliver_on(cast, LocalOutbox(), DAY, "11:00").sent == 1


def test_a_digest_is_of_the_readers_own_day(quiet_desk):
    cast = quiet_desk
    choose(cast, "pi", time_zone="America/New_York")
    owe(cast, "A", SOON)
    look_on(cast, DAY, "00:05")  # in New York it is Sunday, 11:05
    (row,) = of(cast, "pi")
    assert (row.digest_on, row.available_at) == (date(2027, 2, 28), at(DAY, "00:05"))
    (other,) = of(cast, "assistant")
    assert (other.digest_on, other.available_at) == (date(2027, 3, 1), at(DAY, "08:00"))


def test_quiet_hours_delay_what_is_urgent_by_the_readers_clock(quiet_desk):
    cast = quiet_desk
    choose(cast, "pi", time_zone="Europe/London")
    owe(cast, "A", date(2027, 3, 30), look="2027-03-29")  # T-1; London has summer time since Sunday
    look_on(cast, "2027-03-29", "08:30")
    (row,) = of(cast, "pi")
    assert (row.available_at, row.waits_for) == (datetime(2027, 3, 29, 7, tzinfo=UTC), "quiet")


def test_days_off_delay_the_digest_and_nothing_urgent(quiet_desk):
    cast = quiet_desk
    choose(cast, "pi", rest_on_days_off=True)
    owe(cast, "A", date(2027, 4, 5), look="2027-03-06")
    owe(cast, "B", date(2027, 3, 7), look="2027-03-06")  # T-1 on a Saturday
    look_on(cast, "2027-03-06")
    waits = {(row.sort, row.available_at, row.waits_for) for row in of(cast, "pi")}
    assert waits == {("digest", at("2027-03-08", "08:00"), "day_off"), ("one", at("2027-03-06", "08:00"), "quiet")}


def test_the_clock_set_back_an_hour_or_forward_a_day_makes_no_second_digest(two):
    cast, *_ = two
    deliver_on(cast, LocalOutbox(), DAY, "08:00")
    look_on(cast, DAY, "07:00")
    assert deliver_on(cast, LocalOutbox(), DAY, "07:00").claimed == 0
    late = owe(cast, "C", SOON)
    look_on(cast, DAY, "07:10")  # after the clock was set back
    look_on(cast, "2027-03-02", "08:00")
    deliver_on(cast, LocalOutbox(), "2027-03-02", "08:00")
    assert {fate(line) for line in told(cast, late)} == {"sent"}
    assert [row.digest_on for row in of(cast, "pi")] == [date(2027, 3, 1), date(2027, 3, 2)]


# --- notices


def news(cast, once: str, at_once: bool | None = None, clock: str = "10:00") -> None:
    ctx, own = cast.ctx("officer", on=DAY, clock=clock), cast.project()

    def body(tx):
        people = [herself(tx.conn, cast.person("pi").id, "pi")]
        about = Target(own.id, own.programme_id)
        params = {"mails": 1, "owed": 1, "among": 1, "why": "mass", "reason": "示範"}
        told_ = tell(tx, ctx, kind="waived", people=people, once=once, project=about, params=params, at_once=at_once)
        tx.record("notice", 0, {})
        return {"told": told_}

    cast.desk.store.write(ctx.request("test.news", key()), body)


def test_news_of_the_day_stand_in_tomorrows_digest_beside_alerts_and_only_once(quiet_desk):
    cast = quiet_desk
    for _ in range(2):
        news(cast, "x")
    news(cast, "y", at_once=True)
    assert [(row.sort, row.available_at) for row in of(cast, "pi")] == [
        ("digest", at("2027-03-02", "08:00")), ("one", at(DAY, "10:00")),
    ]  # fmt: skip
    owe(cast, "A", date(2027, 4, 1), look="2027-03-02")
    look_on(cast, "2027-03-02")
    deliver_on(cast, LocalOutbox(), "2027-03-02")
    assert [row.sort for row in of(cast, "pi", "sent")] == ["digest", "one"]
    text = of(cast, "pi", "sent")[0].payload_json["text"]
    assert "最新消息（1）" in text
    assert "報告A" in text


def test_news_of_a_project_that_she_left_fall_out(quiet_desk):
    cast = quiet_desk
    news(cast, "x")
    with cast.desk.store.read() as conn:
        member = conn.scalars(select(t.membership.c.id).where(t.membership.c.person_id == cast.person("pi").id)).one()
    change(cast, t.membership, member, until_on=date(2027, 2, 28))
    deliver_on(cast, LocalOutbox(), "2027-03-02")
    assert [(row.status, row.last_error) for row in of(cast, "pi")] == [("cancelled", "left")]


# --- the mail itself


def test_the_digest_carries_a_calendar_file_for_what_is_a_month_or_a_week_away(two):
    cast, a, b = two
    with smtp_sink() as sink:
        deliver_on(cast, SmtpTransport(sink.url), DAY)
    message = next(one for one in sink.taken if one["To"].addresses[0].addr_spec == "pi@own.invalid")
    (file,) = [part for part in message.iter_attachments()]
    assert (file.get_content_type(), file.get_filename(), file["Content-Type"].params["method"]) == (
        "text/calendar",
        "milepost.ics",
        "PUBLISH",
    )
    calendar = Calendar.from_ical(file.get_content())
    assert calendar["METHOD"] == "PUBLISH"
    events = {str(event["UID"]): event for event in calendar.walk("VEVENT")}
    wanted = {f"obligation-{cast.by_key(one).id}@milepost.office.invalid": day for one, day in ((a, SOON), (b, LATER))}
    assert {uid: event["DTSTART"].dt for uid, event in events.items()} == wanted
    assert all(len(event.walk("VALARM")) == 1 for event in events.values())


def test_the_calendar_file_of_a_huge_digest_holds_the_nearest_days_and_no_more(quiet_desk, monkeypatch):
    monkeypatch.setattr(digest_mail, "MOST_EVENTS", 3)
    for n in range(5):  # at T-7, by catching up
        owe(quiet_desk, f"N{n}", SOON - timedelta(days=n))
    look_on(quiet_desk, DAY)
    with smtp_sink() as sink:
        deliver_on(quiet_desk, SmtpTransport(sink.url), DAY)
    (file,) = next(one for one in sink.taken if one["To"].addresses[0].addr_spec == "pi@own.invalid").iter_attachments()
    days = sorted(event["DTSTART"].dt for event in Calendar.from_ical(file.get_content()).walk("VEVENT"))
    assert days == [SOON - timedelta(days=n) for n in (4, 3, 2)]


def test_no_calendar_file_goes_with_other_stages(quiet_desk):
    owe(quiet_desk, "A", date(2027, 3, 15))  # T-14
    look_on(quiet_desk, DAY)
    with smtp_sink() as sink:
        deliver_on(quiet_desk, SmtpTransport(sink.url), DAY)
    assert [list(one.iter_attachments()) for one in sink.taken] == [[], [], []]


def test_a_digest_can_be_ended_by_its_header_and_an_urgent_mail_cannot(quiet_desk):
    cast = quiet_desk
    owe(cast, "A", SOON)
    [owe(cast, f"U{n}", date(2027, 3, 2)) for n in range(2)]
    look_on(cast, DAY)
    settings = MailSettings(MAILS.sender, MAILS.public_url, MailLinks(b"k" * 32, MAILS.public_url))
    ctx = cast.ctx("system", on=DAY, clock="08:05")
    with smtp_sink() as sink:
        deliver(ctx, SmtpTransport(sink.url), settings, wall=lambda: ctx.now)
    by_header = {one["List-Unsubscribe-Post"]: one for one in sink.taken}
    assert set(by_header) == {None, "List-Unsubscribe=One-Click"}
    digest = by_header["List-Unsubscribe=One-Click"]
    assert digest["List-Unsubscribe"].startswith("<https://milepost.office.invalid/act/")
    assert digest["List-Unsubscribe"].strip("<>") in digest.get_body(("plain",)).get_content()
    assert "/act/" in by_header[None].get_body(("plain",)).get_content(), "it can be acknowledged"


def test_a_mail_of_a_hundred_things_names_forty_and_says_how_many_more(quiet_desk):
    cast = quiet_desk
    for n in range(100):
        owe(cast, f"N{n}", SOON + timedelta(days=0))
    look_on(cast, DAY)
    deliver_on(cast, LocalOutbox(), DAY)
    said = of(cast, "pi", "sent")[0].payload_json
    assert said["subject"].endswith("；共 100 件")
    assert said["text"].count("report?obligation=") == 40
    assert "另有 60 件" in said["text"]


# --- to an institution


def test_a_contact_at_an_institution_gets_one_mail_for_ten_projects_without_any_address(quiet_desk):
    cast = quiet_desk
    keys = [owe(cast, str(n), date(2027, 3, 2)) for n in range(3)]
    people = [Recipient(None, "dean@university.invalid", "en", "institution", contact_id=contact(cast))]
    ctx = cast.ctx("system", on=DAY, clock="09:00")

    def body(tx):
        ids = []
        for one in keys:
            row = cast.by_key(one)
            ids.append(tx.insert(
                t.alert, obligation_id=row.id, due_on=row.due_on, stage="to:institution", stage_on=row.due_on, state="raised",
                recipients_json=[people[0].as_dict()], raised_at=tx.at,
            ))  # fmt: skip
        alerts = [Told(number, f"{one}|x|to:institution", "to:institution", SOON, people[0]) for number, one in zip(ids, keys, strict=True)]
        return tell_alerts(tx, ctx, alerts)

    assert cast.desk.store.write_quiet(ctx.now, body) == 1
    change(cast, t.obligation, cast.by_key(keys[0]).id, status="waived")
    with smtp_sink() as sink:
        deliver_on(cast, SmtpTransport(sink.url), DAY, "09:05")
    (mail,) = sink.taken
    text = mail.get_body(("plain",)).get_content()
    assert mail["Subject"].endswith("; 2 urgent things in all")
    assert "http" not in text + mail.get_body(("html",)).get_content()
    assert "ask the programme office" in text
    assert [ledger(cast, one) for one in keys] == [
        [("to:institution", "cancelled")], [("to:institution", "raised")], [("to:institution", "raised")],
    ]  # fmt: skip


def contact(cast) -> int:
    def body(tx):
        return tx.insert(
            t.institution_contact,
            organisation="示範大學",
            name="示範研發處",
            email="dean@university.invalid",
            language="en",
            entered_at=tx.at,
        )

    return cast.desk.store.write_quiet(at("2026-09-01"), body)
