"""People and what they may do: added, switched on and off, given and relieved of roles. Also behind `tracker user`.

Whoever loses a right, or gets one, signs in anew: no open screen goes on with the rights of yesterday.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select, update

from tracker.domain.free_text import clean_line, is_address
from tracker.i18n import LANGUAGES
from tracker.services import passwords, sessions
from tracker.services.accounts import account_name
from tracker.services.context import Context
from tracker.services.errors import Invalid, NotFound, Problem
from tracker.services.policy import INSTALLATION, Act, authorise
from tracker.services.viewer import Role
from tracker.store.tables import membership, person, programme, project, role_grant
from tracker.store.writing import Tx

IN_PROGRAMME = frozenset({Role.OFFICER, Role.CHIEF, Role.REVIEWER})
ON_PROJECT = frozenset({Role.PI, Role.CO_PI, Role.ASSISTANT})
PARTIES = ("academic", "company")
ONE_DAY = timedelta(days=1)

_LAST_ADMINISTRATOR = "This is the last administrator. Appoint another one first."


@dataclass(frozen=True)
class AddedPerson:
    """A person just added. `temporary_password` is shown once and kept nowhere; None where one was given, or at a repeated click."""

    person_id: int
    temporary_password: str | None


def add_person(ctx: Context, *, email: str, name: str, language: str = "zh_TW", password: str | None = None, key: str) -> AddedPerson:
    """Add a person, without any role. Without a password a temporary one is made.

    Raises Invalid with every problem at once (address malformed or taken, name missing, password too weak).
    """
    authorise(ctx.viewer, Act.MANAGE_PEOPLE, INSTALLATION)
    address, full_name = account_name(email), clean_line(name)
    found = _entry_problems(address, full_name, language)
    if password is not None:
        found += passwords.problems(password, address, full_name)
    if found:
        raise Invalid(found)
    given = password if password is not None else passwords.temporary()
    hashed = passwords.hashed(given)
    made: list[int] = []

    def body(tx: Tx) -> dict[str, int]:
        if tx.conn.execute(select(person.c.id).where(person.c.email == address)).first():
            raise Invalid([Problem("email", "Somebody has this address already.")])
        person_id = tx.insert(
            person,
            email=address,
            name=full_name,
            language=language,
            password_hash=hashed,
            active=True,
            created_at=tx.at,
        )
        made[:] = [person_id]
        tx.record("person", person_id, {"added": True, "language": language, "password": "set" if password else "temporary"})
        tx.touch("people")
        return {"person_id": person_id}

    person_id = ctx.store.write(ctx.request("person.add", key, _digest(address, full_name, language)), body)["person_id"]
    # A repeated click gets the stored result; the password made for it was never stored.
    return AddedPerson(person_id, given if password is None and made else None)


def new_temporary_password(ctx: Context, *, person_id: int, key: str) -> AddedPerson:
    """Give a person who forgot hers a temporary password and end her sessions."""
    authorise(ctx.viewer, Act.MANAGE_PEOPLE, INSTALLATION)
    given = passwords.temporary()
    return AddedPerson(person_id, given if _put_password(ctx, person_id, given, "temporary", key) else None)


def set_password(ctx: Context, *, person_id: int, password: str, key: str) -> None:
    """Set the password of somebody who came with an import, and end her sessions. Raises NotFound, Invalid for a weak one."""
    authorise(ctx.viewer, Act.MANAGE_PEOPLE, INSTALLATION)
    with ctx.store.read() as conn:
        row = conn.execute(select(person.c.email, person.c.name).where(person.c.id == person_id)).one_or_none()
    if row is None:
        raise NotFound()
    found = passwords.problems(password, row.email, row.name)
    if found:
        raise Invalid(found)
    _put_password(ctx, person_id, password, "set", key)


def _put_password(ctx: Context, person_id: int, given: str, how: str, key: str) -> bool:
    """Store the hash; False where the key was spent already, so that `given` is not the password."""
    hashed = passwords.hashed(given)
    ran: list[bool] = []

    def body(tx: Tx) -> dict[str, int]:
        if tx.conn.execute(update(person).where(person.c.id == person_id).values(password_hash=hashed)).rowcount != 1:
            raise NotFound()
        ran[:] = [True]
        ended = sessions.end_all(tx, person_id, why="password")
        tx.record("person", person_id, {"password": how, "sessions_ended": ended})
        return {}

    ctx.store.write(ctx.request("person.set_password", key, person_id), body)
    return bool(ran)


def set_active(ctx: Context, *, person_id: int, active: bool, expected_version: int, key: str) -> None:
    """Switch a person's account on or off; off ends her sessions at once. Raises Invalid for the last administrator."""
    authorise(ctx.viewer, Act.MANAGE_PEOPLE, INSTALLATION)

    def body(tx: Tx) -> dict[str, bool]:
        tx.update_versioned(person, person_id, expected_version, active=active)
        if not active:
            if _is_administrator(tx, person_id):
                _keep_an_administrator(tx)
            sessions.end_all(tx, person_id, why="off")
        tx.record("person", person_id, {"active": active})
        tx.touch("people")
        return {"active": active}

    ctx.store.write(ctx.request("person.set_active", key, (person_id, active, expected_version)), body)


