"""Hand-over in one step: of a project (to a new investigator or assistant), or of everything that lies on somebody's desk.

One transaction, one Event, one row that says what went where. What could not go is named with its reason, and stays.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, Row, select

from tracker.notify.notice_wording import HANDED_ON, HANDED_TO_YOU
from tracker.services import assignments as a
from tracker.services import policy, sessions
from tracker.services.accounts import account_name
from tracker.services.action_items import reassign
from tracker.services.assignments import held_by, still_assigned
from tracker.services.context import Context
from tracker.services.errors import Forbidden, Invalid, NotFound, Problem
from tracker.services.hand_over_plans import MOVES, STAYS, Move, moves
from tracker.services.hand_over_steps import APPLY, switch_off
from tracker.services.notices import herself, tell
from tracker.services.office import authorise_office
from tracker.services.policy import INSTALLATION, Act, Target
from tracker.services.text_fields import read_line, read_text
from tracker.services.viewer import Role
from tracker.store import q_people
from tracker.store import tables as t
from tracker.store.writing import Tx


@dataclass(frozen=True)
class Person:
    """Somebody who could hand over or take over."""

    person_id: int
    name: str
    email: str
    active: bool


@dataclass(frozen=True)
class HandOverPlan:
    """What a hand-over would do, before it is done."""

    giver: Person
    successor: Person
    moves: tuple[Move, ...]

    def that(self, becomes: str) -> tuple[Move, ...]:
        """The things that move, end or stay."""
        return tuple(move for move in self.moves if move.becomes == becomes)


@dataclass(frozen=True)
class HandedOver:
    """What was done: how many things went over or ended, and what stayed."""

    hand_over_id: int
    moved: int
    ended: int
    stayed: int


@dataclass(frozen=True)
class Order:
    """A hand-over as it is asked for. `project_id` None: the whole desk; `with_roles`: her roles in programmes go along;
    `switch_off`: her account is switched off in the same step."""

    from_id: int
    to_id: int
    project_id: int | None = None
    letter_number: str = ""
    reason: str = ""
    with_roles: bool = False
    switch_off: bool = False


def hand_over_people(ctx: Context, *, project_id: int | None = None) -> tuple[Person, ...]:
    """Who could hand over: who is or was with the office of the viewer's programmes, or who is on a project; by name.

    Chiefs and administrators. Raises NotFound, Forbidden.
    """
    with ctx.store.read() as conn:
        programmes = _authorise(ctx, conn, project_id)
        return _people(conn, _candidates(conn, ctx, project_id, programmes))


def person_by_address(ctx: Context, email: str, *, project_id: int | None = None) -> Person:
    """The successor by her address. Raises NotFound where nobody has it, Forbidden for who may hand nothing over."""
    with ctx.store.read() as conn:
        _authorise(ctx, conn, project_id)
        row = conn.execute(select(t.person).where(t.person.c.email == account_name(email))).one_or_none()
    if row is None:
        raise NotFound("Nobody has the address {email}. The administrator adds her first.", email=email.strip()[:100])
    return _person(row)


def preview_hand_over(ctx: Context, order: Order) -> HandOverPlan:
    """Everything that lies with somebody, and what would become of it. Raises NotFound, Forbidden, Invalid naming `to_id` or `from_id`."""
    with ctx.store.read() as conn:
        programmes = _authorise(ctx, conn, order.project_id)
        giver, successor = _pair(conn, ctx, order, programmes)
        return HandOverPlan(giver, successor, _plan(conn, ctx, order, programmes))


def hand_over(ctx: Context, order: Order, *, key: str) -> HandedOver:
    """Do it, all in one step. Both are signed out, for their rights have changed.

    The chief of a programme within it, administrators everywhere; nobody on a project of her own. Roles and accounts are the
    administrator's: `with_roles` and `switch_off` raise Forbidden for a chief. A principal investigator's successor needs the letter's
    number (`letter_number`) and every hand-over a `reason`. Raises Invalid, also where the account cannot be switched off because
    something stays; NotFound.
    """
    with ctx.store.read() as conn:
        programmes = _authorise(ctx, conn, order.project_id)
    if order.with_roles or order.switch_off:
        policy.authorise(ctx.viewer, Act.MANAGE_PEOPLE, INSTALLATION)
    problems: list[Problem] = []
    letter, reason = read_line("letter_number", order.letter_number, problems), read_text("reason", order.reason, problems)
    if not reason:
        problems.append(Problem("reason", "Give a reason."))
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict[str, int]:
        _pair(tx.conn, ctx, order, programmes)  # in here: a second click finds the first one's result, not an empty desk
        plan = _plan(tx.conn, ctx, order, programmes)
        _check(plan, order, letter)
        for move in plan:
            if move.becomes != STAYS:
                APPLY[move.held.kind](tx, ctx, move, order.to_id)
        items = [move.held.object_id for move in plan if move.becomes == MOVES and move.held.kind == a.ACTION]
        reassign(tx, ctx, items, order.to_id)  # after the memberships: she has to be on the project
        if order.switch_off:
            switch_off(tx, ctx, order.from_id)
        for person_id in (order.from_id, order.to_id):
            sessions.end_all(tx, person_id, why="rights")
        return _recorded(tx, ctx, order, plan, letter, reason)

    done = ctx.store.write(ctx.request("person.hand_over", key, order), body)
    return HandedOver(**done)


def _authorise(ctx: Context, conn: Connection, project_id: int | None) -> frozenset[int] | None:
    """The programmes within which the viewer may hand over; None: all."""
    if project_id is not None:
        target = policy.target_of_project(conn, project_id)
        authorise_office(ctx.viewer, Act.HAND_OVER, target)
        return frozenset({target.programme_id} if target.programme_id else ())
    if policy.may(ctx.viewer, Act.HAND_OVER, INSTALLATION):
        return None
    mine = [number for number in ctx.viewer.programme_ids if policy.may(ctx.viewer, Act.HAND_OVER, Target(programme_id=number))]
    if not mine:
        raise Forbidden()
    return frozenset(mine)


def _candidates(conn: Connection, ctx: Context, project_id: int | None, programmes: Collection[int] | None) -> set[int]:
    if project_id is not None:
        found = {row.person_id for row in q_people.members(conn, project_id, ctx.today)}
        officer = conn.execute(select(t.project.c.officer_id).where(t.project.c.id == project_id)).scalar_one()
        return found | ({officer} if officer else set())
    g = t.role_grant.c
    query = select(g.person_id).where(g.revoked_at.is_(None))
    if programmes is None:
        return set(conn.execute(select(t.person.c.id)).scalars())
    in_charge = select(t.project.c.officer_id).where(t.project.c.programme_id.in_(sorted(programmes)), t.project.c.status == "active")
    return set(conn.execute(query.where(g.programme_id.in_(sorted(programmes)))).scalars()) | {
        number for number in conn.execute(in_charge).scalars() if number
    }


def _people(conn: Connection, ids: Collection[int]) -> tuple[Person, ...]:
    rows = conn.execute(select(t.person).where(t.person.c.id.in_(sorted(ids))).order_by(t.person.c.name, t.person.c.id))
    return tuple(_person(row) for row in rows)


def _person(row: Row) -> Person:
    return Person(row.id, row.name, row.email, row.active)


def _pair(conn: Connection, ctx: Context, order: Order, programmes: Collection[int] | None) -> tuple[Person, Person]:
    if order.from_id not in _candidates(conn, ctx, order.project_id, programmes):
        raise NotFound()
    found = {one.person_id: one for one in _people(conn, {order.from_id, order.to_id})}
    successor = found.get(order.to_id)
    if successor is None or not successor.active:
        raise Invalid([Problem("to_id", "The successor needs an account that is switched on.")])
    if order.from_id == order.to_id:
        raise Invalid([Problem("to_id", "Choose somebody else.")])
    if ctx.viewer.person_id == order.from_id and order.switch_off:
        raise Invalid([Problem("from_id", "Nobody switches her own account off.")])
    return found[order.from_id], successor


def _plan(conn: Connection, ctx: Context, order: Order, programmes: Collection[int] | None) -> tuple[Move, ...]:
    """The moves of everything within reach: not of other programmes, and not of projects that the viewer is on herself."""
    held = held_by(conn, order.from_id, ctx.today, project_id=order.project_id)
    if programmes is not None:
        held = tuple(one for one in held if one.programme_id in programmes or one.kind == a.COVER)
    held = tuple(one for one in held if one.project_id is None or one.project_id not in ctx.viewer.project_ids)
    return moves(conn, held, order.to_id, ctx.today, one_project=order.project_id is not None, with_roles=order.with_roles)


def _check(plan: Collection[Move], order: Order, letter: str) -> None:
    problems = []
    replaced = [move for move in plan if move.held.kind == a.MEMBERSHIP and move.held.role == Role.PI and move.becomes == MOVES]
    if replaced and not letter:
        problems.append(Problem("letter_number", "A change of the principal investigator needs the number of its letter."))
    if not any(move.becomes != STAYS for move in plan):
        problems.append(Problem("from_id", "There is nothing that could be handed over."))
    if order.switch_off:
        problems += still_assigned([move.held for move in plan if move.becomes == STAYS], "switch_off")
    if problems:
        raise Invalid(problems)


def _recorded(tx: Tx, ctx: Context, order: Order, plan: Collection[Move], letter: str, reason: str) -> dict[str, int]:
    moved: dict[str, list[int]] = {}
    ended: dict[str, list[int]] = {}
    for move in plan:
        if move.becomes != STAYS:
            (moved if move.becomes == MOVES else ended).setdefault(move.held.kind, []).append(move.held.object_id)
    made = tx.insert(
        t.hand_over, from_person_id=order.from_id, to_person_id=order.to_id, project_id=order.project_id,
        reason=f"{letter} · {reason}" if letter else reason, moved_json={"moved": moved, "ended": ended, "letter_number": letter},
        done_by=ctx.viewer.person_id, done_at=tx.at,
    )  # fmt: skip
    payload = {"from": order.from_id, "to": order.to_id, "project_id": order.project_id, "moved": moved, "ended": ended}
    tx.record("hand_over", made, {**payload, "letter_number": letter, "switched_off": order.switch_off})
    _tell(tx, ctx, order, made, plan, letter, reason)
    projects = {move.held.project_id for move in plan if move.held.project_id is not None and move.becomes != STAYS}
    tx.touch("people", "obligations", "reports", *(f"project:{number}" for number in projects))
    stayed = sum(move.becomes == STAYS for move in plan)
    return {"hand_over_id": made, "moved": sum(map(len, moved.values())), "ended": sum(map(len, ended.values())), "stayed": stayed}


def _tell(tx: Tx, ctx: Context, order: Order, hand_over_id: int, plan: Collection[Move], letter: str, reason: str) -> None:
    """Tell both of them what went over, except who did it herself."""
    gone = [move.held for move in plan if move.becomes == MOVES]
    if not gone:
        return
    role = next((one.role for one in gone if one.kind == a.MEMBERSHIP), Role.OFFICER.value)
    codes = list(dict.fromkeys(one.code for one in gone if one.code))
    p = t.person
    pair = select(p.c.id, p.c.name).where(p.c.id.in_((order.from_id, order.to_id)))
    names = {row.id: row.name for row in tx.conn.execute(pair)}
    for kind, person_id, other in ((HANDED_TO_YOU, order.to_id, order.from_id), (HANDED_ON, order.from_id, order.to_id)):
        if person_id != ctx.viewer.person_id and not (order.switch_off and person_id == order.from_id):
            params = {"name": names[other], "moved": len(gone), "codes": codes, "letter_number": letter, "reason": reason}
            people = [herself(tx.conn, person_id, role)]
            tell(tx, ctx, kind=kind, people=people, once=f"hand-over-{hand_over_id}", params=params)
