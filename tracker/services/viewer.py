"""Who is asking: one person with her staff roles and project memberships, read from the database at every run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import Connection, select

from tracker.store.q_reviews import ever_on_projects
from tracker.store.tables import delegation, interest_conflict, membership, person, review_task, role_grant


class Role(StrEnum):
    """What a person may be: staff of the installation or of a programme, a reviewer of what she is given, or a member of one project."""

    ADMINISTRATOR = "administrator"
    OFFICER = "officer"
    CHIEF = "chief"
    AUDITOR = "auditor"
    REVIEWER = "reviewer"
    PI = "pi"
    CO_PI = "co_pi"
    ASSISTANT = "assistant"


class Area(StrEnum):
    """Parts of a project's work that can be delegated one by one."""

    REPORTS = "reports"
    APPROVALS = "approvals"
    OUTCOMES = "outcomes"


class Level(StrEnum):
    """How far a right in an area goes; each holds the one before."""

    VIEW = "view"
    EDIT = "edit"
    SUBMIT = "submit"

    def covers(self, needed: Level) -> bool:
        """Whether this level is enough where `needed` is asked for."""
        order = tuple(Level)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True)
class Membership:
    """A person on one project; `party` is `academic` or `company`.

    `delegated` holds, by area, what a principal investigator gave her in place of her usual right: (level, who gave it).
    """

    project_id: int
    role: Role
    party: str
    delegated: tuple[tuple[Area, Level, int], ...] = ()

    def level(self, area: Area) -> Level:
        """What she may do in an area: a principal investigator everything, others what was given them, else write."""
        if self.role == Role.PI:
            return Level.SUBMIT
        return next((level for one, level, _ in self.delegated if one == area), Level.EDIT)

    def given_by(self, area: Area) -> int | None:
        """Who gave her the right in an area; None where she has it by herself."""
        return None if self.role == Role.PI else next((grantor for one, _, grantor in self.delegated if one == area), None)


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
    reviews_in: frozenset[int] = frozenset()  # programmes whose reviewer she is: opens nothing by itself
    assigned: frozenset[int] = frozenset()  # projects of which she was given a report to review
    assigned_reports: frozenset[int] = frozenset()  # those reports, and no other report of these projects
    ever_on: frozenset[int] = frozenset()  # of the office: projects that she is, was or will be on, or handed in a report of
    conflicts: frozenset[int] = frozenset()  # projects with which a conflict of interest is recorded for her

    @property
    def roles(self) -> frozenset[Role]:
        """Every role she has anywhere: for menus and start pages, never for authorisation."""
        found = self.everywhere | {role for _, role in self.programmes} | {m.role for m in self.memberships}
        return found | {Role.REVIEWER} if self.reviews_in or self.assigned else found

    @property
    def programme_ids(self) -> frozenset[int]:
        """Programmes she sees as staff."""
        return frozenset(programme_id for programme_id, _ in self.programmes)

    @property
    def project_ids(self) -> frozenset[int]:
        """Projects she is on."""
        return frozenset(m.project_id for m in self.memberships)

    def roles_for(self, *, project_id: int | None, programme_id: int | None) -> frozenset[Role]:
        """Her roles towards one object, which belongs to a project, to a programme, to both or to neither.

        Being a reviewer of a project is being one of one report of it: `policy` asks `assigned_reports` where an act is about a report.
        """
        found = set(self.everywhere)
        if programme_id is not None:
            found |= {role for pid, role in self.programmes if pid == programme_id}
        if project_id is not None:
            found |= {m.role for m in self.memberships if m.project_id == project_id}
            found |= {Role.REVIEWER} if project_id in self.assigned else set()
        return frozenset(found)

    def memberships_of(self, project_id: int | None) -> tuple[Membership, ...]:
        """How she stands to one project; empty where she is not on it."""
        return tuple(m for m in self.memberships if m.project_id == project_id)

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
    delegated = _delegated(conn, person_id, today) if members else {}
    reviews_in = frozenset(g.programme_id for g in grants if g.programme_id is not None and g.role == Role.REVIEWER)
    of_office = any(g.role in (Role.OFFICER, Role.CHIEF, Role.ADMINISTRATOR) for g in grants)
    given = _given_to_review(conn, person_id, reviews_in, today) if reviews_in else ()
    return Viewer(
        person_id=row.id,
        name=row.name,
        email=row.email,
        language=row.language,
        everywhere=frozenset(Role(g.role) for g in grants if g.programme_id is None),
        programmes=tuple((g.programme_id, Role(g.role)) for g in grants if g.programme_id is not None and g.role != Role.REVIEWER),
        memberships=tuple(Membership(m.project_id, Role(m.role), m.party, delegated.get(m.project_id, ())) for m in members),
        reviews_in=reviews_in,
        assigned=frozenset(project_id for project_id, _ in given),
        assigned_reports=frozenset(report_id for _, report_id in given),
        ever_on=frozenset(one.project_id for one in ever_on_projects(conn, [person_id])) if of_office else frozenset(),
        conflicts=_conflicts(conn, person_id) if of_office else frozenset(),
    )


