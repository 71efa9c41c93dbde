"""Writing a report: it opens on top of the last one, every field saves itself, and nothing that was typed is lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from tracker.domain.statuses import Kind, ObligationStatus
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Forbidden, NotFound
from tracker.services.policy import Act, Target
from tracker.services.report_entries import kept_value
from tracker.services.report_forms import form_for_obligation, keep_form
from tracker.services.report_places import OPEN_FOR_WRITING, FieldPlace, Label, form_of_report, open_sections_of, place_of
from tracker.services.report_state import ReportState, document_ids, load_state
from tracker.store import q_drafts
from tracker.store import q_reports as q
from tracker.store import tables as t
from tracker.store.q_reports import DocumentRow, DraftField
from tracker.store.writing import Tx

_WRITABLE = frozenset({ObligationStatus.OPEN, ObligationStatus.SUBMITTED, ObligationStatus.RETURNED, ObligationStatus.ACCEPTED})


_ONE_CONFLICT = timedelta(minutes=10)


@dataclass(frozen=True)
class OpenedReport:
    """The report of an obligation. `created` is False where it was open already."""

    report_id: int
    created: bool


@dataclass(frozen=True)
class Saved:
    """A field is kept: its new revision and the instant."""

    field: str
    rev: int
    at: datetime


@dataclass(frozen=True)
class Conflict:
    """Somebody saved the field first. `theirs` stands; `mine` was kept aside; `rev` is what a new save builds on."""

    field: str
    theirs: Any
    mine: Any
    rev: int
    author: str
    at: datetime


@dataclass(frozen=True)
class LostEntry:
    """An entry that came too late and was kept."""

    field: str
    label: Label
    value: Any
    author: str
    at: datetime


@dataclass(frozen=True)
class ReportScreen:
    """Everything the writing page needs. `state` is the report; `may_submit` whether this viewer is the one who hands in."""

    state: ReportState
    may_write: bool
    may_submit: bool
    lost: tuple[LostEntry, ...]

    @property
    def seen(self) -> dict[str, int]:
        """The revision of every field as shown: handed back at submission, so that nobody hands in what she never saw."""
        return {field: draft.rev for field, draft in self.state.drafts.items()}


def open_report(ctx: Context, *, obligation_id: int, key: str) -> OpenedReport:
    """The report of an obligation, made and filled with what carries over where it does not exist yet.

    It keeps the form that its kind (or its call) has today. A reply leads to the report it answers for. Raises NotFound, Forbidden, and
    NotFound for what is not handed in as a report.
    """
    with ctx.store.read() as conn:
        obligation = q.obligation_row(conn, obligation_id)
        if obligation is None:
            raise NotFound()
        if obligation.kind == Kind.REPLY and obligation.parent_id is not None:
            obligation = q.obligation_row(conn, obligation.parent_id)
        existing = q.report_id_of(conn, obligation.id)
        act = Act.WRITE_REPORT if existing is None else Act.SEE_DRAFT  # who may only read finds what others have begun
        policy.authorise(ctx.viewer, act, Target(obligation.project_id, obligation.programme_id))
        form = form_for_obligation(ctx, conn, obligation)
        if form is None or obligation.status not in _WRITABLE:
            raise NotFound("Nothing is handed in here for this item.")
    if existing is not None:
        return OpenedReport(existing, created=False)
    owner_id = obligation.id

    def body(tx: Tx) -> dict:
        tx.conn.execute(select(t.obligation.c.id).where(t.obligation.c.id == owner_id).with_for_update())  # two who begin it at once
        found = q.report_id_of(tx.conn, owner_id)
        report_id = found or tx.insert(
            t.report, obligation_id=owner_id, project_id=obligation.project_id, status="draft", created_at=ctx.now,
            form_id=keep_form(tx, ctx, obligation.programme_id, form),
        )  # fmt: skip
        if found is None:
            _carry_over(tx, ctx, report_id)
        tx.record("report", report_id, {"obligation_id": owner_id, "created": found is None})
        tx.touch(f"project:{obligation.project_id}", "reports")
        return {"report_id": report_id, "created": found is None}

    return OpenedReport(**ctx.store.write(ctx.request("report.open", key, owner_id), body))


def _carry_over(tx: Tx, ctx: Context, report_id: int) -> None:
    """Cumulative figures start from where they stood, and so do fields that the form carries over; the rest starts empty."""
    for field, value in load_state(tx.conn, report_id).starts.items():
        _put(tx, ctx, report_id, field, value, rev=1)


def report_screen(ctx: Context, report_id: int) -> ReportScreen:
    """A report as its writers see it, drafts included. Raises NotFound; Forbidden for who may only read what was handed in."""
    with ctx.store.read() as conn:
        state = load_state(conn, report_id)
        policy.authorise(ctx.viewer, Act.SEE_DRAFT, state.target)
        lost = q.lost_fields(conn, report_id)
    unknown = FieldPlace("", Label("{title}", "?", "?"))
    return ReportScreen(
        state=state,
        may_write=state.row.status in OPEN_FOR_WRITING and policy.may(ctx.viewer, Act.WRITE_REPORT, state.target),
        may_submit=state.row.status in OPEN_FOR_WRITING and policy.may(ctx.viewer, Act.SUBMIT_REPORT, state.target),
        lost=tuple(LostEntry(r.field, state.fields.get(r.field, unknown).label, r.value_json, r.author, r.saved_at) for r in lost),
    )


@dataclass(frozen=True)
class FieldsNow:
    """Some fields as they stand: what a part of the page needs to show itself again. `documents` are the files they name."""

    drafts: Mapping[str, DraftField]
    documents: Mapping[int, DocumentRow]
    may_write: bool
    version: int

    def value(self, field: str, default: Any = "") -> Any:
        """What is written in a field now."""
        draft = self.drafts.get(field)
        return default if draft is None else draft.value


def fields_now(ctx: Context, report_id: int, fields: Collection[str]) -> FieldsNow:
    """A few fields of a report, read at little cost: two statements, a third where they name files. Raises NotFound, Forbidden."""
    with ctx.store.read() as conn:
        row = q_drafts.writing_row(conn, report_id)
        if row is None:
            raise NotFound()
        policy.authorise(ctx.viewer, Act.SEE_DRAFT, Target(row.project_id, row.p_programme_id))
        drafts = q_drafts.some_drafts(conn, report_id, fields)
        ids = document_ids(form_of_report(conn, row), drafts)
        documents = q.documents(conn, ids) if ids else {}
    return FieldsNow(drafts, documents, row.status in OPEN_FOR_WRITING, row.version)


def save_field(ctx: Context, *, report_id: int, field: str, value: Any, base_rev: int, over_theirs: bool = False) -> Saved | Conflict:
    """Keep what was typed in one field, valid or not: judging comes at submission.

    `base_rev` is the revision that the writer saw (0: the field was empty). Where somebody saved meanwhile, hers stands, this
    one is kept in `report_draft_lost`, and a Conflict says both. `over_theirs` is the writer's answer to such a Conflict: hers
    replaces the other text, which is kept aside in its turn. Raises NotFound, Forbidden, Invalid (names the field).
    """
    with ctx.store.read() as conn:
        row = q_drafts.writing_row(conn, report_id)
        if row is None:
            raise NotFound()
        policy.authorise(ctx.viewer, Act.WRITE_REPORT, Target(row.project_id, row.p_programme_id))
        form = form_of_report(conn, row)
        place = place_of(conn, row, form, field)
    if row.status not in OPEN_FOR_WRITING:
        raise Forbidden("The report was handed in; it can be changed when the office returns it.")
    if place.section not in open_sections_of(row, form):
        raise Forbidden("The office did not reopen this section.")
    kept = kept_value(ctx, row.project_id, field, place.field, value)

    def body(tx: Tx) -> Saved | Conflict:
        # Held until the save ends: two who save at once must not both be told that theirs stands, and no text may slip past a submission.
        status = tx.conn.execute(select(t.report.c.status).where(t.report.c.id == report_id).with_for_update()).scalar_one()
        if status not in OPEN_FOR_WRITING:
            raise Forbidden("The report was handed in; it can be changed when the office returns it.")
        present = q_drafts.some_drafts(tx.conn, report_id, [field]).get(field)
        rev = present.rev if present else 0
        if present is not None and present.value == kept:
            return Saved(field, rev, present.saved_at)
        if rev != base_rev:
            _keep_aside(tx, ctx, report_id, field, kept, ctx.viewer.person_id)
            theirs = present.value if present else ""
            return Conflict(field, theirs, kept, rev, present.author if present else "", present.saved_at if present else ctx.now)
        if over_theirs and present is not None:
            _keep_aside(tx, ctx, report_id, field, present.value, present.author_id)
        _put(tx, ctx, report_id, field, kept, rev + 1)
        return Saved(field, rev + 1, ctx.now)

    return ctx.store.write_quiet(ctx.now, body)


def _put(tx: Tx, ctx: Context, report_id: int, field: str, value: Any, rev: int) -> None:
    d = t.report_draft_field
    values = {"value_json": value, "rev": rev, "author_id": ctx.viewer.person_id, "saved_at": ctx.now}
    if rev == 1:
        tx.conn.execute(insert(d).values(report_id=report_id, field=field, **values))
    else:
        tx.conn.execute(update(d).where(d.c.report_id == report_id, d.c.field == field, d.c.rev == rev - 1).values(**values))


def _keep_aside(tx: Tx, ctx: Context, report_id: int, field: str, value: Any, author_id: int) -> None:
    """Keep a text that does not stand. While one conflict goes on, every keystroke's save goes into one row."""
    lost = t.report_draft_lost
    newest = tx.conn.execute(
        select(lost.c.id, lost.c.saved_at)
        .where(lost.c.report_id == report_id, lost.c.field == field, lost.c.author_id == author_id)
        .order_by(lost.c.id.desc())
        .limit(1)
    ).one_or_none()
    values = {"value_json": value, "saved_at": ctx.now}
    if newest is not None and ctx.now - newest.saved_at < _ONE_CONFLICT:
        tx.conn.execute(update(lost).where(lost.c.id == newest.id).values(**values))
    else:
        tx.insert(lost, report_id=report_id, field=field, author_id=author_id, **values)


def forget_lost(tx: Tx, report_id: int) -> None:
    """Drop the entries that were kept aside: once the report is accepted nobody can use them."""
    tx.conn.execute(delete(t.report_draft_lost).where(t.report_draft_lost.c.report_id == report_id))
