"""Reading the audit trail: its newest Events page by page, and the check of the whole chain."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from tracker.services.context import Context
from tracker.services.policy import INSTALLATION, Act, authorise
from tracker.store import audit
from tracker.store.audit import Anchor, Finding
from tracker.store.receipt_check import broken_receipts
from tracker.store.tables import event, person

PAGE_SIZE = 50


@dataclass(frozen=True)
class EventRow:
    """One Event. `actor` is None where the system itself acted; `principal` is whose right she used, if another's.

    `payload` holds ids, dates and hashes only.
    """

    seq: int
    at: datetime
    actor: str | None
    action: str
    object_type: str
    object_id: str
    payload: dict[str, Any]
    hash: str
    principal: str | None = None


@dataclass(frozen=True)
class ChainCheck:
    """What a check of the chain found; `anchor` is what to keep elsewhere for the next one."""

    findings: tuple[Finding, ...]
    anchor: Anchor

    @property
    def is_whole(self) -> bool:
        return not self.findings


def event_page(ctx: Context, *, page: int = 1, object_type: str = "") -> tuple[tuple[EventRow, ...], int]:
    """The Events of one page, the newest first (page 1 is the newest), and how many pages there are (at least 1)."""
    authorise(ctx.viewer, Act.SEE_AUDIT, INSTALLATION)
    wanted = event.c.object_type == object_type if object_type else event.c.seq > 0
    principal = person.alias("principal")
    with ctx.store.read() as conn:
        total = conn.execute(select(func.count()).select_from(event).where(wanted)).scalar_one()
        rows = conn.execute(
            select(event, person.c.name.label("actor"), principal.c.name.label("principal"))
            .outerjoin(person, person.c.id == event.c.actor_id)
            .outerjoin(principal, principal.c.id == event.c.on_behalf_of)
            .where(wanted)
            .order_by(event.c.seq.desc())
            .limit(PAGE_SIZE)
            .offset((max(page, 1) - 1) * PAGE_SIZE)
        ).all()
    events = tuple(
        EventRow(r.seq, r.at, r.actor, r.action, r.object_type, r.object_id, json.loads(r.payload_json), r.hash, r.principal) for r in rows
    )
    return events, max(1, -(-total // PAGE_SIZE))


def object_types(ctx: Context) -> tuple[str, ...]:
    """The kinds of object that have Events, for a filter."""
    authorise(ctx.viewer, Act.SEE_AUDIT, INSTALLATION)
    with ctx.store.read() as conn:
        return tuple(conn.execute(select(event.c.object_type).distinct().order_by(event.c.object_type)).scalars())


def check_chain(ctx: Context) -> ChainCheck:
    """Verify the whole chain and every receipt now (about 10 µs an Event)."""
    authorise(ctx.viewer, Act.SEE_AUDIT, INSTALLATION)
    with ctx.store.read() as conn:
        broken = [Finding(one.seq, one.code, one.detail) for one in broken_receipts(conn)]
        return ChainCheck((*audit.verify(conn), *broken), audit.anchor(conn, ctx.now))
