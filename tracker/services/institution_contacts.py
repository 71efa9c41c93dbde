"""The contacts at institutions: who is told there when a project stays silent, where a policy says that the institution is told.

They have no account: they get mails that open nothing, and only while they are in use.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Row, or_, select

from tracker.domain.free_text import clean_line
from tracker.services import policy
from tracker.services.accounts import account_name
from tracker.services.context import Context
from tracker.services.errors import Invalid, NotFound, Problem, Stale
from tracker.services.people import entry_problems
from tracker.services.policy import INSTALLATION, Act, Target
from tracker.services.readdressed import NOTHING, Readdressed, of_contact, readdressed
from tracker.store import q_contacts
from tracker.store import tables as t
from tracker.store.writing import StaleVersion, Tx, Unchanged


@dataclass(frozen=True)
class ContactEntry:
    """What a form gives for one contact. `organisation` is spelled as the projects spell it."""

    organisation: str
    name: str
    email: str
    language: str = "zh_TW"


@dataclass(frozen=True)
class Contact:
    """One contact. `programme_id` None: told for every programme, and only an administrator may change it."""

    id: int
    programme_id: int | None
    organisation: str
    name: str
    email: str
    language: str
    active: bool
    may_edit: bool
    version: int


@dataclass(frozen=True)
class Organisation:
    """An organisation of the programme's running projects, and how many contacts in use are told for it."""

    name: str
    projects: int
    contacts: int


@dataclass(frozen=True)
class ContactBoard:
    """The contacts that matter to one programme, and the organisations where somebody could be told."""

    contacts: tuple[Contact, ...]
    organisations: tuple[Organisation, ...]
    may_edit_general: bool

    @property
    def without(self) -> tuple[Organisation, ...]:
        """The organisations where nobody would be told."""
        return tuple(one for one in self.organisations if not one.contacts)


def contact_board(ctx: Context, *, programme_id: int) -> ContactBoard:
    """The contacts of one programme and the general ones at its organisations. Its office and administrators.

    Raises NotFound, Forbidden.
    """
    policy.authorise(ctx.viewer, Act.EDIT_CONTACTS, Target(programme_id=programme_id))
    c = t.institution_contact.c
    with ctx.store.read() as conn:
        places = q_contacts.organisations(conn, programme_id)
        at_them = c.programme_id.is_(None) & c.organisation.in_([one.organisation for one in places])
        rows = q_contacts.contacts(conn, or_(c.programme_id == programme_id, at_them))
    told = Counter(row.organisation for row in rows if row.active)
    return ContactBoard(
        contacts=tuple(_contact(ctx, row) for row in rows),
        organisations=tuple(Organisation(one.organisation, one.projects, told[one.organisation]) for one in places),
        may_edit_general=policy.may(ctx.viewer, Act.EDIT_CONTACTS, INSTALLATION),
    )


def add_contact(ctx: Context, *, programme_id: int | None, entry: ContactEntry, key: str) -> int:
    """Enter a contact for one programme, or for all (None: administrators only); told from the next alert on. Gives its id.

    Raises NotFound, Forbidden, Invalid naming every field: the organisation must be one that a project names, or the contact would
    never be told.
    """
    policy.authorise(ctx.viewer, Act.EDIT_CONTACTS, Target(programme_id=programme_id))
    checked = _cleaned(entry)

    def body(tx: Tx) -> dict[str, int]:
        _refuse(tx.conn, programme_id, checked)
        values = {"organisation": checked.organisation, "name": checked.name, "email": checked.email, "language": checked.language}
        contact_id = tx.insert(
            t.institution_contact, programme_id=programme_id, **values, active=True, entered_by=ctx.viewer.person_id, entered_at=tx.at
        )
        tx.record("institution_contact", contact_id, {"added": True, "programme_id": programme_id})
        tx.touch("programmes")
        return {"contact_id": contact_id}

    request = ctx.request("contact.add", key, (programme_id, checked))
    return ctx.store.write(request, body)["contact_id"]


