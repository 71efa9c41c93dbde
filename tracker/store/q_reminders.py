"""Reminders that somebody put off: a mail for each alert while it waits, one mail for all that go to her at the same time.

They are joined in the moment they are claimed, so that until then each can be dropped or put off anew by itself. The first keeps the
alerts of the others (`payload_json["with"]`), which are cancelled as joined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, or_, select, update

from tracker.store.digests import JOINED
from tracker.store.tables import outbox

SNOOZED = "snoozed"
SEEN = "acknowledged"
_ONE_DAY = timedelta(days=1)

_O = outbox.c


def join(conn: Connection, claimed: Sequence[int], *, owner: str, now: datetime) -> list[int]:
    """Put the reminders that go to one person now into one mail; returns what of these claimed mails is left to be sent."""
    mine = select(_O.id, _O.person_id).where(_O.id.in_(claimed), _O.sort == SNOOZED, _O.attempts == 1)
    firsts: dict[int, int] = {}
    for row in conn.execute(mine.order_by(_O.id)) if claimed else ():
        firsts.setdefault(row.person_id, row.id)
    if not firsts:
        return list(claimed)
    free = (_O.status == "pending") & (_O.available_at <= now) & (_O.attempts == 0) & (_O.waits_for == "")
    hers = _O.person_id.in_(sorted(firsts)), _O.sort == SNOOZED, or_(free, _O.id.in_(claimed) & (_O.attempts == 1))
    found: dict[int, list[Row]] = defaultdict(list)
    for row in conn.execute(select(outbox).where(*hers, _O.id.not_in(firsts.values())).order_by(_O.id).with_for_update(skip_locked=True)):
        found[row.person_id].append(row)
    for person_id, rows in found.items():
        _add(conn, firsts[person_id], rows)
    over = {row.id for rows in found.values() for row in rows}
    return [number for number in claimed if number not in over]


def _add(conn: Connection, first_id: int, rows: Sequence[Row]) -> None:
    payload = conn.execute(select(_O.payload_json).where(_O.id == first_id)).scalar_one()
    told = [number for row in rows for number in (row.alert_id, *row.payload_json.get("with", ()))]
    joined = {**payload, "urgent": True, "with": [*payload.get("with", ()), *told]}
    conn.execute(update(outbox).where(_O.id == first_id).values(payload_json=joined))
    over: dict[str, Any] = {"status": "cancelled", "last_error": JOINED, "lease_owner": None, "lease_until_at": None, "attempts": 0}
    conn.execute(update(outbox).where(_O.id.in_([row.id for row in rows])).values(**over))


def drop(conn: Connection, alert_id: int, person_id: int, *, why: str) -> None:
    """Cancel her reminder of an alert; one that was joined with others and failed goes on without it."""
    hers = _O.person_id == person_id, _O.sort == SNOOZED, _O.status == "pending"
    for row in conn.execute(select(outbox).where(*hers, _O.alert_id == alert_id).with_for_update()).all():
        others = row.payload_json.get("with", [])
        values: dict[str, Any] = {"status": "cancelled", "last_error": why}
        if others:
            values = {"alert_id": others[0], "payload_json": {**row.payload_json, "with": others[1:]}}
        conn.execute(update(outbox).where(_O.id == row.id).values(**values))


def waits(conn: Connection, alert_id: int, person_id: int, reason: str) -> bool:
    """Whether her reminder of an alert waits to be sent, untried, with just this reason."""
    hers = _O.person_id == person_id, _O.alert_id == alert_id, _O.sort == SNOOZED, _O.status == "pending", _O.attempts == 0
    return any(kept.get("reason", "") == reason for kept in conn.scalars(select(_O.payload_json).where(*hers)))


def still_wanted(items: Collection[Row], today: date) -> list[Row]:
    """Those of these lines that she has neither seen since nor put off once more. Her day may begin while it is yesterday in Taipei."""
    here = today + _ONE_DAY
    return [one for one in items if one.acknowledged_at is None and (one.snoozed_until_on is None or one.snoozed_until_on <= here)]
