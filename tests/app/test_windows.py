"""Screens around a submission: take back, correct, receipts, and what the office does to a single day."""

from __future__ import annotations

from datetime import date

from tests.app.support import run_page, texts
from tests.integration.services.support_reports import accepted, submitted
from tracker.services.receipts import receipt_page
from tracker.services.report_drafts import report_screen
from tracker.services.report_submission import receipt_of
from tracker.services.review_rounds import note_read

FORM = "change-extend-{}"


def report_page(cast, report_id, who="pi"):
    return run_page(cast, who, "report", report=report_id)


def test_a_report_is_taken_back_after_the_consequence_was_read(cast):
    report_id = submitted(cast)
    page = report_page(cast, report_id)
    name = f"withdraw-{report_id}-2"
    page.text_area(key=f"{name}-reason").input("附件有誤")
    page.button(key=f"ask-{name}").click().run()
    assert "115-09-15 (2026-09-15)" in texts(page)  # handed in again after this day it counts as late
    page.button(key=f"yes-{name}").click().run()
    assert not page.exception
    assert report_screen(cast.ctx("pi"), report_id).state.row.status == "draft"
    assert cast.obligation("quarterly_report", "Y1Q1").status == "open"


def test_once_it_was_opened_the_page_says_why_it_stays(cast):
    report_id = submitted(cast)
    note_read(cast.ctx("officer"), report_id)
    page = report_page(cast, report_id)
    assert "機關已開啟本報告，無法再撤回" in texts(page)
    assert not [one for one in page.button if one.key and one.key.startswith("ask-withdraw")]


def test_an_assistant_is_not_offered_to_take_it_back(cast):
    page = report_page(cast, submitted(cast), who="assistant")
    assert not [one for one in page.button if one.key and one.key.startswith("ask-withdraw")]


def test_an_accepted_report_is_opened_for_correction_and_given_up_again(cast):
    report_id = submitted(cast)
    accepted(cast, report_id, on="2026-09-01")
    page = report_page(cast, report_id)
    page.text_area(key=f"correct-{report_id}-3-reason").input("數量誤植")
    page.button(key=f"correct-{report_id}-3").click().run()
    assert report_screen(cast.ctx("pi"), report_id).state.row.status == "correcting"
    shown = texts(page)
    assert "數量誤植" in shown
    page.button(key=f"ask-abandon-{report_id}-4").click().run()
    page.button(key=f"yes-abandon-{report_id}-4").click().run()
    assert report_screen(cast.ctx("pi"), report_id).state.row.status == "accepted"


def test_the_page_of_a_receipt_and_the_check_of_it(cast):
    receipt = receipt_of(cast.ctx("pi"), submitted(cast))
    page = run_page(cast, "officer", "receipt", version=receipt.version_id)
    assert receipt.number in texts(page)
    assert receipt.sha256 in "".join(one.value for one in page.code)
    stranger = run_page(cast, "stranger_pi", "receipt", number=receipt.number)
    stranger.text_input(key="receipt-sha").input(receipt.sha256)
    stranger.button(key="receipt-ask").click().run()
    assert [one.value for one in stranger.success] == ["相符：此編號確有此雜湊值的版本送件，且內容未經變動。"]
    assert "DEMO-OWN-01" not in texts(stranger)


def test_a_receipt_of_a_foreign_project_is_not_there(cast):
    receipt = receipt_of(cast.ctx("pi"), submitted(cast))
    page = run_page(cast, "stranger_pi", "receipt", version=receipt.version_id)
    assert page.warning
    assert receipt.sha256 not in texts(page)
    assert receipt_page(cast.ctx("auditor"), receipt.version_id).row.number == 1


def test_an_extension_shows_what_it_brings_about_before_it_is_made(cast):
    row = cast.obligation("interim_report", "Y1")
    page = run_page(cast, "officer", "project", project="DEMO-OWN-01")
    page.button(key=f"change-{row.id}").click().run()
    name = FORM.format(row.id)
    page.text_input(key=f"{name}-day").input("116-05-10").run()
    assert "~~" in texts(page)
    assert "116-05-10" in texts(page)
    page.text_area(key=f"{name}-reason").input("颱風停班")
    page.text_input(key=f"{name}-letter").input("示範字第11號")
    page.button(key=f"ask-{name}-{row.version}").click().run()
    page.button(key=f"yes-{name}-{row.version}").click().run()
    assert not page.exception
    assert cast.obligation("interim_report", "Y1").due_on == date(2027, 5, 10)
    assert "示範字第11號" in texts(run_page(cast, "pi", "project", project="DEMO-OWN-01"))


def test_a_wrong_day_is_named_and_nothing_typed_is_lost(cast):
    row = cast.obligation("interim_report", "Y1")
    page = run_page(cast, "officer", "project", project="DEMO-OWN-01")
    page.button(key=f"change-{row.id}").click().run()
    page.text_area(key=f"{FORM.format(row.id)}-reason").input("颱風停班")
    page.text_input(key=f"{FORM.format(row.id)}-day").input("2027-03-01").run()
    assert "新期日須晚於現行期日" in page.error[0].value
    assert page.text_area(key=f"{FORM.format(row.id)}-reason").value == "颱風停班"


def test_members_are_not_offered_to_move_a_day(cast):
    for who in ("pi", "auditor"):
        page = run_page(cast, who, "project", project="DEMO-OWN-01")
        assert not [one for one in page.button if one.key and one.key.startswith("change-")]


def test_a_notice_is_in_the_inbox_and_is_marked_as_read(cast):
    receipt = receipt_of(cast.ctx("pi"), submitted(cast))
    page = run_page(cast, "pi", "inbox")
    assert receipt.number in texts(page).replace("\\", "")
    button = next(one for one in page.button if one.key and one.key.startswith("notice-read-"))
    page = button.click().run()
    assert not [one for one in page.button if one.key and one.key.startswith("notice-read-")]
