"""The guide to packs explains every key that a reports file may hold, and every name that it may choose."""

from __future__ import annotations

import pytest

from tests.architecture.source import ROOT
from tracker.domain.report_checks import LINE_RULES
from tracker.domain.report_rules import RULES
from tracker.domain.signals import WHO
from tracker.programmes import report_schema as keys
from tracker.programmes.report_types import FieldType, Holds, Required
from tracker.programmes.signal_plans import load_signal_plans

GUIDE = (ROOT / "docs" / "programme-packs.md").read_text("utf-8").partition("## The reports file")[2]
TABLES = (keys.FILE, keys.TYPE, keys.SECTION, keys.FIELD, keys.COLUMN, keys.CHECK, keys.FLOW, keys.STEP, keys.WINDOW, keys.OUTCOMES)
NAMES = sorted({key for table in TABLES for key in table} | set(RULES) | LINE_RULES | set(keys.DAYS) | set(keys.SEATS))


@pytest.mark.parametrize("name", [*NAMES, *FieldType, *(one for one in Holds if one != Holds.FIELDS), *Required])
def test_the_guide_explains(name):
    written = (f"`{name}`", f"[{name}]", f".{name}]", f"`{name} =", f'"{name}"', f"{{ {name},", f", {name},", f", {name} }}")
    assert any(one in GUIDE for one in written)


SIGNALS = (ROOT / "docs" / "signals.md").read_text("utf-8")
PLANS = load_signal_plans(ROOT / "data" / "signals")
SIGNAL_NAMES = sorted({*PLANS.kinds(), *WHO, *(number for course in PLANS.default.values() for number in course.numbers)})


@pytest.mark.parametrize("name", [*SIGNAL_NAMES, "format", "on", "steps", "after", "tells", "urgent"])
def test_the_guide_to_signals_explains(name):
    assert f"`{name}`" in SIGNALS
