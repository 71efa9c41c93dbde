"""Who may do which step of a review: roles, desks, absence, and nobody twice, nobody in her own cause.

One snapshot answers for many tasks. Nothing is stored when an account is switched off, a role is taken away or a project changes hands:
the answer is worked out anew, so a task whose holder cannot do it any more is back with its role by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row

from tracker.services.errors import Forbidden
from tracker.services.viewer import Role
from tracker.store import q_reviews as q

OWN_CAUSE = "You are on this project. Somebody else has to review its reports."
CONFLICT = "A conflict of interest with this project is recorded for you: you take no part in its reviews."
TWICE = "You do another step of this review. Somebody else has to do this one."
NOT_YOUR_STEP = "This step is not done by your role."
ONLY_CHIEF = "You are the only one who can do the chief's step of this review. Let an officer do this one."
HELD = "This step lies with {name}. Take it over first, with a reason."

_MAY_DO = {
    "officer": (Role.OFFICER.value, Role.CHIEF.value),
    "chief": (Role.CHIEF.value,),
    "reviewer": (Role.REVIEWER.value,),
}


@dataclass(frozen=True)
class Away:
    """An absence that runs today; `until_on` is its last day."""

    until_on: date
    cover_id: int | None


@dataclass(frozen=True)
class Standing:
    """How one person stands to one task. `behind` is whose place she takes while that one is away.

    `refused` is the message id of why not, "" where she may; `params` fill it.
    """

    refused: str = ""
    behind: int | None = None
    params: Mapping[str, Any] | None = None

    @property
    def may(self) -> bool:
        return not self.refused


@dataclass(frozen=True)
class Seats:
    """What the store says today of everybody who could do a step in some programmes."""

    names: Mapping[int, str]
    roles: Mapping[tuple[int, str], frozenset[int]]
    own: frozenset[tuple[int, int]]
    conflicts: frozenset[tuple[int, int]]
    absent: Mapping[int, Away]
    taken: Mapping[int, tuple[Row, ...]]

    def refusal(self, person_id: int | None, task: Row, *, besides: Collection[int] = ()) -> str:
        """Why a person could not do a task, whoever holds it; "" where she could. `besides` are tasks of hers that do not count."""
        if not any(person_id in self.roles.get((task.programme_id, role), ()) for role in _MAY_DO[task.role]):
            return NOT_YOUR_STEP
        if (person_id, task.project_id) in self.own:
            return OWN_CAUSE
        if (person_id, task.project_id) in self.conflicts:
            return CONFLICT
        others = [one for one in self.taken.get(task.review_round_id, ()) if one.id != task.id and one.id not in besides]
        if any(one.done_by == person_id or (one.assignee_id == person_id and one.state != "done") for one in others):
            return TWICE
        if task.role == "officer" and self._is_last_chief(person_id, task, others):
            return ONLY_CHIEF
        return ""

    def _is_last_chief(self, person_id: int | None, task: Row, others: list[Row]) -> bool:
        """Whether she is needed for a chief's step that is still to come."""
        chiefs = self.roles.get((task.programme_id, Role.CHIEF.value), frozenset())
        if person_id not in chiefs or not any(one.role == "chief" and one.state != "done" for one in others):
            return False
        return not any(
            (one, task.project_id) not in self.own | self.conflicts and not any(other.done_by == one for other in others)
            for one in chiefs - {person_id}
        )

    def holder(self, task: Row) -> int | None:
        """On whose desk a task lies, or None: with its role. An officer's step lies with the officer in charge of the project."""
        named = task.assignee_id or (task.officer_id if task.role == "officer" else None)
        return named if named is not None and not self.refusal(named, task) else None

    def cover(self, task: Row) -> int | None:
        """Who stands in for the holder today, or None where she is here or named nobody who could."""
        holder = self.holder(task)
        away = self.absent.get(holder) if holder is not None and task.role != "reviewer" else None
        stands_in = away.cover_id if away else None
        return stands_in if stands_in is not None and not self.refusal(stands_in, task) else None

    def standing(self, person_id: int | None, task: Row) -> Standing:
        """Whether a person may do a task now."""
        refused = self.refusal(person_id, task)
        if refused:
            return Standing(refused)
        holder = self.holder(task)
        if holder == person_id:
            return Standing()
        if task.role == "reviewer":  # an expert judges in person: neither whoever has the role nor who stands in for her
            return Standing(NOT_YOUR_STEP)
        if holder is None:
            return Standing()
        if holder in self.absent:
            cover = self.cover(task)
            return Standing(behind=holder) if cover in (None, person_id) else Standing(HELD, params={"name": self.names.get(cover, "?")})
        return Standing(HELD, params={"name": self.names.get(holder, "?")})

    def able(self, task: Row) -> list[int]:
        """Everybody who could do a task if it were hers, by name."""
        could = frozenset().union(*(self.roles.get((task.programme_id, role), frozenset()) for role in _MAY_DO[task.role]))
        return [one for one in self.names if one in could and not self.refusal(one, task)]

    def on_desk_of(self, person_id: int | None, task: Row, programme_roles: Collection[str]) -> bool:
        """Whether a task belongs into somebody's queue: her own, one that she covers, or one of her role.

        A chief finds an officer's step in hers only where no officer could do it.
        """
        if person_id in (self.holder(task), self.cover(task)):
            return True
        if task.role in programme_roles:
            return not self.refusal(person_id, task)
        officers = self.roles.get((task.programme_id, Role.OFFICER.value), frozenset())
        return (
            task.role == "officer"
            and Role.CHIEF.value in programme_roles
            and self.holder(task) is None
            and all(self.refusal(one, task) for one in officers)
            and not self.refusal(person_id, task)
        )


def seats(conn: Connection, programme_ids: Collection[int], today: date) -> Seats:
    """Read the snapshot."""
    roles: dict[tuple[int, str], set[int]] = defaultdict(set)
    names: dict[int, str] = {}
    for row in q.staff(conn, programme_ids):
        roles[row.programme_id, row.role].add(row.person_id)
        names[row.person_id] = row.name
    taken: dict[int, list[Row]] = defaultdict(list)
    for row in q.taken(conn, programme_ids):
        taken[row.review_round_id].append(row)
    return Seats(
        names=names,
        roles={slot: frozenset(people) for slot, people in roles.items()},
        own=frozenset((row.person_id, row.project_id) for row in q.ever_on_projects(conn, names)),
        conflicts=frozenset((row.person_id, row.project_id) for row in q.conflicted(conn, names)),
        absent={row.person_id: Away(row.until_on, row.cover_id) for row in q.away(conn, today)},
        taken={round_id: tuple(rows) for round_id, rows in taken.items()},
    )


def require(standing: Standing) -> Standing:
    """The standing itself where it allows the step. Raises Forbidden with the reason otherwise."""
    if standing.refused:
        raise Forbidden(standing.refused, **dict(standing.params or {}))
    return standing