def _conflicts(conn: Connection, person_id: int) -> frozenset[int]:
    c = interest_conflict
    return frozenset(conn.execute(select(c.c.project_id).where(c.c.person_id == person_id, c.c.withdrawn_at.is_(None))).scalars())


def _given_to_review(conn: Connection, person_id: int, programmes: frozenset[int], today: date) -> tuple[tuple[int, int], ...]:
    """(project, report) of what she was given to review: nothing of a project that she is on or is excluded from.

    A task that was taken from her, or a programme whose reviewer she is no longer, shows her nothing any more. Nobody stands in for a
    reviewer who is away: the office gives the report to another one.
    """
    r, c, m = review_task, interest_conflict, membership
    taken = review_task.alias("taken")  # also where she had done an earlier round: what came in since is no business of hers
    taken_later = (
        select(taken.c.id)
        .where(taken.c.report_id == r.c.report_id, taken.c.assignee_id == person_id, taken.c.id > r.c.id)
        .where(taken.c.state.in_(("replaced", "excluded")))
    )
    excluded = select(c.c.project_id).where(c.c.person_id == person_id, c.c.withdrawn_at.is_(None))
    on_it = select(m.c.project_id).where(m.c.person_id == person_id, m.c.from_on <= today, m.c.until_on.is_(None) | (m.c.until_on >= today))
    rows = conn.execute(
        select(r.c.project_id, r.c.report_id)
        .where(r.c.role == Role.REVIEWER, r.c.state.in_(("open", "done")), r.c.programme_id.in_(sorted(programmes)))
        .where(r.c.assignee_id == person_id, r.c.project_id.not_in(excluded), r.c.project_id.not_in(on_it))
        .where(~taken_later.exists())
        .distinct()
    )
    return tuple((row.project_id, row.report_id) for row in rows)


def _delegated(conn: Connection, person_id: int, today: date) -> dict[int, tuple[tuple[Area, Level, int], ...]]:
    """Project → (area, level, grantor): of several for one area the newest counts.

    What somebody gave who is no longer a principal investigator of the project, or whose account is off, is over: nobody acts for her.
    """
    d, m = delegation, membership
    leads = (
        select(m.c.id)
        .join(person, person.c.id == m.c.person_id)
        .where(m.c.person_id == d.c.grantor_id, m.c.project_id == d.c.project_id, m.c.role == Role.PI, person.c.active.is_(True))
        .where(m.c.from_on <= today, m.c.until_on.is_(None) | (m.c.until_on >= today))
    )
    rows = conn.execute(
        select(d.c.project_id, d.c.area, d.c.level, d.c.grantor_id)
        .where(d.c.grantee_id == person_id, d.c.revoked_at.is_(None), d.c.from_on <= today)
        .where(d.c.until_on.is_(None) | (d.c.until_on >= today), leads.exists())
        .order_by(d.c.id)
    )
    newest: dict[int, dict[str, tuple[Area, Level, int]]] = {}
    for row in rows:
        newest.setdefault(row.project_id, {})[row.area] = (Area(row.area), Level(row.level), row.grantor_id)
    return {project_id: tuple(areas.values()) for project_id, areas in newest.items()}