def change_contact(ctx: Context, *, contact_id: int, entry: ContactEntry, expected_version: int, key: str) -> Readdressed:
    """Correct a contact; gives what unsent goes to the new address instead: also what was given up and still holds, in one mail.

    Raises NotFound, Forbidden, Invalid, Stale.

    Mails about another organisation than the one she is at from now on are not sent (`letters`).
    """
    programme_id = _programme_of(ctx, contact_id)
    checked = _cleaned(entry)

    def body(tx: Tx) -> dict[str, int]:
        _refuse(tx.conn, programme_id, checked, contact_id)
        values = {"organisation": checked.organisation, "name": checked.name, "email": checked.email, "language": checked.language}
        if tx.stands(t.institution_contact, contact_id, expected_version, **values):
            raise Unchanged(**NOTHING._asdict())
        old = tx.conn.execute(select(t.institution_contact.c.email).where(t.institution_contact.c.id == contact_id)).scalar_one()
        tx.update_versioned(t.institution_contact, contact_id, expected_version, **values)
        moved = NOTHING if checked.email == old else readdressed(tx, ctx, of_contact(contact_id, checked.email, checked.language))
        tx.record("institution_contact", contact_id, {"changed": sorted(values), **moved._asdict()})
        tx.touch("programmes", "alerts")
        return moved._asdict()

    return Readdressed(**_edited(ctx, "contact.change", key, (contact_id, checked, expected_version), body))


def switch_contact(ctx: Context, *, contact_id: int, active: bool, expected_version: int, key: str) -> None:
    """Take a contact out of use, so that mails still waiting for her are not sent, or into use again. Raises NotFound, Forbidden, Stale."""
    _programme_of(ctx, contact_id)

    def body(tx: Tx) -> dict[str, bool]:
        if tx.stands(t.institution_contact, contact_id, expected_version, active=active):
            raise Unchanged(active=active)
        tx.update_versioned(t.institution_contact, contact_id, expected_version, active=active)
        tx.record("institution_contact", contact_id, {"active": active})
        tx.touch("programmes")
        return {"active": active}

    _edited(ctx, "contact.switch", key, (contact_id, active, expected_version), body)


def _edited(ctx: Context, action: str, key: str, fingerprint: object, body) -> dict:
    try:
        return ctx.store.write(ctx.request(action, key, fingerprint), body)
    except StaleVersion as stale:
        raise Stale() from stale


def _programme_of(ctx: Context, contact_id: int) -> int | None:
    """The programme of a contact that the viewer may edit. Raises NotFound, Forbidden."""
    c = t.institution_contact.c
    with ctx.store.read() as conn:
        row = conn.execute(select(c.programme_id).where(c.id == contact_id)).one_or_none()
    if row is None:
        raise NotFound()
    policy.authorise(ctx.viewer, Act.EDIT_CONTACTS, Target(programme_id=row.programme_id))
    return row.programme_id


def _cleaned(entry: ContactEntry) -> ContactEntry:
    """The entry without blanks around it. Raises Invalid naming every field."""
    checked = replace(entry, organisation=clean_line(entry.organisation), name=clean_line(entry.name), email=account_name(entry.email))
    problems = entry_problems(checked.email, checked.name, checked.language)
    if not checked.organisation:
        problems.insert(0, Problem("organisation", "Choose the organisation."))
    if problems:
        raise Invalid(problems)
    return checked


def _refuse(conn: Connection, programme_id: int | None, entry: ContactEntry, contact_id: int | None = None) -> None:
    """What only the other rows can tell. Raises Invalid."""
    p, c = t.project.c, t.institution_contact.c
    of_it = p.organisation == entry.organisation
    named = select(p.id).where(of_it if programme_id is None else of_it & (p.programme_id == programme_id)).limit(1)
    if conn.execute(named).first() is None:
        raise Invalid([Problem("organisation", "No project here names an organisation spelled like this.")])
    same = select(c.id).where(c.organisation == entry.organisation, c.email == entry.email)
    same = same.where(c.programme_id.is_(None) if programme_id is None else c.programme_id == programme_id)
    if any(found != contact_id for found in conn.scalars(same)):
        raise Invalid([Problem("email", "This address is entered for that organisation already.")])


def _contact(ctx: Context, row: Row) -> Contact:
    may = policy.may(ctx.viewer, Act.EDIT_CONTACTS, Target(programme_id=row.programme_id))
    return Contact(row.id, row.programme_id, row.organisation, row.name, row.email, row.language, row.active, may, row.version)
