"""From a project's rules, facts and documents to its stored obligations.

`desired` works out what should stand; `plan_project` brings the stored rows there inside a write. What was handed in is frozen: its dates
change only when a document names it (or stops naming it), or while the funder's own receipt is still owed. A row that nothing asks for any
more is closed, never deleted. What the office granted, waived or skipped stays so (`planned_changes`). Rows of another origin than a rule
(a call, a meeting, a return, an approval) are left alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select, update

from tracker.domain.ladder import earliest_look
from tracker.domain.obligations import ObligationPlan
from tracker.domain.statuses import DischargedBy, ObligationStatus
from tracker.programmes.model import Programme
from tracker.services.alerts import cancel_overtaken
from tracker.services.approval_plans import catch_up_plans
from tracker.services.calendar_in_force import fresh
from tracker.services.context import Context
from tracker.services.errors import NotFound
from tracker.services.plan_reading import FROM_RULES as FROM_RULES
from tracker.services.plan_reading import PlanInput, loaded, read_inputs
from tracker.services.plan_rules import Rules
from tracker.services.planned_changes import with_granted
from tracker.services.planned_documents import (
    WHOLE,
    DocumentDate,
    confirmed,
    has_period,
    new_plan,
    winner,
    with_document,
)  # fmt: skip
from tracker.services.report_windows import window_of, with_window
from tracker.store import tables as t
from tracker.store.writing import Tx

_DATE_COLUMNS = (
    "date_status", "nominal_on", "due_on", "file_by_on", "file_by_time", "confidence", "basis", "clause", "title_zh", "title_en",
    "because_json", "calendar_version", "provisional", "period_start_on", "period_end_on", "letter_number", "duty", "discharged_by", "kind",
    "opens_on", "grace_until_on",
)  # fmt: skip

#: What is set in a row that nothing asks for any more.
CLOSED = {"status": ObligationStatus.CLOSED.value, "next_look_on": None}


@dataclass(frozen=True)
class Change:
    """One obligation as it stands and as it would stand; None: there is none. Values by column of `obligation`."""

    key: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def moves(self) -> bool:
        """Whether any of the three dates differs."""
        names = ("date_status", "nominal_on", "due_on", "file_by_on")
        before, after = self.before or {}, self.after or {}
        return any(before.get(name) != after.get(name) for name in names)


def programme_of(conn: Connection, project_id: int) -> Programme:
    """The programme version a project was signed under, from the text stored then. Raises NotFound."""
    text = conn.execute(
        select(t.programme_version.c.resolved_text)
        .join(t.project, t.project.c.programme_version_id == t.programme_version.c.id)
        .where(t.project.c.id == project_id)
    ).scalar_one_or_none()
    if text is None:
        raise NotFound()
    return loaded(text)


def facts_of(conn: Connection, project_id: int) -> dict[str, Row]:
    """The facts in force, by name; rows carry `value_on`, `confirmed` and `letter_number`."""
    rows = conn.execute(
        select(t.project_fact)
        .where(t.project_fact.c.project_id == project_id, t.project_fact.c.superseded_at.is_(None))
        .order_by(t.project_fact.c.id)
    ).all()
    return {row.name: row for row in rows}


def desired(
    conn: Connection, ctx: Context, project_id: int, extra: Sequence[DocumentDate] = (), end_on: date | None = None
) -> dict[str, dict[str, Any]]:
    """What should stand for a project, by public key: values for the columns of `obligation`.

    `extra` are dates that are only being considered, and so is another end of the project (a preview). Where a document's rule
    counts from a fact that is not known yet, what was computed stands, or the row waits without a date. Raises NotFound.
    """
    return planned(_input(conn, project_id, end_on), ctx, extra)


def planned(known: PlanInput, ctx: Context, extra: Sequence[DocumentDate] = (), rules: Rules | None = None) -> dict[str, dict[str, Any]]:
    """The same for what was read of a project. `rules` keeps what they give from one project to the next."""
    project, programme, facts = known.project, known.programme, known.facts
    calendar = ctx.calendar.for_county(project.county)
    days = {name: row.value_on for name, row in facts.items()}
    plans = [*(rules or Rules()).plans(programme, project, days, calendar)]
    plans += catch_up_plans(known.approvals, programme, project, days, calendar)
    plans = [confirmed(plan, facts) for plan in plans]
    by_slot: dict[tuple[str, str], list[DocumentDate]] = {}
    for dated in [*known.documents, *extra]:
        by_slot.setdefault(dated.slot, []).append(dated)
    rows: dict[str, dict[str, Any]] = {}
    given: dict[str, DocumentDate | None] = {}
    for plan in plans:
        dates = by_slot.pop((plan.rule, plan.period_label or WHOLE), None)
        if dates:
            plan = with_document(plan, winner(dates), project, facts, calendar)
        key = key_of(project.code, plan)
        given[key] = winner(dates) if dates else None
        rows[key] = _values(plan, programme, given[key])
    for dates in by_slot.values():
        dated = winner(dates)
        if not has_period(project, dated.slot[1]):
            continue  # a letter to the whole programme about a period that this project does not have
        plan = with_document(new_plan(programme, dated, project), dated, project, facts, calendar)
        key = key_of(project.code, plan)
        given[key], rows[key] = dated, _values(plan, programme, dated)
    rows = {key: with_window(values, window_of(ctx.registry, programme.code, values["kind"])) for key, values in rows.items()}
    for key, standing in known.standings.items():
        if standing.granted is not None and key in rows:
            rows[key] = with_granted(rows[key], standing.granted, calendar, given[key])
    return rows


def _input(conn: Connection, project_id: int, end_on: date | None) -> PlanInput:
    """The project as it stands, or as it would with another end. Raises NotFound."""
    found = read_inputs(conn, [project_id], end_on=end_on)
    if project_id not in found:
        raise NotFound()
    return found[project_id]


def changes(
    conn: Connection,
    ctx: Context,
    project_id: int,
    extra: Sequence[DocumentDate] = (),
    released: Collection[tuple[str, str]] = (),
    end_on: date | None = None,
) -> list[Change]:
    """What `plan_project` would change, in the order of the keys. Inserted, changed and closed rows; unchanged ones are left out.

    `released` are slots whose document was withdrawn just now: their dates change also where something was handed in. Nothing of
    a closed project is opened again unless a document names it. `extra` and `end_on` as in `desired`.
    """
    return changed(_input(conn, project_id, end_on), ctx, extra, released)


def changed(
    known: PlanInput,
    ctx: Context,
    extra: Sequence[DocumentDate] = (),
    released: Collection[tuple[str, str]] = (),
    *,
    rules: Rules | None = None,
    columns: Collection[str] = _DATE_COLUMNS,
) -> list[Change]:
    """The same for what was read of a project. Only in `columns` a difference counts; `rules` as in `planned`."""
    wanted = planned(known, ctx, extra, rules)
    named = {f"{rule}/{label}" for rule, label in {*(dated.slot for dated in (*known.documents, *extra)), *released}}
    closed = known.project.status != "active"
    stored = {row["key"]: row for row in known.stored}
    released_by_office = {key for key, one in known.standings.items() if one.released is not None}
    found = []
    for key in sorted((wanted.keys() | stored.keys()) - known.by_others - released_by_office):
        before, after, is_named = stored.get(key), wanted.get(key), key.split("/", 1)[1] in named
        if closed and before is not None and before["status"] == ObligationStatus.CLOSED and not is_named:
            continue
        if before is None or (after is not None and _differs(before, after, columns) and (not _frozen(before) or is_named)):
            found.append(Change(key, before, after))
        elif after is None and not _frozen(before) and before["status"] == ObligationStatus.OPEN:
            found.append(Change(key, before, None))
        elif after is not None and before["status"] == ObligationStatus.CLOSED and before["first_submitted_on"] is None:
            found.append(Change(key, before, after))
    return found


def plan_project(tx: Tx, ctx: Context, project_id: int, released: Collection[tuple[str, str]] = ()) -> list[Change]:
    """Bring the stored obligations of a project to what its rules, facts and documents ask for; inside a write.

    `released` as in `changes`. Returns what was changed. A dated, open row that is new or moved is given to the next look of the alerts.
    """
    conn, ctx = tx.conn, fresh(tx.conn, ctx)
    project = conn.execute(select(t.project).where(t.project.c.id == project_id)).one()
    found = changes(conn, ctx, project_id, released=released)
    new = [new_row(change.key, change.after, project, ctx.today) for change in found if change.before is None]
    if new:
        conn.execute(t.obligation.insert(), new)
    for change in found:
        if change.before is None:
            continue
        if change.after is None:
            _set(conn, change.before, CLOSED)
        else:
            _set(conn, change.before, moved_values(change, ctx.today))
    cancel_overtaken(tx, [change.before["id"] for change in found if change.before is not None and change.moves])
    tx.touch("obligations", f"project:{project_id}")
    return found


def key_of(project_code: str, plan: ObligationPlan) -> str:
    """The public id of an obligation: it never changes while rule and period keep their names."""
    return f"{project_code}/{plan.rule}/{plan.period_label or WHOLE}"


# --- rows -----------------------------------------------------------------------------------------------------------------------


def _values(plan: ObligationPlan, programme: Programme, dated: DocumentDate | None) -> dict[str, Any]:
    deadline = plan.deadline
    return {
        "rule": plan.rule,
        "rule_version": programme.version,
        "kind": plan.kind.value,
        "duty": plan.duty,
        "period_label": plan.period_label or WHOLE,
        "period_start_on": plan.period_start,
        "period_end_on": plan.period_end,
        "project_year": plan.project_year,
        "date_status": plan.date_status.value,
        "nominal_on": deadline.nominal if deadline else None,
        "due_on": deadline.due_on if deadline else None,
        "file_by_on": deadline.file_by if deadline else None,
        "file_by_time": deadline.file_by_time if deadline else None,
        "confidence": plan.confidence.value,
        "basis": plan.basis.value,
        "clause": plan.clause,
        "title_zh": plan.title_zh,
        "title_en": plan.title_en,
        "because_json": [reason.as_dict() for reason in plan.because],
        "calendar_version": deadline.calendar_version if deadline else None,
        "provisional": bool(deadline and deadline.provisional),
        "discharged_by": plan.discharged_by.value,
        "letter_number": (dated.letter_number or None) if dated else None,
    }


def new_row(key: str, values: Mapping[str, Any], project: Row, today: date) -> dict[str, Any]:
    """The row of an obligation that there was not."""
    return {
        **values,
        "key": key,
        "project_id": project.id,
        "programme_id": project.programme_id,
        "status": ObligationStatus.OPEN.value,
        "next_look_on": _first_look(values, today),
    }


def _first_look(values: Mapping[str, Any], today: date) -> date | None:
    """From which day on the alerts look at a row that is new or moved: never before today, and not before any ladder begins."""
    earliest = earliest_look(values["file_by_on"], values["due_on"])
    return None if earliest is None else max(today, earliest)


def moved_values(change: Change, today: date) -> dict[str, Any]:
    """What is set in a row that stands otherwise now."""
    before, after = change.before, change.after
    values = {name: after[name] for name in _DATE_COLUMNS}
    released_but_named = before["status"] == ObligationStatus.WAIVED and change.moves
    if before["status"] == ObligationStatus.CLOSED or released_but_named:
        values["status"] = ObligationStatus.OPEN.value
    surer = before["confidence"] != after["confidence"]  # a confirmed anchor lets an overdue date go higher than the officer
    if change.moves or surer or "status" in values:
        values["next_look_on"] = _first_look(after, today)
    return values


def _frozen(row: Mapping[str, Any]) -> bool:
    """Handed in once or released: its dates are history, unless the funder is still owed its receipt (then an extension is his too)."""
    owed_to_funder = row["discharged_by"] == DischargedBy.EXTERNAL and row["discharged_on"] is None
    return row["status"] == ObligationStatus.WAIVED or (row["first_submitted_on"] is not None and not owed_to_funder)


def _differs(before: Mapping[str, Any], after: Mapping[str, Any], columns: Collection[str]) -> bool:
    return any(before[name] != after[name] for name in columns)


def _set(conn: Connection, before: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    conn.execute(update(t.obligation).where(t.obligation.c.id == before["id"]).values(**values, version=before["version"] + 1))
