"""The chart of the weeks ahead."""

from __future__ import annotations

from datetime import date

from tracker.charts.weeks_ahead import GROUPS, weeks_alt, weeks_chart
from tracker.domain.review_load import Landing, weeks
from tracker.i18n import Translator
from tracker.store.q_review_load import LANDS

EN, ZH = Translator("en"), Translator("zh_TW")
TODAY = date(2026, 12, 30)  # a Wednesday; its week is 2026-W53


def made(calendar, landings=(), answers=(), usual=None):
    return weeks(TODAY, 4, list(landings), list(answers), [], calendar, usual)


def test_everything_that_lands_has_one_place():
    for kind in LANDS:
        assert sum(kind in kinds for _, _, kinds in GROUPS) == 1, kind


def test_bars_are_stacked_by_kind_and_a_kind_that_never_lands_has_no_legend(calendar):
    chart = weeks_chart(made(calendar, [Landing("reply", 1, date(2027, 1, 5), 3), Landing("final_report", 1, date(2027, 1, 6))]), EN)
    assert [bar.name for bar in chart.data] == ["Reports", "Replies to returns"]
    assert [list(bar.y) for bar in chart.data] == [[0, 1, 0, 0], [0, 3, 0, 0]]
    assert chart.layout.barmode == "stack"


def test_promised_answers_and_the_usual_week_are_drawn_where_they_are_known(calendar):
    chart = weeks_chart(made(calendar, [Landing("reply", 1, date(2027, 1, 5))], [date(2027, 1, 12)], usual=5.0), ZH)
    marks, line = chart.data[-2:]
    assert list(marks.y) == [None, None, 1, None]
    assert list(line.y)[:2] == [4.0, 5.0], "New Year's Day takes one of five"


def test_the_words_name_the_fullest_week_and_how_many_are_heavy(calendar):
    said = weeks_alt(made(calendar, [Landing("reply", 1, date(2027, 1, 5), 9)], usual=5.0), EN)
    assert said == ("Landing in the next 4 weeks: 9; the most, 9, in the week from 116-01-04 (2027-01-04). Weeks with more than usual: 1.")
    assert weeks_alt(made(calendar), ZH) == "未來 4 週無案件到件。"


def test_the_hover_names_the_week_in_both_calendars_with_its_working_days(calendar):
    chart = weeks_chart(made(calendar, [Landing("reply", 1, TODAY)]), ZH)
    assert chart.data[0].customdata[0] == "2026-W53<br>115-12-28 (2026-12-28) – 116-01-03 (2027-01-03)<br>4 個工作天"
