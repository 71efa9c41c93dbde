"""The way of one submitted version through the office: it begins at submission, goes stage by stage, and ends with one answer.

Steps of a stage run side by side; the next stage opens when every one of them is done or was dropped. The last stage decides. An officer
of the first stage may send back what is formally incomplete without waiting for anybody: nobody should judge half a report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select, update

from tracker.clock import civil_day
from tracker.domain.calendars import OutsideCalendar, WorkingCalendar
from tracker.domain.office_clock import promised_day
from tracker.programmes.report_types import ReviewFlow
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Forbidden
from tracker.services.policy import Act, Target
from tracker.services.report_state import ReportState, load_state
from tracker.services.review_flows import ONE_OFFICER, as_json, decides, flow_for, from_json, window_for
from tracker.services.review_notices import tell_reviewers
from tracker.services.review_seats import Seats, Standing, require, seats
from tracker.services.viewer import Role
from tracker.store import q_reviews as q
from tracker.store import tables as t
from tracker.store.writing import Tx

NOT_WAITING = "This report does not wait for a review."
DROPPED_BY_RETURN, DROPPED_BY_ANSWER, WITHDRAWN = "returned", "answered", "withdrawn"


def target_of(state: ReportState) -> Target:
    """The report as one object: a panel member has rights towards this report only."""
    return Target(state.row.project_id, state.row.p_programme_id, state.row.id)


def start_round(tx: Tx, ctx: Context, state: ReportState, version_id: int) -> None:
    """Begin the review of a version that was just handed in; inside that write.

    The steps are those in force now and stay with the round. The office's clock starts: `office_due_on` of round and obligation is the
    promised number of working days away, or None where the programme promises nothing.
    """
    code = _programme_code(tx.conn, state.row.p_programme_id)
    window = window_for(ctx, code, state.row.o_kind)
    promised = window.office_days if window else None
    _insert_round(tx, ctx, state, version_id, flow_for(ctx, code, state.row.o_kind), promised)


def _insert_round(tx: Tx, ctx: Context, state: ReportState, version_id: int, flow: ReviewFlow, promised: int | None) -> int:
    row = state.row
    calendar = ctx.calendar.for_county(row.p_county)
    office_due_on = due_in(civil_day(ctx.now), promised, calendar)
    before = q.round_of(tx.conn, row.id, state=None)
    round_id = tx.insert(
        t.review_round, report_version_id=version_id, report_id=row.id, project_id=row.project_id, programme_id=row.p_programme_id,
        flow_json=as_json(flow), stage=1, state="open", office_due_on=office_due_on, opened_at=ctx.now,
    )  # fmt: skip
    again = _same_people(tx.conn, before) if before is not None else {}
    for step in flow.steps:
        opened = step.stage == 1
        for seat in range(step.seats):
            people = again.get(step.id, [])
            tx.insert(
                t.review_task, review_round_id=round_id, report_id=row.id, project_id=row.project_id, programme_id=row.p_programme_id,
                stage=step.stage, step=step.id, role=step.who, assignee_id=people[seat] if seat < len(people) else None,
                state="open" if opened else "waiting", opened_at=ctx.now if opened else None,
                due_on=due_in(civil_day(ctx.now), step.days, calendar) if opened else None,
            )  # fmt: skip
    o = t.obligation
    tx.conn.execute(update(o).where(o.c.id == row.o_id).values(office_due_on=office_due_on))
    tell_reviewers(tx, ctx, round_id)
    return round_id


def _programme_code(conn: Connection, programme_id: int) -> str:
    return conn.execute(select(t.programme.c.code).where(t.programme.c.id == programme_id)).scalar_one()


def _same_people(conn: Connection, before: Row) -> dict[str, list[int]]:
    """The panel members of the round before, by step: who knows the report reads its answer. Officers and chiefs follow their roles."""
    found: dict[str, list[int]] = {}
    for task in q.tasks(conn, before.id):
        if task.role == Role.REVIEWER and task.assignee_id is not None and task.state in ("open", "done", "waiting"):
            found.setdefault(task.step, []).append(task.assignee_id)
    return found


def due_in(start: date, working_days: int | None, calendar: WorkingCalendar) -> date | None:
    """So many working days from a day, or None where nothing is promised or the calendar does not reach."""
    if working_days is None:
        return None
    try:
        return promised_day(start, working_days, calendar)
    except OutsideCalendar:
        return None


def locked_round(tx: Tx, ctx: Context, state: ReportState) -> Row:
    """The open round of a report that waits, held against everybody else until this write ends.

    What came in before there were rounds gets one here, as the single step of an officer that it was. Raises Forbidden.
    """
    if state.row.status != "submitted":
        raise Forbidden(NOT_WAITING)
    found = q.round_of(tx.conn, state.row.id)
    round_id = found.id if found is not None else _insert_round(tx, ctx, state, state.versions[-1].id, ONE_OFFICER, None)
    return lock(tx, round_id)


def lock(tx: Tx, round_id: int) -> Row:
    """Hold a round until this write ends and read it afterwards, so that two who finish together do not miss each other."""
    r = t.review_round
    tx.conn.execute(update(r).where(r.c.id == round_id).values(version=r.c.version + 1))
    return tx.conn.execute(select(r).where(r.c.id == round_id)).one()


@dataclass(frozen=True)
class Turn:
    """The task that a viewer may do now, and in whose place."""

    task: Row
    standing: Standing
    flow: ReviewFlow

    @property
    def decides(self) -> bool:
        """Whether her word ends the review. An expert's never does."""
        return self.task.role != Role.REVIEWER and decides(self.flow, self.task.stage)

    @property
    def may_send_back(self) -> bool:
        """Whether she may return the report: who decides, and an officer who finds it incomplete at the first stage."""
        return self.decides or (self.task.stage == 1 and self.task.role == Role.OFFICER)


