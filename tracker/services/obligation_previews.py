"""What a change of one obligation would bring about, before it is made; and the changes that were made, for everybody who sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Row, select

from tracker.domain.alert_policy import all_steps
from tracker.domain.calendars import OutsideCalendar
from tracker.domain.ladder import Threshold
from tracker.domain.minguo import both
from tracker.domain.office_clock import promised_day
from tracker.services import office_clock, policy
from tracker.services.alert_policies import policies_in_force
from tracker.services.context import Context
from tracker.services.day_fields import read_day
from tracker.services.document_dates import ThreeDates
from tracker.services.errors import Invalid, Problem
from tracker.services.obligation_checks import SKIP, WAIVE, extension_problems, later_day_problems, release_problems, row_to_change
from tracker.services.planned_changes import Granted, Standing, standings, with_granted
from tracker.services.policy import Act
from tracker.services.report_order import earlier_unsettled, later_waiting
from tracker.store import q_dates, q_mails, q_reports
from tracker.store import tables as t


@dataclass(frozen=True)
class Later:
    """Something that depends on the obligation: a later period that waits for it, or its own answer to a return."""

    obligation_id: int
    title_zh: str
    title_en: str
    period_label: str
    due_on: date | None


@dataclass(frozen=True)
class ChangePreview:
    """Before and after of one obligation. `after` None: nothing is owed any more.

    `mails` wait and would not be sent; `ending` are reminders that would not come any more, `coming` those that would, each on its day.
    `later` are the periods that wait for this one in the order of acceptance, and open answers.
    """

    before: ThreeDates
    after: ThreeDates | None
    mails: int
    ending: tuple[Threshold, ...]
    coming: tuple[Threshold, ...]
    later: tuple[Later, ...]
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class MadeChange:
    """One change that was made: what it was, from which day to which, why, by which letter and by whom."""

    id: int
    obligation_id: int
    kind: str
    old_due_on: date | None
    new_due_on: date | None
    reason: str
    letter_number: str
    document_id: int | None
    filename: str
    owed_days: int | None
    decided_by: str
    decided_at: datetime


def preview_extension(ctx: Context, *, obligation_id: int, new_due_on: date | str) -> ChangePreview:
    """What a later last day would change. Nothing is written. Raises as `obligation_changes.extend` does for that day."""
    with ctx.store.read() as conn:
        row = row_to_change(ctx, conn, obligation_id)
        problems = extension_problems(ctx, row)
        day = read_day("new_due_on", new_due_on, problems)
        if day is not None:
            problems += later_day_problems(ctx, row, day)
        if day is None or problems:
            raise Invalid(problems)
        calendar = ctx.calendar.for_county(q_dates.project_row(conn, row.project_id).county)
        try:
            after = with_granted(row._mapping, Granted(row.due_on, day, "", "", ctx.now), calendar)
        except OutsideCalendar as error:
            raise Invalid([Problem("new_due_on", "The working days of {year} are not known yet.", {"year": error.day.year})]) from error
        warnings = []
        if not calendar.is_working(day):
            safe = {"day": both(after["file_by_on"])}
            warnings.append(Problem("new_due_on", "This is not a working day. The last safe day is {day}.", safe, "warning"))
        ladder = policies_in_force(conn, ctx.registry, {row.programme_id})[row.programme_id].of(row.kind)
        coming = all_steps(ladder, after["file_by_on"], after["due_on"], row.duty, after["confidence"], calendar)
        return ChangePreview(
            before=_three(row._mapping), after=_three(after), mails=_waiting_mails(conn, row.id), ending=_ahead(ctx, conn, row),
            coming=tuple(step for step in coming if step.on >= ctx.today), later=_later(conn, row), warnings=tuple(warnings),
        )  # fmt: skip


def preview_release(ctx: Context, *, obligation_id: int, kind: str) -> ChangePreview:
    """What waiving (`waive`) or skipping (`skip`) would end. Nothing is written. Raises as these do."""
    with ctx.store.read() as conn:
        row = row_to_change(ctx, conn, obligation_id)
        problems = release_problems(conn, row, kind)
        if problems or kind not in (WAIVE, SKIP):
            raise Invalid(problems)
        return ChangePreview(
            before=_three(row._mapping), after=None, mails=_waiting_mails(conn, row.id), ending=_ahead(ctx, conn, row), coming=(),
            later=_later(conn, row),
        )  # fmt: skip


def changes_made(ctx: Context, project_id: int) -> dict[int, tuple[MadeChange, ...]]:
    """Every change of a project's obligations, by obligation, oldest first. Raises NotFound for a project that the viewer may not see."""
    c = t.obligation_change
    with ctx.store.read() as conn:
        policy.authorise(ctx.viewer, Act.SEE_PROJECT, policy.target_of_project(conn, project_id))
        rows = conn.execute(
            select(c, t.person.c.name.label("decider"), t.document.c.filename)
            .join(t.person, t.person.c.id == c.c.decided_by)
            .outerjoin(t.document, t.document.c.id == c.c.document_id)
            .where(c.c.project_id == project_id)
            .order_by(c.c.id)
        ).all()
    found: dict[int, list[MadeChange]] = {}
    for r in rows:
        made = MadeChange(
            r.id, r.obligation_id, r.kind, r.old_due_on, r.new_due_on, r.reason, r.letter_number, r.document_id, r.filename or "",
            r.owed_days, r.decider, r.decided_at,
        )  # fmt: skip
        found.setdefault(r.obligation_id, []).append(made)
    return {obligation_id: tuple(made) for obligation_id, made in found.items()}


