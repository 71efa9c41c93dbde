"""From when on the auditor says that something is wrong, and how far back it looks: kept in the table of settings."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection, select

from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Invalid, Problem
from tracker.services.policy import INSTALLATION, Act
from tracker.store import tables as t
from tracker.store.writing import Tx, Unchanged

_SETTING = "audit"
_BOUNDS = {"late_minutes": (5, 7 * 24 * 60), "held_hours": (1, 14 * 24), "back_days": (7, 4000)}


@dataclass(frozen=True)
class Limits:
    """So long after its time a waiting mail is late (the worker sends within seconds), a hold undecided; telling is looked at so far back.

    What was found before stays open until a person has settled it.
    """

    late_minutes: int = 60
    held_hours: int = 24
    back_days: int = 400


def limits_of(conn: Connection) -> Limits:
    """The limits in force."""
    stored = conn.execute(select(t.setting.c.value_json).where(t.setting.c.key == _SETTING)).scalar_one_or_none() or {}
    return replace(Limits(), **{name: value for name, value in stored.items() if name in _BOUNDS})


def audit_limits(ctx: Context) -> Limits:
    """The limits in force. Administrators and the command line."""
    policy.authorise(ctx.viewer, Act.SEE_HEALTH, INSTALLATION)
    with ctx.store.read() as conn:
        return limits_of(conn)


def set_audit_limits(ctx: Context, *, limits: Limits, key: str) -> Limits:
    """Change them. Administrators and the command line. Raises Forbidden, Invalid."""
    policy.authorise(ctx.viewer, Act.RETRY_DELIVERY, INSTALLATION)
    wanted = asdict(limits)
    problems = [
        Problem(name, "Between {low} and {high}.", {"low": low, "high": high})
        for name, (low, high) in _BOUNDS.items()
        if not low <= wanted[name] <= high
    ]
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict:
        if limits_of(tx.conn) == limits:
            raise Unchanged()
        tx.put(t.setting, {"key": _SETTING}, {"value_json": wanted})
        tx.record("audit_limits", 0, wanted)
        return wanted

    ctx.store.write(ctx.request("audit.limits", key, sorted(wanted.items())), body)
    return limits
