"""A day that only the working days moved repeats no alert, whatever is brought in or taken back, on whichever day; a nearer one is told."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.cast import Cast, at, key, make_desk
from tests.integration.alerts.support import deliver_on, ledger, look_on, outbox_rows, raised
from tests.integration.services.test_working_days import FINAL, bring_to, close, import_table, put_in
from tests.official_table import table
from tracker.domain.ladder import rank
from tracker.notify.transport import LocalOutbox
from tracker.services import closures, working_days
from tracker.services.alert_audit import examine
from tracker.store import tables as t
from tracker.store.engine import Store

DUE = date(2030, 9, 2)  # a Monday
COUNTY = "新竹市"
ONE_DAY = timedelta(days=1)


def days_through(cast, first, last):
    """A worker's days, each with the dates brought to the calendar first, a look and the mails."""
    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        tick(cast, day)
        day += ONE_DAY


def tick(cast, day):
    bring_to(cast, day.isoformat())
    look_on(cast, day.isoformat(), clock="07:50")
    deliver_on(cast, LocalOutbox(), day.isoformat(), clock="23:00")


def told_stages(cast, public_key=FINAL):
    """(stage, due day) of every alert of which somebody was told."""
    with cast.desk.store.read() as conn:
        return conn.execute(
            select(t.alert.c.stage, t.alert.c.due_on)
            .join(t.obligation, t.obligation.c.id == t.alert.c.obligation_id)
            .where(t.obligation.c.key == public_key, t.alert.c.state == "raised")
            .order_by(t.alert.c.id)
        ).all()


def test_reminders_told_for_the_old_day_are_not_told_again_for_the_new_one(cast):
    put_in(cast, COUNTY)
    days_through(cast, "2030-08-24", "2030-09-01")
    before = raised(cast, FINAL)
    assert {"T-7", "T-1"} <= set(before)
    close(cast, "2030-09-02", county=COUNTY, on="2030-09-01")
    days_through(cast, "2030-09-02", "2030-09-03")
    stages = raised(cast, FINAL)
    assert cast.by_key(FINAL).due_on == date(2030, 9, 3)
    assert len(stages) == len(set(stages))
    assert tuple(told_stages(cast)[-1]) == ("due", date(2030, 9, 3))


def test_what_is_not_told_again_stands_in_the_ledger_as_superseded(cast):
    put_in(cast, COUNTY)
    days_through(cast, "2030-08-26", "2030-08-27")  # T-7 of Monday is Monday
    assert "T-7" in raised(cast, FINAL)
    close(cast, "2030-09-02", county=COUNTY, on="2030-08-28")
    days_through(cast, "2030-08-28", "2030-08-29")
    assert ("T-7", "superseded") in ledger(cast, FINAL)


def test_a_closure_on_the_due_day_itself_cancels_what_waits_and_says_due_today_once(cast):
    put_in(cast, COUNTY)
    days_through(cast, "2030-08-31", "2030-09-01")
    look_on(cast, "2030-09-02", clock="00:05")  # raised at midnight, mailed at eight
    assert raised(cast, FINAL)[-1] == "due"
    close(cast, "2030-09-02", county=COUNTY, on="2030-09-02")
    bring_to(cast, "2030-09-02")
    deliver_on(cast, LocalOutbox(), "2030-09-02", clock="23:00")
    days_through(cast, "2030-09-03", "2030-09-03")
    told = [row for row in told_stages(cast) if row.stage == "due"]
    assert [row.due_on for row in told] == [date(2030, 9, 3)], "the mail of Monday never left, so Tuesday's is the first"


def test_a_closure_entered_after_the_day_passed_takes_back_what_waits_and_repeats_nothing(cast):
    put_in(cast, COUNTY)
    days_through(cast, "2030-09-01", "2030-09-03")
    assert raised(cast, FINAL)[-1] == "+1"
    close(cast, "2030-09-02", "2030-09-03", county=COUNTY, on="2030-09-03")
    days_through(cast, "2030-09-04", "2030-09-06")
    stages = raised(cast, FINAL)
    assert cast.by_key(FINAL).due_on == date(2030, 9, 4)
    assert len(stages) == len(set(stages))


def test_a_day_that_comes_nearer_raises_the_stage_that_it_newly_reaches(cast):
    put_in(cast, COUNTY)
    _, done = close_for_real(cast, ["2030-09-02", "2030-09-03", "2030-09-04", "2030-09-05", "2030-09-06"], on="2030-08-30")
    days_through(cast, "2030-08-30", "2030-09-01")
    assert cast.by_key(FINAL).due_on == date(2030, 9, 9)
    assert "T-1" not in raised(cast, FINAL)
    take_back(cast, done.ids, on="2030-09-01")
    tick(cast, date(2030, 9, 1))
    assert cast.by_key(FINAL).due_on == DUE
    assert "T-1" in raised(cast, FINAL)


