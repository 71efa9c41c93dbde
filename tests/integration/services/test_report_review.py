"""The office's side: the queue, verdicts, acceptance, returns, and lateness that a return never makes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.cast import Cast, key
from tests.integration.services.support_reports import accepted, fill, hand_in, opened, returned, submitted, write
from tracker.domain.statuses import Lateness
from tracker.services.attainment import attainment_of
from tracker.services.errors import Forbidden, Invalid, NotFound, Stale
from tracker.services.must_do import Action, Group, must_do
from tracker.services.queue import waiting_for_me
from tracker.services.report_drafts import report_screen
from tracker.services.report_review import accept_report, record_verdict, reply_day_problems, return_report, review_screen
from tracker.services.viewer import Role
from tracker.store import tables as t

# Y1Q1 of `own` is due on Tuesday 2026-09-15.


def _make_officer(cast: Cast, who: str) -> None:
    """Give somebody an officer's grant in the programme of `own`."""
    values = {
        "person_id": cast.person(who).id,
        "role": Role.OFFICER.value,
        "programme_id": cast.project().programme_id,
        "granted_at": cast.ctx().now,
    }
    cast.desk.store.write_quiet(cast.ctx().now, lambda tx: tx.insert(t.role_grant, **values))


def _return(ctx, report_id, comments, reply_by, version=2):
    return return_report(ctx, report_id=report_id, expected_version=version, comments=comments, reply_by=reply_by, key=key())


def _first_checkpoint(cast: Cast) -> int:
    with cast.desk.store.read() as conn:
        return conn.execute(select(t.checkpoint.c.id).where(t.checkpoint.c.code == "C1")).scalar_one()


def test_the_queue_counts_civil_days_and_puts_the_oldest_first(cast):
    opened_first = opened(cast, "interim_report", "Y1", on="2026-09-01")
    submitted(cast, period="Y1Q1", on="2026-09-05")
    fill(cast, opened_first, on="2026-09-06")
    hand_in(cast, opened_first, on="2026-09-06", clock="23:59:59")
    items = waiting_for_me(cast.ctx("officer", on="2026-09-20", clock="00:00:01"))
    assert [(item.days, item.ageing) for item in items] == [(15, True), (14, True)]


@pytest.mark.parametrize("who", ["pi", "assistant", "auditor", "admin", "other_officer"])
def test_nobody_else_has_this_queue(cast, who):
    submitted(cast)
    assert not [item for item in waiting_for_me(cast.ctx(who)) if item.project_id == cast.project().id]


def test_a_member_who_is_also_an_officer_neither_sees_nor_reviews_her_own_project(cast):
    report_id = submitted(cast)
    _make_officer(cast, "assistant")
    ctx = cast.ctx("assistant")
    assert waiting_for_me(ctx) == []
    assert not review_screen(ctx, report_id).may_review
    with pytest.raises(Forbidden):
        accept_report(ctx, report_id=report_id, expected_version=2, key=key())
    with pytest.raises(Forbidden):
        _return(ctx, report_id, {"progress": "x"}, date(2026, 9, 10))
    with pytest.raises(Forbidden):
        record_verdict(ctx, report_id=report_id, checkpoint_id=_first_checkpoint(cast), verdict="not_met", actual="0", key=key())


@pytest.mark.parametrize("who", ["pi", "assistant", "auditor", "admin"])
def test_only_the_office_reviews(cast, who):
    report_id = submitted(cast)
    for attempt in (
        lambda: accept_report(cast.ctx(who), report_id=report_id, expected_version=2, key=key()),
        lambda: _return(cast.ctx(who), report_id, {"progress": "x"}, date(2026, 9, 10)),
        lambda: record_verdict(
            cast.ctx(who), report_id=report_id, checkpoint_id=_first_checkpoint(cast), verdict="not_met", actual="0", key=key()
        ),
    ):
        with pytest.raises(Forbidden):
            attempt()


