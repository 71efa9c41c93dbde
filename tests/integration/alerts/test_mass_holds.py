"""The brake: a mass is raised and held back, an administrator lets it go or drops it, and what is no mass goes by itself."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from tests.cast import at, key
from tests.integration.alerts.support import MAILS, deliver_on, everything, outbox_rows
from tracker.notify.transport import LocalOutbox
from tracker.services import errors, mass_holds
from tracker.services.alerts import look
from tracker.services.delivery import deliver
from tracker.services.mass_holds import drop, hold_list, release, set_thresholds, waiting_holds
from tracker.store import tables as t

DAY = "2027-03-30"  # Tuesday: stages of several obligations fall on it or before
NEXT = "2027-03-31"


@pytest.fixture
def small(cast):
    """An installation in which more than two alerts are a mass, and more than one percent."""
    set_thresholds(cast.ctx("admin", on="2026-06-01"), share=1, least=2, key=key())
    return cast


def look_on(cast, day: str = DAY, clock: str = "08:30", **kwargs):
    return look(cast.ctx("system", on=day, clock=clock), **kwargs)


def alert_mails(cast, status: str):
    return [row for row in outbox_rows(cast, status) if row.notice_id is None]


def the_hold(cast, who: str = "admin"):
    return hold_list(cast.ctx(who, on=DAY))[0]


def decide(cast, act, on: str = DAY, clock: str = "10:00", who: str = "admin", **more):
    hold = the_hold(cast)
    values = {"hold_id": hold.id, "reason": "已確認", "expected_version": hold.version, **more}
    return act(cast.ctx(who, on=on, clock=clock), **values, key=key())


def test_a_mass_is_raised_and_in_the_inboxes_but_no_mail_leaves(small):
    done = look_on(small)
    assert done.raised >= 2
    assert alert_mails(small, "pending") == []
    held = alert_mails(small, "held")
    assert held
    assert {row.mass_hold_id for row in held} == {the_hold(small).id}
    with small.desk.store.read() as conn:
        assert len(conn.execute(t.inbox_item.select()).all()) >= len(held)
    sent = deliver_on(small, LocalOutbox(), DAY, "09:00")
    assert alert_mails(small, "sent") == []
    assert sent.sent == 1  # the mail to the administrator about the hold


def test_the_administrators_are_told_once_of_the_hold(small):
    look_on(small)
    look_on(small, clock="08:31")
    (mail,) = [row for row in outbox_rows(small) if row.notice_id is not None]
    assert (mail.status, mail.address, mail.mass_hold_id) == ("pending", "admin@office.invalid", None)


def test_letting_go_sends_what_still_holds(small):
    look_on(small)
    held = alert_mails(small, "held")
    done = decide(small, release)
    assert (done.let_go, done.dropped) == (len(held), 0)
    sent = deliver_on(small, LocalOutbox(), DAY, "10:05")
    assert len(alert_mails(small, "sent")) + len(alert_mails(small, "cancelled")) == len(held)
    assert sent.sent >= 2
    hold = the_hold(small)
    assert (hold.decision, hold.decided_by, hold.reason, hold.mails) == ("released", "示範admin", "已確認", 0)


def test_what_is_let_go_at_night_waits_for_the_morning(small):
    look_on(small)
    decide(small, release, clock="23:00")
    assert {row.available_at for row in alert_mails(small, "pending")} == {at(NEXT, "08:00")}


def test_dropping_cancels_with_the_reason_and_the_ledger_follows(small):
    look_on(small)
    before = len(alert_mails(small, "held"))
    done = decide(small, drop, reason="時鐘錯誤")
    assert (done.let_go, done.dropped) == (0, before)
    dropped = alert_mails(small, "cancelled")
    admin = small.person("admin").id
    assert {(row.last_error, row.cancelled_by, row.cancel_reason) for row in dropped} == {("by_hand", admin, "時鐘錯誤")}
    assert {row[3] for row in everything(small)} <= {"cancelled", "superseded"}
    with small.desk.store.read() as conn:
        assert conn.execute(t.inbox_item.select()).first() is not None


@pytest.mark.parametrize("act", [release, drop])
def test_a_hold_is_decided_once(small, act):
    look_on(small)
    decide(small, release)
    with pytest.raises(errors.Invalid):
        decide(small, act)


def test_the_second_click_of_the_same_form_answers_as_the_first(small):
    look_on(small)
    hold, once = the_hold(small), key()
    values = {"hold_id": hold.id, "reason": "已確認", "expected_version": hold.version, "key": once}
    ctx = small.ctx("admin", on=DAY, clock="10:00")
    assert release(ctx, **values) == release(ctx, **values)


def test_two_administrators_who_decide_at_once_get_one_decision(small):
    look_on(small)
    hold, answers = the_hold(small), []
    begun = threading.Barrier(2)

    def work(act):
        begun.wait()
        values = {"hold_id": hold.id, "reason": "x", "expected_version": hold.version, "key": key()}
        try:
            answers.append(act(small.ctx("admin", on=DAY), **values))
        except (errors.Invalid, errors.Stale) as refused:
            answers.append(refused)

    threads = [threading.Thread(target=work, args=(act,)) for act in (release, drop)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(isinstance(answer, Exception) for answer in answers) == [False, True]
    assert alert_mails(small, "held") == []


def test_a_reason_is_asked_for(small):
    look_on(small)
    with pytest.raises(errors.Invalid) as refused:
        decide(small, release, reason=" ")
    assert [problem.field for problem in refused.value.problems] == ["reason"]


@pytest.mark.parametrize("who", ["auditor", "chief", "officer", "pi"])
def test_only_administrators_decide(small, who):
    look_on(small)
    with pytest.raises(errors.Forbidden):
        decide(small, release, who=who)


def test_the_banner_is_for_administrators_until_somebody_decides(small):
    look_on(small)
    shown = {who: bool(waiting_holds(small.ctx(who, on=DAY))) for who in ("admin", "auditor", "officer", "pi")}
    assert shown == {"admin": True, "auditor": False, "officer": False, "pi": False}
    decide(small, release)
    assert waiting_holds(small.ctx("admin", on=DAY)) == []


def test_many_looked_at_and_few_raised_is_no_mass(cast):
    set_thresholds(cast.ctx("admin", on="2026-06-01"), share=1, least=2, key=key())
    look_on(cast, "2026-09-07")
    first = outbox_rows(cast)
    with cast.desk.store.read() as conn:
        due = conn.execute(t.obligation.select().where(t.obligation.c.next_look_on.is_not(None))).all()

    def again(tx):  # as a changed ladder does
        tx.conn.execute(
            t.obligation.update().where(t.obligation.c.id.in_([row.id for row in due])).values(next_look_on=at("2026-09-08").date())
        )

    cast.desk.store.write_quiet(at("2026-09-08"), again)
    held_before = len(hold_list(cast.ctx("admin")))
    done = look_on(cast, "2026-09-08")
    assert done.looked == len(due) > 2
    assert done.raised < 2
    assert len(hold_list(cast.ctx("admin"))) == held_before + 1
    assert the_hold(cast).decision == "released"
    assert the_hold(cast).decided_by == ""
    assert [row for row in outbox_rows(cast, "held") if row not in first] == []


def test_a_clock_that_jumped_holds_even_a_few(cast):
    done = look_on(cast, jumped=True)
    assert done.raised < mass_holds.LEAST
    assert the_hold(cast).why == "clock"
    assert alert_mails(cast, "pending") == []


def test_a_jump_with_nothing_due_holds_nothing(cast):
    look_on(cast)
    assert look_on(cast, clock="09:00", jumped=True).raised == 0
    assert hold_list(cast.ctx("admin", on=DAY)) == []


@pytest.mark.parametrize("act", [release, drop])
def test_what_was_raised_too_early_by_a_wrong_clock_waits_for_its_day(cast, act):
    look_on(cast, jumped=True)
    decide(cast, act, on="2027-03-01")  # Monday: the clock is right again
    waiting = alert_mails(cast, "pending")
    assert waiting
    assert all(row.available_at > at("2027-03-01") for row in waiting)
    assert deliver(cast.ctx("system", on="2027-03-01"), LocalOutbox(), MAILS, wall=lambda: at("2027-03-01")).sent <= 1


def test_without_the_brake_nothing_is_held(small):
    look_on(small, brake=False)
    assert alert_mails(small, "held") == [] != alert_mails(small, "pending")


def test_a_usual_day_is_not_held(cast):
    look_on(cast)
    assert alert_mails(cast, "held") == [] == hold_list(cast.ctx("admin", on=DAY))


def test_a_look_that_broke_off_goes_on_under_its_hold(small):
    stopped = iter([False, True, True, True])
    look_on(small, limit=1, stop=lambda: next(stopped))
    assert waiting_holds(small.ctx("admin", on=DAY, clock="08:31")) == []  # it may still be going on
    late = small.ctx("admin", on=DAY, clock="09:00")
    assert len(waiting_holds(late)) == 1
    look_on(small, clock="09:00")
    assert len(hold_list(late)) == 1
    assert alert_mails(small, "pending") == []


def test_two_workers_that_look_at_once_share_one_hold(small):
    begun, done = threading.Barrier(2), []

    def work():
        begun.wait()
        done.append(look_on(small, limit=2))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(hold_list(small.ctx("admin", on=DAY))) == 1
    assert alert_mails(small, "pending") == []
    assert sum(result.raised for result in done) >= 2


@pytest.mark.parametrize(("share", "least", "fields"), [(0, 200, {"share"}), (101, 0, {"share", "least"})])
def test_thresholds_that_make_no_sense_are_named(cast, share, least, fields):
    with pytest.raises(errors.Invalid) as refused:
        set_thresholds(cast.ctx("admin"), share=share, least=least, key=key())
    assert {problem.field for problem in refused.value.problems} == fields


def test_the_hold_says_what_it_holds_and_what_may_have_caused_it(small):
    def event(tx):
        tx.record("project", 0, {})
        return {}

    ctx = small.ctx("admin", on=DAY, clock="08:00")
    small.desk.store.write(ctx.request("project.import", key()), event)
    look_on(small)
    hold = the_hold(small, "auditor")
    assert hold.causes == ("projects were brought in from a file",)
    assert sum(part.number for part in hold.parts) >= 2
    assert "demo-sister-ai" in {part.code for part in hold.parts}
    assert hold.people >= 2
    assert hold.held_at == at(DAY, "08:30")
    assert hold.held_at - timedelta(days=1) < at(DAY, "08:00")
