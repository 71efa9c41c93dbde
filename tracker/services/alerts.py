"""Raising alerts: one look at everything that has reached a stage of its ladder, and the ledger that comes of it.

A look only decides when to compare stored thresholds with today; what is owed is decided by `tracker.domain.ladder`. So
looks may be late, doubled or run by several workers: row locks and the ledger's unique key (obligation, due date,
stage) leave one result. The ledger row, the mails in the outbox and the inbox items are one transaction.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Row

from tracker.domain import ladder as ladders
from tracker.domain.free_text import clean_line
from tracker.domain.ladder import Threshold
from tracker.services import chat_instead, mass_holds, policy
from tracker.services.alert_decisions import decide, reached_before
from tracker.services.alert_policies import policies_by_kind
from tracker.services.chat_delivery import ForChat, put_out
from tracker.services.context import Context
from tracker.services.hold_rules import after_quiet
from tracker.services.moved_alerts import days_before, not_twice
from tracker.services.passing_on import pass_on
from tracker.services.policy import INSTALLATION, Act
from tracker.services.recipients import Directory, Recipient
from tracker.services.telling import Told, tell_again, tell_alerts
from tracker.services.telling import message_id as message_id
from tracker.store import outbox, outbox_acts, q_alerts
from tracker.store import tables as t
from tracker.store.bulk import insert_rows, set_by_id
from tracker.store.writing import Tx


@dataclass(frozen=True)
class LookResult:
    """What one look did: obligations looked at, stages raised and superseded, mails put into the outbox, alerts cancelled, and alerts
    passed on because everybody they were for had left."""

    looked: int = 0
    raised: int = 0
    superseded: int = 0
    mails: int = 0
    cancelled: int = 0
    passed_on: int = 0

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
    """What one transaction is going to write. `hold`: the mass hold under which its mails are kept back."""

    alerts: list[dict] = field(default_factory=list)
    told: dict[tuple[int, date, str], tuple[Row, tuple[Recipient, ...]]] = field(default_factory=dict)
    next_looks: dict[int, date | None] = field(default_factory=dict)
    hold: int | None = None


class _NothingLeft(Exception):
    """Another worker took the whole batch; the transaction is rolled back and no Event is written."""


def look(
    ctx: Context, *, limit: int = 500, stop: Callable[[], bool] = lambda: False, brake: bool = True, jumped: bool = False
) -> LookResult:
    """Raise every stage that was reached and not recorded, in transactions of at most `limit` obligations. The worker only.

    Looking again changes nothing. `stop` is asked between transactions. Where unusually much is due, or the machine's clock `jumped`
    since the look before, the mails are held back (`mass_holds`), unless `brake` is False. Raises Forbidden for anyone but the system.
    """
    policy.authorise(ctx.viewer, Act.RUN_ALERTS, INSTALLATION)
    done = LookResult()
    hold = mass_holds.brake(ctx, jumped=jumped) if brake else None
    while not stop():
        with ctx.store.read() as conn:
            if not q_alerts.anything_to_look_at(conn, ctx.today):
                break
        key = f"look:{ctx.now.isoformat()}:{uuid.uuid4().hex}"
        try:
            result = ctx.store.write(ctx.request("alerts.look", key), lambda tx: _look_at_batch(tx, ctx, limit, hold))
        except _NothingLeft:
            break
        done += LookResult(**result)
    if not stop():
        mass_holds.weigh(ctx, hold)
    return done + LookResult(passed_on=pass_on(ctx, stop=stop))


def cancel_overtaken(tx: Tx, obligation_ids: Iterable[int]) -> list[int]:
    """Cancel what still waits to be mailed for a due date that these obligations no longer have; inside the write that moves it.

    What was cancelled like this for a date that has come back waits again: the ledger holds each stage of a date only once.
    Returns the alerts of which nobody got a mail; the ledger shows them as cancelled. A mail that is just being sent may still go out.
    """
    ids = list(obligation_ids)
    if not ids:
        return []
    back, lines, mails = outbox.take_up_again(tx.conn, ids)
    tell_again(tx, lines)
    chat_instead.by_mail_after_all(tx, ids)
    by_day = after_quiet(tx.conn, mails, tx.at) if mails else {}
    outbox_acts.wait_until(tx.conn, {row.id: max(row.available_at, by_day[row.id]) for row in mails})
    if back:
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
    policies, kept = policies_by_kind(tx, ctx.registry, rows)
    directory = Directory(tx.conn, rows, ctx.today)
    batch = _Batch()
    for row in rows:
        told = directory.recipients(row, policies[row.programme_id, row.kind], stage)
        snapshot = kept[row.programme_id, row.kind]
        batch.alerts.append(_ledger_row(tx, row, Threshold(stage, ctx.today), "raised", told, snapshot))
        batch.told[row.id, row.due_on, stage] = row, told
    _, mails = _write(tx, ctx, batch)
    if rows:
        tx.touch("alerts")
    return [row.id for row in rows], mails


def alert_list(ctx: Context, *, project: str | None = None, state: str | None = None) -> list[AlertRow]:
    """The ledger, ordered by due date, obligation and ladder. Administrators, auditors and the command line."""
    policy.authorise(ctx.viewer, Act.SEE_DELIVERIES, INSTALLATION)
    with ctx.store.read() as conn:
        code = None if project is None else clean_line(project)
        rows = q_alerts.ledger(conn, policy.scope(ctx.viewer, t.obligation), project=code, state=state)
    found = [
        AlertRow(r.id, r.key, r.kind, r.code, r.stage, r.stage_on, r.due_on, r.state, r.raised_at, _addresses(r.recipients_json))
        for r in rows
    ]
    return sorted(found, key=lambda row: (row.due_on, row.obligation, ladders.rank(row.stage), row.stage_on))


def _look_at_batch(tx: Tx, ctx: Context, limit: int, hold: int | None = None) -> dict:
    rows = q_alerts.to_look_at(tx.conn, ctx.today, limit)
    if not rows:
        raise _NothingLeft
    cancelled = cancel_overtaken(tx, [row.id for row in rows])
    known = q_alerts.recorded(tx.conn, [row.id for row in rows])
    policies, kept = policies_by_kind(tx, ctx.registry, rows)
    decided = [(row, policies[row.programme_id, row.kind]) for row in rows]
    told_before = reached_before(tx.conn, decided, ctx.today)
    moved = days_before(tx.conn, rows)
    owed = [(row, by, decide(row, by, known[row.id], ctx.today, ctx.calendar, told_before.get(row.id, ()))) for row, by in decided]
    owed = [(row, by, not_twice(what, known[row.id], moved.get(row.id, ()))) for row, by, what in owed]
    directory = Directory(tx.conn, [row for row, _, what in owed if what.raised], ctx.today)
    batch = _Batch(hold=mass_holds.still_held(tx, hold))
    for row, by, what in owed:
        if what.next_look != row.next_look_on:
            batch.next_looks[row.id] = what.next_look
        snapshot = kept[row.programme_id, row.kind]
        batch.alerts += [_ledger_row(tx, row, step, "superseded", (), snapshot) for step in what.superseded]
        for step, waiting in what.raised:
            told = directory.recipients(row, by, step.stage, waiting)
            batch.alerts.append(_ledger_row(tx, row, step, "raised" if told else "superseded", told, snapshot))
            if told:
                batch.told[row.id, row.due_on, step.stage] = row, told
    raised, mails = _write(tx, ctx, batch)
    tx.record("alerts", "look", {"raised": raised, "superseded": len(batch.alerts) - len(raised), "cancelled": cancelled})
    superseded = len(batch.alerts) - len(raised)
    return {"looked": len(rows), "raised": len(raised), "superseded": superseded, "mails": mails, "cancelled": len(cancelled)}


def _ledger_row(tx: Tx, row: Row, step: Threshold, state: str, told: tuple[Recipient, ...], policy_id: int) -> dict:
    return {
        "obligation_id": row.id,
        "due_on": row.due_on,
        "stage": step.stage,
        "stage_on": step.on,
        "state": state,
        "recipients_json": [person.as_dict() for person in told],
        "policy_id": policy_id,
        "raised_at": tx.at,
    }


def _write(tx: Tx, ctx: Context, batch: _Batch) -> tuple[list[int], int]:
    """Write ledger, outbox, inbox and the next looks; returns the ids of the raised alerts and the number of mails."""
    insert_rows(tx.conn, t.alert, batch.alerts)
    ids = q_alerts.alert_ids(tx.conn, [row.id for row, _ in batch.told.values()], tx.at) if batch.told else {}
    told = [
        Told(ids[place], f"{row.key}|{place[1]}|{place[2]}", place[2], place[1], person)
        for place, (row, people) in batch.told.items()
        for person in people
    ]
    mails = tell_alerts(tx, ctx, told, batch.hold) if told else 0
    channels = [
        ForChat(ids[place], f"{row.key}|{place[1]}|{place[2]}", row.programme_id)
        for place, (row, people) in batch.told.items()
        if any("chat" in person.channels for person in people)
    ]
    mails += put_out(tx, channels, now=ctx.now, hold_id=batch.hold)
    set_by_id(tx.conn, t.obligation.c.next_look_on, batch.next_looks)
    return [ids[place] for place in batch.told], mails


def _addresses(recipients: list[dict]) -> tuple[str, ...]:
    return tuple(sorted(person["email"] for person in recipients))
