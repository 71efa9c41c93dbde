"""A call that is being put together is kept, comes back as it was, and goes away when it is issued."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.integration.services.support_calls import entry, issued
from tracker.services.data_call_drafts import LONGEST_DRAFT, KeptDraft, OvertakenDraft, call_draft, drop_call_draft, keep_call_draft
from tracker.services.data_call_forms import ColumnEntry, FieldEntry, FormEntry, SectionEntry
from tracker.services.data_call_selection import Selection
from tracker.services.data_calls import CallEntry
from tracker.services.errors import Forbidden, Invalid, NotFound
from tracker.store import audit

TUESDAY = "2026-09-01"


def typed(cast, **changed) -> CallEntry:
    """A call that is not ready: half a title, a day that is none, one question of each sort begun."""
    columns = (ColumnEntry("項目"), ColumnEntry("數量", "Quantity", "number", required=False, unit="件"))
    fields = (
        FieldEntry("text", "第一題", "", "說明", "help"),
        FieldEntry("choice", choices="是 | Yes\n否"),
        FieldEntry("table", "表", columns=columns),
    )
    form = FormEntry((SectionEntry("一", "", fields=fields), SectionEntry("查核點", "", "checkpoints")))
    values = {"title_zh": "  第三季", "due_on": "115-9-", "letter_number": "示範字第\x001號", "form": form, "note": "第一行\n=1+1"}
    selection = Selection(years=(1, 2), counties=("新竹市",), officers=(cast.person("officer").id,))
    return CallEntry(cast.project().programme_id, selection=selection, **{**values, **changed})


def keep(cast, who: str = "officer", base: int = 0, **changed):
    return keep_call_draft(cast.ctx(who, on=TUESDAY), typed(cast, **changed), base_version=base)


def kept(cast, who: str = "officer"):
    return call_draft(cast.ctx(who, on=TUESDAY), cast.project().programme_id)


def test_everything_typed_comes_back_as_it_was_typed(cast):
    assert kept(cast) is None
    assert keep(cast).version == 1
    assert (kept(cast).entry, kept(cast).version) == (typed(cast), 1)
    assert keep(cast, base=1, label="115-q3").version == 2
    assert kept(cast).entry.label == "115-q3"


def test_nobody_else_sees_it_and_it_is_no_part_of_the_record(cast):
    with cast.desk.store.read() as conn:
        before = audit.head(conn)
    keep(cast)
    assert kept(cast, "chief") is None
    keep(cast, "chief", title_zh="科長的")
    assert kept(cast).entry.title_zh == "  第三季"
    with cast.desk.store.read() as conn:
        assert audit.head(conn) == before


def test_the_window_that_comes_later_is_told_and_may_then_take_its_place(cast):
    keep(cast)
    keep(cast, base=1, title_zh="甲視窗")
    late = keep(cast, base=1, title_zh="乙視窗")
    assert (type(late), late.version) == (OvertakenDraft, 2)
    assert kept(cast).entry.title_zh == "甲視窗"
    assert type(keep(cast, base=0, title_zh="丙視窗")) is OvertakenDraft
    assert keep(cast, base=late.version, title_zh="乙視窗").version == 3
    assert kept(cast).entry.title_zh == "乙視窗"


def test_of_eight_windows_that_begin_at_once_one_is_kept(cast):
    start = threading.Barrier(8)

    def begin(number: int):
        start.wait()
        return keep(cast, title_zh=f"視窗 {number}")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(begin, range(8)))
    assert sorted(type(one).__name__ for one in answers) == ["KeptDraft"] + ["OvertakenDraft"] * 7
    winner = next(number for number, one in enumerate(answers) if isinstance(one, KeptDraft))
    assert kept(cast).entry.title_zh == f"視窗 {winner}"


def test_issuing_ends_the_draft_of_who_issued_and_of_nobody_else(cast):
    keep(cast)
    keep(cast, "chief")
    issued(cast)
    assert kept(cast) is None
    assert kept(cast, "chief") is not None


def test_a_call_that_is_refused_leaves_the_draft(cast):
    keep(cast)
    with pytest.raises(Invalid):
        issued(cast, due_on="115-08-01")
    assert kept(cast) is not None


def test_a_draft_is_thrown_away_by_its_writer(cast):
    keep(cast)
    drop_call_draft(cast.ctx("chief", on=TUESDAY), cast.project().programme_id)
    assert kept(cast) is not None
    drop_call_draft(cast.ctx("officer", on=TUESDAY), cast.project().programme_id)
    assert kept(cast) is None
    assert keep(cast).version == 1


@pytest.mark.parametrize(
    ("who", "refused"), [("pi", NotFound), ("stranger_pi", NotFound), ("other_officer", NotFound), ("auditor", Forbidden)]
)
def test_only_who_may_issue_a_call_may_begin_one(cast, who, refused):
    with pytest.raises(refused):
        keep(cast, who)


def test_hostile_and_huge_texts_are_kept_or_refused_by_name(cast):
    evil = "<script>\ud800</script>\u202e=1+1"
    keep(cast, note=evil)
    assert kept(cast).entry.note == evil.replace("\ud800", "?")
    with pytest.raises(Invalid) as caught:
        keep(cast, base=1, note="長" * LONGEST_DRAFT)
    assert [one.field for one in caught.value.problems] == ["form"]


def test_a_ready_call_comes_back_ready(cast):
    ready = replace(entry(cast), due_on="115-09-30")
    keep_call_draft(cast.ctx("officer", on=TUESDAY), ready, base_version=0)
    assert kept(cast).entry == ready
