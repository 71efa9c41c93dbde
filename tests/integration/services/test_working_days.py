"""When the calendar moves: tables and closures are looked at before they count, move the dates, tell the people, and can be taken back."""

import threading
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from tests.cast import key
from tests.integration.alerts.support import change, desk_on, look_on, outbox_rows, raised
from tests.official_table import table
from tracker import worker
from tracker.domain.statuses import Lateness, lateness
from tracker.notify.transport import LocalOutbox
from tracker.services import closures, plan_writing, working_days
from tracker.services.date_moves import moved_lately
from tracker.services.errors import Forbidden, Invalid, NotFound, Stale
from tracker.services.recalculation import recalculate
from tracker.store import tables as t

FINAL = "DEMO-OWN-01/final_report/project"  # due on Monday 2030-09-02, for 2030-08-31 is a Saturday
SOURCE = "示範人事總處公告"


def import_table(cast, content, on="2026-09-01", **given):
    """Preview and confirm a table, as the page does; returns the preview."""
    ctx = cast.ctx("admin", on=on)
    seen = working_days.preview_table(ctx, content=content, filename="table.csv")
    confirmed = {"expected_calendar": seen.outcome.old_version, "confirmed": seen.outcome.digest, "key": key(), **given}
    working_days.put_table_in_force(ctx, content=content, filename="table.csv", source=SOURCE, **confirmed)
    return seen


def close(cast, *days, county="臺北市", on="2026-09-01"):
    """Preview and confirm closures of one county; returns the preview and what was entered."""
    ctx = cast.ctx("admin", on=on)
    wanted = [(county, date.fromisoformat(day)) for day in days]
    seen = closures.preview_closures(ctx, closures=wanted)
    done = closures.enter_closures(
        ctx, closures=wanted, source=SOURCE, expected_calendar=seen.old_version, confirmed=seen.digest, key=key()
    )
    return seen, done


def put_in(cast, county, which="own"):
    with cast.desk.store.transaction() as conn:
        conn.execute(t.project.update().where(t.project.c.id == cast.project(which).id).values(county=county))


def day_off_on(day, name="示範紀念日"):
    return table(int(day[:4]), off={day: name})


def bring_to(cast, on="2026-09-01"):
    return recalculate(cast.ctx(on=on))


def moves(cast):
    with cast.desk.store.read() as conn:
        return conn.execute(select(t.date_move).order_by(t.date_move.c.id)).all()


def test_a_reissued_table_lists_what_would_move_and_moves_nothing_yet(cast):
    seen = working_days.preview_table(cast.ctx("admin"), content=day_off_on("2030-09-02"), filename="119.csv")
    (move,) = [one for one in seen.outcome.moves if one.key == FINAL]
    assert (move.old_due_on, move.new_due_on, move.nearer) == (date(2030, 9, 2), date(2030, 9, 3), False)
    assert "示範主持人" in seen.outcome.told[cast.project().id]
    assert [(one.on, one.works) for one in seen.outcome.days] == [(date(2030, 9, 2), False)]
    assert seen.outcome.days[0].new.zh == "星期一，示範紀念日"
    assert cast.by_key(FINAL).due_on == date(2030, 9, 2)
    assert moves(cast) == []


def test_what_was_previewed_is_what_happens(cast):
    seen = import_table(cast, day_off_on("2030-09-02"))
    assert sorted(bring_to(cast)) == sorted(move.key for move in seen.outcome.moves)
    for move in seen.outcome.moves:
        row = cast.by_key(move.key)
        assert (row.due_on, row.file_by_on) == (move.new_due_on, move.new_file_by_on)
        assert row.calendar_version == cast.desk.calendar.version == seen.outcome.new_version
    assert bring_to(cast) == ()


