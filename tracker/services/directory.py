"""Lists of people, of their roles and projects, as the administrator sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Row, func, select

from tracker.domain.free_text import LONGEST_ADDRESS, clean_line
from tracker.services.accounts import account_name
from tracker.services.context import Context
from tracker.services.policy import INSTALLATION, Act, authorise
from tracker.services.viewer import Role
from tracker.store.tables import membership, person, programme, project, role_grant


@dataclass(frozen=True)
class Grant:
    """One staff role in force."""

    grant_id: int
    role: Role
    programme_id: int | None
    programme_code: str | None
    granted_at: datetime


@dataclass(frozen=True)
class ProjectRole:
    """One membership in force."""

    project_id: int
    project_code: str
    role: Role
    party: str
    membership_id: int


@dataclass(frozen=True)
class PersonRow:
    """One person as the administrator sees her."""

    person_id: int
    name: str
    email: str
    language: str
    active: bool
    can_sign_in: bool
    version: int
    grants: tuple[Grant, ...]
    memberships: tuple[ProjectRole, ...]


@dataclass(frozen=True)
class ProgrammeChoice:
    """A programme for a role to be given in."""

    programme_id: int
    code: str
    title_zh: str
    title_en: str


def people_list(ctx: Context, *, search: str = "", limit: int = 50, offset: int = 0) -> tuple[tuple[PersonRow, ...], int]:
    """One page of the people of the installation by name, and how many there are in all."""
    authorise(ctx.viewer, Act.MANAGE_PEOPLE, INSTALLATION)
    wanted, search = person.c.id.is_not(None), clean_line(search)[:LONGEST_ADDRESS]  # SQLite refuses to look for a text of pages
    if search.strip():
        wanted = func.lower(person.c.name).contains(search.strip().lower(), autoescape=True) | person.c.email.contains(
            account_name(search), autoescape=True
        )
    with ctx.store.read() as conn:
        total = conn.execute(select(func.count()).select_from(person).where(wanted)).scalar_one()
        rows = conn.execute(
            select(person).where(wanted).order_by(person.c.active.desc(), person.c.name, person.c.id).limit(limit).offset(offset)
        ).all()
        ids = [row.id for row in rows]
        grants, members = _grants(conn, ids), _memberships(conn, ids, ctx.today)
    return tuple(_person_row(row, grants.get(row.id, ()), members.get(row.id, ())) for row in rows), total


def programme_choices(ctx: Context) -> tuple[ProgrammeChoice, ...]:
    """Every programme, for giving roles."""
    authorise(ctx.viewer, Act.MANAGE_PEOPLE, INSTALLATION)
    with ctx.store.read() as conn:
        rows = conn.execute(select(programme).order_by(programme.c.code)).all()
    return tuple(ProgrammeChoice(r.id, r.code, r.title_zh, r.title_en) for r in rows)


def _grants(conn: Connection, ids: list[int]) -> dict[int, tuple[Grant, ...]]:
    rows = conn.execute(
        select(role_grant, programme.c.code)
        .outerjoin(programme, programme.c.id == role_grant.c.programme_id)
        .where(role_grant.c.person_id.in_(ids), role_grant.c.revoked_at.is_(None))
        .order_by(role_grant.c.id)
    ).all()
    found: dict[int, tuple[Grant, ...]] = {}
    for r in rows:
        grant = Grant(r.id, Role(r.role), r.programme_id, r.code, r.granted_at)
        found[r.person_id] = (*found.get(r.person_id, ()), grant)
    return found


def _memberships(conn: Connection, ids: list[int], today: date) -> dict[int, tuple[ProjectRole, ...]]:
    rows = conn.execute(
        select(membership, project.c.code)
        .join(project, project.c.id == membership.c.project_id)
        .where(
            membership.c.person_id.in_(ids),
            membership.c.from_on <= today,
            membership.c.until_on.is_(None) | (membership.c.until_on >= today),
        )
        .order_by(project.c.code)
    ).all()
    found: dict[int, tuple[ProjectRole, ...]] = {}
    for r in rows:
        entry = ProjectRole(r.project_id, r.code, Role(r.role), r.party, r.id)
        found[r.person_id] = (*found.get(r.person_id, ()), entry)
    return found


def _person_row(row: Row, grants: tuple[Grant, ...], memberships: tuple[ProjectRole, ...]) -> PersonRow:
    return PersonRow(
        row.id,
        row.name,
        row.email,
        row.language,
        row.active,
        row.password_hash is not None,
        row.version,
        grants,
        memberships,
    )
