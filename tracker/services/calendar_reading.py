"""What a calendar program reads: the events of one feed, in its owner's language and by her rights at this moment.

The days of an obligation are one event for ever (`exchange.ical.uid_of`). `calendar_entry` remembers what was last said of it: a change
raises SEQUENCE, and what is waived, closed or without a day stays in the feed as cancelled, or it would stay in people's calendars.
Titles and days only: no amount, no name of a person, nothing out of a report.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import Row, update

from tracker.domain.minguo import both
from tracker.domain.statuses import HANDED_IN, Confidence, DischargedBy, ObligationStatus
from tracker.exchange.ical import Entry, calendar_of, event_of
from tracker.i18n import Translator
from tracker.notify import links, wording
from tracker.services import policy
from tracker.services.calendar_feeds import FeedScope, token_hash
from tracker.services.context import Context
from tracker.services.errors import NotFound, ServiceError
from tracker.services.policy import Act, Target
from tracker.services.viewer import load_viewer
from tracker.store import q_feeds
from tracker.store import tables as t

KEPT = timedelta(days=366)
"""How long what is over stays in a feed."""

REFRESH = timedelta(hours=6)
NOTED_EVERY = timedelta(hours=1)
LONGEST = 100
"""Characters of a token; ours have 43."""

_GONE = frozenset({ObligationStatus.WAIVED, ObligationStatus.CLOSED})


class FeedGone(ServiceError):
    """It was taken back, or its owner may not see what it is about any more."""


@dataclass(frozen=True)
class OpenFeed:
    """A living feed, read as its owner. `state` is everything that decides its content: equal states, equal content."""

    ctx: Context
    row: Row
    state: tuple


def open_feed(ctx: Context, token: str) -> OpenFeed:
    """The feed of a token, with its owner's rights of now. Raises NotFound for a token that was never given, FeedGone."""
    if len(token) > LONGEST:
        token = token[:LONGEST]  # is looked up all the same: every wrong one takes the same way
    with ctx.store.read() as conn:
        row = q_feeds.feed_by_token(conn, token_hash(token))
        if row is None:
            raise NotFound()
        viewer = None if row.revoked_at is not None else load_viewer(conn, row.person_id, ctx.today)
        revisions = q_feeds.revisions(conn)
    about = Target(row.project_id, row.programme_id or row.of_programme)
    if viewer is None or (row.scope != FeedScope.PERSON and not policy.may(viewer, Act.SEE_PROJECT, about)):
        raise FeedGone("This calendar was taken back.")
    sees = tuple(sorted(viewer.everywhere)), viewer.programmes, viewer.project_ids
    return OpenFeed(ctx.as_viewer(viewer), row, (row.id, viewer.language, ctx.today, sees, revisions))


def note_read(feed: OpenFeed) -> None:
    """Remember that a program read it, to the hour."""
    now, last = feed.ctx.now, feed.row.last_read_at
    if last is None or last + NOTED_EVERY <= now:
        f = t.calendar_feed
        feed.ctx.store.write_quiet(
            now, lambda tx: tx.conn.execute(update(f).where(f.c.id == feed.row.id).values(last_read_at=now)).rowcount
        )


def feed_content(ctx: Context, row: Row, public_url: str) -> bytes:
    """The whole calendar (RFC 5545) of an open feed, as far as its owner, who is the viewer, sees it now.

    Its text depends on what is stored only, so that the same state gives the same bytes.
    """
    words = Translator(ctx.viewer.language)
    rows = _events(ctx, row)
    entries = _remembered(ctx, rows)
    host = urlsplit(public_url).hostname or "milepost"
    said = [_entry(words, one, entries[one.id], public_url) for one in rows if one.id in entries]
    return calendar_of([event_of(one, host) for one in said], name=_name(words, row), refresh=REFRESH)


def _events(ctx: Context, row: Row) -> Sequence[Row]:
    where = [policy.scope(ctx.viewer, t.obligation)]
    match row.scope:
        case FeedScope.PROJECT:
            where.append(t.obligation.c.project_id == row.project_id)
        case FeedScope.PROGRAMME:
            where.append(t.obligation.c.programme_id == row.programme_id)
        case _:
            where.append(q_feeds.hers(ctx.viewer.person_id, ctx.viewer.project_ids))
    with ctx.store.read() as conn:
        return q_feeds.events(conn, where, ctx.today - KEPT)


