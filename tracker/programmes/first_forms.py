"""The two forms that reports had before forms were data. Reports written on them stay readable; what has no reports file uses them."""

from __future__ import annotations

from tracker.domain.statuses import Basis, Kind
from tracker.programmes.report_types import Field, FieldType, Holds, ReportType, Required, Section, Words

_FILES = Section(
    "attachments",
    Words("附件", "Attachments"),
    fields=(
        Field(
            "attachments", FieldType.FILES, Words("附件", "Attachments"),
            Words("可附任何佐證檔案。", "Any file that supports the report."), Required.NO,
        ),
    ),
)  # fmt: skip


def _text(name: str, label: Words, help_words: Words, longest: int) -> Section:
    return Section(name, label, fields=(Field(name, FieldType.TEXT, label, help_words, longest=longest),))


PROGRESS = ReportType(
    "progress", "1", Words("進度報告", "Progress report"),
    (
        _text("progress", Words("執行進度", "Progress of the work"),
              Words("對照核定計畫說明本期完成事項；如有偏差，請敘明原因。",
                    "What was done in this period, against the approved plan. Name deviations and their reasons."), 20_000),
        Section("checkpoints", Words("查核點達成情形", "Checkpoint attainment"), Holds.CHECKPOINTS),
        Section("indicators", Words("績效指標", "Performance indicators"), Holds.INDICATORS),
        _text("next_focus", Words("未來執行重點", "Next focus"),
              Words("下期工作重點，以及可能的阻礙。", "What comes in the next period, and what could get in the way."), 10_000),
        _FILES,
    ),
    kinds=(Kind.INTERIM_REPORT, Kind.QUARTERLY_REPORT, Kind.FINAL_REPORT), basis=Basis.SETTING, clause="000 七-(一)",
)  # fmt: skip

DOCUMENT = ReportType(
    "document", "1", Words("文件繳交", "Documents"),
    (
        _text("progress", Words("繳交內容", "What is handed in"),
              Words("說明檔案內容，或直接以文字回覆。", "Say what the files show, or answer here in words."), 20_000),
        _FILES,
    ),
    kinds=(Kind.EXPENDITURE_CLOSING, Kind.CHECKPOINT, Kind.EVALUATION, Kind.DATA_CALL, Kind.ACTION_ITEM, Kind.CONTRACT_ITEM),
    basis=Basis.SETTING, clause="000 七-(三)",
)  # fmt: skip

FIRST_FORMS = {"progress-1": PROGRESS, "document-1": DOCUMENT}
"""By the form version that is stored with the reports that were written on them."""

REPORTED = frozenset(PROGRESS.kinds + DOCUMENT.kinds)
"""Kinds that are handed in as a report. Approvals have their own page, a reply reopens its parent, a notice asks for nothing."""