def test_the_old_day_stays_readable_and_everybody_of_the_project_and_its_office_is_told_once(cast):
    import_table(cast, day_off_on("2030-09-02"))
    bring_to(cast)
    bring_to(cast)
    kept = {row.obligation_id: row for row in moves(cast)}[cast.by_key(FINAL).id]
    assert (kept.old_due_on, kept.new_due_on) == (date(2030, 9, 2), date(2030, 9, 3))
    assert kept.old_calendar != kept.new_calendar
    with cast.desk.store.read() as conn:
        told = conn.execute(select(t.notice).where(t.notice.c.kind == "date_moved")).all()
    people = {row.person_id for row in told}
    assert {cast.person(who).id for who in ("pi", "assistant", "co_pi", "company_pi", "officer")} == people
    assert len(told) == len(people)
    assert {line["key"] for line in told[0].params_json["moved"]} == {line.key for line in moved_lately(cast.ctx("pi"))}


def test_an_installation_that_never_brought_anything_in_uses_the_shipped_calendar(cast):
    assert cast.desk.calendar is cast.desk.shipped_calendar


def test_a_table_taken_back_brings_the_dates_back(cast):
    import_table(cast, day_off_on("2030-09-02"))
    bring_to(cast)
    ctx = cast.ctx("admin")
    (line,) = working_days.table_list(ctx)
    seen = working_days.preview_table_withdrawal(ctx, table_id=line.id)
    given = {"expected_calendar": seen.old_version, "confirmed": seen.digest, "key": key()}
    with pytest.raises(Invalid):
        working_days.withdraw_table(ctx, table_id=line.id, reason=" ", **given)
    working_days.withdraw_table(ctx, table_id=line.id, reason="公告撤回", **given)
    bring_to(cast)
    assert cast.by_key(FINAL).due_on == date(2030, 9, 2)
    assert cast.desk.calendar.version == cast.desk.shipped_calendar.version
    of_final = [row for row in moves(cast) if row.obligation_id == cast.by_key(FINAL).id]
    assert [(row.old_due_on.day, row.new_due_on.day) for row in of_final] == [(2, 3), (3, 2)]
    with pytest.raises(NotFound):
        working_days.preview_table_withdrawal(ctx, table_id=line.id)


def test_of_two_tables_of_a_year_the_newer_counts_and_the_older_returns_when_it_is_taken_back(cast):
    import_table(cast, day_off_on("2030-09-02"))
    import_table(cast, table(2030, off={"2030-09-02": "甲", "2030-09-03": "乙"}))
    bring_to(cast)
    assert cast.by_key(FINAL).due_on == date(2030, 9, 4)
    newest, older = working_days.table_list(cast.ctx("admin"))
    assert (newest.counts, older.counts) == (True, False)
    seen = working_days.preview_table_withdrawal(cast.ctx("admin"), table_id=newest.id)
    given = {"expected_calendar": seen.old_version, "confirmed": seen.digest, "key": key()}
    working_days.withdraw_table(cast.ctx("admin"), table_id=newest.id, reason="誤匯", **given)
    bring_to(cast)
    assert cast.by_key(FINAL).due_on == date(2030, 9, 3)


def test_an_official_table_ends_the_provisional_mark_though_no_day_moves(cast):
    # 2028 is a projection; a table that says the same days makes it official
    seen = import_table(cast, table(2028))
    assert (seen.outcome.days, seen.outcome.years, seen.outcome.moves) == ((), (2028,), ())
    before = [row for row in rows_due_in(cast, 2028) if row.provisional]
    bring_to(cast)
    assert before
    assert not [row for row in rows_due_in(cast, 2028) if row.provisional]
    assert moves(cast) == []


def rows_due_in(cast, year):
    with cast.desk.store.read() as conn:
        rows = conn.execute(select(t.obligation).where(t.obligation.c.due_on.is_not(None))).all()
    return [row for row in rows if row.due_on.year == year and row.origin == "rule"]


def test_a_table_after_a_gap_stays_provisional_and_says_so(cast):
    seen = working_days.preview_table(cast.ctx("admin"), content=table(2029, off={"2029-03-08": "示範"}), filename="118.csv")
    assert seen.outcome.remarks[0][1] == {"year": 2029}


