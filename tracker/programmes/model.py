"""What a programme is: the frozen objects that a rule pack becomes. docs/programme-packs.md explains every key of a pack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tracker.domain.alert_policy import USUAL_LEVELS, Level
from tracker.domain.deadlines import Reason
from tracker.domain.periods import Period
from tracker.domain.statuses import Basis, Confidence, DateStatus, DischargedBy, Kind

FACTS = ("applied_on", "signed_on", "notified_on")
"""Dates that a project may bring along: the application was filed, the agreement was signed, the award was notified."""

APPROVAL_FACTS = ("approval_expires_on",)
"""Dates that belong to one approval document, not to the project; only `plan_rule` takes them."""

ANCHORS = ("project_start", "project_end", "year_end", "quarter_end", "application_closes_on", *FACTS, *APPROVAL_FACTS)
"""Every day from which a rule may count."""

DIRECTIONS = ("after", "before", "on", "by_end_of_month")
PER = ("project", "year", "quarter", "approval")
INSTANTIATE = ("once", "per_year", "per_quarter", "on_notice")
YEARS = ("all", "all_but_last", "last", "with_interim", "without_interim")
QUARTER_BASES = ("project", "calendar")
WORDING = ("literal", "paraphrase")
NEVER = "never"
"""Instead of the stage from which a role is told: it is not told at all."""
DECISIONS = (
    "continue", "change_content", "change_members", "merge_teams", "cut", "terminate",
    "cancel_award", "recover", "rescind", "next_year_funding", "refuse",
)  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a pack: the file, where in it, and what to do about it."""

    path: str
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.key}: {self.message}"


class ProgrammeError(ValueError):
    """A pack cannot be used. `problems` lists everything that is wrong with it, not only the first thing."""

    def __init__(self, problems: list[Problem]):
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class UnknownProgramme(LookupError):
    """No pack has this code (or not in this version). `known` lists the codes there are."""

    def __init__(self, code: str, known: tuple[str, ...]):
        super().__init__(f"unknown programme {code!r}; known: {', '.join(known) or 'none'}")
        self.code, self.known = code, known


class UnknownFact(LookupError):
    """A fact was given that no rule can count from. `known` lists the facts there are."""

    def __init__(self, name: str, known: tuple[str, ...] = FACTS):
        super().__init__(f"unknown fact {name!r}; known: {', '.join(known)}")
        self.name, self.known = name, known


class BadTerm(ValueError):
    """The dates of a project contradict each other (its end before its start, an extension that shortens)."""


@dataclass(frozen=True)
class Source:
    """A text that rules quote. `archived` names the stored copy, `sha256` its digest; `published` is as printed ("109/04")."""

    id: str
    title: str
    publisher: str
    published: str
    archived: str | None = None
    url: str | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class Item:
    """One named point of a list: what a report must cover, what closing will need, the choices of an 'at least one of'."""

    id: str
    zh: str
    en: str


@dataclass(frozen=True)
class RuleVersion:
    """A rule as its text stood from `effective_from` until `effective_to` (None: until the next version).

    A `dated` version has a `direction`, one or more `anchors` (the first one known counts) and, for `after` and `before`, a
    `period`. The others have `enter_from`: the document from which a person enters the date. `clause` is where the text stands;
    where `basis` is `setting` it is the related clause that the setting serves.
    """

    effective_from: date
    effective_to: date | None
    checked_on: date
    source: str
    clause: str
    wording: str
    wording_is: str
    gloss_en: str
    status: DateStatus
    confidence: Confidence
    basis: Basis
    direction: str | None = None
    anchors: tuple[str, ...] = ()
    period: Period | None = None
    enter_from: Reason | None = None
    justified_exception: str | None = None
    assumptions: tuple[Reason, ...] = ()

    @property
    def label(self) -> str:
        """How `because` names this version: the day from which the text holds."""
        return self.effective_from.isoformat()


@dataclass(frozen=True)
class Rule:
    """One thing a programme may ask for, in all its versions. `origin` is the code of the pack that last touched it."""

    id: str
    kind: Kind
    duty: bool
    title_zh: str
    title_en: str
    per: str
    instantiate: str
    discharged_by: DischargedBy
    versions: tuple[RuleVersion, ...]
    years: str | None = None
    quarter_basis: str | None = None
    contract_required: bool = False
    condition: Reason | None = None
    content: tuple[Item, ...] = ()
    decisions: tuple[str, ...] = ()
    ladder: tuple[str, ...] = ()
    levels: tuple[Level, ...] | None = None  # who is told of it, where that is another than of the rest of the programme
    origin: str = ""

    @property
    def is_template(self) -> bool:
        """Whether the rule makes an obligation only when a notice or an approval document calls for it."""
        return self.instantiate == "on_notice"

    def version_on(self, day: date) -> RuleVersion | None:
        """The version in force on that day, or None where the rule did not exist yet or no longer does."""
        found = None
        for version in self.versions:
            if version.effective_from <= day:
                found = version
        if found and found.effective_to and day > found.effective_to:
            return None
        return found


@dataclass(frozen=True)
class Consequence:
    """What the funder may or must do when a duty is not met; it moves decisions, not dates. `rule` is the duty it follows, if one."""

    id: str
    source: str
    clause: str
    wording: str
    gloss_en: str
    decisions: tuple[str, ...]
    rule: str | None = None


@dataclass(frozen=True)
class Term:
    """The run of a project as the call has it: whole years from the start; `start` and `end` where the call fixes them."""

    years: int | None
    start: date | None
    end: date | None
    source: str
    clause: str
    wording: str
    gloss_en: str


@dataclass(frozen=True)
class Programme:
    """One call with its rules, resolved through everything it extends. `sha256` is the digest of `dump(programme)`."""

    code: str
    version: str
    title_zh: str
    title_en: str
    authority_zh: str
    authority_en: str
    checked_on: date
    effective_from: date
    sources: tuple[Source, ...]
    rules: tuple[Rule, ...]
    consequences: tuple[Consequence, ...] = ()
    term: Term | None = None
    application_closes_on: date | None = None
    county: str | None = None
    interim_report_in_every_year: bool = False
    abstract: bool = False
    fictional: bool = False
    ladder: tuple[str, ...] = ()
    levels: tuple[Level, ...] = USUAL_LEVELS
    lineage: tuple[str, ...] = ()
    text: str = ""
    sha256: str = ""

    def rule(self, rule_id: str) -> Rule:
        """The rule with this id. Raises KeyError naming the rules there are."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(f"{self.code} has no rule {rule_id!r}; it has: {', '.join(rule.id for rule in self.rules)}")

    def source(self, source_id: str) -> Source:
        """The source with this id. Raises KeyError."""
        for source in self.sources:
            if source.id == source_id:
                return source
        raise KeyError(source_id)

    @property
    def contract_items(self) -> tuple[Rule, ...]:
        """What the contract schedule of a project must contain before it is complete."""
        return tuple(rule for rule in self.rules if rule.contract_required)

    def missing_contract_items(self, dated_rule_ids: frozenset[str] | set[str]) -> tuple[Rule, ...]:
        """The contract items for which no dated obligation exists yet, in the order of the pack."""
        return tuple(rule for rule in self.contract_items if rule.id not in dated_rule_ids)
