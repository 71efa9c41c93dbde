"""What a report asks for, as data: sections, fields, checks. Also the office's ways with it: review steps, windows, outcomes.

Frozen objects only. A programme's reports file (`<code>.reports.toml` beside its pack) becomes one `ReportsFile`; docs/programme-packs.md
explains every key. A project keeps the rules it was signed under; the forms and the steps are those in force when it writes or hands in,
and each report keeps the form version it was written on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from tracker.domain.statuses import Basis


class FieldType(StrEnum):
    """What a field holds. Drafts keep texts as typed; what a version keeps is canonical."""

    TEXT = "text"  # several lines
    LINE = "line"  # one line
    NUMBER = "number"  # a quantity with a unit; kept as a decimal text
    DATE = "date"  # a civil day in either calendar; kept as ISO
    CHOICE = "choice"  # one of a list; kept as the choice's id
    TABLE = "table"  # rows of columns; kept as a list of {column id: text}
    FILES = "files"  # ids of documents


class Holds(StrEnum):
    """What a section is made of: fields of its own, or what the project has."""

    FIELDS = "fields"
    CHECKPOINTS = "checkpoints"
    INDICATORS = "indicators"
    ACTION_ITEMS = "action_items"  # open conclusions, asked for until they are closed (000 七-(三))
    OUTCOMES = "outcomes"  # what was recorded in the period, to confirm or to declare nil


class Required(StrEnum):
    """When a field has to be filled in: already for keeping the section as ready, only for handing in, or never."""

    DRAFT = "draft"
    SUBMIT = "submit"
    NO = "no"


@dataclass(frozen=True)
class Words:
    """A text in both languages."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"


@dataclass(frozen=True)
class Choice:
    """One answer of a choice field or column."""

    id: str
    words: Words


@dataclass(frozen=True)
class Column:
    """One column of a table field; `type` is line, number, date or choice. Its bounds are those of a field."""

    id: str
    type: FieldType
    words: Words
    required: bool = True
    unit: Words | None = None
    choices: tuple[Choice, ...] = ()
    longest: int = 500
    decimals: int = 6
    least: Decimal | None = None
    most: Decimal | None = None
    not_after: str | None = None


@dataclass(frozen=True)
class Field:
    """One field of a form. `id` is unique in the whole form and never re-used for something else.

    `longest` in characters; `least`, `most`, `decimals` for numbers; `rows_most` for tables; `files_most` for files. `carry`: a new
    report starts with the last period's value. `not_after`: a date (or `actual`) may not lie after "today" or "period_end".
    """

    id: str
    type: FieldType
    label: Words
    help: Words
    required: Required = Required.SUBMIT
    carry: bool = False
    longest: int = 20_000
    unit: Words | None = None
    decimals: int = 6
    least: Decimal | None = None
    most: Decimal | None = None
    not_after: str | None = None
    choices: tuple[Choice, ...] = ()
    columns: tuple[Column, ...] = ()
    rows_most: int = 50
    files_most: int = 20


@dataclass(frozen=True)
class Section:
    """One named part of a form: the unit that the office reopens."""

    id: str
    title: Words
    holds: Holds = Holds.FIELDS
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Check:
    """One check over fields or over reports. `rule` names a check of `domain.report_rules`; an `error` blocks, a `warning` does not.

    `fields` in the order that the rule explains; `when` the answers of the first field under which it holds; `value` its number.
    """

    id: str
    rule: str
    severity: str
    fields: tuple[str, ...]
    says: Words
    value: Decimal | None = None
    when: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReportType:
    """One form in one version. `kinds` are the kinds of obligation it answers; empty for the form of a single call."""

    code: str
    version: str
    title: Words
    sections: tuple[Section, ...]
    kinds: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    basis: Basis = Basis.SETTING
    clause: str = ""
    source: str = ""

    @property
    def label(self) -> str:
        """How people name this version: "interim 2026-11-21"."""
        return f"{self.code} {self.version}"

    @property
    def section_ids(self) -> tuple[str, ...]:
        return tuple(section.id for section in self.sections)

    @property
    def fields(self) -> dict[str, Field]:
        """Every field by its id, in order."""
        return {one.id: one for section in self.sections for one in section.fields}

    def section(self, section_id: str) -> Section | None:
        """The section with this id, or None."""
        return next((one for one in self.sections if one.id == section_id), None)

    def section_of(self, field_id: str) -> Section | None:
        """The section that holds a field, or None."""
        return next((section for section in self.sections if any(one.id == field_id for one in section.fields)), None)

    def holding(self, holds: Holds) -> Section | None:
        """The section of a kind (a form has at most one of each but `fields`), or None."""
        return next((section for section in self.sections if section.holds == holds), None)


@dataclass(frozen=True)
class Step:
    """One step of a review. Steps with one `stage` run side by side; the next stage opens when all of them are done.

    `who` is officer, chief or reviewer; `seats` how many of them, each by herself; `days` the working days the office allows itself.
    """

    id: str
    stage: int
    who: str
    words: Words
    seats: int = 1
    days: int | None = None
    scored: tuple[Choice, ...] = ()  # criteria that a reviewer scores from 0 to 100


@dataclass(frozen=True)
class ReviewFlow:
    """The steps of a kind of report. Whoever does the last stage decides; the stages before recommend."""

    id: str
    kinds: tuple[str, ...]
    steps: tuple[Step, ...]
    basis: Basis = Basis.SETTING
    clause: str = ""

    @property
    def stages(self) -> tuple[int, ...]:
        return tuple(sorted({step.stage for step in self.steps}))


@dataclass(frozen=True)
class Window:
    """When a kind of report can be handed in and taken back. None: the programme does not say.

    `opens_days_before_due` is counted in days before `due_on`; `grace_days` in days after it (lateness is judged by `due_on` all the
    same); `withdraw_days` in days after handing in; `office_days` in working days in which the office promises to answer.
    """

    kinds: tuple[str, ...]
    opens_days_before_due: int | None = None
    grace_days: int | None = None
    withdraw_days: int | None = None
    office_days: int | None = None
    basis: Basis = Basis.SETTING
    clause: str = ""


@dataclass(frozen=True)
class OutcomeRules:
    """What a programme wants of outcomes. `names` are the words of which one must stand in an acknowledgement beside the funder's."""

    funder_names: tuple[str, ...] = ()
    programme_names: tuple[str, ...] = ()
    tracking_years: int | None = None  # after the end; None: the call states no end (成果追蹤), so tracking stays open
    clause: str = ""
    basis: Basis = Basis.SETTING


@dataclass(frozen=True)
class ReportsFile:
    """Everything in one reports file, what it inherits from its programme's lineage included."""

    programme: str
    version: str
    checked_on: date
    types: tuple[ReportType, ...]
    flows: tuple[ReviewFlow, ...] = ()
    windows: tuple[Window, ...] = ()
    outcomes: OutcomeRules = field(default_factory=OutcomeRules)

    def type_for(self, kind: str) -> ReportType | None:
        """The form of a kind of obligation, or None where nothing of that kind is handed in as a report."""
        return next((one for one in self.types if kind in one.kinds), None)

    def flow_for(self, kind: str) -> ReviewFlow | None:
        """The review steps of a kind; None: one officer decides."""
        return next((one for one in self.flows if kind in one.kinds), None)

    def window_for(self, kind: str) -> Window | None:
        """The window of a kind, or None where nothing is said."""
        return next((one for one in self.windows if kind in one.kinds), None)
