"""What a principal investigator lets others of her project do in her place: by area, as far as a level, until a day.

She stays responsible: whatever is done by such a right says who did it and on whose behalf. A right counts from the moment it is
given and ends with the day, with its being taken back, or with the investigator's own membership; open sessions go on with what is
right now. Nobody passes on what was delegated to her.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, update

from tracker.notify.notice_wording import RIGHT_GIVEN, RIGHT_TAKEN
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.day_fields import read_day
from tracker.services.errors import Invalid, NotFound, Problem
from tracker.services.notices import everybody, tell
from tracker.services.policy import NEEDS, Act
from tracker.services.viewer import Area, Level, Role
from tracker.store import q_people
from tracker.store import tables as t
from tracker.store.writing import Tx, Unchanged

#: What can be given in an area: reading, and as far as any act of it asks for.
LEVELS_OF: dict[Area, tuple[Level, ...]] = {
    area: tuple(level for level in Level if any(needed.covers(level) for one, needed in NEEDS.values() if one == area)) for area in Area
}

_NOBODY = "Choose a co-principal investigator or an assistant of your own side who is on the project today."


@dataclass(frozen=True)
class AreaRight:
    """What somebody may do in one area today. `delegation_id`, `given_by` and `until_on` only where it was delegated."""

    area: Area
    level: Level
    delegation_id: int | None = None
    given_by: str = ""
    until_on: date | None = None


@dataclass(frozen=True)
class MemberRights:
    """One person on the project with her rights; `may_be_given` where the viewer could delegate to her."""

    membership_id: int
    person_id: int
    name: str
    role: Role
    party: str
    until_on: date | None
    active: bool
    rights: tuple[AreaRight, ...]
    may_be_given: bool


@dataclass(frozen=True)
class DelegationLine:
    """One delegation as it was given, and how it ended. `state` is `running`, `ended` (its day or its giver's role), or `revoked`."""

    delegation_id: int
    grantor: str
    grantee: str
    area: Area
    level: Level
    from_on: date
    until_on: date | None
    granted_at: datetime
    revoked_at: datetime | None
    revoker: str
    state: str


@dataclass(frozen=True)
class PeopleAndRights:
    """Who may do what on a project now, and every delegation there was, the newest first."""

    project_id: int
    members: tuple[MemberRights, ...]
    history: tuple[DelegationLine, ...]
    may_delegate: bool


def people_and_rights(ctx: Context, project_id: int) -> PeopleAndRights:
    """The people of a project with their rights of today, for whoever sees the project. Raises NotFound."""
    with ctx.store.read() as conn:
        target = policy.target_of_project(conn, project_id)
        policy.authorise(ctx.viewer, Act.SEE_PROJECT, target)
        members = q_people.members(conn, project_id, ctx.today)
        rows = q_people.delegations(conn, project_id)
    leads = {row.person_id for row in members if row.role == Role.PI and row.active}
    running = {(row.grantee_id, row.area): row for row in reversed(rows) if _state(row, leads, ctx.today) == "running"}
    may_delegate = policy.may(ctx.viewer, Act.DELEGATE, target)
    sides = _sides(ctx, project_id) if may_delegate else frozenset()
    return PeopleAndRights(
        project_id,
        tuple(_member(row, running, sides) for row in members),
        tuple(_line(row, _state(row, leads, ctx.today)) for row in rows),
        may_delegate,
    )


def grant_delegation(
    ctx: Context, *, project_id: int, grantee_id: int, area: str, level: str, until_on: str | date | None = None, key: str
) -> int:
    """Let a member of the viewer's own side do something in her place, from now on and until a day (none: until taken back).

    It replaces what she was given in this area before. Gives the delegation's id. Raises NotFound, Forbidden for who is no principal
    investigator, and Invalid naming `grantee_id`, `area`, `level` or `until_on`.
    """
    with ctx.store.read() as conn:
        policy.authorise(ctx.viewer, Act.DELEGATE, policy.target_of_project(conn, project_id))
    last_day, problems = _checked(area, level, until_on, ctx.today)
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict[str, int]:
        if grantee_id not in _delegates(tx.conn, ctx, project_id):
            raise Invalid([Problem("grantee_id", _NOBODY)])
        d, values = t.delegation, {"project_id": project_id, "grantee_id": grantee_id, "area": area}
        given = {**values, "grantor_id": ctx.viewer.person_id, "level": level}
        standing = q_people.delegations_in_force(tx.conn, ctx.today, **values)
        if len(standing) == 1 and all(getattr(standing[0], name) == value for name, value in {**given, "until_on": last_day}.items()):
            raise Unchanged(delegation_id=standing[0].id)  # she has just this right already: nobody is told twice
        replaced = [row.id for row in standing]
        if replaced:
            ended = {"revoked_at": tx.at, "revoked_by": ctx.viewer.person_id}
            tx.conn.execute(update(d).where(d.c.id.in_(replaced)).values(**ended))
        made = tx.insert(d, **given, from_on=ctx.today, until_on=last_day, granted_at=tx.at)
        _tell(tx, ctx, RIGHT_GIVEN, made, {**given, "until_on": last_day})
        tx.record("delegation", made, {**given, "until_on": last_day.isoformat() if last_day else None, "replaces": replaced})
        tx.touch("people", "obligations", f"project:{project_id}")
        return {"delegation_id": made}

    request = ctx.request("delegation.grant", key, (project_id, grantee_id, area, level, last_day))
    return ctx.store.write(request, body)["delegation_id"]


def revoke_delegation(ctx: Context, *, delegation_id: int, key: str) -> None:
    """Take a right back, at once. Principal investigators of the project.

    Raises NotFound, also for what is over already, and Forbidden.
    """
    d = t.delegation
    with ctx.store.read() as conn:
        row = conn.execute(d.select().where(d.c.id == delegation_id)).one_or_none()
        if row is None:
            raise NotFound()
        policy.authorise(ctx.viewer, Act.DELEGATE, policy.target_of_project(conn, row.project_id))

    def body(tx: Tx) -> dict[str, int]:
        ended = {"revoked_at": tx.at, "revoked_by": ctx.viewer.person_id}
        if tx.conn.execute(update(d).where(d.c.id == delegation_id, d.c.revoked_at.is_(None)).values(**ended)).rowcount != 1:
            raise NotFound()
        _tell(tx, ctx, RIGHT_TAKEN, delegation_id, row._mapping)
        tx.record("delegation", delegation_id, {"grantee_id": row.grantee_id, "area": row.area, "level": row.level, "revoked": True})
        tx.touch("people", "obligations", f"project:{row.project_id}")
        return {}

    ctx.store.write(ctx.request("delegation.revoke", key, delegation_id), body)


def _tell(tx: Tx, ctx: Context, kind: str, delegation_id: int, right: Mapping[str, Any]) -> None:
    """Tell who got a right or lost it; the one who gave it knows, unless another investigator took it back."""
    members = {one.person_id: one for one in everybody(tx.conn, [right["project_id"]], ctx.today)[right["project_id"]]}
    concerned = {right["grantee_id"], right["grantor_id"]} - {ctx.viewer.person_id}
    until = right["until_on"].isoformat() if kind == RIGHT_GIVEN and right["until_on"] else None
    params = {"area": right["area"], "level": right["level"], "until_on": until, "name": ctx.viewer.name}
    tell(tx, ctx, kind=kind, people=[members[one] for one in sorted(concerned) if one in members],
         project=policy.target_of_project(tx.conn, right["project_id"]), once=f"delegation-{delegation_id}", params=params)  # fmt: skip


def _checked(area: str, level: str, until_on: str | date | None, today: date) -> tuple[date | None, list[Problem]]:
    problems: list[Problem] = []
    if area not in set(Area):
        problems.append(Problem("area", "There is no such area."))
    elif level not in LEVELS_OF[Area(area)]:
        problems.append(Problem("level", "This cannot be given in this area."))
    last_day = read_day("until_on", until_on, problems, needed=False)
    if last_day is not None and last_day < today:
        problems.append(Problem("until_on", "The last day lies in the past."))
    return last_day, problems


def _sides(ctx: Context, project_id: int) -> frozenset[str]:
    """The sides whose principal investigator the viewer is: neither rules over the people of the other."""
    return frozenset(m.party for m in ctx.viewer.memberships_of(project_id) if m.role == Role.PI)


def _delegates(conn: Connection, ctx: Context, project_id: int) -> set[int]:
    members, sides = q_people.members(conn, project_id, ctx.today), _sides(ctx, project_id)
    leads = {row.person_id for row in members if row.role == Role.PI}
    return {row.person_id for row in members if row.party in sides and row.active} - leads


def _state(row: Row, leads: set[int], today: date) -> str:
    if row.revoked_at is not None:
        return "revoked"
    over = row.until_on is not None and row.until_on < today
    return "ended" if over or row.grantor_id not in leads else "running"


def _member(row: Row, running: dict[tuple[int, str], Row], sides: frozenset[str]) -> MemberRights:
    leads = row.role == Role.PI
    rights = tuple(_right(area, leads, running.get((row.person_id, area))) for area in Area)
    may_be_given = not leads and row.active and row.party in sides
    return MemberRights(
        row.id, row.person_id, row.name, Role(row.role), row.party, row.until_on, row.active, rights, may_be_given
    )  # fmt: skip


def _right(area: Area, leads: bool, given: Row | None) -> AreaRight:
    if leads:
        return AreaRight(area, LEVELS_OF[area][-1])
    if given is None:
        return AreaRight(area, Level.EDIT)
    return AreaRight(area, Level(given.level), given.id, given.grantor, given.until_on)


def _line(row: Row, state: str) -> DelegationLine:
    return DelegationLine(
        row.id, row.grantor, row.grantee, Area(row.area), Level(row.level), row.from_on, row.until_on, row.granted_at, row.revoked_at,
        row.revoker or "", state,
    )  # fmt: skip
