"""The office's answer: remarks on fields, returns of named sections, the reset, conditions, and the clock that runs meanwhile."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from tests.cast import key
from tests.integration.services.support_reports import evidence, fill, hand_in, opened, submitted, write
from tests.integration.services.support_reviews import (
    THREE_STEPS,
    TWO_STEPS,
    accepts,
    give,
    put,
    report_row,
    round_row,
    says,
    screen,
    sends_back,
    staff,
    tasks,
    use_flow,
)  # fmt: skip
from tracker.domain.statuses import Lateness, lateness
from tracker.services.documents import document_bytes
from tracker.services.errors import Forbidden, Invalid, NotFound, Stale
from tracker.services.office_clock import days_over, owed_days, programme_clocks, project_clocks
from tracker.services.queue import waiting_for_me
from tracker.services.report_corrections import open_correction
from tracker.services.report_drafts import report_screen
from tracker.services.report_review import reset_report
from tracker.services.review_comments import save_comment, sent_comments, withdraw_comment
from tracker.services.review_decisions import Condition
from tracker.services.review_rounds import cancel_round
from tracker.services.review_steps import Reader
from tracker.services.viewer import Role
from tracker.store import tables as t

# Reports are handed in on Tuesday 2026-09-01 and reviewed on Wednesday 2026-09-02 unless said otherwise.


def comment(cast, who: str, report_id: int, body: str = "數據來源？", *, section: str = "progress", field: str = "progress", **more) -> int:
    return save_comment(cast.ctx(who, on="2026-09-02"), report_id=report_id, section=section, field=field, body=body, key=key(), **more)


def stored(cast, comment_id: int):
    with cast.desk.store.read() as conn:
        return conn.execute(select(t.review_comment).where(t.review_comment.c.id == comment_id)).one()


@pytest.fixture
def at_the_panel(cast, monkeypatch) -> tuple:
    """A report with two experts' seats open; gives (cast, report id, seats)."""
    use_flow(monkeypatch, *THREE_STEPS, office_days=20)
    for who in ("expert_a", "expert_b"):
        staff(cast, who, Role.REVIEWER)
    report_id = submitted(cast)
    says(cast, "officer", tasks(cast, report_id, "officer")[0].id, remark="承辦人內部意見")
    seats = [task.id for task in tasks(cast, report_id, "panel")]
    for seat, who in zip(seats, ("expert_a", "expert_b"), strict=True):
        give(cast, seat, who)
    return cast, report_id, seats


# --- Remarks on fields -----------------------------------------------------------------------------------------------------------


def test_a_remark_is_the_offices_until_it_is_sent(cast):
    report_id = submitted(cast)
    kept = comment(cast, "officer", report_id)
    assert [one.id for one in screen(cast, "chief", report_id).comments] == [kept]
    assert sent_comments(cast.ctx("pi"), report_id) == ()
    assert screen(cast, "pi", report_id).comments == ()
    sends_back(cast, "officer", report_id, comments={}, field_comments=[kept])
    assert [(one.section, one.field, one.body) for one in sent_comments(cast.ctx("pi"), report_id)] == [
        ("progress", "progress", "數據來源？")
    ]
    assert report_screen(cast.ctx("pi"), report_id).state.open_sections == {"progress"}
    assert report_screen(cast.ctx("pi"), report_id).state.comments == {"progress": "數據來源？"}


def test_a_remark_that_is_not_chosen_stays_inside(cast):
    report_id = submitted(cast)
    comment(cast, "officer", report_id)
    sends_back(cast, "officer", report_id, comments={"next_focus": "請具體說明"})
    assert sent_comments(cast.ctx("pi"), report_id) == ()
    assert report_screen(cast.ctx("pi"), report_id).state.open_sections == {"next_focus"}