def test_a_table_that_says_what_is_in_force_is_refused(cast):
    with pytest.raises(Invalid) as refused:
        import_table(cast, table(2026))
    assert "nothing would change" in refused.value.problems[0].msgid


def test_a_broken_table_changes_nothing_and_names_row_and_column(cast):
    content = table(2028).replace("20280105,三".encode(), "20280105,四".encode())
    with pytest.raises(Invalid) as refused:
        working_days.preview_table(cast.ctx("admin"), content=content, filename="117.csv")
    (problem,) = refused.value.problems
    assert (problem.params["row"], problem.params["column"], problem.params["right"]) == (6, "星期", "三")


def test_a_confirmation_of_another_outcome_is_refused(cast):
    with pytest.raises(Stale):
        import_table(cast, day_off_on("2030-09-02"), confirmed="0" * 16)
    with pytest.raises(Stale):
        import_table(cast, day_off_on("2030-09-02"), expected_calendar="another")
    assert cast.desk.calendar is cast.desk.shipped_calendar


def test_a_second_click_puts_a_table_in_force_once(cast):
    ctx, content, once = cast.ctx("admin"), day_off_on("2030-09-02"), key()
    seen = working_days.preview_table(ctx, content=content, filename="t.csv").outcome
    given = {"source": SOURCE, "expected_calendar": seen.old_version, "confirmed": seen.digest, "key": once}
    first = working_days.put_table_in_force(ctx, content=content, filename="t.csv", **given)
    again = working_days.put_table_in_force(cast.ctx("admin"), content=content, filename="t.csv", **given)
    assert first == again
    assert len(working_days.table_list(ctx)) == 1


@pytest.mark.parametrize("who", ["officer", "chief", "pi", "auditor"])
def test_only_the_administrator_touches_the_working_days(cast, who):
    with pytest.raises(Forbidden):
        working_days.preview_table(cast.ctx(who), content=table(2028), filename="x.csv")
    with pytest.raises(Forbidden):
        closures.preview_closures(cast.ctx(who), closures=[("臺北市", date(2026, 9, 2))])


# --- closures


def test_a_closure_moves_only_what_is_received_in_that_county(cast):
    put_in(cast, "新竹市")
    seen, _ = close(cast, "2030-09-02", county="臺北市", on="2030-09-01")
    assert seen.moves == ()
    seen, _ = close(cast, "2030-09-02", county="新竹市", on="2030-09-01")
    assert FINAL in {move.key for move in seen.moves}
    bring_to(cast, "2030-09-01")
    row = cast.by_key(FINAL)
    assert row.due_on == date(2030, 9, 3)
    assert "天然災害停止上班" in str(row.because_json)


def test_what_was_overdue_stops_being_late_when_its_day_was_a_closure(cast):
    put_in(cast, "新竹市")
    look_on(cast, "2030-09-03")  # Tuesday, the day after: overdue by one day is raised
    row = cast.by_key(FINAL)
    assert lateness(row.status, row.due_on, None, date(2030, 9, 3), True, row.confidence) is Lateness.LATE
    close(cast, "2030-09-02", county="新竹市", on="2030-09-03")
    bring_to(cast, "2030-09-03")
    row = cast.by_key(FINAL)
    assert lateness(row.status, row.due_on, None, date(2030, 9, 3), True, row.confidence) is Lateness.DUE_TODAY
    with cast.desk.store.read() as conn:
        waiting = conn.execute(
            select(t.outbox.c.id)
            .join(t.alert, t.alert.c.id == t.outbox.c.alert_id)
            .where(t.alert.c.obligation_id == row.id, t.outbox.c.status == "pending", t.alert.c.due_on != row.due_on)
        ).all()
    assert waiting == []


def test_a_closure_on_a_day_off_moves_nothing_and_says_so(cast):
    seen = closures.preview_closures(cast.ctx("admin"), closures=[("臺北市", date(2026, 8, 30))])  # a Sunday
    assert seen.changes_nothing
    assert "臺北市" in seen.remarks[0][1]["days"]


