"""Who else is at a report: seen for 45 seconds, by those who may see its draft."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.integration.services.support_reports import opened, write
from tracker.services.errors import Forbidden, NotFound
from tracker.services.report_presence import SEEN_FOR, drafts_stand, note_presence, who_is_here
from tracker.store import tables as t


def test_a_colleague_is_seen_with_the_part_she_edits(cast):
    report_id = opened(cast)
    note_presence(cast.ctx("assistant"), report_id, "progress")
    (seen,) = who_is_here(cast.ctx("pi"), report_id)
    assert (seen.name, seen.section) == (cast.person("assistant").name, "progress")


def test_nobody_sees_herself(cast):
    report_id = opened(cast)
    note_presence(cast.ctx("pi"), report_id, "progress")
    assert who_is_here(cast.ctx("pi"), report_id) == ()


def test_a_later_sign_replaces_the_earlier_one(cast):
    report_id = opened(cast)
    for section in ("progress", "next_focus", ""):
        note_presence(cast.ctx("assistant"), report_id, section)
    assert [seen.section for seen in who_is_here(cast.ctx("pi"), report_id)] == [""]
    with cast.desk.store.read() as conn:
        assert conn.scalar(select(func.count()).select_from(t.report_presence)) == 1


@pytest.mark.parametrize(("passed", "shown"), [(timedelta(0), 1), (SEEN_FOR - timedelta(seconds=1), 1), (SEEN_FOR, 0)])
def test_a_sign_of_life_lasts_forty_five_seconds(cast, passed, shown):
    report_id, ctx = opened(cast), cast.ctx("assistant")
    note_presence(ctx, report_id, "progress", at=ctx.now)
    assert len(who_is_here(cast.ctx("pi"), report_id, at=ctx.now + passed)) == shown


@pytest.mark.parametrize(("who", "refusal"), [("stranger_pi", NotFound), ("officer", Forbidden), ("auditor", Forbidden)])
def test_who_may_not_see_the_draft_neither_signs_nor_looks(cast, who, refusal):
    report_id = opened(cast)
    with pytest.raises(refusal):
        note_presence(cast.ctx(who), report_id, "progress")
    with pytest.raises(refusal):
        who_is_here(cast.ctx(who), report_id)


def test_no_report_no_presence(cast):
    with pytest.raises(NotFound):
        note_presence(cast.ctx("pi"), 999)


def test_signs_of_life_leave_no_trace_in_the_record(cast):
    report_id = opened(cast)
    with cast.desk.store.read() as conn:
        before = conn.scalar(select(func.count()).select_from(t.event))
    note_presence(cast.ctx("assistant"), report_id, "progress")
    with cast.desk.store.read() as conn:
        assert conn.scalar(select(func.count()).select_from(t.event)) == before


def test_where_the_writing_stands_follows_every_save(cast):
    report_id = opened(cast)
    before = drafts_stand(cast.ctx("pi"), report_id)
    write(cast, report_id, "progress", "一")
    write(cast, report_id, "progress", "二")
    after = drafts_stand(cast.ctx("pi"), report_id)
    assert before.status == after.status == "draft"
    assert "progress" not in before.revisions
    assert after.revisions["progress"] == 2
