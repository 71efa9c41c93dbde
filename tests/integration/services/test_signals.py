"""Signals: each step once, to the right people, settled when it no longer holds, and silent where the ladder speaks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from tests.cast import Cast, at, key
from tests.integration.alerts.support import deliver_on, outbox_rows
from tests.integration.services.support_reports import accepted, evidence, fill, hand_in, opened, returned, submitted, write
from tests.integration.services.support_reviews import away, put
from tracker.domain.signals import Course, Step, rank
from tracker.i18n import Translator
from tracker.notify.notice_wording import headline
from tracker.notify.transport import LocalOutbox
from tracker.services import signal_conditions, signals
from tracker.services.alert_mail import MailSettings
from tracker.services.approvals import ApprovalPaper, add_approval, record_approval
from tracker.services.delivery import deliver
from tracker.services.errors import Forbidden, NotFound
from tracker.services.notices import notice_list
from tracker.services.report_corrections import open_correction
from tracker.services.report_drafts import report_screen
from tracker.services.review_load import weeks_ahead
from tracker.services.signal_conditions import Found
from tracker.services.signal_list import office_attention, project_attention, signal_list
from tracker.services.signals import WatchResult, recheck, watch
from tracker.store import tables as t

WAITING, UNTOUCHED, UNSUBMITTED = "review_waiting", "return_untouched", "draft_unsubmitted"
SILENT, UNUSED, EVIDENCE = "silent_project", "account_unused", "evidence_missing"
RUNNING_OUT, EXPIRED = "approval_running_out", "approval_expired"


def look(cast: Cast, on: str, *kinds: str, clock: str = "09:00") -> WatchResult:
    return watch(cast.ctx("system", on=on, clock=clock), kinds=kinds or None)


def ledger(cast: Cast, kind: str) -> list[tuple[str, str]]:
    """(stage, state) of everything that was recorded of a condition, series by series."""
    s = t.signal
    with cast.desk.store.read() as conn:
        rows = conn.execute(select(s.c.since_on, s.c.stage, s.c.state).where(s.c.kind == kind)).all()
    return [(row.stage, row.state) for row in sorted(rows, key=lambda row: (row.since_on, rank(row.stage)))]


def told(cast: Cast, kind: str) -> list[str]:
    """Who was told of a condition, one entry a notice, in order."""
    n, names = t.notice, {person.id: who for who, person in cast.people.items()}
    with cast.desk.store.read() as conn:
        rows = conn.execute(select(n.c.person_id).where(n.c.kind.in_((f"signal:{kind}", f"signal:{kind}:office"))).order_by(n.c.id))
        return [names[row.person_id] for row in rows]


def headlines(cast: Cast, who: str, on: str) -> list[str]:
    return [headline(Translator("en"), item.text) for item in notice_list(cast.ctx(who, on=on))]


# --- What lies with the office -----------------------------------------------------------------------------------------------


def promise(cast: Cast, day: str | None) -> None:
    """The office promised an answer to the open round by a day."""
    r = t.review_round
    promised = None if day is None else date.fromisoformat(day)
    cast.desk.store.write_quiet(cast.ctx().now, lambda tx: tx.conn.execute(update(r).values(office_due_on=promised)))


def test_the_office_is_told_the_day_after_it_promised_and_the_project_never(cast):
    submitted(cast, on="2026-09-01")  # Tuesday
    promise(cast, "2026-09-15")  # Tuesday
    assert look(cast, "2026-09-15", WAITING) == WatchResult()
    assert look(cast, "2026-09-16", WAITING).raised == 1  # Wednesday
    assert told(cast, WAITING) == ["officer"]
    assert headlines(cast, "officer", "2026-09-16")[0].startswith("Answer it, it waits since 115-09-01 (2026-09-01): ")
    look(cast, "2026-09-30", WAITING)  # Wednesday, two weeks on
    assert ledger(cast, WAITING) == [("+0", "raised"), ("+7", "superseded"), ("+14", "raised")]
    assert told(cast, WAITING) == ["officer", "officer", "chief"]


def test_where_nothing_was_promised_twenty_working_days_are_long(cast):
    submitted(cast, on="2026-09-01")  # Tuesday
    promise(cast, None)
    assert look(cast, "2026-09-28", WAITING) == WatchResult()  # Monday; the Mid-Autumn Festival and its bridge lie between
    assert look(cast, "2026-10-05", WAITING).raised == 1  # Monday


def test_who_stands_in_for_the_officer_is_told(cast):
    submitted(cast, on="2026-09-01")
    promise(cast, "2026-09-15")
    put(
        cast, t.role_grant, person_id=cast.person("other_officer").id, role="officer", programme_id=cast.project().programme_id,
        granted_at=cast.ctx().now,
    )  # fmt: skip
    away(cast, "officer", "other_officer", on="2026-09-10", until="2026-09-20")
    look(cast, "2026-09-16", WAITING)
    assert told(cast, WAITING) == ["other_officer"]


def test_an_answer_settles_it(cast):
    report_id = submitted(cast, on="2026-09-01")
    promise(cast, "2026-09-15")
    look(cast, "2026-09-16", WAITING)
    returned(cast, report_id, on="2026-09-17", reply_by="2026-10-15")
    assert look(cast, "2026-09-17", WAITING).settled == 1
    assert ledger(cast, WAITING) == [("+0", "settled")]


def mails(cast: Cast) -> list[int]:
    with cast.desk.store.read() as conn:
        return list(conn.scalars(select(t.outbox.c.id).order_by(t.outbox.c.id)))


def sent(cast: Cast, on: str, clock: str = "09:00") -> list[str]:
    """The bodies of what leaves at an instant, as the worker sends it."""
    carrier, ctx = LocalOutbox(), cast.ctx("system", on=on, clock=clock)
    while deliver(ctx, carrier, MailSettings("milepost@example.invalid", "http://127.0.0.1"), wall=lambda: ctx.now).claimed:
        pass
    with cast.desk.store.read() as conn:
        rows = conn.scalars(select(t.outbox.c.payload_json).where(t.outbox.c.status == "sent", t.outbox.c.sent_at == ctx.now))
        return [row["text"] for row in rows]


@pytest.mark.parametrize("answered", [False, True])
def test_what_was_answered_before_the_mail_leaves_is_left_out_of_it(cast, answered):
    report_id = submitted(cast, on="2026-09-01")
    promise(cast, "2026-09-15")
    look(cast, "2026-09-16", WAITING, clock="18:00")  # Wednesday evening; told in the digest of Thursday
    if answered:
        returned(cast, report_id, on="2026-09-16", reply_by="2026-10-15")
    bodies = [body for body in sent(cast, "2026-09-17") if "等候起日：115-09-01" in body]
    assert len(bodies) == (0 if answered else 1)
    assert ledger(cast, WAITING) == [("+0", "settled" if answered else "raised")], "although nobody has watched since"


def test_what_cannot_be_found_out_holds_up_no_mail(cast, monkeypatch):
    submitted(cast, on="2026-09-01")
    promise(cast, "2026-09-15")
    look(cast, "2026-09-16", WAITING)

    def fails(survey):
        raise RuntimeError("a later module's slip")

    monkeypatch.setattr(signal_conditions, "_REGISTRY", {WAITING: fails})
    assert recheck(cast.ctx("system", on="2026-09-17"), mails(cast)) == 0
    monkeypatch.setattr(signal_conditions, "_REGISTRY", {})
    assert recheck(cast.ctx("system", on="2026-09-17"), mails(cast)) == 0, "its module is gone"


def test_only_the_system_checks_again(cast):
    with pytest.raises(Forbidden):
        recheck(cast.ctx("officer"), [1])


def test_a_correction_of_what_was_accepted_waits_like_anything_else(cast):
    report_id = submitted(cast, on="2026-09-01")
    accepted(cast, report_id, on="2026-09-03")
    state = report_screen(cast.ctx("pi", on="2026-09-10"), report_id).state
    ctx = cast.ctx("pi", on="2026-09-10")
    open_correction(ctx, report_id=report_id, expected_version=state.row.version, reason="數量誤植", key=key())
    write(cast, report_id, "progress", "更正", on="2026-09-10")
    hand_in(cast, report_id, on="2026-09-10")
    promise(cast, "2026-09-15")
    assert look(cast, "2026-09-16", WAITING).raised == 1
    assert weeks_ahead(cast.ctx("officer", on="2026-09-16")).here == 1


def test_workers_that_watch_at_one_moment_tell_once(cast):
    waits_too_long_unwatched(cast)
    ctx = cast.ctx("system", on="2026-09-16")
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: watch(ctx, kinds=(WAITING,)), range(8)))
    assert sum(one.raised for one in results) == 1
    assert told(cast, WAITING) == ["officer"]
    assert ledger(cast, WAITING) == [("+0", "raised")]


def waits_too_long_unwatched(cast: Cast) -> None:
    submitted(cast, on="2026-09-01")
    promise(cast, "2026-09-15")


# --- What lies with the project ----------------------------------------------------------------------------------------------


def test_a_returned_report_that_nobody_touches_is_told_after_five_working_days(cast):
    returned(cast, submitted(cast, on="2026-09-01"), on="2026-09-02", reply_by="2026-10-30")  # Wednesday
    assert look(cast, "2026-09-08", UNTOUCHED) == WatchResult()  # Tuesday: four working days
    assert look(cast, "2026-09-09", UNTOUCHED).raised == 1  # Wednesday
    assert sorted(told(cast, UNTOUCHED)) == ["assistant", "company_pi", "pi"]
    assert "Take up the returned report, answer by 115-10-30 (2026-10-30)" in headlines(cast, "pi", "2026-09-09")[0]


def test_a_word_written_begins_another_series(cast):
    report_id = submitted(cast, on="2026-09-01")
    returned(cast, report_id, on="2026-09-02", reply_by="2026-10-30")
    look(cast, "2026-09-09", UNTOUCHED)
    write(cast, report_id, "progress", "補充中", on="2026-09-10")  # Thursday
    assert look(cast, "2026-09-10", UNTOUCHED).settled == 1
    assert look(cast, "2026-09-16", UNTOUCHED) == WatchResult()
    assert look(cast, "2026-09-17", UNTOUCHED).raised == 1  # Thursday, five working days on
    assert ledger(cast, UNTOUCHED) == [("+0", "settled"), ("+0", "raised")]


def test_a_reminder_of_the_answer_puts_it_off(cast):
    returned(cast, submitted(cast, on="2026-09-01"), on="2026-09-02", reply_by="2026-09-30")
    with cast.desk.store.read() as conn:
        reply = conn.execute(select(t.obligation).where(t.obligation.c.kind == "reply")).one()
    put(
        cast, t.alert, obligation_id=reply.id, due_on=reply.due_on, stage="T-14", stage_on=date(2026, 9, 16), state="raised",
        recipients_json=[], raised_at=at("2026-09-16"),
    )  # fmt: skip
    assert look(cast, "2026-09-17", UNTOUCHED) == WatchResult()  # Thursday
    assert look(cast, "2026-09-19", UNTOUCHED).raised == 1  # Saturday


def test_a_draft_that_was_written_and_not_handed_in_is_told_once_nobody_writes(cast):
    obligation = cast.obligation("quarterly_report", "Y1Q1")
    near = obligation.file_by_on - timedelta(days=2)
    report_id = opened(cast, on="2026-09-01")
    assert look(cast, near.isoformat(), UNSUBMITTED) == WatchResult(), "opened, nothing written"
    write(cast, report_id, "progress", "已完成", on=near.isoformat())
    assert look(cast, near.isoformat(), UNSUBMITTED, clock="18:00") == WatchResult(), "somebody writes today"
    assert look(cast, (near + timedelta(days=1)).isoformat(), UNSUBMITTED).raised == 1
    assert sorted(told(cast, UNSUBMITTED)) == ["assistant", "company_pi", "pi"]


def test_handing_in_settles_a_draft(cast):
    due = cast.obligation("quarterly_report", "Y1Q1").file_by_on
    report_id = opened(cast, on="2026-09-01")
    fill(cast, report_id, on=(due - timedelta(days=3)).isoformat())
    look(cast, (due - timedelta(days=2)).isoformat(), UNSUBMITTED)
    hand_in(cast, report_id, on=(due - timedelta(days=1)).isoformat())
    assert look(cast, (due - timedelta(days=1)).isoformat(), UNSUBMITTED).settled == 1


def test_a_claim_without_a_file_is_told_when_its_day_is_near(cast):
    due = cast.obligation("quarterly_report", "Y1Q1").file_by_on
    written, near = (due - timedelta(days=10)).isoformat(), (due - timedelta(days=7)).isoformat()
    report_id = opened(cast, on="2026-09-01")
    fill(cast, report_id, on=written, reached="1000")
    assert look(cast, written, EVIDENCE) == WatchResult()
    assert look(cast, near, EVIDENCE).raised == 1
    with cast.desk.store.read() as conn:
        missing = conn.execute(select(t.signal.c.params_json)).scalar_one()["n"]
        line = conn.execute(select(t.checkpoint.c.id).where(t.checkpoint.c.code == "C1")).scalar_one()
    assert missing == 1
    write(cast, report_id, f"checkpoint:{line}:evidence", evidence(cast, on=near), on=near)
    assert look(cast, near, EVIDENCE).settled == 1


# --- The project as a whole --------------------------------------------------------------------------------------------------


def signed_in(cast: Cast, who: str, on: str) -> None:
    put(
        cast, t.session, token_hash=f"hash-{who}-{on}", sid=f"sid-{who}-{on}", person_id=cast.person(who).id, created_at=at(on),
        last_seen_at=at(on), expires_at=at(on),
    )  # fmt: skip


def test_a_silent_project_is_the_offices_matter_while_something_falls_due(cast):
    due = cast.obligation("quarterly_report", "Y1Q1").due_on
    signed_in(cast, "pi", "2026-06-15")  # Monday
    quiet = date(2026, 6, 15) + timedelta(days=60)
    begins = max(quiet, due - timedelta(days=30))
    assert look(cast, (begins - timedelta(days=1)).isoformat(), SILENT) == WatchResult()
    assert look(cast, begins.isoformat(), SILENT).raised == 1
    assert told(cast, SILENT) == ["officer"]
    assert "Call the project, nobody there since 115-06-15 (2026-06-15)" in headlines(cast, "officer", begins.isoformat())[0]
    signed_in(cast, "assistant", begins.isoformat())
    assert look(cast, begins.isoformat(), SILENT).settled == 1


def test_an_investigator_who_never_signed_in_is_told_to_those_who_can_help(cast):
    with cast.desk.store.read() as conn:
        o = t.obligation
        first = conn.execute(
            select(o.c.due_on)
            .where(o.c.project_id == cast.project("foreign").id, o.c.duty.is_(True), o.c.due_on > date(2026, 6, 20))
            .order_by(o.c.due_on)
        ).scalars().first()  # fmt: skip
    begins = first - timedelta(days=45)
    look(cast, begins.isoformat(), UNUSED)
    assert told(cast, UNUSED) == ["other_officer"], "nobody else is on the project, and two lead the other one"
    look(cast, begins.isoformat(), SILENT)
    assert "other_officer" not in told(cast, SILENT), "that she was never here is said once"
    signed_in(cast, "stranger_pi", begins.isoformat())
    assert look(cast, begins.isoformat(), UNUSED).settled == 1


def approval(cast: Cast, *, until: str, on: str = "2026-09-01") -> int:
    """An approval that was recorded as the project does it; its renewal gets an obligation by itself."""
    ctx = cast.ctx("pi", on=on)
    saved = add_approval(ctx, project_id=cast.project().id, kind="irb", title="影像判讀臨床研究", key=key())
    paper = ApprovalPaper("IRB-115-01", date(2026, 8, 1), date.fromisoformat(until), evidence(cast, on=on))
    record_approval(ctx, approval_id=saved.approval_id, paper=paper, expected_version=saved.version, key=key())
    return saved.approval_id


def test_an_approval_whose_renewal_is_owed_has_a_ladder_and_no_signal(cast):
    approval(cast, until="2026-12-31")
    assert look(cast, "2026-12-01", RUNNING_OUT) == WatchResult()


def test_an_approval_without_a_renewal_is_told_sixty_days_before(cast):
    approval_id = approval(cast, until="2026-12-31")  # Thursday
    o = t.obligation
    gone = update(o).where(o.c.kind == "approval_renewal").values(status="closed")
    cast.desk.store.write_quiet(cast.ctx().now, lambda tx: tx.conn.execute(gone))
    assert look(cast, "2026-10-31", RUNNING_OUT) == WatchResult()  # Saturday
    assert look(cast, "2026-11-01", RUNNING_OUT).raised == 1  # Sunday
    assert look(cast, "2026-12-24", RUNNING_OUT).superseded == 1  # Thursday: the step of the 1st was missed
    assert ledger(cast, RUNNING_OUT) == [("+0", "raised"), ("+30", "superseded"), ("+53", "raised")]
    assert "officer" in told(cast, RUNNING_OUT)
    item = notice_list(cast.ctx("pi", on="2026-12-24"))[0]
    assert (item.page, item.query) == ("approvals", {"project": cast.project().id})
    assert approval_id


def test_an_approval_that_ended_is_told_when_its_reminders_are_over(cast):
    approval(cast, until="2026-12-31")
    assert look(cast, "2027-01-20", EXPIRED) == WatchResult()  # Wednesday
    assert look(cast, "2027-01-21", EXPIRED).raised == 1  # Thursday
    assert set(told(cast, EXPIRED)) == {"pi", "company_pi", "officer"}


# --- The engine --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def matter(monkeypatch):
    """A condition of a later module, with a switch: days on which it holds."""
    held: dict[str, Found] = {}

    def find(survey):
        return [one for one in held.values() if survey.project_id in (None, one.project_id)]

    monkeypatch.setattr(signal_conditions, "_REGISTRY", {"return_untouched": find})
    return held


def one(cast: Cast, begins: str, since: str | None = None, **more) -> Found:
    begins_on = date.fromisoformat(begins)
    project = cast.project()
    return Found(
        "thing:1", date.fromisoformat(since or begins), begins_on, project.id, project.programme_id, "project", (),
        params={"title_zh": "某事", "title_en": "A matter", "day": "2026-12-01"}, **more,
    )  # fmt: skip


def test_watching_twice_changes_nothing(cast, matter):
    matter["a"] = one(cast, "2026-09-01")
    assert look(cast, "2026-09-01") == WatchResult(raised=1, told=3)
    assert look(cast, "2026-09-01", clock="17:00") == WatchResult()
    assert look(cast, "2026-09-07") == WatchResult()


def test_two_workers_at_once_tell_once(cast, matter):
    matter["a"] = one(cast, "2026-09-01")
    ctx = cast.ctx("system", on="2026-09-01")
    with cast.desk.store.read() as conn:
        work = signals.work_of(signal_conditions.Survey(conn, ctx), "return_untouched")
    assert signals._written(ctx, "return_untouched", work).told == 3
    assert signals._written(ctx, "return_untouched", work) == WatchResult(), "it saw the same ledger, and came second"
    assert len(told(cast, UNTOUCHED)) == 3


def test_a_new_series_begins_where_its_day_changes(cast, matter):
    matter["a"] = one(cast, "2026-09-01")
    look(cast, "2026-09-01")
    matter["a"] = one(cast, "2026-09-03")
    assert look(cast, "2026-09-03") == WatchResult(raised=1, told=3, settled=1)


def test_what_holds_again_is_open_again_and_told_no_second_time(cast, matter):
    matter["a"] = one(cast, "2026-09-01")
    look(cast, "2026-09-01")
    matter.clear()
    assert look(cast, "2026-09-02").settled == 1
    matter["a"] = one(cast, "2026-09-01")
    assert look(cast, "2026-09-03") == WatchResult(taken_up=1)
    assert ledger(cast, UNTOUCHED) == [("+0", "raised")]


def test_a_switched_off_programme_hears_nothing(cast, matter, monkeypatch):
    matter["a"] = one(cast, "2026-09-01")
    shipped = signal_conditions.plans()
    off = {"demo-sister-ai": {"return_untouched": replace(shipped.default["return_untouched"], on=False)}}
    monkeypatch.setattr(signal_conditions, "plans", lambda: replace(shipped, own=off))
    assert look(cast, "2026-09-01") == WatchResult()


def test_stopping_stops_between_conditions(cast, matter):
    matter["a"] = one(cast, "2026-09-01")
    assert watch(cast.ctx("system", on="2026-09-01"), stop=lambda: True) == WatchResult()


def test_only_the_system_watches(cast):
    with pytest.raises(Forbidden):
        watch(cast.ctx("chief"))


def test_a_watch_of_everything_on_the_cast_raises_nothing_twice(cast):
    for day in ("2026-09-01", "2026-09-02", "2026-10-15", "2026-12-20", "2027-01-15"):
        look(cast, day)
        assert look(cast, day, clock="18:00") == WatchResult()


# --- Where they are read -----------------------------------------------------------------------------------------------------


def waits_too_long(cast: Cast) -> None:
    waits_too_long_unwatched(cast)
    look(cast, "2026-09-16", WAITING)


def test_the_office_reads_what_is_its_own_matter_and_the_project_does_not(cast):
    waits_too_long(cast)
    project = cast.project().id
    for who in ("officer", "chief", "auditor"):
        assert [one.kind for one in project_attention(cast.ctx(who, on="2026-09-16"), project)] == [WAITING]
    for who in ("pi", "assistant", "company_pi"):
        assert project_attention(cast.ctx(who, on="2026-09-16"), project) == ()
    assert [one.page for one in office_attention(cast.ctx("officer", on="2026-09-16"))] == ["review"]
    assert office_attention(cast.ctx("other_officer", on="2026-09-16")) == ()
    assert office_attention(cast.ctx("pi", on="2026-09-16")) == ()


def test_a_project_reads_what_it_can_mend_in_its_furthest_step(cast):
    returned(cast, submitted(cast, on="2026-09-01"), on="2026-09-02", reply_by="2026-11-30")
    look(cast, "2026-09-09", UNTOUCHED)
    look(cast, "2026-09-16", UNTOUCHED)
    (one,) = project_attention(cast.ctx("pi", on="2026-09-16"), cast.project().id)
    assert (one.kind, one.stage, one.page) == (UNTOUCHED, "+7", "report")
    (office,) = office_attention(cast.ctx("officer", on="2026-09-16"))
    assert (office.page, office.query) == ("project", {"project": "DEMO-OWN-01"})


@pytest.mark.parametrize("who", ["stranger_pi", "other_officer", "reviewer"])
def test_a_stranger_finds_no_signal_of_the_project(cast, who):
    with pytest.raises(NotFound):
        project_attention(cast.ctx(who), cast.project().id)


def test_the_ledger_names_what_was_raised_and_who_was_told(cast):
    waits_too_long(cast)
    (line,) = signal_list(cast.ctx("admin", on="2026-09-16"))
    assert (line.kind, line.stage, line.state, line.project_code) == (WAITING, "+0", "raised", "DEMO-OWN-01")
    assert line.recipients == ("officer@office.invalid",)
    assert signal_list(cast.ctx("auditor", on="2026-09-16"), state="settled") == []
    assert signal_list(cast.ctx("admin", on="2026-09-16"), project="DEMO-FOREIGN-01") == []
    with pytest.raises(Forbidden):
        signal_list(cast.ctx("chief", on="2026-09-16"))


def own_mails(cast: Cast, who: str) -> int:
    """How many mails of their own tell a person of signals."""
    b, n = t.outbox, t.notice
    told = select(b.c.id).join(n, n.c.id == b.c.notice_id).where(n.c.signal_id.is_not(None), b.c.person_id == cast.person(who).id)
    with cast.desk.store.read() as conn:
        return len(conn.execute(told).all())


@pytest.mark.parametrize("digest", [True, False])
@pytest.mark.parametrize(("matters", "mails_of_their_own"), [(1, 1), (10, 0)])
def test_one_urgent_matter_is_a_mail_and_ten_are_one_mail_digests_or_not(cast, matter, monkeypatch, matters, mails_of_their_own, digest):
    cast.desk.store.write_quiet(
        at("2026-09-01"), lambda tx: tx.conn.execute(t.alert_choice.insert().values(person_id=cast.person("officer").id, digest=digest))
    )
    shipped = signal_conditions.plans()
    urgent = Course((Step(0, ("officer",), urgent=True),))
    monkeypatch.setattr(signal_conditions, "plans", lambda: replace(shipped, default={**shipped.default, UNTOUCHED: urgent}))
    for number in range(matters):
        matter[str(number)] = replace(one(cast, "2026-09-01"), subject=f"thing:{number}")
    assert look(cast, "2026-09-01").told == matters
    assert own_mails(cast, "officer") == mails_of_their_own
    outbox = LocalOutbox()
    deliver_on(cast, outbox, "2026-09-01", "10:00")
    (mail,) = [row for row in outbox_rows(cast, "sent") if row.person_id == cast.person("officer").id]
    assert (mail.sort, mail.payload_json.get("urgent", False)) == (("one", False) if matters == 1 else ("digest", True))


def test_what_was_settled_falls_out_of_the_mail_with_several_urgent_matters(cast, matter, monkeypatch):
    shipped = signal_conditions.plans()
    urgent = Course((Step(0, ("officer",), urgent=True),))
    monkeypatch.setattr(signal_conditions, "plans", lambda: replace(shipped, default={**shipped.default, UNTOUCHED: urgent}))
    for number in range(3):
        matter[str(number)] = replace(one(cast, "2026-09-01"), subject=f"thing:{number}")
    look(cast, "2026-09-01", clock="23:30")
    del matter["0"], matter["1"]
    deliver_on(cast, LocalOutbox(), "2026-09-02")
    with cast.desk.store.read() as conn:
        d = t.digest_notice.c
        assert sorted(conn.scalars(select(d.left_out).order_by(d.notice_id))) == ["", "done", "done"]
    (mail,) = [row for row in outbox_rows(cast) if row.person_id == cast.person("officer").id]
    assert mail.status == "sent"


def test_an_urgent_step_wakes_nobody_at_night(cast, matter, monkeypatch):
    shipped = signal_conditions.plans()
    urgent = Course((Step(0, ("officer",), urgent=True),))
    monkeypatch.setattr(signal_conditions, "plans", lambda: replace(shipped, default={**shipped.default, UNTOUCHED: urgent}))
    matter["a"] = one(cast, "2026-09-01")
    look(cast, "2026-09-01", clock="23:30")
    with cast.desk.store.read() as conn:
        when = conn.execute(select(t.outbox.c.available_at)).scalar_one()
    assert when == at("2026-09-02", "08:00")
