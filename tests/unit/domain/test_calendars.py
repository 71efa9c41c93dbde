"""The shipped working days, against the published lists and, day by day, against the library."""

from __future__ import annotations

from datetime import date, timedelta

import holidays
import pytest

from tracker.config import data_dir
from tracker.domain.calendars import COUNTIES, OutsideCalendar, WorkingCalendar, canonical_county
from tracker.programmes import calendars
from tracker.programmes.calendars import CalendarDataError, load_calendar, load_closures, load_tables

SHIPPED = data_dir() / "calendars" / "tw"

# Mondays to Fridays off, as the official tables of these years print them (MMDD).
OFFICIAL = {
    2025: "0101 0127 0128 0129 0130 0131 0228 0403 0404 0530 0929 1006 1010 1024 1225",
    2026: "0101 0216 0217 0218 0219 0220 0227 0403 0406 0501 0619 0925 0928 1009 1026 1225",
    2027: "0101 0204 0205 0208 0209 0210 0301 0405 0406 0430 0609 0915 0928 1011 1025 1224 1231",
}
TABLE = """year = 2030
status = "official"
source = "示範公告"
checked_on = 2026-11-21
working_weekends = []

[[day_off]]
on = 2030-01-01
zh = "開國紀念日"
en = "Founding Day"
"""


def days_of(first_year: int, last_year: int) -> list[date]:
    first = date(first_year, 1, 1)
    return [first + timedelta(days=step) for step in range((date(last_year, 12, 31) - first).days + 1)]


