"""The steps of a review: one after the other, side by side, by whom, in whose place, and never by one person twice."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from tests.cast import key
from tests.integration.services.support_reports import hand_in, submitted, write
from tests.integration.services.support_reviews import (
    SIDE_BY_SIDE,
    THREE_STEPS,
    TWO_STEPS,
    accepts,
    away,
    give,
    put,
    report_row,
    round_row,
    says,
    screen,
    sends_back,
    staff,
    states,
    switch_off,
    tasks,
    use_flow,
)  # fmt: skip
from tracker.services.errors import Forbidden, Invalid, NotFound, Stale
from tracker.services.interest_conflicts import conflicts_of, declare_conflict, withdraw_conflict
from tracker.services.obligation_changes import waive
from tracker.services.queue import waiting_for_me
from tracker.services.review_rounds import note_read
from tracker.services.review_seats import CONFLICT, HELD, NOT_YOUR_STEP, ONLY_CHIEF, OWN_CAUSE, TWICE
from tracker.services.review_tasks import candidates, give_task, recommend, skip_seat
from tracker.services.viewer import Role
from tracker.store import tables as t

# Reports are handed in on Tuesday 2026-09-01 and reviewed on Wednesday 2026-09-02 unless said otherwise.


@pytest.fixture
def panel(cast):
    """Two experts and a second chief beside the cast."""
    staff(cast, "expert_a", Role.REVIEWER)
    staff(cast, "expert_b", Role.REVIEWER)
    staff(cast, "second_chief", Role.CHIEF)
    return cast


def refused(act) -> str:
    with pytest.raises(Forbidden) as error:
        act()
    return error.value.msgid


def at_the_panel(cast) -> tuple[int, list[int]]:
    """A report whose officer is done and whose two seats are given to the experts."""
    report_id = submitted(cast)
    says(cast, "officer", tasks(cast, report_id, "officer")[0].id)
    seats = [task.id for task in tasks(cast, report_id, "panel")]
    for seat, who in zip(seats, ("expert_a", "expert_b"), strict=True):
        give(cast, seat, who)
    return report_id, seats


# --- One after the other, side by side ---------------------------------------------------------------------------------------


def test_without_a_flow_one_officer_decides(cast, monkeypatch):
    use_flow(monkeypatch)
    monkeypatch.setattr("tracker.programmes.report_types.ReportsFile.flow_for", lambda self, kind: None)
    report_id = submitted(cast)
    assert states(cast, report_id) == [("officer", "open")]
    accepts(cast, "officer", report_id)
    assert (report_row(cast, report_id).status, round_row(cast, report_id).state) == ("accepted", "accepted")


def test_stages_go_one_after_the_other(panel, monkeypatch):
    use_flow(monkeypatch, *THREE_STEPS)
    report_id = submitted(panel)
    assert states(panel, report_id) == [("officer", "open"), ("panel", "waiting"), ("panel", "waiting"), ("chief", "waiting")]
    assert says(panel, "officer", tasks(panel, report_id, "officer")[0].id) == 2
    seats = [task.id for task in tasks(panel, report_id, "panel")]
    for seat, who, stage in zip(seats, ("expert_a", "expert_b"), (2, 3), strict=True):
        give(panel, seat, who)
        assert says(panel, who, seat) == stage
    assert states(panel, report_id)[-1] == ("chief", "open")
    accepts(panel, "chief", report_id)
    assert {state for _, state in states(panel, report_id)} == {"done"}
    assert report_row(panel, report_id).accepted_version == 1


def test_steps_of_one_stage_run_side_by_side(panel, monkeypatch):
    use_flow(monkeypatch, *SIDE_BY_SIDE)
    report_id = submitted(panel)
    assert states(panel, report_id) == [("officer", "open"), ("panel", "open"), ("panel", "open"), ("chief", "waiting")]
    first, second = (task.id for task in tasks(panel, report_id, "panel"))
    give(panel, second, "expert_b")
    assert says(panel, "expert_b", second) == 1
    give(panel, first, "expert_a")
    assert says(panel, "expert_a", first) == 1
    assert says(panel, "officer", tasks(panel, report_id, "officer")[0].id) == 2


def test_a_panel_that_would_decide_is_followed_by_an_officer(panel, monkeypatch):
    use_flow(monkeypatch, THREE_STEPS[1])
    report_id = submitted(panel)
    assert [(task.step, task.stage) for task in tasks(panel, report_id)] == [("panel", 1), ("panel", 1), ("decision", 2)]


def test_a_step_opens_with_its_own_day(panel, monkeypatch):
    use_flow(monkeypatch, *THREE_STEPS, office_days=20)
    report_id = submitted(panel)  # Tuesday 2026-09-01
    assert tasks(panel, report_id, "officer")[0].due_on == date(2026, 9, 8)  # Tuesday, five working days on
    says(panel, "officer", tasks(panel, report_id, "officer")[0].id, on="2026-09-04")
    assert tasks(panel, report_id, "panel")[0].due_on == date(2026, 9, 18)  # ten from Friday 09-04
    assert round_row(panel, report_id).office_due_on == panel.obligation("quarterly_report", "Y1Q1").office_due_on


def test_who_recommends_neither_accepts_nor_returns_later_stages(panel, monkeypatch):
    use_flow(monkeypatch, *TWO_STEPS)
    report_id = submitted(panel)
    assert refused(lambda: accepts(panel, "officer", report_id)) == "This step recommends. The last step of the review decides."
    says(panel, "officer", tasks(panel, report_id, "officer")[0].id, "return", remark="缺數據。")
    assert refused(lambda: sends_back(panel, "officer", report_id)) == NOT_YOUR_STEP
    sends_back(panel, "chief", report_id)
    assert report_row(panel, report_id).status == "returned"


def test_an_officer_sends_back_what_is_incomplete_without_waiting(panel, monkeypatch):
    use_flow(monkeypatch, *SIDE_BY_SIDE)
    report_id = submitted(panel)
    assert screen(panel, "officer", report_id).may_send_back
    sends_back(panel, "officer", report_id)
    assert states(panel, report_id) == [("officer", "done"), ("panel", "skipped"), ("panel", "skipped"), ("chief", "skipped")]
    assert {task.ended_why for task in tasks(panel, report_id, "panel")} == {"returned"}


def test_a_deciding_step_does_not_recommend(cast, monkeypatch):
    use_flow(monkeypatch, TWO_STEPS[0])
    report_id = submitted(cast)
    assert refused(lambda: says(cast, "officer", tasks(cast, report_id)[0].id)) == "This step decides: accept the report or return it."


def test_an_expert_who_is_replaced_in_a_later_round_reads_nothing_more(panel, monkeypatch):
    use_flow(monkeypatch, *THREE_STEPS)
    report_id, seats = at_the_panel(panel)
    for who, seat in zip(("expert_a", "expert_b"), seats, strict=True):
        says(panel, who, seat)
    sends_back(panel, "chief", report_id)
    write(panel, report_id, "remarks:progress", "已補正。", on="2026-09-03")
    hand_in(panel, report_id, on="2026-09-03")
    says(panel, "officer", tasks(panel, report_id, "officer")[0].id, on="2026-09-04")
    staff(panel, "expert_c", Role.REVIEWER)
    give(panel, tasks(panel, report_id, "panel")[0].id, "expert_c", reason="出國", on="2026-09-04")
    with pytest.raises(NotFound):
        screen(panel, "expert_a", report_id, on="2026-09-04")
    assert screen(panel, "expert_b", report_id, on="2026-09-04").version.number == 2


def test_an_answer_begins_a_new_round_with_the_same_panel(panel, monkeypatch):
    use_flow(monkeypatch, *THREE_STEPS)
    report_id, seats = at_the_panel(panel)
    for seat, who in zip(seats, ("expert_a", "expert_b"), strict=True):
        says(panel, who, seat, "return")
    sends_back(panel, "chief", report_id)
    write(panel, report_id, "progress", "補充", on="2026-09-10")
    hand_in(panel, report_id, on="2026-09-10")
    assert [task.assignee_id for task in tasks(panel, report_id, "panel")] == [panel.person(w).id for w in ("expert_a", "expert_b")]
    assert [state for _, state in states(panel, report_id)] == ["open", "waiting", "waiting", "waiting"]


# --- Separation of duties ------------------------------------------------------------------------------------------------------

NO_RIGHT = Forbidden().msgid

#: Who tries the officer's step, the panel's and the chief's of a fresh report of `own`: "" she may.
MATRIX = [
    # who, officer's step, panel's seat, chief's step
    ("officer", "", NO_RIGHT, NOT_YOUR_STEP),
    ("chief", HELD, NO_RIGHT, ""),
    ("expert_a", NotFound, "", NotFound),
    ("other_officer", NotFound, NotFound, NotFound),
    ("stranger_pi", NotFound, NotFound, NotFound),
    ("pi", NO_RIGHT, NO_RIGHT, NO_RIGHT),
    ("auditor", NO_RIGHT, NO_RIGHT, NO_RIGHT),
    ("admin", NO_RIGHT, NO_RIGHT, NO_RIGHT),
    ("member_officer", OWN_CAUSE, NO_RIGHT, OWN_CAUSE),
    ("former_member", OWN_CAUSE, NO_RIGHT, NOT_YOUR_STEP),
    ("conflicted", CONFLICT, NO_RIGHT, NOT_YOUR_STEP),
]


@pytest.mark.parametrize(("who", "officer_step", "panel_seat", "chief_step"), MATRIX, ids=[row[0] for row in MATRIX])
def test_who_may_do_which_step(panel, monkeypatch, who, officer_step, panel_seat, chief_step):
    use_flow(monkeypatch, *(replace(step, stage=1) for step in THREE_STEPS), replace(THREE_STEPS[2], id="last", stage=2))
    staff(panel, "former_member", Role.OFFICER)
    staff(panel, "conflicted", Role.OFFICER)
    staff(panel, "member_officer", Role.OFFICER, Role.CHIEF, Role.REVIEWER)
    own = panel.project().id
    put(panel, t.membership, project_id=own, person_id=panel.person("former_member").id, role="assistant", party="academic",
        from_on=date(2026, 6, 1), until_on=date(2026, 6, 30))  # fmt: skip
    put(panel, t.membership, project_id=own, person_id=panel.person("member_officer").id, role="co_pi", party="academic",
        from_on=date(2026, 6, 1))  # fmt: skip
    put(panel, t.interest_conflict, person_id=panel.person("conflicted").id, project_id=own, reason="同系所",
        declared_by=panel.person("conflicted").id, declared_at=panel.ctx().now)  # fmt: skip
    report_id = submitted(panel)
    give(panel, tasks(panel, report_id, "panel")[0].id, "expert_a")
    for step, expected in (("officer", officer_step), ("panel", panel_seat), ("chief", chief_step)):
        task = tasks(panel, report_id, step)[0]
        if expected == "":
            assert says(panel, who, task.id) == 1
        elif expected is NotFound:
            with pytest.raises(NotFound):
                says(panel, who, task.id)
        else:
            assert refused(lambda task=task: says(panel, who, task.id)) == expected


def test_nobody_does_two_steps_of_one_round(panel, monkeypatch):
    use_flow(monkeypatch, *TWO_STEPS)
    staff(panel, "officer", Role.CHIEF)
    report_id = submitted(panel)
    says(panel, "officer", tasks(panel, report_id, "officer")[0].id)
    assert refused(lambda: accepts(panel, "officer", report_id)) == TWICE
    accepts(panel, "chief", report_id)


def test_a_chief_who_did_the_officers_step_leaves_the_chiefs_to_another(panel, monkeypatch):
    use_flow(monkeypatch, *TWO_STEPS)
    report_id = submitted(panel)
    task = give(panel, tasks(panel, report_id, "officer")[0].id, "chief", by="chief", reason="承辦人支援其他業務")
    says(panel, "chief", task)
    assert refused(lambda: accepts(panel, "chief", report_id)) == TWICE
    accepts(panel, "second_chief", report_id)


def test_the_only_chief_does_not_use_herself_up(cast, monkeypatch):
    use_flow(monkeypatch, *TWO_STEPS)
    report_id = submitted(cast)
    with pytest.raises(Invalid) as error:
        give(cast, tasks(cast, report_id, "officer")[0].id, "chief", by="chief", reason="支援")
    assert [problem.msgid for problem in error.value.problems] == [ONLY_CHIEF]


def test_nobody_holds_two_seats_of_a_panel(panel, monkeypatch):
    use_flow(monkeypatch, *SIDE_BY_SIDE)
    first, second = (task.id for task in tasks(panel, submitted(panel), "panel"))
    give(panel, first, "expert_a")
    with pytest.raises(Invalid) as error:
        give(panel, second, "expert_a")
    assert [problem.msgid for problem in error.value.problems] == [TWICE]


# --- Desks, absence, those who leave ---------------------------------------------------------------------------------------------


def test_a_step_lies_with_the_officer_in_charge_until_it_is_taken_over(panel, monkeypatch):
    use_flow(monkeypatch, *TWO_STEPS)
    staff(panel, "colleague", Role.OFFICER)
    report_id = submitted(panel)
    task = tasks(panel, report_id, "officer")[0].id
    assert refused(lambda: says(panel, "colleague", task)) == HELD
    with pytest.raises(Invalid):
        give(panel, task, "colleague", by="colleague")  # without a reason
    new = give(panel, task, "colleague", by="colleague", reason="業務調整")
    assert states(panel, report_id)[:2] == [("officer", "replaced"), ("officer", "open")]
    assert refused(lambda: says(panel, "officer", new)) == HELD
    assert says(panel, "colleague", new) == 2


def test_the_cover_does_it_in_the_place_of_who_is_away(panel, monkeypatch):
    use_flow(monkeypatch, *TWO_STEPS)
    staff(panel, "cover", Role.OFFICER)
    staff(panel, "colleague", Role.OFFICER)
    report_id = submitted(panel)
    away(panel, "officer", "cover", on="2026-09-02", until="2026-09-04")
    task = tasks(panel, report_id, "officer")[0].id
    assert refused(lambda: says(panel, "colleague", task)) == HELD
    assert refused(lambda: says(panel, "cover", task, on="2026-09-05")) == HELD  # the officer is back
    assert [item.behind for item in waiting_for_me(panel.ctx("cover", on="2026-09-02"))] == ["示範承辦人"]
    says(panel, "cover", task, on="2026-09-04")
    done = tasks(panel, report_id, "officer")[0]
    assert (done.done_by, done.on_behalf_of) == (panel.person("cover").id, panel.person("officer").id)
    assert screen(panel, "chief", report_id, on="2026-09-05").steps[0].done_behind == "示範承辦人"


def test_where_nobody_stands_in_her_role_does_it(panel, monkeypatch):
    use_flow(monkeypatch, *TWO_STEPS)
    staff(panel, "colleague", Role.OFFICER)
    report_id = submitted(panel)
    away(panel, "officer", None)
    says(panel, "colleague", tasks(panel, report_id, "officer")[0].id)
    assert tasks(panel, report_id, "officer")[0].on_behalf_of == panel.person("officer").id


@pytest.mark.parametrize("gone", ["off", "role"])
def test_what_lay_with_somebody_who_left_is_back_with_its_role(panel, monkeypatch, gone):
    use_flow(monkeypatch, *TWO_STEPS)
    staff(panel, "colleague", Role.OFFICER)
    report_id = submitted(panel)
    if gone == "off":
        switch_off(panel, "officer")
    else:
        g = t.role_grant
        panel.desk.store.write_quiet(panel.ctx().now, lambda tx: tx.conn.execute(
            g.update().where(g.c.person_id == panel.person("officer").id).values(revoked_at=tx.at)))  # fmt: skip
    assert [item.query for item in waiting_for_me(panel.ctx("colleague"))] == [(("report", report_id),)]
    assert says(panel, "colleague", tasks(panel, report_id, "officer")[0].id) == 2


def test_without_any_officer_the_step_is_in_the_chiefs_queue(panel, monkeypatch):
    use_flow(monkeypatch, *TWO_STEPS)
    report_id = submitted(panel)
    assert waiting_for_me(panel.ctx("chief")) == []
    switch_off(panel, "officer")
    assert [item.kind for item in waiting_for_me(panel.ctx("chief"))] == ["report"]
    says(panel, "chief", tasks(panel, report_id, "officer")[0].id)
    assert [item.kind for item in waiting_for_me(panel.ctx("second_chief"))] == ["report"]


def test_an_expert_who_left_frees_her_seat(panel, monkeypatch):
    use_flow(monkeypatch, *THREE_STEPS)
    report_id, seats = at_the_panel(panel)
    assert waiting_for_me(panel.ctx("officer")) == []
    switch_off(panel, "expert_a")
    assert [item.kind for item in waiting_for_me(panel.ctx("officer"))] == ["review_seat"]
    staff(panel, "expert_c", Role.REVIEWER)
    new = give(panel, seats[0], "expert_c", reason="委員請辭")
    assert says(panel, "expert_c", new) == 2
    with pytest.raises(NotFound):
        screen(panel, "stranger_pi", report_id)


def test_a_step_that_nobody_could_do_is_shown_to_the_office(cast, monkeypatch):
    use_flow(monkeypatch, *TWO_STEPS)
    report_id = submitted(cast)
    says(cast, "officer", tasks(cast, report_id, "officer")[0].id)
    switch_off(cast, "chief")
    assert [item.kind for item in waiting_for_me(cast.ctx("officer"))] == ["review_nobody"]
    assert screen(cast, "officer", report_id).steps[1].nobody


def test_a_seat_of_the_panel_is_dropped_with_a_reason_only(panel, monkeypatch):
    use_flow(monkeypatch, *THREE_STEPS)
    report_id, seats = at_the_panel(panel)
    says(panel, "expert_a", seats[0])
    ctx = panel.ctx("officer", on="2026-09-02")
    with pytest.raises(Invalid):
        skip_seat(ctx, task_id=seats[1], expected_version=3, reason=" ", key=key())
    skip_seat(ctx, task_id=seats[1], expected_version=3, reason="逾期未回覆", key=key())
    assert states(panel, report_id)[2:] == [("panel", "skipped"), ("chief", "open")]
    with pytest.raises(Forbidden):
        skip_seat(ctx, task_id=tasks(panel, report_id, "chief")[0].id, expected_version=2, reason="x", key=key())


@pytest.mark.parametrize("who", ["pi", "auditor", "admin", "expert_a", "other_officer"])
def test_only_the_office_gives_seats(panel, monkeypatch, who):
    use_flow(monkeypatch, *THREE_STEPS)
    _report_id, seats = at_the_panel(panel)
    with pytest.raises((Forbidden, NotFound)):
        give(panel, seats[0], "expert_b", by=who, reason="x")
    with pytest.raises((Forbidden, NotFound)):
        candidates(panel.ctx(who), seats[0])


# --- Conflicts of interest -------------------------------------------------------------------------------------------------------


def _declare(cast, by: str, of: str, reason: str = "共同著作") -> int:
    return declare_conflict(
        cast.ctx(by, on="2026-09-02"), project_id=cast.project().id, person_id=cast.person(of).id, reason=reason, key=key()
    )


@pytest.mark.parametrize("by", ["expert_a", "officer", "chief"])
def test_a_conflict_takes_her_out_and_frees_the_seat(panel, monkeypatch, by):
    use_flow(monkeypatch, *THREE_STEPS)
    report_id, _seats = at_the_panel(panel)
    _declare(panel, by, "expert_a")
    assert [(task.state, task.assignee_id is None) for task in tasks(panel, report_id, "panel")] == [
        ("excluded", False), ("open", False), ("open", True),
    ]  # fmt: skip
    with pytest.raises(NotFound):
        screen(panel, "expert_a", report_id)
    free = tasks(panel, report_id, "panel")[-1].id
    refusals = {one.name: one.refused for one in candidates(panel.ctx("officer"), free)}
    assert refusals["示範expert_a"] == CONFLICT
    assert [one.declared_by_herself for one in conflicts_of(panel.ctx("officer"), panel.project().id)] == [by == "expert_a"]


def test_whom_a_conflict_bars_from_judging_neither_waives_nor_extends_either(panel):
    obligation = panel.obligation("interim_report", "Y1")
    waived = {"obligation_id": obligation.id, "reason": "免辦", "letter_number": "示範字第1號", "expected_version": obligation.version}
    _declare(panel, "officer", "officer")
    with pytest.raises(Forbidden, match="conflict of interest"):
        waive(panel.ctx("officer", on="2026-09-03"), **waived, key=key())
    withdraw_conflict(
        panel.ctx("chief", on="2026-09-03"), conflict_id=conflicts_of(panel.ctx("chief"), panel.project().id)[0].id, key=key()
    )
    waive(panel.ctx("officer", on="2026-09-03"), **waived, key=key())
    assert panel.obligation("interim_report", "Y1").status == "waived"


def test_an_officer_with_a_conflict_leaves_her_step_to_another(panel, monkeypatch):
    use_flow(monkeypatch, *TWO_STEPS)
    staff(panel, "colleague", Role.OFFICER)
    report_id = submitted(panel)
    _declare(panel, "officer", "officer")
    task = tasks(panel, report_id, "officer")[0].id
    assert waiting_for_me(panel.ctx("officer")) == []
    assert refused(lambda: says(panel, "officer", task)) == CONFLICT
    assert says(panel, "colleague", task) == 2


def test_a_conflict_needs_a_reason_and_somebody_who_reviews(panel, monkeypatch):
    use_flow(monkeypatch, *THREE_STEPS)
    at_the_panel(panel)
    with pytest.raises(Invalid):
        _declare(panel, "expert_a", "expert_a", "  ")
    with pytest.raises(Invalid):
        _declare(panel, "officer", "pi")


@pytest.mark.parametrize("by", ["expert_b", "pi", "auditor", "other_officer", "stranger_pi"])
def test_others_declare_nothing_about_her(panel, monkeypatch, by):
    use_flow(monkeypatch, *THREE_STEPS)
    at_the_panel(panel)
    with pytest.raises((Forbidden, NotFound)):
        _declare(panel, by, "expert_a")


def test_nobody_finds_that_her_own_conflict_is_over(panel, monkeypatch):
    use_flow(monkeypatch, *THREE_STEPS)
    submitted(panel)
    conflict = _declare(panel, "officer", "officer")
    with pytest.raises(Forbidden):
        withdraw_conflict(panel.ctx("officer"), conflict_id=conflict, key=key())
    withdraw_conflict(panel.ctx("chief"), conflict_id=conflict, key=key())
    assert conflicts_of(panel.ctx("chief"), panel.project().id) == ()


# --- What is wrong, twice, at once -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("score", ["", "101", "-1", "7.5", "NaN", "=1+1", "1000", None])
def test_a_score_is_a_whole_number_to_a_hundred(panel, monkeypatch, score):
    use_flow(monkeypatch, *THREE_STEPS)
    _report, seats = at_the_panel(panel)
    with pytest.raises(Invalid) as error:
        says(panel, "expert_a", seats[0], scores={"quality": score, "progress": "100"})
    assert [problem.field for problem in error.value.problems] == ["scores:quality"]


def test_full_width_scores_are_read(panel, monkeypatch):
    use_flow(monkeypatch, *THREE_STEPS)
    report_id, seats = at_the_panel(panel)
    says(panel, "expert_a", seats[0], scores={"quality": "８５", "progress": 0})
    assert [one["score"] for one in tasks(panel, report_id, "panel")[0].scores_json] == [85, 0]


@pytest.mark.parametrize(("recommendation", "remark", "field"), [("maybe", "x", "recommendation"), ("accept", " \n", "remark"),
                                                                 ("accept", "長" * 4_001, "remark")])  # fmt: skip
def test_a_recommendation_needs_its_reason(panel, monkeypatch, recommendation, remark, field):
    use_flow(monkeypatch, *TWO_STEPS)
    report_id = submitted(panel)
    with pytest.raises(Invalid) as error:
        says(panel, "officer", tasks(panel, report_id)[0].id, recommendation, remark=remark)
    assert [problem.field for problem in error.value.problems] == [field]


def test_a_second_click_recommends_once(panel, monkeypatch):
    use_flow(monkeypatch, *TWO_STEPS)
    report_id = submitted(panel)
    task = tasks(panel, report_id)[0]
    same = key()
    ctx = panel.ctx("officer", on="2026-09-02")
    for _ in range(2):
        stage = recommend(ctx, task_id=task.id, expected_version=1, recommendation="accept", remark="可行。", key=same)
        assert stage == 2
    with pytest.raises(Stale):
        recommend(ctx, task_id=task.id, expected_version=1, recommendation="accept", remark="可行。", key=key())


def test_two_chiefs_decide_once(panel, monkeypatch):
    use_flow(monkeypatch, *TWO_STEPS)
    report_id = submitted(panel)
    says(panel, "officer", tasks(panel, report_id)[0].id)
    version = report_row(panel, report_id).version
    accepts(panel, "chief", report_id, version=version)
    with pytest.raises(Stale):
        accepts(panel, "second_chief", report_id, version=version)
    with panel.desk.store.read() as conn:
        assert len(conn.execute(select(t.review)).all()) == 1


def test_a_seat_that_was_given_meanwhile_is_not_given_again(panel, monkeypatch):
    use_flow(monkeypatch, *SIDE_BY_SIDE)
    seat = tasks(panel, submitted(panel), "panel")[0].id
    give(panel, seat, "expert_a")
    with pytest.raises(Stale):
        give_task(panel.ctx("chief"), task_id=seat, person_id=panel.person("expert_b").id, expected_version=1, reason="x", key=key())


def test_opening_a_report_is_noted_once_and_only_of_who_takes_part(panel, monkeypatch):
    use_flow(monkeypatch, *TWO_STEPS)
    report_id = submitted(panel)
    for who in ("pi", "auditor", "admin"):
        note_read(panel.ctx(who), report_id)
    assert round_row(panel, report_id).first_read_at is None
    note_read(panel.ctx("officer", on="2026-09-02"), report_id)
    note_read(panel.ctx("chief", on="2026-09-03"), report_id)
    assert round_row(panel, report_id).first_read_by == panel.person("officer").id
    with pytest.raises(NotFound):
        note_read(panel.ctx("stranger_pi"), report_id)


# --- What came in before there were steps ------------------------------------------------------------------------------------------


def test_a_report_without_a_round_is_decided_by_one_officer(cast):
    report_id = submitted(cast)
    cast.desk.store.write_quiet(cast.ctx().now, lambda tx: [tx.conn.execute(table.delete()) for table in (t.review_task, t.review_round)])
    assert [item.kind for item in waiting_for_me(cast.ctx("officer"))] == ["report"]
    shown = screen(cast, "officer", report_id)
    assert (shown.may_accept, shown.clock) == (True, None)
    accepts(cast, "officer", report_id)
    assert states(cast, report_id) == [("officer", "done")]


def test_two_experts_who_finish_at_once_open_the_next_stage(panel, monkeypatch):
    use_flow(monkeypatch, *THREE_STEPS)
    report_id, seats = at_the_panel(panel)
    start = threading.Barrier(2)

    def act(number: int) -> int:
        start.wait()
        return says(panel, ("expert_a", "expert_b")[number], seats[number])

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(act, range(2))) == [2, 3]
    assert states(panel, report_id)[-1] == ("chief", "open")


def test_two_chiefs_at_once_are_one_answer_and_one_told(panel, monkeypatch):
    use_flow(monkeypatch, *TWO_STEPS)
    report_id = submitted(panel)
    says(panel, "officer", tasks(panel, report_id)[0].id)
    version, start = report_row(panel, report_id).version, threading.Barrier(2)

    def act(who: str) -> str:
        start.wait()
        try:
            if who == "chief":
                accepts(panel, who, report_id, version=version)
            else:
                sends_back(panel, who, report_id)
        except (Stale, Forbidden):
            return "told"
        return "answered"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(act, ("chief", "second_chief"))) == ["answered", "told"]
    with panel.desk.store.read() as conn:
        assert len(conn.execute(select(t.review)).all()) == 1
