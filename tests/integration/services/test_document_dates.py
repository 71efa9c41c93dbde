"""Dates from documents: who may enter them, what they change, and that the preview says exactly that."""

from dataclasses import replace
from datetime import UTC, date

import pytest
from sqlalchemy import select

from tests.cast import at, key
from tests.integration.services.support_documents import put_document
from tracker.services.date_entries import DateEntry
from tracker.services.document_date_views import contract_gaps, given_dates, slots
from tracker.services.document_dates import enter_document_date, preview_document_date, withdraw_document_date
from tracker.services.errors import Forbidden, Invalid, NotFound, Stale
from tracker.store import tables as t


@pytest.fixture
def letter(cast):
    return put_document(cast, "own", "letter.pdf")


@pytest.fixture
def contract(cast):
    return put_document(cast, "foreign", "contract.pdf")


def of_letter(cast, letter, **changes) -> DateEntry:
    """The interim report of year 1 of `own`, due 2027-03-31 (Wednesday) by the call, now 2027-03-15 (Monday) by letter."""
    project = cast.project("own")
    entry = DateEntry(
        project.programme_id,
        project.id,
        "interim_report",
        "interim_report",
        "Y1",
        "official",
        letter,
        given_on="116-03-15",
        letter_number="示範字第1號",
    )
    return replace(entry, **changes)


def of_contract(cast, contract, **changes) -> DateEntry:
    """The final report of `foreign`, of which the call states no date."""
    project = cast.project("foreign")
    entry = DateEntry(
        project.programme_id,
        project.id,
        "final_report",
        "final_report",
        "-",
        "contract",
        contract,
        given_on="2027-01-29",
        contract_page="12",
        clause="第八條",
    )
    return replace(entry, **changes)


def fields(error) -> list[str]:
    return [problem.field for problem in error.value.problems]


def test_an_official_date_wins_over_the_computed_one_and_keeps_it_in_the_reasons(cast, letter):
    assert cast.obligation("interim_report", "Y1").due_on == date(2027, 3, 31)
    entered = enter_document_date(cast.ctx("officer"), of_letter(cast, letter), key=key())
    row = cast.obligation("interim_report", "Y1")
    assert entered.changed == (row.key,)
    assert (row.due_on, row.file_by_on, row.confidence, row.basis, row.letter_number) == (
        date(2027, 3, 15),
        date(2027, 3, 15),
        "official",
        "official",
        "示範字第1號",
    )
    assert "116-03-31 (2027-03-31)" in " ".join(reason["en"] for reason in row.because_json)


def test_the_preview_equals_what_is_then_saved(cast, letter):
    ctx = cast.ctx("officer")
    entry = of_letter(cast, letter)
    preview = preview_document_date(ctx, entry)
    untouched = cast.obligation("interim_report", "Y1")
    enter_document_date(ctx, entry, key=key())
    (change,) = preview.changes
    saved = cast.by_key(change.key)
    assert untouched.due_on == change.before.due_on
    assert (saved.nominal_on, saved.due_on, saved.file_by_on, saved.confidence) == (
        change.after.nominal,
        change.after.due_on,
        change.after.file_by,
        change.after.confidence,
    )


def test_the_preview_of_a_day_gone_by_says_what_becomes_late(cast, letter):
    preview = preview_document_date(cast.ctx("officer", on="2026-09-01"), of_letter(cast, letter, given_on="115-08-31"))
    assert [change.key for change in preview.late] == ["DEMO-OWN-01/interim_report/Y1"]


def test_a_contract_date_fills_what_the_call_does_not_state(cast, contract):
    before = [gap.rule for gap in contract_gaps(cast.ctx("other_officer"), cast.project("foreign").id)]
    enter_document_date(cast.ctx("other_officer"), of_contract(cast, contract), key=key())
    row = cast.obligation("final_report", which="foreign")
    after = [gap.rule for gap in contract_gaps(cast.ctx("other_officer"), cast.project("foreign").id)]
    assert (row.date_status, row.due_on, row.confidence) == ("dated", date(2027, 1, 29), "contract")
    assert before == ["interim_report", "final_report", "expenditure_closing", "payment", "follow_up"]
    assert after == [rule for rule in before if rule != "final_report"]


