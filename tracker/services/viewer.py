"""Who is asking: one person with her staff roles and project memberships, read from the database at every run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import Connection, select

from tracker.store.tables import membership, person, role_grant


class Role(StrEnum):
    """What a person may be. The first four are staff; the last two belong to one project."""

    ADMINISTRATOR = "administrator"
    OFFICER = "officer"
    CHIEF = "chief"
    AUDITOR = "auditor"
    PI = "pi"
    ASSISTANT = "assistant"


@dataclass(frozen=True)
class Membership:
    """A person on one project; `party` is `academic` or `company`."""

    project_id: int
    role: Role
    party: str


@dataclass(frozen=True)
class Viewer:
    """One person and everything authorisation needs to know of her.

    `everywhere` holds administrator and auditor; `programmes` maps a programme's id to the staff roles she has in it.
    """

    person_id: int | None
    name: str
    email: str
    language: str
    everywhere: frozenset[Role]
    programmes: tuple[tuple[int, Role], ...]
    memberships: tuple[Membership, ...]

    @property
    def roles(self) -> frozenset[Role]:
        """Every role she has anywhere: for menus and start pages, never for authorisation."""
        return self.everywhere | {role for _, role in self.programmes} | {m.role for m in self.memberships}

    @property
    def programme_ids(self) -> frozenset[int]:
        """Programmes she sees as staff."""
        return frozenset(programme_id for programme_id, _ in self.programmes)

    @property
    def project_ids(self) -> frozenset[int]:
        """Projects she is on."""
        return frozenset(m.project_id for m in self.memberships)

    def roles_for(self, *, project_id: int | None, programme_id: int | None) -> frozenset[Role]:
        """Her roles towards one object, which belongs to a project, to a programme, to both or to neither."""
        found = set(self.everywhere)
        if programme_id is not None:
            found |= {role for pid, role in self.programmes if pid == programme_id}
        if project_id is not None:
            found |= {m.role for m in self.memberships if m.project_id == project_id}
        return frozenset(found)

    @property
    def is_system(self) -> bool:
        return self.person_id is None


#: The worker and the command line of the machine's owner: not a person, may do what `policy` grants to the system.
SYSTEM = Viewer(None, "Milepost", "", "zh_TW", frozenset(), (), ())


def load_viewer(conn: Connection, person_id: int, today: date) -> Viewer | None:
    """The viewer as she stands on `today` (Asia/Taipei), or None where the account does not exist or is switched off."""
    row = conn.execute(select(person).where(person.c.id == person_id, person.c.active.is_(True))).one_or_none()
    if row is None:
        return None
    grants = conn.execute(
        select(role_grant.c.role, role_grant.c.programme_id)
        .where(role_grant.c.person_id == person_id, role_grant.c.revoked_at.is_(None))
        .order_by(role_grant.c.id)
    ).all()
    members = conn.execute(
        select(membership.c.project_id, membership.c.role, membership.c.party)
        .where(
            membership.c.person_id == person_id,
            membership.c.from_on <= today,
            membership.c.until_on.is_(None) | (membership.c.until_on >= today),
        )
        .order_by(membership.c.id)
    ).all()
    return Viewer(
        person_id=row.id,
        name=row.name,
        email=row.email,
        language=row.language,
        everywhere=frozenset(Role(g.role) for g in grants if g.programme_id is None),
        programmes=tuple((g.programme_id, Role(g.role)) for g in grants if g.programme_id is not None),
        memberships=tuple(Membership(m.project_id, Role(m.role), m.party) for m in members),
    )
