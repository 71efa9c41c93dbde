"""A day in both calendars leaves for the browser inside a span that no line is broken in."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from streamlit.delta_generator import DeltaGenerator

from tracker.domain.minguo import both
from tracker.ui import whole_days
from tracker.ui.components import escape, instant_text
from tracker.ui.whole_days import whole

FRIDAY = date(2026, 9, 4)
FRIDAY_EVENING = datetime(2026, 9, 4, 10, 30, tzinfo=UTC)


def test_a_day_becomes_one_piece_and_keeps_its_characters():
    assert whole(f"File by: {both(FRIDAY)}.") == "File by: :color[115-09-04 (2026-09-04)]."


def test_the_time_stays_with_its_day():
    assert whole(instant_text(FRIDAY_EVENING)) == ":color[115-09-04 (2026-09-04) 18:30]"


def test_both_days_of_a_range_are_pieces_of_their_own():
    assert whole(f"{both(FRIDAY)} – {both(FRIDAY)}").count(":color[") == 2


def test_a_day_that_was_escaped_is_one_piece_too():
    assert whole(escape(both(FRIDAY))) == f":color[{escape(both(FRIDAY))}]"


@pytest.mark.parametrize("text", ["DEMO-OWN-01", "1115-09-04 (2026-09-04)", "2026-09-04", f"`{both(FRIDAY)}`", f"```\n{both(FRIDAY)}\n```"])
def test_what_is_no_day_in_both_calendars_or_is_code_stays_as_it_is(text):
    assert whole(text) == text


def test_it_is_put_in_once_however_often_it_is_asked_for(monkeypatch):
    monkeypatch.setattr(DeltaGenerator, "_enqueue", DeltaGenerator._enqueue)  # taken back after the test
    whole_days.install()
    once = DeltaGenerator._enqueue
    whole_days.install()
    assert DeltaGenerator._enqueue is once
