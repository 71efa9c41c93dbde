"""The course of an indicator, from rows written by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pytest

from tracker.charts.course import course_alt, course_chart
from tracker.i18n import Translator

ZH, EN = Translator("zh_TW"), Translator("en")
START, END = date(2026, 6, 1), date(2030, 5, 31)


@dataclass
class Row:
    code: str = "K1"
    title_zh: str = "論文<b>"
    title_en: str = "Papers<b>"
    unit: str = "<i>篇</i>"
    baseline: Decimal = Decimal(0)
    target: Decimal = Decimal(8)


@dataclass
class Course:
    points: tuple = ((date(2026, 8, 31), Decimal("2")), (date(2026, 11, 30), Decimal("3.5")))
    row: Row = field(default_factory=Row)


def drawn(course: Course, today: date = date(2026, 9, 1)):
    return course_chart(course, START, END, today, EN)


def test_every_value_is_drawn_on_its_day_beside_the_straight_way_to_the_target():
    straight, values = drawn(Course()).data
    assert list(straight.y) == [0, 8]
    assert (list(values.x), list(values.y)) == ([date(2026, 8, 31), date(2026, 11, 30)], [2, 3.5])


def test_both_calendars_stand_below_and_the_whole_term_is_shown():
    axis = drawn(Course()).layout.xaxis
    assert axis.range[0] < START < END < axis.range[1]
    assert axis.ticktext[0] == "115-06-01<br>2026-06-01"


@pytest.mark.parametrize(("today", "lines"), [(date(2026, 9, 1), 2), (date(2026, 5, 31), 1), (date(2030, 6, 1), 1)])
def test_today_is_marked_only_within_the_term(today: date, lines: int):
    assert len(drawn(Course(), today).layout.shapes) == lines


def test_what_a_person_wrote_is_no_markup():
    chart = drawn(Course())
    assert "<i>" not in chart.layout.annotations[0].text
    assert "<i>" not in chart.data[1].customdata[0]


def test_the_sentence_names_the_newest_value_or_that_there_is_none():
    assert course_alt(Course(), ZH) == "K1 論文<b>：115-11-30 (2026-11-30) 為 3.5，目標 8 <i>篇</i>。"
    assert course_alt(Course(points=()), EN) == "K1 Papers<b>: nothing reported yet, target 8 <i>篇</i>."
