"""The brake on signals: a changed course, an import or a clock that jumped would tell hundreds of people at once.

A signal needs no keeping while it waits: what is wrong stays wrong. So a mass is stopped before anything is written: no line of the
ledger, no inbox, no mail, until an administrator decides. A mistake that is taken back leaves no trace with anybody, and what is still
wrong after "let them go" is raised by the next watch, once, as it would have been.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import Connection, Row, update

from tracker.clock import civil_day
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.mass_holds import tell_administrators, thresholds
from tracker.services.policy import INSTALLATION, Act
from tracker.store import q_holds
from tracker.store import tables as t
from tracker.store.writing import Tx

Parts = Mapping[tuple[str, int], int]
"""How many steps a watch would raise, by condition and programme."""


class Gate(StrEnum):
    """What a watch may do with the steps that it found."""

    OPEN = "open"
    SHUT = "shut"  # raise none; settle what no longer holds all the same
    DROPPED = "dropped"  # record without telling what was stopped; raise the rest


@dataclass(frozen=True)
class Ruling:
    """What the brake says to one watch. `hold_id`: the hold on whose decision it acts; `until_on` and `parts`: what was stopped."""

    gate: Gate
    hold_id: int | None = None
    until_on: date | None = None
    parts: frozenset[tuple[str, int]] = frozenset()

    def drops(self, kind: str, programme_id: int, step_on: date) -> bool:
        """Whether an administrator decided that this step tells nobody: it was due when the brake was pulled."""
        return self.gate is Gate.DROPPED and (kind, programme_id) in self.parts and self.until_on is not None and step_on <= self.until_on


def would_hold(conn: Connection, number: int) -> bool:
    """Whether so many steps at once are a mass here: more than the share of the projects under way, and at least the least."""
    limits = thresholds(conn)
    enough = number >= limits.least and limits.share < 100
    return enough and number * 100 > limits.share * q_holds.projects_under_way(conn)


def rule(ctx: Context, parts: Parts, *, jumped: bool = False) -> Ruling:
    """What a watch that found these steps may do. Pulls the brake where they are a mass, or the clock `jumped`. The worker only."""
    policy.authorise(ctx.viewer, Act.RUN_ALERTS, INSTALLATION)
    number = sum(parts.values())
    with ctx.store.read() as conn:
        hold, mass, last = q_holds.of_signals(conn), would_hold(conn, number), q_holds.last_id(conn)
        among = q_holds.projects_under_way(conn) if mass or jumped else 0
    if hold is not None:
        if not _is_over(ctx, hold, number, mass):
            return _by(hold)
        _end(ctx, hold)
        jumped = jumped and ctx.now >= hold.held_at  # setting it right is a jump, too
    if not number or not (mass or jumped):
        return Ruling(Gate.OPEN)
    why = "clock" if jumped else "mass"
    listed = [{"kind": kind, "programme": programme, "number": n} for (kind, programme), n in Counter(parts).most_common()]

    def body(tx: Tx) -> dict:
        values = {"about": "signals", "why": why, "owed": number, "among": among, "parts_json": listed}
        held = tx.insert(t.mass_hold, **values, held_at=ctx.now, weighed_at=ctx.now)
        tell_administrators(tx, ctx, held, mails=number, owed=number, among=among, why=why, about="signals")
        tx.record("mass_hold", held, values)
        tx.touch("alerts")
        return {"id": held}

    # Two workers that begin at once have the same key, and so the same hold.
    return Ruling(Gate.SHUT, ctx.store.write(ctx.request("brake.pull", f"brake-signals-after-{last}"), body)["id"])


def through(ctx: Context, ruling: Ruling) -> None:
    """The watch that acted on a decision is through: from now on the brake weighs anew. The worker only."""
    policy.authorise(ctx.viewer, Act.RUN_ALERTS, INSTALLATION)
    if ruling.gate is Gate.SHUT or ruling.hold_id is None:
        return

    def body(tx: Tx) -> dict:
        h = t.mass_hold
        tx.conn.execute(update(h).where(h.c.id == ruling.hold_id, h.c.done_at.is_(None)).values(done_at=ctx.now))
        tx.record("mass_hold", ruling.hold_id, {"done": True})
        return {}

    ctx.store.write(ctx.request("brake.done", f"brake-done-{ruling.hold_id}"), body)


def _by(hold: Row) -> Ruling:
    if hold.decision == "":
        return Ruling(Gate.SHUT, hold.id)
    if hold.decision == "released":
        return Ruling(Gate.OPEN, hold.id)
    stopped = frozenset((one["kind"], one["programme"]) for one in hold.parts_json)
    return Ruling(Gate.DROPPED, hold.id, civil_day(hold.held_at), stopped)


def _is_over(ctx: Context, hold: Row, number: int, mass: bool) -> bool:
    """Whether a hold says nothing any more: the mass is gone, the clock was set back behind it, or far more is owed than was let go."""
    if hold.decision == "":
        return ctx.now < hold.held_at or (hold.why == "mass" and not mass)
    if hold.decision == "dropped" and hold.why == "clock":  # whatever is owed by the clock as it is now is told
        return True
    return mass and number > 2 * hold.owed


def _end(ctx: Context, hold: Row) -> None:
    """Close a hold: by itself where nobody had decided."""

    def body(tx: Tx) -> dict:
        row = q_holds.locked(tx.conn, hold.id)
        if row.done_at is None:
            by_itself = {} if row.decision else {"decision": "released", "decided_at": ctx.now}
            values = {"done_at": ctx.now, "version": row.version + 1, **by_itself}
            tx.conn.execute(update(t.mass_hold).where(t.mass_hold.c.id == hold.id).values(**values))
        tx.record("mass_hold", hold.id, {"over": True})
        tx.touch("alerts")
        return {}

    ctx.store.write(ctx.request("brake.over", f"brake-over-{hold.id}-{hold.version}"), body)
