"""Reads of dates from documents: what was entered, what a contract still lacks, and what can be given a date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tracker.clock import civil_day
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.office import refuse_mixed
from tracker.services.planning import programme_of
from tracker.services.policy import Act, Target
from tracker.store import q_dates
from tracker.store import tables as t


@dataclass(frozen=True)
class GivenDate:
    """One date from a document as the list shows it."""

    document_date_id: int
    whole_programme: bool
    rule: str
    kind: str
    period_label: str
    basis: str
    given_on: date | None
    direction: str | None
    anchor: str | None
    months: int | None
    days: int | None
    title_zh: str
    title_en: str
    clause: str
    letter_number: str
    contract_page: str
    document_id: int | None
    filename: str
    recorder: str
    recorded_on: date
    withdrawn: bool
    withdrawn_reason: str


@dataclass(frozen=True)
class Gap:
    """One thing the contract schedule of a project must have and for which no date is known yet."""

    rule: str
    kind: str
    title_zh: str
    title_en: str
    clause: str
    enter_from_zh: str
    enter_from_en: str


@dataclass(frozen=True)
class Slot:
    """Something that can be given a date: a rule and a period, with the date it has now in one project."""

    rule: str
    kind: str
    period_label: str
    title_zh: str
    title_en: str
    due_on: date | None
    confidence: str


def given_dates(ctx: Context, *, project_id: int | None = None, programme_id: int | None = None) -> tuple[GivenDate, ...]:
    """The dates entered for a project (the whole programme's included) or for a whole programme, newest first, withdrawn ones too.

    Raises NotFound for what the viewer may not see.
    """
    with ctx.store.read() as conn:
        target = policy.target_of_project(conn, project_id) if project_id is not None else Target(None, programme_id)
        policy.authorise(ctx.viewer, Act.SEE_PROJECT, target)
        # A date of the whole programme concerns every project of it, so whoever sees the project sees that too.
        allowed = policy.scope(ctx.viewer, t.document_date) | t.document_date.c.project_id.is_(None)
        rows = q_dates.document_dates(conn, allowed, target.programme_id or 0, project_id)
    plain = [name for name in GivenDate.__dataclass_fields__ if name in t.document_date.c]
    return tuple(
        GivenDate(
            document_date_id=row.id, whole_programme=row.project_id is None, filename=row.filename or "", recorder=row.recorder or "",
            recorded_on=civil_day(row.recorded_at), withdrawn=row.withdrawn_at is not None,
            **{name: getattr(row, name) for name in plain},
        )
        for row in rows
    )  # fmt: skip


def contract_gaps(ctx: Context, project_id: int) -> tuple[Gap, ...]:
    """What the contract schedule of a project lacks: the pack's list of what a contract must date, less what has a date.

    Raises NotFound for what the viewer may not see.
    """
    with ctx.store.read() as conn:
        policy.authorise(ctx.viewer, Act.SEE_PROJECT, policy.target_of_project(conn, project_id))
        programme = programme_of(conn, project_id)
        missing = programme.missing_contract_items(q_dates.dated_rules(conn, project_id))
    found = []
    for rule in missing:
        version = rule.versions[-1]
        words = version.enter_from
        found.append(
            Gap(
                rule.id, rule.kind.value, rule.title_zh, rule.title_en, version.clause, words.zh if words else "", words.en if words else ""
            )
        )
    return tuple(found)


def slots(ctx: Context, *, programme_id: int, project_id: int | None) -> tuple[Slot, ...]:
    """What can be given a date in a project or, without one, in the active projects of a programme: existing rules and periods,
    then the templates of the programme that nothing has called up yet. Raises NotFound, Forbidden.
    """
    with ctx.store.read() as conn:
        refuse_mixed(conn, project_id, programme_id)
        policy.authorise(ctx.viewer, Act.ENTER_DATE, Target(project_id, programme_id))
        ids = [project_id] if project_id is not None else [project.id for project in q_dates.active_projects(conn, programme_id)]
        if not ids:
            return ()
        first: dict[tuple[str, str], Slot] = {}
        for row in q_dates.slots(conn, ids):
            slot = Slot(row.rule, row.kind, row.period_label, row.title_zh, row.title_en, row.due_on, row.confidence)
            first.setdefault((row.rule, row.period_label), slot)
        seen = {rule for rule, _ in first}
        templates = [
            rule for rule in programme_of(conn, ids[0]).rules if rule.is_template and rule.per != "approval" and rule.id not in seen
        ]
    return (*first.values(), *(Slot(rule.id, rule.kind.value, "-", rule.title_zh, rule.title_en, None, "") for rule in templates))