def close_for_real(cast, days, on):
    return close(cast, *days, county=COUNTY, on=on)


def take_back(cast, ids, on):
    ctx = cast.ctx("admin", on=on)
    seen = closures.preview_closure_withdrawal(ctx, closure_ids=ids)
    closures.withdraw_closures(ctx, closure_ids=ids, reason="誤登", expected_calendar=seen.old_version, confirmed=seen.digest, key=key())


def test_a_day_that_came_nearer_is_told_at_once_before_eight(cast):
    put_in(cast, COUNTY)
    _, done = close_for_real(cast, ["2030-09-02", "2030-09-03"], on="2030-08-30")
    bring_to(cast, "2030-08-30")
    take_back(cast, done.ids, on="2030-08-31")
    bring_to(cast, "2030-08-31")
    newest = [row for row in outbox_rows(cast) if row.payload_json.get("notice") == "date_moved"]
    assert newest, "told by mail"


@pytest.fixture
def another_cast(new_database, entered_cast, tmp_path, registry, calendar):
    """Makes the fixed cast on a database of its own, as often as asked."""
    opened = []

    def make():
        opened.append(Store.open(new_database(entered_cast[0])))
        return Cast(
            make_desk(opened[-1], tmp_path / "home", calendar, registry, at("2026-09-01")), entered_cast[1].people, entered_cast[1].projects
        )

    yield make
    for store in opened:
        store.dispose()


# What may happen to the working days around the due day, and when.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["close", "reopen", "import", "reimport", "withdraw"]),
        st.integers(-12, 9),  # on which day, counted from the due day
        st.integers(-1, 3),  # which day becomes a day off, counted from the due day
    ),
    min_size=1,
    max_size=5,
)


@pytest.mark.sqlite
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(steps=STEPS)
def test_no_stage_is_ever_told_twice_whatever_the_calendar_does(another_cast, steps):
    cast = another_cast()
    put_in(cast, COUNTY)
    by_day: dict[date, list[tuple[str, date]]] = {}
    for what, on, which in steps:
        by_day.setdefault(DUE + timedelta(days=on), []).append((what, DUE + timedelta(days=which)))
    for offset in range(-15, 12):
        day = DUE + timedelta(days=offset)
        for what, which in by_day.get(day, ()):
            happen(cast, what, which, day)
        tick(cast, day)
    stages = [row.stage for row in told_stages(cast)]
    assert len(stages) == len(set(stages)), told_stages(cast)
    recorded = [(row, state) for row, state in ledger(cast, FINAL)]
    assert examine(cast.ctx("system", on=(DUE + timedelta(days=11)).isoformat(), clock="23:30"))[1] == []
    assert max(rank(stage) for stage, _ in recorded) >= rank("due"), "the day itself was never left out"


def happen(cast, what, which, day):
    """One act of the administrator, where it changes anything."""
    ctx = cast.ctx("admin", on=day.isoformat())
    if what == "close" and not entered(ctx, which):
        close(cast, which.isoformat(), county=COUNTY, on=day.isoformat())
    elif what == "reopen":
        ids = [line.id for line in closures.closure_list(ctx) if line.withdrawn_at is None]
        if ids:
            take_back(cast, ids, on=day.isoformat())
    elif what == "withdraw":
        ids = [line.id for line in working_days.table_list(ctx) if line.withdrawn_at is None]
        if ids:
            seen = working_days.preview_table_withdrawal(ctx, table_id=ids[0])
            confirmed = {"expected_calendar": seen.old_version, "confirmed": seen.digest, "key": key()}
            working_days.withdraw_table(ctx, table_id=ids[0], reason="撤回", **confirmed)
    elif what in ("import", "reimport"):
        off = {which.isoformat(): "示範"} if which.weekday() < 5 else {}
        content = table(2030, off=off if what == "import" else {**off, "2030-09-05": "再"})
        if not working_days.preview_table(ctx, content=content, filename="t.csv").outcome.changes_nothing:
            import_table(cast, content, on=day.isoformat())


def entered(ctx, which):
    return any(
        line.closed_on == which and line.withdrawn_at is None for line in closures.closure_list(ctx)
    ) or which > ctx.today + timedelta(7)
