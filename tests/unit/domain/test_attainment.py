"""Attainment: what was planned by today and reached, by weight."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.attainment import CheckpointFigures, attainment, reached

TODAY = date(2026, 9, 1)
TOMORROW = date(2026, 9, 2)
AMOUNTS = st.decimals(0, 1000, places=2)


def figures(weight, target, actual, planned_on=TODAY) -> CheckpointFigures:
    given_actual = None if actual is None else Decimal(actual)
    return CheckpointFigures(Decimal(weight), Decimal(target), given_actual, planned_on)


def test_it_is_the_weighted_mean_of_what_was_planned_by_today():
    made = attainment([figures(3, 10, 5), figures(1, 4, 4), figures(6, 1, 0, TOMORROW)], TODAY)
    assert made == Decimal("0.625")


def test_more_than_the_target_counts_as_the_target():
    assert attainment([figures(1, 10, 500), figures(1, 10, 0)], TODAY) == Decimal("0.5")


def test_nothing_reported_counts_as_nothing_reached():
    assert attainment([figures(1, 10, None)], TODAY) == 0


def test_nothing_planned_yet_has_no_attainment():
    assert attainment([], TODAY) is None
    assert attainment([figures(1, 10, 5, TOMORROW), figures(1, 10, 5, None)], TODAY) is None
    assert attainment([figures(0, 10, 5)], TODAY) is None


@pytest.mark.parametrize(("target", "actual"), [(0, 1), (-1, 1), (1, -1)])
def test_impossible_quantities_are_refused(target, actual):
    with pytest.raises(ValueError, match=r"target|negative"):
        reached(Decimal(target), Decimal(actual))


def test_a_negative_weight_is_refused():
    with pytest.raises(ValueError, match="weight"):
        attainment([figures(-1, 10, 5)], TODAY)


@given(st.lists(st.tuples(AMOUNTS, st.decimals("0.01", 1000, places=2), AMOUNTS), min_size=1))
def test_it_lies_between_nought_and_one(rows):
    made = attainment([figures(*row) for row in rows], TODAY)
    assert made is None or 0 <= made <= 1