def test_a_closure_far_ahead_or_of_no_county_is_refused(cast):
    ctx = cast.ctx("admin")
    for wanted in ([("臺北市", date(2027, 1, 4))], [("示範縣", date(2026, 9, 1))], []):
        with pytest.raises(Invalid):
            closures.preview_closures(ctx, closures=wanted)


def test_what_is_typed_beside_a_table_or_closure_is_kept_without_what_cannot_be_seen(cast):
    strange = "示範\0\u202e公告\n第二行"
    ctx = cast.ctx("admin")
    content = day_off_on("2030-08-30")
    seen = working_days.preview_table(ctx, content=content, filename=strange)
    confirmed = {"expected_calendar": seen.outcome.old_version, "confirmed": seen.outcome.digest}
    working_days.put_table_in_force(ctx, content=content, filename=strange, source=strange, key=key(), **confirmed)
    line = working_days.table_list(ctx)[0]
    assert (line.filename, line.source) == ("示範公告 第二行",) * 2
    one = [("臺北市", date(2026, 9, 1))]
    found = closures.preview_closures(ctx, closures=one)
    given = {"expected_calendar": found.old_version, "confirmed": found.digest}
    done = closures.enter_closures(ctx, closures=one, source=strange, key=key(), **given)
    back = closures.preview_closure_withdrawal(ctx, closure_ids=done.ids)
    given = {"expected_calendar": back.old_version, "confirmed": back.digest}
    closures.withdraw_closures(ctx, closure_ids=done.ids, reason=strange, key=key(), **given)
    (closure,) = closures.closure_list(ctx)
    assert (closure.source, closure.withdraw_reason) == ("示範公告 第二行", "示範公告\n第二行")


def test_closures_taken_back_bring_the_dates_back(cast):
    put_in(cast, "新竹市")
    _, done = close(cast, "2030-09-02", "2030-09-03", county="新竹市", on="2030-09-01")
    bring_to(cast, "2030-09-01")
    assert cast.by_key(FINAL).due_on == date(2030, 9, 4)
    ctx = cast.ctx("admin", on="2030-09-01")
    seen = closures.preview_closure_withdrawal(ctx, closure_ids=done.ids)
    given = {"expected_calendar": seen.old_version, "confirmed": seen.digest, "key": key()}
    closures.withdraw_closures(ctx, closure_ids=done.ids, reason="誤登", **given)
    bring_to(cast, "2030-09-01")
    assert cast.by_key(FINAL).due_on == date(2030, 9, 2)
    assert all(line.withdrawn_at for line in closures.closure_list(ctx))


def test_what_was_handed_in_late_stays_so_and_is_named_to_the_administrator(cast):
    put_in(cast, "新竹市")
    row = cast.by_key(FINAL)
    with cast.desk.store.transaction() as conn:
        conn.execute(
            t.obligation.update()
            .where(t.obligation.c.id == row.id)
            .values(status="accepted", first_submitted_on=date(2030, 9, 3), discharged_on=date(2030, 9, 3))
        )
    seen, _ = close(cast, "2030-09-02", county="新竹市", on="2030-09-04")
    (kept,) = seen.kept
    assert (kept.key, kept.due_on, kept.would_be_on) == (FINAL, date(2030, 9, 2), date(2030, 9, 3))
    bring_to(cast, "2030-09-04")
    assert cast.by_key(FINAL).due_on == date(2030, 9, 2)


def test_a_day_that_came_nearer_is_told_at_once_and_first(cast):
    # the interim report of year 1 is due on 2027-03-31, a Wednesday; a safe day before it is taken away
    row = next(one for one in rows_due_in(cast, 2027) if one.kind == "interim_report")
    seen = import_table(cast, table(2027, off={row.file_by_on.isoformat(): "示範"}), on="2027-03-01")
    assert seen.outcome.moves[0].nearer
    bring_to(cast, "2027-03-01")
    (mail, *_) = [one for one in outbox_rows(cast) if one.payload_json.get("notice") == "date_moved"]
    assert mail.available_at <= cast.ctx(on="2027-03-01").now


