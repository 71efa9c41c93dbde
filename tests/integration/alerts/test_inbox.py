"""A person's own alerts inside the system."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select

from tests.cast import key
from tests.integration.alerts.support import change, look_on
from tracker.services.inbox import inbox_list, mark_read, unread_count
from tracker.store import tables as t

INTERIM_Y1 = "DEMO-OWN-01/interim_report/Y1"


def test_an_alert_is_in_the_inbox_from_the_moment_it_is_raised(cast):
    look_on(cast, "2027-01-29", "00:00")
    item = next(item for item in inbox_list(cast.ctx("pi", on="2027-01-29")) if item.obligation == INTERIM_Y1)
    assert (item.stage, item.role, item.read_at, item.settled) == ("T-60", "pi", None, False)
    assert (item.page, item.query) == ("report", {"obligation": item.obligation_id})


def test_nobody_sees_somebody_elses(cast):
    look_on(cast, "2027-01-29")
    mine = {item.id for item in inbox_list(cast.ctx("pi", on="2027-01-29"))}
    assistants = {item.id for item in inbox_list(cast.ctx("assistant", on="2027-01-29"))}
    assert mine
    assert assistants
    assert not mine & assistants
    assert all(item.project_code == "DEMO-FOREIGN-01" for item in inbox_list(cast.ctx("stranger_pi", on="2027-01-29")))
    assert inbox_list(cast.ctx("auditor", on="2027-01-29")) == []


def test_reading_is_the_readers_own_and_is_recorded(cast):
    look_on(cast, "2027-01-29")
    ctx, other = cast.ctx("pi", on="2027-01-29"), cast.ctx("assistant", on="2027-01-29")
    before, others_before = unread_count(ctx), unread_count(other)
    first = inbox_list(ctx)[0]
    theirs = inbox_list(other)[0]
    assert mark_read(ctx, item_ids=[first.id, theirs.id], key=key()) == 1
    assert (unread_count(ctx), unread_count(other)) == (before - 1, others_before)
    assert mark_read(ctx, key=key()) == before - 1
    assert (unread_count(ctx), inbox_list(ctx, unread_only=True)) == (0, [])
    with cast.desk.store.read() as conn:
        events = select(func.count()).select_from(t.event).where(t.event.c.action == "inbox.read")
        assert conn.execute(events).scalar_one() == 2


def test_what_came_after_the_page_was_drawn_is_not_read_with_all_the_rest(cast):
    look_on(cast, "2027-01-29")  # a Friday: T-60
    shown = max(item.id for item in inbox_list(cast.ctx("pi", on="2027-01-29")))
    look_on(cast, "2027-03-01")  # a Monday: T-30
    ctx = cast.ctx("pi", on="2027-03-01")
    came = {item.id for item in inbox_list(ctx, unread_only=True) if item.id > shown}
    assert mark_read(ctx, newest=(shown, 0), key=key()) > 0
    assert {item.id for item in inbox_list(ctx, unread_only=True)} == came != set()


def test_a_second_click_reads_once(cast):
    look_on(cast, "2027-01-29")
    ctx, one_key = cast.ctx("pi", on="2027-01-29"), key()
    assert mark_read(ctx, key=one_key) == mark_read(ctx, key=one_key)


def test_what_was_handed_in_asks_nothing_any_more(cast):
    look_on(cast, "2027-01-29")
    change(cast, t.obligation, cast.by_key(INTERIM_Y1).id, status="submitted", discharged_by="milepost")
    item = next(item for item in inbox_list(cast.ctx("pi", on="2027-01-29")) if item.obligation == INTERIM_Y1)
    assert item.settled


def test_an_alert_about_a_project_she_left_is_gone(cast):
    look_on(cast, "2027-01-29")
    with cast.desk.store.read() as conn:
        member = conn.execute(select(t.membership).where(t.membership.c.person_id == cast.person("assistant").id)).one()
    change(cast, t.membership, member.id, until_on=date(2027, 1, 30))
    after = cast.ctx("assistant", on="2027-02-01")
    assert inbox_list(after) == []
    assert unread_count(after) == 0
