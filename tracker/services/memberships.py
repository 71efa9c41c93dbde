"""Who is on a project, and from when until when: put on it and taken off it.

The administrator does so for everybody; a principal investigator for the assistants of her own side.
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import func, select, true, update

from tracker.domain.free_text import clean_line
from tracker.services import passwords, policy, sessions
from tracker.services.accounts import account_name
from tracker.services.assignments import ACTION, held_by
from tracker.services.context import Context
from tracker.services.day_fields import read_day
from tracker.services.errors import Forbidden, Invalid, NotFound, Problem
from tracker.services.people import ON_PROJECT, AddedPerson, entry_problems, insert_person, refuse_while_assigned
from tracker.services.policy import INSTALLATION, Act, authorise
from tracker.services.viewer import Role
from tracker.store.tables import membership, person, project, role_grant
from tracker.store.writing import Tx, Unchanged

PARTIES = ("academic", "company")
ONE_DAY = timedelta(days=1)


def add_membership(
    ctx: Context,
    *,
    project_id: int,
    person_id: int,
    role: Role,
    party: str,
    from_on: date,
    until_on: date | None = None,
    key: str,
) -> int:
    """Put a person on a project as PI or assistant of its academic or company side, from and until a civil date (inclusive).

    Raises Invalid (also where she has this role in some of this time by other days), or NotFound for an unknown project or person.
    Returns the membership's id; one with just these days stands for the one that is asked for.
    """
    authorise(ctx.viewer, Act.MANAGE_PEOPLE, INSTALLATION)
    found = []
    if role not in ON_PROJECT:
        found.append(Problem("role", "On a project one is principal investigator, co-principal investigator or assistant."))
    if party not in PARTIES:
        found.append(Problem("party", "The party is academic or company."))
    if until_on is not None and until_on < from_on:
        found.append(Problem("until_on", "The last day is before the first."))
    if found:
        raise Invalid(found)

    def body(tx: Tx) -> dict[str, int]:
        _must_exist(tx, project, project_id)
        _must_exist(tx, person, person_id)
        values = {"project_id": project_id, "person_id": person_id, "role": Role(role).value, "party": party}
        m = membership.c
        same = [m[name] == value for name, value in values.items()]
        meets = m.until_on.is_(None) | (m.until_on >= from_on), (m.from_on <= until_on) if until_on else true()
        meeting = tx.conn.execute(select(m.id, m.from_on, m.until_on).where(*same, *meets).order_by(m.id)).all()
        if (just_so := next((row.id for row in meeting if (row.from_on, row.until_on) == (from_on, until_on)), None)) is not None:
            raise Unchanged(membership_id=just_so)
        if meeting:
            raise Invalid([Problem("person", "She is on the project in this role in some of this time already.")])
        return {"membership_id": join(tx, **values, from_on=from_on, until_on=until_on)}

    request = ctx.request("membership.add", key, (project_id, person_id, str(role), party, from_on, until_on))
    return ctx.store.write(request, body)["membership_id"]


def join(tx: Tx, *, project_id: int, person_id: int, role: str, party: str, from_on: date, until_on: date | None) -> int:
    """Put a person on a project inside a write whose caller has authorised; gives the membership's id."""
    values = {"project_id": project_id, "person_id": person_id, "role": role, "party": party}
    membership_id = tx.insert(membership, **values, from_on=from_on, until_on=until_on)
    sessions.end_all(tx, person_id, why="rights")
    tx.record("membership", membership_id, {**values, "from_on": from_on.isoformat()})
    tx.touch("people", f"project:{project_id}")
    return membership_id


def end_membership(ctx: Context, *, membership_id: int, key: str) -> None:
    """Take a person off a project from today on: she sees it no more and gets no mail about it. Her sessions end.

    Raises NotFound for one that is not in force, and Invalid for the last principal investigator, who is replaced first, and for
    somebody with open action items there.
    """
    authorise(ctx.viewer, Act.MANAGE_PEOPLE, INSTALLATION)

    def body(tx: Tx) -> dict[str, int]:
        leave(tx, ctx, membership_id)
        return {}

    ctx.store.write(ctx.request("membership.end", key, membership_id), body)


