"""The guide to packs explains every key that a reports file may hold, and every name that it may choose."""

from __future__ import annotations

import pytest

from tests.architecture.source import ROOT
from tracker.domain.report_checks import LINE_RULES
from tracker.domain.report_rules import RULES
from tracker.programmes import report_schema as keys
from tracker.programmes.report_types import FieldType, Holds, Required

GUIDE = (ROOT / "docs" / "programme-packs.md").read_text("utf-8").partition("## The reports file")[2]
TABLES = (keys.FILE, keys.TYPE, keys.SECTION, keys.FIELD, keys.COLUMN, keys.CHECK, keys.FLOW, keys.STEP, keys.WINDOW, keys.OUTCOMES)
NAMES = sorted({key for table in TABLES for key in table} | set(RULES) | LINE_RULES | set(keys.DAYS) | set(keys.SEATS))


@pytest.mark.parametrize("name", [*NAMES, *FieldType, *(one for one in Holds if one != Holds.FIELDS), *Required])
def test_the_guide_explains(name):
    written = (f"`{name}`", f"[{name}]", f".{name}]", f"`{name} =", f'"{name}"', f"{{ {name},", f", {name},", f", {name} }}")
    assert any(one in GUIDE for one in written)
