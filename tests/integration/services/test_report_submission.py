"""Handing in: checks, one version a submission, the civil day in Taipei, receipts."""

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
from tracker.services.report_drafts import open_report, report_screen, save_field
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


def test_errors_name_every_field_at_once_and_hand_in_nothing(cast):
    report_id = opened(cast)
    write(cast, report_id, f"checkpoint:{_checkpoint(cast, 'C1')}:actual", "1e5")
    write(cast, report_id, f"indicator:{_indicator(cast, 'K1')}:actual", "-3")
    write(cast, report_id, "next_focus", "長" * 10_001)
    with pytest.raises(Invalid) as refused:
        hand_in(cast, report_id)
    assert {problem.field for problem in refused.value.problems} == {
        "state", "progress", "next_focus", f"checkpoint:{_checkpoint(cast, 'C1')}:actual",
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
    receipt = hand_in(cast, report_id, on=on, clock=clock, late_reason="資料延後取得。")
    assert receipt.first_submitted_on.isoformat() == on
    item = next(i for i in must_do(cast.ctx("pi", on="2026-12-31")) if i.report_id == report_id)
    assert item.lateness is stands


def test_a_late_report_is_taken_with_a_reason_only(cast):
    report_id = opened(cast, on="2026-09-20")
    fill(cast, report_id, on="2026-09-20")
    assert [p.field for p in check_report(cast.ctx("pi", on="2026-09-20"), report_id) if p.field == "late_reason"] == ["late_reason"]
    with pytest.raises(Invalid, match="say why it comes late"):
        hand_in(cast, report_id, on="2026-09-20")
    write(cast, report_id, "late_reason", "颱風停班，資料延後取得。", on="2026-09-20")
    assert "late_reason" not in [p.field for p in check_report(cast.ctx("pi", on="2026-09-20"), report_id)]
    assert hand_in(cast, report_id, on="2026-09-20").version == 1
    with cast.desk.store.read() as conn:
        assert conn.execute(select(t.report_version.c.late_reason)).scalar_one() == "颱風停班，資料延後取得。"


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
