"""Work of once a day, whichever worker does it and however often it is asked: the row of the day is claim and result in one.

A day is a civil day in Taipei, so nothing hangs on an hour that strikes: after an outage the work of the day is done at the first
occasion, a clock that is set back does not repeat it, and yesterday's is not made up for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from tracker.services import policy
from tracker.services.alert_audit import Stopped, audit
from tracker.services.context import Context
from tracker.services.policy import INSTALLATION, Act
from tracker.store.tables import daily_run
from tracker.store.writing import Tx

AGAIN_AFTER = timedelta(minutes=30)
"""A claim this old without a result belongs to a process that died, or to work that failed: somebody else may try."""

Stop = Callable[[], bool]
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Work:
    """One work of the day. `body` returns numbers to keep; it may be cut short by `stop` and must bear being begun anew."""

    name: str
    body: Callable[[Context, Stop], dict[str, int]]


def _audit(ctx: Context, stop: Stop) -> dict[str, int]:
    done = audit(ctx, stop=stop)
    return {"checked": done.checked, "found": len(done.found), "new": done.new, "settled": done.settled}


AUDIT = "audit"
EVERY_DAY: tuple[Work, ...] = (Work(AUDIT, _audit),)
"""What there is to do once a day, in this order."""


def do_the_days_work(ctx: Context, *, wall: Callable[[], datetime], stop: Stop = lambda: False) -> dict[str, dict[str, int]]:
    """Do what nobody has done today; returns the results by name. What fails is logged and tried again later. The worker only.

    `wall` is the machine's clock, by which claims age, also in a demo whose day stands still.
    """
    policy.authorise(ctx.viewer, Act.RUN_ALERTS, INSTALLATION)
    done = {}
    for work in EVERY_DAY:
        try:
            result = once_a_day(ctx, work.name, lambda work=work: work.body(ctx, stop), wall=wall)
        except Stopped:
            break
        except Exception:
            _log.exception("the daily work %s failed; it is tried again in half an hour", work.name)
            continue
        if result is not None:
            done[work.name] = result
    return done


def once_a_day(ctx: Context, name: str, body: Callable[[], dict[str, int]], *, wall: Callable[[], datetime]) -> dict[str, int] | None:
    """Run `body` unless this was done today or somebody is at it; returns its result, or None where there was nothing to do.

    Errors go to the caller and leave the claim, which is free again after half an hour.
    """
    policy.authorise(ctx.viewer, Act.RUN_ALERTS, INSTALLATION)
    day = ctx.today
    if not _open(ctx, name, day, wall()):
        return None
    begun = _claim(ctx, name, day, wall())
    if begun is None:
        return None
    result = body()
    mine = daily_run.c.name == name, daily_run.c.day_on == day, daily_run.c.begun_at == begun
    ended = update(daily_run).where(*mine).values(ended_at=wall(), result_json=result)
    ctx.store.write_quiet(ctx.now, lambda tx: tx.conn.execute(ended))
    return result


def _open(ctx: Context, name: str, day: date, wall: datetime) -> bool:
    """Whether a claim may succeed: a cheap read, since this is asked every minute."""
    with ctx.store.read() as conn:
        row = conn.execute(select(daily_run).where(daily_run.c.name == name, daily_run.c.day_on == day)).one_or_none()
    return row is None or (row.ended_at is None and _is_old(row.begun_at, wall))


def _claim(ctx: Context, name: str, day: date, wall: datetime) -> datetime | None:
    """Take the work of the day: the instant that marks the claim, or None where somebody else was faster."""
    this = daily_run.c.name == name, daily_run.c.day_on == day

    def body(tx: Tx) -> bool:
        row = tx.conn.execute(select(daily_run).where(*this).with_for_update()).one_or_none()
        if row is None:
            tx.conn.execute(insert(daily_run).values(name=name, day_on=day, begun_at=wall))
            return True
        if row.ended_at is not None or not _is_old(row.begun_at, wall):
            return False
        tx.conn.execute(update(daily_run).where(*this).values(begun_at=wall))
        return True

    try:
        return wall if ctx.store.write_quiet(ctx.now, body) else None
    except IntegrityError:  # PostgreSQL: another worker has made the row at the same moment
        return None


def _is_old(begun_at: datetime, wall: datetime) -> bool:
    return abs(wall - begun_at) >= AGAIN_AFTER  # a clock that was set back must not keep a dead claim alive