def turns(conn: Connection, ctx: Context, found: Row) -> tuple[list[Turn], str, Mapping[str, Any]]:
    """The open tasks of a round that the viewer may do, her own first; else the reason why there is none, with its parameters."""
    flow, known = from_json(found.flow_json), seats(conn, [found.programme_id], ctx.today)
    mine, refused = [], (NOT_WAITING, {})
    for task in q.tasks(conn, found.id):
        if task.state != "open":
            continue
        standing = known.standing(ctx.viewer.person_id, task)
        if standing.may:
            mine.append(Turn(task, standing, flow))
        else:
            refused = (standing.refused, dict(standing.params or {}))
    mine.sort(key=lambda turn: (turn.standing.behind is not None, not turn.decides))
    return mine, *refused


def turn_for(tx: Tx, ctx: Context, found: Row, *, deciding: bool) -> Turn:
    """The task in which the viewer answers the project: a deciding one, or for a return one that may send back.

    Raises Forbidden with the reason where it is not her turn.
    """
    mine, refused, params = turns(tx.conn, ctx, found)
    fit = [turn for turn in mine if (turn.decides if deciding else turn.may_send_back)]
    if fit:
        return fit[0]
    if mine:
        raise Forbidden("This step recommends. The last step of the review decides.")
    raise Forbidden(refused, **params)


def turn_of(tx: Tx, ctx: Context, task: Row, known: Seats | None = None) -> Turn:
    """The standing of the viewer in one task. Raises Forbidden with the reason where she may not do it."""
    known = known or seats(tx.conn, [task.programme_id], ctx.today)
    found = tx.conn.execute(select(t.review_round).where(t.review_round.c.id == task.review_round_id)).one()
    return Turn(task, require(known.standing(ctx.viewer.person_id, task)), from_json(found.flow_json))


def finish_task(tx: Tx, ctx: Context, turn: Turn, **values: Any) -> None:
    """Note that a task is done, by whom and in whose place. Whoever judges a report has opened it, from wherever she came."""
    r = t.review_round
    unread = update(r).where(r.c.id == turn.task.review_round_id, r.c.first_read_at.is_(None))
    tx.conn.execute(unread.values(first_read_at=ctx.now, first_read_by=ctx.viewer.person_id))
    tx.update_versioned(
        t.review_task, turn.task.id, turn.task.version, state="done", done_at=ctx.now, done_by=ctx.viewer.person_id,
        on_behalf_of=turn.standing.behind, **values,
    )  # fmt: skip