def test_a_remark_is_changed_and_taken_back_by_its_author_only(cast):
    report_id = submitted(cast)
    kept = comment(cast, "officer", report_id)
    with pytest.raises(NotFound):
        comment(cast, "chief", report_id, "改", comment_id=kept, expected_version=1)
    comment(cast, "officer", report_id, "改寫", comment_id=kept, expected_version=1)
    with pytest.raises(Stale):
        comment(cast, "officer", report_id, "舊頁面", comment_id=kept, expected_version=1)
    assert (stored(cast, kept).body, stored(cast, kept).version) == ("改寫", 2)
    withdraw_comment(cast.ctx("officer"), comment_id=kept, expected_version=2, key=key())
    assert screen(cast, "officer", report_id).comments == ()
    with pytest.raises(Stale):
        sends_back(cast, "officer", report_id, field_comments=[kept])


@pytest.mark.parametrize(
    ("section", "field", "body", "wrong"),
    [("progress", "progress", "  ", "body"), ("progress", "progress", "長" * 4_001, "body"), ("nothing", "", "x", "field"),
     ("progress", "nothing", "x", "field")],
)  # fmt: skip
def test_a_remark_needs_words_and_a_place(cast, section, field, body, wrong):
    report_id = submitted(cast)
    with pytest.raises(Invalid) as error:
        comment(cast, "officer", report_id, body, section=section, field=field)
    assert [problem.field for problem in error.value.problems] == [wrong]


@pytest.mark.parametrize("who", ["pi", "assistant", "auditor", "admin", "reviewer", "other_officer", "stranger_pi"])
def test_nobody_else_writes_remarks(cast, who):
    report_id = submitted(cast)
    with pytest.raises((Forbidden, NotFound)):
        comment(cast, who, report_id)


def test_no_remarks_on_what_does_not_wait(cast):
    report_id = submitted(cast)
    accepts(cast, "officer", report_id)
    with pytest.raises(Forbidden):
        comment(cast, "officer", report_id)


def test_a_second_click_keeps_one_remark(cast):
    report_id, same = submitted(cast), key()
    ctx = cast.ctx("officer")
    ids = {save_comment(ctx, report_id=report_id, section="progress", field="progress", body="一次", key=same) for _ in range(2)}
    assert len(ids) == 1


# --- What a panel member sees ----------------------------------------------------------------------------------------------------


def test_a_panel_member_reads_her_report_and_nothing_around_it(at_the_panel):
    cast, report_id, seats = at_the_panel
    kept = comment(cast, "officer", report_id, "只給機關看")
    shown = screen(cast, "expert_a", report_id)
    assert shown.reader is Reader.PANEL
    assert [one.id for one in shown.steps if one.mine] == [seats[0]]
    assert (shown.comments, shown.conflicts, shown.sendable, shown.may_review) == ((), (), frozenset(), False)
    assert (shown.state.drafts, shown.state.previous, shown.state.reviews) == ({}, None, ())
    assert "承辦人內部意見" not in repr(shown)
    assert "只給機關看" not in repr(shown)
    assert kept


def test_the_others_scores_stay_hidden_until_hers_are_given(at_the_panel):
    cast, report_id, seats = at_the_panel
    says(cast, "expert_b", seats[1], "return", remark="B 的理由", scores={"quality": 11, "progress": 12})
    before = screen(cast, "expert_a", report_id)
    assert "B 的理由" not in repr(before)
    assert not any(one.scores or one.done_by for one in before.steps if one.id != seats[0])
    says(cast, "expert_a", seats[0])
    after = next(one for one in screen(cast, "expert_a", report_id).steps if one.id == seats[1])
    assert (after.remark, [one.score for one in after.scores]) == ("B 的理由", [11, 12])


