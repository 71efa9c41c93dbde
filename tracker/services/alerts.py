"""Raising alerts: one look at everything that has reached a stage of its ladder, and the ledger that comes of it.

A look only decides when to compare stored thresholds with today; what is owed is decided by `tracker.domain.ladder`. So
looks may be late, doubled or run by several workers: row locks and the ledger's unique key (obligation, due date,
stage) leave one result. The ledger row, the mails in the outbox and the inbox items are one transaction.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import Row, bindparam, insert, update

from tracker.clock import TAIPEI
from tracker.domain import ladder as ladders
from tracker.domain.ladder import Ladder, Owed, Threshold
from tracker.domain.statuses import Kind
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.ladders import ladder_sets
from tracker.services.policy import INSTALLATION, Act
from tracker.services.recipients import Directory, Recipient
from tracker.store import outbox, q_alerts
from tracker.store import tables as t
from tracker.store.writing import Tx

MAILED_FROM = time(8, 0, tzinfo=TAIPEI)
"""Raised at midnight, mailed from eight: nobody is woken by a reminder."""

_NAMESPACE = uuid.UUID("6f1d0f0e-0d2c-5b0a-9a53-6d696c657374")
_SET_NEXT = update(t.obligation).where(t.obligation.c.id == bindparam("row_id")).values(next_look_on=bindparam("look_on"))


@dataclass(frozen=True)
class LookResult:
    """What one look did: obligations looked at, stages raised and superseded, mails put into the outbox, alerts cancelled."""

    looked: int = 0
    raised: int = 0
    superseded: int = 0
    mails: int = 0
    cancelled: int = 0

    def __add__(self, other: LookResult) -> LookResult:
        return LookResult(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class AlertRow:
    """One line of the ledger. `raised_at` is when it was recorded, in whichever state; recipients are addresses, sorted."""

    id: int
    obligation: str
    kind: str
    project: str
    stage: str
    stage_on: date
    due_on: date
    state: str
    raised_at: datetime
    recipients: tuple[str, ...]


@dataclass
class _Batch:
    """What one transaction is going to write."""

    alerts: list[dict] = field(default_factory=list)
    told: dict[tuple[int, date, str], tuple[Row, tuple[Recipient, ...]]] = field(default_factory=dict)
    next_looks: list[dict] = field(default_factory=list)


class _NothingLeft(Exception):
    """Another worker took the whole batch; the transaction is rolled back and no Event is written."""


def look(ctx: Context, *, limit: int = 500, stop: Callable[[], bool] = lambda: False) -> LookResult:
    """Raise every stage that was reached and not recorded, in transactions of at most `limit` obligations. The worker only.

    Looking again changes nothing. `stop` is asked between transactions. Raises Forbidden for anyone but the system.
    """
    policy.authorise(ctx.viewer, Act.RUN_ALERTS, INSTALLATION)
    done = LookResult()
    while not stop():
        with ctx.store.read() as conn:
            if not q_alerts.anything_to_look_at(conn, ctx.today):
                break
        key = f"look:{ctx.now.isoformat()}:{uuid.uuid4().hex}"
        try:
            result = ctx.store.write(ctx.request("alerts.look", key), lambda tx: _look_at_batch(tx, ctx, limit))
        except _NothingLeft:
            break
        done += LookResult(**result)
    return done


def cancel_overtaken(tx: Tx, obligation_ids: Iterable[int]) -> list[int]:
    """Cancel what still waits to be mailed for a due date that these obligations no longer have; inside the write that moves it.

    What was cancelled like this for a date that has come back waits again: the ledger holds each stage of a date only once.
    Returns the alerts of which nobody got a mail; the ledger shows them as cancelled. A mail that is just being sent may still go out.
    """
    ids = list(obligation_ids)
    if not ids:
        return []
    if outbox.take_up_again(tx.conn, ids):
        tx.touch("alerts")
    overtaken = outbox.overtaken_by_a_new_date(tx.conn, ids)
    if not overtaken:
        return []
    outbox.cancel_unsent(tx.conn, overtaken, why="moved")
    tx.touch("alerts")
    return outbox.cancel_alerts_nobody_got(tx.conn, overtaken)


def raise_by_hand(tx: Tx, ctx: Context, obligation_ids: Iterable[int], stage: str) -> tuple[list[int], int]:
    """Raise a stage that belongs to no ladder for these obligations now, inside the write of whoever gives it.

    What was handed in or released is left out, and so is what has this stage already, for whatever date: a reminder by hand goes out
    once a day. `ISSUED` goes out once for each date. Returns the ids of the obligations that were alerted and the number of mails.
    """
    rows = q_alerts.to_tell_now(tx.conn, list(obligation_ids))
    known = q_alerts.recorded(tx.conn, [row.id for row in rows])
    if stage == ladders.ISSUED:
        rows = [row for row in rows if not any(one.stage == stage and one.due_on == row.due_on for one in known[row.id])]
    else:
        rows = [row for row in rows if not any(one.stage == stage for one in known[row.id])]
    sets = ladder_sets(tx.conn, ctx.registry, {row.programme_id for row in rows})
    directory = Directory(tx.conn, rows, ctx.today)
    batch = _Batch()
    for row in rows:
        told = directory.recipients(row, sets[row.programme_id].of(row.kind), stage)
        batch.alerts.append(_ledger_row(tx, row, Threshold(stage, ctx.today), "raised", told))
        batch.told[row.id, row.due_on, stage] = row, told
    _, mails = _write(tx, ctx, batch)
    if rows:
        tx.touch("alerts")
    return [row.id for row in rows], mails


def alert_list(ctx: Context, *, project: str | None = None, state: str | None = None) -> list[AlertRow]:
    """The ledger, ordered by due date, obligation and ladder. Administrators, auditors and the command line."""
    policy.authorise(ctx.viewer, Act.SEE_DELIVERIES, INSTALLATION)
    with ctx.store.read() as conn:
        rows = q_alerts.ledger(conn, policy.scope(ctx.viewer, t.obligation), project=project, state=state)
    found = [
        AlertRow(r.id, r.key, r.kind, r.code, r.stage, r.stage_on, r.due_on, r.state, r.raised_at, _addresses(r.recipients_json))
        for r in rows
    ]
    return sorted(found, key=lambda row: (row.due_on, row.obligation, ladders.rank(row.stage), row.stage_on))


def message_id(dedup_key: str) -> str:
    """The Message-ID of a mail: fixed before the first attempt, so that every copy of it is the same message."""
    return f"<{uuid.uuid5(_NAMESPACE, dedup_key)}@milepost.invalid>"


def mailed_at(now: datetime) -> datetime:
    """The first instant from `now` on at which a mail of today may go out (08:00 Taipei)."""
    morning = datetime.combine(now.astimezone(TAIPEI).date(), MAILED_FROM)
    return max(now, morning.astimezone(now.tzinfo))


def _look_at_batch(tx: Tx, ctx: Context, limit: int) -> dict:
    rows = q_alerts.to_look_at(tx.conn, ctx.today, limit)
    if not rows:
        raise _NothingLeft
    cancelled = cancel_overtaken(tx, [row.id for row in rows])
    known = q_alerts.recorded(tx.conn, [row.id for row in rows])
    sets = ladder_sets(tx.conn, ctx.registry, {row.programme_id for row in rows})
    decided = [(row, sets[row.programme_id].of(row.kind)) for row in rows]
    owed = [(row, ladder, *_decide(row, ladder, known[row.id], ctx.today)) for row, ladder in decided]
    directory = Directory(tx.conn, [row for row, _, what, _ in owed if what.raised], ctx.today)
    batch = _Batch()
    for row, ladder, what, ahead in owed:
        if ahead != row.next_look_on:
            batch.next_looks.append({"row_id": row.id, "look_on": ahead})
        batch.alerts += [_ledger_row(tx, row, step, "superseded", ()) for step in what.superseded]
        if what.raised:
            told = directory.recipients(row, ladder, what.raised.stage)
            batch.alerts.append(_ledger_row(tx, row, what.raised, "raised", told))
            batch.told[row.id, row.due_on, what.raised.stage] = row, told
    raised, mails = _write(tx, ctx, batch)
    tx.record("alerts", "look", {"raised": raised, "superseded": len(batch.alerts) - len(raised), "cancelled": cancelled})
    superseded = len(batch.alerts) - len(raised)
    return {"looked": len(rows), "raised": len(raised), "superseded": superseded, "mails": mails, "cancelled": len(cancelled)}


def _decide(row: Row, ladder: Ladder, known: list[Row], today: date) -> tuple[Owed, date | None]:
    """What one obligation owes the ledger today, and when to look at it again.

    `next_look_on` was set to the day of the change when the obligation was made or its date moved; until the first look
    after that it tells from which day on the series counts.
    """
    if not ladders.runs(row.status, row.discharged_by, row.discharged_on):
        return Owed(None, ()), None
    steps = ladders.thresholds(ladder, row.file_by_on, row.due_on, row.duty)
    known = [entry for entry in known if ladders.is_step(entry.stage)]
    recorded = {entry.stage for entry in known if entry.due_on == row.due_on}
    mailed_from = row.entered_on
    if not recorded and row.kind == Kind.REPLY:
        mailed_from = max(mailed_from, row.next_look_on)
    if not recorded and row.origin == "call":
        mailed_from = max(mailed_from, row.next_look_on + timedelta(days=1))  # the issue of the call told of it on the day itself
    owed = ladders.reached(steps, recorded, today, mailed_from)
    if owed.raised and not recorded and _already_told(row, known, owed.raised):
        owed = Owed(None, (*owed.superseded, owed.raised))
    recorded |= {step.stage for step in owed.superseded} | ({owed.raised.stage} if owed.raised else set())
    return owed, ladders.next_look(steps, recorded)


def _already_told(row: Row, known: list[Row], step: Threshold) -> bool:
    """Whether the date moved and people were told as much or more for the date before.

    A stage that had passed on the day of the move is then not raised once more: an extension makes no noise, while a date
    that came nearer does.
    """
    earlier = [ladders.rank(entry.stage) for entry in known if entry.due_on != row.due_on and entry.state == "raised"]
    return bool(earlier) and step.on < row.next_look_on and ladders.rank(step.stage) <= max(earlier)


def _ledger_row(tx: Tx, row: Row, step: Threshold, state: str, told: tuple[Recipient, ...]) -> dict:
    return {
        "obligation_id": row.id,
        "due_on": row.due_on,
        "stage": step.stage,
        "stage_on": step.on,
        "state": state,
        "recipients_json": [person.as_dict() for person in told],
        "raised_at": tx.at,
    }


def _write(tx: Tx, ctx: Context, batch: _Batch) -> tuple[list[int], int]:
    """Write ledger, outbox, inbox and the next looks; returns the ids of the raised alerts and the number of mails."""
    if batch.alerts:
        tx.conn.execute(insert(t.alert), batch.alerts)
    ids = q_alerts.alert_ids(tx.conn, [row.id for row, _ in batch.told.values()], tx.at) if batch.told else {}
    mails, items = [], []
    available_at = mailed_at(ctx.now)
    for place, (row, told) in batch.told.items():
        _, due_on, stage = place
        for person in told:
            mails.append(_mail(ids[place], f"{row.key}|{due_on}|{stage}|{person.person_id}", person, available_at, tx.at))
            items.append({"person_id": person.person_id, "alert_id": ids[place], "placed_at": tx.at})
    if mails:
        tx.conn.execute(insert(t.outbox), mails)
        tx.conn.execute(insert(t.inbox_item), items)
    if batch.next_looks:
        tx.conn.execute(_SET_NEXT, batch.next_looks)
    return [ids[place] for place in batch.told], len(mails)


def _mail(alert_id: int, dedup_key: str, person: Recipient, available_at: datetime, at: datetime) -> dict:
    return {
        "dedup_key": dedup_key,
        "alert_id": alert_id,
        "person_id": person.person_id,
        "channel": "mail",
        "address": person.email,
        "language": person.language,
        "payload_json": {"role": person.role},
        "message_id": message_id(dedup_key),
        "status": "pending",
        "available_at": available_at,
        "created_at": at,
    }


def _addresses(recipients: list[dict]) -> tuple[str, ...]:
    return tuple(sorted(person["email"] for person in recipients))