@dataclass(frozen=True)
class _Said:
    """What was last said of one obligation."""

    sequence: int
    day_on: date
    changed_at: datetime


def _remembered(ctx: Context, rows: Sequence[Row]) -> dict[int, _Said]:
    """What is said of each from now on. What is over and was never shown is left out: there is nothing to cancel."""
    new, changed = [], []
    for row in rows:
        fingerprint, day = _fingerprint(row), _day(row)
        if row.fingerprint is None:
            if not _is_over(row):
                new.append({"obligation_id": row.id, "fingerprint": fingerprint, "day_on": day})
        elif row.fingerprint != fingerprint:
            changed.append({"number": row.id, "before": row.fingerprint, "now_is": fingerprint, "day": day or row.day_on})
    if new or changed:
        ctx.store.write_quiet(ctx.now, lambda tx: q_feeds.keep_entries(tx.conn, new, changed, ctx.now))
    known = {row.id: _Said(row.sequence, row.day_on, row.changed_at) for row in rows if row.fingerprint is not None}
    touched = [one["obligation_id"] for one in new] + [one["number"] for one in changed]
    if touched:
        with ctx.store.read() as conn:
            for number, entry in q_feeds.entries(conn, touched).items():
                known[number] = _Said(entry.sequence, entry.day_on, entry.changed_at)
    return known


def _entry(words: Translator, row: Row, said: _Said, public_url: str) -> Entry:
    over, open_ = _is_over(row), row.status == ObligationStatus.OPEN
    page, query = links.page_of(
        row.kind, "", obligation_id=row.id, parent_id=row.parent_id, project_id=row.project_id, project_code=row.code, origin=row.origin
    )
    return Entry(
        obligation_id=row.id,
        summary=_summary(words, row, over),
        on=_day(row) or said.day_on,
        changed_at=said.changed_at,
        description="\n".join(_description(words, row)),
        url=links.full_address(public_url, page, query),
        sequence=said.sequence,
        cancelled=over,
        alarm_days=1 if open_ and row.duty else None,
    )


def _summary(words: Translator, row: Row, over: bool) -> str:
    title, period = words.pick(row.title_zh, row.title_en), wording.period_text(words, row.period_label)
    what = words("{title}, {period}", title=title, period=period) if period else title
    if over:
        return words("No longer owed: {what} ({code})", what=what, code=row.code)
    if row.status in HANDED_IN:
        elsewhere = row.discharged_by == DischargedBy.EXTERNAL and row.discharged_on is None
        said = "Handed in here, to be filed with the funder: {what} ({code})" if elsewhere else "Handed in: {what} ({code})"
        return words(said, what=what, code=row.code)
    return words("{what} ({code})", what=what, code=row.code)


def _description(words: Translator, row: Row) -> list[str]:
    lines = []
    if row.due_on is not None:
        lines.append(words("Legal last day: {day}", day=both(row.due_on)))
        if row.duty and row.file_by_on is not None and (row.file_by_on, row.file_by_time) != (row.due_on, None):
            lines.append(words("File by: {day}", day=both(row.file_by_on) + (f" {row.file_by_time}" if row.file_by_time else "")))
    if row.clause:
        lines.append(words("Clause: {clause}", clause=row.clause))
    if row.confidence == Confidence.ASSUMED:
        lines.append(words("The anchor date of this deadline is assumed; the programme office has been asked to confirm it."))
    return lines


def _name(words: Translator, row: Row) -> str:
    match row.scope:
        case FeedScope.PROJECT:
            return f"Milepost {row.code}"
        case FeedScope.PROGRAMME:
            return f"Milepost {words.pick(row.title_zh, row.title_en)}"
    return words("Milepost: my dates")


def _is_over(row: Row) -> bool:
    return row.status in _GONE or row.due_on is None


def _day(row: Row) -> date | None:
    """The day of the event: the last safe day of a duty, the day itself of anything else."""
    if row.due_on is None:
        return None
    return min(row.file_by_on or row.due_on, row.due_on) if row.duty else row.due_on


def _fingerprint(row: Row) -> str:
    """Everything that an event says, in any language."""
    said = [
        _day(row), row.due_on, row.file_by_on, row.file_by_time, row.title_zh, row.title_en, row.period_label, row.code, row.duty,
        row.status in HANDED_IN, _is_over(row), row.discharged_by, row.discharged_on, row.clause, row.confidence, row.kind, row.origin,
        row.parent_id,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said, default=str, ensure_ascii=False).encode()).hexdigest()
