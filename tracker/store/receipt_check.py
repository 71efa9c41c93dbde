"""Whether every submitted version still reads as its receipt says: content, recorded hash and the Event of the submission agree."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Text, select, type_coerce

from tracker.store import q_versions
from tracker.store.tables import report_version as v


@dataclass(frozen=True)
class BrokenReceipt:
    """One receipt that does not hold. `code`: content_changed, hash_changed, no_event. `seq` is the Event's number, 0: there is none."""

    receipt_number: str
    version_id: int
    seq: int
    code: str
    detail: str


def broken_receipts(conn: Connection, report_id: int | None = None) -> list[BrokenReceipt]:
    """Every receipt that does not hold, oldest first; of one report or of all. An empty list means that all of them do.

    The stored text itself is hashed, not what it parses to: a changed space is a change. A trigger forbids changes; this finds those that
    were made around it.
    """
    claimed = _claimed(conn, report_id)
    found: list[BrokenReceipt] = []
    wanted = select(
        v.c.id, v.c.report_id, v.c.number, v.c.receipt_number, v.c.content_sha256, type_coerce(v.c.content_json, Text).label("text")
    )
    if report_id is not None:
        wanted = wanted.where(v.c.report_id == report_id)
    for row in conn.execute(wanted.order_by(v.c.id), execution_options={"yield_per": 200}):
        seq, told = claimed.get((str(row.report_id), row.number), (0, None))
        if hashlib.sha256(row.text.encode()).hexdigest() != row.content_sha256:
            found.append(_broken(row, seq, "content_changed", "its content does not have the hash on the receipt"))
        if told is None:
            found.append(_broken(row, 0, "no_event", "no event of the audit trail says that it was handed in"))
        elif told != row.content_sha256:
            found.append(_broken(row, seq, "hash_changed", "the hash on the receipt is not the one that was recorded at the submission"))
    return found


def _claimed(conn: Connection, report_id: int | None) -> dict[tuple[str, int], tuple[int, str | None]]:
    """(report, version) → (Event, the hash it told). Of two Events that tell of one version the first counts."""
    found: dict[tuple[str, int], tuple[int, str | None]] = {}
    for row in q_versions.submission_events(conn, report_id):
        payload: dict[str, Any] = json.loads(row.payload_json)
        if "version" in payload:
            found.setdefault((row.object_id, payload["version"]), (row.seq, payload.get("sha256")))
    return found


def _broken(row: Any, seq: int, code: str, detail: str) -> BrokenReceipt:
    return BrokenReceipt(row.receipt_number, row.id, seq, code, f"receipt {row.receipt_number}: {detail}")
