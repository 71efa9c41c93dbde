"""What the auditor finds about telling: raised and never told, told twice or to others, or waiting for nobody knows what."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row

from tracker.domain.alert_policy import Policy
from tracker.services.audit_limits import Limits
from tracker.store import q_audit

OF_A_KIND = 100
"""So many findings of one kind are named; more of them are one finding that says how many."""

CHUNK = 20_000

Whom = tuple[int | None, int | None]
"""A person, or a contact at an institution."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong; (`kind`, `subject`) tells it from every other. `detail`: days and numbers, nothing personal."""

    kind: str
    subject: str
    obligation_id: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)


def of_telling(conn: Connection, now: datetime, limits: Limits) -> Iterator[Iterable[Finding]]:
    """What was raised and never told, told twice or to others, or waits for nobody knows what: in parts, so that it can be stopped."""
    since = now - timedelta(days=limits.back_days)
    yield _untold(conn, since)
    yield _twice(conn, since)
    yield _waiting(conn, now, limits)
    yield from _people(conn, since)


def _untold(conn: Connection, since: datetime) -> Iterator[Finding]:
    limit = OF_A_KIND + 1
    for kind, rows in (
        ("untold", q_audit.raised_and_told_nobody(conn, since, limit)),
        ("nobody_left", q_audit.for_nobody_left(conn, since)),
        ("told_overtaken", q_audit.told_and_not_raised(conn, since, limit)),
        ("lost", q_audit.lost_on_the_way(conn, since, limit)),
        ("no_mail", [row for row in q_audit.items_without_mail(conn, since, 10 * limit) if _wants_mail(row)]),
    ):
        for row in rows:
            whom = getattr(row, "person_id", None)
            subject = f"{row.key}|{row.due_on}|{row.stage}" + ("" if whom is None else f"|{whom}")
            yield Finding(kind, subject, row.obligation_id, {"stage": row.stage, "day": row.due_on.isoformat()})


def _twice(conn: Connection, since: datetime) -> Iterator[Finding]:
    seen = set()
    for row in (*q_audit.told_twice(conn, since, OF_A_KIND + 1), *q_audit.told_alone_and_in_another(conn, since, OF_A_KIND + 1)):
        if (row.alert_id, row.person_id) not in seen:
            seen.add((row.alert_id, row.person_id))
            yield Finding("twice", f"{row.alert_id}|{row.person_id}", None, {"n": row.n})


def _waiting(conn: Connection, now: datetime, limits: Limits) -> Iterator[Finding]:
    for row in q_audit.about_nothing(conn, OF_A_KIND + 1):
        yield Finding("orphan", str(row.id))
    for row in q_audit.late(conn, now - timedelta(minutes=limits.late_minutes)):
        yield Finding("late", row.channel, None, {"n": row.n, "since": row.since.isoformat()})
    for row in q_audit.held_since(conn, now - timedelta(hours=limits.held_hours)):
        yield Finding("held", str(row.id), None, {"n": row.n, "since": row.held_at.isoformat()})
    for row in q_audit.given_up(conn):
        yield Finding("given_up", row.channel, None, {"n": row.n})


def _wants_mail(item: Row) -> bool:
    """Whether the policy by which it was raised tells this person by mail, in the role in which she was told."""
    role = next((one["role"] for one in item.recipients_json if one["person_id"] == item.person_id), None)
    levels = Policy.from_dict(item.policy_json).levels
    return any(level.role == role and "mail" in level.channels for level in levels)


def _people(conn: Connection, since: datetime) -> Iterator[list[Finding]]:
    """Compare, for everything raised since then, whom it was for with whose inboxes have it; a list for each part of the ledger."""
    after = 0
    while rows := q_audit.raised_after(conn, after, since, CHUNK):
        has: dict[int, list[Whom]] = defaultdict(list)
        for alert_id, *whom in q_audit.whose(conn, rows[0].id, rows[-1].id):
            has[alert_id].append(tuple(whom))
        # What was told to nobody at all is another finding.
        wrong = [number for number, recipients in rows if number in has and frozenset(has[number]) != _meant(recipients)]
        yield [
            Finding(
                "wrong_people",
                f"{row.key}|{row.due_on}|{row.stage}",
                row.obligation_id,
                {"stage": row.stage, "day": row.due_on.isoformat()},
            )
            for row in (q_audit.named(conn, wrong) if wrong else ())
        ]
        after = rows[-1].id


@lru_cache(maxsize=100_000)
def _meant(recipients: str) -> frozenset[Whom]:
    """Whom an alert was for, from the text as it is stored: the same few people stand in very many alerts."""
    return frozenset((one.get("person_id"), one.get("contact_id")) for one in json.loads(recipients))
