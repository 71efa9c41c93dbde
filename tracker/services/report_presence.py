"""Who else has a report open, and which part she is editing: seen for three quarters of a minute after her last sign of life.

Technical rows, not part of the record: one a person and report, written over. Nobody is warned off by them; two authors may always write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, text

from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import NotFound
from tracker.services.policy import Act, Target
from tracker.store import tables as t
from tracker.store.writing import Tx

SEEN_FOR = timedelta(seconds=45)
_NOTE = text(
    "INSERT INTO report_presence (report_id, person_id, section, seen_at) VALUES (:report_id, :person_id, :section, :seen_at)"
    " ON CONFLICT (report_id, person_id) DO UPDATE SET section = excluded.section, seen_at = excluded.seen_at"
).bindparams(bindparam("seen_at", type_=t.report_presence.c.seen_at.type))


@dataclass(frozen=True)
class Present:
    """Somebody who has the report open; `section` is the part she edited last, "" where she only looks."""

    person_id: int
    name: str
    section: str


@dataclass(frozen=True)
class DraftsStand:
    """Where a report's writing stands, in little: its status and the revision of every field."""

    status: str
    revisions: Mapping[str, int]


def drafts_stand(ctx: Context, report_id: int) -> DraftsStand:
    """Whether anything changed since one looked: two short reads. Raises NotFound, Forbidden for who may not see the draft."""
    status = _authorise(ctx, report_id)
    d = t.report_draft_field
    with ctx.store.read() as conn:
        rows = conn.execute(select(d.c.field, d.c.rev).where(d.c.report_id == report_id)).all()
    return DraftsStand(status, {row.field: row.rev for row in rows})


def note_presence(ctx: Context, report_id: int, section: str = "", *, at: datetime | None = None) -> None:
    """Leave a sign of life at a report: one short quiet write.

    `at` is the machine's instant, since a demo's clock stands (default: the context's). Raises NotFound, Forbidden for who may not
    see the draft.
    """
    _authorise(ctx, report_id)
    seen_at = at or ctx.now
    values = {"report_id": report_id, "person_id": ctx.viewer.person_id, "section": section, "seen_at": seen_at}

    def body(tx: Tx) -> None:
        tx.conn.execute(_NOTE, values)

    ctx.store.write_quiet(seen_at, body)


def who_is_here(ctx: Context, report_id: int, *, at: datetime | None = None) -> tuple[Present, ...]:
    """Everybody else who gave a sign of life within `SEEN_FOR` before `at`, by name.

    Raises NotFound, Forbidden for who may not see the draft.
    """
    _authorise(ctx, report_id)
    p, person = t.report_presence, t.person
    rows = (
        select(p.c.person_id, person.c.name, p.c.section)
        .join(person, person.c.id == p.c.person_id)
        .where(p.c.report_id == report_id, p.c.person_id != ctx.viewer.person_id, p.c.seen_at > (at or ctx.now) - SEEN_FOR)
        .order_by(person.c.name, p.c.person_id)
    )
    with ctx.store.read() as conn:
        return tuple(Present(row.person_id, row.name, row.section) for row in conn.execute(rows))


def _authorise(ctx: Context, report_id: int) -> str:
    r, p = t.report, t.project
    query = select(r.c.project_id, r.c.status, p.c.programme_id).join(p, p.c.id == r.c.project_id).where(r.c.id == report_id)
    with ctx.store.read() as conn:
        row = conn.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    policy.authorise(ctx.viewer, Act.SEE_DRAFT, Target(row.project_id, row.programme_id))
    return row.status