def grant_role(ctx: Context, *, person_id: int, role: Role, programme_id: int | None = None, key: str) -> int:
    """Give a staff role: administrator and auditor everywhere, officer and chief in one programme. Returns the grant's id.

    Raises Invalid where role and programme do not fit or she has it already, NotFound for an unknown person or programme.
    """
    authorise(ctx.viewer, Act.MANAGE_PEOPLE, INSTALLATION)
    if role not in set(Role):
        raise Invalid([Problem("role", "There is no such role.")])
    role = Role(role)
    if role in ON_PROJECT:
        raise Invalid([Problem("role", "This role belongs to a project; add the person there.")])
    if (role in IN_PROGRAMME) != (programme_id is not None):
        raise Invalid([Problem("programme", "An officer or a chief needs a programme; an administrator or auditor has none.")])

    def body(tx: Tx) -> dict[str, int]:
        _must_exist(tx, person, person_id)
        if programme_id is not None:
            _must_exist(tx, programme, programme_id)
        same = (role_grant.c.person_id == person_id, role_grant.c.role == role.value, role_grant.c.revoked_at.is_(None))
        where = role_grant.c.programme_id.is_(None) if programme_id is None else role_grant.c.programme_id == programme_id
        if tx.conn.execute(select(role_grant.c.id).where(*same, where)).first():
            raise Invalid([Problem("role", "She has this role already.")])
        grant_id = tx.insert(role_grant, person_id=person_id, role=role.value, programme_id=programme_id, granted_at=tx.at)
        sessions.end_all(tx, person_id, why="rights")
        tx.record("role_grant", grant_id, {"person_id": person_id, "role": role.value, "programme_id": programme_id})
        tx.touch("people")
        return {"grant_id": grant_id}

    return ctx.store.write(ctx.request("role.grant", key, (person_id, role.value, programme_id)), body)["grant_id"]


def revoke_role(ctx: Context, *, grant_id: int, key: str) -> None:
    """Take a staff role away and end the person's sessions. Raises NotFound, or Invalid for the last administrator."""
    authorise(ctx.viewer, Act.MANAGE_PEOPLE, INSTALLATION)

    def body(tx: Tx) -> dict[str, int]:
        row = tx.conn.execute(select(role_grant).where(role_grant.c.id == grant_id, role_grant.c.revoked_at.is_(None))).one_or_none()
        if row is None:
            raise NotFound()
        tx.conn.execute(update(role_grant).where(role_grant.c.id == grant_id).values(revoked_at=tx.at))
        if row.role == Role.ADMINISTRATOR:
            _keep_an_administrator(tx)
        sessions.end_all(tx, row.person_id, why="rights")
        tx.record("role_grant", grant_id, {"person_id": row.person_id, "role": row.role, "revoked": True})
        tx.touch("people")
        return {}

    ctx.store.write(ctx.request("role.revoke", key, grant_id), body)


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

    Raises Invalid, or NotFound for an unknown project or person. Returns the membership's id.
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
        membership_id = tx.insert(membership, **values, from_on=from_on, until_on=until_on)
        sessions.end_all(tx, person_id, why="rights")
        tx.record("membership", membership_id, {**values, "from_on": from_on.isoformat()})
        tx.touch("people", f"project:{project_id}")
        return {"membership_id": membership_id}

    request = ctx.request("membership.add", key, (project_id, person_id, str(role), party, from_on, until_on))
    return ctx.store.write(request, body)["membership_id"]