def test_her_remarks_reach_the_office_when_her_step_is_done(at_the_panel):
    cast, report_id, seats = at_the_panel
    hers = comment(cast, "expert_a", report_id, "樣本數不足")
    for who in ("officer", "chief", "expert_b"):
        assert screen(cast, who, report_id).comments == ()
    says(cast, "expert_a", seats[0])
    assert [one.id for one in screen(cast, "chief", report_id).comments] == [hers]
    assert screen(cast, "expert_b", report_id).comments == ()
    with pytest.raises(Forbidden):
        comment(cast, "expert_a", report_id, "補一句")
    says(cast, "expert_b", seats[1])
    sends_back(cast, "chief", report_id, comments={}, field_comments=[hers])
    sent = sent_comments(cast.ctx("pi"), report_id)
    assert [(one.body, one.panel) for one in sent] == [("樣本數不足", True)]
    assert "expert" not in repr(sent)


def test_a_panel_member_sees_no_other_report_document_or_project(at_the_panel):
    cast, report_id, _seats = at_the_panel
    other = submitted(cast, period="Y1Q2", on="2026-12-01")
    stray = evidence(cast)
    for act in (
        lambda: screen(cast, "expert_a", other),
        lambda: document_bytes(cast.ctx("expert_a"), stray),
        lambda: sent_comments(cast.ctx("expert_a"), report_id),
        lambda: project_clocks(cast.ctx("expert_a"), cast.project().id),
        lambda: screen(cast, "reviewer", report_id),
    ):
        with pytest.raises(NotFound):
            act()
    assert waiting_for_me(cast.ctx("expert_a")) == []


def test_a_panel_member_opens_the_files_of_her_report(cast, monkeypatch):
    use_flow(monkeypatch, *THREE_STEPS[1:])
    staff(cast, "expert_a", Role.REVIEWER)
    report_id = opened(cast)
    fill(cast, report_id)
    with cast.desk.store.read() as conn:
        first = conn.execute(select(t.checkpoint.c.id).where(t.checkpoint.c.code == "C1")).scalar_one()
    write(cast, report_id, f"checkpoint:{first}:evidence", proof := evidence(cast))
    hand_in(cast, report_id)
    with pytest.raises(NotFound):
        document_bytes(cast.ctx("expert_a"), proof)
    give(cast, tasks(cast, report_id, "panel")[0].id, "expert_a")
    assert document_bytes(cast.ctx("expert_a"), proof).filename == "證明.pdf"


def test_the_project_sees_how_far_it_is_and_no_names(at_the_panel):
    cast, report_id, seats = at_the_panel
    says(cast, "expert_a", seats[0], remark="祕密意見")
    shown = screen(cast, "pi", report_id)
    assert [(one.step, one.state) for one in shown.steps] == [
        ("officer", "done"),
        ("panel", "done"),
        ("panel", "open"),
        ("chief", "waiting"),
    ]
    assert not any(one.done_by or one.holder or one.remark or one.recommendation for one in shown.steps)
    assert "祕密意見" not in repr(shown)


# --- Answers -----------------------------------------------------------------------------------------------------------------------


def test_a_reset_opens_every_section_with_a_reason_and_a_day(cast):
    report_id = submitted(cast)
    ctx = cast.ctx("officer", on="2026-09-02")
    for reason, reply_by in ((" ", date(2026, 9, 16)), ("重寫", date(2026, 9, 2))):
        with pytest.raises(Invalid):
            reset_report(ctx, report_id=report_id, expected_version=2, reason=reason, reply_by=reply_by, key=key())
    reply = reset_report(ctx, report_id=report_id, expected_version=2, reason="整份與計畫不符", reply_by=date(2026, 9, 16), key=key())
    state = report_screen(cast.ctx("pi", on="2026-09-03"), report_id).state
    assert state.open_sections == set(state.form.section_ids)
    assert (cast.by_key(reply).due_on, state.reviews[-1].outcome) == (date(2026, 9, 16), "reset")
    row = cast.obligation("quarterly_report", "Y1Q1")
    assert lateness(row.status, row.due_on, row.first_submitted_on, date(2026, 12, 1), row.duty) is Lateness.SUBMITTED_ON_TIME