def leave(tx: Tx, ctx: Context, membership_id: int) -> None:
    """End a membership inside a write whose caller has authorised. Raises as `end_membership`."""
    in_force = (membership.c.from_on <= ctx.today, membership.c.until_on.is_(None) | (membership.c.until_on >= ctx.today))
    row = tx.conn.execute(select(membership).where(membership.c.id == membership_id, *in_force)).one_or_none()
    if row is None:
        raise NotFound()
    tx.conn.execute(update(membership).where(membership.c.id == membership_id).values(until_on=ctx.today - ONE_DAY))
    leads = membership.c.project_id == row.project_id, membership.c.role == Role.PI.value
    if tx.conn.execute(select(func.count()).where(*leads, *in_force)).scalar_one() == 0:
        raise Invalid([Problem("person", "A project needs a principal investigator. Put another one on it first.")])
    mine = membership.c.project_id == row.project_id, membership.c.person_id == row.person_id
    if tx.conn.execute(select(func.count()).where(*mine, *in_force)).scalar_one() == 0:
        held = held_by(tx.conn, row.person_id, ctx.today, project_id=row.project_id)
        refuse_while_assigned([one for one in held if one.kind == ACTION and one.role == "project"])
    sessions.end_all(tx, row.person_id, why="rights")
    whose = {"person_id": row.person_id, "project_id": row.project_id}
    tx.record("membership", membership_id, {**whose, "ended_on": ctx.today.isoformat()})
    tx.touch("people", f"project:{row.project_id}")


def add_assistant(
    ctx: Context, *, project_id: int, email: str, name: str, language: str = "zh_TW", until_on: str | date | None = None, key: str
) -> AddedPerson:
    """A principal investigator brings an assistant onto her side of her project, from today and until a day (none: for good).

    Somebody with this address joins with the account she has, under the name she has; otherwise an account is made, whose temporary
    password is shown once. People of the programme's office and panels cannot join this way: they could not do their work on it any
    more. Raises NotFound, Forbidden, Invalid (`email`, `name`, `language`, `until_on`).
    """
    with ctx.store.read() as conn:
        target = policy.target_of_project(conn, project_id)
        authorise(ctx.viewer, Act.DELEGATE, target)
    party = next(m.party for m in ctx.viewer.memberships_of(project_id) if m.role == Role.PI)
    address, full_name = account_name(email), clean_line(name)
    problems = entry_problems(address, full_name, language)
    last_day = read_day("until_on", until_on, problems, needed=False)
    if last_day is not None and last_day < ctx.today:
        problems.append(Problem("until_on", "The last day lies in the past."))
    if problems:
        raise Invalid(problems)
    given = passwords.temporary()
    hashed = passwords.hashed(given)
    made: list[int] = []

    def body(tx: Tx) -> dict[str, int]:
        row = tx.conn.execute(select(person.c.id, person.c.active).where(person.c.email == address)).one_or_none()
        if row is not None:
            _check_joining(tx, ctx, project_id, target.programme_id, row.id, row.active)
        person_id = row.id if row is not None else insert_person(tx, address, full_name, language, hashed)
        made[:] = [] if row is not None else [person_id]
        join(tx, project_id=project_id, person_id=person_id, role=Role.ASSISTANT.value, party=party, from_on=ctx.today, until_on=last_day)
        return {"person_id": person_id}

    request = ctx.request("membership.add_assistant", key, (project_id, address, full_name, language, last_day))
    person_id = ctx.store.write(request, body)["person_id"]
    return AddedPerson(person_id, given if made else None)


def take_off(ctx: Context, *, membership_id: int, key: str) -> None:
    """A principal investigator takes an assistant of her own side off her project, from today on.

    Raises NotFound, Forbidden for anybody but an assistant, and Invalid where open action items are hers.
    """
    with ctx.store.read() as conn:
        row = conn.execute(select(membership).where(membership.c.id == membership_id)).one_or_none()
        if row is None:
            raise NotFound()
        authorise(ctx.viewer, Act.DELEGATE, policy.target_of_project(conn, row.project_id))
    mine = {m.party for m in ctx.viewer.memberships_of(row.project_id) if m.role == Role.PI}
    if row.role != Role.ASSISTANT or row.party not in mine:
        raise Forbidden("Only assistants of your own side; the administrator does the rest.")

    def body(tx: Tx) -> dict[str, int]:
        leave(tx, ctx, membership_id)
        return {}

    ctx.store.write(ctx.request("membership.take_off", key, membership_id), body)


def _check_joining(tx: Tx, ctx: Context, project_id: int, programme_id: int | None, person_id: int, active: bool) -> None:
    """Raise Invalid for who is on the project already, whose account is off, or who works for the programme."""
    m, g = membership, role_grant
    if not active:
        raise Invalid([Problem("email", "This account is switched off. Ask the administrator.")])
    on_it = m.c.project_id == project_id, m.c.person_id == person_id, m.c.until_on.is_(None) | (m.c.until_on >= ctx.today)
    if tx.conn.execute(select(m.c.id).where(*on_it)).first():
        raise Invalid([Problem("email", "This person is on the project already.")])
    serves = g.c.person_id == person_id, g.c.revoked_at.is_(None), g.c.programme_id.is_(None) | (g.c.programme_id == programme_id)
    if tx.conn.execute(select(g.c.id).where(*serves)).first():
        raise Invalid([Problem("email", "This person works for the programme and cannot be on its projects. Ask the administrator.")])


def _must_exist(tx: Tx, table, row_id: int) -> None:
    if tx.conn.execute(select(table.c.id).where(table.c.id == row_id)).first() is None:
        raise NotFound()
