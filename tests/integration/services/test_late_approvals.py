"""An approval that is listed after the project's catch-up was answered has a clock of its own (115 call, 捌-八-(二))."""

from __future__ import annotations

from datetime import date

import pytest

from tests.cast import key
from tests.integration.alerts.support import change, look_on, raised
from tests.integration.services.support_documents import put_document
from tests.integration.services.test_approvals import CALL_DUE, add, approve, catch_up, desk
from tracker.services.anchors import confirm_anchor
from tracker.services.approval_reviews import accept_approval, grant_exception, return_approval
from tracker.services.conditions import set_aside
from tracker.services.planning import plan_project
from tracker.store import tables as t


@pytest.fixture
def paper(cast):
    return put_document(cast, "foreign", "irb.pdf")


def office(cast, service, on="2026-02-11", row=None, **given):
    row = row or catch_up(cast)
    return service(cast.ctx("other_officer", on=on), obligation_id=row.id, expected_version=row.version, key=key(), **given)


def own(cast, saved, kind="iacuc", rule="approval_catch_up"):
    return cast.obligation(rule, f"{kind}-{saved.approval_id}", which="foreign")


def clocks(cast, saved, on="2026-02-12") -> list[str]:
    (view,) = [one for one in desk(cast, on=on).approvals if one.approval_id == saved.approval_id]
    return [clock.key.split("/", 1)[1] for clock in view.clocks]


@pytest.mark.parametrize("accepted", [False, True])
def test_an_approval_listed_after_the_answer_counts_from_the_same_day_and_rings(cast, paper, accepted):
    approve(cast, add(cast), paper)
    if accepted:
        office(cast, accept_approval)
    late = add(cast, kind="iacuc", on="2026-02-12")
    row = own(cast, late)
    assert (row.due_on, row.confidence, row.status, row.duty) == (CALL_DUE, "assumed", "open", True)
    assert clocks(cast, late) == [f"approval_catch_up/iacuc-{late.approval_id}"]
    change(cast, t.project, row.project_id, entered_on=date(2026, 1, 1))
    look_on(cast, "2026-03-02")
    assert raised(cast, row.key)


def test_it_is_answered_by_its_own_approval_and_leaves_the_first_one_alone(cast, paper):
    approve(cast, add(cast), paper)
    office(cast, accept_approval)
    before, late = catch_up(cast), add(cast, kind="iacuc", on="2026-02-12")
    saved = approve(cast, late, paper, on="2026-02-13", approved_on="2026-02-12", expires_on=None)
    row = own(cast, late)
    assert saved.handed_in == (row.id,)
    assert catch_up(cast) == before
    # not accepted yet: its own day may still be put right, while that of the first may not
    assert approve(cast, saved, paper, on="2026-02-13", approved_on="2026-02-11", expires_on=None).version == 3
    office(cast, accept_approval, on="2026-02-14", row=own(cast, late))
    assert own(cast, late).status == "accepted"


def test_an_approval_listed_while_the_first_answer_is_sent_back_waits_with_it(cast, paper):
    approve(cast, add(cast), paper)
    office(cast, return_approval, remark="頁數不全", reply_by="115-02-26")
    late = add(cast, kind="iacuc", on="2026-02-12")
    assert clocks(cast, late) == ["approval_catch_up/project"]


def test_a_clock_that_was_opened_stays_when_the_first_answer_is_sent_back(cast, paper):
    approve(cast, add(cast), paper)
    late = add(cast, kind="iacuc", on="2026-02-11")
    office(cast, return_approval, remark="頁數不全", reply_by="115-02-26")
    ctx = cast.ctx(on="2026-02-12")
    ctx.store.write_quiet(ctx.now, lambda tx: plan_project(tx, ctx, cast.project("foreign").id))
    assert own(cast, late).status == "open"


def test_an_exception_for_one_approval_does_not_release_one_listed_later(cast):
    add(cast, kind="iacuc")
    office(cast, grant_exception, reason="委員會停會", letter_number="示範字第3號")
    late = add(cast, kind="biosafety", on="2026-02-12")
    assert own(cast, late, "biosafety").due_on == CALL_DUE


def test_what_does_not_concern_the_project_and_what_was_settled_before_open_no_clock(cast, paper):
    settled = catch_up(cast)
    change(cast, t.obligation, settled.id, status="accepted")  # before the project came here: no day of submission
    irb_clause = catch_up(cast, "irb_approval_catch_up")
    set_aside(cast.ctx("other_officer"), obligation_id=irb_clause.id, reason="無臨床驗證", expected_version=irb_clause.version, key=key())
    late = add(cast, on="2026-09-02")
    assert clocks(cast, late, on="2026-09-02") == ["approval_catch_up/project", "irb_approval_catch_up/project"]


def test_the_confirmed_anchor_holds_for_its_own_clock_too(cast, paper):
    approve(cast, add(cast), paper)
    before = add(cast, kind="iacuc", on="2026-02-11")
    day = {"anchor_on": "2025-08-20", "letter_number": "示範字第4號", "document_id": paper}
    confirm_anchor(cast.ctx("other_officer", on="2026-02-12"), obligation_id=own(cast, before).id, **day, key=key())
    after = add(cast, kind="biosafety", on="2026-02-13")
    # 2025-08-20 and six months: 2026-02-20 (Friday of the new-year holidays) rolls to 2026-02-23 (Monday)
    found = [own(cast, before), own(cast, after, "biosafety")]
    assert [(row.due_on, row.confidence) for row in found] == [(date(2026, 2, 23), "official")] * 2
