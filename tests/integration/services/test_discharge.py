"""The funder's own receipt, where handing in here is not enough."""

from datetime import date

import pytest
from sqlalchemy import select

from tests.cast import key
from tests.integration.services.support_documents import put_document
from tracker.services.discharge import discharge_of, record_discharge
from tracker.services.errors import Forbidden, Invalid, NotFound
from tracker.store import tables as t


@pytest.fixture
def closing(cast):
    """The closing of the accounts of `own`: goes to the funder itself, due 2030-09-02 (Monday) as 08-31 is a Saturday."""
    return cast.obligation("expenditure_closing")


@pytest.fixture
def receipt(cast):
    return put_document(cast, "own", "receipt.pdf")


def record(cast, who, closing, receipt, **changes):
    values = {"obligation_id": closing.id, "received_on": "119-08-20", "receipt_number": "收文第1號", "document_id": receipt, "key": key()}
    return record_discharge(cast.ctx(who, on="2030-09-10"), **{**values, **changes})


def test_a_receipt_stops_the_ladder_and_is_judged_by_its_own_day(cast, closing, receipt):
    done = record(cast, "pi", closing, receipt)
    row = cast.obligation("expenditure_closing")
    assert (row.discharged_on, row.next_look_on, row.status) == (date(2030, 8, 20), None, "open")
    assert (done.on_time, done.receipt_number, done.filename) == (True, "收文第1號", "receipt.pdf")


@pytest.mark.parametrize(("day", "on_time"), [("2030-09-02", True), ("2030-09-03", False)])
def test_the_last_day_itself_is_in_time_at_the_funder(cast, closing, receipt, day, on_time):
    assert record(cast, "pi", closing, receipt, received_on=day).on_time is on_time


def test_until_then_what_was_handed_in_here_waits_for_its_receipt(cast, closing):
    ctx = cast.ctx("pi", on="2030-08-01")

    def hand_in(tx):
        tx.conn.execute(
            t.obligation.update().where(t.obligation.c.id == closing.id).values(status="submitted", first_submitted_on=ctx.today)
        )

    cast.desk.store.write_quiet(ctx.now, hand_in)
    assert discharge_of(ctx, closing.id).waits_for_receipt
    record(cast, "assistant", closing, put_document(cast, "own", "r.pdf"))
    assert not discharge_of(ctx, closing.id).waits_for_receipt


def test_a_duty_that_milepost_discharges_takes_no_receipt(cast, receipt):
    with pytest.raises(Invalid) as refused:
        record(cast, "pi", cast.obligation("interim_report", "Y1"), receipt)
    assert [problem.field for problem in refused.value.problems] == ["obligation_id"]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"received_on": "2030-09-11"}, "received_on"),
        ({"received_on": "119/2/29"}, "received_on"),
        ({"receipt_number": " "}, "receipt_number"),
        ({"document_id": None}, "document_id"),
    ],
)
def test_wrong_input_names_its_field(cast, closing, receipt, wrong, named):
    with pytest.raises(Invalid) as refused:
        record(cast, "pi", closing, receipt, **wrong)
    assert [problem.field for problem in refused.value.problems] == [named]
    assert cast.obligation("expenditure_closing").discharged_on is None


def test_only_the_office_corrects_a_recorded_receipt(cast, closing, receipt):
    record(cast, "pi", closing, receipt)
    with pytest.raises(Invalid):
        record(cast, "pi", closing, receipt, received_on="2030-08-21")
    assert record(cast, "officer", closing, receipt, received_on="2030-08-21").received_on == date(2030, 8, 21)


def test_the_same_click_twice_records_one_receipt(cast, closing, receipt):
    once = key()
    assert record(cast, "pi", closing, receipt, key=once) == record(cast, "pi", closing, receipt, key=once)
    with cast.desk.store.read() as conn:
        assert len(conn.execute(select(t.discharge_receipt)).all()) == 1


@pytest.mark.parametrize(
    ("who", "refusal"), [("auditor", Forbidden), ("admin", Forbidden), ("other_officer", NotFound), ("stranger_pi", NotFound)]
)
def test_others_are_refused(cast, closing, receipt, who, refusal):
    with pytest.raises(refusal):
        record(cast, who, closing, receipt)


def test_a_stranger_does_not_even_see_where_it_stands(cast, closing):
    with pytest.raises(NotFound):
        discharge_of(cast.ctx("stranger_pi"), closing.id)
