"""The policies in force of some programmes, and their snapshots: which policy an alert was raised by is never a matter of memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import Connection, Row, or_, select, update

from tracker.domain.alert_policy import Policy, PolicySet
from tracker.domain.ladder import STAGES
from tracker.programmes.model import Programme, UnknownProgramme
from tracker.programmes.registry import Registry
from tracker.store import q_alerts
from tracker.store import tables as t
from tracker.store.writing import Tx, inserting

MAY_CLIMB = ("open", "submitted", "returned", "accepted")
"""States in which an obligation may still be on its ladder: what was handed in waits for the funder's receipt where it needs one."""


def policies_in_force(conn: Connection, registry: Registry, programme_ids: Collection[int]) -> dict[int, PolicySet]:
    """The policies in force of these programmes: the office's, else the pack's, else every stage to the usual levels."""
    return {row.id: in_force(row, pack_of(registry, row.code)) for row in q_alerts.programmes(conn, programme_ids)}


def policies_by_kind(tx: Tx, registry: Registry, rows: Iterable[Row]) -> tuple[dict[tuple[int, str], Policy], dict[tuple[int, str], int]]:
    """The policy of each (programme, kind) among these obligations, and the id of its snapshot: read and kept once for all of them."""
    places = {(row.programme_id, row.kind) for row in rows}
    sets = policies_in_force(tx.conn, registry, {programme_id for programme_id, _ in places})
    policies = {(programme_id, kind): sets[programme_id].of(kind) for programme_id, kind in places}
    kept = keep_policies(tx, policies.values())
    return policies, {place: kept[policy] for place, policy in policies.items()}


def look_again(tx: Tx, today: date, programme_id: int | None = None) -> None:
    """Have the next look see everything overdue again: the day of a level with a grace moves with the working days.

    For a table or closure that comes into force; nothing is raised twice. None: in every programme.
    """
    o = t.obligation.c
    overdue = o.due_on < today, or_(o.next_look_on > today, o.next_look_on.is_(None)), o.status.in_(MAY_CLIMB)
    where = overdue if programme_id is None else (*overdue, o.programme_id == programme_id)
    tx.conn.execute(update(t.obligation).where(*where).values(next_look_on=today))


def pack_of(registry: Registry, code: str) -> Programme | None:
    """The pack of a programme; None where its file was taken away, while the projects signed under it go on."""
    try:
        return registry.get(code)
    except UnknownProgramme:
        return None


def in_force(row: Row, pack: Programme | None) -> PolicySet:
    """The policies of one programme's row: the office's own, else those of the pack."""
    return PolicySet.from_dict(row.ladder_json) if row.ladder_json is not None else of_pack(pack)


def of_pack(pack: Programme | None) -> PolicySet:
    """What the pack says; every stage and the usual levels where it says nothing."""
    if pack is None:
        return PolicySet()
    usual = Policy(pack.ladder or STAGES, pack.levels)
    apart = (rule for rule in pack.rules if rule.ladder or rule.levels is not None)
    kinds = {rule.kind.value: Policy(rule.ladder or usual.stages, usual.levels if rule.levels is None else rule.levels) for rule in apart}
    return PolicySet(usual, kinds)


def digest_of(policy: Policy) -> str:
    """SHA-256 of a policy's stored form: equal policies have one snapshot."""
    return hashlib.sha256(json.dumps(policy.as_dict(), sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def keep_policies(tx: Tx, policies: Iterable[Policy]) -> dict[Policy, int]:
    """The ids of these policies' snapshots, made where they are missing. Two workers that make one at once get the same."""
    digests = {policy: digest_of(policy) for policy in set(policies)}
    if not digests:
        return {}
    ids = _ids(tx.conn, digests.values())
    if missing := [policy for policy, digest in digests.items() if digest not in ids]:
        rows = [{"sha256": digests[policy], "policy_json": policy.as_dict(), "recorded_at": tx.at} for policy in missing]
        rows.sort(key=lambda row: row["sha256"])  # one order for everybody: two workers cannot wait for each other
        tx.conn.execute(inserting(tx.conn, t.alert_policy).on_conflict_do_nothing(), rows)
        ids = _ids(tx.conn, digests.values())
    return {policy: ids[digest] for policy, digest in digests.items()}


def _ids(conn: Connection, digests: Iterable[str]) -> dict[str, int]:
    c = t.alert_policy.c
    return {row.sha256: row.id for row in conn.execute(select(c.sha256, c.id).where(c.sha256.in_(sorted(digests))))}
