"""Steps that tests of reports share: open, fill, hand in, return."""

from __future__ import annotations

from datetime import date

from tests.answers import answers
from tests.cast import Cast, key
from tracker.services.documents import DRAFT_EVIDENCE, store_document
from tracker.services.report_drafts import OpenedReport, open_report, report_screen, save_field
from tracker.services.report_review import accept_report, return_report, review_screen
from tracker.services.report_submission import Receipt, submit_report

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF"


def opened(cast: Cast, rule: str = "quarterly_report", period: str = "Y1Q1", *, on: str = "2026-09-01", who: str = "pi") -> int:
    """The report of an obligation of `own`, opened on a day."""
    obligation = cast.obligation(rule, period)
    result: OpenedReport = open_report(cast.ctx(who, on=on), obligation_id=obligation.id, key=key())
    return result.report_id


def write(cast: Cast, report_id: int, field: str, value, *, on: str = "2026-09-01", who: str = "pi"):
    """Save a field on top of what stands."""
    ctx = cast.ctx(who, on=on)
    draft = report_screen(ctx, report_id).state.drafts.get(field)
    return save_field(ctx, report_id=report_id, field=field, value=value, base_rev=draft.rev if draft else 0)


def evidence(cast: Cast, *, on: str = "2026-09-01", who: str = "pi", which: str = "own") -> int:
    """A stored file of a project."""
    ctx = cast.ctx(who, on=on)
    return store_document(ctx, project_id=cast.project(which).id, filename="證明.pdf", content=PDF, purpose=DRAFT_EVIDENCE, key=key())


def fill(cast: Cast, report_id: int, *, on: str = "2026-09-01", who: str = "pi", reached: str = "400", **more: str) -> None:
    """Write everything that the form asks for; every checkpoint at `reached`, below its target unless said otherwise."""
    state = report_screen(cast.ctx(who, on=on), report_id).state
    values = answers(state) | {"progress": "已完成資料蒐集。", "next_focus": "開始模型訓練。"}
    values |= {f"checkpoint:{line.id}:actual": reached if line.code == "C1" else "0" for line in state.checkpoints}
    values |= {f"indicator:{line.id}:actual": "2" for line in state.indicators}
    for field, value in (values | more).items():
        if field in state.fields and state.fields[field].section in state.open_sections:
            write(cast, report_id, field, value, on=on, who=who)


def hand_in(
    cast: Cast,
    report_id: int,
    *,
    on: str = "2026-09-01",
    clock: str = "09:00",
    who: str = "pi",
    with_key: str | None = None,
    late_reason: str = "",
) -> Receipt:
    """Submit what is written."""
    ctx = cast.ctx(who, on=on, clock=clock)
    version = report_screen(ctx, report_id).state.row.version
    return submit_report(ctx, report_id=report_id, expected_version=version, key=with_key or key(), late_reason=late_reason)


def submitted(cast: Cast, rule: str = "quarterly_report", period: str = "Y1Q1", *, on: str = "2026-09-01") -> int:
    """A report that was filled and handed in on a day."""
    report_id = opened(cast, rule, period, on=on)
    fill(cast, report_id, on=on)
    hand_in(cast, report_id, on=on)
    return report_id


def returned(cast: Cast, report_id: int, *, on: str, reply_by: str, sections=("progress",), who: str = "officer") -> str:
    """Return a submitted report; gives the reply's key."""
    ctx = cast.ctx(who, on=on)
    version = review_screen(ctx, report_id).state.row.version
    comments = {section: f"請補充 {section}" for section in sections}
    return return_report(
        ctx, report_id=report_id, expected_version=version, comments=comments, reply_by=date.fromisoformat(reply_by), key=key()
    )


def accepted(cast: Cast, report_id: int, *, on: str, who: str = "officer") -> None:
    """Accept a submitted report."""
    ctx = cast.ctx(who, on=on)
    accept_report(ctx, report_id=report_id, expected_version=review_screen(ctx, report_id).state.row.version, key=key())