def end_membership(ctx: Context, *, membership_id: int, key: str) -> None:
    """Take a person off a project from today on: she sees it no more and gets no mail about it. Her sessions end.

    Raises NotFound for one that is not in force, and Invalid for the last principal investigator, who is replaced first.
    """
    authorise(ctx.viewer, Act.MANAGE_PEOPLE, INSTALLATION)
    in_force = (membership.c.from_on <= ctx.today, membership.c.until_on.is_(None) | (membership.c.until_on >= ctx.today))

    def body(tx: Tx) -> dict[str, int]:
        row = tx.conn.execute(select(membership).where(membership.c.id == membership_id, *in_force)).one_or_none()
        if row is None:
            raise NotFound()
        tx.conn.execute(update(membership).where(membership.c.id == membership_id).values(until_on=ctx.today - ONE_DAY))
        leads = membership.c.project_id == row.project_id, membership.c.role == Role.PI.value
        if tx.conn.execute(select(func.count()).where(*leads, *in_force)).scalar_one() == 0:
            raise Invalid([Problem("person", "A project needs a principal investigator. Put another one on it first.")])
        sessions.end_all(tx, row.person_id, why="rights")
        whose = {"person_id": row.person_id, "project_id": row.project_id}
        tx.record("membership", membership_id, {**whose, "ended_on": ctx.today.isoformat()})
        tx.touch("people", f"project:{row.project_id}")
        return {}

    ctx.store.write(ctx.request("membership.end", key, membership_id), body)


def person_id_of(ctx: Context, email: str) -> int:
    """The person with this address, for scripts. Raises NotFound."""
    authorise(ctx.viewer, Act.MANAGE_PEOPLE, INSTALLATION)
    with ctx.store.read() as conn:
        found = conn.execute(select(person.c.id).where(person.c.email == account_name(email))).scalar_one_or_none()
    if found is None:
        raise NotFound("Nobody has the address {email}.", email=email)
    return found


def _entry_problems(address: str, name: str, language: str) -> list[Problem]:
    found = []
    if not is_address(address):
        found.append(Problem("email", "This is not an e-mail address."))
    if not name:
        found.append(Problem("name", "The name is missing."))
    elif len(name) > 100:
        found.append(Problem("name", "Use at most {n} characters.", {"n": 100}))
    if language not in LANGUAGES:
        found.append(Problem("language", "This language is not available."))
    return found


def _digest(*parts: str) -> str:
    """Tells two contents of a form apart without keeping what it says."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _must_exist(tx: Tx, table, row_id: int) -> None:
    if tx.conn.execute(select(table.c.id).where(table.c.id == row_id)).first() is None:
        raise NotFound()


def _is_administrator(tx: Tx, person_id: int) -> bool:
    of_hers = (role_grant.c.person_id == person_id, role_grant.c.revoked_at.is_(None))
    return tx.conn.execute(select(role_grant.c.id).where(*of_hers, role_grant.c.role == Role.ADMINISTRATOR.value)).first() is not None


def _keep_an_administrator(tx: Tx) -> None:
    """Raise Invalid where the change just made leaves nobody who can administer the installation."""
    left = tx.conn.execute(
        select(func.count())
        .select_from(role_grant.join(person, person.c.id == role_grant.c.person_id))
        .where(role_grant.c.role == Role.ADMINISTRATOR.value, role_grant.c.revoked_at.is_(None), person.c.active.is_(True))
    ).scalar_one()
    if left == 0:
        raise Invalid([Problem("role", _LAST_ADMINISTRATOR)])
