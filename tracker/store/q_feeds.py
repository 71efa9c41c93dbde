"""Reads and technical writes of calendar feeds: whose they are, what they hold, and what they last said of each obligation."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, or_, select, update

from tracker.store import tables as t
from tracker.store.writing import inserting

_O, _P, _E = t.obligation.c, t.project.c, t.calendar_entry.c

#: Every write that changes what a feed says bumps one of these.
TOPICS = ("obligations", "reports", "approvals", "people", "programmes", "calendar", "action_item", "meeting")

_CHANGE = (
    update(t.calendar_entry)
    .where(_E.obligation_id == bindparam("number"), _E.fingerprint == bindparam("before"))
    .values(sequence=_E.sequence + 1, fingerprint=bindparam("now_is"), day_on=bindparam("day"), changed_at=bindparam("at_"))
)


def feeds_of(conn: Connection, person_id: int) -> Sequence[Row]:
    """Her feeds that were not taken back, the newest first, with the project or programme of each."""
    f, p, g = t.calendar_feed, t.project, t.programme
    return conn.execute(
        select(f, p.c.code, p.c.title_zh.label("project_zh"), p.c.title_en.label("project_en"), g.c.title_zh, g.c.title_en)
        .outerjoin(p, p.c.id == f.c.project_id)
        .outerjoin(g, g.c.id == f.c.programme_id)
        .where(f.c.person_id == person_id, f.c.revoked_at.is_(None))
        .order_by(f.c.id.desc())
    ).all()


def feed_by_token(conn: Connection, token_sha256: str) -> Row | None:
    """The feed of a token's hash, also one that was taken back."""
    f, p, g = t.calendar_feed, t.project, t.programme
    return conn.execute(
        select(f, p.c.code, p.c.programme_id.label("of_programme"), g.c.title_zh, g.c.title_en)
        .outerjoin(p, p.c.id == f.c.project_id)
        .outerjoin(g, g.c.id == f.c.programme_id)
        .where(f.c.token_sha256 == token_sha256)
    ).one_or_none()


def revisions(conn: Connection) -> tuple[tuple[str, int], ...]:
    """Where the topics stand that decide what feeds say."""
    r = t.revision.c
    rows = conn.execute(select(r.topic, r.n).where(r.topic.in_(TOPICS)).order_by(r.topic))
    return tuple((row.topic, row.n) for row in rows)


def hers(person_id: int, project_ids: Collection[int]) -> ColumnElement[bool]:
    """Obligations that a person is told of: of her projects, of those she is in charge of, and what a colleague asked her to see to."""
    d = t.alert_delegation.c
    asked = select(d.obligation_id).where(d.to_person_id == person_id, d.ended_at.is_(None))
    return or_(_O.project_id.in_(sorted(project_ids)), _P.officer_id == person_id, _O.id.in_(asked))


def events(conn: Connection, where: Sequence[ColumnElement[bool]], since: date) -> Sequence[Row]:
    """What a feed shows: dated obligations whose day is not long gone, and those that it once showed and that have no day any more."""
    return conn.execute(
        select(
            _O.id, _O.kind, _O.origin, _O.parent_id, _O.project_id, _O.programme_id, _O.duty, _O.period_label, _O.title_zh, _O.title_en,
            _O.due_on, _O.file_by_on, _O.file_by_time, _O.status, _O.discharged_by, _O.discharged_on, _O.clause, _O.confidence, _P.code,
            _E.sequence, _E.fingerprint, _E.day_on, _E.changed_at,
        )
        .join(t.project, _P.id == _O.project_id)
        .outerjoin(t.calendar_entry, _E.obligation_id == _O.id)
        .where(*where, or_(_O.due_on >= since, and_(_O.due_on.is_(None), _E.day_on >= since)))
        .order_by(_O.id)
    ).all()  # fmt: skip


def keep_entries(conn: Connection, new: Sequence[Mapping[str, Any]], changed: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """Remember what is said now. Of two readers that see the same change at once one raises the sequence, and only once."""
    if new:
        rows = [{**row, "sequence": 0, "changed_at": at} for row in new]
        conn.execute(inserting(conn, t.calendar_entry).on_conflict_do_nothing(index_elements=[_E.obligation_id]), rows)
    if changed:
        conn.execute(_CHANGE, [{**row, "at_": at} for row in changed])


def entries(conn: Connection, obligation_ids: Collection[int]) -> dict[int, Row]:
    """What was last said of these obligations."""
    found: dict[int, Row] = {}
    ids = sorted(obligation_ids)
    for start in range(0, len(ids), 500):
        for row in conn.execute(select(t.calendar_entry).where(_E.obligation_id.in_(ids[start : start + 500]))):
            found[row.obligation_id] = row
    return found
