"""Reads of people on projects: memberships, what was delegated to whom, absences, and what lies with somebody.

Callers authorise first. Days are civil days in Asia/Taipei; a membership or absence runs through its last day.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Connection, Row, or_, select

from tracker.store import tables as t
from tracker.store.bulk import among


def in_force(today: date) -> tuple[ColumnElement[bool], ...]:
    """Memberships that run on a day."""
    m = t.membership.c
    return m.from_on <= today, or_(m.until_on.is_(None), m.until_on >= today)


def members(conn: Connection, project_id: int, today: date) -> Sequence[Row]:
    """Who is on a project today: membership id, person, role, party, days; in the order they joined."""
    m, p = t.membership, t.person
    return conn.execute(
        select(m.c.id, m.c.person_id, m.c.role, m.c.party, m.c.from_on, m.c.until_on, p.c.name, p.c.email, p.c.active)
        .join(p, p.c.id == m.c.person_id)
        .where(m.c.project_id == project_id, *in_force(today))
        .order_by(m.c.id)
    ).all()


def delegations(conn: Connection, project_id: int) -> Sequence[Row]:
    """Every delegation of a project, the newest first, with the names of grantor, grantee and who took it back."""
    d = t.delegation
    grantor, grantee, revoker = t.person.alias("grantor"), t.person.alias("grantee"), t.person.alias("revoker")
    return conn.execute(
        select(d, grantor.c.name.label("grantor"), grantee.c.name.label("grantee"), revoker.c.name.label("revoker"))
        .join(grantor, grantor.c.id == d.c.grantor_id)
        .join(grantee, grantee.c.id == d.c.grantee_id)
        .outerjoin(revoker, revoker.c.id == d.c.revoked_by)
        .where(d.c.project_id == project_id)
        .order_by(d.c.id.desc())
    ).all()


def delegations_in_force(conn: Connection, today: date, **columns: int | str) -> Sequence[Row]:
    """Delegations that were not taken back and have not run out, where these columns have these values."""
    d = t.delegation
    where = [d.c[name] == value for name, value in columns.items()]
    query = select(d, t.project.c.code, t.project.c.programme_id).join(t.project, t.project.c.id == d.c.project_id)
    return conn.execute(
        query.where(*where, d.c.revoked_at.is_(None), or_(d.c.until_on.is_(None), d.c.until_on >= today)).order_by(d.c.id)
    ).all()


def active_delegates(conn: Connection, project_ids: Collection[int], today: date) -> set[tuple[int, int]]:
    """(project, person) of those to whom more than reading is delegated today: by somebody who leads the project today herself."""
    d, m, p = t.delegation.c, t.membership, t.person.c
    leads = (
        select(m.c.id)
        .join(t.person, p.id == m.c.person_id)
        .where(m.c.person_id == d.grantor_id, m.c.project_id == d.project_id, m.c.role == "pi", p.active.is_(True), *in_force(today))
    )
    rows = conn.execute(
        select(d.project_id, d.grantee_id)
        .where(among(d.project_id, project_ids), d.level.in_(("edit", "submit")), d.revoked_at.is_(None), d.from_on <= today)
        .where(or_(d.until_on.is_(None), d.until_on >= today), leads.exists())
    )
    return {(row.project_id, row.grantee_id) for row in rows}


def memberships_of(conn: Connection, person_id: int, today: date, project_id: int | None = None) -> Sequence[Row]:
    """The projects somebody is on today, with code, programme, title and state, by code."""
    m, p = t.membership, t.project
    query = (
        select(m, p.c.code, p.c.programme_id, p.c.title_zh, p.c.title_en, p.c.status)
        .join(p, p.c.id == m.c.project_id)
        .where(m.c.person_id == person_id, *in_force(today))
        .order_by(p.c.code, m.c.id)
    )
    return conn.execute(query if project_id is None else query.where(m.c.project_id == project_id)).all()


def other_investigators(conn: Connection, project_id: int, person_id: int, today: date) -> int:
    """How many principal investigators with a living account a project has today beside somebody."""
    m, p = t.membership, t.person
    rows = conn.execute(
        select(m.c.person_id)
        .join(p, p.c.id == m.c.person_id)
        .where(m.c.project_id == project_id, m.c.role == "pi", m.c.person_id != person_id, p.c.active.is_(True), *in_force(today))
        .distinct()
    )
    return len(rows.all())


def staff_roles(conn: Connection, person_id: int) -> Sequence[Row]:
    """The roles of the office or of a panel that somebody holds in programmes: grant id, role, programme id and code."""
    g = t.role_grant
    return conn.execute(
        select(g.c.id, g.c.role, g.c.programme_id, t.programme.c.code)
        .join(t.programme, t.programme.c.id == g.c.programme_id)
        .where(g.c.person_id == person_id, g.c.revoked_at.is_(None))
        .order_by(g.c.id)
    ).all()


def in_charge_of(conn: Connection, person_id: int, project_id: int | None = None) -> Sequence[Row]:
    """The running projects that an officer is in charge of, by code."""
    p = t.project
    query = select(p.c.id, p.c.code, p.c.programme_id, p.c.title_zh, p.c.title_en, p.c.version)
    query = query.where(p.c.officer_id == person_id, p.c.status == "active").order_by(p.c.code)
    return conn.execute(query if project_id is None else query.where(p.c.id == project_id)).all()


def review_tasks_of(conn: Connection, person_id: int) -> Sequence[Row]:
    """Steps of reviews that were given to somebody by name and are not done, with project code and the officer in charge."""
    k, p = t.review_task, t.project
    return conn.execute(
        select(k, p.c.code, p.c.title_zh, p.c.title_en, p.c.officer_id)
        .join(p, p.c.id == k.c.project_id)
        .where(k.c.assignee_id == person_id, k.c.state.in_(("waiting", "open")))
        .order_by(k.c.id)
    ).all()


def covers_of(conn: Connection, person_id: int, today: date) -> Sequence[Row]:
    """Absences, running or still to come, in which somebody stands in, with the name of who is away."""
    a = t.absence
    return conn.execute(
        select(a, t.person.c.name)
        .join(t.person, t.person.c.id == a.c.person_id)
        .where(a.c.cover_id == person_id, a.c.cancelled_at.is_(None), a.c.until_on >= today)
        .order_by(a.c.from_on, a.c.id)
    ).all()


def draft_comments_of(conn: Connection, person_id: int) -> Sequence[Row]:
    """Remarks on reports that somebody wrote and did not send, with report, project and code."""
    c, p = t.review_comment, t.project
    return conn.execute(
        select(c.c.id, c.c.report_id, c.c.version, p.c.id.label("project_id"), p.c.programme_id, p.c.code)
        .join(t.report, t.report.c.id == c.c.report_id)
        .join(t.obligation, t.obligation.c.id == t.report.c.obligation_id)
        .join(p, p.c.id == t.obligation.c.project_id)
        .where(c.c.author_id == person_id, c.c.state == "draft")
        .order_by(c.c.id)
    ).all()


def absences(conn: Connection, since: date, people: Collection[int] | None = None) -> Sequence[Row]:
    """Absences that were not cancelled and end on `since` or later, of some people or of all: with both names, the earliest first."""
    a = t.absence
    away, cover = t.person.alias("away"), t.person.alias("cover")
    query = (
        select(a, away.c.name.label("name"), cover.c.name.label("cover"), cover.c.active.label("cover_active"))
        .join(away, away.c.id == a.c.person_id)
        .outerjoin(cover, cover.c.id == a.c.cover_id)
        .where(a.c.cancelled_at.is_(None), a.c.until_on >= since)
        .order_by(a.c.from_on, a.c.id)
    )
    if people is not None:
        query = query.where(or_(a.c.person_id.in_(sorted(people)), a.c.cover_id.in_(sorted(people))))
    return conn.execute(query).all()


def absent_between(conn: Connection, person_id: int, first: date, last: date) -> Row | None:
    """An absence of somebody that shares a day with these, or None."""
    a = t.absence
    return conn.execute(
        select(a).where(a.c.person_id == person_id, a.c.cancelled_at.is_(None), a.c.from_on <= last, a.c.until_on >= first).limit(1)
    ).one_or_none()


def people_with_roles(conn: Connection, programme_ids: Collection[int] | None = None) -> Sequence[Row]:
    """Everybody whose account is on and who has a role in a programme: person, name, role, programme id and code; None: in any."""
    g, p = t.role_grant, t.person
    query = (
        select(p.c.id.label("person_id"), p.c.name, g.c.role, g.c.programme_id, t.programme.c.code)
        .join(g, g.c.person_id == p.c.id)
        .join(t.programme, t.programme.c.id == g.c.programme_id)
        .where(p.c.active.is_(True), g.c.revoked_at.is_(None))
        .order_by(p.c.name, p.c.id, g.c.id)
    )
    return conn.execute(query if programme_ids is None else query.where(g.c.programme_id.in_(sorted(programme_ids)))).all()


def people_events(conn: Connection, project_id: int) -> dict[str, set[int | str]]:
    """What Events of a project's people are about, as type → ids: memberships, delegations, hand-overs of it or of its officer's desk."""
    tables = {"membership": t.membership, "delegation": t.delegation, "hand_over": t.hand_over}
    found: dict[str, set[int | str]] = {
        name: set(conn.execute(select(table.c.id).where(table.c.project_id == project_id)).scalars()) for name, table in tables.items()
    }
    desks = conn.execute(select(t.hand_over.c.id, t.hand_over.c.moved_json).where(t.hand_over.c.project_id.is_(None)))
    found["hand_over"] |= {row.id for row in desks if project_id in row.moved_json.get("moved", {}).get("in_charge", ())}
    return found