def test_a_rule_in_a_contract_is_counted_from_its_anchor(cast, contract):
    by_rule = of_contract(cast, contract, given_on=None, direction="after", anchor="project_end", months=1)
    enter_document_date(cast.ctx("other_officer"), by_rule, key=key())
    row = cast.obligation("final_report", which="foreign")
    # 2026-12-31 and one month: 2027-01-31 is a Sunday
    assert (row.nominal_on, row.due_on) == (date(2027, 1, 31), date(2027, 2, 1))


def test_a_contract_may_bring_an_item_that_no_call_knows(cast, contract):
    new = of_contract(cast, contract, kind="contract_item", rule="insurance_policy", title_zh="投保證明", title_en="Proof of insurance")
    enter_document_date(cast.ctx("other_officer"), new, key=key())
    row = cast.obligation("insurance_policy", which="foreign")
    assert (row.kind, row.title_zh, row.due_on) == ("contract_item", "投保證明", date(2027, 1, 29))


def test_an_official_date_stands_whatever_a_contract_says_later(cast, contract):
    ctx = cast.ctx("other_officer")
    enter_document_date(ctx, of_contract(cast, contract, basis="official", letter_number="示範字第2號", given_on="2027-01-15"), key=key())
    assert preview_document_date(ctx, of_contract(cast, contract)).changes == ()
    enter_document_date(ctx, of_contract(cast, contract), key=key())
    assert cast.obligation("final_report", which="foreign").due_on == date(2027, 1, 15)


def test_a_date_for_the_whole_programme_reaches_its_projects_only(cast, letter):
    entered = enter_document_date(cast.ctx("officer"), of_letter(cast, letter, project_id=None), key=key())
    assert entered.changed == ("DEMO-OWN-01/interim_report/Y1",)


def test_withdrawing_returns_to_the_computed_date_and_keeps_the_row(cast, letter):
    ctx = cast.ctx("officer")
    entered = enter_document_date(ctx, of_letter(cast, letter), key=key())
    withdraw_document_date(ctx, document_date_id=entered.document_date_id, reason="函文已撤回", key=key())
    row = cast.obligation("interim_report", "Y1")
    (given,) = given_dates(ctx, project_id=cast.project("own").id)
    assert (row.due_on, row.letter_number) == (date(2027, 3, 31), None)
    assert (given.withdrawn, given.withdrawn_reason, given.filename) == (True, "函文已撤回", "letter.pdf")


def test_a_date_is_withdrawn_once_and_with_a_reason(cast, letter):
    ctx = cast.ctx("officer")
    row_id = enter_document_date(ctx, of_letter(cast, letter), key=key()).document_date_id
    with pytest.raises(Invalid):
        withdraw_document_date(ctx, document_date_id=row_id, reason=" ", key=key())
    withdraw_document_date(ctx, document_date_id=row_id, reason="示範", key=key())
    with pytest.raises(Stale):
        withdraw_document_date(ctx, document_date_id=row_id, reason="示範", key=key())


def test_the_same_click_twice_enters_one_date(cast, letter):
    ctx, once = cast.ctx("officer"), key()
    assert enter_document_date(ctx, of_letter(cast, letter), key=once) == enter_document_date(ctx, of_letter(cast, letter), key=once)
    assert len(given_dates(ctx, project_id=cast.project("own").id)) == 1


@pytest.mark.parametrize("who", ["pi", "assistant", "company_pi", "auditor", "admin"])
def test_only_the_office_enters_dates(cast, letter, who):
    with pytest.raises(Forbidden):
        enter_document_date(cast.ctx(who), of_letter(cast, letter), key=key())


@pytest.mark.parametrize("who", ["other_officer", "stranger_pi"])
def test_a_foreign_project_is_not_found(cast, letter, who):
    with pytest.raises(NotFound):
        enter_document_date(cast.ctx(who), of_letter(cast, letter), key=key())
    with pytest.raises(NotFound):
        preview_document_date(cast.ctx(who), of_letter(cast, letter))


def test_a_project_under_the_wrong_programme_is_not_found(cast, letter):
    with pytest.raises(NotFound):
        enter_document_date(cast.ctx("officer"), of_letter(cast, letter, project_id=cast.project("foreign").id), key=key())