@pytest.mark.parametrize("who", ["stranger_pi", "other_officer"])
def test_a_foreign_report_is_not_found_for_review(cast, who):
    report_id = submitted(cast)
    for attempt in (
        lambda: review_screen(cast.ctx(who), report_id),
        lambda: accept_report(cast.ctx(who), report_id=report_id, expected_version=2, key=key()),
        lambda: _return(cast.ctx(who), report_id, {"progress": "x"}, date(2026, 9, 10)),
        lambda: record_verdict(
            cast.ctx(who), report_id=report_id, checkpoint_id=_first_checkpoint(cast), verdict="not_met", actual="0", key=key()
        ),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_what_was_not_handed_in_cannot_be_looked_at_or_reviewed(cast):
    report_id = opened(cast)
    with pytest.raises(NotFound):
        review_screen(cast.ctx("officer"), report_id)
    with pytest.raises(Forbidden):
        accept_report(cast.ctx("officer"), report_id=report_id, expected_version=1, key=key())


def test_a_return_opens_exactly_the_commented_sections(cast):
    report_id = submitted(cast)
    returned(cast, report_id, on="2026-09-02", reply_by="2026-09-10", sections=("progress",))
    state = report_screen(cast.ctx("pi", on="2026-09-03"), report_id).state
    assert state.open_sections == {"progress"}
    assert state.comments == {"progress": "請補充 progress"}
    write(cast, report_id, "remarks:progress", "已補充", on="2026-09-03")
    with pytest.raises(Forbidden):
        write(cast, report_id, "next_focus", "偷改", on="2026-09-03")
    with pytest.raises(Forbidden):
        write(cast, report_id, f"checkpoint:{_first_checkpoint(cast)}:actual", "1000", on="2026-09-03")


def test_a_reply_is_an_obligation_with_its_own_day_and_ladder(cast):
    report_id = submitted(cast)
    reply_key = returned(cast, report_id, on="2026-09-02", reply_by="2026-09-12")  # a Saturday
    reply = cast.by_key(reply_key)
    assert reply_key == "DEMO-OWN-01/quarterly_report/Y1Q1/reply-1"
    assert (reply.kind, reply.duty, reply.status, reply.parent_id) == (
        "reply",
        True,
        "open",
        cast.obligation("quarterly_report", "Y1Q1").id,
    )
    assert (reply.nominal_on, reply.due_on, reply.file_by_on) == (date(2026, 9, 12), date(2026, 9, 12), date(2026, 9, 11))
    assert (reply.basis, reply.confidence, reply.next_look_on) == ("official", "stated", date(2026, 9, 2))


def test_a_return_never_makes_a_punctual_report_late(cast):
    report_id = submitted(cast, on="2026-09-15")
    returned(cast, report_id, on="2026-09-16", reply_by="2026-09-30")
    listed = must_do(cast.ctx("pi", on="2026-09-20"))
    quarter = [item for item in listed if item.key.startswith("DEMO-OWN-01/quarterly_report/Y1Q1")]
    assert [(item.kind, item.group, item.action) for item in quarter] == [("reply", Group.DUE_SOON, Action.REPLY)]
    write(cast, report_id, "progress", "補充", on="2026-10-20")
    hand_in(cast, report_id, on="2026-10-20")  # the answer is late, the report is not
    parent, reply = cast.obligation("quarterly_report", "Y1Q1"), cast.by_key("DEMO-OWN-01/quarterly_report/Y1Q1/reply-1")
    assert parent.first_submitted_on == date(2026, 9, 15)
    assert (reply.status, reply.first_submitted_on) == ("submitted", date(2026, 10, 20))
    item = next(i for i in must_do(cast.ctx("pi", on="2026-10-21")) if i.key == parent.key)
    assert item.lateness is Lateness.SUBMITTED_ON_TIME


def test_an_unanswered_return_is_late_as_a_reply_only(cast):
    report_id = submitted(cast, on="2026-09-15")
    returned(cast, report_id, on="2026-09-16", reply_by="2026-09-30")
    late = [item for item in must_do(cast.ctx("pi", on="2026-10-05")) if item.group is Group.OVERDUE]
    assert [item.kind for item in late] == ["reply"]


def test_submit_return_resubmit_accept(cast):
    report_id = submitted(cast)
    returned(cast, report_id, on="2026-09-02", reply_by="2026-09-10")
    assert waiting_for_me(cast.ctx("officer", on="2026-09-03")) == []
    write(cast, report_id, "progress", "補充後的進度", on="2026-09-08")
    write(cast, report_id, "remarks:progress", "已依意見補充", on="2026-09-08")
    hand_in(cast, report_id, on="2026-09-08")
    screen = review_screen(cast.ctx("officer", on="2026-09-09"), report_id)
    progress = next(field for field in screen.fields if field.field == "progress")
    assert (progress.last_version, progress.now, progress.changed) == ("已完成資料蒐集。", "補充後的進度", True)
    assert not any(field.changed for field in screen.fields if field.section == "next_focus")
    accepted(cast, report_id, on="2026-09-09")
    assert cast.obligation("quarterly_report", "Y1Q1").status == "accepted"
    assert cast.by_key("DEMO-OWN-01/quarterly_report/Y1Q1/reply-1").status == "accepted"
    assert not [item for item in must_do(cast.ctx("pi", on="2026-09-10")) if "Y1Q1" in item.key]
    assert waiting_for_me(cast.ctx("officer", on="2026-09-10")) == []


def test_a_second_return_is_a_second_reply(cast):
    report_id = submitted(cast)
    returned(cast, report_id, on="2026-09-02", reply_by="2026-09-10")
    write(cast, report_id, "progress", "補充一", on="2026-09-03")
    hand_in(cast, report_id, on="2026-09-03")
    assert returned(cast, report_id, on="2026-09-04", reply_by="2026-09-11", sections=("next_focus",)).endswith("/reply-2")
    assert report_screen(cast.ctx("pi", on="2026-09-05"), report_id).state.open_sections == {"next_focus"}


def test_a_report_is_compared_with_the_period_before(cast):
    submitted(cast, period="Y1Q1", on="2026-09-01")
    report_id = submitted(cast, period="Y1Q2", on="2026-12-01")
    fields = review_screen(cast.ctx("officer", on="2026-12-02"), report_id).fields
    assert next(f for f in fields if f.field == "progress").last_period == "已完成資料蒐集。"


@pytest.mark.parametrize(
    ("reply_by", "severity"),
    [("2026-09-01", "error"), ("2026-09-02", "error"), ("2026-09-03", None), ("2026-09-05", "warning"), ("2029-01-01", "error")],
)  # asked on Wednesday 2026-09-02; the fifth is a Saturday
def test_the_day_for_an_answer_is_tomorrow_at_the_earliest(cast, reply_by, severity):
    problems = reply_day_problems(cast.ctx("officer", on="2026-09-02"), date.fromisoformat(reply_by))
    assert [problem.severity for problem in problems] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("comments", "reply_by", "field"),
    [
        ({}, date(2026, 9, 10), "comments"),
        ({"progress": "  \n"}, date(2026, 9, 10), "comments"),
        ({"nonsense": "x"}, date(2026, 9, 10), "comments"),
        ({"progress": "長" * 4_001}, date(2026, 9, 10), "progress"),
        ({"progress": "x"}, date(2026, 9, 1), "reply_by"),
    ],
)
def test_a_return_without_comment_section_or_day_is_refused(cast, comments, reply_by, field):
    report_id = submitted(cast)
    with pytest.raises(Invalid) as refused:
        _return(cast.ctx("officer"), report_id, comments, reply_by)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert cast.obligation("quarterly_report", "Y1Q1").status == "submitted"


