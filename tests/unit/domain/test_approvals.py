"""Where an approval stands, and the three dates of renewing it."""

from datetime import date

import pytest

from tracker.domain.approvals import ApprovalDates, ApprovalKind, ApprovalState, answers, renewal_deadline, state_of
from tracker.domain.calendars import WorkingCalendar

CALENDAR = WorkingCalendar("test", frozenset(), frozenset(), date(2099, 12, 31), {})
LAST = date(2027, 6, 30)  # Wednesday


@pytest.mark.parametrize(
    ("today", "state"),
    [
        (date(2027, 4, 30), ApprovalState.VALID),  # 61 days before
        (date(2027, 5, 1), ApprovalState.RUNNING_OUT),  # 60 days before
        (date(2027, 6, 30), ApprovalState.RUNNING_OUT),  # the last day itself
        (date(2027, 7, 1), ApprovalState.EXPIRED),
    ],
)
def test_an_approval_runs_out_over_its_last_sixty_days(today, state):
    assert state_of(ApprovalDates(approved_on=date(2026, 7, 1), expires_on=LAST), today) is state


def test_without_the_approval_it_is_proof_that_counts():
    assert state_of(ApprovalDates(), LAST) is ApprovalState.NOTHING_YET
    assert state_of(ApprovalDates(proof_submitted_on=date(2026, 5, 4)), LAST) is ApprovalState.UNDER_REVIEW


def test_an_approval_without_expiry_stays_valid():
    assert state_of(ApprovalDates(approved_on=date(2026, 7, 1)), date(2040, 1, 2)) is ApprovalState.VALID


def test_the_irb_clause_speaks_of_the_irb_alone_and_the_general_one_of_all():
    assert [kind for kind in ApprovalKind if answers("irb_approval_catch_up", kind)] == [ApprovalKind.IRB]
    assert all(answers("approval_catch_up", kind) for kind in ApprovalKind)


def test_the_expiry_is_a_boundary_that_never_rolls_and_friday_is_the_safe_day():
    saturday = date(2027, 7, 31)
    deadline = renewal_deadline(saturday, CALENDAR)
    assert (deadline.nominal, deadline.due_on, deadline.file_by, deadline.file_by_time) == (saturday, saturday, date(2027, 7, 30), None)
