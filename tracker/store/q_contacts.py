"""Reads of the contacts at institutions: who is told there, and which organisations the projects name."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from tracker.store import tables as t


def told_at(conn: Connection, organisations: Collection[str], programme_ids: Collection[int]) -> Sequence[Row]:
    """The contacts in use at these organisations for any of these programmes, a programme's own before the general ones."""
    c = t.institution_contact.c
    return conn.execute(
        select(t.institution_contact)
        .where(c.organisation.in_(sorted(organisations)), c.active.is_(True))
        .where(or_(c.programme_id.is_(None), c.programme_id.in_(sorted(programme_ids))))
        .order_by(c.programme_id.is_(None), c.id)
    ).all()


def hers() -> ColumnElement[bool]:
    """Whether a contact may be written to about a project: she is in use, at its organisation, for its programme. Both may have changed
    since an alert was raised: nobody learns of another institution's project because an address was entered for a new one."""
    c, p = t.institution_contact.c, t.project.c
    return and_(c.active.is_(True), c.organisation == p.organisation, or_(c.programme_id.is_(None), c.programme_id == p.programme_id))


def may_be_told(conn: Connection, contact_id: int, alert_ids: Collection[int]) -> bool:
    """The same of all these alerts: asked in the last moment before a mail goes out."""
    a, o, p = t.alert.c, t.obligation.c, t.project.c
    told = (
        select(func.count())
        .select_from(t.alert)
        .join(t.obligation, o.id == a.obligation_id)
        .join(t.project, p.id == o.project_id)
        .join(t.institution_contact, t.institution_contact.c.id == contact_id)
        .where(a.id.in_(sorted(alert_ids)), hers())
    )
    return bool(alert_ids) and conn.execute(told).scalar_one() == len(set(alert_ids))


def contacts(conn: Connection, where: ColumnElement[bool]) -> Sequence[Row]:
    """The contacts under this condition, by organisation and name, those in use first."""
    c = t.institution_contact.c
    return conn.execute(select(t.institution_contact).where(where).order_by(c.active.desc(), c.organisation, c.name, c.id)).all()


def organisations(conn: Connection, programme_id: int) -> Sequence[Row]:
    """The organisations of a programme's running projects, as they spell themselves, and how many projects each has."""
    p = t.project.c
    return conn.execute(
        select(p.organisation, func.count().label("projects"))
        .where(p.programme_id == programme_id, p.status == "active")
        .group_by(p.organisation)
        .order_by(p.organisation)
    ).all()
