"""The auditor finds what is wrong, whoever did it, says it once, and finds nothing where nothing is wrong."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select, update

from tests.cast import at, key
from tests.integration.alerts.support import change, deliver_on, look_on
from tracker.notify.transport import LocalOutbox
from tracker.services import errors
from tracker.services.alert_audit import KIND_MSGIDS, MENDED_MSGIDS, OF_A_KIND, Stopped, audit, open_findings
from tracker.services.audit_limits import Limits, audit_limits, set_audit_limits
from tracker.store import tables as t

DAY = "2027-03-31"  # Wednesday: the legal last day of the first interim report
INTERIM_Y1 = "DEMO-OWN-01/interim_report/Y1"


@pytest.fixture
def kept(cast):
    """Three looks and deliveries, with stages raised and overtaken; everything is as it should be."""
    for day in ("2027-01-29", "2027-03-29", DAY):
        look_on(cast, day)
        deliver_on(cast, LocalOutbox(), day, "09:00")
    return cast


def audited(cast, day: str = DAY, clock: str = "10:00"):
    return audit(cast.ctx("system", on=day, clock=clock))


def kinds(result) -> list[str]:
    return sorted({one.kind for one in result.found})


def the_alert(cast, stage: str, state: str = "raised"):
    with cast.desk.store.read() as conn:
        a, o = t.alert, t.obligation.c
        return conn.execute(
            select(a).join(t.obligation, o.id == a.c.obligation_id).where(o.key == INTERIM_Y1, a.c.stage == stage, a.c.state == state)
        ).one()


def by_hand(cast, *statements) -> None:
    with cast.desk.store.transaction() as conn:
        for statement in statements:
            conn.execute(statement)


def forget(cast, alert_id: int) -> None:
    """Delete a ledger row by hand, with everything that points to it."""
    i, m = t.inbox_item.c, t.outbox.c
    by_hand(
        cast,
        update(t.outbox).where(m.id.in_(select(i.outbox_id).where(i.alert_id == alert_id))).values(alert_id=None),
        delete(t.inbox_item).where(i.alert_id == alert_id),
        delete(t.outbox).where(m.alert_id == alert_id),
        delete(t.alert).where(t.alert.c.id == alert_id),
    )


def test_where_nothing_is_wrong_nothing_is_found(kept):
    result = audited(kept)
    assert (result.found, result.new, result.settled) == ((), 0, 0)
    assert result.checked > 5


@pytest.mark.parametrize(("stage", "state"), [("T-60", "raised"), ("T-30", "superseded"), ("due", "raised")])
def test_a_ledger_row_that_was_deleted_by_hand_is_found(kept, stage, state):
    forget(kept, the_alert(kept, stage, state).id)
    found = [one for one in audited(kept).found if one.kind == "missing"]
    assert [one.subject for one in found] == [f"{INTERIM_Y1}|2027-03-31|{stage}"]


def test_a_whole_ledger_that_was_deleted_is_found(kept):
    with kept.desk.store.read() as conn:
        ids = list(conn.scalars(select(t.alert.c.id).join(t.obligation).where(t.obligation.c.key == INTERIM_Y1)))
    for alert_id in ids:
        forget(kept, alert_id)
    found = {one.subject.rsplit("|", 1)[1] for one in audited(kept).found if one.kind == "missing" and one.subject.startswith(INTERIM_Y1)}
    assert {"T-60", "T-30", "T-1", "file_by", "due"} <= found


def test_a_stage_under_a_wrong_day_is_found(kept):
    change(kept, t.alert, the_alert(kept, "due").id, stage_on=date(2027, 4, 2))
    assert kinds(audited(kept)) == ["too_early", "wrong_day"]


def test_what_a_look_left_out_is_found_the_day_after(kept):
    change(kept, t.obligation, kept.by_key(INTERIM_Y1).id, next_look_on=date(2027, 3, 30))
    assert "behind" in kinds(audited(kept))


def test_what_waits_for_a_look_of_today_is_not_wrong(kept):
    change(kept, t.obligation, kept.by_key(INTERIM_Y1).id, next_look_on=date(2027, 3, 31))
    assert kinds(audited(kept)) == []


def test_an_alert_that_nobody_was_told_of_is_found(kept):
    alert_id = the_alert(kept, "due").id
    nothing_of_it = update(t.outbox).where(t.outbox.c.alert_id == alert_id).values(alert_id=None)
    by_hand(kept, delete(t.inbox_item).where(t.inbox_item.c.alert_id == alert_id), nothing_of_it)
    assert "untold" in kinds(audited(kept))


def test_an_item_without_the_mail_that_the_policy_asks_for_is_found(kept):
    by_hand(kept, update(t.inbox_item).where(t.inbox_item.c.alert_id == the_alert(kept, "due").id).values(outbox_id=None))
    assert kinds(audited(kept)) == ["no_mail"]


def test_what_reached_nobody_since_everybody_was_off_is_found_until_a_later_stage_is_told(cast):
    look_on(cast, DAY)
    everybody = [one["person_id"] for one in the_alert(cast, "due").recipients_json]
    by_hand(cast, update(t.person).where(t.person.c.id.in_(everybody)).values(active=False))
    deliver_on(cast, LocalOutbox(), DAY, "09:00")
    assert f"{INTERIM_Y1}|2027-03-31|due" in {one.subject for one in audited(cast).found if one.kind == "nobody_left"}
    look_on(cast, "2027-04-01")  # nobody is on the project: the office is told
    deliver_on(cast, LocalOutbox(), "2027-04-01", "09:00")
    assert not [one for one in audited(cast, "2027-04-01").found if one.subject.startswith(INTERIM_Y1)]


def test_what_was_told_of_a_duty_that_was_settled_long_ago_is_looked_at_too(kept):
    change(kept, t.obligation, kept.by_key(INTERIM_Y1).id, status="accepted", next_look_on=None)
    assert about(kept, "2028-04-03") == [], "a Monday, 369 days later"
    i = t.inbox_item.c
    by_hand(kept, update(t.inbox_item).where(i.alert_id == the_alert(kept, "due").id).values(outbox_id=None))
    assert about(kept, "2028-04-03") == ["no_mail"]
    assert about(kept, "2028-06-05") == [], "more than 400 days ago"


def about(cast, day: str) -> list[str]:
    """The kinds of what is found about the report."""
    return sorted({one.kind for one in audited(cast, day).found if one.subject.startswith(INTERIM_Y1)})


def test_an_inbox_of_somebody_it_was_not_for_or_one_that_is_missing_is_found(kept):
    alert = the_alert(kept, "due")
    i = t.inbox_item
    auditor = kept.person("auditor").id
    by_hand(kept, i.update().where(i.c.alert_id == alert.id, i.c.person_id == kept.person("pi").id).values(person_id=auditor))
    (found,) = [one for one in audited(kept).found if one.kind == "wrong_people"]
    assert found.subject == f"{INTERIM_Y1}|2027-03-31|due"
    by_hand(kept, delete(i).where(i.c.alert_id == alert.id, i.c.person_id == auditor))
    assert "wrong_people" in kinds(audited(kept))


def test_one_who_was_told_alone_and_in_a_mail_with_others_is_found(kept):
    alert, pi = the_alert(kept, "due"), kept.person("pi").id
    m = t.outbox.c
    with kept.desk.store.read() as conn:
        sent = conn.execute(select(t.outbox).where(m.status == "sent", m.person_id == pi).limit(1)).one()._asdict()
    del sent["id"]
    values = {**sent, "dedup_key": "x", "sort": "one", "alert_id": alert.id, "message_id": "<x@y.invalid>", "sent_at": at(DAY, "09:30")}
    by_hand(kept, t.outbox.insert().values(**values))
    assert "twice" in kinds(audited(kept))


def test_the_limits_of_the_audit_can_be_set(kept):
    change(kept, t.obligation, kept.by_key(INTERIM_Y1).id, next_look_on=date(2027, 3, 31))
    look_on(kept, DAY, "10:00")
    admin = kept.ctx("admin", on=DAY)
    assert audit_limits(admin) == Limits()
    set_audit_limits(admin, limits=Limits(back_days=7, late_minutes=5), key=key())
    set_audit_limits(admin, limits=Limits(back_days=30), key=key())
    assert audit_limits(admin) == Limits(back_days=30)
    with pytest.raises(errors.Invalid):
        set_audit_limits(admin, limits=Limits(held_hours=0), key=key())


def test_every_kind_says_what_mends_it():
    assert MENDED_MSGIDS.keys() == KIND_MSGIDS.keys()


def test_somebody_told_of_what_was_overtaken_is_found(kept):
    change(kept, t.alert, the_alert(kept, "due").id, state="superseded")
    assert "told_overtaken" in kinds(audited(kept))


def test_what_waits_for_more_than_an_hour_is_found_and_settled_when_it_has_gone(cast):
    look_on(cast, DAY)
    assert kinds(audited(cast, clock="08:59")) == []
    late = audited(cast, clock="09:10")
    assert kinds(late) == ["late"]
    assert late.found[0].detail["n"] > 0
    deliver_on(cast, LocalOutbox(), DAY, "09:15")
    assert audited(cast, clock="09:20").settled == 1
    assert open_findings(cast.ctx("admin", on=DAY)) == []


def test_what_is_put_off_on_purpose_is_not_late(cast):
    look_on(cast, DAY)
    by_hand(cast, update(t.outbox).values(available_at=at("2027-04-05"), waits_for="silence"))
    assert kinds(audited(cast, clock="12:00")) == []


def test_a_hold_that_nobody_decides_on_is_found_after_a_day(cast):
    look_on(cast, DAY)
    with cast.desk.store.transaction() as conn:
        hold = conn.execute(t.mass_hold.insert().values(why="mass", owed=300, among=400, held_at=at(DAY, "00:05"))).inserted_primary_key[0]
        conn.execute(update(t.outbox).values(status="held", mass_hold_id=hold))
    assert kinds(audited(cast, clock="23:00")) == []
    assert kinds(audited(cast, "2027-04-01", "00:06")) == ["held"]


def test_administrators_get_one_mail_for_what_is_new_and_none_again(kept):
    forget(kept, the_alert(kept, "T-60").id)
    first, again = audited(kept), audited(kept, clock="11:00")
    assert (first.new, again.new) == (1, 0)
    with kept.desk.store.read() as conn:
        n, m = t.notice.c, t.outbox.c
        told = conn.execute(select(n.person_id, m.status).join(t.outbox, m.notice_id == n.id).where(n.kind == "audit_found")).all()
    assert [row.person_id for row in told] == [kept.person("admin").id]


def test_a_finding_is_open_until_it_is_no_longer_found(kept):
    alert_id = the_alert(kept, "T-30", "superseded").id
    with kept.desk.store.read() as conn:
        row = conn.execute(select(t.alert).where(t.alert.c.id == alert_id)).one()._asdict()
    forget(kept, alert_id)
    audited(kept)
    (found,) = open_findings(kept.ctx("admin", on=DAY))
    assert (found.kind, found.obligation, found.project) == ("missing", INTERIM_Y1, "DEMO-OWN-01")
    by_hand(kept, t.alert.insert().values(**row))
    assert audited(kept, clock="11:00").settled == 1
    assert open_findings(kept.ctx("admin", on=DAY)) == []


def test_an_audit_that_is_stopped_changes_nothing(kept):
    forget(kept, the_alert(kept, "T-60").id)
    with pytest.raises(Stopped):
        audit(kept.ctx("system", on=DAY), stop=lambda: True)
    assert open_findings(kept.ctx("admin", on=DAY)) == []


def test_of_a_kind_so_many_are_named_and_the_rest_is_counted(cast):
    look_on(cast, DAY)
    deliver_on(cast, LocalOutbox(), DAY, "09:00")
    with cast.desk.store.transaction() as conn:
        row = conn.execute(select(t.outbox).where(t.outbox.c.channel == "mail")).first()._asdict()
        nothing = {**row, "alert_id": None, "notice_id": None, "sort": "one", "status": "sent"}
        made = [{**nothing, "id": 10_000 + n, "dedup_key": f"made-{n}", "message_id": f"<{n}@x.invalid>"} for n in range(OF_A_KIND + 5)]
        conn.execute(t.outbox.insert(), made)
    found = [one for one in audited(cast).found if one.kind == "orphan"]
    assert len(found) == OF_A_KIND + 1


def test_every_kind_has_words(kept):
    assert all(KIND_MSGIDS.values())


def test_another_day_is_audited_anew(kept):
    later = date.fromisoformat(DAY) + timedelta(days=1)
    look_on(kept, later.isoformat())
    deliver_on(kept, LocalOutbox(), later.isoformat(), "09:00")
    assert kinds(audited(kept, later.isoformat())) == []
