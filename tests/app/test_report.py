"""The writing page: fields save themselves, errors name their field, one click hands in once."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from tests.app.clocks import standing
from tests.app.support import run_page, texts
from tests.app.test_unbroken import click_once_more_within
from tests.integration.services.support_reports import PDF, fill, opened, returned, submitted, write
from tracker.services.report_drafts import report_screen
from tracker.store import tables as t
from tracker.ui import report_saving
from tracker.ui.report_saving import slot


def _open(cast, who="pi", *, rule="quarterly_report", period="Y1Q1"):
    return run_page(cast, who, "report", obligation=cast.obligation(rule, period).id)


def _report_id(cast) -> int:
    with cast.desk.store.read() as conn:
        return conn.execute(select(t.report.c.id)).scalars().first()


def _stored(cast, field: str, who: str = "pi"):
    return report_screen(cast.ctx(who), _report_id(cast)).state.value(field)


def _widget(page, cast, field: str, kind: str = "text_area"):
    return getattr(page, kind)(key=slot("w", _report_id(cast), field))


def _uploader(page, cast, field: str):
    turn = page.session_state[slot("turn", _report_id(cast), field)]
    return page.file_uploader(key=slot(f"file{turn}", _report_id(cast), field))


def _checkpoint_field(cast, part: str) -> str:
    with cast.desk.store.read() as conn:
        return f"checkpoint:{conn.execute(select(t.checkpoint.c.id).where(t.checkpoint.c.code == 'C1')).scalar_one()}:{part}"


def _count(cast, table) -> int:
    with cast.desk.store.read() as conn:
        return conn.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_field_saves_itself_and_says_when(cast):
    page = _open(cast)
    assert not page.exception
    _widget(page, cast, "progress").set_value("本季完成 400 張").run()
    assert _stored(cast, "progress") == "本季完成 400 張"
    assert "已儲存 09:00" in texts(page)


def test_the_text_is_there_again_in_a_new_browser(cast):
    page = _open(cast)
    _widget(page, cast, "progress").set_value("第一段").run()
    cast.desk.store.dispose()
    again = _open(cast, "assistant")
    assert _widget(again, cast, "progress").value == "第一段"


def test_a_colleagues_save_in_between_loses_neither_text(cast):
    page = _open(cast)
    write(cast, _report_id(cast), "progress", "助理先寫", who="assistant")
    _widget(page, cast, "progress").set_value("主持人後寫").run()
    assert _stored(cast, "progress") == "助理先寫"
    assert _widget(page, cast, "progress").value == "主持人後寫", "what was typed stays in the field"
    assert "助理先寫" in texts(page)
    page.button(key=slot("mine", _report_id(cast), "progress")).click().run()
    assert _stored(cast, "progress") == "主持人後寫"


def test_a_double_click_on_taking_ones_own_text_takes_it_and_shows_the_page(cast, monkeypatch: pytest.MonkeyPatch):
    page = _open(cast)
    write(cast, _report_id(cast), "progress", "助理先寫", who="assistant")
    _widget(page, cast, "progress").set_value("主持人後寫").run()
    mine = slot("mine", _report_id(cast), "progress")
    click_once_more_within(monkeypatch, report_saving, "put", mine)
    page.button(key=mine).click().run()
    assert not page.exception
    assert _stored(cast, "progress") == "主持人後寫"
    assert _widget(page, cast, "progress").value == "主持人後寫"


def test_errors_block_and_name_their_fields(cast):
    page = _open(cast)
    _widget(page, cast, _checkpoint_field(cast, "actual"), "text_input").set_value("很多").run()
    page.button(key=f"check-{_report_id(cast)}").click().run()
    errors = "\n".join(element.value for element in page.error)
    assert "執行進度" in errors
    assert "標註影像" in errors
    assert "請填一般數字" in errors
    assert _widget(page, cast, _checkpoint_field(cast, "actual"), "text_input").value == "很多"
    assert not [b for b in page.button if b.key.startswith("ask-submit")]


def test_the_assistant_reads_in_english_what_is_missing_and_cannot_hand_in(cast):
    page = _open(cast, "assistant")
    page.session_state[f"report-tried-{_report_id(cast)}"] = True
    page.run()
    assert "This has to be filled in." in "\n".join(element.value for element in page.error)
    assert "Only the principal investigator, or whom she lets, hands in" in texts(page)
    assert not [b for b in page.button if b.key.startswith("ask-submit")]


def test_checking_then_handing_in_gives_a_receipt(cast):
    report_id = opened(cast)
    fill(cast, report_id)
    page = _open(cast)
    page.button(key=f"check-{report_id}").click().run()
    page.button(key=f"ask-submit-{report_id}-1").click().run()
    assert "除非機關退回" in texts(page)
    page.button(key=f"yes-submit-{report_id}-1").click().run()
    shown = texts(page)
    assert "MP-1150901-" in shown
    assert "115-09-01 (2026-09-01) 09:00:00" in shown
    assert _count(cast, t.report_version) == 1


def test_a_second_click_on_the_same_page_hands_in_nothing_more(cast):
    report_id = opened(cast)
    fill(cast, report_id)
    page = _open(cast)
    page.button(key=f"check-{report_id}").click().run()
    page.button(key=f"ask-submit-{report_id}-1").click().run()
    form = f"_form-submit-report-{report_id}-1"
    page.session_state[form] = "one-key-for-both-clicks"
    page.button(key=f"yes-submit-{report_id}-1").click().run()
    assert page.session_state[form] == "one-key-for-both-clicks", "the key is equal across reruns"
    other = _open(cast)
    assert "MP-1150901-" in texts(other)
    assert _count(cast, t.report_version) == 1


def test_evidence_is_uploaded_and_linked(cast):
    page = _open(cast)
    field = _checkpoint_field(cast, "evidence")
    _uploader(page, cast, field).set_value(("證明.pdf", PDF, "application/pdf")).run()
    assert not page.exception
    assert isinstance(_stored(cast, field), int)
    assert f"/download/{_stored(cast, field)}" in texts(page)


def test_a_file_that_is_not_what_it_says_is_refused_by_name(cast):
    page = _open(cast)
    field = _checkpoint_field(cast, "evidence")
    _uploader(page, cast, field).set_value(("證明.pdf", b"<html>", "application/pdf")).run()
    assert "佐證檔案" in "\n".join(element.value for element in page.error)
    assert _stored(cast, field) == ""


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "![x](http://evil.invalid/x.png)", "$\\frac{1}{0}$ :material/home: **x**", "長" * 50_000]
)
def test_hostile_or_huge_text_is_kept_and_breaks_nothing(cast, hostile):
    page = _open(cast)
    _widget(page, cast, "progress").set_value(hostile).run()
    page.button(key=f"check-{_report_id(cast)}").click().run()
    assert not page.exception
    assert _stored(cast, "progress") == hostile
    assert "evil" not in "\n".join(element.value for element in [*page.markdown, *page.caption])


def test_a_returned_report_opens_only_the_named_sections(cast):
    report_id = submitted(cast)
    returned(cast, report_id, on="2026-09-02", reply_by="2026-09-10", sections=("progress",))
    page = _open(standing(cast, "2026-09-03"))
    assert not page.exception
    keys = {element.key for element in page.text_area}
    assert slot("w", report_id, "progress") in keys
    assert slot("w", report_id, "next_focus") not in keys
    assert "請補充 progress" in texts(page)


def test_last_periods_words_stand_beside_the_field(cast):
    submitted(cast, period="Y1Q1", on="2026-09-01")
    page = _open(standing(cast, "2026-12-01"), period="Y1Q2")
    assert "已完成資料蒐集。" in [element.value for element in page.text]


@pytest.mark.parametrize(
    "address", [{}, {"report": "x"}, {"report": "-1"}, {"report": 10**19}, {"obligation": "1 OR 1=1"}, {"report": 999}]
)
def test_a_bad_address_is_a_notice(cast, address):
    page = run_page(cast, "pi", "report", **address)
    assert not page.exception
    assert "查無" in texts(page)


@pytest.mark.parametrize("who", ["stranger_pi", "officer", "auditor"])
def test_a_foreign_draft_is_not_shown(cast, who):
    report_id = opened(cast)
    write(cast, report_id, "progress", "CANARY-draft")
    shown = texts(run_page(cast, who, "report", report=report_id))
    assert "CANARY-draft" not in shown
    assert "DEMO" not in shown
