"""What needs attention, on the page of a project and on the office's own page."""

from __future__ import annotations

from tests.app.clocks import standing
from tests.app.support import run_page, texts
from tests.integration.services.support_reports import returned, submitted
from tracker.services.signals import watch


def untouched(cast):
    """A returned report that nobody touches, seen by a watch two weeks later (Wednesday, then Wednesday)."""
    returned(cast, submitted(cast, on="2026-09-01"), on="2026-09-02", reply_by="2026-11-30")
    for day in ("2026-09-09", "2026-09-16"):
        watch(cast.ctx("system", on=day), kinds=("return_untouched",))
    return standing(cast, "2026-09-16")


def test_a_project_reads_what_to_mend(cast):
    page = run_page(untouched(cast), "pi", "project", project="DEMO-OWN-01")
    assert not page.exception
    shown = texts(page)
    assert "需要注意" in shown
    assert "退回後未處理" in shown
    assert "最近撰寫日：115\\-09\\-02" in shown


def test_the_office_reads_it_beside_what_waits(cast):
    page = run_page(untouched(cast), "officer", "waiting")
    assert not page.exception
    assert "期限以外需注意事項：1 件" in texts(page)


def test_where_nothing_is_wrong_nothing_is_said(cast):
    for who, screen, query in (("pi", "project", {"project": "DEMO-OWN-01"}), ("officer", "waiting", {})):
        assert "需要注意" not in texts(run_page(cast, who, screen, **query))


def test_another_office_reads_nothing_of_it(cast):
    page = run_page(untouched(cast), "other_officer", "waiting")
    assert "需注意" not in texts(page)
    assert "DEMO\\-OWN" not in texts(page)


def test_a_signal_stands_in_the_inbox_with_what_to_do(cast):
    page = run_page(untouched(cast), "pi", "inbox")
    assert not page.exception
    assert "請處理退回之報告" in texts(page)
