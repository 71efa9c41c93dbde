"""A report from opening to receipt: drafts, prefilled numbers, checks, one version a submission."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from sqlalchemy import func, select, update

from tests.cast import key
from tests.integration.services.support_reports import (
    PDF,
    accepted,
    evidence,
    fill,
    hand_in,
    opened,
    returned,
    submitted,
    write,
)  # fmt: skip
from tracker.domain.report_checks import is_receipt_number
from tracker.domain.statuses import Lateness
from tracker.services.documents import DRAFT_ATTACHMENT, store_document
from tracker.services.errors import Forbidden, Invalid, NotFound, Stale
from tracker.services.must_do import must_do
from tracker.services.report_drafts import Conflict, Saved, open_report, report_screen, save_field
from tracker.services.report_submission import check_report, receipt_of, submit_report
from tracker.store import tables as t


def _count(cast, table) -> int:
    with cast.desk.store.read() as conn:
        return conn.execute(select(func.count()).select_from(table)).scalar_one()


def _checkpoint(cast, code: str) -> int:
    with cast.desk.store.read() as conn:
        return conn.execute(select(t.checkpoint.c.id).where(t.checkpoint.c.code == code)).scalar_one()


def _indicator(cast, code: str) -> int:
    with cast.desk.store.read() as conn:
        return conn.execute(select(t.indicator.c.id).where(t.indicator.c.code == code)).scalar_one()


def test_opening_twice_gives_one_report(cast):
    first = opened(cast)
    second = opened(cast, who="assistant")
    assert first == second
    assert _count(cast, t.report) == 1


def test_a_report_opens_on_top_of_the_last_periods_numbers_and_shows_its_text(cast):
    submitted(cast, period="Y1Q1", on="2026-09-01")
    state = report_screen(cast.ctx("pi", on="2026-12-01"), opened(cast, period="Y1Q2", on="2026-12-01")).state
    assert state.value(f"checkpoint:{_checkpoint(cast, 'C1')}:actual") == "400"
    assert state.value(f"indicator:{_indicator(cast, 'K1')}:actual") == "2"
    assert state.value(f"indicator:{_indicator(cast, 'K2')}:actual") == "", "an incremental figure starts anew"
    assert state.previous.content["texts"]["progress"] == "已完成資料蒐集。"
    assert state.value("progress") == "", "last period's words stand beside, not in, the new report"


def test_a_quarter_asks_only_for_checkpoints_planned_by_its_end(cast):
    first = report_screen(cast.ctx("pi"), opened(cast, period="Y1Q1")).state
    assert [line.code for line in first.checkpoints] == ["C1"]
    year = report_screen(cast.ctx("pi"), opened(cast, "interim_report", "Y1")).state
    assert [line.code for line in year.checkpoints] == ["C1", "C2", "C3"]


def test_a_field_that_was_saved_is_there_after_a_new_start(cast):
    report_id = opened(cast)
    saved = write(cast, report_id, "progress", "第一段\n第二段")
    cast.desk.store.dispose()  # as a killed server would
    assert isinstance(saved, Saved)
    assert report_screen(cast.ctx("pi"), report_id).state.value("progress") == "第一段\n第二段"


def test_two_people_in_different_fields_never_collide(cast):
    report_id = opened(cast)
    assert isinstance(save_field(cast.ctx("pi"), report_id=report_id, field="progress", value="甲", base_rev=0), Saved)
    assert isinstance(save_field(cast.ctx("assistant"), report_id=report_id, field="next_focus", value="乙", base_rev=0), Saved)


def test_a_stale_save_keeps_both_texts(cast):
    report_id = opened(cast)
    save_field(cast.ctx("assistant"), report_id=report_id, field="progress", value="助理寫的", base_rev=0)
    result = save_field(cast.ctx("pi"), report_id=report_id, field="progress", value="主持人寫的", base_rev=0)
    assert isinstance(result, Conflict)
    assert (result.theirs, result.mine) == ("助理寫的", "主持人寫的")
    screen = report_screen(cast.ctx("pi"), report_id)
    assert screen.state.value("progress") == "助理寫的"
    assert [entry.value for entry in screen.lost] == ["主持人寫的"]
    again = save_field(cast.ctx("pi"), report_id=report_id, field="progress", value="主持人寫的", base_rev=result.rev)
    assert isinstance(again, Saved)


def test_saving_the_same_words_again_is_no_conflict(cast):
    report_id = opened(cast)
    save_field(cast.ctx("pi"), report_id=report_id, field="progress", value="同樣", base_rev=0)
    assert isinstance(save_field(cast.ctx("pi"), report_id=report_id, field="progress", value="同樣", base_rev=0), Saved)
    assert report_screen(cast.ctx("pi"), report_id).lost == ()


def test_what_cannot_be_judged_yet_is_kept_as_typed_and_nul_is_dropped(cast):
    report_id = opened(cast)
    field = f"checkpoint:{_checkpoint(cast, 'C1')}:actual"
    write(cast, report_id, field, "大約一千")
    write(cast, report_id, "progress", "前\x00後\u202e<script>alert(1)</script> 😀 ' OR 1=1")
    state = report_screen(cast.ctx("pi"), report_id).state
    assert state.value(field) == "大約一千"
    assert state.value("progress") == "前後<script>alert(1)</script> 😀 ' OR 1=1"


@pytest.mark.parametrize("field", ["nothing", "checkpoint:999:actual", "indicator:1:evidence", "checkpoint::actual", ""])
def test_a_field_that_the_form_does_not_have_is_not_found(cast, field):
    report_id = opened(cast)
    with pytest.raises(NotFound):
        save_field(cast.ctx("pi"), report_id=report_id, field=field, value="x", base_rev=0)


@pytest.mark.parametrize(
    ("field", "value"),
    [("progress", "長" * 200_001), ("progress", 7), ("attachments", "x"), ("attachments", [True]), ("attachments", list(range(1, 22)))],
)
def test_a_value_that_cannot_be_kept_is_refused_by_the_name_of_its_field(cast, field, value):
    report_id = opened(cast)
    with pytest.raises(Invalid) as refused:
        save_field(cast.ctx("pi"), report_id=report_id, field=field, value=value, base_rev=0)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_a_file_of_another_project_cannot_be_claimed_as_evidence(cast):
    foreign = evidence(cast, who="stranger_pi", which="foreign")
    report_id = opened(cast)
    with pytest.raises(NotFound):
        write(cast, report_id, f"checkpoint:{_checkpoint(cast, 'C1')}:evidence", foreign)
    with pytest.raises(NotFound):
        write(cast, report_id, "attachments", [foreign])


def test_errors_name_every_field_at_once_and_hand_in_nothing(cast):
    report_id = opened(cast)
    write(cast, report_id, f"checkpoint:{_checkpoint(cast, 'C1')}:actual", "1e5")
    write(cast, report_id, f"indicator:{_indicator(cast, 'K1')}:actual", "-3")
    write(cast, report_id, "next_focus", "長" * 10_001)
    with pytest.raises(Invalid) as refused:
        hand_in(cast, report_id)
    assert {problem.field for problem in refused.value.problems} == {
        "progress", "next_focus", f"checkpoint:{_checkpoint(cast, 'C1')}:actual",
        f"indicator:{_indicator(cast, 'K1')}:actual", f"indicator:{_indicator(cast, 'K2')}:actual",
    }  # fmt: skip
    assert _count(cast, t.report_version) == 0
    assert cast.obligation("quarterly_report", "Y1Q1").status == "open"


def test_a_reached_target_needs_a_file_that_shows_it(cast):
    report_id = opened(cast)
    fill(cast, report_id, reached="1,000")
    with pytest.raises(Invalid) as refused:
        hand_in(cast, report_id)
    field = f"checkpoint:{_checkpoint(cast, 'C1')}:evidence"
    assert [problem.field for problem in refused.value.problems] == [field]
    write(cast, report_id, field, evidence(cast))
    assert hand_in(cast, report_id).version == 1


def test_warnings_do_not_block(cast):
    submitted(cast, period="Y1Q1", on="2026-09-01")
    report_id = opened(cast, period="Y1Q2", on="2026-12-01")
    fill(cast, report_id, on="2026-12-01", reached="300")
    write(cast, report_id, f"indicator:{_indicator(cast, 'K1')}:actual", "1", on="2026-12-01")
    problems = check_report(cast.ctx("pi", on="2026-12-01"), report_id)
    assert {p.severity for p in problems} == {"warning"}
    assert {f"checkpoint:{_checkpoint(cast, 'C1')}:actual", f"indicator:{_indicator(cast, 'K1')}:actual"} <= {p.field for p in problems}
    assert hand_in(cast, report_id, on="2026-12-01").version == 1


def test_a_submission_freezes_content_claims_and_figures(cast):
    report_id = opened(cast)
    fill(cast, report_id, reached="１，０００")
    document = evidence(cast)
    write(cast, report_id, f"checkpoint:{_checkpoint(cast, 'C1')}:evidence", document)
    receipt = hand_in(cast, report_id)
    assert is_receipt_number(receipt.number)
    assert receipt.number.startswith("MP-1150901-")
    with cast.desk.store.read() as conn:
        version = conn.execute(select(t.report_version)).one()
        claim = conn.execute(select(t.checkpoint_claim)).one()
        figures = set(conn.execute(select(t.measurement.c.actual)).scalars())
        purpose = conn.execute(select(t.document.c.purpose)).scalar_one()
    assert version.content_sha256 == receipt.sha256
    assert version.content_json["checkpoints"][0]["evidence"]["document_id"] == document
    assert (claim.actual, claim.evidence_document_id) == (Decimal(1000), document)
    assert figures == {Decimal(2)}
    assert purpose == "evidence", "what was handed in may be opened by the office"


def test_one_key_gives_one_receipt_however_often_it_is_clicked(cast):
    report_id = opened(cast)
    fill(cast, report_id)
    ctx, receipts = cast.ctx("pi"), []
    version = report_screen(ctx, report_id).state.row.version

    def click():
        receipts.append(submit_report(ctx, report_id=report_id, expected_version=version, key="double-click"))

    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(receipts) == 8
    assert len({receipt.number for receipt in receipts}) == 1
    assert _count(cast, t.report_version) == 1


def test_two_tabs_with_two_keys_hand_in_once(cast):
    report_id = opened(cast)
    fill(cast, report_id)
    version = report_screen(cast.ctx("pi"), report_id).state.row.version
    submit_report(cast.ctx("pi"), report_id=report_id, expected_version=version, key=key())
    with pytest.raises(Stale):
        submit_report(cast.ctx("pi"), report_id=report_id, expected_version=version, key=key())
    assert _count(cast, t.report_version) == 1


def test_nobody_hands_in_what_a_colleague_changed_unseen(cast):
    report_id = opened(cast)
    fill(cast, report_id)
    screen = report_screen(cast.ctx("pi"), report_id)
    write(cast, report_id, "progress", "助理改過", who="assistant")
    with pytest.raises(Stale):
        submit_report(cast.ctx("pi"), report_id=report_id, expected_version=screen.state.row.version, key=key(), seen=screen.seen)
    seen = report_screen(cast.ctx("pi"), report_id).seen
    assert submit_report(cast.ctx("pi"), report_id=report_id, expected_version=screen.state.row.version, key=key(), seen=seen).version == 1


def test_nothing_is_written_after_handing_in(cast):
    report_id = submitted(cast)
    with pytest.raises(Forbidden):
        write(cast, report_id, "progress", "事後修改")


@pytest.mark.parametrize("who", ["assistant", "officer", "chief", "auditor", "admin"])
def test_only_the_pi_hands_in(cast, who):
    report_id = opened(cast)
    fill(cast, report_id)
    with pytest.raises(Forbidden):
        submit_report(cast.ctx(who), report_id=report_id, expected_version=1, key=key())


@pytest.mark.parametrize("who", ["stranger_pi", "other_officer"])
def test_a_foreign_report_is_not_found_by_any_way(cast, who):
    obligation = cast.obligation("quarterly_report", "Y1Q1")
    report_id = opened(cast)
    ctx = cast.ctx(who)
    for attempt in (
        lambda: open_report(ctx, obligation_id=obligation.id, key=key()),
        lambda: report_screen(ctx, report_id),
        lambda: check_report(ctx, report_id),
        lambda: save_field(ctx, report_id=report_id, field="progress", value="x", base_rev=0),
        lambda: submit_report(ctx, report_id=report_id, expected_version=1, key=key()),
        lambda: receipt_of(ctx, report_id),
    ):
        with pytest.raises(NotFound):
            attempt()


@pytest.mark.parametrize("who", ["officer", "chief", "auditor", "admin"])
def test_a_draft_is_its_writers_business_only(cast, who):
    report_id = opened(cast)
    with pytest.raises(Forbidden):
        report_screen(cast.ctx(who), report_id)
    with pytest.raises(Forbidden):
        save_field(cast.ctx(who), report_id=report_id, field="progress", value="x", base_rev=0)


# Y1Q1 ends on 2026-08-31; fifteen days later is Tuesday 2026-09-15.
@pytest.mark.parametrize(
    ("on", "clock", "stands"),
    [("2026-09-15", "23:59:59", Lateness.SUBMITTED_ON_TIME), ("2026-09-16", "00:00:00", Lateness.SUBMITTED_LATE)],
)
def test_the_day_of_submission_is_the_civil_day_in_taipei(cast, on, clock, stands):
    assert cast.obligation("quarterly_report", "Y1Q1").due_on.isoformat() == "2026-09-15"
    report_id = opened(cast, on="2026-09-15")
    fill(cast, report_id, on="2026-09-15")
    receipt = hand_in(cast, report_id, on=on, clock=clock)
    assert receipt.first_submitted_on.isoformat() == on
    item = next(i for i in must_do(cast.ctx("pi", on="2026-12-31")) if i.report_id == report_id)
    assert item.lateness is stands


def test_a_late_report_is_asked_why_and_still_taken(cast):
    report_id = opened(cast, on="2026-09-20")
    fill(cast, report_id, on="2026-09-20")
    assert [p.field for p in check_report(cast.ctx("pi", on="2026-09-20"), report_id) if p.field == "late_reason"] == ["late_reason"]
    assert hand_in(cast, report_id, on="2026-09-20").version == 1


def test_handing_in_here_does_not_discharge_a_duty_towards_the_funders_site(cast):
    obligation = cast.obligation("quarterly_report", "Y1Q1")
    o = t.obligation
    cast.desk.store.write_quiet(
        cast.ctx("pi").now, lambda tx: tx.conn.execute(update(o).where(o.c.id == obligation.id).values(discharged_by="external"))
    )
    report_id = submitted(cast)
    assert receipt_of(cast.ctx("pi"), report_id).external
    assert cast.obligation("quarterly_report", "Y1Q1").next_look_on is not None, "the ladder goes on"
    accepted(cast, report_id, on="2026-09-03")
    item = next(i for i in must_do(cast.ctx("pi", on="2026-09-04")) if i.report_id == report_id)
    assert item.group == "to_discharge"


def test_a_second_round_is_version_two_and_the_first_stays(cast):
    report_id = submitted(cast)
    first = receipt_of(cast.ctx("pi"), report_id, 1)
    returned(cast, report_id, on="2026-09-02", reply_by="2026-09-10")
    write(cast, report_id, "progress", "補充後", on="2026-09-08")
    second = hand_in(cast, report_id, on="2026-09-08")
    assert (first.version, second.version) == (1, 2)
    assert receipt_of(cast.ctx("officer"), report_id, 1) == first.__class__(**{**first.__dict__})
    with cast.desk.store.read() as conn:
        contents = [
            row.content_json["texts"]["progress"] for row in conn.execute(select(t.report_version).order_by(t.report_version.c.number))
        ]
    assert contents == ["已完成資料蒐集。", "補充後"]


def test_a_draft_file_is_open_to_members_only(cast):
    from tracker.services.documents import document_bytes

    document = store_document(
        cast.ctx("assistant"), project_id=cast.project().id, filename="a.pdf", content=PDF, purpose=DRAFT_ATTACHMENT, key=key()
    )
    assert document_bytes(cast.ctx("pi"), document).content == PDF
    for who in ("officer", "auditor", "stranger_pi"):
        with pytest.raises(NotFound):
            document_bytes(cast.ctx(who), document)
    report_id = opened(cast)
    fill(cast, report_id)
    write(cast, report_id, "attachments", [document])
    hand_in(cast, report_id)
    assert document_bytes(cast.ctx("officer"), document).filename == "a.pdf"
    with pytest.raises(NotFound):
        document_bytes(cast.ctx("stranger_pi"), document)
