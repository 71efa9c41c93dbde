"""What lies with one person: projects in her charge, steps of reviews, action items, absences she covers, memberships, delegations, drafts.

Whoever leaves hands it over first; whatever is left with somebody who cannot act any more is found by `left_behind`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from tracker.services import policy
from tracker.services.action_items import items_of_person
from tracker.services.context import Context
from tracker.services.errors import Problem
from tracker.services.policy import INSTALLATION, Act
from tracker.services.viewer import Role
from tracker.store import q_people
from tracker.store import tables as t

IN_CHARGE, TASK, ACTION, COVER = "in_charge", "review_task", "action_item", "cover"
MEMBERSHIP, GIVEN, HELD, DRAFT, ROLE = "membership", "delegation_given", "delegation_held", "comment_draft", "role"

#: Kinds that somebody has to do something about: they never stay with who is gone. A membership does where it is the only investigator's.
WORK = frozenset({IN_CHARGE, TASK, ACTION, COVER})

KIND_MSGIDS: dict[str, str] = {
    IN_CHARGE: "Project in charge",
    TASK: "Step of a review",
    ACTION: "Action item",
    COVER: "Standing in for somebody",
    MEMBERSHIP: "Place on a project",
    GIVEN: "Right given to somebody",
    HELD: "Right held from somebody",
    DRAFT: "Remark not sent yet",
    ROLE: "Role in a programme",
}

_STILL: dict[str, str] = {
    IN_CHARGE: "{n} running projects are in this person's charge ({codes}). Hand them over first.",
    TASK: "{n} steps of reviews were given to this person ({codes}). Hand them over first.",
    ACTION: "{n} open action items are this person's ({codes}). Hand them over first.",
    COVER: "This person stands in for somebody who is away ({n}). Name another one first.",
    MEMBERSHIP: "{n} projects would be without a principal investigator ({codes}). Put another one on them first.",
}
_MOST_CODES = 5


@dataclass(frozen=True)
class Held:
    """One thing that lies with somebody. `sole`: of a membership, that the project would be without a principal investigator."""

    kind: str
    object_id: int
    code: str = ""
    project_id: int | None = None
    programme_id: int | None = None
    role: str = ""
    detail: str = ""
    sole: bool = False

    @property
    def blocks(self) -> bool:
        """Whether it must go to somebody else before she leaves."""
        return self.kind in WORK or self.sole


@dataclass(frozen=True)
class LeftBehind:
    """What still lies with somebody whose account is off, by kind of thing."""

    person_id: int
    name: str
    counts: tuple[tuple[str, int], ...]


def held_by(conn: Connection, person_id: int, today: date, *, project_id: int | None = None) -> tuple[Held, ...]:
    """Everything that lies with somebody today, of one project or of all. The caller authorises."""
    found = [Held(IN_CHARGE, row.id, row.code, row.id, row.programme_id) for row in q_people.in_charge_of(conn, person_id, project_id)]
    found += [
        Held(TASK, row.id, row.code, row.project_id, row.programme_id, row.role, row.step)
        for row in q_people.review_tasks_of(conn, person_id)
    ]
    found += [
        Held(ACTION, row.id, row.project_code, row.project_id, row.programme_id, row.side, row.body[:80])
        for row in items_of_person(conn, person_id, project_id)
    ]
    found += [Held(COVER, row.id, detail=row.name) for row in q_people.covers_of(conn, person_id, today) if project_id is None]
    for row in q_people.memberships_of(conn, person_id, today, project_id):
        sole = row.role == Role.PI and row.status == "active" and not q_people.other_investigators(conn, row.project_id, person_id, today)
        found.append(Held(MEMBERSHIP, row.id, row.code, row.project_id, row.programme_id, row.role, row.party, sole))
    for kind, column in ((GIVEN, "grantor_id"), (HELD, "grantee_id")):
        rows = q_people.delegations_in_force(conn, today, **{column: person_id})
        found += [Held(kind, row.id, row.code, row.project_id, row.programme_id, detail=f"{row.area}:{row.level}") for row in rows]
    found += [
        Held(DRAFT, row.id, row.code, row.project_id, row.programme_id, detail=str(row.report_id))
        for row in q_people.draft_comments_of(conn, person_id)
    ]
    if project_id is None:
        rows = q_people.staff_roles(conn, person_id)
        return (*found, *(Held(ROLE, row.id, row.code, None, row.programme_id, row.role) for row in rows))
    return tuple(one for one in found if one.project_id == project_id)


def still_assigned(held: Collection[Held], field: str = "person") -> list[Problem]:
    """What keeps somebody from leaving, one problem a kind of thing."""
    problems = []
    for kind, msgid in _STILL.items():
        found = [one for one in held if one.kind == kind and one.blocks]
        if found:
            problems.append(Problem(field, msgid, {"n": len(found), "codes": _codes(found)}))
    return problems


def _codes(held: Iterable[Held]) -> str:
    """The projects that some things belong to, each once, as many as fit into a sentence."""
    codes = list(dict.fromkeys(one.code for one in held if one.code))
    return ", ".join(codes[:_MOST_CODES]) + (" …" if len(codes) > _MOST_CODES else "")


def of_role(held: Iterable[Held], role: str, programme_id: int | None) -> list[Held]:
    """What somebody has by a role in a programme, and could not do any more without it."""
    kinds = {IN_CHARGE: Role.OFFICER.value}
    return [one for one in held if one.programme_id == programme_id and (one.role if one.kind == TASK else kinds.get(one.kind)) == role]


def left_behind(ctx: Context) -> tuple[LeftBehind, ...]:
    """Everybody whose account is off and with whom something still lies: nothing should. Administrators and the machine's owner."""
    policy.authorise(ctx.viewer, Act.SEE_HEALTH, INSTALLATION)
    with ctx.store.read() as conn:
        return left_with_the_gone(conn, ctx.today)


def left_with_the_gone(conn: Connection, today: date) -> tuple[LeftBehind, ...]:
    """As `left_behind`, for a caller that has authorised."""
    rows = conn.execute(select(t.person.c.id, t.person.c.name).where(t.person.c.active.is_(False)).order_by(t.person.c.name)).all()
    found = [(row, Counter(one.kind for one in held_by(conn, row.id, today) if one.blocks)) for row in rows]
    return tuple(LeftBehind(row.id, row.name, tuple(sorted(counts.items()))) for row, counts in found if counts)
