"""What a hand-over does to each kind of thing, inside its write. The caller has authorised, planned, and records the Event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import or_, select, update

from tracker.services import assignments as a
from tracker.services.context import Context
from tracker.services.hand_over_plans import MOVES, Move
from tracker.services.people import is_administrator, keep_an_administrator
from tracker.services.viewer import Role
from tracker.store import q_people
from tracker.store import tables as t
from tracker.store.writing import Tx

ONE_DAY = timedelta(days=1)


def _in_charge(tx: Tx, ctx: Context, move: Move, to_id: int) -> None:
    p = t.project
    tx.conn.execute(update(p).where(p.c.id == move.held.object_id).values(officer_id=to_id, version=p.c.version + 1))


def _task(tx: Tx, ctx: Context, move: Move, to_id: int) -> None:
    k = t.review_task
    tx.conn.execute(update(k).where(k.c.id == move.held.object_id).values(assignee_id=to_id, version=k.c.version + 1))


def _cover(tx: Tx, ctx: Context, move: Move, to_id: int) -> None:
    c = t.absence
    tx.conn.execute(update(c).where(c.c.id == move.held.object_id).values(cover_id=to_id if move.becomes == MOVES else None))


def _membership(tx: Tx, ctx: Context, move: Move, to_id: int) -> None:
    """The old one ends yesterday, the new one begins today; whoever rises to principal investigator is that and nothing besides."""
    m, held = t.membership, move.held
    same = [row for row in q_people.memberships_of(tx.conn, to_id, ctx.today, held.project_id)]
    end = [held.object_id, *(row.id for row in same if held.role == Role.PI and row.role != Role.PI)]
    tx.conn.execute(update(m).where(m.c.id.in_(end)).values(until_on=ctx.today - ONE_DAY))
    if not any(row.role == held.role and row.party == held.detail for row in same):
        tx.insert(m, project_id=held.project_id, person_id=to_id, role=held.role, party=held.detail, from_on=ctx.today)


def _delegation(tx: Tx, ctx: Context, move: Move, to_id: int) -> None:
    d = t.delegation
    tx.conn.execute(update(d).where(d.c.id == move.held.object_id).values(revoked_at=tx.at, revoked_by=ctx.viewer.person_id))


def _draft(tx: Tx, ctx: Context, move: Move, to_id: int) -> None:
    c = t.review_comment
    tx.conn.execute(update(c).where(c.c.id == move.held.object_id).values(author_id=to_id, version=c.c.version + 1))


def _role(tx: Tx, ctx: Context, move: Move, to_id: int) -> None:
    g, held = t.role_grant, move.held
    tx.conn.execute(update(g).where(g.c.id == held.object_id).values(revoked_at=tx.at))
    has = select(g.c.id).where(
        g.c.person_id == to_id, g.c.role == held.role, g.c.programme_id == held.programme_id, g.c.revoked_at.is_(None)
    )
    if tx.conn.execute(has).first() is None:
        tx.insert(g, person_id=to_id, role=held.role, programme_id=held.programme_id, granted_at=tx.at)


def switch_off(tx: Tx, ctx: Context, person_id: int) -> None:
    """Off, with every membership ended and every absence of hers cancelled: nothing is left that names her."""
    p, m, c = t.person, t.membership, t.absence
    tx.conn.execute(update(p).where(p.c.id == person_id).values(active=False, version=p.c.version + 1))
    if is_administrator(tx, person_id):
        keep_an_administrator(tx)
    running = or_(m.c.until_on.is_(None), m.c.until_on >= ctx.today)
    tx.conn.execute(update(m).where(m.c.person_id == person_id, m.c.from_on < ctx.today, running).values(until_on=ctx.today - ONE_DAY))
    tx.conn.execute(update(c).where(c.c.person_id == person_id, c.c.cancelled_at.is_(None)).values(cancelled_at=tx.at))


def _later(tx: Tx, ctx: Context, move: Move, to_id: int) -> None:
    """Action items go together, after the memberships."""


APPLY: dict[str, Callable[[Tx, Context, Move, int], None]] = {
    a.IN_CHARGE: _in_charge, a.TASK: _task, a.ACTION: _later, a.COVER: _cover, a.MEMBERSHIP: _membership, a.GIVEN: _delegation,
    a.HELD: _delegation, a.DRAFT: _draft, a.ROLE: _role,
}  # fmt: skip
