"""Every situation in which a reminder can be read: made of the parts that decide its words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

from tracker.domain.ladder import ISSUED, STAGES
from tracker.domain.reasons import Reason
from tracker.domain.statuses import Kind
from tracker.notify.wording import AlertText

# Due Monday 2026-08-31, moved there from Saturday 2026-08-29: before noon.
REPORT = AlertText(
    role="pi", today=date(2026, 8, 17), project_code="DEMO-1", project_zh="示範計畫", project_en="Sample project", title_zh="季報",
    title_en="Quarterly report", period_label="Y1Q1", duty=True, due_on=date(2026, 8, 31), file_by_on=date(2026, 8, 31),
    file_by_time="12:00", confidence="stated", status="open", discharged_by="milepost", clause="七-(一)",
    because=(Reason("理由一。", "Reason one."),),
)  # fmt: skip
ROLES = ("pi", "assistant", "co_pi", "officer", "chief", "administrator", "institution")
DAYS = (-60, -30, -14, -7, -3, -1, 0, 1, 7, 14)
HAND_STAGES = (ISSUED, "nudge:2026-08-20", "to:officer", "to:chief", "to:institution")


def every_situation() -> Iterator[AlertText]:
    """Roles × days × stages by hand and by ladder × confirmed or not × handed in elsewhere or not × duty or not."""
    for role, days, confidence, outside, early, stage in product(
        ROLES, DAYS, ("stated", "assumed"), (False, True), (0, 3), ("", *HAND_STAGES)
    ):
        today = REPORT.due_on + timedelta(days=days)
        status = {"status": "submitted", "discharged_by": "external"} if outside else {}
        file_by = REPORT.due_on - timedelta(days=early)
        yield replace(
            REPORT, role=role, today=today, confidence=confidence, file_by_on=file_by, file_by_time=None if early else "12:00",
            kind="quarterly_report", stage=stage, **status,
        )  # fmt: skip


def every_kind_and_stage() -> Iterator[AlertText]:
    """Each kind of obligation on the day of each stage, to a principal investigator and to an officer."""
    days = {"T-60": -60, "T-30": -30, "T-14": -14, "T-7": -7, "T-1": -1, "file_by": 0, "due": 0, "+1": 1, "+7": 7, "+14": 14}
    for kind, stage, role in product(Kind, STAGES, ("pi", "officer")):
        duty = kind not in (Kind.YEAR_END_NOTICE, Kind.MEETING)
        if duty or days[stage] < 0:
            today = REPORT.due_on + timedelta(days=days[stage])
            yield replace(REPORT, kind=kind.value, stage=stage, role=role, today=today, duty=duty)
