"""Outcomes of a project: recorded, checked, tracked after its end, and a nil return for a year without one."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import update

from tests.cast import Cast, key
from tracker.services.errors import Forbidden, Invalid, NotFound, Stale
from tracker.services.outcome_entries import OutcomeEntry
from tracker.services.outcome_views import outcome_overview, outcome_page
from tracker.services.outcomes import check_outcome, declare_nil, edit_outcome, record_outcome, withdraw_nil, withdraw_outcome
from tracker.store import tables as t

PAPER = OutcomeEntry(
    kind="paper", title="以影像判讀輔助診斷", stage="published", people="示範主持人", venue="示範期刊", identifier="https://doi.org/10.1234/ABC.1",
    occurred_on="115-08-20", acknowledges_funder="yes", acknowledges_project="yes", acknowledgement="本研究由示範局補助（DEMO-OWN-01）",
)  # fmt: skip


def record(cast: Cast, entry: OutcomeEntry = PAPER, who: str = "pi", on: str = "2026-09-01") -> int:
    return record_outcome(cast.ctx(who, on=on), project_id=cast.project().id, entry=entry, key=key())


def page(cast: Cast, who: str = "pi", on: str = "2026-09-01"):
    return outcome_page(cast.ctx(who, on=on), cast.project().id)


def fields(error: pytest.ExceptionInfo[Invalid]) -> set[str]:
    return {problem.field for problem in error.value.problems}


def test_a_paper_is_kept_with_its_doi_in_one_form_and_its_day(cast: Cast):
    record(cast)
    (line,) = page(cast).lines
    assert (line.row.identifier, line.row.identifier_kind) == ("10.1234/abc.1", "doi")
    assert line.row.occurred_on == date(2026, 8, 20)  # a Thursday
    assert line.row.recorder == "示範主持人"


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"title": " \u200b "}, {"title"}),
        ({"kind": "poem"}, {"kind"}),
        ({"stage": "granted"}, {"stage"}),
        ({"identifier": "10.12"}, {"identifier"}),
        ({"identifier": "=HYPERLINK(1)"}, {"identifier"}),
        ({"occurred_on": "115-13-01"}, {"occurred_on"}),
        ({"occurred_on": "2026-09-02"}, {"occurred_on"}),  # tomorrow
        ({"occurred_on": ""}, {"occurred_on"}),
        ({"acknowledges_funder": "not_applicable"}, {"acknowledges_funder"}),
        ({"title": "長" * 501}, {"title"}),
        ({"document_id": 999_999}, {"document_id"}),
    ],
)
def test_what_is_wrong_is_said_by_field_and_nothing_is_kept(cast: Cast, change, wrong):
    with pytest.raises(Invalid) as error:
        record(cast, replace(PAPER, **change))
    assert fields(error) == wrong
    assert page(cast).lines == ()


def test_a_day_of_today_is_taken_and_a_submitted_paper_needs_neither_day_nor_acknowledgement(cast: Cast):
    record(cast, replace(PAPER, occurred_on="2026-09-01"))
    submitted = replace(PAPER, stage="submitted", identifier="", occurred_on="", acknowledges_funder="not_applicable",
                        acknowledges_project="not_applicable", acknowledgement="")  # fmt: skip
    record(cast, submitted)
    assert len(page(cast).lines) == 2


def test_one_project_has_a_number_only_once(cast: Cast):
    record(cast)
    with pytest.raises(Invalid) as error:
        record(cast, replace(PAPER, title="另一篇", identifier="doi:10.1234/abc.1"))
    assert fields(error) == {"identifier"}


def test_a_withdrawn_number_can_be_recorded_again(cast: Cast):
    first = record(cast)
    withdraw_outcome(cast.ctx("pi"), outcome_id=first, reason="重複登錄", expected_version=1, key=key())
    record(cast)
    shown = page(cast)
    assert (len(shown.lines), len(shown.withdrawn)) == (1, 1)


def test_the_same_click_records_one_outcome(cast: Cast):
    once = key()
    ids = {record_outcome(cast.ctx("pi"), project_id=cast.project().id, entry=PAPER, key=once) for _ in range(2)}
    assert len(ids) == 1


def test_an_acknowledgement_that_names_neither_funder_nor_project_is_doubted(cast: Cast):
    record(cast, replace(PAPER, acknowledgement="感謝所有人"))
    (line,) = page(cast).lines
    said = [problem.msgid for problem in line.doubts if problem.field == "acknowledgement"]
    assert said == ["The words given do not name the funder.", "The words given name neither the programme nor the project's number."]


def test_a_project_number_beside_the_funder_is_enough(cast: Cast):
    record(cast, replace(PAPER, acknowledgement="示範局（DEMO–OWN–01）"))
    (line,) = page(cast).lines
    assert line.printed.complete
    assert {problem.field for problem in line.doubts} == {"document_id"}


def test_what_the_office_found_starts_again_after_an_edit(cast: Cast):
    outcome_id = record(cast)
    version = check_outcome(cast.ctx("officer"), outcome_id=outcome_id, found="found_good", note="", expected_version=1, key=key())
    edit_outcome(cast.ctx("pi"), outcome_id=outcome_id, entry=replace(PAPER, note="補頁碼"), expected_version=version, key=key())
    assert page(cast).lines[0].row.checked == "unchecked"


def test_a_wanting_outcome_says_what_is_wanting(cast: Cast):
    outcome_id = record(cast)
    with pytest.raises(Invalid) as error:
        check_outcome(cast.ctx("officer"), outcome_id=outcome_id, found="found_wanting", note=" ", expected_version=1, key=key())
    assert fields(error) == {"note"}


def test_two_edits_on_one_version_keep_the_first(cast: Cast):
    outcome_id = record(cast)
    edit_outcome(cast.ctx("pi"), outcome_id=outcome_id, entry=replace(PAPER, note="一"), expected_version=1, key=key())
    with pytest.raises(Stale):
        edit_outcome(cast.ctx("assistant"), outcome_id=outcome_id, entry=replace(PAPER, note="二"), expected_version=1, key=key())
    assert page(cast).lines[0].row.note == "一"


def test_a_withdrawn_outcome_is_neither_edited_nor_checked(cast: Cast):
    outcome_id = record(cast)
    withdraw_outcome(cast.ctx("pi"), outcome_id=outcome_id, reason="誤植", expected_version=1, key=key())
    with pytest.raises(Forbidden):
        edit_outcome(cast.ctx("pi"), outcome_id=outcome_id, entry=PAPER, expected_version=2, key=key())
    with pytest.raises(Forbidden):
        check_outcome(cast.ctx("officer"), outcome_id=outcome_id, found="found_good", note="", expected_version=2, key=key())


def test_the_project_does_not_check_itself_and_the_office_does_not_record(cast: Cast):
    outcome_id = record(cast)
    with pytest.raises(Forbidden):
        check_outcome(cast.ctx("pi"), outcome_id=outcome_id, found="found_good", note="", expected_version=1, key=key())
    with pytest.raises(Forbidden):
        record(cast, who="officer")
    with pytest.raises(NotFound):
        record(cast, who="stranger_pi")


# --- The answer of every year ----------------------------------------------------------------------------------------------------


def years(cast: Cast, on: str) -> list[tuple[int, str]]:
    return [(answer.year, answer.state) for answer in page(cast, on=on).years]


def test_a_year_is_answered_by_an_outcome_or_by_saying_there_was_none(cast: Cast):
    record(cast)
    declare_nil(cast.ctx("pi", on="2028-01-03"), project_id=cast.project().id, year=2027, key=key())
    assert years(cast, "2028-01-03") == [(2028, "silent"), (2027, "nil"), (2026, "recorded")]


@pytest.mark.parametrize("year", [2025, 2028])
def test_a_year_outside_the_projects_time_or_in_the_future_cannot_be_declared(cast: Cast, year):
    with pytest.raises(Invalid) as error:
        declare_nil(cast.ctx("pi", on="2027-12-31"), project_id=cast.project().id, year=year, key=key())
    assert fields(error) == {"year"}


def test_a_year_with_outcomes_is_not_declared_empty_and_an_outcome_ends_the_declaration(cast: Cast):
    record(cast)
    with pytest.raises(Invalid):
        declare_nil(cast.ctx("pi"), project_id=cast.project().id, year=2026, key=key())
    declare_nil(cast.ctx("pi", on="2027-05-03"), project_id=cast.project().id, year=2027, key=key())
    record(cast, replace(PAPER, identifier="10.1234/later", occurred_on="2027-02-01"), on="2027-05-04")
    assert years(cast, "2027-05-04") == [(2027, "recorded"), (2026, "recorded")]


def test_a_declaration_can_be_taken_back_once(cast: Cast):
    declare_nil(cast.ctx("pi"), project_id=cast.project().id, year=2026, key=key())
    withdraw_nil(cast.ctx("pi"), project_id=cast.project().id, year=2026, key=key())
    assert years(cast, "2026-09-01") == [(2026, "silent")]
    with pytest.raises(NotFound):
        withdraw_nil(cast.ctx("pi"), project_id=cast.project().id, year=2026, key=key())


def test_a_closed_project_goes_on_recording_because_the_call_states_no_end_of_tracking(cast: Cast):
    with cast.desk.store.transaction() as conn:
        conn.execute(update(t.project).where(t.project.c.id == cast.project().id).values(status="closed"))
    record(cast, replace(PAPER, occurred_on="2032-03-01"), on="2032-03-02")
    shown = page(cast, on="2032-03-02")
    assert shown.tracked_until is None
    assert shown.years[0] == replace(shown.years[0], year=2032, state="recorded")


# --- What the office sees --------------------------------------------------------------------------------------------------------


def test_the_office_sees_what_is_unchecked_doubtful_and_who_said_nothing_of_last_year(cast: Cast):
    record(cast, replace(PAPER, occurred_on="2026-08-20"))
    seen = outcome_overview(cast.ctx("officer", on="2027-01-04"))
    assert (dict(seen.counts), seen.unchecked, seen.doubtful, seen.silent) == ({"paper": 1}, 1, 1, ())
    later = outcome_overview(cast.ctx("officer", on="2028-01-03"))
    assert [(one.project.code, one.year) for one in later.silent] == [("DEMO-OWN-01", 2027)]


def test_the_office_sees_its_own_programmes_only_and_members_see_no_overview(cast: Cast):
    record(cast)
    assert outcome_overview(cast.ctx("other_officer")).lines == ()
    assert len(outcome_overview(cast.ctx("auditor")).lines) == 1
    for who in ("pi", "admin", "reviewer"):
        with pytest.raises(Forbidden):
            outcome_overview(cast.ctx(who))