def test_the_chief_may_enter_dates(cast, letter):
    assert enter_document_date(cast.ctx("chief"), of_letter(cast, letter), key=key()).changed


def test_the_leap_day_of_113_is_read_and_that_of_115_is_refused_by_name(cast, letter):
    ctx = cast.ctx("officer")
    assert enter_document_date(ctx, of_letter(cast, letter, given_on="民國113年2月29日"), key=key()).changed
    with pytest.raises(Invalid) as refused:
        enter_document_date(ctx, of_letter(cast, letter, given_on="115/2/29"), key=key())
    assert fields(refused) == ["given_on"]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"given_on": ""}, ["given_on"]),
        ({"letter_number": " "}, ["letter_number"]),
        ({"basis": "contract"}, ["contract_page"]),
        ({"basis": "rumour"}, ["basis"]),
        ({"document_id": None}, ["document_id"]),
        ({"kind": "reply"}, ["kind"]),
        ({"kind": "final_report"}, ["kind"]),
        ({"rule": "made up"}, ["rule", "title_zh"]),
        ({"period_label": "Y9"}, ["period_label"]),
        ({"given_on": None, "direction": "after", "anchor": "sunrise", "months": 1}, ["anchor"]),
        ({"given_on": None, "direction": "after", "anchor": "project_end", "months": 1, "days": 1}, ["months"]),
        ({"given_on": None, "direction": "sideways", "anchor": "project_end", "months": 1}, ["direction"]),
        ({"direction": "after", "anchor": "project_end", "months": 1}, ["given_on"]),
        ({"given_on": None, "direction": "after", "anchor": "signed_on", "months": 1}, ["anchor"]),
    ],
)
def test_wrong_input_names_its_field_and_writes_nothing(cast, letter, wrong, named):
    with pytest.raises(Invalid) as refused:
        enter_document_date(cast.ctx("officer"), of_letter(cast, letter, **wrong), key=key())
    assert fields(refused) == named
    with cast.desk.store.read() as conn:
        assert conn.execute(select(t.document_date)).all() == []


def test_a_document_of_another_project_does_not_count(cast, contract):
    with pytest.raises(Invalid) as refused:
        enter_document_date(cast.ctx("officer"), of_letter(cast, contract), key=key())
    assert fields(refused) == ["document_id"]


def test_the_pi_reads_the_dates_of_her_project_and_a_stranger_does_not(cast, letter):
    enter_document_date(cast.ctx("officer"), of_letter(cast, letter, project_id=None), key=key())
    (given,) = given_dates(cast.ctx("pi"), project_id=cast.project("own").id)
    assert (given.whole_programme, given.letter_number) == (True, "示範字第1號")
    with pytest.raises(NotFound):
        given_dates(cast.ctx("stranger_pi"), project_id=cast.project("own").id)
    with pytest.raises(NotFound):
        contract_gaps(cast.ctx("stranger_pi"), cast.project("own").id)


def test_what_is_entered_before_eight_in_the_morning_is_entered_on_that_day_in_taipei(cast, letter):
    office = replace(cast.ctx("officer"), now=at("2026-09-01", "07:30").astimezone(UTC))
    enter_document_date(office, of_letter(cast, letter), key=key())  # Tuesday morning, Monday in UTC
    (given,) = given_dates(office, project_id=cast.project("own").id)
    assert given.recorded_on == date(2026, 9, 1)


def test_rights_in_one_programme_open_no_project_of_another(cast, contract):
    mixed = {"programme_id": cast.project("own").programme_id, "project_id": cast.project("foreign").id}
    with pytest.raises(NotFound):
        slots(cast.ctx("officer"), **mixed)
    with pytest.raises(NotFound):
        given_dates(cast.ctx("officer"), **mixed)


def test_the_form_offers_what_exists_and_the_templates_of_the_call(cast):
    project = cast.project("own")
    offered = {
        (slot.rule, slot.period_label) for slot in slots(cast.ctx("officer"), programme_id=project.programme_id, project_id=project.id)
    }
    assert {("interim_report", "Y3"), ("quarterly_report", "Y1Q1"), ("data_call", "-")} <= offered
    with pytest.raises(Forbidden):
        slots(cast.ctx("pi"), programme_id=project.programme_id, project_id=project.id)