def advance(tx: Tx, ctx: Context, found: Row, county: str | None) -> int:
    """Open the next stage where nothing of the present one is left to do; gives the stage that is worked on now."""
    tasks = q.tasks(tx.conn, found.id)
    stage = found.stage
    last = max(task.stage for task in tasks)
    while stage < last and not any(task.stage == stage and task.state in ("open", "waiting") for task in tasks):
        stage += 1
    if stage == found.stage:
        return stage
    tx.conn.execute(update(t.review_round).where(t.review_round.c.id == found.id).values(stage=stage))
    days = {step.id: step.days for step in from_json(found.flow_json).steps}
    calendar = ctx.calendar.for_county(county)
    for task in tasks:
        if task.stage == stage and task.state == "waiting":
            due_on = due_in(ctx.today, days.get(task.step), calendar)
            tx.update_versioned(t.review_task, task.id, task.version, state="open", opened_at=ctx.now, due_on=due_on)
    tell_reviewers(tx, ctx, found.id)
    return stage


def close_round(tx: Tx, ctx: Context, found: Row, outcome: str, why: str) -> None:
    """End a round: accepted, returned or withdrawn. What nobody did any more is dropped, with the reason."""
    tx.conn.execute(update(t.review_round).where(t.review_round.c.id == found.id).values(state=outcome, closed_at=ctx.now))
    k = t.review_task
    tx.conn.execute(
        update(k)
        .where(k.c.review_round_id == found.id, k.c.state.in_(("open", "waiting")))
        .values(state="skipped", ended_why=why, version=k.c.version + 1)
    )


def cancel_round(tx: Tx, ctx: Context, version_id: int) -> None:
    """End the round of a version that its writer takes back; inside that write. The office's clock stops without an answer.

    Raises Forbidden where somebody of the office or of the panel has opened the report meanwhile.
    """
    r = t.review_round
    found = tx.conn.execute(select(r).where(r.c.report_version_id == version_id)).one_or_none()
    if found is None:
        return
    found = lock(tx, found.id)
    if found.first_read_at is not None or found.state != "open":
        raise Forbidden("The office has opened this report already; it can no longer be taken back. Ask the office to return it.")
    close_round(tx, ctx, found, "withdrawn", WITHDRAWN)
    o = t.obligation
    owner = select(t.report.c.obligation_id).where(t.report.c.id == found.report_id).scalar_subquery()
    tx.conn.execute(update(o).where(o.c.id == owner).values(office_due_on=None))


def note_read(ctx: Context, report_id: int) -> None:
    """Say that somebody who takes part in the review has opened the report: from now on its writer cannot take it back.

    Kept once a round. Readers who take no part (auditors, members of the project) leave no mark. Raises NotFound.
    """
    with ctx.store.read() as conn:
        state = load_state(conn, report_id)
        if policy.may(ctx.viewer, Act.REVIEW_REPORT, state.target):
            takes_part = (ctx.viewer.person_id, state.row.project_id) not in seats(conn, [state.target.programme_id], ctx.today).own
        else:
            policy.authorise(ctx.viewer, Act.SEE_SUBMITTED, target_of(state))
            takes_part = report_id in ctx.viewer.assigned_reports
        found = q.round_of(conn, report_id)
    if found is None or found.first_read_at is not None or not takes_part:
        return

    def body(tx: Tx) -> dict[str, Any]:
        now = lock(tx, found.id)
        first = now.first_read_at is None and now.state == "open"  # it may have been taken back in this very moment
        if first:
            r = t.review_round
            tx.conn.execute(update(r).where(r.c.id == found.id).values(first_read_at=ctx.now, first_read_by=ctx.viewer.person_id))
        tx.record("review", found.id, {"read": first, "report": report_id})
        tx.touch("reports", f"project:{found.project_id}")
        return {}

    ctx.store.write(ctx.request("review.read", f"read-{found.id}-{ctx.viewer.person_id}", found.id), body)
