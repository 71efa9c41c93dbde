"""The screen of approvals, for members and for the office."""

import pytest

from tests.app.support import run_page, texts
from tests.cast import key
from tests.integration.services.support_documents import put_document
from tracker.services.approvals import ApprovalPaper, add_approval, record_approval


@pytest.fixture
def listed(cast):
    """An IRB under the 115 call, listed and waiting for its approval."""
    return add_approval(
        cast.ctx("stranger_pi", on="2026-01-05"), project_id=cast.project("foreign").id, kind="irb", title="示範試驗", key=key()
    )


def hand_in(cast, listed):
    paper = ApprovalPaper("IRB-1", "2026-02-09", "2026-10-15", put_document(cast, "foreign", "irb.pdf"))
    record_approval(cast.ctx("stranger_pi", on="2026-02-10"), approval_id=listed.approval_id, paper=paper, expected_version=1, key=key())


def test_a_member_lists_an_approval_and_sees_its_clock(cast):
    project = cast.project("own").id
    at = run_page(cast, "pi", "approvals", project=project)
    at.text_input(key=f"approval-add-{project}-0-title").input("影像研究")
    at.button(key=f"approval-add-{project}-0-save").click().run()
    assert not at.exception
    assert "影像研究" in texts(at)
    assert "115-06-30 (2026-06-30)" in texts(at)


def test_an_assumed_day_gone_by_accuses_nobody(cast, listed):
    shown = texts(run_page(cast, "stranger_pi", "approvals", project=cast.project("foreign").id))
    assert "115-03-02 (2026-03-02)" in shown
    assert "逾期（起算日待確認）" in shown


def test_the_office_accepts_what_came_in(cast, listed):
    hand_in(cast, listed)
    row = cast.obligation("approval_catch_up", which="foreign")
    at = run_page(cast, "other_officer", "approvals", project=cast.project("foreign").id)
    at.button(key=f"accept-{row.id}").click().run()
    assert not at.exception
    assert cast.obligation("approval_catch_up", which="foreign").status == "accepted"


def test_the_anchor_form_previews_the_new_date(cast, listed):
    row = cast.obligation("approval_catch_up", which="foreign")
    at = run_page(cast, "other_officer", "approvals", project=cast.project("foreign").id)
    at.text_input(key=f"anchor-{row.id}-day").input("114-12-31").run()
    assert not at.exception
    assert "115-06-30 (2026-06-30)" in texts(at)


def test_the_clause_without_exception_offers_none_and_says_so(cast, listed):
    row = cast.obligation("irb_approval_catch_up", which="foreign")
    at = run_page(cast, "other_officer", "approvals", project=cast.project("foreign").id)
    assert f"ask-except-{row.id}" not in {button.key for button in at.button}
    assert "伍\\-二\\-\\(二\\)註" in texts(at) or "伍-二-(二)註" in texts(at)


def test_what_runs_out_stands_above_the_choice_of_a_project(cast, listed):
    hand_in(cast, listed)
    shown = texts(run_page(cast, "stranger_pi", "approvals"))
    assert "115-10-15 (2026-10-15)" in shown  # 44 days after 2026-09-01


@pytest.mark.parametrize(("who", "which"), [("pi", "foreign"), ("officer", "foreign"), ("stranger_pi", "own")])
def test_a_foreign_project_is_not_found(cast, listed, who, which):
    shown = texts(run_page(cast, who, "approvals", project=cast.project(which).id))
    assert "CANARY-7f3a" not in shown
    assert "示範試驗" not in shown


def test_a_member_has_no_button_of_the_office(cast, listed):
    hand_in(cast, listed)
    at = run_page(cast, "stranger_pi", "approvals", project=cast.project("foreign").id)
    assert not {button.key for button in at.button if str(button.key).startswith(("accept-", "return-", "anchor-", "ask-except-"))}
