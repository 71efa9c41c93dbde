"""The screen of outcomes, for members and for the office."""

from tests.app.support import run_page, texts
from tests.cast import key
from tracker.services.outcome_entries import OutcomeEntry
from tracker.services.outcomes import check_outcome, record_outcome

PATENT = OutcomeEntry("patent", "影像判讀方法", "filed", identifier="112123456", occurred_on="2026-08-20")


def fill(at, name, **values):
    for field, value in values.items():
        at.text_input(key=f"{name}-{field}").input(value)
    return at


def test_a_member_records_a_patent_and_sees_it(cast):
    project = cast.project().id
    name = f"outcome-new-0-{project}"
    at = run_page(cast, "pi", "outcomes", project=project)
    at.selectbox(key=f"{name}-kind").select("patent").run()
    fill(at, name, title="影像判讀方法", day="115-08-20", number="發明第I123456號")
    at.button(key=f"{name}-save").click().run()
    assert not at.exception
    assert "TW I123456" in texts(at).replace("\\", "")


def test_a_wrong_number_is_named_and_what_was_typed_stays(cast):
    project = cast.project().id
    name = f"outcome-new-0-{project}"
    at = run_page(cast, "pi", "outcomes", project=project)
    fill(at, name, title="示範論文", number="<script>10.1</script>", day="民國115年2月30日")
    at.button(key=f"{name}-save").click().run()
    shown = texts(at)
    assert "DOI 以 10. 開頭" in shown
    assert at.text_input(key=f"{name}-number").value == "<script>10.1</script>"
    assert at.text_input(key=f"{name}-day").value == "民國115年2月30日"


def test_the_office_checks_and_the_project_reads_what_is_wanting(cast):
    outcome_id = record_outcome(cast.ctx("pi"), project_id=cast.project().id, entry=PATENT, key=key())
    check_outcome(cast.ctx("officer"), outcome_id=outcome_id, found="found_wanting", note="請附申請書", expected_version=1, key=key())
    assert "請附申請書" in texts(run_page(cast, "pi", "outcomes", project=cast.project().id))
    assert "影像判讀方法" in texts(run_page(cast, "officer", "outcomes"))


def test_a_project_without_outcomes_says_what_to_do_next(cast):
    shown = texts(run_page(cast, "assistant", "outcomes", project=cast.project().id))
    assert "No outcome is recorded yet." in shown


def test_a_stranger_finds_nothing(cast):
    assert "此處查無資料" in texts(run_page(cast, "stranger_pi", "outcomes", project=cast.project().id))
