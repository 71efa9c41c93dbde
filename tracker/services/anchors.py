"""Days that a clause counts from without saying so: the office confirms them with a letter, and what waits for that stands in its queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, Row, update

from tracker.clock import TAIPEI
from tracker.domain.calendars import OutsideCalendar
from tracker.programmes.model import FACTS, Programme, RuleVersion
from tracker.programmes.schedule import plan_rule
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.day_fields import not_after, read_day
from tracker.services.errors import Invalid, NotFound, Problem
from tracker.services.office import authorise_office
from tracker.services.planning import desired, facts_of, plan_project, programme_of
from tracker.services.policy import ALLOWED, Act, Target
from tracker.services.text_fields import read_line
from tracker.store import q_approvals, q_dates
from tracker.store import tables as t
from tracker.store.writing import Tx, Unchanged


@dataclass(frozen=True)
class AnchorChange:
    """What a confirmed day does to one obligation: its last day before and after."""

    key: str
    title_zh: str
    title_en: str
    before: date | None
    after: date | None


@dataclass(frozen=True)
class AnchorPreview:
    """The fact that would be confirmed (`applied_on` …) and every obligation that rests on it."""

    fact: str
    changes: tuple[AnchorChange, ...]


@dataclass(frozen=True)
class ConfirmedAnchor:
    """What a confirmation gives back: the project, the fact, and the obligations that now count from it."""

    project_id: int
    fact: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class OfficeItem:
    """Something that waits for the office: `sort` is `anchor` (confirm the day) or `approval` (look at what came in).

    `row` is the obligation with its project's code, titles, organisation, officer and programme code; `since_at` since when it waits.
    """

    sort: str
    row: Row
    since_at: datetime


def preview_anchor(ctx: Context, *, obligation_id: int, anchor_on: date | str) -> AnchorPreview:
    """What confirming `anchor_on` would change. Nothing is written. Raises as `confirm_anchor` does."""
    row, fact = _confirmable(ctx, obligation_id)
    day = _day(ctx, anchor_on)
    with ctx.store.read() as conn:
        project = q_dates.project_row(conn, row.project_id)
        programme = programme_of(conn, row.project_id)
        facts = {name: one.value_on for name, one in facts_of(conn, row.project_id).items()} | {fact: day}
        resting = [one for one in _resting(conn, row.project_id) if _fact(programme, project, facts, one["rule"]) == fact]
        extended = project.end_on if project.end_on > project.original_end_on else None
        calendar = ctx.calendar.for_county(project.county)
        found = []
        for one in resting:
            plan = plan_rule(programme, one["rule"], project.start_on, project.original_end_on, facts, calendar, extended)[0]
            found.append(AnchorChange(one["key"], one["title_zh"], one["title_en"], one["due_on"], plan.due_on))
    return AnchorPreview(fact, tuple(found))


def confirm_anchor(
    ctx: Context, *, obligation_id: int, anchor_on: date | str, letter_number: str, document_id: int | None, key: str
) -> ConfirmedAnchor:
    """Confirm with a letter the day that an `assumed` date counts from; every date of the project that rests on it becomes official.

    Officers and chiefs. Raises NotFound, Forbidden, and Invalid where fields are wrong or the date does not rest on such a day
    (then a date from a document is the way).
    """
    row, fact = _confirmable(ctx, obligation_id)
    problems: list[Problem] = []
    day = read_day("anchor_on", anchor_on, problems)
    not_after("anchor_on", day, ctx.today, problems)
    letter_number = read_line("letter_number", letter_number, problems)
    if not letter_number:
        problems.append(Problem("letter_number", "A confirmed day needs the number of its letter."))
    with ctx.store.read() as conn:
        if not q_dates.document_belongs(conn, document_id, row.project_id, row.programme_id):
            problems.append(Problem("document_id", "Attach the letter as a file."))
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict[str, Any]:
        facts = t.project_fact
        old = facts_of(tx.conn, row.project_id).get(fact)
        said = (day, True, letter_number, document_id)
        if old is not None and said == (old.value_on, old.confirmed, old.letter_number, old.document_id):
            raise Unchanged(project_id=row.project_id, fact=fact, keys=[])
        tx.conn.execute(
            update(facts)
            .where(facts.c.project_id == row.project_id, facts.c.name == fact, facts.c.superseded_at.is_(None))
            .values(superseded_at=ctx.now)
        )
        tx.insert(
            facts, project_id=row.project_id, name=fact, value_on=day, confirmed=True, letter_number=letter_number,
            document_id=document_id,
            recorded_by=ctx.viewer.person_id, recorded_at=ctx.now,
        )  # fmt: skip
        keys = [change.key for change in plan_project(tx, ctx, row.project_id)] + _settle_handed_in(tx, ctx, row.project_id)
        payload = {
            "fact": fact,
            "days": [old.value_on.isoformat() if old else None, day.isoformat()],
            "document_id": document_id,
            "obligations": keys,
        }
        tx.record("project_fact", row.project_id, payload)
        return {"project_id": row.project_id, "fact": fact, "keys": keys}

    content = (obligation_id, day, letter_number, document_id)
    try:
        saved = ctx.store.write(ctx.request("anchor.confirm", key, content), body)
    except OutsideCalendar as error:
        raise _unknown_year(error) from error
    return ConfirmedAnchor(saved["project_id"], saved["fact"], tuple(saved["keys"]))


def items_for_queue(ctx: Context, conn: Connection) -> list[OfficeItem]:
    """What of approvals and anchors waits for this viewer's office; projects she is on herself are left out. Empty for others.

    An anchor waits since its project was entered; one confirmation settles every date of a project that rests on it,
    so each is listed once.
    """
    office = [pid for pid, role in ctx.viewer.programmes if role in ALLOWED[Act.CONFIRM_ANCHOR]]
    if not office:
        return []
    o = t.obligation
    mine = policy.scope(ctx.viewer, o) & o.c.programme_id.in_(office) & o.c.project_id.not_in(sorted(ctx.viewer.project_ids))
    items = [OfficeItem("approval", row, row.waits_since_at) for row in q_approvals.waiting_approvals(conn, mine)]
    seen: set[tuple[int, str]] = set()
    for row in q_approvals.unconfirmed_anchors(conn, mine):
        fact = _fact_of_row(conn, row)
        if fact and (row.project_id, fact) not in seen:
            seen.add((row.project_id, fact))
            items.append(OfficeItem("anchor", row, datetime.combine(row.entered_on, time(), TAIPEI)))
    return items


def version_in_force(programme: Programme, rule_id: str, start: date, facts: Mapping[str, date]) -> RuleVersion | None:
    """The version of a rule that a project is held to: as the text stood on signing, else on the first day. None for a rule unknown to
    the pack.
    """
    rule = next((one for one in programme.rules if one.id == rule_id), None)
    return rule.version_on(max(facts.get("signed_on", start), programme.effective_from)) if rule else None


def _confirmable(ctx: Context, obligation_id: int) -> tuple[Row, str]:
    with ctx.store.read() as conn:
        row = q_dates.obligation_row(conn, obligation_id)
        if row is None:
            raise NotFound()
        authorise_office(ctx.viewer, Act.CONFIRM_ANCHOR, Target(row.project_id, row.programme_id))
        fact = _fact_of_row(conn, row) if row.confidence == "assumed" else None
    if fact is None:
        raise Invalid(
            [
                Problem(
                    "obligation_id", "This date does not rest on a day that waits for confirmation. Enter a date from a document instead."
                )
            ]
        )
    return row, fact


def _fact_of_row(conn: Connection, row: Row) -> str | None:
    project = q_dates.project_row(conn, row.project_id)
    facts = {name: one.value_on for name, one in facts_of(conn, row.project_id).items()}
    return _fact(programme_of(conn, row.project_id), project, facts, row.rule)


def _fact(programme: Programme, project: Row, facts: Mapping[str, date], rule_id: str) -> str | None:
    version = version_in_force(programme, rule_id, project.start_on, facts)
    return next((name for name in version.anchors if name in FACTS), None) if version else None


def _resting(conn: Connection, project_id: int) -> list[Mapping[str, Any]]:
    o = t.obligation
    found = conn.execute(
        o.select().where(o.c.project_id == project_id, o.c.confidence == "assumed", o.c.date_status == "dated", o.c.parent_id.is_(None))
    )
    return list(found.mappings())


def _settle_handed_in(tx: Tx, ctx: Context, project_id: int) -> list[str]:
    """What was handed in keeps its dates in planning; here the doubt about its lateness ends, so it takes the confirmed ones."""
    wanted = desired(tx.conn, ctx, project_id)
    o = t.obligation
    keys = []
    for row in _resting(tx.conn, project_id):
        after = wanted.get(row["key"])
        if after is not None and after["confidence"] != "assumed":
            tx.conn.execute(update(o).where(o.c.id == row["id"]).values(**after, version=row["version"] + 1))
            keys.append(row["key"])
    return keys


def _day(ctx: Context, anchor_on: date | str) -> date:
    problems: list[Problem] = []
    day = read_day("anchor_on", anchor_on, problems)
    not_after("anchor_on", day, ctx.today, problems)
    if problems or day is None:
        raise Invalid(problems)
    return day


def _unknown_year(error: OutsideCalendar) -> Invalid:
    return Invalid([Problem("anchor_on", "The working days of {year} are not known yet.", {"year": error.day.year})])
