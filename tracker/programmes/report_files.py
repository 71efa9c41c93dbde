"""From reports files to a frozen `ReportsFile`: `<code>.reports.toml` beside a pack, on top of those of the packs it extends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from tracker.programmes.first_forms import DOCUMENT, PROGRESS
from tracker.programmes.report_codec import from_data
from tracker.programmes.report_merge import merge_all
from tracker.programmes.report_types import OutcomeRules, ReportsFile, ReportType, ReviewFlow, Window


def build(code: str, tables: Sequence[Mapping[str, Any]]) -> ReportsFile:
    """Freeze the files of a lineage (the most general first) that passed the lint; without any, the two first forms."""
    if not tables:
        return ReportsFile(code, PROGRESS.version, date.min, (PROGRESS, DOCUMENT))
    merged = merge_all(tables)
    return ReportsFile(
        programme=code,
        version=merged["version"],
        checked_on=merged["checked_on"],
        types=tuple(build_type(member) for member in merged["type"]),
        flows=tuple(_flow(member) for member in merged["flow"]),
        windows=tuple(from_data(Window, {key: value for key, value in member.items() if key != "id"}) for member in merged["window"]),
        outcomes=from_data(OutcomeRules, merged.get("outcomes", {})),
    )


def build_type(table: Mapping[str, Any]) -> ReportType:
    """One form from its tables."""
    own = {key: value for key, value in table.items() if key not in ("section", "check", "remove", "after")}
    checks = [{"fields": (), **check} for check in table.get("check", ())]
    return from_data(ReportType, {**own, "sections": [_section(one) for one in table["section"]], "checks": checks})


def _section(table: Mapping[str, Any]) -> dict[str, Any]:
    own = {key: value for key, value in table.items() if key not in ("field", "after")}
    return {**own, "fields": [_field(one) for one in table.get("field", ())]}


def _field(table: Mapping[str, Any]) -> dict[str, Any]:
    own = {key: value for key, value in table.items() if key != "after"}
    if "choices" in own:
        own["choices"] = _choices(own["choices"])
    if "columns" in own:
        own["columns"] = [_column(one) for one in own["columns"]]
    return own


def _column(table: Mapping[str, Any]) -> dict[str, Any]:
    own = {key: value for key, value in table.items() if key not in ("zh", "en")}
    if "choices" in own:
        own["choices"] = _choices(own["choices"])
    return {**own, "words": {"zh": table["zh"], "en": table["en"]}}


def _choices(members: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    return [{"id": one["id"], "words": {"zh": one["zh"], "en": one["en"]}} for one in members]


def _flow(table: Mapping[str, Any]) -> ReviewFlow:
    steps = []
    for one in table["step"]:
        step = {key: value for key, value in one.items() if key != "title"}
        if "scored" in step:
            step["scored"] = _choices(step["scored"])
        steps.append({**step, "words": one["title"]})
    return from_data(ReviewFlow, {**{key: value for key, value in table.items() if key != "step"}, "steps": steps})