def write(folder, name: str, text: str) -> None:
    folder.joinpath(name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("year", OFFICIAL)
def test_an_official_year_is_the_published_list(calendar, year):
    off = " ".join(f"{day:%m%d}" for day in sorted(calendar.days_off) if day.year == year)
    assert off == OFFICIAL[year]
    worked = {day for day in calendar.working_weekends if day.year == year}
    assert worked == ({date(2025, 2, 8)} if year == 2025 else set())


def test_every_tabled_day_equals_the_library(calendar):
    library = holidays.country_holidays("TW", years=range(2016, 2029))
    assert [day for day in days_of(2017, 2027) if calendar.is_working(day) != library.is_working_day(day)] == []


def test_later_years_equal_the_library_and_are_provisional(calendar):
    library = holidays.country_holidays("TW", years=range(2027, 2062))
    for day in days_of(2028, 2060):
        assert calendar.is_working(day) == library.is_working_day(day)
        assert calendar.is_provisional(day)


def test_tabled_years_say_whether_they_are_official_or_computed(calendar):
    status = {table.year: table.status for table in load_tables(SHIPPED)}
    assert [year for year, word in status.items() if word == "official"] == [2025, 2026, 2027]
    assert [year for year, word in status.items() if word == "computed"] == list(range(2017, 2025))
    assert calendar.official_through == date(2027, 12, 31)
    assert not any(calendar.is_provisional(day) for day in days_of(2017, 2027))
    assert calendar.is_computed(date(2024, 12, 31))
    assert not calendar.is_computed(date(2025, 1, 1))


def test_every_table_names_its_source_and_the_day_it_was_checked():
    assert all(table.source and table.checked_on >= date(2026, 11, 1) for table in load_tables(SHIPPED))


def test_every_weekday_off_has_a_name_in_both_languages(calendar):
    assert all(calendar.names[day].zh and calendar.names[day].en for day in calendar.days_off)


def test_no_closure_is_shipped(calendar):
    assert dict(calendar.closures) == {}
    assert (SHIPPED / "closures.toml").exists()


def test_the_nine_days_of_new_year_2026_lead_to_the_23rd(calendar):
    assert calendar.next_working(date(2026, 2, 14)) == date(2026, 2, 23)  # Saturday, Monday
    assert calendar.previous_working(date(2026, 2, 22)) == date(2026, 2, 13)  # Sunday, Friday


def test_a_working_day_is_its_own_next_and_previous(calendar):
    tuesday = date(2026, 9, 1)
    assert calendar.next_working(tuesday) == calendar.previous_working(tuesday) == tuesday


def test_a_day_is_described_in_both_languages(calendar):
    assert calendar.describe(date(2025, 2, 8)).zh == "星期六，補行上班日"
    assert calendar.describe(date(2026, 10, 9)).en == "Friday, National Day (substitute)"
    assert calendar.describe(date(2026, 9, 1)).en == "Tuesday"


def test_days_outside_the_calendar_are_refused(calendar):
    for day in (date(2000, 12, 31), date(2061, 1, 1)):
        with pytest.raises(OutsideCalendar, match="2001 to 2060"):
            calendar.is_working(day)


def test_a_closure_is_a_day_off_in_its_county_even_on_a_make_up_saturday():
    saturday = date(2025, 2, 8)
    made = WorkingCalendar("t", frozenset(), frozenset({saturday}), date(2027, 12, 31), {"新竹市": frozenset({saturday})})
    assert made.is_working(saturday)
    assert not made.for_county("Hsinchu").is_working(saturday)
    assert made.for_county("臺北市").is_working(saturday)


def test_a_calendar_is_hashable_and_equal_by_what_it_says(calendar, with_typhoon):
    assert calendar.for_county(None) is calendar.for_county("臺北市") is calendar
    assert with_typhoon.for_county("Taipei") is with_typhoon.for_county("臺北市")
    assert len({calendar, load_calendar(SHIPPED), with_typhoon, with_typhoon.for_county("Taipei")}) == 3


@pytest.mark.parametrize("written", ["臺北市", "台北市", "Taipei", "Taipei City", " taipei city "])
def test_a_county_is_known_by_its_usual_names(written):
    assert canonical_county(written) == "臺北市"


def test_every_county_is_found_by_either_name_and_a_slip_by_none():
    assert all(canonical_county(zh) == canonical_county(en) == zh for zh, en in COUNTIES.items())
    assert canonical_county("Hsinchu County") == "新竹縣"
    assert canonical_county("Taipai") is None


def test_the_version_changes_with_any_day_and_with_any_closure(tmp_path):
    calendars._load.cache_clear()
    write(tmp_path, "2030.toml", TABLE)
    first = load_calendar(tmp_path).version
    write(tmp_path, "2030.toml", TABLE.replace("2030-01-01", "2030-01-02"))
    calendars._load.cache_clear()
    second = load_calendar(tmp_path).version
    closure = '[[closure]]\ncounty="臺北市"\non=2030-08-01\nsource="示範公告"\nchecked_on=2030-08-02\n'
    write(tmp_path, "closures.toml", closure)
    calendars._load.cache_clear()
    with_closure = load_calendar(tmp_path)
    assert len({first, second, with_closure.version}) == 3
    assert first.startswith(f"tw-2026.11+holidays-{holidays.__version__}+")
    assert not with_closure.for_county("Taipei").is_working(date(2030, 8, 1))  # Thursday


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("year = 2030", "year = 2031"), "its year is 2031"),
        (('"official"', '"certain"'), "status must be one of"),
        (("2026-11-21", '"yesterday"'), "checked_on is not a date"),
        (("working_weekends = []", "working_weekends = [2030-01-02]"), "does not belong under working_weekends"),
        (("on = 2030-01-01", "on = 2030-01-05"), "does not belong under day_off"),  # a Saturday
        (('source = "示範公告"\n', ""), "source is missing"),
        (("[[day_off]]", "surprise = 1\n[[day_off]]"), "unknown key surprise"),
        (('en = "Founding Day"\n', ""), "needs exactly on, zh, en"),
        (("year = 2030", "year ="), "2030.toml"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused_with_its_file(tmp_path, change, complaint):
    write(tmp_path, "2030.toml", TABLE.replace(*change))
    with pytest.raises(CalendarDataError, match=complaint) as refused:
        load_tables(tmp_path)
    assert all(problem.startswith("2030.toml: ") for problem in refused.value.problems)


def test_a_gap_between_the_years_is_refused(tmp_path):
    write(tmp_path, "2030.toml", TABLE)
    write(tmp_path, "2032.toml", TABLE.replace("2030-01-01", "2032-01-01").replace("year = 2030", "year = 2032"))
    with pytest.raises(CalendarDataError, match="leave a gap"):
        load_tables(tmp_path)


def test_a_folder_without_tables_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_tables(tmp_path)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ('county="火星市"\non=2030-08-01\nsource="示範"\nchecked_on=2030-08-02', "no such county"),
        ('county="臺北市"\non=2030-08-01\nchecked_on=2030-08-02', "needs exactly"),
        ('county="臺北市"\non=2030-08-01\nsource=" "\nchecked_on=2030-08-02', "no source"),
        ('county="臺北市"\non="8/1"\nsource="示範"\nchecked_on=2030-08-02', "not a date"),
    ],
)
def test_an_undocumented_closure_is_refused(tmp_path, row, complaint):
    write(tmp_path, "closures.toml", f"[[closure]]\n{row}\n")
    with pytest.raises(CalendarDataError, match=complaint):
        load_closures(tmp_path / "closures.toml")