def test_a_write_that_began_before_the_change_stores_the_new_working_days(cast):
    from tracker.services.planning import plan_project

    stale = cast.ctx("officer")
    import_table(cast, day_off_on("2030-09-02"))

    def body(tx):
        plan_project(tx, stale, cast.project().id)
        tx.record("project", cast.project().id, {})
        return {}

    stale.store.write(stale.request("test.plan", key()), body)
    assert cast.by_key(FINAL).due_on == date(2030, 9, 3)


def test_another_process_sees_the_new_working_days_at_its_next_call(cast):
    other = replace(cast.desk)
    assert other.calendar.is_working(date(2030, 9, 2))
    import_table(cast, day_off_on("2030-09-02"))
    assert not other.calendar.is_working(date(2030, 9, 2))


def test_the_workers_next_look_goes_by_the_working_days_just_brought_in(cast):
    put_in(cast, "新竹市")
    jobs = worker.Jobs(desk_on(cast, "2030-09-02"), threading.Event(), LocalOutbox())
    jobs.look()
    assert raised(cast, FINAL)[-1] == "due"
    close(cast, "2030-09-02", county="新竹市", on="2030-09-02")
    jobs.look()
    assert cast.by_key(FINAL).due_on == date(2030, 9, 3)
    assert [row.new_due_on for row in moves(cast) if row.obligation_id == cast.by_key(FINAL).id] == [date(2030, 9, 3)]


def test_two_workers_move_a_date_and_tell_of_it_once(cast):
    import_table(cast, day_off_on("2030-09-02"))
    both = [threading.Thread(target=bring_to, args=(cast,)) for _ in range(3)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(moves(cast)) == len({row.obligation_id for row in moves(cast)}) > 0
    with cast.desk.store.read() as conn:
        told = conn.execute(select(t.notice.c.person_id).where(t.notice.c.kind == "date_moved")).scalars().all()
    assert len(told) == len(set(told))


def test_a_day_far_ahead_that_came_nearer_and_one_that_came_later_wait_for_the_digest(cast):
    import_table(cast, day_off_on("2030-09-02"))
    bring_to(cast)
    assert [row for row in outbox_rows(cast) if row.payload_json.get("notice") == "date_moved"] == []
    assert {row.sort for row in outbox_rows(cast)} == {"digest"}


def test_of_a_project_that_cannot_be_planned_the_others_move_and_the_error_is_told(cast, monkeypatch):
    import_table(cast, table(2030, off={"2030-09-02": "示範"}))
    real = plan_writing.changed

    def broken(known, *args, **more):
        if known.project.id == cast.project("own").id:
            raise RuntimeError("示範")
        return real(known, *args, **more)

    monkeypatch.setattr(plan_writing, "changed", broken)
    with pytest.raises(RuntimeError):
        bring_to(cast)
    monkeypatch.undo()
    assert FINAL in bring_to(cast), "tried again at the next look"


def test_a_day_that_the_office_fixed_stands_and_only_its_safe_day_moves(cast):
    put_in(cast, "新竹市")
    row = cast.by_key(FINAL)
    change(cast, t.obligation, row.id, origin="call", due_on=date(2030, 9, 4), nominal_on=date(2030, 9, 4), file_by_on=date(2030, 9, 4))
    seen, _ = close(cast, "2030-09-04", county="新竹市", on="2030-09-01")
    (move,) = [one for one in seen.moves if one.key == FINAL]
    assert (move.new_due_on, move.new_file_by_on, move.nearer) == (date(2030, 9, 4), date(2030, 9, 3), True)
    bring_to(cast, "2030-09-01")
    row = cast.by_key(FINAL)
    assert (row.due_on, row.file_by_on) == (date(2030, 9, 4), date(2030, 9, 3))
    assert "期日不變" in row.because_json[-1]["zh"]
