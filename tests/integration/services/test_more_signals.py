"""Signals of a reviewer's own late step, of a returned report whose files stay as they were, of a target reached without a file."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, update

from tests.cast import Cast, at
from tests.integration.services.support_reports import evidence, fill, hand_in, opened, returned, submitted, write
from tests.integration.services.support_reviews import put
from tests.integration.services.test_signals import headlines, ledger, look, sent, told
from tracker.services.notices import notice_list
from tracker.services.signal_list import project_attention
from tracker.services.signals import WatchResult
from tracker.store import tables as t

STEP, UNMENDED, UNSHOWN = "review_step_late", "return_unmended", "reached_unshown"


@pytest.fixture
def given(cast: Cast) -> Cast:
    """A report waits since Tuesday, 1 September; a reviewer was given a step of it until Thursday, the 10th."""
    report_id = submitted(cast, on="2026-09-01")
    with cast.desk.store.read() as conn:
        row = conn.execute(select(t.review_round).where(t.review_round.c.report_id == report_id)).one()
    put(
        cast, t.review_task, review_round_id=row.id, report_id=report_id, project_id=row.project_id, programme_id=row.programme_id, stage=1,
        step="panel", role="reviewer", assignee_id=cast.person("reviewer").id, state="open", due_on=date(2026, 9, 10),
        opened_at=at("2026-09-02"),
    )  # fmt: skip
    return cast


def test_a_reviewer_is_told_of_her_own_late_step_and_then_the_officer(given):
    assert look(given, "2026-09-10", STEP) == WatchResult()  # Thursday
    assert look(given, "2026-09-11", STEP).raised == 1  # Friday
    assert told(given, STEP) == ["reviewer"]
    look(given, "2026-09-16", STEP)  # Wednesday
    assert told(given, STEP) == ["reviewer", "reviewer", "officer"]
    look(given, "2026-09-25", STEP)  # Friday: the office alone
    assert sorted(told(given, STEP)[3:]) == ["chief", "officer"]


def test_she_reads_it_in_her_inbox_and_in_a_mail_that_leads_to_the_report(given):
    look(given, "2026-09-11", STEP)
    (line,) = [one for one in headlines(given, "reviewer", "2026-09-11") if one.startswith("Finish the review step")]
    assert "it was due 115-09-10 (2026-09-10)" in line
    (item,) = [one for one in notice_list(given.ctx("reviewer", on="2026-09-11")) if one.text.kind == f"signal:{STEP}:office"]
    assert item.page == "review"
    assert any("115-09-10" in body for body in sent(given, "2026-09-14"))  # Monday


def test_the_project_reads_nothing_of_it(given):
    look(given, "2026-09-11", STEP)
    project = given.project().id
    assert STEP not in {one.kind for one in project_attention(given.ctx("pi", on="2026-09-11"), project)}
    assert STEP in {one.kind for one in project_attention(given.ctx("officer", on="2026-09-11"), project)}


def test_a_step_that_is_done_settles_it(given):
    look(given, "2026-09-11", STEP)
    done = update(t.review_task).where(t.review_task.c.step == "panel").values(state="done", done_at=at("2026-09-11"))
    given.desk.store.write_quiet(given.ctx().now, lambda tx: tx.conn.execute(done))
    assert look(given, "2026-09-11", STEP).settled == 1


def line_of(cast: Cast) -> int:
    with cast.desk.store.read() as conn:
        return conn.execute(select(t.checkpoint.c.id).where(t.checkpoint.c.code == "C1")).scalar_one()


def handed_in_with_a_file(cast: Cast) -> int:
    report_id = opened(cast, on="2026-09-01")
    fill(cast, report_id, on="2026-09-01", reached="1000")
    write(cast, report_id, f"checkpoint:{line_of(cast)}:evidence", evidence(cast, on="2026-09-01"), on="2026-09-01")
    hand_in(cast, report_id, on="2026-09-01")
    return report_id


def test_written_in_with_the_old_files_is_told_and_new_files_settle_it(cast):
    report_id = handed_in_with_a_file(cast)
    returned(cast, report_id, on="2026-09-02", reply_by="2026-10-30", sections=("progress", "checkpoints"))  # Wednesday
    write(cast, report_id, "progress", "已補充", on="2026-09-04")
    assert look(cast, "2026-09-11", UNMENDED) == WatchResult()  # Friday: seven working days
    assert look(cast, "2026-09-14", UNMENDED).raised == 1  # Monday
    assert sorted(told(cast, UNMENDED)) == ["assistant", "company_pi", "pi"]
    write(cast, report_id, f"checkpoint:{line_of(cast)}:evidence", evidence(cast, on="2026-09-15"), on="2026-09-15")
    assert look(cast, "2026-09-15", UNMENDED).settled == 1


def test_where_nobody_wrote_a_word_that_alone_is_told(cast):
    returned(cast, handed_in_with_a_file(cast), on="2026-09-02", reply_by="2026-10-30", sections=("progress", "checkpoints"))
    assert look(cast, "2026-09-25", UNMENDED) == WatchResult()


def test_a_section_without_files_is_no_matter(cast):
    report_id = handed_in_with_a_file(cast)
    returned(cast, report_id, on="2026-09-02", reply_by="2026-10-30", sections=("progress",))
    write(cast, report_id, "progress", "已補充", on="2026-09-04")
    assert look(cast, "2026-09-25", UNMENDED) == WatchResult()


def reached_without_a_file(cast: Cast) -> int:
    """What came in before a form asked for it, or from a file that was taken out of a version by hand."""
    report_id = handed_in_with_a_file(cast)
    bare = update(t.checkpoint_claim).values(evidence_document_id=None)
    cast.desk.store.write_quiet(cast.ctx().now, lambda tx: tx.conn.execute(bare))
    return report_id


def test_a_target_reported_as_reached_without_a_file_is_told_to_the_officer(cast):
    reached_without_a_file(cast)
    assert look(cast, "2026-09-03", UNSHOWN) == WatchResult()  # Thursday
    assert look(cast, "2026-09-04", UNSHOWN).raised == 1  # Friday
    assert told(cast, UNSHOWN) == ["officer"]
    assert headlines(cast, "officer", "2026-09-04")[0].startswith("Ask for the files of what was reached (checkpoints: 1): ")


def test_what_is_shown_or_not_reached_is_no_matter(cast):
    handed_in_with_a_file(cast)
    assert look(cast, "2026-09-25", UNSHOWN) == WatchResult()


@pytest.mark.parametrize("answer", ["returned", "verdict"])
def test_the_offices_word_settles_it(cast, answer):
    report_id = reached_without_a_file(cast)
    look(cast, "2026-09-04", UNSHOWN)
    if answer == "returned":
        returned(cast, report_id, on="2026-09-07", reply_by="2026-10-15")
    else:
        accepted_by = {"officer_id": cast.person("officer").id, "given_at": at("2026-09-07")}
        put(cast, t.checkpoint_verdict, checkpoint_id=line_of(cast), verdict="not_met", actual=0, **accepted_by)
    assert look(cast, "2026-09-07", UNSHOWN).settled == 1
    assert ledger(cast, UNSHOWN) == [("+0", "settled")]
