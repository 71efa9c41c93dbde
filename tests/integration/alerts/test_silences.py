"""Silences and pauses: what they hold, until when, who makes them, and that nothing is lost by one."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.cast import at, key
from tests.integration.alerts.support import look_on, outbox_rows
from tracker.services import errors
from tracker.services.silence_changes import (
    SilenceEntry,
    change_end,
    lift_silence,
    make_silence,
    person_to_silence,
    preview_silence,
)
from tracker.services.silences import held_until, project_silences, put_off, put_off_lines, silence_list
from tracker.store import outbox
from tracker.store import tables as t

DAY = "2027-01-29"  # Friday: T-60 of the first interim report
UNTIL = at("2027-02-05", "08:00")  # Friday


@dataclass
class Told:
    """Something about to be told."""

    project_id: int | None
    programme_id: int | None
    kind: str | None = "interim_report"
    stage: str = "T-60"
    role: str = "pi"
    person_id: int | None = 1
    notice_kind: str = ""


def own(cast, **more) -> Told:
    return Told(cast.project("own").id, cast.project("own").programme_id, **more)


def silence(cast, who: str = "chief", until=UNTIL, on: str = DAY, reason: str = "系統搬遷", **more):
    if "project_id" not in more and who != "admin":
        more.setdefault("programme_id", cast.project("own").programme_id)
    return make_silence(cast.ctx(who, on=on), SilenceEntry(until, reason, **more), key=key()).silence_id


def held(cast, told: Told, when=None):
    with cast.desk.store.read() as conn:
        return held_until(conn, told, when or at(DAY))


def test_a_silence_holds_what_it_names_and_nothing_else(cast):
    made = silence(cast, project_id=cast.project("own").id, obligation_kind="interim_report", stage="T-60", role="pi")
    assert held(cast, own(cast)) == (UNTIL, made)
    for other in ({"kind": "final_report"}, {"stage": "T-30"}, {"role": "assistant"}, {"stage": "", "notice_kind": "extended"}):
        assert held(cast, own(cast, **other)) is None, other
    assert held(cast, Told(cast.project("foreign").id, cast.project("foreign").programme_id)) is None


def test_what_is_left_open_matches_everything(cast):
    made = silence(cast, "admin")
    assert held(cast, own(cast)) == (UNTIL, made)
    assert held(cast, Told(cast.project("foreign").id, cast.project("foreign").programme_id, kind=None, stage="")) == (UNTIL, made)


def test_a_silence_about_one_person_holds_nobody_elses_mail(cast):
    her = cast.person("pi").id
    silence(cast, person_id=her)
    assert held(cast, own(cast, person_id=her)) is not None
    assert held(cast, own(cast, person_id=her + 1)) is None


@pytest.mark.parametrize("kind", ["receipt", "right_given", "right_taken", "handed_to_you", "handed_on", "mass_held"])
def test_proofs_rights_and_alarms_are_never_silenced(cast, kind):
    silence(cast, "admin")
    assert held(cast, own(cast, stage="", notice_kind=kind)) is None


def test_a_notice_to_an_administrator_is_never_silenced(cast):
    silence(cast, "admin")
    assert held(cast, Told(None, None, None, "", "administrator", 1, "audit_found")) is None


@pytest.mark.parametrize(
    ("clock", "holds"), [("07:59", False), ("08:00", True), ("09:59", True), ("10:00", False)], ids=["before", "begins", "last", "end"]
)
def test_it_holds_from_its_beginning_until_before_its_end(cast, clock, holds):
    entry = {"from_at": at("2027-02-01", "08:00"), "until": at("2027-02-01", "10:00")}  # Monday
    silence(cast, **entry)
    assert (held(cast, own(cast), at("2027-02-01", clock)) is not None) is holds


def test_of_two_that_overlap_the_later_end_counts(cast):
    silence(cast)
    longer = silence(cast, until=UNTIL + timedelta(days=3), project_id=cast.project("own").id)
    assert held(cast, own(cast)) == (UNTIL + timedelta(days=3), longer)
    lift_silence(cast.ctx("chief", on=DAY), silence_id=longer, reason="完成", expected_version=1, key=key())
    assert held(cast, own(cast))[0] == UNTIL


# --- Mails under a silence ------------------------------------------------------------------------------------------------------


def claimed(cast, owner: str = "worker-1"):
    """One mail that this worker is about to send."""
    look_on(cast, DAY)

    def body(tx):
        now = at(DAY)
        return outbox.claim(tx.conn, owner=owner, now=now, wall=now, lease=timedelta(minutes=3), batch=1)

    return cast.desk.store.write_quiet(at(DAY), body)[0]


def put(cast, row_id: int, silence_id: int, owner: str = "worker-1", when=None) -> bool:
    now = when or at(DAY)
    return cast.desk.store.write_quiet(now, lambda tx: put_off(tx, row_id, owner=owner, silence_id=silence_id, now=now))


def row_of(cast, row_id: int):
    return next(row for row in outbox_rows(cast) if row.id == row_id)


def test_a_held_mail_waits_for_the_end_and_counts_no_attempt(cast):
    row_id, made = claimed(cast), silence(cast)
    assert put(cast, row_id, made)
    row = row_of(cast, row_id)
    assert (row.status, row.waits_for, row.silence_id, row.attempts) == ("pending", "silence", made, 0)
    assert row.available_at == UNTIL
    assert (row.lease_owner, row.lease_until_at) == (None, None)


def test_an_end_at_night_lets_nobody_be_woken(cast):
    row_id, made = claimed(cast), silence(cast, until=at("2027-02-04", "23:00"))  # Thursday
    put(cast, row_id, made)
    assert row_of(cast, row_id).available_at == at("2027-02-05", "08:00")


def test_lifting_lets_the_mails_go_at_once(cast):
    row_id, made = claimed(cast), silence(cast)
    put(cast, row_id, made)
    done = lift_silence(cast.ctx("chief", on=DAY, clock="11:00"), silence_id=made, reason="搬遷提前完成", expected_version=1, key=key())
    assert done.let_go == 1
    row = row_of(cast, row_id)
    assert (row.status, row.available_at, row.waits_for) == ("pending", at(DAY, "11:00"), "")


def test_a_shorter_and_a_longer_end_move_the_mails_with_them(cast):
    row_id, made = claimed(cast), silence(cast)
    put(cast, row_id, made)
    for version, end in ((1, at("2027-02-01", "10:00")), (2, at("2027-02-10", "10:00"))):  # Monday, Wednesday
        change_end(cast.ctx("chief", on=DAY), silence_id=made, until_at=end, expected_version=version, key=key())
        assert row_of(cast, row_id).available_at == end


def test_a_worker_that_asked_before_it_was_lifted_sends(cast):
    row_id, made = claimed(cast), silence(cast)
    lift_silence(cast.ctx("chief", on=DAY), silence_id=made, reason="完成", expected_version=1, key=key())
    assert put(cast, row_id, made) is False
    assert row_of(cast, row_id).status == "sending"


def test_who_lost_the_lease_puts_nothing_off(cast):
    row_id, made = claimed(cast), silence(cast)
    put(cast, row_id, made, owner="somebody else")
    row = row_of(cast, row_id)
    assert (row.status, row.lease_owner, row.attempts) == ("sending", "worker-1", 1)


def test_lifting_while_workers_put_mails_off_leaves_none_behind(cast):
    look_on(cast, "2027-03-30")  # Tuesday
    now = at("2027-03-30")
    made = silence(cast, until=now + timedelta(days=7), on="2027-03-30")

    def claim(tx):
        return outbox.claim(tx.conn, owner="worker-1", now=now, wall=now, lease=timedelta(minutes=3), batch=40)

    ids = cast.desk.store.write_quiet(now, claim)
    assert len(ids) > 5
    begun = threading.Barrier(3)

    def work(some):
        begun.wait()
        for number in some:
            put(cast, number, made, when=now)

    threads = [threading.Thread(target=work, args=(ids[start::2],)) for start in (0, 1)]
    for thread in threads:
        thread.start()
    begun.wait()
    lift_silence(cast.ctx("chief", on="2027-03-30"), silence_id=made, reason="完成", expected_version=1, key=key())
    for thread in threads:
        thread.join()
    assert [row.id for row in outbox_rows(cast) if row.waits_for == "silence"] == []
    assert {row.status for row in outbox_rows(cast) if row.id in ids} <= {"pending", "sending"}
    assert all(row.available_at <= now for row in outbox_rows(cast, "pending") if row.id in ids)


def alerts_of_two_days(cast):
    """Two claimed mails of their own to one person, each about another alert."""
    look_on(cast, "2027-03-30")  # Tuesday
    with cast.desk.store.read() as conn:
        alerts = conn.execute(select(t.alert.c.id).where(t.alert.c.state == "raised").order_by(t.alert.c.id).limit(2)).scalars().all()
    made = []

    def body(tx):
        tx.conn.execute(t.outbox.update().values(status="cancelled"))
        for number, alert_id in enumerate(alerts):
            row = tx.insert(
                t.outbox, dedup_key=f"two-{number}", alert_id=alert_id, person_id=cast.person("pi").id, channel="mail",
                address="pi@own.invalid", language="zh_TW", payload_json={"role": "pi"}, message_id=f"<two-{number}@x>", status="sending",
                available_at=tx.at, lease_owner="worker-1", attempts=1, created_at=tx.at,
            )  # fmt: skip
            tx.conn.execute(t.inbox_item.delete().where(t.inbox_item.c.alert_id == alert_id))
            tx.insert(t.inbox_item, person_id=cast.person("pi").id, alert_id=alert_id, placed_at=tx.at, outbox_id=row)
            made.append(row)

    cast.desk.store.write_quiet(at("2027-03-30"), body)
    return made


def items_in(cast, mail_id: int) -> int:
    with cast.desk.store.read() as conn:
        return len(conn.execute(t.inbox_item.select().where(t.inbox_item.c.outbox_id == mail_id)).all())


def test_several_held_alerts_to_one_person_are_one_mail_at_the_end(cast):
    first, second = alerts_of_two_days(cast)
    made = silence(cast, until=at("2027-04-05"), on="2027-03-30")  # Monday
    assert put(cast, first, made, when=at("2027-03-30"))
    assert put(cast, second, made, when=at("2027-03-30"))
    (box,) = outbox_rows(cast, "pending")
    assert (box.sort, box.waits_for, box.silence_id, box.available_at) == ("digest", "silence", made, at("2027-04-05"))
    assert items_in(cast, box.id) == 2
    gone = [row_of(cast, number) for number in (first, second)]
    assert {(row.status, row.last_error, row.lease_owner, row.attempts) for row in gone} == {("cancelled", "joined", None, 0)}


def test_only_the_lines_of_a_digest_that_are_silenced_wait(cast):
    first, second = alerts_of_two_days(cast)
    made = silence(cast, until=at("2027-04-05"), on="2027-03-30")
    now = at("2027-03-30")

    def join(tx):
        tx.conn.execute(t.inbox_item.update().where(t.inbox_item.c.outbox_id == second).values(outbox_id=first))
        tx.conn.execute(t.outbox.update().where(t.outbox.c.id == first).values(sort="digest", alert_id=None))
        one = tx.conn.execute(t.inbox_item.select().where(t.inbox_item.c.outbox_id == first)).first()
        return put_off_lines(tx, first, owner="worker-1", items=[one.id], notices=[], silence_id=made, now=now)

    assert cast.desk.store.write_quiet(now, join)
    assert row_of(cast, first).status == "sending"
    (box,) = outbox_rows(cast, "pending")
    assert (items_in(cast, first), items_in(cast, box.id), box.silence_id) == (1, 1, made)


# --- Making, changing, lifting ---------------------------------------------------------------------------------------------------


def refused(call) -> set[str]:
    with pytest.raises(errors.Invalid) as found:
        call()
    return {problem.field for problem in found.value.problems}


def test_every_field_that_is_wrong_is_named_at_once(cast):
    wrong = {"stage": "T-61", "role": "friend", "obligation_kind": "poem", "reason": " ", "until": at("2027-01-01")}
    assert refused(lambda: silence(cast, **wrong)) == {"stage", "role", "obligation_kind", "reason", "until_at"}


@pytest.mark.parametrize(("days", "good"), [(31, True), (32, False)])
def test_none_lasts_longer_than_a_month(cast, days, good):
    until = at(DAY) + timedelta(days=days)
    if good:
        assert silence(cast, until=until)
    else:
        assert refused(lambda: silence(cast, until=until)) == {"until_at"}


def test_an_end_cannot_be_moved_past_a_month_after_the_beginning(cast):
    made = silence(cast)
    ctx = cast.ctx("chief", on="2027-02-04")
    longer = at(DAY) + timedelta(days=40)
    assert refused(lambda: change_end(ctx, silence_id=made, until_at=longer, expected_version=1, key=key())) == {"until_at"}


def test_what_is_over_is_neither_lifted_nor_prolonged(cast):
    made = silence(cast)
    ctx = cast.ctx("chief", on="2027-02-05", clock="08:00")  # exactly the end
    assert refused(lambda: lift_silence(ctx, silence_id=made, reason="x", expected_version=1, key=key())) == {"silence"}
    later = UNTIL + timedelta(days=1)
    assert refused(lambda: change_end(ctx, silence_id=made, until_at=later, expected_version=1, key=key())) == {"silence"}


def test_the_second_of_two_who_lift_it_is_told_that_it_is_over(cast):
    made = silence(cast)
    lift_silence(cast.ctx("chief", on=DAY), silence_id=made, reason="完成", expected_version=1, key=key())
    again = {"silence_id": made, "reason": "完成", "expected_version": 1}
    assert refused(lambda: lift_silence(cast.ctx("admin", on=DAY), **again, key=key())) == {"silence"}


def test_a_stale_form_changes_nothing(cast):
    made = silence(cast)
    ctx = cast.ctx("chief", on=DAY)
    change_end(ctx, silence_id=made, until_at=UNTIL + timedelta(days=1), expected_version=1, key=key())
    with pytest.raises(errors.Stale):
        change_end(ctx, silence_id=made, until_at=UNTIL, expected_version=1, key=key())


@pytest.mark.parametrize(
    ("who", "answer"),
    [("officer", errors.Forbidden), ("pi", errors.Forbidden), ("other_officer", errors.NotFound), ("auditor", errors.Forbidden)],
)
def test_only_a_chief_silences_her_project(cast, who, answer):
    with pytest.raises(answer):
        silence(cast, who, project_id=cast.project("own").id)


def test_a_chief_silences_nothing_of_another_programme_and_not_everything(cast):
    with pytest.raises(errors.NotFound):
        silence(cast, project_id=cast.project("foreign").id)
    with pytest.raises(errors.Forbidden):
        make_silence(cast.ctx("chief", on=DAY), SilenceEntry(UNTIL, "全部"), key=key())


def test_a_chief_finds_by_address_only_who_is_in_her_programme(cast):
    ctx, own_id = cast.ctx("chief", on=DAY), cast.project("own").programme_id
    assert person_to_silence(ctx, "PI@own.invalid ", programme_id=own_id) == cast.person("pi").id
    assert refused(lambda: person_to_silence(ctx, "stranger@foreign.invalid", programme_id=own_id)) == {"person"}


def test_the_preview_says_what_waits_for_whom_and_which_days_fall_inside(cast):
    look_on(cast, "2027-03-16", "00:05")  # Tuesday: T-14 of the first interim report
    entry = SilenceEntry(at("2027-04-10", "08:00"), "", project_id=cast.project("own").id)  # Saturday
    seen = preview_silence(cast.ctx("chief", on="2027-03-16", clock="00:10"), entry)
    assert seen.mails >= 3
    assert "示範主持人" in seen.people
    assert "DEMO-OWN-01/interim_report/Y1" in {day.key for day in seen.days}
    assert seen.days_count == len(seen.days)


# --- Pauses ------------------------------------------------------------------------------------------------------------------------


def pause(cast, who: str = "officer", **more):
    return silence(cast, who, kind="pause", project_id=cast.project("own").id, **more)


def test_the_office_pauses_a_project_and_everybody_on_it_sees_why(cast):
    pause(cast, reason="主持人住院")
    for who in ("pi", "assistant", "officer", "chief", "auditor"):
        (shown,) = project_silences(cast.ctx(who, on=DAY), cast.project("own").id)
        assert (shown.kind, shown.state, shown.reason, shown.until_at) == ("pause", "running", "主持人住院", UNTIL)
    with pytest.raises(errors.NotFound):
        project_silences(cast.ctx("stranger_pi", on=DAY), cast.project("own").id)


def test_a_silence_of_the_office_is_no_business_of_the_projects_members(cast):
    silence(cast, project_id=cast.project("own").id)
    assert project_silences(cast.ctx("pi", on=DAY), cast.project("own").id) == []
    assert len(project_silences(cast.ctx("officer", on=DAY), cast.project("own").id)) == 1


def test_a_project_is_not_paused_twice_at_the_same_time(cast):
    pause(cast)
    assert refused(lambda: pause(cast, "chief", until=UNTIL + timedelta(days=2))) == {"until_at"}
    after = {"from_at": UNTIL, "until": UNTIL + timedelta(days=2)}
    assert pause(cast, "chief", **after)


def test_a_pause_is_of_the_whole_project(cast):
    assert refused(lambda: pause(cast, stage="T-60")) == {"kind"}


def test_a_pause_moves_no_date(cast):
    before = cast.obligation("interim_report", "Y1")
    pause(cast)
    assert cast.obligation("interim_report", "Y1") == before


def test_everybody_sees_the_list_of_what_she_serves(cast):
    pause(cast)
    silence(cast, "admin")
    assert [len(silence_list(cast.ctx(who, on=DAY))) for who in ("admin", "auditor", "chief", "officer", "other_officer")] == [
        2,
        2,
        1,
        1,
        0,
    ]
    with pytest.raises(errors.Forbidden):
        silence_list(cast.ctx("pi", on=DAY))


def test_a_list_says_what_runs_what_comes_and_what_is_over(cast):
    silence(cast, until=at(DAY, "10:00"))
    silence(cast, from_at=at("2027-02-02"), until=UNTIL)  # Tuesday
    lifted = silence(cast, stage="T-7")
    ctx = cast.ctx("chief", on=DAY, clock="11:00")
    lift_silence(ctx, silence_id=lifted, reason="完成", expected_version=1, key=key())
    assert sorted(one.state for one in silence_list(ctx)) == ["coming", "lifted", "over"]


def test_the_event_of_a_silence_holds_no_reason(cast):
    silence(cast, reason="CANARY 理由")
    with cast.desk.store.read() as conn:
        texts = list(conn.scalars(t.event.select().with_only_columns(t.event.c.payload_json)))
    assert not [text for text in texts if "CANARY" in text]
