"""What a report asks for: sections and their fields, as data. Which form an obligation has follows from its kind."""

from __future__ import annotations

from dataclasses import dataclass

from tracker.domain.statuses import Kind

PROGRESS, CHECKPOINTS, INDICATORS, NEXT_FOCUS, ATTACHMENTS = (
    "progress",
    "checkpoints",
    "indicators",
    "next_focus",
    "attachments",
)

NOTE_LONGEST = 2_000
REMARK_LONGEST = 4_000
LATE_REASON_LONGEST = 2_000
DRAFT_LONGEST = 200_000
"""Beyond this a single field is not even kept as a draft: no report is that long, and it would slow every screen."""
FILES_MOST = 20


@dataclass(frozen=True)
class TextField:
    """A long text: its id, the message ids of its label and of the help below it."""

    id: str
    label: str
    help: str
    required: bool
    longest: int


@dataclass(frozen=True)
class Section:
    """One named part of a form, the unit that an officer reopens."""

    id: str
    title: str
    texts: tuple[TextField, ...] = ()


@dataclass(frozen=True)
class ReportForm:
    """A form; `version` is stored with every submitted report, so that an old one is always read by its own form."""

    version: str
    sections: tuple[Section, ...]

    @property
    def section_ids(self) -> tuple[str, ...]:
        return tuple(section.id for section in self.sections)

    def has(self, section_id: str) -> bool:
        return section_id in self.section_ids

    @property
    def texts(self) -> dict[str, TextField]:
        """Every long text of the form by its id."""
        return {text.id: text for section in self.sections for text in section.texts}

    def title_of(self, section_id: str) -> str:
        """The message id of a section's title; the id itself for one the form does not have."""
        return next((section.title for section in self.sections if section.id == section_id), section_id)


#: Progress, milestones and next steps are the three that the call names (000 七-(一)); indicators are those of 000 七-(三).
PROGRESS_REPORT = ReportForm(
    "progress-1",
    (
        Section(PROGRESS, "Progress of the work", (
            TextField(PROGRESS, "Progress of the work",
                      "What was done in this period, against the approved plan. Name deviations and their reasons.", True, 20_000),
        )),
        Section(CHECKPOINTS, "Checkpoint attainment"),
        Section(INDICATORS, "Performance indicators"),
        Section(NEXT_FOCUS, "Next focus", (
            TextField(NEXT_FOCUS, "Next focus", "What comes in the next period, and what could get in the way.", True, 10_000),
        )),
        Section(ATTACHMENTS, "Attachments"),
    ),
)  # fmt: skip

#: For what has no form of its own: a text and files.
DOCUMENT_FORM = ReportForm(
    "document-1",
    (
        Section(PROGRESS, "What is handed in", (
            TextField(PROGRESS, "What is handed in", "Say what the files show, or answer here in words.", True, 20_000),
        )),
        Section(ATTACHMENTS, "Attachments"),
    ),
)  # fmt: skip

_FORMS: dict[str, ReportForm] = {
    Kind.INTERIM_REPORT: PROGRESS_REPORT,
    Kind.QUARTERLY_REPORT: PROGRESS_REPORT,
    Kind.FINAL_REPORT: PROGRESS_REPORT,
    Kind.EXPENDITURE_CLOSING: DOCUMENT_FORM,
    Kind.CHECKPOINT: DOCUMENT_FORM,
    Kind.EVALUATION: DOCUMENT_FORM,
    Kind.DATA_CALL: DOCUMENT_FORM,
    Kind.ACTION_ITEM: DOCUMENT_FORM,
    Kind.CONTRACT_ITEM: DOCUMENT_FORM,
}

FORMS = {form.version: form for form in (PROGRESS_REPORT, DOCUMENT_FORM)}
REPORTED = frozenset(_FORMS)
"""Kinds that are handed in as a report. Approvals have their own page, a reply reopens its parent, a notice asks for nothing."""


def form_for(kind: str) -> ReportForm | None:
    """The form of an obligation's kind, or None where nothing is handed in by a report."""
    return _FORMS.get(kind)
