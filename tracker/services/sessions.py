"""Signed-in sessions: opened at sign-in, found by cookie or by handle, ended by their owner, by time, or with the person's rights.

The database keeps the SHA-256 of the cookie's token only. `sid` is a public handle that the gate hands to the script
run; it opens nothing by itself. Every instant here that decides whether a session lives is the *machine's* clock, also in a demo
home: a standing clock would let no session ever end, and moving it on would end them all. The callers pass it as `at`.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from tracker.services.context import Context
from tracker.services.errors import NotFound
from tracker.services.viewer import Viewer, load_viewer
from tracker.store.engine import Store
from tracker.store.tables import session
from tracker.store.writing import Tx, Unchanged

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=14)
SEEN_EVERY = timedelta(minutes=5)

#: Bumped whenever a session ends before its time; open sockets watch it.
TOPIC = "sessions"

_USER_AGENT_LENGTH = 200


@dataclass(frozen=True)
class OpenedSession:
    """A new session. `token` goes into the cookie and nowhere else."""

    token: str
    sid: str
    expires_at: datetime


@dataclass(frozen=True)
class OwnSession:
    """One of the viewer's sessions, as she sees it."""

    sid: str
    created_at: datetime
    last_seen_at: datetime
    user_agent: str
    is_this: bool


def token_hash(token: str) -> str:
    """What the database keeps of a cookie's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_session(tx: Tx, person_id: int, *, at: datetime, user_agent: str = "") -> OpenedSession:
    """Insert a session of 14 days at most inside the caller's write; `at` is the machine's instant."""
    tx.conn.execute(delete(session).where(session.c.person_id == person_id, session.c.expires_at < at - ABSOLUTE))
    opened = OpenedSession(secrets.token_urlsafe(32), secrets.token_hex(16), at + ABSOLUTE)
    tx.conn.execute(
        session.insert().values(
            token_hash=token_hash(opened.token),
            sid=opened.sid,
            person_id=person_id,
            created_at=at,
            last_seen_at=at,
            expires_at=opened.expires_at,
            user_agent=user_agent[:_USER_AGENT_LENGTH],
        )
    )
    return opened


def sid_of_token(store: Store, token: str, at: datetime) -> str | None:
    """The handle of the living session behind a cookie, or None."""
    if not token or len(token) > 200:
        return None
    with store.read() as conn:
        return conn.execute(select(session.c.sid).where(session.c.token_hash == token_hash(token), *_living(at))).scalar_one_or_none()


def viewer_of(store: Store, sid: str, *, at: datetime, today: date) -> Viewer | None:
    """Who is behind a handle, read afresh: None where the session has ended or the account is switched off.

    `at` is the machine's instant, `today` the installation's civil day, which decides the memberships in force.
    """
    with store.read() as conn:
        row = conn.execute(select(session.c.person_id, session.c.last_seen_at).where(session.c.sid == sid, *_living(at))).one_or_none()
        viewer = load_viewer(conn, row.person_id, today) if row else None
    if viewer and row.last_seen_at + SEEN_EVERY < at:
        _note_seen(store, sid, at)
    return viewer


def living(store: Store, sids: set[str], at: datetime) -> set[str]:
    """Those of the handles whose session is still good: what the open sockets ask from time to time."""
    if not sids:
        return set()
    with store.read() as conn:
        return set(conn.execute(select(session.c.sid).where(session.c.sid.in_(sorted(sids)), *_living(at))).scalars())


def why_ended(store: Store, sid: str) -> str:
    """The reason for the sign-in page: `signed_out`, `rights`, `password`, `off`, or `expired`."""
    with store.read() as conn:
        return conn.execute(select(session.c.revoked_why).where(session.c.sid == sid)).scalar_one_or_none() or "expired"


def end_all(tx: Tx, person_id: int, *, why: str, keep_sid: str | None = None) -> int:
    """End every living session of a person (but `keep_sid`) inside the caller's write; returns how many."""
    statement = update(session).where(session.c.person_id == person_id, session.c.revoked_at.is_(None))
    if keep_sid is not None:
        statement = statement.where(session.c.sid != keep_sid)
    tx.touch(TOPIC)
    return tx.conn.execute(statement.values(revoked_at=tx.at, revoked_why=why)).rowcount


def sign_out(ctx: Context, sid: str, *, key: str) -> None:
    """End one of the viewer's own sessions: this one, or one she left open elsewhere. Raises NotFound for any other."""

    def body(tx: Tx) -> dict[str, str]:
        _own(tx.conn, ctx, sid)
        living = update(session).where(session.c.sid == sid, session.c.revoked_at.is_(None))
        if tx.conn.execute(living.values(revoked_at=tx.at, revoked_why="signed_out")).rowcount != 1:
            raise Unchanged()
        tx.record("session", sid[:12], {"person_id": ctx.viewer.person_id})
        tx.touch(TOPIC)
        return {}

    ctx.store.write(ctx.request("session.sign_out", key, sid), body)


def end_other_sessions(ctx: Context, keep_sid: str, *, key: str) -> int:
    """End all of the viewer's sessions but the one she is using; returns how many were open."""

    def body(tx: Tx) -> dict[str, int]:
        _own(tx.conn, ctx, keep_sid)
        ended = end_all(tx, ctx.viewer.person_id, why="signed_out", keep_sid=keep_sid)
        if not ended:
            raise Unchanged(ended=0)
        tx.record("session", keep_sid[:12], {"person_id": ctx.viewer.person_id, "ended": ended})
        return {"ended": ended}

    return ctx.store.write(ctx.request("session.end_others", key, keep_sid), body)["ended"]


def own_sessions(ctx: Context, this_sid: str, *, at: datetime) -> tuple[OwnSession, ...]:
    """The viewer's living sessions, the newest first."""
    with ctx.store.read() as conn:
        rows = conn.execute(
            select(session)
            .where(session.c.person_id == ctx.viewer.person_id, *_living(at))
            .order_by(session.c.last_seen_at.desc(), session.c.sid)
        ).all()
    return tuple(OwnSession(r.sid, r.created_at, r.last_seen_at, r.user_agent, r.sid == this_sid) for r in rows)


def _living(at: datetime) -> tuple:
    return (session.c.revoked_at.is_(None), session.c.expires_at > at, session.c.last_seen_at > at - IDLE)


def _own(conn: Connection, ctx: Context, sid: str) -> None:
    owner = conn.execute(select(session.c.person_id).where(session.c.sid == sid)).scalar_one_or_none()
    if owner is None or owner != ctx.viewer.person_id:
        raise NotFound()


def _note_seen(store: Store, sid: str, at: datetime) -> None:
    store.write_quiet(at, lambda tx: tx.conn.execute(update(session).where(session.c.sid == sid).values(last_seen_at=at)).rowcount)
