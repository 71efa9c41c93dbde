"""Which projects a viewer may choose from on a form or a list of documents."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Select, select

from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import NotFound
from tracker.services.policy import Act, Target
from tracker.store import tables as t


@dataclass(frozen=True)
class ProjectChoice:
    """An active project with the programme it runs under."""

    project_id: int
    code: str
    title_zh: str
    title_en: str
    programme_id: int
    programme_zh: str
    programme_en: str


def project_choice(conn: Connection, project_id: int) -> ProjectChoice:
    """One project by id, for a caller that has authorised it. Raises NotFound."""
    row = conn.execute(_columns().where(t.project.c.id == project_id)).one_or_none()
    if row is None:
        raise NotFound()
    return ProjectChoice(*row)


def project_choices(ctx: Context, act: Act, *, ended_too: bool = False) -> tuple[ProjectChoice, ...]:
    """The active projects (`ended_too`: also closed and terminated ones) on which the viewer may do `act`, by programme and code."""
    p = t.project
    with ctx.store.read() as conn:
        scoped = _columns().where(policy.scope(ctx.viewer, p)).order_by(p.c.programme_id, p.c.code)
        found = [ProjectChoice(*row) for row in conn.execute(scoped if ended_too else scoped.where(p.c.status == "active"))]
    return tuple(one for one in found if policy.may(ctx.viewer, act, Target(one.project_id, one.programme_id)))


def _columns() -> Select:
    p, g = t.project, t.programme
    titles = (g.c.title_zh.label("programme_zh"), g.c.title_en.label("programme_en"))
    return select(p.c.id, p.c.code, p.c.title_zh, p.c.title_en, g.c.id.label("programme_id"), *titles).join(g, g.c.id == p.c.programme_id)
