"""Passing on: an alert that reached nobody goes to whoever can act now. Everybody it was for had left before the mail went, or their
addresses refused it.

A delivery that finds a reader gone, or whose mail is refused for good, marks the alert (`q_unheard`); the next look sees whether anybody
hears of it. If not, whoever the alert's own policy names today and can be reached is told by mail, once: a successor, the next above, in
the end the administrators. It stays the same line of the ledger. Where the whole installation has nobody to tell, it is tried again every
hour, and the auditor reports it.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

from sqlalchemy import Row

from tracker.domain import alert_policy, ladder
from tracker.domain.alert_policy import Policy
from tracker.services.context import Context
from tracker.services.post import Reader, reader
from tracker.services.recipients import Directory, Recipient
from tracker.services.telling import Told, tell_again, tell_alerts
from tracker.store import q_alerts, q_unheard
from tracker.store.writing import Tx

AGAIN_AFTER = timedelta(hours=1)
FOR_SO_LONG = timedelta(days=45)
"""As long as the auditor looks back: what is older is told by its later stages, or stands as a finding."""


class _NothingLeft(Exception):
    """Another worker took it all."""


def pass_on(ctx: Context, *, stop: Callable[[], bool] = lambda: False, limit: int = 200) -> int:
    """Tell whoever can act now of what nobody heard of, in transactions of at most `limit` alerts; returns how many were passed on."""
    done = 0
    while not stop():
        with ctx.store.read() as conn:
            if not q_unheard.any_due(conn, ctx.now):
                break
        try:
            request = ctx.request("alerts.pass_on", f"pass-on:{ctx.now.isoformat()}:{uuid.uuid4().hex}")
            done += ctx.store.write(request, lambda tx: _some(tx, ctx, limit))["passed_on"]
        except _NothingLeft:
            break
    return done


def _some(tx: Tx, ctx: Context, limit: int) -> dict[str, int]:
    marked = q_unheard.take(tx.conn, ctx.now, limit)
    if not marked:
        raise _NothingLeft
    lines: dict[int, list[Row]] = defaultdict(list)
    for line in q_unheard.lines_of(tx.conn, [alert.id for alert in marked]):
        lines[line.alert_id].append(line)
    owing = {row.id: row for row in q_alerts.to_foresee(tx.conn, {alert.obligation_id for alert in marked})}
    raised = q_unheard.stages_raised(tx.conn, {(alert.obligation_id, alert.due_on) for alert in marked})
    unheard = [alert for alert in marked if _nobody_hears(alert, lines[alert.id], raised[alert.obligation_id, alert.due_on])]
    running = [alert for alert in unheard if _runs(owing[alert.obligation_id])]
    directory = Directory(tx.conn, [owing[alert.obligation_id] for alert in running], ctx.today)
    refused = {number: {line.person_id or -line.contact_id for line in ones if line.refused} for number, ones in lines.items()}
    found = {alert.id: _who_can_act(ctx, directory, alert, owing[alert.obligation_id], refused[alert.id]) for alert in running}
    _tell(tx, ctx, [(alert, owing[alert.obligation_id], lines[alert.id], found[alert.id]) for alert in running if found[alert.id]])
    told = [number for number, people in found.items() if people]
    later = [alert.id for alert in unheard if alert.id not in told and alert.raised_at > ctx.now - FOR_SO_LONG]
    q_unheard.unmark(tx.conn, sorted({alert.id for alert in marked} - set(later)))
    q_unheard.unmark(tx.conn, later, until=ctx.now + AGAIN_AFTER)
    tx.record("alerts", "pass_on", {"passed_on": sorted(told), "nobody": later})
    if told:
        tx.touch("alerts")
    return {"passed_on": len(told)}


def _nobody_hears(alert: Row, lines: Sequence[Row], raised: set[str]) -> bool:
    """Whether every line of it fell away with its reader or was refused, and no later stage says more."""
    return all(line.gone for line in lines) and not any(ladder.overtakes(stage, alert.stage) for stage in raised)


def _runs(owing: Row) -> bool:
    return ladder.runs(owing.status, owing.discharged_by, owing.discharged_on)


def _who_can_act(ctx: Context, directory: Directory, alert: Row, owing: Row, refused: Collection[Reader]) -> tuple[Recipient, ...]:
    """Whom the policy by which it was raised names today; nobody of a level whose day has not come, unless nobody else is there, and
    nobody whose address refused it. All by mail: what channels were told of it, nobody heard."""
    by = Policy() if alert.policy_json is None else Policy.from_dict(alert.policy_json)
    late = alert_policy.late_levels(by, owing.file_by_on, owing.due_on, ctx.calendar.for_county(owing.county)) if by.has_grace else {}
    named = directory.recipients(owing, by, alert.stage, alert_policy.waiting_on(late, ctx.today))
    people = [one for one in named if reader(one) not in refused] or directory.above(owing, refused)
    return tuple(replace(one, channels=("mail",)) for one in people)


def _tell(tx: Tx, ctx: Context, owed: Sequence[tuple[Row, Row, Sequence[Row], Sequence[Recipient]]]) -> None:
    """Tell them: whoever has it in her inbox from before she was away gets her line told again, the others a new one."""
    new: list[Told] = []
    again = []
    for alert, owing, lines, people in owed:
        hers = {_whom(line): line for line in lines}
        for person in people:
            line = hers.get(_whom(person))
            if line is None:
                new.append(Told(alert.id, f"{owing.key}|{alert.due_on}|{alert.stage}", alert.stage, alert.due_on, person))
            else:
                again.append(_line(line, alert, person))
        named = {_whom(person) for person in people}
        kept = [one for one in alert.recipients_json if (one["person_id"], one.get("contact_id")) not in named]
        q_unheard.set_recipients(tx.conn, alert.id, [*kept, *(person.as_dict() for person in people)])
    if new:
        tell_alerts(tx, ctx, new)
    tell_again(tx, again)


def _whom(one: Row | Recipient) -> tuple[int | None, int | None]:
    return one.person_id, one.contact_id


def _line(line: Row, alert: Row, person: Recipient) -> SimpleNamespace:
    """A line as `tell_again` takes it."""
    about: Mapping = {"id": line.id, "alert_id": alert.id, "stage": alert.stage, "due_on": alert.due_on}
    whom: Mapping = {"person_id": line.person_id, "contact_id": line.contact_id, "address": person.email, "language": person.language}
    return SimpleNamespace(**about, **whom)
