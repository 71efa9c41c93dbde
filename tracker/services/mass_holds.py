"""The brake: so much falls due at once, or the clock jumped, that somebody should look before hundreds of mails leave.

What is owed is raised all the same, stands in the ledger and in the inboxes; only the mails wait, as `held`, until an
administrator lets them go or drops them. A look first guesses by what is due for a look; when it is through, `weigh`
compares what it really raised, and lets go by itself what was no mass (a changed ladder makes every obligation be
looked at and raises few).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, select, update

from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Invalid, NotFound, Problem, Stale
from tracker.services.hold_rules import checked_reason, from_when
from tracker.services.policy import INSTALLATION, Act
from tracker.services.recipients import Recipient
from tracker.services.viewer import Role
from tracker.store import outbox_acts, q_alerts, q_holds
from tracker.store import tables as t
from tracker.store.writing import StaleVersion, Tx, Unchanged

SHARE, LEAST = 20, 200
"""A mass: more than so many percent of the obligations that climb a ladder, and at least so many. The row `brake` of the table of
settings overrides both."""

_SETTING = "brake"
_BROKE_OFF = timedelta(minutes=10)
_CAUSES = {
    "signal_course.edit": "the course of a signal was changed",
    "signal_course.take_back": "the course of a signal was changed",
    "ladder.edit": "the ladder of a programme was changed",
    "policy.edit": "the ladder of a programme was changed",
    "project.import": "projects were brought in from a file",
    "dates.recalculate": "dates were worked out again by another table of working days",
}


@dataclass(frozen=True)
class Thresholds:
    """From which share (percent) and number on a look is a mass."""

    share: int = SHARE
    least: int = LEAST


@dataclass(frozen=True)
class Part:
    """How many alerts of one stage and programme wait under a hold; of signals `stage` is the condition."""

    code: str
    title_zh: str
    title_en: str
    stage: str
    number: int


@dataclass(frozen=True)
class Hold:
    """One time that the brake was pulled. `owed` obligations were due for a look, of `among` that climb a ladder; where it is `about`
    signals, so many steps would have been raised, with `among` projects under way: nothing of it is written while it waits.

    `causes` are msgids of what was done in the day before and may explain it. `since_at`: the moment of the copy from which the database
    was put back; what left after it is not known. `decision` "" while it waits; `decided_by` "" with a decision: it was no mass.
    """

    id: int
    about: str
    why: str
    owed: int
    among: int
    held_at: datetime
    mails: int
    people: int
    parts: tuple[Part, ...]
    causes: tuple[str, ...]
    decision: str
    decided_at: datetime | None
    decided_by: str
    reason: str
    version: int
    since_at: datetime | None = None


@dataclass(frozen=True)
class Decided:
    """What became of a hold: mails that wait to be sent, and mails that were cancelled."""

    let_go: int
    dropped: int


def thresholds(conn: Connection) -> Thresholds:
    """What counts as a mass here."""
    stored = conn.execute(select(t.setting.c.value_json).where(t.setting.c.key == _SETTING)).scalar_one_or_none() or {}
    return Thresholds(stored.get("share", SHARE), stored.get("least", LEAST))


def limits(ctx: Context) -> Thresholds:
    """What counts as a mass here. Administrators and auditors."""
    policy.authorise(ctx.viewer, Act.SEE_DELIVERIES, INSTALLATION)
    with ctx.store.read() as conn:
        return thresholds(conn)


def set_thresholds(ctx: Context, *, share: int, least: int, key: str) -> Thresholds:
    """Change what counts as a mass. A share of 100 percent switches the brake off, but for a clock that jumped. Administrators.

    Raises Forbidden, Invalid.
    """
    policy.authorise(ctx.viewer, Act.RETRY_DELIVERY, INSTALLATION)
    problems = [] if 1 <= share <= 100 else [Problem("share", "Between 1 and 100 percent.")]
    if not 1 <= least <= 1_000_000:
        problems.append(Problem("least", "Between 1 and 1,000,000."))
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict:
        if thresholds(tx.conn) == Thresholds(share, least):
            raise Unchanged()
        tx.put(t.setting, {"key": _SETTING}, {"value_json": {"share": share, "least": least}})
        tx.record("brake", 0, {"share": share, "least": least})
        return {}

    ctx.store.write(ctx.request("brake.set", key, (share, least)), body)
    return Thresholds(share, least)


def brake(ctx: Context, *, jumped: bool = False) -> int | None:
    """The hold under which the mails of the look that begins now are kept, or None. Asked once a look, before its first batch.

    `jumped`: the clock of the machine was moved by more than a day since the look before. A look that broke off is taken up under the
    hold it had. Costs a read of one small table where nothing is due. The worker only.
    """
    policy.authorise(ctx.viewer, Act.RUN_ALERTS, INSTALLATION)
    with ctx.store.read() as conn:
        going_on = q_holds.unweighed(conn)
        if going_on is not None:
            return going_on
        if not q_alerts.anything_to_look_at(conn, ctx.today):
            return None
        limits = thresholds(conn)
        due = q_holds.due(conn, ctx.today)
        if not (jumped or _is_mass(conn, due, limits)):
            return None
        among = q_holds.on_a_ladder(conn)
        number = q_holds.last_id(conn)
    why = "clock" if jumped else "mass"

    def body(tx: Tx) -> dict:
        held = tx.insert(t.mass_hold, why=why, owed=due, among=among, held_at=ctx.now)
        tx.record("mass_hold", held, {"why": why, "owed": due, "among": among})
        return {"id": held}

    # Two workers that begin at once have the same key, and so the same hold.
    return ctx.store.write(ctx.request("brake.pull", f"brake-after-{number}"), body)["id"]


def _is_mass(conn: Connection, number: int, limits: Thresholds) -> bool:
    return number >= limits.least and not q_holds.more_on_a_ladder_than(conn, number * 100 // limits.share)


def still_held(tx: Tx, hold_id: int | None) -> int | None:
    """The same hold while nobody has decided on it, else None; it stays so until the transaction ends. Asked by every batch."""
    row = q_holds.locked(tx.conn, hold_id, shared=True) if hold_id is not None else None
    return hold_id if row is not None and row.decision == "" else None


def weigh(ctx: Context, hold_id: int | None) -> None:
    """The look under this hold is through: let go what was no mass after all, else tell the administrators, once."""
    policy.authorise(ctx.viewer, Act.RUN_ALERTS, INSTALLATION)
    if hold_id is None:
        return

    def body(tx: Tx) -> dict:
        row = q_holds.locked(tx.conn, hold_id)
        if row.decision or row.weighed_at:
            tx.record("mass_hold", hold_id, {"weighed": False})
            return {}
        mails, _ = q_holds.counts_under(tx.conn, hold_id)
        raised = q_holds.raised_since(tx.conn, row.held_at)
        is_mass = row.why == "restore" or (mails > 0 and (row.why == "clock" or _is_mass(tx.conn, raised, thresholds(tx.conn))))
        values = {"weighed_at": ctx.now} if is_mass else {"weighed_at": ctx.now, "decision": "released", "decided_at": ctx.now}
        tx.conn.execute(update(t.mass_hold).where(t.mass_hold.c.id == hold_id).values(**values, version=row.version + 1))
        if is_mass:
            tell_administrators(tx, ctx, row.id, mails=mails, owed=row.owed, among=row.among, why=row.why)
        else:
            _let_go(tx, ctx, hold_id)
        tx.record("mass_hold", hold_id, {"raised": raised, "mails": mails, "is_mass": is_mass})
        tx.touch("alerts")
        return {}

    ctx.store.write(ctx.request("brake.weigh", f"weigh-{hold_id}"), body)


def release(ctx: Context, *, hold_id: int, reason: str, expected_version: int, key: str) -> Decided:
    """Let the mails of a hold go: each from when the rules allow it now. What no longer holds falls away when it would be sent.

    A mail about a stage whose day is still to come (the clock had jumped ahead) waits for that day. Administrators.
    Raises NotFound, Forbidden, Invalid, Stale.
    """
    return _decide(ctx, "released", hold_id, reason, expected_version, key)


def drop(ctx: Context, *, hold_id: int, reason: str, expected_version: int, key: str) -> Decided:
    """Cancel the mails of a hold, with a reason. The ledger says which alerts nobody was mailed about; the inboxes keep them.

    What falls on a day still to come is not dropped but waits for it, for the ledger raises no stage twice. Administrators.
    Raises NotFound, Forbidden, Invalid, Stale.
    """
    return _decide(ctx, "dropped", hold_id, reason, expected_version, key)


def hold_list(ctx: Context, *, limit: int = 20) -> list[Hold]:
    """The newest holds, newest first. Administrators and auditors."""
    policy.authorise(ctx.viewer, Act.SEE_DELIVERIES, INSTALLATION)
    with ctx.store.read() as conn:
        return [_hold(conn, row) for row in q_holds.holds(conn, limit)]


def waiting_holds(ctx: Context) -> list[int]:
    """The ids of the holds on which nobody has decided: for the banner on every page of an administrator; for others none."""
    if not policy.may(ctx.viewer, Act.RETRY_DELIVERY, INSTALLATION):
        return []
    with ctx.store.read() as conn:
        return [row.id for row in q_holds.undecided(conn, ctx.now - _BROKE_OFF)]


def _decide(ctx: Context, decision: str, hold_id: int, reason: str, expected_version: int, key: str) -> Decided:
    policy.authorise(ctx.viewer, Act.RETRY_DELIVERY, INSTALLATION)
    said = checked_reason(reason)

    def body(tx: Tx) -> dict:
        row = q_holds.locked(tx.conn, hold_id)
        if row is None:
            raise NotFound()
        if row.decision:
            raise Invalid([Problem("hold", "This was decided already.")])
        decided = {"decision": decision, "decided_at": ctx.now, "decided_by": ctx.viewer.person_id, "reason": said}
        tx.update_versioned(t.mass_hold, hold_id, expected_version, weighed_at=row.weighed_at or ctx.now, **decided)
        done = _let_go(tx, ctx, hold_id) if decision == "released" else _drop(tx, ctx, hold_id, said)
        if row.about == "signals":  # nothing was written: the next watch raises them, or records that nobody is told
            done["let_go" if decision == "released" else "dropped"] = row.owed
        tx.record("mass_hold", hold_id, {"decision": decision, "reason": hashlib.sha256(said.encode()).hexdigest(), **done})
        tx.touch("alerts")
        return done

    try:
        return Decided(**ctx.store.write(ctx.request(f"brake.{decision}", key, (hold_id, said, expected_version)), body))
    except StaleVersion as stale:
        raise Stale() from stale


def _let_go(tx: Tx, ctx: Context, hold_id: int) -> dict[str, int]:
    rows = q_holds.mails_under(tx.conn, hold_id)
    outbox_acts.let_go(tx.conn, from_when(tx.conn, ctx, rows, q_holds.first_days(tx.conn, hold_id)))
    return {"let_go": len(rows), "dropped": 0}


def _drop(tx: Tx, ctx: Context, hold_id: int, reason: str) -> dict[str, int]:
    to_come = q_holds.first_days(tx.conn, hold_id, after=ctx.today)
    rows = q_holds.mails_under(tx.conn, hold_id)
    later = [row for row in rows if row.id in to_come]
    outbox_acts.let_go(tx.conn, from_when(tx.conn, ctx, later, to_come))
    now = [row.id for row in rows if row.id not in to_come]
    outbox_acts.cancel_by_hand(tx.conn, now, by=ctx.viewer.person_id, reason=reason)
    return {"let_go": len(later), "dropped": len(now)}


def tell_administrators(tx: Tx, ctx: Context, hold_id: int, **params: object) -> None:
    """Tell each administrator once that the brake holds something; inside the write that finds it out."""
    # Late: notices know the mails, the mails know the alerts, and the alerts ask the brake.
    from tracker.notify.notice_wording import MASS_HELD
    from tracker.services.notices import tell

    people = [Recipient(p.id, p.email, p.language, Role.ADMINISTRATOR.value) for p in q_alerts.administrators(tx.conn)]
    once = f"hold:{hold_id}:{ctx.now.isoformat()}"  # a database that was put back counts its holds from an earlier number on
    tell(tx, ctx, kind=MASS_HELD, people=people, once=once, params=params)


def _hold(conn: Connection, row: Row) -> Hold:
    mails, people = q_holds.counts_under(conn, row.id)
    causes = q_holds.acts_before(conn, list(_CAUSES), row.held_at - timedelta(days=1), row.held_at)
    return Hold(
        id=row.id, about=row.about, why=row.why, owed=row.owed, among=row.among, held_at=row.held_at, mails=mails, people=people,
        parts=tuple(Part(*p) for p in q_holds.parts_of_signals(conn, row.parts_json) or q_holds.programmes_under(conn, row.id)),
        causes=tuple(dict.fromkeys(_CAUSES[act] for act in sorted(causes))),
        decision=row.decision, decided_at=row.decided_at, decided_by=row.decided_name or "", reason=row.reason, version=row.version,
        since_at=row.since_at,
    )  # fmt: skip
