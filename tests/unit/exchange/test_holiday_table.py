"""The official table is read whole or not at all, and what is wrong is named by row and column."""

from datetime import date

import pytest

from tests.official_table import HEADER, rows, table
from tracker.exchange.closure_list import read_closures
from tracker.exchange.holiday_table import MOST_PROBLEMS, YearOfDays, read_table
from tracker.exchange.sheets import SheetRefused
from tracker.programmes.calendars import load_calendar


def refused(content: bytes):
    with pytest.raises(SheetRefused) as error:
        read_table(content)
    return error.value.problems


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp950", "utf-16"])
@pytest.mark.parametrize("year", [2017, 2020, 2025, 2026, 2027])
def test_every_encoding_of_every_shipped_year_is_read_as_the_shipped_days(year, encoding):
    (found,) = read_table(table(year, encoding=encoding)).years
    calendar = load_calendar()
    assert found.days_off == {day for day in calendar.days_off if day.year == year}
    assert found.working_weekends == {day for day in calendar.working_weekends if day.year == year}


def test_several_years_in_one_file_are_several_tables():
    content = "\n".join([HEADER, *rows(2026), *rows(2027)]).encode()
    assert [one.year for one in read_table(content).years] == [2026, 2027]


def test_a_year_comes_back_from_its_stored_form():
    (found,) = read_table(table(2025)).years
    assert YearOfDays.from_json(2025, found.as_json()) == found


def spoilt(old: str, new: str, year: int = 2026) -> bytes:
    text = table(year).decode("utf-8-sig")
    assert old in text
    return text.replace(old, new, 1).encode()


@pytest.mark.parametrize(
    ("content", "row", "column", "words"),
    [
        (spoilt("20260105,一", "20260105,二"), 6, "星期", "星期"),
        (spoilt("20260105,一,0", "20260105,一,1"), 6, "是否放假", "only 0"),
        (spoilt("20260105,一,0", "20260105,一,"), 6, "是否放假", "only 0"),
        (spoilt("20260105", "2026/1/5"), 6, "西元日期", "spreadsheet"),
        (spoilt("20260105", "46027"), 6, "西元日期", "spreadsheet"),
        (spoilt("20260105", "2.03E+07"), 6, "西元日期", "spreadsheet"),
        (spoilt("20260105", "1150105"), 6, "西元日期", "spreadsheet"),
        (spoilt("20260105", "20260135"), 6, "西元日期", "no day"),
        (spoilt("20260105", "19990105"), 6, "西元日期", "outside"),
        (spoilt("20260105", "五日"), 6, "西元日期", "not a day"),
        (spoilt("20260105,一,0,", "20260105,一,0,=1+1"), 6, "備註", "formula"),
        (spoilt("20260105,一,0,", "20260105,一,0,,x"), 6, "", "more cells"),
        (spoilt("20260105,一,0,", "20260104,日,2,"), 6, "西元日期", "twice"),
        (spoilt("\r\n20260105,一,0,", ""), 0, "西元日期", "not whole"),
        (spoilt("星期", "週日"), 1, "", "first line"),
        (spoilt(HEADER, "Subject,Start Date,Start Time"), 1, "", "Google"),
        (b"", 0, "", "empty"),
        (b"  \r\n ", 0, "", "empty"),
        (HEADER.encode(), 0, "", "no rows"),
        (b"PK\x03\x04" + b"x" * 100, 0, "", "CSV edition"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, 0, "", "CSV edition"),
        (b"\xef\xbb\xbf<!DOCTYPE html><html>404</html>", 0, "", "web page"),
        (b"x" * 10_000_000, 0, "", "1 MB"),
        (b"\xff\xff\xff,\x80\x81", 0, "", "not a text file"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_row_and_column(content, row, column, words):
    problem = refused(content)[0]
    assert (problem.row, problem.column) == (row, column)
    assert words in problem.msgid


def test_a_year_in_which_everything_is_off_is_no_table():
    lines = [",".join([*line.split(",")[:2], "2", ""]) for line in rows(2026)]
    (problem,) = refused("\n".join([HEADER, *lines]).encode())
    assert problem.params["n"] == 261


def test_hundreds_of_problems_are_listed_shortly():
    found = refused(table(2026).replace(b",0,", b",7,"))
    assert len(found) == MOST_PROBLEMS + 1
    assert found[-1].params["n"] > 200


# --- closures as people write them


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-02, 臺北市, 新北市",
        "115/10/2 台北市 新北市",
        "臺北市、新北市；民國115年10月2日",
        "縣市,日期\n臺北市,2026-10-02\nNew Taipei City,2026-10-02",
        "Taipei City\t2026-10-02\n115-10-02,新北市\n\n",
        "\ufeffdate,county\n2026-10-02,Taipei City,New Taipei City",
    ],
)
def test_closures_are_read_however_they_are_written(text):
    assert set(read_closures(text).closures) == {("臺北市", date(2026, 10, 2)), ("新北市", date(2026, 10, 2))}
    assert read_closures(text.encode("utf-8")) == read_closures(text)


@pytest.mark.parametrize(
    ("text", "row", "words"),
    [
        ("2026-10-02, 示範縣", 1, "neither"),
        ("臺北市, 2026-10-02\n臺北市", 2, "needs a day"),
        ("2026-10-02", 1, "needs a day"),
        ("臺北市, 2026-02-30", 1, "neither"),
        ("", 0, "at least one"),
        ("臺北市,2026-10-02\n" * 1_001, 0, "too long"),
        ("x" * 100_001, 0, "too long"),
    ],
)
def test_what_is_wrong_in_a_list_is_named_by_its_line(text, row, words):
    with pytest.raises(SheetRefused) as error:
        read_closures(text)
    problem = error.value.problems[0]
    assert (problem.row, words in problem.msgid) == (row, True)


def test_a_note_is_kept_as_one_harmless_line_and_a_page_of_it_is_refused():
    (year,) = read_table(table(2030, off={"2030-09-02": "示範\x07紀念日\u202e 補假"})).years
    assert year.notes[date(2030, 9, 2)] == "示範紀念日 補假"  # a Monday
    (problem,) = refused(table(2030, off={"2030-09-02": "長" * 201}))
    assert (problem.column, problem.params) == ("備註", {"n": 200})


@pytest.mark.parametrize(
    ("worked", "seventh"),
    [
        (("2026-03-07", "2026-03-08"), "2026-03-08"),  # Saturday and Sunday after a whole week: Monday 2 to Sunday 8 March
        (("2026-03-08",), None),  # the Saturday before it is off, the Saturday after it too
        (("2026-03-08", "2026-03-14"), "2026-03-14"),  # Sunday to Saturday
        (("2026-12-27",), "2027-01-02"),  # Sunday: on the other side of New Year nobody knows what is off but Sundays
    ],
)
def test_a_table_by_which_seven_days_in_a_row_are_worked_is_none(worked, seventh):
    content = table(2026, worked=worked)
    if seventh is None:
        assert read_table(content).years
        return
    (problem,) = refused(content)
    assert problem.params == {"day": seventh}