@dataclass(frozen=True)
class Choices:
    """What the office can do about one obligation now, and why not the rest. `released`: waive, skip or None; `granted`: the later day."""

    extend: tuple[Problem, ...]
    waive: tuple[Problem, ...]
    skip: tuple[Problem, ...]
    released: str | None
    granted: date | None
    earlier: tuple[Later, ...]


def choices(ctx: Context, obligation_id: int) -> Choices:
    """For the office's form: empty tuples are what can be done. Raises NotFound, Forbidden."""
    with ctx.store.read() as conn:
        row = row_to_change(ctx, conn, obligation_id)
        stands = standings(conn, row.project_id).get(row.key, Standing())
        return Choices(
            extend=tuple(extension_problems(ctx, row)), waive=tuple(release_problems(conn, row, WAIVE)),
            skip=tuple(release_problems(conn, row, SKIP)), released=stands.released if row.status == "waived" else None,
            granted=stands.granted.new_due_on if stands.granted else None, earlier=tuple(map(_as_later, earlier_unsettled(conn, row))),
        )  # fmt: skip


@dataclass(frozen=True)
class Offer:
    """An extension that the office owes a project for its own delay: so many working days, which end on this day."""

    days: int
    new_due_on: date


def owed_days(ctx: Context, obligation_id: int) -> Offer | None:
    """The extension to offer for one obligation where the office was late with the project's reports and did not make it good yet.

    None where nothing is owed or it cannot be extended. Raises NotFound, Forbidden.
    """
    with ctx.store.read() as conn:
        row = row_to_change(ctx, conn, obligation_id)
        days = office_clock.owed_days(conn, ctx, row.project_id)
        if days < 1 or extension_problems(ctx, row):
            return None
        calendar = ctx.calendar.for_county(q_dates.project_row(conn, row.project_id).county)
        try:
            return Offer(days, promised_day(max(row.due_on, ctx.today), days, calendar))
        except OutsideCalendar:
            return None


def _three(row) -> ThreeDates:
    return ThreeDates(row["nominal_on"], row["due_on"], row["file_by_on"], row["confidence"], row["date_status"])


def _waiting_mails(conn: Connection, obligation_id: int) -> int:
    """Mails about it that were raised and have not gone out."""
    return q_mails.waiting(conn, obligation_id)


def _ahead(ctx: Context, conn: Connection, row: Row) -> tuple[Threshold, ...]:
    """The reminders of the day in force that are still to come."""
    ladder = policies_in_force(conn, ctx.registry, {row.programme_id})[row.programme_id].of(row.kind)
    calendar = ctx.calendar.for_county(q_dates.project_row(conn, row.project_id).county)
    steps = all_steps(ladder, row.file_by_on, row.due_on, row.duty, row.confidence, calendar)
    return tuple(step for step in steps if step.on > ctx.today)


def _later(conn: Connection, row: Row) -> tuple[Later, ...]:
    return tuple(map(_as_later, [*q_reports.open_replies(conn, row.id, {"open"}), *later_waiting(conn, row)]))


def _as_later(row: Row) -> Later:
    return Later(row.id, row.title_zh, row.title_en, row.period_label, row.due_on)
