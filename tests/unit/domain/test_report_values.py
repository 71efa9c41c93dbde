"""Fields of a form as people type them: read as meant, or refused by the name of the field, in a table by row and column."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.free_text import clean_line
from tracker.domain.minguo import both, roc, roc_long
from tracker.domain.report_checks import quantity_text
from tracker.domain.report_values import ROWS_KEPT, Limits, as_typed, kept_rows, read_entry, read_field, read_table
from tracker.programmes.report_types import Choice, Column, Field, FieldType, Words

TODAY, PERIOD_END = date(2026, 9, 1), date(2026, 8, 31)
W = Words("欄", "column")
NUMBER = Limits(least=Decimal(0), most=Decimal(100), decimals=1)


def read(kind: str, text: object, limits: Limits = Limits(), choices=()) -> object:
    """The value, or the message of the first finding."""
    reading = read_entry("f", kind, text, limits, choices)
    assert all(found.field == "f" for found in reading.findings)
    return reading.findings[0].msgid if reading.findings else reading.value


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""), ("  \n ", ""), ("12", "12"), ("１２．５", "12.5"), ("1,250", None), ("0", "0"), ("-0", "0"), ("100", "100"),
        ("100.0", "100"),
        ("１００", "100"), ("1 0", "10"), ("\u202e12", "12"), ("1\x002", "12"),
    ],
)  # fmt: skip
def test_a_number_is_kept_in_one_form(text, kept):
    found = read("number", text, NUMBER)
    assert found == ("At most {most}." if kept is None else kept)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("-1", "At least {least}."), ("100.1", "At most {most}."), ("1.25", "At most {decimals} decimals."),
        ("十二", "Write a plain number"),
        ("=1+1", "Write a plain number"), ("<script>1</script>", "Write a plain number"), ("1e5", "Write a plain number"),
        ("٣", "Write a plain number"), ("②", "Write a plain number"), ("NaN", "Write a plain number"), ("12人月", "Write a plain number"),
        ("9" * 400, "The number is too long"), ("115/8/31", "Write a plain number"), ("1,25", "Write a plain number"),
    ],
)  # fmt: skip
def test_what_is_no_number_within_its_bounds_is_named(text, said):
    assert str(read("number", text, NUMBER)).startswith(said)


def test_a_count_takes_no_decimals():
    assert read("number", "3.5", Limits(decimals=0)) == "Write a whole number."
    assert read("number", "3.0", Limits(decimals=0)) == "3"


@pytest.mark.parametrize(
    "text",
    ["115-08-31", "115/8/31", "115.8.31", "1150831", "民國115年8月31日", "１１５／０８／３１", "2026-08-31", "2026/8/31",
     "115-08-31 (2026-08-31)",
     "115年8月31日(星期一)", "  115-08-31\n", "115-08\u200b-31"],
)  # fmt: skip
def test_a_date_is_kept_as_iso_whatever_calendar_it_came_in(text):
    assert read("date", text, Limits(not_after=PERIOD_END, not_after_is="period_end")) == "2026-08-31"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("99/12/31", "The year is not certain"), ("115-02-30", "There is no such day"), ("115-08", "The day is missing"),
        ("明天", "This cannot be read"), ("115年8月31日(星期二)", "The weekday"), ("0115-08-31", "The year is not certain"),
        ("3000-01-01", "The date lies outside"), ("=TODAY()", "This cannot be read"), ("20260831<b>", "This cannot be read"),
        ("9" * 5000, "This cannot be read"), ("115-09-01", "This lies after the end of the period"),
    ],
)  # fmt: skip
def test_what_is_no_day_that_may_stand_here_is_named(text, said):
    assert str(read("date", text, Limits(not_after=PERIOD_END, not_after_is="period_end"))).startswith(said)


def test_a_day_after_today_says_today_in_both_calendars():
    (found,) = read_entry("f", "date", "115-09-02", Limits(not_after=TODAY, not_after_is="today")).findings
    assert found.params == {"day": "115-09-01 (2026-09-01)"}


@pytest.mark.parametrize("text", ["好", "good ", "GOOD", "good;drop", "<good>", "9" * 300])
def test_only_an_answer_of_the_list_is_a_choice(text):
    found = read("choice", text, choices=("good", "bad"))
    assert found == ("good" if text == "good " else "Choose one of the answers.")


def test_texts_lose_what_is_invisible_and_nothing_else():
    assert read("text", "=1+1\r\n<script>\x07alert(1)</script>\u202e ") == "=1+1\n<script>alert(1)</script>"
    assert read("line", " 一\n二\u200e ") == "一 二"


def test_a_text_is_measured_after_it_was_cleaned():
    assert read("text", "長" * 10 + " \u202e", Limits(longest=10)) == "長" * 10
    assert read("text", "長" * 11, Limits(longest=10)) == "{length} characters are too many: at most {longest}."
    assert read("line", "長" * 11, Limits(longest=10)) == "{length} characters are too many: at most {longest}."


@pytest.mark.parametrize("junk", [None, 7, ["x"], {"a": 1}, True, b"x"])
@pytest.mark.parametrize("kind", ["text", "line", "number", "date", "choice"])
def test_what_is_no_text_at_all_counts_as_nothing_written(kind, junk):
    assert read(kind, junk) == ""


COLUMNS = (
    Column("what", FieldType.LINE, Words("困難", "Problem"), longest=10),
    Column("share", FieldType.NUMBER, Words("機率", "Chance"), required=False, unit=W, least=Decimal(0), most=Decimal(100)),
    Column("until", FieldType.DATE, Words("期限", "Until"), required=False, not_after="today"),
    Column("state", FieldType.CHOICE, Words("狀態", "State"), required=False, choices=(Choice("open", W), Choice("solved", W))),
)
GOOD = {"what": "案例不足", "share": "５０", "until": "115/8/31", "state": "open"}


def table(*rows, most: int = 3):
    return read_table("risks", list(rows), COLUMNS, most, {"today": TODAY})


def test_a_table_is_kept_row_by_row_in_canonical_cells():
    reading = table(GOOD, {"what": " ", "share": ""}, {"what": "改版"})
    assert reading.findings == ()
    assert reading.value == [
        {"what": "案例不足", "share": "50", "until": "2026-08-31", "state": "open"},
        {"what": "改版", "share": "", "until": "", "state": ""},
    ]


@pytest.mark.parametrize(
    ("cell", "text", "said"),
    [
        ("what", "", "This has to be filled in."), ("what", "長" * 11, "11 characters are too many: at most 10."),
        ("share", "101", "At most 100."),
        ("share", "多", "Write a plain number, for example 1,250 or 12.5."), ("until", "115-09-02", "This lies after today"),
        ("until", "99/1/1", "The year is not certain"), ("state", "closed", "Choose one of the answers."),
    ],
)  # fmt: skip
def test_every_cell_error_says_its_row_and_its_column(cell, text, said):
    (found,) = table(GOOD, GOOD, GOOD | {cell: text}).findings
    assert (found.field, found.msgid) == ("risks", "Row {row}, {column}: {problem}")
    assert (found.params["row"], found.params["column"]) == (3, next(c.words for c in COLUMNS if c.id == cell))
    assert str(found.params["problem"]).startswith(said)


def test_rows_are_counted_as_they_stand_on_the_screen():
    (found,) = table({}, {"what": ""}, GOOD | {"share": "x"}).findings
    assert found.params["row"] == 3


def test_more_rows_than_the_form_allows_are_named_and_kept():
    reading = table(GOOD, GOOD, GOOD, GOOD)
    assert reading.findings[0].params == {"rows": 4, "most": 3}
    assert len(reading.value) == 4


@pytest.mark.parametrize("junk", [None, "text", 7, [1, "x", None, ["a"]], [{"what": 7}], {"what": "x"}])
def test_what_is_no_table_is_an_empty_one(junk):
    assert read_table("risks", junk, COLUMNS, 3).value == []


def test_a_draft_keeps_cells_as_typed_and_refuses_what_is_no_table():
    ids = [column.id for column in COLUMNS]
    kept = kept_rows([{"what": "甲\x00\u202e", "share": "很多"}], ids)
    assert kept == [{"what": "甲", "share": "很多", "until": "", "state": ""}]
    for bad in ("x", [1], [{"other": "x"}], [{"what": 3}], None, [{}] * (ROWS_KEPT + 1)):
        assert kept_rows(bad, ids) is None


@given(st.dates(date(2011, 1, 1), date(2060, 12, 31)))
def test_every_way_of_writing_a_day_reads_back_as_that_day(day):
    for text in (day.isoformat(), roc(day), roc_long(day), both(day)):
        assert read_entry("f", "date", text, Limits()).value == day.isoformat()


@given(st.decimals(min_value=0, max_value=10**12, places=3, allow_nan=False, allow_infinity=False))
def test_a_number_survives_being_kept_shown_and_kept_again(number):
    kept = read_entry("f", "number", quantity_text(number), Limits()).value
    assert Decimal(kept) == number
    assert read_entry("f", "number", as_typed("number", kept), Limits()).value == kept


@given(st.sampled_from(["text", "line", "number", "date", "choice"]), st.text())
def test_any_text_in_any_field_is_kept_or_named_and_reading_twice_changes_nothing(kind, text):
    reading = read_entry("f", kind, text, Limits(), ("a",))
    assert isinstance(reading.value, str)
    if not reading.findings:
        assert read_entry("f", kind, reading.value, Limits(), ("a",)).value == reading.value
        assert bool(reading.value) == bool(clean_line(text) if kind != "text" else reading.value)


@given(st.lists(st.dictionaries(st.sampled_from(["what", "share", "until", "state"]), st.text(max_size=20)), max_size=6))
def test_any_table_that_a_draft_keeps_can_be_read(rows):
    kept = kept_rows(rows, [column.id for column in COLUMNS])
    reading = read_table("risks", kept, COLUMNS, 3, {"today": TODAY})
    assert all(set(row) == {"what", "share", "until", "state"} for row in reading.value)
    assert all(found.field == "risks" for found in reading.findings)


def test_a_field_takes_its_bounds_from_the_form():
    field = Field("met_on", FieldType.DATE, W, W, not_after="period_end")
    days = {"today": TODAY, "period_end": PERIOD_END}
    assert read_field(field, "115-08-31", days).findings == ()
    assert len(read_field(field, (PERIOD_END + timedelta(days=1)).isoformat(), days).findings) == 1
    assert read_field(field, "2027-01-01", {"today": TODAY}).findings == (), "a report without a period has no end to lie after"
