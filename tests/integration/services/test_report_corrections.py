"""Correcting an accepted report: the version in force stays so everywhere until the correction is accepted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.cast import key
from tests.integration.services.support_reports import accepted, hand_in, opened, returned, submitted, write
from tests.integration.services.windows import stating, taken_back
from tracker.domain.statuses import Lateness, lateness
from tracker.services.errors import Forbidden, Invalid
from tracker.services.obligation_changes import skip
from tracker.services.report_corrections import abandon_correction, open_correction
from tracker.services.report_drafts import report_screen
from tracker.services.report_order import earlier_unsettled, later_waiting
from tracker.store import q_reports
from tracker.store import tables as t

Q1 = ("quarterly_report", "Y1Q1")


def state_of(cast, report_id, who="pi", on="2026-09-10"):
    return report_screen(cast.ctx(who, on=on), report_id).state


def correct(cast, report_id, *, on="2026-09-10", who="pi", reason="數量誤植"):
    version = state_of(cast, report_id).row.version
    return open_correction(cast.ctx(who, on=on), report_id=report_id, expected_version=version, reason=reason, key=key())


def claim(cast, code="C1"):
    """The quantity of a checkpoint that counts everywhere now."""
    with cast.desk.store.read() as conn:
        line = next(one for one in q_reports.checkpoints(conn, [cast.project("own").id]) if one.code == code)
        return q_reports.last_claims(conn, [cast.project("own").id]).get(line.id)


@pytest.fixture
def report_id(cast):
    """The first quarterly report, accepted with 400 of 1,000 pictures."""
    number = submitted(cast)
    accepted(cast, number, on="2026-09-03")
    return number


def first_checkpoint(cast, report_id) -> str:
    return f"checkpoint:{state_of(cast, report_id).checkpoints[0].id}:actual"


def test_an_accepted_report_is_frozen_until_a_correction_is_opened(cast, report_id):
    with pytest.raises(Forbidden):
        write(cast, report_id, "progress", "改", on="2026-09-10")
    correct(cast, report_id)
    assert write(cast, report_id, "progress", "改", on="2026-09-10").rev > 1
    assert state_of(cast, report_id).row.status == "correcting"


def test_the_accepted_version_counts_until_the_correction_is_accepted(cast, report_id):
    correct(cast, report_id)
    write(cast, report_id, first_checkpoint(cast, report_id), "450", on="2026-09-10")
    hand_in(cast, report_id, on="2026-09-11")
    row = cast.obligation(*Q1)
    assert (row.status, claim(cast)) == ("accepted", Decimal(400))
    accepted(cast, report_id, on="2026-09-12")
    assert (cast.obligation(*Q1).status, claim(cast)) == ("accepted", Decimal(450))
    assert state_of(cast, report_id).row.accepted_version == 2


def test_a_correction_carries_its_reason_and_never_changes_the_day(cast, report_id):
    correct(cast, report_id, on="2026-10-10")
    hand_in(cast, report_id, on="2026-10-11")  # after the due day: no reason for lateness is asked
    with cast.desk.store.read() as conn:
        found = conn.execute(select(t.report_version.c.kind, t.report_version.c.reason).order_by(t.report_version.c.number)).all()
    assert [tuple(one) for one in found] == [("first", ""), ("correction", "數量誤植")]
    row = cast.obligation(*Q1)
    assert row.first_submitted_on == date(2026, 9, 1)
    assert lateness(row.status, row.due_on, row.first_submitted_on, date(2026, 12, 1), True) is Lateness.SUBMITTED_ON_TIME


def test_given_up_it_leaves_nothing_behind(cast, report_id):
    correct(cast, report_id)
    write(cast, report_id, "progress", "不要了", on="2026-09-10")
    abandon_correction(
        cast.ctx("pi", on="2026-09-10"), report_id=report_id, expected_version=state_of(cast, report_id).row.version, key=key()
    )
    assert (state_of(cast, report_id).row.status, claim(cast)) == ("accepted", Decimal(400))
    correct(cast, report_id)
    assert state_of(cast, report_id).value("progress") == "已完成資料蒐集。"


def test_a_returned_correction_can_be_given_up_and_the_duty_stays_accepted(cast, report_id):
    correct(cast, report_id)
    hand_in(cast, report_id, on="2026-09-11")
    reply_key = returned(cast, report_id, on="2026-09-14", reply_by="2026-09-28")
    assert (cast.obligation(*Q1).status, cast.by_key(reply_key).status) == ("accepted", "open")
    abandon_correction(
        cast.ctx("pi", on="2026-09-15"), report_id=report_id, expected_version=state_of(cast, report_id).row.version, key=key()
    )
    assert (cast.obligation(*Q1).status, cast.by_key(reply_key).status) == ("accepted", "closed")
    assert claim(cast) == Decimal(400)


def test_a_correction_that_was_taken_back_goes_on_as_one(cast, report_id, monkeypatch):
    stating(monkeypatch)
    correct(cast, report_id)
    hand_in(cast, report_id, on="2026-09-11")
    assert taken_back(cast, report_id, on="2026-09-12").status == "correcting"
    row = cast.obligation(*Q1)
    assert (row.status, row.first_submitted_on, row.waits_since_at) == ("accepted", date(2026, 9, 1), None)


def test_an_answer_to_a_returned_correction_that_is_taken_back_is_owed_again(cast, report_id, monkeypatch):
    stating(monkeypatch)
    correct(cast, report_id)
    hand_in(cast, report_id, on="2026-09-11")
    reply_key = returned(cast, report_id, on="2026-09-12", reply_by="2026-09-30")
    write(cast, report_id, "progress", "已補正", on="2026-09-13")
    write(cast, report_id, "remarks:progress", "已補正", on="2026-09-13")
    hand_in(cast, report_id, on="2026-09-13")
    assert taken_back(cast, report_id, on="2026-09-14").status == "returned"
    reply = cast.by_key(reply_key)
    assert (reply.status, reply.first_submitted_on, reply.next_look_on) == ("open", None, date(2026, 9, 14))
    assert cast.obligation(*Q1).status == "accepted"


def test_a_correction_needs_a_reason_and_an_accepted_report(cast, report_id):
    with pytest.raises(Invalid):
        correct(cast, report_id, reason=" ")
    correct(cast, report_id)
    with pytest.raises(Forbidden, match="Only an accepted report"):
        correct(cast, report_id)


@pytest.mark.parametrize("who", ["assistant", "officer", "auditor"])
def test_only_who_may_hand_in_may_correct(cast, report_id, who):
    with pytest.raises(Forbidden):
        correct(cast, report_id, who=who)


# --- order ----------------------------------------------------------------------------------------------------------------------


def earlier(cast, period="Y2", rule="interim_report"):
    with cast.desk.store.read() as conn:
        return [row.period_label for row in earlier_unsettled(conn, cast.obligation(rule, period))]


def skipped(cast, row, *, on):
    ctx = cast.ctx("officer", on=on)
    skip(ctx, obligation_id=row.id, reason="併入", letter_number="1", expected_version=row.version, key=key())


def test_the_earlier_periods_of_the_same_rule_come_first(cast):
    assert earlier(cast, "Y3") == ["Y1", "Y2"]
    assert earlier(cast, "Y1") == []
    assert earlier(cast, "project", "final_report") == []
    with cast.desk.store.read() as conn:
        assert [row.period_label for row in later_waiting(conn, cast.obligation("interim_report", "Y2"))] == ["Y3"]


def test_a_skipped_or_waived_period_holds_nothing_up(cast):
    row = cast.obligation("interim_report", "Y1")
    skipped(cast, row, on="2026-09-01")
    assert earlier(cast, "Y3") == ["Y2"]


def test_a_later_period_is_not_accepted_first(cast, report_id):
    later = submitted(cast, *("quarterly_report", "Y1Q2"), on="2026-11-30")
    accepted(cast, later, on="2026-12-01")
    third = submitted(cast, *("quarterly_report", "Y1Q4"), on="2027-05-31")
    with pytest.raises(Forbidden, match="Y1Q3"):
        accepted(cast, third, on="2027-06-01")
    opened(cast, "quarterly_report", "Y1Q3", on="2027-06-01")
    row = cast.obligation("quarterly_report", "Y1Q3")
    skipped(cast, row, on="2027-06-01")
    accepted(cast, third, on="2027-06-02")
