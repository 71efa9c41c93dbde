"""The days around a report: it opens, is due until the last second of its day in Taipei, and a grace changes nothing about lateness."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from tests.integration.alerts.support import replan
from tests.integration.services.support_reports import fill, hand_in, opened, write
from tests.integration.services.windows import WINDOW, stating
from tracker.domain.statuses import Lateness, lateness
from tracker.services.errors import Invalid
from tracker.services.obligation_changes import extend
from tracker.services.report_windows import late_problem, may_hand_in, window_view, with_window

DUE = date(2027, 3, 31)  # a Wednesday: the first interim report, to be filed by the day before


def row(**changes):
    """The columns of an obligation that a window looks at."""
    values = {
        "status": "open", "duty": True, "opens_on": date(2027, 1, 30), "due_on": DUE, "first_submitted_on": None, "confidence": "stated",
    }  # fmt: skip
    return SimpleNamespace(**(values | changes))


@pytest.mark.parametrize(
    ("window", "opens", "grace"),
    [
        (WINDOW, date(2027, 1, 30), date(2027, 4, 5)),
        (None, None, None),
        (WINDOW.__class__(kinds=(), withdraw_days=7), None, None),
        (WINDOW.__class__(kinds=(), opens_days_before_due=0, grace_days=0), DUE, None),
    ],
)
def test_the_opening_day_and_the_grace_are_counted_from_the_due_day(window, opens, grace):
    found = with_window({"due_on": DUE}, window)
    assert (found["opens_on"], found["grace_until_on"]) == (opens, grace)


def test_what_has_no_date_has_no_window():
    assert with_window({"due_on": None}, WINDOW) == {"due_on": None, "opens_on": None, "grace_until_on": None}


@pytest.mark.parametrize(
    ("changes", "today", "open_"),
    [
        ({}, date(2027, 1, 29), False),  # the day before
        ({}, date(2027, 1, 30), True),  # the opening day itself
        ({"opens_on": None}, date(2026, 6, 1), True),
        ({"first_submitted_on": date(2027, 1, 30)}, date(2027, 1, 29), True),  # handed in once: an answer needs no window
        ({"status": "waived"}, date(2027, 2, 1), False),
        ({"status": "closed"}, date(2027, 2, 1), False),
    ],
)
def test_it_is_handed_in_from_its_opening_day_on(changes, today, open_):
    assert (may_hand_in(row(**changes), today) is None) is open_


@pytest.mark.parametrize(
    ("changes", "today", "reason", "severity"),
    [
        ({}, DUE, "", None),
        ({}, date(2027, 4, 1), "", "error"),
        ({}, date(2027, 4, 1), " \n", "error"),
        ({}, date(2027, 4, 1), "颱風停班", None),
        ({"first_submitted_on": DUE}, date(2027, 4, 1), "", None),  # an answer is not asked
        ({"confidence": "assumed"}, date(2027, 4, 1), "", "warning"),  # nobody is late on an unconfirmed anchor
        ({"duty": False}, date(2027, 4, 1), "", None),
        ({"due_on": None}, date(2027, 4, 1), "", None),
    ],
)
def test_a_reason_is_needed_after_the_due_day(changes, today, reason, severity):
    found = late_problem(row(**changes), today, reason)
    assert (found and found.severity) == severity


@pytest.mark.parametrize(
    ("on", "clock", "refused", "late"),
    [
        ("2027-01-29", "23:59:59", True, None),
        ("2027-01-30", "00:00:00", False, Lateness.SUBMITTED_ON_TIME),
        ("2027-03-31", "23:59:58", False, Lateness.SUBMITTED_ON_TIME),
        ("2027-03-31", "23:59:59", False, Lateness.SUBMITTED_ON_TIME),
        ("2027-04-01", "00:00:00", False, Lateness.SUBMITTED_LATE),
        ("2027-04-05", "23:59:59", False, Lateness.SUBMITTED_LATE),  # within the grace: late all the same
    ],
)
def test_one_second_decides_by_taipeis_clock(cast, monkeypatch, on, clock, refused, late):
    stating(monkeypatch)
    replan(cast, "2026-09-01")
    report_id = opened(cast, "interim_report", "Y1", on="2027-01-10")
    fill(cast, report_id, on="2027-01-10")
    if refused:
        with pytest.raises(Invalid, match="116-01-30"):
            hand_in(cast, report_id, on=on, clock=clock)
        return
    hand_in(cast, report_id, on=on, clock=clock, late_reason="資料延後取得。")
    after = cast.obligation("interim_report", "Y1")
    assert lateness(after.status, after.due_on, after.first_submitted_on, date(2027, 6, 1), True) is late


def test_writing_is_possible_before_it_opens(cast, monkeypatch):
    stating(monkeypatch)
    replan(cast, "2026-09-01")
    report_id = opened(cast, "interim_report", "Y1", on="2026-10-01")
    assert write(cast, report_id, "progress", "先寫一點", on="2026-10-01").rev == 1


def test_planning_fills_the_days_and_an_extension_moves_the_grace_but_not_the_opening(cast, monkeypatch):
    stating(monkeypatch)
    replan(cast, "2026-09-01")
    before = cast.obligation("interim_report", "Y1")
    assert (before.opens_on, before.grace_until_on) == (date(2027, 1, 30), date(2027, 4, 5))
    extend(cast.ctx("officer", on="2027-02-01"), obligation_id=before.id, new_due_on="2027-05-10", reason="理由", letter_number="1",
           expected_version=before.version, key="a-key-of-its-own")  # fmt: skip
    replan(cast, "2027-02-02")
    after = cast.obligation("interim_report", "Y1")
    assert (after.opens_on, after.due_on, after.grace_until_on) == (date(2027, 1, 30), date(2027, 5, 10), date(2027, 5, 15))


def test_noon_is_shown_and_not_judged():
    """A last day that moved here from a Saturday is to be filed before noon; what comes in the evening is in time."""
    due = date(2026, 9, 7)  # a Monday
    days = dict.fromkeys(("opens_on", "period_start_on", "period_end_on", "grace_until_on"))
    shown = window_view(row(**days, due_on=due, file_by_on=due, file_by_time="12:00"), due)
    assert (shown.file_by_time, shown.is_open) == ("12:00", True)
    assert lateness("submitted", due, due, date(2026, 12, 1), True) is Lateness.SUBMITTED_ON_TIME