def test_conditions_become_action_items_of_the_project(cast):
    report_id = submitted(cast)
    conditions = (
        Condition("補齊同意書", date(2026, 10, 15), cast.person("pi").id),
        Condition("更新網站", date(2026, 10, 30)),
        Condition("  ", None),
    )
    accepts(cast, "officer", report_id, conditions=conditions)
    with cast.desk.store.read() as conn:
        items = conn.execute(select(t.action_item).order_by(t.action_item.c.number)).all()
        review_id = conn.execute(select(t.review.c.id)).scalar_one()
    assert [(one.body, one.due_on, one.side, one.review_id) for one in items] == [
        ("補齊同意書", date(2026, 10, 15), "project", review_id), ("更新網站", date(2026, 10, 30), "project", review_id),
    ]  # fmt: skip
    assert report_row(cast, report_id).status == "accepted"


@pytest.mark.parametrize(
    ("condition", "field"),
    [
        (Condition("補件", date(2026, 9, 1)), "conditions:1:due_on"),
        (Condition("補件", None), "conditions:1:due_on"),
        (Condition("補件", date(2026, 10, 1), 10**6), "conditions:1:owner_id"),
        (Condition("長" * 4_001, date(2026, 10, 1)), "conditions:1:body"),
    ],
)
def test_a_condition_that_cannot_be_met_accepts_nothing(cast, condition, field):
    report_id = submitted(cast)
    with pytest.raises(Invalid) as error:
        accepts(cast, "officer", report_id, conditions=(condition,))
    assert field in [problem.field for problem in error.value.problems]
    assert report_row(cast, report_id).status == "submitted"


def test_a_second_click_accepts_once_with_its_conditions(cast):
    report_id, same = submitted(cast), key()
    for _ in range(2):
        accepts(cast, "officer", report_id, version=2, with_key=same, conditions=(Condition("補件", date(2026, 10, 1)),))
    with cast.desk.store.read() as conn:
        assert len(conn.execute(select(t.action_item.c.id)).all()) == 1


def test_what_is_withdrawn_before_anybody_read_it_leaves_the_queue(cast):
    report_id = submitted(cast)
    ctx, found = cast.ctx("pi"), round_row(cast, report_id)
    cast.desk.store.write_quiet(ctx.now, lambda tx: cancel_round(tx, ctx, found.report_version_id))
    assert (round_row(cast, report_id).state, {task.state for task in tasks(cast, report_id)}) == ("withdrawn", {"skipped"})
    assert cast.obligation("quarterly_report", "Y1Q1").office_due_on is None


def test_a_returned_correction_leaves_the_duty_accepted(cast):
    report_id = submitted(cast)
    accepts(cast, "officer", report_id)
    settled = cast.obligation("quarterly_report", "Y1Q1").accepted_at
    version = report_row(cast, report_id).version
    open_correction(cast.ctx("pi", on="2026-09-10"), report_id=report_id, expected_version=version, reason="數據誤植", key=key())
    write(cast, report_id, "progress", "更正後的進度", on="2026-09-10")
    hand_in(cast, report_id, on="2026-09-10")
    sends_back(cast, "officer", report_id, on="2026-09-11", reply_by="2026-09-24")
    assert cast.obligation("quarterly_report", "Y1Q1").status == "accepted"
    write(cast, report_id, "progress", "再更正的進度", on="2026-09-14")
    hand_in(cast, report_id, on="2026-09-14")
    assert [item.kind for item in waiting_for_me(cast.ctx("officer", on="2026-09-15"))] == ["report"]
    accepts(cast, "officer", report_id, on="2026-09-15")
    row = cast.obligation("quarterly_report", "Y1Q1")
    assert (row.status, row.accepted_at, report_row(cast, report_id).accepted_version) == ("accepted", settled, 3)


