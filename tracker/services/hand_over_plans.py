"""What becomes of each thing when somebody hands over: it goes to the successor, it ends, or it stays, and why.

Separation of duties holds for the successor as for anybody: nobody is in charge of, or reviews, a project that she is on; nobody does two
steps of one review; nobody reviews what a conflict of interest excludes her from; an office's work needs the office's role.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection, Row, select

from tracker.services import assignments as a
from tracker.services import review_seats
from tracker.services.assignments import Held
from tracker.services.viewer import Role
from tracker.store import q_people
from tracker.store import tables as t

MOVES, ENDS, STAYS = "moves", "ends", "stays"
_OFFICE = (Role.OFFICER.value, Role.CHIEF.value)

NO_ROLE = "The successor does not have this role in the programme. The administrator can give it to her, or hand the roles over as well."
ON_THE_PROJECT = "The successor is on this project herself."
OFFICE_OF_IT = "The successor is in charge of this project or reviews it."
NOT_A_MEMBER = "The successor is not on this project."
NOT_OF_THE_OFFICE = "The successor is not of the programme's office."
AWAY = "The successor is away herself on these days, or is the one who is away."
PERSONAL = "It was given to one person; the principal investigator can give it to the successor."
GIVEN_BY_HER = "Nobody acts on behalf of somebody who left; the new principal investigator can give it again."
BY_LETTER = "A principal investigator is replaced project by project, with the letter that says so."
ROLE_STAYS = "Roles stay where they are; they can be handed over as well."
NOBODY_COVERS = "Nobody stands in on these days any more."


@dataclass(frozen=True)
class Move:
    """What becomes of one thing; `why` is a message id, "" where nothing is to be said."""

    held: Held
    becomes: str
    why: str = ""


@dataclass(frozen=True)
class Successor:
    """Who takes over, with the roles that she gets in the same step."""

    person_id: int
    roles: frozenset[tuple[int, str]]
    projects: frozenset[int]


def moves(conn: Connection, held: Collection[Held], to_id: int, today: date, *, one_project: bool, with_roles: bool) -> tuple[Move, ...]:
    """What would become of everything that lies with somebody, if `to_id` took it over today."""
    gained = {(one.programme_id, one.role) for one in held if one.kind == a.ROLE and with_roles and one.programme_id is not None}
    roles = {(row.programme_id, row.role) for row in q_people.staff_roles(conn, to_id)}
    joins = {one.project_id for one in held if one.kind == a.MEMBERSHIP and (one_project or one.role != Role.PI)}
    on = {row.project_id for row in q_people.memberships_of(conn, to_id, today)}
    to = Successor(to_id, frozenset(roles | gained), frozenset(on))
    plan = _Plan(conn, to, frozenset(on | {number for number in joins if number is not None}), today, one_project, with_roles)
    return tuple(plan.move(one, held) for one in held)


@dataclass(frozen=True)
class _Plan:
    """The rules, one method a kind of thing."""

    conn: Connection
    to: Successor
    projects_then: frozenset[int]
    today: date
    one_project: bool
    with_roles: bool

    def move(self, one: Held, held: Collection[Held]) -> Move:
        """What becomes of one thing."""
        if one.kind == a.TASK:
            return self._task(one, [other.object_id for other in held if other.kind == a.TASK])
        if one.kind == a.DRAFT:
            return self._draft(one, held)
        by_kind = {
            a.IN_CHARGE: self._in_charge,
            a.ACTION: self._action,
            a.COVER: self._cover,
            a.MEMBERSHIP: self._membership,
            a.ROLE: self._role,
        }
        if one.kind in by_kind:
            return by_kind[one.kind](one)
        ends = self.one_project or one.kind == a.HELD
        return Move(one, ENDS if ends else STAYS, (GIVEN_BY_HER if one.kind == a.GIVEN else PERSONAL) if ends else BY_LETTER)

    def _in_charge(self, one: Held) -> Move:
        if (one.programme_id, Role.OFFICER.value) not in self.to.roles:
            return Move(one, STAYS, NO_ROLE)
        return Move(one, STAYS, ON_THE_PROJECT) if one.project_id in self.projects_then else Move(one, MOVES)

    def _task(self, one: Held, besides: Collection[int]) -> Move:
        task = _task_row(self.conn, one.object_id)
        seats = review_seats.seats(self.conn, [task.programme_id], self.today)
        roles = dict(seats.roles)
        for programme_id, role in self.to.roles:
            roles[programme_id, role] = roles.get((programme_id, role), frozenset()) | {self.to.person_id}
        refused = replace(seats, roles=roles).refusal(self.to.person_id, task, besides=besides)
        return Move(one, STAYS, refused) if refused else Move(one, MOVES)

    def _action(self, one: Held) -> Move:
        if one.role == "project":
            return Move(one, MOVES) if one.project_id in self.projects_then else Move(one, STAYS, NOT_A_MEMBER)
        of_office = any((one.programme_id, role) in self.to.roles for role in _OFFICE)
        return Move(one, MOVES) if of_office else Move(one, STAYS, NOT_OF_THE_OFFICE)

    def _cover(self, one: Held) -> Move:
        absence = self.conn.execute(select(t.absence).where(t.absence.c.id == one.object_id)).one()
        theirs = {(row.programme_id, row.role) for row in q_people.staff_roles(self.conn, absence.person_id)}
        away = q_people.absent_between(self.conn, self.to.person_id, absence.from_on, absence.until_on)
        if absence.person_id == self.to.person_id or away is not None or not theirs & self.to.roles:
            return Move(one, ENDS, NOBODY_COVERS)
        return Move(one, MOVES)

    def _membership(self, one: Held) -> Move:
        if one.role == Role.PI and not self.one_project:
            return Move(one, STAYS, BY_LETTER)
        theirs = q_people.in_charge_of(self.conn, self.to.person_id, one.project_id)
        tasks = [row for row in q_people.review_tasks_of(self.conn, self.to.person_id) if row.project_id == one.project_id]
        return Move(one, STAYS, OFFICE_OF_IT) if theirs or tasks else Move(one, MOVES)

    def _role(self, one: Held) -> Move:
        return Move(one, MOVES) if self.with_roles else Move(one, STAYS, ROLE_STAYS)

    def _draft(self, one: Held, held: Collection[Held]) -> Move:
        """A remark that was not sent goes along with the office's work; a panel member's notes are her own."""
        of_office = any((one.programme_id, role) in self.to.roles for role in _OFFICE)
        was_panel = any(other.kind == a.ROLE and other.role == Role.REVIEWER and other.programme_id == one.programme_id for other in held)
        return Move(one, MOVES) if of_office and not was_panel else Move(one, STAYS, NOT_OF_THE_OFFICE)


def _task_row(conn: Connection, task_id: int) -> Row:
    k, p = t.review_task, t.project
    return conn.execute(select(k, p.c.officer_id).join(p, p.c.id == k.c.project_id).where(k.c.id == task_id)).one()