def test_two_officers_decide_once(cast):
    report_id = submitted(cast)
    accept_report(cast.ctx("officer"), report_id=report_id, expected_version=2, key=key())
    with pytest.raises(Stale):
        _return(cast.ctx("chief"), report_id, {"progress": "x"}, date(2026, 9, 10))


def test_a_verdict_stands_beside_the_claim_and_the_newest_counts(cast):
    report_id, checkpoint = submitted(cast, on="2026-09-01"), _first_checkpoint(cast)
    before = attainment_of(cast.ctx("officer"), cast.project().id)
    assert (before.claimed, before.verdict) == (Decimal("0.4"), None)
    for verdict, actual in (("not_met", "0"), ("partly_met", "350")):
        record_verdict(cast.ctx("officer"), report_id=report_id, checkpoint_id=checkpoint, verdict=verdict, actual=actual, key=key())
    after = attainment_of(cast.ctx("officer"), cast.project().id)
    assert (after.claimed, after.verdict, after.planned, after.judged) == (Decimal("0.4"), Decimal("0.35"), 1, 1)
    shown = review_screen(cast.ctx("officer"), report_id).checkpoints[0]
    assert (shown.claim["actual"], shown.verdict, shown.accepted) == ("400", "partly_met", Decimal(350))


@pytest.mark.parametrize(
    ("verdict", "actual"), [("met", "999"), ("partly_met", "1000"), ("met", "NaN"), ("met", ""), ("not_met", "-1"), ("perhaps", "5")]
)  # the target is 1000
def test_a_verdict_that_contradicts_its_number_is_refused(cast, verdict, actual):
    report_id = submitted(cast)
    with pytest.raises(Invalid):
        record_verdict(
            cast.ctx("officer"), report_id=report_id, checkpoint_id=_first_checkpoint(cast), verdict=verdict, actual=actual, key=key()
        )


def test_a_checkpoint_of_another_report_is_not_found(cast):
    report_id = submitted(cast)
    with pytest.raises(NotFound):
        record_verdict(cast.ctx("officer"), report_id=report_id, checkpoint_id=10**6, verdict="met", actual="1", key=key())


def test_attainment_of_a_foreign_project_is_not_found(cast):
    with pytest.raises(NotFound):
        attainment_of(cast.ctx("pi"), cast.project("foreign").id)


def test_the_list_shows_own_projects_only_by_the_last_safe_day(cast):
    items = must_do(cast.ctx("pi", on="2026-09-20"))
    assert {item.project_id for item in items} == {cast.project().id}
    dated = [item.file_by_on for item in items if item.file_by_on]
    assert dated == sorted(dated)
    assert items[0].group is Group.OVERDUE
    assert must_do(cast.ctx("officer")) == []
