"""What each chart draws, from rows written by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tracker.charts.attainment import attainment_alt, attainment_chart, quarter_tick
from tracker.charts.load import GROUPS, load_alt, load_chart
from tracker.charts.status import PARTS, status_alt, status_chart
from tracker.charts.style import percent, wrapped
from tracker.charts.timeline import MOST_TICKS, STANDS, Mark, Stretch, timeline_alt, timeline_chart
from tracker.charts.words import KIND_MSGIDS, STATUS_MSGIDS
from tracker.domain.statuses import Kind, Lateness, ObligationStatus
from tracker.i18n import Translator

ZH, EN = Translator("zh_TW"), Translator("en")
MONDAY = date(2026, 8, 31)


@dataclass
class Week:
    monday: date
    by_kind: tuple


@dataclass
class Standing:
    code: str
    late: int = 0
    unconfirmed: int = 0
    soon: int = 0
    later: int = 0
    undated: int = 0
    waiting: int = 0
    returned: int = 0
    accepted: int = 0
    title_zh: str = "示範徵求專案"
    title_en: str = "Sample programme"


@dataclass
class Trend:
    code: str
    share: Decimal
    by_quarter: tuple
    title_zh: str = "示範計畫"
    title_en: str = "Sample project"


@dataclass
class Quarter:
    label: str
    end: date


def weeks(*counts):
    return [Week(MONDAY + timedelta(weeks=n), tuple(kinds.items())) for n, kinds in enumerate(counts)]


def test_every_kind_has_a_name_and_one_place_in_the_load():
    assert set(KIND_MSGIDS) == set(Kind)
    placed = [kind for _, _, kinds in GROUPS for kind in kinds]
    assert sorted(placed) == sorted(Kind)


def test_every_status_and_every_lateness_with_a_day_has_a_name():
    assert set(STATUS_MSGIDS) == set(ObligationStatus)
    assert set(Lateness) - {Lateness.UNDATED} <= set(STANDS)


def test_no_two_states_of_the_timeline_share_colour_and_symbol():
    looks = [(colour, symbol) for _, colour, symbol in STANDS.values()]
    assert len(set(looks)) == len(looks)


def test_the_load_stacks_the_groups_week_by_week():
    chart = load_chart(weeks({"quarterly_report": 2, "final_report": 1}, {}, {"reply": 4}), EN)
    assert {trace.name: list(trace.y) for trace in chart.data} == {"Reports": [3, 0, 0], "Replies to returns": [0, 0, 4]}
    assert list(chart.data[0].x) == [MONDAY, MONDAY + timedelta(weeks=1), MONDAY + timedelta(weeks=2)]
    assert chart.layout.barmode == "stack"


def test_the_load_shows_both_calendars_under_the_axis_and_in_the_hover():
    chart = load_chart(weeks({"reply": 1}), ZH)
    assert chart.layout.xaxis.ticktext[0] == "115-08-31<br>2026-08-31"
    assert chart.data[0].customdata[0] == "115-08-31 (2026-08-31) – 115-09-06 (2026-09-06)"


def test_the_load_in_words_names_the_fullest_week():
    assert "3" in load_alt(weeks({"reply": 1}, {"reply": 3}), EN)
    assert "115-09-07 (2026-09-07)" in load_alt(weeks({"reply": 1}, {"reply": 3}), ZH)
    assert load_alt(weeks({}), EN) == "Nothing falls due in the next 26 weeks."


def test_the_status_chart_puts_the_programme_with_most_late_on_top_and_sums_the_rest():
    rows = [Standing("a", late=1, accepted=5), Standing("b", late=3), Standing("c", accepted=7)]
    chart = status_chart(rows, EN, most=2)
    assert {trace.name: list(trace.x) for trace in chart.data} == {"Late": [3, 1, 0], "Accepted": [0, 5, 7]}
    assert chart.layout.yaxis.ticktext[-1] == "1 more programmes"
    assert chart.layout.yaxis.autorange == "reversed"


def test_unconfirmed_lateness_differs_from_lateness_by_pattern_too():
    patterns = {name: shape for name, _, _, shape in PARTS}
    assert patterns["unconfirmed"] != patterns["late"]


def test_the_status_in_words():
    assert "2" in status_alt([Standing("a", late=2)], EN)
    assert status_alt([Standing("a")], EN) == "1 programmes; no duty is late."
    assert status_alt([], EN) == "There are no duties yet."


def test_the_heatmap_has_a_row_a_project_and_leaves_unplanned_quarters_empty():
    quarters = [Quarter("2026Q2", date(2026, 6, 30)), Quarter("2026Q3", date(2026, 9, 1))]
    chart = attainment_chart(
        [Trend("A", Decimal("0.5"), (None, Decimal("0.5"))), Trend("B", Decimal(1), (Decimal(1), Decimal(1)))], quarters, EN
    )
    heat = chart.data[0]
    assert [list(row) for row in heat.z] == [[None, 0.5], [1.0, 1.0]]
    assert [list(row) for row in heat.text] == [["", "50%"], ["100%", "100%"]]
    assert list(heat.y) == ["A", "B"]
    assert list(heat.x) == ["115<br>2026<br>Q2", "115<br>2026<br>Q3"]
    assert "115-09-01 (2026-09-01)" in heat.customdata[0][1]


def test_the_heatmap_in_words_names_the_lowest():
    assert "A with 20%" in attainment_alt([Trend("B", Decimal(1), ()), Trend("A", Decimal("0.2"), ())], EN)
    assert attainment_alt([], EN) == "No running project has a checkpoint planned by today."


@pytest.mark.parametrize(
    ("share", "text"), [(Decimal(0), "0%"), (Decimal("0.999"), "99%"), (Decimal(1), "100%"), (Decimal("0.695"), "69%")]
)
def test_a_share_is_never_rounded_up_to_a_target_it_missed(share, text):
    assert percent(share) == text


def test_a_quarter_is_named_in_both_calendars():
    assert quarter_tick("2026Q3") == "115<br>2026<br>Q3"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("short", "short"),
        ("字" * 13, "字" * 12 + "<br>字"),
        ("字" * 40, "字" * 12 + "<br>" + "字" * 11 + "…"),
        ("<b>", "&lt;b&gt;"),
        ("whole words stay together here", "whole words stay<br>together here"),
    ],
)
def test_a_long_label_is_wrapped_and_its_markup_is_dead(text, lines):
    assert wrapped(text) == lines


def marks():
    return [
        Mark("Reports", date(2026, 9, 15), Lateness.NOT_DUE, "<b>Q1</b>", date(2026, 9, 14)),
        Mark("Reports", date(2026, 8, 1), Lateness.LATE, "Q0"),
        Mark("Checkpoints", date(2026, 8, 31), "met", "C1"),
    ]


YEARS = [("Y1", date(2026, 6, 1), date(2027, 5, 31))]


def test_the_timeline_places_marks_on_lanes_by_day_and_state():
    chart = timeline_chart(marks(), [Stretch("Approvals", date(2026, 6, 1), date(2026, 12, 1), "IRB")], YEARS, date(2026, 9, 1), EN)
    named = {trace.name: (list(trace.x), list(trace.y)) for trace in chart.data if trace.mode == "markers"}
    assert named == {"late": ([date(2026, 8, 1)], [0]), "not yet due": ([date(2026, 9, 15)], [0]), "met": ([date(2026, 8, 31)], [1])}
    assert list(chart.layout.yaxis.ticktext) == ["Reports", "Checkpoints", "Approvals"]


def test_the_timeline_draws_today_the_original_end_and_the_safe_stretch():
    chart = timeline_chart(marks(), [], YEARS, date(2026, 9, 1), EN, extended_from=date(2027, 5, 31))
    words = {note.text for note in chart.layout.annotations}
    assert {"today 115-09-01", "original end 116-05-31", "Y1"} <= words
    safe = next(trace for trace in chart.data if trace.mode == "lines")
    assert list(safe.x) == [date(2026, 9, 14), date(2026, 9, 15), None]


def test_what_a_person_wrote_has_no_markup_in_the_timeline():
    chart = timeline_chart(marks(), [], YEARS, date(2026, 9, 1), EN)
    assert any("&lt;b&gt;Q1&lt;/b&gt;" in text for trace in chart.data for text in trace.text or ())


@pytest.mark.parametrize("years", [1, 2, 4, 9, 30])
def test_the_timeline_never_has_more_ticks_than_a_narrow_screen_holds(years):
    span = [("Y", date(2020, 6, 1), date(2020 + years, 5, 31))]
    chart = timeline_chart([], [], span, date(2020, 7, 1), EN)
    assert 1 <= len(chart.layout.xaxis.tickvals) <= MOST_TICKS


def test_the_timeline_in_words_names_what_comes_next():
    assert "Q1" in timeline_alt(marks(), date(2026, 9, 1), EN)
    assert timeline_alt(marks(), date(2027, 9, 1), EN) == "3 dates, none of them ahead."
