"""What is done with an alert: seen, put off, given to a colleague. No act ends a series, and none outlives a right."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from tests.cast import Cast, at, key
from tests.integration.alerts.support import MAILS, change, deliver_on, look_on, move_date, outbox_rows, raised
from tracker.notify.transport import LocalOutbox
from tracker.services.alert_acts import acknowledge, acts_on, delegate_alert, snooze, take_back_alert
from tracker.services.alert_mail import links_of
from tracker.services.delivery import deliver
from tracker.services.delivery_desk import delivery_story
from tracker.services.errors import Invalid, NotFound
from tracker.services.inbox import inbox_list, unread_count
from tracker.services.notices import notice_list
from tracker.store import tables as t

T60, T30 = "2027-01-29", "2027-02-28"  # a Friday and a Sunday
T1, LAST = "2027-03-29", "2027-03-31"  # a Monday, and the Wednesday that is the legal last day
REPORT = "DEMO-OWN-01/interim_report/Y1"


@pytest.fixture
def told(cast: Cast) -> Cast:
    look_on(cast, T60)
    return cast


def alert_of(cast: Cast, who: str, on: str, public_key: str = REPORT) -> int:
    """The newest alert of a person about an obligation."""
    return next(item.alert_id for item in inbox_list(cast.ctx(who, on=on)) if item.obligation == public_key)


def item_of(cast: Cast, who: str, alert_id: int):
    with cast.desk.store.read() as conn:
        i = t.inbox_item
        return conn.execute(select(i).where(i.c.person_id == cast.person(who).id, i.c.alert_id == alert_id)).one()


def reminders(cast: Cast) -> list[tuple[str, str, str]]:
    """(whom, state, from when) of the mails by which somebody is reminded again."""
    return [(row.address, row.status, row.available_at.isoformat()) for row in outbox_rows(cast) if row.sort == "snoozed"]


def told_of(cast: Cast, stage: str, public_key: str = REPORT) -> set[str]:
    with cast.desk.store.read() as conn:
        a, o = t.alert.c, t.obligation.c
        rows = conn.execute(
            select(a.recipients_json).join(t.obligation, o.id == a.obligation_id).where(o.key == public_key, a.stage == stage)
        )
        return {one["email"].split("@")[0] for one in rows.scalar_one()}


# --- Seen --------------------------------------------------------------------------------------------------------------


def test_who_has_seen_it_is_kept_with_the_time_and_the_way(told: Cast):
    alert_id = alert_of(told, "pi", T60)
    acknowledge(told.ctx("pi", on=T60, clock="10:15"), alert_id=alert_id, via="mail", key=key())
    item = item_of(told, "pi", alert_id)
    assert (item.acknowledged_at, item.acknowledged_via) == (at(T60, "10:15"), "mail")
    assert item_of(told, "assistant", alert_id).acknowledged_at is None


def test_the_first_time_it_was_seen_counts(told: Cast):
    alert_id = alert_of(told, "pi", T60)
    acknowledge(told.ctx("pi", on=T60, clock="10:15"), alert_id=alert_id, key=key())
    acknowledge(told.ctx("pi", on=T60, clock="18:00"), alert_id=alert_id, via="mail", key=key())
    assert item_of(told, "pi", alert_id).acknowledged_at == at(T60, "10:15")


def test_seeing_one_stage_stops_nothing_of_the_next(told: Cast):
    acknowledge(told.ctx("pi", on=T60), alert_id=alert_of(told, "pi", T60), key=key())
    look_on(told, T30)
    assert raised(told, REPORT) == ["T-60", "T-30"]
    assert "pi" in told_of(told, "T-30")


def test_what_was_seen_counts_in_no_badge(told: Cast):
    before = unread_count(told.ctx("pi", on=T60))
    acknowledge(told.ctx("pi", on=T60), alert_id=alert_of(told, "pi", T60), key=key())
    assert unread_count(told.ctx("pi", on=T60)) == before - 1


@pytest.mark.parametrize("who", ["stranger_pi", "officer", "admin", "co_pi"])
def test_nobody_acts_on_an_alert_that_is_not_hers(told: Cast, who: str):
    ctx, alert_id = told.ctx(who, on=T60), alert_of(told, "pi", T60)
    for act in (
        lambda: acknowledge(ctx, alert_id=alert_id, key=key()),
        lambda: snooze(ctx, alert_id=alert_id, until_on=date(2027, 2, 1), key=key()),
        lambda: delegate_alert(ctx, alert_id=alert_id, to_person_id=told.person("assistant").id, key=key()),
        lambda: acts_on(ctx, alert_id),
    ):
        with pytest.raises(NotFound):
            act()


def test_who_left_the_project_does_nothing_with_it_any_more(told: Cast):
    alert_id = alert_of(told, "assistant", T60)
    with told.desk.store.read() as conn:
        m = t.membership.c
        number = conn.execute(select(m.id).where(m.person_id == told.person("assistant").id)).scalar_one()
    change(told, t.membership, number, until_on=date(2027, 1, 28))
    with pytest.raises(NotFound):
        acknowledge(told.ctx("assistant", on=T60), alert_id=alert_id, key=key())


# --- Put off ---------------------------------------------------------------------------------------------------------------


def test_she_is_reminded_at_eight_on_the_day_that_she_chose(told: Cast):
    alert_id = alert_of(told, "pi", T60)
    snooze(told.ctx("pi", on=T60), alert_id=alert_id, until_on=date(2027, 2, 8), key=key())
    assert reminders(told) == [("pi@own.invalid", "pending", "2027-02-08T00:00:00+00:00")]
    assert item_of(told, "pi", alert_id).snoozed_until_on == date(2027, 2, 8)


def test_her_own_quiet_hours_and_zone_say_when_the_day_begins(told: Cast):
    choice = {"person_id": told.person("pi").id, "digest_hour": 6, "quiet_from": 22, "quiet_until": 9, "time_zone": "Asia/Tokyo"}
    told.desk.store.write_quiet(at(T60), lambda tx: tx.conn.execute(t.alert_choice.insert().values(**choice)))
    snooze(told.ctx("pi", on=T60), alert_id=alert_of(told, "pi", T60), until_on=date(2027, 2, 8), key=key())
    assert reminders(told)[0][2] == "2027-02-08T00:00:00+00:00"  # nine in Tokyo


def test_the_badge_counts_it_again_from_that_day_on(told: Cast):
    before = unread_count(told.ctx("pi", on=T60))
    snooze(told.ctx("pi", on=T60), alert_id=alert_of(told, "pi", T60), until_on=date(2027, 2, 8), key=key())
    assert [unread_count(told.ctx("pi", on=day)) for day in (T60, "2027-02-07", "2027-02-08")] == [before - 1, before - 1, before]


def test_another_day_replaces_the_one_before_and_can_come_back(told: Cast):
    alert_id = alert_of(told, "pi", T60)
    for day in (8, 12, 8):
        snooze(told.ctx("pi", on=T60), alert_id=alert_id, until_on=date(2027, 2, day), key=key())
    assert sorted((when[:10], status) for _, status, when in reminders(told)) == [("2027-02-08", "pending"), ("2027-02-12", "cancelled")]


@pytest.mark.parametrize(
    ("zone", "goes"),
    [
        ("America/Los_Angeles", "2027-03-30T16:00:00+00:00"),
        ("Etc/GMT+12", "2027-03-30T21:00:00+00:00"),
        ("Asia/Tokyo", "2027-03-31T00:00:00+00:00"),
    ],
)
def test_who_lives_far_away_is_reminded_before_the_legal_last_day_is_over_in_taipei(told: Cast, zone: str, goes: str):
    choice = {"person_id": told.person("pi").id, "digest_hour": 9, "quiet_from": 22, "quiet_until": 7, "time_zone": zone}
    told.desk.store.write_quiet(at(T60), lambda tx: tx.conn.execute(t.alert_choice.insert().values(**choice)))
    move_date(told, told.by_key(REPORT), T60, date(2027, 3, 31))  # a Wednesday: the safe day is the legal one
    change(told, t.obligation, told.by_key(REPORT).id, next_look_on=None)
    snooze(told.ctx("pi", on=T60), alert_id=alert_of(told, "pi", T60), until_on=date(2027, 3, 31), key=key())
    assert reminders(told)[-1][2] == goes


def test_seeing_it_drops_the_reminder(told: Cast):
    alert_id = alert_of(told, "pi", T60)
    snooze(told.ctx("pi", on=T60), alert_id=alert_id, until_on=date(2027, 2, 8), key=key())
    acknowledge(told.ctx("pi", on="2027-02-01"), alert_id=alert_id, key=key())
    assert [status for _, status, _ in reminders(told)] == ["cancelled"]


@pytest.mark.parametrize("day", ["2027-01-30", "2027-02-28"])  # T-30 is Sunday 2027-02-28
def test_it_can_be_put_off_to_the_day_of_the_next_stage(told: Cast, day: str):
    snooze(told.ctx("pi", on=T60), alert_id=alert_of(told, "pi", T60), until_on=date.fromisoformat(day), key=key())
    assert reminders(told)[0][2][:10] == day


@pytest.mark.parametrize("day", ["2027-01-28", "2027-01-29", "2027-03-01", "2027-03-31", "2027-04-01"])
def test_it_can_be_put_off_no_further_and_to_no_day_gone_by(told: Cast, day: str):
    with pytest.raises(Invalid) as refused:
        snooze(told.ctx("pi", on=T60), alert_id=alert_of(told, "pi", T60), until_on=date.fromisoformat(day), key=key())
    assert [problem.field for problem in refused.value.problems] == ["until_on"]
    assert reminders(told) == []


def test_on_the_last_day_nothing_can_be_put_off(told: Cast):
    look_on(told, LAST)
    found = acts_on(told.ctx("pi", on=LAST), alert_of(told, "pi", LAST))
    assert (found.snooze_until, found.snooze_days(date(2027, 3, 31))) == (None, ())
    with pytest.raises(Invalid, match="legal last day"):
        snooze(told.ctx("pi", on=LAST), alert_id=found.item.alert_id, until_on=date(2027, 4, 1), key=key())


@pytest.mark.parametrize(("who", "may"), [("pi", False), ("assistant", False), ("officer", True)])
def test_of_what_is_a_week_over_only_the_office_puts_its_reminder_off_and_says_why(told: Cast, who: str, may: bool):
    week_after = "2027-04-07"  # a Wednesday
    look_on(told, week_after)
    alert_id, ctx = alert_of(told, who, week_after), told.ctx(who, on=week_after)
    with pytest.raises(Invalid) as refused:
        snooze(ctx, alert_id=alert_id, until_on=date(2027, 4, 9), key=key())
    assert [problem.field for problem in refused.value.problems] == ["reason" if may else "until_on"]
    if may:
        snooze(ctx, alert_id=alert_id, until_on=date(2027, 4, 9), reason="The investigator is in hospital.\x07", key=key())
        assert reminders(told)[0][:2] == ("officer@office.invalid", "pending")
        (mail,) = [row for row in outbox_rows(told) if row.sort == "snoozed"]
        assert delivery_story(told.ctx("admin", on=week_after), mail.id).put_off_because == "The investigator is in hospital."


def test_what_was_handed_in_or_moved_cannot_be_put_off(told: Cast):
    alert_id = alert_of(told, "pi", T60)
    move_date(told, told.by_key(REPORT), T60, date(2027, 6, 30))
    with pytest.raises(Invalid, match="settled"):
        snooze(told.ctx("pi", on=T60), alert_id=alert_id, until_on=date(2027, 2, 1), key=key())


def test_the_days_to_choose_from_lie_after_today_and_end_with_the_last_possible_one(told: Cast):
    found = acts_on(told.ctx("pi", on=T60), alert_of(told, "pi", T60))
    days = [day.isoformat() for day in found.snooze_days(date(2027, 1, 29))]
    assert days == ["2027-01-30", "2027-02-01", "2027-02-05", "2027-02-12", "2027-02-28"]


# --- Given to a colleague -------------------------------------------------------------------------------------------------------


def give(cast: Cast, giver: str, taker: str, on: str = T60) -> int:
    return delegate_alert(cast.ctx(giver, on=on), alert_id=alert_of(cast, giver, on), to_person_id=cast.person(taker).id, key=key())


def test_the_colleague_is_told_now_and_of_every_further_stage(told: Cast):
    give(told, "pi", "co_pi")
    assert [one.text.kind for one in notice_list(told.ctx("co_pi", on=T60))] == ["delegated"]
    look_on(told, T30)
    assert told_of(told, "T-30") == {"co-pi", "assistant", "company-pi"}


def test_who_gave_it_is_told_again_on_the_last_days_and_after(told: Cast):
    give(told, "pi", "co_pi")
    for day in (T1, "2027-04-01"):  # a Monday and a Thursday
        look_on(told, day)
    assert told_of(told, "T-1") >= {"pi", "co-pi"}
    assert told_of(told, "+1") >= {"pi", "co-pi"}


def test_who_gave_it_is_told_as_before_once_the_colleague_has_left(told: Cast):
    give(told, "pi", "co_pi")
    with told.desk.store.read() as conn:
        m = t.membership.c
        number = conn.execute(select(m.id).where(m.person_id == told.person("co_pi").id)).scalar_one()
    change(told, t.membership, number, until_on=date(2027, 2, 1))
    look_on(told, T30)
    assert told_of(told, "T-30") == {"pi", "assistant", "company-pi"}


def test_it_can_be_taken_back_by_either_and_the_other_is_told(told: Cast):
    take_back_alert(told.ctx("pi", on=T60), delegation_id=give(told, "pi", "co_pi"), key=key())
    assert notice_list(told.ctx("co_pi", on=T60))[0].text.kind == "delegation_ended"
    take_back_alert(told.ctx("co_pi", on=T60), delegation_id=give(told, "pi", "co_pi"), key=key())
    assert notice_list(told.ctx("pi", on=T60))[0].text.kind == "delegation_declined"
    look_on(told, T30)
    assert told_of(told, "T-30") == {"pi", "assistant", "company-pi"}


def test_nobody_else_takes_it_back_and_nothing_is_taken_back_twice(told: Cast):
    number = give(told, "pi", "co_pi")
    with pytest.raises(NotFound):
        take_back_alert(told.ctx("assistant", on=T60), delegation_id=number, key=key())
    take_back_alert(told.ctx("pi", on=T60), delegation_id=number, key=key())
    with pytest.raises(NotFound):
        take_back_alert(told.ctx("pi", on=T60), delegation_id=number, key=key())


def test_a_duty_does_not_go_round_in_circles(told: Cast):
    give(told, "pi", "assistant")
    with pytest.raises(Invalid, match="handed this to somebody else"):
        give(told, "assistant", "pi")
    give(told, "assistant", "co_pi")
    look_on(told, T30)
    assert told_of(told, "T-30") == {"co-pi", "company-pi"}


def test_another_colleague_replaces_the_first(told: Cast):
    give(told, "pi", "co_pi")
    give(told, "pi", "assistant")
    look_on(told, T30)
    assert told_of(told, "T-30") == {"assistant", "company-pi"}
    assert acts_on(told.ctx("pi", on=T60), alert_of(told, "pi", T60)).asked.name == "示範助理"


@pytest.mark.parametrize("whom", ["company_pi", "stranger_pi", "officer", "pi"])
def test_only_a_colleague_of_her_own_side_can_be_asked(told: Cast, whom: str):
    with pytest.raises(Invalid) as refused:
        give(told, "pi", whom)
    assert [problem.field for problem in refused.value.problems] == ["to_person_id"]


# --- Twice -------------------------------------------------------------------------------------------------------------------------


def test_the_same_form_sent_twice_does_it_once(told: Cast):
    alert_id, again = alert_of(told, "pi", T60), key()
    ctx = told.ctx("pi", on=T60)
    first = [delegate_alert(ctx, alert_id=alert_id, to_person_id=told.person("co_pi").id, key=again) for _ in range(2)]
    assert first[0] == first[1]
    assert len(notice_list(told.ctx("co_pi", on=T60))) == 1


def test_two_windows_that_ask_the_same_colleague_tell_her_once(told: Cast):
    ctx, alert_id, whom = told.ctx("pi", on=T60), alert_of(told, "pi", T60), told.person("co_pi").id
    asked = {delegate_alert(ctx, alert_id=alert_id, to_person_id=whom, key=key()) for _ in range(2)}
    assert len(asked) == 1
    assert [one.text.kind for one in notice_list(told.ctx("co_pi", on=T60))] == ["delegated"]


# --- The mail of that day --------------------------------------------------------------------------------------------------------


def sent_again(cast: Cast, day: str) -> list[str]:
    """The states of reminders after everything of a day was delivered."""
    look_on(cast, day)
    deliver_on(cast, LocalOutbox(), day)
    return [status for _, status, _ in reminders(cast)]


def test_the_reminder_goes_out_on_its_day_and_not_before(told: Cast):
    snooze(told.ctx("pi", on=T60), alert_id=alert_of(told, "pi", T60), until_on=date(2027, 2, 8), key=key())
    assert [sent_again(told, day) for day in (T60, "2027-02-07", "2027-02-08")] == [["pending"], ["pending"], ["sent"]]


def test_a_reminder_falls_away_where_a_later_stage_says_more(told: Cast):
    snooze(told.ctx("pi", on=T60), alert_id=alert_of(told, "pi", T60), until_on=date(2027, 2, 28), key=key())
    assert sent_again(told, T30) == ["cancelled"]


def test_a_reminder_falls_away_where_it_was_handed_in(told: Cast):
    snooze(told.ctx("pi", on=T60), alert_id=alert_of(told, "pi", T60), until_on=date(2027, 2, 8), key=key())
    change(told, t.obligation, told.by_key(REPORT).id, status="submitted")
    assert sent_again(told, "2027-02-08") == ["cancelled"]


LINK = re.compile(r"/act/(\S+)")


def test_the_mail_bears_a_link_and_what_is_kept_of_it_opens_nothing(told: Cast):
    class Carrier(LocalOutbox):
        def send(self, message) -> None:
            sent.append(text := message.get_body(("plain",)).get_content())
            boxes.extend((links.read(one).mailbox, links.mailbox(message["To"].addresses[0].addr_spec)) for one in LINK.findall(text))

    sent: list[str] = []
    boxes: list[tuple[str, str]] = []
    links = links_of(told.desk.secrets, MAILS.public_url)
    settings = replace(MAILS, links=links)
    for row in outbox_rows(told):
        ctx = told.ctx("system", on=T60)
        deliver(ctx, Carrier(), settings, wall=lambda at=row.created_at: at)
    assert any("/act/" in text for text in sent)
    assert all(signed == mailed for signed, mailed in boxes)
    kept = [row.payload_json.get("text", "") for row in outbox_rows(told, "sent")]
    assert kept
    assert not any("/act/" in text for text in kept)