# --- Two clocks --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answered", "waited", "over", "reply_by"),
    [
        ("2026-09-01", 0, 0, "2026-09-15"),  # the day itself, a Tuesday
        ("2026-09-08", 5, 0, "2026-09-22"),  # the promised Tuesday
        ("2026-09-09", 6, 1, "2026-09-24"),  # the day after: two weeks on Wednesday, and one working day
        ("2026-09-12", 8, 3, "2026-10-02"),  # a Saturday counts no further than its Friday
        ("2026-09-14", 9, 4, "2026-10-05"),  # a Monday; two feast days lie before the reply
    ],
)
def test_the_offices_clock_runs_from_submission_to_answer(cast, monkeypatch, answered, waited, over, reply_by):
    use_flow(monkeypatch, TWO_STEPS[0], office_days=5)
    report_id = submitted(cast)  # promised for Tuesday 2026-09-08
    shown = screen(cast, "officer", report_id, on=answered)
    assert (shown.clock.waited, shown.clock.over, shown.clock.due_on) == (waited, over, date(2026, 9, 8))
    assert shown.proposed_reply_on == date.fromisoformat(reply_by)
    assert [item.office_over for item in waiting_for_me(cast.ctx("officer", on=answered))] == [over]
    accepts(cast, "officer", report_id, on=answered)
    stopped = project_clocks(cast.ctx("pi", on="2026-12-01"), cast.project().id)[0]
    assert (stopped.state, stopped.clock.waited, stopped.clock.over) == ("accepted", waited, over)


def test_the_offices_delay_is_owed_until_it_is_made_good(cast, monkeypatch):
    use_flow(monkeypatch, TWO_STEPS[0], office_days=5)
    report_id = submitted(cast)
    accepts(cast, "officer", report_id, on="2026-09-14")  # four working days over
    ctx = cast.ctx("officer", on="2026-12-01")
    with cast.desk.store.read() as conn:
        assert (days_over(conn, ctx, report_id), owed_days(conn, ctx, cast.project().id)) == (4, 4)
    put(
        cast, t.obligation_change, obligation_id=cast.obligation("quarterly_report", "Y1Q2").id, project_id=cast.project().id,
        kind="extend", old_due_on=date(2026, 12, 15), new_due_on=date(2026, 12, 18), reason="機關審查逾期", owed_days=3,
        decided_by=cast.person("officer").id, decided_at=ctx.now,
    )  # fmt: skip
    with cast.desk.store.read() as conn:
        assert owed_days(conn, ctx, cast.project().id) == 1


def test_a_programmes_figures_are_its_offices_alone(cast, monkeypatch):
    use_flow(monkeypatch, TWO_STEPS[0], office_days=5)
    first = submitted(cast)
    accepts(cast, "officer", first, on="2026-09-14")
    submitted(cast, period="Y1Q2", on="2026-12-01")
    found = programme_clocks(cast.ctx("officer", on="2026-12-02"))
    assert [(one.code, one.figures.answered, one.figures.in_time, one.figures.median_waited, one.figures.waiting) for one in found] == [
        ("demo-sister-ai", 1, 0, 9.0, 1)
    ]
    assert programme_clocks(cast.ctx("other_officer", on="2026-12-02")) == ()
    assert [one.code for one in programme_clocks(cast.ctx("auditor", on="2026-12-02"))] == ["demo-sister-ai"]


def test_a_return_stops_the_clock_and_the_answer_starts_a_new_one(cast, monkeypatch):
    use_flow(monkeypatch, TWO_STEPS[0], office_days=5)
    report_id = submitted(cast)
    sends_back(cast, "officer", report_id, on="2026-09-04", reply_by="2026-09-18")
    assert cast.obligation("quarterly_report", "Y1Q1").office_due_on is None
    write(cast, report_id, "progress", "補充", on="2026-09-17")
    hand_in(cast, report_id, on="2026-09-17")  # a Thursday
    clocks = project_clocks(cast.ctx("chief", on="2026-09-18"), cast.project().id)
    assert [(one.version, one.state, one.clock.waited, one.clock.due_on) for one in clocks] == [
        (2, "open", 1, date(2026, 9, 24)), (1, "returned", 3, date(2026, 9, 8)),
    ]  # fmt: skip
