"""Calendar feeds: an address with a secret in it that a calendar program reads from time to time, until it is taken back.

A feed shows what its owner may see at the moment of reading, and nothing once she may not. The secret is shown once: it is worked out
from the installation's own key and from the form that asked for it, so that a second click gives the same one and the database holds
its SHA-256 only.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select, update

from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Forbidden, Invalid, NotFound, Problem
from tracker.services.policy import Act, Target
from tracker.store import q_feeds
from tracker.store import tables as t
from tracker.store.writing import Tx

PATH = "/calendar/"
MOST = 30
"""Feeds that one person may have at a time."""

_PURPOSE = "calendar-feeds"


class FeedScope(StrEnum):
    """What a feed is about."""

    PERSON = "person"
    PROJECT = "project"
    PROGRAMME = "programme"


@dataclass(frozen=True)
class MadeFeed:
    """A new feed; the token is never shown again."""

    feed_id: int
    token: str

    def address(self, public_url: str) -> str:
        """What a calendar program is given."""
        return f"{public_url}{PATH}{self.token}.ics"


@dataclass(frozen=True)
class FeedLine:
    """One feed of the viewer: what it is about and when a program last read it (to the hour)."""

    feed_id: int
    scope: FeedScope
    project_id: int | None
    programme_id: int | None
    code: str
    title_zh: str
    title_en: str
    created_at: datetime
    last_read_at: datetime | None


def token_hash(token: str) -> str:
    """What the database keeps of a feed's secret."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def make_feed(ctx: Context, *, scope: str, project_id: int | None = None, programme_id: int | None = None, key: str) -> MadeFeed:
    """A new feed for the viewer: of what she is told of, of one project she sees, or (staff) of one programme.

    Raises NotFound, Forbidden, and Invalid where she has too many.
    """
    _authorise(ctx, scope, project_id, programme_id)
    token = _token(ctx, key)
    about = {"scope": scope, "project_id": project_id, "programme_id": programme_id}

    def body(tx: Tx) -> dict[str, int]:
        f = t.calendar_feed
        hers = select(func.count()).select_from(f).where(f.c.person_id == ctx.viewer.person_id, f.c.revoked_at.is_(None))
        if tx.conn.execute(hers).scalar_one() >= MOST:
            raise Invalid([Problem("calendar", "You have {n} calendars already. Take one back first.", {"n": MOST})])
        made = tx.insert(f, person_id=ctx.viewer.person_id, **about, token_sha256=token_hash(token), created_at=ctx.now)
        tx.record("calendar_feed", made, about)
        return {"feed_id": made}

    return MadeFeed(ctx.store.write(ctx.request("calendar.make", key, sorted(about.items(), key=str)), body)["feed_id"], token)


def feed_list(ctx: Context, *, project_id: int | None = None, programme_id: int | None = None) -> list[FeedLine]:
    """The viewer's own feeds, the newest first; of one project or programme, or all of them."""
    if ctx.viewer.person_id is None:
        return []
    with ctx.store.read() as conn:
        rows = q_feeds.feeds_of(conn, ctx.viewer.person_id)
    if project_id is not None or programme_id is not None:
        rows = [row for row in rows if (row.project_id, row.programme_id) == (project_id, programme_id)]
    return [
        FeedLine(
            row.id, FeedScope(row.scope), row.project_id, row.programme_id, row.code or "",
            row.project_zh or row.title_zh or "", row.project_en or row.title_en or "", row.created_at, row.last_read_at,
        )
        for row in rows
    ]  # fmt: skip


def revoke_feed(ctx: Context, *, feed_id: int, key: str) -> None:
    """Take a feed back: whoever has its address reads nothing from now on. Raises NotFound, also for somebody else's."""
    f = t.calendar_feed

    def body(tx: Tx) -> dict[str, int]:
        mine = f.c.id == feed_id, f.c.person_id == ctx.viewer.person_id, f.c.revoked_at.is_(None)
        if tx.conn.execute(update(f).where(*mine).values(revoked_at=ctx.now)).rowcount != 1:
            raise NotFound()
        tx.record("calendar_feed", feed_id, {"revoked": True})
        return {}

    ctx.store.write(ctx.request("calendar.revoke", key, feed_id), body)


def may_make(ctx: Context, *, project_id: int | None = None, programme_id: int | None = None) -> bool:
    """Whether the viewer could have a feed of this project (with its programme) or programme: for buttons."""
    target = Target(project_id=project_id, programme_id=programme_id)
    return ctx.viewer.person_id is not None and policy.may(ctx.viewer, Act.SEE_PROJECT, target)


def _authorise(ctx: Context, scope: str, project_id: int | None, programme_id: int | None) -> None:
    if ctx.viewer.person_id is None:
        raise Forbidden()
    match scope:
        case FeedScope.PERSON if (project_id, programme_id) == (None, None):
            return
        case FeedScope.PROJECT if project_id is not None and programme_id is None:
            with ctx.store.read() as conn:
                policy.authorise(ctx.viewer, Act.SEE_PROJECT, policy.target_of_project(conn, project_id))
        case FeedScope.PROGRAMME if programme_id is not None and project_id is None:
            policy.authorise(ctx.viewer, Act.SEE_PROJECT, Target(programme_id=programme_id))
        case _:
            raise Invalid([Problem("calendar", "Choose what the calendar is about.")])


def _token(ctx: Context, key: str) -> str:
    if ctx.secrets is None:
        raise RuntimeError("feeds need the installation's secret")
    secret = hmac.new(ctx.secrets.key_for(_PURPOSE), f"{ctx.viewer.person_id}|{key}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(secret).decode().rstrip("=")
