"""The worked cases of tests/data/deadline_cases.csv, which says in prose what kind of period each is; here by hand."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from tracker.domain import deadlines, periods
from tracker.domain.periods import Period

CASES = Path(__file__).parents[2] / "data" / "deadline_cases.csv"
ROWS = {row["case"]: row for row in csv.DictReader(CASES.read_text("utf-8").splitlines())}

# "after" and "before" are duties; "from" is a boundary whose first day counts; "window" is a system's own limit that
# never rolls; "month_end" is the end of the month of the anchor, a duty.
KINDS = {
    "C001": ("from", Period(months=48)),
    "C003": ("from", Period(months=24)),
    "C005": ("before", Period(months=2)),
    "C007": ("before", Period(months=2)),
    "C009": ("after", Period(months=3)),
    "C011": ("after", Period(months=3)),
    "C013": ("after", Period(months=3)),
    "C015": ("before", Period(months=2)),
    "C017": ("after", Period(months=3)),
    "C019": ("after", Period(months=3)),
    "C021": ("after", Period(months=3)),
    "C023": ("month_end", None),
    "C025": ("after", Period(months=6)),
    "C027": ("after", Period(months=3)),
    "C029": ("window", Period(days=7)),
    "C031": ("after", Period(months=1)),
    "C033": ("from", Period(months=12)),
    "C035": ("after", Period(months=6)),
    "C037": ("after", Period(months=6)),
    "C039": ("after", Period(months=6)),
    "C041": ("after", Period(months=3)),
    "C043": ("after", Period(days=10)),
    "C045": ("after", Period(days=10)),
    "C047": ("after", Period(months=3)),
    "C049": ("after", Period(months=3)),
    "C051": ("after", Period(months=3)),
    "C053": ("after", Period(months=3)),
    "C055": ("after", Period(months=3)),
    "C057": ("after", Period(months=3)),
    "C059": ("after", Period(months=3)),
    "C060": ("after", Period(months=3)),
    "C061": ("after", Period(months=3)),
    "C063": ("after", Period(months=3)),
    "C065": ("after", Period(months=3)),
    "C067": ("after", Period(months=3)),
    "C069": ("after", Period(months=3)),
    "C071": ("after", Period(months=3)),
    "C073": ("from", Period(months=12)),
    "C075": ("before", Period(months=2)),
    "C077": ("before", Period(months=2)),
    "C079": ("before", Period(months=2)),
    "C081": ("before", Period(months=2)),
    "C083": ("before", Period(months=2)),
    "C085": ("before", Period(days=30)),
    "C087": ("after", Period(months=1)),
}


def _dates(case: str, *names: str) -> list[date]:
    return [date.fromisoformat(ROWS[case][name]) for name in names]


def _of_kind(*kinds: str) -> list[str]:
    return [case for case, (kind, _) in KINDS.items() if kind in kinds]


def test_every_case_of_the_file_is_classified_and_no_other():
    assert list(KINDS) == list(ROWS)


@pytest.mark.parametrize("case", _of_kind("after"))
def test_a_forward_case_has_its_nominal_and_its_rolled_day(case, calendar, with_typhoon):
    anchor, nominal, rolled = _dates(case, "anchor", "expected_nominal", "expected_rolled")
    office = with_typhoon.for_county("臺北市") if case == "C021" else calendar
    found = deadlines.after(anchor, KINDS[case][1], office)
    assert (found.nominal, found.due_on, found.file_by) == (nominal, rolled, rolled)


@pytest.mark.parametrize("case", _of_kind("before"))
def test_a_backward_case_never_moves_later_and_its_previous_working_day_is_known(case, calendar):
    anchor, nominal, rolled = _dates(case, "anchor", "expected_nominal", "expected_rolled")
    found = deadlines.before(anchor, KINDS[case][1], calendar)
    assert (found.nominal, found.due_on) == (nominal, nominal)
    assert calendar.previous_working(found.nominal) == rolled
    assert found.file_by <= rolled


@pytest.mark.parametrize("case", _of_kind("from"))
def test_a_boundary_case_counts_its_first_day_and_never_rolls(case):
    anchor, nominal, rolled = _dates(case, "anchor", "expected_nominal", "expected_rolled")
    assert periods.last_day_from(anchor, KINDS[case][1]) == nominal == rolled


def test_the_system_window_of_c029_never_rolls():
    anchor, nominal, rolled = _dates("C029", "anchor", "expected_nominal", "expected_rolled")
    assert periods.forward(anchor, KINDS["C029"][1]) == nominal == rolled


def test_the_month_end_of_c023_rolls_as_a_duty_does(calendar):
    anchor, nominal, rolled = _dates("C023", "anchor", "expected_nominal", "expected_rolled")
    found = deadlines.until(periods.month_end(anchor), calendar, anchor)
    assert (found.anchor, found.nominal, found.due_on) == (anchor, nominal, rolled)


def test_without_the_closure_c021_is_due_on_the_day_of_the_typhoon(calendar):
    (anchor,) = _dates("C021", "anchor")
    assert deadlines.after(anchor, Period(months=3), calendar).due_on == date(2024, 10, 31)  # Thursday
