"""People and what they may do: added, switched on and off, given and relieved of roles. Also behind `tracker user`.

Whoever loses a right, or gets one, signs in anew: no open screen goes on with the rights of yesterday.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select, update

from tracker.domain.free_text import LONGEST_ADDRESS, clean_line, is_address
from tracker.i18n import LANGUAGES
from tracker.services import passwords, sessions
from tracker.services.accounts import account_name
from tracker.services.assignments import Held, held_by, of_role, still_assigned
from tracker.services.context import Context
from tracker.services.errors import Invalid, NotFound, Problem
from tracker.services.policy import INSTALLATION, Act, authorise
from tracker.services.readdressed import Readdressed, readdressed
from tracker.services.recipients import Recipient
from tracker.services.viewer import Role
from tracker.store.tables import person, programme, role_grant
from tracker.store.writing import Tx, Unchanged

IN_PROGRAMME = frozenset({Role.OFFICER, Role.CHIEF, Role.REVIEWER})
ON_PROJECT = frozenset({Role.PI, Role.CO_PI, Role.ASSISTANT})

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
    found = entry_problems(address, full_name, language)
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
        person_id = insert_person(tx, address, full_name, language, hashed)
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
    """Switch a person's account on or off; off ends her sessions at once.

    Raises Invalid for the last administrator, and for somebody with whom something still lies: that is handed over first.
    """
    authorise(ctx.viewer, Act.MANAGE_PEOPLE, INSTALLATION)

    def body(tx: Tx) -> dict[str, bool]:
        if tx.stands(person, person_id, expected_version, active=active):
            raise Unchanged(active=active)
        tx.update_versioned(person, person_id, expected_version, active=active)
        if not active:
            if is_administrator(tx, person_id):
                keep_an_administrator(tx)
            refuse_while_assigned(held_by(tx.conn, person_id, ctx.today))
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
    """Take a staff role away and end the person's sessions.

    Raises NotFound, and Invalid for the last administrator and while something lies with her that needs the role.
    """
    authorise(ctx.viewer, Act.MANAGE_PEOPLE, INSTALLATION)

    def body(tx: Tx) -> dict[str, int]:
        row = tx.conn.execute(select(role_grant).where(role_grant.c.id == grant_id, role_grant.c.revoked_at.is_(None))).one_or_none()
        if row is None:
            raise NotFound()
        tx.conn.execute(update(role_grant).where(role_grant.c.id == grant_id).values(revoked_at=tx.at))
        if row.role == Role.ADMINISTRATOR:
            keep_an_administrator(tx)
        refuse_while_assigned(of_role(held_by(tx.conn, row.person_id, ctx.today), row.role, row.programme_id))
        sessions.end_all(tx, row.person_id, why="rights")
        tx.record("role_grant", grant_id, {"person_id": row.person_id, "role": row.role, "revoked": True})
        tx.touch("people")
        return {}

    ctx.store.write(ctx.request("role.revoke", key, grant_id), body)


def change_address(ctx: Context, *, person_id: int, email: str, expected_version: int, key: str) -> Readdressed:
    """Give a person another e-mail address, by which she signs in from now on; gives what unsent goes there instead.

    Her sessions end and her password stays. What was sent already went to the old address; what was given up and still holds goes to the
    new one, in one mail. The trail keeps that the address changed, and
    neither the old nor the new one. Administrators. Raises NotFound, StaleVersion, Invalid (`email`: no address, the same, or somebody
    else's).
    """
    authorise(ctx.viewer, Act.MANAGE_PEOPLE, INSTALLATION)
    address = account_name(email)
    problems = _address_problems(address)
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict[str, int]:
        same = tx.conn.execute(select(person.c.id).where(person.c.email == address)).scalar_one_or_none()
        if same is not None:
            msgid = "This is the address already." if same == person_id else "Somebody has this address already."
            raise Invalid([Problem("email", msgid)])
        _must_exist(tx, person, person_id)
        tx.update_versioned(person, person_id, expected_version, email=address)
        language = tx.conn.execute(select(person.c.language).where(person.c.id == person_id)).scalar_one()
        moved = readdressed(tx, ctx, Recipient(person_id, address, language, ""))
        ended = sessions.end_all(tx, person_id, why="rights")
        tx.record("person", person_id, {"address": "changed", **moved._asdict(), "sessions_ended": ended})
        tx.touch("people", "alerts")
        return moved._asdict()

    request = ctx.request("person.change_address", key, (person_id, _digest(address), expected_version))
    return Readdressed(**ctx.store.write(request, body))


def person_id_of(ctx: Context, email: str) -> int:
    """The person with this address, for scripts. Raises NotFound."""
    authorise(ctx.viewer, Act.MANAGE_PEOPLE, INSTALLATION)
    with ctx.store.read() as conn:
        found = conn.execute(select(person.c.id).where(person.c.email == account_name(email))).scalar_one_or_none()
    if found is None:
        raise NotFound("Nobody has the address {email}.", email=email)
    return found


def insert_person(tx: Tx, address: str, name: str, language: str, password_hash: str) -> int:
    """A new account inside a write whose caller has checked and authorised; gives its id."""
    values = {"email": address, "name": name, "language": language, "password_hash": password_hash}
    return tx.insert(person, **values, active=True, created_at=tx.at)


def entry_problems(address: str, name: str, language: str) -> list[Problem]:
    """What is wrong with the address, name and language of a new account."""
    found = _address_problems(address)
    if not name:
        found.append(Problem("name", "The name is missing."))
    elif len(name) > 100:
        found.append(Problem("name", "Use at most {n} characters.", {"n": 100}))
    if language not in LANGUAGES:
        found.append(Problem("language", "This language is not available."))
    return found


def _address_problems(address: str) -> list[Problem]:
    if len(address) > LONGEST_ADDRESS:
        return [Problem("email", "Use at most {n} characters.", {"n": LONGEST_ADDRESS})]
    return [] if is_address(address) else [Problem("email", "This is not an e-mail address.")]


def _digest(*parts: str) -> str:
    """Tells two contents of a form apart without keeping what it says."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def refuse_while_assigned(held: Collection[Held]) -> None:
    """Raise Invalid where some of this has to go to somebody else first."""
    found = still_assigned(held)
    if found:
        raise Invalid(found)


def _must_exist(tx: Tx, table, row_id: int) -> None:
    if tx.conn.execute(select(table.c.id).where(table.c.id == row_id)).first() is None:
        raise NotFound()


def is_administrator(tx: Tx, person_id: int) -> bool:
    """Whether somebody administers the installation."""
    of_hers = (role_grant.c.person_id == person_id, role_grant.c.revoked_at.is_(None))
    return tx.conn.execute(select(role_grant.c.id).where(*of_hers, role_grant.c.role == Role.ADMINISTRATOR.value)).first() is not None


def keep_an_administrator(tx: Tx) -> None:
    """Raise Invalid where the change just made leaves nobody who can administer the installation."""
    left = tx.conn.execute(
        select(func.count())
        .select_from(role_grant.join(person, person.c.id == role_grant.c.person_id))
        .where(role_grant.c.role == Role.ADMINISTRATOR.value, role_grant.c.revoked_at.is_(None), person.c.active.is_(True))
    ).scalar_one()
    if left == 0:
        raise Invalid([Problem("role", _LAST_ADMINISTRATOR)])
